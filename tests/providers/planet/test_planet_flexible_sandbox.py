"""Flexible orders and bulks as the sandbox plays them, with the adapter in front of it."""

from datetime import UTC, datetime, timedelta

import pytest
from shapely import LineString, Point, box

from tasking_hub import Opportunity, OpportunityKind, OrderState, Purchase, TaskRequest, Window
from tasking_hub.clock import ManualClock
from tasking_hub.config import load_config
from tasking_hub.lifecycle import TERMINAL
from tasking_hub.messages import dump_json
from tasking_hub.registry import Registry
from tasking_hub.sandbox import Constellation, Ephemeris, SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub_planet import PlanetProvider
from tasking_hub_planet.sandbox import PlanetSandbox
from tasking_hub_planet.sandbox.catalogue import API_KEY, FLEXIBLE_PRODUCT, PL_NUMBER

BASE_URL = "http://sandbox.invalid/planet"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FLEXIBLE_WORDS = {
    "RECEIVED",
    "PENDING",
    "IN_PROGRESS",
    "FINALIZING",
    "FULFILLED",
    "REJECTED",
    "EXPIRED",
    "FAILED",
    "PENDING_CANCELLATION",
    "CANCELLED",
}


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
def connect(sandbox, clock):
    """Makes an adapter in front of the sandbox, with more in its account."""

    def make(**account):
        table = sandbox.accounts(BASE_URL)["planet"] | {"flexible_product": FLEXIBLE_PRODUCT} | account
        settings = load_config({"accounts": {"planet": table}}, registry=Registry(), environ={}).accounts["planet"]
        return open_provider(PlanetProvider, settings, SandboxTransport(sandbox, BASE_URL), clock)

    return make


@pytest.fixture
def planet(connect):
    """The adapter."""
    return connect()


@pytest.fixture
def ask(sandbox):
    """Sends a request to the sandbox and gives status and JSON."""

    def send(method, path, body=None):
        response = sandbox.answer(
            SandboxRequest(
                method=method,
                path=f"/tasking/v2/{path}",
                headers={"authorization": f"api-key {API_KEY}"},
                body=b"" if body is None else dump_json(body).encode(),
                base_url=BASE_URL,
            )
        )
        return response.status, response.json_or_none()

    return send


async def flexible_way(planet, area=None, *, start=NOW + timedelta(hours=2), days=10):
    """The flexible way to serve a request."""
    request = TaskRequest(area=area or Point(1.4442, 43.6047), window=Window(start, start + timedelta(days=days)))
    stream = planet.find_opportunities(request)
    way = await anext(stream)
    await stream.aclose()
    assert isinstance(way, Opportunity)
    return way


async def buy(planet, way, name="first"):
    """Quote and order it under a name."""
    return await planet.place(Purchase(reference=name, quote=await planet.quote(way), sent_at=NOW))


def body(**changes):
    """A good order for a place, with changes."""
    good = {
        "name": "x",
        "geometry": {"type": "Point", "coordinates": [1.4, 43.6]},
        "pl_number": PL_NUMBER,
        "product": FLEXIBLE_PRODUCT,
    }
    return good | changes


# --- Flexible orders ---------------------------------------------------------------------------------


async def test_both_products_are_offered(planet):
    """The campaign comes first, then the windows of the search."""
    request = TaskRequest(area=Point(1.4442, 43.6047), window=Window(NOW, NOW + timedelta(days=3)))

    found = [one async for one in planet.find_opportunities(request)]

    assert [one.kind for one in found[:2]] == [OpportunityKind.CAMPAIGN, OpportunityKind.PASS]
    assert {one.product for one in found} == {FLEXIBLE_PRODUCT, "Assured Tasking"}


@pytest.mark.parametrize(
    ("area", "price"),
    [
        (Point(1.4442, 43.6047), "25 SQKM"),
        (LineString([(1.4, 43.6), (1.5, 43.6)]), "40.37 SQKM"),
        (box(1.40, 43.60, 1.42, 43.61), "25 SQKM"),
        (box(1.2, 43.5, 1.6, 43.8), "1075.62 SQKM"),
    ],
)
async def test_the_area_is_priced(planet, area, price):
    """What is taken is charged, at least 25 square kilometres; the order costs what its preview said."""
    quote = await planet.quote(await flexible_way(planet, area))
    order = await planet.place(Purchase(reference="x", quote=quote))

    assert str(quote.price) == str(order.price) == str((await planet.order(order.id)).price) == price


async def test_every_word_of_a_flexible_order_is_reached(planet, clock):
    """Over two weeks all ten words of a flexible order are seen, each order ends, and none was locked in."""
    way = await flexible_way(planet)
    orders = [await buy(planet, way, f"name {number}") for number in range(40)]
    gone = await buy(planet, way, "gone")
    seen, start = set(), clock.now()
    for minutes in [0, 1, 60, 180, *range(240, 60 * 24 * 12, 41)]:
        clock.advance(max(0.0, (start + timedelta(minutes=minutes) - clock.now()).total_seconds()))
        if minutes == 60:
            await planet.cancel(gone)
        seen |= {facts.provider_status async for facts in planet.orders()}
    ends = {order.state async for order in planet.orders()}

    assert seen == FLEXIBLE_WORDS
    assert ends == TERMINAL - {OrderState.NOT_PLACED}
    assert len(orders) == 40


async def test_an_attempt_that_will_not_do_is_followed_by_another(planet, clock):
    """Of several captures only the last one fulfils the order, and only it waits for the buyer."""
    way = await flexible_way(planet)
    orders = [await buy(planet, way, f"name {number}") for number in range(12)]
    clock.advance(86_400 * 11)
    fulfilled = [one for one in orders if (await planet.order(one.id)).state is OrderState.FULFILLED]
    taken = [(order, await planet.acquisitions(order)) for order in fulfilled]
    order, captures = next((order, captures) for order, captures in taken if len(captures) > 1)

    assert sorted(one.raw["fulfilling"] for one in captures) == [False] * (len(captures) - 1) + [True]
    assert max(captures, key=lambda one: one.taken_at).raw["fulfilling"] is True
    assert len({one.id for one in captures}) == len(captures)
    assert [one.order_id async for one in planet.decisions()].count(order.id) == 1


async def test_a_place_that_no_satellite_sees_is_rejected(planet, clock):
    """An order whose window has no pass in it fails the feasibility check."""
    order = await buy(planet, await flexible_way(planet, Point(1.4, 43.6), days=0.01))
    clock.advance(60)

    assert (await planet.order(order.id)).provider_status == "REJECTED"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"geometry": None}, ["geometry"]),
        ({"geometry": {"type": "Point", "coordinates": [181, 40]}}, ["geometry"]),
        ({"end_time": "2026-11-20T00:00:00Z"}, ["end_time"]),
        ({"start_time": "soon"}, ["start_time"]),
        ({"exclusivity_days": 5}, ["exclusivity_days"]),
        ({"name": None}, ["name"]),
    ],
)
@pytest.mark.parametrize("path", ["orders/", "pricing/"])
def test_a_wrong_flexible_order_is_refused_by_field(ask, path, changes, fields):
    """Order and preview check the same, and nothing is made."""
    status, errors = ask("POST", path, body(**changes))

    assert (status, sorted(errors)) == (400, fields)
    assert ask("GET", "orders/")[1]["count"] == 0


def test_a_preview_makes_nothing(ask):
    """It names a price, no order; asked again it says the same."""
    first, second = ask("POST", "pricing/", body()), ask("POST", "pricing/", body())

    assert first == second
    assert (first[0], first[1]["estimated_quota_cost"], "order_id" in first[1]) == (200, 25, False)
    assert ask("GET", "orders/")[1]["count"] == 0


# --- Bulks -------------------------------------------------------------------------------------------


async def test_an_order_in_a_bulk_gets_its_id_by_looking_up(connect, clock):
    """It has none at first; the list shows it, and the order is the buyer's under its reference."""
    planet = connect(order_in_bulk=True)
    order = await buy(planet, await flexible_way(planet))
    clock.advance(5)

    found = await planet.look_up(Purchase(reference="first", opportunity=await flexible_way(planet), sent_at=NOW))

    assert (order.id, order.state) == (None, OrderState.RECEIVED)
    assert found.id is not None
    assert (await planet.order(found.id)).reference == "first"


async def test_a_bulk_whose_order_was_not_made_is_rejected(connect, ask, clock):
    """The sandbox takes the bulk and not its order; the look-up says so and why, once the bulk is complete."""
    planet = connect(order_in_bulk=True)
    way = await flexible_way(planet)
    await planet.place(Purchase(reference="y" * 300, opportunity=way))
    wanted = Purchase(reference="y" * 300, opportunity=way, sent_at=NOW)
    states = [(await planet.look_up(wanted)).provider_status]
    clock.advance(2)
    states.append((await planet.look_up(wanted)).provider_status)
    clock.advance(2)
    found = await planet.look_up(wanted)

    assert states == ["PENDING", "RUNNING"]
    assert (found.state, found.provider_status) == (OrderState.REJECTED, "COMPLETE")
    assert "no more than 256 characters" in found.history[0].note
    assert ask("GET", "orders/")[1]["count"] == 0


def test_bulks_are_listed_with_their_counts(ask, clock):
    """Two orders of which one is wrong: one made, one not, and the counts say so."""
    bulk_id = "3E1F2AB4-7F58-4F0E-9A43-0F2F6F1A3C9B"
    status, answer = ask("POST", "bulk/", {"id": bulk_id, "order_payloads": [body(), body(name=None), 5]})
    clock.advance(10)
    _, summary = ask("GET", f"bulk/{bulk_id.lower()}")
    _, listed = ask("GET", "bulk/")
    _, payloads = ask("GET", f"bulk/{bulk_id.lower()}/payloads")

    assert (status, answer) == (202, None)
    counts = [summary[f"{name}payload_count"] for name in ("", "processing_", "successful_", "failed_")]
    assert (summary["status"], counts) == ("COMPLETE", [3, 0, 1, 2])
    assert listed["results"] == [summary]
    assert [one["status"] for one in payloads["results"]] == ["SUCCESSFUL", "FAILED", "FAILED"]
    assert ask("GET", "orders/")[1]["count"] == 1


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"order_payloads": []}, ["order_payloads"]),
        ({"order_payloads": [{}] * 1001}, ["order_payloads"]),
        ({}, ["order_payloads"]),
        ({"id": "mine", "order_payloads": [{}]}, ["id"]),
    ],
)
def test_a_wrong_bulk_is_refused(ask, sent, fields):
    """An id that is no UUID, no orders, too many of them."""
    status, errors = ask("POST", "bulk/", sent)

    assert (status, sorted(errors)) == (400, fields)


def test_an_id_is_used_once(ask):
    """The second bulk of an id makes nothing."""
    sent = {"id": "3e1f2ab4-7f58-4f0e-9a43-0f2f6f1a3c9b", "order_payloads": [body()]}
    statuses = [ask("POST", "bulk/", sent)[0] for _ in range(2)]

    assert statuses == [202, 400]
    assert ask("GET", "orders/")[1]["count"] == 1


@pytest.mark.parametrize("path", ["bulk/unknown", "bulk/unknown/payloads"])
def test_an_unknown_bulk_is_not_found(ask, path):
    """As any unknown id."""
    assert ask("GET", path)[0] == 404
