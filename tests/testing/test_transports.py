"""The public transports of tests: what they record, how they answer, and what they refuse."""

from datetime import UTC, datetime

import pytest

from tasking_hub.clock import ManualClock
from tasking_hub.errors import AuthenticationError, UnsentRequestError
from tasking_hub.messages import HttpRequest, HttpResponse
from tasking_hub.sandbox import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply
from tasking_hub.sandbox.constellation import Constellation
from tasking_hub.sandbox.orbits import Ephemeris
from tasking_hub.testing import FakeTransport, SandboxTransport

BASE = "http://127.0.0.1:8000/echo"


class EchoSandbox(ProviderSandbox):
    """Says what it was asked."""

    name = "echo"

    def routes(self):
        """One endpoint."""
        return [SandboxRoute("POST", "/v1/{word}", self.echo)]

    def accounts(self, base_url):
        """One account."""
        return {"echo": {"url": base_url}}

    def echo(self, request: SandboxRequest) -> HttpResponse:
        """Everything that reached the handler."""
        return reply(
            201,
            {
                "parts": dict(request.parts),
                "query": [list(pair) for pair in request.query],
                "headers": dict(request.headers),
                "body": request.body.decode(),
                "base_url": request.base_url,
            },
        )


@pytest.fixture
def sandbox():
    """A sandbox that echoes."""
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    return EchoSandbox(World(clock=clock, seed=0, ephemeris=Ephemeris(Constellation(satellites=()))))


def request(url: str, **more) -> HttpRequest:
    """A POST that may be repeated."""
    return HttpRequest(method="POST", url=url, repeatable=True, **more)


async def test_a_fake_transport_records_what_was_sent_and_marks_the_answer():
    """Every request is kept in order, and the answer names the request that it answers, without its query."""
    transport = FakeTransport(lambda sent: reply(200, {"said": sent.url}))

    answer = await transport.send(request("http://example.com/a?x=1"))

    assert [sent.url for sent in transport.requests] == ["http://example.com/a?x=1"]
    assert (answer.method, answer.url, answer.json()) == (
        "POST",
        "http://example.com/a",
        {"said": "http://example.com/a?x=1"},
    )


async def test_a_fake_transport_raises_the_exception_that_its_function_returns():
    """A function can play a failed connection by returning the error."""
    failure = AuthenticationError(status=401, method="GET", url="http://example.com")
    transport = FakeTransport(lambda _sent: failure)

    with pytest.raises(AuthenticationError) as raised:
        await transport.send(request("http://example.com"))

    assert raised.value is failure


async def test_a_sandbox_hears_what_a_server_would_hear(sandbox):
    """The path is decoded below the mount, the query decoded in order, header names are in lower case."""
    transport = SandboxTransport(sandbox, BASE)
    sent = request(
        f"{BASE}/v1/a%20b?page=2&empty=",
        query=(("z", "1"), ("point[lat]", "2"), ("z", "3")),
        headers={"X-Key": "k"},
        json={"a": 1},
    )

    answer = await transport.send(sent)

    assert (answer.status, answer.url) == (201, f"{BASE}/v1/a%20b")
    assert answer.json() == {
        "parts": {"word": "a b"},
        "query": [["page", "2"], ["empty", ""], ["z", "1"], ["point[lat]", "2"], ["z", "3"]],
        "headers": {"content-type": "application/json", "x-key": "k"},
        "body": '{"a": 1}',
        "base_url": BASE,
    }


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/echoes/v1/a", "https://127.0.0.1:8000/echo/v1/a", BASE])
async def test_nothing_answers_at_another_address(sandbox, url):
    """Whatever is not below the mount finds no connection, so a wrong address shows in tests."""
    transport = SandboxTransport(sandbox, BASE)

    with pytest.raises(UnsentRequestError):
        await transport.send(request(url))
