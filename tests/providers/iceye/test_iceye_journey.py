"""The whole way through the hub: bought, followed word by word to every end, told apart from words nobody knows."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter

import pytest
from attrs import define, evolve, field
from shapely import Point, Polygon
from shapely.geometry import shape

from tasking_hub import Hub, Money, NotFoundError, OrderState, Radar, TaskRequest, Window, format_time
from tasking_hub.clock import ManualClock
from tasking_hub.orders import AcquisitionTaken, DeliverableReady, StateChanged
from tasking_hub.sandbox import World
from tasking_hub.testing import SandboxTransport
from tasking_hub.testing.stage import read_accounts
from tasking_hub_iceye import ApiVersion, DeliveryTarget, IceyeOptions, IceyeProvider
from tasking_hub_iceye.translate import STATES

NOW = datetime.fromisoformat("2026-11-23T09:00:00Z")
BASE = "http://127.0.0.1:8080/iceye"
LOOPS = 2
"""Of a watch of one account: one looks, one recovers."""

OFTEN_S = 3400.0
"""Between two looks: shorter than any word of ICEYE's lasts, but for RECEIVED, which placing shows."""

SELDOM_S = 6 * 3600.0


class Interpreter(SandboxTransport):
    """Puts other words for those of ICEYE, until it is told not to."""

    def __init__(self, sandbox):
        super().__init__(sandbox, BASE)
        self.words = {}

    async def send(self, request):
        answer = await super().send(request)
        body = answer.body
        for word, other in self.words.items():
            body = body.replace(f'"status": "{word}"'.encode(), f'"status": "{other}"'.encode())
        return evolve(answer, body=body)


@define
class WatchClock(ManualClock):
    """Moves on once both loops of a watch sleep, to the first moment that one of them waits for."""

    _sleepers: list[tuple[float, asyncio.Event]] = field(factory=list, init=False)

    async def sleep(self, seconds):
        sleeper = (self.monotonic() + seconds, asyncio.Event())
        self._sleepers.append(sleeper)
        if len(self._sleepers) == LOOPS:
            moment, woken = min(self._sleepers, key=itemgetter(0))
            self.advance(moment - self.monotonic())
            woken.set()
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)


@pytest.fixture
def clock():
    """Moves as a watch goes on."""
    return WatchClock(NOW)


@pytest.fixture
def sandbox(ephemeris, clock):
    """A fresh ICEYE."""
    return IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))


@pytest.fixture
def transport(sandbox):
    """The way to it."""
    return Interpreter(sandbox)


@pytest.fixture
async def open_hub(sandbox, clock, transport, tmp_path):
    """Opens a hub with one account of the sandbox, on the version asked for."""

    def make(version=ApiVersion.V2):
        (settings,) = read_accounts(IceyeProvider, sandbox.accounts(BASE)).values()
        settings = evolve(settings, requests_per_second=1e9, api_version=version)
        book = f"sqlite:///{tmp_path / 'orders.db'}"
        return Hub({"iceye": settings}, currency="USD", transport=transport, clock=clock, order_book=book)

    return make


async def buy(hub, reference, options=None, *, opens_h=30):
    """A purchase of the price page's place, in a window that opens in some days."""
    request = TaskRequest(
        area=Point(35, 32),
        window=Window(NOW + timedelta(hours=opens_h), NOW + timedelta(hours=opens_h + 48)),
        optical=None,
        radar=Radar(mode="SPOTLIGHT"),
        reference=reference,
        options={"iceye": options} if options else {},
    )
    comparison = await hub.compare(request)
    return await hub.place(comparison.quotes[0].quote)


async def watched(hub, *references, interval_s=OFTEN_S):
    """Everything that is told of orders up to their ends."""
    return [event async for event in hub.watch(references or None, since="0", interval_s=interval_s)]


def words(events):
    """ICEYE's words and ours, in sequence, from the first that ICEYE said."""
    steps = [event for event in events if isinstance(event, StateChanged) and event.provider_status]
    return [(step.provider_status, step.state) for step in steps]


# --- Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ApiVersion)
async def test_a_watch_tells_every_word_of_iceye_and_ends(open_hub, version):
    """Over some orders all seven of the table, each with its state, and nothing else."""
    async with open_hub(version) as hub:
        references = [f"task {number}" for number in range(30)]
        for reference in references:
            await buy(hub, reference)
        await hub.cancel(references[0], accept_fee_up_to=Money(Decimal("529.20"), "USD"))
        events = await watched(hub)

    assert set(words(events)) == set(STATES.items())
    assert {event.reference for event in events if isinstance(event, StateChanged)} == set(references)


async def test_an_invented_word_stays_unknown_and_is_followed_on(open_hub, transport):
    """It is told with ICEYE's word, guessed at by nobody, and the watch goes on to the end.

    That the first products are ready is known all the same: `fulfilledAt` says so, whatever the word is.
    """
    transport.words = {"ACTIVE": "PONDERING", "FULFILLED": "BREWING"}
    async with open_hub() as hub:
        await buy(hub, "harbour")
        events = await watched(hub, "harbour")
        order = await hub.order("harbour")

    assert words(events) == [
        ("RECEIVED", OrderState.RECEIVED),
        ("PONDERING", OrderState.UNKNOWN),
        ("FULFILLED", OrderState.DELIVERING),
        ("BREWING", OrderState.UNKNOWN),
        ("DONE", OrderState.FULFILLED),
    ]
    assert (order.state, order.provider_status) == (OrderState.FULFILLED, "DONE")


async def test_an_order_with_an_invented_word_can_be_left(open_hub, transport):
    """ICEYE is asked, since nobody here knows; the fee is the published one."""
    transport.words = {"ACTIVE": "PONDERING", "RECEIVED": "SNIFFING"}
    async with open_hub() as hub:
        order = await buy(hub, "harbour", opens_h=80)
        leaving = await hub.cancellation("harbour")
        left = await hub.cancel("harbour")

    assert (order.state, order.provider_status) == (OrderState.UNKNOWN, "SNIFFING")
    assert (leaving.free, [step.terms.fee_percent for step in leaving.steps]) == (True, [0, 10, 20, 100])
    assert (left.state, left.provider_status) == (OrderState.CANCELLED, "CANCELED")


# --- Images and files --------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "shown"), [(ApiVersion.V1, Point), (ApiVersion.V2, Polygon)])
async def test_an_image_is_told_once_and_its_files_are_of_its_time_and_place(open_hub, version, shown):
    """FULFILLED and DONE are words for the task: its one image is no news a second time. Only v2 draws it."""
    async with open_hub(version) as hub:
        await buy(hub, "harbour")
        events = await watched(hub, "harbour")
        seen = {word for word, _ in words(events)}
        (item,) = await hub.deliverables(await hub.order("harbour"))

    assert {"FULFILLED", "DONE"} <= seen
    (image,) = [event.acquisition for event in events if isinstance(event, AcquisitionTaken)]
    ready = [event.name for event in events if isinstance(event, DeliverableReady)]
    assert item["properties"]["datetime"] == format_time(image.taken_at)
    assert item["properties"]["view:incidence_angle"] == image.incidence_deg
    assert isinstance(shape(item["geometry"]), shown)
    assert shape(item["geometry"]).distance(Point(35, 32)) == 0
    assert sorted(item["assets"]) == sorted(ready)


async def test_fees_are_told_with_the_moments_from_which_they_hold(open_hub, clock):
    """Hours of the specification as moments of this order's window; what is over is left out."""
    async with open_hub() as hub:
        await buy(hub, "harbour", opens_h=80)
        clock.advance(timedelta(hours=20).total_seconds())
        leaving = await hub.cancellation("harbour")

    start = NOW + timedelta(hours=80)
    assert [(step.terms.fee_percent, step.from_at) for step in leaving.steps] == [
        (10, start - timedelta(hours=72)),
        (20, start - timedelta(hours=48)),
        (100, start - timedelta(hours=24)),
    ]
    assert leaving.now == leaving.steps[0]


# --- What only ICEYE has -----------------------------------------------------------------------------


async def test_a_task_tells_its_webhook_and_its_deliveries(open_hub):
    """By the account's own adapter: a webhook is registered, named by the task, and its call is a hint to look."""
    async with open_hub() as hub:
        iceye = hub.provider("iceye", IceyeProvider)
        hook = await iceye.register_webhook("https://backend.example/iceye")
        target = DeliveryTarget(config_id="bucket", path="/data", sub_path="radar")
        order = await buy(hub, "harbour", IceyeOptions(webhook_id=hook, deliveries=(target,)))
        (before,) = await iceye.deliveries(order.id)
        hint = await hub.receive("iceye", {}, f'{{"taskID": "{order.id}", "status": "ACTIVE"}}'.encode())
        await watched(hub, "harbour", interval_s=SELDOM_S)
        (after,) = await iceye.deliveries(order.id)

        with pytest.raises(NotFoundError):
            await iceye.deliveries("unknown")

    assert order.raw["notifications"] == {"webhook": {"id": hook}}
    assert (hint.order_id, hint.word) == (order.id, "ACTIVE")
    assert (before.status, after.status) == ("pending", "success")
    assert before.locations == ({"configID": "bucket", "path": "/data", "subPath": "radar"},)
