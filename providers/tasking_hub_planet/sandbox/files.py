"""The part of Planet's Data API that leads from a published capture to its files, played; the files are made up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from tasking_hub import HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply, reply_file
from tasking_hub_planet.sandbox.captures import DELIVERED, CaptureDesk
from tasking_hub_planet.sandbox.keys import JsonObject, not_found

ACTIVATED_AFTER = timedelta(seconds=30)
"""Assumption: real activations take minutes."""

_SIZE = 65_536


class FileDesk:
    """Shows files, makes them ready and hands them out.

    Args:
        world: clock and seed.
        captures: what was taken.
    """

    def __init__(self, world: World, captures: CaptureDesk) -> None:
        self._world = world
        self._captures = captures
        self._asked: dict[str, datetime] = {}
        self._files: dict[str, str] = {}

    def assets(self, request: SandboxRequest) -> HttpResponse:
        """The files of a scene by type; without a link until they were asked for."""
        item, kind = request.parts["item"], request.parts["type"]
        if kind not in self._captures.item_types(item):
            return not_found()
        return reply(200, {name: self._asset(request.base_url, item, name) for name in DELIVERED})

    def _asset(self, base_url: str, item: str, name: str) -> JsonObject:
        token = str(uuid5(NAMESPACE_URL, f"{self._world.seed}/{item}/{name}"))
        self._files[token] = f"{item}_{name}.tif"
        asked, link = self._asked.get(token), f"{base_url}/data/v1/assets/{token}"
        shown: JsonObject = {
            "_links": {"_self": link, "activate": f"{link}/activate"},
            "_permissions": ["download"],
            "type": name,
            "md5_digest": None,
            "status": "inactive" if asked is None else "activating",
        }
        if asked is not None and self._world.clock.now() - asked >= ACTIVATED_AFTER:
            digest = hashlib.md5(self._content(token), usedforsecurity=False).hexdigest()
            location = f"{base_url}/data/v1/download?token={token}"
            shown |= {"status": "active", "md5_digest": digest, "location": location}
        return shown

    def activate(self, request: SandboxRequest) -> HttpResponse:
        """Make a file ready; asking again changes nothing."""
        if request.parts["token"] not in self._files:
            return not_found()
        self._asked.setdefault(request.parts["token"], self._world.clock.now())
        return reply(202)

    def download(self, request: SandboxRequest) -> HttpResponse:
        """A file, whole or from a byte on. The link is signed, so nobody asks for a key."""
        token = request.parameter("token") or ""
        asked = self._asked.get(token)
        if asked is None or self._world.clock.now() - asked < ACTIVATED_AFTER:
            return not_found()
        headers = {
            "Content-Type": "image/tiff",
            "Content-Disposition": f'attachment; filename="{self._files[token]}"',
        }
        return reply_file(request, self._content(token), headers)

    def _content(self, token: str) -> bytes:
        return b"II*\x00" + self._world.rng("planet", "file", token).randbytes(_SIZE)
