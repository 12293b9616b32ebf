"""Airbus' ways to say no become refusals with limit, actual value and remedy."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from tasking_hub import (
    ErrorDetail,
    HttpResponse,
    NotFoundError,
    Optical,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    geometry,
)
from tasking_hub_airbus import translate
from tasking_hub_airbus.translate import Endpoint, Step
from tasking_hub_airbus.translate.refusals import bound_in, plain, programme_refusal, read_error, rejection
from tasking_hub_airbus.wire import ProgrammeError

# --- Error bodies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answer-error-400", ErrorDetail(code="E2203", message="Unable to access workspace 'xxx'")),
        ("answer-error-401", ErrorDetail(message="Authentication failed (cause: Token expired)")),
        ("answer-error-404", ErrorDetail(code="E2203", message="CIS contract 'contract_name' not found.")),
        ("answer-error-500", ErrorDetail(code="UNEXPECTED_SERVER_ERROR")),
        ("answer-attempts-no-sensor", ErrorDetail(code="ERR_NO_SENSOR_AVAILABLE", final=True)),
    ],
)
def test_documented_error_bodies_are_read(answer, name, expected):
    """Code and words come out of each documented shape; a 500 without a pass is final."""
    assert read_error(answer(name, 500)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>Bad gateway</html>", ErrorDetail()),
        (b"", ErrorDetail()),
        (b'"API key is missing or invalid"', ErrorDetail(message="API key is missing or invalid")),
        (b"[1]", ErrorDetail()),
        (b'{"errors": []}', ErrorDetail()),
        (b'{"errors": ["x"], "message": "m"}', ErrorDetail(message="m")),
        (b'{"errors": [{"code": "TIMEOUT"}]}', ErrorDetail(code="TIMEOUT")),
        (
            b'{"errors": [{"code": "ERROR_MAX_SURFACE", "message": "5"}]}',
            ErrorDetail(code="ERROR_MAX_SURFACE", message="5", final=True),
        ),
        (
            b'{"internalCode": "E1", "hint": "h", "correlationId": "c"}',
            ErrorDetail(code="E1", message="h"),
        ),
        (b'{"code": 5, "message": null}', ErrorDetail()),
    ],
)
def test_other_bodies_never_break_the_reading(body, expected):
    """HTML, text, emptiness and odd types say nothing or little, and raise nothing."""
    assert read_error(HttpResponse(status=500, body=body)) == expected


# --- Errors inside a 200 -----------------------------------------------------------------------------


def test_the_guides_too_small_area_is_a_refusal(inquire, product, answer):
    """24.5 is the limit in km²; the remedy is the difference, rounded up."""
    area = box(1.43, 43.57, 1.46, 43.6)
    inquiry = inquire(area=area)
    step = Step(endpoint=Endpoint.ATTEMPTS, targets=(product("PleiadesTaskingOneDay"),))
    (refusal,) = translate.read_search(inquiry, step, answer("answer-attempts-min-area"))
    size = geometry.area_km2(area)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.provider_code, refusal.field) == (
        RefusalCode.AREA_TOO_SMALL,
        "ERR_MIN_AOI_AREA",
        "area",
    )
    assert (refusal.limit, refusal.actual, refusal.unit) == (24.5, round(size, 2), "km²")
    assert refusal.remedy == "enlarge the area by 16.5 km²"
    assert refusal.raw == {"code": "ERR_MIN_AOI_AREA", "locator": "AOI", "message": "24.5"}
    assert (refusal.account, refusal.provider, refusal.product) == ("airbus", "airbus", "PleiadesTaskingOneDay")


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ERR_MAX_AOI_AREA", "800.5", (RefusalCode.AREA_TOO_LARGE, "area", 800.5, "km²")),
        ("ERR_MAX_AOI_AREA", "800.5:PLEIADES", (RefusalCode.AREA_TOO_LARGE, "area", 800.5, "km²")),
        ("ERR_AOI_MAX_HEIGHT", "40.0", (RefusalCode.AREA_TOO_LARGE, "area", 40, "km")),
        ("ERR_AOI_MAX_WIDTH", "18.9", (RefusalCode.AREA_TOO_LARGE, "area", 18.9, "km")),
        ("ERROR_MIN_SURFACE", "5", (RefusalCode.AREA_TOO_SMALL, "area", 5, "km²")),
        ("ERR_MIN_DELAY", "30", (RefusalCode.WINDOW_TOO_SHORT, "window", 30, "days")),
        ("ERR_MAX_DELAY", "5", (RefusalCode.WINDOW_TOO_LONG, "window", 5, "days")),
        ("ERR_MIN_INCIDENCE", "20", (RefusalCode.REQUIREMENT_NOT_OFFERED, "max_incidence", 20, "deg")),
        ("ERR_CLOUD_COVER", "10", (RefusalCode.REQUIREMENT_NOT_OFFERED, "max_cloud_cover", 10, "%")),
        ("ERR_MAX_AOI_AREA", "very large", (RefusalCode.AREA_TOO_LARGE, "area", None, "km²")),
        ("ERR_NO_SENSOR_AVAILABLE", None, (RefusalCode.NO_OPPORTUNITY, "window", None, None)),
        ("ERR_OTHER", "7.0", (RefusalCode.REJECTED, None, None, None)),
        ("ERR_BRAND_NEW", None, (RefusalCode.REJECTED, None, None, None)),
    ],
)
def test_every_code_has_a_meaning_and_a_remedy(inquire, product, code, message, expected):
    """Codes that were seen, codes that are alike, and any other: none is lost, none without a way out."""
    inquiry = inquire(area=box(1, 43, 1.6, 43.6), optical=Optical(max_cloud_cover=5, max_incidence=10))
    error = ProgrammeError(code=code, locator="AOI", message=message)
    refusal = programme_refusal(inquiry, error, product("PleiadesTaskingOneDay"))

    assert (refusal.code, refusal.field, refusal.limit, refusal.unit) == expected
    assert refusal.provider_code == code
    assert refusal.remedy


def test_large_numbers_are_written_out(inquire, product):
    """Square kilometres have digits, no exponents."""
    area = box(1, 43, 3, 44.5)
    size = geometry.area_km2(area)
    error = ProgrammeError(code="ERR_MAX_AOI_AREA", locator="AOI", message="10000.1")
    refusal = programme_refusal(inquire(area=area), error, product("PleiadesTaskingOneDay"))

    assert refusal.message == f"Airbus wants the area to be at most 10000.1 km²; it is {size:.2f} km²"
    assert (
        refusal.remedy
        == f"reduce the area by {math.ceil((size - 10000.1) * 10) / 10:.1f} km², or cut the area into 3 parts"
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**9))
def test_a_number_is_shown_as_people_write_it(number):
    """No exponent, no trailing zeros, and nothing lost up to two digits after the point."""
    text = plain(float(number))

    assert (Decimal(text), "e" in text, text.endswith(".")) == (number, False, False)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=100_000), st.text(max_size=9)
)
def test_the_bound_is_the_number_before_the_colon(number, rest):
    """A message is a number, perhaps with more after a colon."""
    assert bound_in(f"{number}:{rest}") == float(number)


@given(st.one_of(st.none(), st.text(max_size=20), st.booleans(), st.lists(st.integers(), max_size=2)))
def test_a_bound_that_is_none_is_none(message):
    """Whatever a message is, reading its bound does not fail."""
    found = bound_in(message)

    assert found is None or isinstance(found, float)


# --- Whole answers that mean no ----------------------------------------------------------------------


def error(kind, status, body) -> NotFoundError | RejectedRequestError:
    """What the channel raises for a body."""
    detail = read_error(HttpResponse(status=status, body=json.dumps(body).encode()))
    return kind(
        status=status,
        method="POST",
        url="https://airbus.invalid/x",
        code=detail.code,
        provider_message=detail.message,
        body=json.dumps(body),
    )


def test_an_unknown_contract_is_not_in_the_contract(inquire, product):
    """404 and 400 share one code; the status tells them apart."""
    body = {"errorCode": "E2203", "message": "CIS contract 'x' not found."}
    refusal = rejection(inquire(), error(NotFoundError, 404, body), product("PleiadesTaskingOneDay"))

    assert (refusal.code, refusal.provider_code) == (RefusalCode.NOT_IN_CONTRACT, "E2203")
    assert "CIS contract 'x' not found." in refusal.message


def test_a_rejected_request_keeps_airbus_words(inquire, product):
    """400 is a refusal of the product with the provider's own words."""
    body = {"errorCode": "E2203", "message": "Unable to access workspace 'xxx'"}
    refusal = rejection(inquire(), error(RejectedRequestError, 400, body), product("PleiadesTaskingOneDay"))

    assert (refusal.code, refusal.product) == (RefusalCode.REJECTED, "PleiadesTaskingOneDay")
    assert "Unable to access workspace 'xxx'" in refusal.message


def test_the_500_without_a_pass_is_no_opportunity(inquire, product, sample):
    """Airbus answers 500 where no pass is possible: a refusal, not a fault."""
    refusal = rejection(
        inquire(),
        error(RejectedRequestError, 500, sample("answer-attempts-no-sensor")),
        product("PleiadesTaskingOneDay"),
    )

    assert (refusal.code, refusal.provider_code) == (RefusalCode.NO_OPPORTUNITY, "ERR_NO_SENSOR_AVAILABLE")
    assert refusal.message == "no PLEIADES satellite can take the area as asked"


def test_a_refusal_without_words_names_the_status(inquire, product):
    """An empty body still leads to a sentence."""
    refusal = rejection(inquire(), error(RejectedRequestError, 418, {}), product("PleiadesTaskingOneDay"))

    assert refusal.message == "Airbus refused PleiadesTaskingOneDay: status 418"
