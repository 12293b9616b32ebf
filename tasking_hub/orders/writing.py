"""Intents as they are written into the order book's tables, within a transaction of their caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.errors import OrderConflictError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import OrderEvent
from tasking_hub.orders.documents import dump_document
from tasking_hub.orders.intent import Document, Intent, intent_as
from tasking_hub.orders.rows import intent_row, step_row
from tasking_hub.orders.schema import COMPARED, INTENTS, STEPS

__all__ = ["insert_intent", "keep_comparison", "renewed", "replaced", "replaced_seen"]


async def insert_intent(connection: AsyncConnection, intent: Intent) -> Intent:
    """Write down what is new."""
    await connection.execute(insert(INTENTS).values(**intent_row(intent)))
    await _add_steps(connection, intent.reference, intent.steps)
    return intent


async def keep_comparison(connection: AsyncConnection, reference: str, document: Document) -> None:
    """Write down what a purchase was chosen from, instead of what was written down before."""
    await connection.execute(delete(COMPARED).where(COMPARED.c.reference == reference))
    await connection.execute(insert(COMPARED).values(reference=reference, document=dump_document(document)))


async def renewed(connection: AsyncConnection, known: Intent, intent: Intent) -> Intent:
    """Bring an unsent intent up to date; where nothing that counts changed, whoever is about to send it may go on."""
    if _counted(known) == _counted(intent):
        return known
    names = ("price", "committed", "committed_at", "updated_at")
    changes: dict[str, Any] = {name: getattr(intent, name) for name in names}
    note = f"reviewed: {intent.price}"
    step = OrderEvent(at=intent.committed_at, state=OrderState.INTENDED, note=note)
    return (
        await replaced(connection, known, evolve(intent_as(known, intent), **changes, steps=(*known.steps, step)))
        or known
    )


def _counted(intent: Intent) -> tuple[Any, ...]:
    return (intent.price, intent.committed, intent.committed_at.date())


async def replaced(connection: AsyncConnection, before: Intent, after: Intent) -> Intent | None:
    """Write down what changed, unless somebody else changed it since it was read: None then."""
    after = evolve(after, version=before.version + 1)
    same = (INTENTS.c.reference == before.reference) & (INTENTS.c.version == before.version)
    result = await connection.execute(update(INTENTS).where(same).values(**intent_row(after)))
    if result.rowcount != 1:
        return None
    await _add_steps(connection, after.reference, after.steps[len(before.steps) :])
    return after


async def replaced_seen(connection: AsyncConnection, before: Intent, after: Intent) -> Intent | None:
    """The same of what a look at the provider showed.

    Raises:
        OrderConflictError: the order belongs to another reference already.
    """
    try:
        return await replaced(connection, before, after)
    except IntegrityError as error:
        msg = f"the order {after.order_id} at {after.account} belongs to another reference already"
        raise OrderConflictError(msg, before.reference) from error


async def _add_steps(connection: AsyncConnection, reference: str, steps: Sequence[OrderEvent]) -> None:
    if steps:
        await connection.execute(insert(STEPS), [step_row(reference, step) for step in steps])
