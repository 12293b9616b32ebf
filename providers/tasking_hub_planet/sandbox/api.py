"""The played searches: how they are made and grow; and the products."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from tasking_hub import HttpResponse, format_time
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import Constraints, read_constraints
from tasking_hub_planet.sandbox.keys import body_of, not_found
from tasking_hub_planet.sandbox.ledger import Ledger
from tasking_hub_planet.sandbox.windows import Listed, as_read, make_windows, new_uuid

SEARCHES_KEPT = 2000
"""Assumption: Planet does not say how long a search can be read; here the oldest make room for new ones."""


@frozen(kw_only=True)
class Search:
    """A search that was made: its constraints and what it will find."""

    id: str
    created: datetime
    asked: Constraints
    windows: tuple[Listed, ...]


class SearchDesk:
    """Makes searches and reads them.

    Args:
        world: clock, seed and orbits.
        ledger: what can be ordered, and what was.
    """

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._searches: dict[str, Search] = {}
        self._made = 0

    def create(self, request: SandboxRequest) -> HttpResponse:
        """Make a search; it is executed in the background, so nothing is found yet."""
        now = self._world.clock.now()
        asked = read_constraints(body_of(request), now)
        search_id = new_uuid(self._world.rng("planet", "search", self._made))
        windows = make_windows(self._world, search_id, asked, now)
        search = Search(id=search_id, created=now, asked=asked, windows=tuple(windows))
        self._keep(search)
        location = f"/tasking/v2/imaging-windows/search/{search_id}/"
        return reply(201, _search_json(search, "CREATED", []), headers={"Location": location})

    def _keep(self, search: Search) -> None:
        self._made += 1
        self._searches[search.id] = search
        self._ledger.offer(search.windows)
        if len(self._searches) > SEARCHES_KEPT:
            dropped = self._searches.pop(next(iter(self._searches)))
            self._ledger.withdraw(dropped.windows)

    def read(self, request: SandboxRequest, search_seconds: float) -> HttpResponse:
        """Read what a search has found so far."""
        search = self._searches.get(request.parts["id"])
        if search is None:
            return not_found()
        exclusivity = request.parameter("order_template__exclusivity_days")
        replacing = request.parameter("show_replacing_imaging_windows")
        if errors := _query_errors(exclusivity, replacing):
            return reply(400, errors)
        now = self._world.clock.now()
        status, found = _progress(search, (now - search.created).total_seconds(), search_seconds)
        offered = [self._ledger.as_it_stands(one, now) for one in found if one.start > now]
        shown = [one for one in offered if replacing == "true" or not one.conflicting]
        self._ledger.show(shown)
        return reply(200, _search_json(search, status, [as_read(one, now, exclusivity) for one in shown]))

    def products(self, _: SandboxRequest) -> HttpResponse:
        """List what the key's contract has."""
        names = (catalogue.PRODUCT, catalogue.FLEXIBLE_PRODUCT)
        return reply(200, [{"pl_number": catalogue.PL_NUMBER, "product": name} for name in names])


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
