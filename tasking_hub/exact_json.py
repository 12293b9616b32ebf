"""JSON without a binary float in sight: a price is read and written as the number that it is."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

__all__ = ["dump_json", "load_json"]

EXPONENT_MAX = 308
"""Of the largest double, the range that JSON readers agree on (RFC 8259, section 6)."""


def load_json(text: str | bytes) -> Any:
    """Parse JSON without a binary float in sight; NaN, Infinity and numbers beyond a double's range are refused.

    Raises:
        ValueError: where it is not JSON, or is nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_refuse)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _refuse(text)
    # Whoever turned 1e999999999 into an integer would not come back.
    return number if abs(number.adjusted()) <= EXPONENT_MAX else _refuse(text)


def _refuse(text: str) -> NoReturn:
    msg = f"{text[:40]} is not a JSON number"
    raise ValueError(msg)


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Write JSON; a whole `Decimal` is written exactly, another one to the 17 digits of a double.

    Raises:
        ValueError: for NaN and infinities.
        TypeError: for what JSON cannot say.
    """
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain_number)


def _plain_number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    msg = f"{type(value).__name__} cannot be said in JSON"
    raise TypeError(msg)
