"""Nobody asks faster than a provider tolerates: the rules as pure functions, and both pacers by the same tests."""

import asyncio
import heapq
import json
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.clock import ManualClock
from tasking_hub.errors import ConfigurationError
from tasking_hub.pacing import (
    HOLD_MAX_S,
    LEASE_MAX_S,
    PATIENCE_S,
    HeldError,
    LocalPacer,
    Pace,
    PaceState,
    SharedPacer,
    claim,
    hold,
    pace_key,
    release,
)

NOW = 1_795_251_600.0
AIRBUS = Pace(per_second=1, one_at_a_time=True, ban_s=600)
PLANET = Pace(per_second=10)
TICK = 1e-5

paces = st.builds(
    Pace,
    per_second=st.none() | st.floats(0.1, 100),
    one_at_a_time=st.booleans(),
)
arrivals = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 5)).map(lambda pair: (NOW + pair[0], pair[1])),
    min_size=1,
    max_size=12,
)


def served(pace, wanted, state=None):
    """Start and end of every request, when each of them asks again exactly as it is told."""
    state, spans = state or PaceState(), []
    events = [(at, number, "ask", duration) for number, (at, duration) in enumerate(wanted)]
    heapq.heapify(events)
    while events:
        now, number, what, value = heapq.heappop(events)
        if what == "end":
            state = release(state, value, now, pace)
            continue
        state, wait = claim(state, now, pace)
        if wait:
            heapq.heappush(events, (now + wait, number, "ask", value))
            continue
        spans.append((now, now + value))
        if pace.one_at_a_time:
            heapq.heappush(events, (now + value, number, "end", state.busy_until))
    return spans


# --- The rules ---------------------------------------------------------------------------------------


@given(paces, arrivals)
def test_starts_are_never_closer_than_the_interval(pace, wanted):
    """Whoever asks whenever, all are served and two starts are an interval apart."""
    starts = [start for start, _ in served(pace, wanted)]
    gaps = [later - earlier for earlier, later in pairwise(starts)]

    assert len(starts) == len(wanted)
    assert [gap for gap in gaps if gap < pace.interval_s - TICK] == []


@given(arrivals)
def test_one_at_a_time_leaves_the_interval_after_the_answer(wanted):
    """Whenever a request came to the provider: the next one comes an interval later at the earliest."""
    spans = served(AIRBUS, wanted)
    close = [(end, start) for (_, end), (start, _) in pairwise(spans) if start < end + AIRBUS.interval_s - TICK]

    assert close == []


@given(paces, arrivals, st.floats(0, PATIENCE_S))
def test_nothing_starts_during_a_pause(pace, wanted, seconds):
    """A pause that the provider imposed holds for everybody."""
    spans = served(pace, wanted, hold(PaceState(), NOW, seconds))

    assert min(start for start, _ in spans) >= NOW + seconds - TICK


@given(paces)
def test_a_free_slot_is_taken_at_once(pace):
    """Nobody waits without a reason."""
    assert claim(PaceState(), NOW, pace)[1] == 0


@given(
    paces,
    st.builds(PaceState, next_at=st.floats(0, 2 * NOW), busy_until=st.floats(0, 2 * NOW), held_until=st.just(0)),
)
def test_a_clock_that_was_set_back_stops_nobody_for_long(pace, state):
    """A slot that seems to be taken until far in the future is free again after the longest lease."""
    now, wait = NOW, 1.0
    while wait:
        state, wait = claim(state, now, pace)
        now += wait

    assert now - NOW <= max(pace.interval_s, LEASE_MAX_S if pace.one_at_a_time else 0) + 1


def test_a_dead_holder_blocks_until_its_lease_ends():
    """Who never hands the slot back loses it after the lease."""
    state, _ = claim(PaceState(), NOW, AIRBUS, lease_s=60)

    assert claim(state, NOW + 59, AIRBUS)[1] > 0
    assert claim(state, NOW + 60, AIRBUS)[1] == 0


def test_handing_back_late_does_not_take_the_slot_from_its_new_holder():
    """A holder whose lease ended meanwhile frees nothing."""
    first, _ = claim(PaceState(), NOW, AIRBUS, lease_s=60)
    second, _ = claim(first, NOW + 60, AIRBUS, lease_s=60)

    assert release(second, first.busy_until, NOW + 61, AIRBUS) == second
    assert release(second, second.busy_until, NOW + 61, AIRBUS).busy_until == 0


def test_a_shorter_pause_does_not_end_a_longer_one():
    """Two 429s: the longer silence counts."""
    state = hold(hold(PaceState(), NOW, 600), NOW, 5)

    assert state.held_until == NOW + 600


def test_an_absurd_pause_is_not_believed():
    """A Retry-After of a year closes the account for an hour at the most."""
    assert hold(PaceState(), NOW, 3.0e7).held_until == NOW + HOLD_MAX_S


@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf")])
def test_a_pace_is_above_zero(number):
    """A pace that cannot be meant is a mistake in the configuration."""
    with pytest.raises(ConfigurationError, match="per_second must be above 0"):
        Pace(per_second=number)
    with pytest.raises(ConfigurationError, match="ban_s must be above 0"):
        Pace(ban_s=number)


def test_pace_key_tells_credentials_apart_and_gives_none_away():
    """Same credential, same key; the key does not contain it."""
    key = pace_key("airbus", "hush-hush")

    assert key == pace_key("airbus", "hush-hush")
    assert key not in {pace_key("airbus", "other"), pace_key("planet", "hush-hush")}
    assert "hush" not in key


# --- Both pacers -------------------------------------------------------------------------------------


@pytest.fixture(params=["local", "shared"])
def pacer(request, clock, tmp_path):
    """A pacer of each kind, on a clock that stands still."""
    return LocalPacer(clock) if request.param == "local" else SharedPacer(tmp_path / "deep" / "pace.db", clock)


async def ask(pacer, clock, pace, *, lasting=0.0, key="k", log=None):
    """One request of so many seconds; its start and end go into the log."""
    async with pacer.turn(key, pace):
        start = clock.monotonic()
        if lasting:
            await clock.sleep(lasting)
    if log is not None:
        log.append((start, clock.monotonic()))


async def test_turns_are_spaced(pacer, clock):
    """Requests that come at once start an interval apart, in the order in which they came."""
    log = []
    await asyncio.gather(*(ask(pacer, clock, PLANET, log=log) for _ in range(4)))

    assert [start for start, _ in log] == pytest.approx([0, 0.1, 0.2, 0.3], abs=TICK)


@pytest.mark.parametrize(
    ("lasting", "spans"), [(1.5, [(0, 1.5), (2.5, 4), (5, 6.5)]), (0.25, [(0, 0.25), (1.25, 1.5), (2.5, 2.75)])]
)
async def test_the_interval_counts_from_the_answer(pacer, clock, lasting, spans):
    """One at a time: a request that was slow on its way is not followed too closely by a quick one."""
    log = []
    await asyncio.gather(*(ask(pacer, clock, AIRBUS, lasting=lasting, log=log) for _ in range(3)))

    assert log == spans


async def test_no_known_limit_means_no_waiting(pacer, clock):
    """Without a pace nobody waits and requests overlap."""
    async with pacer.turn("k", Pace()), pacer.turn("k", Pace()):
        assert clock.slept == []


async def test_keys_do_not_slow_each_other_down(pacer, clock):
    """Two credentials have two paces."""
    async with pacer.turn("one", AIRBUS), pacer.turn("two", AIRBUS):
        assert clock.slept == []


async def test_a_short_pause_is_waited_for(pacer, clock):
    """Where the provider asked for some seconds, the next request starts after them."""
    await pacer.hold("k", PATIENCE_S)
    await ask(pacer, clock, PLANET)

    assert clock.slept == pytest.approx([PATIENCE_S], abs=TICK)


async def test_a_ban_is_an_error_at_once(pacer, clock):
    """Nobody waits ten minutes in silence: the error says how long."""
    await pacer.hold("k", 600)
    with pytest.raises(HeldError, match="paused for another 600 s") as caught:
        await ask(pacer, clock, AIRBUS)

    assert (caught.value.seconds, clock.slept) == (pytest.approx(600, abs=TICK), [])


async def test_a_ban_ends(pacer, clock):
    """After the pause the account works again."""
    await pacer.hold("k", 600)
    clock.advance(600)
    await ask(pacer, clock, AIRBUS)

    assert clock.slept == []


async def test_a_ban_reaches_those_who_already_wait(pacer, clock):
    """Requests queued before a 429 do not run into the ban one after the other."""

    async def banned():
        async with pacer.turn("k", PLANET):
            await pacer.hold("k", 600)

    said = await asyncio.gather(banned(), *(ask(pacer, clock, PLANET) for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in said] == [type(None), HeldError, HeldError, HeldError]


async def test_an_error_in_the_turn_hands_the_slot_back(pacer, clock):
    """A failed request does not block the next one for the length of a lease."""
    with pytest.raises(ZeroDivisionError):
        async with pacer.turn("k", AIRBUS):
            raise ZeroDivisionError
    await ask(pacer, clock, AIRBUS)

    assert clock.monotonic() == pytest.approx(1, abs=TICK)


async def test_cancelled_while_holding_hands_the_slot_back(pacer, clock):
    """A caller who gives up on a slow answer does not block the next one."""
    started = asyncio.Event()

    async def slow():
        async with pacer.turn("k", AIRBUS):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await ask(pacer, clock, AIRBUS)

    assert clock.monotonic() == pytest.approx(1, abs=TICK)


async def test_cancelled_while_queueing_leaves_no_gap(pacer, clock):
    """A hundred requests that are given up cost the next one no time."""
    async with pacer.turn("k", AIRBUS):
        waiting = [asyncio.create_task(ask(pacer, clock, AIRBUS)) for _ in range(100)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await ask(pacer, clock, AIRBUS)

    assert clock.monotonic() == pytest.approx(1, abs=TICK)


class StuckClock(ManualClock):
    """A clock on which nobody wakes up."""

    async def sleep(self, seconds):
        """Wait until cancelled."""
        await asyncio.Event().wait()


@pytest.mark.parametrize("pace", [PLANET, AIRBUS], ids=["spaced", "one at a time"])
async def test_cancelled_while_sleeping_leaves_no_gap(clock, pace):
    """Whoever is stopped in the middle of the wait before a slot has reserved nothing."""
    stuck = StuckClock(clock.start)
    pacer = LocalPacer(stuck)
    await ask(pacer, stuck, pace)
    for _ in range(3):
        task = asyncio.create_task(ask(pacer, stuck, pace))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    stuck.advance(pace.interval_s)

    async with asyncio.timeout(1):
        await ask(pacer, stuck, pace)

    assert stuck.monotonic() == pace.interval_s


# --- Shared between processes ------------------------------------------------------------------------


async def test_two_pacers_on_one_file_take_turns(tmp_path, clock):
    """What one process does counts for the other: the second waits for the first one's answer."""
    one, two = (SharedPacer(tmp_path / "pace.db", clock) for _ in range(2))
    log = []
    await asyncio.gather(
        ask(one, clock, AIRBUS, lasting=3, log=log),
        ask(two, clock, AIRBUS, lasting=3, log=log),
    )
    (_, first_end), (second_start, _) = sorted(log)

    assert second_start >= first_end + AIRBUS.interval_s - TICK


async def test_waiting_for_another_process_is_patient(tmp_path, clock):
    """The file is looked at a few times a second, not all the time."""
    one, two = (SharedPacer(tmp_path / "pace.db", clock) for _ in range(2))
    async with one.turn("k", AIRBUS, lease_s=10):
        await ask(two, clock, AIRBUS)

    assert clock.monotonic() == pytest.approx(10, abs=0.01)
    assert len(clock.slept) < 45


async def test_cancelled_while_the_file_is_written_hands_the_slot_back(tmp_path, clock, monkeypatch):
    """A slot that is taken in the moment of giving up is known and handed back."""
    pacer = SharedPacer(tmp_path / "pace.db", clock)
    entered, may_go, write = threading.Event(), threading.Event(), pacer._change_row

    def slow_write(key, change):
        entered.set()
        may_go.wait(5)
        write(key, change)

    monkeypatch.setattr(pacer, "_change_row", slow_write)
    task = asyncio.create_task(ask(pacer, clock, AIRBUS))
    await asyncio.to_thread(entered.wait, 5)
    task.cancel()
    await asyncio.sleep(0)
    may_go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await ask(SharedPacer(tmp_path / "pace.db", clock), clock, AIRBUS)

    assert clock.monotonic() == pytest.approx(1, abs=TICK)


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 30, None], ids=["junk", "folder"])
async def test_an_unusable_file_is_named(tmp_path, clock, content):
    """Where the file cannot be used the error says which file it is."""
    path = tmp_path / "pace.db"
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"the pace file .*pace\.db cannot be used"):
        await ask(SharedPacer(path, clock), clock, AIRBUS)


async def test_the_file_holds_no_credential(tmp_path, clock):
    """Whoever reads the file learns paces, not keys."""
    await ask(SharedPacer(tmp_path / "pace.db", clock), clock, AIRBUS, key=pace_key("airbus", "hush-hush"))
    with sqlite3.connect(tmp_path / "pace.db") as connection:
        (key,) = connection.execute("SELECT key FROM pace").fetchone()
    connection.close()

    assert key == pace_key("airbus", "hush-hush")
    assert b"hush" not in (tmp_path / "pace.db").read_bytes()


RIVAL = """
import asyncio, json, os, sys, time
from pathlib import Path
from tasking_hub.clock import SystemClock
from tasking_hub.pacing import Pace, SharedPacer

async def main(path, role):
    pacer, spans = SharedPacer(Path(path), SystemClock()), []
    if role == "die":
        await pacer.hold("banned", 600)
        async with pacer.turn("held", Pace(per_second=1, one_at_a_time=True), lease_s=60):
            os._exit(0)
    sys.stdin.readline()
    for _ in range(8):
        async with pacer.turn("k", Pace(per_second=40, one_at_a_time=True)):
            start = time.time()
            await asyncio.sleep(0.005)
            spans.append((start, time.time()))
    print(json.dumps(spans))

asyncio.run(main(*sys.argv[1:]))
"""


def rival(path, role):
    """Another process on the same pace file."""
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", RIVAL, str(path), role],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_never_overlap(tmp_path):
    """Two real processes with one credential ask in turn and at the common pace."""
    rivals = [rival(tmp_path / "pace.db", "run") for _ in range(2)]
    for process in rivals:
        process.stdin.write("go\n")
        process.stdin.flush()
    spans = sorted(span for process in rivals for span in json.loads(process.communicate(timeout=60)[0]))
    pairs = list(pairwise(spans))

    assert len(spans) == 16
    assert [pair for pair in pairs if pair[1][0] < pair[0][1]] == []
    assert [pair for pair in pairs if pair[1][0] - pair[0][1] < 1 / 40 - 0.01] == []


async def test_ban_and_lease_outlive_the_process_that_left_them(tmp_path):
    """Another process knows of the ban, and waits for a killed holder no longer than its lease."""
    process = rival(tmp_path / "pace.db", "die")
    await asyncio.to_thread(process.communicate, timeout=60)
    clock = ManualClock(datetime.now(UTC))
    pacer = SharedPacer(tmp_path / "pace.db", clock)

    with pytest.raises(HeldError):
        await ask(pacer, clock, AIRBUS, key="banned")
    await ask(pacer, clock, AIRBUS, key="held")

    assert 30 < clock.monotonic() <= 60
