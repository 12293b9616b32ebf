"""The Planet adapter against a server that nobody wrote for it: the page's samples, and nothing else allowed."""

from datetime import timedelta
from decimal import Decimal

import pytest
import shapely
from attrs import evolve
from independent.server_planet import FIRST, IN_THE_WAY, REPLACING, SEARCH, SECOND, PlanetServer
from independent.strict import answers, finds, hub, moment, thinned

from tasking_hub import Money, Opportunity, OpportunityKind, Optical, Quota, RefusalCode, TaskRequest, Window
from tasking_hub.clock import ManualClock
from tasking_hub_planet import PlanetOptions

CREATED = moment("2024-07-24T09:26:41.228492Z")
OUTBACK = shapely.Point(133.406128, -25.837374)


def july(**twists):
    """A server at the moment of the page's own search."""
    return PlanetServer(ManualClock(CREATED), **twists)


def wish(days=6.9, **more):
    """Any optical image of the page's place, from now on."""
    given = {"area": OUTBACK, "window": Window(CREATED, CREATED + timedelta(days=days)), "radar": None}
    return TaskRequest(**(given | more))


def planet(**options):
    return {"planet": PlanetOptions(**options)}


async def test_both_windows_of_the_page_are_read_field_for_field():
    """Angles, times, forecast, sun and ground sample distance are the page's; incidence is 90 less the elevation."""
    first, second = await finds(july(), wish())
    assert (first.id, first.handle, first.kind) == (FIRST["id"], FIRST["id"], OpportunityKind.PASS)
    assert first.window == Window(moment("2024-07-25T00:25:04.851Z"), moment("2024-07-25T00:26:17.179Z"))
    assert (first.incidence_deg.min, first.incidence_deg.max) == (11.54741, 32)
    assert (first.off_nadir_deg.min, first.off_nadir_deg.max) == (10.72227, 29.49281)
    assert (first.sun_elevation_deg.min, first.sun_elevation_deg.max) == (28.97, 29.17)
    assert (first.gsd_m, first.cloud_forecast.percent, first.replaces) == (0.9, 53.4, ())
    assert first.cloud_forecast.updated == moment("2024-07-24T09:26:52.626768Z")
    assert (second.id, second.gsd_m, second.cloud_forecast.percent) == (SECOND["id"], 1.1, 0.9)
    assert (second.incidence_deg.min, second.incidence_deg.max) == (31.69383, 32)


async def test_the_search_is_the_pages_own():
    """What is posted for a point are geometry, contract and product, and times only where they say something."""
    server = july()
    await finds(server, wish())
    (body,) = server.ledger.bodies(SEARCH)
    assert body["geometry"] == {"type": "Point", "coordinates": [133.406128, -25.837374]}
    assert body.keys() <= {"geometry", "pl_number", "product", "start_time", "end_time"}
    assert server.ledger.requests[0].query == ""


async def test_a_line_of_two_points_goes_out_as_it_is():
    """A two-point LineString is a documented place."""
    server = july()
    await finds(server, wish(area=shapely.LineString([(13.35, 52.51), (13.36, 52.52)])))
    assert server.ledger.bodies(SEARCH)[0]["geometry"]["coordinates"] == [[13.35, 52.51], [13.36, 52.52]]


@pytest.mark.parametrize(
    ("asked", "parameter", "cost"),
    [(None, "0", "10"), (0, "0", "10"), (3, "7", "15.5"), (7, "7", "15.5"), (8, "30", "20"), (30, "30", "20")],
)
async def test_exclusivity_is_bought_in_0_7_or_30_days(asked, parameter, cost):
    """The fewest days that are enough stand in the query of each reading, and the price is that of those days."""
    server = july()
    comparison = await answers(server, wish(exclusivity_days=asked))
    assert {seen.query for seen in server.ledger.requests[1:]} == {f"order_template__exclusivity_days={parameter}"}
    prices = {ranked.quote.price for ranked in comparison.quotes}
    assert prices == {Quota(Decimal(cost), "tasking credits")}


async def test_more_than_30_days_of_exclusivity_cost_no_request():
    """31 days cannot be had: refused with the limit before anything is sent."""
    server = july()
    (refusal,) = (await answers(server, wish(exclusivity_days=31))).refusals
    assert (refusal.code, refusal.limit, server.ledger.requests) == (RefusalCode.REQUIREMENT_NOT_OFFERED, 30, [])


async def test_quota_is_worth_what_the_contract_says():
    """15.5 credits at 4.20 dollars are 65.10 dollars; without a price of quota there is no money."""
    price = {"amount": "4.20", "currency": "USD"}
    comparison = await answers(july(), wish(exclusivity_days=7), quota_price=price)
    assert {ranked.quote.money for ranked in comparison.quotes} == {Money(Decimal("65.10"), "USD")}
    comparison = await answers(july(), wish(exclusivity_days=7))
    assert {ranked.quote.money for ranked in comparison.quotes} == {None}


async def test_replacing_windows_come_only_when_they_are_asked_for():
    """Without the option the parameter is absent; with it the window names the order that it would cancel, and cost."""
    assert len(await finds(july(), wish())) == 2
    server = july()
    comparison = await answers(server, wish(options=planet(show_replacing=True)))
    queries = {frozenset(seen.query.split("&")) for seen in server.ledger.requests[1:]}
    assert queries == {frozenset({"show_replacing_imaging_windows=true", "order_template__exclusivity_days=0"})}
    (quote,) = [ranked.quote for ranked in comparison.quotes if ranked.quote.opportunity.replaces]
    (replaced,) = quote.opportunity.replaces
    assert (replaced.id, replaced.name, replaced.tier) == (IN_THE_WAY["id"], "Existing Order to Replace", "STANDARD")
    assert (Decimal(replaced.cost), quote.multiplier, quote.terms.priority) == (10, 1, "STANDARD")


@pytest.mark.parametrize(
    ("hours", "tier", "others", "server_says", "differs"),
    [
        (15, "STANDARD", ["STANDARD"], 1, False),
        (15, "EXPRESS", ["STANDARD"], 1.5, False),
        (15, "STANDARD", ["STANDARD", "STANDARD"], 2.0, False),
        (15, "STANDARD", ["EXPRESS", "EXPRESS"], 3.0, False),
        (15, "EXPRESS", ["STANDARD", "EXPRESS"], 2.5, False),
        (15, "STANDARD", ["STANDARD", "STANDARD"], 1, True),
        (48, "STANDARD", ["STANDARD", "STANDARD"], 1, False),
        (48, "STANDARD", ["EXPRESS", "EXPRESS"], 3.0, True),
        (24.5, "EXPRESS", ["EXPRESS"], 1.5, False),
    ],
)
async def test_the_multiplier_is_the_servers_and_a_difference_to_the_page_is_said(
    hours, tier, others, server_says, differs
):
    """The page's sums and maxima are computed beside the server's number, which counts; only a difference is a note."""
    start = CREATED + timedelta(hours=hours)
    times = {"start_time": start.isoformat(), "end_time": (start + timedelta(seconds=70)).isoformat()}
    orders = [IN_THE_WAY | {"id": f"order-{index}", "assured_tasking_tier": one} for index, one in enumerate(others)]
    window = REPLACING | times | {"assured_tasking_tier": tier, "conflicting_orders": orders}
    server = july(windows=[], replacing=[window | {"quota_priority_multiplier": server_says}])
    comparison = await answers(server, wish(options=planet(show_replacing=True)))
    (ranked,) = comparison.quotes
    assert ranked.quote.multiplier == Decimal(str(server_says))
    assert ("multiplier" in " ".join(ranked.quote.notes)) is differs


async def test_done_without_windows_is_an_answer():
    """No window is a refusal with a remedy after one search, not an error."""
    server = july(windows=[], steps=["DONE"])
    (refusal,) = (await answers(server, wish())).refusals
    assert (refusal.code, bool(refusal.remedy)) == (RefusalCode.NO_OPPORTUNITY, True)
    assert len(server.ledger.requests) == 2


async def test_a_failed_search_is_retryable_and_keeps_planets_code():
    """FAILED ends the polling, and error_code and error_message reach the caller."""
    server = july(steps=["IN_PROGRESS", "FAILED"])
    found = await finds(server, wish())
    refusal = found[-1]
    assert (refusal.code, refusal.retryable) == (RefusalCode.UNAVAILABLE, True)
    assert (refusal.provider_code, "The search broke." in refusal.message) == ("INTERNAL_ERROR", True)


async def test_a_search_of_five_minutes_is_waited_for():
    """Thirty readings of IN_PROGRESS, as results may take five minutes, and then both windows."""
    server = july(steps=[*["CREATED"] * 3, *["IN_PROGRESS"] * 27, "DONE"])
    found = await finds(server, wish())
    assert [item.id for item in found] == [FIRST["id"], SECOND["id"]]
    assert server.clock.monotonic() < 330


async def test_a_search_that_never_ends_is_left_after_five_and_a_half_minutes():
    """The windows that were listed stay; beside them a timed-out refusal says that there may be more."""
    server = july(steps=["IN_PROGRESS"])
    found = await finds(server, wish())
    assert sum(isinstance(item, Opportunity) for item in found) == 2
    assert found[-1].code is RefusalCode.TIMED_OUT
    assert 300 <= server.clock.monotonic() <= 345


async def test_an_unknown_status_is_waited_on():
    """A word that no document has neither ends the search nor breaks it."""
    server = july(steps=["QUEUED", "HALFWAY", "DONE"])
    assert len(await finds(server, wish())) == 2


async def test_incidence_becomes_elevation_and_the_window_is_cut_to_seven_days():
    """20 degrees of incidence are 70 of elevation; ten days ahead is more than Planet looks, and said."""
    server = july(windows=[FIRST | {"sat_elevation_angle_min": 70}])
    (cut,) = await finds(server, wish(days=10, optical=Optical(max_incidence=20, min_incidence=5)))
    (body,) = server.ledger.bodies(SEARCH)
    assert (body["sat_elevation_angle_min"], body["sat_elevation_angle_max"]) == (70, 85)
    hows = {adjustment.field: adjustment.how.value for adjustment in cut.adjustments}
    assert hows == {"window": "tightened", "max_incidence": "honoured", "min_incidence": "honoured"}


@pytest.mark.parametrize(("optical", "kept"), [
    (Optical(max_incidence=20), []),
    (Optical(min_incidence=20), [SECOND["id"]]),
    (Optical(max_incidence=31.6, min_incidence=11.6), [FIRST["id"], SECOND["id"]]),
])  # fmt: skip
async def test_a_window_that_only_partly_keeps_an_incidence_is_left_out(optical, kept):
    """The page orders a window, not a moment in it, so all of the window must lie within the limit."""
    found = await finds(july(), wish(optical=optical))
    assert [item.id for item in found if isinstance(item, Opportunity)] == kept
    hows = {one.field: one.how.value for item in found if kept for one in item.adjustments}
    assert set(hows.values()) <= {"honoured"}
    assert kept or (found[0].code, found[0].field) == (RefusalCode.NO_OPPORTUNITY, "max_incidence")


async def test_clouds_sun_and_sharpness_are_filtered_by_what_the_window_says():
    """Planet takes none of these limits, so nothing is sent and windows beyond them are left out."""
    for limits, kept in (
        ({"max_cloud_cover": 10}, SECOND["id"]),
        ({"max_gsd_m": 1.0}, FIRST["id"]),
        ({"min_sun_elevation": 28}, FIRST["id"]),
    ):
        server = july()
        found = await finds(server, wish(optical=Optical(**limits)))
        assert [item.id for item in found if isinstance(item, Opportunity)] == [kept]
        assert server.ledger.bodies(SEARCH)[0].keys() <= {"geometry", "pl_number", "product", "start_time", "end_time"}


@pytest.mark.parametrize("location", [f"{SEARCH}{{name}}/", f"{SEARCH}{{name}}"])
async def test_an_accepted_search_without_a_body_is_followed_by_its_location(location):
    """A 202 with nothing but a path in Location is polled at the documented address, slash and all."""
    assert len(await finds(july(only_location=True, location=location), wish())) == 2


def without(window, *names):
    return {key: value for key, value in window.items() if key not in names}


SLIM = ("low_light", "sat_azimuth_angle_start", "off_nadir_angle_start", "solar_zenith_angle_min", "conflicting_orders")
NULLS = dict.fromkeys(
    ("cloud_forecast", "conflicting_orders", "sun_elevation_angle_min", "satellite_type", "low_light")
)


@pytest.mark.parametrize(
    "twists",
    [
        {"extra": True},
        {"status": 200},
        {"windows": [without(FIRST, *SLIM)]},
        {"windows": [FIRST | NULLS]},
        {"windows": [FIRST | {"cloud_forecast": []}]},
        {"windows": [FIRST | {"cloud_forecast": [{"prediction": None, "updated_time": None}]}]},
        {"windows": [FIRST | {"satellite_type": "PELICAN", "quota_priority_multiplier": 1.0}]},
        {"windows": [FIRST | {"satellite_type": "CONDOR", "assured_tasking_tier": "LEISURELY"}]},
        {"windows": [FIRST | {"ground_sample_distance": 1, "sat_elevation_angle_max": 78}]},
    ],
)
async def test_a_window_that_is_odd_but_clear_is_read(twists):
    """Unknown fields, missing ones, nulls, whole numbers and unknown words still give a price of 10 credits."""
    comparison = await answers(july(**twists), wish(optical=Optical(max_cloud_cover=60)))
    assert comparison.quotes[0].quote.opportunity.id == FIRST["id"]
    assert comparison.quotes[0].quote.price == Quota(Decimal(10), "tasking credits")


async def test_a_window_without_a_price_is_said_so():
    """No pricing_details although they were asked for: an opportunity, and a refusal to quote."""
    comparison = await answers(july(unpriced=True, again=True), wish())
    assert {refusal.code for refusal in comparison.refusals} == {RefusalCode.NO_PRICING_PLAN}


async def test_an_old_window_is_priced_anew_at_the_documented_address():
    """An hour later the same search is read once more, and the price is that of the reading."""
    server = july(again=True)
    async with server.listening() as (url,), hub(server.clock, planet=server.config(url)) as opened:
        found = [item async for item in opened.opportunities(wish())]
        server.clock.advance(3600)
        before = len(server.ledger.requests)
        quote = await opened.quote(evolve(found[0]))
    assert server.ledger.violations == []
    assert (len(server.ledger.requests) - before, quote.price.amount) == (1, 10)


async def test_no_redirect_is_followed():
    """A redirect of the search is an error: followed, it would become a GET, or carry the key to another host."""
    server = july(instead=[(301, {"Location": f"{SEARCH}elsewhere/"}, "")] * 9)
    (refusal,) = (await answers(server, wish())).refusals
    assert refusal.code not in {RefusalCode.NO_OPPORTUNITY, RefusalCode.ADAPTER_ERROR}
    assert set(server.ledger.paths()) == {SEARCH}


async def test_a_429_is_waited_out_as_long_as_planet_says():
    """Retry-After of 7 seconds on the search and on a reading: both come back, no earlier."""
    crowd = (429, {"Retry-After": "7"}, "{}")
    server = july(instead=[crowd])
    assert len(await finds(server, wish())) == 2
    assert server.ledger.requests[1].at - server.ledger.requests[0].at >= 7


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, '{"geometry": ["Too far north."]}', RefusalCode.AREA_SHAPE),
        (400, '{"pl_number": ["Unknown contract."]}', RefusalCode.NOT_IN_CONTRACT),
        (400, '{"non_field_errors": ["Nope."]}', RefusalCode.REJECTED),
        (401, '{"detail": "Invalid key."}', RefusalCode.AUTHENTICATION),
        (403, '{"detail": "Not for you."}', RefusalCode.PERMISSION),
    ],
)
async def test_an_error_object_in_django_style_reaches_the_caller(status, body, code):
    """The field that Planet complains about decides the code, and its words are in the message; asked once."""
    server = july(instead=[(status, {}, body)])
    (refusal,) = (await answers(server, wish())).refusals
    assert refusal.code is code
    assert body.split('"')[3] in refusal.message
    assert len(server.ledger.requests) == 1


NEEDED = {"search.id", "search.status", "search.imaging_windows.id", "search.imaging_windows.pricing_details"}
NEEDED |= {"search.imaging_windows.start_time", "search.imaging_windows.end_time"}


@pytest.mark.parametrize("change", ["null", "gone"])
async def test_six_members_are_enough_for_a_price(change):
    """Whatever else Planet leaves out, or answers with null, does not cost the price, and is not made up."""
    server = july(steps=["DONE"])
    server.ledger.damage = thinned(NEEDED, change)
    comparison = await answers(server, wish(optical=Optical(max_cloud_cover=60, max_incidence=40, max_gsd_m=2)))
    quote = comparison.quotes[0].quote
    assert quote.price == Quota(Decimal(10), "tasking credits")
    assert (quote.opportunity.incidence_deg, quote.opportunity.cloud_forecast, quote.multiplier) == (None, None, None)
    hows = {one.field: one.how.value for one in quote.all_adjustments}
    assert hows == dict.fromkeys(("max_cloud_cover", "max_incidence", "max_gsd_m"), "not-enforced")
