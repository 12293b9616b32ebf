"""Feasibility and attempts over real orbits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import frozen
from shapely import Polygon

from tasking_hub import geometry
from tasking_hub.sandbox import Pass, World, footprint
from tasking_hub_airbus.sandbox.areas import limit_errors
from tasking_hub_airbus.sandbox.catalogue import (
    CONSTELLATIONS,
    LEGACY_CONTRACT,
    PLAN_LIMITS,
    Constellation,
    Limits,
)
from tasking_hub_airbus.sandbox.checks import Question
from tasking_hub_airbus.sandbox.errors import bad_request, no_sensor
from tasking_hub_airbus.sandbox.segments import instant, make_key

_REACH = timedelta(days=7)
_NARROW_DEG = 30.0
_SUN_MIN_DEG = 10.0
"""Assumption: optical satellites are not tasked below this height of the sun."""
_GROUND_KM_PER_S = 6.9
_NOW_ACQUISITIONS = 3

_PLAN_DAYS, _EASY_DAYS, _WEATHER_DAYS = 30, 60, 3
_CLOUD_MIN, _INCIDENCE_MIN = 10, 20


@frozen(kw_only=True)
class Terms:
    """What feasibility looks at."""

    programme: str
    mode: str
    cloud: Decimal
    incidence: Decimal
    start: datetime
    end: datetime


# --- Feasibility -------------------------------------------------------------------------------------


def feasibility(question: Question, now: datetime) -> dict[str, Any]:
    """The verdict on each programme."""
    legacy = question.contract == LEGACY_CONTRACT
    wrong = [name for name in question.programmes if legacy and name != "ONEPLAN"]
    if wrong or question.end is None or question.end <= max(question.start, now):
        message = f"No feasibility for {', '.join(wrong)}" if wrong else "The acquisition period must end in the future"
        raise bad_request(message)

    def tell(mission: Constellation, programme: str) -> dict[str, Any]:
        return _verdict(question, mission, programme, now)

    return _capacities(question, tell)


Tell = Callable[[Constellation, str], dict[str, Any]]


def _capacities(question: Question, tell: Tell) -> dict[str, Any]:
    return {
        "progCapacities": [
            {
                "mission": mission,
                "progTypes": [
                    {"name": name, "mission": mission, **tell(CONSTELLATIONS[mission], name)}
                    for name in question.programmes
                ],
            }
            for mission in question.missions
        ]
    }


def _limits(mission: Constellation, programme: str) -> Limits:
    return PLAN_LIMITS if programme in {"ONEPLAN", "ONENOWWEATHER"} else mission.limits


def _verdict(question: Question, mission: Constellation, programme: str, now: datetime) -> dict[str, Any]:
    errors = limit_errors(question.area, _limits(mission, programme))
    if errors:
        return {"errors": errors, "available": False}
    terms = Terms(
        programme=programme,
        mode=question.mode,
        cloud=question.cloud,
        incidence=question.incidence,
        start=question.start,
        end=question.end or question.start + _REACH,
    )
    verdict: dict[str, Any] = dict(classify(terms))
    if question.contract == LEGACY_CONTRACT:
        days = _EASY_DAYS if verdict["classification"] == "EASY" else _PLAN_DAYS
        if verdict["automation"] == "AUTOMATIC":
            verdict["automationName"] = f"AutomaticTasking{days}"
    else:
        verdict["expirationDate"] = instant(now + timedelta(days=1))
    return {"feasibility": verdict, "available": True}


def classify(terms: Terms) -> dict[str, str]:
    """EASY or CHALLENGING, AUTOMATIC or MANUAL (Airbus' page on automatic acceptance, read 2026-11)."""
    length = terms.end - terms.start
    least = {"ONEPLAN": _PLAN_DAYS, "ONENOWWEATHER": _WEATHER_DAYS}.get(terms.programme, 0)
    automatic = (
        terms.mode == "MONO"
        and terms.cloud >= _CLOUD_MIN
        and terms.incidence >= _INCIDENCE_MIN
        and length >= timedelta(days=least)
    )
    easy = length >= timedelta(days=_EASY_DAYS)
    return {
        "classification": "EASY" if easy else "CHALLENGING",
        "automation": "AUTOMATIC" if automatic else "MANUAL",
    }


# --- Attempts ----------------------------------------------------------------------------------------


def attempts(question: Question, world: World, secret: bytes) -> dict[str, Any]:
    """The passes of seven days as segments; 500 where there is none at all."""
    legacy = question.contract == LEGACY_CONTRACT
    allowed = {"ONEDAY", "ONENOW"} if legacy else {"ONEDAY", "ONENOWATTEMPTS"}
    if not allowed.issuperset(question.programmes) or question.mode != "MONO":
        message = f"Attempts are for {', '.join(sorted(allowed))} in MONO"
        raise bad_request(message)
    passes = {name: _passes(question, CONSTELLATIONS[name], world) for name in question.missions}
    fits = any(not limit_errors(question.area, CONSTELLATIONS[name].limits) for name in question.missions)
    if fits and not any(passes.values()):
        raise no_sensor()

    def tell(mission: Constellation, programme: str) -> dict[str, Any]:
        errors = limit_errors(question.area, mission.limits)
        if errors:
            return {"errors": errors, "segments": [], "available": False}
        campaigns = _campaigns(programme, passes[mission.mission])
        segments = [
            _segment(question, mission, number, campaign, secret) for number, campaign in enumerate(campaigns, start=1)
        ]
        return {"segments": segments, "available": True}

    return _capacities(question, tell)


def _passes(question: Question, mission: Constellation, world: World) -> list[Pass]:
    now = world.clock.now()
    start = max(question.start, now)
    centre = question.area.centroid
    if not question.incidence:
        return []
    found = world.ephemeris.passes(
        [mission.mission],
        centre.x,
        centre.y,
        start,
        start + _REACH,
        max_incidence_deg=min(float(question.incidence), 60.0),
    )
    return [one for one in found if one.sun_elevation_deg >= _SUN_MIN_DEG and _deadline(mission, one.closest) > now]


def _campaigns(programme: str, passes: Sequence[Pass]) -> list[Sequence[Pass]]:
    """Each pass for OneDay; the first three together for OneNow, which gives no choice of days."""
    if programme == "ONEDAY":
        return [(one,) for one in passes]
    return [passes[:_NOW_ACQUISITIONS]] if passes else []


def _deadline(mission: Constellation, acquisition: datetime) -> datetime:
    """So many hours before, at a full five minutes, with the thousandths of the pass as in Airbus' sample."""
    limit = acquisition - timedelta(hours=mission.deadline_h)
    return limit.replace(minute=limit.minute - limit.minute % 5, second=0)


def _segment(
    question: Question, mission: Constellation, index: int, campaign: Sequence[Pass], secret: bytes
) -> dict[str, Any]:
    first = campaign[0]
    shape, centre = footprint_wkt(first, question.area, mission)
    deadline = _deadline(mission, first.closest)
    periods = [_period(question.area, one) for one in campaign]
    extended = any(one.incidence_deg > _NARROW_DEG for one in campaign)
    side = 1 if first.look_side == "RIGHT" else -1
    segment = {
        "id": f"{mission.prefix}{index}",
        "footprint": {"geometry": shape, "center": centre},
        "instrumentMode": "THR",
        "orderDeadline": instant(deadline),
        "extendedAngle": extended,
        "acquisitionStartDate": instant(periods[0][0]),
        "acquisitionEndDate": instant(periods[0][1]),
        "incidenceAngle": round(first.incidence_deg, 1),
        "segmentKey": make_key(secret, question.contract, _key(question, periods, extended, shape, deadline)),
        "acrossTrackIncidenceAngle": side * first.incidence_deg,
    }
    if question.contract != LEGACY_CONTRACT:
        segment["maxIncidenceAngle"] = float(question.incidence)
    return segment


def _key(
    question: Question,
    periods: Sequence[tuple[datetime, datetime]],
    extended: bool,  # noqa: FBT001 - one of the values in the key
    shape: str,
    deadline: datetime,
) -> dict[str, Any]:
    """The keys of Airbus' samples in their order; Pléiades Neo has fewer."""
    words = [f"{instant(start)} {instant(end)}" for start, end in periods]
    when = {"acqPeriod": words[0]} if len(words) == 1 else {"acqPeriods": ",".join(words)}
    incidence = {"maxIncidenceAngle": str(float(question.incidence))}
    if question.contract != LEGACY_CONTRACT:
        return {**when, "geometryWkt": shape, "orderDeadLine": instant(deadline), **incidence}
    return {
        **when,
        "extendedAngle": extended,
        "geometryWkt": shape,
        "orderDeadLine": instant(deadline),
        "maxCloudCover": str(float(question.cloud)),
        **incidence,
    }


def _period(area: Polygon, one: Pass) -> tuple[datetime, datetime]:
    """As long as it takes to fly past the area."""
    half = timedelta(seconds=max(1.0, geometry.extent_km(area).height_km / _GROUND_KM_PER_S) / 2)
    return one.closest - half, one.closest + half


def footprint_wkt(one: Pass, area: Polygon, mission: Constellation) -> tuple[str, str]:
    """The scene as well-known text with its last position twice, as Airbus writes it, and its centre."""
    centre = area.centroid
    extent = geometry.extent_km(area)
    width, length = max(mission.swath_km, extent.width_km + 2), extent.height_km + 2
    ring = list(footprint(one, centre.x, centre.y, width, length).exterior.coords)
    positions = ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in [*ring, ring[-1]])
    return f"POLYGON(({positions}))", f"POINT({centre.x:.6f} {centre.y:.6f})"
