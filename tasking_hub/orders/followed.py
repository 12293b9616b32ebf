"""Questions to the order book about what has to be followed, answered without reading whole purchases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.clock import parse_time
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.money import Money, Quota
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.documents import load_document, read_amount
from tasking_hub.orders.log import Look, chunks
from tasking_hub.orders.schema import INTENTS
from tasking_hub.orders.tables import LOOKS

__all__ = ["Bought", "Followed", "bought", "followed", "known", "references"]


_UNSEEN = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN})


@frozen(kw_only=True)
class Followed:
    """An order that has not ended, or of whose end not everything was told.

    Attributes:
        account: name of the configured account.
        reference: the buyer's handle.
        order_id: the provider's order id, or None until it is known.
        state: the neutral state.
        created_at: when it was first written down.
        look: what was told of it, or None where nobody looked.
    """

    account: str
    reference: str
    order_id: str | None
    state: OrderState
    created_at: datetime
    look: Look | None

    @property
    def names(self) -> dict[str, Any]:
        """What every event of this order has."""
        return {"account": self.account, "reference": self.reference, "order_id": self.order_id}

    @property
    def without_order(self) -> bool:
        """Whether it ended without an order at the provider."""
        return self.state in TERMINAL and (self.order_id is None or self.state is OrderState.NOT_PLACED)

    @property
    def may_ask(self) -> bool:
        """Whether its provider may ask the buyer something: it has the order, perhaps without an id yet."""
        return self.order_id is not None or self.state not in _UNSEEN


@frozen(kw_only=True)
class Bought:
    """What was bought, as far as following it needs that.

    Attributes:
        start: of the window in which the image is to be taken: as the provider showed it last, else as it was bought.
        end: of the same.
        price: what it costs in the contract's own terms, or None.
    """

    start: datetime
    end: datetime
    price: Money | Quota | None


_COLUMNS = (
    INTENTS.c.account,
    INTENTS.c.reference,
    INTENTS.c.order_id,
    INTENTS.c.state,
    INTENTS.c.created_at,
    LOOKS.c.mark,
    LOOKS.c.done,
)


def _unfinished(ended_since: datetime) -> ColumnElement[bool]:
    open_ = INTENTS.c.state.not_in([state.value for state in TERMINAL])
    unseen = LOOKS.c.reference.is_(None) & (INTENTS.c.updated_at >= ended_since)
    return or_(open_, LOOKS.c.done.is_(False), unseen)


async def followed(
    book: OrderBook, *, account: str | None = None, order_id: str | None = None, ended_since: datetime
) -> list[Followed]:
    """What has to be followed, oldest first; of one account, or one order of it.

    Args:
        book: the order book.
        account: name of the account, or None for all.
        order_id: the provider's order id, or None for all.
        ended_since: of those that ended before anybody looked, only these are followed.
    """
    chosen = and_(
        _unfinished(ended_since),
        *([] if account is None else [INTENTS.c.account == account]),
        *([] if order_id is None else [INTENTS.c.order_id == order_id]),
    )
    joined = INTENTS.outerjoin(LOOKS, LOOKS.c.reference == INTENTS.c.reference)
    query = select(*_COLUMNS).select_from(joined).where(chosen).order_by(INTENTS.c.created_at, INTENTS.c.reference)

    async def work(connection: AsyncConnection) -> list[Followed]:
        return [_read(dict(row)) for row in (await connection.execute(query)).mappings()]

    return await book.database.read(work)


def _read(row: Mapping[str, Any]) -> Followed:
    mark = row["mark"]
    return Followed(
        account=row["account"],
        reference=row["reference"],
        order_id=row["order_id"],
        state=OrderState(row["state"]),
        created_at=row["created_at"],
        look=None if mark is None else Look(reference=row["reference"], mark=mark, done=row["done"]),
    )


async def known(book: OrderBook, references: Collection[str]) -> dict[str, tuple[str, str]]:
    """Account and adapter of those references that the book has."""

    async def work(connection: AsyncConnection) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for some in chunks(tuple(references)):
            columns = (INTENTS.c.reference, INTENTS.c.account, INTENTS.c.provider)
            rows = await connection.execute(select(*columns).where(INTENTS.c.reference.in_(some)))
            found |= {reference: (account, provider) for reference, account, provider in rows}
        return found

    return await book.database.read(work)


async def references(book: OrderBook, account: str, order_ids: Collection[str]) -> dict[str, str]:
    """The buyer's handles of an account's orders, for those that the book has.

    They are asked for by the provider's order id, and by the handle itself where the provider has given none yet.
    """

    async def work(connection: AsyncConnection) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in chunks(tuple(order_ids)):
            nameless = INTENTS.c.order_id.is_(None) & INTENTS.c.reference.in_(some)
            mine = and_(INTENTS.c.account == account, or_(INTENTS.c.order_id.in_(some), nameless))
            rows = await connection.execute(select(INTENTS.c.order_id, INTENTS.c.reference).where(mine))
            found |= {order_id or reference: reference for order_id, reference in rows}
        return found

    return await book.database.read(work)


async def bought(book: OrderBook, references: Collection[str]) -> dict[str, Bought]:
    """What was bought under these references, for each that the book has."""

    async def work(connection: AsyncConnection) -> dict[str, Bought]:
        found: dict[str, Bought] = {}
        for some in chunks(tuple(references)):
            columns = (INTENTS.c.reference, INTENTS.c.bought, INTENTS.c.seen, INTENTS.c.price)
            rows = await connection.execute(select(*columns).where(INTENTS.c.reference.in_(some)))
            found |= {
                name: _read_bought(load_document(document), load_document(seen), price)
                for name, document, seen, price in rows
            }
        return found

    return await book.database.read(work)


def _read_bought(document: Mapping[str, Any], seen: Mapping[str, Any] | None, price: str | None) -> Bought:
    """Read a kept quote or opportunity, and the order as it was last seen."""
    window = (seen or {}).get("window") or document.get("opportunity", document)
    return Bought(start=parse_time(window["start"]), end=parse_time(window["end"]), price=read_amount(price))
