"""Nothing on the wire is taken for what it is not, nothing unknown is lost, and every problem has its path."""

import json
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Generic, Literal, TypeVar

import cattrs
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.errors import InvalidRequestError, MalformedResponseError
from tasking_hub.messages import HttpResponse, dump_json
from tasking_hub.wire import WireObject, camel_case, make_converter, problems, read_as, same_name, wire_name

T = TypeVar("T")
CONVERTER = make_converter(camel_case)
URL = "https://provider.invalid/x"


class Side(StrEnum):
    """A closed set."""

    LEFT = "left"
    RIGHT = "right"


class Level(Enum):
    """A closed set that is no text."""

    LOW = 1


@frozen(kw_only=True)
class Segment(WireObject):
    """A part of an answer."""

    contract_id: str
    look_side: Side | None = None


@frozen(kw_only=True)
class Answer(WireObject):
    """One field of every kind."""

    segments: list[Segment] = field(factory=list)
    chosen: Segment | None = None
    by_name: Mapping[str, Segment] = field(factory=dict)
    later: "tuple[Answer, ...]" = ()
    text: str = ""
    flag: bool = False
    count: int = 0
    angle: float = 0.0
    price: Decimal = Decimal(0)
    taken_at: datetime | None = None
    mode: Literal["spot", "scan"] = "spot"
    level: Level | None = None
    level_word: Literal[Side.LEFT] | None = None
    either: int | str | None = None
    words: tuple[str, ...] = ()
    pair: tuple[float, str] | None = None
    numbers: Sequence[int] = ()
    tags: frozenset[str] = frozenset()
    unique: set[int] = field(factory=set)
    limits: dict[str, int] = field(factory=dict)
    anything: Any = None
    whatever: object = None
    bare_list: list = field(factory=list)
    bare_map: dict = field(factory=dict)
    end_url: str | None = field(default=None, metadata=wire_name("endURL"))


@frozen(kw_only=True)
class Page(WireObject, Generic[T]):
    """A generic class."""

    items: tuple[T, ...]
    cursor: str | None = None


def answer(value):
    """An answer with this JSON; bytes go as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return HttpResponse(status=200, body=body, method="GET", url=URL)


def read(value, kind=Answer, *path):
    """The JSON as a wire object."""
    return read_as(CONVERTER, kind, answer(value), *path)


def problems_of(value, kind=Answer, *path):
    """What is wrong with it."""
    with pytest.raises(MalformedResponseError) as caught:
        read(value, kind, *path)
    assert caught.value.url == URL
    return list(caught.value.problems)


# --- What is read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", "", ""),
        ("flag", True, True),
        ("count", 3, 3),
        ("count", 3.0, 3),
        ("angle", 3, 3.0),
        ("angle", 26.3, 26.3),
        ("price", 12, Decimal(12)),
        ("price", "12.10", Decimal("12.10")),
        ("price", "-1e2", Decimal(-100)),
        ("taken_at", "2026-11-21T10:00:00.5+01:00", datetime(2026, 11, 21, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("taken_at", None, None),
        ("mode", "scan", "scan"),
        ("level", 1, Level.LOW),
        ("level_word", "left", Side.LEFT),
        ("either", 1, 1),
        ("either", "a", "a"),
        ("either", None, None),
        ("words", ["a", "b"], ("a", "b")),
        ("pair", [1, "a"], (1.0, "a")),
        ("numbers", [1, 2], (1, 2)),
        ("tags", ["a", "a"], frozenset({"a"})),
        ("unique", [1, 1], {1}),
        ("limits", {"a": 1}, {"a": 1}),
        ("anything", {"a": [1, None]}, {"a": [1, None]}),
        ("whatever", [1], [1]),
        ("bare_list", [1, "a"], [1, "a"]),
        ("bare_map", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_of_the_right_type_is_read(name, value, expected):
    """Each kind of field takes what JSON has for it, and gives it as the type that it promises."""
    read_value = getattr(read({camel_case(name): value}), name)

    assert (read_value, type(read_value)) == (expected, type(expected))


def test_prices_are_read_without_a_binary_float():
    """The digits of a JSON number are the digits of the Decimal."""
    assert str(read(b'{"price": 7392.10}').price) == "7392.10"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3))
def test_every_price_survives(price):
    """Whatever the amount, as number or as text, it is read as it is."""
    assert read(f'{{"price": {price}}}'.encode()).price == price
    assert read({"price": str(price)}).price == price


# --- What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("text", None, "expected a string, not NoneType"),
        ("text", 12, "expected a string, not int"),
        ("text", True, "expected a string, not bool"),
        ("text", ["a"], "expected a string, not list"),
        ("flag", "false", "expected true or false, not str"),
        ("flag", 0, "expected true or false, not int"),
        ("flag", None, "expected true or false, not NoneType"),
        ("count", "12", "expected a whole number, not str"),
        ("count", 3.9, "expected a whole number, not Decimal"),
        ("count", True, "expected a whole number, not bool"),
        ("count", None, "expected a whole number, not NoneType"),
        ("angle", "26.3", "expected a number, not str"),
        ("angle", False, "expected a number, not bool"),
        ("price", True, "expected a decimal number, not bool"),
        ("price", "twelve", "expected a decimal number, not str"),
        ("price", "NaN", "expected a decimal number, not str"),
        ("price", "Infinity", "expected a decimal number, not str"),
        ("price", "1_000", "expected a decimal number, not str"),
        ("price", " 1 ", "expected a decimal number, not str"),
        ("price", "1e9999", "expected a decimal number, not str"),
        ("price", [0, [1], 0], "expected a decimal number, not list"),
        ("takenAt", 1732180000, "expected a time, not int"),
        ("mode", "strip", "expected one of spot, scan, not 'strip'"),
        ("mode", 3, "expected one of spot, scan, not 3"),
        ("mode", {"a": 1}, "expected one of spot, scan, not dict"),
        ("mode", "x" * 500, f"expected one of spot, scan, not '{'x' * 39}…"),
        ("level", 2, "expected one of 1, not 2"),
        ("level", "1", "expected one of 1, not '1'"),
        ("level", [1], "expected one of 1, not list"),
        ("levelWord", "right", "expected one of left, not 'right'"),
        ("either", 1.5, "expected a whole number, not Decimal, or expected a string, not Decimal"),
        ("either", False, "expected a whole number, not bool, or expected a string, not bool"),
        ("words", "ab", "expected a list, not str"),
        ("words", {"a": 1}, "expected a list, not dict"),
        ("words", None, "expected a list, not NoneType"),
        ("pair", "ab", "expected a list, not str"),
        ("pair", [1], "expected a list of 2, not of 1"),
        ("pair", [1, "a"] * 5000, "expected a list of 2, not of 10000"),
        ("numbers", "12", "expected a list, not str"),
        ("tags", "ab", "expected a list, not str"),
        ("unique", {"1": 1}, "expected a list, not dict"),
        ("bareList", "ab", "expected a list, not str"),
        ("bareMap", [["a", 1]], "expected an object, not list"),
        ("limits", [["a", 1]], "expected an object, not list"),
        ("limits", "ab", "expected an object, not str"),
        ("byName", [], "expected an object, not list"),
        ("segments", {"contractId": "c"}, "expected a list, not dict"),
        ("chosen", ["c"], "expected an object, not list"),
        ("chosen", "c", "expected an object, not str"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name, value, problem):
    """Nothing is made out of something else, and no list out of a string's letters or an object's names."""
    assert problems_of({name: value}) == [f"{problem} @ $.{name}"]


@pytest.mark.parametrize("text", ["2026-11-21T10:00:00", "2026-11-21", "yesterday", "2026-02-30T00:00:00Z"])
def test_a_time_without_its_offset_is_refused(text):
    """A moment that could be anywhere on Earth is no moment."""
    (problem,) = problems_of({"takenAt": text})

    assert problem.endswith(" @ $.takenAt")
    assert text in problem


@given(st.text(string.ascii_letters + " ._-", max_size=12).filter(lambda text: text not in {"spot", "scan"}))
def test_a_closed_set_stays_closed(word):
    """No word slips into a set that does not have it."""
    assert problems_of({"mode": word}) == [f"expected one of spot, scan, not {word!r} @ $.mode"]


@pytest.mark.parametrize("value", [[], "text", 3, None, True, [{"text": ""}]])
def test_an_answer_that_is_no_object(value):
    """A wire class is read from an object only."""
    assert problems_of(value) == [f"expected an object, not {type(value).__name__} @ $"]


def test_every_problem_is_listed_with_the_names_of_the_json():
    """Paths go through lists, objects and classes, and say what the JSON says."""
    value = {
        "segments": [{"contractId": "c"}, {"contractId": 7, "lookSide": "up"}, {}],
        "byName": {"a b": {"contractId": None}},
        "later": [{"chosen": {}}],
        "endURL": 1,
    }

    assert sorted(problems_of(value)) == sorted(
        [
            "expected a string, not int @ $.segments[1].contractId",
            "expected one of left, right, not 'up' @ $.segments[1].lookSide",
            "required field missing @ $.segments[2].contractId",
            "expected a string, not NoneType @ $.byName['a b'].contractId",
            "required field missing @ $.later[0].chosen.contractId",
            "expected a string, not int @ $.endURL",
        ]
    )


def test_the_value_itself_stays_out_of_the_message():
    """What stands where something else was expected may be a secret."""
    assert "hush" not in str(problems_of({"count": "hush", "chosen": "hush", "price": "hush", "words": {"hush": 1}}))


def test_not_json_is_malformed():
    """An HTML page is refused like any other wrong answer."""
    (problem,) = problems_of(b"<html></html>")

    assert problem.startswith("not JSON")


def test_a_type_that_nobody_reads_is_a_mistake_of_ours():
    """A wire class that cannot work is not blamed on the provider."""

    @frozen
    class Wrong:
        """No hook for bytes-like memory."""

        view: memoryview

    with pytest.raises(cattrs.StructureHandlerNotFoundError):
        read({"view": "a"}, Wrong)


# --- Where the object stands -------------------------------------------------------------------------


def test_a_list_at_the_top():
    """An answer may be a list, and its problems have an index."""
    assert read([{"contractId": "c"}], tuple[Segment, ...]) == (Segment(contract_id="c"),)
    assert problems_of([{"contractId": "c"}, {}], tuple[Segment, ...]) == ["required field missing @ $[1].contractId"]


def test_a_generic_class():
    """A page of something is read as a page of that, and written back."""
    page = read({"items": [{"contractId": "c"}], "cursor": "x", "total": 9}, Page[Segment])

    assert page == Page(items=(Segment(contract_id="c"),), cursor="x")
    assert page.unknown == {"total": 9}
    assert problems_of({"items": [{"contractId": 1}]}, Page[Segment]) == [
        "expected a string, not int @ $.items[0].contractId"
    ]


def test_stepping_into_the_answer():
    """The path names members to step into, and stays part of every problem's path."""
    value = {"data": {"contract": {"contractId": "c"}}}

    assert read(value, Segment, "data", "contract") == Segment(contract_id="c")
    assert problems_of({"data": {"contract": {}}}, Segment, "data", "contract") == [
        "required field missing @ $.data.contract.contractId"
    ]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "required field missing @ $.data"),
        ({"data": {}}, "required field missing @ $.data.contract"),
        ({"data": None}, "expected an object, not NoneType @ $.data"),
        ({"data": [1]}, "expected an object, not list @ $.data"),
        ({"data": "contract"}, "expected an object, not str @ $.data"),
        ([], "expected an object, not list @ $"),
    ],
)
def test_stepping_into_nothing(value, problem):
    """A member that is not there is named."""
    assert problems_of(value, Segment, "data", "contract") == [problem]


# --- What is written ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class Order:
    """A request with required and optional fields."""

    contract_id: str | None
    max_price: Decimal | None = None
    starts_at: datetime | None = None
    tags: tuple[str, ...] = ()
    look_side: Side = Side.LEFT
    segment: Segment | None = None


def test_defaults_are_left_out_and_required_nulls_are_written():
    """The JSON holds what was set; a field without a default is there even where it is null."""
    assert CONVERTER.unstructure(Order(contract_id=None)) == {"contractId": None}


def test_what_is_set_is_written():
    """Times in RFC 3339, choices as their words, names as the provider's."""
    order = Order(
        contract_id="c",
        max_price=Decimal("1.50"),
        starts_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
        tags=("a",),
        look_side=Side.RIGHT,
        segment=Segment(contract_id="d"),
    )

    assert json.loads(dump_json(CONVERTER.unstructure(order))) == {
        "contractId": "c",
        "maxPrice": 1.5,
        "startsAt": "2026-11-21T09:00:00Z",
        "tags": ["a"],
        "lookSide": "right",
        "segment": {"contractId": "d"},
    }


def test_unknown_fields_are_kept_and_written_back():
    """What a provider adds one day survives reading and writing, at every depth."""
    value = {
        "text": "a",
        "new": {"x": [1]},
        "unknown": 3,
        "end_url": "not this field's name",
        "segments": [{"contractId": "c", "color": "red"}],
        "byName": {"n": {"contractId": "d", "also": None}},
    }
    obj = read(value)

    assert obj.unknown == {"new": {"x": [1]}, "unknown": 3, "end_url": "not this field's name"}
    assert obj.segments[0].unknown == {"color": "red"}
    assert CONVERTER.unstructure(obj) == value


def test_unknown_fields_do_not_make_objects_differ():
    """Two answers that agree in what is known are equal, and the rest is not in the repr."""
    first, second = read({"text": "a", "new": "hush"}, Answer), read({"text": "a"}, Answer)

    assert first == second
    assert "hush" not in repr(first)


def test_unknown_fields_are_refused_where_they_are_forbidden():
    """A converter that forbids them names them with their path."""
    converter = make_converter(camel_case)
    converter.forbid_extra_keys = True

    with pytest.raises(cattrs.BaseValidationError) as caught:
        converter.structure({"contractId": "c", "segment": {"contractId": "d"}, "tagz": []}, Order)

    assert problems(caught.value, "options") == ["unknown field tagz @ options"]


@frozen
class Checked:
    """A class that checks itself."""

    percent: int

    def __attrs_post_init__(self) -> None:
        if self.percent > 100:
            msg = "percent must be at most 100"
            raise InvalidRequestError(msg, "percent")


def test_a_class_that_refuses_its_values_says_why():
    """A check of the class itself is a problem like any other, at the path of the object."""
    assert problems_of([{"percent": 1}, {"percent": 101}], list[Checked]) == ["percent must be at most 100 @ $[1]"]


names = st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "expected"), [("contract_id", "contractId"), ("id", "id"), ("a_b_c", "aBC"), ("iso_8601", "iso8601")]
)
def test_camel_case(name, expected):
    """Python's names become the JSON's."""
    assert camel_case(name) == expected


@given(names)
def test_names_lose_underscores_only(name):
    """No letter is lost or changed but in case."""
    assert camel_case(name).lower() == name.replace("_", "")
    assert same_name(name) == name


segments = st.builds(Segment, contract_id=st.text(), look_side=st.none() | st.sampled_from(Side))
answers = st.builds(
    Answer,
    segments=st.lists(segments, max_size=3),
    chosen=st.none() | segments,
    by_name=st.dictionaries(st.text(), segments, max_size=3),
    text=st.text(),
    flag=st.booleans(),
    count=st.integers(),
    price=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9),
    taken_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    either=st.none() | st.integers() | st.text(),
    words=st.lists(st.text(), max_size=3).map(tuple),
    tags=st.frozensets(st.text(), max_size=3),
    unknown=st.dictionaries(st.text().map("x-{}".format), st.none() | st.integers() | st.text(), max_size=3),
)


@given(answers)
def test_writing_and_reading_gives_the_same_object(value):
    """Every wire object survives the wire, unknown fields included."""
    again = read(dump_json(CONVERTER.unstructure(value)).encode())

    assert again == value
    assert again.unknown == value.unknown
