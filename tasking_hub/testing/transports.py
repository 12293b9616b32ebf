"""Transports without a network: one that a function answers, one that an adapter's sandbox answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import evolve

from tasking_hub.clock import Clock
from tasking_hub.connect import connect
from tasking_hub.errors import UnsentRequestError
from tasking_hub.messages import HttpRequest, HttpResponse, without_query
from tasking_hub.pacing import LocalPacer
from tasking_hub.provider import AccountSettings, Provider
from tasking_hub.transport import Transport

if TYPE_CHECKING:
    from tasking_hub.sandbox import ProviderSandbox, SandboxRequest

ProviderT = TypeVar("ProviderT", bound=Provider[Any])

Answer = Callable[[HttpRequest], HttpResponse | Exception]


class FakeTransport:
    """Answers every request with what a function says; an exception that it returns is raised.

    Args:
        handler: gives the answer to a request.

    Attributes:
        requests: what was sent so far, in order, with the headers of authentication.
    """

    def __init__(self, handler: Answer) -> None:
        self._handler = handler
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for the function's answer, marked with the request's method and address.

        Other tasks get their turn in between, as they would on a network.
        """
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self._handler(request)
        if isinstance(answer, Exception):
            raise answer
        return evolve(answer, method=request.method, url=without_query(request.url))


class SandboxTransport(FakeTransport):
    """Hands requests to an adapter's sandbox in this process; nothing listens at any other address.

    Args:
        sandbox: answers the requests.
        base_url: the address at which it pretends to be mounted.
    """

    def __init__(self, sandbox: ProviderSandbox, base_url: str) -> None:
        super().__init__(self._ask)
        self._sandbox = sandbox
        self._base_url = base_url.rstrip("/")

    def _ask(self, request: HttpRequest) -> HttpResponse | Exception:
        if not request.url.startswith(f"{self._base_url}/"):
            msg = "no connection (no sandbox at this address)"
            return UnsentRequestError(msg, method=request.method, url=without_query(request.url))
        return self._sandbox.answer(sandbox_request(request, self._base_url))


def sandbox_request(request: HttpRequest, base_url: str) -> SandboxRequest:
    """A request as the sandbox mounted at an address sees it."""
    from tasking_hub.sandbox import SandboxRequest  # noqa: PLC0415 - needs an extra that other tests do without

    content = {"content-type": request.content_type} if request.content_type else {}
    address = urlsplit(request.url)
    return SandboxRequest(
        method=request.method,
        path=unquote(address.path.removeprefix(urlsplit(base_url).path)),
        query=(*parse_qsl(address.query, keep_blank_values=True), *request.query),
        headers={**content, **{name.lower(): value for name, value in request.headers.items()}},
        body=request.body or b"",
        base_url=base_url,
    )


def open_provider(
    provider_type: type[ProviderT],
    settings: AccountSettings,
    transport: Transport,
    clock: Clock,
    *,
    account: str | None = None,
) -> ProviderT:
    """An adapter wired exactly as the hub wires it: authenticated, paced, retried; jitter is always the same.

    Args:
        provider_type: the adapter.
        settings: the account's configuration.
        transport: where its requests go.
        clock: what time it is; pauses are slept on it.
        account: name of the account, or None for the adapter's own name.

    Raises:
        ConfigurationError: the settings lack a credential or hold an address that is none.
    """
    return connect(
        provider_type,
        account or provider_type.name,
        settings,
        transport=transport,
        pacer=LocalPacer(clock),
        clock=clock,
        rng=random.Random(0),  # noqa: S311 - jitter, not a secret
    )
