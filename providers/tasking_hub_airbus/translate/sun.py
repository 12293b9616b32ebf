"""Where the sun stands, since Airbus' attempts do not say. No I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from math import asin, atan2, cos, degrees, pi, radians, sin

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_DAY_S = 86400.0


def sun_elevation_deg(lon_deg: float, lat_deg: float, at: datetime) -> float:
    """Height of the sun's centre over the horizon in degrees, without refraction; good to 0.02 degrees.

    The low-precision formulas of the Astronomical Almanac (section C, "Low precision formulas for the Sun"), good
    between 1950 and 2050.
    """
    days = (at - _J2000).total_seconds() / _DAY_S
    anomaly = radians(357.528 + 0.9856003 * days)
    longitude = radians(280.460 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly))
    tilt = radians(23.439 - 4e-7 * days)
    right_ascension = atan2(cos(tilt) * sin(longitude), cos(longitude))
    declination = asin(sin(tilt) * sin(longitude))
    sidereal = (18.697374558 + 24.06570982441908 * days) % 24.0 * pi / 12.0
    hour_angle = sidereal + radians(lon_deg) - right_ascension
    lat = radians(lat_deg)
    return degrees(asin(sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour_angle)))
