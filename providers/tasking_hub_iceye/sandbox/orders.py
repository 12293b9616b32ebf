"""Tasks bought from the played ICEYE: created, listed, read, cancelled, and the money that they hold and cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from tasking_hub import HttpResponse, format_time
from tasking_hub.sandbox import SandboxRequest, World, reply
from tasking_hub_iceye.sandbox.catalogue import Customer, PricingPlan, SandboxContract
from tasking_hub_iceye.sandbox.checks import (
    check_window,
    json_of,
    moment,
    task_body,
    window_of,
)
from tasking_hub_iceye.sandbox.errors import bad_request, not_found
from tasking_hub_iceye.sandbox.life import (
    ACTIVE,
    CANCELED,
    DONE,
    FULFILLED,
    RECEIVED,
    Life,
    plan_life,
    sla_of,
)
from tasking_hub_iceye.sandbox.pages import page
from tasking_hub_iceye.sandbox.pricing import check_funds, check_open, contract_of, filled, place_of, price_of
from tasking_hub_iceye.sandbox.sky import Sky
from tasking_hub_iceye.sandbox.webhooks import Webhooks

_FEES = ((72, 0), (48, 10), (24, 20))
"""Percent of the price until so many hours before the start (Data Product Specification 6.0.5, table 3-4)."""

_WHOLE = 100
_NOT_LISTED = frozenset({"notifications", "deliveries"})


@frozen(kw_only=True)
class PlayedTask:
    """One task: what was asked, filled in, and what becomes of it.

    Attributes:
        id: as ICEYE numbers tasks.
        body: the task as created, with everything that the contract filled in.
        amount: its price in minor units.
        life: what becomes of it unless it is cancelled.
        cancelled: when it was, or None.
    """

    id: str
    body: Mapping[str, Any]
    amount: int
    life: Life
    cancelled: datetime | None = None

    @property
    def created(self) -> datetime:
        """When it was created."""
        return self.life.steps[0][0]

    def steps(self, now: datetime) -> tuple[tuple[datetime, str], ...]:
        """Every status so far, with its moment; nothing follows a cancellation."""
        if self.cancelled is None:
            return self.life.until(now)
        return (*self.life.until(self.cancelled), (self.cancelled, CANCELED))

    def status(self, now: datetime) -> str:
        """ICEYE's word for where it stands."""
        return self.steps(now)[-1][1]

    def held(self, now: datetime) -> int:
        """Minor units on hold for it."""
        return self.amount if self.status(now) in {RECEIVED, ACTIVE} else 0

    def spent(self, now: datetime) -> int:
        """Minor units charged for it: the price of an image, or the fee for leaving."""
        status = self.status(now)
        if status == CANCELED and self.cancelled is not None:
            return round(self.amount * self._fee_percent(self.cancelled) / 100)
        return self.amount if status in {FULFILLED, DONE} else 0

    def _fee_percent(self, at: datetime) -> int:
        start, _ = window_of(self.body)
        if start - self.created < timedelta(hours=_FEES[-1][0]):
            return _WHOLE
        return next((percent for hours, percent in _FEES if start - at > timedelta(hours=hours)), _WHOLE)

    def resource(self, now: datetime) -> dict[str, Any]:
        """The JSON of get-task."""
        steps = self.steps(now)
        ready = next((at for at, status in steps if status in {FULFILLED, DONE}), None)
        body = {**self.body, "id": self.id, "status": steps[-1][1]}
        body |= {"createdAt": format_time(self.created), "updatedAt": format_time(steps[-1][0])}
        body |= {"fulfilledAt": format_time(ready)} if ready else {}
        body["productsAvailableInSeconds"] = int(sla_of(self.body).total_seconds())
        if "deliveries" in body:
            state = "success" if steps[-1][1] == DONE else "pending"
            deliveries: list[dict[str, Any]] = self.body["deliveries"]
            body["deliveries"] = [{**one, "id": self.id, "status": state} for one in deliveries]
        return body

    def listed(self, now: datetime) -> dict[str, Any]:
        """The JSON of one item of list-tasks."""
        return {name: value for name, value in self.resource(now).items() if name not in _NOT_LISTED}


class Orders:
    """Everything bought so far, by all customers.

    Args:
        world: clock, seed and orbits.
        sky: which passes there are.
        webhooks: those that a task may name.
    """

    def __init__(self, world: World, sky: Sky, webhooks: Webhooks) -> None:
        self._world = world
        self._sky = sky
        self._webhooks = webhooks
        self._numbers = count(1)
        self._tasks: dict[str, PlayedTask] = {}
        self._charged_at_most: Counter[str] = Counter()

    # --- Money ---------------------------------------------------------------------------------------

    def plan_now(self, contract: SandboxContract) -> PricingPlan | None:
        """The contract's prices with what its tasks hold and have cost by now, or None without a pricing plan."""
        plan, now = contract.plan, self._world.clock.now()
        if plan is None:
            return None
        tasks = [task for task in self._tasks.values() if task.body["contractID"] == contract.id]
        spent, held = sum(task.spent(now) for task in tasks), sum(task.held(now) for task in tasks)
        return evolve(plan, spent=plan.spent + spent, on_hold=plan.on_hold + held)

    def check_funds(self, contract: SandboxContract, amount: int) -> None:
        """Nothing, where the money reaches for one more task.

        Raises:
            RefusedError: as `pricing.check_funds` says.
        """
        left = contract.plan.left if contract.plan else None
        # Thousands of tasks need not be added up while the money would reach even if all of them were charged.
        if left is not None and left - self._charged_at_most[contract.id] < amount:
            check_funds(self.plan_now(contract), amount)

    # --- Endpoints -----------------------------------------------------------------------------------

    def create(self, version: str, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Create a task: syntax, contract, window and budget are checked, orbits are not."""
        task = task_body(json_of(request), version)
        contract, now = contract_of(customer, task["contractID"]), self._world.clock.now()
        check_open(contract, now)
        body = filled(contract, task)
        check_window(body, body["priority"], now)
        self._webhooks.check(body)
        amount = price_of(contract, body, *place_of(body))
        self.check_funds(contract, amount)
        task_id = str(UUID(int=self._world.rng("task", next(self._numbers)).getrandbits(128), version=4))
        life = plan_life(self._world, self._sky, body, body.get("reference", task_id), now)
        self._charged_at_most[contract.id] += amount
        self._tasks[task_id] = PlayedTask(id=task_id, body=body, amount=amount, life=life)
        return reply(201, self._tasks[task_id].resource(now))

    def list(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """A page of the customer's tasks, oldest first."""
        now = self._world.clock.now()
        after, before = moment(request, "createdAfter"), moment(request, "createdBefore")
        asked = request.parameter("contractID")
        contracts = {contract_of(customer, asked).id} if asked else {one.id for one in customer.contracts}
        chosen = [
            task
            for task in self._tasks.values()
            if task.body["contractID"] in contracts
            and (after is None or task.created >= after)
            and (before is None or task.created <= before)
        ]
        return reply(200, page(request, chosen, lambda task: task.listed(now)))

    def get(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """One task."""
        return reply(200, self.task(customer, request).resource(self._world.clock.now()))

    def cancel(self, customer: Customer, request: SandboxRequest) -> HttpResponse:
        """Cancel a task that is RECEIVED or ACTIVE; status and words for any other are the sandbox's own choice."""
        task, now = self.task(customer, request), self._world.clock.now()
        if json_of(request) != {"status": CANCELED}:
            msg = "the body must be an object with nothing but the status CANCELED"
            raise bad_request(msg)
        if task.status(now) not in {RECEIVED, ACTIVE}:
            msg = f"a task that is {task.status(now)} cannot be canceled"
            raise bad_request(msg)
        self._tasks[task.id] = evolve(task, cancelled=now)
        return reply(200, self._tasks[task.id].resource(now))

    def task(self, customer: Customer, request: SandboxRequest) -> PlayedTask:
        """The task that the path names.

        Raises:
            RefusedError: 404 where the customer has none of that id.
        """
        task = self._tasks.get(request.parts["task"])
        if task is None or customer.contract(task.body["contractID"]) is None:
            msg = "task not found"
            raise not_found(msg)
        return task
