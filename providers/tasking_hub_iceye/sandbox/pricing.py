"""What a task costs under a contract, and whether it may be had. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasking_hub import Range, parse_time
from tasking_hub_iceye.sandbox.catalogue import Customer, PricingPlan, SandboxContract, region_of
from tasking_hub_iceye.sandbox.errors import forbidden, not_found, refused

TERMS = ("exclusivity", "priority", "sla", "eula")
"""What a contract fills in where a task leaves it out."""

_USUAL_INCIDENCE: Mapping[str, Range] = {
    "STRIPMAP": Range(15, 35),
    "SCAN": Range(21, 29),
    "SCAN_WIDE": Range(21, 26),
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": Range(20, 33),
}
_USUAL_OTHERWISE = Range(20, 40)


def contract_of(customer: Customer, contract_id: str) -> SandboxContract:
    """The customer's contract of that id.

    Raises:
        RefusedError: 404.
    """
    contract = customer.contract(contract_id)
    if contract is None:
        msg = "contract not found"
        raise not_found(msg)
    return contract


def check_open(contract: SandboxContract, now: datetime) -> None:
    """Nothing, where tasks may be submitted now.

    Raises:
        RefusedError: 403; the words are the sandbox's own choice.
    """
    if now >= parse_time(contract.end):
        msg = "The contract is not active"
        raise forbidden(msg)


def filled(contract: SandboxContract, task: Mapping[str, Any]) -> dict[str, Any]:
    """The task with everything that contract and mode fill in."""
    usual = _USUAL_INCIDENCE.get(task["imagingMode"], _USUAL_OTHERWISE)
    defaults = {name: getattr(contract, name)[0] for name in TERMS}
    angle = {"min": int(usual.min), "max": int(usual.max)}
    return {**defaults, "incidenceAngle": angle, "lookSide": "ANY", "passDirection": "ANY", **task}


def place_of(task: Mapping[str, Any]) -> tuple[float, float]:
    """Longitude and latitude of a checked task."""
    point = task["pointOfInterest"]
    return float(point["lon"]), float(point["lat"])


def price_of(contract: SandboxContract, asked: Mapping[str, Any], lon: float, lat: float) -> int:
    """The price of a task that its contract allows, in minor units; nothing where the contract has no prices.

    Raises:
        RefusedError: 403, as ICEYE words it.
    """
    allowed = contract.allows(modes=asked["imagingMode"], **{name: asked[name] for name in TERMS})
    if allowed and contract.plan is None:
        return 0
    if allowed and contract.plan is not None:
        sold = (asked[name] for name in ("exclusivity", "priority", "sla"))
        amount = contract.plan.price(asked["imagingMode"], region_of(lon, lat), *sold)
        if amount is not None:
            return amount
    raise forbidden()


def check_funds(plan: PricingPlan | None, amount: int) -> None:
    """Nothing, where the money reaches.

    Raises:
        RefusedError: with the code that ICEYE documents; the status is the sandbox's own choice.
    """
    left = plan.left if plan else None
    if left is not None and amount > left:
        raise refused(403, "ERR_INSUFFICIENT_FUNDS", "could not create task: insufficient funds")
