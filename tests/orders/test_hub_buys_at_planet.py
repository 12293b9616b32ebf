"""Over a real socket, what Planet alone has: flexible orders, and orders in bulk whose answer is lost."""

from datetime import timedelta

import pytest
from shapely import Point

from tasking_hub import Hub, OrderState, TaskRequest, Window
from tasking_hub.sandbox import Fault, Sandbox, SandboxClock
from tasking_hub_planet.sandbox.bulk import BulkDesk


@pytest.fixture
def clock():
    """The clock of hub and sandbox."""
    return SandboxClock(speed=50.0)


def config(sandbox, **account):
    """The sandbox's configuration with flexible orders at Planet."""
    table = sandbox.config["accounts"]["planet"] | {"flexible_product": "Flexible Tasking"} | account
    return sandbox.config | {"accounts": {"planet": table}}


async def flexible_quote(hub, clock, reference="flexible"):
    """The price of a flexible order for two weeks."""
    start = clock.now() + timedelta(hours=1)
    request = TaskRequest(
        area=Point(13.35, 52.51), window=Window(start, start + timedelta(days=14)), reference=reference
    )
    comparison = await hub.compare(request, quotes_per_product=1)
    return next(one.quote for one in comparison.quotes if one.quote.opportunity.product == "Flexible Tasking")


async def test_a_flexible_order_goes_from_comparison_to_files(clock, tmp_path):
    """It is compared, bought, followed over all its attempts to its end, and its files are fetched."""
    async with (
        Sandbox(seed=3, clock=clock, providers=["planet"]) as sandbox,
        Hub.from_config(config(sandbox), clock=clock) as hub,
    ):
        placed = await hub.place(await flexible_quote(hub, clock))
        clock.speed_up(100_000.0)
        events = [event async for event in hub.watch([placed.reference], interval_s=20_000.0)]
        clock.speed_up(1.0)
        order = await hub.order(placed.reference)
        files = [result async for result in hub.download(order, tmp_path)]

    assert order.state is OrderState.FULFILLED
    assert events
    assert files
    assert all(result.path.is_file() for result in files)


@pytest.mark.parametrize(
    ("kind", "settled", "named"),
    [("drop-after", OrderState.RECEIVED, True), ("drop-before", OrderState.NOT_PLACED, False)],
)
async def test_a_lost_answer_to_a_bulk_is_asked_after(clock, kind, settled, named):
    """Sent once; whether it arrived is known after a look, and nothing is sent again."""
    async with (
        Sandbox(seed=3, clock=clock, providers=["planet"]) as sandbox,
        Hub.from_config(config(sandbox, order_in_bulk=True), clock=clock) as hub,
    ):
        sandbox.faults.add(Fault(kind=kind, provider="planet", method="POST", path="*/bulk/", times=1))
        lost = await hub.place(await flexible_quote(hub, clock))
        if not named:
            clock.advance(3600)  # until then it may still be on its way
        (found,) = await hub.recover()
        sent = [one for one in sandbox.requests if one.method == "POST" and one.path.endswith("/bulk/")]

    assert lost.state is OrderState.UNKNOWN
    assert (found.state, found.id is not None) == (settled, named)
    assert len(sent) == 1


async def test_a_bulk_whose_order_was_not_made_ends_as_rejected(clock, monkeypatch):
    """Planet took the bulk and made no order of it: the reference ends, with the reason in its history."""
    failed = {"status": "FAILED", "order_id": None, "errors": {"geometry": ["Not over land."]}}
    monkeypatch.setattr(BulkDesk, "_made", lambda *_: failed)
    async with (
        Sandbox(seed=3, clock=clock, providers=["planet"]) as sandbox,
        Hub.from_config(config(sandbox, order_in_bulk=True), clock=clock) as hub,
    ):
        placed = await hub.place(await flexible_quote(hub, clock))
        clock.advance(60)
        (settled,) = await hub.recover()
        again = await hub.recover()

    assert (placed.id, settled.id, settled.state) == (None, None, OrderState.REJECTED)
    assert "Not over land." in settled.history[-1].note
    assert again == ()
