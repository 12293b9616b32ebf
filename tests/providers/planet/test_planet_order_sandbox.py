"""Orders as the sandbox plays them, and the adapter's whole ways in front of it."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from shapely import Point

from tasking_hub import (
    Edit,
    InvalidRequestError,
    NotFoundError,
    Opportunity,
    OrderState,
    Purchase,
    QuoteRefusedError,
    RefusalCode,
    TaskRequest,
    UnsupportedActionError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.config import load_config
from tasking_hub.lifecycle import TERMINAL, move
from tasking_hub.messages import dump_json
from tasking_hub.registry import Registry
from tasking_hub.sandbox import Constellation, Ephemeris, SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub_planet import CaptureReview, PlanetOptions, PlanetProvider, ReviewCategory
from tasking_hub_planet.sandbox import PlanetSandbox
from tasking_hub_planet.sandbox.catalogue import API_KEY, PL_NUMBER, PRODUCT
from tasking_hub_planet.translate import STATES

BASE_URL = "http://sandbox.invalid/planet"
ROOT = "/tasking/v2/"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
CAPTURE_WORDS = {"SCHEDULED", "REMOVED", "QUEUED", "PROCESSING", "FAILED", "DERIVING", "PUBLISHED"}


@pytest.fixture(scope="module")
def ephemeris():
    """Nominal satellites, whose tracks all tests share."""
    return Ephemeris(Constellation.nominal())


@pytest.fixture
def clock():
    """The time of sandbox and adapter; sleeping moves it."""
    return ManualClock(NOW)


@pytest.fixture
def sandbox(ephemeris, clock):
    """A fresh sandbox."""
    return PlanetSandbox(World(clock=clock, seed=7, ephemeris=ephemeris))


@pytest.fixture
def ask(sandbox):
    """Sends a request to the sandbox and gives status and JSON."""

    def send(method, path, body=None, **query):
        response = sandbox.answer(
            SandboxRequest(
                method=method,
                path=ROOT + path,
                query=tuple(query.items()),
                headers={"authorization": f"api-key {API_KEY}"},
                body=b"" if body is None else dump_json(body).encode(),
                base_url=BASE_URL,
            )
        )
        return response.status, response.json_or_none()

    return send


@pytest.fixture
def transport(sandbox):
    """Leads to the sandbox."""
    return SandboxTransport(sandbox, BASE_URL)


@pytest.fixture
def connect(sandbox, clock, transport):
    """Makes an adapter in front of the sandbox, as another process would."""
    table = sandbox.accounts(BASE_URL)["planet"]

    def make():
        settings = load_config({"accounts": {"planet": table}}, registry=Registry(), environ={}).accounts["planet"]
        return open_provider(PlanetProvider, settings, transport, clock)

    return make


@pytest.fixture
def planet(connect):
    """The adapter."""
    return connect()


def request_(*, replacing=True):
    """A request for some days from now on."""
    return TaskRequest(
        area=Point(1.4442, 43.6047),
        window=Window(NOW, NOW + timedelta(days=6)),
        options={"planet": PlanetOptions(show_replacing=replacing)},
    )


async def search(planet, request):
    """The windows that a search finds."""
    return [one async for one in planet.find_opportunities(request) if isinstance(one, Opportunity)]


@pytest.fixture
async def windows(planet):
    """The windows of a week that replace nothing."""
    return await search(planet, request_(replacing=False))


@pytest.fixture
def free(windows):
    """The first of them that lies more than a day ahead."""
    return next(one for one in windows if one.window.start > NOW + timedelta(days=1))


@pytest.fixture
async def taken(planet):
    """The first window that replaces an order and lies more than a day ahead; its search made that order known."""
    found = await search(planet, request_())
    return next(one for one in found if one.replaces and one.window.start > NOW + timedelta(days=1))


@pytest.fixture
def buy(planet):
    """Buys an opportunity under a name."""

    async def make(opportunity, name="first"):
        ids = frozenset(one.id for one in opportunity.replaces)
        quote = await planet.quote(opportunity)
        return await planet.place(Purchase(reference=name, quote=quote, replaces=ids))

    return make


def until(clock, moment):
    """Let the clock run to a moment."""
    clock.advance(max(0.0, (moment - clock.now()).total_seconds()))


async def life(planet, clock, order, opportunity):
    """The words that one look after another sees, from the order to a day after its pass."""
    moments = [3, 25, (opportunity.window.end - clock.now()).total_seconds() - 1]
    start, seen = clock.now(), [order.provider_status]
    for moment in moments:
        until(clock, start + timedelta(seconds=moment))
        seen.append((await planet.order(order.id)).provider_status)
    for _ in range(3):
        clock.advance(20 * 60)
        seen.append((await planet.order(order.id)).provider_status)
    return list(dict.fromkeys(seen))


# --- One order, from the quote to the end ------------------------------------------------------------


async def test_an_order_lives_as_documented(planet, buy, free, clock):
    """It is received, then locked in, begins, is processed and fulfilled; every step is a legal move."""
    order = await buy(free)
    seen = await life(planet, clock, order, free)

    assert seen == ["RECEIVED", "REQUESTED", "PENDING", "IN_PROGRESS", "FINALIZING", "FULFILLED"]
    states = [STATES[word] for word in seen]
    assert [move(before, after) for before, after in pairwise(states)] == states[1:]


async def test_a_new_order_is_not_locked_in(planet, buy, free, clock):
    """The answer to the order is no promise of an image: the state says so until the scheduler has answered."""
    order = await buy(free)
    clock.advance(10)
    asked = await planet.order(order.id)
    clock.advance(20)
    locked = await planet.order(order.id)

    assert (order.state, order.provider_status, order.reference) == (OrderState.RECEIVED, "RECEIVED", "first")
    assert (asked.state, asked.provider_status) == (OrderState.RECEIVED, "REQUESTED")
    assert (locked.state, locked.provider_status) == (OrderState.ACCEPTED, "PENDING")


async def test_the_order_costs_what_was_quoted(planet, buy, free):
    """Price and unit are those of the quote, at once and later."""
    quote = await planet.quote(free)
    order = await buy(free)

    assert order.price == (await planet.order(order.id)).price == quote.price


async def test_every_word_is_reached_and_mapped(planet, buy, windows, clock):
    """All eleven words are seen in the sandbox over a week, each is mapped, and every order comes to an end."""
    orders = [await buy(window, f"name {number}") for number, window in enumerate(windows[:-4])]
    gone, again = await buy(windows[-3], "gone"), await buy(windows[-4], "again")
    rejected = await buy(windows[-4], "too late")
    orders += [gone, again, rejected]
    seen = {order.provider_status for order in orders}
    looks = sorted(
        {NOW + timedelta(seconds=step) for step in (4, 10, 25, 30)}
        | {window.window.end + timedelta(minutes=pause) for window in windows for pause in (0, 5, 50)}
    )
    for look in looks:
        until(clock, look)
        seen |= {order.provider_status async for order in planet.orders()}
        if look == looks[2]:
            await planet.cancel(gone)
    ends = {order.state async for order in planet.orders()}

    assert seen == set(STATES)
    assert ends == TERMINAL - {OrderState.NOT_PLACED}
    assert (await planet.order(rejected.id)).state is OrderState.REJECTED


# --- Looking up --------------------------------------------------------------------------------------


async def test_a_lost_answer_is_found_by_name(planet, connect, buy, free, clock):
    """Another process finds the order by what it knows before sending: the name, the window, the time."""
    placed = await buy(free)
    clock.advance(5)
    purchase = Purchase(reference="first", opportunity=free, sent_at=NOW)

    found = await connect().look_up(purchase)

    assert (found.id, found.reference) == (placed.id, "first")


@pytest.mark.parametrize("name", ["firs", "first 2", "unheard of"])
async def test_another_name_is_not_found(planet, buy, free, name):
    """A name that only holds the reference, or is held by it, is another order's."""
    await buy(free, "first")

    assert await planet.look_up(Purchase(reference=name, opportunity=free, sent_at=NOW)) is None


async def test_an_order_for_another_window_is_not_found(planet, buy, windows):
    """The same name for another window was not this purchase."""
    one, other = windows[:2]
    await buy(one, "twice")

    assert await planet.look_up(Purchase(reference="twice", opportunity=other)) is None


async def test_the_first_of_two_is_found(planet, buy, free, clock):
    """Where somebody else sent the same twice, the order that was made first is the one."""
    first = await buy(free, "twice")
    clock.advance(3)
    await buy(free, "twice")

    assert (await planet.look_up(Purchase(reference="twice", opportunity=free, sent_at=NOW))).id == first.id


# --- Replacing ---------------------------------------------------------------------------------------


async def test_replaced_orders_go_when_the_new_one_is_locked_in(planet, buy, taken, clock):
    """Before that all stand; after it the new order names them, and they are gone."""
    ids = tuple(one.id for one in taken.replaces)
    order = await buy(taken, "order 1")
    before = await planet.order(order.id), [await planet.order(one) for one in ids]
    clock.advance(21)
    locked = await planet.order(order.id), [await planet.order(one) for one in ids]
    clock.advance(10)
    after = [await planet.order(one) for one in ids]

    assert (before[0].state, before[0].replaced) == (OrderState.RECEIVED, ())
    assert {one.state for one in before[1]} == {OrderState.ACCEPTED}
    assert (locked[0].state, locked[0].replaced) == (OrderState.ACCEPTED, ids)
    assert {one.provider_status for one in locked[1]} == {"PENDING_CANCELLATION"}
    assert {one.state for one in after} == {OrderState.CANCELLED}


async def test_what_is_not_locked_in_replaces_nothing(planet, buy, taken, clock):
    """All or nothing: after a refused lock-in the existing orders are as they were."""
    ids = [one.id for one in taken.replaces]
    await buy(taken, "winner")
    loser = await buy(taken, "loser")
    clock.advance(60)
    lost = await planet.order(loser.id)

    assert (lost.state, lost.replaced) == (OrderState.REJECTED, ())
    assert {(await planet.order(one)).state for one in ids} == {OrderState.CANCELLED}


async def test_an_order_that_is_cancelled_in_time_replaces_nothing(planet, buy, taken, clock):
    """Leaving before the lock-in leaves the existing orders where they are."""
    order = await buy(taken, "order 1")
    await planet.cancel(order)
    clock.advance(60)

    assert (await planet.order(order.id)).state is OrderState.CANCELLED
    assert {(await planet.order(one.id)).state for one in taken.replaces} == {OrderState.ACCEPTED}


@pytest.mark.parametrize("agreed", [frozenset(), frozenset({"someone-elses"})])
async def test_only_exactly_the_orders_in_the_way_are_replaced(planet, taken, transport, agreed):
    """Anything else is refused here, with the difference, and nothing is sent."""
    quote, sent = await planet.quote(taken), len(transport.requests)

    with pytest.raises(QuoteRefusedError) as caught:
        await planet.place(Purchase(reference="x", quote=quote, replaces=agreed))

    refusal = caught.value.refusal
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, "replaces")
    assert all(one.id in refusal.message and one.id in refusal.remedy for one in taken.replaces)
    assert all(one in refusal.message for one in agreed)
    assert len(transport.requests) == sent


async def test_a_window_that_replaces_nothing_takes_no_ids(planet, free):
    """An id that is not in the way is refused too."""
    quote = await planet.quote(free)

    with pytest.raises(QuoteRefusedError, match="not in the way"):
        await planet.place(Purchase(reference="x", quote=quote, replaces=frozenset({"an-id"})))


# --- Reviewing the quote -----------------------------------------------------------------------------


async def test_a_review_of_what_did_not_change_is_the_same_quote(planet, free):
    """Price, terms, multiplier, window and replaced orders stay; only the time and the forecast are new."""
    quote = await planet.quote(free)
    now = await planet.review(quote)

    assert (now.price, now.terms, now.multiplier) == (quote.price, quote.terms, quote.multiplier)
    assert (now.opportunity.window, now.opportunity.replaces) == (free.window, ())
    assert {one.field for one in now.all_adjustments} == {one.field for one in quote.all_adjustments}


async def test_a_review_sees_that_an_order_in_the_way_is_gone(planet, taken, clock):
    """The new quote names the orders that stand by then, and their price."""
    quote = await planet.quote(taken)
    await planet.cancel(await planet.order(taken.replaces[0].id))
    clock.advance(1)

    now = await planet.review(quote)

    assert [one.id for one in now.opportunity.replaces] == [one.id for one in taken.replaces[1:]]
    assert "The orders that this window would cancel have changed since it was found." in now.notes


async def test_a_window_that_has_begun_cannot_be_bought(planet, free, clock):
    """Neither reviewed nor ordered."""
    quote = await planet.quote(free)
    until(clock, free.window.start)

    with pytest.raises(QuoteRefusedError) as reviewed:
        await planet.review(quote)
    with pytest.raises(QuoteRefusedError) as placed:
        await planet.place(Purchase(reference="late", quote=quote))

    assert {reviewed.value.refusal.code, placed.value.refusal.code} == {RefusalCode.DEADLINE_PASSED}


async def test_what_is_not_planets_is_not_bought(planet, free):
    """Another provider's opportunity is a mistake of the caller."""
    stranger = evolve(free, provider="airbus")

    with pytest.raises(InvalidRequestError):
        await planet.place(Purchase(reference="x", opportunity=stranger))


# --- Following ---------------------------------------------------------------------------------------


async def test_a_list_has_every_order_once(planet, buy, free, clock):
    """Over several pages, the last changed first."""
    for number in range(120):
        await buy(free, f"order {number}")
        clock.advance(0.5)

    listed = [order async for order in planet.orders()]

    assert sorted(order.reference for order in listed) == sorted(f"order {number}" for number in range(120))
    assert len({order.id for order in listed}) == 120


async def test_a_look_at_what_changed_is_short(planet, buy, free, clock, transport):
    """Only orders that changed after the given moment are yielded, for two requests."""
    await buy(free, "old")
    clock.advance(3600)
    fresh = await buy(free, "fresh")
    sent = len(transport.requests)

    changed = [order.id async for order in planet.orders(NOW + timedelta(minutes=30))]

    assert changed == [fresh.id]
    assert len(transport.requests) - sent == 2


async def test_an_unknown_order_is_not_found(planet):
    """As the provider says."""
    with pytest.raises(NotFoundError):
        await planet.order("00000000-0000-4000-8000-000000000000")


# --- Captures and decisions --------------------------------------------------------------------------


async def test_captures_follow_the_order(planet, buy, windows, clock):
    """No capture before the lock-in; then each word in turn, and at last an image that was taken in the window."""
    free = windows[0]
    order = await buy(free, "order 1")
    before = await planet.acquisitions(order)
    seen = set()
    for moment in (30, (free.window.end - NOW).total_seconds(), 600, 1200, 900):
        clock.advance(moment)
        seen |= {one.provider_status for one in await planet.acquisitions(order)}
    (last,) = await planet.acquisitions(order)

    assert before == ()
    assert seen <= CAPTURE_WORDS
    assert {"SCHEDULED", "PUBLISHED"} <= seen
    assert free.window.start <= last.taken_at <= free.window.end
    assert (last.order_id, last.footprint) == (order.id, Point(1.4442, 43.6047))


@pytest.fixture
async def published(planet, buy, free, clock):
    """A decision about a capture that was just published."""
    await buy(free, "order 1")
    until(clock, free.window.end + timedelta(hours=1))
    (decision,) = [one async for one in planet.decisions()]
    return decision


async def test_a_published_capture_waits_for_two_weeks(planet, published, clock):
    """Its deadline is two weeks after publication; then nothing waits any more."""
    clock.advance(timedelta(days=13).total_seconds())
    late = [one.id async for one in planet.decisions()]
    clock.advance(timedelta(days=1).total_seconds())

    assert late == [published.id]
    assert [one async for one in planet.decisions()] == []
    with pytest.raises(UnsupportedActionError):
        await planet.decide(published, accept=False)


async def test_a_refused_capture_is_reviewed_once(planet, published, ask):
    """A refusal is a review with category and description; it waits no more, and a second one changes nothing."""
    await planet.decide(published, accept=False)
    await planet.decide(published, accept=False)
    _, reviews = ask("GET", f"captures/{published.id}/reviews/")

    assert [(one["category"], bool(one["description"])) for one in reviews["results"]] == [("OTHER", True)]
    assert [one async for one in planet.decisions()] == []


async def test_a_reason_of_ones_own_is_sent(planet, published, ask):
    """Category and words of the buyer arrive."""
    await planet.ask_for_review(published.id, CaptureReview(category=ReviewCategory.HAZE, description="Smoke."))
    _, reviews = ask("GET", f"captures/{published.id}/reviews/")

    assert [(one["category"], one["description"]) for one in reviews["results"]] == [("HAZE", "Smoke.")]


async def test_an_accepted_capture_needs_no_request(planet, published, transport):
    """Planet takes silence for acceptance."""
    sent = len(transport.requests)
    await planet.decide(published, accept=True)

    assert len(transport.requests) == sent


async def test_files_come_once_they_were_asked_for(planet, published, clock, sandbox):
    """None at the first look, which asks for them; later each has a signed link and its checksum."""
    order = await planet.order(published.order_id)
    first = await planet.deliverables(order)
    clock.advance(10)
    second = await planet.deliverables(order)
    clock.advance(30)
    files = await planet.deliverables(order)

    assert (first, second) == ((), ())
    assert [file.acquisition_id for file in files] == [published.id] * 2
    for file in files:
        whole, rest = fetch(sandbox, file.url), fetch(sandbox, file.url, start=1000)
        assert file.checksum == f"md5:{hashlib.md5(whole.body, usedforsecurity=False).hexdigest()}"
        assert (whole.status, rest.status, rest.body) == (200, 206, whole.body[1000:])


def fetch(sandbox, url, *, start=0):
    """What is behind a signed link, without a key."""
    path, _, token = url.removeprefix(BASE_URL).partition("?token=")
    headers = {"range": f"bytes={start}-"} if start else {}
    return sandbox.answer(SandboxRequest(method="GET", path=path, query=(("token", token),), headers=headers))


async def test_a_link_that_nobody_signed_leads_nowhere(sandbox):
    """Nor does one to a file that nobody asked for."""
    assert fetch(sandbox, f"{BASE_URL}/data/v1/download?token=x").status == 404


# --- Changing and leaving ----------------------------------------------------------------------------


async def test_an_order_can_be_cancelled(planet, buy, free, clock):
    """It is cancelling at once and cancelled a little later; cancelling again changes nothing."""
    order = await buy(free)
    leaving = await planet.cancel(order)
    again = await planet.cancel(order)
    clock.advance(10)

    assert (leaving.state, leaving.provider_status) == (OrderState.CANCELLING, "PENDING_CANCELLATION")
    assert again.state is OrderState.CANCELLING
    assert (await planet.cancel(order)).state is OrderState.CANCELLED


async def test_an_order_whose_pass_began_stays(planet, buy, free, clock):
    """It is refused here, by the order's own fields; nothing is sent but a look."""
    order = await buy(free, "order 1")
    until(clock, free.window.start)

    with pytest.raises(UnsupportedActionError, match="is_cancellable"):
        await planet.cancel(order)

    assert planet.cancellation(await planet.order(order.id))[0].note == "it cannot be cancelled (IN_PROGRESS)"


async def test_the_terms_of_leaving_are_the_orders_own(planet, buy, free):
    """Until when, and from how many hours before the pass not any more; no fee is named."""
    order = await buy(free)
    now, later = planet.cancellation(order)

    assert order.cancellable_until == free.window.start
    assert (now.fee_percent, now.hours_before_start) == (None, None)
    assert later.hours_before_start == 0


async def test_name_and_rank_can_be_changed(planet, buy, free, clock):
    """The order in the answer has the new name."""
    order = await buy(free)
    clock.advance(30)

    changed = await planet.edit(order, Edit(name="second", rank=2))

    assert (changed.reference, changed.raw["rank"]) == ("second", 2)
    assert (await planet.order(order.id)).reference == "second"


async def test_a_new_order_cannot_be_changed_yet(planet, buy, free):
    """While it is RECEIVED."""
    with pytest.raises(UnsupportedActionError, match="RECEIVED"):
        await planet.edit(await buy(free), Edit(name="second"))


def test_scenes_of_nobody_have_no_files(sandbox):
    """An unknown scene, and a file that was never shown."""
    headers = {"authorization": f"api-key {API_KEY}"}
    for path in ("/data/v1/item-types/SkySatCollect/items/x/assets", "/data/v1/assets/x/activate"):
        assert sandbox.answer(SandboxRequest(method="GET", path=path, headers=headers)).status == 404


def test_a_started_order_keeps_its_start(ask, body, clock, free):
    """Its name can still be changed."""
    _, order = ask("POST", "orders/", body | {"name": "name 0"})
    until(clock, free.window.start)

    assert ask("PUT", f"orders/{order['id']}", {"start_time": "2026-12-01T00:00:00Z"})[0] == 400
    assert ask("PUT", f"orders/{order['id']}", {"name": "y"})[0] == 200


async def test_nothing_is_stopped_or_delivered_here(planet, buy, free):
    """What Planet's Tasking API does not have is said so."""
    order = await buy(free)

    with pytest.raises(UnsupportedActionError):
        await planet.stop(order)
    with pytest.raises(InvalidRequestError):
        planet.read_hook({}, b"{}")
    assert await planet.deliverables(order) == ()


# --- The sandbox itself ------------------------------------------------------------------------------


@pytest.fixture
def body(free):
    """A good order."""
    return {"name": "x", "imaging_window": free.handle, "pl_number": PL_NUMBER, "product": PRODUCT}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"name": "x" * 257}, ["name"]),
        ({"imaging_window": None}, ["imaging_window"]),
        ({"imaging_window": "00000000-0000-4000-8000-000000000000"}, ["imaging_window"]),
        ({"imaging_window": 5}, ["imaging_window"]),
        ({"pl_number": "PL-1", "product": "Archive Tasking"}, ["pl_number", "product"]),
        ({"exclusivity_days": 8}, ["exclusivity_days"]),
        ({"exclusivity_days": "7"}, ["exclusivity_days"]),
    ],
)
def test_a_wrong_order_is_refused_by_field(ask, body, change, fields):
    """Each wrong field is named, and nothing is made."""
    status, errors = ask("POST", "orders/", body | change)

    assert (status, sorted(errors)) == (400, sorted(fields))
    assert ask("GET", "orders/")[1]["count"] == 0


def test_the_same_order_twice_makes_two(ask, body):
    """Planet knows no key against buying twice: whoever sends twice has bought twice."""
    first, second = ask("POST", "orders/", body), ask("POST", "orders/", body)

    assert (first[0], second[0]) == (201, 201)
    assert ask("GET", "orders/")[1]["count"] == 2


@pytest.mark.parametrize("body", [[], "x", 5])
def test_an_order_that_is_no_object_is_refused(ask, body):
    """With a sentence of the framework's."""
    assert ask("POST", "orders/", body)[0] == 400


async def test_a_capture_is_reviewed_after_its_publication_only(planet, buy, free, clock, ask):
    """Before, there is nothing to disagree with."""
    order = await buy(free, "order 1")
    until(clock, free.window.end + timedelta(minutes=5))
    (capture,) = await planet.acquisitions(order)
    review = {"capture_id": capture.id, "category": "HAZE", "description": "x"}
    status, errors = ask("POST", f"captures/{capture.id}/reviews/", review)

    assert ask("GET", f"captures/{capture.id}")[1]["status"] == capture.provider_status
    assert (status, list(errors)) == (400, ["non_field_errors"])


async def test_leaving_twice_over_leaves_each_order_as_it_was_left(planet, buy, taken, clock):
    """An order in the way that its buyer cancels stays cancelled when the new order is cancelled too."""
    order = await buy(taken, "order 1")
    await planet.cancel(await planet.order(taken.replaces[0].id))
    await planet.cancel(order)
    clock.advance(60)

    assert (await planet.order(taken.replaces[0].id)).state is OrderState.CANCELLED


def test_exclusivity_is_charged(ask, body):
    """Seven days cost half as much again."""
    _, plain = ask("POST", "orders/", body)
    _, exclusive = ask("POST", "orders/", body | {"exclusivity_days": 7})

    assert exclusive["estimated_quota_cost"] == plain["estimated_quota_cost"] * 1.5
    assert exclusive["exclusivity_days"] == 7


def test_lists_are_filtered_and_paged(ask, body, clock):
    """Filters are ANDed, `__in` is one value with commas, `next` is an absolute address."""
    for name in ("Alpha 1", "alpha 2", "beta"):
        ask("POST", "orders/", body | {"name": name})
        clock.advance(1)
    _, first = ask("GET", "orders/", name__icontains="ALPHA", limit="1", ordering="-created_time")
    _, second = ask("GET", "orders/", name__icontains="ALPHA", limit="1", offset="1", ordering="-created_time")
    _, by_word = ask("GET", "orders/", status__in="RECEIVED,REQUESTED", unheard_of="x")
    _, by_time = ask(
        "GET", "orders/", created_time__gte="2026-11-21T09:00:04Z", created_time__lte="2027-01-01T00:00:00Z"
    )

    assert [(first["count"], one["name"]) for one in first["results"]] == [(2, "alpha 2")]
    assert first["next"].startswith(f"{BASE_URL}{ROOT}orders/?")
    assert ([one["name"] for one in second["results"]], second["next"]) == (["Alpha 1"], None)
    assert by_word["count"] == 3
    assert [one["name"] for one in by_time["results"]] == ["beta"]


@pytest.mark.parametrize("query", [{"ordering": "colour"}, {"created_time__gte": "yesterday"}])
def test_a_wrong_filter_is_refused(ask, query):
    """With the parameter's name."""
    status, errors = ask("GET", "orders/", **query)

    assert (status, list(errors)) == (400, list(query))


def test_the_history_tells_each_step(ask, body, clock):
    """The latest first, by type where asked."""
    _, order = ask("POST", "orders/", body)
    clock.advance(30)
    _, everything = ask("GET", "order-history/")
    _, made = ask("GET", "order-history/", event_type__in="ORDER_CREATED,ORDER_FULFILLED")
    event = everything["results"][0]

    assert [one["event_type"] for one in everything["results"]] == ["ORDER_PENDING", "ORDER_REQUESTED", "ORDER_CREATED"]
    assert [one["order_id"] for one in made["results"]] == [order["id"]]
    assert ask("GET", f"order-history/{event['id']}") == (200, event)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "orders/x"),
        ("PUT", "orders/x"),
        ("DELETE", "orders/x"),
        ("GET", "orders/x/pricing"),
        ("GET", "order-history/x"),
        ("GET", "captures/x"),
        ("GET", "captures/x/reviews/"),
        ("POST", "captures/x/reviews/"),
    ],
)
def test_what_does_not_exist_is_not_found(ask, method, path):
    """Whatever is wanted of it."""
    assert ask(method, path, {})[0] == 404


@pytest.mark.parametrize("change", [{"geometry": {}}, {"name": ""}, {"rank": 0}, {"start_time": "soon"}])
def test_a_wrong_change_is_refused(ask, body, clock, change):
    """By field; the place can never be changed."""
    _, order = ask("POST", "orders/", body)
    clock.advance(30)
    status, errors = ask("PUT", f"orders/{order['id']}", change)

    assert (status, list(errors)) == (400, list(change))


@pytest.mark.parametrize(("method", "seconds"), [("PUT", 0), ("DELETE", 10**6)])
def test_a_change_at_the_wrong_time_is_refused(ask, body, clock, method, seconds):
    """Too soon for a change, too late to leave."""
    _, order = ask("POST", "orders/", body)
    clock.advance(seconds)

    assert ask(method, f"orders/{order['id']}", {"name": "y"})[0] == 400


@pytest.mark.parametrize(
    ("review", "fields"),
    [
        ({"category": "HAZE"}, ["description"]),
        ({"category": "UGLY", "description": "x"}, ["category"]),
        ({"category": "HAZE", "description": "x", "capture_id": "y"}, ["capture_id"]),
    ],
)
def test_a_wrong_review_is_refused(ask, published, review, fields):
    """By field."""
    status, errors = ask("POST", f"captures/{published.id}/reviews/", review)

    assert (status, list(errors)) == (400, fields)


async def test_an_order_has_the_same_life_whenever_it_is_looked_at(ephemeris, ask, body, clock):
    """What it is follows from how it was made and from the moment: one late look sees what many saw."""
    _, watched = ask("POST", "orders/", body)
    for _ in range(50):
        clock.advance(3600)
        ask("GET", "orders/")
    other = ManualClock(NOW + timedelta(seconds=2))
    fresh = PlanetSandbox(World(clock=other, seed=7, ephemeris=ephemeris))

    assert ask("GET", f"orders/{watched['id']}")[1]["status"] in STATES
    assert fresh.answer(SandboxRequest(method="GET", path=f"{ROOT}orders/")).status == 401
