"""The Airbus adapter against a server that nobody wrote for it: the guides' samples, and nothing else allowed."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import shapely
from independent.airbus_samples import DAY_KEY, NEO_KEY, NOW_KEY, PERIODS, option, options
from independent.server_airbus import AirbusServer
from independent.strict import answers, by_product, finds, hub, moment, pairs, thinned

from tasking_hub import EndUser, Money, OpportunityKind, Optical, RefusalCode, Stereo, TaskRequest, Window
from tasking_hub.clock import ManualClock
from tasking_hub_airbus import AirbusOptions

TOULOUSE = shapely.Polygon(
    [
        (1.3763809204101562, 43.545313140623726),
        (1.5095901489257812, 43.545313140623726),
        (1.5095901489257812, 43.656198305413156),
        (1.3763809204101562, 43.656198305413156),
    ]
)
SMALL = shapely.Polygon(
    [
        (1.4316558837890625, 43.568824930165476),
        (1.4316558837890625, 43.601900054609445),
        (1.4670181274414062, 43.601900054609445),
        (1.4670181274414062, 43.568824930165476),
    ]
)
DESERT = shapely.Polygon(
    [
        (120.488026159467253, -24.571714292158521, 0.0),
        (120.491482765150906, -24.733310607869488, 0.0),
        (120.66527496805864, -24.729593127593393, 0.0),
        (120.661818362374987, -24.567996811882427, 0.0),
    ]
)
REFERENCE = "unique customer reference"
DAY, PLAN, NOW = "PleiadesTaskingOneDay", "SpotTaskingOnePlan", "PleiadesTaskingOneNow"


def may(**twists):
    """A server on 2021-05-28, three days before the pass of the guides' attempt."""
    return AirbusServer(ManualClock(datetime(2021, 5, 28, 9, tzinfo=UTC)), **twists)


def wish(**more):
    """The guides' OneDay: Toulouse, 25 % of cloud, 30 degrees, around 2021-05-31."""
    window = Window(datetime(2021, 5, 30, tzinfo=UTC), datetime(2021, 6, 2, tzinfo=UTC))
    optical = Optical(max_cloud_cover=25, max_incidence=30)
    given = {
        "area": TOULOUSE,
        "window": window,
        "optical": optical,
        "radar": None,
        "reference": "unique customer reference",
    }
    return TaskRequest(**(given | more))


def long(days=31, **more):
    """A window for plans: it begins on 2021-06-18 as in the guides' price of a OnePlan."""
    start = moment("2021-06-18T09:04:16.284Z")
    return wish(window=Window(start, start + timedelta(days=days)), **more)


async def test_the_oneday_sample_costs_7392_euros_for_132_km2():
    """The guides' OneDay is found and priced with their own figures, and its segmentKey goes back byte for byte."""
    server = may(products=[DAY])
    comparison = await answers(server, wish())
    quote = by_product(comparison)[DAY]
    found = quote.opportunity
    assert comparison.refusals == ()
    assert quote.price == quote.list_price == Money(Decimal(7392), "EUR")
    assert (quote.discount_percent, quote.billable_area_km2, quote.minimum_applied) == (0, 132, False)
    assert (quote.binding, quote.expires_at, quote.terms.licence) == (False, None, "eula_5")
    assert found.handle == DAY_KEY
    assert found.kind is OpportunityKind.PASS
    assert found.window == Window(moment("2021-05-31T11:10:44.099Z"), moment("2021-05-31T11:10:45.552Z"))
    assert found.order_deadline == moment("2021-05-31T02:55:00.099Z")
    assert (found.incidence_deg.min, found.incidence_deg.max) == (26.3, 26.3)
    assert list(found.footprint.exterior.coords) == [
        (1.298502, 43.665978),
        (1.298175, 43.535609),
        (1.589621, 43.53495),
        (1.589271, 43.665975),
        (1.298502, 43.665978),
    ]
    hows = {adjustment.field: adjustment.how.value for adjustment in quote.all_adjustments}
    assert (hows["max_cloud_cover"], hows["max_incidence"]) == ("not-enforced", "honoured")


async def test_the_attempts_and_prices_of_a_oneday_are_those_of_the_sample():
    """Key by key, the bodies are the guides' own, but for what the caller did not wish."""
    server = may(products=[DAY])
    await answers(server, wish())
    (attempts,), (price,) = server.ledger.bodies("/attempts"), server.ledger.bodies("/prices")
    ring = [[*point] for point in TOULOUSE.exterior.coords]
    assert attempts == {
        "progTypeNames": ["ONEDAY"],
        "missions": ["PLEIADES"],
        "contractId": "UNIVERSITY OF X_Orders",
        "acquisitionDate": {"startDate": "2021-05-30T00:00:00.000Z", "endDate": None},
        "optical": {"acquisitionMode": "MONO", "maxCloudCover": 25, "maxIncidenceAngle": 30},
        "aoi": {"type": "Polygon", "coordinates": [ring]},
    }
    (item,) = price["items"]
    assert item.keys() - {"comments"} == {"productTypeId", "aoiId", "properties", "segmentKey"}
    assert item["segmentKey"] == DAY_KEY
    assert price["customerReference"] == "unique customer reference"
    assert (price["programReference"], price["secondaryMarket"]) == (None, None)
    assert price["delivery"] == {"type": "network", "workspace": "ws-1"}


async def test_the_oneplan_sample_costs_690_after_80_percent():
    """List price, discount, billed 500 km² and every property are the guides' own."""
    server = may(products=[PLAN])
    server.clock.advance(20 * 86400)
    optical = Optical(max_cloud_cover=10, max_incidence=50)
    window = Window(moment("2021-06-18T09:04:16.284Z"), moment("2021-07-18T23:59:59.999Z"))
    chosen = AirbusOptions(notification_threshold=25, comments="comment", tasking_comments="comment")
    comparison = await answers(server, wish(area=SMALL, optical=optical, window=window, options={"airbus": chosen}))
    quote = by_product(comparison)[PLAN]
    assert quote.price == Money(Decimal(690), "EUR")
    assert quote.list_price == Money(Decimal(3450), "EUR")
    assert (quote.discount_percent, quote.billable_area_km2, quote.minimum_applied) == (80, 500, True)
    assert quote.opportunity.kind is OpportunityKind.CAMPAIGN
    assert (quote.opportunity.feasibility.word, quote.opportunity.feasibility.manual_study) == ("CHALLENGING", False)
    assert quote.opportunity.window == window
    (price,) = server.ledger.bodies("/prices")
    assert pairs(price["items"][0]["properties"]) == {
        "acquisitionMode": "MONO",
        "classification": "CHALLENGING",
        "feasibilityAutomation": "AUTOMATIC",
        "notificationThreshold": 25,
        "maxCloudCover": 10,
        "maxIncidenceAngle": 50,
        "acqPeriod": "2021-06-18T09:04:16.284Z 2021-07-18T23:59:59.999Z",
        "comments": "comment",
        "feasibilityAutomationName": "AutomaticTasking30",
    }
    assert (price["items"][0]["comments"], price["items"][0]["dataSourceIds"]) == ("comment", [])
    assert price["optionsPerProductType"][0]["licence"] == ""


async def test_a_onenow_is_a_campaign_of_three_passes_and_its_heights_are_dropped():
    """The guides' OneNow order, 3-D positions and all: 315 km² for 20790, with the periods and deadline of its key."""
    server = AirbusServer(ManualClock(datetime(2020, 6, 18, 9, tzinfo=UTC)), products=[NOW])
    window = Window(datetime(2020, 6, 19, tzinfo=UTC), datetime(2020, 6, 23, tzinfo=UTC))
    comparison = await answers(server, wish(area=DESERT, window=window, optical=Optical(max_cloud_cover=10)))
    quote = by_product(comparison)[NOW]
    assert (quote.price, quote.billable_area_km2) == (Money(Decimal(20790), "EUR"), 315)
    found = quote.opportunity
    assert (found.kind, found.handle) == (OpportunityKind.CAMPAIGN, NOW_KEY)
    assert found.window == Window(moment("2020-06-19T10:05:54.899Z"), moment("2020-06-21T10:39:34.150Z"))
    assert found.order_deadline == moment("2020-06-19T03:30:00.899Z")
    (price,) = server.ledger.bodies("/prices")
    given = pairs(price["items"][0]["properties"])
    assert (given["acqPeriods"], given["orderDeadLine"]) == (PERIODS, "2020-06-19T03:30:00.899Z")
    assert (given["extendedAngle"], given["maxCloudCover"]) == (True, 10)


async def test_a_neo_contract_has_its_own_programmes_options_and_workspace():
    """Neo: PLEIADESNEO only, dem_1 and standard, no workspace asked for, the study's end as the quote's."""
    server = may(backend="neo", contract="CTR21000411")
    buyer = EndUser(name="John Doe", country="FR")
    found = by_product(await answers(server, wish(end_users=(buyer,)), contract_id="CTR21000411"))
    day, tries, weather = (found[f"PleiadesNeo{name}"] for name in ("OneDay", "OneNowAttempts", "OneNowWeather"))
    assert (day.price, day.opportunity.handle) == (Money(Decimal(9240), "EUR"), NEO_KEY)
    assert (tries.price, tries.opportunity.kind) == (Money(Decimal(20790), "EUR"), OpportunityKind.CAMPAIGN)
    assert (weather.price, weather.opportunity.handle) == (Money(Decimal(2500), "EUR"), None)
    assert weather.opportunity.feasibility.word == "CHALLENGING"
    assert "/api/v1/me" not in server.ledger.paths()
    assert server.ledger.bodies("/prices")[0]["endUsers"] == [{"endUserName": "John Doe", "country": "FR"}]


async def test_a_neo_plan_is_priced_with_its_discount_until_its_feasibility_ends():
    """A OnePlan on Neo names no automationName, costs 3300 of 4400, and its price ends when its feasibility does."""
    server = may(backend="neo", products=["PleiadesNeoOnePlan"])
    quote = by_product(await answers(server, long()))["PleiadesNeoOnePlan"]
    assert (quote.price, quote.list_price) == (Money(Decimal(3300), "EUR"), Money(Decimal(4400), "EUR"))
    assert quote.discount_percent == 25
    assert quote.expires_at.hour == 23
    assert "feasibilityAutomationName" not in pairs(server.ledger.bodies("/prices")[0]["items"][0]["properties"])


async def test_stereo_is_an_opportunity_without_a_price():
    """A tristereo plan is always studied: it is offered, it is refused a price, and no price is asked for."""
    server = may(products=[PLAN, "PleiadesTaskingOnePlan"])
    optical = Optical(max_cloud_cover=10, max_incidence=50, stereo=Stereo.TRISTEREO)
    found = await finds(server, long(optical=optical))
    assert {(item.product, item.quotable) for item in found} == {(PLAN, False), ("PleiadesTaskingOnePlan", False)}
    server = may(products=[PLAN])
    comparison = await answers(server, long(optical=optical))
    assert [refusal.code for refusal in comparison.refusals] == [RefusalCode.STUDY_REQUIRED]
    assert (comparison.quotes, server.ledger.bodies("/prices")) == ((), [])


async def test_a_plan_that_people_must_study_is_never_priced():
    """MANUAL, and its misspelling MAUAL, are an opportunity and a refusal to price with a remedy; nothing is posted."""
    for word in ("MANUAL", "MAUAL"):
        server = may(products=[PLAN], automation=word)
        comparison = await answers(server, long(days=8, optical=Optical(max_cloud_cover=5, max_incidence=15)))
        (refusal,) = comparison.refusals
        assert (refusal.code, bool(refusal.remedy)) == (RefusalCode.STUDY_REQUIRED, True)
        assert server.ledger.bodies("/prices") == []


@pytest.mark.parametrize(
    ("code", "message", "expected", "limit"),
    [
        ("ERR_MIN_AOI_AREA", "24.5", RefusalCode.AREA_TOO_SMALL, "24.5"),
        ("ERR_MAX_AOI_AREA", "800.5", RefusalCode.AREA_TOO_LARGE, "800.5"),
        ("ERR_MAX_AOI_AREA", "800.5:and more", RefusalCode.AREA_TOO_LARGE, "800.5"),
        ("ERR_AOI_MAX_HEIGHT", "40.0", RefusalCode.AREA_TOO_LARGE, "40"),
        ("ERR_AOI_MAX_WIDTH", "18.9", RefusalCode.AREA_TOO_LARGE, "18.9"),
    ],
)
async def test_an_error_inside_a_200_is_a_typed_refusal(code, message, expected, limit):
    """The message of an area error is its bound, which becomes the refusal's limit; the code is kept as it came."""
    server = may(products=[DAY], errors={"PLEIADES": (code, message)})
    (refusal,) = (await answers(server, wish())).refusals
    assert (refusal.code, refusal.provider_code, refusal.field) == (expected, code, "area")
    assert Decimal(str(refusal.limit)) == Decimal(limit)
    assert (refusal.retryable, bool(refusal.remedy)) == (False, True)


async def test_the_500_that_means_no_pass_is_asked_once():
    """ERR_NO_SENSOR_AVAILABLE with status 500 is a refusal and not a fault: no second question."""
    server = may(products=[DAY], no_sensor=True)
    (refusal,) = (await answers(server, wish())).refusals
    assert (refusal.code, refusal.provider_code) == (RefusalCode.NO_OPPORTUNITY, "ERR_NO_SENSOR_AVAILABLE")
    assert len(server.ledger.bodies("/attempts")) == 1


@pytest.mark.parametrize("spelling", ["bearer", "Bearer", None])
async def test_the_header_says_bearer_with_a_capital_whatever_the_token_endpoint_writes(spelling):
    """`token_type` is `bearer` in one document and `Bearer` in another; the header is `Bearer` in both."""
    comparison = await answers(may(products=[DAY], token_type=spelling), wish())
    assert len(comparison.quotes) == 1


async def test_an_expired_token_is_renewed_once():
    """A 401 brings one new token and one repetition, and the answer is as if nothing had happened."""
    server = may(products=[DAY], expire_once=True)
    comparison = await answers(server, wish())
    assert (len(comparison.quotes), server.twists["tokens"]) == (1, 2)
    assert server.ledger.paths().count("/api/v1/contracts") == 2


async def test_a_refused_key_is_tried_once():
    """A 403 of the token endpoint is an authentication refusal after one request."""
    server = may(bad_key=True)
    (refusal,) = (await answers(server, wish())).refusals
    assert refusal.code is RefusalCode.AUTHENTICATION
    assert len(server.ledger.requests) == 1


async def test_one_request_at_a_time_and_a_second_apart_whoever_asks():
    """Four requests at once on two accounts with one key still reach Airbus one by one, a second apart."""
    server = may(products=[DAY, PLAN])
    wishes = [wish(reference=f"reference {number}") for number in range(4)]
    async with server.listening() as urls, hub(server.clock, a=server.config(urls), b=server.config(urls)) as opened:
        comparisons = [comparison async for comparison in opened.compare_many(wishes)]
    assert server.ledger.violations == []
    assert [len(comparison.quotes) for comparison in comparisons] == [4, 4, 4, 4]
    assert server.ledger.paths("GET").count("/api/v1/contracts") <= 2


async def test_every_mandatory_option_is_sent_and_none_that_a_condition_excludes():
    """Whatever the caller wishes, the set is complete: the server knows the conditions and holds them against it."""
    for chosen in (
        {"processing_level": "primary"},
        {"processing_level": "projected"},
        {"pixel_coding": "8bits"},
        {"radiometric_processing": "reflectance", "projection": "4326"},
        {"radiometric_processing": "display", "dem": "SRTMV4", "image_format": "dimap_geotiff", "priority": "rush"},
    ):
        for backend, products in (("legacy", [DAY]), ("neo", ["PleiadesNeoOneDay"])):
            server = may(products=products, backend=backend)
            comparison = await answers(server, wish(options={"airbus": AirbusOptions(**chosen)}))
            assert len(comparison.quotes) == 1
            sent = pairs(server.ledger.bodies("/prices")[0]["optionsPerProductType"][0]["options"])
            assert set(chosen.values()) <= set(sent.values())


async def test_the_licence_is_the_products_default_or_the_callers():
    """No licence is known in advance: another default is taken as it is, and a wish that is offered wins."""
    offered = [one for one in options(neo=False) if one["name"] != "licence"]
    offered.append(option("licence", "educ", "standard", "educ", "media"))
    server = may(products=[DAY], options=offered)
    assert by_product(await answers(server, wish()))[DAY].terms.licence == "educ"
    server = may(products=[DAY], options=offered)
    assert by_product(await answers(server, wish(licence="media")))[DAY].terms.licence == "media"
    (refusal,) = (await answers(may(products=[DAY], options=offered), wish(licence="eula_5"))).refusals
    assert refusal.code is RefusalCode.REQUIREMENT_NOT_OFFERED


async def test_neo_is_not_asked_of_a_legacy_contract():
    """A mission of the other back end is refused after the contracts are known, without a question to Airbus."""
    server = may()
    comparison = await answers(server, wish(options={"airbus": AirbusOptions(missions=("PLEIADESNEO",))}))
    assert [refusal.code for refusal in comparison.refusals] == [RefusalCode.NOT_IN_CONTRACT]
    assert server.ledger.paths("POST") == ["/auth/realms/IDP/protocol/openid-connect/token"]


async def test_the_account_shows_what_the_contract_allows_and_has_left():
    """Contracts, products, markets and delivery types are read by documented paths; the credit is exact."""
    for backend, left in (("legacy", Decimal("150.0")), ("neo", Decimal("1.00000003E16"))):
        server = may(backend=backend)
        async with server.listening() as urls, hub(server.clock, one=server.config(urls)) as opened:
            (status,) = await opened.accounts()
        assert server.ledger.violations == []
        (contract,) = status.contracts
        assert (contract.id, contract.remaining) == ("UNIVERSITY OF X_Orders", Money(left, "EUR"))


def bare(segment):
    """An attempt with nothing but what is needed to order it, and null where samples have values."""
    kept = {key: segment[key] for key in ("segmentKey", "acquisitionStartDate", "acquisitionEndDate")}
    gone = ("id", "footprint", "instrumentMode", "orderDeadline", "incidenceAngle", "acrossTrackIncidenceAngle")
    return kept | dict.fromkeys(gone)


def whole(answer):
    """A price with whole numbers where samples have decimals, and null where they have zeroes."""
    line = answer["productTypes"][0] | {
        "amount": 7392,
        "areaKm2": 132,
        "price": 7392,
        "discountValue": None,
        "items": None,
    }
    return answer | {"productTypes": [line], "totalAmount": 7392, "discountPercentage": None, "discountValue": None}


@pytest.mark.parametrize(
    "twists",
    [
        {"extra": True},
        {"no_backend": True},
        {"price_status": 200},
        {"bare_products": True},
        {"more_products": ["Archive2.0Mono", "PleiadesTaskingOneHour", "LivingLibrary", "Tasking"]},
        {"price": whole},
        {"price": lambda answer: {key: answer[key] for key in ("currency", "totalAmount", "productTypes")}},
        {"price": lambda answer: {key: answer[key] for key in ("currency", "totalAmount")}},
        {"segment": lambda one: one | {"extendedAngle": None, "incidenceAngle": 26, "footprint": None}},
        {"segment": bare},
    ],
)
async def test_an_answer_that_is_odd_but_clear_is_read(twists):
    """Unknown fields, nulls, whole numbers, fewer fields and unknown products still give the price of 7392."""
    comparison = await answers(may(products=[DAY], **twists), wish(optical=Optical()))
    assert [ranked.quote.price for ranked in comparison.quotes] == [Money(Decimal(7392), "EUR")]


async def test_without_an_options_answer_there_is_a_refusal_and_no_price():
    """A 404 on the options leaves no complete option set: refused, typed, and no half price question goes out."""
    server = may(products=[DAY], options_404=True)
    comparison = await answers(server, wish())
    assert (len(comparison.refusals), comparison.quotes, server.ledger.bodies("/prices")) == (1, (), [])


async def test_the_contract_must_be_named_where_there_are_two():
    """Two legacy contracts and none configured: a configuration refusal that names both; with one named, a price."""
    other = {"contractId": "Other", "currency": "EUR", "backendSource": "legacy", "name": "x", "creditRemaining": "1"}
    (refusal,) = (await answers(may(more_contracts=[other]), wish())).refusals
    assert refusal.code is RefusalCode.CONFIGURATION
    assert "Other" in f"{refusal.message} {refusal.remedy}"
    comparison = await answers(
        may(products=[DAY], more_contracts=[other]), wish(), contract_id="UNIVERSITY OF X_Orders"
    )
    assert len(comparison.quotes) == 1


async def test_two_hubs_of_one_event_loop_wait_for_each_other():
    """Opportunities of several requests at once never overlap at Airbus."""
    server = may(products=[DAY, PLAN])
    async with server.listening() as urls, hub(server.clock, one=server.config(urls)) as opened:

        async def search(number):
            return [item async for item in opened.opportunities(wish(reference=f"reference {number}"))]

        found = await asyncio.gather(*map(search, range(3)))
    assert server.ledger.violations == []
    assert [len(items) for items in found] == [2, 2, 2]


async def test_after_a_429_the_key_is_silent_for_ten_minutes():
    """A ban is believed: no request of the next 600 seconds leaves, and the first one after them does."""
    server = may(products=[DAY], crowded=1)
    async with server.listening() as urls, hub(server.clock, a=server.config(urls), b=server.config(urls)) as opened:
        (first, second) = (await opened.compare(wish())).refusals
        banned = server.ledger.requests[-1].at
        server.clock.advance(590 - (server.clock.now().timestamp() - banned))
        early = (await opened.compare(wish())).quotes
        tried = [
            seen for seen in server.ledger.requests if banned < seen.at < banned + 600 and "/auth/" not in seen.path
        ]
        server.clock.advance(700)
        late = (await opened.compare(wish())).quotes
    assert not server.ledger.violations, server.ledger.violations
    assert {first.code, second.code} == {RefusalCode.RATE_LIMITED}
    assert (tried, len(late)) == ([], 2)
    assert early == () or len(early) == 2  # ten seconds may be waited for, and then are


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"errorCode": "E2203", "message": "Unable to access workspace 'ws-1'"}, RefusalCode.REJECTED),
        (404, {"errorCode": "E2203", "message": "CIS contract 'x' not found."}, RefusalCode.NOT_IN_CONTRACT),
        (500, {"code": "UNEXPECTED_SERVER_ERROR"}, RefusalCode.UNAVAILABLE),
    ],
)
async def test_an_error_of_the_price_keeps_airbus_code_and_words(status, body, code):
    """errorCode, code and message reach the caller; a 500 of the price may come again, the others may not."""
    server = may(products=[DAY], price_error=(status, body))
    (refusal,) = (await answers(server, wish())).refusals
    assert (refusal.code, refusal.provider_code) == (code, body.get("errorCode", body.get("code")))
    assert body.get("message", "") in refusal.message
    assert (len(server.ledger.bodies("/prices")) > 1, refusal.retryable) == (status == 500, status == 500)


async def test_haste_is_noticed():
    """With a pace of its own instead of Airbus' the adapter is caught asking faster than once a second."""
    server = may(products=[DAY])
    async with server.listening() as urls, hub(server.clock, one=server.config(urls, requests_per_second=50)) as opened:
        await opened.compare(wish())
    assert any("after the last one" in one for one in server.ledger.violations)


SEGMENTS = "attempts.progCapacities.progTypes"
NEEDED = {
    "token.access_token",
    "contracts.contracts.contractId",
    "me.contract.workspaceId",
    "productTypes.productTypes.productTypeId",
    "options.availableOptions",
    f"{SEGMENTS}.name",
    f"{SEGMENTS}.segments.segmentKey",
    f"{SEGMENTS}.segments.acquisitionStartDate",
    f"{SEGMENTS}.segments.acquisitionEndDate",
    "prices.currency",
    "prices.totalAmount",
    "prices.productTypes.amount",
}


@pytest.mark.parametrize("change", ["null", "gone"])
async def test_twelve_members_are_enough_for_a_price(change):
    """Whatever else Airbus leaves out, or answers with null, does not cost the price."""
    server = may(products=[DAY])
    server.ledger.damage = thinned(NEEDED, change)
    quote = by_product(await answers(server, wish()))[DAY]
    assert (quote.price, quote.opportunity.handle) == (Money(Decimal(7392), "EUR"), DAY_KEY)
    assert (quote.list_price, quote.discount_percent, quote.billable_area_km2) == (None, None, None)
    assert quote.opportunity.incidence_deg is None
    assert quote.opportunity.order_deadline == moment("2021-05-31T02:55:00.099Z"), "the key says it too"
