"""Webhooks, received by the user's own web framework: a hint to look, never the truth itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from itertools import count

from tasking_hub.ordering import Hint
from tasking_hub.orders.watching import Watcher

__all__ = ["Hooks"]


class Hooks:
    """Takes what a web framework received, and looks.

    Args:
        watcher: looks, and tells the running watches.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._turns: defaultdict[tuple[str, str | None], _Turn] = defaultdict(_Turn)

    async def receive(self, account: str, headers: Mapping[str, str], body: bytes) -> Hint:
        """Look at the order that a webhook names, once, or at the account where it names none.

        Several that come while one is looked for cause one further look. What it says of the order is not believed. An
        order that is not followed is not looked at.

        Args:
            account: the account whose address the webhook came to.
            headers: of the HTTP request, where some providers sign.
            body: of the HTTP request, byte for byte.

        Returns:
            What the webhook says.

        Raises:
            InvalidRequestError: it is none of this provider's, which may send none at all, or its signature is wrong;
                nothing was asked.
            ConfigurationError: the account is not configured here.
            TaskingHubError: the look failed; the provider may send it again, and a running watch looks anyway.
        """
        hint = self._watcher.provider(account).read_hook(headers, body)
        key = (account, hint.order_id)
        turn = self._turns[key]
        try:
            await turn.once(lambda: self._look(account, hint.order_id))
        finally:
            if turn.idle:
                self._turns.pop(key, None)
        return hint

    async def _look(self, account: str, order_id: str | None) -> None:
        if order_id is None:
            await self._watcher.look_around(account)
        else:
            await self._watcher.look_at(account, order_id)


class _Turn:
    """Looks at one thing, one after the other; a look serves all who came before it began."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._tickets = count(1)
        self._served = 0
        self._callers = 0

    @property
    def idle(self) -> bool:
        """Whether nobody looks or waits."""
        return self._callers == 0

    async def once(self, look: Callable[[], Awaitable[None]]) -> None:
        """Look, unless a look that began after this call has done so."""
        ticket = next(self._tickets)
        self._callers += 1
        try:
            async with self._lock:
                if self._served < ticket:
                    began = next(self._tickets)
                    await look()
                    self._served = began
        finally:
            self._callers -= 1
