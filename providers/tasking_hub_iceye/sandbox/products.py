"""What comes of a played task: its scene, its products on v1 and v2, and the links under which files are fetched.

A link is signed and good for an hour, as ICEYE's are (docs.iceye.com, task-products, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shapely.geometry import mapping

from tasking_hub import HttpResponse, format_time
from tasking_hub.sandbox import Pass, SandboxRequest, World, footprint, reply
from tasking_hub_iceye.sandbox.catalogue import Customer
from tasking_hub_iceye.sandbox.errors import not_found
from tasking_hub_iceye.sandbox.files import Files
from tasking_hub_iceye.sandbox.life import ACTIVE, DONE, FULFILLED
from tasking_hub_iceye.sandbox.orders import Orders, PlayedTask
from tasking_hub_iceye.sandbox.pages import page
from tasking_hub_iceye.sandbox.pricing import place_of

_SCENE_KM: Mapping[str, tuple[float, float, int]] = {
    # Range, azimuth, and seconds of imaging (Data Product Specification 6.0.5).
    "STRIPMAP": (30, 50, 10),
    "SCAN": (100, 100, 15),
    "SCAN_WIDE": (200, 300, 42),
    "SPOTLIGHT_EXTENDED_AREA": (15, 15, 10),
    "SPOTLIGHT_FINE": (5, 5, 15),
}
_SPOT_KM, _DWELL_KM = (5, 5, 10), (5, 5, 25)

_FILES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "GRD": (("tif", "image/tiff"), ("xml", "application/xml")),
    "SLC": (("h5", "application/x-hdf5"), ("xml", "application/xml")),
    "QLK": (("png", "image/png"), ("kml", "application/vnd.google-earth.kml+xml")),
    "VID": (("mp4", "video/mp4"),),
}
_OTHERWISE = (("nitf", "application/octet-stream"),)


class Products:
    """Scenes and products of tasks.

    Args:
        world: clock, seed and orbits.
        orders: the tasks.
        files: what links lead to.
    """

    def __init__(self, world: World, orders: Orders, files: Files) -> None:
        self._world = world
        self._orders = orders
        self._files = files

    def scene(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """When and how the image is or was taken; 404 (the sandbox's own choice) where there is none."""
        task, now = self._orders.task(customer, request), self._world.clock.now()
        taken = task.life.taken
        if taken is None or task.status(now) not in {ACTIVE, FULFILLED, DONE}:
            msg = "scene not available"
            raise not_found(msg)
        seconds = task.body.get("imagingDuration", _scene_km(task.body["imagingMode"])[2])
        start = taken.closest - timedelta(seconds=seconds / 2)
        body = {
            "imagingTime": {"start": format_time(start), "end": format_time(start + timedelta(seconds=seconds))},
            "duration": seconds,
            "lookSide": taken.look_side,
            "passDirection": taken.pass_direction,
            "incidenceAngle": f"{taken.incidence_deg:.2f}",
        }
        return reply(200, body)

    def products(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Everything that is ready, on v1 as a bare list, on v2 as a page of STAC items."""
        return self._products(customer, request, None)

    def product(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """The products of one type, in the same shape."""
        return self._products(customer, request, request.parts["type"])

    def _products(self, customer: Customer, request: SandboxRequest, wanted: str | None) -> HttpResponse:
        task, now = self._orders.task(customer, request), self._world.clock.now()
        found = [name for name in ready(task, now) if wanted in {None, name}]
        if not found or task.life.taken is None:
            msg = "products not available"
            raise not_found(msg)
        if request.path.startswith("/api/tasking/v1/"):
            return reply(200, [self._product_v1(task, name, request.base_url) for name in found])
        taken = task.life.taken
        body = page(request, found, lambda name: self._item(task, taken, name, request.base_url))
        return reply(200, {"cursor": "", **body})

    def _product_v1(self, task: PlayedTask, product: str, base_url: str) -> dict[str, Any]:
        assets = [
            {"contentType": kind, "downloadURL": self._files.link(base_url, path), "title": path.rpartition("/")[2]}
            for path, kind in _paths(task, product)
        ]
        return {"type": product, "assets": assets}

    def _item(self, task: PlayedTask, taken: Pass, product: str, base_url: str) -> dict[str, Any]:
        shape = footprint(taken, *place_of(task.body), *_scene_km(task.body["imagingMode"])[:2])
        assets = {
            f"{product.lower()}-{path.rpartition('.')[2]}": {
                "href": self._files.link(base_url, path),
                "title": path.rpartition("/")[2],
                "type": kind,
            }
            for path, kind in _paths(task, product)
        }
        return {
            "id": f"{task.id}-{product}",
            "type": "Feature",
            "stac_version": "1.0.0",
            "bbox": list(shape.bounds),
            "geometry": mapping(shape),
            "collection": "iceye-tasking",
            "properties": {
                "datetime": format_time(taken.closest),
                "frame_id": task.id,
                "sar:product_type": product,
                "iceye:acquisition_mode": task.body["imagingMode"],
            },
            "assets": assets,
        }


def ready(task: PlayedTask, now: datetime) -> Sequence[str]:
    """The types of product that can be fetched: the standard ones when FULFILLED, those asked for when DONE."""
    status = task.status(now)
    if status not in {FULFILLED, DONE}:
        return ()
    asked = [*task.body.get("productTypes", ()), *task.body.get("additionalProductTypes", ())]
    return tuple(dict.fromkeys([*_standard(task.body["imagingMode"]), *(asked if status == DONE else ())]))


def _standard(mode: str) -> Sequence[str]:
    if mode.startswith("SCAN"):
        return ("GRD",)
    return ("GRD", "SLC", "CSI", "VID") if "DWELL" in mode else ("GRD", "SLC")


def _scene_km(mode: str) -> tuple[float, float, int]:
    return _SCENE_KM.get(mode, _DWELL_KM if "DWELL" in mode else _SPOT_KM)


def _paths(task: PlayedTask, product: str) -> list[tuple[str, str]]:
    """The path and media type of each file of a product."""
    kinds = _FILES.get(product.removesuffix("-COG"), _OTHERWISE)
    return [(f"/{task.id}/ICEYE_{product}_{task.id[:8]}.{ending}", kind) for ending, kind in kinds]
