"""The sun of the adapter, which may not import the sandbox, against the sandbox's own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub_airbus.translate.sun import sun_elevation_deg


@pytest.mark.parametrize("place", [(1.44, 43.6), (-70.1, -23.2), (120.6, 60.0), (179.9, -45.0)])
def test_both_suns_stand_at_the_same_height(ephemeris, place):
    """Two independent formulas agree to a twentieth of a degree for every pass of a week."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    passes = ephemeris.passes(["PLEIADES", "SPOT"], *place, start, start + timedelta(days=7))
    differences = [abs(sun_elevation_deg(*place, one.closest) - one.sun_elevation_deg) for one in passes]

    assert passes
    assert max(differences) < 0.05


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2049, 1, 1)),  # noqa: DTZ001
)
def test_the_sun_never_stands_higher_than_the_tropics_allow(lon, lat, at):
    """Its height is at most 90 degrees less the distance to the tropics."""
    height = sun_elevation_deg(lon, lat, at.replace(tzinfo=UTC))

    assert -90 <= height <= 90 - max(0.0, abs(lat) - 23.5)
