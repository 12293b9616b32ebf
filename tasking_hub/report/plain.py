"""Values of the neutral vocabulary as plain JSON, and back where the vocabulary leaves the type open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import attrs
from shapely.geometry.base import BaseGeometry

from tasking_hub.clock import format_time, parse_time
from tasking_hub.geometry import read_geojson, to_geojson
from tasking_hub.models import Adjustment, EndUser, Window
from tasking_hub.money import Money, Quota

_VOCABULARY = ("tasking_hub.models.", "tasking_hub.angles")
"""Modules whose classes may be written: no credential is among them, while other attrs classes hold some."""

__all__ = ["amount", "exact", "plain", "plain_raw", "read_adjustment", "read_number"]


def amount(value: Money | Quota) -> dict[str, str]:
    """Write money or quota, the amount as a string with every digit of the currency's minor unit."""
    number = str(value).partition(" ")[0]
    unit = {"currency": value.currency} if isinstance(value, Money) else {"unit": value.unit}
    return {"amount": number, **unit}


def plain(value: object) -> Any:
    """Write a value of the vocabulary: decimals as strings, times as RFC 3339 with Z, geometries as GeoJSON.

    Raises:
        TypeError: for anything else; the message names the type only, since a value may be a secret.
    """
    return f"{value:f}" if isinstance(value, Decimal) else _plain(value, plain)


def plain_raw(value: object) -> Any:
    """Write like `plain`, but decimals as JSON numbers: for a provider's own JSON and for open values.

    Raises:
        TypeError: as `plain`.
    """
    return _number(value) if isinstance(value, Decimal) else _plain(value, plain_raw)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _plain(value: object, item: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value.value if isinstance(value, Enum) else value)
    if isinstance(value, Mapping):
        return {str(key): item(member) for key, member in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [item(member) for member in cast("list[object]", value)]
    if isinstance(value, set | frozenset):
        return sorted((item(member) for member in cast("set[object]", value)), key=str)
    return _plain_object(value, item)


def _plain_object(value: object, item: Any) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseGeometry):
        return to_geojson(value)
    if isinstance(value, Money | Quota):
        return amount(value)
    kind = type(value)
    if attrs.has(kind) and kind.__module__.startswith(_VOCABULARY):
        return {attribute.name: item(getattr(value, attribute.name)) for attribute in attrs.fields(kind)}
    msg = f"{kind.__name__} has no place in a document"
    raise TypeError(msg)


# --- Values whose type the vocabulary leaves open ----------------------------------------------------


def read_number(value: Any) -> Any:
    """Give JSON with ints and floats for its numbers, however it was parsed."""
    if isinstance(value, Decimal):
        return float(value)
    return _inside(value, read_number)


def exact(value: Any) -> Any:
    """Give a provider's JSON with decimals for its fractions, as its adapter got it first, however it was parsed."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return _inside(value, exact)


def _inside(value: Any, item: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: item(member) for name, member in cast("Mapping[str, Any]", value).items()}
    return [item(member) for member in cast("list[object]", value)] if isinstance(value, list) else value


def read_adjustment(adjustment: Adjustment) -> Adjustment:
    """Give the adjustment with windows, areas and end users made of their JSON again, and plain numbers."""
    return attrs.evolve(
        adjustment, asked=_value(adjustment.field, adjustment.asked), sent=_value(adjustment.field, adjustment.sent)
    )


def _value(field: str, value: Any) -> Any:
    match field, value:
        case "window", {"start": str(start), "end": str(end)}:
            return Window(parse_time(start), parse_time(end))
        case "area", {"type": str(), "coordinates": list()}:
            return read_geojson(value)
        case "end_users", [*users] if all(isinstance(user, Mapping) for user in users):
            return tuple(EndUser(name=str(user.get("name")), country=str(user.get("country"))) for user in users)
        case _, [*items]:
            return tuple(read_number(item) for item in items)
        case _:
            return read_number(value)
