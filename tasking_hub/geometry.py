"""Areas on the ellipsoid: reading, checking, measuring; longitude before latitude, WGS 84, kilometres.

Edges are straight in longitude and latitude where shapes are cut, and geodesic where they are measured;
for areas up to 100 km across the two differ by less than one part in a thousand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import shapely
from attrs import frozen
from pyproj import Geod
from shapely import LineString, Point, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from tasking_hub.errors import InvalidRequestError
from tasking_hub.geojson import read_geojson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Extent",
    "area_km2",
    "check_area",
    "covered_fraction",
    "distance_km",
    "extent_km",
    "geojson_or_none",
    "inner_point",
    "read_geojson",
    "read_wkt",
    "ring_crossing",
    "split_at_antimeridian",
    "square_km",
    "to_geojson",
]

_WGS84 = Geod(ellps="WGS84")
_FULL_TURN = 360.0
_HALF_TURN = 180.0
_POLE = 90.0


@frozen
class Extent:
    """The size of a bounding box on the ground.

    Attributes:
        width_km: east to west along the middle latitude.
        height_km: north to south along the middle longitude.
    """

    width_km: float
    height_km: float


# --- Reading and writing -----------------------------------------------------------------------------


def geojson_or_none(value: object) -> BaseGeometry | None:
    """A GeoJSON geometry, or None for what is none: a provider's footprint is not worth an order."""
    try:
        return read_geojson(cast(Mapping[str, object], value)) if isinstance(value, Mapping) else None
    except InvalidRequestError:
        return None


def to_geojson(geometry: BaseGeometry) -> dict[str, object]:
    """Write a geometry as a GeoJSON object of plain lists and floats, without a third value."""
    return cast("dict[str, object]", json.loads(shapely.to_geojson(shapely.force_2d(geometry))))


def read_wkt(text: str) -> BaseGeometry:
    """Read well-known text, without third values and without consecutive duplicates of a position.

    Airbus doubles the last position of a footprint (the Airbus tasking guide, read 2026-11).

    Raises:
        InvalidRequestError: the text is not WKT or its rings are not closed.
    """
    try:
        geometry = shapely.force_2d(shapely.from_wkt(text))
        return shapely.remove_repeated_points(geometry, 0)
    except shapely.errors.ShapelyError as error:
        msg = f"{text[:60]!r} is not well-known text: {error}"
        raise InvalidRequestError(msg, field="area") from error


# --- What a request accepts --------------------------------------------------------------------------


def check_area(geometry: BaseGeometry) -> Point | LineString | Polygon:
    """Give back the area without third values if a task request can be made for it.

    Accepted are a Point, a LineString of two positions and a valid Polygon, with or without holes, inside
    longitude -180..180 and latitude -90..90 and not across the 180th meridian.

    Raises:
        InvalidRequestError: with field ``area``, saying what is wrong, where, and what to do.
    """
    if not isinstance(geometry, Point | LineString | Polygon):
        accepted = "a Point, a LineString of two positions or a Polygon"
        msg = f"an area is {accepted}, not a {geometry.geom_type}: make one request of each part"
        raise InvalidRequestError(msg, field="area")
    fault = _fault(geometry)
    if fault is not None:
        raise InvalidRequestError(fault, field="area")
    return shapely.force_2d(geometry)


def _fault(geometry: Point | LineString | Polygon) -> str | None:
    if geometry.is_empty:
        return f"the area is an empty {geometry.geom_type}"
    return _position_fault(geometry) or _antimeridian_fault(geometry) or _shape_fault(geometry)


def _position_fault(geometry: BaseGeometry) -> str | None:
    positions = [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(geometry)]
    wrong = next((position for position in positions if not _on_earth(*position)), None)
    if wrong is None:
        return None
    fault = f"position {wrong[0]:g}, {wrong[1]:g} is not a longitude in -180..180 and a latitude in -90..90"
    if all(_on_earth(lat, lon) for lon, lat in positions):
        return f"{fault}: latitude and longitude look swapped, longitude comes first"
    return fault


def _on_earth(lon: float, lat: float) -> bool:
    return -_HALF_TURN <= lon <= _HALF_TURN and -_POLE <= lat <= _POLE


def _antimeridian_fault(geometry: BaseGeometry) -> str | None:
    west, _, east, _ = geometry.bounds
    if east - west <= _HALF_TURN:
        return None
    return (
        f"the area reaches from longitude {west:g} to {east:g}, more than half way round the Earth: "
        "if it crosses the 180th meridian, split it there and make one request of each part"
    )


def _shape_fault(geometry: Point | LineString | Polygon) -> str | None:
    if isinstance(geometry, Polygon):
        return ring_crossing(geometry)
    if isinstance(geometry, LineString):
        return _line_fault(geometry)
    return None


def _line_fault(line: LineString) -> str | None:
    first, *others = line.coords
    if len(others) != 1:
        return f"a LineString area has two positions, not {len(others) + 1}: use a Polygon for other shapes"
    return "the two positions of the LineString are the same: use a Point" if first[:2] == others[0][:2] else None


def ring_crossing(polygon: Polygon) -> str | None:
    """Say what makes a polygon invalid and at which longitude and latitude, or None if it is valid."""
    if polygon.is_valid:
        return None
    reason, _, place = shapely.is_valid_reason(polygon).rstrip("]").partition("[")
    return f"the polygon is not valid: {reason.lower()} at longitude, latitude {', '.join(place.split()[:2])}"


def split_at_antimeridian(polygon: Polygon) -> list[Polygon]:
    """Cut a polygon that crosses the 180th meridian into valid parts on either side, west of it first.

    A polygon that spans at most half a turn of longitude is taken not to cross it and comes back alone.

    Raises:
        InvalidRequestError: the polygon is not valid, or wider than half a turn on both sides of the Earth.
    """
    west, _, east, _ = polygon.bounds
    if east - west <= _HALF_TURN:
        return [polygon]
    unrolled = _unrolled(polygon)
    eastern = shapely.box(0, -_POLE, _HALF_TURN, _POLE).intersection(unrolled)
    western = shapely.box(_HALF_TURN, -_POLE, _FULL_TURN, _POLE).intersection(unrolled)
    return [*_polygons(eastern), *_polygons(translate(western, -_FULL_TURN))]


def _unrolled(polygon: Polygon) -> Polygon:
    unrolled = shapely.transform(polygon, _to_positive_longitudes)
    fault = ring_crossing(unrolled)
    if unrolled.bounds[2] - unrolled.bounds[0] > _HALF_TURN:
        fault = "the area spans more than half a turn of longitude on either side of the 180th meridian"
    if fault is not None:
        raise InvalidRequestError(fault, field="area")
    return unrolled


def _to_positive_longitudes(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = positions.copy()
    turned[turned[:, 0] < 0, 0] += _FULL_TURN
    return turned


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]


# --- Measuring ---------------------------------------------------------------------------------------


def area_km2(geometry: BaseGeometry) -> float:
    """Measure the surface in km² on the WGS 84 ellipsoid, holes left out; 0 for points and lines."""
    # Rings that turn the same way would add a hole instead of taking it off.
    oriented = shapely.orient_polygons(geometry)
    return abs(float(_WGS84.geometry_area_perimeter(oriented)[0])) / 1e6


def distance_km(start: Point, end: Point) -> float:
    """Measure the geodesic between two points in km."""
    return float(_WGS84.inv(start.x, start.y, end.x, end.y)[2]) / 1e3


def extent_km(geometry: BaseGeometry) -> Extent:
    """Measure the bounding box in km: along its middle latitude, and along its middle longitude."""
    west, south, east, north = geometry.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    return Extent(
        width_km=distance_km(Point(west, lat), Point(lon, lat)) + distance_km(Point(lon, lat), Point(east, lat)),
        height_km=distance_km(Point(lon, south), Point(lon, north)),
    )


def inner_point(geometry: BaseGeometry) -> Point:
    """Find a point of the geometry: its centroid where that lies inside, else one that does."""
    centroid = geometry.centroid
    if not isinstance(geometry, Polygon) or geometry.contains(centroid):
        return centroid
    return geometry.representative_point()


def square_km(lon: float, lat: float, width_km: float, height_km: float) -> Polygon:
    """Make the box of this size on the ground around a centre, its sides along meridians and parallels.

    Its longitudes stay next to the centre's and may so pass 180 degrees; its latitudes stop at the poles.
    """
    half_width = _longitude_reach(lat, width_km / 2)
    south = _latitude_reach(lon, lat, 180.0, height_km / 2)
    north = _latitude_reach(lon, lat, 0.0, height_km / 2)
    return shapely.box(lon - half_width, south, lon + half_width, north)


def _longitude_reach(lat: float, distance: float) -> float:
    # From longitude 0 the way east ends below 180 degrees, so nothing wraps around.
    return abs(float(_WGS84.fwd(0.0, lat, 90.0, distance * 1e3)[0]))


def _latitude_reach(lon: float, lat: float, azimuth: float, distance: float) -> float:
    pole = _POLE if azimuth == 0 else -_POLE
    if distance >= distance_km(Point(lon, lat), Point(lon, pole)):
        return pole
    return float(_WGS84.fwd(lon, lat, azimuth, distance * 1e3)[1])


def covered_fraction(area: BaseGeometry, scene: BaseGeometry) -> float:
    """Tell which part of the area one scene shows, from 0 to 1: by surface, by length, or inside or not.

    A scene whose ring crosses itself, as a provider may send it, counts with all that it encloses.
    """
    turns = round((area.centroid.x - scene.centroid.x) / _FULL_TURN)
    shown = area.intersection(translate(shapely.make_valid(scene), turns * _FULL_TURN))
    whole = _size(area)
    if whole == 0:
        return 0.0 if shown.is_empty else 1.0
    return min(_size(shown) / whole, 1.0)


def _size(geometry: BaseGeometry) -> float:
    if shapely.get_dimensions(geometry) == 1:
        return float(_WGS84.geometry_length(geometry))
    return sum(area_km2(part) for part in _polygons(geometry))
