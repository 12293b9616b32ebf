"""Areas as Airbus takes them: what is refused outright, and what is outside a programme's limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from shapely import Polygon

from tasking_hub import InvalidRequestError, geometry
from tasking_hub_airbus.sandbox.catalogue import Limits
from tasking_hub_airbus.sandbox.errors import bad_request
from tasking_hub_airbus.sandbox.reading import as_list, as_object, plain

_POSITIONS_MAX = 999


def read_area(value: Any) -> Polygon:
    """A polygon, or 400 with the rule that it breaks (the guide to Pléiades and SPOT tasking, read 2026-11)."""
    shape = as_object(value) or {}
    if shape.get("type") != "Polygon":
        message = "The AOI must be a GeoJSON Polygon"
        raise bad_request(message)
    rings = as_list(shape.get("coordinates")) or ()
    if len(rings) > 1:
        message = "The AOI must not have a hole"
        raise bad_request(message)
    if rings and len(as_list(rings[0]) or ()) > _POSITIONS_MAX:
        message = f"The AOI must not have more than {_POSITIONS_MAX} vertices"
        raise bad_request(message)
    return _valid(rings)


def _valid(rings: Sequence[Any]) -> Polygon:
    written = {"type": "Polygon", "coordinates": plain(list(rings))}
    try:
        return cast(Polygon, geometry.check_area(geometry.read_geojson(written)))
    except InvalidRequestError as error:
        message = f"The AOI is not valid: {error}"
        raise bad_request(message) from error


def limit_errors(area: Polygon, limits: Limits) -> list[dict[str, str]]:
    """Errors inside a 200, each with the limit as its message."""
    size = geometry.area_km2(area)
    extent = geometry.extent_km(area)
    checks = (
        ("ERR_MIN_AOI_AREA", limits.min_area, size < limits.min_area),
        ("ERR_MAX_AOI_AREA", limits.max_area, limits.max_area is not None and size > limits.max_area),
        ("ERR_AOI_MAX_HEIGHT", limits.max_height, extent.height_km > limits.max_height),
        ("ERR_AOI_MAX_WIDTH", limits.max_width, extent.width_km > limits.max_width),
    )
    return [{"code": code, "locator": "AOI", "message": str(limit)} for code, limit, broken in checks if broken]
