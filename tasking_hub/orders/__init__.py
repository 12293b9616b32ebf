"""Buying exactly once: the order book, placing, and settling what was never answered; needs the extra `orders`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tasking_hub.errors import MissingDependencyError

if TYPE_CHECKING:
    from tasking_hub.orders.book import OrderBook
    from tasking_hub.orders.documents import order_document, read_order
    from tasking_hub.orders.intent import Intent, fingerprint, intend
    from tasking_hub.orders.limits import ANY_ACCOUNT, Limits
    from tasking_hub.orders.placing import Placer
    from tasking_hub.orders.queries import SpendingLine
    from tasking_hub.orders.sending import SENDING_S, Stage

__all__ = [
    "ANY_ACCOUNT",
    "SENDING_S",
    "Intent",
    "Limits",
    "OrderBook",
    "Placer",
    "SpendingLine",
    "Stage",
    "fingerprint",
    "intend",
    "order_document",
    "read_order",
]

_HOMES = {
    "ANY_ACCOUNT": "limits",
    "SENDING_S": "sending",
    "Intent": "intent",
    "Limits": "limits",
    "OrderBook": "book",
    "Placer": "placing",
    "SpendingLine": "queries",
    "Stage": "sending",
    "fingerprint": "intent",
    "intend": "intent",
    "order_document": "documents",
    "read_order": "documents",
}
_EXTRA = frozenset({"aiosqlite", "greenlet", "sqlalchemy"})


def __getattr__(name: str) -> Any:
    """Import what is asked for: limits and documents are of use without the extra."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        msg = f'the order book needs {missing}: pip install "tasking-hub[orders]"'
        raise MissingDependencyError(msg) from error
