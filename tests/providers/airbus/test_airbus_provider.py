"""The adapter over mocked HTTP: every endpoint, and every way in which one can fail."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import aiohttp
import pytest
from attrs import evolve
from shapely import Point, box
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    Money,
    Opportunity,
    Optical,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteRefusedError,
    RateLimitedError,
    Refusal,
    RefusalCode,
    Secret,
    Stereo,
    TaskRequest,
    UnsentRequestError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_airbus import AirbusOptions, AirbusProvider, AirbusSettings, Mission

TOKEN = "https://authenticate.foundation.api.oneatlas.airbus.com/auth/realms/IDP/protocol/openid-connect/token"
ORDER = "https://order.api.oneatlas.airbus.com/api/v1"
CONTRACTS = f"{ORDER}/contracts"
PRODUCTS = f"{ORDER}/contracts/CisContractId/productTypes"
OPTIONS = f"{PRODUCTS}/PleiadesTaskingOneDay/options"
ATTEMPTS = f"{ORDER}/attempts"
FEASIBILITY = f"{ORDER}/feasibility"
PRICES = f"{ORDER}/prices"
ME = "https://data.api.oneatlas.airbus.com/api/v1/me"
START = datetime(2021, 5, 28, tzinfo=UTC)
AREA = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)


@pytest.fixture
def clock():
    """Stands before the guide's attempt; sleeping moves it at once."""
    return ManualClock(START)


@pytest.fixture
def settings():
    """The guide's account; its contract is found out."""
    return AirbusSettings(api_key=Secret("made-up-key"))


@pytest.fixture
async def airbus(mocked, settings, clock):
    """The adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(AirbusProvider, settings, transport, clock)


@pytest.fixture
def request_():
    """Toulouse in the week of the guide's attempt, by Pléiades."""
    return TaskRequest(
        area=AREA,
        window=Window(START, START + timedelta(days=5)),
        optical=Optical(max_cloud_cover=25, max_incidence=30),
        options={"airbus": AirbusOptions(missions=(Mission.PLEIADES,))},
    )


@pytest.fixture
def serve(mocked, sample):
    """Registers answers of an endpoint, each a sample's name or a body; and those before attempts."""

    def body(value):
        return dump_json(sample(value) if isinstance(value, str) else value)

    def register(method, url, value, status=200, **more):
        mocked.add(url, method=method, body=body(value), status=status, **more)

    def account(products="answer-product-types"):
        register("POST", TOKEN, "answer-token", repeat=True)
        register("GET", CONTRACTS, "answer-contracts", repeat=True)
        register("GET", PRODUCTS, products, repeat=True)

    return SimpleNamespace(answer=register, account=account)


def sent(mocked, method, url) -> list:
    """What was sent to an address, oldest first."""
    return mocked.requests.get((method, URL(url)), [])


async def find(provider, request) -> list[Opportunity | Refusal]:
    """Everything that is found."""
    return [found async for found in provider.find_opportunities(request)]


# --- Endpoints ---------------------------------------------------------------------------------------


async def test_opportunities_are_found_in_four_requests(mocked, serve, airbus, request_):
    """Token, contracts, products, attempts: with the token, the guide's body, and nothing else."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    (found,) = await find(airbus, request_)
    (call,) = sent(mocked, "POST", ATTEMPTS)

    assert (found.product, found.contract) == ("PleiadesTaskingOneDay", "CisContractId")
    assert call.kwargs["headers"]["Authorization"] == "Bearer made-up-token"
    assert json.loads(call.kwargs["data"])["missions"] == ["PLEIADES"]
    assert sum(len(calls) for calls in mocked.requests.values()) == 4


async def test_the_account_is_asked_once_for_many_requests(mocked, serve, airbus, request_):
    """Contracts and products are remembered, for an hour."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday", repeat=True)
    await find(airbus, request_)
    await find(airbus, request_)

    assert (len(sent(mocked, "GET", CONTRACTS)), len(sent(mocked, "GET", PRODUCTS))) == (1, 1)
    assert len(sent(mocked, "POST", ATTEMPTS)) == 2


async def test_what_is_remembered_grows_old(mocked, serve, airbus, request_, clock):
    """After an hour the contract is asked again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday", repeat=True)
    await find(airbus, request_)
    clock.advance(3601)
    await find(airbus, request_)

    assert len(sent(mocked, "GET", CONTRACTS)) == 2


async def test_the_pace_is_one_request_a_second(serve, airbus, request_, clock):
    """Airbus allows one request a second: three to the order service take two pauses."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    await find(airbus, request_)

    assert [round(pause, 2) for pause in clock.slept] == [1.05, 1.05]


async def test_a_500_without_a_pass_is_one_refusal_and_one_request(mocked, serve, airbus, request_):
    """The answer that means "no pass" is not tried again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-no-sensor", status=500, repeat=True)
    (found,) = await find(airbus, request_)

    assert (found.code, found.provider_code) == (RefusalCode.NO_OPPORTUNITY, "ERR_NO_SENSOR_AVAILABLE")
    assert len(sent(mocked, "POST", ATTEMPTS)) == 1


async def test_one_missions_no_does_not_hold_up_the_other(serve, airbus, request_):
    """Pléiades is refused, SPOT is found."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-400", status=400)
    attempts = {
        "mission": "SPOT",
        "progTypes": [
            {
                "name": "ONEDAY",
                "segments": [
                    {
                        "segmentKey": "k",
                        "acquisitionStartDate": "2021-05-30T10:00:00.000Z",
                        "acquisitionEndDate": "2021-05-30T10:00:01.000Z",
                    }
                ],
            }
        ],
    }
    serve.answer("POST", ATTEMPTS, {"progCapacities": [attempts]})
    found = await find(airbus, evolve(request_, options={}))

    assert [(type(item), item.product) for item in found] == [
        (Refusal, "PleiadesTaskingOneDay"),
        (Opportunity, "SpotTaskingOneDay"),
    ]
    assert found[0].code is RefusalCode.REJECTED


async def test_feasibility_is_asked_for_a_plan(mocked, serve, airbus, request_):
    """A long window and a contract with plans: the guide's question and answer."""
    serve.account({"productTypes": [{"productTypeId": "PleiadesTaskingOnePlan"}]})
    serve.answer("POST", FEASIBILITY, "answer-feasibility")
    (found,) = await find(airbus, evolve(request_, window=Window(START, START + timedelta(days=30))))
    body = json.loads(sent(mocked, "POST", FEASIBILITY)[0].kwargs["data"])

    assert found.feasibility.word == "CHALLENGING"
    assert (body["progTypeNames"], body["acquisitionDate"]["endDate"]) == (["ONEPLAN"], "2021-06-27T00:00:00.000Z")


async def test_a_wrong_back_end_is_refused_before_any_question(mocked, serve, airbus, request_):
    """Pléiades Neo on a legacy contract costs no question beyond the contracts."""
    serve.account()
    options = {"airbus": AirbusOptions(missions=(Mission.PLEIADESNEO,))}
    (found,) = await find(airbus, evolve(request_, options=options))

    assert found.code is RefusalCode.NOT_IN_CONTRACT
    assert {str(url) for _, url in mocked.requests} == {TOKEN, CONTRACTS}


async def test_an_area_that_airbus_cannot_take_costs_no_request(mocked, airbus, request_):
    """A hole is refused before a token is asked for."""
    area = AREA.difference(AREA.centroid.buffer(0.01))
    (found,) = await find(airbus, evolve(request_, area=area))
    (point,) = await find(airbus, evolve(request_, area=Point(1, 43)))

    assert (found.code, point.code) == (RefusalCode.AREA_SHAPE, RefusalCode.AREA_TYPE)
    assert mocked.requests == {}


async def test_a_price_is_asked_with_options_and_workspace(mocked, serve, airbus, request_):
    """Options of the product, workspace of the account, then the price: 201, although nothing is ordered."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    serve.answer("POST", OPTIONS, "answer-options-neo")
    serve.answer("GET", ME, "answer-me")
    serve.answer("POST", PRICES, "answer-prices-oneday", status=201)
    (found,) = await find(airbus, request_)
    quote = await airbus.quote(found)
    body = json.loads(sent(mocked, "POST", PRICES)[0].kwargs["data"])

    assert quote.price == Money(Decimal(7392), "EUR")
    assert body["delivery"] == {"type": "network", "workspace": "workspaceId"}
    assert body["items"][0]["segmentKey"] == found.handle
    assert {"key": "licence", "value": "standard"} in body["optionsPerProductType"][0]["options"]


async def test_another_process_can_quote_what_was_saved(serve, airbus, request_, settings, clock, mocked):
    """A new adapter needs the opportunity only: no contract, no search is asked for again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    serve.answer("POST", OPTIONS, "answer-options-neo")
    serve.answer("POST", PRICES, "answer-prices-oneday", status=201)
    (found,) = await find(airbus, request_)
    saved = evolve(found, raw=json.loads(dump_json(found.raw)))
    async with AiohttpTransport() as transport:
        other = open_provider(AirbusProvider, evolve(settings, workspace_id="w"), transport, clock)
        quote = await other.quote(saved)

    assert quote.price == Money(Decimal(7392), "EUR")
    assert len(sent(mocked, "GET", CONTRACTS)) == 1
    assert sent(mocked, "GET", ME) == []


async def test_options_are_asked_once_for_each_product_and_area(mocked, serve, airbus, request_):
    """Two prices over one area share the options; another area has its own projection."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday", repeat=True)
    serve.answer("POST", OPTIONS, "answer-options-neo", repeat=True)
    serve.answer("GET", ME, "answer-me", repeat=True)
    serve.answer("POST", PRICES, "answer-prices-oneday", status=201, repeat=True)
    (found,) = await find(airbus, request_)
    (elsewhere,) = await find(airbus, evolve(request_, area=box(1, 43, 1.1, 43.1)))
    for opportunity in (found, found, elsewhere):
        await airbus.quote(opportunity)

    assert len(sent(mocked, "POST", OPTIONS)) == 2
    assert len(sent(mocked, "GET", ME)) == 1


async def test_the_status_shows_what_the_contract_allows(serve, airbus):
    """Credit, products, markets, ways of delivery, workspace."""
    serve.account()
    serve.answer("GET", f"{ORDER}/CisContractId/properties", "answer-properties")
    serve.answer("GET", f"{ORDER}/contracts/CisContractId/deliveryTypes", "answer-delivery-types")
    serve.answer("GET", ME, "answer-me")
    (contract,) = (await airbus.status()).contracts

    assert contract.remaining == Money(Decimal(150), "EUR")
    assert contract.allowed == {
        "productTypes": ("PleiadesTaskingOneDay", "SpotTaskingOneDay"),
        "markets": ("AGRI", "GENIE"),
        "deliveryTypes": ("network", "MEDIA"),
    }
    assert contract.defaults == {"primaryMarket": "NQUAL", "workspace": "workspaceId"}


async def test_the_status_survives_a_missing_right(serve, airbus):
    """A list that the key may not read is left out with a note."""
    serve.account()
    serve.answer("GET", f"{ORDER}/CisContractId/properties", {}, status=404)
    serve.answer("GET", f"{ORDER}/contracts/CisContractId/deliveryTypes", {}, status=403)
    serve.answer("GET", ME, {"message": "no"}, status=403)
    (contract,) = (await airbus.status()).contracts

    assert set(contract.allowed) == {"productTypes"}
    assert len(contract.notes) == 4


# --- Prices that are refused -------------------------------------------------------------------------


@pytest.fixture
async def opportunity(serve, airbus, request_):
    """The guide's attempt."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday", repeat=True)
    (found,) = await find(airbus, request_)
    return found


async def test_a_licence_that_is_not_offered_is_refused_before_the_price(serve, airbus, opportunity, mocked):
    """The licences of the contract are named; nothing is priced."""
    serve.answer("POST", OPTIONS, "answer-options-neo")
    with pytest.raises(QuoteRefusedError) as caught:
        await airbus.quote(evolve(opportunity, request=evolve(opportunity.request, licence="eula_5")))
    refusal = caught.value.refusal

    assert (refusal.code, refusal.field) == (RefusalCode.REQUIREMENT_NOT_OFFERED, "licence")
    assert refusal.limit == "standard, background_layer, stand_background_layer"
    assert sent(mocked, "POST", PRICES) == []


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("answer-error-400", 400, RefusalCode.REJECTED), ("answer-error-404", 404, RefusalCode.NOT_IN_CONTRACT)],
)
async def test_a_refused_price_is_a_refused_quote(serve, airbus, opportunity, name, status, code):
    """Airbus' words become the refusal."""
    serve.answer("POST", OPTIONS, "answer-options-neo")
    serve.answer("GET", ME, "answer-me")
    serve.answer("POST", PRICES, name, status=status)
    with pytest.raises(QuoteRefusedError) as caught:
        await airbus.quote(opportunity)

    assert (caught.value.refusal.code, caught.value.refusal.provider_code) == (code, "E2203")


async def test_a_passed_deadline_costs_no_request(airbus, opportunity, clock, mocked):
    """Past the deadline nothing is asked."""
    clock.advance(5 * 86400)
    before = sum(len(calls) for calls in mocked.requests.values())
    with pytest.raises(QuoteRefusedError) as caught:
        await airbus.quote(opportunity)

    assert caught.value.refusal.code is RefusalCode.DEADLINE_PASSED
    assert sum(len(calls) for calls in mocked.requests.values()) == before


async def test_stereo_is_found_and_has_no_price(serve, airbus, request_):
    """No question is asked for it, neither of feasibility nor of price."""
    serve.account({"productTypes": [{"productTypeId": "PleiadesTaskingOnePlan"}]})
    (found,) = await find(airbus, evolve(request_, optical=Optical(stereo=Stereo.STEREO)))
    with pytest.raises(QuoteRefusedError) as caught:
        await airbus.quote(found)

    assert (found.quotable, caught.value.refusal.code) == (False, RefusalCode.STUDY_REQUIRED)


# --- Failures ----------------------------------------------------------------------------------------


async def test_an_expired_token_is_renewed_once(mocked, serve, airbus, request_):
    """A 401 leads to a new token and the same request again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-401", status=401)
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    (found,) = await find(airbus, request_)

    assert isinstance(found, Opportunity)
    assert (len(sent(mocked, "POST", TOKEN)), len(sent(mocked, "POST", ATTEMPTS))) == (2, 2)


async def test_a_second_401_is_an_error(mocked, serve, airbus, request_):
    """A fresh token that is refused too is not renewed again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-401", status=401, repeat=True)
    with pytest.raises(AuthenticationError, match="Token expired"):
        await find(airbus, request_)

    assert (len(sent(mocked, "POST", TOKEN)), len(sent(mocked, "POST", ATTEMPTS))) == (2, 2)


@pytest.mark.parametrize("status", [400, 403])
async def test_a_bad_key_is_refused_once_and_not_shown(mocked, serve, airbus, request_, status):
    """The token endpoint hears of a refused key once; the key shows nowhere."""
    serve.answer("POST", TOKEN, {"internalCode": "E1", "message": "API key refused"}, status=status, repeat=True)
    for _ in range(2):
        with pytest.raises(AuthenticationError, match="API key refused") as caught:
            await find(airbus, request_)
        assert "made-up-key" not in f"{caught.value!r} {vars(caught.value)}"

    assert len(sent(mocked, "POST", TOKEN)) == 1


async def test_a_token_endpoint_without_a_token_is_malformed(serve, airbus, request_):
    """A 200 without a token is not taken for one."""
    serve.answer("POST", TOKEN, {"expires_in": 3600})
    with pytest.raises(MalformedResponseError, match="access_token"):
        await find(airbus, request_)


async def test_a_missing_right_is_an_error(serve, airbus, request_):
    """403 on attempts."""
    serve.account()
    serve.answer("POST", ATTEMPTS, {"message": "Forbidden"}, status=403)
    with pytest.raises(PermissionDeniedError, match="Forbidden"):
        await find(airbus, request_)


async def test_an_unknown_contract_is_a_refusal(serve, airbus, request_):
    """404 on attempts."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-404", status=404)
    (found,) = await find(airbus, request_)

    assert (found.code, found.provider_code) == (RefusalCode.NOT_IN_CONTRACT, "E2203")


@pytest.mark.parametrize(
    ("headers", "silence"), [({}, 600), ({"Retry-After": "900"}, 900), ({"Retry-After": "5"}, 600)]
)
async def test_a_429_silences_the_key_for_ten_minutes(mocked, serve, airbus, request_, headers, silence, clock):
    """Airbus bans for ten minutes: nothing more is sent, and the error says until when."""
    serve.account()
    serve.answer("POST", ATTEMPTS, {"message": "Too many requests"}, status=429, headers=headers, repeat=True)
    with pytest.raises(RateLimitedError) as caught:
        await find(airbus, request_)
    with pytest.raises(RateLimitedError, match="not sent"):
        await find(airbus, request_)

    assert caught.value.retry_after_s == silence
    assert len(sent(mocked, "POST", ATTEMPTS)) == 1


async def test_a_fault_is_tried_again(mocked, serve, airbus, request_):
    """Searches only read, so a 500 is tried again."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-500", status=500)
    serve.answer("POST", ATTEMPTS, "answer-attempts-oneday")
    (found,) = await find(airbus, request_)

    assert isinstance(found, Opportunity)
    assert len(sent(mocked, "POST", ATTEMPTS)) == 2


async def test_a_lasting_fault_is_an_error_after_four_tries(mocked, serve, airbus, request_):
    """The code of the body is kept."""
    serve.account()
    serve.answer("POST", ATTEMPTS, "answer-error-500", status=500, repeat=True)
    with pytest.raises(ProviderUnavailableError) as caught:
        await find(airbus, request_)

    assert (caught.value.code, len(sent(mocked, "POST", ATTEMPTS))) == ("UNEXPECTED_SERVER_ERROR", 4)


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        (TimeoutError(), OutcomeUnknownError),
        (aiohttp.ServerDisconnectedError(), OutcomeUnknownError),
        (aiohttp.ClientPayloadError(), OutcomeUnknownError),
        (aiohttp.ClientConnectorError(SimpleNamespace(ssl=None, host="h", port=1), OSError()), UnsentRequestError),
    ],
)
async def test_no_answer_is_an_error_that_says_whether_it_was_sent(mocked, serve, airbus, request_, exception, kind):
    """Timeout, disconnection, a broken body, no connection."""
    serve.account()
    mocked.post(ATTEMPTS, exception=exception, repeat=True)
    with pytest.raises(kind):
        await find(airbus, request_)


@pytest.mark.parametrize("body", ["<html>proxy</html>", "", "{", '"text"', "NaN"])
@pytest.mark.parametrize("url", [CONTRACTS, PRODUCTS, ATTEMPTS])
async def test_a_body_that_is_no_answer_is_malformed(mocked, serve, airbus, request_, body, url):
    """HTML, emptiness, half a body, another JSON value: named as such at every endpoint."""
    method = "POST" if url == ATTEMPTS else "GET"
    mocked.add(url, method=method, body=body)
    serve.account()
    with pytest.raises(MalformedResponseError):
        await find(airbus, request_)


@pytest.mark.parametrize("url", [OPTIONS, ME, PRICES])
async def test_a_body_that_is_no_price_is_malformed(mocked, serve, airbus, opportunity, url):
    """The same on the way to a price."""
    mocked.add(url, method="GET" if url == ME else "POST", body="<html>")
    serve.answer("POST", OPTIONS, "answer-options-neo")
    serve.answer("GET", ME, "answer-me")
    with pytest.raises(MalformedResponseError, match="not JSON"):
        await airbus.quote(opportunity)


# --- Configuration -----------------------------------------------------------------------------------


def test_an_empty_key_is_a_mistake_in_the_configuration(settings, clock):
    """Found before anything is sent, named by its key."""
    with pytest.raises(ConfigurationError, match="api_key"):
        AirbusProvider.authenticator(evolve(settings, api_key=Secret(" ")), clock)


def test_a_configured_pace_replaces_airbus_own(settings):
    """A server that is not Airbus has no ban and takes several requests at a time."""
    own = AirbusProvider.route(settings).pace
    other = AirbusProvider.route(evolve(settings, requests_per_second=50)).pace

    assert (own.per_second, own.one_at_a_time, own.ban_s) == (0.95, True, 600)
    assert (other.per_second, other.one_at_a_time, other.ban_s) == (50, False, None)


def test_addresses_may_end_with_a_slash(settings):
    """A slash too many does not double in the paths."""
    route = AirbusProvider.route(evolve(settings, order_url="https://orders.example.org/"))

    assert "https://orders.example.org" in route.urls
