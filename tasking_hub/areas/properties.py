"""The feature properties that a request is read from: one strict reader for each, nothing converted by guess."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NoReturn, cast

from tasking_hub.areas.wishes import ImagingWish
from tasking_hub.clock import parse_time
from tasking_hub.errors import InvalidRequestError
from tasking_hub.models import EndUser, LookSide, PassDirection, Stereo

Reader = Callable[[object, str], Any]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAIVE = re.compile(rf"{_DAY.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]+)?)?")


def read_time(value: object, field: str) -> datetime:
    """Read an RFC 3339 time with its offset, or a date: 2026-12-01 is that day at 00:00 UTC, as start and as end.

    Raises:
        InvalidRequestError: naming the field; a time without an offset is refused, since nobody knows which is meant.
    """
    if not isinstance(value, str):
        _fail(field, "a time such as 2026-12-01T10:00:00Z, or a date,", value)
    if _NAIVE.fullmatch(value):
        msg = f"{field} {value!r} has no time zone: end it with Z for UTC, or with an offset such as +01:00"
        raise InvalidRequestError(msg, field=field)
    return parse_time(f"{value}T00:00:00Z" if _DAY.fullmatch(value) else value, field)


def _fail(field: str, expected: str, value: object) -> NoReturn:
    msg = f"{field}: {expected} is expected, not {value!r:.60}"
    raise InvalidRequestError(msg, field=field)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _fail(field, "a text", value)
    return value


def read_handle(value: object, field: str) -> str:
    """Read a reference or feature id, which may be a whole number too.

    Raises:
        InvalidRequestError: it is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value, field)


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _fail(field, "a number", value)
    return float(value)


def _whole(value: object, field: str) -> int:
    number = _number(value, field)
    if not number.is_integer():
        _fail(field, "a whole number", value)
    return int(number)


def _texts(value: object, field: str) -> tuple[str, ...]:
    expected = 'a list of texts such as ["airbus"]'
    if not isinstance(value, list):
        _fail(field, expected, value)
    items = cast("list[object]", value)
    if not all(isinstance(item, str) for item in items):
        _fail(field, expected, items)
    return tuple(cast("list[str]", items))


def _end_users(value: object, field: str) -> tuple[EndUser, ...]:
    expected = 'a list of end users such as [{"name": "City of Toulouse", "country": "FR"}]'
    if not isinstance(value, list):
        _fail(field, expected, value)
    return tuple(_end_user(one, field, expected) for one in cast("list[object]", value))


def _end_user(value: object, field: str, expected: str) -> EndUser:
    if not isinstance(value, Mapping):
        _fail(field, expected, value)
    members = cast("Mapping[str, Any]", value)
    if set(members) != {"name", "country"}:
        _fail(field, expected, members)
    try:
        return EndUser(name=members["name"], country=members["country"])
    except InvalidRequestError as error:
        msg = f"{field}: {error}"
        raise InvalidRequestError(msg, field=field) from error


def _one_of(kind: type[StrEnum]) -> Reader:
    def read(value: object, field: str) -> StrEnum:
        if not isinstance(value, str) or value not in list(kind):
            _fail(field, " or ".join(f'"{word}"' for word in kind), value)
        return kind(value)

    return read


PROPERTIES: Mapping[str, Reader] = MappingProxyType(
    {
        "reference": read_handle,
        "start": read_time,
        "end": read_time,
        "imaging": _one_of(ImagingWish),
        "max_cloud_cover": _number,
        "min_incidence": _number,
        "max_incidence": _number,
        "min_sun_elevation": _number,
        "max_gsd_m": _number,
        "stereo": _one_of(Stereo),
        "mode": _text,
        "max_resolution_m": _number,
        "look_side": _one_of(LookSide),
        "pass_direction": _one_of(PassDirection),
        "priority": _text,
        "exclusivity_days": _whole,
        "sla": _text,
        "licence": _text,
        "market": _text,
        "end_users": _end_users,
        "accounts": _texts,
    }
)
"""Readers by property name; a null property is one that was left out, as spreadsheets and GIS write it."""
