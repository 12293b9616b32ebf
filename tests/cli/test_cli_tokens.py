"""Arguments that look like options reach the command as arguments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.cli.tokens import guarded


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["compare", "-", "--sandbox"], ["compare", "--sandbox", "--", "-"]),
        (["compare", "-1.4,43.6", "--sandbox"], ["compare", "--sandbox", "--", "-1.4,43.6"]),
        (["compare", "-1.4, -43.6"], ["compare", "--", "-1.4, -43.6"]),
        (["compare", "-.5,43"], ["compare", "--", "-.5,43"]),
        (["compare", "-1e1,43"], ["compare", "--", "-1e1,43"]),
        (["compare", "a.json", "-o", "-"], ["compare", "a.json", "-o", "-"]),
        (["compare", "-", "-o", "-"], ["compare", "-o", "-", "--", "-"]),
        (["compare", "--output", "-", "-"], ["compare", "--output", "-", "--", "-"]),
        (["compare", "--", "-"], ["compare", "--", "-"]),
        (["compare", "-", "--", "x"], ["compare", "--", "-", "x"]),
        (["compare", "a.json", "--min-sun-elevation", "-5"], ["compare", "a.json", "--min-sun-elevation", "-5"]),
        (["compare", "-x,y"], ["compare", "-x,y"]),
        ([], []),
        (["-"], ["--", "-"]),
    ],
)
def test_what_cannot_be_an_option_stands_behind_two_dashes(tokens, expected):
    """A dash and a place with a negative longitude are moved; options, their values and the rest stay."""
    assert guarded(tokens) == expected


TOKENS = st.lists(
    st.sampled_from(["compare", "-", "-1.5,2", "--", "-o", "--output", "f", "--sandbox", "-5", "--imging"])
)


@given(TOKENS)
def test_guarding_twice_changes_nothing_more(tokens):
    """Once guarded, arguments stay as they are."""
    once = guarded(tokens)

    assert guarded(once) == once


@given(TOKENS)
def test_nothing_is_lost_or_made_up(tokens):
    """The same words come out, with at most one `--` more."""
    words = sorted(token for token in tokens if token != "--")

    assert sorted(token for token in guarded(tokens) if token != "--") == words
