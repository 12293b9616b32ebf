"""Parts of a request's JSON, typed as far as a check can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from tasking_hub_airbus.sandbox.errors import bad_request


def as_object(value: Any) -> Mapping[str, Any] | None:
    """The value where it is a JSON object."""
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else None


def as_list(value: Any) -> Sequence[Any] | None:
    """The value where it is a JSON list."""
    return cast(Sequence[Any], value) if isinstance(value, list) else None


def as_objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a JSON list; nothing where it is none."""
    return [found for item in as_list(value) or () if (found := as_object(item)) is not None]


def an_object(value: Any, what: str) -> Mapping[str, Any]:
    """The value as a JSON object, or 400."""
    found = as_object(value)
    if found is None:
        message = f"{what} is mandatory"
        raise bad_request(message)
    return found


def words(body: Mapping[str, Any], key: str, known: Sequence[str]) -> tuple[str, ...]:
    """A list of known words, or 400."""
    listed = as_list(body.get(key))
    if not listed or any(word not in known for word in listed):
        message = f"'{key}' must be a list out of {', '.join(sorted(known))}"
        raise bad_request(message)
    return tuple(listed)


def word(body: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    """A known word, or 400."""
    value = body.get(key)
    if value not in known:
        message = f"'{key}' must be one of {', '.join(known)}"
        raise bad_request(message)
    return str(value)


def number(body: Mapping[str, Any], key: str, most: int) -> Decimal:
    """A number from 0 to the most, or 400."""
    value = body.get(key)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= most:
        return Decimal(value)
    message = f"'{key}' must be a number between 0 and {most}"
    raise bad_request(message)


def pairs(listed: Any) -> dict[str, Any]:
    """A list of key and value as a dict, or 400."""
    found = as_objects(listed)
    if as_list(listed) is None or len(found) != len(listed) or any("key" not in pair for pair in found):
        message = "Properties and options are lists of key and value"
        raise bad_request(message)
    return {str(pair["key"]): pair.get("value") for pair in found}


def plain(value: Any) -> Any:
    """Numbers as JSON has them; a request is read with `Decimal`."""
    items = as_list(value)
    if items is not None:
        return [plain(item) for item in items]
    return float(value) if isinstance(value, Decimal) else value
