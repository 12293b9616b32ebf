"""One account's way to its provider: authenticated, paced, retried where that is safe, refusals typed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from http import HTTPStatus

from attrs import field, frozen

from tasking_hub.auth import Authenticator, header_credentials
from tasking_hub.clock import Clock
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    OutcomeUnknownError,
    RateLimitedError,
    ResponseError,
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
from tasking_hub.telemetry import attempts
from tasking_hub.transport import Transport, persistently

__all__ = ["Channel", "Route"]

LEASE_MARGIN_S = 10.0
"""How much longer than its own timeout a request keeps its slot, should this process die."""


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
        return await persistently(self._once, request, attempts=self._retry.attempts, patience=patience)

    async def _once(self, request: HttpRequest) -> HttpResponse:
        headers = await self._credentials(request)
        response = await self._paced(request.with_headers(headers))
        if response.status == HTTPStatus.UNAUTHORIZED and self._auth.refused(headers):
            headers = await self._credentials(request)
            response = await self._paced(request.with_headers(headers))
        return self._checked(response, headers)

    async def _credentials(self, request: HttpRequest) -> Mapping[str, str]:
        """What proves who asks.

        Where a request must not be repeated, every failure to get a token says that it has not left.
        """
        try:
            return await self._auth.headers(self._transport.send)
        except (AuthenticationError, RateLimitedError):
            raise
        except (MalformedResponseError, OutcomeUnknownError, ResponseError) as error:
            if request.repeatable and not isinstance(error, OutcomeUnknownError):
                raise
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
