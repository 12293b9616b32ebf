"""Why nothing was ordered, in words of the command line: what was said with which option, and what it is now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from tasking_hub.clock import format_time
from tasking_hub.errors import QuoteChangedError


def changed(error: QuoteChangedError) -> str:
    """Name each difference between what was accepted and what is."""
    return f"{error.reference}: not ordered: {'; '.join(_changes(error))}"


def _changes(error: QuoteChangedError) -> Iterator[str]:
    for name, (old, new) in error.changes.items():
        match name:
            case "max_price":
                yield f"it costs {new}, and --max-price is {old}"
            case "price" if old is None:
                yield f"it has a price now, {new}: price it with `tasking-hub quote` and order that"
            case "price":
                yield f"the price was {_word(old)} and is {_word(new)}, and --max-drift says how much dearer it may be"
            case "replaces":
                yield f"it would cancel {_word(new)}, and --replaces names {_word(old)}"
            case "expires_at" | "order_deadline":
                yield f"it could be ordered until {_word(old)}, and now it is {_word(new)}"
            case _:
                yield f"{name} was {_word(old)} and is {_word(new)}"


def _word(value: Any) -> str:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, cast("Sequence[Any]", value))) or "nothing"
    return "nothing" if value is None else str(value)
