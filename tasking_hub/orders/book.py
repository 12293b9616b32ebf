"""The order book: durable intents and everything known of an order, shared by every process that opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

from attrs import evolve
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.clock import Clock, SystemClock
from tasking_hub.compare.rates import Rates
from tasking_hub.errors import OrderConflictError, UnknownOrderError
from tasking_hub.lifecycle import TERMINAL, IllegalMoveError, OrderState, move
from tasking_hub.models import Order, OrderEvent
from tasking_hub.money import Money
from tasking_hub.orders import queries
from tasking_hub.orders.database import Database, database_url
from tasking_hub.orders.intent import Document, Intent
from tasking_hub.orders.limits import Limits, check
from tasking_hub.orders.merging import seen
from tasking_hub.orders.migrating import migrate
from tasking_hub.orders.schema import INTENTS
from tasking_hub.orders.writing import insert_intent, keep_comparison, renewed, replaced, replaced_seen

__all__ = ["OrderBook"]

PAGE = 500
"""Orders that are read at once while all are walked through."""


class OrderBook:
    """Intents, orders and their steps, inside `async with` or until `close`; see `open`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None) -> Self:
        """Open an order book, made where there is none and brought up to date where it is old.

        Args:
            url: ``sqlite:///orders.db`` for the processes of one machine, ``postgresql://...`` for those of several.
            clock: what time it is.

        Raises:
            ConfigurationError: the URL is neither.
            MissingDependencyError: its driver is not installed.
            OrderBookError: the database cannot be used, or was made by a newer tasking-hub.
        """
        database = Database(database_url(url))
        try:
            await migrate(database)
        except BaseException:
            await database.close()
            raise
        return cls(database, clock or SystemClock())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection to the database."""
        await self._database.close()

    @property
    def database(self) -> Database:
        """Where the book is kept, for those who keep more beside it."""
        return self._database

    # --- Reading -------------------------------------------------------------------------------------

    async def find(self, reference: str) -> Intent | None:
        """The intent with this reference, or None."""
        return await self._database.read(lambda connection: queries.find(connection, reference))

    async def intent(self, reference: str) -> Intent:
        """The intent with this reference.

        Raises:
            UnknownOrderError: the book has none.
        """
        found = await self.find(reference)
        if found is None:
            msg = "the order book has no such reference"
            raise UnknownOrderError(msg, reference)
        return found

    async def compared(self, reference: str) -> Document | None:
        """The comparison that a purchase was chosen from, as `commit` was given it, or None."""
        return await self._database.read(lambda connection: queries.compared(connection, reference))

    async def show(self, reference: str) -> Order:
        """The order with this reference, its history from the first step here to the last one seen.

        Raises:
            UnknownOrderError: the book has none.
        """
        return (await self.intent(reference)).as_order()

    async def unsettled(self) -> list[Intent]:
        """What was sent and nobody knows yet if it was bought, oldest first."""
        states = [OrderState.SENT.value, OrderState.UNKNOWN.value]
        return await self._select(INTENTS.c.state.in_(states) & INTENTS.c.seen.is_(None))

    async def unnamed(self) -> list[Intent]:
        """What its provider took without naming it, as Airbus does, oldest first: only a look-up tells its id."""
        ended = [state.value for state in TERMINAL]
        taken = INTENTS.c.seen.is_not(None) & INTENTS.c.order_id.is_(None)
        return await self._select(taken & INTENTS.c.state.not_in(ended))

    async def orders(
        self,
        *,
        account: str | None = None,
        states: Iterable[OrderState] | None = None,
        prefix: str = "",
        since: datetime | None = None,
    ) -> AsyncIterator[Order]:
        """Orders, oldest first, read page by page.

        Args:
            account: of this account only.
            states: in one of these states only.
            prefix: with a reference that begins so only.
            since: written down at that moment or later only.
        """
        chosen = queries.condition(account=account, states=states, prefix=prefix, since=since)
        last: Intent | None = None
        while True:
            page = await self._select(chosen & queries.after(last), limit=PAGE)
            for intent in page:
                yield intent.as_order()
            if len(page) < PAGE:
                return
            last = page[-1]

    async def spending(
        self,
        *,
        account: str | None = None,
        prefix: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[queries.SpendingLine, ...]:
        """What is committed, by account, state and currency."""
        chosen = queries.committed(account=account, prefix=prefix, since=since, until=until)
        return await self._database.read(lambda connection: queries.spending(connection, chosen))

    async def _select(self, chosen: ColumnElement[bool], limit: int | None = None) -> list[Intent]:
        return await self._database.read(lambda connection: queries.select_intents(connection, chosen, limit))

    # --- Writing -------------------------------------------------------------------------------------

    async def commit(
        self, intent: Intent, *, limits: Limits | None = None, rates: Rates, compared: Document | None = None
    ) -> Intent:
        """Write an intent down durably, within the limits: the intent as the book has it from then on.

        One transaction, alone: two purchases cannot both squeeze under a limit. Where the same purchase is in the book
        already, and still unsent, its price is brought up to date; where it was sent, nothing changes.

        Args:
            intent: what is wanted.
            limits: what may be spent.
            rates: exchange rates.
            compared: a document of the comparison that it was chosen from, kept for the dossier.

        Raises:
            OrderConflictError: the reference belongs to another purchase.
            SpendingLimitError: a limit would be exceeded; nothing was written.
        """

        async def work(connection: AsyncConnection) -> Intent:
            known = await queries.find(connection, intent.reference)
            if known is not None:
                require_same(known, intent)
                if known.state is not OrderState.INTENDED:
                    return known
            for scope in (limits or Limits()).scopes(intent):
                check(scope, intent, await queries.spent(connection, scope, besides=intent.reference), rates)
            if compared is not None:
                await keep_comparison(connection, intent.reference, compared)
            return await (insert_intent(connection, intent) if known is None else renewed(connection, known, intent))

        return await self._database.write(work, alone=True)

    async def count(self, reference: str, cost: Money, *, limits: Limits, rates: Rates) -> None:
        """Let a purchase count more against the limits, once the buyer agrees to what it really costs.

        Raises:
            UnknownOrderError: the book has none.
            SpendingLimitError: a limit would be exceeded; nothing was changed.
        """
        counted = False
        while not counted:
            known = await self.intent(reference)
            dearer = evolve(known, committed=cost)
            if known.committed is not None and known.committed.currency == cost.currency and known.committed >= cost:
                return

            async def work(connection: AsyncConnection, known: Intent = known, dearer: Intent = dearer) -> bool:
                for scope in limits.scopes(dearer):
                    check(scope, dearer, await queries.spent(connection, scope, besides=reference), rates)
                return await replaced(connection, known, dearer) is not None

            counted = await self._database.write(work, alone=True)

    async def advance(self, intent: Intent, step: OrderEvent, *, order: Order | None = None) -> Intent | None:
        """Take an intent one step on if nobody else did since it was read; None if somebody did.

        Raises:
            IllegalMoveError: the table of moves does not have this step.
        """
        after = evolve(
            intent,
            state=move(intent.state, step.state),
            sent_at=step.at if step.state is OrderState.SENT else intent.sent_at,
            updated_at=step.at,
            order=order or intent.order,
            steps=(*intent.steps, step),
        )
        return await self._database.write(lambda connection: replaced(connection, intent, after))

    async def record(self, order: Order, *, reference: str | None = None) -> Order | None:
        """Note what a look at the provider showed; the order as the book then has it, None for one that is not in it.

        Noting the same twice changes nothing, and neither does a look that is older than what is known.

        Args:
            order: as the provider shows it.
            reference: the buyer's handle, where the order was found by it.

        Raises:
            OrderConflictError: the book knows another order under this reference, or this one under another reference.
        """

        async def work(connection: AsyncConnection) -> Intent | None:
            known = await queries.find_order(connection, order, reference)
            if known is None:
                return None
            _require_same_order(known, order)
            after = seen(known, order, self._clock.now())
            # The row is locked since it was read: nobody can come between.
            return known if after is known else await replaced_seen(connection, known, after)

        intent = await self._database.write(work)
        return None if intent is None else intent.as_order()

    async def withdraw(self, reference: str, note: str = "withdrawn by the buyer") -> Order:
        """Give up an intent that was never sent, so that it no longer counts against any limit.

        Raises:
            UnknownOrderError: the book has none.
            IllegalMoveError: it was sent.
        """
        withdrawn = None
        while withdrawn is None:
            intent = await self.intent(reference)
            if intent.state is not OrderState.INTENDED:
                raise IllegalMoveError(intent.state, OrderState.NOT_PLACED)
            step = OrderEvent(at=self._clock.now(), state=OrderState.NOT_PLACED, note=note)
            withdrawn = await self.advance(intent, step)
        return withdrawn.as_order()


def require_same(known: Intent, intent: Intent) -> None:
    """Refuse another purchase under a reference that is taken.

    Raises:
        OrderConflictError: what is bought, or where, is not the same.
    """
    if known.fingerprint != intent.fingerprint:
        msg = f"this reference is another purchase already: {known.provider} account {known.account}, {known.state}"
        raise OrderConflictError(msg, intent.reference)


def _require_same_order(known: Intent, order: Order) -> None:
    if known.order_id is not None and order.id not in {None, known.order_id}:
        msg = f"the order book knows it as {known.order_id} at {known.account}, not as {order.id}"
        raise OrderConflictError(msg, known.reference)
