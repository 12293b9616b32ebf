"""The sandbox's own time: real time, moved and sped up at will."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime, timedelta

from attrs import evolve, frozen

from tasking_hub.clock import Clock, SystemClock, utc

SPEED_MAX = 1_000_000.0
"""A year in half a minute; the calendar ends at 9999."""

_RESOLUTION_S = 1e-6  # a datetime cannot say less


@frozen(kw_only=True)
class _Setting:
    """Where the clock stood when it was last touched: real seconds, time of day, seconds run, and its speed."""

    real_s: float
    moment: datetime
    run_s: float
    speed: float


class SandboxClock:
    """A clock that starts now or at a given time, runs at any speed and can be moved; also a clock for the hub.

    Any thread may read it; change it from one thread only. Who sleeps on it wakes earlier when it is moved forward or
    sped up.

    Args:
        start: time of day at which it begins, or None for now.
        speed: sandbox seconds per real second, above 0 and up to a million.
        base: real time; tests pass a clock that they move by hand.

    Raises:
        ValueError: a naive start, or a speed out of range.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0, base: Clock | None = None) -> None:
        self._base = base or SystemClock()
        moment = self._base.now() if start is None else utc(start, "start")
        self._setting = _Setting(real_s=self._base.monotonic(), moment=moment, run_s=0.0, speed=_checked_speed(speed))
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._setting.speed

    def now(self) -> datetime:
        """Tell the sandbox's time of day as an aware UTC datetime."""
        return self._read().moment

    def monotonic(self) -> float:
        """Tell the sandbox seconds run and skipped so far; setting the clock back does not take any away."""
        return self._read().run_s

    def set(self, moment: datetime) -> None:
        """Go to a time of day, forward or back.

        Raises:
            ValueError: the time is naive.
        """
        self.change(moment=moment)

    def speed_up(self, factor: float) -> None:
        """Run at so many sandbox seconds per real second from now on.

        Raises:
            ValueError: the factor is not above 0, or over a million.
        """
        self.change(speed=factor)

    def advance(self, seconds: float) -> None:
        """Skip so many sandbox seconds.

        Raises:
            ValueError: they are negative, or lead out of the calendar.
        """
        self.change(advance_s=seconds)

    def change(
        self, *, moment: datetime | None = None, speed: float | None = None, advance_s: float | None = None
    ) -> None:
        """Go to a time, skip seconds from there, and run at a speed: all of it, or nothing where one is wrong.

        Raises:
            ValueError: as for `set`, `advance` and `speed_up`.
        """
        setting = self._read()
        if moment is not None:
            setting = _moved(setting, utc(moment, "now"))
        if advance_s is not None:
            setting = _later(setting, _checked_advance(advance_s))
        if speed is not None:
            setting = evolve(setting, speed=_checked_speed(speed))
        self._setting = setting
        for loop, changed in list(self._sleepers):
            loop.call_soon_threadsafe(changed.set)

    async def sleep(self, seconds: float) -> None:
        """Wait until so many sandbox seconds have run or were skipped."""
        wake_at = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left_s := wake_at - self.monotonic()) > _RESOLUTION_S:
            await self._doze(left_s / self.speed)

    async def sleep_really(self, seconds: float) -> None:
        """Wait for so many real seconds, whatever the speed."""
        await self._base.sleep(seconds)

    def _read(self) -> _Setting:
        setting, real_s = self._setting, self._base.monotonic()
        return evolve(_later(setting, (real_s - setting.real_s) * setting.speed), real_s=real_s)

    async def _doze(self, real_s: float) -> None:
        """Wait for so many real seconds or until somebody touches the clock."""
        sleeper = (asyncio.get_running_loop(), asyncio.Event())
        self._sleepers.add(sleeper)
        waits = [asyncio.ensure_future(self._base.sleep(real_s)), asyncio.ensure_future(sleeper[1].wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.discard(sleeper)
            for wait in waits:
                wait.cancel()


def _checked_speed(speed: float) -> float:
    if not 0 < speed <= SPEED_MAX:
        msg = f"the speed is above 0 and at most {SPEED_MAX:.0f} sandbox seconds per real second, not {speed:g}"
        raise ValueError(msg)
    return float(speed)


def _checked_advance(seconds: float) -> float:
    if not 0 <= seconds < math.inf:
        msg = f"the clock is advanced by 0 or more seconds, not by {seconds:g}"
        raise ValueError(msg)
    return seconds


def _moved(setting: _Setting, moment: datetime) -> _Setting:
    skipped_s = (moment - setting.moment).total_seconds()
    return evolve(setting, moment=moment, run_s=setting.run_s + max(skipped_s, 0.0))


def _later(setting: _Setting, seconds: float) -> _Setting:
    try:
        moment = setting.moment + timedelta(seconds=seconds)
    except OverflowError as error:
        msg = f"{seconds:g} s after {setting.moment.isoformat()} is not in the calendar"
        raise ValueError(msg) from error
    return evolve(setting, moment=moment, run_s=setting.run_s + seconds)
