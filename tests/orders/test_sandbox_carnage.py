"""Killed while buying over sockets from the sandbox, whose connections drop: what it has is what the book has."""

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from orders.sandbox_carnage import POINTS
from orders.test_hub_buys import AREAS

from tasking_hub import Hub, OrderingProvider, OrderState, TaskRequest, Window, format_time
from tasking_hub.report.documents import quote_document
from tasking_hub.sandbox import Fault, Sandbox, SandboxClock

TESTS = Path(__file__).parents[1]
SPEED = 100.0
KILLS = 16
PROCESSES = 3

FAULTS = [
    Fault(kind="drop-before", method="POST", probability=0.08),
    Fault(kind="drop-after", method="POST", probability=0.15),
    Fault(kind="status", method="POST", probability=0.05, status=503),
]


async def _wanted(hub, clock):
    """A quote at each provider that replaces nothing."""
    quotes = []
    for account, area in AREAS.items():
        window = Window(clock.now() + timedelta(days=3), clock.now() + timedelta(days=8))
        request = TaskRequest(area=area, window=window, accounts=(account,), reference=f"way-{account}")
        comparison = await hub.compare(request, quotes_per_product=1)
        quotes += [ranked.quote for ranked in comparison.quotes if not ranked.quote.opportunity.replaces][:1]
    return quotes


async def _slaughter(scene):
    """Run the processes that die, in an interpreter of their own: what is forked must have no threads."""
    command = ["-m", "orders.sandbox_carnage", str(KILLS), str(PROCESSES)]
    done = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/usr/bin:/bin"},
    )
    out, err = await done.communicate(json.dumps(scene).encode())
    assert done.returncode == 0, err.decode()
    return json.loads(out), err.decode()


async def _clean_up(hub):
    """What a restarted service does: settle what is unknown, until nothing is."""
    open_ = {OrderState.SENT, OrderState.UNKNOWN}
    for _ in range(100):
        await hub.recover()
        unsettled = [order async for order in hub.orders(prefix="c-") if order.id is None and order.state in open_]
        if not unsettled:
            return
        await asyncio.sleep(0.1)


async def test_the_sandbox_has_what_the_book_has(url):
    """Each order at the three providers is in the book under its reference, once; all else was not placed."""
    clock = SandboxClock(speed=SPEED)
    async with Sandbox(seed=3, clock=clock) as sandbox:
        config = {**sandbox.config, "hub": {**sandbox.config["hub"], "order_book": url}}
        async with Hub.from_config(config, clock=clock) as hub:
            quotes = await _wanted(hub, clock)
            for fault in FAULTS:
                sandbox.faults.add(fault)
            scene = {"config": config, "quotes": [quote_document(quote) for quote in quotes], "speed": SPEED}
            report, errors = await _slaughter(scene | {"began_s": time.time(), "began_at": format_time(clock.now())})
            sandbox.faults.clear()
            clock.advance(3600)
            await _clean_up(hub)
            book = [order async for order in hub.orders(prefix="c-")]
            shown = [order for account in AREAS async for order in hub.provider(account, OrderingProvider).orders()]

    placed = Counter((order.account, order.reference) for order in book if order.id is not None)
    made = Counter((order.account, order.reference) for order in shown if order.reference.startswith("c-"))
    assert report["failed"] == 0, errors
    assert set(report["died"]) == set(POINTS)
    assert sum(report["died"].values()) >= KILLS
    assert {account for account, _ in made} == set(AREAS)
    assert max(made.values()) == 1
    assert made == placed
    assert {order.state for order in book if order.id is None} <= {OrderState.INTENDED, OrderState.NOT_PLACED}
