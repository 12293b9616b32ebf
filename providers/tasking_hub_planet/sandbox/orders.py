"""The played orders: made from windows, read, listed, changed, cancelled, priced, and their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from tasking_hub import HttpResponse
from tasking_hub.sandbox import RefusedError, SandboxRequest, World, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import Form, fail, members, one_of, read_flexible, read_time
from tasking_hub_planet.sandbox.flexible import flexible_order
from tasking_hub_planet.sandbox.keys import JsonObject, body_of, members_of, not_found, page, selected, stamp
from tasking_hub_planet.sandbox.ledger import Ledger, attempt, order_json
from tasking_hub_planet.sandbox.life import Made
from tasking_hub_planet.sandbox.windows import Listed, new_uuid, pricing

NAME_MAX = 256
"""Assumption: Planet does not say how long a name may be."""

_FILTERS = ("created_time", "name", "pl_number", "product", "scheduling_type", "start_time", "status", "updated_time")
_HISTORY_FILTERS = ("created_time", "event_type", "order_id")
_CANCELLABLE = frozenset({"RECEIVED", "REQUESTED", "PENDING", "IN_PROGRESS"})
_AHEAD = frozenset({"PENDING", "IN_PROGRESS"})
_EDITABLE = frozenset({"REQUESTED", "PENDING", "IN_PROGRESS"})


class OrderDesk:
    """Takes orders and tells how they are.

    Args:
        world: clock and seed.
        ledger: what can be ordered, and what was.
    """

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._made = 0

    def create(self, request: SandboxRequest) -> HttpResponse:
        """Order a window; it is not locked in yet, and what is in its way stays until it is. Or a place and a time."""
        return reply(201, self._shown(self.take(body_of(request))))

    def take(self, body: object) -> Made:
        """Make the order that a body asks for; the same body again makes another one.

        Raises:
            RefusedError: with the errors by field.
        """
        made = self._read(body)
        self._made += 1
        self._ledger.enter(made)
        return made

    def preview(self, request: SandboxRequest) -> HttpResponse:
        """What an order would cost; it is not made."""
        made = self._read(body_of(request))
        return reply(200, {name: value for name, value in made.pricing.items() if name != "order_id"})

    def _read(self, body: object) -> Made:
        form, now = Form(members(body)), self._world.clock.now()
        name = form.read("name", _name, required=True)
        flexible = form.body.get("product") == catalogue.FLEXIBLE_PRODUCT
        form.read("pl_number", one_of(catalogue.PL_NUMBER), required=True)
        form.read("product", one_of(catalogue.FLEXIBLE_PRODUCT if flexible else catalogue.PRODUCT), required=True)
        days = form.read("exclusivity_days", _days) or 0
        order_id = new_uuid(self._world.rng("planet", "order", self._made))
        if flexible:
            asked = read_flexible(form, now)
            form.check()
            drawn = self._ledger.drawn(name)
            return flexible_order(self._world, order_id, name, asked, days, drawn, now)
        window = form.read("imaging_window", lambda value: self._window(value, now), required=True)
        form.check()
        return self._order(order_id, name, window, days, now)

    def _window(self, value: Any, now: datetime) -> Listed:
        """Assumption: the server speaks of a window that is gone as of one that never was."""
        return self._ledger.window(value, now) or fail(f'Invalid pk "{value}" - object does not exist.')

    def _order(self, order_id: str, name: str, window: Listed, days: int, now: datetime) -> Made:
        self._ledger.show([window])
        outcome = self._ledger.outcome(name, window, now)
        price: JsonObject = {"order_id": order_id, **pricing(window, now, str(days))}
        json = order_json(
            id=order_id,
            name=name,
            window=window,
            created=now,
            cost=price["estimated_quota_cost"],
            exclusivity_days=days,
            window_id=window.json["id"],
        )
        return Made(
            id=order_id,
            created=now,
            start=window.start,
            end=window.end,
            attempts=(attempt(window, outcome),),
            outcome=outcome,
            window_id=window.json["id"],
            replaces=tuple(order["id"] for order in window.conflicting),
            json=json,
            pricing=price,
        )

    # --- Reading -------------------------------------------------------------------------------------

    def read(self, request: SandboxRequest) -> HttpResponse:
        """One order."""
        made = self._ledger.find(request.parts["id"])
        return not_found() if made is None else reply(200, self._shown(made))

    def pricing(self, request: SandboxRequest) -> HttpResponse:
        """What one order costs."""
        made = self._ledger.find(request.parts["id"])
        return not_found() if made is None else reply(200, made.pricing)

    def listed(self, request: SandboxRequest) -> HttpResponse:
        """The account's orders."""
        shown = [self._shown(made) for made in self._ledger.orders()]
        return page(request, selected(request, shown, _FILTERS, ordering="-created_time"))

    def history(self, request: SandboxRequest) -> HttpResponse:
        """What happened to the account's orders."""
        return page(request, selected(request, self._events(), _HISTORY_FILTERS, ordering="-created_time"))

    def event(self, request: SandboxRequest) -> HttpResponse:
        """One thing that happened."""
        found = next((event for event in self._events() if event["id"] == request.parts["id"]), None)
        return not_found() if found is None else reply(200, found)

    def _events(self) -> list[JsonObject]:
        """Assumption: a type for each word. ORDER_CREATED and ORDER_FULFILLED are all that Planet's page shows."""
        now = self._world.clock.now()
        return [
            {
                "id": str(uuid5(UUID(made.id), word)),
                "order_id": made.id,
                "event_type": "ORDER_CREATED" if word == "RECEIVED" else f"ORDER_{word}",
                "created_time": stamp(at),
            }
            for made in self._ledger.orders()
            for at, word in made.happens()
            if at <= now
        ]

    # --- Changing ------------------------------------------------------------------------------------

    def cancel(self, request: SandboxRequest) -> HttpResponse:
        """Let an order go, as long as its pass lies ahead."""
        made, now = self._ledger.find(request.parts["id"]), self._world.clock.now()
        if made is None:
            return not_found()
        if not _is_cancellable(made, now):
            raise RefusedError(400, {"non_field_errors": [f"An order that is {made.status(now)} cannot be cancelled."]})
        return reply(200, self._shown(self._ledger.cancel(made, now)))

    def edit(self, request: SandboxRequest) -> HttpResponse:
        """Change name, rank or times."""
        made, now = self._ledger.find(request.parts["id"]), self._world.clock.now()
        if made is None:
            return not_found()
        body, status = members_of(request), made.status(now)
        if status not in _EDITABLE:
            raise RefusedError(400, {"non_field_errors": [f"An order that is {status} cannot be changed."]})
        form = Form(body)
        changes = {name: form.read(name, parse) for name, parse in _CHANGES.items() if name in body}
        if "geometry" in body:
            form.errors["geometry"] = ["This field cannot be changed."]
        if "start_time" in body and status == "IN_PROGRESS":
            form.errors["start_time"] = ["An order that has started cannot start at another time."]
        form.check()
        return reply(200, self._shown(self._ledger.edit(made, changes, now)))

    def _shown(self, made: Made) -> JsonObject:
        return as_shown(made, self._world.clock.now())


def as_shown(made: Made, now: datetime) -> JsonObject:
    """An order as one reading shows it."""
    status, shots = made.status(now), made.shots(now)
    words, coming = [shot.word for shot in shots], made.next_attempt(now)
    taken = [shot.attempt.taken_at for shot in shots if "QUEUED" in {word for _, word in shot.steps}]
    ended = made.since("FULFILLED") if status == "FULFILLED" else None
    return {
        **made.json,
        "status": status,
        "is_cancellable": _is_cancellable(made, now),
        "cancellable_until": stamp(_last_moment(made)),
        "fulfilled_sqkm": made.json["requested_sqkm"] if ended else 0,
        "capture_count": len(words),
        **{
            f"capture_status_{word.lower()}_count": words.count(word)
            for word in ("QUEUED", "PROCESSING", "PUBLISHED", "FAILED")
        },
        "used_quota": made.json["estimated_quota_cost"] if ended else 0,
        "updated_time": stamp(made.updated(now)),
        "fulfilled_time": stamp(ended) if ended else None,
        "next_planned_acquisition_time": stamp(coming.taken_at) if coming and status in _AHEAD else None,
        "last_acquired_time": stamp(taken[-1]) if taken else None,
    }


def _is_cancellable(made: Made, now: datetime) -> bool:
    return made.status(now) in _CANCELLABLE and now < _last_moment(made)


def _last_moment(made: Made) -> datetime:
    """Until when an order can be let go. Assumption: a flexible one as long as its window is open."""
    return made.end if made.flexible else made.start


# --- Fields ------------------------------------------------------------------------------------------


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        fail("This field may not be blank.")
    said = f"Ensure this field has no more than {NAME_MAX} characters."
    return value.strip() if len(value) <= NAME_MAX else fail(said)


def _days(value: Any) -> int:
    sold = str(value) in catalogue.EXCLUSIVITY_FACTORS and not isinstance(value, str)
    return int(value) if sold else fail(f'"{value}" is not a valid choice.')


def _rank(value: Any) -> int:
    return value if isinstance(value, int) and value >= 1 else fail("A valid integer is required.")


def _stamped(value: Any) -> str:
    return stamp(read_time(value))


_CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "rank": _rank,
    "start_time": _stamped,
    "end_time": _stamped,
}
"""What a buyer may change, and how it is read."""
