"""Orders between the neutral vocabulary and Airbus' JSON, without a network."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from tasking_hub import (
    Decision,
    EndUser,
    HttpRequest,
    HttpResponse,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    Optical,
    Order,
    OrderState,
    Purchase,
    Secret,
    Stereo,
    UnsupportedActionError,
    Window,
)
from tasking_hub.lifecycle import TERMINAL
from tasking_hub.messages import dump_json
from tasking_hub.wire import read_as
from tasking_hub_airbus import AirbusOptions, AirbusSettings, translate
from tasking_hub_airbus.translate import Endpoint, OrderFilter, Step, TaskingFilter, Way
from tasking_hub_airbus.translate.collecting import read_deliverables
from tasking_hub_airbus.translate.orders import LEGACY_STATES, NEO_STATES, QUOTATION_STATES, programme_in
from tasking_hub_airbus.translate.searching import condition, referenced
from tasking_hub_airbus.wire import CONVERTER, ContractInfo
from tasking_hub_airbus.wire_orders import NeoOrder, Tasking

LEGACY = ContractInfo(
    contract_id="A/B C", backend_source="legacy", raw={"contractId": "A/B C", "backendSource": "legacy"}
)
NEO = ContractInfo(
    contract_id="CTR21000411", backend_source="neo", raw={"contractId": "CTR21000411", "backendSource": "neo"}
)
SETTINGS = AirbusSettings(api_key=Secret("made-up-key"))
ORDERS = "https://order.api.oneatlas.airbus.com/api/v1"
SCENE = shape({"type": "Polygon", "coordinates": [[[1.3, 43.5], [1.6, 43.5], [1.6, 43.7], [1.3, 43.7], [1.3, 43.5]]]})


def sent(request: HttpRequest):
    """The body as it goes out."""
    return json.loads(dump_json(request.json))


def unordered(value):
    """The same JSON with lists of key and value as objects, and without members that say nothing."""
    pairs = isinstance(value, list) and all(isinstance(one, dict) and set(one) == {"key", "value"} for one in value)
    if pairs and value:
        return {one["key"]: unordered(one["value"]) for one in value}
    if isinstance(value, dict):
        return {key: unordered(one) for key, one in value.items() if one not in ("", None, [])}
    return [unordered(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def tristereo(inquire, product, sample):
    """The guide's tristereo order: inquiry, opportunity and production options."""
    expected = sample("request-order-tristereo")
    options = AirbusOptions(tasking_comments="This is a custom comment", holdback=False, delivery_type=None)
    inquiry = inquire(
        area=shape(expected["aoi"][0]["geometry"]),
        start=datetime(2023, 10, 14, 13, 29, 57, 299_000, tzinfo=UTC),
        end=datetime(2023, 12, 14, 13, 29, 59, 73_000, tzinfo=UTC),
        optical=Optical(stereo=Stereo.TRISTEREO),
        options=options,
        reference="another reference",
        end_users=(EndUser(name="John Doe", country="FR"),),
    )
    step = Step(endpoint=Endpoint.STUDY, targets=(product("SpotTaskingOnePlan"),))
    (opportunity,) = translate.studied_opportunities(inquiry, step)
    production = {one["key"]: one["value"] for one in expected["optionsPerProductType"][0]["options"]}
    return inquiry, opportunity, production


def tasking(sample, **members) -> Tasking:
    """The guide's tasking with other members of its `icr`."""
    body = sample("answer-taskings")["taskings"][0]
    body["icr"] |= members
    response = HttpResponse(status=200, body=json.dumps(body).encode())
    return read_as(CONVERTER, Tasking, response)


def item(sample, **members) -> NeoOrder:
    """An order's item of Pléiades Neo with other members."""
    body = sample("answer-orders-search-neo")["features"][0] | members
    return read_as(CONVERTER, NeoOrder, HttpResponse(status=200, body=json.dumps(body).encode()))


# --- Placing -----------------------------------------------------------------------------------------


def test_the_guides_tristereo_order_is_sent_once(settings, sample, tristereo):
    """Field for field, with the purchase's own reference, as a request that is never repeated."""
    inquiry, opportunity, production = tristereo
    purchase = Purchase(reference="My tristereo reference", opportunity=opportunity)
    request = translate.place_request(settings, inquiry, purchase, production, None, translate.way_of(purchase))

    assert (request.method, request.url, request.repeatable) == ("POST", f"{ORDERS}/orders", False)
    assert unordered(sent(request)) == unordered(sample("request-order-tristereo"))


def test_the_guides_answer_loses_its_blanks_and_keeps_its_price(answer, inquire, product, attempt):
    """Received, at the price of the answer; no id until the tasking is looked up."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneNow"))
    purchase = Purchase(reference="r", opportunity=opportunity)
    order = translate.read_placed(inquiry, purchase, Way.ORDER, answer("answer-order", 201))

    assert (order.id, order.reference, order.state) == (None, "r", OrderState.RECEIVED)
    assert order.price == Money(Decimal(20790), "EUR")
    assert order.cancellable_until == opportunity.window.start - timedelta(hours=12)
    assert translate.contract_of(order).contract_id == "<CisContractId>"
    assert order.raw["placed"]["salesOrderId"] == " salesOrderId "


def test_a_neo_quotation_says_that_it_is_studied(answer, inquire, product, attempt):
    """The answer's key is another one, and its price stands for what it is worth."""
    inquiry = inquire()
    purchase = Purchase(reference="r", opportunity=attempt(inquiry, product("PleiadesNeoOneDay")))
    order = translate.read_placed(inquiry, purchase, Way.QUOTATION, answer("answer-quotation-neo", 201))

    assert (order.state, order.price) == (OrderState.STUDY, Money(Decimal(7600), "EUR"))


@pytest.mark.parametrize(
    "body",
    [{}, {"salesOrderId": "  "}, {"salesOrderId": None, "quotationId": ""}, {"totalAmount": 5, "currency": "EUR"}],
)
def test_an_answer_without_an_id_is_not_an_order(answer, inquire, product, attempt, body):
    """It was probably bought; nobody knows what."""
    inquiry = inquire()
    purchase = Purchase(reference="r", opportunity=attempt(inquiry, product("PleiadesTaskingOneDay")))
    with pytest.raises(MalformedResponseError, match="salesOrderId or"):
        translate.read_placed(inquiry, purchase, Way.ORDER, answer(body, 201))


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (0, "EUR", None),
        (None, "EUR", None),
        (5, None, None),
        (5, "euros", None),
        (5.5, "EUR", Money(Decimal("5.5"), "EUR")),
    ],
)
def test_a_price_that_is_none_is_left_out(answer, inquire, product, attempt, amount, currency, expected):
    """A study costs nothing yet; an odd currency is not money."""
    inquiry = inquire()
    purchase = Purchase(reference="r", opportunity=attempt(inquiry, product("PleiadesTaskingOneDay")))
    body = {"salesOrderId": "S", "totalAmount": amount, "currency": currency}

    assert translate.read_placed(inquiry, purchase, Way.ORDER, answer(body, 201)).price == expected


def test_neo_is_notified_of_the_whole_order_too(settings, inquire, product, attempt):
    """Sales order and delivery at an order, the request at a quotation; nothing on the other back end."""
    inquiry = inquire(options=AirbusOptions(notification_emails=("a@example.org",)))
    events = {}
    for name, way in (
        ("PleiadesNeoOneDay", Way.ORDER),
        ("PleiadesNeoOneDay", Way.QUOTATION),
        ("PleiadesTaskingOneDay", Way.ORDER),
    ):
        purchase = Purchase(reference="r", opportunity=attempt(inquiry, product(name), segment_key="k"))
        body = sent(translate.place_request(settings, inquiry, purchase, {}, None, way))
        told = [event["event"] for one in body.get("notifications", ()) for event in one["filter"]["events"]]
        events[name, way] = told

    assert events == {
        ("PleiadesNeoOneDay", Way.ORDER): ["SALES_ORDER", "DELIVERY"],
        ("PleiadesNeoOneDay", Way.QUOTATION): ["QUOTATION_REQUEST"],
        ("PleiadesTaskingOneDay", Way.ORDER): [],
    }


# --- Reading -----------------------------------------------------------------------------------------


def test_the_guides_tasking_is_completed_with_nothing(answer):
    """Every field of the sample is read; Completed without a validated area says that nothing comes."""
    request = translate.taskings_request(SETTINGS, LEGACY, TaskingFilter())
    page = translate.read_taskings(request, answer("answer-taskings"))
    order = translate.read_order("airbus", LEGACY, page.items[0])

    assert (order.id, order.reference) == ("ICR_FC_XXXXX", "customer ref")
    assert (order.state, order.provider_status) == (OrderState.FULFILLED, "Completed")
    assert (order.progress_percent, order.price, order.cancellable_until) == (0, None, None)
    assert [(step.at, step.provider_status) for step in order.history] == [
        (datetime(2021, 3, 3, 2, 24, 47, tzinfo=UTC), "Completed")
    ]
    assert "nothing is delivered" in order.history[0].note
    assert order.window.end == order.history[0].at
    assert order.raw["tasking"]["so"] == "SOXXXXX"
    assert page.following is None


@pytest.mark.parametrize(
    ("word", "state"), [*LEGACY_STATES.items(), ("Vanished", OrderState.UNKNOWN), (None, OrderState.UNKNOWN)]
)
def test_words_of_a_tasking_are_mapped_and_kept(sample, word, state):
    """Known ones by the table, any other as unknown; the word stays."""
    order = translate.read_order("airbus", LEGACY, tasking(sample, status=word))
    ended = state in TERMINAL

    assert (order.state, order.provider_status) == (state, word)
    assert (order.cancellable_until is None) is ended


@pytest.mark.parametrize(
    ("members", "state", "word"),
    [
        *(({"status": word, "quotationStatus": "ACCEPTED"}, state, word) for word, state in NEO_STATES.items()),
        *(({"status": None, "quotationStatus": word}, state, word) for word, state in QUOTATION_STATES.items()),
        ({"status": "VANISHED"}, OrderState.UNKNOWN, "VANISHED"),
        ({"status": None, "quotationStatus": "LOST"}, OrderState.UNKNOWN, "LOST"),
        ({"status": None, "quotationStatus": None}, OrderState.STUDY, None),
        ({"status": None, "quotationStatus": None, "quotationId": None}, OrderState.UNKNOWN, None),
    ],
)
def test_words_of_a_neo_item_are_mapped_and_kept(sample, members, state, word):
    """The item's own word first, then the quotation's."""
    order = translate.read_order("airbus", NEO, item(sample, **members))

    assert (order.state, order.provider_status) == (state, word)


def test_a_neo_item_is_read(answer):
    """Every field that says something."""
    request = translate.orders_request(SETTINGS, NEO)
    page = translate.read_orders(NEO, request, answer("answer-orders-search-neo"))
    order = translate.read_order("airbus", NEO, page.items[0])

    assert (order.id, order.reference, order.progress_percent) == ("WOI_000007805_1", "my reference", 25)
    assert order.cancellable_until == datetime(2022, 6, 30, 12, tzinfo=UTC)
    assert order.raw["item"]["tasking"]["receivingStationType"] == "vrs"
    assert page.following is None


@given(ordered=st.decimals(0, 10**12, places=3), validated=st.decimals(-1, 10**13, places=3))
def test_progress_is_a_percentage(ordered, validated):
    """Whatever the areas, 0..100, or none where nothing was ordered."""
    body = {"icr": {"id": "I", "taskingProgress": {"orderedArea": ordered, "validatedArea": validated}}}
    facts = read_as(CONVERTER, Tasking, HttpResponse(status=200, body=dump_json(body).encode()))
    progress = translate.read_order("airbus", LEGACY, facts).progress_percent

    assert (progress is None) == (ordered == 0)
    assert progress is None or 0 <= progress <= 100


@pytest.mark.parametrize(
    ("word", "programme"),
    [
        ("OneDay", "ONEDAY"),
        ("PleiadesNeoTaskingOnePlan", "ONEPLAN"),
        ("PleiadesNeoOneNowWeatherVrs", "ONENOWWEATHER"),
        ("OneNow", "ONENOW"),
        ("PleiadesNeoOneNowAttempts", "ONENOWATTEMPTS"),
        ("SpotTaskingOneSeries", "ONESERIES"),
        ("Archive", None),
        (None, None),
    ],
)
def test_the_programme_is_in_the_word(word, programme):
    """Airbus writes it in three ways."""
    assert programme_in(word) == programme


def test_a_single_tasking_may_come_alone_or_in_a_list(answer, sample):
    """The guide does not show which."""
    request = translate.order_request(SETTINGS, LEGACY, "ICR_FC_XXXXX")
    alone = translate.read_taskings(request, answer(sample("answer-taskings")["taskings"][0]))
    listed = translate.read_taskings(request, answer("answer-taskings"))

    assert alone.items == listed.items
    assert request.url == f"{ORDERS}/contracts/A%2FB%20C/taskings/ICR_FC_XXXXX"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, r"required field missing @ \$.taskings"),
        ({"taskings": [{}]}, r"required field missing @ \$.taskings\[0\].icr"),
        ({"taskings": [{"icr": {"id": 5}}]}, r"\$.taskings\[0\].icr.id"),
        ({"taskings": [{"icr": {"id": "I", "period": {"startDate": "soon"}}}]}, r"icr.period.startDate"),
        ({"taskings": [{"icr": {"id": "I", "taskingProgress": {"orderedArea": "much"}}}]}, r"orderedArea"),
    ],
)
def test_an_unreadable_list_says_what_and_where(answer, body, problem):
    """In the names of the JSON."""
    with pytest.raises(MalformedResponseError, match=problem):
        translate.read_taskings(translate.orders_request(SETTINGS, LEGACY), answer(body))


@pytest.mark.parametrize("name", ["features", "contracts"])
def test_a_search_may_call_its_list_by_two_names(answer, sample, name):
    """One example of the description has another name."""
    body = sample("answer-orders-search-neo")
    body[name] = body.pop("features")
    page = translate.read_orders(NEO, translate.orders_request(SETTINGS, NEO), answer(body))

    assert [one.order_item_id for one in page.items] == ["WOI_000007805_1"]


# --- Paging and filters ------------------------------------------------------------------------------


@pytest.mark.parametrize(("found", "more"), [(0, False), (9, False), (10, True), (50, True), (100, True)])
def test_a_page_of_taskings_may_have_another_behind_it(answer, sample, found, more):
    """Nothing says how many there are; a server that gives fewer than asked for is asked once more."""
    body = {"taskings": sample("answer-taskings")["taskings"] * found}
    page = translate.read_taskings(translate.orders_request(SETTINGS, LEGACY), answer(body))

    assert (page.following is not None) is more
    assert not more or dict(page.following.query) == {"count": "1000", "startPage": "2"}


@pytest.mark.parametrize(
    ("found", "total", "start"),
    [(1, 1, None), (2, 5, 2), (0, 5, None), (9, None, None), (10, None, 10), (100, 100, None)],
)
def test_a_search_goes_on_where_the_page_ended(answer, sample, found, total, start):
    """By the total where there is one, else as with taskings."""
    body = {"features": sample("answer-orders-search-neo")["features"] * found}
    if total is not None:
        body["paging"] = {"totalResults": total}
    page = translate.read_orders(NEO, translate.orders_request(SETTINGS, NEO), answer(body))

    assert (page.following.json["paging"]["startIndex"] if page.following else None) == start


def test_every_filter_has_its_parameter():
    """Lists repeat their name; spans show with their brackets what belongs to them."""
    span = Window(datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 2, 1, tzinfo=UTC))
    wanted = TaskingFilter(
        customer_ref="ref",
        tasking_ids=("a", "b"),
        program="p",
        status=("In Progress", "Paused"),
        mission="SPOT",
        programmes=("ONEDAY",),
        acquired=span,
        ends=span,
        has_proposed_segments=False,
        sort_keys="acquisitionDate,,0",
    )
    request = translate.taskings_request(SETTINGS, LEGACY, wanted)

    assert request.query == (
        ("taskingIds", "a"),
        ("taskingIds", "b"),
        ("customerRef", "ref"),
        ("program", "p"),
        ("status", "In Progress"),
        ("status", "Paused"),
        ("mission", "SPOT"),
        ("progTypeNames", "ONEDAY"),
        ("acquisitionDate", "[2017-01-01T00:00:00.000Z,2017-02-01T00:00:00.000Z["),
        ("icrEndOfPeriodDate", "[2017-01-01T00:00:00.000Z,2017-02-01T00:00:00.000Z["),
        ("hasProposedSegments", "false"),
        ("sortKeys", "acquisitionDate,,0"),
        ("count", "1000"),
        ("startPage", "1"),
    )


def test_every_filter_of_the_search_has_its_condition():
    """All of them together, within the contract; a reference is looked for inside what Airbus shows."""
    wanted = OrderFilter(
        customer_reference="ref",
        order_item_id="WOI_1",
        quotation_id="QUO22054973",
        quotation_status="ACCEPTED",
        status="IN_PROGRESS",
        source="tasking",
    )
    request = translate.search_orders_request(SETTINGS, NEO, wanted)

    assert (request.method, request.url, request.repeatable) == (
        "POST",
        "https://order.api.oneatlas.airbus.com/api/v2/orders/search",
        True,
    )
    assert request.json["criteria"]["q"] == (
        "(customerReference:*ref*) AND (orderItemId:WOI_1) AND (quotationStatus:ACCEPTED) AND "
        "(cis.quotation:QUO22054973) AND (status:IN_PROGRESS) AND (technicalProduct.source.id:tasking) AND "
        "(contractId:CTR21000411)"
    )


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("th-0a1b", "customerReference:*th-0a1b*"),
        ('a (b): c* AND "d"', "customerReference:*a*b*c*AND*d*"),
        ("日本", "customerReference:*"),
    ],
)
def test_a_reference_is_safe_in_a_query(reference, expected):
    """What may have a meaning there becomes a wildcard; what is found is compared again."""
    assert referenced(reference) == expected


@given(st.text(min_size=1))
def test_no_reference_breaks_out_of_its_condition(reference):
    """No character of the language survives but the wildcard."""
    assert set(condition("x", reference)[2:]) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-*"
    )


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["ref-1", "xref", ""], None),
        ([" REF "], 0),
        (["REF", "ref"], 1),
        (["ref", "ref"], 0),
    ],
)
def test_a_reference_is_compared_whole(sample, told, found):
    """Not a part of it; case and blanks around it only count where another order fits better."""
    orders = [translate.read_order("airbus", LEGACY, tasking(sample, customerRef=one)) for one in told]
    best = translate.best_match(orders, "ref")

    assert best is (None if found is None else orders[found])


def test_ids_say_which_contracts_may_have_them():
    """A tasking is never asked of Pléiades Neo; an odd id is asked of all."""
    both = [LEGACY, NEO]

    assert translate.likely_contracts(both, "ICR_FC_1") == [LEGACY]
    assert translate.likely_contracts(both, "WOI_1_1") == [NEO]
    assert translate.likely_contracts(both, "1") == both


# --- Images ------------------------------------------------------------------------------------------


def test_the_guides_segment_is_read(answer):
    """Clear sky is what is not cloud."""
    (segment,) = translate.read_segments(answer("answer-segments"))
    image = translate.read_acquisition("ICR_FC_XXXXX", segment)

    assert (image.id, image.order_id, image.provider_status) == ("AS_FC_XXXX_1_2", "ICR_FC_XXXXX", "Proposed")
    assert image.taken_at == datetime(2021, 4, 18, 10, 53, 38, tzinfo=UTC)
    assert (image.incidence_deg, image.cloud_cover_percent) == (15.1072, 11.1027)
    assert image.footprint.equals(SCENE)


def test_a_coverage_is_read(answer):
    """The same of Pléiades Neo."""
    request = translate.coverages_request(SETTINGS, NEO, "WOI_000007805_1")
    (coverage,) = translate.read_found_coverages(request, answer("answer-coverages-neo")).items
    image = translate.read_acquisition("WOI_000007805_1", coverage)

    assert (image.id, image.provider_status, image.cloud_cover_percent) == ("CIE_000016433_1_11_1", "PROPOSED", 28.5)
    assert image.footprint.equals(SCENE)
    assert request.json["criteria"]["q"] == (
        "(orderItemId:WOI_000007805_1 AND contractId:CTR21000411) AND "
        "(status:VALIDATED OR status:PROPOSED OR status:REFUSED OR status:PENDING OR status:REJECTED)"
    )


@pytest.mark.parametrize("footprint", [None, "POLYGON((0 0))", {}, {"type": "Polygon", "coordinates": [[[0, 0]]]}])
def test_an_image_without_a_readable_footprint_is_shown(answer, sample, footprint):
    """An outline that cannot be read hides nothing."""
    body = sample("answer-segments")
    body["segments"][0]["asDetail1"]["footprint"] = footprint
    body["segments"].append({"id": "bare"})
    images = [translate.read_acquisition("o", one) for one in translate.read_segments(answer(body))]

    assert [(image.id, image.footprint) for image in images] == [("AS_FC_XXXX_1_2", None), ("bare", None)]
    assert (images[1].provider_status, images[1].cloud_cover_percent) == ("", None)


# --- Decisions ---------------------------------------------------------------------------------------


def test_each_answer_has_its_own_path(settings, answer):
    """Segments, coverages and quotations; never repeated."""
    (segment,) = translate.read_segments(answer("answer-segments"))
    search = translate.orders_request(settings, NEO)
    (coverage,) = translate.read_found_coverages(search, answer("answer-coverages-neo")).items
    (quotation,) = translate.read_orders(NEO, search, answer("answer-orders-search-neo")).items
    decisions = (
        translate.image_decision("airbus", LEGACY, "ICR/1", segment),
        translate.image_decision("airbus", NEO, "WOI_000007805_1", coverage),
        translate.quotation_decision("airbus", NEO, quotation),
    )
    requests = [translate.answer_request(settings, one, accept=yes) for one in decisions for yes in (True, False)]
    segments, coverages = f"{ORDERS}/contracts/A%2FB%20C/taskings/ICR%2F1/segments", f"{ORDERS}/coverages"
    quotations = f"{ORDERS}/contracts/CTR21000411/quotations"

    assert [(request.method, request.url) for request in requests] == [
        ("POST", f"{segments}/AS_FC_XXXX_1_2/accept"),
        ("POST", f"{segments}/AS_FC_XXXX_1_2/refuse"),
        ("POST", f"{coverages}/CIE_000016433_1_11_1/accept"),
        ("POST", f"{coverages}/CIE_000016433_1_11_1/refuse"),
        ("PUT", f"{quotations}/QUO22054973/accept"),
        ("PUT", f"{quotations}/QUO22054973/refuse"),
    ]
    assert {request.repeatable for request in requests} == {False}
    assert decisions[2].deadline == datetime(2022, 7, 15, tzinfo=UTC)
    assert "28.5 % of cloud" in decisions[1].question
    assert decisions[2].order_id == "WOI_000007805_1"


@pytest.mark.parametrize(
    ("members", "order_id"),
    [({}, "my reference"), ({"customerReference": None}, "QUO22054973")],
)
def test_a_quotation_belongs_to_the_reference_until_it_is_an_order(sample, members, order_id):
    """Its order has no id yet, and the buyer knows it by the reference alone."""
    quotation = item(sample, orderItemId=None, status=None, quotationStatus="SENT", **members)

    assert translate.quotation_decision("airbus", NEO, quotation).order_id == order_id


@pytest.mark.parametrize(
    "raw", [{}, {"contract": {"contractId": "c"}}, {"segment": {}}, {"contract": 5, "quotation": {}}]
)
def test_a_decision_of_another_kind_is_refused(settings, raw):
    """What this adapter did not ask is not answered."""
    decision = Decision(id="d", account="airbus", order_id="o", question="?", if_ignored="nothing", raw=raw)
    with pytest.raises(InvalidRequestError):
        translate.answer_request(settings, decision, accept=True)


def test_a_study_is_answered_by_mail(settings, sample):
    """No request exists for it."""
    study = translate.study_decision("airbus", LEGACY, tasking(sample, status="Feasibility study in progress"))
    with pytest.raises(UnsupportedActionError, match="by mail only"):
        translate.answer_request(settings, study, accept=False)


# --- Leaving -----------------------------------------------------------------------------------------


def test_leaving_has_its_paths(settings):
    """Each back end has its own; the body is an empty object."""
    requests = [
        translate.leave_request(settings, contract, order_id, verb)
        for contract, order_id in ((LEGACY, "ICR_1"), (NEO, "WOI_1"))
        for verb in ("cancel", "stop")
    ]

    assert [(request.method, request.url) for request in requests] == [
        ("POST", f"{ORDERS}/contracts/A%2FB%20C/taskings/ICR_1/cancel"),
        ("POST", f"{ORDERS}/contracts/A%2FB%20C/taskings/ICR_1/stop"),
        ("POST", f"{ORDERS}/orders/WOI_1/cancel"),
        ("POST", f"{ORDERS}/orders/WOI_1/stop"),
    ]
    assert {(request.repeatable, dump_json(request.json)) for request in requests} == {(False, "{}")}


@given(st.integers(-48 * 3600, 48 * 3600))
def test_cancelling_and_stopping_are_complementary(seconds):
    """At each moment a OneNow can be left in exactly one way."""
    until = datetime(2026, 11, 23, 9, tzinfo=UTC)
    order = Order(
        account="airbus",
        provider="airbus",
        id="ICR_1",
        reference="r",
        state=OrderState.IN_PROGRESS,
        cancellable_until=until,
        raw={"tasking": {"icr": {"progTypeName": "OneNow"}}},
    )

    def allowed(check):
        try:
            check(LEGACY, order, until + timedelta(seconds=seconds))
        except UnsupportedActionError:
            return False
        return True

    assert (allowed(translate.check_cancel), allowed(translate.check_stop)) == (seconds < 0, seconds >= 0)


def test_an_order_read_elsewhere_has_no_contract():
    """Then its contract is looked for, or it is refused."""
    order = Order(account="a", provider="airbus", reference="r", state=OrderState.UNKNOWN, raw={"contract": "no"})

    assert translate.contract_of(order) is None
    with pytest.raises(InvalidRequestError, match="does not hold Airbus' contract"):
        translate.own_contract(order)


# --- Collecting --------------------------------------------------------------------------------------


@pytest.fixture
def completed(sample) -> Order:
    """The guide's order."""
    return translate.read_order("airbus", LEGACY, tasking(sample))


def test_images_are_asked_for_by_workspace_and_reference(settings, completed):
    """At the guide's address, on the search's own host."""
    request = translate.delivered_request(settings, "w", completed)

    assert request.url == "https://search.foundation.api.oneatlas.airbus.com/api/v2/opensearch"
    assert request.query[:2] == (("workspaceid", "w"), ("customerReference", "customer ref"))


def test_a_delivered_image_is_a_file(settings, answer, completed):
    """On the account's own host, it wants the account's headers."""
    request = translate.delivered_request(settings, "w", completed)
    page = translate.read_delivered(request, answer("answer-opensearch"))
    (file,) = read_deliverables(settings, completed, page.items[0], {})

    assert translate.belongs_to(completed, page.items[0])
    assert (file.order_id, file.needs_credentials, file.acquisition_id) == ("ICR_FC_XXXXX", True, None)
    assert (file.name, file.media_type) == ("20abfc7e-0000-4000-8000-667990dd0000.zip", "application/zip")
    assert file.url.endswith("/download")


@pytest.mark.parametrize(
    ("properties", "name", "acquisition"),
    [
        ({"sourceIdentifier": "DS_PHR1B_XXXXXX"}, "DS_PHR1B_XXXXXX.zip", "AS_FC_XXXX_1_2"),
        ({"sourceIdentifier": "SO_1", "parentIdentifier": "DS_PHR1B_XXXXXX"}, "SO_1.zip", "AS_FC_XXXX_1_2"),
        ({"acquisitionIdentifier": "DS_PNEO3_1"}, "DS_PNEO3_1.zip", "CIE_000016433_1_11_1"),
        ({"sourceIdentifier": "DS_OTHER"}, "DS_OTHER.zip", None),
    ],
)
def test_a_file_belongs_to_the_image_that_it_was_made_from(
    settings, answer, sample, completed, properties, name, acquisition
):
    """The catalogue names it as the segment or coverage does; what it names otherwise belongs to the order alone."""
    (segment,) = translate.read_segments(answer("answer-segments"))
    coverages = sample("answer-coverages-neo")
    coverages["features"][0]["archiveId"] = "DS_PNEO3_1"
    search = translate.coverages_request(settings, NEO, "WOI_1")
    (coverage,) = translate.read_found_coverages(search, answer(coverages)).items
    taken = translate.catalogued([translate.read_acquisition("o", one) for one in (segment, coverage)])
    body = sample("answer-opensearch")
    body["features"][0]["properties"] = properties
    (image,) = translate.read_delivered(translate.delivered_request(settings, "w", completed), answer(body)).items
    (file,) = read_deliverables(settings, completed, image, taken)

    assert translate.names_its_source(image)
    assert (file.name, file.acquisition_id) == (name, acquisition)


@pytest.mark.parametrize(
    ("properties", "mine"),
    [
        ({}, True),
        ({"customerReference": "CUSTOMER REF "}, True),
        ({"customerReference": "another"}, False),
        ({"internalReference": "SALXXXXXX"}, True),
        ({"internalReference": "SAL2"}, False),
        (None, True),
    ],
)
def test_images_of_another_order_are_left_out(settings, answer, sample, completed, properties, mine):
    """A server may ignore a filter; what names another order is not this one's."""
    body = sample("answer-opensearch")
    body["features"][0]["properties"] = properties
    page = translate.read_delivered(translate.delivered_request(settings, "w", completed), answer(body))

    assert translate.belongs_to(completed, page.items[0]) is mine
    unsold = evolve(completed, raw={})
    assert translate.belongs_to(unsold, page.items[0]) is (mine or "internalReference" in (properties or {}))


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ({"href": "https://elsewhere.invalid/a/DS_1.zip?token=1"}, "DS_1.zip"),
        ({"href": "https://elsewhere.invalid/x", "name": "DS_2.tif"}, "DS_2.tif"),
        ({"href": "https://elsewhere.invalid/x", "name": "../../etc/passwd.d"}, "_.._etc_passwd.d"),
        ({"href": "https://elsewhere.invalid/%2e%2e%2f%2e%2e%2fx.zip"}, "x.zip"),
    ],
)
def test_a_file_name_stays_in_its_folder(settings, answer, sample, completed, link, name):
    """Links of other hosts get no credential, and no name leads out of a folder."""
    body = sample("answer-opensearch")
    body["features"][0]["_links"]["download"] = link
    page = translate.read_delivered(translate.delivered_request(settings, "w", completed), answer(body))
    (file,) = read_deliverables(settings, completed, page.items[0], {})

    assert (file.name, file.needs_credentials) == (name, False)


def test_an_image_without_links_or_id_brings_no_file(settings, answer, completed):
    """Nothing to fetch is not an error."""
    body = {
        "features": [{}, {"_links": None}, {"_links": {"download": None}}, {"_links": {"download": [{"href": "h/x"}]}}]
    }
    page = translate.read_delivered(translate.delivered_request(settings, "w", completed), answer(body))
    files = [read_deliverables(settings, completed, image, {}) for image in page.items]

    assert [len(some) for some in files] == [0, 0, 0, 1]
    assert files[3][0].name.endswith("-x")
