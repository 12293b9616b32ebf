"""The order book's log of events: each is told once, in one sequence, whoever saw it and however often.

Steps are written by whoever takes or sees them, in any process; here each becomes a `StateChanged`, once. Everything
else is added by those who look. Sequence numbers are given to one writer at a time, so that whoever has read up to a
number has missed none below it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from attrs import evolve, frozen
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.clock import Clock
from tasking_hub.lifecycle import OrderState
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.documents import dump_document, load_document
from tasking_hub.orders.events import Event, StateChanged, event_document, read_event
from tasking_hub.orders.schema import INTENTS, STEPS
from tasking_hub.orders.tables import CURSORS, EVENTS, LOOKS

__all__ = ["EventLog", "Look"]

PAGE = 500
"""Rows that are read or named at once."""

LATE_S = 600.0
"""Longer than any transaction takes: a step that is not visible by then never will be."""

T = TypeVar("T")


@frozen(kw_only=True)
class Look:
    """How much was told of an order.

    Attributes:
        reference: the buyer's handle.
        mark: what the order looked like when everything had been told.
        done: it has ended, and everything was told.
    """

    reference: str
    mark: str = ""
    done: bool = False


class _Bound:
    """The number of a step up to which all have become events and none can turn up any more."""

    def __init__(self) -> None:
        self.low = 0
        self._tops: deque[tuple[float, int]] = deque()

    def note(self, at: float, top: int) -> None:
        """Remember that at this time all visible steps were events, the last one with this number."""
        while self._tops and self._tops[0][0] <= at - LATE_S:
            self.low = self._tops.popleft()[1]
        self._tops.append((at, top))


class EventLog:
    """The events of an order book."""

    def __init__(self, book: OrderBook, clock: Clock) -> None:
        self._database = book.database
        self._clock = clock
        self._bound = _Bound()

    # --- Reading -------------------------------------------------------------------------------------

    async def head(self) -> int:
        """The number of the last event, 0 where there is none."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(select(func.max(EVENTS.c.sequence)))).scalar() or 0

        return await self._database.read(work)

    async def after(self, sequence: int) -> AsyncGenerator[Event, None]:
        """Events with a higher number, in sequence, read page by page."""
        while page := await self._database.read(partial(_page, sequence=sequence)):
            for event in page:
                yield event
            sequence = int(page[-1].cursor)

    async def cursor(self, name: str) -> int | None:
        """How far a named reader has come, or None where it has read nothing."""

        async def work(connection: AsyncConnection) -> int | None:
            return (await connection.execute(select(CURSORS.c.sequence).where(CURSORS.c.name == name))).scalar()

        return await self._database.read(work)

    async def looks(self, references: Iterable[str]) -> dict[str, Look]:
        """What is remembered of orders, by reference."""

        async def work(connection: AsyncConnection) -> dict[str, Look]:
            found: dict[str, Look] = {}
            for some in chunks(tuple(references)):
                rows = await connection.execute(select(LOOKS).where(LOOKS.c.reference.in_(some)))
                found |= {row["reference"]: Look(**row) for row in rows.mappings()}
            return found

        return await self._database.read(work)

    # --- Writing -------------------------------------------------------------------------------------

    async def save(self, name: str, sequence: int) -> None:
        """Remember how far a named reader has come; never further back than it was."""
        now = self._clock.now()

        async def work(connection: AsyncConnection) -> None:
            mine = CURSORS.c.name == name
            known = (await connection.execute(select(CURSORS.c.sequence).where(mine))).scalar()
            if known is None:
                await connection.execute(insert(CURSORS).values(name=name, sequence=sequence, updated_at=now))
            elif known < sequence:
                await connection.execute(update(CURSORS).where(mine).values(sequence=sequence, updated_at=now))

        await self._database.write(work, alone=True)

    async def add(self, events: Iterable[Event] = (), looks: Iterable[Look] = ()) -> None:
        """Tell the steps that were not told yet and further events, in order of time, and remember looks; all or none.

        An event that was told already is left out.
        """
        now, low = self._clock.monotonic(), self._bound.low
        others, looked = tuple(events), tuple(looks)
        if not (others or looked) and await self._nothing_new(now, low):
            return

        async def work(connection: AsyncConnection) -> int:
            steps = await _untold(connection, low)
            await _insert(connection, _in_order(steps, others))
            await _remember(connection, looked)
            return await _top(connection)

        self._bound.note(now, await self._database.write(work, alone=True))

    async def _nothing_new(self, now: float, low: int) -> bool:
        """Whether every visible step is an event; that needs no writer."""

        async def work(connection: AsyncConnection) -> int | None:
            return None if await _untold(connection, low, 1) else await _top(connection)

        top = await self._database.read(work)
        if top is not None:
            self._bound.note(now, top)
        return top is not None


async def _top(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.max(STEPS.c.id)))).scalar() or 0


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items, a page at a time."""
    return (items[first : first + PAGE] for first in range(0, len(items), PAGE))


async def _page(connection: AsyncConnection, *, sequence: int) -> list[Event]:
    query = select(EVENTS).where(EVENTS.c.sequence > sequence).order_by(EVENTS.c.sequence).limit(PAGE)
    rows = (await connection.execute(query)).mappings().all()
    return [evolve(read_event(load_document(row["document"])), cursor=str(row["sequence"])) for row in rows]


async def _untold(connection: AsyncConnection, low: int, limit: int | None = None) -> list[StateChanged]:
    """Steps that are no events yet, in the order in which they became known."""
    before = STEPS.alias()
    was = (
        select(before.c.state)
        .where((before.c.reference == STEPS.c.reference) & (before.c.id < STEPS.c.id))
        .order_by(before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (STEPS, INTENTS.c.account, INTENTS.c.order_id, was.label("was"))
    told = STEPS.join(INTENTS, INTENTS.c.reference == STEPS.c.reference).outerjoin(EVENTS, EVENTS.c.step == STEPS.c.id)
    query = select(*columns).select_from(told).where(EVENTS.c.sequence.is_(None) & (STEPS.c.id > low))
    rows = (await connection.execute(query.order_by(STEPS.c.id).limit(limit))).mappings()
    return [_state_changed(dict(row)) for row in rows]


def _state_changed(row: Mapping[str, Any]) -> StateChanged:
    return StateChanged(
        account=row["account"],
        reference=row["reference"],
        order_id=row["order_id"],
        at=row["at"],
        state=OrderState(row["state"]),
        was=None if row["was"] is None else OrderState(row["was"]),
        provider_status=row["provider_status"],
        note=row["note"],
        step=row["id"],
    )


def _in_order(steps: Iterable[StateChanged], others: Iterable[Event]) -> list[Event]:
    """All of them by time, an order's steps as they became known whatever their provider's clock says."""
    latest: dict[str | None, datetime] = {}
    timed: list[tuple[datetime, Event]] = []
    for step in steps:
        latest[step.reference] = max(step.at, latest.get(step.reference, step.at))
        timed.append((latest[step.reference], step))
    timed += [(max(event.at, latest.get(event.reference, event.at)), event) for event in others]
    return [event for _, event in sorted(timed, key=lambda pair: pair[0])]


async def _insert(connection: AsyncConnection, events: Iterable[Event]) -> None:
    new = {event.id: event for event in events}
    for some in chunks(tuple(new)):
        rows = await connection.execute(select(EVENTS.c.id).where(EVENTS.c.id.in_(some)))
        for known in rows.scalars().all():
            del new[known]
    if new:
        await connection.execute(insert(EVENTS), [_row(event) for event in new.values()])


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "account": event.account,
        "reference": event.reference,
        "step": event.step if isinstance(event, StateChanged) else None,
        "document": dump_document(event_document(event)),
    }


async def _remember(connection: AsyncConnection, looks: Sequence[Look]) -> None:
    by_reference = {look.reference: look for look in looks}
    for some in chunks(tuple(by_reference)):
        rows = await connection.execute(select(LOOKS.c.reference).where(LOOKS.c.reference.in_(some)))
        known = set(rows.scalars().all())
        values = [
            {"reference": name, "mark": by_reference[name].mark, "done": by_reference[name].done} for name in some
        ]
        if fresh := [value for value in values if value["reference"] not in known]:
            await connection.execute(insert(LOOKS), fresh)
        for value in values:
            if value["reference"] in known:
                await connection.execute(update(LOOKS).where(LOOKS.c.reference == value["reference"]).values(**value))
