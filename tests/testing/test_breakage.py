"""Breaking answers on purpose: damage is where it should be and nowhere else."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.messages import HttpRequest, load_json
from tasking_hub.sandbox import reply
from tasking_hub.testing import FakeTransport
from tasking_hub.testing.breakage import (
    BREAKS,
    BreakingTransport,
    Recorder,
    Replay,
    damaged_members,
    with_unknown_members,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def get(url: str) -> HttpRequest:
    """A GET."""
    return HttpRequest(method="GET", url=url, repeatable=True)


def without_surplus(value: object) -> object:
    """The value without the member that `with_unknown_members` adds."""
    if isinstance(value, dict):
        return {name: without_surplus(member) for name, member in value.items() if name != "xUnheardOf"}
    return [without_surplus(member) for member in value] if isinstance(value, list) else value


def test_each_member_is_damaged_in_three_ways():
    """Missing, null, of another type: for each member, of lists for the first item; everything else stays."""
    found = dict(damaged_members({"a": 1, "b": [{"c": "x"}, {"c": "y"}]}))

    assert found == {
        "$.a missing": {"b": [{"c": "x"}, {"c": "y"}]},
        "$.a null": {"a": None, "b": [{"c": "x"}, {"c": "y"}]},
        "$.a of another type": {"a": "wrong", "b": [{"c": "x"}, {"c": "y"}]},
        "$.b missing": {"a": 1},
        "$.b null": {"a": 1, "b": None},
        "$.b of another type": {"a": 1, "b": "wrong"},
        "$.b[0] missing": {"a": 1, "b": [{"c": "y"}]},
        "$.b[0] null": {"a": 1, "b": [None, {"c": "y"}]},
        "$.b[0] of another type": {"a": 1, "b": ["wrong", {"c": "y"}]},
        "$.b[0].c missing": {"a": 1, "b": [{}, {"c": "y"}]},
        "$.b[0].c null": {"a": 1, "b": [{"c": None}, {"c": "y"}]},
        "$.b[0].c of another type": {"a": 1, "b": [{"c": 0}, {"c": "y"}]},
    }


@given(JSON)
def test_damaging_leaves_the_original_alone(value):
    """All damage is done to copies."""
    before = json.dumps(value)
    list(damaged_members(value))

    assert json.dumps(value) == before


@given(JSON.filter(lambda value: value is not None))
def test_unknown_members_are_added_to_every_object_and_change_nothing_else(value):
    """What was there is still there."""
    answer = with_unknown_members(get("http://x.invalid"), reply(200, json.dumps(value)))
    enlarged = load_json(answer.body)

    assert without_surplus(enlarged) == value
    assert not isinstance(enlarged, dict) or "xUnheardOf" in enlarged


async def test_only_the_chosen_endpoint_breaks():
    """The others answer as ever, whatever their query."""
    transport = BreakingTransport(FakeTransport(lambda _: reply(200, {})), BREAKS["503"], ("GET", "http://x.invalid/a"))
    statuses = [(await transport.send(get(f"http://x.invalid/{path}"))).status for path in ("a", "a?q=1", "b")]

    assert statuses == [503, 503, 200]


async def test_a_replay_gives_the_answers_in_their_order_and_the_last_for_ever():
    """What was recorded comes again turn by turn; what was not is asked of the other transport."""
    turns = iter(range(9))
    recorder = Recorder(FakeTransport(lambda _: reply(200, next(turns))))
    for _ in range(2):
        await recorder.send(get("http://x.invalid/a"))
    replay = Replay(recorder, FakeTransport(lambda _: reply(200, "live")))
    said = [(await replay.send(get(f"http://x.invalid/{path}"))).text for path in "aaab"]

    assert said == ["0", "1", "1", "live"]
