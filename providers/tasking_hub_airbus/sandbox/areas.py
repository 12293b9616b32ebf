"""Areas as Airbus takes them: what is refused outright, and what is outside a programme's limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shapely import Polygon

from tasking_hub import InvalidRequestError, geometry
from tasking_hub_airbus.sandbox.catalogue import Limits
from tasking_hub_airbus.sandbox.errors import bad_request

_POSITIONS_MAX = 999


def read_area(value: Any) -> Polygon:
    """A polygon, or 400 with the rule that it breaks (the guide to Pléiades and SPOT tasking, read 2026-11)."""
    if not isinstance(value, dict) or value.get("type") != "Polygon":
        message = "The AOI must be a GeoJSON Polygon"
        raise bad_request(message)
    rings = value.get("coordinates")
    if isinstance(rings, list) and len(rings) > 1:
        message = "The AOI must not have a hole"
        raise bad_request(message)
    if isinstance(rings, list) and rings and isinstance(rings[0], list) and len(rings[0]) > _POSITIONS_MAX:
        message = f"The AOI must not have more than {_POSITIONS_MAX} vertices"
        raise bad_request(message)
    return _valid(value)


def _valid(value: dict[str, Any]) -> Polygon:
    plain = {"type": "Polygon", "coordinates": _plain(value.get("coordinates"))}
    try:
        polygon = geometry.check_area(geometry.read_geojson(plain))
    except InvalidRequestError as error:
        message = f"The AOI is not valid: {error}"
        raise bad_request(message) from error
    if not isinstance(polygon, Polygon):
        message = "The AOI must be a GeoJSON Polygon"
        raise bad_request(message)
    return polygon


def _plain(value: Any) -> Any:
    """Numbers as JSON has them; a request is read with `Decimal`."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


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
