"""Reading GeoJSON geometries strictly (RFC 7946), naming the place of a mistake; areas have more rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from tasking_hub.errors import InvalidRequestError

Position = tuple[float, float]
Reader = Callable[[object, str], object]

_LINE_POSITIONS = 2
_RING_POSITIONS = 4
_VALUES = (2, 3)


def read_geojson(mapping: Mapping[str, object]) -> BaseGeometry:
    """Read a GeoJSON geometry other than a collection, without the third value of its positions.

    Raises:
        InvalidRequestError: with field ``area``, saying what is wrong at which index of the coordinates.
    """
    kind = mapping.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        msg = f"type: {kind!r} is not one of the geometries {', '.join(_READERS)}"
        raise InvalidRequestError(msg, field="area")
    return shape({"type": kind, "coordinates": reader(mapping.get("coordinates"), "coordinates")})


def _fault(where: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"{where}: {what}", field="area")


def _items(value: object, where: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise _fault(where, f"a list is expected, not {_shown(value)}")
    if not value:
        raise _fault(where, "the list is empty")
    return cast("Sequence[object]", value)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)[:40]


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _is_finite(value):
        raise _fault(where, f"a finite number is expected, not {_shown(value)}")
    return float(value)


def _is_finite(value: float | Decimal) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _position(value: object, where: str) -> Position:
    values = _items(value, where)
    if len(values) not in _VALUES:
        raise _fault(where, f"a position has a longitude and a latitude, not {len(values)} values")
    return _number(values[0], f"{where}[0]"), _number(values[1], f"{where}[1]")


def _line(value: object, where: str) -> list[Position]:
    positions = [_position(item, f"{where}[{index}]") for index, item in enumerate(_items(value, where))]
    if len(positions) < _LINE_POSITIONS:
        raise _fault(where, "a line has at least two positions")
    return positions


def _ring(value: object, where: str) -> list[Position]:
    positions = [_position(item, f"{where}[{index}]") for index, item in enumerate(_items(value, where))]
    if positions[0] != positions[-1]:
        raise _fault(where, "the ring is not closed: repeat its first position at the end")
    if len(positions) < _RING_POSITIONS:
        raise _fault(where, f"a closed ring has at least four positions, not {len(positions)}")
    return positions


def _list_of(reader: Reader) -> Reader:
    def read(value: object, where: str) -> object:
        return [reader(item, f"{where}[{index}]") for index, item in enumerate(_items(value, where))]

    return read


_polygon = _list_of(_ring)

_READERS: Mapping[str, Reader] = {
    "Point": _position,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _list_of(_position),
    "MultiLineString": _list_of(_line),
    "MultiPolygon": _list_of(_polygon),
}
