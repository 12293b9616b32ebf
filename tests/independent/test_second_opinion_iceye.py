"""The ICEYE adapter against a server that nobody wrote for it: the price page's sample, and nothing else allowed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import shapely
from independent.server_iceye import CONTRACT_ID, PRICE, IceyeServer
from independent.strict import answers, finds, hub, thinned

from tasking_hub import Money, OpportunityKind, Radar, RefusalCode, TaskRequest, Window
from tasking_hub.clock import ManualClock
from tasking_hub_iceye import IceyeOptions

PLACE = shapely.Point(35, 32)
START = datetime(2024, 5, 1, tzinfo=UTC)
STATIC = "QVBJOktFWQ=="


def april(**twists):
    """A server on 2024-04-29, a day and a half before the window of the page's sample."""
    return IceyeServer(ManualClock(datetime(2024, 4, 29, 12, tzinfo=UTC)), **twists)


def wish(*, hours=96, **more):
    """The page's own task: 32 degrees north, 35 degrees east, first days of May 2024."""
    given = {"area": PLACE, "window": Window(START, START + timedelta(hours=hours)), "optical": None}
    return TaskRequest(**({"radar": Radar(), "reference": "Customer reference"} | given | more))


def iceye(**options):
    return {"iceye": IceyeOptions(**options)}


WAYS = [{"version": "v1"}, {"version": "v1", "static": STATIC}, {"version": "v2"}]
HOWS = {"contract_id": CONTRACT_ID}


@pytest.mark.parametrize("way", WAYS)
async def test_the_sample_costs_5291_99_dollars(way):
    """529199 minor units of USD are 5291.99, by token and by static key, on v1 and v2."""
    server = april(**way)
    (ranked,) = (await answers(server, wish(radar=Radar(mode="SPOTLIGHT_EXTENDED_DWELL")), **HOWS)).quotes
    quote, found = ranked.quote, ranked.quote.opportunity
    assert (quote.price, quote.binding, quote.expires_at) == (Money(Decimal("5291.99"), "USD"), False, None)
    assert (found.kind, found.product) == (OpportunityKind.CAMPAIGN, "SPOTLIGHT_EXTENDED_DWELL")
    assert found.contract == CONTRACT_ID
    assert (quote.terms.licence, quote.terms.priority, quote.terms.sla) == ("STANDARD", "COMMERCIAL", "SLA_8H")
    assert quote.terms.exclusivity == "PUBLIC"
    assert found.gsd_m == 1


@pytest.mark.parametrize("way", WAYS)
async def test_the_price_question_has_the_required_parameters_and_on_v1_the_reference(way):
    """Point, mode and the contract's four defaults go out, the reference on v1 only, and nothing else."""
    server = april(**way)
    await answers(server, wish(radar=Radar(mode="SPOTLIGHT", min_incidence=10, max_incidence=45)), **HOWS)
    (asked,) = [dict(seen.pairs) for seen in server.ledger.requests if seen.path.endswith("/price")]
    assert [float(asked[f"pointOfInterest[{axis}]"]) for axis in ("lat", "lon")] == [32, 35]
    assert asked.get("reference") == ("Customer reference" if way["version"] == "v1" else None)
    assert [asked[name] for name in PRICE if "[" not in name] == [
        CONTRACT_ID, "SPOTLIGHT", "PUBLIC", "COMMERCIAL", "SLA_8H", "STANDARD",
    ]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_tokens_are_fetched_once_and_a_static_key_never(way):
    """One token serves a whole comparison; a static key goes out after Basic as it is and no token is asked for."""
    server = april(**way)
    await answers(server, wish(), **HOWS)
    assert server.tokens == (0 if "static" in way else 1)


async def test_a_token_is_renewed_before_it_ends():
    """Fifty-nine minutes later the token of an hour is replaced; five minutes later it is not."""
    server = april()
    async with server.listening() as urls, hub(server.clock, one=server.config(urls, **HOWS)) as opened:
        await opened.compare(wish())
        server.clock.advance(300)
        await opened.compare(wish())
        early = server.tokens
        server.clock.advance(3240)
        await opened.compare(wish())
    assert not server.ledger.violations, server.ledger.violations
    assert (early, server.tokens) == (1, 2)


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("JPY", 529199, "529199"),
        ("USD", 5, "0.05"),
        ("KWD", 529199, "529.199"),
        ("EUR", 0, "0"),
        ("EUR", 10**15, "1E13"),
    ],
)
async def test_minor_units_follow_the_currency(currency, amount, expected):
    """ISO 4217 says how many digits: none for the yen, three for the Kuwaiti dinar, never a float."""
    comparison = await answers(april(currency=currency, amount=amount), wish(), **HOWS)
    assert [ranked.quote.price for ranked in comparison.quotes] == [Money(Decimal(expected), currency)]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("problem", [False, True])
@pytest.mark.parametrize(
    ("forbidden", "expected"), [("parameters", RefusalCode.NOT_IN_CONTRACT), ("pricing", RefusalCode.NO_PRICING_PLAN)]
)
async def test_the_two_kinds_of_403_are_told_apart(version, problem, forbidden, expected):
    """One code, two causes: the summary decides, whether the answer calls itself a problem or not."""
    server = april(version=version, forbidden=forbidden, problem=problem)
    (refusal,) = (await answers(server, wish(), **HOWS)).refusals
    assert (refusal.code, refusal.provider_code) == (expected, "forbidden")
    assert (refusal.retryable, bool(refusal.remedy)) == (False, True)
    assert sum(path.endswith("/price") for path in server.ledger.paths()) == 1


@pytest.mark.parametrize("cursor", ["", None, "missing"])
async def test_contracts_are_paged_to_the_last_page(cursor):
    """A cursor that is empty, null or not there ends the list; one with reserved characters survives the query."""
    server = april(cursor=cursor)
    async with server.listening() as urls, hub(server.clock, one=server.config(urls)) as opened:
        (status,) = await opened.accounts()
    assert not server.ledger.violations, server.ledger.violations
    main = next(contract for contract in status.contracts if contract.id == CONTRACT_ID)
    assert [contract.name for contract in status.contracts] == ["Ended", "Main"]
    assert (main.spent, main.limit) == (Money(Decimal(9000), "USD"), Money(Decimal(20000), "USD"))
    assert main.remaining == Money(Decimal(1000), "USD")
    assert main.allowed["imagingModes"][:2] == ("SCAN", "SPOTLIGHT")


@pytest.mark.parametrize("cursor", ["", "missing"])
async def test_the_only_open_contract_is_found(cursor):
    """Without a configured contract the list is read, and the one that ended in 2020 is no choice."""
    comparison = await answers(april(cursor=cursor), wish())
    assert [ranked.quote.opportunity.contract for ranked in comparison.quotes] == [CONTRACT_ID]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("begins_h", "lasts_h", "code"),
    [
        (36, 23, RefusalCode.WINDOW_TOO_SHORT),
        (6, 29, RefusalCode.WINDOW_TOO_SOON),
        (22 * 24, 120, RefusalCode.WINDOW_TOO_LATE),
        (-200, 100, RefusalCode.WINDOW_PAST),
    ],
)
async def test_a_window_that_cannot_be_tasked_costs_no_question(version, begins_h, lasts_h, code):
    """24 hours at least, 14 days ahead at most, 12 hours of notice: refused with a remedy, and tasking is not asked."""
    server = april(version=version)
    start = server.clock.now() + timedelta(hours=begins_h)
    comparison = await answers(server, wish(window=Window(start, start + timedelta(hours=lasts_h))), **HOWS)
    (refusal,) = comparison.refusals
    assert (refusal.code, refusal.field, bool(refusal.remedy)) == (code, "window", True)
    assert not any("/tasking/" in path for path in server.ledger.paths())


@pytest.mark.parametrize(
    ("priority", "begins_h", "lasts_h", "sent_h"),
    [(None, 36, 24, (36, 60)), (None, 100, 300, (100, 336)), (None, 6, 60, (14, 66)), ("BACKGROUND", 13, 60, (26, 73))],
)
async def test_a_window_that_is_partly_out_of_reach_is_cut(priority, begins_h, lasts_h, sent_h):
    """What lies within notice or beyond 14 days is left out, and that is said.

    To the notice of 12 or 24 hours the adapter adds one for deciding, and begins at the next full hour.
    """
    server = april(version="v2")
    now = server.clock.now()
    hours = [now + timedelta(hours=hour) for hour in (begins_h, begins_h + lasts_h, *sent_h)]
    comparison = await answers(server, wish(window=Window(*hours[:2]), priority=priority), **HOWS)
    (ranked,) = comparison.quotes
    assert ranked.quote.opportunity.window == Window(*hours[2:])
    hows = {one.field: one.how.value for one in ranked.quote.all_adjustments}
    assert hows.get("window") == (None if hours[:2] == hours[2:] else "tightened")


async def test_feasibility_is_asked_on_v2_in_a_list_of_one():
    """The task that is asked about has a window of a day at least, whole incidences, and the contract's words."""
    server = april(version="v2")
    radar = Radar(mode="STRIPMAP", min_incidence=20.5, max_incidence=34.5, look_side="left", pass_direction="ascending")
    (ranked,) = (await answers(server, wish(radar=radar), **HOWS)).quotes
    ((task,),) = server.ledger.bodies("/feasibility")
    assert task["pointOfInterest"] == {"lat": 32, "lon": 35}
    assert task["acquisitionWindow"] == {"start": "2024-05-01T00:00:00Z", "end": "2024-05-05T00:00:00Z"}
    assert task["incidenceAngle"] == {"min": 21, "max": 34}
    assert (task["lookSide"], task["passDirection"]) == ("LEFT", "ASCENDING")
    hows = {one.field: one.how.value for one in ranked.quote.all_adjustments}
    assert (hows["min_incidence"], hows["max_incidence"]) == ("tightened", "tightened")
    assert ranked.quote.opportunity.feasibility.word == "FEASIBLE"


async def test_what_is_not_feasible_is_refused_without_a_price():
    """Any word but FEASIBLE is a refusal that keeps it, and no price is asked for."""
    server = april(version="v2", result="NOT_FEASIBLE")
    (refusal,) = (await answers(server, wish(), **HOWS)).refusals
    assert (refusal.code, refusal.provider_code) == (RefusalCode.NO_OPPORTUNITY, "NOT_FEASIBLE")
    assert not any(path.endswith("/price") for path in server.ledger.paths())


async def test_exclusivity_becomes_private_and_a_refused_wish_costs_no_price():
    """Days of exclusivity are PRIVATE; where the contract has only PUBLIC, or no such mode, it is refused here."""
    server = april()
    (ranked,) = (await answers(server, wish(exclusivity_days=30), **HOWS)).quotes
    assert ranked.quote.terms.exclusivity == "PRIVATE"
    only = {"exclusivity": {"allowed": ["PUBLIC"], "default": "PUBLIC"}}
    for request, contract in (
        (wish(exclusivity_days=30), only),
        (wish(options=iceye(imaging_mode="SPOTLIGHT_PRECISE_1L")), {}),
        (wish(priority="URGENT"), {}),
        (wish(licence="GOVERNMENT"), {}),
    ):
        server = april(contract=contract)
        (refusal,) = (await answers(server, request, **HOWS)).refusals
        assert (refusal.code, bool(refusal.remedy)) == (RefusalCode.NOT_IN_CONTRACT, True)
        assert not any(path.endswith("/price") for path in server.ledger.paths())


async def test_a_tiny_coordinate_is_written_as_a_decimal():
    """A degree of 0.00001 goes out as it is written on maps, not as 1e-05, and south and west have their sign."""
    for area in (shapely.Point(0.00001, -0.00001), shapely.Point(-179.9999999, 89.9999999)):
        assert len((await answers(april(), wish(area=area), **HOWS)).quotes) == 1


NESTED = {
    "imagingModes": {"allowed": [["SPOTLIGHT", "SCAN", "STRIPMAP"]]},
    "eula": {"allowed": [["STANDARD"]], "default": "STANDARD"},
}
SPARSE = {"start": None, "end": None, "catalog_collections": None, "name": None}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "twists",
    [
        {"extra": True},
        {"contract": NESTED},
        {"contract": SPARSE},
        {
            "contract": {
                "sla": None,
                "imagingModes": {"allowed": None},
                "eula": {"allowed": None, "default": "STANDARD"},
            }
        },
        {"contract": {"priority": {"allowed": ["COMMERCIAL"]}, "sla": {"allowed": ["SLA_8H"], "default": None}}},
        {"contract": {"deliveryLocations": [{"method": "sftp", "path": "string"}]}},
        {"token_type": "bearer"},
        {"status": 201},
        {"no_limit": True},
        {"no_plan": True},
    ],
)
async def test_an_answer_that_is_odd_but_clear_is_read(version, twists):
    """Unknown fields, nested lists, missing defaults and ends, a summary that is not there: the price is the price."""
    comparison = await answers(april(version=version, **twists), wish(), **HOWS)
    assert [ranked.quote.price for ranked in comparison.quotes] == [Money(Decimal("5291.99"), "USD")]


async def test_without_a_wish_for_incidence_none_is_sent():
    """The mode's own range is ICEYE's default, and stays ICEYE's to choose."""
    server = april(version="v2")
    found = await finds(server, wish(), **HOWS)
    assert len(found) == 1
    assert "incidenceAngle" not in server.ledger.bodies("/feasibility")[0][0]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_expired_token_is_renewed_once(version):
    """A 401 of the platform brings one new token and one repetition."""
    server = april(version=version, expire_once=True)
    comparison = await answers(server, wish(), **HOWS)
    assert (len(comparison.quotes), server.tokens) == (1, 2)


@pytest.mark.parametrize(
    ("status", "kind", "body", "code"),
    [
        (400, "application/json", '{"code": "bad_request", "message": "no"}', RefusalCode.REJECTED),
        (
            404,
            "application/problem+json",
            '{"title": "gone", "detail": "no", "status": 404}',
            RefusalCode.CONFIGURATION,
        ),
        (401, "application/json", '{"code": "unauthorized", "message": "no"}', RefusalCode.AUTHENTICATION),
        (502, "text/html", "<html><body>Bad gateway</body></html>", RefusalCode.UNAVAILABLE),
        (200, "text/html", "<html><body>Maintenance</body></html>", RefusalCode.MALFORMED_ANSWER),
        (200, "application/json", '{"amount": 5291.99, "currency": "USD"}', RefusalCode.MALFORMED_ANSWER),
        (200, "application/json", '{"amount": "529199", "currency": "USD"}', RefusalCode.MALFORMED_ANSWER),
        (200, "application/json", '{"amount": 529199, "currency": "usd?"}', RefusalCode.MALFORMED_ANSWER),
    ],
)
async def test_what_is_no_price_is_a_typed_refusal(status, kind, body, code):
    """Error objects, problems, pages of a gateway and prices that are no whole minor units: never a guessed price."""
    server = april(price=(status, kind, body))
    (refusal,) = (await answers(server, wish(), **HOWS)).refusals
    assert refusal.code is code


NEEDED = {"token.access_token", "feasibility.feasibility.result", "price.amount", "price.currency"}
NEEDED |= {f"{CONTRACT_ID}.{name}" for name in ("id", "priority.default", "exclusivity.default", "eula.default")}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("change", ["null", "gone"])
async def test_eight_members_are_enough_for_a_price(version, change):
    """Whatever else ICEYE leaves out, or answers with null, does not cost the price."""
    server = april(version=version)
    server.ledger.damage = thinned(NEEDED, change)
    (ranked,) = (await answers(server, wish(), **HOWS)).quotes
    assert ranked.quote.price == Money(Decimal("5291.99"), "USD")
