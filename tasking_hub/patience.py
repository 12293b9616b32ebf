"""How long a repeatable request is tried, and how long the pauses are; who may be tried again is decided elsewhere."""

from __future__ import annotations

import random

from attrs import frozen

from tasking_hub.clock import Clock
from tasking_hub.errors import ResponseError


@frozen(kw_only=True)
class Retry:
    """How long a repeatable request is tried.

    Attributes:
        attempts: sendings at the most.
        first_s: pause after the first failure; doubled after each further one.
        pause_max_s: the longest pause, and the longest `Retry-After` that is waited for.
        total_s: seconds after the first failure beyond which nothing is sent again.
    """

    attempts: int = 4
    first_s: float = 0.5
    pause_max_s: float = 30.0
    total_s: float = 120.0

    def pause_s(self, tries: int, error: Exception, jitter: float) -> float:
        """Seconds before the next try: half to all of the doubled pause, and never less than the provider asked for.

        Args:
            tries: failures so far.
            error: the last of them.
            jitter: 0..1, from half of the pause to all of it.
        """
        asked = error.retry_after_s if isinstance(error, ResponseError) else None
        return max(asked or 0.0, min(self.pause_max_s, self.first_s * 2.0 ** (tries - 1)) * (0.5 + jitter / 2))


class Patience:
    """How much longer one request is tried.

    Args:
        retry: the rules.
        clock: decides when it has been long enough; pauses are slept on it.
        rng: where jitter comes from.
    """

    def __init__(self, retry: Retry, clock: Clock, rng: random.Random) -> None:
        self._retry = retry
        self._clock = clock
        self._rng = rng
        self._failures = 0
        self._deadline = float("inf")
        self._pause_s = 0.0

    def ends(self, error: Exception) -> bool:
        """Choose the next pause; True where it would be too long or end too late."""
        now = self._clock.monotonic()
        if not self._failures:
            self._deadline = now + self._retry.total_s
        self._failures += 1
        self._pause_s = self._retry.pause_s(self._failures, error, self._rng.random())
        return self._pause_s > self._retry.pause_max_s or now + self._pause_s > self._deadline

    async def pause(self, _details: object) -> None:
        """Wait for the chosen pause."""
        await self._clock.sleep(self._pause_s)
