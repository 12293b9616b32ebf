"""Airbus' orders as a hub follows them: quotations, words that nobody knows, and what the buyer answered."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from orders.observatory import Listener, PatientClock
from shapely import box

from tasking_hub import Hub, OrderingError, OrderState, TaskRequest, Window
from tasking_hub.messages import dump_json, load_json
from tasking_hub.models import Optical
from tasking_hub.orders import DecisionDue, StateChanged
from tasking_hub_airbus import AirbusOptions, Mission, Programme

S = OrderState
TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = 3600.0


class Dozing(PatientClock):
    """Who waits for a turn gets it at once; who waits for the next look sleeps until the test lets time pass."""

    async def sleep(self, seconds):
        if seconds >= HOUR:
            await super().sleep(seconds)
        else:
            self.advance(seconds)


class Slang:
    """A transport in front of Airbus that puts another word in the place of a status while it is told to."""

    def __init__(self, transport):
        self._transport = transport
        self.words = {}

    async def send(self, request):
        """Airbus' answer, in slang."""
        response = await self._transport.send(request)
        if not (self.words and response.body):
            return response
        return evolve(response, body=dump_json(self._spoken(load_json(response.body))).encode())

    def _spoken(self, value):
        if isinstance(value, list):
            return [self._spoken(one) for one in value]
        if not isinstance(value, dict):
            return value
        plain = {key: self._spoken(one) for key, one in value.items()}
        spoken = ("status", "quotationStatus")
        return {key: self.words.get(one, one) if key in spoken else one for key, one in plain.items()}


@pytest.fixture
def player(play):
    """A sandbox whose clock moves when it is told to."""
    return play(clock=Dozing(NOW))


@pytest.fixture
def slang(player) -> Slang:
    """The sandbox, which speaks as documented until it is told otherwise."""
    return Slang(player.transport)


@pytest.fixture
async def hub(player, slang, tmp_path):
    """A hub with the sandbox's account and an order book of its own."""
    accounts, book = {"airbus": player.settings}, f"sqlite:///{tmp_path / 'orders.db'}"
    async with Hub(accounts, transport=slang, clock=player.clock, order_book=book) as opened:
        yield opened


class Watch:
    """A watch of one order, which looks once an hour."""

    def __init__(self, player, hub):
        self._player = player
        self._hub = hub

    async def __aenter__(self):
        database = (await self._hub._book()).database
        stream = self._hub.watch(["mine"], interval_s=HOUR)
        self.told = Listener(stream, self._player.clock, database, loops=2)
        await self.told.quiet()
        return self

    async def __aexit__(self, *_):
        await self.told.stop()

    async def until(self, state, hours=1) -> None:
        """Let time pass, some hours a look, until the order is said to be in a state."""
        await self._until(lambda: bool(self.steps) and self.steps[-1][0] is state, hours)

    async def decision(self):
        """Let hours pass until something waits for the buyer."""
        await self._until(lambda: bool(self._due), 1)
        (due,) = self._due
        return due.decision

    async def _until(self, reached, hours) -> None:
        for _ in range(1000):
            if self.told.ended or reached():
                return
            self._player.clock.wake(hours * HOUR)
            await asyncio.sleep(0)
            await self.told.quiet()

    @property
    def _due(self):
        return [event for event in self.told.events if isinstance(event, DecisionDue)]

    @property
    def steps(self):
        """State and word of every step that was told."""
        return [(event.state, event.provider_status) for event in self.told.events if isinstance(event, StateChanged)]


def plan(player, mission, *, days=40, cloud=20):
    """A plan over Toulouse from tomorrow on."""
    start = player.clock.now() + timedelta(days=1)
    options = AirbusOptions(missions=(mission,), programmes=(Programme.ONEPLAN,))
    return TaskRequest(
        area=TOULOUSE,
        window=Window(start, start + timedelta(days=days)),
        optical=Optical(max_cloud_cover=cloud, max_incidence=40),
        reference="mine",
        options={"airbus": options},
    )


async def study(player, hub):
    """A plan of Pléiades Neo that people study first, ordered without a price."""
    (found,) = [one async for one in hub.opportunities(plan(player, Mission.PLEIADESNEO, days=20, cloud=5))]
    return await hub.place_unpriced(found, accept_unpriced=True)


@pytest.mark.parametrize(
    ("mission", "word", "done"),
    [(Mission.PLEIADES, "In Progress", "Completed"), (Mission.PLEIADESNEO, "IN_PROGRESS", "COMPLETED")],
)
async def test_an_invented_word_is_told_and_the_watch_goes_on(player, slang, hub, mission, word, done):
    """It stays unknown with its word, is no end, and the order is followed to its end when Airbus speaks plainly."""
    (ranked,) = (await hub.compare(plan(player, mission))).quotes
    await hub.place(ranked.quote)
    slang.words = {word: "Marinating"}
    async with Watch(player, hub) as watch:
        await watch.until(S.UNKNOWN)
        slang.words = {}
        await watch.until(S.FULFILLED)

    assert watch.steps == [(S.UNKNOWN, "Marinating"), (S.IN_PROGRESS, word), (S.FULFILLED, done)]
    assert (await hub.order("mine")).progress_percent == 100


async def test_an_invented_word_of_a_quotation_is_told_and_the_watch_goes_on(player, slang, hub):
    """Although Airbus has no id for it yet: it is neither lost nor over, and is asked about when its word is known."""
    await study(player, hub)
    slang.words = {"SENT": "Pondered"}
    async with Watch(player, hub) as watch:
        await watch.until(S.UNKNOWN)
        slang.words = {}
        await hub.refuse(await watch.decision(), who="ann")
        await watch.until(S.CANCELLED)

    assert watch.steps == [(S.UNKNOWN, "Pondered"), (S.AWAITING_BUYER, "SENT"), (S.CANCELLED, "REFUSED")]


async def test_a_quotation_is_followed_from_the_study_to_the_order(player, hub):
    """By the buyer's reference all the way, also while Airbus has no id; the answer is kept with the purchase."""
    placed = await study(player, hub)
    with pytest.raises(OrderingError, match="its provider has given it no id yet: answer what it asks"):
        await hub.cancel("mine", accept_unknown_fee=True)
    async with Watch(player, hub) as watch:
        answer = await hub.accept(await watch.decision(), who="ann")
        await watch.until(S.IN_PROGRESS)
        await watch.until(S.FULFILLED, hours=12)
    order = await hub.order("mine")

    assert (placed.state, placed.id, placed.cancellable_until) == (S.STUDY, None, None)
    assert watch.steps[:3] == [(S.AWAITING_BUYER, "SENT"), (S.ACCEPTED, "ACCEPTED"), (S.IN_PROGRESS, "IN_PROGRESS")]
    assert (order.state, order.id) == (S.FULFILLED, "WOI_000000001_1")
    assert {event.reference for event in watch.told.events} == {"mine"}
    assert (answer.order_id, answer.accept, answer.who) == ("mine", True, "ann")
