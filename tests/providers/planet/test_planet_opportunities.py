"""From Planet's search to opportunities."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import Point, box

from tasking_hub import (
    AdjustmentKind,
    CloudForecast,
    HttpResponse,
    Imaging,
    MalformedResponseError,
    Opportunity,
    OpportunityKind,
    Optical,
    Range,
    ReplacedOrder,
    Secret,
    Stereo,
    TaskRequest,
    Window,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub.registry import Registry
from tasking_hub.report.documents import opportunity_document
from tasking_hub.report.reading import read_opportunity
from tasking_hub_planet import PlanetOptions, PlanetSettings
from tasking_hub_planet.translate import Inquiry, read_misses, read_opportunities, read_search, read_search_id
from tasking_hub_planet.wire import CONVERTER, WindowSearch

PAGE_TIME = datetime(2024, 7, 24, 9, 26, 41, 228492, tzinfo=UTC)


def answered(body):
    """An answer with this JSON."""
    return HttpResponse(status=200, body=dump_json(body).encode())


@pytest.fixture
def search(sample):
    """Makes the page's finished search with changes to the search and to its windows."""

    def make(name="search-done", *, windows=None, **changes):
        body = sample(name) | changes
        body["imaging_windows"] = [one | (windows or {}) for one in body["imaging_windows"]]
        return read_search(answered(body))

    return make


def adjustment(opportunity, field):
    """The one adjustment of a field."""
    (found,) = [one for one in opportunity.adjustments if one.field == field]
    return found


# --- Reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["search-created", "search-done", "search-done-replacing", "search-done-priced", "search-failed"]
)
def test_every_member_of_a_sample_is_known(answer, sample, name):
    """No member of the page's JSON is unknown to the wire classes, and every one is written back with its value."""
    read = read_search(answer(name)).search
    written = CONVERTER.unstructure(read)

    expected = sample(name)
    assert read.unknown == {}
    assert [window.unknown for window in read.imaging_windows] == [{} for _ in read.imaging_windows]
    assert CONVERTER.structure(written, WindowSearch) == read
    assert set(written) == {member for member, value in expected.items() if value is not None and value != []}
    for window, original in zip(written.get("imaging_windows", ()), expected["imaging_windows"], strict=True):
        assert set(window) == set(original)


def test_every_field_of_the_pages_first_window_arrives(answer, inquire):
    """The page's first window, field by field."""
    inquiry = inquire()
    first = read_opportunities(inquiry, read_search(answer("search-done")))[0]

    assert first == Opportunity(
        id="ca2be13d-e70c-4e0b-9cfe-f7e1c0cf96f6",
        account="planet-eu",
        provider="planet",
        request=inquiry.request,
        kind=OpportunityKind.PASS,
        imaging=Imaging.OPTICAL,
        product="Assured Tasking",
        window=Window(
            datetime(2024, 7, 25, 0, 25, 4, 851000, tzinfo=UTC), datetime(2024, 7, 25, 0, 26, 17, 179000, tzinfo=UTC)
        ),
        contract="<YourPLNumber>",
        incidence_deg=Range(11.54741, 32.0),
        off_nadir_deg=Range(10.72227, 29.49281),
        sun_elevation_deg=Range(28.97, 29.17),
        gsd_m=0.9,
        cloud_forecast=CloudForecast(percent=53.4, updated=datetime(2024, 7, 24, 9, 26, 52, 626768, tzinfo=UTC)),
        adjustments=first.adjustments,
        handle="ca2be13d-e70c-4e0b-9cfe-f7e1c0cf96f6",
    )


def test_the_pages_second_window_has_its_own_values(answer, inquire):
    """Windows do not share values: the page's second one is narrow and far off nadir."""
    _, second = read_opportunities(inquire(), read_search(answer("search-done")))

    assert second.id == second.handle == "a3809a14-acf8-473a-b586-62ba76cfd451"
    assert second.incidence_deg == Range(31.69383, 32.0)
    assert second.window.duration == timedelta(seconds=11.771)
    assert second.cloud_forecast.percent == 0.9


def test_raw_holds_what_planet_said_and_nothing_else(answer, sample, inquire):
    """The window and the search without its windows, untouched."""
    first = read_opportunities(inquire(), read_search(answer("search-done")))[0]
    body = sample("search-done")
    window = body.pop("imaging_windows")[0]

    assert first.raw == {"imaging_window": window, "search": body}


def test_replaced_orders_arrive_with_their_cost(answer, inquire):
    """What would be cancelled is listed, and what that costs where a price was asked for."""
    inquiry = inquire(options=PlanetOptions(show_replacing=True))
    (opportunity,) = read_opportunities(inquiry, read_search(answer("search-done-priced")))

    assert opportunity.replaces == (
        ReplacedOrder(
            id="886ed050-a16b-4c5d-a252-c805720afd80", name="Existing Order to Replace", tier="STANDARD", cost="25"
        ),
    )
    assert opportunity.constellation == "SKYSAT"


def test_windows_that_were_seen_are_left_out(answer, inquire):
    """An opportunity is named once, however often the search is read."""
    state = read_search(answer("search-done"))

    fresh = read_opportunities(inquire(), state, {"ca2be13d-e70c-4e0b-9cfe-f7e1c0cf96f6"})

    assert [one.id for one in fresh] == ["a3809a14-acf8-473a-b586-62ba76cfd451"]


def test_a_window_listed_twice_is_one_opportunity(search, inquire):
    """An id is unique within a request, whatever the server repeats."""
    assert len(read_opportunities(inquire(), search(windows={"id": "the same"}))) == 1


def test_the_newest_forecast_counts(search, inquire):
    """Forecasts come in any order; one without a number is none."""
    forecasts = [
        {"prediction": 10, "updated_time": "2024-07-24T10:00:00Z"},
        {"prediction": 30, "updated_time": "2024-07-24T12:00:00Z"},
        {"prediction": None, "updated_time": "2024-07-24T13:00:00Z"},
        {"prediction": 40},
    ]

    first = read_opportunities(inquire(), search(windows={"cloud_forecast": forecasts}))[0]

    assert first.cloud_forecast == CloudForecast(percent=30.0, updated=datetime(2024, 7, 24, 12, tzinfo=UTC))


def test_a_bare_window_is_enough(inquire):
    """Only id and times must be there; everything else may be missing."""
    window = {"id": "w", "start_time": "2024-07-25T00:25:04Z", "end_time": "2024-07-25T00:26:17Z"}
    state = read_search(answered({"id": "s", "status": "DONE", "imaging_windows": [window]}))

    (opportunity,) = read_opportunities(inquire(), state)

    assert (opportunity.incidence_deg, opportunity.off_nadir_deg, opportunity.gsd_m) == (None, None, None)
    assert (opportunity.cloud_forecast, opportunity.constellation, opportunity.replaces) == (None, None, ())


def test_unknown_members_are_kept(inquire):
    """A member that Planet adds one day is in raw and on the wire object."""
    window = {"id": "w", "start_time": "2024-07-25T00:25:04Z", "end_time": "2024-07-25T00:26:17Z", "new": {"a": 1}}
    state = read_search(answered({"id": "s", "status": "DONE", "imaging_windows": [window], "later": True}))

    (opportunity,) = read_opportunities(inquire(), state)

    assert opportunity.raw["imaging_window"]["new"] == {"a": 1}
    assert state.search.unknown == {"later": True}
    assert state.search.imaging_windows[0].unknown == {"new": {"a": 1}}


@pytest.mark.parametrize(
    ("status", "final"), [("CREATED", False), ("IN_PROGRESS", False), ("DONE", True), ("FAILED", True), ("NEW", False)]
)
def test_only_known_ends_are_ends(search, status, final):
    """An unknown status is not taken for an end."""
    assert search(status=status).final is final


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": None}, "expected a string, not NoneType @ $.id"),
        ({"status": 3}, "expected a string, not int @ $.status"),
        ({"start_time": "2024-07-24"}, "is not an RFC 3339 time such as 2026-11-20T10:00:00Z @ $.start_time"),
        ({"imaging_windows": {"a": 1}}, "expected a list, not dict @ $.imaging_windows"),
        ({"imaging_windows": [{"id": "w"}]}, "required field missing @ $.imaging_windows[0].start_time"),
        ({"imaging_windows": None}, "expected a list, not NoneType @ $.imaging_windows"),
        ({"sat_elevation_angle_min": "58"}, "expected a number, not str @ $.sat_elevation_angle_min"),
    ],
)
def test_a_wrong_type_is_named_with_its_path(sample, change, problem):
    """A surprise in the JSON is an error that says what is wrong where."""
    with pytest.raises(MalformedResponseError) as caught:
        read_search(answered(sample("search-created") | change))

    assert problem in "; ".join(caught.value.problems)


@pytest.mark.parametrize(
    "change",
    [
        {"end_time": "2024-07-24T00:00:00Z"},
        {"sat_elevation_angle_max": 91},
        {"off_nadir_angle_min": 50, "off_nadir_angle_max": 10},
    ],
)
def test_a_window_that_cannot_be_is_malformed(search, inquire, change):
    """Impossible values are the provider's fault, not the request's."""
    with pytest.raises(MalformedResponseError, match=r"@ \$\.imaging_windows\[0\]"):
        read_opportunities(inquire(), search(windows=change))


def test_a_search_that_is_done_without_the_list_of_windows_is_malformed(sample):
    """No windows is an empty list; without the list nobody knows whether there are any."""
    body = {name: value for name, value in sample("search-done").items() if name != "imaging_windows"}

    with pytest.raises(MalformedResponseError) as caught:
        read_search(answered(body))

    assert caught.value.problems == ("required field missing @ $.imaging_windows",)


@pytest.mark.parametrize("status", ["CREATED", "IN_PROGRESS", "NEW", "FAILED"])
def test_a_search_without_result_needs_no_list_of_windows(status):
    """Until a search is done there may be nothing to list, and a failed one has nothing."""
    assert read_search(answered({"id": "s", "status": status})).search.imaging_windows == ()


# --- The id of a new search --------------------------------------------------------------------------

LOCATION = "/tasking/v2/imaging-windows/search/an-id"


@pytest.mark.parametrize(
    ("body", "location", "expected"),
    [
        ('{"id": "from-body"}', LOCATION, "from-body"),
        ("", LOCATION, "an-id"),
        ("", f"{LOCATION}/", "an-id"),
        ("", f"{LOCATION}/?x=1", "an-id"),
        ("null", f"https://api.planet.com{LOCATION}/", "an-id"),
        ('{"id": 7}', f"https://API.planet.com{LOCATION}/", "an-id"),
    ],
)
def test_the_search_id_is_found(settings, body, location, expected):
    """The body says it, or the Location header as a path or as an address of the same host."""
    response = HttpResponse(status=201, body=body.encode(), headers={"Location": location})

    assert read_search_id(response, settings) == expected


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        (f"https://evil.example{LOCATION}/", "another host"),
        (f"http://api.planet.com{LOCATION}/", "another host"),
        (f"//evil.example{LOCATION}/", "another host"),
        ("/tasking/v2/orders/", r"required field missing @ \$\.id"),
        ("", r"required field missing @ \$\.id"),
    ],
)
def test_a_location_elsewhere_is_refused(settings, location, problem):
    """Another host is never asked, and a header without a search is no answer."""
    response = HttpResponse(status=201, headers={"Location": location})

    with pytest.raises(MalformedResponseError, match=problem):
        read_search_id(response, settings)


# --- Filters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optical", "kept"),
    [
        (Optical(max_cloud_cover=53.4), 2),
        (Optical(max_cloud_cover=53), 1),
        (Optical(max_cloud_cover=0.5), 0),
        (Optical(min_sun_elevation=27.15), 2),
        (Optical(min_sun_elevation=28), 1),
        (Optical(max_gsd_m=1.1), 2),
        (Optical(max_gsd_m=1), 1),
    ],
)
def test_windows_that_fall_short_are_dropped(answer, inquire, optical, kept):
    """What Planet's search does not know is filtered here; the limit itself is allowed."""
    inquiry, state = inquire(optical=optical), read_search(answer("search-done"))

    assert len(read_opportunities(inquiry, state)) == kept
    assert len(read_misses(inquiry, state)) == 2 - kept


def test_windows_outside_the_asked_time_are_dropped(answer, inquire):
    """The server ignores fields that it does not know, so its windows are checked against the request."""
    window = Window(datetime(2024, 7, 25, tzinfo=UTC), datetime(2024, 7, 29, 0, 10, 20, tzinfo=UTC))

    (miss,) = read_misses(inquire(window=window), read_search(answer("search-done")))

    (fault,) = miss.faults
    assert fault.field == "window"
    assert fault.remedy == "end the window at 2024-07-29T00:10:27.303Z or later"


def test_windows_before_the_asked_time_are_dropped(answer, inquire):
    """A window that begins too early is told apart from one that ends too late."""
    window = Window(datetime(2024, 7, 26, tzinfo=UTC), datetime(2024, 7, 30, tzinfo=UTC))

    (miss,) = read_misses(inquire(window=window), read_search(answer("search-done")))

    assert [fault.remedy for fault in miss.faults] == ["start the window at 2024-07-25T00:25:04.851Z or before"]


def test_replacing_windows_are_dropped_unless_asked_for(answer, inquire):
    """A server that shows them uninvited does not make us offer to cancel orders."""
    state = read_search(answer("search-done-replacing"))

    assert read_opportunities(inquire(), state) == []
    assert len(read_opportunities(inquire(options=PlanetOptions(show_replacing=True)), state)) == 1


@pytest.mark.parametrize(
    ("options", "window", "kept"),
    [
        (PlanetOptions(satellite_types=("SKYSAT",)), {"satellite_type": "PELICAN"}, False),
        (PlanetOptions(satellite_types=("SKYSAT",)), {"satellite_type": "SKYSAT"}, True),
        (PlanetOptions(satellite_types=("SKYSAT",)), {}, True),
        (PlanetOptions(sensitivity_mode="GLINT"), {"sensitivity_mode": "MEDIUM"}, False),
        (PlanetOptions(sensitivity_mode="GLINT"), {"sensitivity_mode": "GLINT"}, True),
        (PlanetOptions(off_nadir_max=29), {}, False),
        (PlanetOptions(off_nadir_max=30), {}, True),
        (PlanetOptions(off_nadir_min=30), {}, False),
        (PlanetOptions(off_nadir_min=5), {}, True),
    ],
)
def test_unproven_options_are_checked_on_the_answer(search, inquire, options, window, kept):
    """A field that the server may ignore is filtered by what the window says."""
    read = read_opportunities(inquire(options=options), search(windows=window))

    assert bool(read) is kept


# --- Adjustments -------------------------------------------------------------------------------------


def test_every_requirement_appears_once(answer, inquire):
    """Nothing that the caller asked of the image is dropped in silence."""
    optical = Optical(
        max_cloud_cover=90, min_incidence=0, max_incidence=32, min_sun_elevation=0, max_gsd_m=5, stereo=Stereo.MONO
    )
    inquiry = inquire(optical=optical)

    for opportunity in read_opportunities(inquiry, read_search(answer("search-done"))):
        fields = [one.field for one in opportunity.adjustments]
        assert sorted(fields) == sorted([*inquiry.request.asked(Imaging.OPTICAL), "window"])


def test_what_was_not_asked_is_not_adjusted(answer, inquire):
    """A point within the week and no requirement leave nothing to say."""
    window = Window(datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC), datetime(2024, 7, 31, 9, 26, 41, tzinfo=UTC))

    first = read_opportunities(inquire(window=window), read_search(answer("search-done")))[0]

    assert first.adjustments == ()


@pytest.mark.parametrize(
    ("incidence", "echo", "how", "sent"),
    [
        (32, 58, AdjustmentKind.HONOURED, 58),
        (40, 58, AdjustmentKind.TIGHTENED, 58),
        (33, 50, AdjustmentKind.FILTERED, 57),
        (33, None, AdjustmentKind.FILTERED, 57),
    ],
)
def test_the_echo_of_the_largest_incidence_is_compared(search, inquire, incidence, echo, how, sent):
    """A server that is stricter is reported, one that ignored the limit is filtered."""
    inquiry = inquire(optical=Optical(max_incidence=incidence))

    first = read_opportunities(inquiry, search(sat_elevation_angle_min=echo))[0]

    assert (adjustment(first, "max_incidence").how, adjustment(first, "max_incidence").sent) == (how, sent)
    assert adjustment(first, "max_incidence").asked == incidence


@pytest.mark.parametrize(
    ("incidence", "echo", "how", "sent"),
    [
        (0, 90, AdjustmentKind.HONOURED, 90),
        (2, 80, AdjustmentKind.TIGHTENED, 80),
        (11, 90, AdjustmentKind.FILTERED, 79),
        (11, None, AdjustmentKind.FILTERED, 79),
    ],
)
def test_the_echo_of_the_smallest_incidence_is_compared(search, inquire, incidence, echo, how, sent):
    """The smallest incidence is the largest elevation, so a smaller echo is the stricter one."""
    inquiry = inquire(optical=Optical(min_incidence=incidence))

    first = read_opportunities(inquiry, search(sat_elevation_angle_max=echo))[0]

    assert (adjustment(first, "min_incidence").how, adjustment(first, "min_incidence").sent) == (how, sent)


def test_angles_that_the_server_ignored_are_filtered(search, inquire):
    """Where the echo is laxer than the request, windows beyond the limit are dropped with their number."""
    inquiry = inquire(optical=Optical(max_incidence=31.5, min_incidence=12))

    misses = read_misses(inquiry, search(sat_elevation_angle_min=50, sat_elevation_angle_max=90))

    assert [[(fault.field, fault.actual) for fault in miss.faults] for miss in misses] == [
        [("max_incidence", 32.0), ("min_incidence", 11.54741)],
        [("max_incidence", 32.0)],
    ]


@pytest.mark.parametrize(
    ("optical", "echo", "dropped"),
    [
        (Optical(max_incidence=20), {"sat_elevation_angle_min": 70}, {"max_incidence": 2}),
        (Optical(max_incidence=20), {"sat_elevation_angle_min": 80}, {"max_incidence": 2}),
        (Optical(min_incidence=15), {"sat_elevation_angle_max": 75}, {"min_incidence": 1}),
        (Optical(min_incidence=15), {"sat_elevation_angle_max": 60}, {"min_incidence": 1}),
        (Optical(max_incidence=31), {"sat_elevation_angle_min": 59}, {"max_incidence": 2}),
    ],
)
def test_windows_that_reach_beyond_the_limit_are_dropped_though_the_server_took_it(
    search, inquire, optical, echo, dropped
):
    """Planet chooses the moment inside a window, so that one which only touches the limit does not keep it."""
    inquiry, state = inquire(optical=optical), search(**echo)

    misses = read_misses(inquiry, state)

    assert Counter(fault.field for miss in misses for fault in miss.faults) == dropped
    assert len(read_opportunities(inquiry, state)) == 2 - len(misses)


@given(
    limit=st.floats(0, 89),
    over=st.floats(-30, 30),
    upper=st.booleans(),
)
def test_half_a_degree_beyond_a_limit_that_the_server_took_is_rounding(limit, over, upper):
    """Half a degree either way is kept, anything more is a fault, for both ends of the range."""
    reach = min(max(limit + over if upper else limit - over, 0.0), 90.0)
    beyond = reach - limit if upper else limit - reach
    assume(abs(beyond - 0.5) > 1e-6)
    optical = Optical(max_incidence=limit) if upper else Optical(min_incidence=limit)
    echo = {"sat_elevation_angle_min" if upper else "sat_elevation_angle_max": 90 - limit}
    request = TaskRequest(area=Point(1, 2), window=Window(PAGE_TIME, PAGE_TIME + timedelta(days=1)), optical=optical)
    settings = PlanetSettings(api_key=Secret("a-made-up-key"), pl_number="PL-1")
    inquiry = Inquiry(account="a", settings=settings, request=request, options=PlanetOptions(), asked_at=PAGE_TIME)
    times = {"start_time": "2024-07-25T00:25:04Z", "end_time": "2024-07-25T00:26:17Z"}
    angles = dict.fromkeys(("sat_elevation_angle_min", "sat_elevation_angle_max"), 90 - reach)
    body = {"id": "s", "status": "DONE", "imaging_windows": [{"id": "w"} | times | angles]} | echo

    assert bool(read_misses(inquiry, read_search(answered(body)))) == (beyond > 0.5)


def test_angles_that_nobody_states_are_not_enforced(search, inquire):
    """Without an echo and without the window's angles nobody can check."""
    silent = {"sat_elevation_angle_min": None, "sat_elevation_angle_max": None}

    first = read_opportunities(inquire(optical=Optical(max_incidence=20)), search(windows=silent, **silent))[0]

    assert adjustment(first, "max_incidence").how is AdjustmentKind.NOT_ENFORCED


@pytest.mark.parametrize("field", ["max_cloud_cover", "min_sun_elevation", "max_gsd_m"])
@pytest.mark.parametrize("stated", [True, False])
def test_filters_say_whether_they_could_work(search, inquire, field, stated):
    """A window that states nothing is kept and said to be unchecked."""
    silent = {"cloud_forecast": [], "sun_elevation_angle_min": None, "ground_sample_distance": None}
    limits = {"max_cloud_cover": 90, "min_sun_elevation": 0, "max_gsd_m": 5}

    state = search(windows=None if stated else silent)
    first = read_opportunities(inquire(optical=Optical(**{field: limits[field]})), state)[0]

    expected = AdjustmentKind.FILTERED if stated else AdjustmentKind.NOT_ENFORCED
    assert adjustment(first, field).how is expected
    assert adjustment(first, field).asked == limits[field]


def test_the_cut_window_is_reported(answer, inquire):
    """Ten days asked, seven searched: tightened, with both spans as ISO 8601 intervals."""
    first = read_opportunities(inquire(), read_search(answer("search-done")))[0]

    found = adjustment(first, "window")
    assert found.how is AdjustmentKind.TIGHTENED
    assert found.asked == "2024-07-24T09:26:41.228492Z/2024-08-03T09:26:41.228492Z"
    assert found.sent == "2024-07-24T09:26:41.228492Z/2024-07-31T09:26:41.228492Z"


def test_a_window_that_the_server_ignored_is_reported(answer, inquire):
    """The server searched a week although a day was asked: its windows were filtered, and that is said."""
    window = Window(datetime(2024, 7, 25, tzinfo=UTC), datetime(2024, 7, 26, tzinfo=UTC))

    (opportunity,) = read_opportunities(inquire(window=window), read_search(answer("search-done")))

    assert adjustment(opportunity, "window").how is AdjustmentKind.FILTERED


def test_the_span_is_known_without_an_echo(inquire):
    """Where the server does not repeat the times, those that were sent count."""
    body = {"id": "w", "start_time": "2024-07-25T00:25:04Z", "end_time": "2024-07-25T00:26:17Z"}
    state = read_search(answered({"id": "s", "status": "DONE", "imaging_windows": [body]}))
    window = Window(datetime(2024, 7, 25, tzinfo=UTC), datetime(2024, 7, 26, tzinfo=UTC))

    assert [one.field for one in read_opportunities(inquire(window=window), state)[0].adjustments] == []
    assert adjustment(read_opportunities(inquire(), state)[0], "window").how is AdjustmentKind.TIGHTENED


@pytest.mark.parametrize(("half_deg", "share"), [(0.01, "100%"), (0.02, "100%")])
def test_a_polygon_is_approximated(answer, inquire, half_deg, share):
    """The adjustment says what was asked, what was sent and how much of the area one scene shows."""
    area = box(133.4 - half_deg, -25.8 - half_deg, 133.4 + half_deg, -25.8 + half_deg)

    found = adjustment(read_opportunities(inquire(area=area), read_search(answer("search-done")))[0], "area")

    assert found.how is AdjustmentKind.APPROXIMATED
    assert found.asked.equals(area)
    assert (found.sent.x, found.sent.y) == pytest.approx((133.4, -25.8))
    assert share in found.why
    assert "5.9 x 5.9 km" in found.why


def test_a_scene_around_the_point_may_miss_a_part(answer, inquire):
    """The point inside a crescent is not its middle, so that one scene does not show all of it."""
    crescent = box(133.4, -25.8, 133.45, -25.75).difference(box(133.41, -25.8, 133.45, -25.76))

    found = adjustment(read_opportunities(inquire(area=crescent), read_search(answer("search-done")))[0], "area")

    shown = int(found.why.partition(" shows ")[2].partition("%")[0])
    assert 0 < shown < 100


def test_an_opportunity_survives_saving(answer, inquire):
    """Written as a document and read again by another process, it is the same, adjustments and all."""
    optical = Optical(max_cloud_cover=90, max_incidence=40, stereo=Stereo.MONO)
    area = box(133.4, -25.8, 133.42, -25.78)
    (first, _) = read_opportunities(inquire(area=area, optical=optical), read_search(answer("search-done")))

    assert read_opportunity(load_json(dump_json(opportunity_document(first))), Registry()) == first


def test_opportunities_belong_to_their_request(inquire, answer):
    """The request on an opportunity is the caller's own object."""
    inquiry = inquire()
    other = evolve(inquiry, request=TaskRequest(area=inquiry.request.area, window=inquiry.request.window))

    state = read_search(answer("search-done"))

    assert read_opportunities(inquiry, state)[0].request is inquiry.request
    assert read_opportunities(other, state)[0].request is other.request
