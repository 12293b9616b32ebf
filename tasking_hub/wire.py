"""Wire formats stay at the edge: one strict cattrs converter per provider, configured here.

Strict means: a string is never made out of a number, a time has an offset, and what is wrong or missing is reported as
"what @ path". Unknown fields are ignored on reading and kept where a class derives from `WireObject`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast

import attrs
import cattrs
from attrs import field, frozen
from cattrs import transform_error
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from tasking_hub.clock import format_time, parse_time
from tasking_hub.errors import MalformedResponseError
from tasking_hub.messages import HttpResponse

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
    converter = cattrs.Converter(detailed_validation=True)
    _register_scalars(converter)
    converter.register_structure_hook_factory(attrs.has, lambda cl: _structure(cl, converter, rename))
    converter.register_unstructure_hook_factory(attrs.has, lambda cl: _unstructure(cl, converter, rename))
    return converter


def read_as(converter: cattrs.Converter, kind: type[T], response: HttpResponse, *path: str) -> T:
    """The answer as a wire object; `path` names the members to step into first.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    value = response.json()
    try:
        for name in path:
            value = value[name]
        return converter.structure(value, kind)
    except (KeyError, TypeError, IndexError) as error:
        problem = f"expected {'.'.join(path)} @ $"
        raise MalformedResponseError(
            [problem], method=response.method, url=response.url, body=response.excerpt
        ) from error
    except (cattrs.BaseValidationError, cattrs.errors.StructureHandlerNotFoundError, ValueError) as error:
        raise MalformedResponseError(
            problems(error), method=response.method, url=response.url, body=response.excerpt
        ) from error


def problems(error: Exception, path: str = "$") -> list[str]:
    """Every problem of a failed structuring, each "what @ path"."""
    return transform_error(cast(cattrs.BaseValidationError, error), path=path, format_exception=_say)


def _say(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "required field missing"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"unknown field {', '.join(sorted(error.extra_fields))}"
    return str(error) if isinstance(error, ValueError | TypeError) else f"expected {getattr(kind, '__name__', kind)}"


def _fail(kind: str, value: object) -> Any:
    msg = f"expected {kind}, not {type(value).__name__}"
    raise ValueError(msg)


def _read_str(value: Any, kind: Any) -> str:
    return cast(str, _member(kind, value) if isinstance(value, str) else _fail("a string", value))


def _member(kind: Any, value: Any) -> Any:
    """The enumeration's member where the kind is one: cattrs asks the hook of its base for it."""
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _read_bool(value: Any, _: Any) -> bool:
    return value if isinstance(value, bool) else _fail("true or false", value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _read_int(value: Any, kind: Any) -> int:
    if _is_number(value) and value == int(value):
        return cast(int, _member(kind, int(value)))
    return cast(int, _fail("a whole number", value))


def _read_float(value: Any, _: Any) -> float:
    return float(value) if _is_number(value) else cast(float, _fail("a number", value))


def _read_decimal(value: Any, _: Any) -> Decimal:
    """From a JSON number (parsed without a binary float) or, where a provider quotes it, from a string."""
    if _is_number(value):
        return Decimal(str(value))
    try:
        number = Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return cast(Decimal, _fail("a decimal number", value))
    return number if number.is_finite() else cast(Decimal, _fail("a finite number", value))


def _read_time(value: Any, _: Any) -> datetime:
    return parse_time(value) if isinstance(value, str) else cast(datetime, _fail("a time", value))


def _register_scalars(converter: cattrs.Converter) -> None:
    for kind, hook in (
        (str, _read_str),
        (bool, _read_bool),
        (int, _read_int),
        (float, _read_float),
        (Decimal, _read_decimal),
        (datetime, _read_time),
    ):
        converter.register_structure_hook(kind, cast(Any, hook))
    converter.register_unstructure_hook(datetime, format_time)


def _json_names(cl: type, rename: Rename) -> dict[str, str]:
    return {
        attribute.name: attribute.metadata.get(_WIRE_NAME) or rename(attribute.name)
        for attribute in attrs.fields(attrs.resolve_types(cl))
        if not (attribute.name == "unknown" and issubclass(cl, WireObject))
    }


def _structure(cl: type, converter: cattrs.Converter, rename: Rename) -> Callable[[Any, Any], Any]:
    names = _json_names(cl, rename)
    keeps = issubclass(cl, WireObject)
    overrides: dict[str, Any] = {name: override(rename=json_name) for name, json_name in names.items()}
    if keeps:
        overrides["unknown"] = override(omit=True)
    read: Any = make_dict_structure_fn(cast(Any, cl), converter, **overrides)
    known = frozenset(names.values())

    def hook(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping):
            return _fail("an object", value)
        members = cast(Mapping[str, Any], value)
        instance = read(members, kind)
        surplus = {name: members[name] for name in members if name not in known} if keeps else {}
        return attrs.evolve(instance, unknown=surplus) if surplus else instance

    return hook


def _unstructure(cl: type, converter: cattrs.Converter, rename: Rename) -> Callable[[Any], dict[str, Any]]:
    keeps = issubclass(cl, WireObject)
    overrides: dict[str, Any] = {
        name: override(rename=json_name, omit_if_default=True) for name, json_name in _json_names(cl, rename).items()
    }
    if keeps:
        overrides["unknown"] = override(omit=True)
    write: Any = make_dict_unstructure_fn(cast(Any, cl), converter, **overrides)
    return (lambda value: {**write(value), **value.unknown}) if keeps else write
