"""What the played account can order and what it has ordered: windows and orders by id, and who replaces whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve

from tasking_hub.sandbox import World
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.keys import stamp
from tasking_hub_planet.sandbox.life import Attempt, Made, Outcome
from tasking_hub_planet.sandbox.windows import Listed, number, without

_EXISTED_FOR = timedelta(days=8)
"""Longer than the horizon of a search, so an order in the way of a window was there before the search."""

_BOUNDS = ((0.05, Outcome.REJECTED), (0.10, Outcome.FAILED), (0.15, Outcome.EXPIRED))
"""Of a hundred orders five are rejected, five fail and five expire. The sandbox's own assumption."""


class Ledger:
    """Holds windows and orders.

    Args:
        world: its seed decides how orders end.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, Listed] = {}
        self._orders: dict[str, Made] = {}

    # --- Windows -------------------------------------------------------------------------------------

    def offer(self, windows: Iterable[Listed]) -> None:
        """Let these windows be ordered."""
        self._windows.update({window.json["id"]: window for window in windows})

    def withdraw(self, windows: Iterable[Listed]) -> None:
        """Let these windows be forgotten."""
        for window in windows:
            self._windows.pop(window.json["id"], None)

    def window(self, window_id: object, now: datetime) -> Listed | None:
        """A window that can be ordered now, with the orders that are in its way now."""
        window = self._windows.get(window_id) if isinstance(window_id, str) else None
        return None if window is None or window.start <= now else self.as_it_stands(window, now)

    def as_it_stands(self, window: Listed, now: datetime) -> Listed:
        """The window with those orders in its way that still stand; one that nobody has seen yet does."""
        known = [self._orders[order["id"]] for order in window.conflicting if order["id"] in self._orders]
        return without(window, {order.id for order in known if not order.stands(now)})

    def show(self, windows: Iterable[Listed]) -> None:
        """Make the orders in the way of these windows real: from now on they can be read, listed and cancelled."""
        for window in windows:
            for order in window.conflicting:
                self._orders.setdefault(order["id"], _existing(order, window))

    # --- Orders --------------------------------------------------------------------------------------

    def orders(self) -> list[Made]:
        """All orders, in the order in which they became known."""
        return list(self._orders.values())

    def find(self, order_id: str) -> Made | None:
        """One order."""
        return self._orders.get(order_id)

    def outcome(self, name: str, window: Listed, now: datetime) -> Outcome:
        """How an order for a window ends: by seed and name, but a pass that is taken or no longer free is rejected."""
        taken = any(order.window_id == window.json["id"] and order.stands(now) for order in self.orders())
        in_the_way = [self._orders.get(order["id"]) for order in window.conflicting]
        promised = any(order is not None and order.leaves_at is not None for order in in_the_way)
        if taken or promised:
            return Outcome.REJECTED
        return self.drawn(name)

    def drawn(self, name: str) -> Outcome:
        """How an order of this name ends by the seed."""
        drawn = self._world.rng("planet", "outcome", name).random()
        return next((outcome for bound, outcome in _BOUNDS if drawn < bound), Outcome.FULFILLED)

    def enter(self, made: Made) -> None:
        """Take an order in; those in its way are to leave when it is locked in, if it will be."""
        self._orders[made.id] = made
        if made.outcome is not Outcome.REJECTED:
            for order_id in made.replaces:
                self._change(order_id, leaves_at=made.locked_at)

    def cancel(self, made: Made, now: datetime) -> Made:
        """Let an order go; before its lock-in, those in its way stay where they are."""
        if now < made.locked_at:
            for order_id in made.replaces:
                if self._orders[order_id].leaves_at == made.locked_at:
                    self._change(order_id, leaves_at=None)
        return self._change(made.id, leaves_at=now)

    def edit(self, made: Made, changes: dict[str, Any], now: datetime) -> Made:
        """Change what the buyer may change."""
        return self._change(made.id, json={**made.json, **changes}, edited_at=now)

    def _change(self, order_id: str, **changes: Any) -> Made:
        self._orders[order_id] = changed = evolve(self._orders[order_id], **changes)
        return changed


def _existing(order: dict[str, Any], window: Listed) -> Made:
    """The order that stands in the way of a window, for a place near it at the same time."""
    created = window.start - _EXISTED_FOR
    cost = number(catalogue.BILLED_SQKM * catalogue.TIER_MULTIPLIERS[order["assured_tasking_tier"]])
    return Made(
        id=order["id"],
        created=created,
        start=window.start,
        end=window.end,
        attempts=(attempt(window, Outcome.FULFILLED),),
        outcome=Outcome.FULFILLED,
        json=order_json(
            id=order["id"], name=order["name"], window=window, created=created, cost=cost, exclusivity_days=0
        ),
        pricing=order_pricing(order["id"], cost),
    )


def attempt(window: Listed, outcome: Outcome) -> Attempt:
    """The one pass of an order for a window."""
    return Attempt(start=window.start, end=window.end, family=window.json["satellite_type"], outcome=outcome)


def order_json(
    *,
    id: str,  # noqa: A002 - the wire's name
    name: str,
    window: Listed,
    created: datetime,
    cost: Decimal | int,
    exclusivity_days: int,
    window_id: str | None = None,
) -> dict[str, Any]:
    """What an order says all its life."""
    return {
        "id": id,
        "name": name,
        "geometry": window.geometry,
        "original_geometry": window.geometry,
        "imaging_window": window_id,
        "pl_number": catalogue.PL_NUMBER,
        "product": catalogue.PRODUCT,
        "scheduling_type": "ASSURED",
        "order_type": "IMAGE",
        "start_time": stamp(window.start),
        "end_time": stamp(window.end),
        "satellite_types": [window.json["satellite_type"]],
        "exclusivity_days": exclusivity_days,
        "requested_sqkm": int(catalogue.BILLED_SQKM),
        "estimated_quota_cost": cost,
        "created_time": stamp(created),
    }


def order_pricing(order_id: str, cost: Decimal | int) -> dict[str, Any]:
    """What an order costs that replaces none."""
    return {
        "order_id": order_id,
        "units": catalogue.UNIT,
        "estimated_quota_cost": cost,
        "determined_by": "MINIMUM",
        "pricing_model": {},
        "replaced_orders": [],
    }
