"""The played ICEYE's tasks: created, followed to every end, cancelled, paid for, and fetched."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking_hub import format_time, parse_time
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json
from tasking_hub.sandbox import SandboxRequest, World
from tasking_hub_iceye import IceyeProvider
from tasking_hub_iceye.sandbox.catalogue import CUSTOMER, DINAR, EXPIRED, MAIN, OTHER_CUSTOMER, SPENT, UNPRICED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BASE = "http://127.0.0.1:8080/iceye"
TASKS = "/api/tasking/v2/tasks"
PRICE = 264600
MINUTE, HOUR = 60.0, 3600.0
OPTIONAL = (
    "exclusivity",
    "priority",
    "sla",
    "eula",
    "incidenceAngle",
    "lookSide",
    "passDirection",
    "additionalProductTypes",
    "deliveryLocations",
    "productTypes",
    "deliveries",
    "notifications",
)


@pytest.fixture
def clock():
    """Stands still on a Monday morning."""
    return ManualClock(NOW)


@pytest.fixture
def sandbox(ephemeris, clock):
    """A fresh ICEYE."""
    return IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))


@pytest.fixture
def send(sandbox):
    """Sends a request as a customer and returns the answer."""

    def request(method, path, body=None, query=None, customer=CUSTOMER, **headers):
        if customer:
            headers["authorization"] = f"Basic {customer.api_key}"
        data = b"" if body is None else dump_json(body).encode()
        pairs = tuple((query or {}).items())
        return sandbox.answer(
            SandboxRequest(method=method, path=path, query=pairs, headers=headers, body=data, base_url=BASE)
        )

    return request


@pytest.fixture
def call(send):
    """The same, for status and JSON."""

    def request(*args, **kwargs):
        answer = send(*args, **kwargs)
        return answer.status, answer.json()

    return request


def body_of(reference="first", start_h=80.0, hours=72.0, **more):
    """A task over the price page's place."""
    start = NOW + timedelta(hours=start_h)
    return {
        "contractID": MAIN.id,
        "reference": reference,
        "pointOfInterest": {"lat": 32, "lon": 35},
        "acquisitionWindow": {"start": format_time(start), "end": format_time(start + timedelta(hours=hours))},
        "imagingMode": "SPOTLIGHT",
        **more,
    }


@pytest.fixture
def create(call):
    """Creates a task and returns it."""

    def make(**more):
        status, task = call("POST", TASKS, body_of(**more))
        assert status == 201
        return task

    return make


def watch(ephemeris, **more):
    """A task's whole life in a sandbox of the same seed: every status, and when it was first seen, hour by hour."""
    clock, headers = ManualClock(NOW), {"authorization": f"Basic {CUSTOMER.api_key}"}
    twin = IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))
    body = dump_json(body_of(**more)).encode()
    task = twin.answer(SandboxRequest(method="POST", path=TASKS, headers=headers, body=body)).json()
    look = SandboxRequest(method="GET", path=f"{TASKS}/{task['id']}", headers=headers)
    seen: dict[str, datetime] = {}
    for _ in range(14 * 24):
        seen.setdefault(twin.answer(look).json()["status"], clock.now())
        clock.advance(HOUR if len(seen) > 1 else 20 * MINUTE)
    return seen


@pytest.fixture
def live(ephemeris, create):
    """Creates a task, and tells what will become of it and when."""
    return lambda **more: (create(**more)["id"], watch(ephemeris, **more))


@pytest.fixture
def until(clock):
    """Goes to a moment."""
    return lambda moment: clock.advance((moment - clock.now()).total_seconds())


# --- Creation ----------------------------------------------------------------------------------------


def test_a_task_is_created_and_filled_in(create):
    """201 with the whole task: what was left out comes from contract and mode."""
    task = create()

    assert task == {
        **body_of(),
        "id": task["id"],
        "status": "RECEIVED",
        "createdAt": "2026-11-23T09:00:00Z",
        "updatedAt": "2026-11-23T09:00:00Z",
        "exclusivity": "PUBLIC",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "incidenceAngle": {"min": 20, "max": 40},
        "lookSide": "ANY",
        "passDirection": "ANY",
        "productsAvailableInSeconds": 28800,
    }


@pytest.mark.parametrize(
    ("version", "key", "value"),
    [
        ("v1", "additionalProductTypes", ["SIDD"]),
        ("v1", "deliveryLocations", [{"method": "sftp", "path": "/in"}]),
        ("v2", "productTypes", ["SICD"]),
        ("v2", "deliveries", [{"locations": [{"configID": "c", "path": "/in"}]}]),
    ],
)
def test_each_version_knows_its_own_keys_only(call, version, key, value):
    """The other version's key is a bad request, since the schema allows no additional properties."""
    other = {"v1": "v2", "v2": "v1"}[version]

    status, task = call("POST", f"/api/tasking/{version}/tasks", body_of(**{key: value}))
    refused, words = call("POST", f"/api/tasking/{other}/tasks", body_of(**{key: value}))

    assert (status, len(task[key])) == (201, 1)
    assert (refused, key in words["message"]) == (400, True)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"surplus": 1}, 400),
        ({"pointOfInterest": {"lat": 91, "lon": 0}}, 400),
        ({"incidenceAngle": {"min": 5, "max": 45}}, 400),
        ({"lookSide": "UP"}, 400),
        ({"reference": "x" * 257}, 400),
        ({"start_h": 11.0}, 400),
        ({"start_h": 23.0, "priority": "BACKGROUND"}, 400),
        ({"hours": 23.0}, 400),
        ({"hours": 24 * 14.0}, 400),
        ({"notifications": {"webhook": {"id": "unknown"}}}, 400),
        ({"notifications": "loud"}, 400),
        ({"imagingMode": "SPOTLIGHT_OF_TOMORROW"}, 403),
        ({"contractID": EXPIRED.id}, 403),
        ({"contractID": DINAR.id}, 404),
    ],
)
def test_a_wrong_task_is_refused_and_not_created(call, change, status):
    """With a code and a message; the list stays empty."""
    answer, words = call("POST", TASKS, body_of(**change))

    assert (answer, set(words)) == (status, {"code", "message"})
    assert call("GET", TASKS) == (200, {"data": []})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(member=st.sampled_from([*body_of(), *OPTIONAL]), value=ANYTHING, version=st.sampled_from(["v1", "v2"]))
def test_any_body_is_answered(call, member, value, version):
    """With 201 or a refusal, whatever one of its members holds."""
    status, answer = call("POST", f"/api/tasking/{version}/tasks", body_of(**{member: value}))

    assert status in {201, 400, 403, 404}
    assert set(answer) == {"code", "message"} or answer["status"] == "RECEIVED"
    assert call("GET", TASKS)[0] == 200


def test_a_body_that_is_no_json_is_refused(sandbox):
    """400."""
    headers = {"authorization": f"Basic {CUSTOMER.api_key}"}

    assert sandbox.answer(SandboxRequest(method="POST", path=TASKS, headers=headers, body=b"{")).status == 400


def test_a_webhook_is_registered_and_named(call):
    """Its id is known to create-task from then on; an address that is none is refused."""
    path = "/api/notifications/v1/webhooks"
    status, hook = call("POST", path, {"url": "https://backend.example/iceye"})

    assert status == 201
    assert call("POST", TASKS, body_of(notifications={"webhook": {"id": hook["id"]}}))[0] == 201
    for wrong in ({"url": "backend"}, {}, ["https://backend.example"]):
        assert call("POST", path, wrong)[0] == 400


# --- Money -------------------------------------------------------------------------------------------


def funds(call, contract=MAIN, customer=CUSTOMER):
    """What is on hold and what is spent."""
    summary = call("GET", f"/api/company/v1/contracts/{contract.id}/summary", customer=customer)[1]
    return summary["onHold"], summary["consolidatedSpent"]


def test_a_task_holds_its_price_and_is_charged_when_products_are_ready(call, until, live):
    """On hold from the start, spent with FULFILLED."""
    held, spent = funds(call)
    _, seen = live(reference="harbour")

    assert list(seen) == ["RECEIVED", "ACTIVE", "FULFILLED", "DONE"]
    assert funds(call) == (held + PRICE, spent)
    until(seen["FULFILLED"])
    assert funds(call) == (held, spent + PRICE)


def test_a_task_beyond_the_funds_is_refused(call):
    """With the code that ICEYE documents, and nothing is held."""
    before = funds(call, SPENT, OTHER_CUSTOMER)

    status, words = call("POST", TASKS, body_of(contractID=SPENT.id), customer=OTHER_CUSTOMER)

    assert (status, words["code"]) == (403, "ERR_INSUFFICIENT_FUNDS")
    assert funds(call, SPENT, OTHER_CUSTOMER) == before


def test_what_is_on_hold_cannot_be_spent_again(call, create):
    """Tasks are taken until the limit is reached, and again when one of them was left for nothing."""
    customer, price, limit = OTHER_CUSTOMER, 812_322, 50_000_000

    def order(number):
        body = body_of(str(number), contractID=DINAR.id)
        return call("POST", TASKS, body, customer=customer)

    taken = []
    while (answer := order(len(taken)))[0] == 201:
        taken.append(answer[1]["id"])
    held, _ = funds(call, DINAR, customer)
    call("PATCH", f"{TASKS}/{taken[0]}", {"status": "CANCELED"}, customer=customer)

    assert answer[1]["code"] == "ERR_INSUFFICIENT_FUNDS"
    assert held <= limit < held + price
    assert order(0)[0] == 201


def test_a_contract_without_prices_takes_tasks_too(call):
    """Nothing is held where nothing has a price."""
    body = body_of(contractID=UNPRICED.id, priority="BACKGROUND", sla="SLA_24H")

    assert call("POST", TASKS, body)[0] == 201


@pytest.mark.parametrize(
    ("hours_left", "percent"), [(73, 0), (72, 10), (49, 10), (48, 20), (25, 20), (24, 100), (1, 100)]
)
def test_leaving_costs_what_the_specification_says(call, clock, create, hours_left, percent):
    """The hold ends and the fee is spent."""
    held, spent = funds(call)
    task = create(reference="harbour")
    clock.advance((80 - hours_left) * HOUR)

    status, cancelled = call("PATCH", f"{TASKS}/{task['id']}", {"status": "CANCELED"})

    assert (status, cancelled["status"]) == (200, "CANCELED")
    assert cancelled["updatedAt"] == format_time(clock.now())
    assert funds(call) == (held, spent + PRICE * percent // 100)


def test_a_task_ordered_late_is_never_free_to_leave(call, create):
    """Within 24 h of the window the whole price is due at once."""
    _, spent = funds(call)
    task = create(start_h=13.0)

    call("PATCH", f"{TASKS}/{task['id']}", {"status": "CANCELED"})

    assert funds(call)[1] == spent + PRICE


# --- Life --------------------------------------------------------------------------------------------


def test_every_status_is_reached(ephemeris):
    """Over some references, every literal but CANCELED, which is the buyer's; decided within 20 minutes."""
    lives = [watch(ephemeris, reference=f"task {number}") for number in range(60)]

    assert {tuple(seen) for seen in lives} == {
        ("RECEIVED", "REJECTED"),
        ("RECEIVED", "ACTIVE", "FAILED"),
        ("RECEIVED", "ACTIVE", "DONE"),
        ("RECEIVED", "ACTIVE", "FULFILLED", "DONE"),
    }
    assert all(list(seen.values())[1] == NOW + timedelta(minutes=20) for seen in lives)


def test_a_place_that_no_pass_sees_is_rejected(ephemeris):
    """Orbits are not looked at before the task is taken, but after."""
    nowhere = {"pointOfInterest": {"lat": 0, "lon": 0}, "incidenceAngle": {"min": 44, "max": 44}, "hours": 24.0}

    assert list(watch(ephemeris, **nowhere)) == ["RECEIVED", "REJECTED"]


def test_the_same_seed_and_reference_live_the_same_life(ephemeris):
    """Another sandbox of the same seed, at the same time."""

    def task():
        clock = ManualClock(NOW)
        fresh = IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))
        headers = {"authorization": f"Basic {CUSTOMER.api_key}"}
        create = SandboxRequest(method="POST", path=TASKS, headers=headers, body=dump_json(body_of()).encode())
        one = fresh.answer(create).json()
        clock.advance(13 * 24 * HOUR)
        return fresh.answer(SandboxRequest(method="GET", path=f"{TASKS}/{one['id']}", headers=headers)).json()

    assert task() == task()


@pytest.mark.parametrize("sla_h", [3, 8, 24])
def test_products_are_ready_when_the_sla_says(call, until, live, sla_h):
    """So many hours after the pass; fulfilledAt says when."""
    task_id, seen = live(reference="harbour", sla=f"SLA_{sla_h}H")
    until(seen["FULFILLED"])

    scene = call("GET", f"{TASKS}/{task_id}/scene")[1]
    task = call("GET", f"{TASKS}/{task_id}")[1]

    ready_after = parse_time(task["fulfilledAt"]) - parse_time(scene["imagingTime"]["end"])
    assert abs(ready_after - timedelta(hours=sla_h)) < timedelta(minutes=15)
    assert task["productsAvailableInSeconds"] == sla_h * 3600


# --- Reading and leaving -----------------------------------------------------------------------------


def test_tasks_are_listed_in_pages(call, create):
    """Oldest first, without what the list leaves out; the cursor leads to the rest."""
    ids = [create(reference=str(number), deliveries=[{"locations": []}])["id"] for number in range(3)]

    _, first = call("GET", TASKS, query={"limit": "2"})
    _, rest = call("GET", TASKS, query={"limit": "2", "cursor": first["cursor"]})

    assert [task["id"] for task in first["data"] + rest["data"]] == ids
    assert "cursor" not in rest
    assert "deliveries" not in first["data"][0]


def test_tasks_are_listed_by_contract_and_time(call, clock, create):
    """Creation is bounded by createdAfter and createdBefore; another customer sees none of it."""
    early = create(reference="early")["id"]
    clock.advance(HOUR)
    late = create(reference="late")["id"]
    half = format_time(NOW + timedelta(minutes=30))

    def ids(customer=CUSTOMER, **query):
        return [task["id"] for task in call("GET", TASKS, query=query, customer=customer)[1]["data"]]

    assert ids(createdAfter=half) == [late]
    assert ids(createdBefore=half) == [early]
    assert ids(contractID=MAIN.id) == [early, late]
    assert ids(contractID=UNPRICED.id) == []
    assert ids(OTHER_CUSTOMER) == []
    assert call("GET", TASKS, query={"contractID": DINAR.id})[0] == 404
    assert call("GET", TASKS, query={"createdAfter": "yesterday"})[0] == 400


def test_another_customers_task_does_not_exist(call, create):
    """404 for reading, leaving, scene and products."""
    path = f"{TASKS}/{create()['id']}"

    for method, tail in (("GET", ""), ("PATCH", ""), ("GET", "/scene"), ("GET", "/products"), ("GET", "/products/GRD")):
        assert call(method, path + tail, {"status": "CANCELED"}, customer=OTHER_CUSTOMER)[0] == 404
        assert call(method, f"{TASKS}/unknown{tail}", {"status": "CANCELED"})[0] == 404


@pytest.mark.parametrize("body", [{}, {"status": "DONE"}, {"status": "CANCELED", "reference": "x"}, ["CANCELED"]])
def test_only_a_cancellation_can_be_patched(call, create, body):
    """400 for anything else."""
    path = f"{TASKS}/{create()['id']}"

    assert call("PATCH", path, body)[0] == 400
    assert call("GET", path)[1]["status"] == "RECEIVED"


def test_an_ended_task_cannot_be_cancelled(call, until, live):
    """Nor one whose products are ready; nor one that is cancelled already."""
    task_id, seen = live(reference="harbour")
    for status in ("FULFILLED", "DONE"):
        until(seen[status])
        assert call("PATCH", f"{TASKS}/{task_id}", {"status": "CANCELED"})[0] == 400


def test_a_cancelled_task_stays_so(call, create):
    """It cannot be cancelled twice, and its scene is gone."""
    path = f"{TASKS}/{create()['id']}"

    assert call("PATCH", path, {"status": "CANCELED"})[0] == 200
    assert call("PATCH", path, {"status": "CANCELED"})[0] == 400
    assert call("GET", f"{path}/scene")[0] == 404


def test_a_scene_is_there_from_active_on(call, until, live):
    """404 before, then a time inside the window and an incidence in a string."""
    task_id, seen = live(reference="harbour")
    path = f"{TASKS}/{task_id}/scene"

    assert call("GET", path)[0] == 404
    until(seen["ACTIVE"])
    status, scene = call("GET", path)

    assert status == 200
    assert isinstance(scene["incidenceAngle"], str)
    assert 20 <= float(scene["incidenceAngle"]) <= 40
    assert scene["duration"] == 10
    window = body_of()["acquisitionWindow"]
    assert window["start"] <= scene["imagingTime"]["start"] <= scene["imagingTime"]["end"] <= window["end"]


# --- Products and files ------------------------------------------------------------------------------


@pytest.fixture
def fulfilled(until, live):
    """A task whose standard products are ready, and when all are."""
    task_id, seen = live(reference="harbour", productTypes=["SICD"])
    until(seen["FULFILLED"])
    return task_id, seen["DONE"]


def test_products_come_in_two_shapes(call, until, fulfilled):
    """v1 gives a bare list, v2 a page of STAC items with an empty cursor; what was asked for comes with DONE."""
    task_id, done = fulfilled
    path = f"tasks/{task_id}/products"

    _, listed = call("GET", f"/api/tasking/v1/{path}")
    _, page = call("GET", f"/api/tasking/v2/{path}")

    assert [product["type"] for product in listed] == ["GRD", "SLC"]
    assert set(listed[0]["assets"][0]) == {"contentType", "downloadURL", "title"}
    assert page["cursor"] == ""
    assert [item["properties"]["sar:product_type"] for item in page["data"]] == ["GRD", "SLC"]
    assert set(page["data"][0]["assets"]["grd-tif"]) == {"href", "title", "type"}
    assert call("GET", f"/api/tasking/v2/{path}/SICD")[0] == 404
    until(done)
    assert [item["id"] for item in call("GET", f"/api/tasking/v2/{path}/SICD")[1]["data"]] == [f"{task_id}-SICD"]


def test_products_are_not_there_before(call, create):
    """404, as since 2025-02."""
    assert call("GET", f"{TASKS}/{create()['id']}/products")[0] == 404


@pytest.fixture
def link(call, fulfilled):
    """A fresh link to a file."""
    return lambda: call("GET", f"/api/tasking/v1/tasks/{fulfilled[0]}/products")[1][0]["assets"][0]["downloadURL"]


@pytest.fixture
def fetch(send):
    """Follows a link without credentials."""

    def get(url, customer=None, **headers):
        parts = urlsplit(url.removeprefix(BASE))
        return send("GET", parts.path, query=dict(parse_qsl(parts.query)), customer=customer, **headers)

    return get


def test_a_file_is_fetched_without_credentials_within_an_hour(clock, link, fetch):
    """The same bytes under every link; 403 once an hour is over, and for a link that was tampered with."""
    url = link()
    first = fetch(url)
    clock.advance(HOUR)

    assert first.status == fetch(url).status == 200
    clock.advance(1)
    assert fetch(url).status == 403
    assert fetch(link()).body == first.body
    assert fetch(link() + "0").status == 403
    assert fetch(link().replace("Expires=", "Expires=9")).status == 403
    assert fetch(link(), customer=CUSTOMER).status == 400


def test_a_file_is_fetched_in_parts(link, fetch):
    """A range goes on where one stopped; a changed file or an end that was reached are said."""
    whole = fetch(link())
    etag, size = whole.headers["etag"], len(whole.body)

    rest = fetch(link(), range="bytes=1000-", **{"if-range": etag})

    assert (rest.status, rest.headers["content-range"]) == (206, f"bytes 1000-{size - 1}/{size}")
    assert sha256(whole.body[:1000] + rest.body).digest() == sha256(whole.body).digest()
    assert fetch(link(), range="bytes=0-9").body == whole.body[:10]
    assert fetch(link(), range="bytes=1000-", **{"if-range": '"other"'}).status == 200
    assert fetch(link(), range=f"bytes={size}-").status == 416
