"""From a neutral request to the one task that ICEYE would be asked for, or to why there is none. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from attrs import asdict, evolve, field, frozen
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from tasking_hub import LookSide, PassDirection, Radar, Range, Refusal, TaskRequest, geometry
from tasking_hub_iceye.options import ApiVersion, IceyeOptions
from tasking_hub_iceye.translate import contract as terms
from tasking_hub_iceye.translate.choice import settle_mode
from tasking_hub_iceye.translate.modes import Mode, Need, Scene
from tasking_hub_iceye.translate.rules import agreed, fit_incidence, fit_window, notice
from tasking_hub_iceye.wire import (
    AcquisitionWindow,
    ConfiguredLocation,
    Contract,
    Delivery,
    DeliveryLocation,
    IncidenceAngle,
    Notifications,
    PointOfInterest,
    TaskParameters,
    Webhook,
)

T = TypeVar("T")

SHORTEST_NOTICE = "COMMERCIAL"
"""Stands in for a priority that is refused anyway, so that no second refusal follows from it."""

_CENTIMETRE = Decimal("1e-7")
"""Degrees: positions are sent with seven digits after the point, so that no binary noise is."""


@frozen(kw_only=True)
class Plan:
    """The task to ask about.

    Attributes:
        task: what ICEYE would be sent.
        mode: its imaging mode.
        footprint: the scene drawn as a box with its length from south to north, or None where its size is unknown.
        covered: the part of the area that this box shows, 0..1, or None.
    """

    task: TaskParameters
    mode: Mode
    footprint: Polygon | None
    covered: float | None


def make_plan(
    request: TaskRequest, options: IceyeOptions, contract: Contract, version: ApiVersion, now: datetime
) -> Plan | list[Refusal]:
    """The one task that serves the request under this contract, or every reason why there is none."""
    found = _Findings()
    found.keep(terms.closed_refusal(contract, now), None)
    bought = _buy(found, request, options, contract)
    window = found.keep(_window(request, options, bought.priority, now), None)
    mode = found.keep(_mode(request, options, contract), None)
    incidence = found.keep(_incidence(request, options, mode), None)
    if found.refusals or mode is None or window is None:
        return found.refusals
    point, footprint, covered = aim(request.area, mode.scene)
    task = TaskParameters(
        contract_id=contract.id,
        reference=request.reference,
        point_of_interest=point,
        acquisition_window=window,
        imaging_mode=mode.literal,
        incidence_angle=incidence,
        priority=bought.priority,
        sla=bought.sla,
        eula=bought.eula,
        exclusivity=bought.exclusivity,
    )
    task = _with_wishes(task, request.radar or Radar(), options, version)
    return Plan(task=task, mode=mode, footprint=footprint, covered=covered)


def _window(request: TaskRequest, options: IceyeOptions, priority: str, now: datetime) -> AcquisitionWindow | Refusal:
    window = fit_window(request.window, now, notice(priority), options.decision_time_h)
    return window if isinstance(window, Refusal) else AcquisitionWindow(start=window.start, end=window.end)


def _with_wishes(task: TaskParameters, radar: Radar, options: IceyeOptions, version: ApiVersion) -> TaskParameters:
    """The task with what is left out of it where the caller says nothing."""
    return evolve(
        task,
        additional_product_types=options.additional_product_types if version is ApiVersion.V1 else (),
        product_types=options.product_types if version is ApiVersion.V2 else (),
        imaging_duration=options.imaging_duration_s if version is ApiVersion.V2 else None,
        look_side=_literal(radar.look_side),
        pass_direction=_literal(radar.pass_direction),
        **_afterwards(options, version),
    )


def _afterwards(options: IceyeOptions, version: ApiVersion) -> dict[str, Any]:
    """Where the products go, and who is told, in the words of each version."""
    if version is ApiVersion.V1:
        places = options.delivery_locations
        return {"delivery_locations": tuple(DeliveryLocation(**asdict(place)) for place in places)}
    targets = tuple(ConfiguredLocation(**asdict(target)) for target in options.deliveries)
    hook = options.webhook_id
    return {
        "deliveries": (Delivery(locations=targets),) if targets else (),
        "notifications": Notifications(webhook=Webhook(id=hook)) if hook else None,
    }


@frozen
class _Findings:
    """Refusals met on the way, so that the caller hears all of them at once."""

    refusals: list[Refusal] = field(factory=list[Refusal])

    def keep(self, found: T | Refusal, instead: T) -> T:
        """What was found, or a stand-in to go on with where it is a refusal."""
        if isinstance(found, Refusal):
            self.refusals.append(found)
            return instead
        return found


@frozen(kw_only=True)
class _Bought:
    """The four terms that a contract fills in."""

    priority: str
    sla: str
    eula: str
    exclusivity: str


def _buy(found: _Findings, request: TaskRequest, options: IceyeOptions, contract: Contract) -> _Bought:
    return _Bought(
        priority=found.keep(terms.priority(request, options, contract), SHORTEST_NOTICE),
        sla=found.keep(terms.sla(request, options, contract), ""),
        eula=found.keep(terms.eula(request, options, contract), ""),
        exclusivity=found.keep(terms.exclusivity(request, options, contract), ""),
    )


def _mode(request: TaskRequest, options: IceyeOptions, contract: Contract) -> Mode | Refusal:
    radar = request.radar or Radar()
    low, high = radar.min_incidence, radar.max_incidence
    need = Need(
        extent=geometry.extent_km(request.area),
        max_resolution_m=radar.max_resolution_m,
        min_looks=radar.min_looks,
        incidence_deg=None if low is None and high is None else Range(low or 0, 90 if high is None else high),
    )
    wish = agreed("mode", radar.mode, "imaging_mode", options.imaging_mode)
    return settle_mode(wish, contract.imaging_modes.allowed, need)


def _incidence(request: TaskRequest, options: IceyeOptions, mode: Mode | None) -> IncidenceAngle | Refusal | None:
    """Judged only with a mode at hand: without one it would be refused for the same reason twice."""
    if mode is None or request.radar is None:
        return None
    low, high = request.radar.min_incidence, request.radar.max_incidence
    return fit_incidence(low, high, mode.scene, options.incidence_limits)


def _literal(value: LookSide | PassDirection | None) -> str | None:
    return None if value is None else value.value.upper()


# --- Where to point ----------------------------------------------------------------------------------


def aim(area: BaseGeometry, scene: Scene | None) -> tuple[PointOfInterest, Polygon | None, float | None]:
    """The point of the area whose scene shows most of it, that scene as a box, and the share of the area in it.

    The middle of the area's bounding box is taken where it belongs to the area (to a centimetre) and is the better aim,
    else the centroid, else any point inside.
    """
    inner = geometry.inner_point(area)
    if scene is None:
        return _position(inner), None, None
    west, south, east, north = area.bounds
    middle = Point((west + east) / 2, (south + north) / 2)
    aims = [inner, middle] if area.distance(middle) <= float(_CENTIMETRE) else [inner]
    boxes = [geometry.square_km(point.x, point.y, scene.width_km, scene.length_km) for point in aims]
    shares = [geometry.covered_fraction(area, box) for box in boxes]
    best = max(range(len(aims)), key=shares.__getitem__)
    return _position(aims[best]), boxes[best], shares[best]


def _position(point: Point) -> PointOfInterest:
    return PointOfInterest(lat=decimal_degrees(point.y), lon=decimal_degrees(point.x))


def decimal_degrees(degrees: float) -> Decimal:
    """The angle to a centimetre on the ground, without binary noise and without idle zeros."""
    exact = Decimal(repr(degrees)).quantize(_CENTIMETRE).normalize() + 0
    return Decimal(f"{exact:f}")
