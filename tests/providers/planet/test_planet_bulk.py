"""Orders that are sent as bulks of one, under an id by which they can be looked up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point
from yarl import URL

from tasking_hub import (
    HttpResponse,
    MalformedResponseError,
    Opportunity,
    Optical,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    Purchase,
    RateLimitedError,
    RejectedRequestError,
    Secret,
    TaskRequest,
    UnsentRequestError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_planet import PlanetProvider, PlanetSettings
from tasking_hub_planet import translate as t

NOW = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)
ROOT = "https://api.planet.com/tasking/v2"
BULK = f"{ROOT}/bulk/"
SETTINGS = PlanetSettings(
    api_key=Secret("a-made-up-key"), pl_number="PL-1", flexible_product="Flexible Tasking", order_in_bulk=True
)
BULK_ID = t.bulk_id("PL-1", "ref-1")
SUMMARY, PAYLOADS = f"{BULK}{BULK_ID}", f"{BULK}{BULK_ID}/payloads"
LISTED = (
    f"{ROOT}/orders/?name__icontains=ref-1&created_time__gte=2024-07-23T09:26:41Z"
    "&ordering=-created_time&limit=50&offset=0"
)
EMPTY = dump_json({"count": 0, "next": None, "previous": None, "results": []})


@pytest.fixture
async def planet(mocked):
    """The adapter that orders in bulk, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(PlanetProvider, SETTINGS, transport, ManualClock(NOW))


@pytest.fixture
async def purchase(planet):
    """A flexible order that is about to be sent."""
    request = TaskRequest(area=Point(1.4, 43.6), window=Window(NOW, NOW + timedelta(days=20)), optical=Optical())
    stream = planet.find_opportunities(request)
    way = await anext(stream)
    await stream.aclose()
    assert isinstance(way, Opportunity)
    return Purchase(reference="ref-1", opportunity=way, sent_at=NOW)


def calls(mocked, method, url):
    """The calls of one endpoint."""
    return mocked.requests.get((method, URL(url)), [])


# --- The id ------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
def test_a_reference_has_one_id_for_ever(one, other):
    """The same reference has the same UUID in every process, two references never share one."""
    first, second = (t.bulk_id("PL-1", name) for name in (one, other))

    assert isinstance(first, UUID)
    assert (first == second) is (one == other)


def test_the_id_does_not_change_with_a_release():
    """An order that an earlier version sent is found by a later one; another contract has another id."""
    assert str(BULK_ID) == "bf7263a4-7a85-5bd5-8470-d1b8608b5f4b"
    assert t.bulk_id("PL-2", "ref-1") != BULK_ID


# --- Placing -----------------------------------------------------------------------------------------


async def test_an_order_is_one_bulk_of_one(planet, purchase, mocked):
    """One POST with the id and the order; the order is Planet's from then on, and has no id yet."""
    mocked.post(BULK, status=202, headers={"Location": f"/tasking/v2/bulk/{BULK_ID}"})

    order = await planet.place(purchase)

    (call,) = calls(mocked, "POST", BULK)
    body = load_json(call.kwargs["data"])
    assert (body["id"], [one["name"] for one in body["order_payloads"]]) == (str(BULK_ID), ["ref-1"])
    assert set(body) == {"id", "order_payloads"}
    assert (order.id, order.reference, order.state) == (None, "ref-1", OrderState.RECEIVED)
    assert len(mocked.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 400, "body": '{"id": ["Not a UUID."]}'}, RejectedRequestError),
        ({"status": 403}, PermissionDeniedError),
        ({"status": 429}, RateLimitedError),
        ({"status": 502}, ProviderUnavailableError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"exception": aiohttp.ServerDisconnectedError()}, OutcomeUnknownError),
        ({"exception": aiohttp.ClientConnectorDNSError(None, OSError("no name"))}, UnsentRequestError),
    ],
)
async def test_a_failed_bulk_is_never_sent_again(planet, purchase, mocked, answer, error):
    """One POST for every failure class."""
    mocked.post(BULK, repeat=True, **answer)

    with pytest.raises(error):
        await planet.place(purchase)

    assert len(calls(mocked, "POST", BULK)) == 1


# --- Looking up --------------------------------------------------------------------------------------


async def test_the_order_itself_is_found_first(planet, purchase, mocked, sample):
    """Once the list shows it, the bulk does not matter."""
    order = sample("flexible-order") | {"name": "ref-1"}
    mocked.get(LISTED, body=dump_json({"count": 1, "next": None, "previous": None, "results": [order]}))

    found = await planet.look_up(purchase)

    assert (found.id, found.provider_status) == (order["id"], "RECEIVED")
    assert calls(mocked, "GET", SUMMARY) == []


@pytest.mark.parametrize(
    ("changes", "state", "word"),
    [
        (
            {"status": "PENDING", "processing_payload_count": 1, "failed_payload_count": 0},
            OrderState.RECEIVED,
            "PENDING",
        ),
        ({"status": "RUNNING", "failed_payload_count": 1}, OrderState.RECEIVED, "RUNNING"),
        ({"successful_payload_count": 1, "failed_payload_count": 0}, OrderState.RECEIVED, "COMPLETE"),
        ({"status": "SOMETHING_NEW"}, OrderState.RECEIVED, "SOMETHING_NEW"),
        ({}, OrderState.REJECTED, "COMPLETE"),
    ],
)
async def test_the_bulk_tells_what_the_list_does_not(planet, purchase, mocked, sample, changes, state, word):
    """A bulk that arrived is an order of Planet's, whatever it is doing; one whose order failed bought nothing."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, body=dump_json(sample("bulk-summary") | changes))
    mocked.get(PAYLOADS, body=dump_json(sample("bulk-payloads")))

    found = await planet.look_up(purchase)

    assert (found.id, found.reference, found.state, found.provider_status) == (None, "ref-1", state, word)


async def test_a_failed_order_has_planets_reason(planet, purchase, mocked, sample):
    """What the payloads say goes into the order's history."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, body=dump_json(sample("bulk-summary")))
    mocked.get(PAYLOADS, body=dump_json(sample("bulk-payloads")))

    (event,) = (await planet.look_up(purchase)).history

    assert "Coordinates are out of range." in event.note


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 403}, {"body": "{"}, {"body": "[]"}])
async def test_a_failed_order_needs_no_reason(planet, purchase, mocked, sample, answer):
    """Where the payloads cannot be read the order is settled all the same."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, body=dump_json(sample("bulk-summary")))
    mocked.get(PAYLOADS, **answer)

    assert (await planet.look_up(purchase)).state is OrderState.REJECTED


async def test_a_bulk_that_never_arrived_is_none(planet, purchase, mocked):
    """Planet knows no such bulk: nothing was placed."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, status=404)

    assert await planet.look_up(purchase) is None


@pytest.mark.parametrize(
    ("answer", "error"), [({"status": 403}, PermissionDeniedError), ({"body": "{}"}, MalformedResponseError)]
)
async def test_a_bulk_that_cannot_be_read_settles_nothing(planet, purchase, mocked, answer, error):
    """It is no proof of anything: the error goes to the caller, who looks again later."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, **answer)

    with pytest.raises(error):
        await planet.look_up(purchase)


async def test_a_bulk_is_looked_up_under_the_contract_that_it_was_sent_under(mocked, purchase):
    """Whatever is configured by now: under another contract's id it would seem never to have arrived."""
    mocked.get(LISTED, body=EMPTY)
    mocked.get(SUMMARY, body='{"status": "RUNNING"}')
    async with AiohttpTransport() as transport:
        moved = open_provider(PlanetProvider, evolve(SETTINGS, pl_number="PL-2"), transport, ManualClock(NOW))
        found = await moved.look_up(purchase)

    assert found.state is OrderState.RECEIVED


def test_the_counts_may_be_missing():
    """Only a completed bulk that counts a failure and no success has failed."""
    summary = t.read_summary(HttpResponse(status=200, body=b'{"status": "COMPLETE"}'))

    assert t.has_failed(summary) is False
    assert summary.payload_count is None
