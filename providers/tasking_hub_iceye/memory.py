"""Answers that are good for a while, asked for once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tasking_hub import Clock

T = TypeVar("T")


class Remembered(Generic[T]):
    """One value for each key, asked for again after so many seconds; failures are not remembered.

    Args:
        clock: what time it is.
        seconds: how long a value is good.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._values: dict[str, tuple[float, T]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The value of this key; `ask` is awaited where there is none that is still good."""
        async with self._lock:
            known = self._values.get(key)
            if known is not None and self._clock.monotonic() < known[0]:
                return known[1]
            value = await ask()
            self._values[key] = (self._clock.monotonic() + self._seconds, value)
            return value
