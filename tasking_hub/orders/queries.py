"""Questions to the order book's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order, OrderEvent
from tasking_hub.money import Money
from tasking_hub.orders.documents import load_document
from tasking_hub.orders.intent import Document, Intent
from tasking_hub.orders.limits import Scope
from tasking_hub.orders.rows import read_intent, read_step
from tasking_hub.orders.schema import COMPARED, INTENTS, STEPS

__all__ = [
    "SpendingLine",
    "after",
    "committed",
    "compared",
    "condition",
    "find",
    "find_order",
    "select_intents",
    "spending",
    "spent",
]

UNSPENT = (OrderState.NOT_PLACED, OrderState.REJECTED)
"""States in which nothing is to be paid. Others may have to be: also a cancelled or a failed order can cost."""

_STEPS_AT_ONCE = 500


@frozen(kw_only=True)
class SpendingLine:
    """What a group of orders costs.

    Attributes:
        account: name of the configured account.
        state: their state.
        total: what they cost together, or None where nobody knows.
        orders: how many they are.
    """

    account: str
    state: OrderState
    total: Money | None
    orders: int


# --- Intents -----------------------------------------------------------------------------------------


async def compared(connection: AsyncConnection, reference: str) -> Document | None:
    """The comparison that a purchase was chosen from, or None where nobody gave one."""
    chosen = select(COMPARED.c.document).where(COMPARED.c.reference == reference)
    found: Document | None = load_document((await connection.execute(chosen)).scalar())
    return found


async def find(connection: AsyncConnection, reference: str) -> Intent | None:
    """The intent with this reference, or None."""
    return await _one(connection, select(INTENTS).where(INTENTS.c.reference == reference))


async def find_order(connection: AsyncConnection, order: Order, reference: str | None) -> Intent | None:
    """The intent of an order, by reference where one is given, else by the provider's id; its row is locked."""
    if order.id is None and reference is None:
        return None
    mine = INTENTS.c.account == order.account
    key = INTENTS.c.order_id == order.id if reference is None else INTENTS.c.reference == reference
    return await _one(connection, select(INTENTS).where(mine & key).with_for_update())


async def _one(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> Intent | None:
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    steps = await _steps(connection, [row["reference"]])
    return read_intent(dict(row), steps[row["reference"]])


async def select_intents(
    connection: AsyncConnection, chosen: ColumnElement[bool], limit: int | None = None
) -> list[Intent]:
    """Intents that fit, oldest first."""
    query = select(INTENTS).where(chosen).order_by(INTENTS.c.created_at, INTENTS.c.reference).limit(limit)
    rows = (await connection.execute(query)).mappings().all()
    steps = await _steps(connection, [row["reference"] for row in rows])
    return [read_intent(dict(row), steps[row["reference"]]) for row in rows]


async def _steps(connection: AsyncConnection, references: Sequence[str]) -> dict[str, list[OrderEvent]]:
    steps: dict[str, list[OrderEvent]] = {reference: [] for reference in references}
    for first in range(0, len(references), _STEPS_AT_ONCE):
        some = references[first : first + _STEPS_AT_ONCE]
        query = select(STEPS).where(STEPS.c.reference.in_(some)).order_by(STEPS.c.id)
        for row in (await connection.execute(query)).mappings():
            steps[row["reference"]].append(read_step(dict(row)))
    return steps


# --- Conditions --------------------------------------------------------------------------------------


def condition(
    *,
    account: str | None = None,
    states: Iterable[OrderState] | None = None,
    prefix: str = "",
    since: datetime | None = None,
) -> ColumnElement[bool]:
    """Intents of an account, in some states, under a prefix, written down since a moment."""
    return and_(
        true() if account is None else INTENTS.c.account == account,
        true() if states is None else INTENTS.c.state.in_([state.value for state in states]),
        _begins(prefix),
        true() if since is None else INTENTS.c.created_at >= since,
    )


def after(last: Intent | None) -> ColumnElement[bool]:
    """Intents that follow another one, oldest first."""
    if last is None:
        return true()
    return tuple_(INTENTS.c.created_at, INTENTS.c.reference) > tuple_(last.created_at, last.reference)


def committed(
    *, account: str | None = None, prefix: str = "", since: datetime | None = None, until: datetime | None = None
) -> ColumnElement[bool]:
    """Intents whose money counts, committed in a span of time."""
    return and_(
        INTENTS.c.state.not_in([state.value for state in UNSPENT]),
        true() if account is None else INTENTS.c.account == account,
        _begins(prefix),
        true() if since is None else INTENTS.c.committed_at >= since,
        true() if until is None else INTENTS.c.committed_at < until,
    )


def _begins(prefix: str) -> ColumnElement[bool]:
    # LIKE takes some letters for others on SQLite, and has letters of its own.
    return func.substr(INTENTS.c.reference, 1, len(prefix)) == prefix if prefix else true()


# --- Money -------------------------------------------------------------------------------------------


async def spent(connection: AsyncConnection, scope: Scope, *, besides: str) -> list[Money]:
    """What counts against a limit already, one sum a currency, besides that of one reference."""
    if not scope.shared:
        return []
    inside = committed(account=scope.account, prefix=scope.prefix, since=scope.since, until=scope.until)
    currency, total = INTENTS.c.committed_currency, func.sum(INTENTS.c.committed_minor)
    others = inside & (INTENTS.c.reference != besides) & currency.is_not(None)
    rows = await connection.execute(select(currency, total).where(others).group_by(currency))
    return [Money.from_minor_units(int(minor), code) for code, minor in rows]


async def spending(connection: AsyncConnection, chosen: ColumnElement[bool]) -> tuple[SpendingLine, ...]:
    """What a group of intents costs, by account, state and currency."""
    groups = (INTENTS.c.account, INTENTS.c.state, INTENTS.c.committed_currency)
    query = select(*groups, func.sum(INTENTS.c.committed_minor), func.count()).where(chosen)
    rows = await connection.execute(query.group_by(*groups).order_by(*groups))
    return tuple(
        SpendingLine(
            account=account,
            state=OrderState(state),
            total=None if currency is None else Money.from_minor_units(int(minor), currency),
            orders=orders,
        )
        for account, state, currency, minor, orders in rows
    )
