"""The adapter over mocked HTTP: every endpoint, and every way in which one can fail."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from attrs import evolve
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    LookSide,
    MalformedResponseError,
    NotFoundError,
    Opportunity,
    OutcomeUnknownError,
    PassDirection,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteRefusedError,
    Radar,
    RateLimitedError,
    RefusalCode,
    RejectedRequestError,
    Secret,
    UnsentRequestError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_iceye import IceyeOptions, IceyeProvider, IceyeSettings, PriceParameters

BASE = "https://platform.iceye.com"
CONTRACTS = f"{BASE}/api/company/v1/contracts"
TOKEN = "https://auth.customer.example/oauth2/v1/token"
ID = "f0a7b1de-6a35-4a63-9f0e-7d8f4dbe9f11"
SUMMARY = f"{CONTRACTS}/{ID}/summary"
FEASIBILITY = f"{BASE}/api/tasking/v2/feasibility"
PRICE_V1 = re.compile(re.escape(f"{BASE}/api/tasking/v1/price") + r"\?.*")
PRICE_V2 = re.compile(re.escape(f"{BASE}/api/tasking/v2/price") + r"\?.*")
NOW = datetime(2024, 4, 30, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    """Stands at the morning before the page's window; sleeping moves it at once."""
    return ManualClock(NOW)


@pytest.fixture
async def opened(mocked, clock):
    """Opens the adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield lambda settings: open_provider(IceyeProvider, settings, transport, clock)


@pytest.fixture
def bound(settings):
    """A static key on v1, and a contract."""
    return evolve(settings, contract_id=ID)


@pytest.fixture
def iceye(opened, bound):
    """The adapter with a static key on v1, under the contract of the company pages."""
    return opened(bound)


@pytest.fixture
def iceye_v2(opened, settings_v2):
    """The same on v2."""
    return opened(evolve(settings_v2, contract_id=ID))


@pytest.fixture
def client_settings():
    """Client credentials."""
    return IceyeSettings(
        client_id=Secret("the-id"),
        client_secret=Secret("the-secret"),
        token_url=TOKEN,
        contract_id=ID,
        requests_per_second=1000,
    )


@pytest.fixture
def contract_body(sample):
    """One contract, as get-contract gives it."""
    return dump_json(sample("list-contracts.v2")["data"][0])


@pytest.fixture
def serve(mocked, contract_body, body):
    """Registers contract and summary, which every way needs."""

    def register(*, summary: bool = True):
        mocked.get(f"{CONTRACTS}/{ID}", body=contract_body, repeat=True)
        if summary:
            mocked.get(SUMMARY, body=body("get-summary"), repeat=True)

    return register


async def find(provider, request):
    """The only thing that the adapter yields."""
    (only,) = [found async for found in provider.find_opportunities(request)]
    return only


def sent(mocked, method, url):
    """What was sent to an address, whatever the query."""
    return [
        (key[1], call.kwargs)
        for key, calls in mocked.requests.items()
        if key[0] == method and key[1].with_query(None) == URL(url)
        for call in calls
    ]


# --- The whole way -----------------------------------------------------------------------------------


async def test_the_price_pages_example_is_asked_and_answered(iceye, ask, serve, mocked, body, sample):
    """From a neutral request to 5291.99 USD, by exactly the page's query."""
    serve()
    mocked.get(PRICE_V1, body=body("get-task-price.response"))
    options = IceyeOptions(additional_product_types=("SIDD", "SICD"), price_parameters=PriceParameters.DOCUMENTED)
    radar = Radar(
        mode="SPOTLIGHT_EXTENDED_DWELL",
        min_incidence=10,
        max_incidence=45,
        look_side=LookSide.ANY,
        pass_direction=PassDirection.ANY,
    )

    opportunity = await find(iceye, ask(options, radar=radar, exclusivity_days=0))
    quote = await iceye.quote(opportunity)

    assert str(quote.price) == "5291.99 USD"
    ((url, call),) = sent(mocked, "GET", f"{BASE}/api/tasking/v1/price")
    assert sorted(url.query.items()) == sorted(map(tuple, sample("get-task-price.request.v1")))
    assert call["headers"]["Authorization"] == "Basic a-made-up-key"
    assert call["headers"]["Accept"] == "application/json, application/problem+json"
    assert call["allow_redirects"] is False


async def test_feasibility_comes_before_the_price_on_v2(iceye_v2, ask, serve, mocked, body):
    """The question is a list of one task; its yes stands on the opportunity."""
    serve()
    mocked.post(FEASIBILITY, body=body("check-feasibility.response"))
    mocked.get(PRICE_V2, body=body("get-task-price.response"))

    opportunity = await find(iceye_v2, ask())
    quote = await iceye_v2.quote(opportunity)

    assert (opportunity.feasibility.word, str(quote.price)) == ("FEASIBLE", "5291.99 USD")
    ((_, call),) = sent(mocked, "POST", FEASIBILITY)
    assert load_json(call["data"])[0]["imagingMode"] == "SPOTLIGHT"
    ((url, _),) = sent(mocked, "GET", f"{BASE}/api/tasking/v2/price")
    assert "reference" not in url.query


async def test_feasibility_can_be_left_out(iceye_v2, ask, serve):
    """The option spares the slow question."""
    serve()

    opportunity = await find(iceye_v2, ask(IceyeOptions(check_feasibility=False)))

    assert isinstance(opportunity, Opportunity)
    assert opportunity.feasibility is None


async def test_an_account_without_feasibility_is_served_all_the_same(iceye_v2, ask, serve, mocked, body):
    """404 there is noted on the quote, not refused."""
    serve()
    mocked.post(FEASIBILITY, status=404, payload={"code": "not_found", "message": "no route"})
    mocked.get(PRICE_V2, body=body("get-task-price.response"))

    quote = await iceye_v2.quote(await find(iceye_v2, ask()))

    assert any(note.startswith("ICEYE was not asked whether") for note in quote.notes)


async def test_an_infeasible_task_is_refused_by_its_account(iceye_v2, ask, serve, mocked):
    """The refusal names account and provider, and keeps the word."""
    serve()
    mocked.post(FEASIBILITY, payload={"feasibility": [{"result": "INFEASIBLE"}]})

    refusal = await find(iceye_v2, ask())

    assert (refusal.account, refusal.provider) == ("iceye", "iceye")
    assert (refusal.code, refusal.provider_code) == (RefusalCode.NO_OPPORTUNITY, "INFEASIBLE")


@pytest.mark.parametrize(
    ("status", "payload", "code"),
    [
        (400, {"code": "bad_request", "message": "bad window"}, RefusalCode.REJECTED),
        (403, {"code": "forbidden", "message": "no"}, RefusalCode.NOT_IN_CONTRACT),
        (403, {"code": "ERR_INSUFFICIENT_FUNDS", "message": "no"}, RefusalCode.INSUFFICIENT_FUNDS),
        (400, {"code": "ERR_INSUFFICIENT_FUNDS", "message": "no"}, RefusalCode.INSUFFICIENT_FUNDS),
    ],
)
async def test_a_task_refused_by_the_feasibility_check_is_a_refusal(
    iceye_v2, ask, serve, mocked, status, payload, code
):
    """ICEYE's no at this place is about the task."""
    serve()
    mocked.post(FEASIBILITY, status=status, payload=payload)

    assert (await find(iceye_v2, ask())).code is code


async def test_a_request_that_cannot_be_served_costs_no_request(iceye, ask, mocked):
    """A window under 24 hours is refused before anything is sent."""
    refusal = await find(iceye, ask(window=Window(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))))

    assert (refusal.code, refusal.account, mocked.requests) == (RefusalCode.WINDOW_TOO_SHORT, "iceye", {})


async def test_every_reason_is_yielded(iceye, ask, serve):
    """Two wrong terms are two refusals."""
    serve()

    found = [one async for one in iceye.find_opportunities(ask(priority="URGENT", licence="MULTI"))]

    assert [one.field for one in found] == ["priority", "licence"]


# --- Contracts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [{}, {"cursor": None}, {"cursor": ""}])
async def test_contracts_are_read_to_the_last_page(opened, settings, mocked, sample, body, last):
    """A missing, null or empty cursor ends the pages."""
    first = sample("list-contracts.v2")
    second = {"data": [{**first["data"][0], "id": "second"}], **last}
    mocked.get(f"{CONTRACTS}?limit=100", body=dump_json(first))
    mocked.get(f"{CONTRACTS}?cursor=eyJvZmZzZXQiOjF9&limit=100", body=dump_json(second))
    mocked.get(SUMMARY, body=body("get-summary"))
    mocked.get(f"{CONTRACTS}/second/summary", status=404, payload={"code": "not_found", "message": "no plan"})

    status = await opened(settings).status()

    assert [(one.id, str(one.remaining)) for one in status.contracts] == [(ID, "1000.00 USD"), ("second", "None")]


async def test_a_cursor_that_never_ends_is_noticed(opened, settings, mocked, body):
    """The same cursor twice is no page."""
    mocked.get(re.compile(re.escape(CONTRACTS)), body=body("list-contracts.v2"), repeat=True)

    with pytest.raises(MalformedResponseError, match="expected a new cursor or none"):
        await opened(settings).status()

    assert len(sent(mocked, "GET", CONTRACTS)) == 2


async def test_the_only_contract_needs_no_configuration(opened, settings, ask, mocked, sample):
    """Without contract_id the list is asked, once for many requests."""
    page = {"data": sample("list-contracts.v2")["data"]}
    mocked.get(f"{CONTRACTS}?limit=100", body=dump_json(page))
    provider = opened(settings)

    first, second = await find(provider, ask()), await find(provider, ask(radar=Radar(mode="SCAN")))

    assert (first.contract, second.contract) == (ID, ID)
    assert len(sent(mocked, "GET", CONTRACTS)) == 1


async def test_several_contracts_want_a_choice(opened, settings, ask, mocked, sample):
    """The refusal names them; nothing is priced under a contract that nobody chose."""
    (one,) = sample("list-contracts.v2")["data"]
    mocked.get(f"{CONTRACTS}?limit=100", body=dump_json({"data": [one, {**one, "id": "other", "name": "Other"}]}))

    refusal = await find(opened(settings), ask())

    assert (refusal.code, refusal.account) == (RefusalCode.CONFIGURATION, "iceye")
    assert refusal.remedy == f"set contract_id to one of {ID} (string); other (Other)"


async def test_an_unknown_contract_is_a_refusal(opened, bound, ask, mocked):
    """A wrong contract_id is the configuration's fault, and says which."""
    mocked.get(f"{CONTRACTS}/{ID}", status=404, payload={"code": "not_found", "message": "contract not found"})

    refusal = await find(opened(bound), ask())

    assert (refusal.code, refusal.actual, refusal.provider_code) == (RefusalCode.CONFIGURATION, ID, "not_found")


async def test_the_option_chooses_another_contract(iceye, ask, mocked, sample):
    """One request may go under another contract than the account's."""
    (one,) = sample("list-contracts.v2")["data"]
    mocked.get(f"{CONTRACTS}/other", body=dump_json({**one, "id": "other"}))

    assert (await find(iceye, ask(IceyeOptions(contract_id="other")))).contract == "other"


async def test_a_contract_is_asked_for_again_after_a_while(iceye, ask, mocked, contract_body, clock):
    """What a contract allows may change: a quarter of an hour later it is read afresh."""
    mocked.get(f"{CONTRACTS}/{ID}", body=contract_body, repeat=True)

    await asyncio.gather(*(find(iceye, ask()) for _ in range(5)))
    before = len(sent(mocked, "GET", f"{CONTRACTS}/{ID}"))
    clock.advance(901)
    await find(iceye, ask())

    assert (before, len(sent(mocked, "GET", f"{CONTRACTS}/{ID}"))) == (1, 2)


# --- Credentials -------------------------------------------------------------------------------------


async def test_client_credentials_give_a_bearer_token(opened, client_settings, ask, mocked, body, serve):
    """One token for many requests, asked for as documented."""
    serve()
    mocked.post(TOKEN, body=body("token"))
    provider = opened(client_settings)

    await find(provider, ask())
    await find(provider, ask(radar=Radar(mode="SCAN")))

    ((_, token_call),) = sent(mocked, "POST", TOKEN)
    assert token_call["data"] == b"grant_type=client_credentials"
    assert token_call["headers"]["Authorization"] == "Basic dGhlLWlkOnRoZS1zZWNyZXQ="
    assert token_call["headers"]["Cache-Control"] == "no-cache"
    ((_, call),) = sent(mocked, "GET", f"{CONTRACTS}/{ID}")
    assert call["headers"]["Authorization"] == "Bearer XXXX"


async def test_a_refused_token_is_renewed_once(opened, client_settings, ask, mocked, body, contract_body):
    """401 on a resource means a new token and one more try."""
    mocked.post(TOKEN, body=body("token"))
    mocked.post(TOKEN, payload={"token_type": "Bearer", "expires_in": 3600, "access_token": "YYYY"})
    mocked.get(f"{CONTRACTS}/{ID}", status=401, payload={"code": "unauthorized", "message": "expired"})
    mocked.get(f"{CONTRACTS}/{ID}", body=contract_body)

    assert isinstance(await find(opened(client_settings), ask()), Opportunity)

    calls = sent(mocked, "GET", f"{CONTRACTS}/{ID}")
    assert [call["headers"]["Authorization"] for _, call in calls] == ["Bearer XXXX", "Bearer YYYY"]


async def test_a_bad_client_is_told_so_and_asked_once(opened, client_settings, ask, mocked):
    """The token endpoint's own words, never the secret; no second request with a refused credential."""
    mocked.post(TOKEN, status=401, payload={"error": "invalid_client", "error_description": "Client unknown"})
    provider = opened(client_settings)

    for _ in range(2):
        with pytest.raises(AuthenticationError, match="invalid_client: Client unknown") as raised:
            await find(provider, ask())

        assert "the-secret" not in str(raised.value)
    assert len(sent(mocked, "POST", TOKEN)) == 1


async def test_a_refused_static_key_is_not_tried_again(iceye, ask, mocked):
    """Nothing to renew: one request, one error."""
    mocked.get(f"{CONTRACTS}/{ID}", status=401, payload={"code": "unauthorized", "message": "bad key"})

    with pytest.raises(AuthenticationError, match="bad key"):
        await find(iceye, ask())

    assert len(sent(mocked, "GET", f"{CONTRACTS}/{ID}")) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (IceyeSettings(), "missing: client_id, client_secret, token_url"),
        (IceyeSettings(client_id=Secret("x"), token_url=TOKEN), "missing: client_secret$"),
        (IceyeSettings(client_id=Secret("x"), client_secret=Secret("y")), "missing: token_url$"),
        (IceyeSettings(api_key=Secret("k"), client_id=Secret("x")), "either api_key or client_id: remove"),
        (
            IceyeSettings(api_key=Secret("k"), client_id=Secret("x"), client_secret=Secret("y"), token_url=TOKEN),
            "either api_key or client_id, client_secret, token_url: remove",
        ),
    ],
)
def test_credentials_that_are_missing_or_mixed_are_named(settings, words):
    """The configuration is refused by key before anything is sent, and shows no value."""
    with pytest.raises(ConfigurationError, match=words) as raised:
        IceyeProvider.authenticator(settings, ManualClock(NOW))

    assert "Secret" not in str(raised.value)


def test_an_unknown_api_version_is_refused():
    """Only v1 and v2 exist."""
    with pytest.raises(ValueError, match="'v3' is not a valid ApiVersion"):
        IceyeSettings(api_version="v3")


def test_the_route_names_every_configured_host(client_settings, settings):
    """Platform and token endpoint; a pace of our own; the credential only as a digest."""
    route = IceyeProvider.route(evolve(client_settings, requests_per_second=None))

    assert route.urls == (BASE, TOKEN)
    assert (route.pace.per_second, route.pace.one_at_a_time) == (5, False)
    assert "the-id" not in route.pace_key
    assert IceyeProvider.route(settings).urls == (BASE,)
    assert IceyeProvider.route(settings).pace.per_second == 1000
    assert IceyeProvider.route(settings).pace_key != route.pace_key


# --- Failures ----------------------------------------------------------------------------------------

PLAIN_403 = {"code": "forbidden", "message": "whatever it says"}


async def test_a_403_without_a_pricing_plan_is_told_apart(iceye, ask, mocked, contract_body, body):
    """The summary's 404 decides, not the words."""
    mocked.get(f"{CONTRACTS}/{ID}", body=contract_body)
    mocked.get(SUMMARY, status=404, payload={"code": "not_found", "message": "-"}, repeat=True)
    mocked.get(PRICE_V1, status=403, body=body("get-task-price.403-no-pricing-model"))

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.quote(await find(iceye, ask()))

    assert raised.value.refusal.code is RefusalCode.NO_PRICING_PLAN
    assert raised.value.refusal.account == "iceye"


async def test_a_403_with_a_pricing_plan_is_about_the_combination(iceye, ask, serve, mocked, body):
    """The contract has prices, so this mixture has none."""
    serve()
    mocked.get(PRICE_V1, status=403, body=body("get-task-price.403-combination"))

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.quote(await find(iceye, ask()))

    assert raised.value.refusal.code is RefusalCode.NOT_IN_CONTRACT


async def test_a_403_is_not_explained_where_nothing_is_known(iceye, ask, mocked, contract_body):
    """No code, and a summary that is forbidden too: a question of permission."""
    mocked.get(f"{CONTRACTS}/{ID}", body=contract_body)
    mocked.get(SUMMARY, status=403, payload={"message": "no"}, repeat=True)
    mocked.get(PRICE_V1, status=403, payload={"message": "no"})

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.quote(await find(iceye, ask()))

    assert raised.value.refusal.code is RefusalCode.PERMISSION


@pytest.mark.parametrize(
    ("status", "payload", "code"),
    [
        (400, {"code": "bad_request", "message": "bad"}, RefusalCode.REJECTED),
        (404, {"code": "not_found", "message": "no contract"}, RefusalCode.CONFIGURATION),
        (402, {"code": "ERR_INSUFFICIENT_FUNDS", "message": "funds"}, RefusalCode.INSUFFICIENT_FUNDS),
    ],
)
async def test_a_refused_price_is_a_refusal(iceye, ask, serve, mocked, status, payload, code):
    """Status and code become the reason; ICEYE's words are kept."""
    serve()
    mocked.get(PRICE_V1, status=status, payload=payload)

    with pytest.raises(QuoteRefusedError, match=payload["message"]) as raised:
        await iceye.quote(await find(iceye, ask()))

    assert (raised.value.refusal.code, raised.value.refusal.provider_code) == (code, payload["code"])


async def test_a_problem_document_is_read(iceye, ask, serve, mocked):
    """application/problem+json says its detail."""
    serve()
    mocked.get(
        PRICE_V1,
        status=400,
        payload={"type": "about:blank", "title": "Bad Request", "detail": "lat is out of range", "status": 400},
        content_type="application/problem+json",
    )

    with pytest.raises(QuoteRefusedError, match="ICEYE says: lat is out of range"):
        await iceye.quote(await find(iceye, ask()))


async def test_an_error_page_in_html_stays_out_of_the_message(iceye, ask, serve, mocked):
    """A gateway's page is no word of ICEYE's."""
    serve()
    mocked.get(PRICE_V1, status=400, body="<html><body>Bad Request</body></html>", content_type="text/html")

    with pytest.raises(QuoteRefusedError) as raised:
        await iceye.quote(await find(iceye, ask()))

    assert raised.value.refusal.message == "ICEYE rejected the task with status 400."


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failing_provider_is_tried_again(iceye, ask, serve, mocked, body, status):
    """Price questions may be repeated."""
    serve()
    mocked.get(PRICE_V1, status=status, body="<html>oops</html>", content_type="text/html")
    mocked.get(PRICE_V1, body=body("get-task-price.response"))

    assert str((await iceye.quote(await find(iceye, ask()))).price) == "5291.99 USD"


async def test_a_provider_that_keeps_failing_is_unavailable(iceye, ask, serve, mocked):
    """After four tries it is said so."""
    serve()
    mocked.get(PRICE_V1, status=500, payload={"code": "internal", "message": "sorry"}, repeat=True)

    with pytest.raises(ProviderUnavailableError, match="sorry"):
        await iceye.quote(await find(iceye, ask()))

    assert len(sent(mocked, "GET", f"{BASE}/api/tasking/v1/price")) == 4


@pytest.mark.parametrize(("headers", "waits"), [({"Retry-After": "7"}, 7), ({}, 0.25)])
async def test_too_many_requests_are_waited_out(iceye, ask, serve, mocked, body, clock, headers, waits):
    """`Retry-After` is honoured; without one the usual pause is made."""
    serve()
    opportunity = await find(iceye, ask())
    mocked.get(PRICE_V1, status=429, payload={"code": "too_many_requests", "message": "slow down"}, headers=headers)
    mocked.get(PRICE_V1, body=body("get-task-price.response"))
    before = clock.monotonic()

    assert str((await iceye.quote(opportunity)).price) == "5291.99 USD"

    assert clock.monotonic() - before >= waits


async def test_a_long_pause_is_not_waited_for(iceye, ask, serve, mocked):
    """An hour is said, not slept."""
    serve()
    opportunity = await find(iceye, ask())
    mocked.get(PRICE_V1, status=429, payload={}, headers={"Retry-After": "3600"})

    with pytest.raises(RateLimitedError) as raised:
        await iceye.quote(opportunity)

    assert raised.value.retry_after_s == 3600


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (TimeoutError(), OutcomeUnknownError),
        (aiohttp.ServerDisconnectedError(), OutcomeUnknownError),
        (
            aiohttp.ClientConnectorError(
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
            ),
            UnsentRequestError,
        ),
    ],
)
async def test_a_lost_connection_is_a_transport_error(iceye, ask, serve, mocked, failure, error):
    """Timeout, disconnection and refusal to connect are told apart, each tried four times."""
    serve()
    opportunity = await find(iceye, ask())
    mocked.get(PRICE_V1, exception=failure, repeat=True)

    with pytest.raises(error):
        await iceye.quote(opportunity)

    assert len(sent(mocked, "GET", f"{BASE}/api/tasking/v1/price")) == 4


@pytest.mark.parametrize("text", ["", "<html></html>", "null", "[]", '{"amount": 5291.99, "currency": "USD"}', "{"])
async def test_an_unreadable_price_is_malformed(iceye, ask, serve, mocked, text):
    """A price is read whole or not at all."""
    serve()
    mocked.get(PRICE_V1, body=text)

    with pytest.raises(MalformedResponseError, match=r"@ \$"):
        await iceye.quote(await find(iceye, ask()))


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, RejectedRequestError), (403, PermissionDeniedError), (503, ProviderUnavailableError)],
)
async def test_contracts_that_are_refused_are_an_error(opened, settings, ask, mocked, status, error):
    """Without contracts nothing can be said about a task."""
    mocked.get(f"{CONTRACTS}?limit=100", status=status, payload=PLAIN_403, repeat=True)

    with pytest.raises(error):
        await find(opened(settings), ask())


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "payload": {}},
        {"status": 403, "payload": PLAIN_403},
        {"status": 404, "payload": {}},
        {"status": 200, "body": "<html>"},
        {"exception": TimeoutError()},
    ],
)
async def test_no_price_waits_for_the_funds(iceye, ask, mocked, contract_body, body, answer):
    """A summary that cannot be had is asked for once, and noted."""
    mocked.get(f"{CONTRACTS}/{ID}", body=contract_body)
    mocked.get(SUMMARY, **answer)
    mocked.get(PRICE_V1, body=body("get-task-price.response"))

    quote = await iceye.quote(await find(iceye, ask()))

    assert quote.notes[-1] == "What is left to spend under this contract could not be read."
    assert len(sent(mocked, "GET", SUMMARY)) == 1


async def test_funds_are_asked_for_once_a_minute(iceye, ask, serve, mocked, body, clock):
    """Many prices under one contract cost one summary."""
    serve()
    mocked.get(PRICE_V1, body=body("get-task-price.response"), repeat=True)
    opportunity = await find(iceye, ask())

    await asyncio.gather(*(iceye.quote(opportunity) for _ in range(5)))
    before = len(sent(mocked, "GET", SUMMARY))
    clock.advance(61)
    await iceye.quote(opportunity)

    assert (before, len(sent(mocked, "GET", SUMMARY))) == (1, 2)


async def test_feasibility_that_fails_is_an_error_and_not_a_no(iceye_v2, ask, serve, mocked):
    """A provider that is down did not say that the task is impossible."""
    serve()
    mocked.post(FEASIBILITY, status=503, payload={}, repeat=True)

    with pytest.raises(ProviderUnavailableError):
        await find(iceye_v2, ask())


async def test_an_unknown_path_on_the_status_is_an_error(opened, settings, mocked):
    """A wrong base_url shows."""
    mocked.get(f"{CONTRACTS}?limit=100", status=404, body="<html>not here</html>")

    with pytest.raises(NotFoundError):
        await opened(settings).status()
