"""Wire formats stay at the edge: one strict cattrs converter per provider, configured here.

What is wrong or missing is reported as "what @ path", in the names of the JSON; how little is taken for something else
stands in `tasking_hub.strictness`. Unknown fields are ignored on reading and kept where a class derives from
`WireObject`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, TypeVar, cast, get_origin

import attrs
import cattrs
from attrs import field, frozen
from cattrs import transform_error
from cattrs.errors import AttributeValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from tasking_hub.clock import format_time
from tasking_hub.messages import HttpResponse
from tasking_hub.strictness import be_strict, fail

__all__ = ["WireObject", "camel_case", "make_converter", "problems", "read_as", "same_name", "wire_name"]

T = TypeVar("T")
Rename = Callable[[str], str]

_WIRE_NAME = "tasking_hub.wire.name"


@frozen(kw_only=True)
class WireObject:
    """Base of wire classes that keep the fields they do not know.

    Attributes:
        unknown: fields of the JSON object that the class has no attribute for; written back as they came.
    """

    unknown: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False)


def wire_name(name: str) -> dict[str, str]:
    """Metadata for `attrs.field` where the JSON name does not follow the provider's usual rule."""
    return {_WIRE_NAME: name}


def camel_case(name: str) -> str:
    """`contract_id` as `contractId`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def same_name(name: str) -> str:
    """`pl_number` as `pl_number`."""
    return name


def make_converter(rename: Rename = same_name) -> cattrs.Converter:
    """A converter for one provider's JSON.

    Args:
        rename: from an attribute's name to the JSON name; `wire_name` overrides it field by field.

    Attributes with a default are left out of the JSON while they hold it; those without one are always written, None
    as null.
    """
    converter = cattrs.Converter(detailed_validation=True, unstruct_collection_overrides={AbstractSet: sorted})

    def read(cl: Any) -> Callable[[Any, Any], Any]:
        return _structure(cl, converter, rename)

    def write(cl: Any) -> Callable[[Any], dict[str, Any]]:
        return _unstructure(cl, converter, rename)

    converter.register_structure_hook_factory(attrs.has, read)
    converter.register_unstructure_hook_factory(attrs.has, write)
    converter.register_unstructure_hook(datetime, format_time)
    be_strict(converter)
    return converter


def read_as(converter: cattrs.Converter, kind: type[T], response: HttpResponse, *path: str) -> T:
    """The answer as a wire object; `path` names the members to step into first.

    Raises:
        MalformedResponseError: listing every problem as "what @ path", in the names of the JSON.
    """
    value, where = response.json(), "$"
    for name in path:
        if not isinstance(value, Mapping):
            problem = f"expected an object, not {type(value).__name__} @ {where}"
            raise response.malformed(problem)
        members, where = cast(Mapping[str, Any], value), f"{where}.{name}"
        if name not in members:
            problem = f"required field missing @ {where}"
            raise response.malformed(problem)
        value = members[name]
    try:
        return converter.structure(value, kind)
    except (cattrs.BaseValidationError, ValueError) as error:
        raise response.malformed(*problems(error, where)) from error


def problems(error: Exception, path: str = "$") -> list[str]:
    """Every problem of a failed structuring, each "what @ path"."""
    return transform_error(cast(cattrs.BaseValidationError, error), path=path, format_exception=_say)


def _say(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "required field missing"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"unknown field {', '.join(sorted(error.extra_fields))}"
    return str(error) if isinstance(error, ValueError | TypeError) else f"expected {getattr(kind, '__name__', kind)}"


# --- Classes -----------------------------------------------------------------------------------------


def _json_names(cl: type, rename: Rename) -> dict[str, str]:
    return {
        attribute.name: attribute.metadata.get(_WIRE_NAME) or rename(attribute.name)
        for attribute in attrs.fields(attrs.resolve_types(cl))
        if not (attribute.name == "unknown" and issubclass(cl, WireObject))
    }


def _structure(cl: type, converter: cattrs.Converter, rename: Rename) -> Callable[[Any, Any], Any]:
    plain = get_origin(cl) or cl
    names, keeps = _json_names(plain, rename), issubclass(plain, WireObject)
    overrides: dict[str, Any] = {name: override(rename=json_name) for name, json_name in names.items()}
    if keeps:
        overrides["unknown"] = override(omit=True)
    read: Any = make_dict_structure_fn(cast(Any, cl), converter, **overrides)
    known = frozenset(names.values())

    def hook(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping):
            return fail("an object", value)
        members = cast(Mapping[str, Any], value)
        try:
            instance = read(members, kind)
        except cattrs.ClassValidationError as error:
            _name_as_in_json(error, names)
            raise
        surplus = {name: members[name] for name in members if name not in known} if keeps else {}
        return attrs.evolve(instance, unknown=surplus) if surplus else instance

    return hook


def _name_as_in_json(error: cattrs.ClassValidationError, names: Mapping[str, str]) -> None:
    """Let the notes from which paths are made say what the JSON says, not what the class does."""
    for problem in error.exceptions:
        problem.__notes__ = [
            AttributeValidationNote(note, names.get(note.name, note.name), note.type)
            if isinstance(note, AttributeValidationNote)
            else note
            for note in getattr(problem, "__notes__", [])
        ]


def _unstructure(cl: type, converter: cattrs.Converter, rename: Rename) -> Callable[[Any], dict[str, Any]]:
    plain = get_origin(cl) or cl
    keeps = issubclass(plain, WireObject)
    overrides: dict[str, Any] = {
        name: override(rename=json_name, omit_if_default=True) for name, json_name in _json_names(plain, rename).items()
    }
    if keeps:
        overrides["unknown"] = override(omit=True)
    write: Any = make_dict_unstructure_fn(cast(Any, cl), converter, **overrides)
    return (lambda value: {**write(value), **value.unknown}) if keeps else write
