"""The properties of an order's item: what each programme needs, from its attempt or its feasibility check. No I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tasking_hub import Opportunity, Stereo, Window
from tasking_hub_airbus.options import Programme
from tasking_hub_airbus.translate.inquiry import Inquiry, Target, from_raw, whole
from tasking_hub_airbus.translate.segments import read_key
from tasking_hub_airbus.wire import FeasibilityVerdict, Segment, format_instant


def properties(inquiry: Inquiry, opportunity: Opportunity) -> dict[str, Any]:
    """The properties that a programme needs, from the attempt or from the feasibility check; None is left out."""
    target = Target.behind(opportunity)
    attempt = target.needs_attempt
    found = _of_attempt(inquiry, target, opportunity) if attempt else _of_plan(inquiry, opportunity)
    return {key: value for key, value in found.items() if value is not None}


def _of_attempt(inquiry: Inquiry, target: Target, opportunity: Opportunity) -> dict[str, Any]:
    """What repeats the segmentKey agrees with it: words for times are taken out of it as they stand."""
    segment = from_raw(opportunity, "segment", Segment)
    key = read_key(segment.segment_key)
    extended = inquiry.options.extended_angle
    angle = extended if extended is not None else key.get("extendedAngle", segment.extended_angle)
    if target.programme is Programme.ONEDAY:
        return {"extendedAngle": angle, "comments": inquiry.options.tasking_comments}
    return {
        "extendedAngle": angle,
        "maxCloudCover": inquiry.max_cloud_cover,
        "orderDeadLine": key.get("orderDeadLine") or _instant(opportunity.order_deadline),
        "comments": inquiry.options.tasking_comments,
        "acqPeriods": key.get("acqPeriods") or key.get("acqPeriod") or period(opportunity.window),
    }


def _of_plan(inquiry: Inquiry, opportunity: Opportunity) -> dict[str, Any]:
    if inquiry.stereo is not Stereo.MONO:
        return _of_stereo(inquiry, opportunity)
    verdict = from_raw(opportunity, "feasibility", FeasibilityVerdict)
    threshold = inquiry.options.notification_threshold
    return {
        "acquisitionMode": "MONO",
        "classification": verdict.classification,
        "feasibilityAutomation": automation_word(verdict),
        "notificationThreshold": inquiry.max_cloud_cover if threshold is None else whole(threshold),
        "maxCloudCover": inquiry.max_cloud_cover,
        "maxIncidenceAngle": inquiry.max_incidence,
        "acqPeriod": period(opportunity.window),
        "comments": inquiry.options.tasking_comments,
        "feasibilityAutomationName": verdict.automation_name,
    }


def _of_stereo(inquiry: Inquiry, opportunity: Opportunity) -> dict[str, Any]:
    """As in the guide's tristereo sample, EASY included: the study decides anyway."""
    asked = inquiry.optical.max_cloud_cover
    return {
        "acqPeriod": period(opportunity.window),
        "comments": inquiry.options.tasking_comments,
        "feasibilityAutomation": "MANUAL",
        "acquisitionMode": inquiry.stereo.value.upper(),
        "classification": "EASY",
        "acquisitionModeMinBH": inquiry.options.min_bh,
        "acquisitionModeMaxBH": inquiry.options.max_bh,
        "maxCloudCover": None if asked is None else whole(asked),
        "maxIncidenceAngle": inquiry.max_incidence,
    }


def automation_word(verdict: FeasibilityVerdict) -> str | None:
    """AUTOMATIC or MANUAL, which Airbus' OpenAPI description also spells MAUAL (read 2026-11)."""
    return "MANUAL" if verdict.automation == "MAUAL" else verdict.automation


def period(window: Window) -> str:
    """Two instants with a space between them."""
    return f"{format_instant(window.start)} {format_instant(window.end)}"


def _instant(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)
