"""Imaging windows made of real passes, as JSON; the multiplier follows Planet's page, the tariff is our own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import cos, radians
from random import Random
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from tasking_hub import format_time
from tasking_hub.sandbox import Pass, World, cloud_forecast_percent
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import Constraints

JsonObject = dict[str, Any]


@frozen(kw_only=True)
class Listed:
    """A window as it stands in a search.

    Attributes:
        start: when it begins; from then on it is no longer offered.
        end: when it ends.
        geometry: the place that it was searched for.
        json: what does not change from one reading to the next.
    """

    start: datetime
    end: datetime
    geometry: Mapping[str, Any]
    json: JsonObject

    @property
    def conflicting(self) -> list[JsonObject]:
        """The orders that it would replace."""
        orders: list[JsonObject] = self.json["conflicting_orders"]
        return orders


def new_uuid(rng: Random) -> str:
    """A random UUID that the same seed makes again."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def make_windows(world: World, search_id: str, asked: Constraints, now: datetime) -> list[Listed]:
    """The windows of a search, in order of time."""
    return [_window(world, search_id, asked, one, now) for one in useful_passes(world, asked, now)]


def useful_passes(world: World, asked: Constraints, now: datetime) -> Iterator[Pass]:
    """The passes on which a place could be taken within its constraints, in order of time."""
    if asked.elevation_min >= catalogue.ELEVATION_MAX or asked.elevation_min > asked.elevation_max:
        return
    start = max(asked.start, now)
    for one in world.ephemeris.passes(
        asked.families,
        asked.lon,
        asked.lat,
        start,
        max(asked.end, start),
        max_incidence_deg=90.0 - asked.elevation_min,
        min_incidence_deg=90.0 - asked.elevation_max,
    ):
        if start <= one.start and one.end <= asked.end and _is_useful(one, asked):
            yield one


def _is_useful(one: Pass, asked: Constraints) -> bool:
    """Assumption: only by day, and only where the satellite has time to turn and look."""
    widest = max(one.off_nadir_start_deg, one.off_nadir_end_deg)
    return (
        one.sun_elevation_deg > 0
        and one.end - one.start >= catalogue.SHORTEST_PASS
        and asked.off_nadir_min <= one.off_nadir_deg
        and widest <= asked.off_nadir_max
    )


def _window(world: World, search_id: str, asked: Constraints, one: Pass, now: datetime) -> Listed:
    rng = world.rng("planet", "pass", one.satellite, format_time(one.start))
    json: JsonObject = {
        "id": new_uuid(world.rng("planet", "window", search_id, one.satellite, format_time(one.start))),
        "start_time": format_time(one.start),
        "end_time": format_time(one.end),
        **_angles(one),
        "low_light": one.sun_elevation_deg < catalogue.LOW_LIGHT_BELOW_DEG,
        "ground_sample_distance": _gsd_m(one),
        "assured_tasking_tier": "EXPRESS" if one.start - now < catalogue.EXPRESS_BEFORE else "STANDARD",
        "cloud_forecast": _forecast(world, asked, one.closest, now),
        "conflicting_orders": _conflicts(world, asked, one, rng, now),
        "satellite_type": one.family,
    }
    return Listed(start=one.start, end=one.end, geometry=asked.geometry, json=json)


def _angles(one: Pass) -> JsonObject:
    widest = max(one.incidence_start_deg, one.incidence_end_deg)
    return {
        "off_nadir_angle_start": round(one.off_nadir_start_deg, 5),
        "off_nadir_angle_end": round(one.off_nadir_end_deg, 5),
        "off_nadir_angle_min": round(one.off_nadir_deg, 5),
        "off_nadir_angle_max": round(max(one.off_nadir_start_deg, one.off_nadir_end_deg), 5),
        "sat_elevation_angle_min": round(90.0 - widest, 5),
        "sat_elevation_angle_max": round(90.0 - one.incidence_deg, 5),
        "sat_azimuth_angle_start": round(one.azimuth_start_deg, 5),
        "sat_azimuth_angle_end": round(one.azimuth_end_deg, 5),
        "sun_elevation_angle_min": round(one.sun_elevation_deg - 0.1, 2),
        "sun_elevation_angle_max": round(one.sun_elevation_deg + 0.1, 2),
        "solar_zenith_angle_min": round(89.9 - one.sun_elevation_deg, 5),
        "solar_zenith_angle_max": round(90.1 - one.sun_elevation_deg, 5),
    }


def _gsd_m(one: Pass) -> float:
    """Grows with the distance and with the slant of the ground towards the sensor."""
    straight_down = catalogue.GSD_M[one.family] * one.altitude_km / catalogue.GSD_HEIGHT_KM
    return round(straight_down / (cos(radians(one.off_nadir_deg)) * cos(radians(one.incidence_deg))), 1)


def _forecast(world: World, asked: Constraints, moment: datetime, now: datetime) -> list[JsonObject]:
    if moment - now > catalogue.FORECAST_REACH:
        return []
    percent = cloud_forecast_percent(world.seed, asked.lon, asked.lat, moment, now)
    return [{"prediction": round(percent, 1), "updated_time": format_time(now)}]


def _conflicts(world: World, asked: Constraints, one: Pass, rng: Random, now: datetime) -> list[JsonObject]:
    """Orders that stand in the way of some passes; always the same ones for a pass and a seed."""
    if rng.random() >= catalogue.REPLACING_SHARE:
        return []
    return [
        {
            "id": new_uuid(rng),
            "name": f"Existing order {rng.randint(1, 99)}",
            "off_nadir_angle_min": round(one.off_nadir_deg, 2),
            "off_nadir_angle_max": round(max(one.off_nadir_start_deg, one.off_nadir_end_deg), 2),
            "sat_elevation_angle_min": round(90.0 - max(one.incidence_start_deg, one.incidence_end_deg), 2),
            "sat_elevation_angle_max": round(90.0 - one.incidence_deg, 2),
            "assured_tasking_tier": rng.choice(["STANDARD", "STANDARD", "EXPRESS"]),
            "cloud_forecast": _forecast(world, asked, one.closest, now),
        }
        for _ in range(rng.randint(1, 2))
    ]


# --- Price -------------------------------------------------------------------------------------------


def multiplier(window: Listed, now: datetime) -> Decimal:
    """The priority multiplier as of now, by the letter of Planet's page.

    Less than 24 hours ahead and replacing more than one order: the sum of theirs, or its own where that is higher.
    """
    own = catalogue.TIER_MULTIPLIERS[window.json["assured_tasking_tier"]]
    replaced = [catalogue.TIER_MULTIPLIERS[order["assured_tasking_tier"]] for order in window.conflicting]
    if len(replaced) > 1 and window.start - now < timedelta(hours=24):
        return max(own, sum(replaced, Decimal(0)))
    return own


def without(window: Listed, gone: Collection[str]) -> Listed:
    """The window without those of the orders in its way that are gone."""
    left = [order for order in window.conflicting if order["id"] not in gone]
    return evolve(window, json={**window.json, "conflicting_orders": left})


def as_read(window: Listed, now: datetime, exclusivity: str | None) -> JsonObject:
    """The window as one reading shows it: with its multiplier, and its price where one was asked for."""
    shown = {**window.json, "quota_priority_multiplier": number(multiplier(window, now))}
    return shown if exclusivity is None else {**shown, "pricing_details": pricing(window, now, exclusivity)}


def pricing(window: Listed, now: datetime, exclusivity: str) -> JsonObject:
    """What the window costs as of now."""
    factor, priority = catalogue.EXCLUSIVITY_FACTORS[exclusivity], multiplier(window, now)
    return {
        "units": catalogue.UNIT,
        "estimated_quota_cost": number(catalogue.BILLED_SQKM * factor * priority),
        "determined_by": "MINIMUM",
        "pricing_model": {
            "minimum_sqkm": int(catalogue.BILLED_SQKM),
            "exclusivity_days": int(exclusivity),
            "exclusivity_factor": number(factor),
            "priority_multiplier": number(priority),
        },
        "replaced_orders": [
            {
                "order_id": order["id"],
                "name": order["name"],
                "cost": number(catalogue.BILLED_SQKM * catalogue.TIER_MULTIPLIERS[order["assured_tasking_tier"]]),
            }
            for order in window.conflicting
        ],
    }


def number(value: Decimal) -> Decimal | int:
    """A number as the page writes numbers: 1, but 1.5."""
    return int(value) if value == value.to_integral_value() else value
