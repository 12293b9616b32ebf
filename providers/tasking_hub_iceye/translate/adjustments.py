"""How each requirement and wish was met, as the rows that a buyer reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shapely import Point
from shapely.geometry.base import BaseGeometry

from tasking_hub import Adjustment, AdjustmentKind, Imaging, TaskRequest, Window, geometry
from tasking_hub_iceye.translate.contract import PRIVATE, PUBLIC
from tasking_hub_iceye.translate.modes import SOURCE, Mode
from tasking_hub_iceye.translate.plan import Plan
from tasking_hub_iceye.translate.rules import HORIZON, NOTICE, NOTICE_OTHERWISE
from tasking_hub_iceye.wire import IncidenceAngle, TaskParameters

HONOURED, TIGHTENED = AdjustmentKind.HONOURED, AdjustmentKind.TIGHTENED
APPROXIMATED, NOT_ENFORCED = AdjustmentKind.APPROXIMATED, AdjustmentKind.NOT_ENFORCED

WISHES = frozenset({"licence", "priority", "exclusivity_days", "sla", "market", "end_users"})
"""What a quote's adjustments speak of; an opportunity's speak of the rest."""

PUBLIC_AFTER = (
    "moves to the public catalogue after 7 days (ICEYE's API guide) or 14 days (its product specification 6.0.5)"
)
"""What PUBLIC means; ICEYE's two documents disagree on the days."""

CHECKED = "sent with the task and its feasibility check; does not move the price"
UNCHECKED = "sent with the task; does not move the price, and nothing checks it before the order"


# --- The image ---------------------------------------------------------------------------------------


def image_adjustments(request: TaskRequest, plan: Plan, *, checked: bool) -> Iterator[Adjustment]:
    """One row for every requirement on the image, and rows for window and area.

    Args:
        request: what was asked.
        plan: what is sent.
        checked: ICEYE's feasibility check heard all of it and said yes.
    """
    fate = CHECKED if checked else UNCHECKED
    for name, asked in request.asked(Imaging.RADAR).items():
        if name not in WISHES:
            yield _IMAGE.get(name, _unknown)(name, asked, plan, fate)
    yield from _window(request.window, plan.task)
    yield _area(request.area, plan)


def _unknown(name: str, asked: Any, _plan: Plan, _fate: str) -> Adjustment:
    return Adjustment(field=name, how=NOT_ENFORCED, asked=asked, why="ICEYE has no such parameter")


def _mode(name: str, asked: Any, plan: Plan, _fate: str) -> Adjustment:
    return Adjustment(field=name, how=HONOURED, asked=asked, sent=plan.task.imaging_mode)


def _by_mode(name: str, asked: Any, plan: Plan, _fate: str) -> Adjustment:
    """Resolution and looks are the mode's."""
    mode, scene = plan.mode.literal, plan.mode.scene
    if scene is None:
        why = f"the {SOURCE} gives no figures for {mode}"
        return Adjustment(field=name, how=NOT_ENFORCED, asked=asked, sent=mode, why=why)
    fact = f"{scene.resolution_m:g} m ground resolution" if name == "max_resolution_m" else f"{scene.looks} looks"
    return Adjustment(field=name, how=HONOURED, asked=asked, sent=mode, why=f"{mode} has {fact} ({SOURCE})")


def _incidence(name: str, asked: Any, plan: Plan, fate: str) -> Adjustment:
    angle = plan.task.incidence_angle or IncidenceAngle(min=0, max=90)
    sent = angle.min if name == "min_incidence" else angle.max
    reasons = [fate]
    if sent != asked:
        reasons.insert(0, "ICEYE takes whole degrees within what API and mode allow")
    if plan.mode.scene and not plan.mode.scene.performant_deg.contains(sent):
        performant = plan.mode.scene.performant_deg
        reasons.append(f"quality is promised only for {performant.min:g} to {performant.max:g} degrees in this mode")
    how = HONOURED if sent == asked else TIGHTENED
    return Adjustment(field=name, how=how, asked=asked, sent=sent, why="; ".join(reasons))


def _side(name: str, asked: Any, plan: Plan, fate: str) -> Adjustment:
    sent = plan.task.look_side if name == "look_side" else plan.task.pass_direction
    return Adjustment(field=name, how=HONOURED, asked=asked, sent=sent, why=fate)


_IMAGE: Mapping[str, Callable[[str, Any, Plan, str], Adjustment]] = {
    "mode": _mode,
    "max_resolution_m": _by_mode,
    "min_looks": _by_mode,
    "min_incidence": _incidence,
    "max_incidence": _incidence,
    "look_side": _side,
    "pass_direction": _side,
}


MET = frozenset({*_IMAGE, "licence", "priority", "exclusivity_days", "sla"})
"""What ICEYE is told of a request, in the words of `TaskRequest`."""


# --- Window and area ---------------------------------------------------------------------------------


def _window(asked: Window, task: TaskParameters) -> Iterator[Adjustment]:
    sent = Window(task.acquisition_window.start, task.acquisition_window.end)
    if sent == asked:
        return
    reasons: list[str] = []
    if sent.start > asked.start:
        hours = NOTICE.get(task.priority, NOTICE_OTHERWISE).total_seconds() / 3600
        reasons.append(f"ICEYE wants {hours:g} h notice for {task.priority} tasks, and time to decide is kept free")
    if sent.end < asked.end:
        reasons.append(f"ICEYE's windows end within {HORIZON.days} days from now")
    yield Adjustment(field="window", how=TIGHTENED, asked=str(asked), sent=str(sent), why="; ".join(reasons))


def _area(area: BaseGeometry, plan: Plan) -> Adjustment:
    point = plan.task.point_of_interest
    is_point = isinstance(area, Point)
    return Adjustment(
        field="area",
        how=HONOURED if is_point else APPROXIMATED,
        asked=geometry.to_geojson(area),
        sent=geometry.to_geojson(Point(float(point.lon), float(point.lat))),
        why=_scene_reason(plan.mode, None if is_point else plan.covered),
    )


def _scene_reason(mode: Mode, covered: float | None) -> str:
    if mode.scene is None:
        return f"ICEYE images around a point, and the {SOURCE} gives no scene size for {mode.literal}"
    shown = "" if covered is None else f", which shows {_percent(covered)} of the area"
    return (
        f"ICEYE images a scene of {mode.scene.size} around a point{shown}; it lies along the satellite's track, "
        "here it is drawn from south to north"
    )


def _percent(share: float) -> str:
    """Never 100 % for less than all."""
    return "all" if share > 1 - 1e-9 else f"{min(100 * share, 99.9):.3g} %"


# --- Commercial wishes -------------------------------------------------------------------------------


def wish_adjustments(request: TaskRequest, task: TaskParameters) -> Iterator[Adjustment]:
    """One row for every commercial wish."""
    sent = {"licence": task.eula, "priority": task.priority, "sla": task.sla}
    for name, asked in request.asked(Imaging.RADAR).items():
        if name in sent:
            yield Adjustment(field=name, how=HONOURED, asked=asked, sent=sent[name])
        elif name == "exclusivity_days":
            yield _exclusivity(asked, task.exclusivity)
        elif name in WISHES:
            yield Adjustment(field=name, how=NOT_ENFORCED, asked=asked, why="ICEYE's tasking has no such parameter")


def _exclusivity(days: int, sent: str) -> Adjustment:
    how, why = APPROXIMATED, f"the contract decides what {sent} means"
    if sent == PUBLIC:
        how = HONOURED if days == 0 else NOT_ENFORCED
        why = f"PUBLIC: the image {PUBLIC_AFTER}"
    elif sent == PRIVATE:
        how = APPROXIMATED if days else TIGHTENED
        why = "PRIVATE: the contract decides for how many days the image stays private"
    return Adjustment(field="exclusivity_days", how=how, asked=days, sent=sent, why=why)
