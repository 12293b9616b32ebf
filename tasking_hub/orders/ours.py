"""What waits for the buyer and no provider asks: only the order book knows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasking_hub.clock import format_time, parse_time
from tasking_hub.models import Decision
from tasking_hub.orders.intent import Intent

__all__ = ["PLACE", "SETTLE", "to_place", "to_settle"]

PLACE = "place:"
"""Begins the id of a decision about an intent that was never sent; its reference follows."""

SETTLE = "settle:"
"""Begins the id of a decision about an order whose outcome is unknown; its reference follows."""


def to_place(intent: Intent) -> Decision:
    """Whether a purchase that was written down and never sent is still wanted."""
    deadline = _deadline(intent.bought)
    return Decision(
        id=f"{PLACE}{intent.reference}",
        account=intent.account,
        order_id=intent.reference,
        question=f"{intent.reference} was written down at {format_time(intent.created_at)} and never sent: "
        "is it still wanted?",
        deadline=deadline,
        cost=intent.price,
        if_ignored="nothing is bought; its money counts against the spending limits until it is withdrawn",
    )


def _deadline(bought: Mapping[str, Any]) -> datetime | None:
    """Until when a kept quote or opportunity can be bought."""
    opportunity = bought.get("opportunity", bought)
    ends = [bought.get("expires_at"), opportunity.get("order_deadline")]
    return min((parse_time(end) for end in ends if end is not None), default=None)


def to_settle(intent: Intent) -> Decision:
    """What became of a purchase that was sent and never answered."""
    sent = "" if intent.sent_at is None else f" at {format_time(intent.sent_at)}"
    return Decision(
        id=f"{SETTLE}{intent.reference}",
        account=intent.account,
        order_id=intent.reference,
        question=f"{intent.reference} was sent{sent} and no answer came: was it bought?",
        cost=intent.price,
        if_ignored="it is looked up again when orders are recovered; it is not sent again",
    )
