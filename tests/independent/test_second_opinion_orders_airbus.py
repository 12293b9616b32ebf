"""Ordering at Airbus against a server that nobody wrote for it: the documents' samples, and nothing else allowed."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from independent.buying import QuietClock, desk, steps, told
from independent.orders_airbus import IMAGE, AirbusOrders
from independent.orders_airbus_neo import NeoOrders
from independent.test_second_opinion_airbus import DAY, DESERT, NOW, PLAN, long, wish

from tasking_hub import (
    AuthenticationError,
    EndUser,
    NotFoundError,
    Optical,
    OrderState,
    PermissionDeniedError,
    RateLimitedError,
    RejectedRequestError,
    Stereo,
    TransportError,
    UnsupportedActionError,
    Window,
)
from tasking_hub.ordering import Edit
from tasking_hub.orders import AcquisitionProposed, AcquisitionTaken, DeliverableReady
from tasking_hub_airbus import AirbusOptions

REFERENCE = "unique customer reference"
BUYER = EndUser(name="John Doe", country="FR")


def may(product=DAY, **twists):
    """A selling server on 2021-05-28."""
    return AirbusOrders(QuietClock(datetime(2021, 5, 28, 9, tzinfo=UTC)), products=[product], **twists)


def neo(product="PleiadesNeoOneDay", **twists):
    """A selling server for Pléiades Neo on 2021-05-28."""
    return NeoOrders(QuietClock(datetime(2021, 5, 28, 9, tzinfo=UTC)), products=[product], **twists)


WAYS = [(may, wish, {}), (neo, lambda: wish(end_users=(BUYER,)), {"contract_id": "CTR21000411"})]


async def buy(opened, request=None, **how):
    """Buy the only quote."""
    comparison = await opened.compare(request or wish())
    (ranked,) = comparison.quotes
    return await opened.place(ranked.quote, **how)


def purchases(server):
    """The requests that buy."""
    return [path for path in server.ledger.paths("POST") if path.endswith(("/api/v1/orders", "/quotations"))]


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_an_order_is_the_price_that_was_accepted_and_is_found_by_its_reference(where, what, account, tmp_path):
    """One POST with the body of the price; the answer has no tasking, so it is looked up at once."""
    server = where()
    async with desk(server, tmp_path, **account) as opened:
        order = await buy(opened, what())
        assert (order.reference, order.state) == (REFERENCE, OrderState.IN_PROGRESS)
        assert order.id in {"ICR_FC_00001", "WOI_000007801_1"}
        assert await opened.order(REFERENCE) == order
    assert len(purchases(server)) == 1
    assert server.orders[0]["customerReference"] == REFERENCE


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
@pytest.mark.parametrize("lost", ["before", "after"])
async def test_an_answer_that_is_lost_is_looked_up_and_never_sent_again(where, what, account, lost, tmp_path):
    """Of two lost answers one order exists and is found, the other is known not to exist after the settling time."""
    server = where(lost=lost, extra=True)
    async with desk(server, tmp_path, **account) as opened:
        order = await buy(opened, what())
        assert order.state is OrderState.UNKNOWN
        server.clock.advance(1000)
        await opened.recover()
        settled = await opened.order(REFERENCE)
        assert settled.state is {"before": OrderState.NOT_PLACED, "after": OrderState.IN_PROGRESS}[lost]
        assert (settled.id is None) == (lost == "before")
    assert len(purchases(server)) == 1


async def test_a_tasking_that_shows_late_gives_its_id_later(tmp_path):
    """A reference that finds nothing for 200 s leaves the order without an id, and recovery gives it one."""
    server = may(slow_s=200)
    async with desk(server, tmp_path) as opened:
        order = await buy(opened)
        assert (order.id, order.state.value in {"not-placed", "unknown"}) == (None, False)
        server.clock.advance(250)
        await opened.recover()
        assert (await opened.order(REFERENCE)).id == "ICR_FC_00001"
    assert len(purchases(server)) == 1


LEGACY_WORDS = [
    ("Feasibility study in progress", "study"),
    ("In Progress", "in-progress"),
    ("Paused", "paused"),
    ("Canceled", "cancelled"),
    ("Completed", "fulfilled"),
    ("Reviewed by the moon", "unknown"),
]


@pytest.mark.parametrize(("word", "state"), LEGACY_WORDS)
async def test_each_status_of_a_tasking_has_its_state(word, state, tmp_path):
    """The five documented statuses are told with their states, an invented one as unknown, and all of them end."""
    life = [(3600, "Feasibility study in progress"), (3600, word), (0, "Completed")]
    if word in {"Canceled", "Completed"}:
        life.pop()
    server = may(life=life, wrapped=len(word) % 2, extra=True)
    async with desk(server, tmp_path) as opened:
        await buy(opened)
        events = await told(opened, REFERENCE)
        assert (word, state) in steps(events)
        assert steps(events)[0] == ("Feasibility study in progress", "study")
        assert steps(events)[-1] == ((word, state) if len(life) == 2 else ("Completed", "fulfilled"))


async def test_a_proposed_segment_is_told_and_taken_once(tmp_path):
    """Of two proposals one is accepted and one refused by the documented requests, and neither comes again."""
    second = {"id": "AS_FC_XXXX_1_3"}
    server = may(PLAN, segments=[{}, second])
    window = long(optical=Optical(max_cloud_cover=10, max_incidence=50))
    async with desk(server, tmp_path) as opened:
        await buy(opened, window)
        waiting = [one async for one in opened.decisions() if not one.id.startswith("unsent")]
        assert len(waiting) == 2
        await opened.accept(waiting[0], who="me")
        await opened.refuse(waiting[1], who="me")
        assert [one async for one in opened.decisions()] == []
    assert sorted(server.decided) == [("AS_FC_XXXX_1_2", "accept"), ("AS_FC_XXXX_1_3", "refuse")]


async def test_a_proposal_is_an_event_with_what_it_shows(tmp_path):
    """88.8973 % of clear sky are 11.1027 % of cloud; incidence and time are the sample's."""
    server = may(PLAN, segments=[{}], life=[(7200, "In Progress"), (0, "Completed")])
    async with desk(server, tmp_path) as opened:
        await buy(opened, long(optical=Optical(max_cloud_cover=10, max_incidence=50)))
        events = await told(opened, REFERENCE)
    (seen,) = [event.acquisition for event in events if isinstance(event, AcquisitionProposed)]
    assert seen.cloud_cover_percent == pytest.approx(11.1027)
    assert (seen.incidence_deg, seen.taken_at) == (15.1072, datetime(2021, 4, 18, 10, 53, 38, tzinfo=UTC))
    assert (seen.provider_status, seen.proposed) == ("Proposed", True)


async def test_an_order_is_cancelled_until_twelve_hours_before_its_window(tmp_path):
    """Early it is cancelled; later nothing is sent and it is said why."""
    for late in (False, True):
        server = may()
        folder = tmp_path / str(late)
        folder.mkdir()
        async with desk(server, folder) as opened:
            await buy(opened)
            if late:
                server.clock.advance(3 * 86400 - 9 * 3600 + 3600)
                with pytest.raises(UnsupportedActionError):
                    await opened.cancel(REFERENCE, accept_unknown_fee=True)
            else:
                left = await opened.cancel(REFERENCE, accept_unknown_fee=True)
                assert left.state in {OrderState.CANCELLED, OrderState.CANCELLING}
        assert any(path.endswith("/cancel") for path in server.ledger.paths("POST")) != late


async def test_only_a_onenow_is_stopped(tmp_path):
    """A OneNow is stopped within twelve hours of its window; a OneDay never."""
    server = AirbusOrders(QuietClock(datetime(2020, 6, 18, 9, tzinfo=UTC)), products=[NOW])
    window = Window(datetime(2020, 6, 19, tzinfo=UTC), datetime(2020, 6, 23, tzinfo=UTC))
    async with desk(server, tmp_path) as opened:
        await buy(opened, wish(area=DESERT, window=window, optical=Optical(max_cloud_cover=10)))
        server.clock.advance(86400)
        await opened.stop(REFERENCE, accept_unknown_fee=True)
    assert [path for path in server.ledger.paths("POST") if path.endswith("/stop")]
    server = may()
    (tmp_path / "day").mkdir()
    async with desk(server, tmp_path / "day") as opened:
        await buy(opened)
        server.clock.advance(3 * 86400 - 7 * 3600)
        with pytest.raises(UnsupportedActionError):
            await opened.stop(REFERENCE, accept_unknown_fee=True)
        with pytest.raises(UnsupportedActionError):
            await opened.edit(REFERENCE, Edit(end=server.clock.now() + timedelta(days=9)))


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_only_the_orders_own_images_are_fetched(where, what, account, tmp_path):
    """The workspace also holds somebody else's image, which is left alone; the token goes with the download."""
    done = {"may": "Completed", "neo": "COMPLETED"}[where.__name__]
    now = {"may": "In Progress", "neo": "IN_PROGRESS"}[where.__name__]
    server = where(life=[(7200, now), (0, done)])
    async with desk(server, tmp_path, **account) as opened:
        await buy(opened, what())
        events = await told(opened, REFERENCE)
        assert [event.name for event in events if isinstance(event, DeliverableReady)] != []
        order = await opened.order(REFERENCE)
        assert len(await opened.deliverables(order)) == 1
        results = [one async for one in opened.download(order, tmp_path / "files")]
    assert [one.path.read_bytes() for one in results] == [IMAGE]


ERRORS = [
    (400, {"errorCode": "E2203", "message": "Unable to access workspace 'xxx'"}, RejectedRequestError),
    (404, {"errorCode": "E2203", "message": "CIS contract 'contract_name' not found."}, NotFoundError),
    (403, "API key is missing or invalid", PermissionDeniedError),
]


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
@pytest.mark.parametrize(("status", "body", "kind"), ERRORS)
async def test_a_documented_error_means_that_nothing_was_bought(where, what, account, status, body, kind, tmp_path):
    """A 4xx is raised with its message and the order is not placed; its reference is not sent again."""
    server = where(refused=(status, body))
    async with desk(server, tmp_path, **account) as opened:
        with pytest.raises(kind):
            await buy(opened, what())
        assert (await opened.order(REFERENCE)).state is OrderState.NOT_PLACED
    assert (len(purchases(server)), server.orders) == (1, [])


async def test_a_server_error_leaves_the_outcome_unknown(tmp_path):
    """A 500 with a code alone says nothing about the order: it is looked up, and was not placed."""
    server = may(refused=(500, {"code": "UNEXPECTED_SERVER_ERROR"}))
    async with desk(server, tmp_path) as opened:
        assert (await buy(opened)).state is OrderState.UNKNOWN
        server.clock.advance(1000)
        await opened.recover()
        assert (await opened.order(REFERENCE)).state is OrderState.NOT_PLACED
    assert len(purchases(server)) == 1


async def test_an_expired_token_at_the_order_is_no_second_order(tmp_path):
    """A 401 to the order itself was not processed: whatever is sent after it, one order exists in the end."""
    server = may(refused=(401, {"message": "Authentication failed (cause: Token expired)"}))
    async with desk(server, tmp_path) as opened:
        comparison = await opened.compare(wish())
        (ranked,) = comparison.quotes
        try:
            order = await opened.place(ranked.quote)
        except AuthenticationError:
            order = await opened.place(ranked.quote)
        assert order.id == "ICR_FC_00001"
    assert (len(server.orders), server.twists["tokens"]) == (1, 2)


async def test_a_tristereo_is_ordered_without_a_price_as_in_the_sample(tmp_path):
    """MANUAL, TRISTEREO and both ratios as texts; it is studied first, and no price was ever asked for."""
    server = may(PLAN, life=[(0, "Feasibility study in progress")])
    optical = Optical(max_cloud_cover=10, max_incidence=50, stereo=Stereo.TRISTEREO)
    async with desk(server, tmp_path) as opened:
        (found,) = [one async for one in opened.opportunities(long(optical=optical, end_users=(BUYER,)))]
        order = await opened.place_unpriced(found, accept_unpriced=True)
        assert (order.state, order.price) == (OrderState.STUDY, None)
    given = {pair["key"]: pair["value"] for pair in server.orders[0]["items"][0]["properties"]}
    assert (given["acquisitionMode"], given["feasibilityAutomation"]) == ("TRISTEREO", "MANUAL")
    assert {given["acquisitionModeMinBH"], given["acquisitionModeMaxBH"]} == {"0.2", "0.8"}
    assert server.orders[0]["endUsers"] == [{"endUserName": "John Doe", "country": "FR"}]


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
@pytest.mark.parametrize("null", [{}, {"null": True}])
async def test_few_members_are_enough_to_follow_an_order(where, what, account, null, tmp_path):
    """Whatever else Airbus leaves out of an order, or answers with null, it is bought, found and followed."""
    words = {may: ("In Progress", "Canceled"), neo: ("IN_PROGRESS", "CANCELLED")}[where]
    only = {"id", "customerRef", "status"} | {"orderItemId", "customerReference", "quotationStatus", "contractId"}
    server = where(only=only, lost="after", life=[(3600, words[0]), (0, words[1])], **null)
    async with desk(server, tmp_path, **account) as opened:
        await buy(opened, what())
        server.clock.advance(1000)
        await opened.recover()
        events = await told(opened, REFERENCE)
    assert steps(events)[-2:] == [(words[0], "in-progress"), (words[1], "cancelled")]


async def test_segments_in_words_that_nobody_knows_are_told_and_decide_nothing(tmp_path):
    """Only "Proposed" waits for the buyer; any other word is an image with that word, without its details too."""
    words = ["Validated", "Refused", "Astonishing"]
    segments = [{"id": f"AS_FC_{word}", "status": word, "asDetail1": None} for word in words]
    server = may(PLAN, segments=segments, extra=True, life=[(7200, "In Progress"), (0, "Completed")])
    async with desk(server, tmp_path) as opened:
        await buy(opened, long(optical=Optical(max_cloud_cover=10, max_incidence=50)))
        assert [one async for one in opened.decisions()] == []
        events = await told(opened, REFERENCE)
    seen = {event.acquisition.provider_status for event in events if isinstance(event, AcquisitionTaken)}
    assert seen == set(words)


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_new_acquisitions_are_mailed_as_each_back_end_writes_it(where, what, account, tmp_path):
    """`parameters.addresses` and ACQUISITION_RECEIVED on SPOT and Pléiades, `addressee.to` on Pléiades Neo."""
    server = where()
    async with desk(server, tmp_path, **account) as opened:
        request = evolve(what(), options={"airbus": AirbusOptions(notification_emails=("my_mail@domain.com",))})
        await buy(opened, request)
    (item,) = server.orders[0]["items"]
    (notice,) = item["notifications"]
    (channel,) = notice["channels"]
    addresses = channel["parameters"]["addresses"] if where is may else channel["addressee"]["to"]
    assert addresses == ["my_mail@domain.com"]
    if where is may:
        assert notice["filter"] == {"events": ["ACQUISITION_RECEIVED"]}


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_an_order_whose_reference_begins_alike_is_not_taken_for_the_lost_one(where, what, account, tmp_path):
    """Airbus finds parts of references: only the whole one counts, and references with signs find themselves."""
    server = where()
    async with desk(server, tmp_path, **account) as opened:
        for reference in (f"{REFERENCE} (2)", f"an {REFERENCE}", 'signs: "*" (a OR b)?'):
            order = await buy(opened, evolve(what(), reference=reference))
            assert (order.id is None, order.reference) == (False, reference)
        server.twists["lost"] = "before"
        await buy(opened, what())
        server.clock.advance(1000)
        await opened.recover()
        assert (await opened.order(REFERENCE)).state is OrderState.NOT_PLACED


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_a_429_at_an_order_keeps_ten_minutes_of_silence(where, what, account, tmp_path):
    """Not processed, so it may be bought later; before the ban is over nothing is sent at all."""
    server = where()
    async with desk(server, tmp_path, **account) as opened:
        (ranked,) = (await opened.compare(what())).quotes
        server.twists["refused"] = (429, {"message": "Too many requests"})
        with pytest.raises(RateLimitedError):
            await opened.place(ranked.quote)
        asked = len(server.ledger.requests)
        with pytest.raises(RateLimitedError):
            await opened.place(ranked.quote)
        assert len(server.ledger.requests) == asked
        server.clock.advance(600)
        assert (await opened.place(ranked.quote)).id is not None
    assert len(server.orders) == 1


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_a_lost_answer_to_a_cancellation_is_cleared_up_by_looking(where, what, account, tmp_path):
    """The request is sent once; whatever is said at once, the watch ends with the order cancelled."""
    server = where(cut=("POST", "/cancel"))
    async with desk(server, tmp_path, **account) as opened:
        await buy(opened, what())
        with suppress(TransportError):
            await opened.cancel(REFERENCE, accept_unknown_fee=True)
        assert steps(await told(opened, REFERENCE))[-1][1] == "cancelled"
    assert len([path for path in server.ledger.paths("POST") if path.endswith("/cancel")]) == 1


async def test_a_lost_answer_to_a_decision_is_not_given_again(tmp_path):
    """The segment was accepted: it no longer waits, and the request went out once."""
    server = may(PLAN, segments=[{}], cut=("POST", "/accept"))
    async with desk(server, tmp_path) as opened:
        await buy(opened, long(optical=Optical(max_cloud_cover=10, max_incidence=50)))
        (decision,) = [one async for one in opened.decisions()]
        with suppress(TransportError):
            await opened.accept(decision, who="me")
        assert [one async for one in opened.decisions()] == []
    assert server.decided == [("AS_FC_XXXX_1_2", "accept")]


@pytest.mark.parametrize("body", ["", "created", "[]", '{"salesOrderId": null}', '{"salesOrderId": 4711}', "{}"])
async def test_whatever_a_success_says_it_is_never_sent_again(body, tmp_path):
    """A 2xx that cannot be read was probably an order: known or unknown, but neither refused nor bought twice."""
    server = may(refused=(201, body))
    async with desk(server, tmp_path) as opened:
        order = await buy(opened)
        assert order.state not in {OrderState.NOT_PLACED, OrderState.INTENDED}
        assert (await buy(opened)).reference == REFERENCE
    assert len(purchases(server)) == 1


# --- Pléiades Neo ---
NEO_HOW = {"contract_id": "CTR21000411"}


@pytest.mark.parametrize(
    ("word", "state", "contracts"),
    [
        ("IN_PROGRESS", "in-progress", True),
        ("IN_PROGRESS", "in-progress", False),
        ("CANCELLED", "cancelled", True),
        ("MOONLIT", "unknown", False),
    ],
)
async def test_each_status_of_a_neo_order_has_its_state(word, state, contracts, tmp_path):
    """IN_PROGRESS, CANCELLED with two Ls, and a word that nobody knows, in a list called features or contracts."""
    life = [(3600, "IN_PROGRESS"), (3600, word)] + ([(0, "CANCELLED")] if word != "CANCELLED" else [])
    server = neo(life=life, contracts=contracts, extra=True)
    async with desk(server, tmp_path, **NEO_HOW) as opened:
        await buy(opened, wish(end_users=(BUYER,)))
        events = await told(opened, REFERENCE)
        assert (word, state) in steps(events)
        assert steps(events)[-1] == ("CANCELLED", "cancelled")


async def test_coverage_items_are_accepted_and_refused(tmp_path):
    """PROPOSED items are decisions, others are not, nor is the empty one with which the sample's list ends."""
    coverages = [{}, {"coverageItemId": "CIE_000016433_1_12_1"}, {"coverageItemId": "CIE_3", "status": "VALIDATED"}]
    server = neo(coverages=coverages, blanks=[{}])
    async with desk(server, tmp_path, **NEO_HOW) as opened:
        await buy(opened, wish(end_users=(BUYER,)))
        waiting = [one async for one in opened.decisions()]
        assert len(waiting) == 2
        await opened.accept(waiting[0], who="me")
        await opened.refuse(waiting[1], who="me")
        assert [one async for one in opened.decisions()] == []
    assert sorted(verb for _, verb in server.decided) == ["accept", "refuse"]


async def test_a_neo_order_is_not_cancelled_after_its_own_deadline(tmp_path):
    """`cancelationDeadlineDate` decides, whenever the window starts: nothing is sent."""
    server = neo(deadline="2021-05-28T08:00:00Z")
    async with desk(server, tmp_path, **NEO_HOW) as opened:
        await buy(opened, wish(end_users=(BUYER,)))
        with pytest.raises(UnsupportedActionError):
            await opened.cancel(REFERENCE, accept_unknown_fee=True)
    assert not any(path.endswith("/cancel") for path in server.ledger.paths("POST"))


@pytest.mark.parametrize("verb", ["cancel", "stop"])
async def test_a_neo_order_is_left_by_its_item(verb, tmp_path):
    """POST /api/v1/orders/{orderItemId}/cancel or stop, once."""
    server = neo("PleiadesNeoOneNowAttempts")
    async with desk(server, tmp_path, **NEO_HOW) as opened:
        await buy(opened, wish(end_users=(BUYER,)))
        if verb == "stop":
            server.clock.advance(3 * 86400 + 3 * 3600)
        await getattr(opened, verb)(REFERENCE, accept_unknown_fee=True)
    assert server.ledger.paths("POST").count(f"/api/v1/orders/WOI_000007801_1/{verb}") == 1


@pytest.mark.parametrize("verb", ["accept", "refuse"])
@pytest.mark.parametrize("lost", [None, "after"])
async def test_a_study_becomes_a_quotation_that_is_answered(verb, lost, tmp_path):
    """A MANUAL plan is a request for a quotation; SENT waits for the buyer, whose answer is a PUT."""
    life = [(7200, "IN_PROGRESS"), (0, "CANCELLED")]
    server = neo("PleiadesNeoOnePlan", automation="MANUAL", life=life, **({"lost": lost} if lost else {}))
    async with desk(server, tmp_path, **NEO_HOW) as opened:
        (found,) = [one async for one in opened.opportunities(long(end_users=(BUYER,)))]
        order = await opened.place_unpriced(found, accept_unpriced=True)
        if lost:
            server.clock.advance(1000)
            await opened.recover()
            order = await opened.order(REFERENCE)
        assert order.state is OrderState.AWAITING_BUYER
        (decision,) = [one async for one in opened.decisions()]
        await getattr(opened, verb)(decision, who="me")
        seen = steps(await told(opened, REFERENCE))
        assert (seen[-1][1], ("IN_PROGRESS", "in-progress") in seen) == ("cancelled", verb == "accept")
    assert server.decided == [("QUO21000241", verb)]
    assert purchases(server) == ["/api/v1/quotations"]
