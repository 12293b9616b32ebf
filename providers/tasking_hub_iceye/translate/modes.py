"""ICEYE's imaging modes and the rule that chooses one; an open set, since a contract may name others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from attrs import field, frozen

from tasking_hub import Range, geometry

SOURCE = "ICEYE Data Product Specification 6.0.5"
"""Where the figures stand (github.com/iceye-ltd/product-documentation, docs/productspecification, 2026-01)."""

FIT_TOLERANCE = 1.001
"""An area may be a thousandth larger than a scene: edges measured on the ellipsoid are not exact to the metre."""

_SPOT, _STRIP = Range(20, 40), Range(15, 35)
_WIDER = Range(5, 45)


@frozen(kw_only=True)
class Scene:
    """What one image of a mode is.

    Attributes:
        resolution_m: ground resolution.
        width_km: across the flight (in range).
        length_km: along the flight (in azimuth).
        looks: independent looks in one image.
        performant_deg: incidences for which the quality is promised, and which apply where the caller sets none.
        possible_deg: incidences for which images can be taken at all.
    """

    resolution_m: float
    width_km: float
    length_km: float
    looks: int
    performant_deg: Range
    possible_deg: Range

    @property
    def size(self) -> str:
        """The size as people write it."""
        return f"{self.width_km:g} x {self.length_km:g} km"

    @property
    def area_km2(self) -> float:
        """What one image shows."""
        return self.width_km * self.length_km

    def covers(self, extent: geometry.Extent) -> bool:
        """Whether one image can show a box of this size, its length along the flight being north to south."""
        return extent.width_km <= self.width_km * FIT_TOLERANCE and extent.height_km <= self.length_km * FIT_TOLERANCE

    def scenes_for(self, extent: geometry.Extent) -> int:
        """How many images, side by side, show a box of this size."""
        across = ceil(extent.width_km / (self.width_km * FIT_TOLERANCE))
        return max(1, across) * max(1, ceil(extent.height_km / (self.length_km * FIT_TOLERANCE)))


@frozen(kw_only=True)
class Mode:
    """An imaging mode: ICEYE's literal, the name in its product guide, and its scene where that is published."""

    literal: str
    title: str
    scene: Scene | None = None


@frozen(kw_only=True)
class Need:
    """What an image must be able to do; None leaves a requirement open.

    Attributes:
        extent: of the box that one image must show; zero for a point.
        max_resolution_m: the coarsest ground resolution that is still useful.
        min_looks: the least number of looks.
        incidence_deg: the incidences that are welcome.
    """

    extent: geometry.Extent = field(factory=lambda: geometry.Extent(0, 0))
    max_resolution_m: float | None = None
    min_looks: int | None = None
    incidence_deg: Range | None = None

    def unmet(self, scene: Scene) -> tuple[str, ...]:
        """What this scene does not do, in the words of `TaskRequest`."""
        checks = {
            "max_resolution_m": self.max_resolution_m is None or scene.resolution_m <= self.max_resolution_m,
            "min_looks": self.min_looks is None or scene.looks >= self.min_looks,
            "incidence": self.incidence_deg is None or self.incidence_deg.intersect(scene.possible_deg) is not None,
            "area": scene.covers(self.extent),
        }
        return tuple(name for name, met in checks.items() if not met)


def _mode(literal: str, title: str, *figures: Any) -> Mode:
    resolution, width, length, looks, performant, possible = figures
    scene = Scene(
        resolution_m=resolution,
        width_km=width,
        length_km=length,
        looks=looks,
        performant_deg=performant,
        possible_deg=possible,
    )
    return Mode(literal=literal, title=title, scene=scene)


_KNOWN = (
    # Standard modes, then long dwells, then variants with fewer looks: among equals the first is chosen. The figures:
    # ground resolution (m), scene in range and azimuth (km), looks, incidences that perform and that are possible.
    _mode("SPOTLIGHT", "Spot", 1, 5, 5, 4, _SPOT, _WIDER),
    _mode("SPOTLIGHT_FINE", "Spot Fine", 0.5, 5, 5, 5, _SPOT, _WIDER),
    _mode("SPOTLIGHT_EXTENDED_AREA", "Spot Extended Area", 1, 15, 15, 2, _SPOT, _WIDER),
    _mode("STRIPMAP", "Strip", 3, 30, 50, 1, _STRIP, _WIDER),
    _mode("SCAN", "Scan", 15, 100, 100, 1, Range(21, 29), Range(21, 29)),
    _mode("SCAN_WIDE", "Scan Wide", 27, 200, 300, 1, Range(21, 26), Range(21, 26)),
    _mode("SPOTLIGHT_EXTENDED_DWELL", "Dwell", 1, 5, 5, 12, _SPOT, _WIDER),
    _mode("SPOTLIGHT_EXTENDED_DWELL_FINE", "Dwell Fine", 0.5, 5, 5, 6, _SPOT, _WIDER),
    _mode("SPOTLIGHT_EXTENDED_DWELL_PRECISE", "Dwell Precise", 0.25, 5, 5, 3, Range(20, 33), _WIDER),
    _mode("SPOTLIGHT_FINE_2L", "Spot Fine 2-looks", 0.5, 5, 5, 2, _SPOT, Range(10, 45)),
    _mode("SPOTLIGHT_FINE_1L", "Spot Fine 1-look", 0.5, 5, 5, 1, _SPOT, Range(10, 45)),
    # Named on the v1 price page; the product specification gives no figures, so they are never chosen, only taken.
    Mode(literal="SPOTLIGHT_FINE_3L", title="Spot Fine 3-looks"),
    Mode(literal="SPOTLIGHT_HIGH_1L", title="Spot 1-look"),
    Mode(literal="SPOTLIGHT_HIGH_2L", title="Spot 2-looks"),
    Mode(literal="SPOTLIGHT_PRECISE_1L", title="Spot Precise 1-look"),
    Mode(literal="SPOTLIGHT_PRECISE_2L", title="Spot Precise 2-looks"),
    Mode(literal="SPOTLIGHT_PRECISE_3L", title="Spot Precise 3-looks"),
    # Seen only among the modes that a contract allows (the page on list-contracts).
    Mode(literal="SPOTLIGHT_HIGH", title="Spotlight High"),
    Mode(literal="STRIPMAP_EXTENDED", title="Stripmap Extended"),
    Mode(literal="STRIPMAP_HIGH", title="Stripmap High"),
)

MODES: Mapping[str, Mode] = {mode.literal: mode for mode in _KNOWN}
"""Known modes by literal: the 17 of the v1 price page, and 3 more that contracts name."""

_ORDER = {literal: number for number, literal in enumerate(MODES)}


def mode_of(literal: str) -> Mode:
    """The mode of that literal; one that is not known has no scene."""
    return MODES.get(literal, Mode(literal=literal, title=literal))


def charted(allowed: Iterable[str]) -> list[tuple[Mode, Scene]]:
    """The allowed modes whose scene is known, in the order in which they are preferred."""
    modes = sorted({literal for literal in allowed if literal in MODES}, key=_ORDER.__getitem__)
    return [(MODES[literal], scene) for literal in modes if (scene := MODES[literal].scene) is not None]


def choose(allowed: Iterable[str], need: Need) -> Mode | None:
    """The mode that does what is needed and no more, or None where no allowed and known one does.

    The smallest scene that shows the area; among those the coarsest resolution that is still fine enough; among those
    the standard mode before a long dwell before a variant with fewer looks.
    """
    able = [(mode, scene) for mode, scene in charted(allowed) if not need.unmet(scene)]
    if not able:
        return None
    return min(able, key=lambda one: (one[1].area_km2, -one[1].resolution_m, _ORDER[one[0].literal]))[0]
