"""Airbus' orders as they stand, and what waits for the buyer: it awaits and nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import TypeVar

from tasking_hub import (
    Acquisition,
    Clock,
    ConfigurationError,
    Decision,
    HttpRequest,
    HttpResponse,
    InvalidRequestError,
    Memory,
    NotFoundError,
    Order,
    OrderingProvider,
    RejectedRequestError,
    Sender,
)
from tasking_hub_airbus import translate
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate import OrderFilter, Page, TaskingFilter
from tasking_hub_airbus.wire import ContractInfo, ProductType
from tasking_hub_airbus.wire_orders import NeoOrder, Tasking

FactsT = TypeVar("FactsT")


class AirbusFollowing(OrderingProvider[AirbusSettings]):
    """Lists, acquisitions and decisions of both back ends, each contract on its own paths."""

    def __init__(self, account: str, settings: AirbusSettings, *, sender: Sender, clock: Clock) -> None:
        super().__init__(account, settings, sender=sender, clock=clock)
        self._memory = Memory(sender, clock)
        self._orders_at_once = translate.PAGE_SIZE

    # --- Orders --------------------------------------------------------------------------------------

    async def orders(self, since: datetime | None = None) -> AsyncIterator[Order]:  # noqa: ARG002 - Airbus cannot tell
        """All orders of the account's contracts: Airbus does not say what changed since when."""
        for contract in await self._own_contracts():
            async with aclosing(self._listed(contract, translate.orders_request(self.settings, contract))) as listed:
                async for facts in listed:
                    yield translate.read_order(self.account, contract, facts)

    async def taskings(self, wanted: TaskingFilter) -> AsyncGenerator[Order, None]:
        """The orders of SPOT and Pléiades contracts that pass Airbus' own filters."""
        for contract in await self._own_contracts():
            if not translate.is_neo(contract):
                request = translate.taskings_request(self.settings, contract, wanted)
                async with aclosing(self._pages(request, translate.read_taskings)) as listed:
                    async for tasking in listed:
                        yield translate.read_order(self.account, contract, tasking)

    async def search_orders(self, wanted: OrderFilter) -> AsyncGenerator[Order, None]:
        """The orders and quotations of Pléiades Neo contracts that Airbus' own search finds."""
        for contract in await self._own_contracts():
            if translate.is_neo(contract):
                async with aclosing(self._found(contract, wanted)) as found:
                    async for item in found:
                        yield translate.read_order(self.account, contract, item)

    async def order(self, order_id: str) -> Order:
        """One order by the id of its tasking or its item, looked for in the contracts that may have it.

        Raises:
            NotFoundError: none of them knows it.
        """
        for contract in translate.likely_contracts(await self._own_contracts(), order_id):
            found = await self._order_in(contract, order_id)
            if found is not None:
                return found
        raise translate.no_such_order(self.settings, order_id)

    async def _order_in(self, contract: ContractInfo, order_id: str) -> Order | None:
        request = translate.order_request(self.settings, contract, order_id)
        try:
            page = translate.read_orders(contract, request, await self._sender.send(request))
        except NotFoundError:
            return None
        orders = [translate.read_order(self.account, contract, facts) for facts in page.items]
        return next((order for order in orders if order.id == order_id), None)

    async def _referenced(self, contract: ContractInfo, reference: str) -> Order | None:
        request = translate.look_up_request(self.settings, contract, reference)
        async with aclosing(self._listed(contract, request)) as listed:
            found = [translate.read_order(self.account, contract, facts) async for facts in listed]
        return translate.best_match(found, reference)

    async def _reread(self, order: Order) -> Order:
        """The order as it stands now, by its id, or by its reference while it has none.

        Raises:
            NotFoundError: Airbus does not show it.
        """
        contract = translate.contract_of(order)
        for one in await self._own_contracts() if contract is None else (contract,):
            if order.id is None:
                found = await self._referenced(one, order.reference)
            else:
                found = await self._order_in(one, order.id)
            if found is not None:
                return found
        raise translate.no_such_order(self.settings, order.id or order.reference)

    async def _identified(self, order: Order) -> Order:
        """The order with its id and its contract: as given where it has both."""
        known = order.id is not None and translate.contract_of(order) is not None
        return order if known else await self._reread(order)

    # --- Images --------------------------------------------------------------------------------------

    async def acquisitions(self, order: Order) -> tuple[Acquisition, ...]:
        """Segments (SPOT, Pléiades) or coverages (Pléiades Neo), each with Airbus' own word.

        Raises:
            NotFoundError: Airbus does not show the order, or not yet.
        """
        known = await self._identified(order)
        contract = translate.own_contract(known)
        if known.id is None:  # a quotation that no item came of yet
            return ()
        if not translate.is_neo(contract):
            response = await self._sender.send(translate.segments_request(self.settings, contract, known.id))
            return tuple(translate.read_acquisition(known.id, facts) for facts in translate.read_segments(response))
        request = translate.coverages_request(self.settings, contract, known.id)
        async with aclosing(self._pages(request, translate.read_found_coverages)) as pages:
            return tuple([translate.read_acquisition(known.id, facts) async for facts in pages])

    # --- Decisions -----------------------------------------------------------------------------------

    async def decisions(self) -> AsyncIterator[Decision]:
        """Proposed images of both back ends, quotations that were sent, and studies that are answered by mail."""
        async with aclosing(self._waiting()) as waiting:
            async for decision in waiting:
                yield decision

    async def _waiting(self) -> AsyncGenerator[Decision, None]:
        for contract in await self._own_contracts():
            waiting = self._neo_decisions if translate.is_neo(contract) else self._legacy_decisions
            async with aclosing(waiting(contract)) as decisions:
                async for decision in decisions:
                    yield decision

    async def _legacy_decisions(self, contract: ContractInfo) -> AsyncGenerator[Decision, None]:
        proposed = translate.proposed_request(self.settings, contract)
        async with aclosing(self._pages(proposed, translate.read_taskings)) as taskings:
            async for tasking in taskings:
                async for decision in self._segment_decisions(contract, tasking):
                    yield decision
        studies = translate.studies_request(self.settings, contract)
        async with aclosing(self._pages(studies, translate.read_taskings)) as taskings:
            async for tasking in taskings:
                if translate.is_studied(tasking):
                    yield translate.study_decision(self.account, contract, tasking)

    async def _segment_decisions(self, contract: ContractInfo, tasking: Tasking) -> AsyncIterator[Decision]:
        if tasking.icr.nb_proposed_segments == 0:  # a server may ignore the filter
            return
        response = await self._sender.send(translate.segments_request(self.settings, contract, tasking.icr.id))
        for segment in translate.read_segments(response):
            if translate.is_proposed(segment):
                yield translate.image_decision(self.account, contract, tasking.icr.id, segment)

    async def _neo_decisions(self, contract: ContractInfo) -> AsyncGenerator[Decision, None]:
        async with aclosing(self._found(contract, OrderFilter(quotation_status=translate.SENT))) as quotations:
            async for item in quotations:
                if translate.is_sent(item):
                    yield translate.quotation_decision(self.account, contract, item)
        request = translate.proposed_coverages_request(self.settings, contract)
        async with aclosing(self._pages(request, translate.read_found_coverages)) as coverages:
            async for coverage in coverages:
                if translate.is_proposed(coverage):
                    yield translate.image_decision(self.account, contract, coverage.order_item_id or "", coverage)

    async def decide(self, decision: Decision, *, accept: bool) -> None:
        """Accept or refuse an image or a quotation; sent once.

        A decision without its raw JSON, as an event of a watch has it, is looked for among those that wait.

        Raises:
            UnsupportedActionError: it is a study, whose outcome is answered by mail.
            InvalidRequestError: the decision is not one of Airbus', or waits no longer.
            UnsentRequestError: what waits could not be read, so nothing was answered.
            ResponseError: Airbus refused the answer.
        """
        known = decision if decision.raw else await self._asked_again(decision)
        await self._sender.send(translate.answer_request(self.settings, known, accept=accept))

    async def _asked_again(self, decision: Decision) -> Decision:
        try:
            async with aclosing(self._waiting()) as waiting:
                async for known in waiting:
                    if known.id == decision.id:
                        return known
        except translate.FAILED_BEFORE as error:
            raise translate.not_sent(self.settings.order_url, error) from error
        msg = f"Airbus does not ask {decision.id} any more"
        raise InvalidRequestError(msg, "decision")

    # --- Quotations ----------------------------------------------------------------------------------

    async def export_quotation(self, quotation_id: str) -> bytes:
        """A quotation as PDF."""
        return (await self._sender.send(translate.quotation_export_request(self.settings, quotation_id))).body

    async def answer_quotation(self, contract_id: str, quotation_id: str, *, accept: bool) -> None:
        """Accept or refuse a quotation; sent once."""
        request = translate.quotation_answer_request(self.settings, contract_id, quotation_id, accept=accept)
        await self._sender.send(request)

    # --- What all of them need -----------------------------------------------------------------------

    async def _contracts(self) -> tuple[ContractInfo, ...]:
        return await self._memory.ask(translate.contracts_request(self.settings), translate.read_contracts)

    async def _products(self, contract: ContractInfo) -> tuple[ProductType, ...]:
        request = translate.product_types_request(self.settings, contract.contract_id)
        return await self._memory.ask(request, translate.read_product_types)

    async def _own_contracts(self) -> tuple[ContractInfo, ...]:
        """The configured contract, or all of the account's."""
        contracts, own = await self._contracts(), self.settings.contract_id
        chosen = tuple(one for one in contracts if own in {None, one.contract_id})
        if not chosen:
            msg = f"{self.account}: the account has no contract {own!r}" if own else f"{self.account}: no contract"
            raise ConfigurationError(msg)
        return chosen

    def _listed(
        self, contract: ContractInfo, request: HttpRequest
    ) -> AsyncGenerator[Tasking, None] | AsyncGenerator[NeoOrder, None]:
        if translate.is_neo(contract):
            return self._pages(request, translate.read_found_orders)
        return self._pages(request, translate.read_taskings)

    def _found(self, contract: ContractInfo, wanted: OrderFilter) -> AsyncGenerator[NeoOrder, None]:
        request = translate.search_orders_request(self.settings, contract, wanted)
        return self._pages(request, translate.read_found_orders)

    async def _pages(
        self, first: HttpRequest, read: Callable[[HttpRequest, HttpResponse], Page[FactsT]]
    ) -> AsyncGenerator[FactsT, None]:
        """Everything on all pages; a server that gives the same page again has no more."""
        request, answer = await self._first_page(first)
        last: tuple[FactsT, ...] = ()
        while (page := read(request, answer)).items != last:
            for item in page.items:
                yield item
            if page.following is None:
                return
            request, last = page.following, page.items
            answer = await self._sender.send(request)

    async def _first_page(self, first: HttpRequest) -> tuple[HttpRequest, HttpResponse]:
        """A page of as many orders as are configured, else of as many as Airbus takes."""
        request = translate.of_size(first, self.settings.orders_per_page or self._orders_at_once)
        fewer = translate.of_size(first, translate.FEWER_ORDERS)
        try:
            return request, await self._sender.send(request)
        except RejectedRequestError:
            if self.settings.orders_per_page or request == fewer:
                raise
        answer = await self._sender.send(fewer)
        self._orders_at_once = translate.FEWER_ORDERS
        return fewer, answer
