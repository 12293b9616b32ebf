"""What is refused before Planet is asked, and what a caller may ask of Planet at all."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box

from tasking_hub import InvalidRequestError, Optical, Pace, Radar, RefusalCode, Stereo, Window
from tasking_hub_planet import PlanetOptions
from tasking_hub_planet.translate import check_request, pace
from tasking_hub_planet.translate.rules import EXCLUSIVITY_DAYS, exclusivity_sold

EQUATOR_DEG_PER_KM = 1 / 111.32


def test_an_ordinary_request_passes(inquire):
    """A point, a line and a small polygon have nothing against them."""
    for area in (LineString([(1, 2), (1.5, 2.5)]), box(1, 2, 1.01, 2.01)):
        assert check_request(inquire(area=area)) == []
    assert check_request(inquire(optical=Optical(stereo=Stereo.MONO), exclusivity_days=30)) == []


def test_radar_is_not_offered(inquire):
    """A request for radar alone is answered, even where nobody looked at the capabilities first."""
    (refusal,) = check_request(inquire(optical=None, radar=Radar()))

    assert (refusal.code, refusal.field) == (RefusalCode.IMAGING_NOT_OFFERED, "imaging")
    assert (refusal.account, refusal.provider, refusal.product) == ("planet-eu", "planet", "Assured Tasking")


@pytest.mark.parametrize("stereo", [Stereo.STEREO, Stereo.TRISTEREO])
def test_stereo_is_refused(inquire, stereo):
    """Stereo exists on flexible orders only; one view would be useless to who wants two."""
    (refusal,) = check_request(inquire(optical=Optical(stereo=stereo)))

    assert (refusal.code, refusal.field) == (RefusalCode.REQUIREMENT_NOT_OFFERED, "stereo")
    assert refusal.remedy == "ask for a mono image"


@pytest.mark.parametrize(("days", "refused"), [(6.9, False), (7, True), (30, True)])
def test_a_window_beyond_seven_days_is_too_late(inquire, days, refused):
    """Planet plans a week ahead; the remedy says both ways out."""
    inquiry = inquire()
    start = inquiry.asked_at + timedelta(days=days)

    refusals = check_request(inquire(window=Window(start, start + timedelta(days=1))))

    assert [one.code for one in refusals] == [RefusalCode.WINDOW_TOO_LATE] * refused
    if refused:
        assert refusals[0].limit == "2024-07-31T09:26:41.228492Z"
        assert refusals[0].remedy.startswith("start the window before 2024-07-31T09:26:41.228492Z, or ask again after ")


@pytest.mark.parametrize(("request_days", "option", "refused"), [(31, None, True), (30, None, False), (365, 7, True)])
def test_exclusivity_ends_at_thirty_days(inquire, request_days, option, refused):
    """More than thirty days are not sold."""
    refusals = check_request(inquire(exclusivity_days=request_days, options=PlanetOptions(exclusivity_days=option)))

    assert [(one.code, one.limit, one.actual) for one in refusals] == [
        (RefusalCode.REQUIREMENT_NOT_OFFERED, 30, request_days)
    ] * refused


@given(st.integers(0, 40))
def test_exclusivity_is_rounded_up(days):
    """What is sold is enough, and nothing smaller would be."""
    sold = exclusivity_sold(days)

    enough = [one for one in EXCLUSIVITY_DAYS if one >= days]
    assert sold == (enough[0] if enough else None)


@pytest.mark.parametrize(
    ("width_km", "height_km", "scenes"),
    [(5.8, 5.8, 1), (6.0, 5.0, 2), (5.0, 12.0, 3), (11.0, 11.0, 4), (25.0, 0.5, 5)],
)
def test_an_area_larger_than_a_scene_is_refused(inquire, width_km, height_km, scenes):
    """The remedy is the number of scenes that would show it all."""
    area = box(10, -height_km / 2 * EQUATOR_DEG_PER_KM, 10 + width_km * EQUATOR_DEG_PER_KM, height_km / 2 / 111.32)

    refusals = check_request(inquire(area=area))

    assert [one.code for one in refusals] == [RefusalCode.AREA_TOO_LARGE] * (scenes > 1)
    if refusals:
        (refusal,) = refusals
        assert f"into {scenes} scenes" in refusal.remedy
        assert (refusal.field, refusal.limit, refusal.unit) == ("area", 34.81, "km²")
        assert refusal.actual == pytest.approx(width_km * height_km, rel=0.02)


def test_the_scene_is_an_assumption_of_the_callers(inquire):
    """Whoever knows better may say how long a scene is."""
    area = box(10, 0, 10.05, 0.15)

    assert check_request(inquire(area=area)) != []
    assert check_request(inquire(area=area, options=PlanetOptions(scene_length_km=20))) == []


def test_everything_wrong_is_said_at_once(inquire):
    """One round is enough to correct a request."""
    inquiry = inquire(area=box(1, 1, 2, 2), optical=Optical(stereo=Stereo.STEREO), exclusivity_days=99)

    assert [one.field for one in check_request(inquiry)] == ["stereo", "exclusivity_days", "area"]


def test_the_pace_is_planets_or_the_configured_one(settings):
    """Ten requests a second less a margin, without a ban; a configured pace replaces it."""
    assert pace(settings) == Pace(per_second=9.5)
    assert pace(evolve(settings, requests_per_second=500.0)) == Pace(per_second=500.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("exclusivity_days", 5),
        ("off_nadir_max", 91),
        ("off_nadir_min", -1),
        ("poll_first_s", 0),
        ("search_deadline_s", 4000),
        ("scene_width_km", 0),
        ("price_max_age_s", -1),
    ],
)
def test_options_that_cannot_be_meant_are_refused(field, value):
    """The message names the option as it stands in an input file."""
    with pytest.raises(InvalidRequestError, match=f"planet.{field} must be") as caught:
        PlanetOptions(**{field: value})

    assert caught.value.field == f"planet.{field}"


def test_the_key_stays_out_of_sight(settings):
    """Neither repr shows it."""
    assert "a-made-up-key" not in repr(settings)
