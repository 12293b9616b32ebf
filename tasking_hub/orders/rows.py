"""Intents as rows of the order book's tables, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tasking_hub.lifecycle import OrderState
from tasking_hub.models import OrderEvent
from tasking_hub.money import Money
from tasking_hub.orders.documents import (
    amount_text,
    drift_text,
    dump_document,
    load_document,
    order_document,
    read_amount,
    read_drift,
    read_order,
)
from tasking_hub.orders.intent import Intent

__all__ = ["intent_row", "read_intent", "read_step", "step_row"]

_AS_IT_IS = (
    "reference",
    "account",
    "provider",
    "fingerprint",
    "order_id",
    "provider_status",
    "created_at",
    "committed_at",
    "sent_at",
    "updated_at",
    "version",
)


def intent_row(intent: Intent) -> dict[str, Any]:
    """The columns of an intent."""
    committed = None if intent.committed is None else intent.committed.quantized()
    return {name: getattr(intent, name) for name in _AS_IT_IS} | {
        "request": dump_document(intent.request),
        "accepted": dump_document(intent.accepted),
        "bought": dump_document(intent.bought),
        "replaces": dump_document({"ids": sorted(intent.replaces)}),
        "max_price": amount_text(intent.max_price),
        "max_drift": drift_text(intent.max_drift),
        "price": amount_text(intent.price),
        "committed_minor": None if committed is None else committed.minor_units,
        "committed_currency": None if committed is None else committed.currency,
        "state": intent.state.value,
        "seen": None if intent.order is None else dump_document(order_document(intent.order)),
    }


def read_intent(row: Mapping[str, Any], steps: Iterable[OrderEvent] = ()) -> Intent:
    """The intent of a row and its steps."""
    minor, seen = row["committed_minor"], load_document(row["seen"])
    return Intent(
        **{name: row[name] for name in _AS_IT_IS},
        request=load_document(row["request"]),
        accepted=load_document(row["accepted"]),
        bought=load_document(row["bought"]),
        replaces=frozenset(load_document(row["replaces"])["ids"]),
        max_price=read_amount(row["max_price"]),
        max_drift=read_drift(row["max_drift"]),
        price=read_amount(row["price"]),
        committed=None if minor is None else Money.from_minor_units(minor, row["committed_currency"]),
        state=OrderState(row["state"]),
        order=None if seen is None else read_order(seen),
        steps=tuple(steps),
    )


def step_row(reference: str, step: OrderEvent) -> dict[str, Any]:
    """The columns of a step."""
    return {
        "reference": reference,
        "at": step.at,
        "state": step.state.value,
        "provider_status": step.provider_status,
        "note": step.note,
    }


def read_step(row: Mapping[str, Any]) -> OrderEvent:
    """The step of a row."""
    return OrderEvent(
        at=row["at"], state=OrderState(row["state"]), provider_status=row["provider_status"], note=row["note"]
    )
