"""The clock that is passed in, and times as RFC 3339 text; nothing else in the core reads the time."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from attrs import define, field

from tasking_hub.errors import InvalidRequestError

_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,9}))?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


class Clock(Protocol):
    """What the core asks of a clock, so that tests and the sandbox can set it."""

    def now(self) -> datetime:
        """Tell the time of day as an aware UTC datetime."""
        ...

    def monotonic(self) -> float:
        """Tell seconds since an arbitrary moment, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds of this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the machine's time as an aware UTC datetime."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Tell the machine's monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop for this many seconds."""
        await asyncio.sleep(seconds)


def _start_time(value: datetime) -> datetime:
    return utc(value, "start")


@define
class ManualClock:
    """A clock for tests that stands still until it is told otherwise; sleeping moves it at once.

    Attributes:
        start: the aware time of day at which it begins.
        slept: seconds of every sleep so far, in order.
    """

    start: datetime = field(converter=_start_time)
    slept: list[float] = field(factory=list[float], init=False)
    _elapsed: float = field(default=0.0, init=False)

    def now(self) -> datetime:
        """Tell the start plus all that was advanced, as an aware UTC datetime."""
        return self.start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Tell the seconds advanced so far."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: the seconds are negative.
        """
        if not seconds >= 0:
            msg = f"a clock moves forward only, not by {seconds} s"
            raise ValueError(msg)
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Record the sleep, move the clock by it and let other tasks run once."""
        self.slept.append(seconds)
        self.advance(max(seconds, 0))
        await asyncio.sleep(0)


def utc(value: datetime, field: str | None = None) -> datetime:
    """Give the same moment in UTC.

    Raises:
        InvalidRequestError: the value has no UTC offset, or lies outside the calendar once in UTC.
    """
    if value.utcoffset() is None:
        msg = f"{field or 'time'} {value.isoformat()} has no time zone: give an aware datetime such as UTC"
        raise InvalidRequestError(msg, field=field)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        msg = f"{field or 'time'} {value.isoformat()} lies outside the calendar in UTC"
        raise InvalidRequestError(msg, field=field) from error


def parse_time(text: str, field: str | None = None) -> datetime:
    """Read an RFC 3339 time with its offset, as aware UTC.

    Up to nine digits after the point are read and cut off at the microsecond. A leap second is refused.

    Raises:
        InvalidRequestError: the text is not such a time, or names no moment of the calendar.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        msg = f"{field or 'time'} {text[:40]!r} is not an RFC 3339 time such as 2026-11-20T10:00:00Z"
        raise InvalidRequestError(msg, field=field)
    day, clock, fraction, offset = match.groups()
    try:
        value = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset.upper()}")
    except ValueError as error:
        msg = f"{field or 'time'} {text!r} is not a moment of the calendar: {error}"
        raise InvalidRequestError(msg, field=field) from error
    return utc(value, field)


def format_time(value: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with ``Z``, with as few digits after the point as are exact.

    Raises:
        InvalidRequestError: the value is naive.
    """
    moment = utc(value)
    fraction = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    digits = fraction if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=digits) + "Z"
