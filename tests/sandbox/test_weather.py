"""Clouds: repeatable, smooth, within range, as cloudy as the place typically is, and forecasts that get better."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import correlation, mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.errors import InvalidRequestError
from tasking_hub.sandbox.weather import cloud_cover_percent, cloud_forecast_percent, typical_cover_percent

NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)
SEEDS = st.integers(-(2**70), 2**70)
LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LEADS = st.timedeltas(timedelta(days=-30), timedelta(days=400))


@given(seed=SEEDS, lon=LONGITUDES, lat=LATITUDES, moment=MOMENTS, lead=LEADS)
def test_cover_and_forecast_are_percentages(seed, lon, lat, moment, lead):
    """No seed, place or time gives less than 0 or more than 100."""
    covers = (
        cloud_cover_percent(seed, lon, lat, moment),
        cloud_forecast_percent(seed, lon, lat, moment, moment - lead),
        typical_cover_percent(lon, lat),
    )

    assert all(0.0 <= cover <= 100.0 for cover in covers)


@given(seed=SEEDS, lon=LONGITUDES, lat=LATITUDES, moment=MOMENTS)
def test_the_sky_is_smooth(seed, lon, lat, moment):
    """A kilometre or a minute away the cover is the same within a few percent."""
    here = cloud_cover_percent(seed, lon, lat, moment)
    near = cloud_cover_percent(seed, lon, lat + (0.01 if lat < 0 else -0.01), moment)
    soon = cloud_cover_percent(seed, lon, lat, moment + timedelta(minutes=1))

    assert near == pytest.approx(here, abs=8.0)
    assert soon == pytest.approx(here, abs=4.0)


@given(seed=SEEDS, lat=LATITUDES, lon=LONGITUDES, moment=MOMENTS)
def test_the_sky_has_no_seam(seed, lat, lon, moment):
    """Both names of the antimeridian, and all longitudes of a pole, are one place."""
    assert cloud_cover_percent(seed, 180.0, lat, moment) == pytest.approx(
        cloud_cover_percent(seed, -180.0, lat, moment), abs=1e-6
    )
    assert cloud_cover_percent(seed, lon, 90.0, moment) == pytest.approx(
        cloud_cover_percent(seed, 0.0, 90.0, moment), abs=1e-6
    )


@given(seed=SEEDS, lon=LONGITUDES, lat=LATITUDES, moment=MOMENTS, late=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_forecast_for_now_or_the_past_is_the_truth(seed, lon, lat, moment, late):
    """Without a lead there is nothing to be wrong about."""
    actual = cloud_forecast_percent(seed, lon, lat, moment, moment + late)

    assert actual == pytest.approx(cloud_cover_percent(seed, lon, lat, moment), abs=1e-9)


def _mean_error(lead):
    moments = [NOON + timedelta(hours=61 * step) for step in range(150)]
    return mean(
        abs(cloud_forecast_percent(3, 1.4, 43.6, t, t - lead) - cloud_cover_percent(3, 1.4, 43.6, t)) for t in moments
    )


def test_forecasts_get_worse_with_lead_time():
    """The mean error grows from hours to days to weeks ahead."""
    errors = [_mean_error(timedelta(hours=hours)) for hours in (3, 24, 96, 480)]

    assert errors == sorted(errors)
    assert errors[-1] > 3 * errors[0]


def test_a_forecast_far_ahead_is_only_the_climate():
    """A month ahead forecasts scatter like the weather itself: same mean, clear and overcast days as often."""
    moments = [NOON + timedelta(hours=97 * step) for step in range(1500)]
    covers = [cloud_cover_percent(3, 1.4, 43.6, moment) for moment in moments]
    forecasts = [cloud_forecast_percent(3, 1.4, 43.6, moment, moment - timedelta(days=30)) for moment in moments]

    assert mean(forecasts) == pytest.approx(mean(covers), abs=5.0)
    assert stdev(forecasts) == pytest.approx(stdev(covers), abs=4.0)
    assert abs(correlation(forecasts, covers)) < 0.1


def test_forecasts_issued_in_turn_change_gently():
    """From one hour's forecast for a time to the next hour's there is no jump."""
    forecasts = [
        cloud_forecast_percent(3, 1.4, 43.6, NOON, NOON - timedelta(hours=hours)) for hours in range(240, -1, -1)
    ]
    steps = [abs(later - earlier) for earlier, later in pairwise(forecasts)]

    assert max(steps) < 30.0
    assert mean(steps) < 6.0


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(1.44, 43.6), (10.0, 24.0), (-60.0, 2.0), (0.0, -60.0)],
    ids=["Toulouse", "Sahara", "Amazon", "sea"],
)
def test_a_place_is_as_cloudy_as_it_typically_is(lon, lat):
    """Over years the mean cover is the typical one of the place."""
    actual = mean(cloud_cover_percent(11, lon, lat, NOON + timedelta(hours=97 * step)) for step in range(1500))

    assert actual == pytest.approx(typical_cover_percent(lon, lat), abs=4.0)


def test_the_tropics_are_cloudier_than_the_deserts():
    """The order of the climates: southern ocean, Amazon, Toulouse, Sahara."""
    covers = [typical_cover_percent(*place) for place in ((0, -60), (-60, 2), (1.44, 43.6), (10, 24))]

    assert covers == sorted(covers, reverse=True)


@given(lat=LATITUDES)
def test_the_climate_has_no_seam(lat):
    """Both names of the antimeridian have one climate, and it changes by little over a tenth of a degree."""
    here = typical_cover_percent(180.0, lat)
    beside = typical_cover_percent(180.0, min(lat + 0.1, 90.0))

    assert typical_cover_percent(-180.0, lat) == here
    assert beside == pytest.approx(here, abs=1.0)


def test_seeds_make_different_skies():
    """Another seed is another sky; the same seed is the same sky."""
    skies = [cloud_cover_percent(seed, 1.4, 43.6, NOON) for seed in (1, 2, 3, 1)]

    assert len(set(skies)) == 3
    assert skies[0] == skies[3]


def test_a_sky_never_changes_between_versions():
    """One pinned value: recorded sandbox runs can be repeated."""
    assert cloud_cover_percent(7, 1.44, 43.6, NOON) == pytest.approx(75.0769712668, abs=1e-6)


def test_a_naive_time_is_refused():
    """Without a time zone there is no moment to tell the weather of."""
    with pytest.raises(InvalidRequestError, match="time zone"):
        cloud_cover_percent(1, 0.0, 0.0, NOON.replace(tzinfo=None))
