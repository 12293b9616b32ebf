"""The life of a played order: what it is at a moment follows from how it was made and from that moment alone.

Planet documents the words, not the times between them. All times here are the sandbox's own assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import frozen

ASKED_AFTER = timedelta(seconds=2)
"""After it was made, the lock-in is asked of the scheduler."""

LOCKED_AFTER = timedelta(seconds=20)
"""After it was made, the scheduler has answered."""

PLANNED_BEFORE = timedelta(hours=24)
"""So long before its pass a flexible order's next attempt is on the schedule."""

CANCELLING_FOR = timedelta(seconds=5)
"""From the wish to leave to its confirmation."""

FINALIZED_AFTER = timedelta(minutes=2)
DERIVED_AFTER = timedelta(minutes=20)
PUBLISHED_AFTER = timedelta(minutes=40)
ENDED_AFTER = timedelta(minutes=45)
"""After the pass: its captures are processed, derived, published; then the order ends."""


class Outcome(StrEnum):
    """How an order ends if nobody cancels it."""

    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


@frozen(kw_only=True)
class Attempt:
    """One pass on which the image of an order is tried.

    Attributes:
        start: when the pass begins.
        end: when it ends.
        family: whose satellite it is.
        outcome: what becomes of the image: it fulfils the order, cannot be processed, or is published and does not do.
    """

    start: datetime
    end: datetime
    family: str
    outcome: Outcome

    @property
    def taken_at(self) -> datetime:
        """When the image is taken."""
        return self.start + (self.end - self.start) / 2

    def after_pass(self) -> list[tuple[datetime, str]]:
        """Every word of its capture from the image on."""
        processed = [(self.taken_at, "QUEUED"), (self.end + FINALIZED_AFTER, "PROCESSING")]
        if self.outcome is Outcome.FAILED:
            return [*processed, (self.end + DERIVED_AFTER, "FAILED")]
        return [*processed, (self.end + DERIVED_AFTER, "DERIVING"), (self.end + PUBLISHED_AFTER, "PUBLISHED")]


@frozen(kw_only=True)
class Shot:
    """A capture as it stands at a moment.

    Attributes:
        number: which of its order's captures it is, from 0.
        attempt: the pass.
        steps: every word of it so far with the moment from which it holds; at least one.
    """

    number: int
    attempt: Attempt
    steps: list[tuple[datetime, str]]

    @property
    def word(self) -> str:
        """Its status."""
        return self.steps[-1][1]


@frozen(kw_only=True)
class Made:
    """An order as it was made, and what the buyer did to it since.

    Attributes:
        id: its id.
        created: when it was made.
        start: when its window begins: for an assured order that of its pass.
        end: when its window ends.
        attempts: the passes on which its image is tried; none for one that is rejected as infeasible.
        outcome: how it ends if nobody cancels it.
        flexible: it has no imaging window of its own; nothing is locked in.
        window_id: id of its imaging window, or None for flexible orders and those that were there from the start.
        replaces: ids of the orders that it cancels once it is locked in.
        leaves_at: when it was cancelled, by the buyer or by the lock-in of another order, or None.
        edited_at: when the buyer changed it last, or None.
        json: what does not change with time.
        pricing: what it costs.
    """

    id: str
    created: datetime
    start: datetime
    end: datetime
    attempts: tuple[Attempt, ...]
    outcome: Outcome
    flexible: bool = False
    window_id: str | None = None
    replaces: tuple[str, ...] = ()
    leaves_at: datetime | None = None
    edited_at: datetime | None = None
    json: Mapping[str, Any]
    pricing: Mapping[str, Any]

    @property
    def locked_at(self) -> datetime:
        """When the scheduler answers."""
        return self.created + LOCKED_AFTER

    def happens(self) -> list[tuple[datetime, str]]:
        """Every word of its life with the moment from which it holds, in order of time."""
        asked = [] if self.flexible else [(self.created + ASKED_AFTER, "REQUESTED")]
        steps = [(self.created, "RECEIVED"), *asked, *self._after_lock_in()]
        if self.leaves_at is None:
            return steps
        before = [step for step in steps if step[0] < self.leaves_at]
        return [
            *before,
            (self.leaves_at, "PENDING_CANCELLATION"),
            (self.leaves_at + CANCELLING_FOR, "CANCELLED"),
        ]

    def _after_lock_in(self) -> list[tuple[datetime, str]]:
        if self.outcome is Outcome.REJECTED:
            return [(self.locked_at, Outcome.REJECTED.value)]
        begins = max(self.start, self.locked_at)
        ends = max(self.end if self.outcome is Outcome.EXPIRED else self.attempts[-1].end, begins)
        return [
            (self.locked_at, "PENDING"),
            (begins, "IN_PROGRESS"),
            (ends + FINALIZED_AFTER, "FINALIZING"),
            (ends + ENDED_AFTER, self.outcome.value),
        ]

    def status(self, now: datetime) -> str:
        """Its word at a moment; one that has not begun by then is `RECEIVED`."""
        return next((word for at, word in reversed(self.happens()) if at <= now), "RECEIVED")

    def updated(self, now: datetime) -> datetime:
        """When it changed last."""
        captured = [step for shot in self.shots(now) for step in shot.steps]
        moments = [at for at, _ in self.happens() + captured if at <= now]
        return max([self.created, *moments, *([self.edited_at] if self.edited_at else [])])

    def since(self, word: str) -> datetime | None:
        """From when on it has this word, or None where it never has."""
        return next((at for at, said in self.happens() if said == word), None)

    def stands(self, now: datetime) -> bool:
        """Whether it holds its place on the schedule: only such an order can be in another one's way."""
        return self.status(now) in {"RECEIVED", "REQUESTED", "PENDING"}

    def shots(self, now: datetime) -> list[Shot]:
        """Its captures as they stand; none before the pass is on the schedule."""
        planned = self.since("PENDING")
        if planned is None:
            return []
        shots = [
            Shot(
                number=number,
                attempt=attempt,
                steps=[step for step in self._captured(attempt, planned) if step[0] <= now],
            )
            for number, attempt in enumerate(self.attempts)
        ]
        return [shot for shot in shots if shot.steps]

    def _captured(self, attempt: Attempt, planned: datetime) -> list[tuple[datetime, str]]:
        """Every word of one capture, also those to come; nothing of one that was planned after the order had left."""
        scheduled = max(planned, attempt.start - PLANNED_BEFORE) if self.flexible else planned
        if self.leaves_at is None or self.leaves_at > attempt.taken_at:
            return [(scheduled, "SCHEDULED"), *attempt.after_pass()]
        return [(scheduled, "SCHEDULED"), (self.leaves_at, "REMOVED")] if scheduled < self.leaves_at else []

    def next_attempt(self, now: datetime) -> Attempt | None:
        """The next pass, or None after the last one."""
        return next((attempt for attempt in self.attempts if attempt.taken_at > now), None)
