"""Turns: of all processes that watch one order book one asks, the others read, and one that died is replaced."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orders.observatory import Listener, PatientClock, Sky, SkyProvider, placed

from tasking_hub import OrderState, RateLimitedError
from tasking_hub.orders import OrderBook
from tasking_hub.orders.events import StateChanged
from tasking_hub.orders.turns import LEASE_S, Turns, wait_s
from tasking_hub.orders.watching import Watcher

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    """A clock that moves only when it is told to."""
    return PatientClock(NOW)


@pytest.fixture
def sky():
    """What the provider knows, whoever asks."""
    return Sky()


@pytest.fixture
async def processes(url, sky, clock):
    """Starts watches of one order book, each over connections of its own, as processes do."""
    books, listeners = [], []

    async def start(stopped=0, **named):
        books.append(await OrderBook.open(url, clock=clock))
        mine = Sky(sky.orders, sky.changed, sky.images, sky.files)
        watcher = Watcher(books[-1], {"toy": SkyProvider("toy", mine, clock)}, clock=clock, recover=nothing)
        loops = 2 * (len(listeners) + 1 - stopped)
        listeners.append(Listener(watcher.watch(until_done=False, **named), clock, books[-1].database, loops))
        listeners[-1].asked = mine.asked
        listeners[-1].sky = mine
        await listeners[-1].quiet()
        return listeners[-1]

    yield start
    for listener in reversed(listeners):
        await listener.stop()
    for book in books:
        await book.close()


async def nothing():
    """Recover nothing."""


async def tick(clock, *listeners, seconds=60):
    """Let the pause between two rounds pass."""
    clock.wake(seconds)
    for listener in listeners:
        await listener.quiet()


def told(listener):
    """The states that a listener heard of."""
    return [event.state for event in listener.events if isinstance(event, StateChanged)]


async def test_one_process_asks_and_all_hear(book, sky, clock, processes):
    """The second costs the provider nothing, and is told what the first one saw."""
    await placed(book, sky, "r-1", clock)
    first, second = await processes(), await processes()
    for state in (OrderState.ACCEPTED, OrderState.IN_PROGRESS):
        sky.become("R-1", clock.now(), state)
        await tick(clock, first, second)
    await tick(clock, first, second)

    assert told(first) == told(second) == [OrderState.ACCEPTED, OrderState.IN_PROGRESS]
    assert first.asked["orders"] == 4
    assert second.asked.total() == 0


async def test_a_process_that_stops_is_replaced_by_the_next_that_wakes(book, sky, clock, processes):
    """Whoever lets go leaves the turn to the others."""
    await placed(book, sky, "r-1", clock)
    first, second = await processes(), await processes()
    await first.stop()
    second._loops = 2
    sky.become("R-1", clock.now(), OrderState.ACCEPTED)
    await tick(clock, second, seconds=90)

    assert told(second) == [OrderState.ACCEPTED]


async def test_whoever_comes_after_a_process_that_stopped_looks_at_once(book, sky, clock, processes):
    """A service that is restarted, or a command that is given again, need not wait."""
    await placed(book, sky, "r-1", clock)
    first = await processes()
    await first.stop()
    second = await processes(stopped=1)

    assert (first.asked["orders"], second.asked["orders"]) == (1, 1)


async def test_a_process_that_died_while_looking_is_replaced_when_its_lease_ends(book, sky, clock, processes):
    """Nobody waits for ever for a look that comes to no end."""
    await placed(book, sky, "r-1", clock)
    dead = Turns(book, clock)
    assert await dead.take("toy", 60.0) == 0
    second = await processes()
    before = second.asked["orders"]
    await tick(clock, second, seconds=LEASE_S - 1)
    waiting = second.asked["orders"]
    await tick(clock, second, seconds=1)

    assert (before, waiting, second.asked["orders"]) == (0, 0, 1)


async def test_a_process_that_cannot_ask_is_replaced_by_one_that_can(book, sky, clock, processes):
    """A machine that is cut off holds up nobody else."""
    await placed(book, sky, "r-1", clock)
    first, second = await processes(), await processes()
    first.sky.down = ConnectionError("no network here")
    sky.become("R-1", clock.now(), OrderState.ACCEPTED)
    for _ in range(5):
        await tick(clock, first, second, seconds=30)

    assert told(second) == [OrderState.ACCEPTED]


async def test_a_silence_that_the_provider_wants_is_kept_by_all(book, sky, clock, processes):
    """What one process was told holds for the others."""
    await placed(book, sky, "r-1", clock)
    first, second = await processes(), await processes()
    facts = {"status": 429, "method": "GET", "url": "https://sky.example"}
    first.sky.failing["orders"] = [RateLimitedError(**facts, retry_after_s=600.0)]
    await tick(clock, first, second)
    for _ in range(9):
        await tick(clock, first, second)

    assert (first.asked["orders"], second.asked["orders"]) == (2, 0)


async def test_whoever_wants_to_know_sooner_asks_sooner(book, sky, clock, processes):
    """A watch with shorter pauses does not wait for one with longer ones."""
    await placed(book, sky, "r-1", clock)
    slow, fast = await processes(interval_s=600.0), await processes(interval_s=10.0)
    for _ in range(6):
        await tick(clock, slow, fast, seconds=10)

    assert slow.asked["orders"] == 1
    assert fast.asked["orders"] >= 4


async def test_of_many_that_come_at_once_one_takes_the_turn(url, book, clock):
    """The order book gives it to one, on either database."""
    others = [Turns(book, clock) for _ in range(8)]
    waits = [await turns.take("toy", 60.0) for turns in others]

    assert sorted(waits) == [0.0, *[LEASE_S] * 7]


@given(
    interval_s=st.floats(0.1, 1e5),
    looked=st.none() | st.floats(-1e7, 1e7),
    busy=st.none() | st.floats(-1e7, 1e7),
    mine=st.booleans(),
)
def test_no_clock_of_another_machine_keeps_anybody_waiting_for_long(interval_s, looked, busy, mine):
    """Whatever stands in the book, a turn is free after the pause, a lease, and the longest silence."""
    moments = [None if ago is None else NOW - timedelta(seconds=ago) for ago in (looked, busy)]
    turn = {"holder": "me" if mine else "other", "looked_at": moments[0], "busy_until": moments[1]}
    wait = wait_s(turn, me="me", interval_s=interval_s, now=NOW)

    assert 0 <= wait <= max(1.5 * interval_s + 3600, LEASE_S)
