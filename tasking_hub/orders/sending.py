"""The one sending of an order, and what each end of it means for the order book."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from tasking_hub.clock import Clock
from tasking_hub.errors import (
    AuthenticationError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    OrderBookError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteRefusedError,
    RateLimitedError,
    RejectedRequestError,
    UnsentRequestError,
)
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order, OrderEvent
from tasking_hub.ordering import OrderingProvider, Purchase
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.intent import Intent

__all__ = ["SENDING_S", "Stage", "send"]

SENDING_S = 180.0
"""The longest time from "sent" in the book to an answer or none: a request's own time and its wait for a turn."""

NOTE_LENGTH_MAX = 500

_NOT_PROCESSED = (AuthenticationError, RateLimitedError, UnsentRequestError)
"""Refused before anybody looked at it: nothing was bought, and it may be sent again."""

_REFUSED = (InvalidRequestError, NotFoundError, PermissionDeniedError, QuoteRefusedError, RejectedRequestError)
"""Looked at and refused, by the provider or by its adapter's own check: nothing was bought."""

_UNANSWERED = (MalformedResponseError, OutcomeUnknownError, ProviderUnavailableError, TimeoutError)
"""Nobody knows: it is looked up, and never sent again."""

_logger = logging.getLogger(__name__)


class Stage(StrEnum):
    """How far the placing of an order has come."""

    REVIEWED = "reviewed"
    COMMITTED = "committed"
    MARKED = "marked"
    ANSWERED = "answered"
    RECORDED = "recorded"


async def send(
    book: OrderBook,
    provider: OrderingProvider[Any],
    intent: Intent,
    purchase: Purchase,
    *,
    clock: Clock,
    within_s: float,
    reached: Callable[[Stage, str], None],
) -> Order:
    """Send a purchase that the book has as sent, once, and record what came of it.

    A cancellation meanwhile leaves it as sent: it is looked up later.

    Returns:
        The order; in the state `UNKNOWN` where no answer came that can be read.

    Raises:
        ResponseError: the provider refused it; nothing was bought.
        QuoteRefusedError: its adapter's own check refused it; nothing was sent (so `InvalidRequestError`).
        UnsentRequestError: nothing reached the provider; nothing was bought.
        OrderBookError: the answer could not be recorded: it is looked up later.
    """
    try:
        async with asyncio.timeout(within_s):
            order = await provider.place(purchase)
    except _NOT_PROCESSED as error:
        await _note(book, intent, OrderState.INTENDED, error, clock)
        raise
    except _REFUSED as error:
        await _note(book, intent, OrderState.NOT_PLACED, error, clock)
        raise
    except _UNANSWERED as error:
        return await _note(book, intent, OrderState.UNKNOWN, error, clock)
    except Exception as error:
        # A mistake in an adapter says nothing about what the provider did.
        await _note(book, intent, OrderState.UNKNOWN, error, clock)
        raise
    reached(Stage.ANSWERED, intent.reference)
    return await _record(book, intent, order, reached)


async def _note(book: OrderBook, intent: Intent, state: OrderState, error: Exception, clock: Clock) -> Order:
    why = f"{type(error).__name__}: {error}"[:NOTE_LENGTH_MAX]
    log = _logger.warning if state is OrderState.UNKNOWN else _logger.info
    log("order %s at %s is %s: %s", intent.reference, intent.account, state, why)
    noted = await book.advance(intent, OrderEvent(at=clock.now(), state=state, note=why))
    # Where somebody looked it up meanwhile, what was found stands.
    return (noted or await book.intent(intent.reference)).as_order()


async def _record(book: OrderBook, intent: Intent, order: Order, reached: Callable[[Stage, str], None]) -> Order:
    recorded = await book.record(order, reference=intent.reference)
    if recorded is None:
        msg = f"{intent.reference} was placed as {order.id}, and the order book has no such intent at {order.account}"
        raise OrderBookError(msg)
    reached(Stage.RECORDED, intent.reference)
    _logger.info("order %s at %s is %s", intent.reference, intent.account, recorded.state)
    return recorded
