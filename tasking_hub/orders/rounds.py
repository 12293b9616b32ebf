"""The rounds in which an account is looked at: one at a time for all watches of a process, in turns with others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from tasking_hub.clock import Clock
from tasking_hub.errors import OrderBookError
from tasking_hub.orders.looking import Onlooker
from tasking_hub.orders.turns import Turns

__all__ = ["Rounds"]


class Rounds:
    """Looks at one account again and again while anybody watches.

    Args:
        account: name of the account.
        onlooker: looks at it.
        turns: says when this process is to look.
        clock: pauses are slept on it.
        pause_max_s: the longest pause after failures.
    """

    def __init__(self, account: str, onlooker: Onlooker, turns: Turns, clock: Clock, *, pause_max_s: float) -> None:
        self.account = account
        self.onlooker = onlooker
        self._turns = turns
        self._clock = clock
        self._pause_max_s = pause_max_s
        self._one_at_a_time = asyncio.Lock()
        self._next_at = float("-inf")
        self._watches = 0

    async def run(self, interval_s: float) -> AsyncIterator[str]:
        """The account, after each time that it was looked at, here or by somebody else.

        Raises:
            OrderBookError: the order book fails.
        """
        self._watches += 1
        try:
            while True:
                async with self._one_at_a_time:
                    if self._clock.monotonic() >= self._next_at:
                        wait = await self._turns.take(self.account, interval_s) or await self._look(interval_s)
                        self._next_at = self._clock.monotonic() + wait
                yield self.account
                await self._clock.sleep(max(self._next_at - self._clock.monotonic(), 0.0))
        finally:
            self._watches -= 1
            if not self._watches:
                with suppress(OrderBookError):
                    await self._turns.let_go(self.account)

    async def _look(self, interval_s: float) -> float:
        """Look, in this process's turn; the seconds until the next time."""
        try:
            await self.onlooker.round()
        finally:
            await self._turns.over(self.account, silence_s=max(self.onlooker.silence_s - interval_s, 0.0))
        return self._pause_s(interval_s)

    def _pause_s(self, interval_s: float) -> float:
        """Seconds until the next round: longer after each failure, and as long as the provider asked for."""
        failures = self.onlooker.failures
        if not failures:
            return interval_s
        longer = min(interval_s * 2.0 ** min(failures, 30), max(self._pause_max_s, interval_s))
        return max(longer, self.onlooker.silence_s)

    async def look_now(self) -> None:
        """Look, whosever turn it is.

        Raises:
            OrderBookError: the order book fails.
        """
        async with self._one_at_a_time:
            await self.onlooker.round()
