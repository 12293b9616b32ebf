"""Airbus' side of buying, leaving and collecting: it awaits and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from attrs import evolve

from tasking_hub import (
    CancellationStep,
    Deliverable,
    Edit,
    Hint,
    HttpRequest,
    InvalidRequestError,
    Opportunity,
    Order,
    OrderState,
    Purchase,
    Quote,
    QuoteRefusedError,
    RejectedRequestError,
    TaskingHubError,
    UnsupportedActionError,
)
from tasking_hub_airbus import translate
from tasking_hub_airbus.following import AirbusFollowing
from tasking_hub_airbus.translate import Inquiry, Target, Way
from tasking_hub_airbus.wire import AvailableOption, ContractInfo


class AirbusOrdering(AirbusFollowing):
    """What changes something at Airbus, and the images that come of it."""

    settling_s: ClassVar[float] = translate.SETTLING_S

    # --- Buying --------------------------------------------------------------------------------------

    async def review(self, quote: Quote) -> Quote:
        """The price, the production options and the deadline as they stand now."""
        opportunity = quote.opportunity
        request = translate.options_request(self.settings, self._inquiry(opportunity), Target.behind(opportunity))
        self._memory.forget(request, opportunity.request.area.wkb_hex)
        return await self.quote(opportunity)

    async def place(self, purchase: Purchase) -> Order:
        """Order an attempt or a plan; on Pléiades Neo, ask for a quotation of what is studied first.

        The order has no id yet: Airbus names the tasking only when it is looked up by reference.

        Raises:
            ResponseError: Airbus refused it: nothing was bought, unless it is a `ProviderUnavailableError`.
            QuoteRefusedError: its deadline has passed, it has no market or an option is not offered; nothing was sent.
            UnsentRequestError: nothing that buys reached Airbus, also where the options that it needs cannot be read.
            OutcomeUnknownError: it was sent and no answer came.
            MalformedResponseError: an unreadable 2xx: it was probably bought.
        """
        return await self._place(purchase, translate.way_of(purchase))

    async def request_quotation(self, purchase: Purchase) -> Order:
        """Ask for a quotation of anything on Pléiades Neo instead of ordering it; fails as `place` does.

        Raises:
            UnsupportedActionError: it is not for Pléiades Neo.
        """
        if Target.behind(purchase.opportunity).backend != translate.NEO:
            msg = "Airbus has quotations for Pléiades Neo only"
            raise UnsupportedActionError(msg)
        return await self._place(purchase, Way.QUOTATION)

    async def _place(self, purchase: Purchase, way: Way) -> Order:
        inquiry = self._inquiry(purchase.opportunity)
        refusal = translate.unplaceable(self.settings, inquiry, purchase)
        if refusal is not None:
            raise QuoteRefusedError(refusal)
        try:
            request = await self._order_request(inquiry, purchase, way)
        except translate.OptionConflictError as conflict:
            refusal = translate.conflict_refusal(inquiry, Target.behind(purchase.opportunity), conflict)
            raise QuoteRefusedError(refusal) from conflict
        except translate.FAILED_BEFORE as error:
            raise translate.not_sent(translate.place_url(self.settings, way), error) from error
        return translate.read_placed(inquiry, purchase, way, await self._sender.send(request))

    async def _order_request(self, inquiry: Inquiry, purchase: Purchase, way: Way) -> HttpRequest:
        target = Target.behind(purchase.opportunity)
        production = translate.resolve_options(await self._options(inquiry, target), inquiry.production_wishes)
        workspace = await self._workspace(target.contract)
        return translate.place_request(self.settings, inquiry, purchase, production, workspace, way)

    async def look_up(self, purchase: Purchase) -> Order | None:
        """The order with this customerReference, or None where its contract shows none."""
        contract = Target.behind(purchase.opportunity).contract
        found = await self._referenced(contract, purchase.reference)
        if found is None or found.price is not None or purchase.quote is None:
            return found
        return evolve(found, price=purchase.quote.price)

    # --- Leaving -------------------------------------------------------------------------------------

    async def cancel(self, order: Order) -> Order:
        """Cancel an order, until 12 hours before its window starts or until the moment that Airbus names.

        Raises:
            UnsupportedActionError: it is too late, or Airbus refuses.
            NotFoundError: Airbus does not show the order, or not yet.
        """
        known = await self._reread(order)
        contract = translate.own_contract(known)
        translate.check_cancel(contract, known, self._clock.now())
        return await self._leave(contract, known, "cancel")

    async def stop(self, order: Order) -> Order:
        """Stop a OneNow that can no longer be cancelled; what was acquired within the criteria is invoiced.

        Raises:
            UnsupportedActionError: it is no OneNow, it can still be cancelled, or Airbus refuses.
            NotFoundError: Airbus does not show the order, or not yet.
        """
        known = await self._reread(order)
        contract = translate.own_contract(known)
        translate.check_stop(contract, known, self._clock.now())
        return await self._leave(contract, known, "stop")

    async def _leave(self, contract: ContractInfo, order: Order, verb: str) -> Order:
        try:
            await self._sender.send(translate.leave_request(self.settings, contract, translate.own_id(order), verb))
        except RejectedRequestError as error:
            msg = f"Airbus refuses to {verb} {order.id}: {error.provider_message or f'status {error.status}'}"
            raise UnsupportedActionError(msg) from error
        leaving = evolve(order, state=OrderState.CANCELLING, cancellable_until=None)
        try:
            now = await self._reread(order)
        except TaskingHubError:  # it was done; only the look at it failed
            return leaving
        return now if now.state in translate.ENDED else leaving

    async def edit(self, order: Order, edit: Edit) -> Order:  # noqa: ARG002 - nothing can be
        """Nothing can be changed on an order.

        Raises:
            UnsupportedActionError: always.
        """
        raise UnsupportedActionError(translate.NO_EDIT)

    def cancellation(self, order: Order) -> tuple[CancellationStep, ...]:
        """Until when it can be left; Airbus publishes no fee."""
        return translate.terms_of(order)

    # --- Collecting ----------------------------------------------------------------------------------

    async def deliverables(self, order: Order) -> tuple[Deliverable, ...]:
        """Files in the workspace that carry the order's reference; a link without a right answers 403 on its own.

        Raises:
            ConfigurationError: the workspace is not known.
        """
        known = await self._identified(order)
        workspace = await self._workspace(translate.own_contract(known))
        request = translate.delivered_request(self.settings, translate.known_workspace(workspace), known)
        async with aclosing(self._pages(request, translate.read_delivered)) as images:
            mine = [image async for image in images if translate.belongs_to(known, image)]
        taken = await self.acquisitions(known) if any(map(translate.names_its_source, mine)) else ()
        names = translate.catalogued(taken)
        return tuple(file for image in mine for file in translate.read_deliverables(self.settings, known, image, names))

    async def licence(self, contract_id: str, licence_id: str) -> Any:
        """A licence as Airbus describes it: its JSON, whose form is not documented."""
        return (await self._sender.send(translate.licence_request(self.settings, contract_id, licence_id))).json()

    def read_hook(self, headers: Mapping[str, str], body: bytes) -> Hint:  # noqa: ARG002 - it can be none of Airbus'
        """Airbus has no webhooks about orders.

        Raises:
            InvalidRequestError: always.
        """
        raise InvalidRequestError(translate.NO_HOOKS)

    # --- What all of them need -----------------------------------------------------------------------

    def _inquiry(self, opportunity: Opportunity) -> Inquiry:
        return Inquiry.of(self.account, opportunity.request, self._clock.now())

    async def _options(self, inquiry: Inquiry, target: Target) -> tuple[AvailableOption, ...]:
        request = translate.options_request(self.settings, inquiry, target)
        return await self._memory.ask(request, translate.read_options, inquiry.request.area.wkb_hex)

    async def _workspace(self, contract: ContractInfo) -> str | None:
        if translate.backend_of(contract) == translate.NEO:
            return translate.own_workspace(contract)
        if self.settings.workspace_id is not None:
            return self.settings.workspace_id
        return await self._memory.ask(translate.me_request(self.settings), translate.read_workspace)
