"""The network: the only module that imports aiohttp's client or backoff."""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

import aiohttp
import backoff
from attrs import evolve, field, frozen
from yarl import URL

from tasking_hub.auth import Authenticator, header_credentials
from tasking_hub.clock import Clock
from tasking_hub.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    TransportError,
    UnsentRequestError,
)
from tasking_hub.messages import (
    HttpRequest,
    HttpResponse,
    ReadError,
    check_status,
    origin,
    retry_after_s,
    without_credentials,
    without_query,
)
from tasking_hub.pacing import HeldError, Pace, Pacer
from tasking_hub.patience import Patience, Retry
from tasking_hub.streaming import Streamed
from tasking_hub.telemetry import attempts

__all__ = ["AiohttpTransport", "Channel", "Retry", "Route", "Transport"]

CONNECT_S = 20.0
"""The longest time that making a connection may take."""

PIECE = 1 << 20
"""Bytes of a streamed answer that are handed on at once, at the most."""

LEASE_MARGIN_S = 10.0
"""How much longer than its own timeout a request keeps its slot, should this process die."""


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


@frozen(kw_only=True)
class Route:
    """What a channel needs to know of its account.

    Attributes:
        urls: the configured addresses; nothing is sent to any other origin.
        pace: what the provider tolerates.
        pace_key: whose pace it is; never the credential itself.
        read_error: reads the provider's error bodies.
    """

    urls: tuple[str, ...]
    pace: Pace = field(factory=Pace)
    pace_key: str
    read_error: ReadError


class Channel:
    """One account's way to its provider: authenticated, paced, retried where that is safe, refusals typed.

    Only requests that say `repeatable` are sent again after a failure. A 401 is answered once with fresh headers,
    whatever the request: it was refused before it was processed.
    """

    def __init__(
        self,
        route: Route,
        *,
        transport: Transport,
        auth: Authenticator,
        pacer: Pacer,
        clock: Clock,
        retry: Retry | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._route = route
        self._origins = frozenset(origin(url) for url in route.urls)
        self._transport = transport
        self._auth = auth
        self._pacer = pacer
        self._clock = clock
        self._retry = retry or Retry()
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not a secret

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return its 2xx answer.

        Raises:
            ConfigurationError: the address is not one of the configured hosts.
            ResponseError: the provider said no.
            TransportError: no whole answer came.
        """
        if origin(request.url) not in self._origins:
            msg = f"{without_query(request.url)} is not a configured host: nothing was sent"
            raise ConfigurationError(msg)
        with attempts():
            return await (self._persist(request) if request.repeatable else self._once(request))

    async def _persist(self, request: HttpRequest) -> HttpResponse:
        patience = Patience(self._retry, self._clock, self._rng)
        # backoff counts and repeats. The waiting is done by our own clock, and its logger, which would print
        # addresses with their queries, is off.
        retried: Callable[[HttpRequest], Awaitable[HttpResponse]] = backoff.on_exception(
            backoff.constant,
            (ProviderUnavailableError, RateLimitedError, TransportError),
            interval=0,
            jitter=None,
            logger=None,
            max_tries=self._retry.attempts,
            giveup=patience.ends,
            on_backoff=patience.pause,
        )(self._once)
        return await retried(request)

    async def _once(self, request: HttpRequest) -> HttpResponse:
        headers = await self._credentials()
        response = await self._paced(request.with_headers(headers))
        if response.status == HTTPStatus.UNAUTHORIZED and self._auth.refused(headers):
            headers = await self._credentials()
            response = await self._paced(request.with_headers(headers))
        return self._checked(response, headers)

    async def _credentials(self) -> Mapping[str, str]:
        try:
            return await self._auth.headers(self._transport.send)
        except OutcomeUnknownError as error:
            # Only the question for a token is unanswered: the request itself has not left.
            msg = f"not sent, for want of a token: {error}"
            raise UnsentRequestError(msg, method=error.method, url=error.url) from error

    async def _paced(self, request: HttpRequest) -> HttpResponse:
        route = self._route
        lease_s = request.timeout_s + LEASE_MARGIN_S
        try:
            async with self._pacer.turn(route.pace_key, route.pace, lease_s=lease_s):
                response = await self._transport.send(request)
                if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                    await self._hold(response)
                return response
        except HeldError as error:
            raise held_back(request, error) from error

    async def _hold(self, response: HttpResponse) -> None:
        seconds = self._silence_s(retry_after_s(response, self._clock))
        if seconds:
            await self._pacer.hold(self._route.pace_key, seconds)

    def _silence_s(self, asked: float | None) -> float:
        """Seconds of silence after a 429: what the answer asks for, and never less than the provider's ban."""
        return max(asked or 0.0, self._route.pace.ban_s or 0.0)

    def _checked(self, response: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            return response
        try:
            return check_status(
                without_credentials(response, header_credentials(headers)), self._route.read_error, self._clock
            )
        except RateLimitedError as error:
            error.retry_after_s = self._silence_s(error.retry_after_s) or None
            raise


def held_back(request: HttpRequest, error: HeldError) -> RateLimitedError:
    """What it means that a request was not sent because the provider wants silence."""
    return RateLimitedError(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        method=request.method,
        url=without_query(request.url),
        provider_message=f"not sent: the provider wants silence for another {error.seconds:.0f} s",
        retry_after_s=error.seconds,
    )
