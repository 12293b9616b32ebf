"""The whole life of an order in front of the sandbox: placed, followed, decided, left, collected."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from shapely import box

from tasking_hub import (
    EndUser,
    HttpRequest,
    Money,
    NotFoundError,
    Opportunity,
    Optical,
    OrderState,
    OutcomeUnknownError,
    Purchase,
    QuoteRefusedError,
    RefusalCode,
    RejectedRequestError,
    Stereo,
    TaskRequest,
    UnsupportedActionError,
    Window,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.testing.breakage import BREAKS, BreakingTransport
from tasking_hub_airbus import AirbusOptions, AirbusProvider, Mission, Programme
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, NEO_CONTRACT
from tasking_hub_airbus.sandbox.life import Verdict
from tasking_hub_airbus.sandbox.neo import QUOTATION
from tasking_hub_airbus.sandbox.neo import STATUS as NEO_STATUS
from tasking_hub_airbus.sandbox.tracking import STATUS as LEGACY_STATUS
from tasking_hub_airbus.translate import OrderFilter, TaskingFilter, searching
from tasking_hub_airbus.translate.orders import LEGACY_STATES, NEO_STATES, QUOTATION_STATES

TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
OFTEN, SELDOM = Optical(max_cloud_cover=20, max_incidence=40), Optical(max_cloud_cover=10, max_incidence=40)
EUR = "EUR"


class Buyer:
    """Someone at a sandbox who wants Toulouse."""

    def __init__(self, player):
        self.player = player
        self.provider = player.provider()

    @property
    def clock(self):
        """The sandbox's clock."""
        return self.player.clock

    async def find(self, product, *, days=40, ahead=0, optical=OFTEN, wishes=None, **options) -> Opportunity:
        """The first opportunity of a product."""
        start = self.clock.now() + timedelta(days=ahead)
        programme = next(one for one in sorted(Programme, key=len, reverse=True) if product.upper().endswith(one))
        mission = Mission.PLEIADESNEO if "Neo" in product else Mission.SPOT if "Spot" in product else Mission.PLEIADES
        request = TaskRequest(
            area=TOULOUSE,
            window=Window(start, start + timedelta(days=days)),
            optical=optical,
            options={"airbus": AirbusOptions(missions=(mission,), programmes=(programme,), **options)},
            **(wishes or {}),
        )
        found = [item async for item in self.provider.find_opportunities(request)]
        return next(item for item in found if isinstance(item, Opportunity))

    async def buy(self, product, reference="mine", **how):
        """An order as Airbus shows it, bought at its price or, where a study comes first, without one."""
        opportunity = await self.find(product, **how)
        quote = await self.provider.quote(opportunity) if opportunity.quotable else None
        purchase = Purchase(reference=reference, quote=quote, opportunity=opportunity)
        await self.provider.place(purchase)
        return await self.provider.look_up(purchase)

    async def wait(self, **span) -> None:
        """Let time pass."""
        await self.clock.sleep(timedelta(**span).total_seconds())

    async def look(self, order):
        """The order as it stands now."""
        return await self.provider.order(order.id)

    async def decisions(self):
        """What waits for the buyer."""
        return [decision async for decision in self.provider.decisions()]


@pytest.fixture
def buyer(player) -> Buyer:
    """A buyer at a fresh sandbox."""
    return Buyer(player)


# --- Placing -----------------------------------------------------------------------------------------

PRICED = {
    "PleiadesTaskingOneDay": "7392",
    "PleiadesTaskingOneNow": "8712",
    "PleiadesTaskingOnePlan": "3564",
    "SpotTaskingOneDay": "6250",
    "SpotTaskingOneNow": "7500",
    "SpotTaskingOnePlan": "690",
    "PleiadesNeoOneDay": "11088",
    "PleiadesNeoOneNowAttempts": "12936",
    "PleiadesNeoOneNowWeather": "10164",
    "PleiadesNeoOnePlan": "6072",
}


@pytest.mark.parametrize(("product", "amount"), PRICED.items())
async def test_everything_with_a_price_can_be_ordered(buyer, product, amount):
    """Each programme of each mission is priced, reviewed, placed at that price and found again by its reference."""
    opportunity = await buyer.find(product)
    quote = await buyer.provider.review(await buyer.provider.quote(opportunity))
    purchase = Purchase(reference=f"order: {product} (1)", quote=quote)
    placed = await buyer.provider.place(purchase)
    found = await buyer.provider.look_up(purchase)

    assert (placed.state, placed.id, placed.price) == (OrderState.RECEIVED, None, Money(Decimal(amount), EUR))
    assert (found.state, found.reference, found.price) == (OrderState.IN_PROGRESS, purchase.reference, placed.price)
    assert found.id.startswith("WOI_" if "Neo" in product else "ICR_")
    assert (await buyer.look(found)).id == found.id


USERS = (EndUser(name="City of Toulouse", country="FR"), EndUser(name="Somebody", country="DE"))
EMAIL = "ops@example.org"
BODIES = {
    "PleiadesTaskingOneDay": ("sandbox-workspace", "/api/v1/orders", []),
    "SpotTaskingOnePlan": ("sandbox-workspace", "/api/v1/orders", []),
    "PleiadesNeoOneDay": (None, "/api/v1/orders", ["SALES_ORDER", "DELIVERY"]),
    "PleiadesNeoOnePlan": (None, "/api/v1/quotations", ["QUOTATION_REQUEST"]),
}


@pytest.mark.parametrize("product", BODIES)
async def test_what_belongs_to_an_order_is_in_its_one_request(buyer, product):
    """Delivery, notifications, markets, end users and licence, for a pass, a study and a quotation."""
    workspace, path, events = BODIES[product]
    days = 10 if product.endswith("Plan") else 5
    options = {"notification_emails": (EMAIL,), "secondary_market": "GENIE", "comments": "c", "holdback": True}
    wishes = {"licence": "Academic" if "Neo" in product else "educ", "market": "AGRI", "end_users": USERS}
    opportunity = await buyer.find(product, days=days, wishes=wishes, **options)
    await buyer.provider.place(Purchase(reference="mine", opportunity=opportunity))
    (sent,) = [one for one in buyer.player.transport.requests if one.method == "POST" and one.url.endswith(path)]
    body = json.loads(sent.body)
    (item,), (production,) = body["items"], body["optionsPerProductType"]

    assert body["delivery"] == {"type": "network"} | ({} if workspace is None else {"workspace": workspace})
    assert (body["primaryMarket"], body["secondaryMarket"], body["customerReference"]) == ("AGRI", "GENIE", "mine")
    assert body["endUsers"] == [{"endUserName": user.name, "country": user.country} for user in USERS]
    assert {one["key"]: one["value"] for one in production["options"]}["licence"] == wishes["licence"]
    assert (item["comments"], item["holdback"]) == ("c", True)
    assert EMAIL in json.dumps(item["notifications"])
    told = [one["event"] for part in body.get("notifications", ()) for one in part["filter"]["events"]]
    assert told == events


async def test_stereo_is_ordered_without_a_price_and_studied(buyer):
    """The order says that the price comes later; Airbus' word for it is a study, which is answered by mail."""
    opportunity = await buyer.find("SpotTaskingOnePlan", optical=Optical(stereo=Stereo.TRISTEREO))
    purchase = Purchase(reference="stereo", opportunity=opportunity)
    placed = await buyer.provider.place(purchase)
    found = await buyer.provider.look_up(purchase)
    (study,) = await buyer.decisions()

    assert (placed.state, placed.price) == (OrderState.STUDY, None)
    assert "price comes with their answer" in placed.history[-1].note
    assert (found.state, found.provider_status) == (OrderState.STUDY, "Feasibility study in progress")
    assert study.order_id == found.id
    with pytest.raises(UnsupportedActionError, match="by mail only"):
        await buyer.provider.decide(study, accept=True)


async def test_a_manual_plan_of_neo_becomes_an_order_by_way_of_a_quotation(buyer):
    """Studied, then a quotation with a price and an end, then, once accepted, an order with an id."""
    order = await buyer.buy("PleiadesNeoOnePlan", days=10, optical=Optical(max_cloud_cover=5))
    await buyer.wait(days=3)
    (decision,) = await buyer.decisions()
    pdf = await buyer.provider.export_quotation(decision.id)
    await buyer.provider.decide(decision, accept=True)
    (taken,) = [one async for one in buyer.provider.orders()]
    await buyer.wait(hours=6)
    (accepted,) = [one async for one in buyer.provider.orders()]

    assert (order.id, order.state, order.price) == (None, OrderState.STUDY, None)
    assert (taken.id, taken.state, taken.provider_status) == (None, OrderState.ACCEPTED, "ACCEPTED")
    assert (decision.cost, decision.deadline) == (
        Money(Decimal(6072), EUR),
        datetime(2026, 12, 9, 9, tzinfo=UTC) + (decision.deadline - decision.deadline.replace(microsecond=0)),
    )
    assert pdf.startswith(b"%PDF")
    assert (accepted.id, accepted.state, accepted.price) == ("WOI_000000001_1", OrderState.IN_PROGRESS, decision.cost)
    assert await buyer.decisions() == []


async def test_a_quotation_can_be_asked_for_and_refused(buyer):
    """Anything on Pléiades Neo can be quoted first; refused, it ends, and nothing was ordered."""
    opportunity = await buyer.find("PleiadesNeoOneDay")
    purchase = Purchase(reference="quoted", quote=await buyer.provider.quote(opportunity))
    asked = await buyer.provider.request_quotation(purchase)
    waiting = await buyer.provider.look_up(purchase)
    await buyer.provider.answer_quotation(NEO_CONTRACT, waiting.raw["item"]["quotationId"], accept=False)
    refused = await buyer.provider.look_up(purchase)

    assert asked.state is OrderState.STUDY
    assert (waiting.state, waiting.provider_status) == (OrderState.AWAITING_BUYER, "SENT")
    assert (refused.state, refused.provider_status, refused.id) == (OrderState.CANCELLED, "REFUSED", None)
    assert await buyer.provider.acquisitions(refused) == ()
    with pytest.raises(UnsupportedActionError, match="is REFUSED"):
        await buyer.provider.cancel(refused)


async def test_a_quotation_waits_two_weeks(buyer):
    """Unanswered it expires, in Airbus' word."""
    opportunity = await buyer.find("PleiadesNeoOneDay")
    purchase = Purchase(reference="late", quote=await buyer.provider.quote(opportunity))
    await buyer.provider.request_quotation(purchase)
    waiting = await buyer.provider.look_up(purchase)
    with pytest.raises(UnsupportedActionError, match="no item at Airbus yet"):
        await buyer.provider.cancel(waiting)
    await buyer.wait(days=15)
    expired = await buyer.provider.look_up(purchase)

    assert (expired.state, expired.provider_status) == (OrderState.EXPIRED, "EXPIRED")
    with pytest.raises(RejectedRequestError, match="not waiting"):
        await buyer.provider.answer_quotation(NEO_CONTRACT, "QUO26000001", accept=True)


async def test_a_quotation_may_be_wanted_instead_of_an_order(buyer):
    """The option makes any order of Pléiades Neo a quotation, at its price, and the quote says so."""
    opportunity = await buyer.find("PleiadesNeoOneDay", quotation=True)
    quote = await buyer.provider.quote(opportunity)
    purchase = Purchase(reference="asked", quote=quote)
    asked = await buyer.provider.place(purchase)
    waiting = await buyer.provider.look_up(purchase)
    (decision,) = await buyer.decisions()

    assert any("becomes a quotation first" in note for note in quote.notes)
    assert (asked.state, asked.price) == (OrderState.STUDY, quote.price)
    assert asked.history[-1].note == "Airbus sends a quotation first, which the buyer accepts or refuses."
    assert (waiting.state, waiting.id, decision.order_id) == (OrderState.AWAITING_BUYER, None, "asked")
    assert [one.url.rsplit("/", 1)[-1] for one in buyer.player.transport.requests].count("orders") == 0


async def test_an_order_of_pleiades_neo_wants_an_end_user(buyer):
    """Airbus' description calls it mandatory; the quote says so where the request names none."""
    users = {"end_users": USERS}
    told = {
        (product, named): any("end user" in note for note in (await buyer.provider.quote(found)).notes)
        for product in ("PleiadesNeoOneDay", "PleiadesTaskingOneDay")
        for named in (False, True)
        for found in [await buyer.find(product, wishes=users if named else None)]
    }

    assert told == {
        ("PleiadesNeoOneDay", False): True,
        ("PleiadesNeoOneDay", True): False,
        ("PleiadesTaskingOneDay", False): False,
        ("PleiadesTaskingOneDay", True): False,
    }


async def test_a_quotation_of_spot_is_refused_before_anything_is_sent(buyer):
    """At the price already, and at the order too."""
    opportunity = await buyer.find("SpotTaskingOneDay", quotation=True)
    sent = len(buyer.player.transport.requests)
    for attempt in (
        buyer.provider.quote(opportunity),
        buyer.provider.place(Purchase(reference="r", opportunity=opportunity)),
    ):
        with pytest.raises(QuoteRefusedError) as caught:
            await attempt
        refusal = caught.value.refusal

        assert (refusal.code, refusal.field) == (RefusalCode.REQUIREMENT_NOT_OFFERED, "quotation")
    assert len(buyer.player.transport.requests) == sent


async def test_spot_and_pleiades_have_no_quotations(buyer):
    """Said before anything is sent."""
    opportunity = await buyer.find("SpotTaskingOneDay")
    sent = len(buyer.player.transport.requests)
    with pytest.raises(UnsupportedActionError, match="Pléiades Neo only"):
        await buyer.provider.request_quotation(Purchase(reference="r", opportunity=opportunity))

    assert len(buyer.player.transport.requests) == sent


async def test_after_its_deadline_nothing_is_sent(buyer):
    """An attempt that had to be ordered earlier is refused here."""
    opportunity = await buyer.find("PleiadesTaskingOneDay")
    purchase = Purchase(reference="late", quote=await buyer.provider.quote(opportunity))
    await buyer.wait(days=8)
    sent = len(buyer.player.transport.requests)
    with pytest.raises(QuoteRefusedError, match="had to be ordered before"):
        await buyer.provider.place(purchase)
    with pytest.raises(QuoteRefusedError) as caught:
        await buyer.provider.review(purchase.quote)

    assert (caught.value.refusal.code, len(buyer.player.transport.requests)) == (RefusalCode.DEADLINE_PASSED, sent)


async def test_without_a_market_nothing_is_sent(buyer):
    """Airbus calls the market mandatory."""
    buyer.provider = buyer.player.provider(market=None)
    opportunity = await buyer.find("PleiadesTaskingOneDay")
    sent = len(buyer.player.transport.requests)
    with pytest.raises(QuoteRefusedError, match="no order without a primary market"):
        await buyer.provider.place(Purchase(reference="r", opportunity=opportunity))

    assert len(buyer.player.transport.requests) == sent


async def test_an_option_that_is_not_offered_stops_the_order(buyer):
    """Refused as at the price, and no order."""
    opportunity = await buyer.find("PleiadesTaskingOneDay", image_format="papyrus")
    with pytest.raises(QuoteRefusedError, match="no image_format 'papyrus'"):
        await buyer.provider.place(Purchase(reference="r", opportunity=opportunity))

    assert [order async for order in buyer.provider.orders()] == []


async def test_a_reference_that_nobody_used_is_not_found(buyer):
    """Neither back end shows it."""
    for product in ("PleiadesTaskingOneDay", "PleiadesNeoOneDay"):
        opportunity = await buyer.find(product)
        await buyer.buy(product, reference="ref-10")

        assert await buyer.provider.look_up(Purchase(reference="ref-1", opportunity=opportunity)) is None


@pytest.mark.parametrize("reference", ['a (b): c* AND "d" ~1', "海上保安庁", "-", "*"])
@pytest.mark.parametrize("product", ["PleiadesTaskingOneDay", "PleiadesNeoOneDay"])
async def test_any_reference_is_found_again(buyer, product, reference):
    """Characters of the search's own language, and those of no language that it knows."""
    await buyer.buy(product, reference="other")
    order = await buyer.buy(product, reference=reference)

    assert (order.reference, order.id[-3:].strip("_1") != "") == (reference, True)


async def test_an_order_whose_answer_was_lost_is_found(buyer):
    """The sandbox has it, the buyer got no answer: the look-up by reference finds exactly one."""
    opportunity = await buyer.find("PleiadesTaskingOneDay")
    transport = BreakingTransport(
        buyer.player.transport, BREAKS["dropped"], ("POST", f"{buyer.player.settings.order_url}/api/v1/orders")
    )
    provider = open_provider(AirbusProvider, buyer.player.settings, transport, buyer.clock)
    purchase = Purchase(reference="lost", opportunity=opportunity)
    with pytest.raises(OutcomeUnknownError):
        await provider.place(purchase)

    assert (await provider.look_up(purchase)).reference == "lost"
    assert len([order async for order in provider.orders()]) == 1


# --- Following ---------------------------------------------------------------------------------------


async def test_every_word_of_a_legacy_tasking_is_reached_and_mapped(play):
    """All five words of Airbus' description come up in the sandbox's lives, none of them unknown."""
    seen = {}
    for seed in (1, 2, 3):
        buyer = Buyer(play(seed=seed))
        await buyer.buy("SpotTaskingOnePlan", reference="stereo", optical=Optical(stereo=Stereo.STEREO))
        doomed = await buyer.buy("PleiadesTaskingOneDay", reference="cancelled")
        await buyer.provider.cancel(doomed)
        for number in range(4):
            await buyer.buy("PleiadesTaskingOnePlan", reference=f"plan-{number}", optical=Optical(max_cloud_cover=10))
        for _ in range(45):
            seen |= {order.provider_status: order.state async for order in buyer.provider.orders()}
            await buyer.wait(days=1)

    assert seen == LEGACY_STATES
    assert set(LEGACY_STATUS.values()) == set(LEGACY_STATES)


async def test_every_word_of_a_neo_order_is_reached_and_mapped(play):
    """Words of items and of quotations come up in the sandbox's lives, none of them unknown; also those assumed."""
    seen = {}
    for seed in (1, 2, 3):
        buyer = Buyer(play(seed=seed))
        for number in range(4):
            await buyer.buy("PleiadesNeoOnePlan", reference=f"plan-{number}", optical=Optical(max_cloud_cover=10))
        for answer in (True, False, None):
            await buyer.buy("PleiadesNeoOnePlan", reference=f"q-{answer}", days=9, optical=Optical(max_cloud_cover=5))
        await buyer.provider.cancel(await buyer.buy("PleiadesNeoOnePlan", reference="cancelled", ahead=5))
        for day in range(45):
            for decision in await buyer.decisions() if day == 3 else ():
                if decision.raw["quotation"]["customerReference"] != "q-None":
                    accept = decision.raw["quotation"]["customerReference"] == "q-True"
                    await buyer.provider.decide(decision, accept=accept)
            seen |= {order.provider_status: order.state async for order in buyer.provider.orders()}
            await buyer.wait(days=1)

    assert seen == {None: OrderState.STUDY} | NEO_STATES | QUOTATION_STATES
    assert set(NEO_STATUS.values()) == set(NEO_STATES)
    assert {word for word in QUOTATION.values() if word} == set(QUOTATION_STATES)


async def test_a_oneday_that_comes_to_nothing_is_completed_with_nothing(play):
    """Completed does not mean delivered: the progress is 0, and a note says so."""
    lost = []
    for seed in range(8):
        buyer = Buyer(play(seed=seed))
        order = await buyer.buy("PleiadesTaskingOneDay", days=5)
        await buyer.wait(days=7)
        now = await buyer.look(order)
        assert now.provider_status == "Completed"
        if now.progress_percent == 0:
            lost.append(now)
            assert await buyer.provider.deliverables(now) == ()

    assert lost
    assert all("nothing is delivered" in order.history[-1].note for order in lost)


async def test_lists_are_read_to_their_end(buyer):
    """More orders than a page holds, each once, on both back ends."""
    buyer.provider.settings = evolve(buyer.provider.settings, orders_per_page=10)
    for product in ("SpotTaskingOneDay", "PleiadesNeoOneDay"):
        opportunity = await buyer.find(product)
        quote = await buyer.provider.quote(opportunity)
        for number in range(23):
            await buyer.provider.place(Purchase(reference=f"{product}-{number}", quote=quote))
    references = [order.reference async for order in buyer.provider.orders(since=buyer.clock.now())]

    assert (len(references), len(set(references))) == (46, 46)


async def test_airbus_own_filters_narrow_the_list(buyer):
    """Each filter leaves the taskings that it means."""
    day = await buyer.buy("PleiadesTaskingOneDay", reference="day", days=5)
    plan = await buyer.buy("SpotTaskingOnePlan", reference="plan", notification_threshold=100, optical=SELDOM)
    await buyer.buy("PleiadesNeoOneDay", reference="neo")
    await buyer.wait(days=7)
    week = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC))
    cases = {
        TaskingFilter(): {"day", "plan"},
        TaskingFilter(customer_ref="day"): {"day"},
        TaskingFilter(tasking_ids=(plan.id, "ICR_FC_999999")): {"plan"},
        TaskingFilter(status=("Completed", "Paused")): {"day"},
        TaskingFilter(mission="SPOT"): {"plan"},
        TaskingFilter(programmes=("ONEDAY",)): {"day"},
        TaskingFilter(ends=week): {"day"},
        TaskingFilter(acquired=week): {"day", "plan"},
        TaskingFilter(has_proposed_segments=True): {"plan"},
        TaskingFilter(program="anything", sort_keys="status,,0", mission="PLEIADES"): {"day"},
    }
    found = {wanted: {one.reference async for one in buyer.provider.taskings(wanted)} for wanted in cases}

    assert found == cases
    assert day.id != plan.id


async def test_airbus_own_search_narrows_the_list(buyer):
    """Each filter leaves the orders and quotations of Pléiades Neo that it means."""
    day = await buyer.buy("PleiadesNeoOneDay", reference="day")
    await buyer.buy("PleiadesNeoOnePlan", reference="asked", days=10, optical=Optical(max_cloud_cover=5))
    await buyer.buy("SpotTaskingOneDay", reference="spot")
    await buyer.wait(days=3)
    cases = {
        OrderFilter(): {"day", "asked"},
        OrderFilter(source="tasking"): {"day", "asked"},
        OrderFilter(source="archive"): set(),
        OrderFilter(customer_reference="day"): {"day"},
        OrderFilter(order_item_id=day.id): {"day"},
        OrderFilter(quotation_id="QUO26000002"): {"asked"},
        OrderFilter(quotation_status="SENT"): {"asked"},
        OrderFilter(status="COMPLETED"): {"day"},
        OrderFilter(status="COMPLETED", quotation_status="SENT"): set(),
    }
    found = {wanted: {one.reference async for one in buyer.provider.search_orders(wanted)} for wanted in cases}

    assert found == cases


async def test_an_unknown_id_is_not_found(buyer):
    """By whatever form; only contracts that may have it are asked."""
    for order_id in ("ICR_FC_999999", "WOI_000000099_1", "something"):
        with pytest.raises(NotFoundError, match=order_id):
            await buyer.provider.order(order_id)


async def test_an_order_that_airbus_does_not_show_cannot_be_left(buyer):
    """An order without an id is looked for by its reference first."""
    order = await buyer.buy("PleiadesTaskingOneDay", reference="mine")
    with pytest.raises(NotFoundError, match="not mine"):
        await buyer.provider.cancel(evolve(order, id=None, reference="not mine"))
    found = await buyer.provider.cancel(evolve(order, id=None, raw={}))

    assert (found.id, found.state) == (order.id, OrderState.CANCELLED)


# --- Deciding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["PleiadesTaskingOnePlan", "PleiadesNeoOnePlan"])
@pytest.mark.parametrize("accept", [True, False])
async def test_a_clouded_image_is_proposed_and_answered_once(buyer, product, accept):
    """Accepted it completes the order; refused it does not; either way nothing waits any more."""
    order = await buyer.buy(product, notification_threshold=100, optical=SELDOM)
    while not (waiting := await buyer.decisions()):
        await buyer.wait(hours=6)
    for decision in waiting:
        await buyer.provider.decide(decision, accept=accept)
    images = {image.id: image for image in await buyer.provider.acquisitions(order)}
    answered = images[waiting[0].id]
    now = await buyer.look(order)

    assert (now.progress_percent == 100) is accept
    assert answered.provider_status.upper() == ("VALIDATED" if accept else "REFUSED")
    assert 10 < answered.cloud_cover_percent <= 100
    assert answered.footprint.intersects(TOULOUSE)
    assert (waiting[0].order_id, waiting[0].deadline, waiting[0].cost) == (order.id, None, None)
    assert "does not say" in waiting[0].if_ignored
    with pytest.raises(RejectedRequestError, match="not proposed"):
        await buyer.provider.decide(waiting[0], accept=accept)


@pytest.mark.parametrize("product", ["PleiadesTaskingOnePlan", "PleiadesNeoOnePlan"])
async def test_every_word_of_an_image_is_reached(play, product):
    """Pending, then judged: validated, rejected, or proposed and then refused; only the proposed ones wait."""
    seen = set()
    for seed in (1, 2, 3):
        buyer = Buyer(play(seed=seed))
        order = await buyer.buy(product, notification_threshold=60, optical=Optical(max_cloud_cover=10))
        for _ in range(128):
            images = await buyer.provider.acquisitions(order)
            seen |= {(image.provider_status, image.proposed) for image in images}
            for decision in await buyer.decisions():
                await buyer.provider.decide(decision, accept=False)
            await buyer.wait(hours=6)

    words = searching.COVERAGE_WORDS if "Neo" in product else [word.capitalize() for word in searching.COVERAGE_WORDS]
    assert seen == {(word, word.upper() == "PROPOSED") for word in words}
    assert {str(word) for word in Verdict} == set(searching.COVERAGE_WORDS)


# --- Leaving -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["PleiadesTaskingOnePlan", "PleiadesNeoOnePlan"])
async def test_until_twelve_hours_before_an_order_can_be_cancelled(buyer, product):
    """Before, it goes; after, it is refused here without a word to Airbus."""
    first, second = [await buyer.buy(product, reference=name, ahead=1) for name in ("a", "b")]
    gone = await buyer.provider.cancel(first)
    await buyer.wait(hours=12)
    with pytest.raises(UnsupportedActionError, match="could be cancelled until 2026-11-23T21"):
        await buyer.provider.cancel(second)

    assert (gone.state, (await buyer.look(second)).state) == (OrderState.CANCELLED, OrderState.IN_PROGRESS)
    verbs = [request.url.rsplit("/", 1)[-1] for request in buyer.player.transport.requests]
    assert verbs.count("cancel") == 1
    with pytest.raises(UnsupportedActionError, match=r"it is C(anceled|ANCELLED)"):
        await buyer.provider.cancel(gone)


ONENOW = ["PleiadesTaskingOneNow", "SpotTaskingOneNow", "PleiadesNeoOneNowAttempts", "PleiadesNeoOneNowWeather"]


@pytest.mark.parametrize("product", ONENOW)
async def test_a_onenow_is_cancelled_first_and_stopped_later(buyer, product):
    """The two are complementary; both messages name the other way, and what is invoiced is said before and after."""
    order = await buyer.buy(product, ahead=1)
    with pytest.raises(UnsupportedActionError, match="until then cancel it"):
        await buyer.provider.stop(order)
    await buyer.clock.sleep((order.cancellable_until - buyer.clock.now()).total_seconds() + 1)
    with pytest.raises(UnsupportedActionError, match="stop it instead, what was acquired is invoiced"):
        await buyer.provider.cancel(order)
    before = buyer.provider.cancellation(order)
    stopped = await buyer.provider.stop(order)

    assert (stopped.state, stopped.provider_status.upper()) == (OrderState.FULFILLED, "COMPLETED")
    assert before == buyer.provider.cancellation(stopped)
    assert before[-1].note == "It can only be stopped; acquisitions already made within the criteria are invoiced."
    with pytest.raises(UnsupportedActionError, match="cannot be stopped: it is"):
        await buyer.provider.stop(stopped)


@pytest.mark.parametrize("product", ["PleiadesTaskingOneNow", "PleiadesNeoOneNowAttempts"])
async def test_what_stopping_would_invoice_is_said_first(play, product):
    """The share of the area that is validated stands in the terms before the order is stopped, and is what is left."""
    told = []
    for seed in range(12):
        buyer = Buyer(play(seed=seed))
        order = await buyer.buy(product, optical=Optical(max_cloud_cover=5))
        for _ in range(20):
            now = await buyer.look(order)
            if now.state is OrderState.FULFILLED or now.progress_percent:
                break
            await buyer.wait(hours=6)
        if now.state is not OrderState.FULFILLED:
            terms = buyer.provider.cancellation(now)
            stopped = await buyer.provider.stop(now)
            told.append((terms[-1].note, stopped.progress_percent))

    assert told
    assert all(f"Validated so far: {percent} % of the ordered area." in note for note, percent in told)


async def test_other_programmes_are_not_stopped(buyer):
    """Only a OneNow is; said before anything is sent."""
    order = await buyer.buy("PleiadesTaskingOneDay")
    with pytest.raises(UnsupportedActionError, match="stops OneNow only"):
        await buyer.provider.stop(order)


async def test_what_airbus_refuses_to_cancel_is_said_in_its_words(buyer):
    """Where the order itself names no last moment, the server decides."""
    order = await buyer.buy("PleiadesTaskingOnePlan")
    provider = buyer.provider

    async def no_deadline(_):
        return evolve(order, cancellable_until=None)

    provider._reread = no_deadline
    with pytest.raises(UnsupportedActionError, match=r"refuses to cancel .*can no longer be cancelled"):
        await provider.cancel(order)


async def test_the_terms_follow_the_programme(buyer):
    """A OneDay is confirmed by mail; the others have twelve hours; an order just placed knows it too."""
    opportunity = await buyer.find("PleiadesTaskingOneDay")
    placed = await buyer.provider.place(Purchase(reference="day", opportunity=opportunity))
    found = await buyer.buy("PleiadesTaskingOneDay", reference="day 2")
    plan = await buyer.buy("PleiadesNeoOnePlan", reference="plan")

    assert buyer.provider.cancellation(placed) == buyer.provider.cancellation(found) == found.cancellation
    assert (found.cancellation[0].fee_percent, "by mail" in found.cancellation[0].note) == (0, True)
    assert plan.cancellation[-1].hours_before_start == 12


# --- Collecting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["PleiadesTaskingOneDay", "PleiadesNeoOneDay"])
async def test_delivered_images_are_found_and_fetched(buyer, product):
    """Each order has its own file in its contract's workspace; it wants the account's headers, whole or in part."""
    orders = [await buyer.buy(product, reference=name, days=5) for name in ("one", "lost", "two")]
    early = await buyer.provider.deliverables(orders[0])
    await buyer.wait(days=7)
    (file,), _, (other,) = [await buyer.provider.deliverables(order) for order in orders]
    whole = await buyer.provider._sender.send(HttpRequest(method="GET", url=file.url, repeatable=True))
    part = HttpRequest(method="GET", url=file.url, headers={"Range": "bytes=5-"}, repeatable=True)
    rest = await buyer.provider._sender.send(part)

    (image,) = await buyer.provider.acquisitions(orders[0])

    assert early == ()
    assert (file.acquisition_id, file.name[:3], file.name[-4:]) == (image.id, "DS_", ".zip")
    assert (file.order_id, file.needs_credentials) == (orders[0].id, True)
    assert file.url != other.url
    assert (whole.body[:2], rest.status, rest.body) == (b"PK", 206, whole.body[5:])


async def test_orders_survive_being_saved(buyer):
    """Another process follows an order with its JSON alone."""
    order = await buyer.buy("PleiadesTaskingOneDay", days=5)
    saved = evolve(order, raw=load_json(dump_json(order.raw)))
    await buyer.wait(days=7)
    another = buyer.player.provider()

    assert await another.acquisitions(saved) == await buyer.provider.acquisitions(order)
    assert await another.deliverables(saved) == await buyer.provider.deliverables(order)
    assert another.cancellation(saved) == order.cancellation


async def test_a_licence_can_be_read(buyer):
    """By contract and name; an unknown one is not found."""
    assert (await buyer.provider.licence(LEGACY_CONTRACT, "standard"))["licenceId"] == "standard"
    with pytest.raises(NotFoundError):
        await buyer.provider.licence(NEO_CONTRACT, "eula_5")
