"""ICEYE's side of buying, leaving and collecting: it awaits and nothing else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import aclosing

from tasking_hub import (
    CancellationStep,
    Deliverable,
    Edit,
    Hint,
    NotFoundError,
    Opportunity,
    Order,
    OrderState,
    PermissionDeniedError,
    Purchase,
    Quote,
    QuoteRefusedError,
    Refusal,
    RejectedRequestError,
    ResponseError,
    UnsupportedActionError,
)
from tasking_hub_iceye.directory import Directory
from tasking_hub_iceye.following import IceyeFollowing
from tasking_hub_iceye.translate import account, collecting, following, hooks, leaving, opportunities, orders, refusals
from tasking_hub_iceye.wire import ContractSummary
from tasking_hub_iceye.wire_orders import TaskDelivery


class IceyeOrdering(IceyeFollowing):
    """Buying from one ICEYE account, and all that follows.

    Attributes:
        settling_s: Assumption: two minutes after a sending, its task is in ICEYE's list or was never made.
    """

    settling_s = 120.0
    _directory: Directory

    @abstractmethod
    async def _price(self, opportunity: Opportunity, funds: ContractSummary | None) -> Quote:
        """The price of an opportunity, beside what is left to spend."""

    # --- Buying --------------------------------------------------------------------------------------

    async def review(self, quote: Quote) -> Quote:
        """The quote at today's price, where window, notice, contract and funds still allow the order."""
        found = quote.opportunity
        task = opportunities.task_of(found)
        contract = await self._directory.contract(task.contract_id)
        now = self._clock.now()
        self._check(contract if isinstance(contract, Refusal) else orders.unorderable(task, contract, now))
        funds = await self._directory.funds_now(task.contract_id)
        current = await self._price(found, funds)
        left = account.available(funds) if funds else None
        self._check(refusals.shortfall(current.money, left, task))
        return current

    async def place(self, purchase: Purchase) -> Order:
        """Create the task, by one request that is sent once; its reference is the purchase's.

        Raises:
            QuoteRefusedError: ICEYE would refuse it by now, so that it was not sent.
        """
        task = orders.purchased_task(purchase)
        request = orders.create_request(self.settings, task)
        refusal = orders.unsendable(task, self._clock.now())
        if refusal is not None:
            raise QuoteRefusedError(refusal)
        response = await self._sender.send(request)
        return orders.bought(orders.read_order(self.account, response), purchase)

    async def look_up(self, purchase: Purchase) -> Order | None:
        """The task of this reference, place and mode among those created since it was sent, the last of several."""
        wanted = orders.purchased_task(purchase)
        after = purchase.sent_at and purchase.sent_at - following.CLOCKS_APART
        async with aclosing(self._tasks(wanted.contract_id, after)) as pages:
            found = following.newest([task async for page in pages for task in page.data if orders.is_of(task, wanted)])
        return orders.bought(orders.order_of(self.account, found), purchase) if found else None

    # --- Leaving -------------------------------------------------------------------------------------

    async def cancel(self, order: Order) -> Order:
        """Cancel a task that is RECEIVED or ACTIVE; one that is cancelled already is given as it is."""
        if order.state is OrderState.CANCELLED:
            return order
        order_id = leaving.free_id(order)
        try:
            response = await self._sender.send(leaving.cancel_request(self.settings, order_id))
        except (RejectedRequestError, PermissionDeniedError) as error:
            return await self._refused_to_go(order, order_id, error)
        return orders.still(orders.read_order(self.account, response), order)

    async def _refused_to_go(self, order: Order, order_id: str, error: ResponseError) -> Order:
        """What a refusal means is not documented, so the task itself is asked."""
        now = orders.still(await self.order(order_id), order)
        if now.state is OrderState.CANCELLED:
            return now
        why = leaving.bound(now)
        if why is None:
            raise error
        raise UnsupportedActionError(why) from error

    async def stop(self, order: Order) -> Order:  # noqa: ARG002 - no order can be stopped
        """Refuse: there is one image, which is taken or not."""
        raise UnsupportedActionError(leaving.NO_STOP)

    async def edit(self, order: Order, edit: Edit) -> Order:  # noqa: ARG002 - nothing can be changed
        """Refuse: ICEYE changes nothing on a task."""
        raise UnsupportedActionError(leaving.NO_EDIT)

    def cancellation(self, order: Order) -> tuple[CancellationStep, ...]:
        """The steps of the product specification that are still ahead, the one that holds now first."""
        return leaving.steps_left(order, self._clock.now())

    # --- Collecting ----------------------------------------------------------------------------------

    async def deliverables(self, order: Order) -> tuple[Deliverable, ...]:
        """The files of every product that is ready; their links are good for an hour."""
        if order.id is None:
            return ()
        try:
            return collecting.named_apart(await self._files(order.id))
        except NotFoundError:
            return ()

    async def _files(self, order_id: str) -> list[Deliverable]:
        files: list[Deliverable] = []
        cursors: list[str] = []
        while True:
            asked_at = self._clock.now()
            request = collecting.products_request(self.settings, order_id, cursors[-1] if cursors else None)
            found = collecting.read_products(order_id, await self._sender.send(request), asked_at, before=cursors)
            files += found.files
            if not found.cursor:
                return files
            cursors.append(found.cursor)

    async def deliveries(self, order_id: str) -> tuple[TaskDelivery, ...]:
        """How far ICEYE has come with sending the products to the places of `IceyeOptions.deliveries`.

        Raises:
            NotFoundError: ICEYE does not know the task.
        """
        request = following.task_request(self.settings, order_id)
        return collecting.read_deliveries(await self._sender.send(request))

    # --- Being told ----------------------------------------------------------------------------------

    def read_hook(self, headers: Mapping[str, str], body: bytes) -> Hint:  # noqa: ARG002 - nothing is signed
        """The task that a callback is about; see `tasking_hub_iceye.translate.hooks`."""
        return hooks.read_hook(body)

    async def register_webhook(self, url: str) -> str:
        """Have ICEYE call this address; the id goes into `IceyeOptions.webhook_id`.

        Assumption: ICEYE publishes the endpoint and not its fields. How its calls authenticate is agreed with ICEYE.
        """
        return hooks.read_webhook(await self._sender.send(hooks.register_request(self.settings, url)))

    # --- Helpers -------------------------------------------------------------------------------------

    def _check(self, refusal: Refusal | None) -> None:
        if refusal is not None:
            raise QuoteRefusedError(refusals.for_account(refusal, self.account))
