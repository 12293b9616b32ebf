"""ICEYE's rules on windows and angles, and the checks that are made before anything is sent. Pure.

Refusals made here name no account: `refusals.for_account` adds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from math import ceil, floor

from tasking_hub import Range, Refusal, RefusalCode, TaskRequest, Window, format_time
from tasking_hub_iceye.options import ApiVersion, IceyeOptions
from tasking_hub_iceye.translate.modes import Scene
from tasking_hub_iceye.wire import IncidenceAngle

PROVIDER = "iceye"

WINDOW_MIN = timedelta(hours=24)
"""The shortest window (docs.iceye.com, tasking, create-task, read 2026-11; the page's own 2 h example breaks it)."""

HORIZON = timedelta(days=14)
"""How long after the request a window may end (the same page)."""

NOTICE: Mapping[str, timedelta] = {"COMMERCIAL": timedelta(hours=12), "BACKGROUND": timedelta(hours=24)}
"""The least time between an order and the start of its window (Data Product Specification 6.0.5, table 3-2)."""

NOTICE_OTHERWISE = timedelta(hours=24)
"""Assumption: a priority that the specification does not name wants the longer notice."""

no = partial(Refusal, account="", provider=PROVIDER)
"""A refusal of this provider, without an account yet."""


def notice(priority: str) -> timedelta:
    """The notice that an order of this priority needs."""
    return NOTICE.get(priority, NOTICE_OTHERWISE)


def early_refusals(request: TaskRequest, options: IceyeOptions, version: ApiVersion, now: datetime) -> list[Refusal]:
    """What is wrong whatever the contract says, so that it costs no request."""
    shortest = min(NOTICE.values())
    window = fit_window(request.window, now, NOTICE.get(request.priority or "", shortest), options.decision_time_h)
    found = [window if isinstance(window, Refusal) else None, _version_refusal(options, version)]
    return [refusal for refusal in found if refusal is not None]


_ONLY: Mapping[ApiVersion, Mapping[str, str]] = {
    ApiVersion.V1: {
        "additional_product_types": "name the products in product_types instead",
        "delivery_locations": "name the places in deliveries instead",
    },
    ApiVersion.V2: {
        "product_types": "name the products in additional_product_types instead",
        "deliveries": "name the places in delivery_locations instead",
        "imaging_duration_s": "leave imaging_duration_s out, or use api_version v2",
        "webhook_id": "leave webhook_id out, or use api_version v2",
    },
}
"""Options that only one version knows, with what to do on the other."""


def _version_refusal(options: IceyeOptions, version: ApiVersion) -> Refusal | None:
    other = ApiVersion.V2 if version is ApiVersion.V1 else ApiVersion.V1
    wrong = next((name for name in _ONLY[other] if getattr(options, name)), None)
    if wrong is None:
        return None
    return no(
        code=RefusalCode.INVALID_REQUEST,
        message=f"ICEYE's tasking {version} knows no {wrong}.",
        field=wrong,
        remedy=_ONLY[other][wrong],
    )


# --- Windows -----------------------------------------------------------------------------------------


def fit_window(window: Window, now: datetime, notice_: timedelta, decision_time_h: float) -> Window | Refusal:
    """The part of the window that ICEYE takes: at least 24 h, after the notice, within 14 days.

    A start that comes before the notice and the time to decide are over is moved to the next full hour after them.
    """
    latest_end = (now + HORIZON).replace(microsecond=0)
    if window.duration < WINDOW_MIN:
        return _too_short(window)
    if window.start > latest_end - WINDOW_MIN:
        return _too_late(window, latest_end - WINDOW_MIN)
    end = min(window.end, latest_end)
    start = _start(window, now + notice_, timedelta(hours=decision_time_h), end - WINDOW_MIN)
    return Window(start, end) if end - start >= WINDOW_MIN else _too_soon(window, start, notice_)


def _start(window: Window, earliest: datetime, to_decide: timedelta, latest: datetime) -> datetime:
    """When the window can start; the time to decide is given up where the window is too short to leave it."""
    if window.start >= earliest + to_decide:
        return window.start
    moved = _next_hour(earliest + to_decide)
    return window.start if earliest <= window.start and moved > latest else moved


def _next_hour(moment: datetime) -> datetime:
    """The full hour that is still to come: asked at nine sharp or a moment later, the answer is the same."""
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _hours(span: timedelta) -> float:
    return round(span / timedelta(hours=1), 2)


def _too_short(window: Window) -> Refusal:
    return no(
        code=RefusalCode.WINDOW_TOO_SHORT,
        message=f"The window lasts {_hours(window.duration):g} h and ICEYE takes none under 24 h.",
        field="window",
        limit=_hours(WINDOW_MIN),
        actual=_hours(window.duration),
        unit="h",
        remedy=f"end the window at or after {format_time(window.start + WINDOW_MIN)}",
    )


def _too_late(window: Window, latest: datetime) -> Refusal:
    from_now = format_time(window.start + WINDOW_MIN - HORIZON)
    return no(
        code=RefusalCode.WINDOW_TOO_LATE,
        message=(
            f"The window starts at {format_time(window.start)}; ICEYE's windows end within 14 days from now and last "
            f"24 h, so they start by {format_time(latest)}."
        ),
        field="window",
        limit=format_time(latest),
        actual=format_time(window.start),
        retryable=True,
        remedy=f"start the window at or before {format_time(latest)}, or ask again after {from_now}",
    )


def _too_soon(window: Window, start: datetime, notice_: timedelta) -> Refusal:
    return no(
        code=RefusalCode.WINDOW_TOO_SOON,
        message=(
            f"ICEYE wants {_hours(notice_):g} h notice, so the window could start at {format_time(start)} and would "
            f"last {_hours(max(window.end - start, timedelta())):g} h, under the 24 h that ICEYE takes."
        ),
        field="window",
        limit=_hours(WINDOW_MIN),
        actual=_hours(window.end - start),
        unit="h",
        remedy=f"end the window at or after {format_time(start + WINDOW_MIN)}",
    )


# --- Incidence ---------------------------------------------------------------------------------------


def fit_incidence(
    low: float | None, high: float | None, scene: Scene | None, limits: Range
) -> IncidenceAngle | Refusal | None:
    """The whole degrees to ask for, or None where the caller leaves them open.

    A side that the caller leaves open is the mode's performant one, which is what applies without any (changelog of
    docs.iceye.com, 2024-10-16). Degrees are rounded inwards, so that nothing outside the wish is asked for.
    """
    if low is None and high is None:
        return None
    possible, usual = _ranges(scene, limits)
    floor_deg = low if low is not None else _open_side(high, usual.min, possible.min, at_least=True)
    ceiling_deg = high if high is not None else _open_side(low, usual.max, possible.max, at_least=False)
    asked_min, asked_max = ceil(max(floor_deg, possible.min)), floor(min(ceiling_deg, possible.max))
    if asked_min > asked_max:
        return _incidence_refusal(floor_deg, ceiling_deg, possible)
    return IncidenceAngle(min=asked_min, max=asked_max)


def _ranges(scene: Scene | None, limits: Range) -> tuple[Range, Range]:
    """What the API and the mode can do, and what applies by default."""
    if scene is None:
        return limits, limits
    possible = scene.possible_deg.intersect(limits) or limits
    return possible, scene.performant_deg.intersect(possible) or possible


def _open_side(asked: float | None, usual: float, possible: float, *, at_least: bool) -> float:
    """The usual limit, unless the caller's limit on the other side lies beyond it."""
    beyond = asked is not None and (asked < usual if at_least else asked > usual)
    return possible if beyond else usual


def _incidence_refusal(low: float, high: float, possible: Range) -> Refusal:
    field, remedy = "min_incidence", f"allow incidences down to {floor(possible.max):g} degrees"
    if high < possible.min:
        field, remedy = "max_incidence", f"allow incidences up to {ceil(possible.min):g} degrees"
    elif low <= possible.max:
        remedy = f"ask for whole degrees, such as {floor(max(low, possible.min)):g} to {ceil(high):g}"
    return no(
        code=RefusalCode.REQUIREMENT_NOT_OFFERED,
        message=(
            f"An incidence of {low:g} to {high:g} degrees was asked for; ICEYE takes whole degrees in "
            f"{possible.min:g} to {possible.max:g} here."
        ),
        field=field,
        limit=f"{possible.min:g}..{possible.max:g}",
        actual=f"{low:g}..{high:g}",
        unit="deg",
        remedy=remedy,
    )


# --- Wishes said twice -------------------------------------------------------------------------------


def agreed(field: str, wish: str | None, option: str, choice: str | None) -> str | Refusal | None:
    """What the request and the options say together, a refusal where they contradict one another."""
    if wish is None or choice is None or wish == choice:
        return wish if wish is not None else choice
    return no(
        code=RefusalCode.INVALID_REQUEST,
        message=f"The request asks for {field} {wish!r} and its ICEYE options for {option} {choice!r}.",
        field=field,
        limit=choice,
        actual=wish,
        remedy=f"leave out one of {field} and {option}",
    )
