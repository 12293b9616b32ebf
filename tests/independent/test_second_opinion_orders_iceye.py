"""Tasks at ICEYE against a server that nobody wrote for it: the pages' words and shapes, and nothing else allowed."""

from contextlib import suppress
from decimal import Decimal

import pytest
from independent.buying import QuietClock, desk, steps, told
from independent.orders_iceye import FILE, WEBHOOK, IceyeOrders, callback
from independent.server_iceye import CONTRACT_ID
from independent.strict import moment
from independent.test_second_opinion_iceye import STATIC, iceye, wish

from tasking_hub import (
    AuthenticationError,
    InvalidRequestError,
    Money,
    NotFoundError,
    OrderingError,
    OrderState,
    PermissionDeniedError,
    QuoteRefusedError,
    Radar,
    RejectedRequestError,
    TransportError,
    UnsupportedActionError,
)
from tasking_hub.ordering import Edit
from tasking_hub.orders import AcquisitionTaken, DeliverableReady
from tasking_hub_iceye import DeliveryLocation, DeliveryTarget, IceyeProvider

REFERENCE = "Customer reference"
HOWS = {"contract_id": CONTRACT_ID}
WAYS = [{"version": "v1"}, {"version": "v1", "static": STATIC}, {"version": "v2"}]
BOTH = [{"version": "v1"}, {"version": "v2"}]
SPOT = Radar(mode="SPOTLIGHT")


def april(**twists):
    """A server that takes tasks, a day and a half before the window of the page's sample."""
    return IceyeOrders(QuietClock(moment("2024-04-29T12:00:00Z")), **twists)


async def buy(opened, request=None, **how):
    """Buy the only quote."""
    (ranked,) = (await opened.compare(request or wish(radar=SPOT))).quotes
    return await opened.place(ranked.quote, **how)


def tasks(server):
    """The requests that buy."""
    return [path for path in server.ledger.paths("POST") if path.endswith("/tasks")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("twists", [{"extra": True}, {"sparse": True}])
async def test_a_task_is_the_quote_and_its_contracts_words(way, twists, tmp_path):
    """POST tasks, once: point, window, mode and reference, and the terms that the price was asked for."""
    server = april(**way, **twists)
    async with desk(server, tmp_path, **HOWS) as opened:
        order = await buy(opened)
        assert (order.reference, order.state, order.provider_status) == (REFERENCE, OrderState.RECEIVED, "RECEIVED")
        assert order.price == Money(Decimal("5291.99"), "USD")
        assert [order.id] == list(server.tasks)
    (body,) = server.ledger.bodies("/tasks")
    assert body["pointOfInterest"] == {"lat": 32, "lon": 35}
    assert (body["imagingMode"], body["reference"], body["contractID"]) == ("SPOTLIGHT", REFERENCE, CONTRACT_ID)
    terms = [body[name] for name in ("exclusivity", "priority", "sla", "eula")]
    assert terms == ["PUBLIC", "COMMERCIAL", "SLA_8H", "STANDARD"]


async def test_what_the_contract_cannot_pay_is_not_tasked(tmp_path):
    """By the summary's sample 1000.00 USD are left of a limit, which is less than 5291.99: nothing is sent."""
    server = april(no_limit=False)
    async with desk(server, tmp_path, **HOWS) as opened:
        with pytest.raises(QuoteRefusedError, match=r"1000\.00 USD"):
            await buy(opened)
    assert tasks(server) == []


async def test_what_was_wished_of_the_radar_is_in_the_task(tmp_path):
    """Whole incidences, side and direction go out as they went into the question."""
    server = april(version="v2")
    radar = Radar(mode="STRIPMAP", min_incidence=20.5, max_incidence=34.5, look_side="left", pass_direction="ascending")
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened, wish(radar=radar))
    (body,), ((asked,),) = server.ledger.bodies("/tasks"), server.ledger.bodies("/feasibility")[:1]
    assert body["incidenceAngle"] == {"min": 21, "max": 34}
    assert {name: body[name] for name in asked} == asked


@pytest.mark.parametrize(
    ("way", "page", "cursor"), [(BOTH[0], 10000, ""), (BOTH[0], 1, "missing"), (BOTH[1], 1, None), (BOTH[1], 1, "")]
)
@pytest.mark.parametrize("lost", ["before", "after"])
async def test_an_answer_that_is_lost_is_looked_up_and_never_sent_again(way, page, cursor, lost, tmp_path):
    """The list of tasks says whether there is one of that reference, on whichever page."""
    server = april(**way, page=page, cursor=cursor)
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened, wish(radar=SPOT, reference=f"{REFERENCE} of another task"))
        server.twists["lost"] = lost
        assert (await buy(opened)).state is OrderState.UNKNOWN
        server.clock.advance(3600)
        await opened.recover()
        settled = await opened.order(REFERENCE)
        assert settled.state is {"before": OrderState.NOT_PLACED, "after": OrderState.RECEIVED}[lost]
    assert len(tasks(server)) == 2


async def test_a_list_without_an_end_is_left(tmp_path):
    """A cursor that leads nowhere new ends the list, or leaves the order unknown; it is never asked for ever."""
    server = april(version="v2", lost="before")
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened)
        server.clock.advance(3600)
        server.twists["endless"] = True
        await opened.recover()
        assert (await opened.order(REFERENCE)).state in {OrderState.UNKNOWN, OrderState.NOT_PLACED}
    assert len(server.ledger.requests) < 60


PLACE_V1 = DeliveryLocation(method="sftp", path="/data/imagery", sub_path="tasking")
PLACE_V2 = DeliveryTarget(config_id="7b0b3a4e-0000-4000-8000-0000000000bb", path="/data/imagery", sub_path="tasking")
EXTRAS = [
    ("v1", {"additional_product_types": ("SIDD",)}, {"additionalProductTypes": ["SIDD"]}),
    ("v1", {"delivery_locations": (PLACE_V1,)},
     {"deliveryLocations": [{"method": "sftp", "path": "/data/imagery", "subPath": "tasking"}]}),
    ("v2", {"product_types": ("GRD", "CSI")}, {"productTypes": ["GRD", "CSI"]}),
    ("v2", {"deliveries": (PLACE_V2,)}, {"deliveries": [
        {"locations": [{"configID": PLACE_V2.config_id, "path": "/data/imagery", "subPath": "tasking"}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("version", "options", "sent"), EXTRAS)
async def test_products_and_places_are_those_of_the_migration_guide(version, options, sent, tmp_path):
    """Each version has its own members for them, and knows nothing of the other's."""
    server = april(version=version)
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened, wish(radar=SPOT, options=iceye(**options)))
    (body,) = server.ledger.bodies("/tasks")
    assert {name: body[name] for name in sent} == sent


WORDS = [
    ("RECEIVED", "received"),
    ("ACTIVE", "accepted"),
    ("FULFILLED", "delivering"),
    ("DONE", "fulfilled"),
    ("REJECTED", "rejected"),
    ("FAILED", "failed"),
    ("CANCELED", "cancelled"),
    ("MOONLIT", "unknown"),
]
ENDS = {"DONE", "REJECTED", "FAILED", "CANCELED"}


@pytest.mark.parametrize(("word", "state"), WORDS)
async def test_each_of_the_seven_statuses_has_its_state(word, state, tmp_path):
    """All of ICEYE's statuses are told with their states, an invented one as unknown, and the watch ends."""
    life = [(1200, "RECEIVED"), (3600, word)] + ([] if word in ENDS else [(0, "DONE")])
    server = april(**BOTH[len(word) % 2], life=life, extra=True)
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened)
        events = await told(opened, REFERENCE)
    assert (word, state) in steps(events)
    assert steps(events)[-1] == ((word, state) if word in ENDS else ("DONE", "fulfilled"))


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(("sparse", "page"), [(False, 1), (True, 100)])
async def test_products_of_both_shapes_are_told_once_and_fetched_without_a_token(way, sparse, page, tmp_path):
    """A bare list on v1, a page of STAC items on v2; links are new at each look, files are not."""
    life = [(1200, "ACTIVE"), (3600, "FULFILLED"), (0, "DONE")]
    server = april(**way, life=life, sparse=sparse, page=page, extra=True)
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened)
        events = await told(opened, REFERENCE)
        files = sorted(event.name for event in events if isinstance(event, DeliverableReady))
        assert (len(files), len(set(files))) == (2, 2)
        order = await opened.order(REFERENCE)
        results = [one async for one in opened.download(order, tmp_path / "files")]
    assert [one.path.read_bytes() for one in results] == [FILE, FILE]
    (taken,) = {event.acquisition.taken_at for event in events if isinstance(event, AcquisitionTaken)}
    assert taken == moment("2024-05-02T10:11:12.372434Z")
    angles = {event.acquisition.incidence_deg for event in events if isinstance(event, AcquisitionTaken)}
    assert angles == ({None} if sparse else {23.75})


@pytest.mark.parametrize(("way", "null"), [(BOTH[0], {}), (BOTH[1], {"null": True})])
async def test_few_members_are_enough_to_follow_a_task(way, null, tmp_path):
    """Whatever else ICEYE leaves out of a task, or answers with null, it is bought, found and followed."""
    life = [(1200, "RECEIVED"), (3600, "ACTIVE"), (0, "FAILED")]
    server = april(**way, only={"id", "reference", "status"}, lost="after", life=life, **null)
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened)
        server.clock.advance(3600)
        await opened.recover()
        events = await told(opened, REFERENCE)
    assert steps(events)[-2:] == [("ACTIVE", "accepted"), ("FAILED", "failed")]


@pytest.mark.parametrize("way", BOTH)
async def test_no_products_before_the_end_are_no_error(way, tmp_path):
    """The 404 of products and scene means not yet."""
    server = april(**way)
    async with desk(server, tmp_path, **HOWS) as opened:
        order = await buy(opened)
        assert await opened.deliverables(order) == []


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize("word", ["RECEIVED", "ACTIVE"])
async def test_a_task_is_cancelled_with_patch(way, word, tmp_path):
    """PATCH with status CANCELED, one L, once; the answer is the task as it then is."""
    server = april(**way, life=[(0, word)])
    async with desk(server, tmp_path, **HOWS) as opened:
        order = await buy(opened)
        left = await opened.cancel(REFERENCE, accept_fee_up_to=order.price)
        assert (left.state, left.provider_status) == (OrderState.CANCELLED, "CANCELED")
        assert (await opened.order(REFERENCE)).state is OrderState.CANCELLED
    assert [seen.json for seen in server.ledger.requests if seen.method == "PATCH"] == [{"status": "CANCELED"}]


@pytest.mark.parametrize("word", ["FULFILLED", "DONE", "REJECTED", "FAILED"])
async def test_what_is_not_received_or_active_is_not_cancelled(word, tmp_path):
    """Nothing is sent; and no task is ever stopped or edited."""
    server = april(version="v2", life=[(0, word)])
    async with desk(server, tmp_path, **HOWS) as opened:
        await buy(opened)
        for leave in (opened.cancel, opened.stop):
            with pytest.raises((UnsupportedActionError, OrderingError)):
                await leave(REFERENCE, accept_unknown_fee=True)
        with pytest.raises((UnsupportedActionError, OrderingError)):
            await opened.edit(REFERENCE, Edit(name="another"))
        assert [one async for one in opened.decisions()] == []
    assert server.ledger.paths("PATCH") == []


async def test_a_cancellation_that_is_refused_leaves_the_task(tmp_path):
    """No error is documented for it: whichever comes is raised, and the order stays as it is."""
    server = april(version="v2", life=[(0, "ACTIVE")])
    async with desk(server, tmp_path, **HOWS) as opened:
        order = await buy(opened)
        server.twists["refused"] = ("PATCH", 400, '{"code": "bad_request", "message": "too late"}')
        with pytest.raises((UnsupportedActionError, RejectedRequestError), match="too late"):
            await opened.cancel(REFERENCE, accept_fee_up_to=order.price)
        assert (await opened.order(REFERENCE)).state is OrderState.ACCEPTED


async def test_a_lost_answer_to_a_cancellation_is_cleared_up_by_looking(tmp_path):
    """PATCH is sent once; whatever is said at once, the watch ends with CANCELED."""
    server = april(version="v2", cut=("PATCH", ""))
    async with desk(server, tmp_path, **HOWS) as opened:
        order = await buy(opened)
        with suppress(TransportError):
            await opened.cancel(REFERENCE, accept_fee_up_to=order.price)
        assert steps(await told(opened, REFERENCE))[-1] == ("CANCELED", "cancelled")
    assert len(server.ledger.paths("PATCH")) == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": null, "status": "RECEIVED"}', '{"id": "x", "status": 1}'])
async def test_whatever_a_success_says_it_is_never_sent_again(body, tmp_path):
    """A 2xx that cannot be read was probably a task: its outcome is unknown until it is looked up."""
    server = april(version="v2")
    async with desk(server, tmp_path, **HOWS) as opened:
        (ranked,) = (await opened.compare(wish(radar=SPOT))).quotes
        server.twists["refused"] = ("POST", 201, body)
        assert (await opened.place(ranked.quote)).state is OrderState.UNKNOWN
    assert len(tasks(server)) == 1


async def test_a_webhook_is_a_hint_and_never_believed(tmp_path):
    """Registered, named in the task, and answered with one look; what it says of the status counts for nothing."""
    server = april(version="v2", life=[(0, "ACTIVE")])
    request = wish(radar=SPOT, options=iceye(webhook_id=WEBHOOK))
    async with desk(server, tmp_path, **HOWS) as opened:
        await opened.provider("one", IceyeProvider).register_webhook("https://hooks.example.com/iceye")
        order = await buy(opened, request)
        before = len(server.ledger.requests)
        hint = await opened.receive("one", {"Content-Type": "application/json"}, callback(order.id, "DONE"))
        assert hint.order_id == order.id
        assert (await opened.order(REFERENCE)).state is OrderState.ACCEPTED
        assert f"/api/tasking/v2/tasks/{order.id}" in server.ledger.paths("GET")[-5:]
        assert len(server.ledger.requests) > before
        with pytest.raises(InvalidRequestError):
            await opened.receive("one", {}, b"<html>")
    (body,) = server.ledger.bodies("/tasks")
    assert body["notifications"] == {"webhook": {"id": WEBHOOK}}
    assert server.hooks == [{"url": "https://hooks.example.com/iceye"}]


FUNDS = '{"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task: insufficient funds"}'
ERRORS = [
    (400, FUNDS, RejectedRequestError, "insufficient funds"),
    (403, FUNDS, PermissionDeniedError, "insufficient funds"),
    (403, '{"code": "forbidden", "message": "Given parameters are not allowed for the contract"}',
     PermissionDeniedError, "Given parameters"),
    (400, '{"title": "Bad request", "detail": "the window is too short", "status": 400}',
     RejectedRequestError, "too short"),
    (404, '{"code": "not_found", "message": "no such contract"}', NotFoundError, "no such contract"),
    (401, '{"code": "unauthorized", "message": "no"}', AuthenticationError, ""),
]  # fmt: skip


@pytest.mark.parametrize(("way", "problem"), [(BOTH[0], True), (BOTH[1], False)])
@pytest.mark.parametrize(("status", "body", "kind", "said"), ERRORS)
async def test_each_documented_error_means_that_nothing_was_bought(way, problem, status, body, kind, said, tmp_path):
    """Error objects and problems are raised with their message, once, and no task exists."""
    server = april(**way, problem=problem)
    async with desk(server, tmp_path, **HOWS) as opened:
        (ranked,) = (await opened.compare(wish(radar=SPOT))).quotes
        server.twists["refused"] = ("POST", status, body)
        if status == 401:
            order = await opened.place(ranked.quote)
            assert (order.state, server.tokens) == (OrderState.RECEIVED, 2)
            return
        with pytest.raises(kind, match=said):
            await opened.place(ranked.quote)
        assert (await opened.order(REFERENCE)).state is OrderState.NOT_PLACED
    assert (len(tasks(server)), server.tasks) == (1, {})


@pytest.mark.parametrize("body", ['{"code": "internal", "message": "oops"}', "<html><body>Bad gateway</body></html>"])
async def test_a_server_error_leaves_the_outcome_unknown(body, tmp_path):
    """No 5xx is taken for a no, nor sent again."""
    server = april(version="v2")
    async with desk(server, tmp_path, **HOWS) as opened:
        (ranked,) = (await opened.compare(wish(radar=SPOT))).quotes
        server.twists["refused"] = ("POST", 500, body)
        assert (await opened.place(ranked.quote)).state is OrderState.UNKNOWN
    assert len(tasks(server)) == 1


async def test_a_window_whose_notice_is_over_is_not_tasked(tmp_path):
    """A quote that was kept until its window can no longer be tasked is refused here, and nothing is sent."""
    server = april(version="v2")
    async with desk(server, tmp_path, **HOWS) as opened:
        (ranked,) = (await opened.compare(wish(radar=SPOT, hours=24))).quotes
        server.clock.advance(30 * 3600)
        with pytest.raises(Exception, match=r"\w"):
            await opened.place(ranked.quote)
    assert tasks(server) == []
