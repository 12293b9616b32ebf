"""The endpoints: contracts, summaries, prices on v1 and v2, feasibility on v2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tasking_hub import HttpResponse, Range
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_iceye.sandbox.catalogue import Customer, SandboxContract, region_of
from tasking_hub_iceye.sandbox.checks import (
    RefusedError,
    bad,
    check_window,
    degrees,
    price_question,
    task_body,
    window_of,
)
from tasking_hub_iceye.sandbox.state import Doorman

LIMIT_DEFAULT, LIMIT_MAX = 10, 10_000
"""Of a page of contracts; beyond it 400 (v1 changelog, 2025-02-17)."""

_USUAL_INCIDENCE: Mapping[str, Range] = {
    "STRIPMAP": Range(15, 35),
    "SCAN": Range(21, 29),
    "SCAN_WIDE": Range(21, 26),
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": Range(20, 33),
}
_USUAL_OTHERWISE = Range(20, 40)

INFEASIBLE = "NOT_FEASIBLE"
"""ICEYE publishes no word for no; this one is the sandbox's own."""


class Platform:
    """ICEYE's company and tasking APIs.

    Args:
        world: clock, seed and orbits.
        doorman: who is let in.
    """

    def __init__(self, world: World, doorman: Doorman) -> None:
        self._world = world
        self._doorman = doorman

    def guarded(
        self, answer: Callable[[Customer, SandboxRequest], HttpResponse]
    ) -> Callable[[SandboxRequest], HttpResponse]:
        """The handler for those who are let in; what it refuses becomes the answer."""

        def handle(request: SandboxRequest) -> HttpResponse:
            try:
                return answer(self._doorman.customer(request), request)
            except RefusedError as refused:
                return refused.answer

        return handle

    # --- Company API v1 ------------------------------------------------------------------------------

    def contracts(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """A page of contracts; the last has no cursor."""
        limit, offset = _limit(request), _offset(request)
        chosen = customer.contracts[offset : offset + limit]
        body: dict[str, Any] = {"data": [contract.resource() for contract in chosen]}
        if limit and offset + limit < len(customer.contracts):
            body["cursor"] = f"page-{offset + limit}"
        return reply(200, body)

    def contract(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """One contract."""
        return reply(200, _contract(customer, request.parts["contract"]).resource())

    def summary(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """What a contract has left; 404 without a pricing plan."""
        summary = _contract(customer, request.parts["contract"]).summary()
        if summary is None:
            raise RefusedError(404, "not_found", "contract has no pricing plan")
        return reply(200, summary)

    # --- Tasking API ---------------------------------------------------------------------------------

    def price(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """The price of a task under a contract with a pricing plan, both refusals as ICEYE words them."""
        asked = price_question(request.query)
        contract = _contract(customer, asked["contractID"])
        if contract.plan is None:
            raise RefusedError(403, "forbidden", "Contract now allowed to query price quotation")
        lat, lon = (degrees(asked[f"pointOfInterest[{axis}]"], axis) for axis in ("lat", "lon"))
        amount = _amount(contract, asked, lon, lat)
        return reply(200, {"amount": amount, "currency": contract.plan.currency})

    def feasibility(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Whether a satellite can take each of a list of tasks, and whether the money reaches for it."""
        try:
            body = request.json()
        except ValueError as error:
            msg = "the body is not JSON"
            raise bad(msg) from error
        if not isinstance(body, list) or not body:
            msg = "the body must be a list of tasks"
            raise bad(msg)
        tasks = [task_body(task) for task in cast(Sequence[Any], body)]
        return reply(200, {"feasibility": [{"result": self._result(customer, task)} for task in tasks]})

    def _result(self, customer: Customer, task: Mapping[str, Any]) -> str:
        contract = _contract(customer, str(task["contractID"]))
        lat, lon = (degrees(task["pointOfInterest"][axis], axis) for axis in ("lat", "lon"))
        filled = {name: task.get(name, getattr(contract, name)[0]) for name in _TERMS}
        check_window(task, filled["priority"], self._world.clock.now())
        _check_funds(contract, _amount(contract, {**filled, "imagingMode": task["imagingMode"]}, lon, lat))
        return "FEASIBLE" if self._is_seen(task, lon, lat) else INFEASIBLE

    def _is_seen(self, task: Mapping[str, Any], lon: float, lat: float) -> bool:
        start, end = window_of(task)
        usual = _USUAL_INCIDENCE.get(task["imagingMode"], _USUAL_OTHERWISE)
        angle = task.get("incidenceAngle") or {"min": usual.min, "max": usual.max}
        passes = self._world.ephemeris.passes(
            ["ICEYE"], lon, lat, start, end, max_incidence_deg=angle["max"], min_incidence_deg=angle["min"]
        )
        sides = {task.get("lookSide", "ANY"), "ANY"}, {task.get("passDirection", "ANY"), "ANY"}
        return any(_fits(one.look_side, sides[0]) and _fits(one.pass_direction, sides[1]) for one in passes)


_TERMS = ("exclusivity", "priority", "sla", "eula")


def _fits(side: str, wanted: set[str]) -> bool:
    return wanted == {"ANY"} or side in wanted


def _limit(request: SandboxRequest) -> int:
    given = request.parameter("limit") or str(LIMIT_DEFAULT)
    if not given.isdecimal() or int(given) > LIMIT_MAX:
        msg = f"limit must be within 0 and {LIMIT_MAX}"
        raise bad(msg)
    return int(given)


def _offset(request: SandboxRequest) -> int:
    word, _, number = (request.parameter("cursor") or "page-0").partition("-")
    if word != "page" or not number.isdecimal():
        msg = "unknown cursor"
        raise bad(msg)
    return int(number)


def _contract(customer: Customer, contract_id: str) -> SandboxContract:
    contract = customer.contract(contract_id)
    if contract is None:
        raise RefusedError(404, "not_found", "contract not found")
    return contract


def _amount(contract: SandboxContract, asked: Mapping[str, str], lon: float, lat: float) -> int:
    """The price of a task that its contract allows; nothing where the contract has no prices.

    Raises:
        RefusedError: 403, as ICEYE words it.
    """
    terms = {name: asked[name] for name in _TERMS}
    sold = [asked[name] for name in ("exclusivity", "priority", "sla")]
    allowed = contract.allows(modes=asked["imagingMode"], **terms)
    if allowed and contract.plan is None:
        return 0
    if allowed and contract.plan is not None:
        amount = contract.plan.price(asked["imagingMode"], region_of(lon, lat), *sold)
        if amount is not None:
            return amount
    raise RefusedError(403, "forbidden", "Given parameters are not allowed for the contract")


def _check_funds(contract: SandboxContract, amount: int) -> None:
    """Nothing, where the money reaches.

    Raises:
        RefusedError: with the code that ICEYE documents; the status is the sandbox's own choice.
    """
    left = contract.plan.left if contract.plan else None
    if left is not None and amount > left:
        raise RefusedError(403, "ERR_INSUFFICIENT_FUNDS", "could not create task: insufficient funds")
