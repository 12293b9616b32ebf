"""Orders that ended well and show no file yet: files are often ready only later, so they are asked for again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tasking_hub.clock import Clock
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import Order
from tasking_hub.orders.followed import Followed
from tasking_hub.orders.log import Look

__all__ = ["AwaitedFiles", "awaits_files"]

_MARK = "awaiting files"
"""Kept in the order book in place of what the order looked like: a restart goes on waiting."""

_SHARE = 4
"""The next look comes after this part of the time since the order's end: some thirty looks in two days."""


def awaits_files(row: Followed) -> bool:
    """Whether all was told of an order but its files, which are still to come."""
    return row.look is not None and row.look.mark == _MARK and not row.look.done


class AwaitedFiles:
    """When each order's files are asked for again.

    Args:
        clock: what time it is.
        within: how long after its end an order's first file is waited for.
    """

    def __init__(self, clock: Clock, *, within: timedelta) -> None:
        self._clock = clock
        self._within = within
        self._next: dict[str, datetime] = {}

    def due(self, rows: Iterable[Followed]) -> dict[str, Followed]:
        """Those of these whose turn it is, by reference, who waits longest first; the times of others are forgotten."""
        now = self._clock.now()
        awaited = {row.reference: row for row in rows if awaits_files(row)}
        self._next = {name: self._next.get(name, row.created_at) for name, row in awaited.items()}
        ready = sorted((at, name) for name, at in self._next.items() if at <= now)
        return {name: awaited[name] for _, name in ready}

    def told(self, order: Order, mark: str = "", *, files: bool) -> Look:
        """What to remember after a look at an order's files: whether it is done, or that they are still to come."""
        now = self._clock.now()
        ended = min((step.at for step in order.history if step.state is order.state), default=now)
        if files or order.state is not OrderState.FULFILLED or now >= ended + self._within:
            return Look(reference=order.reference, mark=mark, done=order.state in TERMINAL)
        self._next[order.reference] = min(now + (now - ended) / _SHARE, ended + self._within)
        return Look(reference=order.reference, mark=_MARK)
