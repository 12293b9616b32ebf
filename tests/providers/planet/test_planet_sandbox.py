"""Planet's API as the sandbox plays it, and the adapter in front of it."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from shapely import LineString, Point, box

from tasking_hub import (
    AdjustmentKind,
    AuthenticationError,
    Opportunity,
    Optical,
    PermissionDeniedError,
    QuoteRefusedError,
    RefusalCode,
    Secret,
    TaskRequest,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.config import load_config
from tasking_hub.messages import dump_json
from tasking_hub.registry import Registry
from tasking_hub.sandbox import Constellation, Ephemeris, SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub_planet import PlanetOptions, PlanetProvider
from tasking_hub_planet.sandbox import PlanetSandbox
from tasking_hub_planet.sandbox.catalogue import API_KEY, PL_NUMBER, UNTASKED_KEY

BASE_URL = "http://sandbox.invalid/planet"
SEARCH = "/tasking/v2/imaging-windows/search/"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BODY = {
    "geometry": {"type": "Point", "coordinates": [1.4442, 43.6047]},
    "pl_number": PL_NUMBER,
    "product": "Assured Tasking",
}
PRICED = (("order_template__exclusivity_days", "0"),)
REPLACING = (("show_replacing_imaging_windows", "true"),)


@pytest.fixture(scope="module")
def ephemeris():
    """Nominal satellites, whose tracks all tests share."""
    return Ephemeris(Constellation.nominal())


@pytest.fixture
def clock():
    """The time of sandbox and adapter; sleeping moves it."""
    return ManualClock(NOW)


@pytest.fixture
def make(ephemeris, clock):
    """Makes a sandbox with a seed."""
    return lambda seed=7: PlanetSandbox(World(clock=clock, seed=seed, ephemeris=ephemeris))


@pytest.fixture
def sandbox(make):
    """A fresh sandbox."""
    return make()


@pytest.fixture
def ask(sandbox):
    """Sends a request to the sandbox and gives status and JSON."""

    def send(method, path, body=None, *, query=(), key=API_KEY, authorization=None, raw=None):
        response = sandbox.answer(
            SandboxRequest(
                method=method,
                path=path,
                query=query,
                headers={"authorization": authorization or f"api-key {key}"},
                body=raw if raw is not None else b"" if body is None else dump_json(body).encode(),
                base_url=BASE_URL,
            )
        )
        return response.status, response.json_or_none()

    return send


@pytest.fixture
def read(ask, clock):
    """Creates a search, waits until it is done and reads it."""

    def finished(body=None, query=PRICED):
        status, created = ask("POST", SEARCH, BODY | (body or {}))
        assert status == 201
        clock.advance(2)
        return ask("GET", f"{SEARCH}{created['id']}/", query=query)[1]

    return finished


def connect(sandbox, clock, **changes):
    """The adapter with the account that the sandbox offers, read as a configuration."""
    table = sandbox.accounts(BASE_URL)["planet"]
    settings = load_config({"accounts": {"planet": table}}, registry=Registry(), environ={}).accounts["planet"]
    return open_provider(PlanetProvider, evolve(settings, **changes), SandboxTransport(sandbox, BASE_URL), clock)


@pytest.fixture
def planet(sandbox, clock):
    """The adapter in front of the sandbox."""
    return connect(sandbox, clock)


def want(area=None, *, days=6, **request):
    """A request for some days from now on."""
    return TaskRequest(area=area or Point(1.4442, 43.6047), window=Window(NOW, NOW + timedelta(days=days)), **request)


async def everything(provider, request):
    """All that the adapter yields."""
    return [found async for found in provider.find_opportunities(request)]


# --- Who may ask -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"api-key {API_KEY}", 200),
        (f"Api-Key {API_KEY}", 200),
        ("Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode(), 200),
        ("api-key wrong", 401),
        ("Basic !!!", 401),
        ("Bearer token", 401),
        ("nonsense", 401),
        (f"api-key {UNTASKED_KEY}", 403),
    ],
)
def test_keys_are_checked(ask, authorization, status):
    """Both documented ways to send the key work; a wrong one is 401, one without the right 403."""
    answered, body = ask("GET", "/tasking/v2/products", authorization=authorization)

    assert answered == status
    if status != 200:
        assert list(body) == ["detail"]


# --- Creating a search -------------------------------------------------------------------------------


def test_a_new_search_is_the_pages(ask, sample):
    """The members of the answer are exactly those of the page; what was left open is filled in."""
    status, body = ask("POST", SEARCH, BODY)

    assert status == 201
    assert list(body) == list(sample("search-created"))
    assert (body["status"], body["imaging_windows"]) == ("CREATED", [])
    assert body["end_time"] == "2026-11-28T09:00:00Z"
    assert (body["sat_elevation_angle_min"], body["sat_elevation_angle_max"]) == (58, 90)
    assert (body["off_nadir_angle_min"], body["off_nadir_angle_max"]) == (0, 30)


def test_a_new_search_has_a_location_without_a_host(sandbox):
    """As Planet's own bridge expects it."""
    response = sandbox.answer(
        SandboxRequest(
            method="POST",
            path=SEARCH,
            headers={"authorization": f"api-key {API_KEY}"},
            body=dump_json(BODY).encode(),
            base_url=BASE_URL,
        )
    )

    assert response.headers["location"] == f"{SEARCH}{response.json()['id']}/"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"geometry": None}, ["geometry"]),
        ({"pl_number": None, "product": None}, ["pl_number", "product"]),
        ({"pl_number": "PL-999"}, ["pl_number"]),
        ({"product": "Archive Tasking"}, ["product"]),
        ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}, ["geometry"]),
        ({"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 0], [1, 1]]}}, ["geometry"]),
        ({"geometry": {"type": "Point", "coordinates": [181, 0]}}, ["geometry"]),
        ({"geometry": {"type": "Point", "coordinates": ["a", 0]}}, ["geometry"]),
        ({"geometry": {"type": "Point"}}, ["geometry"]),
        ({"geometry": "POINT (0 0)"}, ["geometry"]),
        ({"end_time": "2026-11-28T09:00:01Z"}, ["end_time"]),
        ({"end_time": "2026-11-21T08:00:00Z"}, ["end_time"]),
        ({"end_time": "tomorrow"}, ["end_time"]),
        ({"start_time": 5}, ["start_time"]),
        ({"start_time": "2026-11-25T00:00:00Z", "end_time": "2026-11-24T00:00:00Z"}, ["non_field_errors"]),
        ({"sat_elevation_angle_min": "60"}, ["sat_elevation_angle_min"]),
        ({"sat_elevation_angle_min": 80, "sat_elevation_angle_max": 70}, ["sat_elevation_angle_min"]),
        ({"satellite_types": "SKYSAT"}, ["satellite_types"]),
    ],
)
def test_what_the_server_would_refuse_is_refused(ask, change, fields):
    """Each wrong field is named with a list of sentences, as the framework does it."""
    status, body = ask("POST", SEARCH, BODY | change)

    assert status == 400
    assert sorted(body) == sorted(fields)
    assert all(isinstance(sentence, str) for sentences in body.values() for sentence in sentences)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b" " * 1_000_001])
def test_a_body_that_is_no_object_is_refused(ask, raw):
    """Broken JSON, other JSON, and more than a megabyte."""
    assert ask("POST", SEARCH, raw=raw)[0] == 400


@pytest.mark.parametrize(
    "change", [{"datetime": "2026-11-22/2026-11-23"}, {"satellite_elevation_angle_min": 80}, {"pl_numbr": "x"}]
)
def test_unknown_fields_are_ignored_in_silence(ask, change):
    """That is what makes typed fields and the comparison of the echo necessary."""
    status, body = ask("POST", SEARCH, BODY | change)

    assert (status, body["sat_elevation_angle_min"]) == (201, 58)


def test_the_contracts_limits_cannot_be_widened(ask):
    """The echo says what is really searched."""
    _, body = ask("POST", SEARCH, BODY | {"sat_elevation_angle_min": 20, "off_nadir_angle_max": 60})

    assert (body["sat_elevation_angle_min"], body["off_nadir_angle_max"]) == (58, 30)


@pytest.mark.parametrize(("method", "path"), [("POST", SEARCH.rstrip("/")), ("GET", f"{SEARCH}an-id")])
def test_a_path_without_its_slash_is_redirected(ask, method, path):
    """As Django does it; the adapter never follows."""
    assert ask(method, path, BODY)[0] == 301


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/tasking/v3/x", 404), ("DELETE", SEARCH, 405)])
def test_other_paths_and_verbs_are_unknown(ask, method, path, status):
    """No path that the provider does not have is answered."""
    assert ask(method, path)[0] == status


# --- Reading a search --------------------------------------------------------------------------------


def test_windows_have_the_pages_members(read, sample):
    """Every member of the page's windows, with plausible values of real passes."""
    windows = read()["imaging_windows"]

    assert windows
    for window in windows:
        assert set(window) == {*sample("search-done")["imaging_windows"][0], "satellite_type", "pricing_details"}
        assert 58 <= window["sat_elevation_angle_min"] <= window["sat_elevation_angle_max"] <= 90
        assert 0 <= window["off_nadir_angle_min"] <= window["off_nadir_angle_max"] <= 30
        assert window["sun_elevation_angle_min"] + window["solar_zenith_angle_max"] == pytest.approx(90, abs=0.02)
        assert window["low_light"] is (window["sun_elevation_angle_min"] + Decimal("0.1") < 10)
        assert window["satellite_type"] in {"SKYSAT", "PELICAN"}


def test_windows_last_as_long_as_passes(read):
    """Ten seconds to a minute and a half, inside the searched week, in order of time."""
    body = read()

    spans = [
        (datetime.fromisoformat(one["start_time"]), datetime.fromisoformat(one["end_time"]))
        for one in body["imaging_windows"]
    ]
    assert spans == sorted(spans)
    assert all(10 <= (end - start).total_seconds() <= 90 for start, end in spans)
    assert all(start >= NOW and end <= NOW + timedelta(days=7) for start, end in spans)


def test_results_appear_gradually(sandbox, ask, clock):
    """CREATED, then more and more windows IN_PROGRESS, then DONE with all."""
    sandbox.search_seconds = 100
    search = f"{SEARCH}{ask('POST', SEARCH, BODY)[1]['id']}/"
    seen = []
    for _ in range(5):
        body = ask("GET", search)[1]
        seen.append((body["status"], len(body["imaging_windows"])))
        clock.advance(25)

    counts = [count for _, count in seen]
    assert [status for status, _ in seen] == ["CREATED", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "DONE"]
    assert counts[0] == 0
    assert counts == sorted(set(counts))


def test_prices_come_only_when_asked_for(read):
    """Without the exclusivity parameter there is no pricing_details."""
    assert all("pricing_details" not in window for window in read(query=())["imaging_windows"])


@pytest.mark.parametrize(("days", "cost"), [("0", 25), ("7", Decimal("37.5")), ("30", 50)])
def test_exclusivity_has_its_price(read, days, cost):
    """The sandbox's own tariff: 25 square kilometres, times exclusivity, times priority."""
    windows = read(query=(("order_template__exclusivity_days", days),))["imaging_windows"]

    details = [(one["pricing_details"], one["quota_priority_multiplier"]) for one in windows]
    assert {detail["estimated_quota_cost"] / multiplier for detail, multiplier in details} == {cost}
    assert {detail["units"] for detail, _ in details} == {"SQKM"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ((("order_template__exclusivity_days", "5"),), "order_template__exclusivity_days"),
        ((("order_template__exclusivity_days", ""),), "order_template__exclusivity_days"),
        ((("show_replacing_imaging_windows", "maybe"),), "show_replacing_imaging_windows"),
    ],
)
def test_parameters_are_checked(ask, query, field):
    """Other values are refused with their name."""
    search = ask("POST", SEARCH, BODY)[1]["id"]

    status, body = ask("GET", f"{SEARCH}{search}/", query=query)

    assert (status, list(body)) == (400, [field])


def test_an_unknown_search_is_not_found(ask):
    """As the framework says it."""
    assert ask("GET", f"{SEARCH}00000000-0000-4000-8000-000000000000/") == (404, {"detail": "Not found."})


def test_old_searches_make_room(ask, monkeypatch):
    """A long run does not fill the memory; what was dropped is not found."""
    monkeypatch.setattr("tasking_hub_planet.sandbox.api.SEARCHES_KEPT", 2)
    ids = [ask("POST", SEARCH, BODY)[1]["id"] for _ in range(3)]

    assert [ask("GET", f"{SEARCH}{search}/")[0] for search in ids] == [404, 200, 200]
    assert len(set(ids)) == 3


def test_replacing_windows_are_shown_on_request_only(ask, clock):
    """They come in addition to the others, and list what they would cancel."""
    search = f"{SEARCH}{ask('POST', SEARCH, BODY)[1]['id']}/"
    clock.advance(2)
    plain = ask("GET", search)[1]["imaging_windows"]
    more = ask("GET", search, query=REPLACING)[1]["imaging_windows"]

    replacing = [window for window in more if window["conflicting_orders"]]
    assert all(window["conflicting_orders"] == [] for window in plain)
    assert [window for window in more if not window["conflicting_orders"]] == plain
    assert replacing
    assert {len(window["conflicting_orders"]) for window in replacing} == {1, 2}


def test_the_multiplier_follows_the_page(read, clock):
    """Sums count below 24 hours and for more than one order; otherwise the window's own tier."""
    worth = {"STANDARD": Decimal(1), "EXPRESS": Decimal("1.5")}
    places = ({"geometry": {"type": "Point", "coordinates": [lon, 40]}} for lon in range(0, 60, 10))
    windows = [window for place in places for window in read(place, REPLACING)["imaging_windows"]]

    summed = 0
    for window in windows:
        summed += window["quota_priority_multiplier"] > Decimal("1.5")
        soon = datetime.fromisoformat(window["start_time"]) - clock.now() < timedelta(hours=24)
        replaced = [worth[order["assured_tasking_tier"]] for order in window["conflicting_orders"]]
        own = worth[window["assured_tasking_tier"]]
        expected = max(own, sum(replaced)) if soon and len(replaced) > 1 else own
        assert window["quota_priority_multiplier"] == expected
    assert summed
    assert {window["assured_tasking_tier"] for window in windows} == {"STANDARD", "EXPRESS"}


def test_a_window_that_began_is_no_longer_offered(ask, clock):
    """The same search, read later, has fewer windows."""
    search = f"{SEARCH}{ask('POST', SEARCH, BODY)[1]['id']}/"
    clock.advance(2)
    before = [window["id"] for window in ask("GET", search)[1]["imaging_windows"]]
    clock.advance(86_400)
    after = [window["id"] for window in ask("GET", search)[1]["imaging_windows"]]

    assert 0 < len(after) < len(before)
    assert before[-len(after) :] == after


@pytest.mark.parametrize(
    "change",
    [
        {"sat_elevation_angle_min": 90},
        {"sat_elevation_angle_max": 50},
        {"satellite_types": ["TANAGER"]},
        {"off_nadir_angle_max": 0.001},
        {"start_time": "2026-11-22T01:00:00Z", "end_time": "2026-11-22T02:00:00Z"},
    ],
)
def test_nothing_is_a_finished_search(read, change):
    """Impossible constraints, and night, find nothing and are no error."""
    body = read(change)

    assert (body["status"], body["imaging_windows"]) == ("DONE", [])


def test_constraints_hold(read):
    """Constellation, elevation and off-nadir of the answer lie within what was asked."""
    windows = read({"satellite_types": ["PELICAN"], "sat_elevation_angle_min": 65, "off_nadir_angle_max": 25})[
        "imaging_windows"
    ]

    assert windows
    assert {window["satellite_type"] for window in windows} == {"PELICAN"}
    assert all(window["sat_elevation_angle_min"] >= 65 for window in windows)
    assert all(window["off_nadir_angle_max"] <= 25 for window in windows)


def test_a_line_is_searched_at_its_middle(read):
    """The same passes as over the point between its ends."""
    line = {"type": "LineString", "coordinates": [[1.40, 43.60], [1.50, 43.62]]}
    point = {"type": "Point", "coordinates": [1.45, 43.61]}

    times = [[one["start_time"] for one in read({"geometry": place})["imaging_windows"]] for place in (line, point)]

    assert len(times[0]) == len(times[1]) > 0


def test_far_windows_have_no_forecast(read):
    """Beyond five days nobody forecasts clouds here, which real clients have to expect."""
    windows = read()["imaging_windows"]

    for window in windows:
        ahead = datetime.fromisoformat(window["start_time"]) - NOW
        assert bool(window["cloud_forecast"]) is (ahead < timedelta(days=5))


# --- The adapter in front of it ----------------------------------------------------------------------


async def test_the_whole_way(planet):
    """Every window becomes an opportunity with a price in quota and in money."""
    found = await everything(planet, want(area=LineString([(1.40, 43.60), (1.50, 43.62)])))

    assert len(found) > 5
    for opportunity in found:
        quote = await planet.quote(opportunity)
        assert quote.price.unit == "SQKM"
        assert quote.money.amount == quote.price.amount * Decimal("4.20")
        assert quote.price.amount == Decimal(25) * quote.multiplier
        assert [note for note in quote.notes if "multiplier" in note and "would be" in note] == []


async def test_the_same_seed_gives_the_same_answer(make, clock):
    """Ids, angles and forecasts depend on seed, time and question alone."""
    first, again, other = [await everything(connect(make(seed), clock), want()) for seed in (7, 7, 8)]

    moved = timedelta(seconds=2)
    assert [one.window for one in first] == [one.window for one in again]
    assert [one.id for one in first] == [one.id for one in again]
    assert {one.id for one in first} & {one.id for one in other} == set()
    assert clock.now() >= NOW + 3 * moved


async def test_replacement_is_opt_in(planet):
    """More windows, and what they would cancel, only for who asked."""
    plain = await everything(planet, want())
    more = await everything(planet, want(options={"planet": PlanetOptions(show_replacing=True)}))

    assert all(one.replaces == () for one in plain)
    assert any(len(one.replaces) > 1 for one in more)
    assert len(more) > len(plain)


async def test_replaced_orders_have_their_cost(planet):
    """On the opportunity, and as lines of the price."""
    found = await everything(planet, want(options={"planet": PlanetOptions(show_replacing=True)}))
    opportunity = next(one for one in found if one.replaces)

    quote = await planet.quote(opportunity)

    assert [str(line.amount.amount) for line in quote.lines[1:]] == [one.cost for one in opportunity.replaces]
    assert any("cancels" in note for note in quote.notes)


async def test_a_stricter_contract_is_reported(planet):
    """The contract stops at an incidence of 32 degrees, whatever is asked."""
    first, *_ = await everything(planet, want(optical=Optical(max_incidence=45)))

    (adjustment,) = first.adjustments
    assert (adjustment.how, adjustment.sent) == (AdjustmentKind.TIGHTENED, 58)


async def test_an_incidence_within_the_contract_is_honoured(planet):
    """Every window then lies within it."""
    found = await everything(planet, want(optical=Optical(max_incidence=21.7, min_incidence=3.3)))

    assert found
    assert all(one.incidence_deg.max <= 21.7 for one in found)
    assert {adjustment.how for one in found for adjustment in one.adjustments} == {AdjustmentKind.HONOURED}


async def test_clouds_are_filtered_with_a_remedy(planet):
    """With no cloud at all allowed, what is left has no forecast, or a refusal says how much it would take."""
    (refusal,) = await everything(planet, want(days=1, optical=Optical(max_cloud_cover=0)))

    assert (refusal.code, refusal.field) == (RefusalCode.NO_OPPORTUNITY, "max_cloud_cover")
    allowed = float(refusal.remedy.split()[1])
    again = await everything(planet, want(days=1, optical=Optical(max_cloud_cover=allowed)))
    assert isinstance(again[0], Opportunity)


async def test_a_dark_night_is_a_refusal(planet):
    """No pass by day within the hour: nothing, and what to widen."""
    night = Window(NOW + timedelta(hours=14), NOW + timedelta(hours=15))

    (refusal,) = await everything(planet, evolve(want(), window=night))

    assert refusal.code is RefusalCode.NO_OPPORTUNITY
    assert refusal.remedy.startswith("end the window later")


async def test_a_polygon_is_served_at_a_point(planet):
    """And an area of several scenes is refused with their number."""
    small = await everything(planet, want(area=box(1.42, 43.59, 1.46, 43.62)))
    (refusal,) = await everything(planet, want(area=box(1.3, 43.5, 1.5, 43.7)))

    assert isinstance(small[0], Opportunity)
    assert (refusal.code, "scenes" in refusal.remedy) == (RefusalCode.AREA_TOO_LARGE, True)


async def test_another_contract_is_refused(sandbox, clock):
    """The server's 400 is a refusal that names the key of the configuration."""
    planet = connect(sandbox, clock, pl_number="PL-999")

    (refusal,) = await everything(planet, want())

    assert (refusal.code, refusal.field) == (RefusalCode.NOT_IN_CONTRACT, "pl_number")


@pytest.mark.parametrize(("key", "error"), [("wrong", AuthenticationError), (UNTASKED_KEY, PermissionDeniedError)])
async def test_keys_without_a_right_are_errors(sandbox, clock, key, error):
    """Searching and the status both say so."""
    planet = connect(sandbox, clock, api_key=Secret(key))

    with pytest.raises(error):
        await everything(planet, want())
    with pytest.raises(error):
        await planet.status()


async def test_a_long_search_is_followed(sandbox, planet):
    """Windows arrive over several readings, each once."""
    sandbox.search_seconds = 30

    found = await everything(planet, want())

    ids = [one.id for one in found]
    assert len(ids) == len(set(ids)) > 5


async def test_a_search_beyond_the_deadline_times_out(sandbox, planet):
    """What was found so far is yielded first."""
    sandbox.search_seconds = 600

    *found, refusal = await everything(planet, want())

    assert found
    assert refusal.code is RefusalCode.TIMED_OUT


async def test_a_saved_opportunity_is_priced_by_another_process(sandbox, planet, clock):
    """Nothing is remembered between instances; an old price is read again from the same search."""
    opportunity = (await everything(planet, want()))[-1]
    clock.advance(3600)

    quote = await connect(sandbox, clock).quote(opportunity)

    assert quote.price.amount == Decimal(25)
    assert quote.quoted_at == clock.now()


async def test_a_window_that_another_sandbox_never_had_is_gone(make, planet, clock):
    """A search that the server does not know cannot be priced."""
    opportunity = (await everything(planet, want()))[-1]
    clock.advance(3600)

    with pytest.raises(QuoteRefusedError) as caught:
        await connect(make(99), clock).quote(opportunity)

    assert caught.value.refusal.code is RefusalCode.NO_OPPORTUNITY


async def test_the_status_shows_the_contract(planet):
    """Contract, product and the price of quota."""
    status = await planet.status()

    (contract,) = status.contracts
    assert (contract.id, contract.allowed) == (PL_NUMBER, {"product": ("Assured Tasking", "Flexible Tasking")})
    assert "One unit of quota costs 4.20 USD by the configuration." in contract.notes
