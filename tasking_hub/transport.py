"""The network: the only module that imports aiohttp's client or backoff."""

from __future__ import annotations

import random
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import backoff
from attrs import field, frozen

from tasking_hub.auth import Authenticator
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
    without_query,
)
from tasking_hub.pacing import HeldError, Pace, Pacer

UNAUTHORISED = 401
TOO_MANY_REQUESTS = 429


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
    """Exchanges over aiohttp, never following a redirect: that could carry a credential to another host.

    Args:
        session: lent by the caller, who closes it; without one, one is opened on entry and closed on exit.
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
        """Exchange one request for one answer."""
        if self._session is None:
            msg = "the transport is not open: use it with 'async with'"
            raise ConfigurationError(msg)
        shown = {"method": request.method, "url": without_query(request.url)}
        try:
            return await self._exchange(self._session, request)
        except _NOT_SENT as error:
            msg = f"no connection ({type(error).__name__})"
            raise UnsentRequestError(msg, **shown) from error
        except TimeoutError as error:
            msg = f"no answer within {request.timeout_s:g} s"
            raise OutcomeUnknownError(msg, **shown) from error
        except (aiohttp.ClientError, ConnectionError, ssl.SSLError) as error:
            msg = f"the answer broke off ({type(error.__cause__ or error).__name__})"
            raise OutcomeUnknownError(msg, **shown) from error

    async def _exchange(self, session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse:
        timeout = aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=min(10.0, request.timeout_s))
        async with session.request(
            request.method,
            request.url,
            params=list(request.query) or None,
            headers=_headers(request),
            data=request.body,
            allow_redirects=False,
            timeout=timeout,
            middlewares=(_sent_once,),
        ) as response:
            return HttpResponse(
                status=response.status,
                headers=response.headers,
                body=await response.read(),
                method=request.method,
                url=without_query(request.url),
            )


class _BrokenConnectionError(aiohttp.ClientError):
    """The connection broke after the request had left."""


async def _sent_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending GET, PUT and DELETE again by itself: `repeatable` and the pace decide that, not it."""
    try:
        return await handler(request)
    except _NOT_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenConnectionError(str(error)) from error


_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


def _headers(request: HttpRequest) -> dict[str, str]:
    content = {"Content-Type": request.content_type} if request.content_type else {}
    return {**content, **request.headers}


@frozen(kw_only=True)
class Retry:
    """How long a repeatable request is tried.

    Attributes:
        attempts: sendings at the most.
        first_s: pause after the first failure; doubled after each further one.
        pause_max_s: the longest pause, and the longest `Retry-After` that is waited for.
        total_s: seconds after which nothing is tried again.
    """

    attempts: int = 4
    first_s: float = 0.5
    pause_max_s: float = 30.0
    total_s: float = 120.0

    def pause_s(self, tries: int, error: BaseException | None, jitter: float) -> float:
        """Seconds before the next try: what the provider asked for, or half to all of the doubled pause."""
        asked = error.retry_after_s if isinstance(error, RateLimitedError) else None
        if asked is not None:
            return asked
        return min(self.pause_max_s, self.first_s * 2.0 ** (tries - 1)) * (0.5 + jitter / 2)


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
        return await (self._persist(request) if request.repeatable else self._once(request))

    async def _persist(self, request: HttpRequest) -> HttpResponse:
        deadline = self._clock.monotonic() + self._retry.total_s
        pause = 0.0

        def hopeless(error: Exception) -> bool:
            asked = error.retry_after_s if isinstance(error, RateLimitedError) else None
            return (asked or 0) > self._retry.pause_max_s or self._clock.monotonic() + pause >= deadline

        async def wait(details: Any) -> None:
            nonlocal pause
            pause = self._retry.pause_s(details["tries"], details.get("exception"), self._rng.random())
            await self._clock.sleep(pause)

        # backoff counts and decides; the waiting is done by our own clock, and its logger, which would print
        # addresses with their queries, is off.
        retried: Callable[[HttpRequest], Awaitable[HttpResponse]] = backoff.on_exception(
            backoff.constant,
            (ProviderUnavailableError, RateLimitedError, TransportError),
            interval=0,
            jitter=None,
            logger=None,
            max_tries=self._retry.attempts,
            giveup=hopeless,
            on_backoff=wait,
        )(self._once)
        return await retried(request)

    async def _once(self, request: HttpRequest) -> HttpResponse:
        headers = await self._auth.headers(self._transport.send)
        response = await self._paced(request.with_headers(headers))
        if response.status == UNAUTHORISED and self._auth.refused(headers):
            headers = await self._auth.headers(self._transport.send)
            response = await self._paced(request.with_headers(headers))
        return self._checked(response)

    async def _paced(self, request: HttpRequest) -> HttpResponse:
        route = self._route
        try:
            async with self._pacer.turn(route.pace_key, route.pace):
                response = await self._transport.send(request)
                if response.status == TOO_MANY_REQUESTS:
                    await self._hold(response)
                return response
        except HeldError as error:
            raise _held(request, error) from error

    async def _hold(self, response: HttpResponse) -> None:
        seconds = max(retry_after_s(response, self._clock) or 0.0, self._route.pace.ban_s or 0.0)
        if seconds:
            await self._pacer.hold(self._route.pace_key, seconds)

    def _checked(self, response: HttpResponse) -> HttpResponse:
        try:
            return check_status(response, self._route.read_error, self._clock)
        except RateLimitedError as error:
            error.retry_after_s = max(error.retry_after_s or 0.0, self._route.pace.ban_s or 0.0) or None
            raise


def _held(request: HttpRequest, error: HeldError) -> RateLimitedError:
    return RateLimitedError(
        status=TOO_MANY_REQUESTS,
        method=request.method,
        url=without_query(request.url),
        provider_message=f"not sent: the provider wants silence for another {error.seconds:.0f} s",
        retry_after_s=error.seconds,
    )
