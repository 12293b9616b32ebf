"""Whether an order has taken the place of those that its buyer agreed to lose: that is all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

from tasking_hub.errors import NotFoundError, OrderingError
from tasking_hub.lifecycle import TERMINAL, WORKING, OrderState
from tasking_hub.models import Order
from tasking_hub.ordering import OrderingProvider
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.recovery import ordering_provider
from tasking_hub.provider import Provider

__all__ = ["Replacement", "ReplacementState", "replacement"]

_GONE = frozenset({OrderState.CANCELLING, OrderState.CANCELLED})
_TAKEN_ON = WORKING | {OrderState.DELIVERING, OrderState.FULFILLED}


class ReplacementState(StrEnum):
    """How far a replacement has come."""

    PENDING = "pending"
    """The provider has not decided, or has taken the new order on and not let go of all old ones yet."""

    DONE = "done"
    """The new order is taken on and every old one is gone."""

    AS_BEFORE = "as-before"
    """The new order came to nothing and every old one stands."""

    MIXED = "mixed"
    """What should be all or nothing is neither: ask the provider."""


@frozen(kw_only=True)
class Replacement:
    """An order and those whose place it is to take, as their provider shows them.

    Attributes:
        order: the new one.
        old: the orders that its buyer agreed to lose; one that the provider does not know is `OrderState.UNKNOWN`.
    """

    order: Order
    old: tuple[Order, ...] = field(converter=tuple[Order, ...])

    @property
    def state(self) -> ReplacementState:
        """How far it has come. Only `ReplacementState.PENDING` can change."""
        gone = [order.state in _GONE for order in self.old]
        if self.order.state in _TAKEN_ON and all(gone):
            return ReplacementState.DONE
        if self.order.state not in TERMINAL:
            return ReplacementState.PENDING
        nothing = self.order.state not in _TAKEN_ON and not any(gone)
        return ReplacementState.AS_BEFORE if nothing else ReplacementState.MIXED

    @property
    def standing(self) -> tuple[Order, ...]:
        """The old orders that are not gone."""
        return tuple(order for order in self.old if order.state not in _GONE)


async def replacement(book: OrderBook, providers: Mapping[str, Provider[Any]], reference: str) -> Replacement:
    """Look once at an order and at those that it is to replace, and record what is seen.

    Raises:
        UnknownOrderError: the order book has no such reference.
        OrderingError: it was not to replace any order.
        TaskingHubError: the provider cannot be asked.
    """
    intent = await book.intent(reference)
    if not intent.replaces:
        msg = "it was not to replace any order"
        raise OrderingError(msg, reference)
    provider = ordering_provider(providers, intent.account, intent.provider)
    order = intent.as_order()
    if order.id is not None and order.state not in TERMINAL:
        order = await _looked_at(book, provider, order.id) or order
    return Replacement(order=order, old=[await _old(book, provider, order_id) for order_id in sorted(intent.replaces)])


async def _old(book: OrderBook, provider: OrderingProvider[Any], order_id: str) -> Order:
    """An order that may be no purchase of this order book."""
    try:
        seen = await provider.order(order_id)
    except NotFoundError:
        return Order(
            account=provider.account, provider=provider.name, id=order_id, reference=order_id, state=OrderState.UNKNOWN
        )
    return await book.record(seen) or seen


async def _looked_at(book: OrderBook, provider: OrderingProvider[Any], order_id: str) -> Order | None:
    return await book.record(evolve(await provider.order(order_id), id=order_id))
