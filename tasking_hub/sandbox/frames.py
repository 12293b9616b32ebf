"""Where things are on the turning Earth: frames, a place's horizon, the sun.

Kilometres, seconds since 1970-01-01 UTC, Earth-centred Earth-fixed (ECEF) axes. UT1 is taken as UTC and polar motion is
left out: together below 0.5 km on the ground, which a satellite crosses in less than 0.1 s.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

Vectors = NDArray[np.floating[Any]]
"""An array of numbers, the last axis x, y, z where it holds vectors."""

EARTH_ROTATION_RAD_PER_S = 7.292115146706979e-5
"""Vallado, Fundamentals of Astrodynamics and Applications, 4th edition, section 3.7."""

_J2000_S = 946_728_000.0
_DAY_S = 86_400.0
_CENTURY_DAYS = 36_525.0


@cache
def _cartesian() -> Transformer:
    """Give the WGS 84 conversion between longitude, latitude, height and ECEF, both in metres."""
    return Transformer.from_pipeline("+proj=cart +ellps=WGS84")


def gmst_rad(time_s: ArrayLike) -> Vectors:
    """Give Greenwich mean sidereal time in radians, 0..2 pi (IAU 1982, which defines the TEME frame of SGP4)."""
    centuries = (np.asarray(time_s, dtype=float) - _J2000_S) / _DAY_S / _CENTURY_DAYS
    seconds = 67_310.54841 + centuries * (
        876_600 * 3600 + 8_640_184.812866 + centuries * (0.093104 - 6.2e-6 * centuries)
    )
    return np.asarray(np.radians(seconds / 240.0) % (2 * np.pi))


def turn_to_ecef(vectors: Vectors, time_s: ArrayLike) -> Vectors:
    """Turn inertial vectors of date (..., 3) into Earth-fixed axes at the given times (...)."""
    angle = gmst_rad(time_s)
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack((cos * x + sin * y, cos * y - sin * x, z), axis=-1)


def teme_to_ecef(position: Vectors, velocity: Vectors, time_s: ArrayLike) -> tuple[Vectors, Vectors]:
    """Give Earth-fixed position (km) and velocity (km/s) of what SGP4 gives in TEME."""
    fixed = turn_to_ecef(position, time_s)
    turning = turn_to_ecef(velocity, time_s)
    drag = EARTH_ROTATION_RAD_PER_S * np.stack((fixed[..., 1], -fixed[..., 0], 0 * fixed[..., 2]), axis=-1)
    return fixed, turning + drag


def sun_direction(time_s: ArrayLike) -> Vectors:
    """Give the unit vector to the sun, Earth-fixed, within 0.01 degree from 1950 to 2050.

    The low-precision formulas of the Astronomical Almanac, page C5.
    """
    days = (np.asarray(time_s, dtype=float) - _J2000_S) / _DAY_S
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(mean_sun_longitude_deg(time_s) + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 4e-7 * days)
    inertial = np.stack(
        (np.cos(longitude), np.cos(tilt) * np.sin(longitude), np.sin(tilt) * np.sin(longitude)), axis=-1
    )
    return turn_to_ecef(inertial, time_s)


def mean_sun_longitude_deg(time_s: ArrayLike) -> Vectors:
    """Give the mean sun's longitude in degrees, 0..360, from which local mean time counts (Almanac, C5)."""
    days = (np.asarray(time_s, dtype=float) - _J2000_S) / _DAY_S
    return np.asarray((280.460 + 0.9856474 * days) % 360.0)


def vertical(lon_deg: ArrayLike, lat_deg: ArrayLike) -> Vectors:
    """Give the unit vectors that point straight up (normal to the WGS 84 ellipsoid)."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)


def geodetic(position: Vectors) -> tuple[Vectors, Vectors, Vectors]:
    """Give longitude, latitude (degrees) and height above WGS 84 (km) of ECEF positions (n, 3) in km."""
    metres = np.asarray(position, dtype=float) * 1000.0
    lon, lat, height = _cartesian().transform(metres[..., 0], metres[..., 1], metres[..., 2], direction="INVERSE")
    return np.asarray(lon), np.asarray(lat), np.asarray(height) / 1000.0


@frozen(kw_only=True, eq=False)
class Site:
    """A place on the ellipsoid with its horizon: ECEF position in km and the unit vectors east, north and up."""

    position: Vectors
    east: Vectors
    north: Vectors
    up: Vectors

    @classmethod
    def at(cls, lon_deg: float, lat_deg: float) -> Site:
        """Stand on the ellipsoid at a longitude and latitude in degrees."""
        lon = np.radians(lon_deg)
        up = vertical(lon_deg, lat_deg)
        east = np.array((-np.sin(lon), np.cos(lon), 0.0))
        position = np.array(_cartesian().transform(lon_deg, lat_deg, 0.0)) / 1000.0
        return cls(position=position, east=east, north=np.cross(up, east), up=up)

    def azimuth_deg(self, sight: Vectors) -> Vectors:
        """Give the direction of lines of sight from here, degrees clockwise from north, 0..360."""
        east, north = np.sum(sight * self.east, axis=-1), np.sum(sight * self.north, axis=-1)
        # A hair west of north rounds up to 360 the first time.
        return np.asarray(np.degrees(np.arctan2(east, north)) % 360.0 % 360.0)


def angle_deg(one: Vectors, other: Vectors) -> Vectors:
    """Give the angle between vectors in degrees, exact for small angles too."""
    across = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, np.sum(one * other, axis=-1))))
