"""The whole way over a real socket, at all three providers: compare, buy, follow, collect."""

import asyncio
from datetime import timedelta

import pytest
from shapely import Point, box

from tasking_hub import ConfigurationError, Hub, OrderState, TaskRequest, Window
from tasking_hub.lifecycle import TERMINAL
from tasking_hub.sandbox import Fault, Sandbox, SandboxClock

AREAS = {
    "airbus": box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156),
    "planet": Point(13.35, 52.51),
    "iceye": Point(24.94, 60.17),
}
SPEED = 100_000.0


def wanted(account, now):
    return TaskRequest(
        area=AREAS[account],
        window=Window(now + timedelta(days=2), now + timedelta(days=6)),
        accounts=(account,),
        reference=f"way-{account}",
    )


@pytest.mark.parametrize("account", AREAS)
async def test_from_a_comparison_to_files(account, tmp_path):
    """A quote becomes one order, which is followed to its end; what is ready is on disk, whole."""
    clock = SandboxClock(speed=50.0)
    async with Sandbox(seed=3, clock=clock) as sandbox, Hub.from_config(sandbox.config, clock=clock) as hub:
        comparison = await hub.compare(wanted(account, clock.now()), quotes_per_product=1)
        placed = await hub.place(comparison.quotes[0].quote)
        again = await hub.place(comparison.quotes[0].quote)
        clock.speed_up(SPEED)
        events = [event async for event in hub.watch([placed.reference], interval_s=20_000.0)]
        clock.speed_up(1.0)  # links live for an hour of this clock
        order = await hub.order(placed.reference)
        items = await hub.deliverables(order)
        files = [result async for result in hub.download(order, tmp_path)]
        orders = [known.reference async for known in hub.orders()]

    assert again.reference == placed.reference
    assert orders == [placed.reference]
    assert {event.account for event in events} == {account}
    assert order.state in TERMINAL
    assert bool(items) == bool(files)
    assert all(item["geometry"] is not None for item in items)
    assert [result.path.is_file() for result in files] == [True] * len(files)


async def test_the_same_purchase_is_placed_once_by_many_callers():
    """Ten at once, and one order at the provider."""
    clock = SandboxClock(speed=50.0)
    async with Sandbox(seed=3, clock=clock) as sandbox, Hub.from_config(sandbox.config, clock=clock) as hub:
        comparison = await hub.compare(wanted("iceye", clock.now()))
        quote = comparison.quotes[0].quote
        orders = await asyncio.gather(*(hub.place(quote) for _ in range(10)))
        sent = [one for one in sandbox.requests if one.method == "POST" and one.path.endswith("/tasks")]

    assert len({order.id for order in orders}) == 1
    assert len(sent) == 1


async def test_a_lost_answer_is_looked_up_and_not_sent_again():
    """The connection drops after the work was done: recover finds the one order."""
    clock = SandboxClock(speed=50.0)
    async with Sandbox(seed=3, clock=clock) as sandbox, Hub.from_config(sandbox.config, clock=clock) as hub:
        comparison = await hub.compare(wanted("iceye", clock.now()))
        sandbox.faults.add(Fault(kind="drop-after", provider="iceye", method="POST", path="*/tasks", times=1))
        lost = await hub.place(comparison.quotes[0].quote)
        (found,) = await hub.recover()
        sent = [one for one in sandbox.requests if one.method == "POST" and one.path.endswith("/tasks")]

    assert lost.state is OrderState.UNKNOWN
    assert (found.state, found.id is not None) == (OrderState.RECEIVED, True)
    assert len(sent) == 1


async def test_a_hub_without_an_order_book_says_so():
    """Comparing needs no order book; buying does."""
    async with Hub({}) as hub:
        with pytest.raises(ConfigurationError, match="this hub has no order book"):
            await hub.recover()
