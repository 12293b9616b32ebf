"""Between a purchase and Planet's order: the body, the words, lists, captures, and what may be changed; all pure."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from tasking_hub import (
    Decision,
    Edit,
    HttpRequest,
    HttpResponse,
    Imaging,
    InvalidRequestError,
    MalformedResponseError,
    Opportunity,
    OpportunityKind,
    Optical,
    OrderState,
    Purchase,
    Quota,
    RefusalCode,
    RejectedRequestError,
    ReplacedOrder,
    Secret,
    TaskRequest,
    UnsupportedActionError,
    Window,
)
from tasking_hub.messages import dump_json
from tasking_hub_planet import CaptureReview, PlanetOptions, PlanetSettings, ReviewCategory
from tasking_hub_planet import translate as t

ORDER_ID = "0d3b1b6a-6f5d-4c1e-9f43-2f6f1a3c9b77"
WINDOW_ID = "a3809a14-acf8-473a-b586-62ba76cfd451"
START = datetime(2024, 7, 25, 0, 25, 4, 851000, tzinfo=UTC)


def respond(body, status=200):
    """An answer with this JSON."""
    return HttpResponse(status=status, body=dump_json(body).encode(), method="GET", url="https://api.planet.com/x")


@pytest.fixture
def facts(sample):
    """The sample order with changes."""
    return lambda **changes: t.read_facts(respond(sample("order") | changes))


@pytest.fixture
def bought(inquire, answer):
    """A window of the page as a purchase, with the inquiry that found it."""

    def make(name="search-done", *, replaces=(), reference="Assured Tasking order 01", handle=WINDOW_ID, **request):
        options = PlanetOptions(show_replacing=True, **request.pop("options", {}))
        inquiry = inquire(options=options, **request)
        found = t.read_opportunities(inquiry, t.read_search(answer(name)))[0]
        opportunity = evolve(found, handle=handle)
        purchase = Purchase(reference=reference, opportunity=opportunity, replaces=frozenset(replaces))
        return inquiry, purchase

    return make


# --- The order that is sent --------------------------------------------------------------------------


def test_the_pages_order_is_produced(bought, sample):
    """The body is the page's, field for field; it is sent once, to the path with its slash."""
    request = t.place_request(*bought())

    assert request.json == sample("order-create-request")
    assert (request.method, request.url) == ("POST", "https://api.planet.com/tasking/v2/orders/")
    assert request.repeatable is False


@pytest.mark.parametrize(
    ("wish", "options", "sent"),
    [(None, {}, None), (0, {}, 0), (3, {}, 7), (7, {}, 7), (8, {}, 30), (None, {"exclusivity_days": 7}, 7)],
)
def test_the_exclusivity_that_was_priced_is_ordered(bought, wish, options, sent):
    """Where it was asked for, the days that Planet sells; else nothing, as in the page's body."""
    request = t.place_request(*bought(exclusivity_days=wish, options=options))

    assert request.json.get("exclusivity_days") == sent


def test_contract_and_product_are_those_of_the_window(bought, settings):
    """Not those that are configured by now."""
    inquiry, purchase = bought()
    moved = evolve(inquiry, settings=evolve(settings, pl_number="PL-2", product="Other"))

    body = t.place_request(moved, purchase).json

    assert (body["pl_number"], body["product"]) == ("<YourPLNumber>", "Assured Tasking")


@given(extra=st.sets(st.sampled_from(["a", "b", "c"])), lost=st.booleans())
def test_only_the_exact_replacement_passes(extra, lost):
    """Every other set of ids is refused and each id of the difference is named."""
    conflicting = frozenset({"x", "y"})
    agreed = (conflicting - ({"x"} if lost else frozenset())) | extra
    refusal = t.check_purchase(*_replacing(conflicting, agreed))

    assert (refusal is None) == (agreed == conflicting)
    if refusal is not None:
        assert all(one in refusal.message for one in agreed ^ conflicting)
        assert refusal.code is RefusalCode.INVALID_REQUEST


def _replacing(conflicting, agreed):
    """A purchase of a window that replaces these orders."""
    request = TaskRequest(area=Point(1, 2), window=Window(START, START + timedelta(days=1)), reference="r")
    opportunity = Opportunity(
        id="w",
        account="planet",
        provider="planet",
        request=request,
        kind=OpportunityKind.PASS,
        imaging=Imaging.OPTICAL,
        product="Assured Tasking",
        window=Window(START, START + timedelta(seconds=60)),
        replaces=[ReplacedOrder(id=one) for one in sorted(conflicting)],
        handle="w",
    )
    inquiry = t.Inquiry(
        account="planet",
        settings=PlanetSettings(api_key=Secret("k"), pl_number="PL"),
        request=request,
        options=PlanetOptions(),
        asked_at=START - timedelta(hours=1),
    )
    return inquiry, Purchase(reference="r", opportunity=opportunity, replaces=agreed)


def test_a_window_that_began_is_not_sent(bought):
    """From its first second on."""
    inquiry, purchase = bought()
    start = purchase.opportunity.window.start

    assert t.check_purchase(evolve(inquiry, asked_at=start - timedelta(seconds=1)), purchase) is None
    assert t.check_purchase(evolve(inquiry, asked_at=start), purchase).code is RefusalCode.DEADLINE_PASSED


def test_without_a_window_nothing_is_sent(bought):
    """An opportunity without Planet's handle cannot be ordered."""
    with pytest.raises(InvalidRequestError, match="find it again"):
        t.check_purchase(*bought(handle=None))


# --- The order that is read --------------------------------------------------------------------------


def test_every_field_of_an_order_arrives(facts, sample):
    """Words, times, price, progress and terms; the JSON is kept."""
    order = t.read_order("planet-eu", facts())

    assert (order.account, order.provider, order.id) == ("planet-eu", "planet", ORDER_ID)
    assert order.reference == "Assured Tasking order 01"
    assert (order.state, order.provider_status) == (OrderState.ACCEPTED, "PENDING")
    assert order.price == Quota(Decimal("37.5"), "quota")
    assert order.window == Window(START, START.replace(minute=26, second=17, microsecond=151000))
    assert order.cancellable_until == START - timedelta(hours=2)
    assert order.progress_percent == 40
    assert [(one.at.minute, one.state) for one in order.history] == [(30, OrderState.RECEIVED)]
    assert [one.hours_before_start for one in order.cancellation] == [None, 2]
    assert (order.replaced, order.raw) == ((), sample("order"))


def test_the_price_names_its_unit(facts, answer):
    """Where Planet was asked what the order costs."""
    order = t.read_order("planet", facts(), pricing=t.read_pricing(answer("order-pricing")))

    assert order.price == Quota(Decimal("37.5"), "SQKM")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("RECEIVED", OrderState.RECEIVED),
        ("REQUESTED", OrderState.RECEIVED),
        ("PENDING", OrderState.ACCEPTED),
        ("IN_PROGRESS", OrderState.IN_PROGRESS),
        ("FINALIZING", OrderState.PROCESSING),
        ("FULFILLED", OrderState.FULFILLED),
        ("PENDING_CANCELLATION", OrderState.CANCELLING),
        ("CANCELLED", OrderState.CANCELLED),
        ("REJECTED", OrderState.REJECTED),
        ("EXPIRED", OrderState.EXPIRED),
        ("FAILED", OrderState.FAILED),
        ("PAUSED", OrderState.UNKNOWN),
        ("pending", OrderState.UNKNOWN),
        ("", OrderState.UNKNOWN),
    ],
)
def test_words_are_states(facts, word, state):
    """The eleven words of the table; any other one is unknown and kept."""
    order = t.read_order("planet", facts(status=word))

    assert (order.state, order.provider_status) == (state, word)


def test_an_order_needs_id_and_status_only(sample):
    """Everything else may be missing; the id stands in for the name."""
    order = t.read_order("planet", t.read_facts(respond({"id": "x", "status": "RECEIVED"})))

    assert (order.reference, order.price, order.progress_percent, order.history) == ("x", None, None, ())
    assert order.cancellable_until is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": 5}, r"expected a string, not int @ \$\.id"),
        ({"status": None}, r"@ \$\.status"),
        ({"created_time": "yesterday"}, r"@ \$\.created_time"),
        ({"estimated_quota_cost": "much"}, r"@ \$\.estimated_quota_cost"),
        ({"is_cancellable": "yes"}, r"@ \$\.is_cancellable"),
    ],
)
def test_an_unreadable_order_is_malformed(facts, change, problem):
    """What is wrong is said with its path."""
    with pytest.raises(MalformedResponseError, match=problem):
        facts(**change)


@pytest.mark.parametrize("amount", ["1e21", "1e-30"])
def test_an_absurd_price_is_malformed(facts, amount):
    """With its path."""
    with pytest.raises(MalformedResponseError, match=r"\$\.estimated_quota_cost"):
        t.read_order("planet", facts(estimated_quota_cost=Decimal(amount)))


@given(
    asked=st.decimals(0, 10**6, allow_nan=False, allow_infinity=False),
    done=st.decimals(-10, 10**6, allow_nan=False, allow_infinity=False),
)
def test_progress_is_a_percentage(asked, done):
    """Whatever the two areas are; none where nothing was asked for."""
    body = {"id": "x", "status": "PENDING", "requested_sqkm": asked, "fulfilled_sqkm": done}
    progress = t.read_order("planet", t.read_facts(respond(body))).progress_percent

    assert (progress is None) == (asked == 0)
    assert progress is None or 0 <= progress <= 100


def test_a_good_end_is_dated(facts):
    """By Planet's own time."""
    order = t.read_order("planet", facts(status="FULFILLED", fulfilled_time="2024-07-25T05:00:00Z"))

    assert [one.state for one in order.history] == [OrderState.RECEIVED, OrderState.FULFILLED]
    assert order.history[-1].at == datetime(2024, 7, 25, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"name": " Assured Tasking order 01 "}, True),
        ({"name": "Assured Tasking order 012"}, False),
        ({"name": None}, False),
        ({"imaging_window": None}, True),
        ({"imaging_window": {"id": WINDOW_ID}}, True),
        ({"imaging_window": "another"}, False),
        ({"imaging_window": {"id": "another"}}, False),
    ],
)
def test_an_order_is_known_by_name_and_window(facts, bought, change, same):
    """The name must be the reference; the window must be the same where the order states one."""
    assert t.is_of(facts(**change), bought()[1]) is same


def test_the_order_made_first_is_the_one(facts):
    """Whatever order they come in, and where one has no time."""
    early, late, undated = (facts(created_time=time) for time in ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", None))

    assert t.first_made([late, undated, early]) is early
    assert t.first_made([]) is None


# --- Lists -------------------------------------------------------------------------------------------


def test_a_look_up_asks_by_name_and_time(settings, bought):
    """The name as it is, the time less a day, the pages' documented parameters."""
    purchase = evolve(bought()[1], sent_at=datetime(2024, 7, 24, 9, 30, tzinfo=UTC))

    assert t.look_up_request(settings, purchase).query == (
        ("name__icontains", "Assured Tasking order 01"),
        ("created_time__gte", "2024-07-23T09:30:00Z"),
        ("ordering", "-created_time"),
        ("limit", "50"),
        ("offset", "0"),
    )


def test_a_look_up_without_a_time_asks_by_name(settings, bought):
    """What was never marked as sent is looked for over all time."""
    assert "created_time__gte" not in dict(t.look_up_request(settings, bought()[1]).query)


PAGE = HttpRequest(
    method="GET", url="https://api.planet.com/tasking/v2/orders/", query=(("offset", "0"),), repeatable=True
)


@pytest.mark.parametrize(
    "link",
    [
        "https://api.planet.com/tasking/v2/orders/?limit=50&offset=50",
        "http://API.planet.com/tasking/v2/orders?limit=50&offset=50",
    ],
)
def test_the_next_page_is_asked_of_our_own_address(link):
    """Only the query of the link is used, so not even a link to plain HTTP leads away."""
    following = t.next_page(PAGE, respond({"results": [], "next": link}))

    assert (following.url, following.query) == (PAGE.url, (("limit", "50"), ("offset", "50")))


@pytest.mark.parametrize("body", [{"results": []}, {"results": [], "next": None}, []])
def test_the_last_page_has_no_next(body):
    """It says null, nothing, or is no page at all."""
    assert t.next_page(PAGE, respond(body)) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/tasking/v2/orders/?offset=50",
        "https://api.planet.com.evil.example/tasking/v2/orders/?offset=50",
        "https://api.planet.com@evil.example/tasking/v2/orders/?offset=50",
        "https://api.planet.com/tasking/v2/captures/?offset=50",
        "https://api.planet.com/tasking/v2/orders/?offset=0",
        "http://[",
        "",
        5,
    ],
)
def test_a_next_page_elsewhere_is_not_followed(link):
    """Another host, another list, the same page again, no address at all."""
    with pytest.raises(MalformedResponseError, match=r"\$\.next"):
        t.next_page(PAGE, respond({"results": [], "next": link}))


def test_a_page_names_the_order_that_is_wrong(sample):
    """With its place on the page."""
    with pytest.raises(MalformedResponseError, match=r"\$\.results\[1\]\.status"):
        t.read_orders(respond({"results": [sample("order"), {"id": "x"}]}))


@pytest.mark.parametrize(
    ("updated", "since", "changed"),
    [
        ("2024-07-24T09:30:20Z", None, True),
        ("2024-07-24T09:30:20Z", datetime(2024, 7, 24, 9, 31, tzinfo=UTC), True),
        ("2024-07-24T09:30:20Z", datetime(2024, 7, 24, 9, 32, tzinfo=UTC), False),
        (None, datetime(2030, 1, 1, tzinfo=UTC), True),
    ],
)
def test_what_changed_is_told_with_a_margin(facts, updated, since, changed):
    """A minute, for clocks that differ; an order that does not say when may have changed."""
    assert t.changed_since(facts(updated_time=updated), since) is changed


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"results": [{"order_id": "a"}, {"order": "b"}, {"order": {"id": "c"}}, {"order_id": "a"}]}, ["a", "b", "c"]),
        ([{"order_id": "a", "created_time": "2024-07-24T10:00:00Z"}], ["a"]),
        ([{"order_id": "a", "created_time": "2024-07-24T08:00:00Z"}], []),
        ([{"order_id": "a", "event_type": "ORDER_UNHEARD_OF"}, 5, {"order_id": 5}, {}], ["a"]),
        ({"count": 1}, []),
        ("words", []),
    ],
)
def test_the_history_is_read_whatever_its_shape(body, ids):
    """No page shows an event, so what cannot be read is passed over."""
    assert t.read_changed_ids(respond(body), datetime(2024, 7, 24, 9, tzinfo=UTC)) == ids


# --- Captures ----------------------------------------------------------------------------------------


def test_every_field_of_a_capture_arrives(answer, sample):
    """Planet's own word, the time and the area; what is only planned has neither."""
    taken, planned = (t.read_acquisition(one, ORDER_ID) for one in t.read_captures(answer("captures")))

    assert (taken.id, taken.order_id, taken.provider_status) == (
        sample("captures")["results"][0]["id"],
        ORDER_ID,
        "PUBLISHED",
    )
    assert taken.taken_at == datetime(2024, 7, 25, 0, 25, 41, 500000, tzinfo=UTC)
    assert isinstance(taken.footprint, Polygon)
    assert taken.cloud_cover_percent is None
    assert taken.raw["cloud_cover"] == Decimal("0.04")
    assert (planned.provider_status, planned.taken_at, planned.footprint) == ("SCHEDULED", None, None)


def test_an_area_that_is_none_hides_no_capture():
    """The image was taken all the same."""
    page = {"results": [{"id": "x", "status": "PUBLISHED", "captured_area": {"type": "Blob"}}]}
    (capture,) = t.read_captures(respond(page))

    assert t.read_acquisition(capture, ORDER_ID).footprint is None


PUBLISHED_AT = datetime(2024, 7, 25, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "later", "open_"),
    [
        ({}, timedelta(days=1), True),
        ({}, timedelta(days=14), False),
        ({"status": "PROCESSING"}, timedelta(days=1), False),
        ({"fulfilling": False}, timedelta(days=1), False),
        ({"fulfilling": None}, timedelta(days=1), True),
        ({"product": "Archive Tasking"}, timedelta(days=1), False),
        ({"published_time": None}, timedelta(days=1), False),
    ],
)
def test_what_can_be_reviewed_is_a_decision(sample, change, later, open_):
    """Published, fulfilling, not of the archive, and not older than two weeks."""
    capture = sample("captures")["results"][0] | change
    (facts,) = t.read_captures(respond({"results": [capture]}))

    assert t.is_reviewable(facts, PUBLISHED_AT + later) is open_


def test_a_decision_says_what_and_until_when(answer):
    """The order by name, the deadline, and what silence means."""
    decision = t.read_decision("planet-eu", t.read_captures(answer("captures"))[0])

    assert (decision.account, decision.order_id) == ("planet-eu", ORDER_ID)
    assert decision.deadline == PUBLISHED_AT + timedelta(days=14)
    assert decision.if_ignored == "it counts as accepted"
    assert "Assured Tasking order 01" in decision.question


def test_a_decision_has_its_time():
    """At the deadline it is too late."""
    decision = Decision(id="x", account="a", order_id="o", question="?", deadline=PUBLISHED_AT, if_ignored="-")

    t.check_decision(decision, PUBLISHED_AT - timedelta(seconds=1))
    t.check_decision(evolve(decision, deadline=None), PUBLISHED_AT)
    with pytest.raises(UnsupportedActionError, match="14 days"):
        t.check_decision(decision, PUBLISHED_AT)


def test_a_review_is_the_pages(settings):
    """The three members that Planet's page wants; it is sent once."""
    review = CaptureReview(category=ReviewCategory.SHADOWS, description="Too dark.")
    request = t.review_request(settings, "a/b", review)

    assert request.json == {"capture_id": "a/b", "category": "SHADOWS", "description": "Too dark."}
    assert request.url == "https://api.planet.com/tasking/v2/captures/a%2Fb/reviews/"
    assert request.repeatable is False


def test_a_review_needs_words():
    """Planet wants a description."""
    with pytest.raises(InvalidRequestError):
        CaptureReview(category=ReviewCategory.HAZE, description=" ")


@pytest.mark.parametrize(
    ("body", "any_"), [({"results": []}, False), ([], False), ({"results": [{}]}, True), ([{}], True), ({}, False)]
)
def test_reviews_are_counted_whatever_their_shape(body, any_):
    """A page or a plain list."""
    assert t.has_reviews(respond(body)) is any_


# --- Changing and leaving ----------------------------------------------------------------------------

CREATED = datetime(2024, 7, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("word", ["RECEIVED", "REQUESTED", "PENDING", "IN_PROGRESS", "PAUSED"])
def test_orders_at_work_can_be_cancelled(facts, word):
    """So can one in a state that nobody knows: Planet is asked."""
    t.check_cancel(facts(status=word).order, CREATED)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "FINALIZING"}, "FINALIZING"),
        ({"status": "FULFILLED"}, "FULFILLED"),
        ({"status": "REJECTED"}, "REJECTED"),
        ({"status": "EXPIRED"}, "EXPIRED"),
        ({"status": "FAILED"}, "FAILED"),
        ({"is_cancellable": False}, "is_cancellable"),
        ({"cancellable_until": "2024-07-24T10:00:00Z"}, "until 2024-07-24T10:00:00Z"),
    ],
)
def test_what_planet_keeps_is_not_cancelled(facts, change, why):
    """The message says why, and nothing is sent."""
    with pytest.raises(UnsupportedActionError, match=why):
        t.check_cancel(facts(**change).order, CREATED)


@pytest.mark.parametrize(
    ("change", "notes"),
    [
        ({"is_cancellable": False}, ["it cannot be cancelled (PENDING)"]),
        ({"status": "FULFILLED"}, ["it cannot be cancelled (FULFILLED)"]),
    ],
)
def test_an_order_that_stays_has_one_step(facts, change, notes):
    """It says that it cannot be left; nor is there a last moment to leave."""
    order = t.read_order("planet", facts(**change))

    assert [step.note for step in order.cancellation] == notes
    assert order.cancellable_until is None


def test_every_step_of_leaving_has_a_source(facts):
    """With its date, and no fee that Planet does not publish."""
    for step in t.cancellation_steps(facts().order):
        assert "read 2026-11" in step.source
        assert step.fee_percent is None


@pytest.mark.parametrize(
    ("edit", "body"),
    [
        (Edit(name="x"), {"name": "x"}),
        (Edit(rank=2), {"rank": 2}),
        (Edit(start=START), {"start_time": "2024-07-25T00:25:04.851Z"}),
        (Edit(name="x", end=START), {"name": "x", "end_time": "2024-07-25T00:25:04.851Z"}),
    ],
)
def test_a_change_holds_only_what_changes(settings, edit, body):
    """PUT with a partial body, as in Planet's notebook, and no slash at the end."""
    request = t.edit_request(settings, ORDER_ID, edit)

    assert (request.method, request.json) == ("PUT", body)
    assert request.url == f"https://api.planet.com/tasking/v2/orders/{ORDER_ID}"


@pytest.mark.parametrize(
    ("word", "edit", "error"),
    [
        ("PENDING", Edit(), InvalidRequestError),
        ("PENDING", Edit(start=START + timedelta(hours=1)), InvalidRequestError),
        ("PENDING", Edit(start=START + timedelta(seconds=10)), None),
        ("REQUESTED", Edit(name="x"), None),
        ("IN_PROGRESS", Edit(name="x"), None),
        ("IN_PROGRESS", Edit(start=START), UnsupportedActionError),
        ("RECEIVED", Edit(name="x"), UnsupportedActionError),
        ("FINALIZING", Edit(name="x"), UnsupportedActionError),
        ("CANCELLED", Edit(name="x"), UnsupportedActionError),
        ("PENDING_CANCELLATION", Edit(name="x"), UnsupportedActionError),
        ("FULFILLED", Edit(name="x"), UnsupportedActionError),
        ("PAUSED", Edit(name="x"), None),
    ],
)
def test_changes_are_checked_by_state(facts, word, edit, error):
    """As Planet's notebook has it; a word that nobody knows is left to Planet."""
    if error is None:
        t.check_edit(facts(status=word).order, edit)
    else:
        with pytest.raises(error):
            t.check_edit(facts(status=word).order, edit)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, UnsupportedActionError), (409, UnsupportedActionError), (301, RejectedRequestError)]
)
def test_planets_refusal_of_a_change_is_typed(status, kind):
    """A refusal about the order says so in Planet's words; a redirect is no such refusal."""
    error = RejectedRequestError(status=status, method="DELETE", url="u", provider_message="Too late.")
    meant = t.refused_by_planet(error, "cancel", ORDER_ID)

    assert type(meant) is kind
    assert "Too late." in str(meant)


# --- The review of a quote ---------------------------------------------------------------------------


@pytest.fixture
def reviewed(inquire, sample):
    """The page's priced window, quoted, and reviewed as another reading shows it."""

    def make(optical=None, **window):
        body = sample("search-done-priced")
        wishes = {} if optical is None else {"optical": optical}
        inquiry = inquire(options=PlanetOptions(show_replacing=True), **wishes)
        state = t.read_search(respond(body))
        (opportunity,) = t.read_opportunities(inquiry, state)
        quote = t.read_quote(inquiry, opportunity, t.find_window(state, opportunity.handle))
        body["imaging_windows"][0] |= window
        return quote, t.read_review(inquiry, quote, t.find_window(t.read_search(respond(body)), opportunity.handle))

    return make


def test_what_did_not_move_is_the_same(reviewed):
    """All that the buyer accepted."""
    before, now = reviewed()

    assert now == before


def test_what_moved_is_in_the_new_quote(reviewed):
    """Price, multiplier, tier and the orders that would be lost, each as Planet has it now."""
    price = {"units": "SQKM", "estimated_quota_cost": 75}
    before, now = reviewed(
        pricing_details=price, quota_priority_multiplier=3, conflicting_orders=[], assured_tasking_tier="EXPRESS"
    )

    assert (str(now.price), now.multiplier, now.terms.priority) == ("75 SQKM", 3, "EXPRESS")
    assert (len(before.opportunity.replaces), now.opportunity.replaces) == (1, ())
    assert now.opportunity.raw["imaging_window"]["quota_priority_multiplier"] == 3
    assert "The orders that this window would cancel have changed since it was found." in now.notes


def test_a_window_that_falls_short_by_now_is_pointed_out(reviewed):
    """The forecast has changed: the buyer reads it before paying."""
    cloudy = [{"prediction": 90, "updated_time": "2024-07-24T10:00:00Z"}]
    before, now = reviewed(optical=Optical(max_cloud_cover=80), cloud_forecast=cloudy)

    assert now.opportunity.cloud_forecast.percent == 90
    assert "The window no longer meets max_cloud_cover: 80 % was asked and it has 90 %." in now.notes
    assert before.opportunity.cloud_forecast.percent < 80


def test_orders_that_would_be_lost_are_said_once(inquire, sample):
    """By their own note; they are no requirement that the window falls short of."""
    body = sample("search-done-priced")
    found = inquire(options=PlanetOptions(show_replacing=True))
    state = t.read_search(respond(body))
    (opportunity,) = t.read_opportunities(found, state)
    priced = t.find_window(state, opportunity.handle)
    now = t.read_review(inquire(), t.read_quote(found, opportunity, priced), priced)

    assert [note for note in now.notes if "no longer meets" in note] == []
    assert any("cancels 1 order(s)" in note for note in now.notes)
