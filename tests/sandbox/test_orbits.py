"""Passes, against a plain second-by-second calculation and the geometry of the sphere."""

import math
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from sgp4.api import WGS72, Satrec, jday
from sgp4.propagation import gstime

from tasking_hub.angles import off_nadir_from_incidence
from tasking_hub.errors import InvalidRequestError
from tasking_hub.sandbox.constellation import Constellation, Satellite
from tasking_hub.sandbox.orbits import Ephemeris, find_passes

FAMILIES = ("PLEIADES", "PLEIADESNEO", "SPOT", "SKYSAT", "PELICAN", "ICEYE")
NOMINAL = Constellation.nominal()
EPHEMERIS = Ephemeris(NOMINAL)
BY_NAME = {satellite.name: satellite for satellite in NOMINAL.satellites}
START = datetime(2026, 8, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TOULOUSE = (1.44, 43.6)
PLACES = {
    "Toulouse": TOULOUSE,
    "Quito": (-78.5, -0.2),
    "Suva": (178.4, -18.1),
    "antimeridian": (-180.0, 65.0),
    "Longyearbyen": (15.6, 78.2),
    "north-pole": (0.0, 90.0),
    "south-pole": (77.0, -90.0),
    "Ushuaia": (-68.3, -54.8),
}
TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
TO_GEODETIC = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)

lons = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.999, 0.0])
lats = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 89.99, 81.8, 0.0])


# --- The oracle: sgp4 one moment at a time, plain trigonometry, EPSG transformations ------------------


def _satellite_ecef_km(satellite, moment):
    day, fraction = jday(*moment.timetuple()[:5], moment.second + moment.microsecond / 1e6)
    error, (x, y, z), _ = satellite.satrec.sgp4(day, fraction)
    assert error == 0
    angle = gstime(day + fraction)
    return np.array(
        [x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle), z], dtype=float
    )


def _up(lon, lat):
    lon, lat = math.radians(lon), math.radians(lat)
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def _between(one, other):
    return math.degrees(math.acos(np.clip(one @ other / np.linalg.norm(one) / np.linalg.norm(other), -1, 1)))


def _view(satellite, place, moment):
    """Incidence, off-nadir (both in degrees) and the line of sight from the place (km)."""
    position = _satellite_ecef_km(satellite, moment)
    sight = position - np.array(TO_ECEF.transform(*place, 0.0)) / 1000
    lon, lat, _ = TO_GEODETIC.transform(*(position * 1000))
    return _between(sight, _up(*place)), _between(sight, _up(lon, lat)), sight


def _incidence(satellite, place, moment):
    return _view(satellite, place, moment)[0]


def _brute_force_closest(satellite, place, start, end):
    """Moments and incidences of all dips of the incidence, one look every ten seconds."""
    moments = [start + timedelta(seconds=10 * step) for step in range(int((end - start).total_seconds()) // 10 + 1)]
    looks = [_incidence(satellite, place, moment) for moment in moments]
    return [
        (moments[i], looks[i]) for i in range(1, len(looks) - 1) if looks[i] < looks[i - 1] and looks[i] <= looks[i + 1]
    ]


# --- Against the oracle ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_closest_moments_are_those_of_the_second_by_second_calculation(place):
    """Around every pass the smallest incidence of plain sgp4 is at the same fifth of a second and as large."""
    passes = EPHEMERIS.passes(FAMILIES, *place, START, START + DAY)
    for one in passes[::4]:
        moments = [one.closest + SECOND * offset / 5 for offset in range(-20, 21)]
        looks = [_incidence(BY_NAME[one.satellite], place, moment) for moment in moments]

        assert abs(int(np.argmin(looks)) - 20) <= 1
        assert one.incidence_deg == pytest.approx(looks[20], abs=0.01)
        assert one.incidence_deg <= min(looks) + 0.01


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("cone_deg", [20.0, 50.0, 85.0])
def test_start_and_end_bound_the_time_inside_the_cone(place, cone_deg):
    """Plain sgp4 finds the satellite outside the cone a tenth of a second before the start and inside a tenth after."""
    passes = EPHEMERIS.passes(FAMILIES, *place, START, START + DAY, max_incidence_deg=cone_deg)
    for one in (one for one in passes[::6] if one.incidence_deg < cone_deg - 0.5):
        looks = [
            _incidence(BY_NAME[one.satellite], place, moment)
            for moment in (
                one.start - SECOND / 10,
                one.start + SECOND / 10,
                one.end - SECOND / 10,
                one.end + SECOND / 10,
            )
        ]

        assert [look <= cone_deg for look in looks] == [False, True, True, False]
        assert one.incidence_start_deg == pytest.approx(cone_deg, abs=0.01)
        assert one.incidence_end_deg == pytest.approx(cone_deg, abs=0.01)


@pytest.mark.parametrize("name", ["PLEIADES NOMINAL 1", "SKYSAT NOMINAL 9", "ICEYE INCLINED NOMINAL 2"])
@pytest.mark.parametrize("place", [TOULOUSE, PLACES["Suva"], PLACES["Longyearbyen"]], ids=["Toulouse", "Suva", "ice"])
def test_no_pass_is_missed_or_made_up(name, place):
    """Over a day the passes are exactly the dips that a look every ten seconds finds."""
    satellite = BY_NAME[name]
    start = datetime(2026, 3, 1, 0, 0, 7, tzinfo=UTC)
    actual = find_passes([satellite], *place, start, start + DAY, max_incidence_deg=75)
    expected = [dip for dip in _brute_force_closest(satellite, place, start, start + DAY) if dip[1] <= 75]

    assert len(actual) == len(expected)
    for one, (moment, incidence) in zip(actual, expected, strict=True):
        assert abs(one.closest - moment) <= 6 * SECOND
        assert incidence - 6.0 <= one.incidence_deg <= incidence + 0.01


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_angles_of_view_are_those_of_the_plain_calculation(place):
    """Off-nadir and azimuth at start, closest and end, and the height, agree with plain vectors."""
    lon, lat = (math.radians(angle) for angle in place)
    east = np.array([-math.sin(lon), math.cos(lon), 0])
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    for one in EPHEMERIS.passes(FAMILIES, *place, START, START + DAY)[::6]:
        for moment, off_nadir, azimuth in (
            (one.start, one.off_nadir_start_deg, one.azimuth_start_deg),
            (one.closest, one.off_nadir_deg, one.azimuth_deg),
            (one.end, one.off_nadir_end_deg, one.azimuth_end_deg),
        ):
            _, expected, sight = _view(BY_NAME[one.satellite], place, moment)
            seen = math.degrees(math.atan2(sight @ east, sight @ north))
            across = math.sin(math.radians((azimuth - seen + 180) % 360 - 180)) * np.hypot(sight @ east, sight @ north)

            assert off_nadir == pytest.approx(expected, abs=0.01)
            assert across == pytest.approx(0.0, abs=0.1)
        _, _, metres = TO_GEODETIC.transform(*(_satellite_ecef_km(BY_NAME[one.satellite], one.closest) * 1000))
        assert one.altitude_km == pytest.approx(metres / 1000, abs=0.1)


# --- Properties --------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    lon=lons,
    lat=lats,
    begin=st.timedeltas(timedelta(0), timedelta(days=2)),
    length=st.timedeltas(timedelta(0), timedelta(days=1)),
    cone=st.floats(5, 89),
    inner=st.floats(0, 1),
)
def test_every_pass_is_inside_window_and_limits(lon, lat, begin, length, cone, inner):
    """Anywhere on Earth: closest in the window, incidence within limits, off-nadir smaller, angles in range."""
    start, floor = START + begin, cone * inner
    passes = EPHEMERIS.passes(
        FAMILIES, lon, lat, start, start + length, max_incidence_deg=cone, min_incidence_deg=floor
    )

    assert [one.closest for one in passes] == sorted(one.closest for one in passes)
    for one in passes:
        assert start <= one.closest <= start + length
        assert one.start <= one.closest <= one.end
        assert floor <= one.incidence_deg <= cone
        assert one.incidence_deg - 1e-6 <= min(one.incidence_start_deg, one.incidence_end_deg)
        assert one.off_nadir_deg <= one.incidence_deg
        assert all(0 <= azimuth < 360 for azimuth in (one.azimuth_deg, one.azimuth_start_deg, one.azimuth_end_deg))
        assert -90 <= one.sun_elevation_deg <= 90
        assert one.end - one.start < timedelta(minutes=20)


@settings(max_examples=30, deadline=None)
@given(lon=lons, lat=lats)
def test_incidence_and_off_nadir_obey_the_sphere(lon, lat):
    """With the satellite's height the law of sines links both angles, within 0.2 degree on the ellipsoid."""
    for one in EPHEMERIS.passes(FAMILIES, lon, lat, START, START + DAY / 2, max_incidence_deg=60):
        expected = off_nadir_from_incidence(one.incidence_deg, one.altitude_km)

        assert one.off_nadir_deg == pytest.approx(expected, abs=0.2)


@settings(max_examples=25, deadline=None)
@given(lon=lons, lat=lats, first=st.floats(0, 40), shift=st.floats(0, 20), length=st.floats(20, 40))
def test_overlapping_windows_see_the_same_passes(lon, lat, first, shift, length):
    """What lies in both windows is equal to the last bit, whichever was asked."""
    one_start = START + timedelta(hours=first)
    other_start = one_start + timedelta(hours=shift)
    one_end = one_start + timedelta(hours=length)
    one = EPHEMERIS.passes(FAMILIES, lon, lat, one_start, one_end)
    other = Ephemeris(NOMINAL).passes(["ICEYE"], lon, lat, other_start, other_start + timedelta(hours=length))

    expected = [each for each in one if each.closest >= other_start and each.family == "ICEYE"]
    assert [each for each in other if each.closest <= one_end] == expected


@settings(max_examples=30, deadline=None)
@given(lon=lons, lat=lats, cone=st.floats(10, 80))
def test_a_wider_cone_sees_the_same_passes_and_more(lon, lat, cone):
    """The limit chooses among passes and never moves their closest moment."""
    narrow = EPHEMERIS.passes(FAMILIES, lon, lat, START, START + DAY, max_incidence_deg=cone)
    wide = EPHEMERIS.passes(FAMILIES, lon, lat, START, START + DAY, max_incidence_deg=cone + 8)

    assert [(one.satellite, one.closest) for one in wide if one.incidence_deg <= cone] == [
        (one.satellite, one.closest) for one in narrow
    ]


@pytest.mark.parametrize("hour", [0, 10, 21, 22, 23])
def test_days_join_without_a_gap(hour):
    """Windows of two hours, some over midnight, add up to the passes of the whole."""
    start = datetime(2026, 8, 24, tzinfo=UTC) + timedelta(hours=hour)
    middle, end = start + DAY / 12, start + DAY / 6
    first = EPHEMERIS.passes(FAMILIES, *TOULOUSE, start, middle)
    second = EPHEMERIS.passes(FAMILIES, *TOULOUSE, middle, end)

    assert [*first, *second] == EPHEMERIS.passes(FAMILIES, *TOULOUSE, start, end)


def test_passes_around_midnight_belong_to_the_grid_of_either_day():
    """A pass within a minute of midnight is found by a window that ends, or begins, with its closest moment."""
    passes = EPHEMERIS.passes(["ICEYE"], *PLACES["Longyearbyen"], START, START + 20 * DAY, max_incidence_deg=80)
    late = [one for one in passes if (one.closest + SECOND * 60).date() > one.closest.date()]
    early = [one for one in passes if (one.closest - SECOND * 60).date() < one.closest.date()]

    assert late
    assert early
    for one in late + early:
        window = (one.closest, one.closest)
        assert EPHEMERIS.passes(["ICEYE"], *PLACES["Longyearbyen"], *window, max_incidence_deg=80) == [one]


def test_a_window_of_one_moment_holds_the_pass_of_that_moment():
    """Both ends of the window belong to it."""
    (first, *_) = EPHEMERIS.passes(FAMILIES, *TOULOUSE, START, START + DAY)

    assert EPHEMERIS.passes(FAMILIES, *TOULOUSE, first.closest, first.closest) == [first]


def test_a_window_in_another_time_zone_is_the_same_window():
    """Moments count, not the clocks they are written on; answers are in UTC."""
    paris = datetime.fromisoformat("2026-08-22T11:00:00+02:00")
    actual = EPHEMERIS.passes(["PLEIADES"], *TOULOUSE, paris, paris + DAY)

    assert actual == EPHEMERIS.passes(["PLEIADES"], *TOULOUSE, START, START + DAY)
    assert {one.closest.tzinfo for one in actual} == {UTC}


def test_both_names_of_the_antimeridian_are_one_place():
    """Longitude 180 and -180 see the same passes."""
    east, west = (
        [(one.satellite, one.closest) for one in EPHEMERIS.passes(FAMILIES, lon, 40.0, START, START + DAY)]
        for lon in (180.0, -180.0)
    )

    assert east == west


def test_families_choose_and_repeat_nothing():
    """Only asked-for families pass, a family named twice counts once, unknown ones add nothing."""
    actual = EPHEMERIS.passes(["SPOT", "SPOT", "NONE"], *TOULOUSE, START, START + 7 * DAY)

    assert {one.family for one in actual} == {"SPOT"}
    assert len({(one.satellite, one.closest) for one in actual}) == len(actual)
    assert EPHEMERIS.passes(["NONE"], *TOULOUSE, START, START + DAY) == []
    assert EPHEMERIS.passes([], *TOULOUSE, START, START + DAY) == []


def test_the_function_form_gives_what_the_ephemeris_gives():
    """Satellites picked by hand pass as they do in the constellation."""
    actual = find_passes(NOMINAL.family("SKYSAT", "SPOT"), *TOULOUSE, START, START + 2 * DAY, min_incidence_deg=10)

    assert actual == EPHEMERIS.passes(["SPOT", "SKYSAT"], *TOULOUSE, START, START + 2 * DAY, min_incidence_deg=10)


# --- What people know about these satellites ---------------------------------------------------------


def test_optical_satellites_come_by_day_flying_south():
    """Pléiades see Toulouse in the sunlit morning on the way south, and in the dark on the way north."""
    passes = EPHEMERIS.passes(["PLEIADES"], *TOULOUSE, START, START + 14 * DAY)

    assert {one.pass_direction for one in passes} == {"ASCENDING", "DESCENDING"}
    for one in passes:
        assert (one.sun_elevation_deg > 30) == (one.pass_direction == "DESCENDING")


def test_look_side_is_seen_from_the_flight():
    """A satellite flying south with the place in its west looks right, in its east left; flying north the other way."""
    for one in EPHEMERIS.passes(FAMILIES, *TOULOUSE, START, START + 2 * DAY):
        place_is_west = one.azimuth_deg < 180
        expected = "RIGHT" if place_is_west == (one.pass_direction == "DESCENDING") else "LEFT"

        assert one.incidence_deg < 5 or one.look_side == expected


def test_a_satellite_comes_as_often_as_the_real_ones():
    """In a week two Pléiades pass within 30 degrees about twelve times (real ones: 12 in August 2026)."""
    count = len(EPHEMERIS.passes(["PLEIADES"], *TOULOUSE, START, START + 28 * DAY, max_incidence_deg=33.5))

    assert count / 4 == pytest.approx(12, abs=3)


def test_doubt_about_the_time_is_stated():
    """Every pass says how far off a real satellite may be; a Pelican, which steers a lot, most."""
    passes = EPHEMERIS.passes(FAMILIES, *TOULOUSE, START, START + 3 * DAY)
    doubts = {one.family: one.timing_uncertainty_s for one in passes}

    assert set(doubts) == set(FAMILIES)
    assert max(doubts, key=doubts.__getitem__) == "PELICAN"
    assert min(doubts.values()) > 0


# --- Limits ------------------------------------------------------------------------------------------


def _orbit(revolutions_a_day, eccentricity):
    satrec = Satrec()
    motion = revolutions_a_day * 2 * math.pi / 1440
    satrec.sgp4init(WGS72, "i", 0, 27760, 0, 0, 0, eccentricity, 0, math.radians(63.4), 0, motion, 0)
    return Satellite(name="ODD", family="OTHER", satrec=satrec)


@pytest.mark.parametrize(("revolutions", "eccentricity"), [(1.0027, 0.0), (2.006, 0.7), (11.0, 0.0), (11.3, 0.26)])
def test_high_and_eccentric_satellites_never_pass(revolutions, eccentricity):
    """A catalogue may hold them; no imaging satellite of ours flies like that, so they are left out."""
    assert find_passes([_orbit(revolutions, eccentricity)], *TOULOUSE, START, START + DAY, max_incidence_deg=89) == []


@pytest.mark.parametrize("lat", [0.0, 43.6, -60.0])
def test_the_highest_low_orbit_is_handled_up_to_the_horizon(lat):
    """Nearly 2000 km high, the longest passes still begin and end on the cone."""
    passes = find_passes([_orbit(11.3, 0.01)], 20.0, lat, START, START + 2 * DAY, max_incidence_deg=89)

    assert passes
    for one in passes:
        assert one.incidence_start_deg == pytest.approx(89, abs=0.01)
        assert one.incidence_end_deg == pytest.approx(89, abs=0.01)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": START.replace(tzinfo=None)}, "start"),
        ({"end": START.replace(tzinfo=None)}, "end"),
        ({"end": START - SECOND}, "window"),
        ({"end": START + 800 * DAY}, "window"),
        ({"start": datetime(1900, 1, 1, tzinfo=UTC), "end": datetime(1900, 1, 2, tzinfo=UTC)}, "window"),
        ({"start": datetime(2100, 1, 1, tzinfo=UTC), "end": datetime(2100, 1, 2, tzinfo=UTC)}, "window"),
        ({"lat_deg": 90.1}, "lat_deg"),
        ({"lon_deg": math.nan}, "lon_deg"),
        ({"max_incidence_deg": 0.0}, "max_incidence_deg"),
        ({"max_incidence_deg": 90.0}, "max_incidence_deg"),
        ({"min_incidence_deg": 51.0}, "min_incidence_deg"),
        ({"min_incidence_deg": -1.0}, "min_incidence_deg"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, field):
    """Naive times, reversed or endless windows, places off the Earth and limits out of range name the argument."""
    asked = {"lon_deg": 1.44, "lat_deg": 43.6, "start": START, "end": START + DAY} | change
    with pytest.raises(InvalidRequestError) as caught:
        EPHEMERIS.passes(["SPOT"], **asked)

    assert caught.value.field == field


def test_a_week_for_all_satellites_takes_well_under_a_second():
    """Nothing known before, every orbit of the constellation; a third of the bound on an idle machine."""
    fresh = Ephemeris(Constellation.nominal())
    began = time.process_time()
    found = fresh.passes(FAMILIES, *TOULOUSE, START, START + 7 * DAY)
    seconds = time.process_time() - began

    assert {one.family for one in found} == set(FAMILIES)
    assert seconds < 0.9
