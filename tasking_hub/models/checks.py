"""What the fields of the models accept, for attrs: each check names its field in the words of an input file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import attrs

from tasking_hub.clock import utc
from tasking_hub.errors import InvalidRequestError

EnumT = TypeVar("EnumT", bound=Enum)

Check = Callable[[Any, "attrs.Attribute[Any]", Any], None]

_COUNTRY = re.compile("[A-Z]{2}")


# --- Converters --------------------------------------------------------------------------------------


def binary(value: float | Decimal | None) -> float | None:
    """A number for angles and percentages, where a Decimal could not be calculated with."""
    return float(value) if isinstance(value, Decimal) else value


def member(kind: type[EnumT], value: EnumT | str | None, field: str) -> EnumT | None:
    """The member of an enumeration, also for its word; None stays None.

    A word that equals a member would pass for it in comparisons by `==` and fail those by `is`.
    """
    try:
        return None if value is None else kind(value)
    except ValueError as error:
        words = ", ".join(choice.value for choice in kind)
        msg = f"{field} must be one of {words}, not {value!r:.40}"
        raise InvalidRequestError(msg, field) from error


def moment(value: object, field: str) -> datetime:
    """The same moment in UTC; what is no datetime, or a naive one, is refused."""
    if not isinstance(value, datetime):
        msg = f"{field} must be a datetime, not {type(value).__name__}"
        raise InvalidRequestError(msg, field)
    return utc(value, field)


def moment_or_none(value: datetime | None) -> datetime | None:
    """The same moment in UTC; a naive one is refused, None stays None."""
    return None if value is None else utc(value)


def names(value: Iterable[str]) -> tuple[str, ...]:
    """Names of accounts; a single text is refused, since its letters would be taken for names."""
    if isinstance(value, str):
        msg = f"accounts is a list of names, not the text {value!r:.40}"
        raise InvalidRequestError(msg, "accounts")
    return tuple(value)


def copied(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy, so that a later change to the caller's own object changes nothing here."""
    return dict(value)


# --- Validators --------------------------------------------------------------------------------------


def within(low: float, high: float) -> Check:
    """A number from low to high, both included; None stays open."""

    def check(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(attribute, f"must be a number, not {type(value).__name__}")
        elif not low <= value <= high:
            _refuse(attribute, f"must be between {low:g} and {high:g}, not {value:g}")

    return check


def whole(low: int, high: int) -> Check:
    """A whole number from low to high, both included; None stays open."""
    in_range = within(low, high)

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        in_range(instance, attribute, value)
        if value is not None and not isinstance(value, int):
            _refuse(attribute, f"must be a whole number, not {value}")

    return check


def an(*kinds: type, optional: bool = False) -> Check:
    """An object of one of these classes, or None where that is allowed."""

    def check(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not (isinstance(value, kinds) or (optional and value is None)):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            _refuse(attribute, f"must be of class {wanted}, not {type(value).__name__}")

    return check


def word(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """A text that says something, or None."""
    if value is None:
        return
    if not isinstance(value, str):
        _refuse(attribute, f"must be a text, not {type(value).__name__}")
    elif not value.strip():
        _refuse(attribute, "must not be empty: leave it out instead")


def country(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Two capital letters, as in ISO 3166 alpha-2."""
    if not (isinstance(value, str) and _COUNTRY.fullmatch(value)):
        _refuse(attribute, f"must be an ISO 3166 code of two capital letters such as FR, not {value!r:.40}")


def _refuse(attribute: attrs.Attribute[Any], problem: str) -> None:
    msg = f"{attribute.name} {problem}"
    raise InvalidRequestError(msg, attribute.name)
