"""A toy provider whose orders live by script, so that following, deciding and leaving are tested without any other."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from attrs import define, evolve, field
from orders.shop import ShopProvider, an_offer
from sqlalchemy import insert
from toys import ToySettings

from tasking_hub import (
    Acquisition,
    CancellationStep,
    Decision,
    Deliverable,
    Hint,
    InvalidRequestError,
    NotFoundError,
    Order,
    OrderEvent,
    OrderState,
    Rates,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.orders.intent import intend
from tasking_hub.orders.rows import intent_row, step_row
from tasking_hub.orders.schema import INTENTS, STEPS

PAGE = 500
SIGNATURE = {"X-Signature": "right"}


@define
class Sky:
    """What the provider knows, and what it was asked.

    Attributes:
        orders: by id.
        changed: by id: when the order last changed.
        images: by order id.
        files: by order id.
        waiting: decisions that wait.
        failing: by request kind: what is raised next, used up from the front.
        down: raised by every request while it is set.
        asked: how often, by request kind.
        decided: every answer that came.
        steps: cancellation terms.
        busy: set once it was asked anything.
    """

    orders: dict[str, Order] = field(factory=dict)
    changed: dict[str, Any] = field(factory=dict)
    images: dict[str, list[Acquisition]] = field(factory=dict)
    files: dict[str, list[Deliverable]] = field(factory=dict)
    waiting: list[Decision] = field(factory=list)
    failing: dict[str, list[Exception]] = field(factory=dict)
    down: Exception | None = None
    asked: Counter = field(factory=Counter)
    decided: list[tuple[str, bool]] = field(factory=list)
    steps: tuple[CancellationStep, ...] = ()
    busy: asyncio.Event = field(factory=asyncio.Event)

    def request(self, kind: str) -> None:
        """Count a request; it may fail."""
        self.asked[kind] += 1
        self.busy.set()
        if self.down is not None:
            raise self.down
        if self.failing.get(kind):
            raise self.failing[kind].pop(0)

    def become(self, order_id: str, at: Any, state: OrderState, word: str | None = None, **changes: Any) -> Order:
        """Let an order take a step; one that is fulfilled has a file, unless its files are said."""
        order = self.orders[order_id]
        word = word or state.value.upper()
        step = OrderEvent(at=at, state=state, provider_status=word)
        self.changed[order_id] = at
        if state is OrderState.FULFILLED:
            self.files.setdefault(order_id, [file(order_id)])
        self.orders[order_id] = evolve(
            order, state=state, provider_status=word, history=(*order.history, step), **changes
        )
        return self.orders[order_id]

    @property
    def total(self) -> int:
        """Requests so far."""
        return self.asked.total()


class SkyProvider(ShopProvider):
    """An account there."""

    def __init__(self, account: str, sky: Sky, clock: Any) -> None:
        super(ShopProvider, self).__init__(account, ToySettings(), sender=None, clock=clock)
        self.sky = sky

    async def look_up(self, purchase):
        self.sky.request("look_up")
        return next((order for order in self.sky.orders.values() if order.reference == purchase.reference), None)

    async def orders(self, since=None):
        chosen = [id_ for id_, at in self.sky.changed.items() if since is None or at >= since]
        for first in range(0, max(len(chosen), 1), PAGE):
            self.sky.request("orders")
            await asyncio.sleep(0)
            for id_ in chosen[first : first + PAGE]:
                yield self.sky.orders[id_]

    async def order(self, order_id):
        self.sky.request("order")
        await asyncio.sleep(0)
        if order_id not in self.sky.orders:
            raise NotFoundError(status=404, method="GET", url="https://sky.example/orders")
        return self.sky.orders[order_id]

    async def acquisitions(self, order):
        self.sky.request("acquisitions")
        return tuple(self.sky.images.get(order.id, ()))

    async def deliverables(self, order):
        self.sky.request("deliverables")
        return tuple(self.sky.files.get(order.id, ()))

    async def decisions(self):
        self.sky.request("decisions")
        for decision in list(self.sky.waiting):
            yield decision

    async def decide(self, decision, *, accept):
        self.sky.decided.append((decision.id, accept))
        self.sky.request("decide")
        self.sky.waiting = [waiting for waiting in self.sky.waiting if waiting.id != decision.id]

    async def cancel(self, order):
        self.sky.request("cancel")
        return self.sky.become(order.id, self._clock.now(), OrderState.CANCELLED)

    async def stop(self, order):
        self.sky.request("stop")
        return self.sky.become(order.id, self._clock.now(), OrderState.FULFILLED, "STOPPED")

    async def edit(self, order, edit):
        self.sky.request("edit")
        window = Window.known(edit.start, edit.end)
        self.sky.orders[order.id] = evolve(self.sky.orders[order.id], raw={"name": edit.name}, window=window)
        self.sky.changed[order.id] = self._clock.now()
        return self.sky.orders[order.id]

    def cancellation(self, order):
        return self.sky.steps

    def read_hook(self, headers, body):
        if headers != SIGNATURE:
            msg = "the signature is wrong"
            raise InvalidRequestError(msg)
        return Hint(order_id=body.decode() or None)


# --- Orders ------------------------------------------------------------------------------------------


def received(account: str, reference: str, at: Any) -> Order:
    """An order that was just placed; its id is its reference in capitals."""
    step = OrderEvent(at=at, state=OrderState.RECEIVED, provider_status="RECEIVED")
    return Order(
        account=account,
        provider="toy",
        id=reference.upper(),
        reference=reference,
        state=OrderState.RECEIVED,
        provider_status="RECEIVED",
        history=(step,),
        raw={"id": reference.upper(), "share": Decimal("0.5")},
    )


async def intended(book: Any, reference: str, clock: Any, account: str = "toy", **changes: Any) -> Any:
    """An intent that is written down."""
    intent = intend(an_offer(clock, reference, account=account, **changes), at=clock.now())
    return await book.commit(intent, rates=Rates.identity("EUR"))


async def placed(book: Any, sky: Sky, reference: str, clock: Any, account: str = "toy") -> Order:
    """An order that is in the book and at the provider."""
    intent = await intended(book, reference, clock, account)
    await book.advance(intent, OrderEvent(at=clock.now(), state=OrderState.SENT))
    order = received(account, reference, clock.now())
    sky.orders[order.id], sky.changed[order.id] = order, clock.now()
    return await book.record(order, reference=reference)


async def many_placed(book: Any, sky: Sky, number: int, clock: Any) -> list[str]:
    """So many orders that were placed and last seen as they are at the provider."""
    one = intend(an_offer(clock, "r"), at=clock.now())
    names = [f"r-{count:05}" for count in range(number)]
    rows = []
    for name in names:
        order = received("toy", name, clock.now())
        sky.orders[order.id], sky.changed[order.id] = order, clock.now()
        known = {"state": order.state, "order_id": order.id, "provider_status": order.provider_status}
        rows.append(intent_row(evolve(one, reference=name, order=order, **known)))
    steps = [step_row(name, step) for name in names for step in received("toy", name, clock.now()).history]

    async def write(connection):
        await connection.execute(insert(INTENTS), rows)
        await connection.execute(insert(STEPS), steps)

    await book.database.write(write)
    return names


def image(order_id: str, id_: str = "i-1", word: str = "PROPOSED") -> Acquisition:
    """An image; by the toy's word it waits for the buyer or not."""
    waits = word == "PROPOSED"
    return Acquisition(id=id_, order_id=order_id, provider_status=word, proposed=waits, raw={"id": id_})


def file(order_id: str, name: str = "image.tif") -> Deliverable:
    """A file behind a signed link."""
    return Deliverable(order_id=order_id, name=name, url="https://files.example/x?signature=secret", size_bytes=10)


def decision(clock: Any, id_: str = "d-1", order_id: str = "R-1", **changes: Any) -> Decision:
    """Something that waits for the buyer for a day."""
    facts = {
        "id": id_,
        "account": "toy",
        "order_id": order_id,
        "question": "accept?",
        "deadline": clock.now() + timedelta(days=1),
        "if_ignored": "it counts as refused",
        "raw": {"id": id_},
    }
    return Decision(**(facts | changes))


# --- Time --------------------------------------------------------------------------------------------


@define
class PatientClock(ManualClock):
    """A clock on which sleepers sleep until they are woken together; it moves only when it is told to."""

    sleeping: int = field(default=0, init=False)
    _morning: asyncio.Event | None = field(default=None, init=False)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._morning = self._morning or asyncio.Event()
        self.sleeping += 1
        try:
            await self._morning.wait()
        finally:
            self.sleeping -= 1

    def wake(self, seconds: float) -> None:
        """Let time pass and wake everybody."""
        self.advance(seconds)
        morning, self._morning = self._morning, None
        if morning is not None:
            morning.set()


class Listener:
    """Somebody who watches, in a task, and keeps what it is told."""

    def __init__(self, stream: Any, clock: PatientClock, database: Any, loops: int) -> None:
        self.events: list[Any] = []
        self._clock = clock
        self._loops = loops
        self._busy = 0
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._database = database
        self._run = database._run
        database._run = self._counted
        self._task = asyncio.create_task(self._listen(stream))

    async def _counted(self, work: Any, options: Any) -> Any:
        self._busy += 1
        self._at_rest.clear()
        try:
            return await self._run(work, options)
        finally:
            self._busy -= 1
            if not self._busy:
                self._at_rest.set()

    async def _listen(self, stream: Any) -> None:
        try:
            async for event in stream:
                self.events.append(event)
        finally:
            await stream.aclose()

    @property
    def ended(self) -> bool:
        """Whether the stream has ended."""
        return self._task.done()

    async def quiet(self) -> None:
        """Wait until everybody sleeps and nobody uses the order book."""
        idle = 0
        while idle < 30 and not self._task.done():
            # Whoever spins takes the time that the order book's thread needs.
            await self._at_rest.wait()
            resting = self._clock.sleeping >= self._loops and not self._busy
            idle = idle + 1 if resting else 0
            await asyncio.sleep(0)
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Stop listening, wherever it is."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._database._run = self._run
