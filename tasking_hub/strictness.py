"""JSON values that are what they claim to be: no string made of a number, no list made of a string's letters.

Accepted although JSON knows no difference: a whole number such as 3.0 where an int is wanted, a number in quotes where
a Decimal is wanted.
"""

from __future__ import annotations

import math
import re
from collections import abc
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import cattrs
from cattrs.cols import list_structure_factory, mapping_structure_factory  # pyright: ignore[reportUnknownVariableType]
from cattrs.gen import make_hetero_tuple_structure_fn

from tasking_hub.clock import parse_time

__all__ = ["be_strict", "fail"]

Hook = Callable[[Any, Any], Any]

_VALUE_SHOWN = 40
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def be_strict(converter: cattrs.Converter) -> None:
    """Let the converter take scalars, choices and containers for nothing else."""
    for kind, hook in _SCALARS.items():
        converter.register_structure_hook(kind, cast(Any, hook))
    converter.register_structure_hook_func(_is_object, lambda value, _: value)
    converter.register_structure_hook_func(_is_literal, _read_literal)

    def read_union(kind: Any) -> Hook:
        return _read_union(kind, converter)

    def read_container(kind: Any) -> Hook:
        return _read_container(kind, converter)

    converter.register_structure_hook_factory(_is_scalar_union, read_union)
    converter.register_structure_hook_factory(_is_container, read_container)


def fail(expected: str, value: object) -> Any:
    """Say what was expected, and of what type the value is; the value itself may be a secret.

    Raises:
        ValueError: always.
    """
    msg = f"expected {expected}, not {type(value).__name__}"
    raise ValueError(msg)


# --- Scalars -----------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _read_str(value: Any, kind: Any) -> str:
    return cast(str, _as_member(value, kind, str) if isinstance(value, str) else fail("a string", value))


def _read_bool(value: Any, _: Any) -> bool:
    return value if isinstance(value, bool) else cast(bool, fail("true or false", value))


def _read_int(value: Any, kind: Any) -> int:
    number = Decimal(value) if _is_number(value) else Decimal("NaN")
    if number.is_finite() and number == number.to_integral_value():
        return cast(int, _as_member(int(number), kind, int))
    return cast(int, fail("a whole number", value))


def _read_float(value: Any, _: Any) -> float:
    number = float(value) if _is_number(value) else math.nan
    return number if math.isfinite(number) else cast(float, fail("a number", value))


def _read_decimal(value: Any, _: Any) -> Decimal:
    quoted = isinstance(value, str) and _DECIMAL.fullmatch(value)
    number = Decimal(str(value)) if quoted or _is_number(value) else Decimal("NaN")
    return number if number.is_finite() else cast(Decimal, fail("a decimal number", value))


def _read_time(value: Any, _: Any) -> datetime:
    return parse_time(value) if isinstance(value, str) else cast(datetime, fail("a time", value))


# --- Choices -----------------------------------------------------------------------------------------


def _as_member(value: Any, kind: Any, base: type) -> Any:
    """The value itself, or the enumeration's member: cattrs asks the hook of `str` for a `StrEnum`."""
    return value if kind is base else _read_enum(value, kind)


def _is_object(kind: Any) -> bool:
    return kind is object


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _read_enum(value: Any, kind: type[Enum]) -> Enum:
    try:
        return kind(value)
    except ValueError:
        return cast(Enum, _not_one_of([member.value for member in kind], value))


def _read_literal(value: Any, kind: Any) -> Any:
    choices = {choice: choice.value if isinstance(choice, Enum) else choice for choice in get_args(kind)}
    chosen = (choice for choice, plain in choices.items() if type(plain) is type(value) and plain == value)
    try:
        return next(chosen)
    except StopIteration:
        return _not_one_of(choices.values(), value)


def _not_one_of(choices: Any, value: object) -> Any:
    shown = repr(value) if isinstance(value, str | int) else type(value).__name__
    shown = shown if len(shown) <= _VALUE_SHOWN else f"{shown[:_VALUE_SHOWN]}…"
    msg = f"expected one of {', '.join(map(str, choices))}, not {shown}"
    raise ValueError(msg) from None


_SCALARS: Mapping[type, Hook] = {
    str: _read_str,
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    Decimal: _read_decimal,
    datetime: _read_time,
    Enum: _read_enum,
}


# --- Unions of scalars -------------------------------------------------------------------------------


def _is_scalar_union(kind: Any) -> bool:
    """A union with two scalars or more; a scalar or None is cattrs' own business."""
    arms = [arm for arm in get_args(kind) if arm is not NoneType]
    return get_origin(kind) in {Union, UnionType} and len(arms) > 1 and all(map(_is_scalar, arms))


def _is_scalar(kind: Any) -> bool:
    return _is_literal(kind) or (isinstance(kind, type) and issubclass(kind, tuple(_SCALARS)))


def _read_union(kind: Any, converter: cattrs.Converter) -> Hook:
    """The first arm that takes the value as it is."""
    arms = [(arm, converter.get_structure_hook(arm)) for arm in get_args(kind) if arm is not NoneType]
    may_be_none = NoneType in get_args(kind)

    def hook(value: Any, _: Any) -> Any:
        if value is None and may_be_none:
            return None
        refusals: list[str] = []
        for arm, read in arms:
            try:
                return read(value, arm)
            except ValueError as error:
                refusals.append(str(error))
        raise ValueError(", or ".join(refusals))

    return hook


# --- Containers --------------------------------------------------------------------------------------


def _is_container(kind: Any) -> bool:
    return _bare(kind) in _COLLECTIONS or _bare(kind) in _MAPPINGS


def _read_container(kind: Any, converter: cattrs.Converter) -> Hook:
    if _bare(kind) in _MAPPINGS:
        return _only(Mapping, "an object", mapping_structure_factory(kind, converter))
    if _bare(kind) is tuple and get_args(kind) and Ellipsis not in get_args(kind):
        return _only(_LISTS, "a list", _of_length(len(get_args(kind)), make_hetero_tuple_structure_fn(kind, converter)))
    collect, read = _COLLECTIONS[_bare(kind)], list_structure_factory(kind, converter)
    return _only(_LISTS, "a list", lambda value, _: collect(read(value, kind)))


def _only(accepted: Any, name: str, read: Hook) -> Hook:
    return lambda value, kind: read(value, kind) if isinstance(value, accepted) else fail(name, value)


def _of_length(length: int, read: Hook) -> Hook:
    def hook(value: Any, kind: Any) -> Any:
        if len(value) != length:
            msg = f"expected a list of {length}, not of {len(value)}"
            raise ValueError(msg)
        return read(value, kind)

    return hook


def _bare(kind: Any) -> Any:
    return get_origin(kind) or kind


_LISTS = (list, tuple)
_MAPPINGS = frozenset({dict, abc.Mapping, abc.MutableMapping})
_COLLECTIONS: Mapping[Any, Callable[[Any], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    abc.Sequence: tuple,
    abc.MutableSequence: list,
    abc.Set: frozenset,
    abc.MutableSet: set,
}
