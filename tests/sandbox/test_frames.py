"""Frames, the horizon of a place and the sun, against published values and other libraries."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from sgp4.api import jday
from sgp4.propagation import gstime

from tasking_hub.sandbox.frames import (
    Site,
    angle_deg,
    geodetic,
    gmst_rad,
    mean_sun_longitude_deg,
    sun_direction,
    teme_to_ecef,
    vertical,
)

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def _sun_elevation_deg(lon_deg, lat_deg, moment):
    site = Site.at(lon_deg, lat_deg)
    return 90.0 - float(angle_deg(sun_direction(moment.timestamp()), site.up))


def test_sidereal_time_is_that_of_vallados_example():
    """Vallado's example 3-5: 20 August 1992, 12:14 UT1, is 152.578 788 degrees."""
    actual = float(np.degrees(gmst_rad(datetime(1992, 8, 20, 12, 14, tzinfo=UTC).timestamp())))

    assert actual == pytest.approx(152.57878810, abs=1e-6)


@given(moment=MOMENTS)
def test_sidereal_time_is_that_of_the_propagator(moment):
    """The angle that turns TEME to the Earth is the one SGP4 itself uses."""
    day, fraction = jday(*moment.timetuple()[:5], moment.second + moment.microsecond / 1e6)
    difference = float(gmst_rad(moment.timestamp())) - gstime(day + fraction)

    assert (difference + np.pi) % (2 * np.pi) - np.pi == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize(
    ("moment", "ascension_deg", "declination_deg"),
    [
        pytest.param(datetime(1992, 10, 13, tzinfo=UTC), 198.38083, -7.78507, id="Meeus-25a"),
        pytest.param(datetime(2026, 6, 21, 8, 24, 30, tzinfo=UTC), 90.0, 23.436, id="June-solstice"),
        pytest.param(datetime(2026, 3, 20, 14, 46, tzinfo=UTC), 0.0, 0.0, id="March-equinox"),
    ],
)
def test_the_sun_stands_where_the_almanac_says(moment, ascension_deg, declination_deg):
    """Right ascension and declination agree with published ones within a hundredth of a degree."""
    seconds = moment.timestamp()
    x, y, z = sun_direction(seconds)
    ascension = np.degrees(np.arctan2(y, x) + gmst_rad(seconds))

    assert (ascension - ascension_deg + 180) % 360 - 180 == pytest.approx(0.0, abs=0.01)
    assert np.degrees(np.arcsin(z)) == pytest.approx(declination_deg, abs=0.01)


def test_the_sun_elevation_is_that_of_the_published_example():
    """The example of NREL's solar position algorithm (TP-560-34302, 2008): 39.872 degrees without refraction."""
    actual = _sun_elevation_deg(-105.1786, 39.742476, datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC))

    assert actual == pytest.approx(39.872046, abs=0.01)


def test_the_sun_stands_overhead_at_the_equator_on_an_equinox_noon():
    """At apparent noon (12:07:30 UTC on 20 March at Greenwich) the sun is less than 0.1 degree from the zenith."""
    actual = _sun_elevation_deg(0.0, 0.0, datetime(2026, 3, 20, 12, 7, 30, tzinfo=UTC))

    assert actual == pytest.approx(90.0, abs=0.1)


def test_the_mean_sun_agrees_with_sidereal_time():
    """At 0 h UT sidereal time is the mean sun's longitude less half a turn, by the definition of mean solar time."""
    seconds = datetime(2026, 9, 9, tzinfo=UTC).timestamp()
    difference = np.degrees(gmst_rad(seconds)) + 180.0 - mean_sun_longitude_deg(seconds)

    assert (difference + 180) % 360 - 180 == pytest.approx(0.0, abs=0.01)


@given(lon=LONGITUDES, lat=LATITUDES, height_km=st.floats(0, 2000))
def test_geodetic_coordinates_survive_a_round_trip(lon, lat, height_km):
    """Going up from a place along its vertical and back gives the same place and height."""
    position = Site.at(lon, lat).position + height_km * vertical(lon, lat)
    back_lon, back_lat, back_height = geodetic(position[None, :])
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, back_lon[0], back_lat[0])

    assert metres == pytest.approx(0.0, abs=0.1)
    assert back_height[0] == pytest.approx(height_km, abs=1e-3)


@given(lon=LONGITUDES, lat=LATITUDES)
def test_a_horizon_is_three_right_angles(lon, lat):
    """East, north and up are unit vectors at right angles, right-handed, poles included."""
    site = Site.at(lon, lat)
    axes = np.stack((site.east, site.north, site.up))

    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0, abs=1e-12)


@given(lon=LONGITUDES, lat=st.floats(-80, 80), azimuth=st.floats(0, 359.9))
def test_azimuth_is_that_of_the_geodesic(lon, lat, azimuth):
    """A mark a kilometre away along a geodesic is seen in the geodesic's direction."""
    mark_lon, mark_lat, _ = Geod(ellps="WGS84").fwd(lon, lat, azimuth, 1000.0)
    sight = Site.at(mark_lon, mark_lat).position - Site.at(lon, lat).position
    actual = float(Site.at(lon, lat).azimuth_deg(sight))

    assert (actual - azimuth + 180) % 360 - 180 == pytest.approx(0.0, abs=0.01)


def test_azimuth_stays_below_a_full_turn():
    """A hair west of north is 0, not 360."""
    site = Site.at(0.0, 0.0)

    assert float(site.azimuth_deg(site.north - 1e-18 * site.east)) == 0.0


def test_a_satellite_at_rest_over_the_ground_has_no_velocity():
    """What turns with the Earth in TEME stands still in Earth-fixed axes."""
    position = np.array([[42_164.0, 0.0, 0.0]])
    velocity = np.array([[0.0, 42_164.0 * 7.292115146706979e-5, 0.0]])
    _, actual = teme_to_ecef(position, velocity, np.array([1.7e9]))

    assert actual == pytest.approx(np.zeros((1, 3)), abs=1e-12)
