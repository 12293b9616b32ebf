"""The option schemas of both back ends, and whether an order's options fit them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shapely import Polygon

from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT
from tasking_hub_airbus.sandbox.errors import bad_request
from tasking_hub_airbus.sandbox.reading import as_object

_CONDITION = re.compile(r"(\w+):\(([^)]*)\)")

_LICENCES_LEGACY = ("standard", "background_layer", "stand_background_layer", "educ", "media", "standard_1_5")
_LICENCES_NEO = ("standard", "background_layer", "stand_background_layer", "Academic", "media", "Standard_1_5")


def _option(
    name: str,
    values: Sequence[str | tuple[str, str]],
    default: str | None = None,
    mandatory: str = "true",
    condition: str | None = None,
) -> dict[str, Any]:
    """One option; a value may come with its condition."""
    choices = [value if isinstance(value, tuple) else (value, None) for value in values]
    return {
        "category": "production_option",
        "label": name.replace("_", " ").title(),
        "name": name,
        "mandatory": mandatory,
        "defaultValue": default if default is not None else choices[0][0],
        "constraint": {"condition": condition} if condition else None,
        "values": [
            {"id": value, "label": value, **({"constraint": {"condition": only}} if only else {})}
            for value, only in choices
        ],
        "type": "list",
        "hidden": False,
        "property": True,
    }


def licences(contract: str) -> tuple[str, ...]:
    """The licences of a contract."""
    return _LICENCES_LEGACY if contract == LEGACY_CONTRACT else _LICENCES_NEO


def schema(contract: str, area: Polygon) -> list[dict[str, Any]]:
    """The options of a contract's products over an area: names and literals after Airbus' OpenAPI (read 2026-11)."""
    return _legacy(area) if contract == LEGACY_CONTRACT else _neo(area)


def _legacy(area: Polygon) -> list[dict[str, Any]]:
    return [
        _option("processing_level", ("ortho", "projected", "primary")),
        _option(
            "spectral_processing",
            (
                "pansharpened_natural_color",
                "panchromatic",
                "pansharpened",
                "multispectral",
                "pansharpened_false_color",
                "bundle",
            ),
        ),
        _option(
            "image_format", ("dimap_jpeg2000_optimized", "dimap_jpeg2000_regular", "dimap_geotiff"), "dimap_geotiff"
        ),
        _option("radiometric_processing", ("basic", "reflectance", "display")),
        # The guide's own samples order basic with 8 bits, so only 12 bits has a condition here.
        _option("pixel_coding", (("12bits", "radiometric_processing:(basic|reflectance)"), "8bits")),
        _option("licence", _LICENCES_LEGACY),
        _option("priority", ("standard", "rush"), mandatory="false"),
        _option("delivery_method", ("on_the_flow", "at_the_end"), mandatory="false"),
        _option("dem", ("best_available", "SRTMV4", "REF3D-DEM"), None, "constraint", "processing_level:(ortho)"),
        _projection(area),
    ]


def _neo(area: Polygon) -> list[dict[str, Any]]:
    elevation = {
        "name": "elevation",
        "mandatory": "false",
        "constraint": {"condition": "processing_level:(projected)"},
        "range": [-100, 10000],
        "type": "double",
    }
    return [
        _option("processing_level", ("ortho", "projected", "primary"), "primary"),
        _option("spectral_processing", ("panchromatic", "pansharpened", "bundle", "full_bundle"), "full_bundle"),
        _option("image_format", ("dimap_jpeg2000_regular", "dimap_geotiff")),
        _option(
            "pixel_coding",
            (
                ("8bits", "radiometric_processing:(display)"),
                ("12bits", "radiometric_processing:(basic|reflectance)"),
            ),
            "12bits",
        ),
        _option("radiometric_processing", ("basic", "reflectance", "display")),
        elevation,
        _option("priority", ("standard", "rush")),
        _option("fullStrip", ("true", "false"), "false", "false"),
        _option("delivery_method", ("on_the_flow",), mandatory="false"),
        _option("licence", _LICENCES_NEO),
        _option("dem_1", ("best_available", "SRTMV4"), None, "constraint", "processing_level:(ortho)"),
        _projection(area),
    ]


def _projection(area: Polygon) -> dict[str, Any]:
    zone = utm_zone(area)
    return _option("projection_1", (zone, "4326", "3857"), zone, "constraint", "processing_level:(ortho|projected)")


def utm_zone(area: Polygon) -> str:
    """EPSG code of the UTM zone of the area's centre."""
    centre = area.centroid
    zone = min(int((centre.x + 180) // 6) + 1, 60)
    return str((32600 if centre.y >= 0 else 32700) + zone)


def check_options(options: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> None:
    """Raise 400 for an unknown or wrong option, and for a missing one."""
    known = {option["name"]: option for option in options}
    for key, value in given.items():
        if key not in known:
            message = f"Unknown option '{key}'"
            raise bad_request(message)
        _check_value(known[key], value, given)
    for name, option in known.items():
        if name not in given and _needed(option, given):
            message = f"Mandatory option '{name}' is missing"
            raise bad_request(message)


def _check_value(option: Mapping[str, Any], value: Any, given: Mapping[str, Any]) -> None:
    name = option["name"]
    if not isinstance(value, str):
        message = f"Option '{name}' must be a string"
        raise bad_request(message)
    choice = next((one for one in option.get("values", ()) if one["id"] == value), None)
    if "values" in option and choice is None:
        message = f"Option '{name}' does not allow '{value}'"
        raise bad_request(message)
    if not _holds(option, given) or (choice is not None and not _holds(choice, given)):
        message = f"Option '{name}' does not allow '{value}' with the other options"
        raise bad_request(message)


def _needed(option: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    if option["mandatory"] == "constraint":
        return _holds(option, given)
    return bool(option["mandatory"] == "true")


def _holds(owner: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    constraint = as_object(owner.get("constraint")) or {}
    match = _CONDITION.fullmatch(str(constraint.get("condition")))
    return match is None or given.get(match[1]) in match[2].split("|")
