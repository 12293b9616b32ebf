"""What a look at an order is made of: rules, marks, and what still has to be asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from tasking_hub.errors import (
    AuthenticationError,
    ProviderUnavailableError,
    RateLimitedError,
    TaskingHubError,
    TransportError,
)
from tasking_hub.lifecycle import IllegalMoveError, OrderState
from tasking_hub.models import Acquisition, Decision, Deliverable, Order, Refusal, RefusalCode
from tasking_hub.orders.documents import order_document
from tasking_hub.orders.events import (
    AccountTrouble,
    AcquisitionProposed,
    AcquisitionTaken,
    DecisionDue,
    DeliverableReady,
    Event,
)
from tasking_hub.orders.followed import Followed
from tasking_hub.refusals import adapter_failed, refusal_of

__all__ = [
    "ACCOUNT_WIDE",
    "GONE",
    "HOPELESS",
    "WITHOUT_IMAGES",
    "Pending",
    "WatchRules",
    "closing",
    "contradiction",
    "decision_due",
    "details",
    "mark_of",
    "refusal_for",
    "trouble",
]

T = TypeVar("T")

ACCOUNT_WIDE = (AuthenticationError, RateLimitedError, TransportError)
"""Failures that have nothing to do with the order that was asked for: the others would only fail the same way."""

HOPELESS = (*ACCOUNT_WIDE, ProviderUnavailableError)
"""Failures after which nothing else is asked of the account in the same round."""

GONE = "gone"
"""The mark of an order that its provider says it does not know, whatever was known of it."""

WITHOUT_IMAGES = frozenset(
    {
        OrderState.INTENDED,
        OrderState.SENT,
        OrderState.RECEIVED,
        OrderState.STUDY,
        OrderState.ACCEPTED,
        OrderState.NOT_PLACED,
        OrderState.REJECTED,
    }
)
"""States in which there is nothing to see of an order but the order."""


@frozen(kw_only=True)
class WatchRules:
    """How closely orders are watched.

    Attributes:
        full_every_s: seconds after which all open orders are listed again, not only those that changed.
        overlap_s: how much earlier than the last look a change may be dated and still be noticed.
        details_per_round: orders of one account whose images and files are asked for in one round; the others wait.
        tries: rounds in which an order's images and files are asked for in vain before that is given up.
        pause_max_s: the longest pause after failures.
        notice: how long before a cancellation step one is told.
        grace: how long after its window an order is waited for whose state nobody knows.
        files_within: how long after its end a fulfilled order's files are asked for; also how long after its end an
            order is still looked at that nobody had looked at before. Assumption: the providers name no time;
            activating and indexing take minutes to hours.
    """

    full_every_s: float = 3600.0
    overlap_s: float = 300.0
    details_per_round: int = 20
    tries: int = 5
    pause_max_s: float = 900.0
    notice: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(days=14)
    files_within: timedelta = timedelta(days=2)


def mark_of(order: Order) -> str:
    """A digest of all that a look at an order shows, the provider's JSON included.

    Of links only the address counts: what signs them changes at each look, and says nothing of the order.
    """
    document = _unsigned(order_document(evolve(order, reference="", history=())))
    text = json.dumps(document, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"tasking-look").hexdigest()


def _unsigned(value: Any) -> Any:
    if isinstance(value, str):
        return value.partition("?")[0] if value.startswith(("http://", "https://")) else value
    if isinstance(value, Mapping):
        return {name: _unsigned(member) for name, member in cast("Mapping[str, Any]", value).items()}
    return [_unsigned(member) for member in cast("list[object]", value)] if isinstance(value, list) else value


class Pending:
    """An order whose images and files are still to be asked for."""

    def __init__(self, order: Order, mark: str) -> None:
        self.order = order
        self.mark = mark
        self.tries = 0


def contradiction(known: OrderState, order: Order) -> Refusal:
    """What to tell of an order that does what the table of moves rules out."""
    seen = order.provider_status or order.state
    return Refusal(
        account=order.account,
        provider=order.provider,
        code=RefusalCode.MALFORMED_ANSWER,
        message=f"the provider shows {seen}, and {IllegalMoveError(known, order.state)}",
        provider_code=order.provider_status,
        remedy="ask the provider what became of it; the order book keeps what was known",
    )


def details(
    row: Followed, acquisitions: Iterable[Acquisition], files: Iterable[Deliverable], at: datetime
) -> list[Event]:
    """What an order's images and files tell, seen at a moment."""
    images = [
        (AcquisitionProposed if item.proposed else AcquisitionTaken)(
            **row.names, at=item.taken_at or at, acquisition=item
        )
        for item in acquisitions
    ]
    ready = [
        DeliverableReady(
            **row.names,
            at=at,
            name=item.name,
            acquisition_id=item.acquisition_id,
            media_type=item.media_type,
            size_bytes=item.size_bytes,
        )
        for item in files
    ]
    return [*images, *ready]


def decision_due(account: str, reference: str | None, decision: Decision, at: datetime) -> DecisionDue:
    """What to tell of a decision that waits; the reference is None where the order is not in the book."""
    return DecisionDue(account=account, reference=reference, order_id=decision.order_id, at=at, decision=decision)


def trouble(account: str, row: Followed | None, refusal: Refusal, at: datetime) -> AccountTrouble:
    """What to tell of an account, or of one order there, that could not be looked at."""
    names = {"account": account} if row is None else row.names
    return AccountTrouble(**names, at=at, refusal=refusal)


def refusal_for(error: Exception, account: str, provider: str) -> Refusal:
    """What a failure of an account is as a refusal."""
    if isinstance(error, TaskingHubError):
        return refusal_of(error, account=account, provider=provider)
    return adapter_failed(error, account=account, provider=provider)


async def closing(items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """The items; whoever stops early stops their maker too."""
    async with aclosing(cast(Any, items)) as opened:
        async for item in opened:
            yield item
