"""Closed sets of words on the wire are members of their enumeration, or refused."""

from enum import Enum, IntEnum, StrEnum

import pytest
from attrs import frozen

from tasking_hub.errors import MalformedResponseError
from tasking_hub.messages import HttpResponse
from tasking_hub.wire import make_converter, problems, read_as


class Mode(StrEnum):
    """Words."""

    SPOT = "spot"


class Level(IntEnum):
    """Numbers."""

    LOW = 1


class Mixed(str, Enum):  # noqa: UP042  # adapters of strangers may
    """Words, as written before StrEnum."""

    A = "a"


@frozen(kw_only=True)
class Wire:
    """One of each."""

    mode: Mode | None = None
    level: Level | None = None
    mixed: Mixed | None = None


def answer(body: bytes) -> HttpResponse:
    """A response with that body."""
    return HttpResponse(status=200, body=body, method="GET", url="https://x.example/")


def test_words_and_numbers_become_members():
    """A member comes out, not the text or number that it equals."""
    read = read_as(make_converter(), Wire, answer(b'{"mode": "spot", "level": 1, "mixed": "a"}'))

    assert [type(value) for value in (read.mode, read.level, read.mixed)] == [Mode, Level, Mixed]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"mode": "strip"}', "expected one of spot, not 'strip' @ $.mode"),
        (b'{"level": 2}', "expected one of 1, not 2 @ $.level"),
        (b'{"mixed": "b"}', "expected one of a, not 'b' @ $.mixed"),
        (b'{"mode": 1}', "expected a string, not int @ $.mode"),
    ],
)
def test_what_is_no_member_is_refused(body, problem):
    """A closed set stays closed."""
    with pytest.raises(MalformedResponseError) as caught:
        read_as(make_converter(), Wire, answer(body))

    assert caught.value.problems == (problem,)


def test_unknown_fields_are_named_where_they_are_forbidden():
    """A converter that forbids them says which ones."""
    converter = make_converter()
    converter.forbid_extra_keys = True

    with pytest.raises(Exception) as caught:  # noqa: PT011  # cattrs' own group
        converter.structure({"mdoe": "spot", "leve": 1}, Wire)
    assert problems(caught.value, "options") == ["unknown field leve, mdoe @ options"]
