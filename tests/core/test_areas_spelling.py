"""A misspelt requirement is pointed out; the buyer's own properties are left in peace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.areas.properties import PROPERTIES
from tasking_hub.areas.spelling import meant

LONG = [name for name in PROPERTIES if len(name) > 7]
ADAPTERS = ("airbus", "planet")


@pytest.mark.parametrize(
    ("name", "probable"),
    [
        ("max_clouds", "max_cloud_cover"),
        ("max_cloud", "max_cloud_cover"),
        ("cloud_cover", "max_cloud_cover"),
        ("maximum_cloud_cover", "max_cloud_cover"),
        ("maxIncidence", "max_incidence"),
        ("max-incidence", "max_incidence"),
        ("max_incidence_angle", "max_incidence"),
        ("max_off_nadir", "max_incidence"),
        ("max_gsd", "max_gsd_m"),
        ("max_resolution", "max_resolution_m"),
        ("refrence", "reference"),
        ("Reference", "reference"),
        ("license", "licence"),
        ("exclusivity", "exclusivity_days"),
        ("exclusive_days", "exclusivity_days"),
        ("lookSide", "look_side"),
        ("pass_dir", None),
        ("pass_directon", "pass_direction"),
        ("account", "accounts"),
        ("priorty", "priority"),
        ("START", "start"),
        ("SLA", "sla"),
    ],
)
def test_words_that_come_close_are_pointed_out(name, probable):
    """Typing mistakes, other spellings and other habits of writing names."""
    assert meant(name, 10, ADAPTERS) == probable


OWN = (
    "name id state model models code node class country region land city population elevation direction count "
    "counts discount amount preference difference resolution gsd max_speed max_depth min_depth max_population "
    "max_elevation area area_km2 description notes comment owner type status date title length wikidata source"
)


@pytest.mark.parametrize("name", OWN.split())
def test_properties_of_ones_own_are_left_alone(name):
    """A file full of attributes is not refused for them."""
    assert meant(name, "anything", ADAPTERS) is None


@given(st.sampled_from(LONG), st.data())
def test_a_letter_too_few_in_a_long_name_is_pointed_out(name, data):
    """Any one letter after the first few can be forgotten."""
    place = data.draw(st.integers(5, len(name) - 1))

    assert meant(name[:place] + name[place + 1 :], 10, ADAPTERS) == name


@given(
    st.sampled_from(sorted(PROPERTIES)), st.sampled_from([str.upper, str.title, lambda name: name.replace("_", "-")])
)
def test_letters_count_and_nothing_else(name, write):
    """Case and separators are no difference."""
    assert meant(write(name), 10, ADAPTERS) == name


@pytest.mark.parametrize(("name", "probable"), [("from", "start"), ("start_time", "start"), ("to", "end")])
def test_words_for_time_count_with_a_time(name, probable):
    """A route from Paris to Lyon is no window, from a date to another is one."""
    assert meant(name, "2026-12-01T00:00:00Z", ADAPTERS) == probable
    assert meant(name, "Paris", ADAPTERS) is None
    assert meant(name, 3, ADAPTERS) is None


def test_an_adapters_name_written_otherwise_is_pointed_out_for_an_object():
    """Options under `Airbus` would be lost; a text there is the buyer's own."""
    assert meant("Airbus", {"mission": "x"}, ADAPTERS) == "airbus"
    assert meant("Airbus", "operator", ADAPTERS) is None
    assert meant("other", {"a": 1}, ADAPTERS) is None
