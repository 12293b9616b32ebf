"""The network: the only module that imports aiohttp's client or backoff."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from types import TracebackType
from typing import Protocol, Self

import aiohttp
import backoff
from attrs import evolve
from yarl import URL

from tasking_hub.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    TransportError,
    UnsentRequestError,
)
from tasking_hub.messages import HttpRequest, HttpResponse, without_query
from tasking_hub.patience import Patience
from tasking_hub.streaming import Streamed

__all__ = ["AiohttpTransport", "Transport", "persistently"]

CONNECT_S = 20.0
"""The longest time that making a connection may take."""

PIECE = 1 << 20
"""Bytes of a streamed answer that are handed on at once, at the most."""


class Transport(Protocol):
    """One exchange: a request goes out, an answer comes back, whatever its status."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for one answer.

        Raises:
            UnsentRequestError: no connection was made.
            OutcomeUnknownError: the request left and no whole answer came.
        """
        ...


class AiohttpTransport:
    """Exchanges over aiohttp: what is sent, is sent once, and to the host that it was meant for.

    Redirects are not followed, since that could carry a credential to another host, and aiohttp's own second sending
    of GET, PUT and DELETE after a dropped connection is prevented, since it knows nothing of pace and of `repeatable`.

    Args:
        session: lent by the caller, who closes it; without one, one that keeps no cookies is opened on entry and closed
            on exit. A lent session's middlewares do not run: one of them might send a request again.
    """

    def __init__(self, session: aiohttp.ClientSession | None = None) -> None:
        self._lent = session
        self._session = session

    async def __aenter__(self) -> Self:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None and self._session is not self._lent:
            await self._session.close()
        self._session = self._lent

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for one answer, whatever its status.

        Raises:
            ConfigurationError: the transport is not open, or the request cannot be written as HTTP.
            UnsentRequestError: no connection was made.
            OutcomeUnknownError: the request left and no whole answer came.
        """
        session = self._ready()
        try:
            return await self._exchange(session, request)
        except (aiohttp.ClientError, OSError) as error:
            raise _no_answer(request, error) from error

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[Streamed, None]:
        """Exchange one request for an answer that is read piece by piece, whatever its status.

        The address goes out as it is written, since a signature may have been made of it. `timeout_s` is how long the
        answer may take to begin, and each piece of it to follow.

        Raises:
            ConfigurationError: the transport is not open, or the request cannot be written as HTTP.
            UnsentRequestError: no connection was made.
            OutcomeUnknownError: the answer never began, or (while its pieces are read) broke off or stalled.
        """
        session = self._ready()
        async with AsyncExitStack() as stack:
            try:
                response = await stack.enter_async_context(_streamed(session, request))
            except (aiohttp.ClientError, OSError) as error:
                raise _no_answer(request, error) from error
            pieces = await stack.enter_async_context(aclosing(_pieces(response, request)))
            yield Streamed(head=_answer(request, response, b""), chunks=pieces)

    def _ready(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            msg = "the transport is not open: use it with 'async with'"
            raise ConfigurationError(msg)
        return self._session

    async def _exchange(self, session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse:
        async with _asked(session, request, request.url, _timeout(request)) as response:
            return _answer(request, response, await response.read())


def _streamed(
    session: aiohttp.ClientSession, request: HttpRequest
) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    timeout = evolve(_timeout(request), total=None, sock_read=request.timeout_s)
    try:
        url = URL(request.url, encoded=request.url.isascii())
    except ValueError as error:
        raise aiohttp.InvalidURL(request.url) from error
    return _asked(session, request, url, timeout, unpack=False)


def _asked(
    session: aiohttp.ClientSession,
    request: HttpRequest,
    url: str | URL,
    timeout: aiohttp.ClientTimeout,
    *,
    unpack: bool = True,
) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    return session.request(
        request.method,
        url,
        params=list(request.query) or None,
        headers=_headers(request),
        data=request.body,
        allow_redirects=False,
        raise_for_status=False,
        timeout=timeout,
        auto_decompress=unpack,
        middlewares=(_send_once,),
    )


async def _pieces(response: aiohttp.ClientResponse, request: HttpRequest) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in response.content.iter_chunked(PIECE):
            yield piece
    except (aiohttp.ClientError, OSError) as error:
        raise _no_answer(request, error) from error


def _answer(request: HttpRequest, response: aiohttp.ClientResponse, body: bytes) -> HttpResponse:
    return HttpResponse(
        status=response.status,
        headers=response.headers,
        body=body,
        method=request.method,
        url=without_query(request.url),
    )


class _DroppedError(aiohttp.ClientError):
    """A dropped connection in a class after which aiohttp does not send again."""


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except _NOT_CONNECTED:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _DroppedError(*error.args) from error


_NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NOT_HTTP = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)


def _no_answer(request: HttpRequest, error: Exception) -> ConfigurationError | TransportError:
    """What it means that the exchange ended with this error."""
    shown = {"method": request.method, "url": without_query(request.url)}
    why = _why(error.__cause__ or error)
    if isinstance(error, _NOT_HTTP):
        return ConfigurationError(f"{shown['url']} is not an address that a request can be sent to")
    if isinstance(error, _NOT_CONNECTED):
        return UnsentRequestError(f"no connection ({why})", **shown)
    if isinstance(error, TimeoutError):
        return OutcomeUnknownError(f"no answer within {request.timeout_s:g} s", **shown)
    return OutcomeUnknownError(f"the answer broke off ({why})", **shown)


def _why(cause: BaseException) -> str:
    """The reason in words where it is one that people meet, else the name of the error."""
    return next((words for kind, words in _REASONS.items() if isinstance(cause, kind)), type(cause).__name__)


_REASONS: Mapping[type[BaseException], str] = {
    socket.gaierror: "no such host name",
    aiohttp.ClientConnectorDNSError: "no such host name",
    ConnectionRefusedError: "nobody listens there",
    ssl.SSLCertVerificationError: "its certificate is not valid",
    aiohttp.ClientConnectorCertificateError: "its certificate is not valid",
}


def _timeout(request: HttpRequest) -> aiohttp.ClientTimeout:
    """Connecting, name lookup included, ends well before the whole exchange: only then is it known to be unsent."""
    return aiohttp.ClientTimeout(total=request.timeout_s, connect=min(CONNECT_S, request.timeout_s / 2))


def _headers(request: HttpRequest) -> dict[str, str]:
    content = {"Content-Type": request.content_type} if request.content_type else {}
    headers = dict(evolve(request, headers=content).with_headers(request.headers).headers)
    unfit = next((name for name, value in headers.items() if not value.isprintable()), None)
    if unfit is not None:
        msg = f"the value of the header {unfit} holds a line break or another unprintable character"
        raise ConfigurationError(msg)
    return headers


async def persistently(
    send: Callable[[HttpRequest], Awaitable[HttpResponse]], request: HttpRequest, *, attempts: int, patience: Patience
) -> HttpResponse:
    """Send a request until it is answered, or there were so many attempts, or patience ends.

    Raises:
        ProviderUnavailableError: as the last attempt did (so its kin for 429 and no answer).
    """
    # backoff counts and repeats. The waiting is done by our own clock, and its logger, which would print
    # addresses with their queries, is off.
    retried: Callable[[HttpRequest], Awaitable[HttpResponse]] = backoff.on_exception(
        backoff.constant,
        (ProviderUnavailableError, RateLimitedError, TransportError),
        interval=0,
        jitter=None,
        logger=None,
        max_tries=attempts,
        giveup=patience.ends,
        on_backoff=patience.pause,
    )(send)
    return await retried(request)
