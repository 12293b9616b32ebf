"""What both example services promise, checked over a real socket against the sandbox."""

import asyncio
import importlib.util
import json
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tasking_hub import (
    ConfigurationError,
    MalformedResponseError,
    OrderBookError,
    OrderConflictError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    UnsentRequestError,
    UnsupportedActionError,
    format_time,
)
from tasking_hub.sandbox import Fault, FaultKind, Sandbox, SandboxClock

EXAMPLES = Path(__file__).parents[1] / "examples"
PLACE = {"type": "Point", "coordinates": [24.94, 60.17]}
REQUEST = {"method": "POST", "url": "https://provider.example/orders"}
ENOUGH = {"amount": "1000000", "currency": "EUR"}


def load(name):
    """The module of an example service."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / name / "app.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where pydantic looks annotations up
    spec.loader.exec_module(module)
    return module


class ServiceContract:
    """Inherited by the tests of each service, which say how it is run: `running(config, clock)` gives its address."""

    @asynccontextmanager
    async def running(self, config, clock):
        raise AssertionError
        yield

    @pytest.fixture
    async def played(self, tmp_path):
        """A sandbox with an order book that outlives a service."""
        clock = SandboxClock()
        async with Sandbox(seed=3, clock=clock, providers=["iceye", "planet"]) as sandbox:
            hub = {**sandbox.config["hub"], "order_book": f"sqlite:///{tmp_path}/orders.db"}
            yield sandbox, {**sandbox.config, "hub": hub}

    @asynccontextmanager
    async def client(self, played, **changes):
        """A running service and a client of it."""
        sandbox, config = played
        sandbox.clock.speed_up(50.0)
        async with self.running({**config, **changes}, sandbox.clock) as url, aiohttp.ClientSession(url) as session:
            yield session

    async def quotes(self, session, clock):
        """What a comparison offers, ICEYE first."""
        window = {
            "start": format_time(clock.now() + timedelta(days=2)),
            "end": format_time(clock.now() + timedelta(days=6)),
        }
        async with session.post("/comparisons", json={"geometry": PLACE, "window": window}) as response:
            assert response.status == 200
            quotes = (await response.json())["quotes"]
        return sorted(quotes, key=lambda quote: quote["account"])

    async def order(self, session, quote, reference="spring-1", max_price=ENOUGH):
        """Status and body of an order."""
        headers = {"Idempotency-Key": reference, "X-Request-ID": "mine-7"}
        async with session.post("/orders", json={"quote": quote, "max_price": max_price}, headers=headers) as response:
            return response.status, await response.json()

    async def test_the_way_from_a_comparison_to_events(self, played):
        """A quote is ordered once however often it is asked for, shown, and followed as a stream of events."""
        async with self.client(played) as session:
            quote = (await self.quotes(session, played[0].clock))[0]
            first, again = await self.order(session, quote), await self.order(session, quote)
            async with session.get("/orders/spring-1") as response:
                shown = await response.json()
            async with session.get("/orders") as response:
                listed = await response.json()
            async with session.get("/events", params={"reader": "billing"}) as response:
                told = [(await response.content.readline()).decode() for _ in range(3)]
                kind = response.content_type

        assert (first[0], again[0]) == (201, 201)
        assert first[1]["id"] == again[1]["id"] == shown["id"]
        assert [order["reference"] for order in listed] == ["spring-1"]
        assert kind == "text/event-stream"
        assert [line.partition(":")[0] for line in told] == ["id", "event", "data"]
        assert json.loads(told[2].partition(":")[2])["reference"] == "spring-1"

    async def test_refusals_are_typed(self, played):
        """Each refusal has a code and the id of its request, and nothing was bought."""
        limits = {"per_order": {"amount": "1", "currency": "EUR"}}
        async with self.client(played, limits=limits) as session:
            quote = (await self.quotes(session, played[0].clock))[0]
            dear = await self.order(session, quote, max_price={"amount": "1", "currency": quote["price"]["currency"]})
            beyond = await self.order(session, quote, max_price={"amount": "1000000", "currency": "EUR"})
            async with session.post("/orders", json={"quote": quote}, headers={"Idempotency-Key": "x"}) as response:
                unlimited = response.status
            async with session.post("/orders", json={"quote": quote, "max_price": ENOUGH}) as response:
                nameless = response.status
            async with session.get("/orders/nobody") as response:
                unknown = response.status, (await response.json())["error"]
            async with session.post("/hooks/iceye", data=b"no JSON") as response:
                forged = response.status
            async with session.get("/events") as response:
                unread = response.status

        assert (dear[0], dear[1]["error"], dear[1]["id"]) == (409, "QuoteChangedError", "mine-7")
        assert (beyond[0], beyond[1]["error"]) == (402, "SpendingLimitError")
        assert {unlimited, nameless, forged, unread} <= {400, 422}
        assert unknown == (404, "UnknownOrderError")
        assert [r for r in played[0].requests if r.method == "POST" and r.path.endswith("/tasks")] == []

    async def test_a_lost_answer_is_settled_by_the_next_start(self, played):
        """An order without an answer is 202 and unknown; the service that starts next has looked it up."""
        sandbox, _ = played
        async with self.client(played) as session:
            quote = (await self.quotes(session, sandbox.clock))[0]
            sandbox.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="*/tasks", times=1))
            status, lost = await self.order(session, quote)
            async with session.get("/health") as response:
                before = response.status, await response.json()
        sandbox.clock.advance(3600)
        async with self.client(played) as session:
            async with session.get("/orders/spring-1") as response:
                found = await response.json()
            async with session.get("/health") as response:
                after = response.status, await response.json()

        assert (status, lost["state"], lost["id"]) == (202, "unknown", None)
        assert found["id"] is not None
        assert (before[0], before[1]["order_book"]["unknown"]) == (200, 1)
        assert (after[0], after[1]["ok"], after[1]["order_book"]["unknown"]) == (200, True, 0)

    async def told(self, session, count=1, **headers):
        """So many events of the stream, as id, kind and document."""
        found = []
        async with session.get("/events", params={"reader": "billing"}, headers=headers) as response:
            while len(found) < count:
                lines = [(await response.content.readline()).decode().rstrip() for _ in range(4)]
                id_, kind, data = (line.partition(": ")[2] for line in lines[:3])
                found.append((id_, kind, json.loads(data)))
        return found

    async def test_a_stream_goes_on_after_the_event_that_was_read_last(self, played):
        """With `Last-Event-ID`, whatever the reader's name; one that no event had is refused or said to be so."""
        async with self.client(played) as session:
            quote = (await self.quotes(session, played[0].clock))[0]
            await self.order(session, quote)
            whole = await self.told(session, 3)
            later = await self.told(session, 2, **{"Last-Event-ID": whole[0][0]})
            async with session.get("/events?reader=x", headers={"Last-Event-ID": "soon"}) as response:
                unread = response.status
            async with session.get("/events?reader=x", headers={"Last-Event-ID": "999999"}) as response:
                other = (await response.read()).decode()

        assert later == whole[1:]
        assert unread in {400, 422}
        assert other == 'event: broke-off\ndata: {"error": "InvalidRequestError"}\n\n'

    async def test_webhooks_are_hints(self, played):
        """One that can be read is 204 and costs a look; one of nobody's, or for nobody, is a 4xx and costs none."""
        sandbox, _ = played
        async with self.client(played) as session:
            quote = (await self.quotes(session, sandbox.clock))[0]
            _, order = await self.order(session, quote)
            seen = len(sandbox.requests)
            hooks = {
                "iceye": json.dumps({"taskID": order["id"], "status": "ACTIVE"}),
                "planet": json.dumps({"id": "1"}),
                "nobody": "{}",
            }
            statuses, asked = {}, {}
            for account, body in hooks.items():
                before = [one.path for one in sandbox.requests]
                async with session.post(f"/hooks/{account}", data=body) as response:
                    statuses[account] = response.status
                asked[account] = [one.path for one in sandbox.requests][len(before) :]

        assert statuses == {"iceye": 204, "planet": 400, "nobody": 404}
        assert len(sandbox.requests) > seen
        assert any(order["id"] in path for path in asked["iceye"])

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (OrderBookError("the disk is full"), 503),
            (RateLimitedError(status=429, **REQUEST), 503),
            (UnsentRequestError("refused", **REQUEST), 503),
            (OutcomeUnknownError("cut off", **REQUEST), 502),
            (MalformedResponseError(["no id @ $"]), 502),
            (RejectedRequestError(status=400, **REQUEST), 502),
            (OrderConflictError("another purchase", "r-1"), 409),
            (UnsupportedActionError("it cannot"), 422),
            (ConfigurationError("no account 'x' is configured"), 404),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    async def test_each_error_has_its_status(self, played, monkeypatch, error, status):
        """None is a 500: what went wrong is named, with the id of the request."""

        async def order(self, reference):
            raise error

        monkeypatch.setattr("tasking_hub.Hub.order", order)
        async with self.client(played) as session, session.get("/orders/r-1") as response:
            body = await response.json()

        assert response.status == status
        assert (body["error"], body["message"]) == (type(error).__name__, str(error))
        assert body["id"]

    async def test_an_order_book_out_of_reach_makes_it_unhealthy(self, played, monkeypatch):
        """503, and why: whoever runs the process replaces it."""

        async def unsettled(self):
            msg = "the disk is full"
            raise OrderBookError(msg)

        async with self.client(played) as session:
            monkeypatch.setattr("tasking_hub.orders.OrderBook.unsettled", unsettled)
            async with session.get("/health") as response:
                found = response.status, await response.json()

        assert found[0] == 503
        assert (found[1]["ok"], found[1]["order_book"]["problem"]) == (False, "the disk is full")

    async def test_it_ends_while_somebody_listens(self, played):
        """An open stream of events does not hold up the end of the service, and ends as a stream does."""
        sandbox, config = played
        async with asyncio.timeout(10), aiohttp.ClientSession() as session:
            async with self.running(config, sandbox.clock) as url:
                listening = await session.get(f"{url}events", params={"reader": "billing"})
                began = asyncio.get_running_loop().time()
            rest = await listening.read()

        assert (listening.status, rest) == (200, b"")
        assert asyncio.get_running_loop().time() - began < 5
