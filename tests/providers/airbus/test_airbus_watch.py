"""Airbus' orders as a hub follows them: quotations, words that nobody knows, and what the buyer answered."""

from datetime import timedelta

import pytest
from attrs import evolve
from shapely import box

from tasking_hub import Hub, OrderingError, OrderState, TaskRequest, Window
from tasking_hub.messages import dump_json, load_json
from tasking_hub.models import Opportunity, Optical
from tasking_hub.orders import DecisionDue, StateChanged
from tasking_hub_airbus import AirbusOptions, Mission, Programme

S = OrderState
TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
HOUR = 3600.0


class Slang:
    """A transport in front of Airbus that puts another word in the place of a status until a moment."""

    def __init__(self, transport, clock):
        self._transport = transport
        self._clock = clock
        self.words = {}
        self.until = clock.now()

    async def send(self, request):
        """Airbus' answer, in slang."""
        response = await self._transport.send(request)
        if not response.body or self._clock.now() >= self.until:
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
def slang(player) -> Slang:
    """The sandbox, which speaks as documented until it is told otherwise."""
    return Slang(player.transport, player.clock)


@pytest.fixture
async def hub(player, slang, tmp_path):
    """A hub with the sandbox's account and an order book of its own."""
    accounts, book = {"airbus": player.settings}, f"sqlite:///{tmp_path / 'orders.db'}"
    async with Hub(accounts, transport=slang, clock=player.clock, order_book=book) as opened:
        yield opened


def plan(player, mission, reference, *, days=40, cloud=20):
    """A plan over Toulouse from tomorrow on."""
    start = player.clock.now() + timedelta(days=1)
    options = AirbusOptions(missions=(mission,), programmes=(Programme.ONEPLAN,))
    return TaskRequest(
        area=TOULOUSE,
        window=Window(start, start + timedelta(days=days)),
        optical=Optical(max_cloud_cover=cloud, max_incidence=40),
        reference=reference,
        options={"airbus": options},
    )


def steps(events):
    """State and word of every step that was told."""
    return [(event.state, event.provider_status) for event in events if isinstance(event, StateChanged)]


@pytest.mark.parametrize(
    ("mission", "word", "done"),
    [(Mission.PLEIADES, "In Progress", "Completed"), (Mission.PLEIADESNEO, "IN_PROGRESS", "COMPLETED")],
)
async def test_an_invented_word_is_told_and_the_watch_goes_on(player, slang, hub, mission, word, done):
    """It stays unknown with its word, is no end, and the order is followed to its end when Airbus speaks plainly."""
    (ranked,) = (await hub.compare(plan(player, mission, "mine"))).quotes
    await hub.place(ranked.quote)
    slang.words, slang.until = {word: "Marinating"}, player.clock.now() + timedelta(hours=25)
    events = [event async for event in hub.watch(["mine"], interval_s=HOUR)]

    assert steps(events) == [(S.UNKNOWN, "Marinating"), (S.IN_PROGRESS, word), (S.FULFILLED, done)]
    assert (await hub.order("mine")).progress_percent == 100


async def test_an_invented_word_of_a_quotation_is_told_and_the_watch_goes_on(player, slang, hub):
    """Although Airbus has no id for it yet: it is neither lost nor over, and is asked about when its word is known."""
    (found,) = [one async for one in hub.opportunities(plan(player, Mission.PLEIADESNEO, "quoted", days=20, cloud=5))]
    await hub.place_unpriced(found, accept_unpriced=True)
    slang.words, slang.until = {"SENT": "Pondered"}, player.clock.now() + timedelta(days=4)
    events = []
    async for event in hub.watch(["quoted"], interval_s=HOUR):
        events.append(event)
        if isinstance(event, DecisionDue):
            await hub.refuse(event.decision, who="ann")

    assert steps(events) == [(S.UNKNOWN, "Pondered"), (S.AWAITING_BUYER, "SENT"), (S.CANCELLED, "REFUSED")]


async def test_a_quotation_is_followed_from_the_study_to_the_order(player, hub):
    """By the buyer's reference all the way, also while Airbus has no id; the answer is kept with the purchase."""
    request = plan(player, Mission.PLEIADESNEO, "quoted", days=20, cloud=5)
    (found,) = [one async for one in hub.opportunities(request)]
    assert isinstance(found, Opportunity)
    placed = await hub.place_unpriced(found, accept_unpriced=True)
    with pytest.raises(
        OrderingError, match="it is study, and its provider has given it no id yet: answer what it asks"
    ):
        await hub.cancel("quoted", accept_unknown_fee=True)
    events, answers = [], []
    async for event in hub.watch(["quoted"], interval_s=HOUR):
        events.append(event)
        if isinstance(event, DecisionDue):
            answers.append(await hub.accept(event.decision, who="ann"))
    order = await hub.order("quoted")

    assert (placed.state, placed.id, placed.cancellable_until) == (S.STUDY, None, None)
    assert steps(events)[:3] == [(S.AWAITING_BUYER, "SENT"), (S.ACCEPTED, "ACCEPTED"), (S.IN_PROGRESS, "IN_PROGRESS")]
    assert order.state is S.FULFILLED
    assert order.id == "WOI_000000001_1"
    assert {event.reference for event in events} == {"quoted"}
    assert [(answer.order_id, answer.accept, answer.who) for answer in answers] == [("quoted", True, "ann")]
