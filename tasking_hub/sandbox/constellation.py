"""The satellites that fly in the sandbox: the project's own nominal constellation, or element sets from a file.

A nominal satellite has the orbit of its family as published (height, local time, number of satellites and their
spacing), but not the place of any real satellite in it: its passes are realistic, and no plan for a real acquisition
can be made from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen
from sgp4.api import WGS72, Satrec

from tasking_hub.sandbox.elements import read_elements
from tasking_hub.sandbox.frames import mean_sun_longitude_deg

NOMINAL_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When the nominal orbits have the given local times; another choice would move the satellites, not their planes."""

_SGP4_DAY_ZERO = datetime(1949, 12, 31, tzinfo=UTC)
_MEAN_EARTH_RADIUS_KM = 6378.135  # WGS 72, which mean elements are given in
_GRAVITY_KM3_PER_S2 = 398600.8  # WGS 72
_TROPICAL_YEAR_DAYS = 365.2422
_REFERENCE_AGE_DAYS = 10.0

_PREFIXES: Mapping[str, str] = {
    "PLEIADES NEO": "PLEIADESNEO",
    "PLEIADES-NEO": "PLEIADESNEO",
    "PNEO": "PLEIADESNEO",
    "PLEIADES": "PLEIADES",
    "SPOT": "SPOT",
    "SKYSAT": "SKYSAT",
    "PELICAN": "PELICAN",
    "ICEYE": "ICEYE",
}
"""The words with which catalogues begin the names of a family's satellites; the first that fits decides."""

OTHER_FAMILY = "OTHER"
"""The family of a satellite with any other name."""

_AGEING_S: Mapping[str, float] = {
    "PLEIADES": 1.5,
    "PLEIADESNEO": 5.8,
    "SPOT": 1.8,
    "SKYSAT": 13.0,
    "PELICAN": 52.0,
    "ICEYE": 2.9,
    OTHER_FAMILY: 13.0,
}
"""How early or late a satellite comes when its elements are ten days old: the median along the track, measured on
public element sets of August 2026. Assumption: other satellites age like SkySat."""


@frozen(kw_only=True)
class Satellite:
    """One satellite: its name, its family in capitals, its orbit without drag, and whether it is a nominal one."""

    name: str
    family: str
    satrec: Satrec
    nominal: bool = False

    def timing_uncertainty_s(self, julian_date: float) -> float:
        """Say how many seconds early or late the satellite may come at a Julian date (UTC).

        The effect of drag grows with the square of the elements' age; at worst nothing is known but the orbit, which
        is half a period. A nominal satellite counts as one with elements ten days old.
        """
        epoch: float = self.satrec.jdsatepoch + self.satrec.jdsatepochF
        half_period_s: float = 60.0 * math.pi / self.satrec.no_kozai
        relative = 1.0 if self.nominal else ((julian_date - epoch) / _REFERENCE_AGE_DAYS) ** 2
        return min(_AGEING_S.get(self.family, _AGEING_S[OTHER_FAMILY]) * relative, half_period_s)


@frozen(kw_only=True)
class _Shell:
    """Planes of one family with the same height: one plane for each local time, the satellites evenly spaced in it."""

    family: str
    label: str
    altitude_km: float
    node_hours: tuple[float, ...]
    per_plane: int
    first_phase_deg: float = 0.0
    inclination_deg: float | None = None
    """None: the inclination that keeps the local time (sun-synchronous)."""


_SHELLS = (
    # Heights, local times of the ascending node and numbers as found in public element sets of August 2026.
    # Pléiades and SPOT are published as two satellites each, 180° apart, and 90° from one another.
    _Shell(family="PLEIADES", label="PLEIADES", altitude_km=698, node_hours=(22.5,), per_plane=2),
    _Shell(family="SPOT", label="SPOT", altitude_km=698, node_hours=(22.0,), per_plane=2, first_phase_deg=90),
    _Shell(
        family="PLEIADESNEO",
        label="PLEIADES NEO",
        altitude_km=624,
        node_hours=(22.5,),
        per_plane=2,
        first_phase_deg=45,
    ),
    # Planet describes a morning and an afternoon plane of SkySats. Assumption: 14 satellites in equal halves at 450 km.
    _Shell(family="SKYSAT", label="SKYSAT", altitude_km=450, node_hours=(22.5, 1.0), per_plane=7),
    # Assumption: three planes as found, equal numbers, 500 km between the 356 and 588 km found.
    _Shell(family="PELICAN", label="PELICAN", altitude_km=500, node_hours=(22.5, 23.5, 10.7), per_plane=3),
    # 48 of 53 fly near-polar at all local times, the rest at 45°. Assumption: evenly spread, 570 km.
    _Shell(
        family="ICEYE",
        label="ICEYE",
        altitude_km=570,
        node_hours=tuple(2.0 * plane for plane in range(12)),
        per_plane=4,
    ),
    _Shell(
        family="ICEYE",
        label="ICEYE INCLINED",
        altitude_km=550,
        node_hours=(0.0, 4.8, 9.6, 14.4, 19.2),
        per_plane=1,
        inclination_deg=45.0,
    ),
)


@frozen(kw_only=True)
class Constellation:
    """The satellites that a sandbox flies."""

    satellites: tuple[Satellite, ...]

    @classmethod
    def nominal(cls) -> Constellation:
        """Give the project's own constellation, the same on every machine: six families, 82 satellites."""
        return cls(satellites=tuple(satellite for shell in _SHELLS for satellite in _fly(shell)))

    @classmethod
    def load(cls, path: Path) -> Constellation:
        """Read a file of element sets: OMM as JSON, CSV or XML, or TLE; drag is left out.

        The beginning of a satellite's name decides its family; unknown ones are "OTHER".

        Raises:
            ConfigurationError: The file cannot be used; the message names file, record and field.
        """
        return cls(
            satellites=tuple(
                Satellite(name=element.name, family=family_of(element.name), satrec=element.satrec)
                for element in read_elements(path)
            )
        )

    def family(self, *names: str) -> tuple[Satellite, ...]:
        """Give the satellites of the named families in the constellation's order; none where it has none."""
        return tuple(satellite for satellite in self.satellites if satellite.family in names)


def family_of(name: str) -> str:
    """Tell the family from a satellite's catalogue name."""
    plain = " ".join(name.upper().replace("É", "E").split())
    return next((family for prefix, family in _PREFIXES.items() if _begins(plain, prefix)), OTHER_FAMILY)


def _begins(name: str, word: str) -> bool:
    """Tell whether a name begins with a whole word: SPOT 6 is a SPOT, SPOTLIGHT is not."""
    return name.startswith(word) and not name[len(word) : len(word) + 1].isalpha()


def _fly(shell: _Shell) -> Iterator[Satellite]:
    """Make the satellites of a shell, each plane a little ahead of the one before as in a Walker constellation."""
    inclination = shell.inclination_deg or _sun_synchronous_inclination_deg(shell.altitude_km)
    count = len(shell.node_hours) * shell.per_plane
    for number in range(count):
        plane, place = divmod(number, shell.per_plane)
        phase = shell.first_phase_deg + 360.0 * place / shell.per_plane + 360.0 * plane / count
        satrec = _orbit(shell.altitude_km, inclination, _node_deg(shell.node_hours[plane]), phase)
        yield Satellite(name=f"{shell.label} NOMINAL {number + 1}", family=shell.family, satrec=satrec, nominal=True)


def _node_deg(local_hours: float) -> float:
    """Give the right ascension of a node that has a mean local time at the nominal epoch."""
    return float(mean_sun_longitude_deg(NOMINAL_EPOCH.timestamp()) + 15.0 * (local_hours - 12.0)) % 360.0


def _orbit(altitude_km: float, inclination_deg: float, node_deg: float, phase_deg: float) -> Satrec:
    """Start SGP4 on a near-circular orbit without drag; the phase is the angle from the ascending node."""
    perigee_deg = 90.0  # over the north, where a near-circular orbit stays frozen
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",  # the improved mode, as for all current element sets
        0,
        (NOMINAL_EPOCH - _SGP4_DAY_ZERO).days,
        *(0.0, 0.0, 0.0),  # BSTAR and the derivatives of the mean motion
        0.0001,
        math.radians(perigee_deg),
        math.radians(inclination_deg),
        math.radians((phase_deg - perigee_deg) % 360.0),
        60.0 * math.sqrt(_GRAVITY_KM3_PER_S2 / (_MEAN_EARTH_RADIUS_KM + altitude_km) ** 3),
        math.radians(node_deg),
    )
    return satrec


def _sun_synchronous_inclination_deg(altitude_km: float) -> float:
    """Find the inclination whose node goes round with the mean sun, once in a tropical year.

    SGP4's own node rate decides, not the textbook's, so that local times hold for decades. The rate is proportional to
    the cosine but for terms that move the local time by three seconds in ten years.
    """
    wanted, trial_deg = 2 * math.pi / (_TROPICAL_YEAR_DAYS * 1440.0), 98.0
    rate: float = _orbit(altitude_km, trial_deg, 0.0, 0.0).nodedot
    return math.degrees(math.acos(math.cos(math.radians(trial_deg)) * wanted / rate))
