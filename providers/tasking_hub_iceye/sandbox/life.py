"""The life of a played task, decided when it is created: from then on a function of time alone.

Within 20 minutes a task is ACTIVE or REJECTED (docs.iceye.com, get-task, read 2026-11). An image is taken at a real
pass; its products are ready when the SLA says, the others some hours later. Where no pass fits, the task is rejected,
since ICEYE looks at orbits only after it has taken a task.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from tasking_hub.sandbox import Pass, World
from tasking_hub_iceye.sandbox.sky import Sky

RECEIVED, ACTIVE, FULFILLED, DONE = "RECEIVED", "ACTIVE", "FULFILLED", "DONE"
REJECTED, FAILED, CANCELED = "REJECTED", "FAILED", "CANCELED"

_DECIDED_S = (30.0, 1170.0)
_ODDS: Mapping[str, tuple[float, float]] = {"COMMERCIAL": (0.04, 0.04), "BACKGROUND": (0.15, 0.15)}
"""Of being rejected, and of failing: over 90 % of commercial tasks are taken (Data Product Specification 6.0.5)."""

_AT_ONCE = 0.1
"""Of all products being ready together, so that the task is never FULFILLED."""

_SOONEST = 3
"""The image is taken at one of so many passes."""


@frozen(kw_only=True)
class Life:
    """What becomes of a task.

    Attributes:
        steps: moments and the status from then on, in order of time.
        taken: the pass at which the image is taken, or None where none is.
    """

    steps: tuple[tuple[datetime, str], ...]
    taken: Pass | None = None

    def until(self, now: datetime) -> tuple[tuple[datetime, str], ...]:
        """The steps so far; the first is there from the beginning."""
        return self.steps[:1] + tuple(step for step in self.steps[1:] if step[0] <= now)


def plan_life(world: World, sky: Sky, task: Mapping[str, Any], handle: str, created: datetime) -> Life:
    """What becomes of a filled task, by the seed, its handle and the orbits."""
    rng = world.rng("life", task["contractID"], handle)
    decided = created + timedelta(seconds=round(rng.uniform(*_DECIDED_S)))
    rejected, failed = _ODDS.get(task["priority"], _ODDS["BACKGROUND"])
    fate = rng.random()
    passes = [one for one in sky.passes(task) if one.closest > decided]
    begin = ((created, RECEIVED), (decided, ACTIVE))
    if fate < rejected or not passes:
        return Life(steps=((created, RECEIVED), (decided, REJECTED)))
    taken = passes[rng.randrange(min(len(passes), _SOONEST))]
    if fate < rejected + failed:
        return Life(steps=(*begin, (taken.end + timedelta(minutes=30), FAILED)))
    return Life(steps=(*begin, *_ready(rng, taken, sla_of(task))), taken=taken)


def _ready(rng: random.Random, taken: Pass, sla: timedelta) -> list[tuple[datetime, str]]:
    fulfilled = taken.end + sla
    if rng.random() < _AT_ONCE:
        return [(fulfilled, DONE)]
    return [(fulfilled, FULFILLED), (fulfilled + timedelta(minutes=rng.randrange(60, 240)), DONE)]


def sla_of(task: Mapping[str, Any]) -> timedelta:
    """How long after the pass the products are ready: the hours that the literal ends in."""
    digits = str(task["sla"]).removeprefix("SLA_").removesuffix("H")
    return timedelta(hours=int(digits) if digits.isdecimal() else 24)
