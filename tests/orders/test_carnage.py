"""Killed at every step of placing, hundreds of times over: what was sold is what was bought, once each."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from orders.carnage import POINTS, placer
from orders.shop import Fate, an_offer

from tasking_hub import OrderState, SystemClock
from tasking_hub.orders import OrderBook

TESTS = Path(__file__).parents[1]
KILLS = 110
PROCESSES = 3


def _slaughter(url, ledger):
    """Run the processes that die, in an interpreter of their own: what is forked must have no threads."""
    command = [sys.executable, "-m", "orders.carnage", url, str(ledger.path), str(KILLS), str(PROCESSES)]
    path = f"{TESTS}:{TESTS.parent}"
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


async def _clean_up(book, ledger):
    """What a restarted service does: settle what is unknown, then place again what was never sent."""
    after = placer(book, ledger, Fate())
    while await book.unsettled() or await book.unnamed():
        await after.recover()
        await asyncio.sleep(0.1)
    unsent = [order.reference async for order in book.orders(states=[OrderState.INTENDED])]
    for reference in unsent:
        await after.place(an_offer(SystemClock(), reference))


async def test_nothing_is_bought_twice_nor_lost_nor_left_unknown(url, ledger):
    """Whoever dies where: every sale is in the book under its reference, once, and everything else was not placed."""
    report, errors = await asyncio.to_thread(_slaughter, url, ledger)
    async with await OrderBook.open(url) as book:
        await _clean_up(book, ledger)
        orders = [order async for order in book.orders()]

    sold = Counter(ledger.sales())
    placed = Counter((order.reference, order.id) for order in orders if order.state is OrderState.RECEIVED)

    assert report["failed"] == 0, errors
    assert sum(report["died"].values()) >= KILLS
    assert set(report["died"]) == set(POINTS)
    assert max(Counter(reference for reference, _ in ledger.sales()).values()) == 1
    assert sold == placed
    assert {order.state for order in orders} <= {OrderState.RECEIVED, OrderState.NOT_PLACED}
