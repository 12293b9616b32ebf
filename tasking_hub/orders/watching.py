"""Watching orders: one stream of events over all accounts, in sequence, without doubles, resumable after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from typing import Any

from tasking_hub.clock import Clock
from tasking_hub.errors import InvalidRequestError, UnknownOrderError
from tasking_hub.lifecycle import OrderState
from tasking_hub.ordering import OrderingProvider
from tasking_hub.orders.awaiting import has_shown_files
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.events import Event
from tasking_hub.orders.followed import Followed, bought, followed, known
from tasking_hub.orders.log import EventLog
from tasking_hub.orders.looking import Onlooker
from tasking_hub.orders.looks import GONE, WatchRules
from tasking_hub.orders.recovery import ordering_provider
from tasking_hub.orders.rounds import Rounds
from tasking_hub.orders.turns import Turns
from tasking_hub.provider import Provider
from tasking_hub.streams import merged

__all__ = ["BEGINNING", "INTERVAL_S", "Watcher"]

_logger = logging.getLogger(__name__)

INTERVAL_S = 60.0
"""Seconds between two rounds. Each asks an account for its list of changes, whatever the number of its orders."""

BEGINNING = "0"
"""The cursor before the first event of the order book."""

_NOWHERE = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN})
"""States of which nobody knows whether anything will come of them."""


class Watcher:
    """Watches the orders of an order book.

    Args:
        book: where orders are recorded and events are kept.
        providers: by account name; those that cannot buy are left alone.
        clock: what time it is; every pause is slept on it.
        recover: settles orders whose outcome is unknown; run at the start of a watch and in every round.
        rules: how closely orders are watched.
    """

    def __init__(
        self,
        book: OrderBook,
        providers: Mapping[str, Provider[Any]],
        *,
        clock: Clock,
        recover: Callable[[], Awaitable[object]],
        rules: WatchRules | None = None,
    ) -> None:
        self._book = book
        self._providers = providers
        self._clock = clock
        self._recover = recover
        self._rules = rules or WatchRules()
        self._log = EventLog(book, clock)
        self._pokes: set[asyncio.Queue[None]] = set()
        turns = Turns(book, clock)
        self._rounds = {
            name: Rounds(
                name,
                Onlooker(provider, book, self._log, clock, self._rules),
                turns,
                clock,
                pause_max_s=self._rules.pause_max_s,
            )
            for name, provider in providers.items()
            if isinstance(provider, OrderingProvider)
        }

    # --- The stream ----------------------------------------------------------------------------------

    async def watch(
        self,
        orders: Iterable[str] | None = None,
        *,
        since: str | None = None,
        name: str | None = None,
        interval_s: float = INTERVAL_S,
        until_done: bool = True,
    ) -> AsyncGenerator[Event, None]:
        """Events of orders, each once, those of one order in the order in which they happened.

        Args:
            orders: references of the orders; None watches all of the order book, also those placed meanwhile. Trouble
                of an account is told to whoever watches an order of it.
            since: the cursor of the last event that was dealt with, or `BEGINNING`; by default what becomes known from
                now on.
            name: a reader whose cursor the order book keeps: it goes on after the last event that it asked another
                one after, and at its first time begins at the beginning. Give this or `since`.
            interval_s: seconds between two looks at an account that does not fail, above 0.
            until_done: end when every watched order has ended and those fulfilled have shown a file, or were waited for
                as long as `WatchRules.files_within`; else go on for ever. Files that come after the first one are told
                to whoever still watches, or watches again.

        Raises:
            InvalidRequestError: the cursor is none, both `since` and `name` are given, or the interval is not above 0.
            UnknownOrderError: the order book has no such reference.
            ConfigurationError: an order's account is not configured here.
            OrderBookError: the order book fails.
        """
        chosen = None if orders is None else frozenset([orders] if isinstance(orders, str) else orders)
        _require_pause(interval_s)
        accounts = await self._accounts(chosen)
        position = await self._position(since, name)
        poked: asyncio.Queue[None] = asyncio.Queue()
        self._pokes.add(poked)
        try:
            streams = [self._recovering(interval_s), _beats(poked)]
            streams += [self._rounds[account].run(interval_s) for account in sorted(accounts)]
            unlooked = set(accounts)
            async with aclosing(merged(streams)) as beats:
                async for account in beats:
                    unlooked.discard(account)
                    # Asked before the log is read, so that the last event is told before the end.
                    done = until_done and not unlooked and await self._done(chosen, accounts)
                    await self._log.add()
                    async with aclosing(self._log.after(position)) as events:
                        async for event in events:
                            position = int(event.cursor)
                            if _concerns(event, chosen, accounts):
                                yield event
                                await self._acknowledge(name, position)
                    if done:
                        return
        finally:
            self._pokes.discard(poked)

    async def _accounts(self, chosen: frozenset[str] | None) -> frozenset[str]:
        """The accounts to look at."""
        if chosen is None:
            return frozenset(self._rounds)
        found = await known(self._book, chosen)
        for reference in sorted(chosen - set(found)):
            msg = "the order book has no such reference"
            raise UnknownOrderError(msg, reference)
        for account, provider in set(found.values()):
            ordering_provider(self._providers, account, provider)
        return frozenset(account for account, _ in found.values())

    async def _position(self, since: str | None, name: str | None) -> int:
        if since is not None and name is not None:
            msg = "a watch goes on after a cursor, or where a named reader stopped, not both"
            raise InvalidRequestError(msg, "since")
        if name is not None:
            return await self._log.cursor(name) or 0
        if since is None:
            await self._log.add()
            return await self._log.head()
        if not (since.isascii() and since.isdigit()):
            msg = f"{since!r:.40} is not the cursor of an event"
            raise InvalidRequestError(msg, "since")
        if int(since) > await self._log.head():
            msg = f"the cursor {since:.40} is of another order book: this one has no such event"
            raise InvalidRequestError(msg, "since")
        return int(since)

    async def _acknowledge(self, name: str | None, position: int) -> None:
        if name is not None:
            await self._log.save(name, position)

    # --- When it is over -----------------------------------------------------------------------------

    async def _done(self, chosen: frozenset[str] | None, accounts: Collection[str]) -> bool:
        since = self._clock.now() - self._rules.files_within
        rows = [
            row
            for row in await followed(self._book, ended_since=since)
            if row.account in accounts and not row.without_order and (chosen is None or row.reference in chosen)
        ]
        rows = [row for row in rows if not has_shown_files(row)]
        if chosen is None:
            # What was never sent is not at any provider, and may never be.
            rows = [row for row in rows if row.state is not OrderState.INTENDED]
        return await self._given_up(rows)

    async def _given_up(self, rows: list[Followed]) -> bool:
        """Whether of all these nothing more is expected: nobody knows their state, and their time is long over."""
        if any(row.state not in _NOWHERE and not _is_gone(row) for row in rows):
            return False
        known_ = await bought(self._book, [row.reference for row in rows])
        now = self._clock.now()
        over = [name for name, item in known_.items() if item.end + self._rules.grace < now]
        if len(over) < len(rows):
            return False
        for name in over:
            _logger.warning("order %s is watched no longer: its window is long over, and nobody knows its state", name)
        return True

    # --- What makes it go on -------------------------------------------------------------------------

    async def _recovering(self, interval_s: float) -> AsyncIterator[str]:
        while True:
            await self._recover()
            yield ""
            await self._clock.sleep(interval_s)

    # --- For webhooks --------------------------------------------------------------------------------

    async def look_at(self, account: str, order_id: str) -> bool:
        """Look at one order now and tell every running watch; False where it is not followed, and nothing is asked.

        Raises:
            ConfigurationError: the account is not configured here.
            TaskingHubError: as for the provider's `order`; the next round looks again.
        """
        provider = self.provider(account)
        onlooker = self._rounds[account].onlooker
        rows = await onlooker.follow(order_id)
        try:
            for row in rows:
                await onlooker.see(row, await provider.order(order_id))
                await onlooker.look_at_details(row)
        finally:
            await onlooker.flush()
            self._poke()
        return bool(rows)

    async def look_around(self, account: str) -> None:
        """Look at all orders of an account now, without waiting for the next round, and tell every running watch.

        Raises:
            ConfigurationError: the account is not configured here.
        """
        self.provider(account)
        await self._rounds[account].look_now()
        self._poke()

    def provider(self, account: str) -> OrderingProvider[Any]:
        """The adapter of an account.

        Raises:
            ConfigurationError: it is not configured here, or its adapter cannot buy.
        """
        provider = self._providers.get(account)
        return ordering_provider(self._providers, account, "" if provider is None else provider.name)

    def _poke(self) -> None:
        for queue in self._pokes:
            queue.put_nowait(None)


async def _beats(queue: asyncio.Queue[None]) -> AsyncIterator[str]:
    while True:
        await queue.get()
        yield ""


def _require_pause(interval_s: float) -> None:
    if not interval_s > 0:
        msg = f"the pause between two looks must be above 0 s, not {interval_s}"
        raise InvalidRequestError(msg, "interval_s")


def _concerns(event: Event, chosen: frozenset[str] | None, accounts: Collection[str]) -> bool:
    if chosen is None:
        return True
    return (
        event.reference in chosen if event.reference is not None else _is_trouble(event) and event.account in accounts
    )


def _is_gone(row: Followed) -> bool:
    return row.look is not None and row.look.mark == GONE


def _is_trouble(event: Event) -> bool:
    return event.kind == "account-trouble"
