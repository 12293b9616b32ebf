"""A store of files on a real loopback socket that fails in every way that stores fail in."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from attrs import define, field, frozen

from tasking_hub.clock import ManualClock
from tasking_hub.collect import Courier
from tasking_hub.messages import HttpRequest, HttpResponse, without_query
from tasking_hub.streaming import Streamed
from tasking_hub.transport import AiohttpTransport

GONE_BY = "Sat, 21 Nov 2026 08:00:00 GMT"
TODAY = "Sat, 21 Nov 2026 09:00:00 GMT"


@frozen(kw_only=True)
class Fault:
    """How one answer goes wrong.

    Attributes:
        drop_after: bytes of the body after which the connection breaks, or None.
        status: sent instead of the file, or None.
        ignores_range: the whole file is sent whatever was asked.
        shifted: the answer to a range begins at another place, and says so.
        lies: the answer to a range begins at another place, and does not say so.
        short: a range shorter than what was asked for.
        packed: the body is packed though nobody asked.
        chunked: without a length.
        plain: neither length nor chunks: the end of the connection is the end of the body.
        replaced: before answering, the file is replaced by another version.
        no_content_range: a 206 that does not say where it begins.
        location: where to redirect to.
    """

    drop_after: int | None = None
    status: int | None = None
    ignores_range: bool = False
    shifted: bool = False
    lies: bool = False
    short: bool = False
    packed: bool = False
    chunked: bool = False
    plain: bool = False
    replaced: bool = False
    no_content_range: bool = False
    location: str | None = None


FINE = Fault()


@define
class Store:
    """One file at any address, its faults in the order in which they come, and what was asked.

    Attributes:
        content: the file.
        etag: its entity tag, or None.
        faults: one a request, then none.
        requests: headers of every request, by lower-case name, and the target as `:path`.
        hold: where there is one, answers stop after `hold_after` bytes until it is set.
        held: counts the answers that have stopped.
        most: connections at the same time.
    """

    content: bytes
    etag: str | None = '"v1"'
    faults: list[Fault] = field(factory=list)
    requests: list[dict[str, str]] = field(factory=list)
    modified: bool = False
    hold: asyncio.Event | None = None
    hold_after: int = 0
    held: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(0))
    active: int = 0
    most: int = 0
    port: int = 0
    versions: int = 1
    host: str = "127.0.0.1"

    def url(self, path: str = "/image.tif?sig=hushhush") -> str:
        return f"http://{self.host}:{self.port}{path}"

    @property
    def ranges(self) -> list[str | None]:
        return [request.get("range") for request in self.requests]

    def release(self) -> None:
        """Let every answer that has stopped go on, and stop no other."""
        if self.hold is not None:
            self.hold.set()
        self.hold = None

    def _replace(self) -> None:
        self.versions += 1
        self.content = bytes(byte ^ 0xFF for byte in self.content)
        self.etag = self.etag and f'"v{self.versions}"'

    def answer(self, request: dict[str, str], fault: Fault) -> tuple[bytes, bytes]:
        """Head and body."""
        if fault.replaced:
            self._replace()
        if fault.location is not None:
            return _head(302, {"Location": fault.location, "Content-Length": "0"}), b""
        if fault.status is not None:
            return _head(fault.status, {"Content-Length": "2"}), b"no"
        return self._file(request, fault)

    def _file(self, request: dict[str, str], fault: Fault) -> tuple[bytes, bytes]:
        body, headers, status = self.content, self._facts(), 200
        if fault.packed:
            body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
        asked = re.fullmatch(r"bytes=(\d+)-", request.get("range", ""))
        if asked and not fault.ignores_range and request.get("if-range", self.etag) in {self.etag, GONE_BY}:
            if int(asked[1]) >= len(body):
                return _head(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"}), b""
            status, (body, place) = 206, _rest(body, int(asked[1]), fault)
            headers |= {} if fault.no_content_range else {"Content-Range": place}
        if fault.chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif not fault.plain:
            headers["Content-Length"] = str(len(body))
        return _head(status, headers), body

    def _facts(self) -> dict[str, str]:
        headers = {"Date": TODAY, "Connection": "close"}
        if self.etag is not None:
            headers["ETag"] = self.etag
        if self.modified:
            headers["Last-Modified"] = GONE_BY
        return headers

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.active += 1
        self.most = max(self.most, self.active)
        try:
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = text.strip().split("\r\n")
            request = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self.requests.append({**request, ":path": first.split()[1]})
            fault = self.faults.pop(0) if self.faults else FINE
            head, body = self.answer(request, fault)
            writer.write(head + body[: fault.drop_after if self.hold is None else self.hold_after])
            await writer.drain()
            if self.hold is not None:
                self.held.release()
                await self.hold.wait()
                writer.write(body[self.hold_after :])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.active -= 1
            writer.close()


def _rest(whole: bytes, start: int, fault: Fault) -> tuple[bytes, str]:
    """The rest of a file, and where it says to begin."""
    said = max(0, start - 1) if fault.shifted else start
    rest = whole[max(0, start - 1) if fault.lies or fault.shifted else start :]
    rest = rest[: max(1, len(rest) // 2)] if fault.short else rest
    return rest, f"bytes {said}-{said + len(rest) - 1}/{len(whole)}"


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def store(content: bytes, *faults: Fault, **facts) -> AsyncIterator[Store]:
    """A store that is open."""
    opened = Store(content=content, faults=list(faults), **facts)
    async with await asyncio.start_server(opened.talk, "127.0.0.1", 0) as server:
        opened.port = server.sockets[0].getsockname()[1]
        yield opened
        opened.release()


@asynccontextmanager
async def courier(clock: ManualClock | None = None, **facts) -> AsyncIterator[Courier]:
    """A courier over a real transport, whose pauses take no time."""
    clock = clock or ManualClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    async with AiohttpTransport() as transport:
        yield Courier(transport=transport, clock=clock, **{"timeout_s": 5.0, **facts})


@define
class FakeDownloads:
    """Answers without a network, as a function of the request says.

    Attributes:
        handler: gives status, headers and body.
        requests: what was sent.
        pieces: bytes of a piece, at the most.
    """

    handler: Callable[[HttpRequest], tuple[int, dict[str, str], bytes]]
    requests: list[HttpRequest] = field(factory=list)
    pieces: int = 1 << 30

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncIterator[Streamed]:
        self.requests.append(request)
        status, headers, body = self.handler(request)
        head = HttpResponse(status=status, headers=headers, url=without_query(request.url))
        yield Streamed(head=head, chunks=_pieces(body, self.pieces))

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Files are never asked for in one piece."""
        raise AssertionError(request)


async def _pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]
