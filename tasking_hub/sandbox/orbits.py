"""When satellites pass over a place, and how they see it.

Everything here is a function of the satellites, the place and the window alone: the same question has the same
answer, bit for bit, whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
from attrs import frozen
from sgp4.api import SatrecArray

from tasking_hub.angles import check_angle
from tasking_hub.clock import utc
from tasking_hub.errors import InvalidRequestError
from tasking_hub.sandbox.constellation import Constellation, Satellite
from tasking_hub.sandbox.frames import Site, Vectors, angle_deg, geodetic, sun_direction, vertical
from tasking_hub.sandbox.passes import Pass, footprint
from tasking_hub.sandbox.tracks import DAY_S, PAD, STEP_S, UNIX_EPOCH_JD, Arcs, Flags, Track, reach_cos

__all__ = ["Ephemeris", "Pass", "find_passes", "footprint"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRACKS_KEPT = 192
"""A month of six families; about 60 MB with the nominal constellation."""

_FIRST, _LAST = datetime(1950, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=731)
"""Assumption: nobody needs more than two years of passes; without a limit a typing error would compute for hours."""

_LOW_MAX_PERIOD_MIN = 128.0
_LOW_MAX_ECCENTRICITY = 0.25
_STEEPEST_CONE_DEG = 89.0
_EXACT_S = 0.01
_GOLDEN = (np.sqrt(5.0) - 1) / 2


class Ephemeris:
    """Answers for one constellation; keeps the tracks of recent days, so that a second place costs little.

    Satellites that are no low ones (period over 128 minutes or eccentricity over 0.25) never pass. Safe to share
    between threads.
    """

    def __init__(self, constellation: Constellation) -> None:
        low = [one for one in constellation.satellites if _is_low(one)]
        self._families = {one.family: tuple(other for other in low if other.family == one.family) for one in low}
        self._track = lru_cache(maxsize=_TRACKS_KEPT)(self._fly)

    def passes(
        self,
        families: Sequence[str],
        lon_deg: float,
        lat_deg: float,
        start: datetime,
        end: datetime,
        *,
        max_incidence_deg: float = 50.0,
        min_incidence_deg: float = 0.0,
    ) -> list[Pass]:
        """Give all passes whose closest moment lies in the window and whose smallest incidence is within limits.

        Exact to 0.1 s against SGP4, but for start and end of a pass that only grazes the cone. A pass is given whole,
        even where it begins before the window or ends after it. Sorted by closest moment. Days that are new take a good
        part of a second: call it in a thread where an event loop must not wait.

        Args:
            families: which families may pass, such as "PLEIADES"; one that the constellation lacks adds nothing.
            lon_deg: longitude of the place.
            lat_deg: latitude of the place, -90..90.
            start: begin of the window.
            end: end of the window.
            max_incidence_deg: the cone, above 0 and up to 89.
            min_incidence_deg: passes with a smaller incidence at their closest moment are left out.

        Raises:
            InvalidRequestError: a naive time, a reversed window or one over two years, a place off the Earth or limits
                out of range.
        """
        start, end = _window(start, end)
        site = Site.at(check_angle(lon_deg, -360, 360, "lon_deg"), check_angle(lat_deg, -90, 90, "lat_deg"))
        check_angle(max_incidence_deg, 1e-3, _STEEPEST_CONE_DEG, "max_incidence_deg")
        check_angle(min_incidence_deg, 0, max_incidence_deg, "min_incidence_deg")
        view = _View(site=site, min_deg=min_incidence_deg, max_deg=max_incidence_deg)
        found = (
            one
            for family in dict.fromkeys(families)
            if family in self._families
            for one in view.passes(self._families[family], self._arcs(family, view, start, end))
        )
        return sorted(
            (one for one in found if start <= one.closest <= end), key=lambda one: (one.closest, one.satellite)
        )

    def _fly(self, family: str, day: int) -> Track:
        return Track.of(SatrecArray([one.satrec for one in self._families[family]]), day)

    def _arcs(self, family: str, view: _View, start: datetime, end: datetime) -> Arcs:
        reach = reach_cos([one.satrec for one in self._families[family]], view.max_deg)
        towards = view.site.position / np.linalg.norm(view.site.position)
        return Arcs.join([self._track(family, day).arcs(towards, reach) for day in _days(start, end)])


def find_passes(
    satellites: Sequence[Satellite],
    lon_deg: float,
    lat_deg: float,
    start: datetime,
    end: datetime,
    *,
    max_incidence_deg: float = 50.0,
    min_incidence_deg: float = 0.0,
) -> list[Pass]:
    """Give the passes of these satellites, as `Ephemeris.passes` does, keeping nothing for the next question."""
    constellation = Constellation(satellites=tuple(satellites))
    return Ephemeris(constellation).passes(
        [one.family for one in satellites],
        lon_deg,
        lat_deg,
        start,
        end,
        max_incidence_deg=max_incidence_deg,
        min_incidence_deg=min_incidence_deg,
    )


@frozen(kw_only=True, eq=False)
class _View:
    """A place and the cone of incidence in which a satellite is of use to it."""

    site: Site
    min_deg: float
    max_deg: float

    def passes(self, satellites: Sequence[Satellite], arcs: Arcs) -> Iterator[Pass]:
        """Refine arcs to passes."""
        closest = self._closest(arcs)
        smallest = self._incidence_deg(arcs, closest)
        wanted = (smallest >= self.min_deg) & (smallest <= self.max_deg)
        arcs, closest = arcs.only(wanted), closest[wanted]
        edge = np.full_like(closest, PAD * STEP_S)
        moments = (closest, self._crossing(arcs, closest, -edge), self._crossing(arcs, closest, edge))
        yield from _assemble(satellites, arcs, [_sights(self.site, arcs, moment) for moment in moments])

    def _incidence_deg(self, arcs: Arcs, offset_s: Vectors) -> Vectors:
        return angle_deg(arcs.at(offset_s)[0] - self.site.position, self.site.up)

    def _closest(self, arcs: Arcs) -> Vectors:
        """Find the smallest incidence of each arc by golden section, to a hundredth of a second."""
        low = np.full_like(arcs.middle_s, -STEP_S)
        high = -low
        while np.any(high - low > _EXACT_S):
            left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
            nearer_left = self._incidence_deg(arcs, left) < self._incidence_deg(arcs, right)
            low, high = np.where(nearer_left, low, left), np.where(nearer_left, right, high)
        return np.asarray((low + high) / 2)

    def _crossing(self, arcs: Arcs, inside: Vectors, outside: Vectors) -> Vectors:
        """Find when each arc crosses the cone by bisection, to a hundredth of a second, on the inner side."""
        while np.any(np.abs(outside - inside) > _EXACT_S):
            middle = (inside + outside) / 2
            within = self._incidence_deg(arcs, middle) <= self.max_deg
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        return inside


@frozen(kw_only=True, eq=False)
class _Sights:
    """How arcs and place see each other at one moment for each arc."""

    time_s: Vectors
    incidence: Vectors
    off_nadir: Vectors
    azimuth: Vectors
    altitude: Vectors
    sun: Vectors
    to_left: Flags
    northward: Flags


def _sights(site: Site, arcs: Arcs, offset_s: Vectors) -> _Sights:
    position, velocity = arcs.at(offset_s)
    sight = position - site.position
    lon, lat, height = geodetic(position)
    time_s = arcs.middle_s + offset_s
    return _Sights(
        time_s=time_s,
        incidence=angle_deg(sight, site.up),
        off_nadir=angle_deg(sight, vertical(lon, lat)),
        azimuth=site.azimuth_deg(sight),
        altitude=height,
        sun=90.0 - angle_deg(sun_direction(time_s), site.up),
        to_left=np.sum(np.cross(position, velocity) * -sight, axis=-1) > 0,
        northward=velocity[:, 2] > 0,
    )


def _assemble(satellites: Sequence[Satellite], arcs: Arcs, sights: Sequence[_Sights]) -> Iterator[Pass]:
    closest, start, end = sights
    for row, number in enumerate(arcs.satellite):
        satellite = satellites[int(number)]
        yield Pass(
            satellite=satellite.name,
            family=satellite.family,
            start=_moment(start.time_s[row]),
            end=_moment(end.time_s[row]),
            closest=_moment(closest.time_s[row]),
            incidence_deg=float(closest.incidence[row]),
            incidence_start_deg=float(start.incidence[row]),
            incidence_end_deg=float(end.incidence[row]),
            off_nadir_deg=float(closest.off_nadir[row]),
            off_nadir_start_deg=float(start.off_nadir[row]),
            off_nadir_end_deg=float(end.off_nadir[row]),
            azimuth_deg=float(closest.azimuth[row]),
            azimuth_start_deg=float(start.azimuth[row]),
            azimuth_end_deg=float(end.azimuth[row]),
            sun_elevation_deg=float(closest.sun[row]),
            look_side="LEFT" if closest.to_left[row] else "RIGHT",
            pass_direction="ASCENDING" if closest.northward[row] else "DESCENDING",
            altitude_km=float(closest.altitude[row]),
            timing_uncertainty_s=satellite.timing_uncertainty_s(UNIX_EPOCH_JD + closest.time_s[row] / DAY_S),
        )


def _is_low(satellite: Satellite) -> bool:
    """Tell whether a satellite flies low enough for the grid's padding."""
    period_min = 2 * np.pi / satellite.satrec.no_kozai
    return bool(period_min <= _LOW_MAX_PERIOD_MIN and satellite.satrec.ecco <= _LOW_MAX_ECCENTRICITY)


def _window(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = utc(start, "start"), utc(end, "end")
    if end < start:
        msg = f"the window ends at {end.isoformat()}, before it starts at {start.isoformat()}"
        raise InvalidRequestError(msg, field="window")
    if not (start >= _FIRST and end <= _LAST and end - start <= _LONGEST):
        msg = f"a simulated window is at most {_LONGEST.days} days long, from {_FIRST:%Y} to {_LAST:%Y}"
        raise InvalidRequestError(msg, field="window")
    return start, end


def _days(start: datetime, end: datetime) -> Iterable[int]:
    """Number the days on whose grid a pass of the window may culminate, one step around it included."""
    step = timedelta(seconds=STEP_S)
    return range((start - step - _EPOCH).days, (end + step - _EPOCH).days + 1)


def _moment(time_s: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=round(float(time_s) * 1000))
