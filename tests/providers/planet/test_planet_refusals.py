"""Planet's no, in our words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub import (
    ErrorDetail,
    HttpResponse,
    Optical,
    RefusalCode,
    RejectedRequestError,
    Window,
)
from tasking_hub.messages import dump_json
from tasking_hub_planet import PlanetOptions
from tasking_hub_planet.translate import read_ending, read_error, read_search, rejected

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ('{"end_time": ["Too late."]}', None, "end_time: Too late."),
        ('{"end_time": ["Too late.", "Really."]}', None, "end_time: Too late.; end_time: Really."),
        ('{"end_time": "Too late."}', None, "end_time: Too late."),
        ('{"geometry": {"coordinates": ["Wrong."]}}', None, "geometry.coordinates: Wrong."),
        ('{"geometry": {"coordinates": {"0": ["Wrong."]}}}', None, "geometry.coordinates.0: Wrong."),
        ('{"non_field_errors": ["Both wrong."]}', None, "Both wrong."),
        ('{"detail": "Not found."}', None, "Not found."),
        ('{"detail": "Not found.", "code": "not_found"}', "not_found", "Not found."),
        ('{"error": "Broken."}', None, "Broken."),
        ('{"error": {"code": "E1", "message": "Broken."}}', "E1", "Broken."),
        ('{"errors": [{"field": ["Wrong."]}]}', None, "field: Wrong."),
        ('{"message": "Broken."}', None, "Broken."),
        ('{"error_code": "E2", "error_message": "Broken."}', "E2", "Broken."),
        ('["One.", "Two."]', None, "One.; Two."),
        ('"Just text."', None, "Just text."),
        ("Bad gateway", None, "Bad gateway"),
        ("<html><body>Bad gateway</body></html>", None, ""),
        ("", None, ""),
        ("null", None, ""),
        ("{}", None, ""),
        ('{"count": 3, "ok": false}', None, ""),
    ],
)
def test_every_shape_of_an_error_body_is_read(body, code, message):
    """Nobody documents the shape, so each that the framework uses is understood."""
    assert read_error(HttpResponse(status=400, body=body.encode())) == ErrorDetail(code=code, message=message)


def test_a_page_by_its_type_says_nothing():
    """HTML that begins with text is still a page."""
    response = HttpResponse(status=502, headers={"Content-Type": "text/html"}, body=b"Oops <br>")

    assert read_error(response) == ErrorDetail()


@given(json_values)
def test_reading_an_error_never_fails(body):
    """Whatever JSON comes, there is a detail."""
    detail = read_error(HttpResponse(status=400, body=dump_json(body).encode()))

    assert isinstance(detail.message, str)


def test_a_deep_body_ends(inquire):
    """A body nested without end is cut off, not followed."""
    body = ('{"a":' * 50) + '["x"]' + ("}" * 50)

    assert read_error(HttpResponse(status=400, body=body.encode())) == ErrorDetail()


def error(body, status=400):
    """A rejection with this body, as the channel raises it."""
    response = HttpResponse(status=status, body=body.encode())
    detail = read_error(response)
    return RejectedRequestError(
        status=status, method="POST", url="u", code=detail.code, provider_message=detail.message, body=body
    )


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ('{"geometry": ["Wrong."]}', RefusalCode.AREA_SHAPE, "area"),
        ('{"geometry": {"coordinates": ["Wrong."]}}', RefusalCode.AREA_SHAPE, "area"),
        ('{"end_time": ["Cannot be more than 7 days in the future."]}', RefusalCode.INVALID_REQUEST, "window"),
        ('{"start_time": ["Wrong."]}', RefusalCode.INVALID_REQUEST, "window"),
        ('{"pl_number": ["Unknown."]}', RefusalCode.NOT_IN_CONTRACT, "pl_number"),
        ('{"product": ["Unknown."]}', RefusalCode.NOT_IN_CONTRACT, "product"),
        ('{"sat_elevation_angle_min": ["Wrong."]}', RefusalCode.REQUIREMENT_NOT_OFFERED, "max_incidence"),
        ('{"sat_elevation_angle_max": ["Wrong."]}', RefusalCode.REQUIREMENT_NOT_OFFERED, "min_incidence"),
        ('{"other": ["Wrong."], "product": ["Wrong."]}', RefusalCode.NOT_IN_CONTRACT, "product"),
        ('{"detail": "No."}', RefusalCode.REJECTED, None),
        ("No.", RefusalCode.REJECTED, None),
        ("", RefusalCode.REJECTED, None),
    ],
)
def test_a_rejected_search_points_at_the_requirement(inquire, body, code, field):
    """The member that Planet complains about becomes the caller's own word for it."""
    refusal = rejected(inquire(), error(body))

    assert (refusal.code, refusal.field) == (code, field)
    assert refusal.remedy
    assert refusal.message.startswith("Planet rejects the search: ")


def test_planets_words_and_code_are_kept(inquire):
    """The caller can read what the provider said."""
    refusal = rejected(inquire(), error('{"error": {"code": "E7", "message": "Quota used up."}}'))

    assert refusal.provider_code == "E7"
    assert refusal.message == "Planet rejects the search: Quota used up."


@pytest.mark.parametrize("status", [301, 302, 405, 413])
def test_a_status_that_is_not_about_the_request_stays_an_error(inquire, status):
    """A redirect or a wrong method is a wrong address, not a no."""
    with pytest.raises(RejectedRequestError):
        rejected(inquire(), error("", status))


# --- Endings -----------------------------------------------------------------------------------------


@pytest.fixture
def ending(sample, inquire):
    """Makes the last word on the page's search, with changes to it."""

    def make(name="search-done", *, found=False, change=None, **request):
        body = sample(name) | (change or {})
        state = read_search(HttpResponse(status=200, body=dump_json(body).encode()))
        return read_ending(inquire(**request), state, found=found)

    return make


def test_windows_found_need_no_last_word(ending):
    """A finished search with opportunities ends in silence."""
    assert ending(found=True) is None


@pytest.mark.parametrize("found", [True, False])
def test_a_failed_search_is_said(ending, found):
    """With the provider's code, also after windows were found, and it may be tried again."""
    refusal = ending("search-failed", found=found)

    assert (refusal.code, refusal.provider_code, refusal.retryable) == (
        RefusalCode.UNAVAILABLE,
        "SEARCH_FAILED",
        True,
    )
    assert "The search could not be completed." in refusal.message
    assert refusal.raw["status"] == "FAILED"


@pytest.mark.parametrize("status", ["CREATED", "IN_PROGRESS", "SOMETHING_NEW"])
@pytest.mark.parametrize("found", [True, False])
def test_an_unfinished_search_is_said(ending, status, found):
    """The deadline passed: retryable, whether or not windows were found."""
    refusal = ending(change={"status": status}, found=found)

    assert (refusal.code, refusal.retryable, refusal.limit, refusal.unit) == (RefusalCode.TIMED_OUT, True, 330, "s")
    assert status in refusal.message


def test_no_window_is_an_answer(ending):
    """A finished search without windows says which time was searched."""
    refusal = ending(change={"imaging_windows": []})

    assert refusal.code is RefusalCode.NO_OPPORTUNITY
    assert "between 2024-07-24T09:26:41.228492Z and 2024-07-31T09:26:41.228492Z" in refusal.message
    assert refusal.raw["id"] == "b7a4a198-17ea-45e2-baa1-766aaae3fab7"


SHORT = Window(datetime(2024, 7, 24, 10, tzinfo=UTC), datetime(2024, 7, 25, tzinfo=UTC))


@pytest.mark.parametrize(
    ("request_", "remedy"),
    [
        ({"window": SHORT}, "end the window later, at most at 2024-07-31T09:26:41.228492Z"),
        ({"optical": Optical(max_incidence=20)}, "allow an incidence of more than 20 degrees"),
        ({}, "ask again later, or allow orders of yours to be replaced with planet.show_replacing"),
        ({"options": PlanetOptions(show_replacing=True)}, "ask again later"),
    ],
)
def test_the_remedy_for_nothing_is_the_next_thing_to_widen(ending, request_, remedy):
    """First the time, then the angle, then replacement."""
    assert ending(change={"imaging_windows": []}, **request_).remedy == remedy


def test_the_remedy_for_misses_is_the_nearest_window(ending):
    """Of two clouded windows, the one that needs the smaller change is named."""
    refusal = ending(optical=Optical(max_cloud_cover=0.5))

    assert (refusal.code, refusal.field) == (RefusalCode.NO_OPPORTUNITY, "max_cloud_cover")
    assert (refusal.limit, refusal.actual, refusal.unit) == (0.5, 0.9, "%")
    assert refusal.remedy == "allow 0.9 % of cloud"
    assert refusal.message.startswith("none of Planet's 2 imaging windows meets the request")
    assert "2 by max_cloud_cover" in refusal.message


def test_a_remedy_may_need_two_changes(ending):
    """Where every window has two faults, both changes are named; the larger gap is the field."""
    refusal = ending(optical=Optical(max_cloud_cover=0.5, min_sun_elevation=60))

    assert refusal.remedy == "allow 0.9 % of cloud and allow a sun elevation down to 27.15 degrees"
    assert refusal.field == "min_sun_elevation"


def test_fewer_changes_are_better_than_smaller_ones(ending):
    """One large change to one requirement beats small changes to two."""
    refusal = ending(optical=Optical(max_cloud_cover=0.5, min_sun_elevation=27.2, max_gsd_m=1.0))

    assert refusal.remedy == "allow 53.4 % of cloud"


def test_every_refusal_names_account_and_product(ending):
    """A row of a table must say whose it is."""
    for refusal in (ending("search-failed"), ending(change={"imaging_windows": []}), ending(change={"status": "X"})):
        assert (refusal.account, refusal.provider, refusal.product) == ("planet-eu", "planet", "Assured Tasking")
