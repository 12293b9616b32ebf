"""When leaving an order becomes dearer: kept in memory from looks at it, so that telling it needs no request."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from tasking_hub.clock import Clock
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import CancellationStep, Order
from tasking_hub.money import Money, Quota
from tasking_hub.ordering import OrderingProvider
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.events import CancellationStepApproaching
from tasking_hub.orders.fees import fee_of, step_begins
from tasking_hub.orders.followed import Bought, bought

__all__ = ["Agenda"]

_logger = logging.getLogger(__name__)

_SAME = timedelta(minutes=1)
"""A step this near to the order's last moment for leaving is that moment."""


@frozen(kw_only=True)
class _Entry:
    """What one order has ahead.

    Attributes:
        at: when the step takes effect.
        step: what holds then, or None where the order cannot be left any more.
        order: the order.
        price: what was agreed, or None.
    """

    at: datetime
    step: CancellationStep | None
    order: Order
    price: Money | Quota | None


class Agenda:
    """Cancellation steps ahead, by order.

    Args:
        provider: knows the terms.
        book: knows the windows.
        clock: what time it is.
        notice: how long before a step it is told.
    """

    def __init__(self, provider: OrderingProvider[Any], book: OrderBook, clock: Clock, *, notice: timedelta) -> None:
        self._provider = provider
        self._book = book
        self._clock = clock
        self._notice = notice
        self._bought: dict[str, Bought] = {}
        self._seen: dict[str, Order] = {}
        self._entries: dict[str, tuple[_Entry, ...]] = {}

    def __contains__(self, reference: str) -> bool:
        return reference in self._entries or reference in self._seen

    def note(self, reference: str, order: Order) -> None:
        """Remember an order as it was last seen; its steps are worked out by `read_windows`."""
        if order.state in TERMINAL or order.state is OrderState.CANCELLING:
            self._seen.pop(reference, None)
            self._entries.pop(reference, None)
        else:
            self._seen[reference] = order

    async def read_windows(self) -> None:
        """Work out the steps of the orders seen since the last time."""
        seen, self._seen = self._seen, {}
        self._bought |= await bought(self._book, [name for name in seen if name not in self._bought])
        for reference, order in seen.items():
            self._entries[reference] = tuple(self._steps(order, self._bought.get(reference)))

    def _steps(self, order: Order, known: Bought | None) -> Iterator[_Entry]:
        try:
            steps = self._provider.cancellation(order)
        except Exception:
            # It is asked for in good time when the buyer wants to leave; the watch does not end for it.
            _logger.exception("the adapter of account %s cannot tell what leaving costs", self._provider.account)
            return
        start = order.window.start if order.window else None if known is None else known.start
        timed = [(step_begins(step, start), step) for step in steps]
        price = order.price or (None if known is None else known.price)
        last = order.cancellable_until
        if last is not None and not any(at is not None and abs(at - last) < _SAME for at, _ in timed):
            yield _Entry(at=last, step=None, order=order, price=price)
        yield from (_Entry(at=at, step=step, order=order, price=price) for at, step in timed if at is not None)

    def due(self, references: Iterable[str]) -> list[CancellationStepApproaching]:
        """The steps that take effect within the notice, each given once; those that have passed are forgotten."""
        now, wanted = self._clock.now(), set(references)
        self._entries = {name: entries for name, entries in self._entries.items() if name in wanted}
        found: list[CancellationStepApproaching] = []
        for reference, entries in self._entries.items():
            near = [entry for entry in entries if now < entry.at <= now + self._notice]
            found += [self._event(reference, entry) for entry in near]
            if near or any(entry.at <= now for entry in entries):
                self._entries[reference] = tuple(entry for entry in entries if entry.at > now + self._notice)
        return found

    def _event(self, reference: str, entry: _Entry) -> CancellationStepApproaching:
        return CancellationStepApproaching(
            account=entry.order.account,
            reference=reference,
            order_id=entry.order.id,
            at=self._clock.now(),
            takes_effect_at=entry.at,
            step=entry.step,
            fee=None if entry.step is None else fee_of(entry.step, entry.price),
        )
