"""An account's way to files on its own hosts: with its credentials, at its pace, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from tasking_hub.auth import header_credentials
from tasking_hub.channel import LEASE_MARGIN_S, Channel, held_back
from tasking_hub.errors import ConfigurationError
from tasking_hub.messages import HttpRequest, origin, without_credentials, without_query
from tasking_hub.pacing import HeldError
from tasking_hub.streaming import Streamed, Streamer

__all__ = ["AccountChannel"]


class AccountChannel(Channel):
    """A channel that can also give an answer piece by piece, whatever its status.

    Only the beginning of an answer takes the account's turn. Assumption: a provider paces requests and not bytes, so
    that a long download need not keep the account silent.
    """

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[Streamed, None]:
        """Send one request with the account's credentials; after a 401 once more with fresh ones.

        Raises:
            ConfigurationError: the address is not one of the configured hosts, or the transport cannot stream.
            RateLimitedError: the provider wants silence.
            ResponseError: no credentials were given out.
            TransportError: no answer began.
        """
        transport = self._streaming(request)
        async with self._once_more(transport, request) as (answer, headers):
            again = answer.head.status == HTTPStatus.UNAUTHORIZED and self._auth.refused(headers)
            if not again:
                yield answer
        if again:
            async with self._once_more(transport, request) as (answer, _):
                yield answer

    def _streaming(self, request: HttpRequest) -> Streamer:
        if origin(request.url) not in self._origins:
            msg = f"{without_query(request.url)} is not a configured host: no credentials are sent there"
            raise ConfigurationError(msg)
        if not isinstance(self._transport, Streamer):
            msg = f"{type(self._transport).__name__} cannot fetch files piece by piece"
            raise ConfigurationError(msg)
        return self._transport

    @asynccontextmanager
    async def _once_more(
        self, transport: Streamer, request: HttpRequest
    ) -> AsyncGenerator[tuple[Streamed, Mapping[str, str]], None]:
        headers = await self._credentials(request)
        async with AsyncExitStack() as stack:
            answer = await self._begun(transport, request.with_headers(headers), stack)
            if answer.head.status >= HTTPStatus.BAD_REQUEST:
                answer = await _discreet(answer, headers)
            yield answer, headers

    async def _begun(self, transport: Streamer, request: HttpRequest, stack: AsyncExitStack) -> Streamed:
        route, lease_s = self._route, request.timeout_s + LEASE_MARGIN_S
        try:
            async with self._pacer.turn(route.pace_key, route.pace, lease_s=lease_s):
                answer = await stack.enter_async_context(transport.stream(request))
                if answer.head.status == HTTPStatus.TOO_MANY_REQUESTS:
                    await self._hold(answer.head)
                return answer
        except HeldError as error:
            raise held_back(request, error) from error


async def _discreet(answer: Streamed, headers: Mapping[str, str]) -> Streamed:
    """An error's beginning without the credentials that it may echo."""
    response = without_credentials(await answer.excerpt(), header_credentials(headers))
    return Streamed(head=answer.head, chunks=_only(response.body))


async def _only(body: bytes) -> AsyncIterator[bytes]:
    yield body
