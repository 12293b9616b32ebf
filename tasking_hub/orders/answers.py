"""The buyer's answers, durable before they are sent, so that none is sent twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.clock import utc
from tasking_hub.models.checks import moment_or_none
from tasking_hub.orders.database import Database
from tasking_hub.orders.tables import ANSWERS

__all__ = ["Answer", "AnswerState", "Answers"]


class AnswerState(StrEnum):
    """What is known of an answer."""

    SENT = "sent"
    """On its way, or its sender died."""

    LOST = "lost"
    """The provider said nothing that can be read: nobody knows whether it has the answer."""

    TAKEN = "taken"
    """The provider has it, or no longer asks."""

    NOT_TAKEN = "not-taken"
    """The provider refused it or never got it: the decision is open again."""

    UNHEARD = "unheard"
    """Lost, and the provider still asks after it had time enough: it can be given again by saying so."""


@frozen(kw_only=True)
class Answer:
    """What the buyer decided.

    Attributes:
        account: name of the configured account.
        decision_id: the decision, unique within the account.
        order_id: the order that it belongs to.
        accept: accepted, or refused.
        who: who decided, in the buyer's own words.
        decided_at: when.
        deadline: of the decision, or None.
        state: what is known of it.
        note: why.
    """

    account: str
    decision_id: str
    order_id: str
    accept: bool
    who: str
    decided_at: datetime = field(converter=utc)
    deadline: datetime | None = field(default=None, converter=moment_or_none)
    state: AnswerState = field(default=AnswerState.SENT, converter=AnswerState)
    note: str = ""


_NAMES = (
    "account",
    "decision_id",
    "order_id",
    "accept",
    "who",
    "decided_at",
    "deadline",
    "state",
    "note",
)


class Answers:
    """The order book's answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, account: str) -> dict[str, Answer]:
        """All answers of an account, by decision."""

        async def work(connection: AsyncConnection) -> dict[str, Answer]:
            rows = await connection.execute(select(ANSWERS).where(ANSWERS.c.account == account))
            return {row["decision_id"]: _read(dict(row)) for row in rows.mappings()}

        return await self._database.read(work)

    async def claim(self, answer: Answer, *, reopen: Callable[[Answer], bool]) -> tuple[Answer, bool]:
        """Write an answer down if there is none yet: the answer as it is recorded, and whether it is the one given.

        Args:
            answer: what is to be sent.
            reopen: whether an answer that is recorded may be given anew.
        """

        async def work(connection: AsyncConnection) -> tuple[Answer, bool]:
            known = await _find(connection, answer)
            if known is None:
                await connection.execute(insert(ANSWERS).values(**_row(answer)))
            elif reopen(known):
                await connection.execute(update(ANSWERS).where(_same(answer)).values(**_row(answer)))
            else:
                return known, False
            return answer, True

        return await self._database.write(work, alone=True)

    async def settle(self, answer: Answer, state: AnswerState, note: str) -> Answer:
        """Note what became of an answer, unless somebody did so since it was read; the answer as it is recorded."""
        after = evolve(answer, state=state, note=note)

        async def work(connection: AsyncConnection) -> Answer:
            known = await _find(connection, answer)
            if known != answer:
                return known or after
            await connection.execute(update(ANSWERS).where(_same(answer)).values(**_row(after)))
            return after

        return await self._database.write(work, alone=True)


async def _find(connection: AsyncConnection, answer: Answer) -> Answer | None:
    row = (await connection.execute(select(ANSWERS).where(_same(answer)))).mappings().first()
    return None if row is None else _read(dict(row))


def _same(answer: Answer) -> ColumnElement[bool]:
    return (ANSWERS.c.account == answer.account) & (ANSWERS.c.decision_id == answer.decision_id)


def _row(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in _NAMES} | {"state": answer.state.value}


def _read(row: Mapping[str, Any]) -> Answer:
    return Answer(**{name: row[name] for name in _NAMES})
