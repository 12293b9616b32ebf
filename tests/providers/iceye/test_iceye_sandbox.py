"""The played ICEYE: what it answers, what it refuses, and the whole way through the adapter."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from attrs import evolve
from shapely import Point, box

from tasking_hub import (
    AuthenticationError,
    LookSide,
    Opportunity,
    PassDirection,
    QuoteRefusedError,
    Radar,
    RefusalCode,
    Secret,
    TaskRequest,
    Window,
    format_time,
    geometry,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.sandbox import SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub_iceye import IceyeOptions, IceyeProvider, IceyeSettings
from tasking_hub_iceye.sandbox.catalogue import (
    CUSTOMER,
    DINAR,
    EXPIRED,
    MAIN,
    OTHER_CUSTOMER,
    SPENT,
    UNPRICED,
    YEN,
    region_of,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BASE = "http://127.0.0.1:8080/iceye"
PAGE_QUERY = {
    "contractID": MAIN.id,
    "pointOfInterest[lat]": "32",
    "pointOfInterest[lon]": "35",
    "imagingMode": "SPOTLIGHT_EXTENDED_DWELL",
    "exclusivity": "PUBLIC",
    "priority": "COMMERCIAL",
    "sla": "SLA_8H",
    "eula": "STANDARD",
}
NOT_ALLOWED = {"code": "forbidden", "message": "Given parameters are not allowed for the contract"}


@pytest.fixture
def clock():
    """Stands still on a Monday morning."""
    return ManualClock(NOW)


@pytest.fixture
def sandbox(ephemeris, clock):
    """A fresh ICEYE."""
    return IceyeProvider.sandbox()(World(clock=clock, seed=1, ephemeris=ephemeris))


@pytest.fixture
def call(sandbox):
    """Sends a request as a customer and returns status and JSON."""

    def send(method, path, query="", body=None, authorization=f"Basic {CUSTOMER.api_key}"):
        pairs = tuple(query.items()) if isinstance(query, dict) else tuple(parse_qsl(query, keep_blank_values=True))
        data = body if isinstance(body, bytes) else b"" if body is None else dump_json(body).encode()
        headers = {"authorization": authorization} if authorization else {}
        answer = sandbox.answer(SandboxRequest(method=method, path=path, query=pairs, headers=headers, body=data))
        return answer.status, answer.json()

    return send


def basic(customer, secret=None):
    """The header of a token request."""
    return "Basic " + b64encode(f"{customer.client_id}:{secret or customer.client_secret}".encode()).decode()


def settings_of(table) -> IceyeSettings:
    """A table of the configuration as settings."""
    secrets = {"client_id", "client_secret", "api_key"}
    values = {key: Secret(value) if key in secrets else value for key, value in table.items() if key != "provider"}
    return IceyeSettings(**values)


@pytest.fixture
def open_account(sandbox, clock):
    """Opens an account that the sandbox offers, by name, with changed settings."""

    def make(name="iceye", **changes):
        table = {**sandbox.accounts(BASE), **sandbox.other_accounts(BASE)}[name]
        settings = evolve(settings_of(table), **changes)
        return open_provider(IceyeProvider, settings, SandboxTransport(sandbox, BASE), clock, account=name)

    return make


def wanted(area=None, start_h=24.0, end_h=96.0, options=None, **more) -> TaskRequest:
    """A radar request, so many hours after `NOW`."""
    values = {
        "area": area or Point(35, 32),
        "window": Window(NOW + timedelta(hours=start_h), NOW + timedelta(hours=end_h)),
        "optical": None,
        "options": {"iceye": options} if options else {},
    }
    return TaskRequest(**{**values, **more})


async def find(provider, request):
    """The only thing that the adapter yields."""
    (only,) = [found async for found in provider.find_opportunities(request)]
    return only


# --- Who is let in -----------------------------------------------------------------------------------


def test_a_client_gets_a_token_for_an_hour(call, clock):
    """The token opens the API for 3600 seconds, then no more."""
    status, token = call("POST", "/auth/v1/token", body=b"grant_type=client_credentials", authorization=basic(CUSTOMER))
    bearer = f"Bearer {token['access_token']}"

    assert (status, token["token_type"], token["expires_in"]) == (200, "Bearer", 3600)
    assert "contracts.read" in token["scope"].split()
    assert call("GET", "/api/company/v1/contracts", authorization=bearer)[0] == 200
    clock.advance(3600)
    assert call("GET", "/api/company/v1/contracts", authorization=bearer)[0] == 401


@pytest.mark.parametrize(
    "authorization", [None, "Basic ???", "Basic eDp5", "Bearer x", basic(CUSTOMER, "wrong"), "Basic /w=="]
)
def test_a_wrong_client_gets_none(call, authorization):
    """401 in the words of OAuth."""
    answer = call("POST", "/auth/v1/token", body=b"grant_type=client_credentials", authorization=authorization)

    assert answer == (401, {"error": "invalid_client", "error_description": "Client authentication failed"})


def test_another_grant_is_refused(call):
    """v2 knows no passwords."""
    status, body = call("POST", "/auth/v1/token", body=b"grant_type=password", authorization=basic(CUSTOMER))

    assert (status, body["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic x", "Bearer ", "nonsense"])
def test_nobody_else_is_let_in(call, authorization):
    """Every endpoint asks who is there."""
    for method, path in (
        ("GET", "/api/company/v1/contracts"),
        ("GET", f"/api/company/v1/contracts/{MAIN.id}"),
        ("GET", f"/api/company/v1/contracts/{MAIN.id}/summary"),
        ("GET", "/api/tasking/v1/price"),
        ("GET", "/api/tasking/v2/price"),
        ("POST", "/api/tasking/v2/feasibility"),
    ):
        assert call(method, path, authorization=authorization)[0] == 401


async def test_expired_tokens_are_renewed_by_the_adapter(open_account, sandbox):
    """Making all tokens useless costs one more token, not an error."""
    provider = open_account()
    await provider.status()

    sandbox.expire_tokens()

    assert len((await provider.status()).contracts) == 3


# --- Contracts ---------------------------------------------------------------------------------------


def test_contracts_come_in_pages(call):
    """A cursor leads on; the last page has none."""
    _, first = call("GET", "/api/company/v1/contracts", {"limit": "2"})
    _, second = call("GET", "/api/company/v1/contracts", {"limit": "2", "cursor": first["cursor"]})

    assert [one["id"] for one in first["data"]] == [MAIN.id, UNPRICED.id]
    assert [one["id"] for one in second["data"]] == [EXPIRED.id]
    assert "cursor" not in second
    assert call("GET", "/api/company/v1/contracts", {"limit": "0"}) == (200, {"data": []})


@pytest.mark.parametrize(
    "query", [{"limit": "10001"}, {"limit": "-1"}, {"limit": "all"}, {"cursor": "nonsense"}, {"cursor": "page-x"}]
)
def test_a_wrong_page_is_refused(call, query):
    """Limits beyond 0..10000 and unknown cursors are bad requests."""
    status, body = call("GET", "/api/company/v1/contracts", query)

    assert (status, set(body)) == (400, {"code", "message"})


def test_a_customer_sees_only_its_own_contracts(call):
    """Another's contract does not exist."""
    assert call("GET", f"/api/company/v1/contracts/{MAIN.id}")[1]["name"] == "Commercial tasking"
    for path in ("", "/summary"):
        assert call("GET", f"/api/company/v1/contracts/{YEN.id}{path}")[0] == 404


def test_a_summary_needs_a_pricing_plan(call):
    """Funds of one, 404 for the other; a limit only where there is one."""
    assert call("GET", f"/api/company/v1/contracts/{MAIN.id}/summary") == (
        200,
        {
            "contractID": MAIN.id,
            "consolidatedSpent": 900000,
            "currency": "USD",
            "onHold": 1000000,
            "spendLimit": 5000000000,
        },
    )
    assert call("GET", f"/api/company/v1/contracts/{UNPRICED.id}/summary")[0] == 404
    other = f"Basic {OTHER_CUSTOMER.api_key}"
    assert "spendLimit" not in call("GET", f"/api/company/v1/contracts/{YEN.id}/summary", authorization=other)[1]


# --- Prices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("opening", ["[", "%5B"])
def test_the_price_pages_example_costs_what_the_page_says(call, version, opening):
    """529199 US cents, on both versions, with brackets raw or encoded."""
    query = "&".join(f"{name.replace('[', opening).replace(']', '%5D')}={value}" for name, value in PAGE_QUERY.items())

    assert call("GET", f"/api/tasking/{version}/price", query) == (200, {"amount": 529199, "currency": "USD"})


def test_further_parameters_move_no_price(call, sample):
    """The page's whole query, Python-style objects and all, costs the same."""
    query = {**dict(sample("get-task-price.request.v1")), "contractID": MAIN.id}

    assert call("GET", "/api/tasking/v1/price", query) == (200, {"amount": 529199, "currency": "USD"})


@pytest.mark.parametrize("name", PAGE_QUERY)
def test_every_required_parameter_is_required(call, name):
    """The missing one is named."""
    query = {key: value for key, value in PAGE_QUERY.items() if key != name}

    status, body = call("GET", "/api/tasking/v1/price", query)

    assert (status, body["code"]) == (400, "bad_request")
    assert name in body["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pointOfInterest[lat]", "32,"),
        ("pointOfInterest[lat]", "91"),
        ("pointOfInterest[lon]", "-180.1"),
        ("pointOfInterest[lon]", "NaN"),
    ],
)
def test_a_wrong_position_is_refused(call, name, value):
    """The stray comma of the page's own example too."""
    assert call("GET", "/api/tasking/v1/price", {**PAGE_QUERY, name: value})[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"imagingMode": "SPOTLIGHT_OF_TOMORROW"},
        {"priority": "URGENT"},
        {"exclusivity": "SECRET"},
        {"sla": "SLA_1H"},
        {"eula": "MULTI"},
        {"pointOfInterest[lat]": "82"},
        {"imagingMode": "SCAN_WIDE", "exclusivity": "PRIVATE"},
    ],
)
def test_what_the_contract_does_not_hold_is_forbidden(call, change):
    """A literal, a region, or a mixture of two that are each allowed: ICEYE's own words."""
    assert call("GET", "/api/tasking/v2/price", {**PAGE_QUERY, **change}) == (403, NOT_ALLOWED)


def test_a_contract_without_a_pricing_plan_has_no_prices(call):
    """ICEYE's own words, misspelt as they are."""
    query = {**PAGE_QUERY, "contractID": UNPRICED.id, "imagingMode": "SPOTLIGHT", "priority": "BACKGROUND"}

    assert call("GET", "/api/tasking/v1/price", query) == (
        403,
        {"code": "forbidden", "message": "Contract now allowed to query price quotation"},
    )


def test_an_unknown_contract_has_no_prices(call):
    """404 for what is not the customer's."""
    assert call("GET", "/api/tasking/v1/price", {**PAGE_QUERY, "contractID": YEN.id})[0] == 404


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        ({"exclusivity": "PRIVATE"}, 793798),
        ({"priority": "BACKGROUND"}, 317519),
        ({"sla": "SLA_3H"}, 661499),
        ({"eula": "GOVERNMENT"}, 529199),
        ({"pointOfInterest[lat]": "-30", "pointOfInterest[lon]": "135"}, 582119),
        ({"pointOfInterest[lat]": "0", "pointOfInterest[lon]": "0"}, 502739),
        ({"imagingMode": "SPOTLIGHT"}, 264600),
    ],
)
def test_region_priority_mode_sla_and_exclusivity_move_the_price(call, change, amount):
    """And the licence does not, as the page says; halves are rounded to even."""
    assert call("GET", "/api/tasking/v1/price", {**PAGE_QUERY, **change})[1]["amount"] == amount


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ((35, 32), "MIDDLE_EAST"),
        ((2, 48), "EUROPE"),
        ((20, -30), "AFRICA"),
        ((151, -33), "OCEANIA"),
        ((139, 35), "ASIA"),
        ((-74, 40), "AMERICAS"),
        ((0, 80), "POLAR"),
        ((0, -80), "POLAR"),
        ((-175, -50), "SEA"),
    ],
)
def test_every_place_has_a_region(place, region):
    """The first box that holds it, else the sea."""
    assert region_of(*place) == region


# --- Feasibility -------------------------------------------------------------------------------------


def task(**changes):
    """A task that ICEYE takes."""
    window = {"start": format_time(NOW + timedelta(hours=24)), "end": format_time(NOW + timedelta(hours=96))}
    body = {
        "contractID": MAIN.id,
        "pointOfInterest": {"lat": 32, "lon": 35},
        "acquisitionWindow": window,
        "imagingMode": "SPOTLIGHT",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def within(start_h, end_h):
    """A window so many hours after `NOW`."""
    return {
        "start": format_time(NOW + timedelta(hours=start_h)),
        "end": format_time(NOW + timedelta(hours=end_h)),
    }


def test_a_task_within_reach_is_feasible(call):
    """One result for each task, in order; a narrow wish at the wrong side is not."""
    narrow = {
        "incidenceAngle": {"min": 38, "max": 38},
        "acquisitionWindow": within(24, 48),
        "lookSide": "LEFT",
        "passDirection": "ASCENDING",
    }

    status, body = call("POST", "/api/tasking/v2/feasibility", body=[task(), task(**narrow)])

    assert (status, body) == (200, {"feasibility": [{"result": "FEASIBLE"}, {"result": "NOT_FEASIBLE"}]})


@pytest.mark.parametrize(
    "change",
    [
        {"additionalProductTypes": ["SIDD"]},
        {"deliveryLocations": []},
        {"pointOfInterest": None},
        {"pointOfInterest": {"lat": 32}},
        {"pointOfInterest": {"lat": 132, "lon": 35}},
        {"pointOfInterest": "32,35"},
        {"acquisitionWindow": "now"},
        {"acquisitionWindow": {"start": "2026-11-24T09:00:00"}},
        {"acquisitionWindow": within(24, 47)},
        {"acquisitionWindow": within(11, 60)},
        {"acquisitionWindow": within(23, 60), "priority": "BACKGROUND"},
        {"acquisitionWindow": within(24, 337)},
        {"incidenceAngle": {"min": 5, "max": 30}},
        {"incidenceAngle": {"min": 20}},
        {"incidenceAngle": {"min": 20.5, "max": 30}},
        {"incidenceAngle": 30},
        {"imagingDuration": 0},
        {"imagingDuration": "30"},
        {"lookSide": "UP"},
        {"passDirection": "left"},
        {"reference": "x" * 257},
    ],
)
def test_a_wrong_task_is_a_bad_request(call, change):
    """Unknown keys (those of v1 too), missing ones, windows against the rules, values out of range."""
    status, body = call("POST", "/api/tasking/v2/feasibility", body=[task(**change)])

    assert (status, set(body)) == (400, {"code", "message"})


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[1]", b"not json", b'"x"'])
def test_a_body_that_is_no_list_of_tasks_is_a_bad_request(call, body):
    """One task alone is no list."""
    assert call("POST", "/api/tasking/v2/feasibility", body=body)[0] == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"contractID": YEN.id}, 404),
        ({"imagingMode": "SPOTLIGHT_OF_TOMORROW"}, 403),
        ({"pointOfInterest": {"lat": 82, "lon": 0}}, 403),
        ({"contractID": UNPRICED.id, "imagingMode": "SPOTLIGHT_FINE"}, 403),
    ],
)
def test_a_task_outside_the_contract_is_refused(call, change, status):
    """Feasibility looks into the contract before it looks at the sky."""
    assert call("POST", "/api/tasking/v2/feasibility", body=[task(**change)])[0] == status


def test_a_contract_without_prices_has_feasibility(call):
    """No pricing plan, no check of the money."""
    body = [task(contractID=UNPRICED.id, acquisitionWindow=within(24, 96))]

    assert call("POST", "/api/tasking/v2/feasibility", body=body)[1] == {"feasibility": [{"result": "FEASIBLE"}]}


def test_money_that_does_not_reach_is_said_by_code(call):
    """ICEYE's own code and words."""
    answer = call(
        "POST",
        "/api/tasking/v2/feasibility",
        body=[task(contractID=SPENT.id)],
        authorization=f"Basic {OTHER_CUSTOMER.api_key}",
    )

    assert answer == (
        403,
        {"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task: insufficient funds"},
    )


def test_v1_has_no_feasibility(call):
    """Paths and verbs that ICEYE does not have are refused."""
    assert call("POST", "/api/tasking/v1/feasibility", body=[task()])[0] == 404
    assert call("POST", "/api/tasking/v1/price")[0] == 405


# --- The whole way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iceye", "iceye-v1"])
async def test_the_guides_price_comes_through_the_adapter(open_account, name):
    """5291.99 USD on v2 with a token and on v1 with a static key."""
    provider = open_account(name)

    opportunity = await find(provider, wanted(radar=Radar(mode="SPOTLIGHT_EXTENDED_DWELL")))
    quote = await provider.quote(opportunity)

    assert str(quote.price) == "5291.99 USD"
    assert (opportunity.feasibility is not None) is (name == "iceye")


@pytest.mark.parametrize(
    ("contract", "price"), [(YEN.id, "793798 JPY"), (DINAR.id, "1624.641 KWD"), (SPENT.id, "4868.63 EUR")]
)
async def test_each_currency_has_its_own_minor_units(open_account, contract, price):
    """The same dwell in yen, dinars and euros."""
    provider = open_account("iceye-dinar", contract_id=contract)

    quote = await provider.quote(await find(provider, wanted(radar=Radar(mode="SPOTLIGHT_EXTENDED_DWELL"))))

    assert str(quote.price) == price
    assert any("Only 100.00 EUR" in note for note in quote.notes) is (contract == SPENT.id)


async def test_an_account_shows_what_its_contracts_allow_and_have_left(open_account):
    """Three contracts, one of them without a pricing plan."""
    status = await open_account().status()

    assert [(one.name, str(one.remaining)) for one in status.contracts] == [
        ("Commercial tasking", "49981000.00 USD"),
        ("Background, no pricing plan", "None"),
        ("Expired pilot", "0.00 USD"),
    ]


async def test_a_saved_opportunity_is_quoted_by_another_process(open_account):
    """Nothing but the opportunity is needed, after its raw went through JSON text."""
    request = wanted(area=box(2.0, 48.0, 2.1, 48.05), radar=Radar(max_resolution_m=1))
    found = await find(open_account(), request)
    first = await open_account().quote(found)

    again = await open_account().quote(evolve(found, raw=load_json(dump_json(found.raw))))

    assert (again.price, again.terms, again.adjustments) == (first.price, first.terms, first.adjustments)


async def test_the_same_question_has_the_same_answer(open_account):
    """Seed and clock decide everything."""
    request = wanted(area=geometry.square_km(10, 50, 12, 12))

    first, second = await find(open_account(), request), await find(open_account(), request)

    assert first == second


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        (wanted(end_h=30), RefusalCode.WINDOW_TOO_SHORT, "window"),
        (wanted(start_h=320, end_h=400), RefusalCode.WINDOW_TOO_LATE, "window"),
        (wanted(start_h=0, end_h=30), RefusalCode.WINDOW_TOO_SOON, "window"),
        (wanted(priority="URGENT"), RefusalCode.NOT_IN_CONTRACT, "priority"),
        (wanted(licence="MULTI"), RefusalCode.NOT_IN_CONTRACT, "licence"),
        (wanted(radar=Radar(mode="SPOTLIGHT_PRECISE_1L")), RefusalCode.NOT_IN_CONTRACT, "mode"),
        (wanted(radar=Radar(max_resolution_m=0.1)), RefusalCode.REQUIREMENT_NOT_OFFERED, "max_resolution_m"),
        (wanted(area=geometry.square_km(35, 32, 250, 250)), RefusalCode.AREA_TOO_LARGE, "area"),
        (wanted(area=Point(10, 80)), RefusalCode.NOT_IN_CONTRACT, None),
        (
            wanted(
                end_h=48,
                radar=Radar(
                    min_incidence=38,
                    max_incidence=38,
                    look_side=LookSide.LEFT,
                    pass_direction=PassDirection.ASCENDING,
                ),
            ),
            RefusalCode.NO_OPPORTUNITY,
            "window",
        ),
    ],
)
async def test_what_cannot_be_done_is_a_refusal_with_a_remedy(open_account, request_, code, field):
    """Code and field say why, the remedy what to change."""
    refusal = await find(open_account(), request_)

    assert (refusal.account, refusal.code, refusal.field) == ("iceye", code, field)
    assert refusal.remedy


async def test_a_region_outside_the_contract_has_no_price_on_v1(open_account):
    """Without a feasibility check the price question is the first to tell."""
    provider = open_account("iceye-v1")

    with pytest.raises(QuoteRefusedError) as raised:
        await provider.quote(await find(provider, wanted(area=Point(10, 80))))

    assert (raised.value.refusal.code, raised.value.refusal.provider_code) == (
        RefusalCode.NOT_IN_CONTRACT,
        "forbidden",
    )


async def test_a_contract_without_a_pricing_plan_is_told_apart(open_account):
    """Feasible, and without a price."""
    provider = open_account(contract_id=UNPRICED.id)
    opportunity = await find(provider, wanted())

    with pytest.raises(QuoteRefusedError) as raised:
        await provider.quote(opportunity)

    assert raised.value.refusal.code is RefusalCode.NO_PRICING_PLAN


async def test_an_expired_contract_takes_no_tasks(open_account):
    """Its last day is named."""
    refusal = await find(open_account(contract_id=EXPIRED.id), wanted())

    assert (refusal.code, refusal.limit) == (RefusalCode.NOT_IN_CONTRACT, "2020-01-01T00:00:00Z")


async def test_spent_funds_are_a_refusal_where_iceye_checks_them(open_account):
    """v2's feasibility check looks at the money."""
    refusal = await find(open_account("iceye-dinar", contract_id=SPENT.id, api_version="v2"), wanted())

    assert (refusal.code, refusal.provider_code) == (RefusalCode.INSUFFICIENT_FUNDS, "ERR_INSUFFICIENT_FUNDS")


async def test_several_open_contracts_want_a_choice(open_account):
    """The one that has ended is not offered."""
    refusal = await find(open_account(contract_id=None), wanted())

    assert (refusal.code, refusal.limit) == (RefusalCode.CONFIGURATION, (MAIN.id, UNPRICED.id))


async def test_a_wrong_secret_is_an_authentication_error(open_account):
    """The endpoint's words, without the secret."""
    provider = open_account(client_secret=Secret("not-the-secret"))

    with pytest.raises(AuthenticationError, match="Client authentication failed") as raised:
        await provider.status()

    assert "not-the-secret" not in str(raised.value)


@pytest.mark.parametrize("days", range(3))
async def test_what_the_adapter_sends_is_never_refused_as_bad(open_account, days):
    """Whatever window and wish the adapter lets through, the played ICEYE takes."""
    provider = open_account()
    for hour in (0, 7, 13.5, 30):
        request = wanted(
            start_h=hour + 24 * days,
            end_h=hour + 24 * (days + 4),
            radar=Radar(min_incidence=12.2, max_incidence=44.4),
            priority="BACKGROUND",
            options=IceyeOptions(product_types=("SICD",)),
        )

        assert isinstance(await find(provider, request), Opportunity)
