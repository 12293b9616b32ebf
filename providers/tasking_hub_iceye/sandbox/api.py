"""The endpoints: contracts, summaries, prices on v1 and v2, feasibility on v2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tasking_hub import HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_iceye.sandbox.catalogue import Customer, SandboxContract
from tasking_hub_iceye.sandbox.checks import (
    check_window,
    degrees,
    json_of,
    price_question,
    task_body,
)
from tasking_hub_iceye.sandbox.errors import bad_request, forbidden, not_found
from tasking_hub_iceye.sandbox.keys import Doorman
from tasking_hub_iceye.sandbox.orders import Orders
from tasking_hub_iceye.sandbox.pages import page
from tasking_hub_iceye.sandbox.pricing import contract_of, filled, place_of, price_of
from tasking_hub_iceye.sandbox.sky import Sky

Guard = Callable[[Callable[[Customer, SandboxRequest], HttpResponse]], Callable[[SandboxRequest], HttpResponse]]
"""Makes a handler for those who are let in out of one that is told who asks."""

INFEASIBLE = "NOT_FEASIBLE"
"""ICEYE publishes no word for no; this one is the sandbox's own."""


class Platform:
    """ICEYE's company and tasking APIs.

    Args:
        world: clock, seed and orbits.
        doorman: who is let in.
        sky: which passes there are.
        orders: what was bought, and what is left to spend.
    """

    def __init__(self, world: World, doorman: Doorman, sky: Sky, orders: Orders) -> None:
        self._world = world
        self._sky = sky
        self._doorman = doorman
        self._orders = orders

    def guarded(
        self, answer: Callable[[Customer, SandboxRequest], HttpResponse]
    ) -> Callable[[SandboxRequest], HttpResponse]:
        """The handler for those who are let in."""
        return lambda request: answer(self._doorman.customer(request), request)

    # --- Company API v1 ------------------------------------------------------------------------------

    def contracts(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """A page of contracts; the last has no cursor."""
        return reply(200, page(request, customer.contracts, SandboxContract.resource))

    def contract(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """One contract."""
        return reply(200, contract_of(customer, request.parts["contract"]).resource())

    def summary(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """What a contract has left; 404 without a pricing plan."""
        contract = contract_of(customer, request.parts["contract"])
        plan = self._orders.plan_now(contract)
        if plan is None:
            msg = "contract has no pricing plan"
            raise not_found(msg)
        return reply(200, contract.summary(plan))

    # --- Tasking API ---------------------------------------------------------------------------------

    def price(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """The price of a task under a contract with a pricing plan, both refusals as ICEYE words them."""
        asked = price_question(request.query)
        contract = contract_of(customer, asked["contractID"])
        if contract.plan is None:
            msg = "Contract now allowed to query price quotation"
            raise forbidden(msg)
        lat, lon = (degrees(asked[f"pointOfInterest[{axis}]"], axis) for axis in ("lat", "lon"))
        amount = price_of(contract, asked, lon, lat)
        return reply(200, {"amount": amount, "currency": contract.plan.currency})

    def feasibility(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Whether a satellite can take each of a list of tasks, and whether the money reaches for it."""
        body = json_of(request)
        if not isinstance(body, list) or not body:
            msg = "the body must be a list of tasks"
            raise bad_request(msg)
        tasks = [task_body(task, "v2") for task in cast(Sequence[Any], body)]
        return reply(200, {"feasibility": [{"result": self._result(customer, task)} for task in tasks]})

    def _result(self, customer: Customer, task: Mapping[str, Any]) -> str:
        contract = contract_of(customer, task["contractID"])
        asked = filled(contract, task)
        check_window(asked, asked["priority"], self._world.clock.now())
        self._orders.check_funds(contract, price_of(contract, asked, *place_of(asked)))
        return "FEASIBLE" if self._sky.passes(asked) else INFEASIBLE
