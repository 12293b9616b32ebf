"""The played captures, one for each pass that is on the schedule of an order, and their reviews."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from tasking_hub import HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_planet.sandbox.checks import Form, fail
from tasking_hub_planet.sandbox.keys import JsonObject, members_of, not_found, page, selected, stamp
from tasking_hub_planet.sandbox.ledger import Ledger
from tasking_hub_planet.sandbox.life import Made, Outcome, Shot

REVIEWABLE_FOR = timedelta(days=14)
CATEGORIES = frozenset({"CLOUD_COVER", "HAZE", "DISPLACEMENT", "BRIGHTNESS_ISSUE", "SHADOWS", "OTHER"})
DELIVERED = ("ortho_analytic", "ortho_visual")
"""Assumption: the files that the sandbox's contract delivers; Planet lists many more of a SkySat collect."""

_FILTERS = ("acquired_time", "created_time", "fulfilling", "order_id", "published_time", "status", "updated_time")


class CaptureDesk:
    """Shows captures and takes reviews.

    Args:
        world: clock.
        ledger: the orders that they belong to.
    """

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._reviews: dict[str, list[JsonObject]] = {}

    def listed(self, request: SandboxRequest) -> HttpResponse:
        """The account's captures."""
        return page(request, selected(request, self._captures(), _FILTERS, ordering="-created_time"))

    def read(self, request: SandboxRequest) -> HttpResponse:
        """One capture."""
        capture = self._find(request)
        return not_found() if capture is None else reply(200, capture)

    def reviews(self, request: SandboxRequest) -> HttpResponse:
        """The reviews of one capture."""
        capture = self._find(request)
        return not_found() if capture is None else page(request, self._reviews.get(capture["id"], []))

    def review(self, request: SandboxRequest) -> HttpResponse:
        """Take a review of a capture that was published less than two weeks ago."""
        capture, now = self._find(request), self._world.clock.now()
        if capture is None:
            return not_found()
        form = Form(members_of(request))
        form.read("capture_id", lambda value: value if value == capture["id"] else fail("Another capture."))
        category = form.read("category", _category, required=True)
        description = form.read("description", lambda value: value if isinstance(value, str) else fail("Not a string."))
        if not (description or "").strip():
            form.errors.setdefault("description", ["This field is required."])
        if capture["status"] != "PUBLISHED" or capture["published_time"] < stamp(now - REVIEWABLE_FOR):
            form.errors["non_field_errors"] = ["Only captures published in the last 14 days can be reviewed."]
        form.check()
        return reply(201, self._keep(capture["id"], category, description, now))

    def _keep(self, capture_id: str, category: str, description: str, now: datetime) -> JsonObject:
        kept = self._reviews.setdefault(capture_id, [])
        review = {
            "id": str(uuid5(UUID(capture_id), f"review {len(kept)}")),
            "capture_id": capture_id,
            "category": category,
            "description": description,
            "created_time": stamp(now),
        }
        kept.append(review)
        return review

    def item_types(self, item_id: str) -> list[str]:
        """The types of a scene, or none where nobody took it."""
        taken = [one for one in self._captures() if item_id in one["item_ids"]]
        return [kind for one in taken for kind in one["item_types"]]

    def _find(self, request: SandboxRequest) -> JsonObject | None:
        return next((one for one in self._captures() if one["id"] == request.parts["id"]), None)

    def _captures(self) -> list[JsonObject]:
        now = self._world.clock.now()
        return [_capture(made, shot) for made in self._ledger.orders() for shot in made.shots(now)]


def _category(value: object) -> str:
    return value if isinstance(value, str) and value in CATEGORIES else fail(f'"{value}" is not a valid choice.')


def _capture(made: Made, shot: Shot) -> JsonObject:
    at = {word: stamp(moment) for moment, word in shot.steps}
    published, taken_at = "PUBLISHED" in at, shot.attempt.taken_at
    return {
        "id": str(uuid5(UUID(made.id), f"capture {shot.number}")),
        "order_id": made.id,
        "order_name": made.json["name"],
        "status": shot.word,
        "status_description": "",
        "captured_area": made.json["geometry"] if published else None,
        "area_of_interest": made.json["original_geometry"],
        "fulfilling": published and shot.attempt.outcome is Outcome.FULFILLED,
        "strip_id": f"s{taken_at:%Y%m%d%H%M%S}" if published else None,
        "item_ids": [f"{taken_at:%Y%m%d_%H%M%S}_ssc_{made.id[:8]}"] if published else [],
        "item_types": ["SkySatCollect"] if published else [],
        "delivered_asset_types": list(DELIVERED) if published else [],
        "satellite_type": shot.attempt.family,
        "pl_number": made.json["pl_number"],
        "product": made.json["product"],
        "created_time": stamp(shot.steps[0][0]),
        "updated_time": stamp(shot.steps[-1][0]),
        "planned_acquisition_time": stamp(taken_at),
        "acquired_time": at.get("QUEUED"),
        "published_time": at.get("PUBLISHED"),
    }
