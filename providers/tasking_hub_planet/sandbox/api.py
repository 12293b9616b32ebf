"""The played endpoints: who may ask, searches and how they grow, products."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import frozen

from tasking_hub import HttpResponse, format_time
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import Constraints, Refused, read_constraints
from tasking_hub_planet.sandbox.windows import Listed, as_read, make_windows, new_uuid

SEARCHES_KEPT = 2000
"""Assumption: Planet does not say how long a search can be read; here the oldest make room for new ones."""

BODY_MAX = 1_000_000
"""Bytes that a POST may carry (developers.planet.com/docs/tasking/api-mechanics, read 2026-11)."""


@frozen(kw_only=True)
class Search:
    """A search that was made: its constraints and what it will find."""

    id: str
    created: datetime
    asked: Constraints
    windows: tuple[Listed, ...]


class SearchDesk:
    """Makes searches and reads them to whoever holds the key."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._searches: dict[str, Search] = {}
        self._made = 0

    def create(self, request: SandboxRequest) -> HttpResponse:
        """Make a search; it is executed in the background, so nothing is found yet."""
        return _with_key(request, self._create)

    def _create(self, request: SandboxRequest) -> HttpResponse:
        now = self._world.clock.now()
        try:
            asked = read_constraints(_body(request), now)
        except Refused as refused:
            return reply(400, refused.errors)
        search_id = new_uuid(self._world.rng("planet", "search", self._made))
        windows = make_windows(self._world, search_id, asked, now)
        search = Search(id=search_id, created=now, asked=asked, windows=tuple(windows))
        self._keep(search)
        location = f"/tasking/v2/imaging-windows/search/{search_id}/"
        return reply(201, _search_json(search, "CREATED", []), headers={"Location": location})

    def _keep(self, search: Search) -> None:
        self._made += 1
        self._searches[search.id] = search
        if len(self._searches) > SEARCHES_KEPT:
            self._searches.pop(next(iter(self._searches)))

    def read(self, request: SandboxRequest, search_seconds: float) -> HttpResponse:
        """Read what a search has found so far."""
        return _with_key(request, lambda asked: self._read(asked, search_seconds))

    def _read(self, request: SandboxRequest, search_seconds: float) -> HttpResponse:
        search = self._searches.get(request.parts["id"])
        if search is None:
            return reply(404, {"detail": "Not found."})
        exclusivity = request.parameter("order_template__exclusivity_days")
        replacing = request.parameter("show_replacing_imaging_windows")
        if errors := _query_errors(exclusivity, replacing):
            return reply(400, errors)
        now = self._world.clock.now()
        status, found = _progress(search, (now - search.created).total_seconds(), search_seconds)
        shown = [one for one in found if one.start > now and (replacing == "true" or not one.conflicting)]
        return reply(200, _search_json(search, status, [as_read(one, now, exclusivity) for one in shown]))

    def products(self, request: SandboxRequest) -> HttpResponse:
        """List what the key's contract has."""
        listed = [{"pl_number": catalogue.PL_NUMBER, "product": catalogue.PRODUCT}]
        return _with_key(request, lambda _: reply(200, listed))


def _progress(search: Search, elapsed_s: float, search_seconds: float) -> tuple[str, tuple[Listed, ...]]:
    if elapsed_s >= search_seconds:
        return "DONE", search.windows
    if elapsed_s <= 0:
        return "CREATED", ()
    return "IN_PROGRESS", search.windows[: int(len(search.windows) * elapsed_s / search_seconds)]


def _query_errors(exclusivity: str | None, replacing: str | None) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if exclusivity not in {None, *catalogue.EXCLUSIVITY_FACTORS}:
        errors["order_template__exclusivity_days"] = [f'"{exclusivity}" is not a valid choice.']
    if replacing not in {None, "true", "false"}:
        errors["show_replacing_imaging_windows"] = ["Must be a valid boolean."]
    return errors


def _search_json(search: Search, status: str, windows: list[dict[str, Any]]) -> dict[str, Any]:
    asked = search.asked
    return {
        "id": search.id,
        "imaging_windows": windows,
        "status": status,
        "pl_number": catalogue.PL_NUMBER,
        "product": catalogue.PRODUCT,
        "geometry": asked.geometry,
        "start_time": format_time(asked.start),
        "end_time": format_time(asked.end),
        "created_time": format_time(search.created),
        "sat_elevation_angle_min": asked.elevation_min,
        "sat_elevation_angle_max": asked.elevation_max,
        "off_nadir_angle_min": asked.off_nadir_min,
        "off_nadir_angle_max": asked.off_nadir_max,
        "error_code": None,
        "error_message": None,
    }


def _body(request: SandboxRequest) -> Any:
    if len(request.body) > BODY_MAX:
        raise Refused({"non_field_errors": ["Request body is larger than 1 MB."]})
    try:
        return request.json()
    except ValueError as error:
        raise Refused({"detail": ["JSON parse error"]}) from error


# --- Who asks ----------------------------------------------------------------------------------------


def _with_key(request: SandboxRequest, answer: Callable[[SandboxRequest], HttpResponse]) -> HttpResponse:
    key = _key(request.headers.get("authorization", ""))
    if key is None:
        return reply(401, {"detail": "Authentication credentials were not provided."})
    if key == catalogue.UNTASKED_KEY:
        return reply(403, {"detail": "You do not have permission to perform this action."})
    return answer(request) if key == catalogue.API_KEY else reply(401, {"detail": "Invalid API key."})


def _key(authorization: str) -> str | None:
    """The key of `api-key KEY`, or the user name of Basic authentication."""
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() == "api-key":
        return credential.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None
