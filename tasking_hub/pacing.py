"""How fast an account may ask: spacing, one request at a time, and pauses that a provider imposed.

The rules are pure functions over one small state, so that an account can keep it in memory or share it between all
processes of a machine: a ban that one process earned holds for the others.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve, field, frozen

from tasking_hub.clock import Clock
from tasking_hub.errors import ConfigurationError

PATIENCE_S = 30.0
"""The longest pause imposed by a provider that is waited for; a longer one is an error at once."""

HOLD_MAX_S = 3600.0
"""The longest pause that is believed, so that a wrong `Retry-After` cannot close an account for good."""

LEASE_S = 120.0
"""How long a slot stays taken where its holder died without handing it back."""

LEASE_MAX_S = 600.0
"""The longest lease that is granted."""

POLL_S = 0.25
"""How often a slot that another process holds is looked at."""

RESOLUTION_S = 1e-6
"""What a clock can tell apart; a shorter wait is none."""


def above_zero(_instance: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    """Validate a field for attrs: a finite number above zero, or None.

    Raises:
        ConfigurationError: naming the field.
    """
    if value is not None and not 0 < value < float("inf"):
        msg = f"{attribute.name} must be above 0, not {value}"
        raise ConfigurationError(msg)


@frozen(kw_only=True)
class Pace:
    """What a provider tolerates from one credential.

    Attributes:
        per_second: requests per second, or None for no limit known.
        one_at_a_time: the next request waits for the last answer.
        ban_s: the least seconds of silence after a 429, or None where only `Retry-After` decides.

    Raises:
        ConfigurationError: a number is not above 0.
    """

    per_second: float | None = field(default=None, validator=above_zero)
    one_at_a_time: bool = False
    ban_s: float | None = field(default=None, validator=above_zero)

    @property
    def interval_s(self) -> float:
        """Seconds between the starts of two requests; from the answer on, where they come one at a time."""
        return 1 / self.per_second if self.per_second else 0.0


@frozen(kw_only=True)
class PaceState:
    """What is remembered of one credential, in seconds since the epoch.

    Attributes:
        next_at: the next request may start then.
        busy_until: somebody is waiting for an answer, at the longest until then.
        held_until: the provider wants silence until then.
    """

    next_at: float = 0.0
    busy_until: float = 0.0
    held_until: float = 0.0


class HeldError(Exception):
    """The credential is paused for longer than anybody would wait.

    Attributes:
        seconds: how much longer.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for another {seconds:.0f} s")
        self.seconds = seconds


# --- The rules ---------------------------------------------------------------------------------------


def claim(state: PaceState, now: float, pace: Pace, lease_s: float = LEASE_S) -> tuple[PaceState, float]:
    """Take the slot if it is free: the state from now on, and 0 or else the seconds after which to ask again.

    Nothing is reserved ahead, so that whoever gives up while waiting leaves no gap behind.
    """
    state = _believable(state, now, pace)
    wait = max(state.next_at, state.held_until) - now
    busy = state.busy_until - now if pace.one_at_a_time else 0.0
    if max(wait, busy) > RESOLUTION_S:
        return state, max(wait, min(busy, POLL_S))
    busy_until = now + min(lease_s, LEASE_MAX_S) if pace.one_at_a_time else state.busy_until
    return evolve(state, next_at=now + pace.interval_s, busy_until=busy_until), 0.0


def release(state: PaceState, busy_until: float, now: float, pace: Pace) -> PaceState:
    """Hand a slot back; nothing happens where its lease ended and somebody else holds it now.

    The interval counts from the answer: when the request came to the provider nobody here knows, but not later. Counted
    from its start, one that was slow on its way and a quick one after it would come too close to each other.
    """
    if state.busy_until != busy_until:
        return state
    return evolve(state, busy_until=0.0, next_at=max(state.next_at, now + pace.interval_s))


def hold(state: PaceState, now: float, seconds: float) -> PaceState:
    """Let nobody start for so many seconds; a longer pause that is already known stays."""
    return evolve(state, held_until=max(state.held_until, now + min(seconds, HOLD_MAX_S)))


def _believable(state: PaceState, now: float, pace: Pace) -> PaceState:
    """The state without waits longer than any rule makes them: they come from a clock that was set back since."""
    return PaceState(
        next_at=min(state.next_at, now + pace.interval_s),
        busy_until=min(state.busy_until, now + LEASE_MAX_S),
        held_until=min(state.held_until, now + HOLD_MAX_S),
    )


# --- Those who apply them ----------------------------------------------------------------------------


Change = Callable[[PaceState, float], PaceState]


class Pacer(ABC):
    """Gives out turns, by credential; those of one process come in the order in which they were asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}

    @abstractmethod
    async def _change(self, key: str, change: Change) -> None:
        """Replace the state of a key as one indivisible step, finished even where the caller is cancelled."""

    @asynccontextmanager
    async def turn(self, key: str, pace: Pace, *, lease_s: float = LEASE_S) -> AsyncGenerator[None]:
        """Wait for a slot and, where requests come one at a time, hold it while the body runs.

        Args:
            key: whose pace it is.
            pace: what the provider tolerates.
            lease_s: seconds after which others no longer wait for a holder that died, at the most `LEASE_MAX_S`.

        Raises:
            HeldError: the provider wants silence for longer than `PATIENCE_S`.
        """
        lock = self._locks.setdefault(key, asyncio.Lock())
        if not pace.one_at_a_time:
            async with lock:
                await self._wait_for_slot(_Claim(pace, lease_s), key)
            yield
            return
        slot = _Claim(pace, lease_s)
        async with lock:
            try:
                await self._wait_for_slot(slot, key)
                yield
            finally:
                await self._change(key, slot.give_back)

    async def hold(self, key: str, seconds: float) -> None:
        """Let nobody use this key for so many seconds, at the most `HOLD_MAX_S`."""
        await self._change(key, lambda state, now: hold(state, now, seconds))

    async def _wait_for_slot(self, slot: _Claim, key: str) -> None:
        await self._change(key, slot.take)
        while slot.wait_s > 0:
            await self._clock.sleep(slot.wait_s)
            await self._change(key, slot.take)


class _Claim:
    """One turn's claim on the slot: what it was told, and what it holds."""

    def __init__(self, pace: Pace, lease_s: float) -> None:
        self._pace = pace
        self._lease_s = lease_s
        self._busy_until: float | None = None
        self.wait_s = 0.0

    def take(self, state: PaceState, now: float) -> PaceState:
        after, self.wait_s = claim(state, now, self._pace, self._lease_s)
        if after.held_until - now > PATIENCE_S:
            raise HeldError(after.held_until - now)
        if not self.wait_s:
            self._busy_until = after.busy_until
        return after

    def give_back(self, state: PaceState, now: float) -> PaceState:
        return state if self._busy_until is None else release(state, self._busy_until, now, self._pace)


class LocalPacer(Pacer):
    """Turns for this process alone."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._states: dict[str, PaceState] = {}

    async def _change(self, key: str, change: Change) -> None:
        self._states[key] = change(self._states.get(key, PaceState()), self._clock.now().timestamp())


class SharedPacer(Pacer):
    """Turns for every process of this machine, kept in one SQLite file that is made where there is none.

    Raises:
        ConfigurationError: from every method, where the file cannot be used.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(clock)
        self._path = path

    async def _change(self, key: str, change: Change) -> None:
        work = asyncio.ensure_future(asyncio.to_thread(self._change_row, key, change))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread cannot be stopped: what it takes must be known before it can be handed back.
            await asyncio.wait([work])
            raise

    def _change_row(self, key: str, change: Change) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection, connection:
                # A pace that a power cut takes away is no loss; waiting for the disk at every request is.
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(_TABLE)
                connection.execute("BEGIN IMMEDIATE")
                row = connection.execute(_SELECT, (key,)).fetchone()
                state = PaceState(next_at=row[0], busy_until=row[1], held_until=row[2]) if row else PaceState()
                after = change(state, self._clock.now().timestamp())
                connection.execute(_UPSERT, (key, after.next_at, after.busy_until, after.held_until))
        except (sqlite3.Error, OSError) as error:
            msg = f"the pace file {self._path} cannot be used: {error}"
            raise ConfigurationError(msg) from error


_TABLE = (
    "CREATE TABLE IF NOT EXISTS pace "
    "(key TEXT PRIMARY KEY, next_at REAL NOT NULL, busy_until REAL NOT NULL, held_until REAL NOT NULL)"
)
_SELECT = "SELECT next_at, busy_until, held_until FROM pace WHERE key = ?"
_UPSERT = "INSERT OR REPLACE INTO pace VALUES (?, ?, ?, ?)"


def pace_key(provider: str, credential: str) -> str:
    """Whose pace it is: the provider and a digest that does not give the credential away."""
    digest = hashlib.blake2b(credential.encode(), digest_size=12, person=b"tasking-hub").hexdigest()
    return f"{provider}:{digest}"
