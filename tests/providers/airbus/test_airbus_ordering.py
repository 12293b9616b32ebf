"""Ordering over mocked HTTP: every endpoint, every way in which one can fail, and nothing that buys sent twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp
import pytest
from attrs import evolve
from shapely import box
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    Decision,
    Edit,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    Opportunity,
    Optical,
    Order,
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
    UnsupportedActionError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_airbus import AirbusProvider, AirbusSettings
from tasking_hub_airbus.translate import Endpoint, Inquiry, Step, read_search

TOKEN = "https://authenticate.foundation.api.oneatlas.airbus.com/auth/realms/IDP/protocol/openid-connect/token"
V1 = "https://order.api.oneatlas.airbus.com/api/v1"
CONTRACTS = f"{V1}/contracts"
LEGACY, NEO = "<CisContractId>", "CTR21000411"
TASKINGS = f"{CONTRACTS}/%3CCisContractId%3E/taskings"
LISTED = f"{TASKINGS}?count=1000&startPage=1"
LOOKED_UP = f"{TASKINGS}?customerRef=ref&count=1000&startPage=1"
ONE = f"{TASKINGS}/ICR_FC_XXXXX"
SEGMENTS = f"{ONE}/segments"
OPTIONS = f"{CONTRACTS}/%3CCisContractId%3E/productTypes/PleiadesTaskingOneDay/options"
ORDERS = f"{V1}/orders"
SEARCH = "https://order.api.oneatlas.airbus.com/api/v2/orders/search"
COVERAGES = f"{V1}/coverages/search"
IMAGES = "https://search.foundation.api.oneatlas.airbus.com/api/v2/opensearch"
START = datetime(2021, 5, 28, tzinfo=UTC)
AREA = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)


@pytest.fixture
def clock():
    """Stands before the guide's attempt; sleeping moves it at once."""
    return ManualClock(START)


@pytest.fixture
def settings():
    """The guide's account, whose contract and workspace are known."""
    return AirbusSettings(api_key=Secret("made-up-key"), contract_id=LEGACY, workspace_id="w")


@pytest.fixture
async def transport():
    """Aiohttp's."""
    async with AiohttpTransport() as opened:
        yield opened


@pytest.fixture
def airbus(mocked, settings, clock, transport):
    """The adapter, wired as the hub wires it."""
    return open_provider(AirbusProvider, settings, transport, clock)


@pytest.fixture
def neo(mocked, settings, clock, transport):
    """The same with a contract for Pléiades Neo."""
    return open_provider(AirbusProvider, evolve(settings, contract_id=NEO), transport, clock)


@pytest.fixture
def answers(mocked, sample):
    """Tokens and contracts without end."""
    mocked.post(TOKEN, payload=sample("answer-token"), repeat=True)
    listed = [{"contractId": LEGACY, "backendSource": "legacy"}, {"contractId": NEO, "backendSource": "neo"}]
    mocked.get(CONTRACTS, payload={"contracts": listed}, repeat=True)
    return mocked


@pytest.fixture
def purchase(product, answer) -> Purchase:
    """The guide's attempt, with the reference "ref"."""
    request = TaskRequest(area=AREA, window=Window(START, START + timedelta(days=5)), optical=Optical(), reference="x")
    inquiry = Inquiry.of("airbus", request, START)
    step = Step(endpoint=Endpoint.ATTEMPTS, targets=(product("PleiadesTaskingOneDay"),))
    found = read_search(inquiry, step, answer("answer-attempts-oneday"))
    return Purchase(reference="ref", opportunity=next(one for one in found if isinstance(one, Opportunity)))


@pytest.fixture
def order(sample) -> Order:
    """The guide's tasking while it is open, as an order."""
    return Order(
        account="airbus",
        provider="airbus",
        id="ICR_FC_XXXXX",
        reference="ref",
        state=OrderState.IN_PROGRESS,
        raw={"contract": {"contractId": LEGACY, "backendSource": "legacy"}},
    )


@pytest.fixture
def open_tasking(sample):
    """The answer about a tasking that is open and starts long after now."""

    def make(programme="OneDay", status="In Progress", start="2021-06-03T01:54:44Z"):
        body = sample("answer-taskings")
        icr = {"progTypeName": programme, "status": status, "customerRef": "ref", "nbProposedSegments": 1}
        body["taskings"][0]["icr"] |= icr | {"period": {"startDate": start, "endDate": "2021-06-04T00:00:00Z"}}
        return body

    return make


@pytest.fixture
def options(sample, answers):
    """The production options are known."""
    answers.post(OPTIONS, payload={"availableOptions": []}, repeat=True)


def sent(mocked, method, url) -> list:
    """The requests that went to an address."""
    return mocked.requests.get((method, URL(url)), [])


# --- The one request that buys -----------------------------------------------------------------------


async def test_an_order_is_sent_with_its_reference(answers, options, airbus, purchase, sample):
    """Once, with the purchase's reference rather than the request's, and the contract's workspace."""
    answers.post(ORDERS, payload=sample("answer-order"), status=201)
    placed = await airbus.place(purchase)
    (call,) = sent(answers, "POST", ORDERS)
    body = json.loads(call.kwargs["data"])

    assert placed.state is OrderState.RECEIVED
    assert (body["customerReference"], body["delivery"]["workspace"], body["primaryMarket"]) == ("ref", "w", "NQUAL")


FAILURES = {
    "400": (
        {"status": 400, "payload": {"errorCode": "E2203", "message": "Unable to access workspace"}},
        RejectedRequestError,
    ),
    "403": ({"status": 403, "payload": {"message": "no"}}, PermissionDeniedError),
    "404": ({"status": 404, "payload": {"errorCode": "E2203", "message": "not found"}}, NotFoundError),
    "409": ({"status": 409}, RejectedRequestError),
    "429": ({"status": 429}, RateLimitedError),
    "429 with Retry-After": ({"status": 429, "headers": {"Retry-After": "7"}}, RateLimitedError),
    "500": ({"status": 500, "payload": {"code": "UNEXPECTED_SERVER_ERROR"}}, ProviderUnavailableError),
    "502 in HTML": ({"status": 502, "body": "<html>proxy</html>"}, ProviderUnavailableError),
    "302": ({"status": 302, "headers": {"Location": "https://elsewhere.invalid"}}, RejectedRequestError),
    "timeout": ({"exception": TimeoutError()}, OutcomeUnknownError),
    "reset": ({"exception": aiohttp.ServerDisconnectedError()}, OutcomeUnknownError),
    "broken body": ({"exception": aiohttp.ClientPayloadError()}, OutcomeUnknownError),
    "refused": (
        {"exception": aiohttp.ClientConnectorError(SimpleNamespace(host="h", port=1, ssl=True), OSError("refused"))},
        UnsentRequestError,
    ),
    "HTML with 200": ({"status": 200, "body": "<html>ok</html>"}, MalformedResponseError),
    "empty with 201": ({"status": 201, "body": ""}, MalformedResponseError),
    "no id": ({"status": 201, "payload": {}}, MalformedResponseError),
    "wrong types": ({"status": 201, "payload": {"salesOrderId": 5}}, MalformedResponseError),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_request_that_buys_is_sent_once_whatever_comes_back(answers, options, airbus, purchase, failure):
    """Every failure class is raised as what it says of the order, and none of them sends it again."""
    how, expected = FAILURES[failure]
    answers.post(ORDERS, repeat=True, **how)
    with pytest.raises(expected):
        await airbus.place(purchase)

    assert len(sent(answers, "POST", ORDERS)) == 1


async def test_a_401_was_refused_before_it_was_processed(answers, options, airbus, purchase, sample):
    """One fresh token, one more sending; refused again, it ends."""
    answers.post(ORDERS, status=401, payload=sample("answer-error-401"))
    answers.post(ORDERS, payload=sample("answer-order"), status=201)
    placed = await airbus.place(purchase)

    assert placed.state is OrderState.RECEIVED
    assert len(sent(answers, "POST", TOKEN)) == 2
    answers.post(ORDERS, status=401, payload=sample("answer-error-401"), repeat=True)
    with pytest.raises(AuthenticationError):
        await airbus.place(purchase)


@pytest.mark.parametrize("how", [{"status": 500}, {"exception": TimeoutError()}, {"status": 200, "body": "<html>"}])
async def test_what_fails_before_the_order_leaves_it_unsent(answers, airbus, purchase, how):
    """Without the production options nothing is sent, and the error says that it was not."""
    answers.post(OPTIONS, repeat=True, **how)
    with pytest.raises(UnsentRequestError, match="not sent: "):
        await airbus.place(purchase)

    assert sent(answers, "POST", ORDERS) == []


# --- Following ---------------------------------------------------------------------------------------


async def test_an_order_is_looked_up_by_its_reference(answers, airbus, purchase, open_tasking, sample):
    """One that is like it is not it."""
    answers.get(LOOKED_UP, payload=sample("answer-taskings"))
    answers.get(LOOKED_UP, payload=open_tasking())

    assert await airbus.look_up(purchase) is None
    assert (await airbus.look_up(purchase)).id == "ICR_FC_XXXXX"


async def test_neo_is_searched_by_its_reference(answers, neo, purchase, sample, product, attempt, inquire):
    """In Airbus' query language, in the contract."""
    answers.post(SEARCH, payload=sample("answer-orders-search-neo"))
    target = product("PleiadesNeoOneDay")
    opportunity = attempt(inquire(), target, segment_key="k")
    found = await neo.look_up(Purchase(reference="My Reference", opportunity=opportunity))
    body = json.loads(sent(answers, "POST", SEARCH)[0].kwargs["data"])

    assert found.id == "WOI_000007805_1"
    assert body["criteria"]["q"] == "(customerReference:*My*Reference*) AND (contractId:*CisContractId*)"


async def test_all_orders_are_listed_contract_by_contract(answers, settings, clock, transport, sample):
    """Without a configured contract, those of both back ends."""
    answers.get(LISTED, payload=sample("answer-taskings"))
    answers.post(SEARCH, payload=sample("answer-orders-search-neo"))
    provider = open_provider(AirbusProvider, evolve(settings, contract_id=None), transport, clock)

    assert [order.id async for order in provider.orders()] == ["ICR_FC_XXXXX", "WOI_000007805_1"]


async def test_a_server_that_ignores_paging_is_read_once(answers, airbus, sample):
    """The same page again has nothing more."""
    body = {"taskings": sample("answer-taskings")["taskings"] * 10}
    answers.get(LISTED, payload=body)
    answers.get(f"{TASKINGS}?count=1000&startPage=2", payload=body)

    assert len([order async for order in airbus.orders()]) == 10


async def test_one_order_is_asked_for_by_its_id(answers, airbus, neo, sample):
    """On the path of its back end."""
    answers.get(ONE, payload=sample("answer-taskings"))
    answers.post(SEARCH, payload=sample("answer-orders-search-neo"))

    assert (await airbus.order("ICR_FC_XXXXX")).provider_status == "Completed"
    assert (await neo.order("WOI_000007805_1")).provider_status == "IN_PROGRESS"


async def test_an_order_that_no_contract_has_is_not_found(answers, airbus):
    """404 of the only likely contract."""
    answers.get(f"{TASKINGS}/ICR_NONE", status=404, payload={"errorCode": "E2203", "message": "no"})
    with pytest.raises(NotFoundError, match="ICR_NONE"):
        await airbus.order("ICR_NONE")


async def test_a_configured_contract_that_is_gone_is_a_configuration_error(answers, settings, clock, transport):
    """Named with the account."""
    provider = open_provider(AirbusProvider, evolve(settings, contract_id="gone"), transport, clock)
    with pytest.raises(ConfigurationError, match="airbus: the account has no contract 'gone'"):
        _ = [order async for order in provider.orders()]


async def test_segments_and_coverages_are_read(answers, airbus, neo, order, sample):
    """On the paths of each back end."""
    answers.get(SEGMENTS, payload=sample("answer-segments"))
    answers.post(COVERAGES, payload=sample("answer-coverages-neo"))
    item = evolve(order, id="WOI_000007805_1", raw={"contract": {"contractId": NEO, "backendSource": "neo"}})

    assert [image.id for image in await airbus.acquisitions(order)] == ["AS_FC_XXXX_1_2"]
    assert [image.id for image in await neo.acquisitions(item)] == ["CIE_000016433_1_11_1"]


async def test_decisions_of_a_legacy_contract(answers, airbus, open_tasking, sample):
    """Proposed segments of the taskings that have some, then studies; others are left out."""
    waiting, none = open_tasking(), open_tasking()
    none["taskings"][0]["icr"] |= {"nbProposedSegments": 0, "id": "ICR_NONE"}
    waiting["taskings"] += none["taskings"]
    study = open_tasking(status="Feasibility study in progress")
    study["taskings"] += open_tasking()["taskings"]
    answers.get(f"{TASKINGS}?hasProposedSegments=true&count=1000&startPage=1", payload=waiting)
    answers.get(
        URL(f"{TASKINGS}?count=1000&startPage=1").update_query(status="Feasibility study in progress"), payload=study
    )
    answers.get(SEGMENTS, payload=sample("answer-segments"))

    assert [decision.id async for decision in airbus.decisions()] == ["AS_FC_XXXX_1_2", "study-ICR_FC_XXXXX"]


async def test_decisions_of_a_neo_contract(answers, neo, sample):
    """Quotations that were sent, then proposed coverages; a server may ignore a filter."""
    quotations = sample("answer-orders-search-neo")
    quotations["features"].append(quotations["features"][0] | {"quotationStatus": "SENT", "quotationId": "QUO2"})
    coverages = sample("answer-coverages-neo")
    coverages["features"].append(coverages["features"][0] | {"status": "VALIDATED"})
    answers.post(SEARCH, payload=quotations)
    answers.post(COVERAGES, payload=coverages)

    assert [decision.id async for decision in neo.decisions()] == ["QUO2", "CIE_000016433_1_11_1"]


async def test_a_quotation_is_exported_as_it_is(answers, neo):
    """The bytes of the PDF."""
    answers.get(f"{V1}/quotations/QUO2/export", body=b"%PDF-1.4")

    assert await neo.export_quotation("QUO2") == b"%PDF-1.4"


@pytest.mark.parametrize("accept", [True, False])
async def test_a_quotation_is_answered_on_its_path(answers, neo, accept):
    """PUT, once."""
    url = f"{CONTRACTS}/{NEO}/quotations/QUO2/{'accept' if accept else 'refuse'}"
    answers.put(url, status=200)
    await neo.answer_quotation(NEO, "QUO2", accept=accept)

    assert len(sent(answers, "PUT", url)) == 1


@pytest.mark.parametrize(
    "failure", [name for name in FAILURES if name not in {"HTML with 200", "empty with 201", "no id", "wrong types"}]
)
async def test_an_answer_to_a_decision_is_sent_once(answers, airbus, failure):
    """Whatever comes back."""
    how, expected = FAILURES[failure]
    url = f"{SEGMENTS}/AS_1/accept"
    answers.post(url, repeat=True, **how)
    raw = {"contract": {"contractId": LEGACY}, "orderId": "ICR_FC_XXXXX", "segment": {"id": "AS_1"}}
    decision = Decision(id="AS_1", account="airbus", order_id="ICR_FC_XXXXX", question="?", if_ignored="?", raw=raw)
    with pytest.raises(expected):
        await airbus.decide(decision, accept=True)

    assert len(sent(answers, "POST", url)) == 1


async def test_a_decision_without_its_json_is_asked_for_again(answers, neo, sample):
    """As an event of a watch has it: it is looked for among what waits, and answered once on its own path."""
    quotations = sample("answer-orders-search-neo")
    quotations["features"][0] |= {"quotationStatus": "SENT", "quotationId": "QUO2"}
    answers.post(SEARCH, payload=quotations)
    answers.put(f"{CONTRACTS}/{NEO}/quotations/QUO2/accept", status=200)
    bare = Decision(id="QUO2", account="airbus", order_id="my reference", question="?", if_ignored="?")
    await neo.decide(bare, accept=True)

    assert len(sent(answers, "PUT", f"{CONTRACTS}/{NEO}/quotations/QUO2/accept")) == 1


async def test_a_decision_that_waits_no_longer_is_not_answered(answers, neo):
    """Nothing is sent about it."""
    answers.post(SEARCH, payload={"features": []})
    answers.post(COVERAGES, payload={"features": []})
    with pytest.raises(InvalidRequestError, match="does not ask QUO2 any more"):
        await neo.decide(Decision(id="QUO2", account="airbus", order_id="r", question="?", if_ignored="?"), accept=True)


@pytest.mark.parametrize("how", [{"status": 500}, {"exception": TimeoutError()}, {"status": 200, "body": "<html>"}])
async def test_an_answer_that_cannot_be_put_together_is_unsent(answers, neo, how):
    """What waits could not be read: the error says that nothing was answered."""
    answers.post(SEARCH, repeat=True, **how)
    with pytest.raises(UnsentRequestError, match="not sent: "):
        await neo.decide(Decision(id="QUO2", account="airbus", order_id="r", question="?", if_ignored="?"), accept=True)


# --- Leaving -----------------------------------------------------------------------------------------


async def test_an_order_is_cancelled_and_looked_at_again(answers, airbus, order, open_tasking):
    """Its window is read first; the answer has no content."""
    answers.get(ONE, payload=open_tasking())
    answers.post(f"{ONE}/cancel", status=200)
    answers.get(ONE, payload=open_tasking(status="Canceled"))
    gone = await airbus.cancel(order)
    (call,) = sent(answers, "POST", f"{ONE}/cancel")

    assert (gone.state, call.kwargs["data"]) == (OrderState.CANCELLED, b"{}")


@pytest.mark.parametrize("after", [{"status": 500, "repeat": True}, {"status": 200, "body": "<html>"}, "open"])
async def test_a_cancellation_that_cannot_be_seen_yet_is_under_way(answers, airbus, order, open_tasking, after):
    """It was done: a failed look afterwards does not undo it."""
    answers.get(ONE, payload=open_tasking())
    answers.post(f"{ONE}/cancel", status=200)
    answers.get(ONE, **({"payload": open_tasking()} if after == "open" else after))

    assert (await airbus.cancel(order)).state is OrderState.CANCELLING


async def test_too_late_to_cancel_is_said_without_asking(answers, airbus, order, open_tasking):
    """The twelve hours are counted from the window as Airbus shows it now."""
    answers.get(ONE, payload=open_tasking(start="2021-05-28T11:59:59Z"))
    with pytest.raises(UnsupportedActionError, match="could be cancelled until 2021-05-27T23:59:59Z"):
        await airbus.cancel(order)

    assert sent(answers, "POST", f"{ONE}/cancel") == []


async def test_a_onenow_is_stopped(answers, airbus, order, open_tasking):
    """Within the twelve hours."""
    answers.get(ONE, payload=open_tasking("OneNow", start="2021-05-28T11:59:59Z"))
    answers.post(f"{ONE}/stop", status=200)
    answers.get(ONE, payload=open_tasking("OneNow", "Completed"))

    assert (await airbus.stop(order)).state is OrderState.FULFILLED


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"status": 400, "payload": {"errorCode": "E1", "message": "too late"}}, UnsupportedActionError),
        ({"status": 403}, PermissionDeniedError),
        ({"status": 500}, ProviderUnavailableError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
    ],
)
async def test_cancelling_is_sent_once(answers, airbus, order, open_tasking, how, expected):
    """Whatever comes back; a refusal keeps Airbus' words."""
    answers.get(ONE, payload=open_tasking(), repeat=True)
    answers.post(f"{ONE}/cancel", repeat=True, **how)
    with pytest.raises(expected):
        await airbus.cancel(order)

    assert len(sent(answers, "POST", f"{ONE}/cancel")) == 1


async def test_nothing_can_be_edited(airbus, order):
    """Said at once."""
    with pytest.raises(UnsupportedActionError, match="order anew"):
        await airbus.edit(order, Edit(name="x"))


async def test_airbus_sends_no_webhooks(airbus):
    """Whatever came, it is none of Airbus'."""
    with pytest.raises(InvalidRequestError, match="no webhooks"):
        airbus.read_hook({}, b"{}")


# --- Collecting --------------------------------------------------------------------------------------


async def test_delivered_images_are_found(answers, airbus, order, sample):
    """In the configured workspace, by reference."""
    body = sample("answer-opensearch")
    body["features"][0]["properties"] = {}
    query = {"workspaceid": "w", "customerReference": "ref", "itemsPerPage": "500", "startPage": "1"}
    answers.get(URL(IMAGES).with_query(query), payload=body)
    (file,) = await airbus.deliverables(order)

    assert (file.order_id, file.needs_credentials) == ("ICR_FC_XXXXX", True)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"status": 403, "payload": {"internalCode": "X", "message": "no right"}}, PermissionDeniedError),
        ({"status": 404}, NotFoundError),
        ({"status": 200, "payload": {"items": []}}, MalformedResponseError),
    ],
)
async def test_a_search_that_fails_is_an_error(answers, airbus, order, how, expected):
    """No images is an empty answer; no answer is not."""
    query = {"workspaceid": "w", "customerReference": "ref", "itemsPerPage": "500", "startPage": "1"}
    answers.get(URL(IMAGES).with_query(query), repeat=True, **how)
    with pytest.raises(expected):
        await airbus.deliverables(order)


async def test_a_workspace_that_nobody_names_is_a_configuration_error(answers, neo, order):
    """A Pléiades Neo contract without a delivery."""
    item = evolve(order, raw={"contract": {"contractId": NEO, "backendSource": "neo"}})
    with pytest.raises(ConfigurationError, match="set workspace_id"):
        await neo.deliverables(item)


# --- Reads that fail ---------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [name for name in FAILURES if name not in {"no id", "wrong types"}])
async def test_a_list_fails_as_it_says(answers, airbus, failure):
    """Reads are repeated where that helps, and end in the typed error."""
    how, expected = FAILURES[failure]
    for size in (1000, 100):
        answers.get(LISTED.replace("1000", str(size)), repeat=True, **how)
    with pytest.raises(expected):
        _ = [order async for order in airbus.orders()]


async def test_a_list_that_refuses_large_pages_is_asked_for_smaller_ones(answers, airbus, sample):
    """Airbus publishes no most: 100 at once after a 400, also for what follows and from then on."""
    body = {"taskings": sample("answer-taskings")["taskings"] * 10}
    pages = [f"{TASKINGS}?count=100&startPage={page}" for page in (1, 2)]
    answers.get(LISTED, status=400, payload={"message": "count"})
    answers.get(pages[0], payload=body, repeat=True)
    answers.get(pages[1], payload=sample("answer-taskings"), repeat=True)

    lists = [[order async for order in airbus.orders()] for _ in range(2)]

    assert [len(orders) for orders in lists] == [11, 11]
    assert [len(sent(answers, "GET", url)) for url in (LISTED, *pages)] == [1, 2, 2]


async def test_a_list_asks_for_as_many_as_are_configured(answers, settings, clock, transport):
    """And for no others where that is refused."""
    asked = LISTED.replace("1000", "25")
    answers.get(asked, status=400, payload={"message": "no"})
    provider = open_provider(AirbusProvider, evolve(settings, orders_per_page=25), transport, clock)
    with pytest.raises(RejectedRequestError):
        _ = [order async for order in provider.orders()]

    assert len(sent(answers, "GET", asked)) == 1


async def test_a_search_that_refuses_large_pages_is_asked_for_smaller_ones(answers, neo, sample):
    """The same in the body of Pléiades Neo's search."""
    answers.post(SEARCH, status=400, payload={"message": "itemsPerPage"})
    answers.post(SEARCH, payload=sample("answer-orders-search-neo"))

    orders = [order async for order in neo.orders()]

    sizes = [json.loads(call.kwargs["data"])["paging"]["itemsPerPage"] for call in sent(answers, "POST", SEARCH)]
    assert ([order.id for order in orders], sizes) == (["WOI_000007805_1"], [1000, 100])


@pytest.mark.parametrize("size", [0, 9, -1])
def test_a_page_is_no_smaller_than_airbus_own(settings, size):
    """A list is over at a page of fewer than Airbus gives unasked."""
    with pytest.raises(ConfigurationError, match="orders_per_page must be 10 or more"):
        evolve(settings, orders_per_page=size)


async def test_a_server_that_comes_back_is_asked_again(answers, airbus, sample):
    """A read is repeatable."""
    answers.get(LISTED, status=503)
    answers.get(LISTED, payload=sample("answer-taskings"))

    assert len([order async for order in airbus.orders()]) == 1


async def test_requests_keep_their_distance(answers, airbus, clock, sample):
    """At most one a second, also while orders are followed."""
    answers.get(ONE, payload=sample("answer-taskings"), repeat=True)
    await asyncio.gather(*(airbus.order("ICR_FC_XXXXX") for _ in range(3)))

    assert (clock.now() - START).total_seconds() >= 3
