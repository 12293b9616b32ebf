"""Planet's rules, each with its source, and the checks that need no server; nothing is sent from here.

Where no other source is named, it is Planet's page "Assured Tasking Order Creation" (2024-10-24, read 2026-11),
https://developers.planet.com/docs/tasking/examples/assured/
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import frozen
from shapely import Polygon

from tasking_hub import (
    Capabilities,
    ConfigurationError,
    Imaging,
    Pace,
    Refusal,
    RefusalCode,
    Secret,
    Stereo,
    format_time,
    geometry,
)
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.wire import ImagingWindow

CAPABILITIES = Capabilities(
    title="Planet",
    imaging=frozenset({Imaging.OPTICAL}),
    areas=frozenset({"Point", "LineString", "Polygon"}),
    requirements=frozenset(
        {
            "max_cloud_cover",
            "min_incidence",
            "max_incidence",
            "min_sun_elevation",
            "max_gsd_m",
            "stereo",
            "exclusivity_days",
        }
    ),
    products=("Assured Tasking",),
)
"""Polygons are reduced to a point; Planet's search itself knows points and lines of two positions."""

PACE = Pace(per_second=9.5)
"""10 requests a second for each key, less a margin (developers.planet.com/docs/tasking/api-mechanics, 2026-11)."""

HORIZON = timedelta(days=7)
"""A search may not end further in the future than this."""

CLOCK_MARGIN = timedelta(minutes=1)
"""Assumption: by how much Planet's clock and ours may differ without anybody minding."""

EXCLUSIVITY_DAYS = (0, 7, 30)
"""Days of exclusivity that Planet sells."""

POLL_GROWTH = 1.5
"""Assumption: each pause between readings is this much longer; Planet says nothing on polling but its pace."""

MULTIPLIERS: Mapping[str, Decimal] = {"STANDARD": Decimal("1.0"), "EXPRESS": Decimal("1.5")}
"""Priority multiplier of each tier, from the page's examples of replaced orders: 1.0 + 1.0 and 1.5 + 1.5."""

REPLACEMENT_NOTICE = timedelta(hours=24)
"""Replaced orders count only for windows that start in less than this."""

SETTLING_S = 120.0
"""Assumption: seconds after which an order that was made stands in the list of orders. Planet says nothing on it."""

LOOK_BACK = timedelta(days=1)
"""How much earlier than it was sent an order is looked for: more than any two clocks differ. Name and window decide."""

REVIEW_TIME = timedelta(days=14)
"""After publication (a thread on community.planet.com, read 2026-11; Planet's own page names no end)."""


def pace(settings: PlanetSettings) -> Pace:
    """The configured pace, or Planet's."""
    own = settings.requests_per_second
    return PACE if own is None else Pace(per_second=own)


def credential(settings: PlanetSettings) -> Secret:
    """What the Authorization header says.

    Raises:
        ConfigurationError: `api_key` or `pl_number` is empty.
    """
    for name, value in (("api_key", settings.api_key.reveal()), ("pl_number", settings.pl_number)):
        if not value.strip():
            msg = f"{name} is empty"
            raise ConfigurationError(msg)
    return Secret(f"api-key {settings.api_key.reveal()}")


# --- Checks before anything is sent ------------------------------------------------------------------


def check_request(inquiry: Inquiry) -> list[Refusal]:
    """Everything for which Planet has no imaging window, found without asking it."""
    return [
        *_check_imaging(inquiry),
        *_check_stereo(inquiry, "an assured imaging window takes one view of the place"),
        *_check_window(inquiry),
        *_check_exclusivity(inquiry),
        *_check_area(inquiry),
    ]


def check_flexible(inquiry: Inquiry) -> list[Refusal]:
    """Everything that cannot be a flexible order, found without asking Planet.

    Planet's dashboard sells stereo to points and lines; the wire field (`n_stereo_pov`) is known from a third party
    only, and an unknown field would be ignored: a single view would be bought in silence.
    """
    stereo = _check_stereo(inquiry, "a flexible order is made for one view of the place")
    return [*_check_imaging(inquiry), *stereo, *_check_open(inquiry), *_check_exclusivity(inquiry)]


def _check_imaging(inquiry: Inquiry) -> Iterator[Refusal]:
    if inquiry.request.optical is None:
        yield inquiry.refuse(
            RefusalCode.IMAGING_NOT_OFFERED,
            "Planet takes optical images only",
            field="imaging",
            limit="optical",
            actual="radar",
            remedy="allow optical images",
        )


def _check_stereo(inquiry: Inquiry, said: str) -> Iterator[Refusal]:
    stereo = inquiry.optical.stereo
    if stereo not in {None, Stereo.MONO}:
        yield inquiry.refuse(
            RefusalCode.REQUIREMENT_NOT_OFFERED,
            f"{said}, not {stereo}",
            field="stereo",
            limit=Stereo.MONO,
            actual=stereo,
            remedy="ask for a mono image",
        )


def _check_window(inquiry: Inquiry) -> Iterator[Refusal]:
    start, horizon = inquiry.request.window.start, inquiry.asked_at + HORIZON
    if start >= horizon - CLOCK_MARGIN:
        yield inquiry.refuse(
            RefusalCode.WINDOW_TOO_LATE,
            f"Planet plans imaging windows {HORIZON.days} days ahead and the window starts at {format_time(start)}",
            field="window",
            limit=format_time(horizon),
            actual=format_time(start),
            remedy=f"start the window before {format_time(horizon)}, or ask again after {format_time(start - HORIZON)}",
        )


def _check_open(inquiry: Inquiry) -> Iterator[Refusal]:
    end, now = inquiry.request.window.end, inquiry.asked_at
    if end <= now:
        yield inquiry.refuse(
            RefusalCode.DEADLINE_PASSED,
            f"the window ended at {format_time(end)}, before now ({format_time(now)})",
            field="window",
            limit=format_time(now),
            actual=format_time(end),
            remedy="end the window later",
        )


def exclusivity_asked(inquiry: Inquiry) -> int:
    """Days of exclusivity wanted: the longer of the request's wish and the option."""
    return max(inquiry.request.exclusivity_days or 0, inquiry.options.exclusivity_days or 0)


def exclusivity_sold(days: int) -> int | None:
    """The fewest days that Planet sells and that are enough, or None beyond the longest."""
    return next((sold for sold in EXCLUSIVITY_DAYS if sold >= days), None)


def _check_exclusivity(inquiry: Inquiry) -> Iterator[Refusal]:
    days = exclusivity_asked(inquiry)
    if exclusivity_sold(days) is None:
        yield inquiry.refuse(
            RefusalCode.REQUIREMENT_NOT_OFFERED,
            f"Planet sells at most {EXCLUSIVITY_DAYS[-1]} days of exclusivity, not {days}",
            field="exclusivity_days",
            limit=EXCLUSIVITY_DAYS[-1],
            actual=days,
            unit="days",
            remedy=f"ask for {EXCLUSIVITY_DAYS[-1]} days of exclusivity or fewer",
        )


def _check_area(inquiry: Inquiry) -> Iterator[Refusal]:
    if not isinstance(inquiry.request.area, Polygon):
        return
    options, extent = inquiry.options, geometry.extent_km(inquiry.request.area)
    across = math.ceil(extent.width_km / options.scene_width_km)
    along = math.ceil(extent.height_km / options.scene_length_km)
    if across * along > 1:
        yield inquiry.refuse(
            RefusalCode.AREA_TOO_LARGE,
            f"Planet takes one scene of {options.scene_width_km:g} x {options.scene_length_km:g} km at a point, "
            f"and the area is {extent.width_km:.1f} x {extent.height_km:.1f} km",
            field="area",
            limit=round(options.scene_width_km * options.scene_length_km, 2),
            actual=round(extent.width_km * extent.height_km, 2),
            unit="km²",
            remedy=f"split the area into {across * along} scenes ({across} across, {along} along) and ask for each",
        )


# --- The priority multiplier -------------------------------------------------------------------------


@frozen(kw_only=True)
class DocumentedMultiplier:
    """What Planet's page says the priority multiplier should be; the server's own number is the one that counts.

    Attributes:
        literal: replaced orders count only where there are more than one of them.
        compared: a single replaced order counts too.

    The page lets both readings stand. They differ where a STANDARD window replaces one EXPRESS order.
    """

    literal: Decimal
    compared: Decimal


def documented_multiplier(window: ImagingWindow, now: datetime) -> DocumentedMultiplier | None:
    """The page's rule for a window as seen now, or None where a tier is missing or unknown.

    A window that starts in less than 24 hours costs the sum of the multipliers of the orders that it replaces, or its
    own where that is higher; any other window costs its own. Assumption: "in the future" is counted from now.
    """
    replaced = [_multiplier(order.assured_tasking_tier) for order in window.conflicting_orders or ()]
    own, tiers = _multiplier(window.assured_tasking_tier), [tier for tier in replaced if tier is not None]
    if own is None or len(tiers) < len(replaced):
        return None
    soon = window.start_time - now < REPLACEMENT_NOTICE
    summed = max(sum(tiers, Decimal(0)), own)
    return DocumentedMultiplier(
        literal=summed if soon and len(tiers) > 1 else own,
        compared=summed if soon and tiers else own,
    )


def _multiplier(tier: str | None) -> Decimal | None:
    return None if tier is None else MULTIPLIERS.get(tier)
