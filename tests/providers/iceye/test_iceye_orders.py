"""Orders in ICEYE's words and ours: what is sent, what is read, what leaving costs, what is found again. Pure."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from tasking_hub import (
    ConfigurationError,
    HttpResponse,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    Order,
    OrderState,
    Purchase,
    Quote,
    Radar,
    RefusalCode,
    UnsupportedActionError,
    Window,
    parse_time,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub_iceye import ApiVersion, DeliveryLocation, DeliveryTarget, IceyeOptions
from tasking_hub_iceye.translate import collecting, following, hooks, leaving, orders
from tasking_hub_iceye.translate.opportunities import opportunity
from tasking_hub_iceye.translate.plan import decimal_degrees
from tasking_hub_iceye.translate.rules import early_refusals
from tasking_hub_iceye.wire import CONVERTER, Choice, TaskParameters, Words
from tasking_hub_iceye.wire_orders import Task

TASK_ID = "b0a7b1de-6a35-4a63-9f0e-7d8f4dbe9f22"
GUIDE_NOW = datetime(2025, 1, 14, tzinfo=UTC)
START = datetime(2024, 5, 1, tzinfo=UTC)


def only(*words):
    """A contract's choice."""
    return Choice(allowed=Words(words), default=words[0])


@pytest.fixture
def guide_plan(ask, plan_for):
    """The task of ICEYE's migration guide, planned with these options."""

    def make(version, **options):
        request = ask(
            IceyeOptions(exclusivity="PRIVATE", **options),
            area=Point(24.9384, 60.1699),
            window=Window(datetime(2025, 1, 15, tzinfo=UTC), datetime(2025, 1, 17, tzinfo=UTC)),
            radar=Radar(mode="SPOTLIGHT"),
        )
        return plan_for(
            request,
            version=version,
            now=GUIDE_NOW,
            id="550e8400-e29b-41d4-a716-446655440000",
            end=None,
            priority=only("COMMERCIAL"),
            exclusivity=only("PRIVATE"),
        ).task

    return make


@pytest.fixture
def purchase(ask, plan_for, contract):
    """A purchase of the price page's place."""
    request = ask()
    found = opportunity("iceye", request, evolve(contract, end=None), plan_for(request, end=None), None)
    quote = Quote(opportunity=found, price=Money(Decimal(2646), "USD"), quoted_at=GUIDE_NOW)
    return Purchase(reference="Customer reference", quote=quote)


@pytest.fixture
def read(answer):
    """Reads the sample of a task, changed, as an order."""

    def make(**changes):
        body = {**load_json(answer("get-task.v2").body), **changes}
        body = {name: value for name, value in body.items() if value is not ...}
        return orders.read_order("iceye", HttpResponse(status=200, body=dump_json(body).encode()))

    return make


# --- What buys ---------------------------------------------------------------------------------------


def test_the_guides_task_is_created_on_v1(guide_plan, settings, sample):
    """The migration guide's body, with the reference; never repeated."""
    locations = (DeliveryLocation(method="sftp", path="/data/imagery", sub_path="tasking"),)
    task = guide_plan(ApiVersion.V1, additional_product_types=("SIDD",), delivery_locations=locations)

    request = orders.create_request(settings, task)

    assert request.json == {**sample("create-task.request.v1"), "reference": "Customer reference"}
    assert (request.method, request.url) == ("POST", "https://platform.iceye.com/api/tasking/v1/tasks")
    assert request.repeatable is False
    assert load_json(request.body) == request.json


def test_the_guides_task_is_created_on_v2(guide_plan, settings_v2, sample):
    """The same with what v2 has instead."""
    guide = sample("create-task.request.v2")
    (place,) = guide["deliveries"][0]["locations"]
    task = guide_plan(
        ApiVersion.V2,
        product_types=("GRD", "SIDD"),
        deliveries=(DeliveryTarget(config_id=place["configID"], path="/data/imagery", sub_path="tasking"),),
        webhook_id=guide["notifications"]["webhook"]["id"],
    )

    request = orders.create_request(settings_v2, task)

    assert request.json == {**guide, "reference": "Customer reference"}
    assert request.url == "https://platform.iceye.com/api/tasking/v2/tasks"


@pytest.mark.parametrize(
    ("version", "options", "remedy"),
    [
        (ApiVersion.V1, {"product_types": ("GRD",)}, "additional_product_types"),
        (ApiVersion.V1, {"deliveries": (DeliveryTarget(config_id="c", path="/"),)}, "delivery_locations"),
        (ApiVersion.V1, {"webhook_id": "w"}, "api_version v2"),
        (ApiVersion.V1, {"imaging_duration_s": 30}, "api_version v2"),
        (ApiVersion.V2, {"additional_product_types": ("SIDD",)}, "product_types"),
        (ApiVersion.V2, {"delivery_locations": (DeliveryLocation(method="sftp", path="/"),)}, "deliveries"),
    ],
)
def test_the_other_versions_options_are_refused(ask, version, options, remedy):
    """Before anything is sent, with the option to use instead."""
    now = datetime(2024, 4, 30, 9, tzinfo=UTC)

    (refusal,) = early_refusals(ask(), IceyeOptions(**options), version, now)

    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, next(iter(options)))
    assert remedy in refusal.remedy


def test_a_duration_is_sent_where_it_is_asked_for(guide_plan, settings_v2, sample):
    """Whole seconds that ICEYE may take; none is not sent."""
    with_it, without = guide_plan(ApiVersion.V2, imaging_duration_s=30), guide_plan(ApiVersion.V2)

    assert orders.create_request(settings_v2, with_it).json["imagingDuration"] == 30
    assert "imagingDuration" not in orders.create_request(settings_v2, without).json
    for wrong in (0, 181):
        with pytest.raises(InvalidRequestError, match="imaging_duration_s must be 1 to 180"):
            IceyeOptions(imaging_duration_s=wrong)


def test_the_reference_sent_is_the_purchases(purchase):
    """Whatever the request was called when it was quoted."""
    task = orders.purchased_task(evolve(purchase, reference="bought again"))

    assert task.reference == "bought again"
    assert evolve(task, reference="Customer reference") == orders.purchased_task(purchase)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"reference": "x" * 257}, RefusalCode.INVALID_REQUEST, "reference"),
        ({"start": timedelta(hours=11.99)}, RefusalCode.DEADLINE_PASSED, "window"),
        ({"start": timedelta(hours=12)}, None, None),
        ({"start": timedelta(hours=23.99), "priority": "BACKGROUND"}, RefusalCode.DEADLINE_PASSED, "window"),
        ({"end": timedelta(hours=47)}, RefusalCode.INVALID_REQUEST, "window"),
        ({"end": timedelta(days=15)}, RefusalCode.INVALID_REQUEST, "window"),
        ({}, None, None),
        ({"reference": "x" * 256}, None, None),
    ],
)
def test_what_iceye_would_refuse_is_not_sent(purchase, change, code, field):
    """A reference of 257 characters, a notice gone by, a window too short or too long."""
    now = datetime(2024, 4, 30, tzinfo=UTC)
    task = orders.purchased_task(evolve(purchase, reference=change.get("reference", "short")))
    window = evolve(
        task.acquisition_window,
        start=now + change.get("start", timedelta(hours=24)),
        end=now + change.get("end", timedelta(hours=72)),
    )

    task = evolve(task, acquisition_window=window, priority=change.get("priority", "COMMERCIAL"))

    refusal = orders.unsendable(task, now)

    assert (refusal and refusal.code, refusal and refusal.field) == (code, field)
    assert refusal is None or refusal.remedy


# --- What is read ------------------------------------------------------------------------------------


def test_a_task_is_read_as_an_order(read, sample):
    """Every member finds its place; the states of the deliveries stay in raw."""
    order = read()

    assert (order.account, order.provider, order.id) == ("iceye", "iceye", TASK_ID)
    assert (order.reference, order.state, order.provider_status) == (
        "Customer reference",
        OrderState.ACCEPTED,
        "ACTIVE",
    )
    assert [(event.at, event.state) for event in order.history] == [
        (datetime(2024, 4, 28, 11, 4, 28, 372434, tzinfo=UTC), OrderState.RECEIVED)
    ]
    window = sample("get-task.v2")["acquisitionWindow"]
    assert order.window == Window(parse_time(window["start"]), parse_time(window["end"]))
    assert order.price is None
    assert [step.fee_percent for step in order.cancellation] == [0, 10, 20, 100]
    assert order.raw == sample("get-task.v2")
    assert order.raw["deliveries"][0]["status"] == "pending"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("RECEIVED", OrderState.RECEIVED),
        ("ACTIVE", OrderState.ACCEPTED),
        ("FULFILLED", OrderState.DELIVERING),
        ("DONE", OrderState.FULFILLED),
        ("REJECTED", OrderState.REJECTED),
        ("FAILED", OrderState.FAILED),
        ("CANCELED", OrderState.CANCELLED),
        ("DISPLACED", OrderState.UNKNOWN),
        ("done", OrderState.UNKNOWN),
        ("", OrderState.UNKNOWN),
    ],
)
def test_every_word_has_its_state_and_no_other_is_guessed(read, word, state):
    """The word itself is always kept."""
    order = read(status=word)

    assert (order.state, order.provider_status) == (state, word)


@pytest.mark.parametrize(
    ("status", "fulfilled", "updated", "states"),
    [
        ("RECEIVED", ..., "2024-05-02T12:00:00Z", ["received"]),
        ("FULFILLED", "2024-05-02T12:00:00Z", "2024-05-02T12:00:01Z", ["received", "delivering"]),
        ("DONE", "2024-05-02T12:00:00Z", "2024-05-02T15:00:00Z", ["received", "delivering", "fulfilled"]),
        ("DONE", "2024-05-02T12:00:00Z", "2024-05-02T12:00:00Z", ["received", "fulfilled"]),
        ("REJECTED", ..., "2024-05-02T12:00:00Z", ["received", "rejected"]),
    ],
)
def test_the_history_holds_what_has_a_time(read, status, fulfilled, updated, states):
    """Creation, the first products, and the end, in order of time."""
    history = read(status=status, fulfilledAt=fulfilled, updatedAt=updated).history

    assert [event.state for event in history] == states
    assert [event.at for event in history] == sorted(event.at for event in history)


def test_only_id_and_status_are_required(read, sample):
    """The cancellation's answer leaves six members out; a task without an id is no order."""
    bare = dict.fromkeys(set(sample("get-task.v2")) - {"id", "status"}, ...)

    order = read(**bare)

    assert (order.id, order.reference, order.history) == (TASK_ID, "", ())
    for name in ("id", "status"):
        with pytest.raises(MalformedResponseError, match=rf"required field missing @ \$\.{name}"):
            read(**{name: ...})


@pytest.mark.parametrize(("member", "value"), [("id", 7), ("createdAt", "yesterday"), ("acquisitionWindow", [])])
def test_a_member_of_another_type_is_malformed(read, member, value):
    """With its path."""
    with pytest.raises(MalformedResponseError, match=rf"@ \$\.{member}"):
        read(**{member: value})


def test_what_iceye_does_not_tell_comes_from_the_purchase(read, purchase):
    """The price that was agreed, and the reference where the answer has none."""
    assert orders.bought(read(), purchase).price == purchase.quote.price
    assert orders.bought(read(reference=...), purchase).reference == "Customer reference"
    assert orders.still(read(), orders.bought(read(), purchase)).price == purchase.quote.price


# --- Found again -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"pointOfInterest": {"lat": Decimal("32.0004"), "lon": Decimal("34.9996")}}, True),
        ({"pointOfInterest": {"lat": 32, "lon": 395}, "reference": " Customer reference\n"}, True),
        ({"pointOfInterest": None, "imagingMode": None}, True),
        ({"pointOfInterest": {"lat": Decimal("32.001"), "lon": 35}}, False),
        ({"pointOfInterest": {"lat": 32, "lon": Decimal("34.999")}}, False),
        ({"imagingMode": "SCAN"}, False),
        ({"reference": "customer reference"}, False),
        ({"reference": None}, False),
    ],
)
def test_a_task_is_recognised_by_reference_place_and_mode(sample, purchase, change, same):
    """What the list leaves out does not speak against it; what it shows must agree."""
    task = CONVERTER.structure({**sample("get-task.v2"), **change}, Task)

    assert orders.is_of(task, orders.purchased_task(purchase)) is same


def test_the_last_of_several_is_the_one(sample):
    """By the time of creation; none of none."""
    task = CONVERTER.structure(sample("get-task.v2"), Task)
    later = evolve(task, id="later", created_at=task.created_at + timedelta(seconds=1))

    assert following.newest([later, task, evolve(task, created_at=None)]) == later
    assert following.newest([]) is None


def test_a_list_is_asked_for_by_contract_and_time(settings, settings_v2):
    """What is not given is left out."""
    after = datetime(2024, 5, 1, 9, tzinfo=UTC)

    assert following.list_request(settings).query == (("limit", "1000"),)
    assert following.list_request(settings_v2, "next", limit=7, contract_id="c", created_after=after).query == (
        ("limit", "7"),
        ("contractID", "c"),
        ("createdAfter", "2024-05-01T09:00:00Z"),
        ("cursor", "next"),
    )


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    digits=st.integers(4, 9),
    turn=st.sampled_from([-360, 0, 360]),
)
def test_a_place_is_recognised_however_it_is_rounded(lat, lon, digits, turn):
    """To four digits or more, and across the date line."""
    sent = {"lat": decimal_degrees(lat), "lon": decimal_degrees(lon)}
    shown = {"lat": round(sent["lat"], digits), "lon": round(sent["lon"], digits) + turn}
    window = {"start": "2024-05-01T00:00:00Z", "end": "2024-05-02T00:00:00Z"}
    terms = dict.fromkeys(("exclusivity", "priority", "sla", "eula"), "X")
    body = {"contractID": "c", "reference": "r", "acquisitionWindow": window, "imagingMode": "SCAN", **terms}
    task = {"id": "1", "status": "ACTIVE", "reference": "r", "pointOfInterest": shown}

    wanted = CONVERTER.structure({**body, "pointOfInterest": sent}, TaskParameters)

    assert orders.is_of(CONVERTER.structure(task, Task), wanted)


@pytest.mark.parametrize("per_page", [0, -1, 10_001])
def test_a_page_has_its_limits(settings, per_page):
    """ICEYE refuses others."""
    with pytest.raises(ConfigurationError, match="tasks_per_page must be within 1 and 10000"):
        evolve(settings, tasks_per_page=per_page)


def test_ids_are_quoted_in_paths(settings):
    """An id cannot lead to another path."""
    for request in (
        following.task_request(settings, "a/../b?c"),
        following.scene_request(settings, "a/../b?c"),
        collecting.products_request(settings, "a/../b?c"),
        leaving.cancel_request(settings, "a/../b?c"),
    ):
        assert "/tasks/a%2F..%2Fb%3Fc" in request.url


# --- Leaving -----------------------------------------------------------------------------------------


def fees(order, now):
    """What leaving costs, now and later."""
    return [int(step.fee_percent) for step in leaving.steps_left(order, now)]


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        (1000, [0, 10, 20, 100]),
        (72.01, [0, 10, 20, 100]),
        (72, [10, 20, 100]),
        (48, [20, 100]),
        (24.01, [20, 100]),
        (24, [100]),
        (0, [100]),
        (-1000, [100]),
    ],
)
def test_leaving_costs_more_as_the_window_comes_near(read, hours, left):
    """The first step is the one that holds now."""
    assert fees(read(), START - timedelta(hours=hours)) == left


def test_a_step_says_from_when_on_it_holds(read):
    """In hours before the window, as the specification has them, with their source."""
    steps = leaving.steps_left(read(), START - timedelta(hours=100))

    assert [step.hours_before_start for step in steps] == [None, 72, 48, 24]
    assert all("table 3-4" in step.source for step in steps)


def test_a_late_order_is_never_free_to_leave(read):
    """Created within 24 h of the window: the whole price from the beginning."""
    order = read(createdAt="2024-04-30T00:00:01Z")

    assert fees(order, START - timedelta(hours=23)) == [100]
    assert [(step.hours_before_start, step.fee_percent) for step in order.cancellation] == [(None, 100)]


@given(hours=st.floats(-500, 500), more=st.floats(0, 500))
def test_waiting_never_makes_leaving_cheaper(hours, more):
    """At any time, and at any time after it."""
    window = {"start": "2024-05-01T00:00:00Z", "end": "2024-05-05T00:00:00Z"}
    order = Order(
        account="iceye",
        provider="iceye",
        id="1",
        reference="r",
        state=OrderState.ACCEPTED,
        provider_status="ACTIVE",
        raw={"id": "1", "status": "ACTIVE", "acquisitionWindow": window},
    )

    early, late = (fees(order, START + timedelta(hours=delay)) for delay in (hours, hours + more))

    assert early == sorted(early)
    assert early[-len(late) :] == late


@pytest.mark.parametrize("raw", [{}, {"id": 1}, {"id": "1", "status": "ACTIVE"}])
def test_without_a_window_the_published_steps_are_told(read, raw):
    """All of them, since nobody knows which one holds."""
    assert fees(evolve(read(), raw=raw), START) == [0, 10, 20, 100]


@pytest.mark.parametrize("word", ["FULFILLED", "DONE", "REJECTED", "FAILED", "CANCELED"])
def test_what_cannot_be_left_costs_nothing_to_leave_and_is_not_asked_about(read, word):
    """No steps; the message has ICEYE's word."""
    order = read(status=word)

    assert (order.cancellation, leaving.steps_left(order, START)) == ((), ())
    with pytest.raises(UnsupportedActionError, match=f"this is {word}"):
        leaving.free_id(order)


def test_an_unknown_word_is_asked_about(read):
    """ICEYE decides; an order without an id cannot be named."""
    assert leaving.free_id(read(status="DISPLACED")) == TASK_ID
    with pytest.raises(UnsupportedActionError, match="look it up"):
        leaving.free_id(evolve(read(), id=None))


def test_a_cancellation_is_one_member_and_sent_once(settings):
    """PATCH with the one status that ICEYE takes."""
    request = leaving.cancel_request(settings, TASK_ID)

    assert (request.method, request.json, request.repeatable) == ("PATCH", {"status": "CANCELED"}, False)
    assert request.url == f"https://platform.iceye.com/api/tasking/v1/tasks/{TASK_ID}"


# --- Scene and products ------------------------------------------------------------------------------


def test_a_scene_is_an_acquisition_once_it_is_taken(read, answer, sample):
    """Before, its time is a plan; the incidence is a number out of a string."""
    end = datetime(2024, 5, 2, 3, 14, 25, 500000, tzinfo=UTC)

    planned = following.read_scene(read(), answer("scene"), end - timedelta(seconds=1))
    taken = following.read_scene(read(), answer("scene"), end)

    assert (planned.taken_at, planned.incidence_deg) == (None, 31.47)
    assert taken.taken_at == datetime(2024, 5, 2, 3, 14, 15, 500000, tzinfo=UTC)
    assert (taken.id, taken.order_id) == (TASK_ID, TASK_ID)
    assert (planned.provider_status, taken.provider_status) == ("ACTIVE", "")
    assert taken.raw == sample("scene")


@pytest.mark.parametrize("word", ["FULFILLED", "DONE"])
def test_an_image_with_products_was_taken_whatever_the_clock_says(read, answer, word):
    """A clock that is slow here, or a sandbox that is ahead, makes no plan of it."""
    early = datetime(2024, 5, 1, tzinfo=UTC)

    taken = following.read_scene(read(status=word), answer("scene"), early)

    assert (taken.taken_at, taken.provider_status) == (datetime(2024, 5, 2, 3, 14, 15, 500000, tzinfo=UTC), "")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"incidenceAngle": "steep"}, r"number in a string @ \$\.incidenceAngle"),
        ({"incidenceAngle": 31.5}, r"@ \$\.incidenceAngle"),
        ({"imagingTime": None}, r"@ \$\.imagingTime"),
    ],
)
def test_a_scene_of_another_shape_is_malformed(read, sample, change, problem):
    """With its path."""
    body = dump_json({**sample("scene"), **change}).encode()

    with pytest.raises(MalformedResponseError, match=problem):
        following.read_scene(read(), HttpResponse(status=200, body=body), START)


def test_a_scene_needs_no_incidence(read):
    """Only the times and the duration are required."""
    body = b'{"imagingTime": {"start": "2024-05-02T03:14:15Z", "end": "2024-05-02T03:14:25Z"}, "duration": 10}'

    assert following.read_scene(read(), HttpResponse(status=200, body=body), START).incidence_deg is None


def test_products_of_v1_are_files(answer, sample):
    """A bare list; a name that occurs twice is numbered, links are good for an hour from the question."""
    found = collecting.read_products(TASK_ID, answer("task-products.v1"), START)
    files = collecting.named_apart(found.files)

    assert [file.name for file in files] == ["ICEYE_GRD_1.tif", "ICEYE_GRD_1.xml", "ICEYE_GRD_1-2.xml"]
    assert [file.media_type for file in files] == ["image/tiff", "application/xml", "application/xml"]
    assert {(file.order_id, file.expires_at) for file in files} == {(TASK_ID, START + timedelta(hours=1))}
    assert {file.acquisition_id for file in files} == {TASK_ID}
    assert files[0].url == sample("task-products.v1")[0]["assets"][0]["downloadURL"]
    assert files[2].raw == {"type": "SLC", "asset": sample("task-products.v1")[1]["assets"][0]}
    assert found.cursor is None


def test_products_of_v2_are_files(answer, sample):
    """A page of STAC items; the item stays with each of its files."""
    found = collecting.read_products(TASK_ID, answer("task-products.v2"), START)
    (item,) = sample("task-products.v2")["data"]

    assert [(file.name, file.media_type) for file in found.files] == [
        ("ICEYE_GRD_1.tif", "image/tiff"),
        ("ICEYE_GRD_1.xml", "application/xml"),
    ]
    assert found.files[0].url == item["assets"]["grd-tif"]["href"]
    assert found.files[0].raw["properties"] == item["properties"]
    assert found.files[0].raw["asset"] == {"grd-tif": item["assets"]["grd-tif"]}
    assert not found.cursor


@pytest.mark.parametrize("text", ["null", "{}", '{"data": [{}]}', '[{"type": "GRD", "assets": [{}]}]', "[1]", "<html>"])
def test_products_of_another_shape_are_malformed(text):
    """Whatever the version."""
    with pytest.raises(MalformedResponseError):
        collecting.read_products(TASK_ID, HttpResponse(status=200, body=text.encode()), START)


def test_a_cursor_that_comes_again_is_malformed():
    """The pages would never end."""
    body = b'{"data": [], "cursor": "same"}'

    for reads in (
        lambda before: collecting.read_products("1", HttpResponse(status=200, body=body), START, before),
        lambda before: following.read_tasks(HttpResponse(status=200, body=body), before),
    ):
        assert reads([]).cursor == "same"
        with pytest.raises(MalformedResponseError, match=r"@ \$\.cursor"):
            reads(["same"])


@given(names=st.lists(st.sampled_from(["a.tif", "a.xml", "a", ".a"]), max_size=8))
def test_files_of_one_order_have_names_of_their_own(names):
    """However often a name occurs."""
    (file,) = collecting.read_products(
        "1", HttpResponse(status=200, body=b'[{"type": "x", "assets": [{"downloadURL": "https://h.example/"}]}]'), START
    ).files

    files = collecting.named_apart([evolve(file, name=name) for name in names])

    assert file.name == "product"
    assert len({one.name for one in files}) == len(names)


def test_what_an_image_shows_comes_with_its_products(answer, sample):
    """On v2, by the first product that has a shape that can be read; one that cannot hides nothing."""
    (item,) = sample("task-products.v2")["data"]
    without = {"data": [{**item, "geometry": None}, {**item, "geometry": {"type": "Blob"}}]}

    drawn = collecting.read_footprint(answer("task-products.v2"))

    assert drawn == Polygon([(34.9, 31.9), (35.1, 31.9), (35.1, 32.1), (34.9, 31.9)])
    assert collecting.read_footprint(HttpResponse(status=200, body=dump_json(without).encode())) is None
    assert collecting.read_footprint(answer("task-products.v1")) is None


def test_deliveries_are_read_beside_the_order(answer, sample):
    """Each with its state and its places; a task without any has none."""
    (one,) = collecting.read_deliveries(answer("get-task.v2"))
    (written,) = sample("get-task.v2")["deliveries"]

    assert {"id": one.id, "status": one.status, "locations": list(one.locations)} == written
    assert collecting.read_deliveries(answer("cancel-task")) == ()


# --- Being told --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "order_id", "word"),
    [
        ({"taskID": "t", "status": "DONE"}, "t", "DONE"),
        ({"task_id": "t", "id": "event"}, "t", None),
        ({"id": "t", "status": "ACTIVE"}, "t", "ACTIVE"),
        ({"id": "event", "type": "task", "data": {"id": "t", "status": "FAILED"}}, "t", "FAILED"),
        ({"id": "event", "data": {"task": {"taskId": "t"}, "status": "FAILED"}}, "t", "FAILED"),
        ({"payload": {"status": 5}}, None, None),
        ({}, None, None),
    ],
)
def test_a_callback_is_a_hint(body, order_id, word):
    """Wherever the id and the word stand; nothing at all is a hint to look at everything."""
    hint = hooks.read_hook(dump_json(body).encode())

    assert (hint.order_id, hint.word) == (order_id, word)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"DONE"', b"[" * 100_000])
def test_what_is_no_object_is_no_callback(body):
    """It is not one of ICEYE's."""
    with pytest.raises(InvalidRequestError):
        hooks.read_hook(body)


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "taskID", "data", "task", "status", "x"]), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_a_callback_is_read_or_refused(body):
    """Nothing else, whatever it holds."""
    try:
        hint = hooks.read_hook(dump_json(body).encode())
    except InvalidRequestError:
        assert not isinstance(body, dict)
    else:
        assert all(value is None or (isinstance(value, str) and value) for value in (hint.order_id, hint.word))


def test_registering_a_webhook(settings):
    """One member, sent once; the id comes back."""
    request = hooks.register_request(settings, "https://backend.example/iceye")

    assert (request.url, request.json) == (
        "https://platform.iceye.com/api/notifications/v1/webhooks",
        {"url": "https://backend.example/iceye"},
    )
    assert request.repeatable is False
    assert hooks.read_webhook(HttpResponse(status=201, body=b'{"id": "w", "more": 1}')) == "w"


def test_a_task_survives_being_saved(purchase):
    """The body that will be sent is the same after a round through JSON."""
    task = orders.purchased_task(purchase)

    assert CONVERTER.structure(load_json(dump_json(CONVERTER.unstructure(task))), TaskParameters) == task
