"""Each exchange with a provider, told as a log record, a span and a measurement, and remembered by account.

Never a credential, a query or a body: records hold what `Exchange` holds, and no more.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import asdict, define, field, frozen

from tasking_hub.clock import Clock, SystemClock
from tasking_hub.messages import HttpRequest, HttpResponse, without_query
from tasking_hub.streaming import Streamed, Streamer
from tasking_hub.telemetry import correlation_id, next_attempt
from tasking_hub.tracing import Facts, tracing

if TYPE_CHECKING:
    from tasking_hub.health import AccountHealth
    from tasking_hub.transport import Transport

__all__ = ["LOGGER", "Exchange", "ObservedTransport", "observed"]

LOGGER = "tasking_hub.exchanges"
"""The logger of exchanges with providers: DEBUG for those that went well, INFO for the others."""

_LOG = logging.getLogger(LOGGER)
_REAL_TIME = SystemClock()

_FAILED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


@frozen(kw_only=True)
class Exchange:
    """What is told of one exchange; the extra fields of its log record have these names.

    Attributes:
        account: name of the configured account.
        provider: name of its adapter.
        method: HTTP method.
        host: where it went.
        path: without the query.
        status: of the answer, or None where none came.
        error: name of the error where no answer came, else None.
        duration_ms: real milliseconds until the answer (of a file: its beginning).
        attempt: the how manyth sending of this request it was.
        correlation_id: of the call that it belongs to, or None outside of any.
    """

    account: str
    provider: str
    method: str
    host: str
    path: str
    status: int | None
    error: str | None
    duration_ms: float
    attempt: int
    correlation_id: str | None

    @property
    def failure(self) -> str | None:
        """Why the account cannot be said to work: no answer, 401, 403, 429 or 5xx; None for any other answer."""
        if self.status is None:
            return self.error
        failed = self.status in _FAILED or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return f"HTTP {self.status}" if failed else None


@define
class _Seen:
    """When an account last worked, and when and how it last did not."""

    success_at: datetime | None = None
    failure_at: datetime | None = None
    failure: str | None = None


@define
class _End:
    """How an exchange ends."""

    status: int | None = None
    error: str | None = None

    def answered(self, response: HttpResponse) -> None:
        """Note the answer."""
        self.status = response.status


@frozen
class ObservedTransport:
    """A transport whose exchanges for one account are logged, traced, measured and remembered.

    Args:
        transport: exchanges requests for answers.
        account: name of the configured account.
        provider: name of its adapter.
        clock: dates what is remembered.
    """

    transport: Transport = field(repr=False)
    account: str
    provider: str
    clock: Clock = field(repr=False)
    _seen: _Seen = field(factory=_Seen, repr=False, init=False)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for one answer, as the transport does."""
        with self._exchange(request) as answered:
            response = await self.transport.send(request)
            answered(response)
            return response

    def health(self) -> AccountHealth:
        """How the account's exchanges went so far; nothing is sent."""
        from tasking_hub.health import AccountHealth  # noqa: PLC0415 - which is made of what is told here

        seen = self._seen
        return AccountHealth(
            account=self.account,
            provider=self.provider,
            last_success_at=seen.success_at,
            last_failure_at=seen.failure_at,
            last_failure=seen.failure,
        )

    @contextmanager
    def _exchange(self, request: HttpRequest) -> Generator[Callable[[HttpResponse], None]]:
        url, began = without_query(request.url), _REAL_TIME.monotonic()
        attempt, end = next_attempt(request.method, request.url), _End()
        with tracing().span(request.method, self._facts(request.method, url, attempt), client=True) as note:
            try:
                yield end.answered
            except BaseException as error:
                end.error = type(error).__name__
                raise
            finally:
                exchange = self._ended(request.method, url, end, attempt, _REAL_TIME.monotonic() - began)
                note(_result(exchange))
                self._tell(exchange)

    def _ended(self, method: str, url: str, end: _End, attempt: int, seconds: float) -> Exchange:
        parts = urlsplit(url)
        return Exchange(
            account=self.account,
            provider=self.provider,
            method=method,
            host=parts.netloc,
            path=parts.path,
            status=end.status,
            error=end.error,
            duration_ms=round(seconds * 1000, 3),
            attempt=attempt,
            correlation_id=correlation_id(),
        )

    def _tell(self, exchange: Exchange) -> None:
        if (failure := exchange.failure) is None:
            self._seen.success_at = self.clock.now()
        elif failure != "CancelledError":  # given up here, which says nothing of the account
            self._seen.failure_at, self._seen.failure = self.clock.now(), failure
        facts = {"http.request.method": exchange.method, **_server(f"//{exchange.host}"), **self._whose()}
        tracing().measure(exchange.duration_ms / 1000, {**facts, **_result(exchange)})
        well = exchange.error is None and (exchange.status or 0) < HTTPStatus.BAD_REQUEST
        _LOG.log(
            logging.DEBUG if well else logging.INFO,
            "%s %s%s: %s in %.0f ms",
            exchange.method,
            exchange.host,
            exchange.path,
            exchange.error or exchange.status,
            exchange.duration_ms,
            extra=asdict(exchange),
        )

    def _facts(self, method: str, url: str, attempt: int) -> Facts:
        resent = {"http.request.resend_count": attempt - 1} if attempt > 1 else {}
        correlation = {"tasking_hub.correlation_id": found} if (found := correlation_id()) else {}
        address = {"http.request.method": method, "url.full": url, **_server(url)}
        return {**address, **resent, **self._whose(), **correlation}

    def _whose(self) -> Facts:
        return {"tasking_hub.account": self.account, "tasking_hub.provider": self.provider}


class _StreamingTransport(ObservedTransport):
    """One whose transport can also give answers piece by piece: each is told when it begins."""

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[Streamed, None]:
        """Exchange one request for an answer that is read piece by piece, as the transport does."""
        streamer: Any = self.transport
        async with AsyncExitStack() as stack:
            with self._exchange(request) as answered:
                answer = await stack.enter_async_context(streamer.stream(request))
                answered(answer.head)
            yield answer


def observed(transport: Transport, *, account: str, provider: str, clock: Clock) -> ObservedTransport:
    """The transport of one account, told of; it can stream where the given one can."""
    kind = _StreamingTransport if isinstance(transport, Streamer) else ObservedTransport
    return kind(transport, account, provider, clock)


def _server(url: str) -> Facts:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    known = port or {"https": 443, "http": 80}.get(parts.scheme)
    return {"server.address": parts.hostname or "", **({} if known is None else {"server.port": known})}


def _result(exchange: Exchange) -> Facts:
    """What is known of an exchange at its end, in the words of the conventions."""
    if exchange.status is None:
        return {"error.type": exchange.error or "unknown"}
    failed = {"error.type": str(exchange.status)} if exchange.status >= HTTPStatus.BAD_REQUEST else {}
    return {"http.response.status_code": exchange.status, **failed}
