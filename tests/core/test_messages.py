"""Requests and answers as values: what a status means, what an error body says, what may be shown."""

from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.clock import ManualClock, parse_time
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ProviderUnavailableError,
    RateLimitedError,
    RejectedRequestError,
    ResponseError,
)
from tasking_hub.messages import (
    ErrorDetail,
    HttpRequest,
    HttpResponse,
    check_status,
    dump_json,
    origin,
    read_json_error,
    retry_after_s,
    without_credentials,
    without_query,
)

URL = "https://provider.invalid/prices"
GET = HttpRequest(method="GET", url=URL, repeatable=True)
NOW = ManualClock(parse_time("2026-11-21T09:00:00Z"))


def answer(status=200, body=b"", **headers):
    """An answer with these headers, underscores read as dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, body=body, headers=named, method="GET", url=URL)


# --- Answers that are not as documented --------------------------------------------------------------


def test_a_malformed_answer_says_where_it_came_from():
    """Every problem, the address, and what came."""
    error = answer(body=b"a page").malformed("required field missing @ $.id", "expected a number @ $.price")

    assert error.problems == ("required field missing @ $.id", "expected a number @ $.price")
    assert (error.method, error.url, error.body) == ("GET", URL, "a page")


# --- Requests ----------------------------------------------------------------------------------------


def test_json_body():
    """JSON is sent as UTF-8 with its content type."""
    request = evolve(GET, json={"place": "Málaga", "price": Decimal("0.5")})

    assert (request.body, request.content_type) == (
        '{"place": "Málaga", "price": 0.5}'.encode(),
        "application/json",
    )


def test_form_body():
    """A form is percent-encoded, reserved characters included."""
    request = evolve(GET, form={"apikey": "a&b=c d", "grant_type": "api_key"})

    assert (request.body, request.content_type) == (
        b"apikey=a%26b%3Dc+d&grant_type=api_key",
        "application/x-www-form-urlencoded",
    )


def test_no_body():
    """Without JSON and form nothing is sent and no type is claimed."""
    assert (GET.body, GET.content_type) == (None, None)


def test_empty_json_object_is_a_body():
    """An empty object differs from no body."""
    assert evolve(GET, json={}).body == b"{}"


def test_added_headers_win_whatever_their_case():
    """A header is never sent twice in two spellings."""
    request = evolve(GET, headers={"accept": "a/b", "authorization": "old"}).with_headers({"Authorization": "new"})

    assert request.headers == {"accept": "a/b", "Authorization": "new"}


def test_repr_of_a_request_hides_headers_and_form():
    """What may hold a credential is not in the repr."""
    request = evolve(GET, headers={"Authorization": "Bearer hush"}, form={"client_secret": "hush"})

    assert "hush" not in repr(request)


# --- Answers -----------------------------------------------------------------------------------------


def test_header_names_are_lower_case():
    """Headers are found by lower-case name, however they were sent."""
    assert answer(Retry_After="3").headers == {"retry-after": "3"}


def test_answer_is_read_without_floats():
    """A price arrives as a Decimal."""
    assert answer(body=b'{"price": 12.10}').json() == {"price": Decimal("12.10")}


def test_html_answer_says_what_came_instead():
    """What is not JSON is reported with its type and size, its start kept as an attribute."""
    page = b"<html>" + b"x" * 5_000
    with pytest.raises(MalformedResponseError) as caught:
        answer(body=page, Content_Type="text/html").json()

    assert str(caught.value) == f"GET {URL}: not JSON (text/html, 5006 bytes) @ $"
    assert caught.value.body == page[:2_000].decode()


def test_empty_answer_is_not_json():
    """An empty body where JSON was promised is a malformed answer."""
    with pytest.raises(MalformedResponseError, match=r"not JSON \(no content type, 0 bytes\) @ \$"):
        answer().json()


def test_json_or_none_never_raises():
    """Where the answer may be anything, what is not JSON is None."""
    assert [answer(body=body).json_or_none() for body in (b"[1]", b"<", b"", b"\xff", b"[" * 50_000)] == [
        [1],
        None,
        None,
        None,
        None,
    ]


def test_undecodable_text_is_replaced():
    """Bytes that are no UTF-8 do not stop the reading of an error page."""
    assert answer(body=b"caf\xe9").text == "caf\ufffd"


def test_repr_of_an_answer_hides_headers_and_body():
    """A token in an answer is not in its repr."""
    assert "hush" not in repr(answer(body=b'{"access_token": "hush"}', Set_Cookie="id=hush"))


# --- Status ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_the_answer_itself(status):
    """A success passes through untouched and its body is not looked at."""
    response = answer(status, b"<not json>")

    assert check_status(response, read_json_error, NOW) is response


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, RejectedRequestError),
        (302, RejectedRequestError),
        (307, RejectedRequestError),
        (400, RejectedRequestError),
        (401, AuthenticationError),
        (402, RejectedRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, RejectedRequestError),
        (409, RejectedRequestError),
        (422, RejectedRequestError),
        (429, RateLimitedError),
        (500, ProviderUnavailableError),
        (502, ProviderUnavailableError),
        (503, ProviderUnavailableError),
        (599, ProviderUnavailableError),
    ],
)
def test_every_other_status_has_its_error(status, kind):
    """The table from status to error, redirects included."""
    with pytest.raises(ResponseError) as caught:
        check_status(answer(status), read_json_error, NOW)

    assert (type(caught.value), caught.value.status, caught.value.url) == (kind, status, URL)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_on_the_error(status):
    """The provider's wish is an attribute of a 429 and of a 503 alike."""
    with pytest.raises(ResponseError) as caught:
        check_status(answer(status, Retry_After="7"), read_json_error, NOW)

    assert caught.value.retry_after_s == 7.0


def test_provider_words_are_one_short_line():
    """Code and words are shortened and cannot break a table or a log line."""
    detail = ErrorDetail(code="C" * 500, message="first\n\tsecond " + "x" * 500)
    with pytest.raises(RejectedRequestError) as caught:
        check_status(answer(400), lambda _: detail, NOW)

    error = caught.value
    assert (len(error.code), len(error.provider_message)) == (80, 300)
    assert error.provider_message.startswith("first second xxx")
    assert error.provider_message.endswith("x…")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Sat, 21 Nov 2026 09:00:30 GMT", 30.0),
        ("Saturday, 21-Nov-26 09:00:30 GMT", 30.0),
        ("Sat Nov 21 09:00:30 2026", 30.0),
        ("Sat, 21 Nov 2026 09:00:30 -0000", 30.0),
        ("Sat, 21 Nov 2026 08:59:30 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 400, None),
        ("Sat, 99 Nov 2026 09:00:30 GMT", None),
        ("Fri, 31 Dec 9999 23:30:00 -2300", None),
    ],
)
def test_retry_after(value, seconds):
    """Seconds and the three date formats of RFC 9110 are understood, everything else is no answer."""
    assert retry_after_s(answer(429, Retry_After=value), NOW) == seconds


@given(st.text(st.characters(codec="latin-1"), max_size=40))
def test_retry_after_never_raises(value):
    """Whatever the header holds, the answer is seconds from zero up, or None."""
    seconds = retry_after_s(answer(429, Retry_After=value), NOW)

    assert seconds is None or seconds >= 0


@given(st.integers(0, 10**6))
def test_retry_after_date_means_the_time_until_then(seconds):
    """A date so many seconds ahead asks for so many seconds."""
    then = format_datetime(NOW.now() + timedelta(seconds=seconds), usegmt=True)

    assert retry_after_s(answer(429, Retry_After=then), NOW) == seconds


# --- Error bodies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"type": "https://x.invalid/no-funds", "title": "No funds", "detail": "Budget spent", "status": 403},
            ErrorDetail(code="https://x.invalid/no-funds", message="Budget spent"),
        ),
        ({"type": "about:blank", "title": "Not Found"}, ErrorDetail(message="Not Found")),
        ({"code": "E1", "message": "bad"}, ErrorDetail(code="E1", message="bad")),
        ({"code": 17, "message": "bad"}, ErrorDetail(code="17", message="bad")),
        ({"errorCode": "E2"}, ErrorDetail(code="E2")),
        (
            {"error": "invalid_client", "error_description": "unknown client"},
            ErrorDetail(code="invalid_client", message="unknown client"),
        ),
        ({"error": {"code": "E3", "message": "nested"}}, ErrorDetail(code="E3", message="nested")),
        ({"detail": "Not found."}, ErrorDetail(message="Not found.")),
        ({"message": "", "detail": "second choice"}, ErrorDetail(message="second choice")),
        ({"code": None, "message": ["a"], "title": True}, ErrorDetail()),
        ({}, ErrorDetail()),
        ([], ErrorDetail()),
        ([{"code": "E1"}], ErrorDetail()),
        ("text", ErrorDetail()),
        (None, ErrorDetail()),
    ],
)
def test_usual_error_bodies(body, detail):
    """Problems, OAuth errors, code and message, nested errors; what says nothing says nothing."""
    assert read_json_error(answer(400, dump_json(body).encode())) == detail


@pytest.mark.parametrize("body", [b"", b"<html><h1>502</h1></html>", b"\xff\xff", b"[" * 50_000])
def test_other_error_bodies_say_nothing(body):
    """A gateway's page is no reason for a second error."""
    assert read_json_error(answer(502, body)) == ErrorDetail()


def test_echoed_credentials_are_blotted_out():
    """What a provider repeats of the request does not reach an error."""
    response = without_credentials(
        answer(401, b'{"message": "key key-1234 of key-1234 is bad"}'), ["key-1234", "bad", ""]
    )

    assert read_json_error(response).message == "key *** of *** is bad"


# --- Addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host.invalid/a/b?apikey=hush#part", "https://host.invalid/a/b"),
        ("https://user:hush@host.invalid:8443/a", "https://host.invalid:8443/a"),
        ("http://[::1]:8080/a?b", "http://[::1]:8080/a"),
        ("https://host.invalid:port/a?hush", "https://host.invalid:port/a"),
        ("https://[::1/a?hush", "(unreadable address)"),
        ("user:hush@host.invalid", "(unreadable address)"),
        ("https:/user:hush@host.invalid", "(unreadable address)"),
        ("hush", "(unreadable address)"),
    ],
)
def test_addresses_are_shown_without_query_and_credentials(url, shown):
    """What is shown of an address is scheme, host, port and path, and showing never fails."""
    assert without_query(url) == shown


@given(st.text(max_size=60))
def test_showing_an_address_never_fails(text):
    """Any text can be shown, and what follows a question mark is not."""
    assert "?hush-" not in without_query(f"https://{text}?hush-")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://API.Planet.com/tasking", ("https", "api.planet.com", 443)),
        ("http://localhost", ("http", "localhost", 80)),
        ("http://127.0.0.1:8080/x?y", ("http", "127.0.0.1", 8080)),
        ("https://[2001:DB8::1]:444/", ("https", "2001:db8::1", 444)),
        ("HTTPS://host.invalid:443", ("https", "host.invalid", 443)),
    ],
)
def test_origin(url, expected):
    """Scheme, host and port, with the scheme's own port where none is written."""
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host.invalid/path",
        "/path?hush",
        "ftp://host.invalid/",
        "https:///path?hush",
        "https://host.invalid:99999/?hush",
        "https://host.invalid:port/?hush",
        "https://[::1?hush",
        "https://user:hush@host.invalid/",
        "https://good.invalid\\@evil.invalid/?hush",
        "https://good.invalid /?hush",
        "https://good.invalid\n/?hush",
    ],
)
def test_what_has_no_origin_is_refused(url):
    """Relative, ambiguous, or carrying a credential: refused without repeating the credential."""
    with pytest.raises(ConfigurationError) as caught:
        origin(url)

    assert "hush" not in str(caught.value)
