"""How fast an account may ask: spacing, one request at a time, and pauses that a provider imposed.

The rules are pure functions over one small state, so that an account can keep it in memory or share it between all
processes of a machine: a ban that one process earned holds for the others.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from attrs import evolve, frozen

from tasking_hub.clock import Clock

PATIENCE_S = 30.0
LEASE_S = 120.0
POLL_S = 0.1


@frozen(kw_only=True)
class Pace:
    """What a provider tolerates from one credential.

    Attributes:
        per_second: requests per second, or None for no limit known.
        one_at_a_time: the next request waits for the last answer.
        ban_s: seconds of silence after a 429 that names no time itself, or None.
    """

    per_second: float | None = None
    one_at_a_time: bool = False
    ban_s: float | None = None

    @property
    def interval_s(self) -> float:
        """Seconds between the starts of two requests."""
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


def claim(state: PaceState, now: float, pace: Pace) -> tuple[PaceState, float]:
    """Ask for the next slot: the state after it and the seconds to wait, 0 where the slot is taken now.

    A slot in the future is reserved only where requests may overlap; where they may not, come back after the wait.
    """
    blocked = max(state.held_until, state.busy_until if pace.one_at_a_time else 0.0)
    wait = max(blocked, state.next_at) - now
    if wait > 0 and (pace.one_at_a_time or blocked > now):
        return state, wait
    start = max(now, state.next_at)
    busy = start + LEASE_S if pace.one_at_a_time else 0.0
    return evolve(state, next_at=start + pace.interval_s, busy_until=busy), max(0.0, wait)


Change = Callable[[PaceState, float], tuple[PaceState, float]]


class Pacer(ABC):
    """Gives out turns, by credential."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}

    @abstractmethod
    async def _change(self, key: str, change: Change) -> float:
        """Replace the state of a key as one indivisible step; return what the change says."""

    @asynccontextmanager
    async def turn(self, key: str, pace: Pace) -> AsyncIterator[None]:
        """Wait for a slot and hold it while the body runs.

        Raises:
            HeldError: the provider wants silence for longer than `PATIENCE_S`.
        """
        if not pace.one_at_a_time:
            await self._wait_for_slot(key, pace)
            yield
            return
        async with self._locks.setdefault(key, asyncio.Lock()):
            await self._wait_for_slot(key, pace)
            try:
                yield
            finally:
                await self._change(key, lambda state, _now: (evolve(state, busy_until=0.0), 0.0))

    async def hold(self, key: str, seconds: float) -> None:
        """Let nobody use this key for so many seconds."""

        def longer(state: PaceState, now: float) -> tuple[PaceState, float]:
            return evolve(state, held_until=max(state.held_until, now + seconds)), 0.0

        await self._change(key, longer)

    async def _wait_for_slot(self, key: str, pace: Pace) -> None:
        while not await self._take(key, pace):
            pass

    async def _take(self, key: str, pace: Pace) -> bool:
        """Try for a slot and wait as told; False where the slot must be asked for again."""
        taken = False

        def ask(state: PaceState, now: float) -> tuple[PaceState, float]:
            nonlocal taken
            if state.held_until - now > PATIENCE_S:
                raise HeldError(state.held_until - now)
            after, wait = claim(state, now, pace)
            taken = after is not state
            return after, wait

        wait = await self._change(key, ask)
        if wait > 0:
            # Somebody in another process may hand back the slot long before its lease ends.
            await self._clock.sleep(min(wait, POLL_S) if pace.one_at_a_time else wait)
        return taken


class LocalPacer(Pacer):
    """Turns for this process alone."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._states: dict[str, PaceState] = {}

    async def _change(self, key: str, change: Change) -> float:
        after, said = change(self._states.get(key, PaceState()), self._clock.now().timestamp())
        self._states[key] = after
        return said


class SharedPacer(Pacer):
    """Turns for every process of this machine, kept in one SQLite file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(clock)
        self._path = path

    async def _change(self, key: str, change: Change) -> float:
        return await asyncio.to_thread(self._change_row, key, change)

    def _change_row(self, key: str, change: Change) -> float:
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_SELECT, (key,)).fetchone()
            state = PaceState(next_at=row[0], busy_until=row[1], held_until=row[2]) if row else PaceState()
            after, said = change(state, self._clock.now().timestamp())
            connection.execute(_UPSERT, (key, after.next_at, after.busy_until, after.held_until))
            return said

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.execute(_TABLE)
        return connection


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
