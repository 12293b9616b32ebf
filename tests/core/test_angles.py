"""Angles convert back to themselves and never beyond what can be seen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.angles import (
    EARTH_RADIUS_KM,
    Range,
    check_angle,
    incidence_from_elevation,
    incidence_from_off_nadir,
    off_nadir_from_incidence,
    satellite_elevation,
)
from tasking_hub.errors import InvalidRequestError

incidences = st.floats(min_value=0, max_value=90)
heights = st.floats(min_value=150, max_value=36_000)
numbers = st.floats(min_value=-360, max_value=360)


@st.composite
def ranges(draw):
    """Ranges with their ends in order."""
    low, high = sorted((draw(numbers), draw(numbers)))
    return Range(low, high)


def test_complements_are_exact_in_the_decimals_that_people_write():
    """An incidence of 31.7 degrees is a satellite elevation of 58.3, without a binary remainder."""
    written = [tenths / 10 for tenths in range(901)]

    assert [satellite_elevation(angle) for angle in written] == [(900 - tenths) / 10 for tenths in range(901)]
    assert [incidence_from_elevation(satellite_elevation(angle)) for angle in written] == written


@given(incidences)
def test_elevation_and_incidence_are_complements(incidence):
    """The two are one angle measured from the vertical and from the horizon."""
    assert incidence_from_elevation(satellite_elevation(incidence)) == pytest.approx(incidence, abs=1e-12)
    assert satellite_elevation(incidence) + incidence == pytest.approx(90)


@given(st.floats(min_value=0, max_value=89), heights)
def test_off_nadir_round_trip(incidence, height):
    """From the target to the satellite and back is the same incidence."""
    off_nadir = off_nadir_from_incidence(incidence, height)

    assert incidence_from_off_nadir(off_nadir, height) == pytest.approx(incidence, abs=1e-6)


@given(st.floats(min_value=0.1, max_value=90), heights)
def test_off_nadir_is_smaller_than_incidence(incidence, height):
    """The Earth curves away, so the satellite looks less obliquely than it is seen."""
    assert 0 < off_nadir_from_incidence(incidence, height) < incidence


@given(incidences, incidences, heights)
def test_off_nadir_grows_with_incidence(first, second, height):
    """A more oblique view at the target is a more oblique view from the satellite."""
    low, high = sorted((first, second))

    assert off_nadir_from_incidence(low, height) <= off_nadir_from_incidence(high, height)


@given(st.floats(min_value=1, max_value=89), heights, heights)
def test_off_nadir_shrinks_with_height(incidence, first, second):
    """Seen under one incidence, the higher satellite looks closer to its nadir."""
    low, high = sorted((first, second))

    assert off_nadir_from_incidence(incidence, high) <= off_nadir_from_incidence(incidence, low)


def test_off_nadir_of_a_known_triangle():
    """One Earth radius up, the horizon is seen 30 degrees off nadir."""
    assert off_nadir_from_incidence(90, EARTH_RADIUS_KM) == pytest.approx(30)
    assert incidence_from_off_nadir(30, EARTH_RADIUS_KM) == pytest.approx(90, abs=1e-5)


def test_nadir_is_nadir_from_any_height():
    """Straight down is straight up."""
    assert (off_nadir_from_incidence(0, 500), incidence_from_off_nadir(0, 500)) == (0, 0)


@given(st.floats(min_value=0.001, max_value=20), heights)
def test_a_view_past_the_limb_has_no_incidence(excess, height):
    """A satellite that looks past the Earth sees no target."""
    limb = math.degrees(math.asin(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + height)))

    with pytest.raises(InvalidRequestError, match="off_nadir_deg"):
        incidence_from_off_nadir(limb + excess, height)


@given(heights)
def test_the_limb_is_seen_at_grazing_incidence(height):
    """The last view that meets the Earth lies flat on it, whatever the last digit of its angle."""
    limb = math.degrees(math.asin(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + height)))

    assert incidence_from_off_nadir(limb * (1 - 1e-15), height) == pytest.approx(90, abs=1e-4)
    assert incidence_from_off_nadir(off_nadir_from_incidence(90, height), height) == pytest.approx(90, abs=1e-4)


@pytest.mark.parametrize("height", [0, -1, math.inf, math.nan])
def test_orbits_are_above_the_ground(height):
    """A height of nothing, below the ground or without end is refused."""
    with pytest.raises(InvalidRequestError, match="orbit") as caught:
        off_nadir_from_incidence(20, height)

    assert caught.value.field == "orbit_height_km"


@pytest.mark.parametrize("value", [-0.001, 90.001, math.nan, math.inf])
def test_angles_outside_their_limits_name_the_field(value):
    """The error says which angle, its value and its limits."""
    with pytest.raises(InvalidRequestError, match=r"sun_elevation .* 0\.\.90") as caught:
        check_angle(value, 0, 90, "sun_elevation")

    assert caught.value.field == "sun_elevation"


@given(incidences)
def test_angles_inside_their_limits_pass(value):
    """Limits belong to the allowed values."""
    assert check_angle(value, 0, 90, "incidence") == value


@pytest.mark.parametrize(("low", "high"), [(1, 0), (math.nan, 1), (0, math.nan)])
def test_ranges_go_upwards(low, high):
    """A range whose maximum is below its minimum, or not a number, is refused."""
    with pytest.raises(InvalidRequestError, match="range"):
        Range(low, high)


@given(ranges())
def test_ranges_contain_their_ends(range_):
    """Both ends lie in the range, and what is outside does not."""
    assert (range_.contains(range_.min), range_.contains(range_.max)) == (True, True)
    assert (range_.contains(range_.min - 1), range_.contains(range_.max + 1)) == (False, False)
    assert not range_.contains(math.nan)


@given(ranges(), ranges(), numbers)
def test_an_intersection_holds_exactly_what_both_hold(first, second, value):
    """A number is in the intersection if and only if it is in both."""
    shared = first.intersect(second)

    assert (shared is not None and shared.contains(value)) == (first.contains(value) and second.contains(value))


@given(ranges(), ranges())
def test_intersection_does_not_depend_on_the_order(first, second):
    """Either range may be asked, and each shares all of itself with itself."""
    assert first.intersect(second) == second.intersect(first)
    assert first.intersect(first) == first
