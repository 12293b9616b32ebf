"""What the three ordering servers share: answers that get lost, and a hub that keeps an order book."""

import asyncio
from contextlib import aclosing, asynccontextmanager

from aiohttp import web
from attrs import evolve

from tasking_hub import Hub, Registry, load_config
from tasking_hub.clock import ManualClock
from tasking_hub.orders import BEGINNING, OrderBook, StateChanged
from tasking_hub.transport import AiohttpTransport

LOOK_S = 3600
QUIET_S = 0.001
_EMPTY = []


class QuietClock(ManualClock):
    """A manual clock whose sleepers wake one after the other, and none while a request is on its way.

    So what a server sees of the time between two requests is what a real clock would have shown it.
    """

    def __init__(self, start):
        super().__init__(start)
        self.under_way, self.sleepers = 0, []

    async def sleep(self, seconds):
        self.sleepers.append(until := self.monotonic() + seconds)
        try:
            while self.monotonic() < until:
                await asyncio.sleep(QUIET_S if seconds > 60 else 0)
                if not self.under_way and until <= min(self.sleepers):
                    self.advance(max(until - self.monotonic(), 1e-6))
        finally:
            self.sleepers.remove(until)


class Counting(AiohttpTransport):
    """The real transport, which tells the clock how many requests are on their way."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    async def send(self, request):
        self.clock.under_way += 1
        try:
            return await super().send(request)
        finally:
            self.clock.under_way -= 1

    @asynccontextmanager
    async def stream(self, request):
        self.clock.under_way += 1
        try:
            async with super().stream(request) as streamed:
                yield streamed
        finally:
            self.clock.under_way -= 1


class Lost(web.Response):
    """No answer at all: whoever is given this to send breaks the connection off instead."""


def cut(request, response, twists):
    """The answer, unless it is a lost one: then the connection is gone before a byte of it left.

    The twist `cut` is a method and the end of a path whose next answer is lost after the deed.
    """
    method, end = twists.get("cut", (None, ""))
    if method == request.method and request.path.endswith(end):
        del twists["cut"]
        response = Lost()
    if isinstance(response, Lost):
        request.transport.abort()
    return response


def losing(twists, deed):
    """Do what was asked for, unless the connection breaks before that; lose the answer where it breaks after it.

    The twist `lost` is "before" or "after" and holds for one purchase.
    """
    when = twists.pop("lost", None)
    if when == "before":
        return Lost()
    done = deed()
    return Lost() if when == "after" else done


def bare(twists, shown):
    """Only the members that the twist `only` names; the others are gone, or null with the twist `null`."""
    only = twists.get("only", shown)
    return {key: value if key in only else None for key, value in shown.items() if key in only or "null" in twists}


@asynccontextmanager
async def desk(server, folder, **account):
    """A hub with an order book on this server, which must have found nothing to complain about in the end."""
    async with server.listening() as urls:
        settings = server.config(urls[0] if len(urls) == 1 else urls, **account)
        await _bound(folder / "orders.db")
        config = {"hub": {"currency": "EUR", "environment": False, "order_book": f"sqlite:///{folder}/orders.db"}}
        config = evolve(load_config(config | {"accounts": {"one": settings}}, registry=Registry()), pace_file=None)
        async with (
            Counting(server.clock) as transport,
            Hub.from_config(config, clock=server.clock, transport=transport) as opened,
        ):
            yield opened
    assert not server.ledger.violations, server.ledger.violations


async def _bound(file):
    """Begin an empty order book there, whose tables are made once for all tests."""
    file.parent.mkdir(exist_ok=True)
    if not _EMPTY:
        async with await OrderBook.open(f"sqlite:///{file}"):
            pass
        _EMPTY.append(file.read_bytes())
    elif not file.exists():
        file.write_bytes(_EMPTY[0])


async def told(opened, *references):
    """Every event of these orders from the beginning, until all of them have ended."""
    async with aclosing(opened.watch(references or None, since=BEGINNING, interval_s=LOOK_S)) as events:
        return [event async for event in events]


def steps(events):
    """The states that an order went through, without the hub's own and without repetition."""
    named = [(event.provider_status, event.state.value) for event in events if isinstance(event, StateChanged)]
    return [one for index, one in enumerate(named) if one[0] and one != (named[index - 1] if index else None)]


class Life:
    """The words of an order one after the other: each holds for so many seconds, and until somebody was shown it.

    Pairs of seconds and words; the last word stays.
    """

    def __init__(self, clock, words):
        self.clock = clock
        self.jump(*words)

    @property
    def word(self):
        age = (self.clock.now() - self.shown_at).total_seconds() if self.shown_at else -1
        if len(self.words) > 1 and age >= self.words[0][0]:
            self.jump(*self.words[1:])
        return self.words[0][1]

    def shown(self):
        """Its word, which has been seen from now on."""
        word = self.word
        self.shown_at = self.shown_at or self.clock.now()
        return word

    def jump(self, *words):
        """Go on like this, from now on."""
        self.words = words
        self.since, self.shown_at = self.clock.now(), None
