"""Buying exactly once and what follows: order book, placing, watching, deciding, leaving; needs the extra `orders`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tasking_hub.errors import MissingDependencyError

if TYPE_CHECKING:
    from tasking_hub.orders.answers import Answer, AnswerState
    from tasking_hub.orders.book import OrderBook
    from tasking_hub.orders.decisions import AnsweredAlreadyError, Decider
    from tasking_hub.orders.documents import order_document, read_order
    from tasking_hub.orders.events import (
        AccountTrouble,
        AcquisitionProposed,
        AcquisitionTaken,
        CancellationStepApproaching,
        DecisionDue,
        DeliverableReady,
        Event,
        Progress,
        StateChanged,
        event_document,
        read_event,
    )
    from tasking_hub.orders.fees import FeeStep, Leaving
    from tasking_hub.orders.hooks import Hooks
    from tasking_hub.orders.intent import Intent, fingerprint, intend
    from tasking_hub.orders.leaving import Leaver, LeavingCostsError
    from tasking_hub.orders.limits import ANY_ACCOUNT, Limits
    from tasking_hub.orders.looks import WatchRules
    from tasking_hub.orders.placing import Placer
    from tasking_hub.orders.queries import SpendingLine
    from tasking_hub.orders.replacing import Replacement, ReplacementState
    from tasking_hub.orders.sending import SENDING_S, Stage
    from tasking_hub.orders.watching import BEGINNING, Watcher

__all__ = [
    "ANY_ACCOUNT",
    "BEGINNING",
    "SENDING_S",
    "AccountTrouble",
    "AcquisitionProposed",
    "AcquisitionTaken",
    "Answer",
    "AnswerState",
    "AnsweredAlreadyError",
    "CancellationStepApproaching",
    "Decider",
    "DecisionDue",
    "DeliverableReady",
    "Event",
    "FeeStep",
    "Hooks",
    "Intent",
    "Leaver",
    "Leaving",
    "LeavingCostsError",
    "Limits",
    "OrderBook",
    "Placer",
    "Progress",
    "Replacement",
    "ReplacementState",
    "SpendingLine",
    "Stage",
    "StateChanged",
    "WatchRules",
    "Watcher",
    "event_document",
    "fingerprint",
    "intend",
    "order_document",
    "read_event",
    "read_order",
]

_HOMES = {
    "ANY_ACCOUNT": "limits",
    "BEGINNING": "watching",
    "SENDING_S": "sending",
    "AccountTrouble": "events",
    "AcquisitionProposed": "events",
    "AcquisitionTaken": "events",
    "Answer": "answers",
    "AnswerState": "answers",
    "AnsweredAlreadyError": "decisions",
    "CancellationStepApproaching": "events",
    "Decider": "decisions",
    "DecisionDue": "events",
    "DeliverableReady": "events",
    "Event": "events",
    "FeeStep": "fees",
    "Hooks": "hooks",
    "Intent": "intent",
    "Leaver": "leaving",
    "Leaving": "fees",
    "LeavingCostsError": "leaving",
    "Limits": "limits",
    "OrderBook": "book",
    "Placer": "placing",
    "Progress": "events",
    "Replacement": "replacing",
    "ReplacementState": "replacing",
    "SpendingLine": "queries",
    "Stage": "sending",
    "StateChanged": "events",
    "WatchRules": "looks",
    "Watcher": "watching",
    "event_document": "events",
    "fingerprint": "intent",
    "intend": "intent",
    "order_document": "documents",
    "read_event": "events",
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
