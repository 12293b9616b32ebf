"""What every adapter's sandbox stands on: routing, reproducible chance, and answers."""

from datetime import UTC, datetime

import kiosk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.clock import ManualClock
from tasking_hub.sandbox import (
    Constellation,
    Ephemeris,
    RefusedError,
    SandboxRequest,
    SandboxRoute,
    World,
    reply,
    reply_file,
)


def world(seed: int = 0) -> World:
    """A world without satellites."""
    clock = ManualClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    return World(clock=clock, seed=seed, ephemeris=Ephemeris(Constellation(satellites=())))


@pytest.mark.parametrize(
    ("template", "path", "parts"),
    [
        ("/v1/{a}/x", "/v1/1/x", {"a": "1"}),
        ("/v1/{a}/x", "/v1/1/2/x", None),
        ("/v1/{a}/x", "/v1//x", None),
        ("/v1/{a}/{b}/", "/v1/1/2/", {"a": "1", "b": "2"}),
        ("/v1/{a}/", "/v1/1", None),
        ("/v1.0/x", "/v1a0/x", None),
    ],
)
def test_templates_fit_whole_paths(template, path, parts):
    """A part is one step of the path; slashes and dots mean themselves."""
    assert SandboxRoute("GET", template, lambda request: reply(200)).parts(path) == parts


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/token", 403), ("GET", "/token", 405), ("GET", "/nowhere", 404), ("POST", "/v1/account", 405)],
)
def test_unknown_paths_and_verbs_are_told_apart(method, path, status):
    """404 for a path that is not there, 405 for a verb that it does not have."""
    answer = kiosk.KioskSandbox(world()).answer(SandboxRequest(method=method, path=path))

    assert answer.status == status


@given(st.integers(), st.lists(st.text(max_size=3), max_size=3))
def test_chance_depends_on_seed_and_subject_alone(seed, about):
    """The same seed and subject draw the same, however much was drawn before; others draw otherwise."""
    one, other = world(seed), world(seed)
    other.rng("noise").random()

    assert one.rng(*about).random() == other.rng(*about).random()
    assert one.rng(*about).random() != world(seed + 1).rng(*about).random()
    assert one.rng(*about).random() != one.rng(*about, "more").random()


def test_requests_give_the_first_of_repeated_parameters_and_the_last_of_repeated_fields():
    """As servers commonly do."""
    request = SandboxRequest(method="POST", path="/", query=(("a", "1"), ("a", "2")), body=b"b=1&b=2&c=")

    assert (request.parameter("a"), request.parameter("x")) == ("1", None)
    assert request.form() == {"b": "2", "c": ""}


def test_replies_are_json_text_or_nothing():
    """None is no body at all, text is sent as it stands, the rest is JSON."""
    answers = [reply(204), reply(200, "plain", content_type="text/plain"), reply(200, {"a": [1]})]

    assert [answer.body for answer in answers] == [b"", b"plain", b'{"a": [1]}']
    assert [answer.headers.get("content-type") for answer in answers] == [None, "text/plain", "application/json"]


@pytest.mark.parametrize(
    ("asked", "status", "body", "says"),
    [
        ({}, 200, b"0123456789", None),
        ({"range": "bytes=3-5"}, 206, b"345", "bytes 3-5/10"),
        ({"range": "bytes=7-"}, 206, b"789", "bytes 7-9/10"),
        ({"range": "bytes=7-99"}, 206, b"789", "bytes 7-9/10"),
        ({"range": "bytes=10-"}, 416, b"", "bytes */10"),
        ({"range": "bytes=99-"}, 416, b"", "bytes */10"),
        ({"range": "bytes=10-12"}, 416, b"", "bytes */10"),
        ({"range": "bytes=5-3"}, 200, b"0123456789", None),
        ({"range": "bytes=-3"}, 200, b"0123456789", None),
        ({"range": "bytes=1-2,4-5"}, 200, b"0123456789", None),
        ({"range": "bytes=3-5", "if-range": '"v1"'}, 206, b"345", "bytes 3-5/10"),
        ({"range": "bytes=3-5", "if-range": '"v2"'}, 200, b"0123456789", None),
    ],
)
def test_a_file_is_sent_whole_or_from_where_it_is_asked_for(asked, status, body, says):
    """One range is understood, and what is not is passed over, as RFC 9110 allows; another version is sent whole."""
    request = SandboxRequest(method="GET", path="/file", headers=asked)

    answer = reply_file(request, b"0123456789", {"Content-Type": "image/tiff", "ETag": '"v1"'})

    assert (answer.status, answer.body, answer.headers.get("content-range")) == (status, body, says)
    assert (answer.headers["accept-ranges"], answer.headers["etag"]) == ("bytes", '"v1"')


def test_a_refusal_anywhere_in_a_handler_is_the_answer():
    """Status and body as they were raised; any other mistake stays one."""

    class Strict(kiosk.KioskSandbox):
        def routes(self):
            return [SandboxRoute("GET", "/no", self.refuse), SandboxRoute("GET", "/oops", self.fail)]

        def refuse(self, request):
            raise RefusedError(409, {"code": "taken"})

        def fail(self, request):
            raise KeyError(request.path)

    sandbox = Strict(world())
    answer = sandbox.answer(SandboxRequest(method="GET", path="/no"))

    assert (answer.status, answer.json()) == (409, {"code": "taken"})
    with pytest.raises(KeyError):
        sandbox.answer(SandboxRequest(method="GET", path="/oops"))
