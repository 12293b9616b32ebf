"""What was asked once and need not be asked again for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast

from tasking_hub.clock import Clock
from tasking_hub.messages import HttpRequest, HttpResponse
from tasking_hub.provider import Sender

__all__ = ["Memory"]

T = TypeVar("T")


class Memory:
    """An adapter's answers that are good for a while; one question at a time, so that none is asked twice at once.

    Args:
        sender: the way to the provider.
        clock: tells how old an answer is.
        keep_s: seconds that an answer is good for.
        size: answers kept; the oldest goes first.
    """

    def __init__(self, sender: Sender, clock: Clock, *, keep_s: float = 3600.0, size: int = 256) -> None:
        self._sender = sender
        self._clock = clock
        self._keep_s = keep_s
        self._size = size
        self._lock = asyncio.Lock()
        self._known: dict[Hashable, tuple[float, Any]] = {}

    async def ask(self, request: HttpRequest, read: Callable[[HttpResponse], T], *about: str) -> T:
        """The answer to a request, sent where none is known or the known one is too old; a failure is not kept.

        Args:
            request: what to send.
            read: makes something of the answer.
            about: what else tells two requests of one address apart.
        """

        async def send() -> T:
            """Ask the provider."""
            return read(await self._sender.send(request))

        return await self.recall(_key(request, about), send)

    async def recall(self, key: Hashable, find_out: Callable[[], Awaitable[T]]) -> T:
        """What is known under a key, found out as `ask` does: for what takes more than one request."""
        async with self._lock:
            moment, answer = self._known.get(key, (float("-inf"), None))
            if self._clock.monotonic() - moment >= self._keep_s:
                answer = await find_out()
                self._keep(key, answer)
            return cast(T, answer)

    def forget(self, request: HttpRequest, *about: str) -> None:
        """Let the next `ask` send the request again."""
        self._known.pop(_key(request, about), None)

    def _keep(self, key: Hashable, answer: object) -> None:
        self._known.pop(key, None)
        while len(self._known) >= self._size:
            del self._known[next(iter(self._known))]
        self._known[key] = (self._clock.monotonic(), answer)


def _key(request: HttpRequest, about: tuple[str, ...]) -> Hashable:
    return request.method, request.url, request.query, *about
