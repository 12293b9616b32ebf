"""Streamed answers over real sockets on the loopback interface: pieces as sent, and what every way to fail means."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from tasking_hub.errors import ConfigurationError, OutcomeUnknownError, UnsentRequestError
from tasking_hub.messages import HttpRequest
from tasking_hub.transport import PIECE, AiohttpTransport


def request_to(url, timeout_s=5.0, **facts):
    return HttpRequest(method="GET", url=str(url), repeatable=True, timeout_s=timeout_s, **facts)


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    """An open transport with a session of its own."""
    async with AiohttpTransport() as opened:
        yield opened


@asynccontextmanager
async def serve(handler) -> AsyncIterator[TestServer]:
    """A server on loopback that answers every path by this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield server


@asynccontextmanager
async def raw(answer: bytes) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """An address that answers these bytes, and an event at which it hangs up."""
    enough = asyncio.Event()

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await enough.wait()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x?sig=hush", enough
        enough.set()


async def read(transport, request):
    """An answer's head and its whole body."""
    async with transport.stream(request) as answer:
        return answer.head, b"".join([piece async for piece in answer.chunks])


async def test_a_body_comes_whole_in_pieces_of_bounded_size(transport):
    """A body larger than a piece comes in several, which add up to it."""
    body = bytes(range(256)) * (PIECE // 100)

    async def handler(request):
        return web.Response(body=body, headers={"ETag": '"v1"'})

    async with serve(handler) as server, transport.stream(request_to(server.make_url("/a"))) as answer:
        pieces = [piece async for piece in answer.chunks]

    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= PIECE
    assert (answer.head.status, answer.head.headers["etag"], answer.head.body) == (200, '"v1"', b"")


async def test_a_body_is_not_unpacked(transport):
    """A compressed body comes as it was sent, so that its length and ranges mean what they say."""
    packed = gzip.compress(b"image" * 100)

    async def handler(request):
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serve(handler) as server:
        head, body = await read(transport, request_to(server.make_url("/a")))

    assert (body, head.headers["content-length"]) == (packed, str(len(packed)))


async def test_an_address_goes_out_as_written(transport):
    """Nothing of a signed address is encoded anew."""
    arrived = []

    async def handler(request):
        arrived.append(request.raw_path)
        return web.Response()

    signed = "/a%2Fb/c%7Ed+e.tif?Signature=x%2By%3D&Expires=1&k=%7e,(1)"
    async with serve(handler) as server:
        await read(transport, request_to(f"http://127.0.0.1:{server.port}{signed}"))

    assert arrived == [signed]


async def test_an_address_beyond_ascii_is_encoded(transport):
    """An address that could not go out as written is encoded first."""
    arrived = []

    async def handler(request):
        arrived.append(request.raw_path)
        return web.Response()

    async with serve(handler) as server:
        await read(transport, request_to(f"http://127.0.0.1:{server.port}/Málaga.tif"))

    assert arrived == ["/M%C3%A1laga.tif"]


async def test_a_redirect_is_not_followed(transport):
    """Whoever reads the answer decides where to go."""

    async def handler(request):
        return web.Response(status=302, headers={"Location": "http://elsewhere.invalid/x"})

    async with serve(handler) as server:
        head, _ = await read(transport, request_to(server.make_url("/a")))

    assert (head.status, head.headers["location"]) == (302, "http://elsewhere.invalid/x")


async def test_an_excerpt_is_short(transport):
    """Of an error's body the beginning is read, whatever its length."""

    async def handler(request):
        return web.Response(status=403, body=b"x" * 5_000_000)

    async with serve(handler) as server, transport.stream(request_to(server.make_url("/a"))) as answer:
        response = await answer.excerpt(10)

    assert (response.status, response.body) == (403, b"x" * 10)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ],
)
async def test_a_body_that_breaks_off_is_told(transport, answer):
    """What came before is handed on, then the error says that it is not all."""
    async with raw(answer) as (url, enough), transport.stream(request_to(url)) as streamed:
        body = await anext(streamed.chunks)
        enough.set()
        with pytest.raises(OutcomeUnknownError, match="broke off") as caught:
            await anext(streamed.chunks)

    assert body == b"ab"
    assert "hush" not in str(caught.value)


async def test_a_body_that_stalls_is_told(transport):
    """A connection that stays open and says nothing ends after the timeout, however long the whole may take."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"
    async with raw(answer) as (url, _), transport.stream(request_to(url, timeout_s=0.1)) as streamed:
        body = await anext(streamed.chunks)
        with pytest.raises(OutcomeUnknownError, match=r"within 0\.1 s"):
            await anext(streamed.chunks)

    assert body == b"ab"


async def test_an_answer_that_never_begins_is_told(transport):
    """A connection that is dropped before the answer is an unknown outcome."""
    async with raw(b"") as (url, enough):
        enough.set()
        with pytest.raises(OutcomeUnknownError):
            await read(transport, request_to(url))


async def test_no_connection_is_unsent(transport):
    """Nothing listens: nothing was sent."""
    with pytest.raises(UnsentRequestError):
        await read(transport, request_to(f"http://127.0.0.1:{unused_port()}/x"))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "no address", "http://[::1/x"])
async def test_what_is_no_address_is_a_mistake(transport, url):
    """Only http and https addresses can be asked."""
    with pytest.raises(ConfigurationError):
        await read(transport, request_to(url))


async def test_a_closed_transport_says_so():
    """Streaming needs an open transport, as sending does."""
    with pytest.raises(ConfigurationError, match="not open"):
        await read(AiohttpTransport(), request_to("http://127.0.0.1/x"))


async def test_the_readers_own_error_is_not_taken_for_the_networks(transport):
    """An OSError of whoever reads (a full disk) stays what it is."""

    async def handler(request):
        return web.Response(body=b"ab")

    async def fill(server):
        async with transport.stream(request_to(server.make_url("/a"))):
            msg = "no space left"
            raise OSError(msg)

    async with serve(handler) as server:
        with pytest.raises(OSError, match="no space left"):
            await fill(server)


async def test_leaving_early_drops_the_rest(transport):
    """A body that nobody wants is not read to its end, and the transport goes on."""

    async def handler(request):
        return web.Response(body=b"x" * 20_000_000)

    async with serve(handler) as server:
        async with transport.stream(request_to(server.make_url("/a"))) as answer:
            await anext(answer.chunks)

        assert (await read(transport, request_to(server.make_url("/b"))))[0].status == 200
