"""The sandbox's time: it runs at its speed, goes where it is told, and wakes who sleeps on it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.clock import ManualClock
from tasking_hub.sandbox import SandboxClock

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
REAL = datetime(2026, 11, 21, 9, tzinfo=UTC)

SECONDS = st.floats(0, 1e6).map(lambda seconds: round(seconds, 3))
SPEEDS = st.sampled_from([0.5, 1.0, 60.0, 3600.0])


class StillClock(ManualClock):
    """A base on which nobody wakes by time alone."""

    async def sleep(self, seconds):
        """Record the sleep and never wake."""
        self.slept.append(seconds)
        await asyncio.Event().wait()


async def settle():
    """Let other tasks run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def base():
    """Real time, moved by hand."""
    return ManualClock(REAL)


def test_it_starts_now_or_when_told(base):
    """Without a start it shows real time; with one it shows that."""
    shown = (SandboxClock(base=base).now(), SandboxClock(START, base=base).now())

    assert shown == (REAL, START)


def test_it_starts_at_the_machines_time_by_default():
    """A clock without any argument shows the machine's time."""
    before = datetime.now(UTC)
    shown = SandboxClock().now()

    assert before <= shown <= before + timedelta(seconds=30)


@given(st.lists(st.tuples(SPEEDS, SECONDS), max_size=6))
def test_each_real_second_counts_as_its_speed_says(stretches):
    """However often the speed changes, time of day and monotonic seconds add up stretch by stretch."""
    base = ManualClock(REAL)
    clock = SandboxClock(START, base=base)
    for speed, seconds in stretches:
        clock.speed_up(speed)
        base.advance(seconds)
    expected = sum(speed * seconds for speed, seconds in stretches)

    assert clock.monotonic() == pytest.approx(expected, abs=1e-3)
    assert (clock.now() - START).total_seconds() == pytest.approx(expected, abs=1e-3)


@given(st.lists(st.tuples(st.sampled_from(["set", "advance", "run"]), SECONDS), max_size=8))
def test_monotonic_seconds_never_go_back(steps):
    """Setting the clock forward or back, skipping and running: monotonic seconds only grow."""
    base = ManualClock(REAL)
    clock = SandboxClock(START, base=base)
    readings = [clock.monotonic()]
    for step, seconds in steps:
        {
            "set": lambda s: clock.set(START + timedelta(seconds=s)),
            "advance": clock.advance,
            "run": base.advance,
        }[step](seconds)
        readings.append(clock.monotonic())

    assert readings == sorted(readings)


def test_setting_forward_ages_what_was_timed_and_setting_back_does_not_make_it_younger(base):
    """A jump forward counts as time passed; a jump back changes the time of day alone."""
    clock = SandboxClock(START, base=base)
    clock.set(START + timedelta(hours=1))
    after_forward = clock.monotonic()
    clock.set(START - timedelta(days=1))

    assert (after_forward, clock.monotonic(), clock.now()) == (3600.0, 3600.0, START - timedelta(days=1))


async def test_sleeping_takes_sandbox_seconds(base):
    """An hour's sleep at sixty-fold speed takes a real minute."""
    clock = SandboxClock(START, speed=60, base=base)

    await clock.sleep(3600)

    assert (base.slept, clock.now()) == ([60.0], START + timedelta(hours=1))


async def test_a_real_sleep_takes_real_seconds(base):
    """A sleep in real time does not care for the speed."""
    clock = SandboxClock(START, speed=60, base=base)

    await clock.sleep_really(2)

    assert (base.slept, clock.monotonic()) == ([2], 120.0)


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda clock: clock.advance(3600), id="advance"),
        pytest.param(lambda clock: clock.set(START + timedelta(hours=2)), id="set"),
    ],
)
async def test_sleepers_wake_when_their_time_is_skipped(touch):
    """Skipping past the end of a sleep ends it at once."""
    clock = SandboxClock(START, base=StillClock(REAL))
    sleeping = asyncio.create_task(clock.sleep(3600))
    await settle()
    touch(clock)

    await asyncio.wait_for(sleeping, 5)

    assert clock.monotonic() >= 3600


async def test_sleepers_hear_of_a_new_speed():
    """After a change of speed the rest of a sleep is measured anew."""
    base = StillClock(REAL)
    clock = SandboxClock(START, base=base)
    sleeping = asyncio.create_task(clock.sleep(3600))
    await settle()
    clock.speed_up(3600)
    await settle()
    sleeping.cancel()

    assert base.slept == [3600.0, 1.0]


async def test_setting_the_clock_back_does_not_lengthen_a_sleep():
    """A sleep ends after its seconds even where the time of day was set back meanwhile."""
    clock = SandboxClock(START, base=StillClock(REAL))
    sleeping = asyncio.create_task(clock.sleep(10))
    await settle()
    clock.set(START - timedelta(days=1))
    clock.advance(10)

    await asyncio.wait_for(sleeping, 5)

    assert clock.now() == START - timedelta(days=1) + timedelta(seconds=10)


@pytest.mark.parametrize("speed", [0, -1, 1_000_001, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(base, speed):
    """Stopped, backward and absurd speeds are refused, and the clock goes on as before."""
    clock = SandboxClock(START, base=base)

    with pytest.raises(ValueError, match="speed"):
        clock.speed_up(speed)
    assert clock.speed == 1.0


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e15])
def test_an_advance_that_is_none_is_refused(base, seconds):
    """Backward, endless and beyond the calendar are refused, and the clock stays where it was."""
    clock = SandboxClock(START, base=base)

    with pytest.raises(ValueError, match=r"advanced|calendar"):
        clock.advance(seconds)
    assert clock.now() == START


def test_a_naive_time_is_refused(base):
    """A time without an offset names no moment."""
    with pytest.raises(ValueError, match="time zone"):
        SandboxClock(START, base=base).set(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_a_change_with_one_mistake_changes_nothing(base):
    """A good time beside a bad speed is not taken over."""
    clock = SandboxClock(START, base=base)

    with pytest.raises(ValueError, match="speed"):
        clock.change(moment=REAL, speed=0)
    assert clock.now() == START
