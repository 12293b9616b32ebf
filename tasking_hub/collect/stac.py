"""An order's files as STAC Items (https://github.com/radiantearth/stac-spec, version 1.1.0, read 2026-11): pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from tasking_hub.checksums import Checksum
from tasking_hub.clock import format_time
from tasking_hub.collect.names import distinct_names
from tasking_hub.errors import InvalidRequestError
from tasking_hub.geometry import split_at_antimeridian, to_geojson
from tasking_hub.models import Acquisition, Deliverable, Order, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EXTENSIONS", "STAC_VERSION", "deliverable_items"]

STAC_VERSION = "1.1.0"
EXTENSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "https://stac-extensions.github.io/eo/v1.1.0/schema.json": frozenset({"eo:cloud_cover"}),
        "https://stac-extensions.github.io/file/v2.1.0/schema.json": frozenset({"file:size", "file:checksum"}),
        "https://stac-extensions.github.io/timestamps/v1.1.0/schema.json": frozenset({"expires"}),
        "https://stac-extensions.github.io/view/v1.0.0/schema.json": frozenset({"view:incidence_angle"}),
    }
)
"""The fields that stand in an Item only together with the extension that explains them (read 2026-11)."""

Item = dict[str, Any]

_UNFIT = re.compile("[^A-Za-z0-9._-]+")
_HALF_TURN = 180.0
_FULL_TURN = 360.0


def deliverable_items(
    order: Order,
    deliverables: Iterable[Deliverable],
    *,
    acquisitions: Iterable[Acquisition] = (),
    area: BaseGeometry | None = None,
    window: Window | None = None,
    seen_at: datetime | None = None,
) -> list[Item]:
    """One Item for each image, and one for the files of the order as a whole; none without files.

    An image's place and time are those of its acquisition where it is known. Otherwise the place is the ordered area
    and the time the ordered window; `tasking_hub:time_from` and `tasking_hub:place_from` say which. Links stand in the
    Items as they are, and may be as good as credentials until they expire.

    Args:
        order: what was bought.
        deliverables: its files.
        acquisitions: its images, which files name by `acquisition_id`.
        area: what was ordered (WGS 84), or None where nobody knows any more.
        window: when it was to be taken; None is the time from the first to the last entry of the order's history.
        seen_at: when the files were listed: an Item's time where there is no other.

    Raises:
        InvalidRequestError: there is no time at all, and an Item needs one.
    """
    taken = {acquisition.id: acquisition for acquisition in acquisitions}
    grouped: dict[str | None, list[Deliverable]] = {}
    for deliverable in deliverables:
        known = deliverable.acquisition_id if deliverable.acquisition_id in taken else None
        grouped.setdefault(known, []).append(deliverable)
    span = _span(order, window, seen_at)
    return [
        _item(order, files, taken.get(key) if key is not None else None, area, span) for key, files in grouped.items()
    ]


def _item(
    order: Order, files: Sequence[Deliverable], image: Acquisition | None, area: BaseGeometry | None, span: _Span | None
) -> Item:
    assets = dict(zip(distinct_names(files), map(_asset, files), strict=True))
    properties = {**_times(order, image, span), **_facts(order, image, area)}
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions({*properties, *(key for asset in assets.values() for key in asset)}),
        "id": _id(order, image),
        **_place(image.footprint if image is not None and image.footprint is not None else area),
        "properties": properties,
        "links": [],
        "assets": assets,
    }


def _extensions(used: set[str]) -> list[str]:
    return [extension for extension, fields in EXTENSIONS.items() if fields & used]


def _id(order: Order, image: Acquisition | None) -> str:
    """Unique over providers, and fit for a path: what had to be replaced is told by a few letters of its digest."""
    parts = (order.provider, order.id or order.reference, *([image.id] if image is not None else []))
    plain = "-".join(_UNFIT.sub("_", part) for part in parts)
    if plain == "-".join(parts):
        return plain
    return f"{plain}-{hashlib.sha256(repr(parts).encode(errors='replace')).hexdigest()[:8]}"


def _asset(deliverable: Deliverable) -> Mapping[str, Any]:
    checksum = None if deliverable.checksum is None else Checksum.read(deliverable.checksum).multihash
    expires = None if deliverable.expires_at is None else format_time(deliverable.expires_at)
    asset = {
        "href": deliverable.url,
        "title": deliverable.name,
        "type": deliverable.media_type,
        "roles": ["data"],
        "file:size": deliverable.size_bytes,
        "file:checksum": checksum,
        "expires": expires,
    }
    return _given(asset)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


# --- When --------------------------------------------------------------------------------------------


_Span = tuple[datetime, datetime, str]


def _span(order: Order, window: Window | None, seen_at: datetime | None) -> _Span | None:
    """From when to when an image can have been taken, and how that is known."""
    if window is not None:
        return window.start, window.end, "window"
    moments = sorted(event.at for event in order.history)
    if moments:
        return moments[0], moments[-1], "history"
    return None if seen_at is None else (seen_at, seen_at, "listing")


def _times(order: Order, image: Acquisition | None, span: _Span | None) -> Mapping[str, Any]:
    """A moment, or null with the start and end of an interval, as STAC wants it."""
    if image is not None and image.taken_at is not None:
        return {"datetime": format_time(image.taken_at), "tasking_hub:time_from": "acquisition"}
    if span is None:
        msg = f"order {order.reference} has neither acquisition time nor history: say its window"
        raise InvalidRequestError(msg, "window")
    start, end, source = span
    return {
        "datetime": None,
        "start_datetime": format_time(start),
        "end_datetime": format_time(end),
        "tasking_hub:time_from": source,
    }


# --- Where -------------------------------------------------------------------------------------------


def _place(geometry: BaseGeometry | None) -> Mapping[str, Any]:
    """Geometry and bounding box; without a geometry there is no box either (RFC 7946, sections 3.1.9 and 5.2)."""
    if geometry is None or geometry.is_empty:
        return {"geometry": None}
    parts = _parts(geometry)
    cut = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    return {"geometry": to_geojson(cut), "bbox": _box(parts)}


def _parts(geometry: BaseGeometry) -> list[Any]:
    """What crosses the 180th meridian in parts on either side, and what goes on past it where it is.

    A footprint that cannot be cut stays as the provider says it.
    """
    west, _, east, _ = geometry.bounds
    if west < -_HALF_TURN or east > _HALF_TURN:
        geometry = shapely.transform(geometry, _within)
    try:
        return list(split_at_antimeridian(geometry)) if isinstance(geometry, Polygon) else [geometry]
    except InvalidRequestError:
        return [geometry]


def _within(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = positions.copy()
    turned[turned[:, 0] > _HALF_TURN, 0] -= _FULL_TURN
    turned[turned[:, 0] < -_HALF_TURN, 0] += _FULL_TURN
    return turned


def _box(parts: Sequence[BaseGeometry]) -> list[float]:
    """West, south, east, north; over the 180th meridian west is greater than east (RFC 7946, section 5.2)."""
    bounds = [part.bounds for part in parts]
    if len(parts) == 1:
        return list(bounds[0])
    west = min(box[0] for box in bounds if box[0] >= 0)
    east = max(box[2] for box in bounds if box[0] < 0)
    return [west, min(box[1] for box in bounds), east, max(box[3] for box in bounds)]


# --- What else ---------------------------------------------------------------------------------------


def _facts(order: Order, image: Acquisition | None, area: BaseGeometry | None) -> Mapping[str, Any]:
    footprint = None if image is None else image.footprint
    return _given(
        {
            "tasking_hub:place_from": "acquisition" if footprint is not None else "order" if area is not None else None,
            "tasking_hub:provider": order.provider,
            "tasking_hub:account": order.account,
            "tasking_hub:order_id": order.id,
            "tasking_hub:reference": order.reference,
            "tasking_hub:acquisition_id": None if image is None else image.id,
            "providers": [{"name": order.provider, "roles": ["producer"]}],
            "eo:cloud_cover": None if image is None else image.cloud_cover_percent,
            "view:incidence_angle": None if image is None else image.incidence_deg,
        }
    )
