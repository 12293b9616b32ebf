"""One pass of one satellite over one place, and the scene that it can take there."""

from datetime import datetime
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Literal

import shapely
from attrs import frozen
from pyproj import Geod
from shapely import Polygon

_WGS84 = Geod(ellps="WGS84")


@frozen(kw_only=True)
class Pass:
    """One satellite's flight over a place, while it stands inside the cone of the largest incidence asked for.

    Angles in degrees, times in UTC to the millisecond. Incidence is measured at the place from its vertical,
    off-nadir at the satellite from its own vertical (WGS 84), azimuths at the place from north to the
    satellite, 0..360.

    Attributes:
        start: when the satellite enters the cone.
        end: when it leaves it.
        closest: when the incidence is smallest; angles without a moment in their name are of this one.
        sun_elevation_deg: height of the sun's centre over the place's horizon at `closest`, without refraction.
        look_side: on which side of the flight the place lies.
        pass_direction: whether the satellite flies north or south.
        altitude_km: height of the satellite above WGS 84 at `closest`.
        timing_uncertainty_s: how much earlier or later a real satellite with such elements may come.
    """

    satellite: str
    family: str
    start: datetime
    end: datetime
    closest: datetime
    incidence_deg: float
    incidence_start_deg: float
    incidence_end_deg: float
    off_nadir_deg: float
    off_nadir_start_deg: float
    off_nadir_end_deg: float
    azimuth_deg: float
    azimuth_start_deg: float
    azimuth_end_deg: float
    sun_elevation_deg: float
    look_side: Literal["LEFT", "RIGHT"]
    pass_direction: Literal["ASCENDING", "DESCENDING"]
    altitude_km: float
    timing_uncertainty_s: float


def footprint(pass_: Pass, lon_deg: float, lat_deg: float, width_km: float, length_km: float) -> Polygon:
    """Draw the scene centred on the place, its length along the flight and its width across.

    Longitudes stay next to the centre's and may so pass 180 degrees. A scene that holds a pole is given as the
    cap down to its farthest corner.
    """
    heading = track_heading_deg(pass_)
    half_width, half_length = width_km / 2, length_km / 2
    corners = [
        _corner(lon_deg, lat_deg, heading, across, along)
        for across, along in (
            (-half_width, -half_length),
            (half_width, -half_length),
            (half_width, half_length),
            (-half_width, half_length),
        )
    ]
    if _holds_pole(lat_deg, heading, half_width, half_length):
        return _cap(lon_deg, lat_deg, corners)
    return shapely.orient_polygons(Polygon(corners))


def track_heading_deg(pass_: Pass) -> float:
    """Give the direction in which the ground track runs past the place, degrees clockwise from north, -180..180.

    From where the satellite stands over the ground at start and end; the angle between the verticals there and
    at the place is incidence less off-nadir. A pass that only touches the cone flies square to its azimuth.
    """
    east_start, north_start = _beneath(pass_.azimuth_start_deg, pass_.incidence_start_deg - pass_.off_nadir_start_deg)
    east_end, north_end = _beneath(pass_.azimuth_end_deg, pass_.incidence_end_deg - pass_.off_nadir_end_deg)
    if pass_.start < pass_.end:
        return degrees(atan2(east_end - east_start, north_end - north_start))
    turn = -90.0 if pass_.look_side == "LEFT" else 90.0
    return (pass_.azimuth_deg + turn + 180.0) % 360.0 - 180.0


def _beneath(azimuth_deg: float, distance_deg: float) -> tuple[float, float]:
    return distance_deg * sin(radians(azimuth_deg)), distance_deg * cos(radians(azimuth_deg))


def _corner(lon: float, lat: float, heading: float, across_km: float, along_km: float) -> tuple[float, float]:
    azimuth = heading + degrees(atan2(across_km, along_km))
    corner_lon, corner_lat, _ = _WGS84.fwd(lon, lat, azimuth, 1000 * hypot(across_km, along_km))
    return lon + (corner_lon - lon + 180.0) % 360.0 - 180.0, corner_lat


def _holds_pole(lat: float, heading: float, half_width: float, half_length: float) -> bool:
    north = lat > 0
    _, _, metres = _WGS84.inv(0.0, lat, 0.0, 90.0 if north else -90.0)
    angle = radians((0.0 if north else 180.0) - heading)
    across_km, along_km = abs(metres * sin(angle)) / 1000, abs(metres * cos(angle)) / 1000
    return bool(across_km < half_width and along_km < half_length)


def _cap(lon: float, lat: float, corners: list[tuple[float, float]]) -> Polygon:
    edge = min(abs(corner_lat) for _, corner_lat in corners)
    south, north = (edge, 90.0) if lat > 0 else (-90.0, -edge)
    return shapely.box(lon - 180.0, south, lon + 180.0, north)
