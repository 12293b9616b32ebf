"""JSON numbers stay the numbers that they are."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.exact_json import dump_json, load_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_is_written_is_read_back(value):
    """Everything that JSON can say without a fraction survives writing and reading."""
    assert load_json(dump_json(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_amounts_survive_exactly(amount):
    """A price with four digits after the point is the same number after writing and reading."""
    assert load_json(dump_json(amount)) == amount


@given(st.integers(min_value=10**17, max_value=10**40))
def test_whole_decimals_of_any_length_are_exact(number):
    """A whole Decimal is written digit by digit, also beyond what a double can hold."""
    assert dump_json(Decimal(number)) == str(number)


def test_fractions_are_read_as_decimals():
    """0.1 is a tenth, not the double next to it."""
    assert load_json("[0.1, 3, 1e2]") == [Decimal("0.1"), 3, Decimal(100)]
    assert type(load_json("0.1")) is Decimal


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "1e999999999999999999999",
        "[0.1e-999]",
        "",
        "<html></html>",
        "{'a': 1}",
        "[1,]",
        '{"a": 1} x',
        "[" * 100_000 + "]" * 100_000,
        b"\xff\xfe\xff",
        b'"\xe9"',
    ],
    ids=repr,
)
def test_what_is_not_json_is_a_value_error(text):
    """Everything else is refused with one kind of error, however odd it is."""
    with pytest.raises(ValueError, match=r".+"):
        load_json(text)


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_reading_noise_raises_value_errors_only(noise):
    """No input makes the reader raise anything else."""
    try:
        value = load_json(noise)
    except ValueError:
        return

    assert load_json(dump_json(value)) == value


def test_a_byte_order_mark_is_no_obstacle():
    """Some servers begin UTF-8 with a mark."""
    assert load_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), float("inf")])
def test_no_nan_is_written(value):
    """What JSON has no word for is an error, not an invalid document."""
    with pytest.raises(ValueError, match="Out of range"):
        dump_json({"amount": value})


def test_what_json_cannot_say_is_a_type_error():
    """An object of some class is a mistake of ours."""
    with pytest.raises(TypeError, match="set cannot be said in JSON"):
        dump_json({1, 2})


def test_text_stays_readable():
    """Letters beyond ASCII are written as they are, and any JSON reader reads them."""
    written = dump_json({"place": "Málaga"}, indent=2)

    assert written == '{\n  "place": "Málaga"\n}'
    assert json.loads(written) == {"place": "Málaga"}
