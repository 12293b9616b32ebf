"""What a look at the provider tells the order book: pure, idempotent, and bound by the table of moves."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from tasking_hub.lifecycle import ALLOWED_MOVES, OrderState
from tasking_hub.models import Order, OrderEvent
from tasking_hub.money import Quota
from tasking_hub.orders.intent import Intent

__all__ = ["ABSENT", "seen"]

ABSENT = "the provider shows no order with this reference, and had time enough to show one"
"""The note of what was settled as not placed without an answer."""

_LATE = "the provider shows this order, which had been settled as not placed"


def seen(intent: Intent, order: Order, at: datetime) -> Intent:
    """The intent after an order was seen at its provider; the same where that says nothing new.

    A look that the table of moves rules out is a stale one and changes nothing. The one exception concerns money: an
    order that had been settled as not placed for want of any trace, and shows up after all, is followed again.
    """
    late = _settled_as_absent(intent) and order.id is not None
    known = order.state == intent.state or order.state in ALLOWED_MOVES[intent.state]
    if intent.state is OrderState.INTENDED or not (late or known):
        return intent
    new = tuple(step for step in _provider_steps(order) if step not in intent.steps)
    if not _says(new, order) and _moved(intent, order):
        new += (OrderEvent(at=at, state=order.state, provider_status=order.provider_status, note=_LATE * late),)
    after = evolve(
        intent,
        state=order.state,
        order_id=order.id or intent.order_id,
        provider_status=order.provider_status,
        order=_completed(intent, evolve(order, reference=intent.reference, history=())),
        steps=intent.steps + new,
    )
    return intent if after == intent and _raw(after) == _raw(intent) else evolve(after, updated_at=at)


def _completed(intent: Intent, order: Order) -> Order:
    """The order with what a list leaves out and a look at it alone had said: what it replaced, its price's unit."""
    replaced = order.replaced or (() if intent.order is None else intent.order.replaced)
    agreed, price = intent.price, order.price
    same = isinstance(agreed, Quota) and isinstance(price, Quota) and agreed.amount == price.amount
    return evolve(order, replaced=replaced, price=agreed if same else price)


def _settled_as_absent(intent: Intent) -> bool:
    return intent.state is OrderState.NOT_PLACED and bool(intent.steps) and intent.steps[-1].note == ABSENT


def _provider_steps(order: Order) -> tuple[OrderEvent, ...]:
    return tuple(sorted(order.history, key=lambda step: step.at))


def _moved(intent: Intent, order: Order) -> bool:
    return (order.state, order.provider_status) != (intent.state, intent.provider_status)


def _says(steps: tuple[OrderEvent, ...], order: Order) -> bool:
    return any((step.state, step.provider_status) == (order.state, order.provider_status) for step in steps)


def _raw(intent: Intent) -> object:
    return None if intent.order is None else intent.order.raw
