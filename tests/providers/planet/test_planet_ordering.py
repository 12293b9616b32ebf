"""Buying and what follows over mocked HTTP: every endpoint, and every way in which one can fail."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from attrs import evolve
from shapely import Point
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    Decision,
    Edit,
    MalformedResponseError,
    NotFoundError,
    Opportunity,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    Purchase,
    Quota,
    QuoteRefusedError,
    RateLimitedError,
    RefusalCode,
    RejectedRequestError,
    TaskRequest,
    UnsentRequestError,
    UnsupportedActionError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_planet import PlanetOptions, PlanetProvider

ROOT = "https://api.planet.com/tasking/v2"
ORDERS = f"{ROOT}/orders/"
SEARCH_ID = "b7a4a198-17ea-45e2-baa1-766aaae3fab7"
CREATE = f"{ROOT}/imaging-windows/search/"
READ = f"{CREATE}{SEARCH_ID}/?order_template__exclusivity_days=0&show_replacing_imaging_windows=true"
ORDER_ID = "0d3b1b6a-6f5d-4c1e-9f43-2f6f1a3c9b77"
REPLACED_ID = "b70a6a66-dbb7-4a1c-a8bb-f9d4f5ffd9a2"
ORDER = f"{ORDERS}{ORDER_ID}"
START = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)
LISTED = f"{ORDERS}?ordering=-updated_time&limit=50&offset=0"
HISTORY = f"{ROOT}/order-history/?ordering=-created_time&limit=50&offset=0"
CAPTURES = f"{ROOT}/captures/?order_id={ORDER_ID}&limit=50&offset=0"
PUBLISHED = f"{ROOT}/captures/?status__in=PUBLISHED&fulfilling=true&ordering=-published_time&limit=50&offset=0"


@pytest.fixture
def clock():
    """Stands at the time of the page's search; sleeping moves it at once."""
    return ManualClock(START)


@pytest.fixture
async def planet(mocked, settings, clock):
    """The adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(PlanetProvider, settings, transport, clock)


@pytest.fixture
async def purchase(planet, mocked, sample):
    """The page's priced window, which replaces one order, quoted and agreed to."""
    request = TaskRequest(
        area=Point(133.406128, -25.837374),
        window=Window(START, START + timedelta(days=7)),
        options={"planet": PlanetOptions(show_replacing=True)},
    )
    mocked.post(CREATE, status=201, body=dump_json(sample("search-created")))
    mocked.get(READ, body=dump_json(sample("search-done-priced")))
    (found,) = [one async for one in planet.find_opportunities(request) if isinstance(one, Opportunity)]
    mocked.requests.clear()
    return Purchase(
        reference="ref-1",
        quote=await planet.quote(found),
        replaces=frozenset(order.id for order in found.replaces),
        sent_at=START,
    )


@pytest.fixture
def order_json(sample):
    """The sample order with changes, as a body."""
    return lambda **changes: dump_json(sample("order") | changes)


@pytest.fixture
async def order(planet, mocked, order_json, answer):
    """The sample order as it was read."""
    mocked.get(ORDER, body=order_json())
    mocked.get(f"{ORDER}/pricing", status=404)
    read = await planet.order(ORDER_ID)
    mocked.requests.clear()
    return read


def sent(mocked, method, url):
    """The calls of one endpoint."""
    return mocked.requests.get((method, URL(url)), [])


def page(*results, following=None):
    """A page of a list."""
    return dump_json({"count": len(results), "next": following, "previous": None, "results": list(results)})


# --- Placing: sent once, whatever comes --------------------------------------------------------------


async def test_a_window_is_ordered_with_one_request(planet, mocked, purchase, order_json):
    """One POST with the key; the order bears the reference and the quote's unit, and nothing is replaced yet."""
    mocked.post(ORDERS, status=201, body=order_json(name="ref-1", status="REQUESTED"))

    order = await planet.place(purchase)

    (call,) = sent(mocked, "POST", ORDERS)
    assert call.kwargs["headers"]["Authorization"] == "api-key a-made-up-key"
    assert call.kwargs["allow_redirects"] is False
    assert (order.id, order.reference, order.state) == (ORDER_ID, "ref-1", OrderState.RECEIVED)
    assert (str(order.price), order.replaced) == ("37.5 SQKM", ())
    assert len(mocked.requests) == 1


FAILURES = [
    ({"status": 400, "body": '{"imaging_window": ["Invalid."]}'}, RejectedRequestError),
    ({"status": 401, "body": '{"detail": "Invalid API key."}'}, AuthenticationError),
    ({"status": 403}, PermissionDeniedError),
    ({"status": 404}, NotFoundError),
    ({"status": 409}, RejectedRequestError),
    ({"status": 301, "headers": {"Location": ORDERS}}, RejectedRequestError),
    ({"status": 429}, RateLimitedError),
    ({"status": 429, "headers": {"Retry-After": "1"}}, RateLimitedError),
    ({"status": 500, "body": "{}"}, ProviderUnavailableError),
    ({"status": 502, "body": "<html>Bad gateway</html>"}, ProviderUnavailableError),
    ({"status": 503, "headers": {"Retry-After": "1"}}, ProviderUnavailableError),
    ({"status": 504}, ProviderUnavailableError),
    ({"exception": TimeoutError()}, OutcomeUnknownError),
    ({"exception": aiohttp.ServerDisconnectedError()}, OutcomeUnknownError),
    ({"exception": aiohttp.ClientPayloadError()}, OutcomeUnknownError),
    ({"exception": aiohttp.ClientConnectorDNSError(None, OSError("no name"))}, UnsentRequestError),
    ({"status": 201, "body": "<html>Sign in</html>"}, MalformedResponseError),
    ({"status": 201, "body": ""}, MalformedResponseError),
    ({"status": 201, "body": "{}"}, MalformedResponseError),
    ({"status": 200, "body": '{"id": "x", "status": '}, MalformedResponseError),
]


@pytest.mark.parametrize(("answer", "error"), FAILURES)
async def test_a_failed_order_is_never_sent_again(planet, mocked, purchase, answer, error):
    """One POST for every failure class; what is known of its outcome is the type of the error."""
    mocked.post(ORDERS, repeat=True, **answer)

    with pytest.raises(error):
        await planet.place(purchase)

    assert len(sent(mocked, "POST", ORDERS)) == 1
    assert len(mocked.requests) == 1


@pytest.mark.parametrize("replaces", [frozenset(), frozenset({"another"})])
async def test_a_wrong_replacement_is_not_sent(planet, mocked, purchase, replaces):
    """Planet would not ask, so nothing may leave."""
    with pytest.raises(QuoteRefusedError):
        await planet.place(evolve(purchase, replaces=replaces))

    assert mocked.requests == {}


# --- Reviewing ---------------------------------------------------------------------------------------


async def test_a_review_reads_the_search_again(planet, mocked, purchase, sample):
    """With its prices and with the windows that replace orders, even where the price is fresh."""
    body = sample("search-done-priced")
    body["imaging_windows"][0]["quota_priority_multiplier"] = 2
    mocked.get(READ, body=dump_json(body))

    now = await planet.review(purchase.quote)

    assert (purchase.quote.multiplier, now.multiplier) == (1, 2)
    assert len(sent(mocked, "GET", READ)) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404}, RefusalCode.NO_OPPORTUNITY),
        ({"body": '{"id": "x", "status": "DONE", "imaging_windows": []}'}, RefusalCode.NO_OPPORTUNITY),
    ],
)
async def test_a_window_that_is_gone_cannot_be_bought(planet, mocked, purchase, answer, code):
    """Neither where Planet forgot the search nor where it lists the window no more."""
    mocked.get(READ, **answer)

    with pytest.raises(QuoteRefusedError) as caught:
        await planet.review(purchase.quote)

    assert caught.value.refusal.code is code


async def test_a_window_without_a_price_cannot_be_bought(planet, mocked, purchase, sample):
    """What costs nobody knows what is not bought."""
    mocked.get(READ, body=dump_json(sample("search-done-replacing")))

    with pytest.raises(QuoteRefusedError) as caught:
        await planet.review(purchase.quote)

    assert caught.value.refusal.code is RefusalCode.NO_PRICING_PLAN


async def test_a_window_that_began_costs_no_request(planet, mocked, purchase, clock):
    """The clock is enough."""
    clock.advance(86_400)

    with pytest.raises(QuoteRefusedError) as caught:
        await planet.review(purchase.quote)

    assert caught.value.refusal.code is RefusalCode.DEADLINE_PASSED
    assert mocked.requests == {}


# --- Looking up --------------------------------------------------------------------------------------

LOOK_UP = f"{ORDERS}?name__icontains=ref-1&created_time__gte=2024-07-23T09:26:41Z&ordering=-created_time"


async def test_a_look_up_goes_through_all_pages(planet, mocked, purchase, sample):
    """An order on the second page is found, by name and window, also where the server ignores the filters."""
    strange = sample("order") | {"name": "another"}
    ours = sample("order") | {"id": "ours", "name": "ref-1", "imaging_window": purchase.opportunity.handle}
    following = f"{LOOK_UP}&limit=50&offset=50"
    mocked.get(f"{LOOK_UP}&limit=50&offset=0", body=page(strange, following=following))
    mocked.get(following, body=page(ours))

    found = await planet.look_up(purchase)

    assert (found.id, found.reference, str(found.price)) == ("ours", "ref-1", "37.5 SQKM")


async def test_nothing_found_is_none(planet, mocked, purchase):
    """Planet lists no such order."""
    mocked.get(f"{LOOK_UP}&limit=50&offset=0", body=page())

    assert await planet.look_up(purchase) is None


async def test_a_look_up_is_tried_again(planet, mocked, purchase):
    """It only reads."""
    mocked.get(f"{LOOK_UP}&limit=50&offset=0", status=503)
    mocked.get(f"{LOOK_UP}&limit=50&offset=0", body=page())

    assert await planet.look_up(purchase) is None


async def test_a_next_page_elsewhere_ends_the_look_up(planet, mocked, purchase):
    """With an error: an order that might be there must not count as absent, and the key goes nowhere else."""
    mocked.get(f"{LOOK_UP}&limit=50&offset=0", body=page(following="https://evil.example/tasking/v2/orders/?offset=50"))

    with pytest.raises(MalformedResponseError):
        await planet.look_up(purchase)

    assert {url.host for _, url in mocked.requests} == {"api.planet.com"}


# --- Reading -----------------------------------------------------------------------------------------


async def test_an_order_is_read_with_its_price(planet, mocked, order_json):
    """The unit comes with the price."""
    mocked.get(ORDER, body=order_json(status="REQUESTED"))
    mocked.get(f"{ORDER}/pricing", body='{"units": "CREDITS", "estimated_quota_cost": 3}')

    order = await planet.order(ORDER_ID)

    assert (order.price, order.state) == (Quota(3, "CREDITS"), OrderState.RECEIVED)


@pytest.mark.parametrize(
    ("word", "other", "replaced"),
    [
        ("REQUESTED", None, ()),
        ("REJECTED", None, ()),
        ("PENDING", {"body": '{"id": "r", "status": "PENDING"}'}, ()),
        ("PENDING", {"status": 404}, ()),
        ("PENDING", {"body": '{"id": "r", "status": "PENDING_CANCELLATION"}'}, (REPLACED_ID,)),
        ("IN_PROGRESS", {"body": '{"id": "r", "status": "CANCELLED"}'}, (REPLACED_ID,)),
    ],
)
async def test_replaced_orders_are_named_once_they_are_gone(planet, mocked, order_json, sample, word, other, replaced):
    """The new order left REQUESTED, and each of those in its way is cancelled or about to be."""
    mocked.get(ORDER, body=order_json(status=word))
    mocked.get(f"{ORDER}/pricing", body=dump_json(sample("order-pricing")))
    if other is not None:
        mocked.get(f"{ORDERS}{REPLACED_ID}", **other)

    order = await planet.order(ORDER_ID)

    assert order.replaced == replaced
    assert len(sent(mocked, "GET", f"{ORDERS}{REPLACED_ID}")) == (other is not None)


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 403}, {"status": 405}, {"body": "<html></html>"}])
async def test_an_order_is_read_without_its_price_too(planet, mocked, order_json, answer):
    """The path of the price is a third party's word: without it the order still is what it is."""
    mocked.get(ORDER, body=order_json())
    mocked.get(f"{ORDER}/pricing", **answer)

    assert (await planet.order(ORDER_ID)).price == Quota(Decimal("37.5"), "quota")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 404}, NotFoundError),
        ({"status": 401}, AuthenticationError),
        ({"status": 403}, PermissionDeniedError),
        ({"status": 503}, ProviderUnavailableError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"body": "<html></html>"}, MalformedResponseError),
        ({"body": "{}"}, MalformedResponseError),
    ],
)
async def test_an_order_that_cannot_be_read_is_an_error(planet, mocked, answer, error):
    """Typed, as everywhere."""
    mocked.get(ORDER, repeat=True, **answer)

    with pytest.raises(error):
        await planet.order(ORDER_ID)


async def test_all_orders_are_listed_once(planet, mocked, sample):
    """Over pages, each id once, an unknown word among them."""
    following = LISTED.replace("offset=0", "offset=50")
    first, second = sample("order"), sample("order") | {"id": "two", "status": "PAUSED"}
    mocked.get(LISTED, body=page(first, following=following))
    mocked.get(following, body=page(first, second))

    listed = [(order.id, order.state, order.provider_status) async for order in planet.orders()]

    assert listed == [(ORDER_ID, OrderState.ACCEPTED, "PENDING"), ("two", OrderState.UNKNOWN, "PAUSED")]
    assert sent(mocked, "GET", HISTORY) == []


async def test_a_look_at_changes_stops_at_the_first_old_page(planet, mocked, sample):
    """One page of the list and one of the history, however many orders there are."""
    old = sample("order") | {"id": "old", "updated_time": "2024-07-20T00:00:00Z"}
    mocked.get(LISTED, body=page(old, following=LISTED.replace("offset=0", "offset=50")))
    mocked.get(HISTORY, body=page())

    assert [order async for order in planet.orders(START)] == []
    assert len(mocked.requests) == 2


async def test_what_only_the_history_knows_is_read(planet, mocked, sample):
    """An order that the list does not date anew is read by itself; one that is gone by then is passed over."""
    events = [{"order_id": one, "created_time": "2024-07-24T09:30:00Z"} for one in (ORDER_ID, "gone", "two")]
    mocked.get(LISTED, body=page(sample("order")))
    mocked.get(HISTORY, body=page(*events))
    mocked.get(f"{ORDERS}gone", status=404)
    mocked.get(f"{ORDERS}two", body=dump_json(sample("order") | {"id": "two"}))

    assert [order.id async for order in planet.orders(START)] == [ORDER_ID, "two"]


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 403}, {"body": "<html></html>"}, {"body": "[]"}])
async def test_without_a_history_the_list_is_enough(planet, mocked, sample, answer):
    """No page shows an event, so its failure is no failure of the list."""
    mocked.get(LISTED, body=page(sample("order")))
    mocked.get(HISTORY, **answer)

    assert [order.id async for order in planet.orders(START)] == [ORDER_ID]


async def test_pages_in_a_circle_end_with_an_error(planet, mocked, sample):
    """A page that was read already is never asked for again."""
    following = LISTED.replace("offset=0", "offset=50")
    mocked.get(LISTED, body=page(sample("order"), following=following))
    mocked.get(following, body=page(sample("order") | {"id": "two"}, following=LISTED))

    with pytest.raises(MalformedResponseError, match=r"\$\.next"):
        [order async for order in planet.orders()]


async def test_a_list_that_cannot_be_read_is_an_error(planet, mocked):
    """Else an order could be overlooked."""
    mocked.get(LISTED, body='{"count": 1}')

    with pytest.raises(MalformedResponseError, match=r"\$\.results"):
        [order async for order in planet.orders()]


# --- Captures and decisions --------------------------------------------------------------------------


async def test_captures_are_read_over_pages(planet, mocked, order, sample):
    """Each with its own word."""
    one, two = sample("captures")["results"]
    following = CAPTURES.replace("offset=0", "offset=50")
    mocked.get(CAPTURES, body=page(one, following=following))
    mocked.get(following, body=page(two))

    assert [one.provider_status for one in await planet.acquisitions(order)] == ["PUBLISHED", "SCHEDULED"]


async def test_published_captures_wait_unless_reviewed(planet, mocked, sample, clock):
    """One has a review already; older pages are not read."""
    capture = sample("captures")["results"][0]
    old = capture | {"id": "old", "published_time": "2024-01-01T00:00:00Z"}
    following, beyond = (PUBLISHED.replace("offset=0", f"offset={offset}") for offset in (50, 100))
    mocked.get(PUBLISHED, body=page(capture, capture | {"id": "reviewed"}, following=following))
    mocked.get(following, body=page(old, following=beyond))
    mocked.get(f"{ROOT}/captures/{capture['id']}/reviews/", body=page())
    mocked.get(f"{ROOT}/captures/reviewed/reviews/", body=page({"id": "r"}))
    clock.advance(86_400)

    assert [decision.id async for decision in planet.decisions()] == [capture["id"]]
    assert sent(mocked, "GET", beyond) == []


@pytest.fixture
def decision():
    """A capture that waits."""
    deadline = START + timedelta(days=14)
    return Decision(id="c", account="planet", order_id="o", question="?", deadline=deadline, if_ignored="-")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 400}, RejectedRequestError),
        ({"status": 503}, ProviderUnavailableError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
    ],
)
async def test_a_review_is_asked_for_once(planet, mocked, decision, answer, error):
    """A failure is raised, and the request is not repeated."""
    url = f"{ROOT}/captures/c/reviews/"
    mocked.get(url, body=page())
    mocked.post(url, repeat=True, **answer)

    with pytest.raises(error):
        await planet.decide(decision, accept=False)

    assert len(sent(mocked, "POST", url)) == 1


async def test_a_late_review_costs_no_request(planet, mocked, decision, clock):
    """After the deadline."""
    clock.advance(timedelta(days=14).total_seconds())

    with pytest.raises(UnsupportedActionError):
        await planet.decide(decision, accept=False)

    assert mocked.requests == {}


# --- Changing and leaving ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "word": "PENDING_CANCELLATION"},
        {"status": 202, "word": "CANCELLED"},
        {"status": 204, "word": None},
        {"status": 200, "body": '{"detail": "OK"}', "word": None},
    ],
)
async def test_cancelling_is_understood_with_and_without_a_body(planet, mocked, order, order_json, answer):
    """The order in the answer counts, else it is read again."""
    word = answer.pop("word")
    mocked.get(ORDER, body=order_json())
    mocked.delete(ORDER, **({"body": order_json(status=word)} if word else {}), **answer)
    mocked.get(ORDER, body=order_json(status="CANCELLED"))

    left = await planet.cancel(order)

    assert left.provider_status == (word or "CANCELLED")
    assert len(sent(mocked, "DELETE", ORDER)) == 1


@pytest.mark.parametrize("change", [{"status": "FINALIZING"}, {"is_cancellable": False}])
async def test_what_cannot_be_cancelled_is_only_looked_at(planet, mocked, order, order_json, change):
    """By a fresh look, not by what was known."""
    mocked.get(ORDER, body=order_json(**change))

    with pytest.raises(UnsupportedActionError):
        await planet.cancel(order)

    assert sent(mocked, "DELETE", ORDER) == []


async def test_a_cancellation_that_worked_the_first_time_is_one(planet, mocked, order, order_json):
    """The answer was lost, the repetition refused; the order says that it goes."""
    mocked.get(ORDER, body=order_json())
    mocked.delete(ORDER, exception=aiohttp.ServerDisconnectedError())
    mocked.delete(ORDER, status=400, body='{"detail": "Not cancellable."}')
    mocked.get(ORDER, body=order_json(status="PENDING_CANCELLATION"))

    assert (await planet.cancel(order)).state is OrderState.CANCELLING


@pytest.mark.parametrize("status", [400, 405, 409])
async def test_planets_no_to_a_cancellation_is_said(planet, mocked, order, order_json, status):
    """In its own words."""
    mocked.get(ORDER, body=order_json(), repeat=True)
    mocked.delete(ORDER, status=status, body='{"detail": "Too late."}')

    with pytest.raises(UnsupportedActionError, match=r"Too late\."):
        await planet.cancel(order)


async def test_a_change_is_put(planet, mocked, order, order_json):
    """After a look; the order in the answer counts."""
    mocked.get(ORDER, body=order_json())
    mocked.put(ORDER, body=order_json(name="new"))

    changed = await planet.edit(order, Edit(name="new"))

    (call,) = sent(mocked, "PUT", ORDER)
    assert load_json(call.kwargs["data"]) == {"name": "new"}
    assert changed.reference == "new"


async def test_a_refused_change_is_said(planet, mocked, order, order_json):
    """In Planet's words, by field."""
    mocked.get(ORDER, body=order_json())
    mocked.put(ORDER, status=400, body='{"rank": ["Too high."]}')

    with pytest.raises(UnsupportedActionError, match=r"rank: Too high\."):
        await planet.edit(order, Edit(rank=10**6))


async def test_an_order_without_an_id_can_not_be_asked_about(planet, mocked, order):
    """It must be looked up first."""
    for action in (planet.cancel, planet.acquisitions):
        with pytest.raises(UnsupportedActionError, match="look it up"):
            await action(evolve(order, id=None))
    assert mocked.requests == {}


def test_terms_are_read_from_what_was_kept(planet, order):
    """From the JSON, else from the order itself."""
    assert planet.cancellation(order) == order.cancellation
    assert planet.cancellation(evolve(order, raw={})) == order.cancellation
