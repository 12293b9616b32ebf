"""Clouds that any seed makes again: a smooth field over the Earth and time, and forecasts that drift away from it.

Nothing here is meteorology; it is a plausible play. Smooth Gaussian noise on the sphere is turned into cloud cover so
that each place has a typical mean: more in the tropics and at middle latitudes, less over the deserts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from itertools import product
from math import cos, exp, floor, prod, radians, sin, sqrt
from statistics import NormalDist

import numpy as np

from tasking_hub.clock import utc

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EARTH_RADIUS_KM = 6371.0
_HOUR_S = 3600.0
_MASK = (1 << 64) - 1
_NORMAL = NormalDist()

_OCTAVES = ((900.0, 36.0, 0.8), (180.0, 8.0, 0.6))
"""Size in km, duration in hours and share of weather systems and of cloud fields (shares squared add up to 1)."""

_TRUE, _WRONG, _REVISED = range(3)
"""Layers of noise: what comes, what a forecast gets wrong about a time, and what it gets wrong when it is made."""

_FORECAST_MEMORY_H = 96.0
"""Assumption: after four days a cloud forecast keeps 1/e of its correlation with what comes."""

_ZONES = (
    (-90.0, 60.0),
    (-60.0, 85.0),
    (-45.0, 75.0),
    (-20.0, 55.0),
    (5.0, 72.0),
    (22.0, 50.0),
    (45.0, 66.0),
    (60.0, 73.0),
    (90.0, 70.0),
)
"""Mean cover in percent by latitude: made up, after the pattern of cloudy tropics and clear subtropics."""

_DESERTS = (
    (5.0, 24.0, 24.0, 8.0),  # Sahara
    (45.0, 23.0, 13.0, 9.0),  # Arabia
    (65.0, 28.0, 10.0, 6.0),  # Baluchistan, Thar
    (90.0, 41.0, 18.0, 5.0),  # Taklamakan, Gobi
    (-112.0, 32.0, 8.0, 5.0),  # Sonora, Mojave
    (-69.5, -23.0, 3.0, 6.0),  # Atacama
    (19.0, -24.0, 7.0, 6.0),  # Namib, Kalahari
    (130.0, -25.0, 13.0, 6.0),  # Australia
)
"""Centre (longitude, latitude) and reach in degrees of the deserts. Assumption: rounded off an atlas."""

_DESERT_MEAN = 18.0

_CONTRAST = 1.7
"""Assumption: skies are mostly either clear or overcast; 1 would make every cover as likely where the mean is half."""


def cloud_cover_percent(seed: int, lon_deg: float, lat_deg: float, time: datetime) -> float:
    """Give the cloud cover at a place and time, 0..100: what an image taken then would show.

    Raises:
        InvalidRequestError: the time is naive.
    """
    place = _sphere(lon_deg, lat_deg)
    return _cover(_weather(seed, place, _hours(time), _TRUE), typical_cover_percent(lon_deg, lat_deg))


def cloud_forecast_percent(seed: int, lon_deg: float, lat_deg: float, time: datetime, issued: datetime) -> float:
    """Give the cloud cover, 0..100, that a forecast issued at one time would promise for another.

    A forecast for now, or for the past, is the truth. The longer the lead, the less it has to do with it; forecasts
    issued one after the other change gently.

    Raises:
        InvalidRequestError: a time is naive.
    """
    place, valid, made = _sphere(lon_deg, lat_deg), _hours(time), _hours(issued)
    skill = exp(-max(valid - made, 0.0) / _FORECAST_MEMORY_H)
    error = (_weather(seed, place, valid, _WRONG) + _weather(seed, place, made, _REVISED)) / sqrt(2)
    believed = skill * _weather(seed, place, valid, _TRUE) + sqrt(1 - skill**2) * error
    return _cover(believed, typical_cover_percent(lon_deg, lat_deg))


def typical_cover_percent(lon_deg: float, lat_deg: float) -> float:
    """Give the mean cloud cover of a place, 0..100."""
    zonal = float(np.interp(lat_deg, [lat for lat, _ in _ZONES], [mean for _, mean in _ZONES]))
    dryness = max(_nearness(lon_deg, lat_deg, *desert) for desert in _DESERTS)
    return zonal + dryness * (_DESERT_MEAN - zonal)


def _nearness(
    lon: float, lat: float, centre_lon: float, centre_lat: float, reach_lon: float, reach_lat: float
) -> float:
    east = (lon - centre_lon + 180.0) % 360.0 - 180.0
    return exp(-((east / reach_lon) ** 4) - ((lat - centre_lat) / reach_lat) ** 4)


def _cover(gauss: float, mean_percent: float) -> float:
    """Turn a normal number into cover whose mean over many times is the given one, clear or overcast most often.

    The mean of cdf(shift + contrast z) over normal z is cdf(shift / sqrt(1 + contrast squared)).
    """
    shift = _NORMAL.inv_cdf(mean_percent / 100.0) * sqrt(1.0 + _CONTRAST**2)
    return 100.0 * _NORMAL.cdf(shift + _CONTRAST * gauss)


# --- Smooth noise ------------------------------------------------------------------------------------


def _weather(seed: int, place: tuple[float, float, float], hours: float, layer: int) -> float:
    """Give a normal number of one layer that changes smoothly with place (km on the sphere) and time."""
    return sum(
        share * _noise(_key(seed, layer, octave), (*(axis / size for axis in place), hours / duration))
        for octave, (size, duration, share) in enumerate(_OCTAVES)
    )


def _key(*parts: int) -> int:
    """Make one number of several, each of any size."""
    return reduce(lambda bits, part: _mix(bits ^ (part & _MASK)), parts, 0)


def _noise(key: int, point: tuple[float, ...]) -> float:
    """Blend the normal numbers at the corners of the cell around a point, scaled so that the spread is 1 everywhere."""
    total = squares = 0.0
    for weight, corner in _corners(point):
        total += weight * _normal(key, corner)
        squares += weight * weight
    return total / sqrt(squares)


def _corners(point: tuple[float, ...]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Give each corner of the cell around a point with its weight, which falls to 0 with a flat start and end."""
    cell = tuple(floor(axis) for axis in point)
    eased = [t * t * (3 - 2 * t) for t in (axis - low for axis, low in zip(point, cell, strict=True))]
    for step in product((0, 1), repeat=len(point)):
        weight = prod(ease if up else 1 - ease for up, ease in zip(step, eased, strict=True))
        if weight:
            yield weight, tuple(low + up for low, up in zip(cell, step, strict=True))


def _normal(key: int, corner: tuple[int, ...]) -> float:
    """Give the nearly normal number that belongs to a corner: the sum of four 16-bit parts of its hash."""
    bits = _key(key, *corner)
    parts = sum(bits >> shift & 0xFFFF for shift in (0, 16, 32, 48))
    return (parts / 65535.0 - 2.0) * sqrt(3.0)


def _mix(bits: int) -> int:
    """Scatter 64 bits (the finaliser of SplitMix64, Steele, Lea and Flood, 2014)."""
    bits = (bits + 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & _MASK
    return bits ^ bits >> 31


def _sphere(lon_deg: float, lat_deg: float) -> tuple[float, float, float]:
    lon, lat = radians(lon_deg), radians(lat_deg)
    return (
        _EARTH_RADIUS_KM * cos(lat) * cos(lon),
        _EARTH_RADIUS_KM * cos(lat) * sin(lon),
        _EARTH_RADIUS_KM * sin(lat),
    )


def _hours(time: datetime) -> float:
    return (utc(time) - _EPOCH).total_seconds() / _HOUR_S
