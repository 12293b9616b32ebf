"""A request means what it says, or is refused with the field at fault."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon

from tasking_hub.errors import InvalidRequestError
from tasking_hub.models import EndUser, Imaging, LookSide, Optical, PassDirection, Radar, Stereo, TaskRequest, Window
from tasking_hub.models.request import REFERENCE_LENGTH_MAX, new_reference

START = datetime(2026, 12, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
TOULOUSE = Point(1.44, 43.6)
REQUEST = TaskRequest(area=TOULOUSE, window=WINDOW, reference="r-1")
MODELS = {"optical": Optical, "radar": Radar}

NUMBERS = [
    (Optical, "max_cloud_cover", 0, 100),
    (Optical, "min_incidence", 0, 90),
    (Optical, "max_incidence", 0, 90),
    (Optical, "min_sun_elevation", -90, 90),
    (Optical, "max_gsd_m", 0.01, 1000),
    (Radar, "max_resolution_m", 0.01, 1000),
    (Radar, "min_incidence", 0, 90),
    (Radar, "max_incidence", 0, 90),
    (Radar, "min_looks", 1, 1000),
]
WHOLE = {"min_looks", "exclusivity_days"}
WISHES = ["licence", "priority", "sla", "market"]
times = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def refused(make, **fields):
    """The field that a refusal names, with its message."""
    with pytest.raises(InvalidRequestError) as caught:
        make(**fields)
    return caught.value.field, str(caught.value)


# --- Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "name", "low", "high"), NUMBERS)
def test_both_ends_are_included(model, name, low, high):
    """The limits themselves can be asked for."""
    assert [getattr(model(**{name: value}), name) for value in (low, high)] == [low, high]


@pytest.mark.parametrize(("model", "name", "low", "high"), NUMBERS)
@given(data=st.data())
def test_what_lies_outside_is_refused(model, name, low, high, data):
    """Every number beyond the limits is refused, and so is what is no number."""
    beyond = st.floats(max_value=low, exclude_max=True) | st.floats(min_value=high, exclude_min=True)
    value = data.draw(beyond | st.just(float("nan")))

    assert refused(model, **{name: value}) == (name, f"{name} must be between {low:g} and {high:g}, not {value:g}")


@pytest.mark.parametrize(("model", "name", "low", "high"), NUMBERS)
@pytest.mark.parametrize("value", ["20", True, [20], Fraction(20)])
def test_what_is_no_number_is_refused(model, name, low, high, value):
    """Text, truth values and lists are no numbers."""
    assert refused(model, **{name: value}) == (name, f"{name} must be a number, not {type(value).__name__}")


@pytest.mark.parametrize("value", [1.5, 2.0, float("nan")])
@pytest.mark.parametrize(("make", "name"), [(Radar, "min_looks"), (REQUEST.__class__, "exclusivity_days")])
def test_counts_are_whole(make, name, value):
    """There is no half look and no half day."""
    area = {} if make is Radar else {"area": TOULOUSE, "window": WINDOW}

    assert refused(make, **area, **{name: value})[0] == name


def test_decimals_become_numbers_to_calculate_with():
    """A percentage read from JSON as a Decimal is welcome, and can be subtracted from a float."""
    optical = Optical(max_cloud_cover=Decimal("12.5"))

    assert (optical.max_cloud_cover, type(optical.max_cloud_cover)) == (12.5, float)


@pytest.mark.parametrize("model", [Optical, Radar])
@given(low=st.floats(0, 90), high=st.floats(0, 90))
def test_a_range_goes_upwards(model, low, high):
    """A least incidence above the greatest can be met by no image."""
    if low <= high:
        assert model(min_incidence=low, max_incidence=high).min_incidence == low
    else:
        assert refused(model, min_incidence=low, max_incidence=high)[0] == "min_incidence"


# --- Choices -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [(Optical, "stereo", Stereo), (Radar, "look_side", LookSide), (Radar, "pass_direction", PassDirection)],
)
def test_words_become_members(model, name, kind):
    """A word of the set is its member, so that `is` works; any other word is refused with those there are."""
    assert [getattr(model(**{name: choice.value}), name) for choice in kind] == list(kind)
    assert all(getattr(model(**{name: choice}), name) is choice for choice in kind)
    assert refused(model, **{name: "sideways"}) == (
        name,
        f"{name} must be one of {', '.join(kind)}, not 'sideways'",
    )


# --- Windows -----------------------------------------------------------------------------------------


@given(times, times)
def test_a_window_goes_forwards(start, end):
    """The end comes after the start, or there is no window."""
    if start < end:
        assert Window(start, end).duration == end - start
    else:
        assert refused(Window, start=start, end=end)[0] == "end"


@pytest.mark.parametrize("name", ["start", "end"])
def test_naive_times_are_refused(name):
    """A time without its zone is refused, and named."""
    times = {"start": START, "end": START + timedelta(days=1)} | {name: datetime(2026, 12, 1, 12)}  # noqa: DTZ001

    field, message = refused(Window, **times)
    assert (field, message.startswith(f"{name} 2026-12-01T12:00:00 has no time zone")) == (name, True)


def test_a_window_of_text_is_refused():
    """A text is no time until somebody has read it."""
    assert refused(Window, start="2026-12-01", end=START) == ("start", "start must be a datetime, not str")


def test_windows_are_in_utc():
    """The same moments in another zone make the same window."""
    zone = timezone(timedelta(hours=5, minutes=30))
    window = Window(WINDOW.start.astimezone(zone), WINDOW.end.astimezone(zone))

    assert (window, window.start.tzinfo) == (WINDOW, UTC)


def test_a_window_as_text_is_an_interval():
    """ISO 8601, in UTC: what rows for people and for machines show."""
    assert str(Window(START, START + timedelta(hours=30))) == "2026-12-01T00:00:00Z/2026-12-02T06:00:00Z"


windows = st.tuples(times, times).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Window(*pair))


@given(windows, windows)
def test_what_two_windows_share(one, other):
    """The shared time is the same both ways, lies in both, and is None where nothing is shared."""
    shared = one.intersect(other)

    assert shared == other.intersect(one)
    if shared is None:
        assert one.end <= other.start or other.end <= one.start
    else:
        assert (shared.start, shared.end) == (max(one.start, other.start), min(one.end, other.end))


@given(windows)
def test_a_window_shares_all_of_itself(window):
    """Nothing is lost between a window and itself."""
    assert window.intersect(window) == window


# --- The request -------------------------------------------------------------------------------------


def test_by_default_any_sensor_is_welcome():
    """Without requirements both kinds of image are wanted, and nothing is asked of them."""
    assert (REQUEST.optical, REQUEST.radar) == (Optical(), Radar())
    assert [REQUEST.asked(imaging) for imaging in Imaging] == [{}, {}]


def test_neither_kind_is_no_request():
    """A request that wants no image is refused."""
    assert refused(TaskRequest, area=TOULOUSE, window=WINDOW, optical=None, radar=None)[0] == "imaging"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"area": MultiPoint([(0, 0), (1, 1)])}, "area"),
        ({"area": Polygon()}, "area"),
        ({"area": Point(200, 0)}, "area"),
        ({"window": (START, START)}, "window"),
        ({"window": None}, "window"),
        ({"optical": {"max_cloud_cover": 10}}, "optical"),
        ({"optical": Radar()}, "optical"),
        ({"radar": Optical()}, "radar"),
        ({"reference": ""}, "reference"),
        ({"reference": "  "}, "reference"),
        ({"reference": "a\nb"}, "reference"),
        ({"reference": "x" * (REFERENCE_LENGTH_MAX + 1)}, "reference"),
        ({"reference": 7}, "reference"),
        ({"accounts": "airbus"}, "accounts"),
        ({"exclusivity_days": -1}, "exclusivity_days"),
        ({"exclusivity_days": 36501}, "exclusivity_days"),
        ({"exclusivity_days": "7"}, "exclusivity_days"),
        *(({wish: value}, wish) for wish in WISHES for value in ("", "  ", 7)),
    ],
)
def test_a_field_that_cannot_be_meant(fields, field):
    """What cannot be meant as written is refused before anything is sent, with its field."""
    named, message = refused(TaskRequest, **{"area": TOULOUSE, "window": WINDOW, **fields})

    assert named == field
    assert len(message) < 300


@pytest.mark.parametrize("length", [1, REFERENCE_LENGTH_MAX])
def test_references_of_any_allowed_length(length):
    """The shortest and the longest reference are kept as they are."""
    assert evolve(REQUEST, reference="é" * length).reference == "é" * length


def test_references_are_made_unique_and_plain():
    """A reference that is made has only characters that every provider echoes, and is never made twice."""
    made = {TaskRequest(area=TOULOUSE, window=WINDOW).reference for _ in range(100)} | {new_reference()}

    assert len(made) == 101
    assert [reference for reference in made if not re.fullmatch("[a-z0-9-]{1,40}", reference)] == []


def test_lists_become_tuples():
    """A list that the caller changes later changes nothing here."""
    accounts, users = ["airbus"], [EndUser(name="Ada", country="FR")]
    request = evolve(REQUEST, accounts=accounts, end_users=users)
    accounts.append("planet")
    users.clear()

    assert (request.accounts, request.end_users) == (("airbus",), (EndUser(name="Ada", country="FR"),))


@pytest.mark.parametrize("name", ["options", "properties"])
def test_mappings_are_copied(name):
    """A mapping that the caller changes later changes nothing here."""
    given_ = {"a": 1}
    request = evolve(REQUEST, **{name: given_})
    given_["b"] = 2

    assert getattr(request, name) == {"a": 1}


@pytest.mark.parametrize("value", [REQUEST, Optical(), Radar(), WINDOW, EndUser(name="Ada", country="FR")])
def test_nothing_can_be_changed(value):
    """A value that was checked stays as it was checked."""
    name = attrs.fields(type(value))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


def test_properties_do_not_make_requests_differ():
    """What the input carried beside the request is no part of what is asked."""
    assert evolve(REQUEST, properties={"colour": "red"}) == REQUEST


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "", "country": "FR"}, "name"),
        ({"name": None, "country": "FR"}, "name"),
        ({"name": "Ada", "country": "fr"}, "country"),
        ({"name": "Ada", "country": "FRA"}, "country"),
        ({"name": "Ada", "country": "France"}, "country"),
        ({"name": "Ada", "country": None}, "country"),
    ],
)
def test_an_end_user_has_a_name_and_a_country_code(fields, field):
    """What Airbus would refuse is refused here."""
    assert refused(EndUser, **fields)[0] == field


# --- What was asked ----------------------------------------------------------------------------------

optical_wishes = {"max_cloud_cover": 10, "min_sun_elevation": 20, "max_gsd_m": 0.5, "stereo": Stereo.STEREO}
radar_wishes = {"mode": "SPOT", "max_resolution_m": 1, "min_looks": 2, "look_side": LookSide.LEFT}
both_wishes = {"min_incidence": 5, "max_incidence": 30}
commercial = {"licence": "EULA", "priority": "HIGH", "exclusivity_days": 0, "sla": "8H", "market": "M"}


@given(
    st.sets(st.sampled_from([*optical_wishes, *both_wishes])),
    st.sets(st.sampled_from([*radar_wishes, *both_wishes])),
    st.sets(st.sampled_from([*commercial, "end_users"])),
)
def test_asked_names_what_was_set_and_nothing_else(optical, radar, wishes):
    """Each requirement of a kind of image and each commercial wish appears with its value; zero is a wish too."""
    every = optical_wishes | radar_wishes | both_wishes | commercial | {"end_users": (EndUser(name="A", country="FR"),)}
    request = evolve(
        REQUEST,
        optical=Optical(**{name: every[name] for name in optical}),
        radar=Radar(**{name: every[name] for name in radar}),
        **{name: every[name] for name in wishes},
    )

    assert request.asked(Imaging.OPTICAL) == {name: every[name] for name in optical | wishes}
    assert request.asked(Imaging.RADAR) == {name: every[name] for name in radar | wishes}


def test_a_kind_that_is_not_wanted_asks_for_wishes_only():
    """Where no optical image is wanted there are no requirements on it."""
    request = evolve(REQUEST, optical=None, licence="EULA")

    assert (request.requirements(Imaging.OPTICAL), request.asked(Imaging.OPTICAL)) == (None, {"licence": "EULA"})
    assert request.requirements(Imaging.RADAR) == Radar()


# --- Options -----------------------------------------------------------------------------------------


@attrs.frozen
class Knobs:
    """An adapter's options."""

    number: int = 1


@attrs.frozen
class Others:
    """Another adapter's options."""


def test_options_given():
    """What the caller gave for this provider comes back."""
    assert evolve(REQUEST, options={"knobs": Knobs(2)}).options_for("knobs", Knobs) == Knobs(2)


def test_options_left_out():
    """Where the caller gave none, the adapter's defaults hold."""
    assert evolve(REQUEST, options={"others": Others()}).options_for("knobs", Knobs) == Knobs()


def test_options_of_another_provider_are_refused():
    """Options of the wrong class are a mistake, named by provider and both classes."""
    request = evolve(REQUEST, options={"knobs": Others()})

    assert refused(lambda: request.options_for("knobs", Knobs)) == (
        "knobs",
        "options for knobs must be Knobs, not Others",
    )
