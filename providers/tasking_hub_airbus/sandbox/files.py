"""Delivered images: the catalogue's search, and the files themselves."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tasking_hub import HttpResponse, geometry
from tasking_hub.sandbox import SandboxRequest, World, reply, reply_file
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, NEO_CONTRACT, NEO_WORKSPACE, WORKSPACE
from tasking_hub_airbus.sandbox.errors import bad_request
from tasking_hub_airbus.sandbox.life import Placed, Shot, Verdict
from tasking_hub_airbus.sandbox.orders import Orders
from tasking_hub_airbus.sandbox.segments import instant
from tasking_hub_airbus.sandbox.tracking import catalogue_id, sales_order_id

PRODUCED = timedelta(hours=12)
"""The sandbox's own: how long after an image was validated it is delivered."""

_CONTRACTS = {WORKSPACE: LEGACY_CONTRACT, NEO_WORKSPACE: NEO_CONTRACT}
_CONSTELLATIONS = {"PLEIADES": "PHR", "SPOT": "SPOT", "PLEIADESNEO": "PNEO"}
_PER_PAGE, _PER_PAGE_MAX = 50, 500


class Delivered:
    """The images in the workspaces of both contracts.

    Args:
        world: time and seed.
        orders: what was ordered.
    """

    def __init__(self, world: World, orders: Orders) -> None:
        self._world = world
        self._orders = orders

    def search(self, request: SandboxRequest) -> HttpResponse:
        """Images of a workspace, page by page; a workspace that the key has no right to is 403."""
        contract = _CONTRACTS.get(request.parameter("workspaceid") or request.parameter("workspace") or "")
        if contract is None:
            return reply(403, {"internalCode": "FORBIDDEN", "message": "No right to this workspace", "hint": ""})
        found = [
            _feature(order, shot, self._id(order, shot), request.base_url)
            for order, shot in self._images(contract)
            if _wanted(request, order)
        ]
        count, page = _number(request, "itemsPerPage", _PER_PAGE), _number(request, "startPage", 1)
        if count > _PER_PAGE_MAX:
            message = f"'itemsPerPage' must not exceed {_PER_PAGE_MAX}"
            raise bad_request(message)
        told = {"totalResults": len(found), "itemsPerPage": count, "startIndex": count * (page - 1)}
        return reply(200, {"type": "FeatureCollection", **told, "features": found[count * (page - 1) : count * page]})

    def download(self, request: SandboxRequest) -> HttpResponse:
        """A file, or the part of it that `Range` asks for."""
        for contract in _CONTRACTS.values():
            for order, shot in self._images(contract):
                if self._id(order, shot) == request.parts["image"]:
                    return reply_file(request, _archive(order, shot), {"Content-Type": "application/zip"})
        return reply(404, {"internalCode": "NOT_FOUND", "message": "No such item", "hint": ""})

    def _images(self, contract: str) -> Iterator[tuple[Placed, Shot]]:
        now = self._world.clock.now()
        for order, life in self._orders.all(contract):
            for shot, verdict, at in life.images:
                if verdict is Verdict.VALIDATED and at + PRODUCED <= now:
                    yield order, shot

    def _id(self, order: Placed, shot: Shot) -> str:
        text = f"{self._world.seed} {order.number} {shot.number}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _wanted(request: SandboxRequest, order: Placed) -> bool:
    mine = {"customerReference": order.reference, "internalReference": sales_order_id(order)}
    return all(request.parameter(name) in {None, value} for name, value in mine.items())


def _number(request: SandboxRequest, name: str, default: int) -> int:
    text = request.parameter(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        message = f"'{name}' must be a positive integer"
        raise bad_request(message)
    return int(text)


def _feature(order: Placed, shot: Shot, image: str, base_url: str) -> dict[str, Any]:
    link = {"href": f"{base_url}/api/v1/items/{image}/download", "name": "download", "type": "http"}
    return {
        "type": "Feature",
        "id": image,
        "geometry": geometry.to_geojson(shot.footprint),
        "properties": {
            "id": image,
            "acquisitionDate": instant(shot.at),
            "constellation": _CONSTELLATIONS[order.item.product.mission],
            "cloudCover": round(shot.cloud_percent, 2),
            "incidenceAngle": shot.incidence_deg,
            "sourceIdentifier": catalogue_id(shot),
            "parentIdentifier": catalogue_id(shot),
            "customerReference": order.reference,
            "internalReference": sales_order_id(order),
        },
        "_links": {"download": [link]},
    }


def _archive(order: Placed, shot: Shot) -> bytes:
    """A product that says what it would be."""
    about = {"reference": order.reference, "product": order.item.product.id, "acquired": instant(shot.at)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # A fixed date: the same image is the same file.
        archive.writestr(zipfile.ZipInfo("sandbox.json", (2026, 1, 1, 0, 0, 0)), json.dumps(about))
    return buffer.getvalue()
