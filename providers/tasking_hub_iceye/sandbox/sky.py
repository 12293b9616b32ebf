"""Which satellites of the played ICEYE could take an image, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from tasking_hub import Range
from tasking_hub.sandbox import Pass, World
from tasking_hub_iceye.sandbox.checks import window_of
from tasking_hub_iceye.sandbox.pricing import place_of

_KEPT = 4096
"""Answers that are kept: a task asks the same as its feasibility check did."""


class Sky:
    """The constellation as tasks see it.

    Args:
        world: where the satellites are.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._passes = lru_cache(maxsize=_KEPT)(self._find)

    def passes(self, task: Mapping[str, Any]) -> list[Pass]:
        """Every pass that could take the image of a filled task, soonest first."""
        angle = task["incidenceAngle"]
        passes = self._passes(*place_of(task), *window_of(task), Range(angle["min"], angle["max"]))
        return [
            one
            for one in passes
            if task["lookSide"] in {"ANY", one.look_side} and task["passDirection"] in {"ANY", one.pass_direction}
        ]

    def _find(self, lon: float, lat: float, start: datetime, end: datetime, angle: Range) -> tuple[Pass, ...]:
        found = self._world.ephemeris.passes(
            ["ICEYE"], lon, lat, start, end, max_incidence_deg=angle.max, min_incidence_deg=angle.min
        )
        return tuple(found)
