"""Which fault strikes which request: a matter of values alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.errors import InvalidRequestError
from tasking_hub.sandbox import ArmedFault, Fault, FaultKind, Faults, reply
from tasking_hub.sandbox.faults import failure, spoil, strike, wrong_types

PATHS = st.sampled_from(["/", "/api/v1/prices", "/tasking/v2/contracts", "/auth/token"])
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from(FaultKind),
    provider=st.sampled_from(["*", "airbus", "i*"]),
    method=st.sampled_from(["*", "GET"]),
    path=st.sampled_from(["*", "/api/*", "^/tasking/v[12]/"]),
    times=st.none() | st.integers(1, 3),
    probability=st.sampled_from([0.0, 0.5, 1.0]),
)
REQUESTS = st.tuples(st.sampled_from(["airbus", "iceye"]), st.sampled_from(["GET", "POST"]), PATHS)


def kinds(faults: Faults, count: int, *request: str) -> list[str | None]:
    """What strikes each of so many equal requests."""
    struck = [faults.next(*request) for _ in range(count)]
    return [None if fault is None else str(fault.kind) for fault in struck]


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("*", True),
        ("/api/*", True),
        ("/api/v1/prices", True),
        ("/api", False),
        ("*/prices", True),
        ("^/api/v[0-9]+/", True),
        ("^v1", False),
        ("^/api/v1/prices$", True),
    ],
)
def test_paths_are_globs_or_regular_expressions(path, fits):
    """A glob must fit the whole path; what begins with ^ is searched from the start."""
    assert Fault(kind="html", path=path).fits("airbus", "GET", "/api/v1/prices") is fits


def test_provider_and_method_narrow_a_fault_down():
    """Only requests of the named provider and verb are meant."""
    fault = Fault(kind="html", provider="planet", method="POST")
    fits = [fault.fits(*request, "/") for request in [("planet", "POST"), ("planet", "GET"), ("iceye", "POST")]]

    assert fits == [True, False, False]


def test_the_next_n_requests_are_struck_and_no_more():
    """A counted fault spends itself on the requests that fit."""
    faults = Faults()
    faults.add(Fault(kind="empty", times=2, path="/a"))
    others = kinds(faults, 3, "airbus", "GET", "/b")

    assert (others, kinds(faults, 4, "airbus", "GET", "/a")) == ([None] * 3, ["empty", "empty", None, None])


def test_an_uncounted_fault_strikes_until_it_is_cleared():
    """Without a count every request that fits is struck; clearing by number leaves the other faults."""
    faults = Faults()
    number = faults.add(Fault(kind="empty"))
    faults.add(Fault(kind="html"))
    before = kinds(faults, 3, "airbus", "GET", "/")
    cleared = (faults.clear(number), faults.clear(number))

    assert (before, cleared, kinds(faults, 1, "airbus", "GET", "/")) == (["empty"] * 3, (True, False), ["html"])


def test_clearing_all_leaves_none():
    """Clearing without a number disarms everything and says whether there was anything."""
    faults = Faults()
    faults.add(Fault(kind="html"))

    assert ([faults.clear(), faults.clear()], faults.list(), kinds(faults, 1, "a", "GET", "/")) == (
        [True, False],
        (),
        [None],
    )


def test_the_first_that_fits_strikes_and_then_makes_way():
    """Faults are tried in the order in which they were added."""
    faults = Faults()
    faults.add(Fault(kind="status", times=1))
    faults.add(Fault(kind="html"))

    assert kinds(faults, 3, "airbus", "GET", "/") == ["status", "html", "html"]


def test_chance_is_drawn_from_the_seed():
    """The same seed strikes the same requests; another one strikes others; about the wanted share is struck."""

    def play(seed: int) -> list[str | None]:
        faults = Faults(seed)
        faults.add(Fault(kind="html", probability=0.3))
        return kinds(faults, 400, "airbus", "GET", "/")

    assert play(1) == play(1)
    assert play(1) != play(2)
    assert 80 < play(1).count("html") < 160


@given(st.lists(FAULTS, max_size=4), st.lists(REQUESTS, max_size=20), st.integers())
def test_a_fault_strikes_only_what_it_fits_and_never_more_often_than_told(faults, requests, seed):
    """Whatever is armed and asked: only fitting requests are struck, counts hold, and counting adds up."""
    armed = tuple(ArmedFault(number=number, fault=fault) for number, fault in enumerate(faults))
    strikes = 0
    for request in requests:
        armed, struck = strike(armed, *request, seed=seed)
        strikes += struck is not None
        assert struck is None or struck.fits(*request)

    assert sum(one.struck for one in armed) == strikes
    assert all(one.struck <= one.met for one in armed)
    assert all(one.fault.times is None or one.struck <= one.fault.times for one in armed)


@given(st.lists(FAULTS, max_size=4), REQUESTS, st.integers())
def test_deciding_changes_no_value(faults, request_, seed):
    """The decision is a function: asked twice about the same faults it says the same."""
    armed = tuple(ArmedFault(number=number, fault=fault) for number, fault in enumerate(faults))

    assert strike(armed, *request_, seed=seed) == strike(armed, *request_, seed=seed)


@pytest.mark.parametrize(
    ("mistake", "field"),
    [
        ({"times": 0}, "times"),
        ({"probability": 1.5}, "probability"),
        ({"probability": float("nan")}, "probability"),
        ({"status": 99}, "status"),
        ({"status": 600}, "status"),
        ({"retry_after_s": -1}, "retry_after_s"),
        ({"delay_s": -0.1}, "delay_s"),
        ({"delay_s": float("inf")}, "delay_s"),
        ({"path": "^("}, "path"),
    ],
)
def test_a_fault_that_cannot_be_meant_names_its_field(mistake, field):
    """Every field is checked when the fault is made, before it can do harm."""
    with pytest.raises(InvalidRequestError) as raised:
        Fault(kind="status", **mistake)

    assert raised.value.field == field


def test_an_unknown_kind_is_refused():
    """A misspelt kind is a mistake, not a fault that never strikes."""
    with pytest.raises(ValueError, match="drop-befor"):
        Fault(kind="drop-befor")


def test_a_rate_limit_may_say_when_to_come_back():
    """A 429 carries Retry-After only where the fault has one."""
    answers = [failure(Fault(kind="status", status=429, retry_after_s=wait)) for wait in (None, 7)]

    assert [(answer.status, answer.headers.get("retry-after")) for answer in answers] == [(429, None), (429, "7")]


def test_a_gateway_answers_in_html():
    """The page is HTML whatever its status."""
    answer = failure(Fault(kind="html", status=200))

    assert (answer.status, answer.headers["content-type"], answer.json_or_none()) == (200, "text/html", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def shape(value: object) -> object:
    """Containers only."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(member) for member in value] if isinstance(value, list) else ()


def scalars(value: object) -> list[object]:
    """Leaves in order."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [value] if members is None else [leaf for member in members for leaf in scalars(member)]


@given(JSON)
def test_wrong_types_are_wrong_everywhere_and_keep_the_shape(value):
    """No scalar keeps its type; objects and lists stay as they are."""
    wrong = wrong_types(value)

    assert shape(wrong) == shape(value)
    assert all(type(one) is not type(other) for one, other in zip(scalars(value), scalars(wrong), strict=True))


def test_spoiling_touches_the_body_alone():
    """Status and headers survive; what is not JSON cannot have wrong types; no fault spoils nothing."""
    answer = reply(201, {"price": 5, "currency": "EUR"}, headers={"X-Id": "1"})
    wrong = spoil(Fault(kind="wrong-types"), answer)
    empty = spoil(Fault(kind="empty"), answer)
    text = reply(200, "no JSON", content_type="text/plain")

    assert json.loads(wrong.body) == {"price": "wrong", "currency": 0}
    assert (wrong.status, wrong.headers) == (answer.status, answer.headers)
    assert (empty.status, empty.headers, empty.body) == (answer.status, answer.headers, b"")
    assert spoil(Fault(kind="wrong-types"), text) == text
    assert spoil(None, answer) == answer
