"""Played flexible orders: up to three attempts on real passes, by seed and name; the tariff is the sandbox's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from tasking_hub import geometry
from tasking_hub.sandbox import Pass, World
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import Constraints
from tasking_hub_planet.sandbox.keys import JsonObject, stamp
from tasking_hub_planet.sandbox.life import Attempt, Made, Outcome
from tasking_hub_planet.sandbox.windows import number, useful_passes

ATTEMPTS_MAX = 3
BETWEEN_ATTEMPTS = timedelta(hours=20)
"""A new attempt is made after the last image was assessed."""


def flexible_order(
    world: World, order_id: str, name: str, asked: Constraints, days: int, outcome: Outcome, now: datetime
) -> Made:
    """The order for a place and a span of time; without a pass in it, it fails the feasibility check."""
    tries = world.rng("planet", "attempts", name).randint(1, ATTEMPTS_MAX)
    passes = list(_spread(_candidates(world, asked, now), tries))
    outcome = outcome if passes else Outcome.REJECTED
    place = geometry.read_geojson(asked.geometry)
    price = _pricing(order_id, place, days)
    return Made(
        id=order_id,
        created=now,
        start=asked.start,
        end=asked.end,
        attempts=tuple(_attempts(passes, outcome)),
        outcome=outcome,
        flexible=True,
        json=_order_json(order_id, name, asked, place, days, price["estimated_quota_cost"], now),
        pricing=price,
    )


def _candidates(world: World, asked: Constraints, now: datetime) -> Iterator[Pass]:
    """The first two weeks are enough for all attempts."""
    return useful_passes(world, evolve(asked, end=min(asked.end, asked.start + catalogue.FLEXIBLE_SPAN)), now)


def _spread(passes: Iterator[Pass], most: int) -> Iterator[Pass]:
    last: datetime | None = None
    for one in passes:
        if most and (last is None or one.start - last >= BETWEEN_ATTEMPTS):
            last, most = one.end, most - 1
            yield one


def _attempts(passes: list[Pass], outcome: Outcome) -> Iterator[Attempt]:
    """Only the last one may do: those before it were too cloudy."""
    for one in passes:
        what = outcome if one is passes[-1] else Outcome.EXPIRED
        yield Attempt(start=one.start, end=one.end, family=one.family, outcome=what)


def _pricing(order_id: str, place: BaseGeometry, days: int) -> JsonObject:
    factor, area = catalogue.EXCLUSIVITY_FACTORS[str(days)], _sqkm(place)
    billed = max(area, catalogue.BILLED_SQKM)
    return {
        "order_id": order_id,
        "units": catalogue.UNIT,
        "estimated_quota_cost": number((billed * factor).quantize(Decimal("0.01"))),
        "determined_by": "AREA" if area > catalogue.BILLED_SQKM else "MINIMUM",
        "pricing_model": {
            "minimum_sqkm": int(catalogue.BILLED_SQKM),
            "exclusivity_days": days,
            "exclusivity_factor": number(factor),
        },
        "replaced_orders": [],
    }


def _sqkm(place: BaseGeometry) -> Decimal:
    if isinstance(place, Point):
        return Decimal(str(catalogue.POINT_SIZE_KM**2))
    if isinstance(place, LineString):
        length = geometry.distance_km(Point(place.coords[0]), Point(place.coords[-1]))
        return Decimal(f"{length * catalogue.LINE_WIDTH_KM:.2f}")
    return Decimal(f"{geometry.area_km2(place):.2f}")


def _order_json(
    order_id: str, name: str, asked: Constraints, place: BaseGeometry, days: int, cost: Any, now: datetime
) -> Mapping[str, Any]:
    size = catalogue.POINT_SIZE_KM
    shown = geometry.square_km(asked.lon, asked.lat, size, size) if isinstance(place, Point) else place
    return {
        "id": order_id,
        "name": name,
        "geometry": geometry.to_geojson(shown),
        "original_geometry": asked.geometry,
        "imaging_window": None,
        "pl_number": catalogue.PL_NUMBER,
        "product": catalogue.FLEXIBLE_PRODUCT,
        "scheduling_type": "FLEXIBLE",
        "order_type": "IMAGE",
        "start_time": stamp(asked.start),
        "end_time": stamp(asked.end),
        "sat_elevation_angle_min": asked.elevation_min,
        "sat_elevation_angle_max": asked.elevation_max,
        "satellite_types": list(asked.families),
        "exclusivity_days": days,
        "requested_sqkm": number(_sqkm(place)),
        "estimated_quota_cost": cost,
        "created_time": stamp(now),
    }
