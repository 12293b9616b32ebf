"""The nominal constellation is what was published, stays sun-synchronous, and loaded satellites find their family."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.api import jday

from tasking_hub.sandbox.constellation import Constellation, Satellite, family_of
from tasking_hub.sandbox.frames import teme_to_ecef
from tasking_hub.sandbox.orbits import Ephemeris

NOMINAL = Constellation.nominal()
EPHEMERIS = Ephemeris(NOMINAL)
NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)


def _local_mean_hours(lon_deg, moment):
    return (moment.hour + moment.minute / 60 + moment.second / 3600 + lon_deg / 15) % 24


def test_families_have_their_published_numbers():
    """Two of each Airbus family, fourteen SkySats, nine Pelicans and fifty-three ICEYE satellites."""
    actual = Counter(satellite.family for satellite in NOMINAL.satellites)

    assert actual == {"PLEIADES": 2, "PLEIADESNEO": 2, "SPOT": 2, "SKYSAT": 14, "PELICAN": 9, "ICEYE": 53}


def test_no_nominal_satellite_can_be_taken_for_a_real_one():
    """Every name says nominal, none is there twice, and each leads to its own family when read from a file."""
    names = [satellite.name for satellite in NOMINAL.satellites]

    assert all("NOMINAL" in name for name in names)
    assert len(set(names)) == len(names)
    assert [family_of(name) for name in names] == [satellite.family for satellite in NOMINAL.satellites]


def test_the_nominal_constellation_is_always_the_same():
    """Two constellations fly the same satellites to the same places, bit for bit."""
    one, other = (
        [satellite.satrec.sgp4_tsince(1e5) for satellite in each.satellites]
        for each in (NOMINAL, Constellation.nominal())
    )

    assert one == other


@pytest.mark.parametrize(
    ("family", "inclination_deg"),
    [("PLEIADES", 98.19), ("PLEIADESNEO", 97.89), ("SPOT", 98.2), ("SKYSAT", 97.2), ("PELICAN", 97.4), ("ICEYE", 97.7)],
)
def test_sun_synchronous_inclinations_are_the_published_ones(family, inclination_deg):
    """The inclination found from the height agrees with the family's real satellites."""
    actual = np.degrees(NOMINAL.family(family)[0].satrec.inclo)

    assert actual == pytest.approx(inclination_deg, abs=0.05)


def test_a_few_radar_satellites_fly_inclined():
    """Five of the ICEYE satellites stay between 45 degrees north and south."""
    inclined = [one for one in NOMINAL.family("ICEYE") if np.degrees(one.satrec.inclo) < 46]

    assert len(inclined) == 5


@pytest.mark.parametrize("family", ["PLEIADES", "PLEIADESNEO", "SPOT"])
def test_satellites_of_a_plane_are_evenly_spaced(family):
    """Two satellites of one plane are opposite each other."""
    one, other = (np.array(each.satrec.sgp4_tsince(0.0)[1]) for each in NOMINAL.family(family))
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)

    assert cosine == pytest.approx(-1.0, abs=1e-3)


def test_nothing_falls_or_fails_in_ten_years():
    """Without drag every satellite keeps its height far from the epoch."""
    for satellite in NOMINAL.satellites:
        error, position, _ = satellite.satrec.sgp4_tsince(10 * 365.25 * 1440)

        assert error == 0
        assert np.linalg.norm(position) == pytest.approx(satellite.satrec.a * 6378.135, abs=20.0)


@settings(max_examples=25, deadline=None)
@given(lon=st.floats(-180, 180), day=st.integers(-730, 730))
def test_pleiades_come_at_half_past_ten(lon, day):
    """On any date within two years, daytime passes high over the equator are at 10:30 local mean solar time."""
    start = NOON + timedelta(days=day)
    passes = EPHEMERIS.passes(["PLEIADES"], lon, 0.0, start, start + timedelta(days=14), max_incidence_deg=25)
    descending = [one for one in passes if one.pass_direction == "DESCENDING"]

    assert descending
    for one in descending:
        assert _local_mean_hours(lon, one.closest) == pytest.approx(10.5, abs=0.25)


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 76), day=st.integers(-730, 730))
def test_sun_synchronous_satellites_keep_their_local_time(number, day):
    """The local mean solar time of the ascending node is the same as on the first day, within half a minute."""
    satellite = NOMINAL.satellites[number]

    drift = _node_hours(satellite, day) - _node_hours(satellite, 0)

    assert (drift + 12) % 24 - 12 == pytest.approx(0.0, abs=1 / 120)


def _node_hours(satellite: Satellite, day: int) -> float:
    """The local mean solar time at which a satellite crosses the equator northwards, by brute force, 0..24."""
    midnight = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    seconds = midnight.timestamp() + np.arange(0.0, 6200.0)
    julian, fraction = jday(midnight.year, midnight.month, midnight.day, 0, 0, 0)
    _, position, velocity = satellite.satrec.sgp4_array(
        np.full(seconds.shape, julian), fraction + (seconds - seconds[0]) / 86_400
    )
    fixed, _ = teme_to_ecef(position, velocity, seconds)
    (crossing, *_) = np.nonzero((fixed[:-1, 2] < 0) & (fixed[1:, 2] >= 0))[0]
    lon = np.degrees(np.arctan2(fixed[crossing, 1], fixed[crossing, 0]))
    return _local_mean_hours(lon, midnight + timedelta(seconds=float(crossing)))


def test_families_are_given_in_order():
    """Asked for families come in the constellation's order; unknown ones add nothing."""
    names = [one.name for one in NOMINAL.family("SPOT", "PLEIADES", "NONE")]

    assert names == ["PLEIADES NOMINAL 1", "PLEIADES NOMINAL 2", "SPOT NOMINAL 1", "SPOT NOMINAL 2"]
    assert NOMINAL.family("NONE") == ()


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("PLEIADES 1A", "PLEIADES"),
        ("Pléiades 1B", "PLEIADES"),
        ("PLEIADES NEO 3", "PLEIADESNEO"),
        ("PLEIADES  NEO 4", "PLEIADESNEO"),
        ("PLEIADES-NEO 4", "PLEIADESNEO"),
        ("PNEO 3", "PLEIADESNEO"),
        ("SPOT 6", "SPOT"),
        ("SKYSAT-C12", "SKYSAT"),
        ("PELICAN-11", "PELICAN"),
        ("ICEYE-X82", "ICEYE"),
        ("SPOTLIGHT", "OTHER"),
        ("ISS (ZARYA)", "OTHER"),
        ("90001", "OTHER"),
    ],
)
def test_a_name_tells_the_family(name, family):
    """Catalogue names lead to families; others fly as "OTHER"."""
    assert family_of(name) == family


TLE = """\
SKYSAT-X
1 90001U 26001A   26001.25000000  .00000033  00000-0  30000-4 0    01
2 90001  98.1929  78.1605 0001000  90.0000 270.0000 14.58507922    09
"""


@pytest.fixture
def loaded(tmp_path):
    """A constellation of one satellite from a file."""
    path = tmp_path / "one.tle"
    path.write_text(TLE)
    return Constellation.load(path)


def test_loaded_satellites_pass_like_nominal_ones(loaded):
    """A satellite from a file flies under its own name and family."""
    start = datetime(2026, 1, 2, tzinfo=UTC)
    passes = Ephemeris(loaded).passes(["SKYSAT"], 1.44, 43.6, start, start + timedelta(days=7))

    assert {(one.satellite, one.family) for one in passes} == {("SKYSAT-X", "SKYSAT")}


@given(age=st.floats(0, 2000))
def test_loaded_elements_age(loaded_satellite, age):
    """The doubt grows with the square of the age up to half a period; ten days are the family's figure."""
    satrec = loaded_satellite.satrec
    epoch = satrec.jdsatepoch + satrec.jdsatepochF
    actual = loaded_satellite.timing_uncertainty_s(epoch + age)
    half_period = 86_400 / 14.58507922 / 2

    assert actual == pytest.approx(min(13.0 * (age / 10) ** 2, half_period), rel=1e-3, abs=1e-3)
    assert loaded_satellite.timing_uncertainty_s(epoch - age) == pytest.approx(actual, rel=1e-6, abs=1e-6)


@pytest.fixture(scope="module")
def loaded_satellite(tmp_path_factory):
    """A satellite from a file."""
    path = tmp_path_factory.mktemp("elements") / "one.tle"
    path.write_text(TLE)
    (satellite,) = Constellation.load(path).satellites
    return satellite


def test_a_nominal_satellite_never_ages():
    """The nominal orbit counts as ten days old on any date."""
    (satellite, _) = NOMINAL.family("PLEIADES")

    assert [satellite.timing_uncertainty_s(julian) for julian in (2_460_000.0, 2_470_000.0)] == [1.5, 1.5]
