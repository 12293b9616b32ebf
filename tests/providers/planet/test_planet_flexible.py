"""Flexible orders: what is said of them before they are priced, their body, their preview, and their sending."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from yarl import URL

from tasking_hub import (
    AdjustmentKind,
    AuthenticationError,
    HttpResponse,
    Money,
    Opportunity,
    OpportunityKind,
    Optical,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    Purchase,
    Quota,
    QuoteRefusedError,
    Radar,
    RefusalCode,
    RejectedRequestError,
    ResponseError,
    Secret,
    Stereo,
    TaskRequest,
    Window,
    parse_time,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_planet import PlanetOptions, PlanetProvider, PlanetSettings
from tasking_hub_planet import translate as t

FLEXIBLE = "Flexible Tasking"
NOW = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)
SPAN = Window(datetime(2024, 8, 1, tzinfo=UTC), datetime(2024, 8, 21, tzinfo=UTC))
PLACE = Point(149.44135, 28.4924)
ROOT = "https://api.planet.com/tasking/v2"
PRICING, ORDERS = f"{ROOT}/pricing/", f"{ROOT}/orders/"


@pytest.fixture
def settings():
    """A contract that has flexible orders too."""
    return PlanetSettings(
        api_key=Secret("a-made-up-key"),
        pl_number="<YourPLNumber>",
        quota_price=Money(Decimal("4.20"), "USD"),
        flexible_product=FLEXIBLE,
    )


@pytest.fixture
def ask(inquire):
    """Makes an inquiry about the flexible product for three weeks in August."""

    def make(**request):
        return t.flexible_inquiry(inquire(**{"asked_at": NOW, "area": PLACE, "window": SPAN} | request))

    return make


def only(inquiry):
    """The one way to serve an inquiry."""
    (way,) = t.flexible_ways(inquiry)
    return way


def body(inquiry, opportunity=None):
    """The body of the preview as it goes over the wire."""
    return load_json(dump_json(t.preview_request(inquiry, opportunity or only(inquiry)).json))


# --- Before Planet is asked --------------------------------------------------------------------------


def test_an_account_without_the_product_offers_none(inquire, settings):
    """Nothing is said of flexible orders where no product is configured."""
    assert t.flexible_inquiry(inquire(account_settings=evolve(settings, flexible_product=None))) is None


def test_the_way_is_a_campaign_over_the_asked_time(ask):
    """Planet picks the time: a campaign, with the product, the contract and no handle."""
    way = only(ask())

    assert (way.kind, way.product, way.contract) == (OpportunityKind.CAMPAIGN, FLEXIBLE, "<YourPLNumber>")
    assert (way.window, way.handle, way.footprint, way.replaces) == (SPAN, None, None, ())


def test_a_window_that_has_begun_starts_now(ask):
    """What is over of the window is not promised."""
    way = only(ask(window=Window(NOW - timedelta(days=1), NOW + timedelta(days=20))))

    assert way.window == Window(NOW, NOW + timedelta(days=20))


def test_an_area_of_any_size_is_taken_as_it_is(ask):
    """Planet tessellates a large area, so it is neither reduced nor refused, and all of it would be seen."""
    area = box(149.0, 28.0, 149.6, 28.5)
    inquiry = ask(area=area)
    way = only(inquiry)

    assert (way.footprint, way.adjustments) == (area, ())
    assert body(inquiry)["geometry"]["coordinates"][0][0] == [Decimal("149.6"), Decimal("28.0")]


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        ({"optical": None, "radar": Radar()}, RefusalCode.IMAGING_NOT_OFFERED, "imaging"),
        ({"optical": Optical(stereo=Stereo.STEREO)}, RefusalCode.REQUIREMENT_NOT_OFFERED, "stereo"),
        ({"exclusivity_days": 31}, RefusalCode.REQUIREMENT_NOT_OFFERED, "exclusivity_days"),
        ({"window": Window(NOW - timedelta(days=3), NOW)}, RefusalCode.DEADLINE_PASSED, "window"),
    ],
)
def test_what_cannot_be_ordered_is_a_row(ask, request_, code, field):
    """Each has its code, its field, a remedy, and the flexible product's name."""
    refusal = only(ask(**request_))

    assert (refusal.code, refusal.field, refusal.product) == (code, field, FLEXIBLE)
    assert refusal.remedy


def test_every_requirement_has_an_adjustment(ask):
    """The angles and a single view are honoured; what has no field at Planet is said not to be enforced."""
    optical = Optical(
        max_cloud_cover=10, min_incidence=2, max_incidence=30, min_sun_elevation=20, max_gsd_m=1, stereo=Stereo.MONO
    )
    options = PlanetOptions(off_nadir_min=1, off_nadir_max=25, sensitivity_mode="GLINT")
    found = {one.field: one.how for one in only(ask(optical=optical, options=options)).adjustments}

    honoured, not_enforced = AdjustmentKind.HONOURED, AdjustmentKind.NOT_ENFORCED
    assert found == {
        "max_incidence": honoured,
        "min_incidence": honoured,
        "stereo": honoured,
        "max_cloud_cover": not_enforced,
        "min_sun_elevation": not_enforced,
        "max_gsd_m": not_enforced,
        "planet.off_nadir_min": not_enforced,
        "planet.off_nadir_max": not_enforced,
        "planet.sensitivity_mode": not_enforced,
    }


# --- The body ----------------------------------------------------------------------------------------


def full(ask):
    """An inquiry that makes use of every field."""
    return ask(
        optical=Optical(min_incidence=0, max_incidence=30),
        options=PlanetOptions(satellite_types=("SKYSAT",)),
        exclusivity_days=5,
        reference="Flexible order 01",
    )


def test_the_sample_order_is_produced(ask, sample):
    """Preview and order have the same body, field for field; only the preview may be repeated."""
    inquiry = full(ask)
    preview = t.preview_request(inquiry, only(inquiry))
    placing = t.place_request(inquiry, Purchase(reference="Flexible order 01", opportunity=only(inquiry)))

    assert load_json(dump_json(preview.json)) == load_json(dump_json(placing.json)) == sample("flexible-order-request")
    assert (preview.method, preview.url, preview.repeatable) == ("POST", PRICING, True)
    assert (placing.method, placing.url, placing.repeatable) == ("POST", ORDERS, False)


def test_what_was_left_open_is_left_to_planet(ask):
    """Name, place, contract, product and the end; a start that has passed is left out."""
    inquiry = ask(window=Window(NOW - timedelta(days=1), SPAN.end), area=LineString([(1, 2), (1.1, 2.1)]))

    assert set(body(inquiry)) == {"name", "geometry", "pl_number", "product", "end_time"}


@given(
    start_h=st.integers(-400, 400),
    length_h=st.integers(1, 2000),
    later_s=st.integers(0, 86_400 * 30),
)
def test_an_order_never_leaves_the_asked_window(start_h, length_h, later_s):
    """Whenever it is sent, its times lie in the window that was asked, and its start is never in the past."""
    start = NOW + timedelta(hours=start_h)
    request = TaskRequest(area=PLACE, window=Window(start, start + timedelta(hours=length_h)), optical=Optical())
    account = PlanetSettings(api_key=Secret("k"), pl_number="PL-1", flexible_product=FLEXIBLE)
    inquiry = t.Inquiry(
        account="p", settings=account, request=request, options=PlanetOptions(), asked_at=NOW, product=FLEXIBLE
    )
    (way,) = t.flexible_ways(inquiry)
    later = evolve(inquiry, asked_at=NOW + timedelta(seconds=later_s))
    if not isinstance(way, Opportunity):
        assert request.window.end <= NOW
        return
    sent = t.preview_request(later, way).json

    assert parse_time(sent["end_time"]) == request.window.end
    if "start_time" in sent:
        assert max(request.window.start, later.asked_at) <= parse_time(sent["start_time"]) == way.window.start


# --- The price ---------------------------------------------------------------------------------------


def test_the_preview_is_the_price(ask, answer):
    """Quota in Planet's unit, its worth in money, the days priced, and what leaving costs by Planet's page."""
    inquiry = full(ask)
    quote = t.read_flexible_quote(inquiry, only(inquiry), t.read_pricing(answer("pricing-preview")))

    assert (quote.price, quote.quota_value) == (Quota(Decimal("37.5"), "SQKM"), Money(Decimal("157.5"), "USD"))
    assert (quote.terms.exclusivity, quote.binding, quote.multiplier) == ("7 days", False, None)
    assert "24 hours" in quote.terms.cancellation[0].note
    assert quote.raw["pricing"]["pricing_model"] == {"minimum_sqkm": 25}
    assert [one.how for one in quote.adjustments] == [AdjustmentKind.TIGHTENED]


@pytest.mark.parametrize(
    ("window", "notes"),
    [
        (SPAN, 1),
        (Window(SPAN.start, SPAN.start + timedelta(days=13)), 2),
        (Window(NOW + timedelta(hours=23), NOW + timedelta(days=30)), 2),
    ],
)
def test_a_window_that_the_dashboard_would_not_take_is_pointed_out(ask, answer, window, notes):
    """Under two weeks, or in less than a day: a note beside the estimate's own."""
    inquiry = ask(window=window)

    quote = t.read_flexible_quote(inquiry, only(inquiry), t.read_pricing(answer("pricing-preview")))

    assert len(quote.notes) == notes


def test_an_order_without_a_price_is_refused(ask):
    """What costs nobody knows what is not bought."""
    inquiry = ask()
    details = t.read_pricing(HttpResponse(status=200, body=b'{"units": "SQKM"}'))

    with pytest.raises(QuoteRefusedError) as caught:
        t.read_flexible_quote(inquiry, only(inquiry), details)

    assert (caught.value.refusal.code, caught.value.refusal.product) == (RefusalCode.NO_PRICING_PLAN, FLEXIBLE)


def test_leaving_a_flexible_order_has_its_own_rule(sample):
    """Its step is that of Planet's page on flexible orders."""
    facts = t.read_facts(HttpResponse(status=200, body=dump_json(sample("flexible-order")).encode()))

    (step,) = t.cancellation_steps(facts.order)

    assert "flexible order" in step.note
    assert "create_orders" in step.source


# --- Over HTTP ---------------------------------------------------------------------------------------


@pytest.fixture
async def planet(mocked, settings):
    """The adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(PlanetProvider, settings, transport, ManualClock(NOW))


@pytest.fixture
async def way(planet):
    """The flexible way, found without a request."""
    request = TaskRequest(area=PLACE, window=SPAN, optical=Optical(), reference="Flexible order 01")
    stream = planet.find_opportunities(request)
    yield await anext(stream)
    await stream.aclose()


def calls(mocked, method, url):
    """The calls of one endpoint."""
    return mocked.requests.get((method, URL(url)), [])


async def test_it_is_found_before_the_search_begins(way, mocked):
    """The way is there at once: a search that fails later does not lose it."""
    assert (way.id, way.kind) == ("flexible", OpportunityKind.CAMPAIGN)
    assert mocked.requests == {}


async def test_a_flexible_order_is_quoted_reviewed_and_placed(planet, way, mocked, sample):
    """Two previews, of which the second counts, and one order, whose words and price are Planet's."""
    mocked.post(PRICING, body=dump_json(sample("pricing-preview")))
    mocked.post(PRICING, body=dump_json(sample("pricing-preview") | {"estimated_quota_cost": 50}))
    mocked.post(ORDERS, status=201, body=dump_json(sample("flexible-order")))

    quote = await planet.quote(way)
    now = await planet.review(quote)
    order = await planet.place(Purchase(reference="Flexible order 01", quote=now))

    assert [str(one.price) for one in (quote, now)] == ["37.5 SQKM", "50 SQKM"]
    assert (order.state, order.reference, str(order.price)) == (OrderState.RECEIVED, "Flexible order 01", "37.5 SQKM")
    assert [len(calls(mocked, "POST", url)) for url in (PRICING, ORDERS)] == [2, 1]


async def test_replacing_makes_no_sense(planet, way, mocked):
    """A flexible order replaces nothing, so an agreement to lose one is a mistake: nothing is sent."""
    with pytest.raises(QuoteRefusedError):
        await planet.place(Purchase(reference="x", opportunity=way, replaces=frozenset({"another"})))

    assert mocked.requests == {}


@pytest.mark.parametrize(
    ("answer", "code", "field"),
    [
        ({"status": 404}, RefusalCode.NO_PRICING_PLAN, None),
        ({"status": 400, "body": '{"geometry": ["Too large."]}'}, RefusalCode.AREA_SHAPE, "area"),
        ({"status": 400, "body": '{"product": ["No."]}'}, RefusalCode.NOT_IN_CONTRACT, "product"),
        ({"status": 422, "body": '{"exclusivity_days": ["No."]}'}, RefusalCode.NOT_IN_CONTRACT, "exclusivity_days"),
        ({"status": 409, "body": "no"}, RefusalCode.REJECTED, None),
    ],
)
async def test_a_preview_that_is_refused_is_a_refusal(planet, way, mocked, answer, code, field):
    """With Planet's reason, in our words, and the flexible product's name."""
    mocked.post(PRICING, **answer)

    with pytest.raises(QuoteRefusedError) as caught:
        await planet.quote(way)

    refusal = caught.value.refusal
    assert (refusal.code, refusal.field, refusal.product) == (code, field, FLEXIBLE)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 401}, AuthenticationError),
        ({"status": 403}, PermissionDeniedError),
        ({"status": 301, "headers": {"Location": PRICING}}, RejectedRequestError),
    ],
)
async def test_other_failures_are_typed_errors(planet, way, mocked, answer, error):
    """What is not about the request is no refusal."""
    mocked.post(PRICING, repeat=True, **answer)

    with pytest.raises(error):
        await planet.quote(way)


async def test_a_preview_is_tried_again(planet, way, mocked, sample):
    """It buys nothing."""
    mocked.post(PRICING, status=503)
    mocked.post(PRICING, exception=aiohttp.ServerDisconnectedError())
    mocked.post(PRICING, body=dump_json(sample("pricing-preview")))

    assert str((await planet.quote(way)).price) == "37.5 SQKM"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 500}, ResponseError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"status": 400, "body": "{}"}, RejectedRequestError),
    ],
)
async def test_a_failed_flexible_order_is_never_sent_again(planet, way, mocked, answer, error):
    """One POST, whatever comes."""
    mocked.post(ORDERS, repeat=True, **answer)

    with pytest.raises(error):
        await planet.place(Purchase(reference="x", opportunity=way))

    assert len(calls(mocked, "POST", ORDERS)) == 1


# --- Lists with Planet's own filters -----------------------------------------------------------------


def test_every_filter_has_its_parameter():
    """Several values of one are one parameter with commas; times are UTC."""
    moment = datetime(2024, 8, 1, tzinfo=UTC)
    wanted = t.OrderFilter(
        statuses=("PENDING", "IN_PROGRESS"),
        name_contains="order",
        scheduling_type="FLEXIBLE",
        pl_number="PL-1",
        product=FLEXIBLE,
        created_from=moment,
        created_to=moment,
        start_from=moment,
        start_to=moment,
        ordering="-updated_time,-created_time",
    )

    assert wanted.query() == (
        ("status__in", "PENDING,IN_PROGRESS"),
        ("name__icontains", "order"),
        ("scheduling_type", "FLEXIBLE"),
        ("pl_number", "PL-1"),
        ("product", FLEXIBLE),
        ("created_time__gte", "2024-08-01T00:00:00Z"),
        ("created_time__lte", "2024-08-01T00:00:00Z"),
        ("start_time__gte", "2024-08-01T00:00:00Z"),
        ("start_time__lte", "2024-08-01T00:00:00Z"),
        ("ordering", "-updated_time,-created_time"),
    )


def test_one_status_is_asked_for_as_the_page_does():
    """`status=FULFILLED`, as in the page's example."""
    assert t.OrderFilter(statuses=("FULFILLED",)).query() == (("status", "FULFILLED"), ("ordering", "-updated_time"))


async def test_a_filtered_list_goes_through_its_pages(planet, mocked, sample):
    """The comma goes over the wire in one parameter, on every page."""
    first = f"{ORDERS}?status__in=PENDING%2CRECEIVED&ordering=-updated_time&limit=50&offset=0"
    second = first.replace("offset=0", "offset=50")
    orders = [sample("flexible-order") | {"id": name} for name in ("one", "two")]
    mocked.get(first, body=dump_json({"count": 2, "next": second, "results": orders[:1]}))
    mocked.get(second, body=dump_json({"count": 2, "next": None, "results": orders[1:]}))

    wanted = t.OrderFilter(statuses=("PENDING", "RECEIVED"))

    assert [one.id async for one in planet.tasking_orders(wanted)] == ["one", "two"]
