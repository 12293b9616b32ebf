"""How each requirement of the caller was met: one `Adjustment` for every one that was set. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tasking_hub import Adjustment, AdjustmentKind, Optical, format_time
from tasking_hub_airbus.options import Programme
from tasking_hub_airbus.translate.inquiry import Inquiry, Target
from tasking_hub_airbus.translate.rules import ATTEMPTS_REACH, gsd_m

Rule = Callable[[Inquiry, Target], Adjustment]

_SELF_MADE = "Airbus' answer says nothing of the sun; its height was computed for the time of the attempt"


def image_adjustments(inquiry: Inquiry, target: Target) -> tuple[Adjustment, ...]:
    """One for each requirement on the image, and one for the window where it is not sent as asked."""
    asked = (rule.name for rule in attrs.fields(Optical) if getattr(inquiry.optical, rule.name) is not None)
    window = _window(inquiry, target)
    return (*(_RULES[name](inquiry, target) for name in asked), *((window,) if window else ()))


def _asked(inquiry: Inquiry, field: str) -> Any:
    return getattr(inquiry.optical, field)


def _adjust(inquiry: Inquiry, field: str, how: AdjustmentKind, sent: Any = None, why: str = "") -> Adjustment:
    return Adjustment(field=field, how=how, asked=_asked(inquiry, field), sent=sent, why=why)


def _cloud(inquiry: Inquiry, target: Target) -> Adjustment:
    field, sent = "max_cloud_cover", inquiry.max_cloud_cover
    if target.programme is Programme.ONEDAY:
        why = "OneDay delivers whatever the clouds: Airbus takes it as 100 %"
        return _adjust(inquiry, field, AdjustmentKind.NOT_ENFORCED, sent, why)
    if target.needs_attempt:
        why = "each of its images is delivered whatever the clouds; tasking goes on until one is clear enough"
        return _adjust(inquiry, field, AdjustmentKind.APPROXIMATED, sent, why)
    return _adjust(inquiry, field, AdjustmentKind.HONOURED, sent)


def _max_incidence(inquiry: Inquiry, _: Target) -> Adjustment:
    field, sent = "max_incidence", inquiry.max_incidence
    if sent < _asked(inquiry, field):
        return _adjust(inquiry, field, AdjustmentKind.TIGHTENED, sent, "the extended angle was excluded")
    return _adjust(inquiry, field, AdjustmentKind.HONOURED, sent)


def _min_incidence(inquiry: Inquiry, target: Target) -> Adjustment:
    field = "min_incidence"
    if target.programme is Programme.ONEDAY:
        why = "Airbus takes a largest incidence only; attempts below this one were left out"
        return _adjust(inquiry, field, AdjustmentKind.FILTERED, None, why)
    if target.needs_attempt:
        why = "Airbus names the incidence of the first acquisition only; attempts that begin below were left out"
        return _adjust(inquiry, field, AdjustmentKind.APPROXIMATED, None, why)
    return _adjust(inquiry, field, AdjustmentKind.NOT_ENFORCED, None, "Airbus takes a largest incidence only")


def _sun(inquiry: Inquiry, target: Target) -> Adjustment:
    field = "min_sun_elevation"
    if target.needs_attempt:
        return _adjust(inquiry, field, AdjustmentKind.FILTERED, None, _SELF_MADE)
    why = "Airbus takes no sun elevation, and the time of acquisition is not known"
    return _adjust(inquiry, field, AdjustmentKind.NOT_ENFORCED, None, why)


def _gsd(inquiry: Inquiry, target: Target) -> Adjustment:
    pixel = gsd_m(target.mission, inquiry.options.spectral_processing)
    why = f"{target.mission.value} products have pixels of {pixel:g} m"
    return _adjust(inquiry, "max_gsd_m", AdjustmentKind.HONOURED, None, why)


def _stereo(inquiry: Inquiry, _: Target) -> Adjustment:
    return _adjust(inquiry, "stereo", AdjustmentKind.HONOURED, inquiry.stereo.value.upper())


_RULES: Mapping[str, Rule] = {
    "max_cloud_cover": _cloud,
    "min_incidence": _min_incidence,
    "max_incidence": _max_incidence,
    "min_sun_elevation": _sun,
    "max_gsd_m": _gsd,
    "stereo": _stereo,
}


def _window(inquiry: Inquiry, target: Target) -> Adjustment | None:
    asked, sent = inquiry.request.window, inquiry.window
    if target.needs_attempt:
        return _window_of_attempts(inquiry, target)
    if sent == asked:
        return None
    why = f"what is past was left out: the window begins at {format_time(sent.start)}"
    return Adjustment(field="window", how=AdjustmentKind.TIGHTENED, asked=str(asked), sent=str(sent), why=why)


def _window_of_attempts(inquiry: Inquiry, target: Target) -> Adjustment:
    asked, sent = inquiry.request.window, inquiry.window
    reach = sent.start + ATTEMPTS_REACH
    if asked.end > reach:
        how = AdjustmentKind.TIGHTENED
        why = f"Airbus names attempts within {ATTEMPTS_REACH.days} days of the start only: until {format_time(reach)}"
    elif target.programme is Programme.ONEDAY:
        how = AdjustmentKind.FILTERED
        why = "Airbus takes the start only; attempts that end after the window were left out"
    else:
        how = AdjustmentKind.APPROXIMATED
        why = "the first acquisition lies in the window; it goes on until one is clear enough, perhaps after the window"
    begins = f"{format_time(sent.start)}/.."
    return Adjustment(field="window", how=how, asked=str(asked), sent=begins, why=why)


def commercial_adjustments(
    inquiry: Inquiry, production: Mapping[str, str], market: str | None
) -> tuple[Adjustment, ...]:
    """One for each commercial wish that was set."""
    request = inquiry.request
    none = AdjustmentKind.NOT_ENFORCED
    found = (
        _sent("licence", request.licence, production.get("licence")),
        _sent("priority", request.priority, production.get("priority")),
        Adjustment(
            field="exclusivity_days", how=none, asked=request.exclusivity_days, why="Airbus' tasking has no exclusivity"
        ),
        Adjustment(field="sla", how=none, asked=request.sla, why="Airbus' tasking has no choice of delivery time"),
        _sent("market", request.market, market),
        Adjustment(
            field="end_users",
            how=AdjustmentKind.HONOURED,
            asked=request.end_users or None,
            sent=[user.name for user in request.end_users],
        ),
    )
    return tuple(adjustment for adjustment in found if adjustment.asked is not None)


def _sent(field: str, asked: str | None, sent: str | None) -> Adjustment:
    if asked == sent:
        return Adjustment(field=field, how=AdjustmentKind.HONOURED, asked=asked, sent=sent)
    why = "the Airbus options of the request say otherwise" if sent else f"this product has no choice of {field}"
    how = AdjustmentKind.APPROXIMATED if sent else AdjustmentKind.NOT_ENFORCED
    return Adjustment(field=field, how=how, asked=asked, sent=sent, why=why)
