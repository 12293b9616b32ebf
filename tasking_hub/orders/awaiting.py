"""Files that come later than their order changes: they are asked for again, in ever longer pauses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tasking_hub.clock import Clock
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import Order
from tasking_hub.orders.followed import Followed
from tasking_hub.orders.log import Look

__all__ = ["AwaitedFiles", "awaits_files", "has_shown_files"]

_FIRST, _MORE = "awaiting files", "awaiting more files"
"""Kept in the order book in place of what an ended order looked like: a restart goes on asking."""

_SHARE = 4
"""The next look comes after this part of the time since the order's end: some thirty looks in two days."""

_SHARE_OF_MORE = 1
"""The same once a file has shown: about a dozen looks."""


def awaits_files(row: Followed) -> bool:
    """Whether all was told of an ended order but its files, of which some may still come."""
    return row.look is not None and row.look.mark in {_FIRST, _MORE} and not row.look.done


def has_shown_files(row: Followed) -> bool:
    """Whether the first files of an ended order were told: others may come, and nobody need wait for them."""
    return row.look is not None and row.look.mark == _MORE


class AwaitedFiles:
    """When each order's files are asked for again.

    An order that ended well is asked for its files until `within` after its end, one that is being delivered for as
    long as it is: the provider may show a new file and nothing else.

    Args:
        clock: what time it is.
        within: how long after its end an order's files are waited for.
    """

    def __init__(self, clock: Clock, *, within: timedelta) -> None:
        self._clock = clock
        self._within = within
        self._next: dict[str, datetime] = {}

    def due(self, rows: Iterable[Followed]) -> dict[str, Followed]:
        """Those of these whose turn it is, by reference, who waits longest first; the times of others are forgotten."""
        now = self._clock.now()
        awaited = {row.reference: row for row in rows if awaits_files(row) or _is_delivering(row)}
        self._next = {name: self._next.get(name, row.created_at) for name, row in awaited.items()}
        ready = sorted((at, name) for name, at in self._next.items() if at <= now)
        return {name: awaited[name] for _, name in ready}

    def told(self, order: Order, row: Followed, mark: str = "", *, files: bool) -> Look:
        """What to remember after a look at an order's files: that it is done, or that files may still come.

        Args:
            order: as it is now.
            row: what was remembered.
            mark: what the order looks like, where that is new.
            files: it has shown some.
        """
        now = self._clock.now()
        began = min((step.at for step in order.history if step.state is order.state), default=now)
        mark = mark or ("" if row.look is None else row.look.mark)
        if order.state is OrderState.DELIVERING:
            self._next[order.reference] = now + min(now - began, self._within) / _SHARE
        elif order.state is OrderState.FULFILLED and now < began + self._within:
            mark, share = (_MORE, _SHARE_OF_MORE) if files or has_shown_files(row) else (_FIRST, _SHARE)
            self._next[order.reference] = min(now + (now - began) / share, began + self._within)
            return Look(reference=order.reference, mark=mark)
        return Look(reference=order.reference, mark=mark, done=order.state in TERMINAL)


def _is_delivering(row: Followed) -> bool:
    return row.state is OrderState.DELIVERING and row.look is not None and row.look.mark != ""
