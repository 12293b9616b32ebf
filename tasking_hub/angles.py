"""Angles of a view in degrees; the incidence at the target is the neutral one.

Incidence is measured at the target between the vertical and the line to the satellite. Satellite elevation
is measured there from the horizon, and so is exactly 90 degrees less the incidence. Off-nadir is measured at
the satellite and depends on the height of its orbit: it is never converted without one.
"""

from __future__ import annotations

import math
from decimal import Decimal

from attrs import field, frozen

from tasking_hub.errors import InvalidRequestError

__all__ = [
    "EARTH_RADIUS_KM",
    "Range",
    "check_angle",
    "incidence_from_elevation",
    "incidence_from_off_nadir",
    "off_nadir_from_incidence",
    "satellite_elevation",
]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (R1 of the IUGG for WGS 84, Moritz 2000): 6371.0088 km.

On the ellipsoid the vertical leans up to 0.2 degrees from this sphere's, so a converted angle is for reports.
"""


def check_angle(value: float, low: float, high: float, field: str) -> float:
    """Give the angle back if it lies in low..high degrees, both included.

    Raises:
        InvalidRequestError: naming the field; also for a value that is not a number.
    """
    if not low <= value <= high:
        msg = f"{field} is {value:g} degrees and must lie in {low:g}..{high:g}"
        raise InvalidRequestError(msg, field=field)
    return float(value)


def satellite_elevation(incidence_deg: float) -> float:
    """Give the elevation of the satellite above the target's horizon, in degrees.

    Raises:
        InvalidRequestError: the incidence lies outside 0..90.
    """
    return _complement(check_angle(incidence_deg, 0, 90, "incidence_deg"))


def incidence_from_elevation(elevation_deg: float) -> float:
    """Give the incidence of a satellite that stands this many degrees above the target's horizon.

    Raises:
        InvalidRequestError: the elevation lies outside 0..90.
    """
    return _complement(check_angle(elevation_deg, 0, 90, "elevation_deg"))


def _complement(angle_deg: float) -> float:
    # In decimals as they are written: 90.0 - 58.3 is 31.700000000000003 in binary.
    return float(90 - Decimal(repr(angle_deg)))


def off_nadir_from_incidence(incidence_deg: float, orbit_height_km: float) -> float:
    """Give the off-nadir angle in degrees of a satellite at this height, on a spherical Earth.

    The law of sines in the triangle of the Earth's centre, target and satellite.

    Raises:
        InvalidRequestError: the incidence lies outside 0..90 or the height is not above 0 km.
    """
    incidence = math.radians(check_angle(incidence_deg, 0, 90, "incidence_deg"))
    return math.degrees(math.asin(math.sin(incidence) / _radius_ratio(orbit_height_km)))


def incidence_from_off_nadir(off_nadir_deg: float, orbit_height_km: float) -> float:
    """Give the incidence in degrees at the target seen off nadir from this height, on a spherical Earth.

    Raises:
        InvalidRequestError: the view passes the Earth by, or the height is not above 0 km.
    """
    ratio = _radius_ratio(orbit_height_km)
    limb = math.degrees(math.asin(1 / ratio))
    off_nadir = math.radians(check_angle(off_nadir_deg, 0, limb, "off_nadir_deg"))
    return math.degrees(math.asin(min(ratio * math.sin(off_nadir), 1.0)))


def _radius_ratio(orbit_height_km: float) -> float:
    if not 0 < orbit_height_km < math.inf:
        msg = f"an orbit is above 0 km, not at {orbit_height_km:g} km"
        raise InvalidRequestError(msg, field="orbit_height_km")
    return (EARTH_RADIUS_KM + orbit_height_km) / EARTH_RADIUS_KM


def _check_order(range_: Range, attribute: object, value: float) -> None:  # noqa: ARG001  # attrs' signature
    if not range_.min <= value:
        msg = f"a range goes from its minimum up to its maximum, not from {range_.min:g} to {value:g}"
        raise InvalidRequestError(msg)


@frozen
class Range:
    """A closed range of numbers, such as incidences in degrees.

    Attributes:
        min: the lowest number in it.
        max: the highest number in it, never below ``min``.

    Raises:
        InvalidRequestError: the maximum lies below the minimum, or one is not a number.
    """

    min: float
    max: float = field(validator=_check_order)

    def contains(self, value: float) -> bool:
        """Tell whether the value lies in the range, its ends included."""
        return self.min <= value <= self.max

    def intersect(self, other: Range) -> Range | None:
        """Give the part that both ranges share, or None; a single shared end is a range of its own."""
        low, high = max(self.min, other.min), min(self.max, other.max)
        return Range(low, high) if low <= high else None
