"""One id for all that belongs together, and each call of the hub told as a span and a count under it."""

from __future__ import annotations

import logging
import re
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order
from tasking_hub.tracing import OPERATIONS, ORDERS_PLACED, ORDERS_UNKNOWN, tracing

__all__ = [
    "CorrelationFilter",
    "attempts",
    "correlated",
    "correlation_id",
    "count_stage",
    "next_attempt",
    "operation",
    "stream",
]

_ID = re.compile(r"[!-~]{1,128}")

P = ParamSpec("P")
R = TypeVar("R")

# --- One id for all that belongs together ------------------------------------------------------------

_CORRELATION: ContextVar[str | None] = ContextVar("tasking_hub_correlation", default=None)
_ATTEMPTS: ContextVar[Counter[tuple[str, str]] | None] = ContextVar("tasking_hub_attempts", default=None)


def correlation_id() -> str | None:
    """The id of the call that is being worked on, or None outside of any."""
    return _CORRELATION.get()


@contextmanager
def correlated(correlation: str | None = None) -> Generator[str]:
    """Give everything inside one id: the one given, else the one already in force, else a new one.

    Args:
        correlation: such as what a web framework found in `X-Request-ID`; what is not 1 to 128 visible ASCII characters
            is not taken over, since it would end up in logs.
    """
    given = correlation if correlation is not None and _ID.fullmatch(correlation) else None
    chosen = given or _CORRELATION.get() or uuid.uuid4().hex
    token = _CORRELATION.set(chosen)
    try:
        yield chosen
    finally:
        _CORRELATION.reset(token)


class CorrelationFilter(logging.Filter):
    """Gives every record that passes a handler a `correlation_id` that a format may name; "-" outside of calls."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, with its id."""
        if not hasattr(record, "correlation_id"):
            record.correlation_id = correlation_id() or "-"
        return True


@contextmanager
def attempts() -> Generator[None]:
    """Count how often each request is sent inside, so that each exchange knows the how manyth it is."""
    token = _ATTEMPTS.set(Counter())
    try:
        yield
    finally:
        _ATTEMPTS.reset(token)


def next_attempt(method: str, url: str) -> int:
    """The how manyth sending of this request the next one is."""
    counter = _ATTEMPTS.get()
    if counter is None:
        return 1
    counter[method, url] += 1
    return counter[method, url]


# --- Calls of the hub --------------------------------------------------------------------------------


def operation(name: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Make a coroutine function run under one correlation id, in a span `tasking_hub.<name>`, and be counted.

    The outcome is "done", the state of the order that it returns, or the name of the error that it raises.
    """

    def decorate(work: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        @wraps(work)
        async def told(*args: P.args, **kwargs: P.kwargs) -> R:
            """Do the work, and tell of it."""
            with correlated() as correlation, _told(name, correlation) as returned:
                result = await work(*args, **kwargs)
                returned(result)
                return result

        return told

    return decorate


def stream(name: str) -> Callable[[Callable[P, AsyncIterator[R]]], Callable[P, AsyncGenerator[R, None]]]:
    """Make an asynchronous generator function run under one correlation id, and be counted; it may last for days.

    The outcome is "done", also where the reader stops early, or the name of the error that it raises. What the reader
    does between two items has no part in it.
    """

    def decorate(work: Callable[P, AsyncIterator[R]]) -> Callable[P, AsyncGenerator[R, None]]:
        @wraps(work)
        async def told(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[R, None]:
            """Do the work, and tell of it."""
            correlation, outcome = correlation_id() or uuid.uuid4().hex, "done"
            try:
                async with aclosing(cast(Any, work(*args, **kwargs))) as items:
                    while True:
                        # A generator runs in its reader's context: the id is set for as long as it works, no longer.
                        with correlated(correlation):
                            item = await anext(items, _END)
                        if item is _END:
                            return
                        yield item
            except Exception as error:
                outcome = type(error).__name__
                raise
            finally:
                tracing().count(OPERATIONS, {"tasking_hub.operation": name, "tasking_hub.outcome": outcome})

        return told

    return decorate


_END: Any = object()


@contextmanager
def _told(name: str, correlation: str) -> Generator[Callable[[object], None]]:
    tracer, facts = tracing(), {"tasking_hub.operation": name}
    with tracer.span(f"tasking_hub.{name}", {**facts, "tasking_hub.correlation_id": correlation}) as note:

        def returned(result: object) -> None:
            outcome = {"tasking_hub.outcome": result.state.value if isinstance(result, Order) else "done"}
            note(outcome)
            tracer.count(OPERATIONS, {**facts, **outcome})
            if isinstance(result, Order) and result.state is OrderState.UNKNOWN:
                tracer.count(ORDERS_UNKNOWN, {"tasking_hub.account": result.account})

        try:
            yield returned
        except BaseException as error:
            kind = type(error).__name__
            note({"error.type": kind, "tasking_hub.outcome": kind})
            tracer.count(OPERATIONS, {**facts, "tasking_hub.outcome": kind})
            raise


def count_stage(stage: str, _reference: str) -> None:
    """Count purchases that were confirmed: told each `tasking_hub.orders.Stage` of placing them."""
    if stage == "recorded":
        tracing().count(ORDERS_PLACED, {})
