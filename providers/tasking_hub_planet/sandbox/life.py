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
class Made:
    """An order as it was made, and what the buyer did to it since.

    Attributes:
        id: its id.
        created: when it was made.
        start: when its pass begins.
        end: when its pass ends.
        outcome: how it ends if nobody cancels it.
        window_id: id of its imaging window, or None for orders that were there from the start.
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
    outcome: Outcome
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

    @property
    def acquired_at(self) -> datetime:
        """When the image is taken."""
        return self.start + (self.end - self.start) / 2

    def happens(self) -> list[tuple[datetime, str]]:
        """Every word of its life with the moment from which it holds, in order of time."""
        steps = [(self.created, "RECEIVED"), (self.created + ASKED_AFTER, "REQUESTED"), *self._after_lock_in()]
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
        ends = max(self.end, begins)
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
        moments = [at for at, _ in self.happens() + self.captures(now) if at <= now]
        return max([self.created, *moments, *([self.edited_at] if self.edited_at else [])])

    def since(self, word: str) -> datetime | None:
        """From when on it has this word, or None where it never has."""
        return next((at for at, said in self.happens() if said == word), None)

    def stands(self, now: datetime) -> bool:
        """Whether it holds its place on the schedule: only such an order can be in another one's way."""
        return self.status(now) in {"RECEIVED", "REQUESTED", "PENDING"}

    def captures(self, now: datetime) -> list[tuple[datetime, str]]:
        """Every word of its capture up to a moment; none before the pass is on the schedule."""
        planned = self.since("PENDING")
        if planned is None or planned > now:
            return []
        steps = [(planned, "SCHEDULED"), *self._after_pass()]
        if self.leaves_at is not None and self.leaves_at <= self.acquired_at:
            steps = [steps[0], (self.leaves_at, "REMOVED")]
        return [step for step in steps if step[0] <= now]

    def _after_pass(self) -> list[tuple[datetime, str]]:
        processed = [(self.acquired_at, "QUEUED"), (self.end + FINALIZED_AFTER, "PROCESSING")]
        if self.outcome is Outcome.FAILED:
            return [*processed, (self.end + DERIVED_AFTER, "FAILED")]
        return [*processed, (self.end + DERIVED_AFTER, "DERIVING"), (self.end + PUBLISHED_AFTER, "PUBLISHED")]
