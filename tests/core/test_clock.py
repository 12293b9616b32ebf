"""Times are aware, in UTC, and survive being written down; clocks can be set."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.clock import ManualClock, SystemClock, format_time, parse_time, utc
from tasking_hub.errors import InvalidRequestError

START = datetime(2026, 11, 20, 10, tzinfo=UTC)

offsets = st.integers(min_value=-1439, max_value=1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001  # hypothesis adds the zone
    timezones=offsets,
)


@given(moments)
def test_written_times_read_back_as_the_same_moment(moment):
    """Writing and reading loses nothing, in whatever zone the time was."""
    assert parse_time(format_time(moment)) == moment


@given(moments)
def test_iso_text_with_any_offset_is_read_as_utc(moment):
    """An RFC 3339 text with an offset is the same moment in UTC."""
    read = parse_time(moment.isoformat())

    assert (read, read.tzinfo) == (moment, UTC)


@given(moments)
def test_utc_keeps_the_moment_and_the_order(moment):
    """Conversion moves the zone, never the moment, and doing it twice changes nothing."""
    assert utc(moment) == moment
    assert utc(utc(moment)).tzinfo is UTC


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [
        (0, "2026-11-20T10:00:00Z"),
        (500_000, "2026-11-20T10:00:00.500Z"),
        (1, "2026-11-20T10:00:00.000001Z"),
    ],
)
def test_as_few_digits_are_written_as_are_exact(microsecond, written):
    """No fraction, milliseconds or microseconds, whichever the time needs."""
    assert format_time(START.replace(microsecond=microsecond)) == written


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-20T10:00:00Z", 0),
        ("2026-11-20t10:00:00z", 0),
        ("2026-11-20 10:00:00Z", 0),
        ("2026-11-20T10:00:00.5Z", 500_000),
        ("2026-11-20T10:00:00.123456789Z", 123_456),
        ("2026-11-20T11:30:00.001+01:30", 1000),
        ("2026-11-20T10:00:00-00:00", 0),
    ],
)
def test_forms_of_rfc_3339_are_read(text, microsecond):
    """Every form that RFC 3339 allows is read; digits below the microsecond are cut off."""
    assert parse_time(text) == START.replace(microsecond=microsecond)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T10:00:00",
        "2026-11-20T10:00Z",
        "2026-11-20T10:00:00.Z",
        "2026-11-20T10:00:00.1234567890Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T10:00:60Z",
        "2026-11-20T10:00:00+0100",
        "2026-11-20T10:00:00+24:00",
        "20261120T100000Z",
        "2026-W47-5T10:00:00Z",
        "٢٠٢٦-11-20T10:00:00Z",
        "2026-11-20T10:00:00Z\n",
    ],
)
def test_other_texts_are_refused_with_the_field(text):
    """A time without a zone, with too few or too many digits, or in another form is refused."""
    with pytest.raises(InvalidRequestError, match="start") as caught:
        parse_time(text, "start")

    assert caught.value.field == "start"


@pytest.mark.parametrize("text", ["2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z", "0000-01-01T00:00:00Z"])
def test_days_that_do_not_exist_are_refused(text):
    """The right form is not enough: the day must be in the calendar."""
    with pytest.raises(InvalidRequestError, match="moment of the calendar"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_moments_beyond_the_calendar_in_utc_are_refused(text):
    """A time that leaves the calendar on its way to UTC is refused, not an OverflowError."""
    with pytest.raises(InvalidRequestError, match="outside the calendar"):
        parse_time(text, "end")


@pytest.mark.parametrize("refusing", [utc, format_time, ManualClock])
def test_naive_times_are_refused(refusing):
    """A time without a zone is never taken for UTC or for local time."""
    with pytest.raises(InvalidRequestError, match="no time zone"):
        refusing(START.replace(tzinfo=None))


def test_system_clock_agrees_with_the_machine():
    """The system clock tells an aware time between two looks at the machine's own."""
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)

    assert before <= now <= after
    assert now.tzinfo is UTC


async def test_system_clock_sleeps_on_its_own_monotonic_seconds():
    """Monotonic seconds do not go back across a sleep, and the sleep lets other tasks run."""
    clock, ran = SystemClock(), []
    task = asyncio.create_task(_append(ran))
    before = clock.monotonic()
    await clock.sleep(0)

    assert clock.monotonic() >= before
    assert ran == [1]
    await task


async def _append(ran):
    ran.append(1)


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=20))
def test_manual_clock_moves_by_what_it_is_told(steps):
    """Both readings move by the sum of the steps and by nothing else."""
    clock = ManualClock(START)
    for step in steps:
        clock.advance(step)

    assert clock.now() == START + timedelta(seconds=sum(steps))
    assert clock.monotonic() == sum(steps)


async def test_manual_clock_sleeps_at_once_and_remembers():
    """A sleep takes no time, moves the clock, is recorded, and lets other tasks run once."""
    clock, ran = ManualClock(START), []
    task = asyncio.create_task(_append(ran))
    await clock.sleep(600)
    await clock.sleep(-1)

    assert clock.slept == [600, -1]
    assert clock.now() == START + timedelta(seconds=600)
    assert ran == [1]
    await task


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_manual_clock_never_goes_back(seconds):
    """Only forward moves are accepted."""
    with pytest.raises(ValueError, match="forward only"):
        ManualClock(START).advance(seconds)


def test_manual_clock_starts_in_utc():
    """A start in another zone is the same moment in UTC."""
    start = START.astimezone(timezone(timedelta(hours=5)))

    assert ManualClock(start).now().isoformat() == START.isoformat()
