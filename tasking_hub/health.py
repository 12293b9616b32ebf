"""Whether a process can work, told without a request to any provider."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from tasking_hub.clock import Clock, format_time, utc
from tasking_hub.errors import ConfigurationError, OrderBookError
from tasking_hub.lifecycle import OrderState

if TYPE_CHECKING:
    from tasking_hub.orders.book import OrderBook

__all__ = ["AccountHealth", "BookHealth", "Health", "check_book", "health_document"]

BOOK_S = 5.0
"""The longest time that the order book may take to answer: a load balancer does not wait for ever."""


@frozen(kw_only=True)
class AccountHealth:
    """How an account's exchanges went, as far as this hub has made any.

    A failure is no answer, or one of 401, 403, 429 and 5xx. What is no failure is a success: a provider that refuses a
    request works.

    Attributes:
        account: name of the configured account.
        provider: name of its adapter.
        last_success_at: when it last worked, or None.
        last_failure_at: when it last did not, or None.
        last_failure: what happened then: "HTTP 503", or the name of the error; None without a failure.
    """

    account: str
    provider: str
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str | None = None


@frozen(kw_only=True)
class BookHealth:
    """What the order book says.

    Attributes:
        problem: why it cannot be used, or None where it was read and has the tables of this version.
        unknown: orders that were sent and of which nobody knows whether they were bought; one that is being sent counts
            when it should have been answered.
        oldest_unknown_at: when the first of them was sent, or None.
    """

    problem: str | None = None
    unknown: int = 0
    oldest_unknown_at: datetime | None = None


@frozen(kw_only=True)
class Health:
    """How a hub is.

    Attributes:
        at: when.
        order_book: what the order book says, or None for a hub that only compares.
        accounts: one for each configured account.
    """

    at: datetime = field(converter=utc)
    order_book: BookHealth | None
    accounts: tuple[AccountHealth, ...]

    @property
    def ok(self) -> bool:
        """Whether this process can work: a provider's bad day and unknown outcomes are no reason to replace it."""
        return self.order_book is None or self.order_book.problem is None


async def check_book(opened: Callable[[], Awaitable[OrderBook]], clock: Clock, *, within_s: float) -> BookHealth:
    """Read the order book, which is opened and brought up to date where it was not.

    Args:
        opened: gives the book.
        clock: what time it is.
        within_s: real seconds after which it counts as out of reach.
    """
    try:
        async with asyncio.timeout(within_s):
            unsettled = await (await opened()).unsettled()
    except TimeoutError:
        return BookHealth(problem=f"the order book does not answer within {within_s:g} s")
    except (ConfigurationError, OrderBookError) as error:
        return BookHealth(problem=str(error))
    from tasking_hub.orders.sending import SENDING_S  # noqa: PLC0415 - needs an extra, which the book has shown

    late = clock.now() - timedelta(seconds=SENDING_S)
    unknown = [intent for intent in unsettled if intent.state is OrderState.UNKNOWN or intent.updated_at <= late]
    sent: Iterable[datetime] = (intent.sent_at or intent.created_at for intent in unknown)
    return BookHealth(unknown=len(unknown), oldest_unknown_at=min(sent, default=None))


def health_document(health: Health) -> dict[str, Any]:
    """Write it as plain JSON values, with `ok`."""
    return {"ok": health.ok, **attrs.asdict(health, value_serializer=_plain)}


def _plain(_instance: object, _attribute: object, value: Any) -> Any:
    return format_time(value) if isinstance(value, datetime) else value
