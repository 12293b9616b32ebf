"""ICEYE's tasks as they stand: lists, one task, its scene; it awaits and nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial

from attrs import evolve
from shapely.geometry.base import BaseGeometry

from tasking_hub import (
    Acquisition,
    Decision,
    HttpRequest,
    HttpResponse,
    NotFoundError,
    Order,
    OrderingProvider,
    RejectedRequestError,
    UnsupportedActionError,
)
from tasking_hub_iceye.options import ApiVersion, IceyeSettings
from tasking_hub_iceye.translate import collecting, following, leaving, orders
from tasking_hub_iceye.wire_orders import TaskPage

_NO_DECISIONS: tuple[Decision, ...] = ()


class IceyeFollowing(OrderingProvider[IceyeSettings]):
    """Tasks, scenes and decisions of one account."""

    _tasks_at_once = following.TASKS_PER_PAGE

    # --- Orders --------------------------------------------------------------------------------------

    async def orders(self, since: datetime | None = None) -> AsyncIterator[Order]:
        """The tasks of all contracts, page by page, in ICEYE's order, which is not documented."""
        after = since and since - following.LONGEST_LIFE
        async with aclosing(self._tasks(None, after)) as pages:
            async for page in pages:
                for order in following.orders_of(self.account, page, since):
                    yield order

    async def order(self, order_id: str) -> Order:
        """One task."""
        return orders.read_order(self.account, await self._sender.send(following.task_request(self.settings, order_id)))

    # --- Images --------------------------------------------------------------------------------------

    async def acquisitions(self, order: Order) -> tuple[Acquisition, ...]:
        """The task's one scene, where ICEYE has planned or taken it; what it shows comes with the products of v2."""
        if order.id is None or not following.has_scene(order):
            return ()
        try:
            response = await self._sender.send(following.scene_request(self.settings, order.id))
        except NotFoundError:
            return ()
        image = following.read_scene(order, response, self._clock.now())
        return (evolve(image, footprint=await self._footprint(order)),)

    async def _footprint(self, order: Order) -> BaseGeometry | None:
        if order.id is None or self.settings.api_version is ApiVersion.V1 or not following.has_products(order):
            return None
        try:
            response = await self._sender.send(collecting.products_request(self.settings, order.id))
        except NotFoundError:
            return None
        return collecting.read_footprint(response)

    # --- Decisions -----------------------------------------------------------------------------------

    async def decisions(self) -> AsyncIterator[Decision]:
        """Nothing: ICEYE asks its buyers for no decisions."""
        for decision in _NO_DECISIONS:
            yield decision

    async def decide(self, decision: Decision, *, accept: bool) -> None:  # noqa: ARG002 - there is nothing to decide
        """Refuse: there is nothing to decide."""
        raise UnsupportedActionError(leaving.NO_DECISION)

    # --- What all of them need -----------------------------------------------------------------------

    async def _tasks(self, contract_id: str | None, created_after: datetime | None) -> AsyncGenerator[TaskPage]:
        cursors: list[str] = []
        while True:
            cursor = cursors[-1] if cursors else None
            ask = partial(
                following.list_request, self.settings, cursor, contract_id=contract_id, created_after=created_after
            )
            page = following.read_tasks(await self._listed(ask), before=cursors)
            yield page
            if not page.cursor:
                return
            cursors.append(page.cursor)

    async def _listed(self, ask: Callable[..., HttpRequest]) -> HttpResponse:
        """A page of as many tasks as are configured, else of as many as ICEYE takes."""
        configured = self.settings.tasks_per_page
        try:
            return await self._sender.send(ask(limit=configured or self._tasks_at_once))
        except RejectedRequestError:
            if configured or self._tasks_at_once == following.FEWER_TASKS_PER_PAGE:
                raise
        response = await self._sender.send(ask(limit=following.FEWER_TASKS_PER_PAGE))
        self._tasks_at_once = following.FEWER_TASKS_PER_PAGE
        return response
