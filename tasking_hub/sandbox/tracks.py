"""Where satellites fly: a coarse grid for each UTC day and exact positions in between.

Two minutes between samples are enough: a cubic through two positions and velocities is within h^4/384 r w^4 = 6 m of
SGP4 for a low orbit, a thousandth of a second of flight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from sgp4.api import Satrec, SatrecArray

from tasking_hub.sandbox.frames import EARTH_ROTATION_RAD_PER_S, Vectors, teme_to_ecef

DAY_S = 86_400
STEP_S = 120
PAD = 8
"""Samples beyond both ends of a day: 16 minutes, longer than a low satellite takes from culmination to horizon."""

UNIX_EPOCH_JD = 2_440_587.5
_SAMPLES_A_DAY = DAY_S // STEP_S
_POLAR_RADIUS_KM = 6356.75
_SLACK_DEG = 0.4  # the geodetic vertical is up to 0.2° off the geocentric one, plus the orbit's own flattening

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class Track:
    """Satellites over one UTC day, padded at both ends: ECEF position (km), velocity (km/s), radius."""

    day: int
    position: NDArray[np.float32]
    velocity: NDArray[np.float32]
    radius: NDArray[np.float32]

    @classmethod
    def of(cls, satrecs: SatrecArray, day: int) -> Track:
        """Fly satellites over a day, counted from 1970-01-01."""
        offset_s = STEP_S * np.arange(-PAD, _SAMPLES_A_DAY + PAD + 1)
        fraction = offset_s / DAY_S
        _, position, velocity = satrecs.sgp4(np.full_like(fraction, UNIX_EPOCH_JD + day), fraction)
        fixed, moving = teme_to_ecef(position, velocity, day * DAY_S + offset_s)
        return cls(
            day=day,
            position=fixed.astype(np.float32),
            velocity=moving.astype(np.float32),
            radius=np.linalg.norm(fixed, axis=-1).astype(np.float32),
        )

    def arcs(self, towards: Vectors, reach: Vectors) -> Arcs:
        """Cut out the pieces of the day on which satellites come nearest to a direction within their reach."""
        satellite, sample = self._culminations(towards, reach)
        samples = sample[:, None] + np.arange(-PAD, PAD + 1)
        return Arcs(
            satellite=satellite,
            middle_s=self.day * DAY_S + STEP_S * (sample - PAD).astype(float),
            position=self.position[satellite[:, None], samples].astype(float),
            velocity=self.velocity[satellite[:, None], samples].astype(float),
        )

    def _culminations(self, towards: Vectors, reach: Vectors) -> tuple[Indices, Indices]:
        cosine = (self.position @ towards.astype(np.float32)) / self.radius
        centre = cosine[:, PAD : PAD + _SAMPLES_A_DAY]
        before = cosine[:, PAD - 1 : PAD + _SAMPLES_A_DAY - 1]
        after = cosine[:, PAD + 1 : PAD + _SAMPLES_A_DAY + 1]
        satellite, sample = np.nonzero((centre > before) & (centre >= after) & (centre > reach[:, None]))
        return satellite, sample + PAD


def reach_cos(satrecs: Sequence[Satrec], max_incidence_deg: float) -> Vectors:
    """Give the cosine of the angle at the Earth's centre inside which a grid sample may belong to a wanted pass.

    The angle under which the satellite stands at the incidence limit, plus the way it goes in half a step.
    """
    limit = np.radians(max_incidence_deg)
    apogee_km: Vectors = np.array([satrec.a * (1 + satrec.ecco) * satrec.radiusearthkm for satrec in satrecs])
    speed: Vectors = np.array([satrec.no_kozai / 60.0 / (1 - satrec.ecco) ** 2 for satrec in satrecs])
    angle = limit - np.arcsin(_POLAR_RADIUS_KM * np.sin(limit) / np.maximum(apogee_km, _POLAR_RADIUS_KM))
    half_step = (speed + EARTH_ROTATION_RAD_PER_S) * STEP_S / 2
    return np.asarray(np.cos(np.minimum(angle + half_step + np.radians(_SLACK_DEG), np.pi)))


@frozen(kw_only=True, eq=False)
class Arcs:
    """Pieces of track around culminations: which satellite flies, when the middle sample is, and the samples."""

    satellite: Indices
    middle_s: NDArray[np.float64]
    position: NDArray[np.float64]
    velocity: NDArray[np.float64]

    @classmethod
    def join(cls, parts: Sequence[Arcs]) -> Arcs:
        """Put arcs together in order."""
        return cls(
            satellite=np.concatenate([part.satellite for part in parts]),
            middle_s=np.concatenate([part.middle_s for part in parts]),
            position=np.concatenate([part.position for part in parts]),
            velocity=np.concatenate([part.velocity for part in parts]),
        )

    def only(self, flags: Flags) -> Arcs:
        """Keep the flagged arcs."""
        return Arcs(
            satellite=self.satellite[flags],
            middle_s=self.middle_s[flags],
            position=self.position[flags],
            velocity=self.velocity[flags],
        )

    def at(self, offset_s: Vectors) -> tuple[Vectors, Vectors]:
        """Give position and velocity of each arc, one offset in seconds from the middle for each (cubic Hermite)."""
        place = offset_s / STEP_S + PAD
        left = np.clip(np.floor(place).astype(int), 0, 2 * PAD - 1)
        row, t = np.arange(len(left)), (place - left)[:, None]
        start, end = self.position[row, left], self.position[row, left + 1]
        go, arrive = STEP_S * self.velocity[row, left], STEP_S * self.velocity[row, left + 1]
        bend, twist = 3 * (end - start) - 2 * go - arrive, 2 * (start - end) + go + arrive
        position = start + t * (go + t * (bend + t * twist))
        return position, (go + t * (2 * bend + 3 * t * twist)) / STEP_S
