"""What was asked once and need not be asked again for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast

from tasking_hub import Clock

T = TypeVar("T")


class Memory:
    """Answers by key; one question at a time, so that the same one is not asked twice at once.

    Args:
        clock: tells how old an answer is.
        keep_s: seconds that an answer is good for.
        size: answers kept; the oldest goes first.
    """

    def __init__(self, clock: Clock, *, keep_s: float = 3600.0, size: int = 256) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._size = size
        self._lock = asyncio.Lock()
        self._known: dict[Hashable, tuple[float, Any]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer under a key, asked for where it is missing or too old; a failure is not kept."""
        async with self._lock:
            moment, answer = self._known.get(key, (float("-inf"), None))
            if self._clock.monotonic() - moment >= self._keep_s:
                answer = await ask()
                self._keep(key, answer)
            return cast(T, answer)

    def _keep(self, key: Hashable, answer: object) -> None:
        self._known.pop(key, None)
        while len(self._known) >= self._size:
            del self._known[next(iter(self._known))]
        self._known[key] = (self._clock.monotonic(), answer)
