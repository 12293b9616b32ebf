"""Ordering at Planet against a server that nobody wrote for it: the pages' windows, and nothing else allowed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from independent.buying import QuietClock, desk, steps, told
from independent.orders_planet import ROOT, SCENE, PlanetOrders
from independent.orders_planet_bulk import BulkOrders
from independent.server_planet import FIRST, IN_THE_WAY, REPLACING
from independent.strict import moment
from independent.test_second_opinion_planet import CREATED, planet, wish

from tasking_hub import (
    AuthenticationError,
    NotFoundError,
    OrderState,
    PermissionDeniedError,
    Quota,
    RateLimitedError,
    RejectedRequestError,
    UnsupportedActionError,
)
from tasking_hub.ordering import Edit
from tasking_hub.orders import AcquisitionTaken, DeliverableReady, ReplacementState

REFERENCE = "outback-1"
ORDERS = f"{ROOT}/orders/"


def july(**twists):
    """A selling server at the moment of the page's own search, with the page's first window."""
    return PlanetOrders(QuietClock(CREATED), **({"windows": [FIRST], "replacing": []} | twists))


async def buy(opened, request=None, **how):
    """Buy the only quote, under the reference of these tests."""
    comparison = await opened.compare(request or wish(reference=REFERENCE))
    (ranked,) = comparison.quotes
    return await opened.place(ranked.quote, **how)


@pytest.mark.parametrize("extra", [False, True])
async def test_an_order_is_the_pages_own(extra, tmp_path):
    """POST /orders/ with name, window, contract and product, once; 201 is an order with an id."""
    server = july(extra=extra)
    async with desk(server, tmp_path) as opened:
        order = await buy(opened)
        assert (order.reference, order.state, order.provider_status) == (REFERENCE, OrderState.ACCEPTED, "PENDING")
        assert await opened.order(REFERENCE) == order
    (body,) = server.ledger.bodies(ORDERS)
    assert (body["name"], body["imaging_window"]) == (REFERENCE, FIRST["id"])
    assert [one["id"] for one in server.orders.values()] == [order.id]


@pytest.mark.parametrize("page", [1, 50])
@pytest.mark.parametrize("lost", ["before", "after"])
async def test_an_answer_that_is_lost_is_looked_up_and_never_sent_again(lost, page, tmp_path):
    """The list of orders says whether there is one of that name, also where its page is not the first."""
    others = [{"id": f"order-{one}", "name": f"{REFERENCE}-of-somebody-{one}"} for one in range(3)]
    server = july(lost=lost, page=page, existing=others)
    async with desk(server, tmp_path) as opened:
        assert (await buy(opened)).state is OrderState.UNKNOWN
        server.clock.advance(3600)
        await opened.recover()
        settled = await opened.order(REFERENCE)
        assert settled.state is {"before": OrderState.NOT_PLACED, "after": OrderState.ACCEPTED}[lost]
    assert server.ledger.paths("POST").count(ORDERS) == 1


WORDS = [
    ("RECEIVED", "received"),
    ("PENDING", "accepted"),
    ("REQUESTED", "received"),
    ("IN_PROGRESS", "in-progress"),
    ("FINALIZING", "processing"),
    ("FULFILLED", "fulfilled"),
    ("PENDING_CANCELLATION", "cancelling"),
    ("CANCELLED", "cancelled"),
    ("REJECTED", "rejected"),
    ("EXPIRED", "expired"),
    ("FAILED", "failed"),
    ("MOONLIT", "unknown"),
]
ENDS = {"FULFILLED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED"}


@pytest.mark.parametrize(("word", "state"), WORDS)
async def test_each_of_the_eleven_statuses_has_its_state(word, state, tmp_path):
    """All of Planet's statuses are told with their states, an invented one as unknown, and the watch ends."""
    life = [(3600, "REQUESTED"), (3600, word)] + ([] if word in ENDS else [(0, "FULFILLED")])
    server = july(life=life, extra=True, captured=["PUBLISHED"])
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        events = await told(opened, REFERENCE)
    assert (word, state) in steps(events)
    assert steps(events)[-1] == ((word, state) if word in ENDS else ("FULFILLED", "fulfilled"))


@pytest.mark.parametrize(
    ("asleep", "ends"), [(False, "2024-07-30T00:00:00.368043"), (True, "2024-07-30T00:00:00Z"), (True, None)]
)
async def test_the_scenes_of_published_captures_are_fetched(asleep, ends, tmp_path):
    """Captures are told with their own words; a scene is activated where it must be, and its link gets no key.

    The end of a link has no zone in recorded answers.
    """
    life = [(7200, "IN_PROGRESS"), (0, "FULFILLED")]
    server = july(life=life, captured=["PUBLISHED", "FAILED"], asleep=asleep, ends=ends)
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        events = await told(opened, REFERENCE)
        seen = {event.acquisition.provider_status for event in events if isinstance(event, AcquisitionTaken)}
        assert seen >= {"FAILED"}
        assert any(isinstance(event, DeliverableReady) for event in events)
        order = await opened.order(REFERENCE)
        results = [one async for one in opened.download(order, tmp_path / "files")]
    assert [one.path.read_bytes() for one in results] == [SCENE]
    activated = [path for path in server.ledger.paths() if path.endswith("/activate")]
    assert len(activated) == (1 if asleep else 0)


@pytest.mark.parametrize(("delete", "wait"), [(200, 0), (202, 3600), (204, 0), (204, 3600)])
async def test_an_order_is_cancelled_with_delete_with_a_body_or_without(delete, wait, tmp_path):
    """200, 202 and 204 all ask for it; the watch ends with CANCELLED, at once or after PENDING_CANCELLATION."""
    server = july(delete=delete, cancels_in_s=wait)
    async with desk(server, tmp_path) as opened:
        order = await buy(opened)
        left = await opened.cancel(REFERENCE, accept_unknown_fee=True)
        assert left.state in {OrderState.CANCELLING, OrderState.CANCELLED}
        events = await told(opened, REFERENCE)
    assert steps(events)[-1] == ("CANCELLED", "cancelled")
    assert server.ledger.paths("DELETE") == [f"{ORDERS}{order.id}"]


@pytest.mark.parametrize(("wait", "refusal"), [(0, 400), (3600, 409), (3600, 422)])
async def test_a_delete_whose_answer_is_lost_may_be_refused_the_second_time(refusal, wait, tmp_path):
    """Deleting twice is deleting once: that the second one comes too late is no error, since the order goes."""
    server = july(cut=("DELETE", ""), no_longer=refusal, cancels_in_s=wait)
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        left = await opened.cancel(REFERENCE, accept_unknown_fee=True)
        assert left.state in {OrderState.CANCELLING, OrderState.CANCELLED}
        assert steps(await told(opened, REFERENCE))[-1] == ("CANCELLED", "cancelled")
    assert len(server.ledger.paths("DELETE")) == 2


LOCKED = [{"locked": True}, {"life": [(0, "FINALIZING")]}, {"until": "2024-07-24T09:00:00.000000Z"}]


@pytest.mark.parametrize("twist", LOCKED)
async def test_an_order_that_may_not_be_cancelled_is_not_asked_to(twist, tmp_path):
    """`is_cancellable` false, its time over, or a status of no return: nothing is sent, and it is said why."""
    server = july(**twist)
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        with pytest.raises(UnsupportedActionError):
            await opened.cancel(REFERENCE, accept_unknown_fee=True)
    assert server.ledger.paths("DELETE") == []


async def test_name_rank_and_times_are_changed_with_put(tmp_path):
    """PUT /orders/{id} with what changes only; nothing else can be changed, and nothing at a later status."""
    server = july()
    end = moment("2024-07-26T00:00:00Z")
    async with desk(server, tmp_path) as opened:
        order = await buy(opened)
        await opened.edit(REFERENCE, Edit(rank=3))
        await opened.edit(REFERENCE, Edit(end=end))
        with pytest.raises(UnsupportedActionError):
            await opened.stop(REFERENCE, accept_unknown_fee=True)
        server.orders[order.id]["_life"].jump((0, "FINALIZING"))
        with pytest.raises(UnsupportedActionError):
            await opened.edit(REFERENCE, Edit(rank=4))
    rank, times = [seen.json for seen in server.ledger.requests if seen.method == "PUT"]
    assert rank == {"rank": 3}
    assert (times.keys(), moment(times["end_time"])) == ({"end_time"}, end)


@pytest.mark.parametrize(
    ("word", "other", "state"),
    [
        ("PENDING", None, ReplacementState.DONE),
        ("REQUESTED", None, ReplacementState.PENDING),
        ("REJECTED", None, ReplacementState.AS_BEFORE),
        ("REJECTED", "CANCELLED", ReplacementState.MIXED),
    ],
)
async def test_a_replacement_is_bought_only_with_what_it_replaces(word, other, state, tmp_path):
    """The order of a replacing window names nothing more than any other; what becomes of both is looked at."""
    existing = [IN_THE_WAY | ({"word": other} if other else {})]
    server = july(windows=[], replacing=[REPLACING], existing=existing, life=[(0, word)])
    request = wish(reference=REFERENCE, options=planet(show_replacing=True))
    async with desk(server, tmp_path) as opened:
        await buy(opened, request, replaces={IN_THE_WAY["id"]})
        assert (await opened.replacement(REFERENCE)).state is state
    (body,) = server.ledger.bodies(ORDERS)
    assert body["imaging_window"] == REPLACING["id"]


async def test_the_start_is_changed_only_before_the_order_is_in_progress(tmp_path):
    """PENDING and REQUESTED take a new start, IN_PROGRESS no more, where name and end may still be changed."""
    start = moment("2024-07-25T00:25:30Z")
    for word in ("PENDING", "REQUESTED", "IN_PROGRESS"):
        server = july(life=[(0, word)])
        async with desk(server, tmp_path / word) as opened:
            await buy(opened)
            if word == "IN_PROGRESS":
                with pytest.raises(UnsupportedActionError):
                    await opened.edit(REFERENCE, Edit(start=start))
            else:
                await opened.edit(REFERENCE, Edit(start=start))
        assert len(server.ledger.paths("PUT")) == (0 if word == "IN_PROGRESS" else 1)


async def test_a_list_that_goes_on_at_another_host_is_not_followed_there(tmp_path):
    """The key stays with the account's host, and an order that may stand on the next page is not given up."""
    others = [{"id": f"order-{one}", "name": f"{REFERENCE}-of-somebody-{one}"} for one in range(3)]
    server = july(lost="before", page=1, existing=others, next_at="http://127.0.0.1:9")
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        server.clock.advance(3600)
        await opened.recover()
        assert (await opened.order(REFERENCE)).state is OrderState.UNKNOWN


async def test_a_published_capture_can_be_complained_about_once(tmp_path):
    """Refusing a capture is a review with one of six categories; accepting it sends nothing."""
    for verb, sent in (("refuse", 1), ("accept", 0)):
        server = july(life=[(0, "FULFILLED")], captured=["PUBLISHED"])
        folder = tmp_path / verb
        async with desk(server, folder) as opened:
            await buy(opened)
            waiting = [one async for one in opened.decisions()]
            assert len(waiting) == 1
            await getattr(opened, verb)(waiting[0], who="me")
            assert [one async for one in opened.decisions()] == []
        assert len([path for path in server.ledger.paths("POST") if path.endswith("/reviews/")]) == sent


ERRORS = [
    (400, '{"imaging_window": ["Invalid imaging window."]}', RejectedRequestError),
    (400, '{"non_field_errors": ["No quota."], "geometry": {"coordinates": ["Bad."]}}', RejectedRequestError),
    (401, '{"detail": "Invalid token."}', AuthenticationError),
    (403, '{"error": {"message": "You may not task."}}', PermissionDeniedError),
    (404, '{"detail": "Not found."}', NotFoundError),
    (400, '["That did not work."]', RejectedRequestError),
    (400, "", RejectedRequestError),
]


@pytest.mark.parametrize(("status", "body", "kind"), ERRORS)
async def test_each_shape_of_an_error_means_that_nothing_was_bought(status, body, kind, tmp_path):
    """Every shape that an error may have is raised as what it is, once, and no order exists."""
    server = july()
    async with desk(server, tmp_path) as opened:
        comparison = await opened.compare(wish(reference=REFERENCE))
        server.twists["refused"] = ("POST", status, body)
        with pytest.raises(kind) as caught:
            await opened.place(comparison.quotes[0].quote)
        order = await opened.order(REFERENCE) if status != 401 else None
        assert order is None or order.state is OrderState.NOT_PLACED
        said = [word for word in ("Invalid", "No quota", "may not task", "Not found", "did not work") if word in body]
        assert all(word in str(caught.value) for word in said)
    assert (server.ledger.paths("POST").count(ORDERS), server.orders) == (1, {})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_leaves_the_outcome_unknown(status, tmp_path):
    """No 5xx is taken for a no, nor sent again."""
    server = july()
    async with desk(server, tmp_path) as opened:
        comparison = await opened.compare(wish(reference=REFERENCE))
        server.twists["refused"] = ("POST", status, "<html>")
        assert (await opened.place(comparison.quotes[0].quote)).state is OrderState.UNKNOWN
    assert server.ledger.paths("POST").count(ORDERS) == 1


async def test_a_429_at_the_order_lets_the_same_reference_be_sent_again(tmp_path):
    """Too many requests means not processed: raised, and bought when it is placed again."""
    server = july()
    async with desk(server, tmp_path) as opened:
        comparison = await opened.compare(wish(reference=REFERENCE))
        server.twists["refused"] = ("POST", 429, '{"detail": "Request was throttled."}')
        with pytest.raises(RateLimitedError):
            await opened.place(comparison.quotes[0].quote)
        assert (await opened.order(REFERENCE)).state is OrderState.INTENDED
        server.clock.advance(60)
        order = await opened.place(comparison.quotes[0].quote)
        assert order.state is OrderState.ACCEPTED
    assert len(server.orders) == 1


def test_the_clock_of_these_tests_is_the_pages_own():
    """The first window lies less than a day after the search."""
    assert moment(FIRST["start_time"]) - CREATED < timedelta(days=1)


FLEXIBLE = {"flexible_product": "Flexible Tasking"}


def bulky(**twists):
    """A selling server that also takes bulks and previews prices."""
    return BulkOrders(QuietClock(CREATED), **({"windows": [FIRST], "replacing": []} | twists))


async def test_a_flexible_order_is_priced_by_a_preview_and_sent_as_it_was_priced(tmp_path):
    """POST /pricing/ and POST /orders/ have the same body but for the name; the unit and the number are Planet's."""
    server = bulky(windows=[])
    async with desk(server, tmp_path, **FLEXIBLE) as opened:
        (ranked,) = (await opened.compare(wish(days=20, reference=REFERENCE))).quotes
        assert ranked.quote.price == Quota(Decimal(25), "tasking credits")
        order = await opened.place(ranked.quote)
        assert order.state is OrderState.ACCEPTED
    asked, ordered = server.ledger.bodies("/pricing/")[-1], server.ledger.bodies(ORDERS)[0]
    assert (ordered["name"], ordered["product"]) == (REFERENCE, "Flexible Tasking")
    assert {**asked, "name": REFERENCE} == ordered


@pytest.mark.parametrize("lost", [None, "before", "after"])
@pytest.mark.parametrize("slow", [False, True])
async def test_a_bulk_is_sent_once_and_asked_after_by_its_id(lost, slow, tmp_path):
    """One order under an id of its own; what Planet does not know never arrived, what it knows becomes an order."""
    server = bulky(slow=slow, **({"lost": lost} if lost else {}))
    async with desk(server, tmp_path, order_in_bulk=True) as opened:
        await buy(opened)
        for _ in range(3):
            server.clock.advance(3600)
            await opened.recover()
        order = await opened.order(REFERENCE)
        assert order.state is (OrderState.NOT_PLACED if lost == "before" else OrderState.ACCEPTED)
        assert order.id == (None if lost == "before" else next(iter(server.orders)))
    assert server.ledger.paths("POST").count(f"{ROOT}/bulk/") == 1
    assert server.ledger.paths("POST").count(ORDERS) == 0


@pytest.mark.parametrize("null", [{}, {"null": True}])
async def test_three_members_are_enough_to_follow_an_order(null, tmp_path):
    """Whatever else Planet leaves out of an order, or answers with null, it is bought, found and followed."""
    life = [(3600, "REQUESTED"), (3600, "IN_PROGRESS"), (0, "FULFILLED")]
    server = july(only={"id", "name", "status"}, lost="after", life=life, captured=["PUBLISHED"], **null)
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        server.clock.advance(3600)
        await opened.recover()
        events = await told(opened, REFERENCE)
    assert [state for _, state in steps(events)][-2:] == ["in-progress", "fulfilled"]
