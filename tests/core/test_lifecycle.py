"""The table of moves: everything can be reached, ends are ends, and a look may miss steps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.errors import TaskingHubError
from tasking_hub.lifecycle import ALLOWED_MOVES, TERMINAL, WORKING, IllegalMoveError, OrderState, diagram, move

DETOURS = {OrderState.CANCELLING, OrderState.UNKNOWN}
OURS = {OrderState.INTENDED, OrderState.SENT, OrderState.NOT_PLACED}
PAIRS = list(itertools.product(OrderState, repeat=2))

states = st.sampled_from(OrderState)


def _reachable(start):
    found, waiting = {start}, [start]
    while waiting:
        new = ALLOWED_MOVES[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def test_every_state_has_a_row():
    """The table answers for every state and knows no others."""
    assert set(ALLOWED_MOVES) == set(OrderState)


def test_every_state_can_be_reached():
    """No state is in the table for nothing."""
    assert _reachable(OrderState.INTENDED) == set(OrderState)


@pytest.mark.parametrize("state", OrderState)
def test_every_order_can_end(state):
    """From wherever an order is, some end can be reached."""
    assert _reachable(state) & TERMINAL


def test_the_ends_are_the_six_documented_ones():
    """No end has a way out, and every other state has one."""
    assert {state.value for state in TERMINAL} == {
        "not-placed",
        "fulfilled",
        "cancelled",
        "rejected",
        "expired",
        "failed",
    }


@pytest.mark.parametrize("state", OrderState)
def test_no_row_holds_its_own_state(state):
    """Staying is no move."""
    assert state not in ALLOWED_MOVES[state]


@pytest.mark.parametrize("state", OrderState)
def test_a_look_may_miss_any_step(state):
    """What is allowed in two moves is allowed in one, detours and our own part aside."""
    steps = ALLOWED_MOVES[state] - DETOURS
    seen_next = {later for step in steps for later in ALLOWED_MOVES[step]} - {state}

    if state not in OURS | DETOURS:
        assert seen_next <= ALLOWED_MOVES[state]


def test_an_order_at_the_provider_is_never_ours_again():
    """Nothing that the provider has can become unsent, sent or not placed, but where its answer never came."""
    back = {(state, to) for state in set(OrderState) - OURS for to in ALLOWED_MOVES[state] & OURS}

    assert back == {(OrderState.UNKNOWN, OrderState.NOT_PLACED)}


def test_nothing_at_the_provider_comes_before_it_is_sent():
    """An intent must be recorded as sent before any answer is."""
    assert ALLOWED_MOVES[OrderState.INTENDED] == {OrderState.SENT, OrderState.NOT_PLACED}


def test_unknown_can_be_followed_and_preceded_by_everything_live_at_the_provider():
    """A new word revives no ended order, and says nothing about what comes next."""
    at_provider = set(OrderState) - OURS
    live = at_provider - TERMINAL - {OrderState.UNKNOWN}

    assert ALLOWED_MOVES[OrderState.UNKNOWN] & at_provider == at_provider - {OrderState.UNKNOWN}
    assert {state for state, moves in ALLOWED_MOVES.items() if OrderState.UNKNOWN in moves} == live | {OrderState.SENT}


def test_only_what_was_sent_can_be_unsent():
    """A refusal before processing leads back to the intent; nothing else does."""
    assert {state for state, moves in ALLOWED_MOVES.items() if OrderState.INTENDED in moves} == {OrderState.SENT}


def test_only_an_undecided_order_can_be_rejected():
    """Once taken on, an order fails; it is no longer rejected."""
    assert not any(OrderState.REJECTED in ALLOWED_MOVES[state] for state in WORKING | {OrderState.DELIVERING})


@pytest.mark.parametrize("state", WORKING)
def test_working_states_share_their_moves(state):
    """Orders at work go to and fro, and all leave in the same directions; the diagram relies on it."""
    rows = [(ALLOWED_MOVES[other] | {other}) for other in WORKING]

    assert all(row == ALLOWED_MOVES[state] | {state} for row in rows)
    assert all(len(moves & WORKING) in {0, len(WORKING - {start})} for start, moves in ALLOWED_MOVES.items())


@pytest.mark.parametrize(("current", "to"), PAIRS)
def test_move_follows_the_table(current, to):
    """A move is made if the table has it or nothing changes, and refused with both states otherwise."""
    if to == current or to in ALLOWED_MOVES[current]:
        assert move(current, to) is to
    else:
        with pytest.raises(IllegalMoveError, match=f"{current} cannot become {to}") as caught:
            move(current, to)

        assert (caught.value.current, caught.value.to) == (current, to)


def test_an_illegal_move_is_ours_and_a_value_error():
    """It can be caught as either."""
    assert issubclass(IllegalMoveError, TaskingHubError)
    assert issubclass(IllegalMoveError, ValueError)


@given(st.lists(states, max_size=30))
def test_no_walk_leaves_an_end(walk):
    """Whatever is seen in whatever order, an order that has ended stays as it ended."""
    current = OrderState.INTENDED
    for to in walk:
        after = move(current, to) if to in ALLOWED_MOVES[current] else current

        assert current not in TERMINAL or after == current
        current = after


def test_every_state_is_a_plain_lower_case_word():
    """The values that files and tools see are the names in lower case with hyphens."""
    assert [state.value for state in OrderState] == [state.name.lower().replace("_", "-") for state in OrderState]


def test_the_diagram_draws_the_whole_table():
    """Every move is an arrow between the states or the box that holds them, every end ends."""
    lines = {line.strip() for line in diagram().splitlines()}
    names = {state: "working" if state in WORKING else state.name.lower() for state in OrderState}
    arrows = {f"{names[state]} --> {names[to]}" for state, moves in ALLOWED_MOVES.items() for to in moves} - {
        "working --> working"
    }
    ends = {f"{state.name.lower()} --> [*]" for state in TERMINAL} | {"[*] --> intended"}
    inner = {state.name.lower() for state in WORKING}

    assert lines == arrows | ends | inner | {"stateDiagram-v2", "state working {", "}"}
