"""One adapter's sandbox behind a socket: real requests in, its answers out, harmed where a fault strikes."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from tasking_hub.messages import HttpResponse
from tasking_hub.sandbox.base import ProviderSandbox, SandboxRequest
from tasking_hub.sandbox.clock import SandboxClock
from tasking_hub.sandbox.faults import WITHOUT_WORK, Fault, FaultKind, Faults, failure, spoil
from tasking_hub.sandbox.log import RequestLog

_PIECES = 8
_DROPPED = frozenset({FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER})


class Mount:
    """An adapter's sandbox at its address.

    Its handlers compute, so they run in a thread; one at a time, so that its state needs no locks of its own.

    Args:
        sandbox: answers the requests.
        url: the address, without a slash at the end.
        clock: the sandbox's time.
        faults: what may go wrong.
        log: where requests are written down.
    """

    def __init__(
        self, sandbox: ProviderSandbox, url: str, *, clock: SandboxClock, faults: Faults, log: RequestLog
    ) -> None:
        self.sandbox = sandbox
        self.url = url
        self._clock = clock
        self._faults = faults
        self._log = log
        self._lock = asyncio.Lock()

    async def serve(self, received: web.Request) -> web.StreamResponse:
        """Answer a request, or do to it what a fault wants."""
        request = await self._read(received)
        came = self._clock.now()
        fault = self._faults.next(self.sandbox.name, request.method, request.path)
        await self._delay(fault)
        answer = await self._answer(request, fault)
        self._log.add(
            request,
            time=came,
            provider=self.sandbox.name,
            status=None if answer is None else answer.status,
            fault=None if fault is None else str(fault.kind),
        )
        return await self._send(received, answer, fault)

    async def _read(self, received: web.Request) -> SandboxRequest:
        path, _, query = received.raw_path.partition("?")
        return SandboxRequest(
            method=received.method,
            path=unquote(path).removeprefix(f"/{self.sandbox.name}"),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in received.headers.items()},
            body=await received.read(),
            base_url=self.url,
        )

    async def _delay(self, fault: Fault | None) -> None:
        if fault is not None and fault.kind is not FaultKind.TRICKLE:
            await self._wait(fault, fault.delay_s)

    async def _wait(self, fault: Fault, seconds: float) -> None:
        if seconds:
            await (self._clock.sleep_really(seconds) if fault.real_time else self._clock.sleep(seconds))

    async def _answer(self, request: SandboxRequest, fault: Fault | None) -> HttpResponse | None:
        """What to send, or None where the connection is to be dropped."""
        kind = None if fault is None else fault.kind
        if fault is not None and kind in WITHOUT_WORK:
            return None if kind is FaultKind.DROP_BEFORE else failure(fault)
        answer = await self._work(request, expire=kind is FaultKind.EXPIRE_TOKENS)
        return None if kind is FaultKind.DROP_AFTER else spoil(fault, answer)

    async def _work(self, request: SandboxRequest, *, expire: bool) -> HttpResponse:
        async with self._lock:
            if expire:
                self.sandbox.expire_tokens()
            return await asyncio.to_thread(self.sandbox.answer, request)

    async def _send(
        self, received: web.Request, answer: HttpResponse | None, fault: Fault | None
    ) -> web.StreamResponse:
        if answer is None:
            _drop(received)
            return web.Response()
        if fault is not None and answer.body and fault.kind is FaultKind.TRUNCATE:
            return await self._send_half(received, answer)
        if fault is not None and answer.body and fault.kind is FaultKind.TRICKLE:
            return await self._send_slowly(received, answer, fault)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def _send_half(self, received: web.Request, answer: HttpResponse) -> web.StreamResponse:
        stream = await _begin(received, answer)
        await stream.write(answer.body[: len(answer.body) // 2])
        await asyncio.sleep(0)
        if received.transport is not None:
            received.transport.close()
        return stream

    async def _send_slowly(self, received: web.Request, answer: HttpResponse, fault: Fault) -> web.StreamResponse:
        stream = await _begin(received, answer)
        size = -(-len(answer.body) // _PIECES)
        for start in range(0, len(answer.body), size):
            await self._wait(fault, fault.delay_s / _PIECES)
            await stream.write(answer.body[start : start + size])
        await stream.write_eof()
        return stream


def _drop(received: web.Request) -> None:
    if received.transport is not None:
        received.transport.abort()


async def _begin(received: web.Request, answer: HttpResponse) -> web.StreamResponse:
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    stream.content_length = len(answer.body)
    await stream.prepare(received)
    return stream
