"""Whose turn it is to look at an account: of all processes that watch an order book one asks, the others read.

Whoever looked last goes on looking; somebody else takes over where that is overdue, or came to no end because its
process died. Nothing depends on there being only one: two that look at once find the same and tell it once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.clock import Clock
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.tables import TURNS

__all__ = ["LEASE_S", "Turns", "wait_s"]

LEASE_S = 120.0
"""Seconds after which a look that has not ended is taken for one whose process died."""

OVERDUE = 1.5
"""Others look after this many of their own pauses without a look."""

SILENCE_MAX_S = 3600.0
"""The longest silence that is believed, whatever another process's clock says."""


def wait_s(turn: Mapping[str, Any] | None, *, me: str, interval_s: float, now: datetime) -> float:
    """Seconds until a process may look, 0 where it may now.

    Args:
        turn: the row of the account, or None where nobody looks at it.
        me: the process.
        interval_s: its pause between two looks.
        now: what time it is.
    """
    if turn is None:
        return 0.0
    mine = turn["holder"] == me
    waits = [0.0]
    if turn["busy_until"] is not None and not mine:
        waits.append(min((turn["busy_until"] - now).total_seconds(), LEASE_S))
    if turn["looked_at"] is not None:
        ago = max((now - turn["looked_at"]).total_seconds(), -SILENCE_MAX_S)
        waits.append(interval_s * (1 if mine else OVERDUE) - ago)
    return max(waits)


class Turns:
    """Turns of one process, kept in the order book.

    Args:
        book: shared by all that watch.
        clock: what time it is; clocks of different machines may differ by less than a pause.
    """

    def __init__(self, book: OrderBook, clock: Clock) -> None:
        self._database = book.database
        self._clock = clock
        self._me = uuid.uuid4().hex

    async def take(self, account: str, interval_s: float) -> float:
        """Take the turn, until `over` or for `LEASE_S`: 0 where it was free, else the seconds until it may be.

        Raises:
            OrderBookError: the order book fails.
        """
        now = self._clock.now()

        async def work(connection: AsyncConnection) -> float:
            query = select(TURNS).where(TURNS.c.account == account)
            turn = (await connection.execute(query)).mappings().first()
            wait = wait_s(None if turn is None else dict(turn), me=self._me, interval_s=interval_s, now=now)
            if not wait:
                mine = {"holder": self._me, "busy_until": now + timedelta(seconds=LEASE_S)}
                known = update(TURNS).where(TURNS.c.account == account)
                new = insert(TURNS).values(account=account)
                await connection.execute((new if turn is None else known).values(**mine))
            return wait

        return await self._database.write(work, alone=True)

    async def over(self, account: str, *, silence_s: float = 0.0) -> None:
        """The look has ended.

        Args:
            account: that was looked at.
            silence_s: seconds beyond the usual pause for which its provider wants to hear of nobody.

        Raises:
            OrderBookError: the order book fails; others wait until the lease ends.
        """
        looked_at = self._clock.now() + timedelta(seconds=silence_s)
        mine = (TURNS.c.account == account) & (TURNS.c.holder == self._me)
        await self._database.write(
            lambda connection: connection.execute(
                update(TURNS).where(mine).values(busy_until=None, looked_at=looked_at)
            )
        )

    async def let_go(self, account: str) -> None:
        """Nobody here watches any more: who comes next looks at once.

        Raises:
            OrderBookError: the order book fails; the next one has to wait until a look is overdue.
        """
        mine = (TURNS.c.account == account) & (TURNS.c.holder == self._me)
        await self._database.write(lambda connection: connection.execute(delete(TURNS).where(mine)))
