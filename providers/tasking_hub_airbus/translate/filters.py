"""Which attempts are of use to the caller, and what would have to change for one that is not. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from tasking_hub import Refusal, RefusalCode, format_time, geometry
from tasking_hub_airbus.translate.inquiry import Inquiry, Target
from tasking_hub_airbus.translate.refusals import refuse
from tasking_hub_airbus.translate.segments import deadline, periods
from tasking_hub_airbus.translate.sun import sun_elevation_deg
from tasking_hub_airbus.wire import Segment

NO_BINARY_ROUNDING = 1e-9


@frozen(kw_only=True)
class Miss:
    """A requirement that an attempt fails: `limit` is what it offers, `actual` what was asked."""

    field: str
    limit: Any
    actual: Any
    unit: str | None
    says: str
    remedy: str
    code: RefusalCode = RefusalCode.NO_OPPORTUNITY


def misses(inquiry: Inquiry, segment: Segment) -> list[Miss]:
    """Every requirement that an attempt fails; none for one that is of use."""
    found = (
        _deadline(inquiry, segment),
        _window(inquiry, segment),
        _max_incidence(inquiry, segment),
        _min_incidence(inquiry, segment),
        _sun(inquiry, segment),
    )
    return [miss for miss in found if miss is not None]


def _deadline(inquiry: Inquiry, segment: Segment) -> Miss | None:
    latest = deadline(segment)
    if latest is None or latest > inquiry.now:
        return None
    return Miss(
        field="window",
        limit=format_time(latest),
        actual=format_time(inquiry.now),
        unit=None,
        says=f"it had to be ordered before {format_time(latest)}",
        remedy="start or end the window later",
        code=RefusalCode.DEADLINE_PASSED,
    )


def _window(inquiry: Inquiry, segment: Segment) -> Miss | None:
    """The first acquisition counts: a OneNow goes on until it has a clear image, perhaps beyond the window."""
    window, first = inquiry.window, periods(segment)[0]
    if window.start <= first.start and first.end <= window.end:
        return None
    late = first.end > window.end
    moment = format_time(first.end if late else first.start)
    return Miss(
        field="window",
        limit=moment,
        actual=format_time(window.end if late else window.start),
        unit=None,
        says=f"it {'ends' if late else 'starts'} at {moment}",
        remedy=f"end the window after {moment}" if late else f"start the window before {moment}",
    )


def _max_incidence(inquiry: Inquiry, segment: Segment) -> Miss | None:
    offered, asked = segment.incidence_angle, float(inquiry.max_incidence)
    if offered is None or offered <= asked + NO_BINARY_ROUNDING:
        return None
    return _angle("max_incidence", offered, asked, f"its incidence is {offered:.1f} deg", "raise")


def _min_incidence(inquiry: Inquiry, segment: Segment) -> Miss | None:
    offered, asked = segment.incidence_angle, inquiry.optical.min_incidence
    if asked is None or offered is None or offered >= asked - NO_BINARY_ROUNDING:
        return None
    return _angle("min_incidence", offered, asked, f"its incidence is {offered:.1f} deg", "lower")


def _sun(inquiry: Inquiry, segment: Segment) -> Miss | None:
    asked = inquiry.optical.min_sun_elevation
    if asked is None:
        return None
    place = geometry.inner_point(inquiry.request.area)
    lowest = min(sun_elevation_deg(place.x, place.y, span.start) for span in periods(segment))
    if lowest >= asked:
        return None
    return _angle("min_sun_elevation", lowest, asked, f"the sun stands at {lowest:.1f} deg", "lower")


def _angle(field: str, offered: float, asked: float, says: str, way: str) -> Miss:
    return Miss(
        field=field,
        limit=round(offered, 2),
        actual=asked,
        unit="deg",
        says=says,
        remedy=f"{way} {field} to {offered:.1f} deg",
    )


def nothing_matches(inquiry: Inquiry, target: Target, rejected: Sequence[Sequence[Miss]]) -> Refusal:
    """The refusal of a product none of whose attempts is of use, with the change that the nearest one needs."""
    nearest = min(rejected, key=len)
    first = nearest[0]
    count = f"{len(rejected)} attempts" if len(rejected) > 1 else "one attempt"
    return refuse(
        inquiry,
        first.code,
        f"Airbus names {count} for {target.product.product_type_id}, none as asked; "
        f"of the nearest: {', '.join(miss.says for miss in nearest)}",
        field=first.field,
        limit=first.limit,
        actual=first.actual,
        unit=first.unit,
        remedy=" and ".join(miss.remedy for miss in nearest),
        product=target.product.product_type_id,
    )
