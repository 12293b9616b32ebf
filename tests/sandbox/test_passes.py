"""Scenes lie along the flight, have the size asked for, and behave at the antimeridian and the poles."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from sgp4.api import jday
from shapely import Point

from tasking_hub.sandbox.constellation import Constellation
from tasking_hub.sandbox.frames import Site, teme_to_ecef
from tasking_hub.sandbox.orbits import Ephemeris
from tasking_hub.sandbox.passes import footprint, track_heading_deg

NOMINAL = Constellation.nominal()
EPHEMERIS = Ephemeris(NOMINAL)
BY_NAME = {satellite.name: satellite for satellite in NOMINAL.satellites}
GEOD = Geod(ellps="WGS84")
START = datetime(2026, 8, 22, tzinfo=UTC)

lons = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.95])
lats = st.floats(-84, 84)
sizes = st.floats(10, 120)  # narrower than the bulge of a long side (3 km at 84 degrees) is no scene


def _passes(lon, lat):
    return EPHEMERIS.passes(["PLEIADES", "ICEYE"], lon, lat, START, START + timedelta(days=1))


def _true_heading_deg(one, lon, lat):
    """Where plain sgp4 moves between five seconds before and after the closest moment, on the place's horizon."""
    satrec, site = BY_NAME[one.satellite].satrec, Site.at(lon, lat)
    beneath = []
    for moment in (one.closest - timedelta(seconds=5), one.closest + timedelta(seconds=5)):
        day, fraction = jday(*moment.timetuple()[:5], moment.second + moment.microsecond / 1e6)
        _, position, velocity = satrec.sgp4(day, fraction)
        fixed, _ = teme_to_ecef(np.array(position), np.array(velocity), moment.timestamp())
        beneath.append(fixed / np.linalg.norm(fixed))
    step = beneath[1] - beneath[0]
    return math.degrees(math.atan2(step @ site.east, step @ site.north))


@settings(max_examples=25, deadline=None)
@given(lon=lons, lat=lats)
def test_the_heading_is_that_of_the_flight(lon, lat):
    """The track's direction is that of plain sgp4 around the closest moment, within a degree and a half."""
    for one in _passes(lon, lat):
        difference = track_heading_deg(one) - _true_heading_deg(one, lon, lat)

        assert (difference + 180) % 360 - 180 == pytest.approx(0.0, abs=1.5)


@settings(max_examples=25, deadline=None)
@given(lon=lons, lat=lats)
def test_a_pass_that_only_touches_the_cone_has_the_same_heading(lon, lat):
    """Where start and end are one moment, the azimuth alone gives the direction."""
    for one in (one for one in _passes(lon, lat) if one.incidence_deg > 3):
        touching = evolve(one, start=one.closest, end=one.closest)
        difference = track_heading_deg(touching) - track_heading_deg(one)

        assert (difference + 180) % 360 - 180 == pytest.approx(0.0, abs=2.5)


@settings(max_examples=30, deadline=None)
@given(lon=lons, lat=lats, width=sizes, length=sizes)
def test_a_scene_has_its_size_and_its_centre(lon, lat, width, length):
    """Anywhere off the poles: the area is width times length, the place is inside, longitudes do not jump."""
    for one in _passes(lon, lat)[:3]:
        scene = footprint(one, lon, lat, width, length)
        area, _ = GEOD.geometry_area_perimeter(scene)
        west, _, east, _ = scene.bounds

        assert scene.is_valid
        assert area / 1e6 == pytest.approx(width * length, rel=0.002)
        assert scene.contains(Point(lon, lat))
        assert east - west < 40


def test_the_long_side_lies_along_the_flight():
    """A strip of 5 by 100 km has its long sides parallel to the track."""
    (one, *_) = _passes(1.44, 43.6)
    corners = list(footprint(one, 1.44, 43.6, 5.0, 100.0).exterior.coords)
    edges = [GEOD.inv(*start, *end) for start, end in pairwise(corners)]
    azimuth, _, metres = max(edges, key=lambda edge: edge[2])

    assert metres / 1000 == pytest.approx(100.0, rel=1e-3)
    assert (azimuth - track_heading_deg(one) + 90) % 180 - 90 == pytest.approx(0.0, abs=1.0)


def test_longitudes_stay_next_to_the_centre():
    """A scene across the antimeridian goes on beyond 180 instead of jumping to the other side."""
    (one, *_) = _passes(179.99, 10.0)
    _, _, east, _ = footprint(one, 179.99, 10.0, 40.0, 40.0).bounds

    assert 180.0 < east < 180.5


@pytest.mark.parametrize(("lat", "edge"), [(89.9, "north"), (-89.9, "south")])
def test_a_scene_over_a_pole_is_a_cap(lat, edge):
    """A scene that holds a pole reaches all longitudes and the pole itself."""
    (one, *_) = _passes(1.44, 43.6)
    west, south, east, north = footprint(one, 10.0, lat, 60.0, 60.0).bounds

    assert east - west == pytest.approx(360.0)
    assert {"north": north, "south": -south}[edge] == 90.0
    reach = [abs(GEOD.fwd(10.0, lat, azimuth, 29_900)[1]) for azimuth in range(0, 360, 5)]
    assert 89.5 < {"north": south, "south": -north}[edge] < min(reach)
