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

from tasking_hub import format_time
from tasking_hub.sandbox import Fault, FaultKind, Sandbox, SandboxClock

EXAMPLES = Path(__file__).parents[1] / "examples"
PLACE = {"type": "Point", "coordinates": [24.94, 60.17]}
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

    async def test_it_ends_while_somebody_listens(self, played):
        """An open stream of events does not hold up the end of the service."""
        async with asyncio.timeout(10):
            async with self.client(played) as session:
                listening = await session.get("/events", params={"reader": "billing"})
            listening.close()

        assert listening.status == 200
