"""Played bulks: orders under an id of the caller's own (developers.planet.com/docs/tasking/examples/bulk, 2024-02-05).

Assumptions: the orders are there at once and only their report takes its time; the JSON of a payload; an id that was
used is refused. No page says any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from attrs import frozen

from tasking_hub import HttpResponse
from tasking_hub.sandbox import RefusedError, SandboxRequest, World, reply
from tasking_hub_planet.sandbox.checks import Form, fail
from tasking_hub_planet.sandbox.keys import JsonObject, members_of, not_found, page, selected, stamp
from tasking_hub_planet.sandbox.orders import OrderDesk
from tasking_hub_planet.sandbox.windows import new_uuid

ORDERS_MAX = 1000
STARTED_AFTER = timedelta(seconds=1)
COMPLETED_AFTER = timedelta(seconds=3)


@frozen(kw_only=True)
class Bulk:
    """A bulk that was taken, with what became of each of its orders."""

    id: str
    created: datetime
    payloads: tuple[JsonObject, ...]

    def summary(self, now: datetime) -> JsonObject:
        """What the bulk says of itself."""
        age = now - self.created
        status = "PENDING" if age < STARTED_AFTER else "RUNNING" if age < COMPLETED_AFTER else "COMPLETE"
        words = [one["status"] for one in self.payloads] if status == "COMPLETE" else []
        return {
            "id": self.id,
            "status": status,
            "created_time": stamp(self.created),
            "payload_count": len(self.payloads),
            "processing_payload_count": len(self.payloads) - len(words),
            "successful_payload_count": words.count("SUCCESSFUL"),
            "failed_payload_count": words.count("FAILED"),
        }


class BulkDesk:
    """Takes bulks and tells what became of them.

    Args:
        world: clock and seed.
        orders: who makes the orders.
    """

    def __init__(self, world: World, orders: OrderDesk) -> None:
        self._world = world
        self._orders = orders
        self._bulks: dict[str, Bulk] = {}

    def create(self, request: SandboxRequest) -> HttpResponse:
        """Take a bulk: the answer has no body, only where to ask."""
        form = Form(members_of(request))
        bulk_id = form.read("id", self._new_id) or new_uuid(self._world.rng("planet", "bulk", len(self._bulks)))
        bodies = form.read("order_payloads", _bodies, required=True)
        form.check()
        payloads = tuple(self._made(body) for body in bodies)
        self._bulks[bulk_id] = Bulk(id=bulk_id, created=self._world.clock.now(), payloads=payloads)
        return reply(202, headers={"Location": f"/tasking/v2/bulk/{bulk_id}"})

    def _new_id(self, value: Any) -> str:
        said = str(UUID(value))
        return fail("A bulk process with this id exists already.") if said in self._bulks else said

    def _made(self, body: Any) -> JsonObject:
        try:
            made = self._orders.take(body)
        except RefusedError as refused:
            return {"status": "FAILED", "order_id": None, "errors": refused.answer.json()}
        return {"status": "SUCCESSFUL", "order_id": made.id, "errors": None}

    def listed(self, request: SandboxRequest) -> HttpResponse:
        """All bulks."""
        shown = [bulk.summary(self._world.clock.now()) for bulk in self._bulks.values()]
        return page(request, selected(request, shown, ("status", "created_time"), ordering="-created_time"))

    def read(self, request: SandboxRequest) -> HttpResponse:
        """One bulk."""
        bulk = self._bulks.get(request.parts["id"])
        return not_found() if bulk is None else reply(200, bulk.summary(self._world.clock.now()))

    def payloads(self, request: SandboxRequest) -> HttpResponse:
        """What became of each order of a bulk."""
        bulk = self._bulks.get(request.parts["id"])
        return not_found() if bulk is None else page(request, bulk.payloads)


def _bodies(value: object) -> Sequence[object]:
    if not isinstance(value, list) or not value:
        fail("Expected a non-empty list of orders.")
    orders = cast(list[object], value)
    return orders if len(orders) <= ORDERS_MAX else fail(f"No more than {ORDERS_MAX} orders.")
