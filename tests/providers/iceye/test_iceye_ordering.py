"""Ordering over mocked HTTP: every endpoint, every way in which one can fail, and nothing that buys sent twice."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from attrs import evolve
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    NotFoundError,
    Order,
    OrderState,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    Purchase,
    Quote,
    QuoteRefusedError,
    RateLimitedError,
    RefusalCode,
    RejectedRequestError,
    Secret,
    UnsentRequestError,
    UnsupportedActionError,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_iceye import IceyeProvider, IceyeSettings
from tasking_hub_iceye.translate.opportunities import opportunity

BASE = "https://platform.iceye.com"
ID = "f0a7b1de-6a35-4a63-9f0e-7d8f4dbe9f11"
TASK_ID = "b0a7b1de-6a35-4a63-9f0e-7d8f4dbe9f22"
TASKS = f"{BASE}/api/tasking/v1/tasks"
TASK = f"{TASKS}/{TASK_ID}"
LIST = re.compile(re.escape(TASKS) + r"\?.*")
PRICE = re.compile(re.escape(f"{BASE}/api/tasking/v1/price") + r"\?.*")
CONTRACT = f"{BASE}/api/company/v1/contracts/{ID}"
TOKEN = "https://auth.customer.example/oauth2/v1/token"
NOW = datetime(2024, 4, 28, 11, 4, tzinfo=UTC)

REFUSED = aiohttp.ClientConnectorError(
    aiohttp.client_reqrep.ConnectionKey(
        host="platform.iceye.com",
        port=443,
        is_ssl=True,
        ssl=True,
        proxy=None,
        proxy_auth=None,
        proxy_headers_hash=None,
    ),
    OSError(111, "Connection refused"),
)


@pytest.fixture
def clock():
    """Stands at the minute in which the sample task was created."""
    return ManualClock(NOW)


@pytest.fixture
async def opened(mocked, clock):
    """Opens the adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield lambda settings: open_provider(IceyeProvider, settings, transport, clock)


@pytest.fixture
def iceye(opened, settings):
    """The adapter with a static key on v1, under the contract of the company pages."""
    return opened(evolve(settings, contract_id=ID))


@pytest.fixture
def purchase(ask, plan_for, contract):
    """A purchase of the price page's place, sent now."""
    request = ask()
    found = opportunity("iceye", request, contract, plan_for(request, now=NOW), None)
    quote = Quote(opportunity=found, price=Money(Decimal("5291.99"), "USD"), quoted_at=NOW)
    return Purchase(reference="Customer reference", quote=quote, sent_at=NOW)


@pytest.fixture
def order():
    """An order that was active when last looked at."""
    return Order(
        account="iceye",
        provider="iceye",
        id=TASK_ID,
        reference="Customer reference",
        state=OrderState.ACCEPTED,
        provider_status="ACTIVE",
        price=Money(Decimal("5291.99"), "USD"),
    )


@pytest.fixture
def task_body(sample):
    """The sample of a task, changed."""
    return lambda **changes: dump_json({**sample("get-task.v2"), **changes})


def sent(mocked, method, url):
    """What was sent to an address, whatever the query."""
    return [
        (key[1], call.kwargs)
        for key, calls in mocked.requests.items()
        if key[0] == method and key[1].with_query(None) == URL(url)
        for call in calls
    ]


async def listed(provider, since=None):
    """All orders that the account shows."""
    return [order async for order in provider.orders(since)]


# --- The request that buys ---------------------------------------------------------------------------


async def test_a_task_is_created_once(iceye, purchase, mocked, task_body):
    """One POST with the whole task; 201 is an order with its price."""
    mocked.post(TASKS, status=201, body=task_body(status="RECEIVED"))

    order = await iceye.place(purchase)

    assert (order.id, order.state, order.price) == (TASK_ID, OrderState.RECEIVED, purchase.quote.price)
    ((_, call),) = sent(mocked, "POST", TASKS)
    body = load_json(call["data"])
    assert body == {**purchase.opportunity.raw["request"], "reference": "Customer reference"}
    assert call["headers"]["Accept"] == "application/json, application/problem+json"
    assert call["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 400, "payload": {"code": "bad_request", "message": "no"}}, RejectedRequestError),
        ({"status": 401, "payload": {"code": "unauthorized", "message": "no"}}, AuthenticationError),
        ({"status": 403, "payload": {"code": "forbidden", "message": "no"}}, PermissionDeniedError),
        ({"status": 403, "payload": {"code": "ERR_INSUFFICIENT_FUNDS", "message": "no"}}, PermissionDeniedError),
        ({"status": 404, "payload": {"code": "not_found", "message": "no"}}, NotFoundError),
        ({"status": 409, "payload": {}}, RejectedRequestError),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example/"}}, RejectedRequestError),
        ({"status": 429, "payload": {}, "headers": {"Retry-After": "7"}}, RateLimitedError),
        ({"status": 429, "payload": {}}, RateLimitedError),
        ({"status": 500, "payload": {"code": "internal", "message": "sorry"}}, ProviderUnavailableError),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, ProviderUnavailableError),
        ({"status": 503, "payload": {}, "headers": {"Retry-After": "1"}}, ProviderUnavailableError),
        ({"status": 201, "body": ""}, MalformedResponseError),
        ({"status": 201, "body": "<html></html>", "content_type": "text/html"}, MalformedResponseError),
        ({"status": 201, "body": "{"}, MalformedResponseError),
        ({"status": 201, "payload": {"status": "RECEIVED"}}, MalformedResponseError),
        ({"status": 201, "payload": []}, MalformedResponseError),
        ({"status": 201, "payload": {"id": 5, "status": "RECEIVED"}}, MalformedResponseError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"exception": aiohttp.ServerDisconnectedError()}, OutcomeUnknownError),
        ({"exception": aiohttp.ClientPayloadError()}, OutcomeUnknownError),
        ({"exception": ConnectionResetError()}, OutcomeUnknownError),
        ({"exception": REFUSED}, UnsentRequestError),
    ],
)
async def test_whatever_comes_back_the_task_is_sent_once(iceye, purchase, mocked, clock, reply, error):
    """Each failure is told by its class, and none is answered by sending again, however long one waits."""
    mocked.post(TASKS, repeat=True, **reply)

    with pytest.raises(error):
        await iceye.place(purchase)

    assert len(sent(mocked, "POST", TASKS)) == 1
    assert clock.slept == []


async def test_a_token_that_ended_is_renewed_before_anything_was_processed(opened, purchase, mocked, task_body):
    """A 401 bought nothing, so the same task goes out once more with a fresh token, and not a third time."""
    settings = IceyeSettings(
        client_id=Secret("the-id"), client_secret=Secret("the-secret"), token_url=TOKEN, requests_per_second=1000
    )
    for number in range(3):
        mocked.post(TOKEN, payload={"access_token": f"token-{number}", "expires_in": 3600, "token_type": "Bearer"})
    mocked.post(TASKS, status=401, payload={})
    mocked.post(TASKS, status=201, body=task_body())
    mocked.post(TASKS, status=401, payload={}, repeat=True)
    provider = opened(settings)

    assert (await provider.place(purchase)).id == TASK_ID
    with pytest.raises(AuthenticationError):
        await provider.place(purchase)

    used = [call["headers"]["Authorization"] for _, call in sent(mocked, "POST", TASKS)]
    assert used == ["Bearer token-0", "Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_without_a_token_nothing_is_sent(opened, purchase, mocked):
    """A token endpoint that does not answer leaves the task unsent, and says so."""
    settings = IceyeSettings(client_id=Secret("the-id"), client_secret=Secret("the-secret"), token_url=TOKEN)
    mocked.post(TOKEN, exception=TimeoutError(), repeat=True)

    with pytest.raises(UnsentRequestError, match="not sent"):
        await opened(settings).place(purchase)

    assert sent(mocked, "POST", TASKS) == []


async def test_a_task_whose_notice_has_gone_is_not_sent(iceye, purchase, mocked, clock):
    """ICEYE would refuse it."""
    clock.advance(timedelta(days=3).total_seconds())

    with pytest.raises(QuoteRefusedError, match=r"h notice for .* had to be ordered by 2024-04-"):
        await iceye.place(purchase)

    assert sent(mocked, "POST", TASKS) == []


# --- Review ------------------------------------------------------------------------------------------


def funds(limit):
    """A summary that leaves so many cents."""
    return {"contractID": ID, "consolidatedSpent": 0, "currency": "USD", "onHold": 0, "spendLimit": limit}


@pytest.fixture
def serve(mocked, sample, body):
    """Registers contract, summary and price, each changed where given."""

    def register(contract=None, summary=None, price=None):
        whole = dump_json({**sample("list-contracts.v2")["data"][0], **(contract or {})})
        mocked.get(CONTRACT, body=whole, repeat=True)
        mocked.get(f"{CONTRACT}/summary", repeat=True, **(summary or {"payload": funds(10_000_000)}))
        mocked.get(PRICE, repeat=True, **(price or {"body": body("get-task-price.response")}))

    return register


async def test_a_review_reads_contract_funds_and_price_again(iceye, purchase, serve, mocked, clock):
    """Even a minute after the quote, when funds would still be remembered."""
    serve()
    await iceye.quote(purchase.opportunity)
    clock.advance(30)

    reviewed = await iceye.review(purchase.quote)

    assert str(reviewed.price) == "5291.99 USD"
    assert reviewed.quoted_at == clock.now()
    assert [len(sent(mocked, "GET", f"{CONTRACT}{tail}")) for tail in ("", "/summary")] == [1, 2]
    assert len(sent(mocked, "GET", f"{BASE}/api/tasking/v1/price")) == 2


async def test_a_new_price_is_told_and_not_judged(iceye, purchase, serve):
    """Whether it is still acceptable is the buyer's business."""
    serve(price={"payload": {"amount": 600000, "currency": "USD"}})

    assert str((await iceye.review(purchase.quote)).price) == "6000.00 USD"


@pytest.mark.parametrize(
    ("served", "code"),
    [
        ({"contract": {"end": "2024-04-28T00:00:00Z"}}, RefusalCode.NOT_IN_CONTRACT),
        ({"summary": {"payload": funds(529_198)}}, RefusalCode.INSUFFICIENT_FUNDS),
        ({"price": {"status": 403, "payload": {"code": "forbidden", "message": "no"}}}, RefusalCode.NOT_IN_CONTRACT),
        ({"price": {"status": 400, "payload": {}}}, RefusalCode.REJECTED),
    ],
)
async def test_what_cannot_be_bought_any_more_is_refused(iceye, purchase, serve, served, code):
    """A contract that ended, funds that do not reach, a price that is no longer given."""
    serve(**served)

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.review(purchase.quote)

    assert (raised.value.refusal.account, raised.value.refusal.code) == ("iceye", code)
    assert raised.value.refusal.remedy


@pytest.mark.parametrize(
    "summary", [{"status": 404, "payload": {}}, {"status": 403, "payload": {}}, {"body": "<html>"}]
)
async def test_funds_that_cannot_be_read_do_not_stop_a_purchase(iceye, purchase, serve, summary):
    """ICEYE checks them itself; the note says that nobody here did."""
    serve(summary=summary)

    assert (await iceye.review(purchase.quote)).notes[-1].endswith("could not be read.")


async def test_a_contract_that_is_gone_is_refused(iceye, purchase, mocked):
    """404 for the contract of the quote."""
    mocked.get(CONTRACT, status=404, payload={"code": "not_found", "message": "no"})

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.review(purchase.quote)

    assert raised.value.refusal.code is RefusalCode.CONFIGURATION


# --- Look-up and lists -------------------------------------------------------------------------------


async def test_a_look_up_asks_for_the_contract_and_the_time(iceye, purchase, mocked, sample):
    """From five minutes before the sending on; pages are read to the last."""
    task = {name: value for name, value in sample("get-task.v2").items() if name not in {"deliveries", "notifications"}}
    other = {**task, "id": "other", "reference": "another"}
    mocked.get(LIST, body=dump_json({"data": [other], "cursor": "eyJ"}))
    mocked.get(LIST, body=dump_json({"data": [task], "cursor": None}))

    found = await iceye.look_up(purchase)

    assert (found.id, found.price) == (TASK_ID, purchase.quote.price)
    (first, _), (second, _) = sent(mocked, "GET", TASKS)
    assert dict(first.query) == {"limit": "1000", "contractID": ID, "createdAfter": "2024-04-28T10:59:00Z"}
    assert dict(second.query) == {**first.query, "cursor": "eyJ"}


async def test_a_list_names_no_contract_and_begins_before_the_changes(iceye, mocked, task_body):
    """30 days earlier, since only creation can be asked for; what did not change is left out, clocks being apart."""
    changed = {
        "new": "2024-04-28T00:00:01Z",
        "skewed": "2024-04-27T23:55:01Z",
        "old": "2024-04-27T23:55:00Z",
        "odd": None,
    }
    pages = [task_body(id=name, updatedAt=at) for name, at in changed.items()]
    mocked.get(LIST, body=f'{{"data": [{", ".join(pages)}], "cursor": ""}}')

    orders = await listed(iceye, datetime(2024, 4, 28, tzinfo=UTC))

    assert [order.id for order in orders] == ["new", "skewed", "odd"]
    ((url, _),) = sent(mocked, "GET", TASKS)
    assert dict(url.query) == {"limit": "1000", "createdAfter": "2024-03-29T00:00:00Z"}


async def test_fewer_tasks_are_asked_for_where_so_many_are_refused(iceye, mocked, task_body):
    """Once: from then on it is known what ICEYE takes."""
    mocked.get(LIST, status=400, payload={"code": "bad_request", "message": "limit"})
    mocked.get(LIST, body=f'{{"data": [{task_body()}], "cursor": "eyJ"}}')
    mocked.get(LIST, payload={"data": []}, repeat=True)

    orders = [*await listed(iceye), *await listed(iceye)]

    assert [order.id for order in orders] == [TASK_ID]
    assert [url.query["limit"] for url, _ in sent(mocked, "GET", TASKS)] == ["1000", "100", "100", "100"]


@pytest.mark.parametrize(("per_page", "limits"), [(None, ["1000", "100"]), (7, ["7"])])
async def test_a_list_that_is_refused_for_another_reason_stays_refused(opened, settings, mocked, per_page, limits):
    """What is configured is asked for as it is."""
    mocked.get(LIST, status=400, payload={"code": "bad_request", "message": "no"}, repeat=True)

    with pytest.raises(RejectedRequestError):
        await listed(opened(evolve(settings, tasks_per_page=per_page)))

    assert [url.query["limit"] for url, _ in sent(mocked, "GET", TASKS)] == limits


async def test_an_empty_list_is_no_order(iceye, purchase, mocked):
    """Nor is it an error."""
    mocked.get(LIST, payload={"data": []}, repeat=True)

    assert await listed(iceye) == []
    assert await iceye.look_up(purchase) is None


async def test_one_task_is_read(iceye, mocked, task_body):
    """With ICEYE's word where it is not known."""
    mocked.get(TASK, body=task_body(status="DISPLACED"))

    order = await iceye.order(TASK_ID)

    assert (order.id, order.state, order.provider_status) == (TASK_ID, OrderState.UNKNOWN, "DISPLACED")


# --- Reading fails -----------------------------------------------------------------------------------

READS = {
    "order": (TASK, lambda iceye, order, purchase: iceye.order(order.id)),
    "orders": (TASKS, lambda iceye, order, purchase: listed(iceye)),
    "look-up": (TASKS, lambda iceye, order, purchase: iceye.look_up(purchase)),
    "scene": (f"{TASK}/scene", lambda iceye, order, purchase: iceye.acquisitions(order)),
    "products": (f"{TASK}/products", lambda iceye, order, purchase: iceye.deliverables(order)),
}


@pytest.fixture(params=READS)
def reading(request, iceye, order, purchase, mocked):
    """One of the reads: how it is asked, answered, and counted."""
    url, ask = READS[request.param]
    pattern = re.compile(re.escape(url) + r"(\?.*)?$")

    class Reading:
        name = request.param

        def answer(self, **reply):
            mocked.get(pattern, **reply)

        def ask(self):
            return ask(iceye, order, purchase)

        def count(self):
            return len(sent(mocked, "GET", url))

    return Reading()


GOOD = {
    "order": "get-task.v2",
    "scene": "scene",
    "products": "task-products.v1",
}


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 500, "payload": {}},
        {"status": 503, "body": "<html>", "content_type": "text/html"},
        {"status": 429, "payload": {}, "headers": {"Retry-After": "3"}},
        {"status": 429, "payload": {}},
        {"exception": TimeoutError()},
        {"exception": REFUSED},
    ],
)
async def test_reads_are_repeated(reading, body, reply):
    """They change nothing, so a passing failure is passed over."""
    good = body(GOOD[reading.name]) if reading.name in GOOD else b'{"data": []}'
    reading.answer(**reply)
    reading.answer(body=good)

    await reading.ask()

    assert reading.count() == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 400, "payload": {}}, RejectedRequestError),
        ({"status": 401, "payload": {}}, AuthenticationError),
        ({"status": 403, "payload": {}}, PermissionDeniedError),
        ({"status": 500, "payload": {}}, ProviderUnavailableError),
        ({"status": 429, "payload": {}, "headers": {"Retry-After": "3600"}}, RateLimitedError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"exception": REFUSED}, UnsentRequestError),
        ({"status": 200, "body": ""}, MalformedResponseError),
        ({"status": 200, "body": "<html>"}, MalformedResponseError),
        ({"status": 200, "body": "{}"}, MalformedResponseError),
        ({"status": 200, "body": "null"}, MalformedResponseError),
    ],
)
async def test_reads_that_keep_failing_are_typed_errors(reading, reply, error):
    """Never a wrong answer, and never an empty one."""
    reading.answer(repeat=True, **reply)

    with pytest.raises(error):
        await reading.ask()


async def test_404_is_not_yet_for_scene_and_products_and_an_error_for_the_rest(reading):
    """A task's scene and products come with time; a task that is not there is not there."""
    reading.answer(status=404, payload={"code": "not_found", "message": "no"})

    if reading.name in {"scene", "products"}:
        assert await reading.ask() == ()
    else:
        with pytest.raises(NotFoundError):
            await reading.ask()


async def test_pages_of_products_are_read_to_the_last(iceye, order, mocked, sample):
    """And where one of them is missing there is nothing yet, rather than half of it."""
    products = re.compile(re.escape(f"{TASK}/products") + r"(\?.*)?$")
    page = sample("task-products.v2")
    mocked.get(products, body=dump_json({**page, "cursor": "eyJ"}))
    mocked.get(products, body=dump_json(page))
    mocked.get(products, body=dump_json({**page, "cursor": "eyJ"}))
    mocked.get(products, status=404, payload={})

    whole, half = await iceye.deliverables(order), await iceye.deliverables(order)

    assert [file.name for file in whole] == [
        "ICEYE_GRD_1.tif",
        "ICEYE_GRD_1.xml",
        "ICEYE_GRD_1-2.tif",
        "ICEYE_GRD_1-2.xml",
    ]
    assert half == ()


# --- Leaving -----------------------------------------------------------------------------------------


async def test_a_cancellation_is_patched(iceye, order, mocked, body):
    """The answer leaves members out, and the price stays known."""
    mocked.patch(TASK, body=body("cancel-task"))

    cancelled = await iceye.cancel(order)

    assert (cancelled.state, cancelled.price) == (OrderState.CANCELLED, order.price)
    ((_, call),) = sent(mocked, "PATCH", TASK)
    assert load_json(call["data"]) == {"status": "CANCELED"}


@pytest.mark.parametrize("status", [400, 403, 409, 422])
@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("CANCELED", OrderState.CANCELLED),
        ("DONE", UnsupportedActionError),
        ("REJECTED", UnsupportedActionError),
        ("ACTIVE", (RejectedRequestError, PermissionDeniedError)),
    ],
)
async def test_a_refused_cancellation_is_explained_by_the_task(iceye, order, mocked, task_body, status, word, outcome):
    """ICEYE documents no error for it: cancelled is cancelled, ended says so, and else the refusal stands."""
    mocked.patch(TASK, status=status, payload={"code": "bad_request", "message": "no"})
    mocked.get(TASK, body=task_body(status=word))

    if isinstance(outcome, OrderState):
        assert (await iceye.cancel(order)).state is outcome
    else:
        with pytest.raises(outcome):
            await iceye.cancel(order)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 401, "payload": {}}, AuthenticationError),
        ({"status": 404, "payload": {}}, NotFoundError),
        ({"status": 429, "payload": {}}, RateLimitedError),
        ({"status": 500, "payload": {}}, ProviderUnavailableError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
        ({"exception": REFUSED}, UnsentRequestError),
        ({"status": 200, "body": "<html>"}, MalformedResponseError),
    ],
)
async def test_a_cancellation_is_sent_once(iceye, order, mocked, reply, error):
    """A second one would be refused and hide what the first one did."""
    mocked.patch(TASK, repeat=True, **reply)

    with pytest.raises(error):
        await iceye.cancel(order)

    assert len(sent(mocked, "PATCH", TASK)) == 1


async def test_what_has_ended_is_not_cancelled(iceye, order, mocked):
    """Nothing is sent."""
    with pytest.raises(UnsupportedActionError):
        await iceye.cancel(evolve(order, state=OrderState.FULFILLED, provider_status="DONE"))

    assert mocked.requests == {}


# --- Webhooks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status": 400, "payload": {}}, RejectedRequestError),
        ({"status": 500, "payload": {}}, ProviderUnavailableError),
        ({"status": 201, "payload": {}}, MalformedResponseError),
        ({"exception": TimeoutError()}, OutcomeUnknownError),
    ],
)
async def test_a_webhook_is_registered_once(iceye, mocked, reply, error):
    """Each registration makes another."""
    url = f"{BASE}/api/notifications/v1/webhooks"
    mocked.post(url, repeat=True, **reply)

    with pytest.raises(error):
        await iceye.register_webhook("https://backend.example/iceye")

    assert len(sent(mocked, "POST", url)) == 1


async def test_a_callback_needs_no_request(iceye, mocked):
    """It is read as it is."""
    assert iceye.read_hook({}, b'{"taskID": "t", "status": "DONE"}').order_id == "t"
    with pytest.raises(InvalidRequestError):
        iceye.read_hook({}, b"<html>")
    assert mocked.requests == {}
