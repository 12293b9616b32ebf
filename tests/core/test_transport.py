"""The transport over real sockets on the loopback interface: what arrives, and what every way to fail means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer, unused_port
from attrs import evolve

from tasking_hub.errors import ConfigurationError, OutcomeUnknownError, UnsentRequestError
from tasking_hub.messages import HttpRequest
from tasking_hub.transport import AiohttpTransport

METHODS = ["GET", "POST", "PUT", "DELETE"]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request_to(url, method="GET", **facts):
    """A request that may be sent once only."""
    return HttpRequest(method=method, url=str(url), repeatable=False, timeout_s=5, **facts)


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    """An open transport with a session of its own."""
    async with AiohttpTransport() as opened:
        yield opened


@asynccontextmanager
async def serve(handler) -> AsyncIterator[TestServer]:
    """A server on loopback that answers every path and method by this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield server


@asynccontextmanager
async def raw(*answers) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Raw answers, one a request: bytes to send, None to hang up; after the last one the connection is closed.

    What it yields: the address, and the list of requests' first lines as they arrive.
    """
    seen, left = [], list(answers)

    async def talk(reader, writer):
        try:
            while line := await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                seen.append(line)
                answer = left.pop(0) if left else None
                writer.write(answer or b"")
                await writer.drain()
                if answer is None or not left:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x", seen


# --- What arrives ------------------------------------------------------------------------------------


async def test_a_request_arrives_as_written(transport):
    """Method, path, headers, JSON and its type arrive; the answer's status, headers and body come back."""
    arrived = {}

    async def handler(request):
        arrived.update(method=request.method, path=request.path, json=await request.json())
        arrived.update(type=request.content_type, key=request.headers["X-Key"])
        return web.json_response({"id": 1}, status=418, headers={"X-Request-Id": "r1"})

    async with serve(handler) as server:
        wanted = request_to(server.make_url("/a/b"), "POST", json={"place": "Málaga"}, headers={"X-Key": "k"})
        response = await transport.send(wanted)

    assert arrived == {
        "method": "POST",
        "path": "/a/b",
        "json": {"place": "Málaga"},
        "type": "application/json",
        "key": "k",
    }
    assert (response.status, response.headers["x-request-id"], response.json()) == (418, "r1", {"id": 1})
    assert (response.method, response.url) == ("POST", wanted.url)


async def test_query_arrives_decoded_right(transport):
    """Brackets, repeated names, order, spaces, plus signs and letters beyond ASCII survive."""
    query = (
        ("pointOfInterest[lat]", "43.60"),
        ("mode", "SPOT"),
        ("mode", "SCAN"),
        ("time", "2026-11-21T09:00:00+01:00"),
        ("name", "São Paulo & co=1%2F;#?"),
        ("empty", ""),
    )
    arrived = []

    async def handler(request):
        arrived.extend(request.query.items())
        return web.Response()

    async with serve(handler) as server:
        response = await transport.send(request_to(server.make_url("/prices"), query=query))

    assert tuple(arrived) == query
    assert "?" not in response.url


async def test_an_encoded_id_in_the_path_stays_one_part(transport):
    """What an adapter quoted arrives as it was before quoting."""
    arrived = []

    async def handler(request):
        arrived.append(request.raw_path)
        return web.Response()

    async with serve(handler) as server:
        await transport.send(request_to(f"{server.make_url('/orders/')}a%2Fb%20c%3Fd"))

    assert arrived == ["/orders/a%2Fb%20c%3Fd"]


async def test_a_form_arrives(transport):
    """A form is read back by the server as it was given."""
    arrived = {}

    async def handler(request):
        arrived.update(await request.post())
        return web.Response()

    async with serve(handler) as server:
        await transport.send(request_to(server.make_url("/"), "POST", form={"apikey": "a&b=c+d é"}))

    assert arrived == {"apikey": "a&b=c+d é"}


async def test_a_header_given_in_another_spelling_wins(transport):
    """A content type of the adapter's own replaces the usual one, and only one is sent."""
    arrived = []

    async def handler(request):
        arrived.extend(request.headers.getall("Content-Type"))
        return web.Response()

    async with serve(handler) as server:
        await transport.send(request_to(server.make_url("/"), "POST", json={}, headers={"content-type": "a/b+json"}))

    assert arrived == ["a/b+json"]


async def test_a_redirect_is_an_answer(transport):
    """A redirect is not followed, so its target never sees a credential."""
    visited = []

    async def elsewhere(request):
        visited.append(request.headers)
        return web.Response()

    async with serve(elsewhere) as other:

        async def handler(_request):
            raise web.HTTPTemporaryRedirect(str(other.make_url("/")))

        async with serve(handler) as server:
            headers = {"Authorization": "Bearer hush", "X-Api-Key": "hush"}
            response = await transport.send(request_to(server.make_url("/"), headers=headers))

    assert (response.status, visited) == (307, [])


async def test_no_cookies_are_kept(transport):
    """One account's cookie does not travel with another's request."""
    arrived = []

    async def handler(request):
        arrived.append(dict(request.cookies))
        answer = web.Response()
        answer.set_cookie("session", "hush")
        return answer

    async with serve(handler) as server:
        for _ in range(2):
            await transport.send(request_to(f"http://localhost:{server.port}/"))

    assert arrived == [{}, {}]


# --- Sessions ----------------------------------------------------------------------------------------


async def ok(_request):
    """A handler that is content."""
    return web.Response(text="ok")


async def test_own_session_is_closed():
    """What the transport opened it closes, and says so when it is used afterwards."""
    transport = AiohttpTransport()
    async with serve(ok) as server:
        async with transport:
            assert (await transport.send(request_to(server.make_url("/")))).text == "ok"
        with pytest.raises(ConfigurationError, match="the transport is not open"):
            await transport.send(request_to(server.make_url("/")))


async def test_a_transport_can_be_opened_again():
    """After closing, entering opens a new session."""
    transport = AiohttpTransport()
    async with serve(ok) as server:
        for _ in range(2):
            async with transport:
                assert (await transport.send(request_to(server.make_url("/")))).text == "ok"


async def test_lent_session_stays_open():
    """What the caller lent stays the caller's to close."""
    async with serve(ok) as server, aiohttp.ClientSession() as session:
        async with AiohttpTransport(session) as transport:
            await transport.send(request_to(server.make_url("/")))

        assert session.closed is False
        assert (await AiohttpTransport(session).send(request_to(server.make_url("/")))).text == "ok"


async def test_lent_session_that_is_closed_is_a_mistake():
    """A session that the caller closed too early is named as such."""
    session = aiohttp.ClientSession()
    await session.close()

    with pytest.raises(ConfigurationError, match="the transport is not open"):
        await AiohttpTransport(session).send(request_to("http://127.0.0.1/"))


async def test_lent_session_does_not_change_what_a_status_means():
    """A session that raises for status, or sends again by itself, does neither here."""
    sent = []

    async def handler(request):
        sent.append(request.method)
        return web.Response(status=500)

    async def again(request, send):
        await send(request)
        return await send(request)

    async with serve(handler) as server, aiohttp.ClientSession(raise_for_status=True, middlewares=(again,)) as session:
        response = await AiohttpTransport(session).send(request_to(server.make_url("/"), "POST", json={}))

    assert (response.status, sent) == (500, ["POST"])


# --- Nothing was sent --------------------------------------------------------------------------------


class Lost(AbstractResolver):
    """A name service that knows nothing, or never answers."""

    def __init__(self, *, hangs):
        self._hangs = hangs

    async def resolve(self, host, port=0, family=0):
        """Fail, or wait for ever."""
        if self._hangs:
            await asyncio.Event().wait()
        raise OSError(None, "no such name")

    async def close(self):
        """Nothing to close."""


async def test_connection_refused(transport):
    """Nobody listens: nothing was sent, and the reason is named."""
    with pytest.raises(
        UnsentRequestError, match=r"^GET http://127\.0\.0\.1:\d+/x: no connection \(nobody listens there\)$"
    ):
        await transport.send(request_to(f"http://127.0.0.1:{unused_port()}/x", query=(("key", "hush"),)))


async def test_unknown_name():
    """The name does not resolve: nothing was sent."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Lost(hangs=False))) as session:
        with pytest.raises(UnsentRequestError, match="no connection"):
            await AiohttpTransport(session).send(request_to("http://provider.invalid/x"))


async def test_timeout_while_connecting():
    """Even the slowest name lookup ends before the whole exchange would: it is known that nothing was sent."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Lost(hangs=True))) as session:
        with pytest.raises(UnsentRequestError, match="no connection"):
            await AiohttpTransport(session).send(evolve(request_to("http://provider.invalid/x"), timeout_s=0.1))


async def test_no_tls_where_tls_was_expected(transport):
    """The handshake fails before the request: nothing was sent."""

    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(UnsentRequestError, match=r"no connection \(SSLError\)"):
            await transport.send(request_to(url, headers={"Authorization": "Bearer hush"}))


@pytest.mark.parametrize("url", ["http:///path", "ftp://127.0.0.1/", "http://127.0.0.1:99999/?hush"])
async def test_what_is_no_address(transport, url):
    """An address that cannot be sent to is a mistake in the configuration, told without its query."""
    with pytest.raises(ConfigurationError, match="is not an address that a request can be sent to") as caught:
        await transport.send(request_to(url))

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("value", ["hush\n", "hush\r\nX-Admin: 1", "hush\0"])
async def test_what_is_no_header(transport, value):
    """A credential with a line break is named by its header, never shown, and nothing is sent."""
    async with raw(OK) as (url, seen):
        with pytest.raises(ConfigurationError, match="the header Authorization holds a line break") as caught:
            await transport.send(request_to(url, headers={"Authorization": value}))

    assert "hush" not in str(caught.value)
    assert seen == []


# --- Sent, and no whole answer -----------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
async def test_dropped_after_the_request_is_sent_once(transport, method):
    """The connection ends instead of an answer: the outcome is unknown, and aiohttp does not send a second time."""
    async with raw(None, OK) as (url, seen):
        with pytest.raises(OutcomeUnknownError, match="the answer broke off"):
            await transport.send(request_to(url, method))

    assert len(seen) == 1


@pytest.mark.parametrize("method", METHODS)
async def test_dropped_on_a_connection_that_was_kept_is_sent_once(transport, method):
    """Also where an earlier exchange left the connection open, nothing is sent a second time behind our back."""
    async with raw(OK, None, OK) as (url, seen):
        await transport.send(request_to(url))
        with pytest.raises(OutcomeUnknownError):
            await transport.send(request_to(url, method))

    assert len(seen) == 2


async def test_hung_up_before_the_request_was_read(transport):
    """A server that accepts and hangs up may or may not have read: unknown, not unsent."""

    async def hang_up(_reader, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        with pytest.raises(OutcomeUnknownError):
            await transport.send(request_to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "POST"))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
    ids=["length", "chunked", "gzip", "status line", "other protocol"],
)
async def test_half_an_answer(transport, answer):
    """A body or head that cannot be read whole leaves the outcome unknown."""
    async with raw(answer) as (url, seen):
        with pytest.raises(OutcomeUnknownError):
            await transport.send(request_to(url, "POST"))

    assert len(seen) == 1


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"], ids=["head", "body"])
async def test_timeout_while_reading(transport, sent):
    """No answer, or no end of it, in time: the outcome is unknown, and the message says how long was waited."""
    done = asyncio.Event()

    async def silent(_reader, writer):
        writer.write(sent)
        await done.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
        with pytest.raises(OutcomeUnknownError, match=r"no answer within 0\.2 s"):
            await transport.send(evolve(request_to(url, "POST", query=(("key", "hush"),)), timeout_s=0.2))
        done.set()


async def test_cancelling_is_not_an_error_of_the_provider(transport):
    """Who gives up while waiting gets the cancellation, and the transport is still usable."""
    arrived, release = asyncio.Event(), asyncio.Event()

    async def slow(_request):
        arrived.set()
        await release.wait()
        return web.Response(text="ok")

    async with serve(slow) as server:
        task = asyncio.create_task(transport.send(request_to(server.make_url("/"))))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()

        assert (await transport.send(request_to(server.make_url("/")))).text == "ok"
