"""Planet's side of following orders: it awaits and nothing else; what it means stands in `translate`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from datetime import datetime
from typing import ClassVar

from attrs import evolve

from tasking_hub import (
    Acquisition,
    Decision,
    HttpRequest,
    HttpResponse,
    MalformedResponseError,
    NotFoundError,
    Opportunity,
    Order,
    OrderingProvider,
    PermissionDeniedError,
    Purchase,
    RejectedRequestError,
    TaskRequest,
    UnsupportedActionError,
)
from tasking_hub_planet import translate
from tasking_hub_planet.options import PlanetOptions, PlanetSettings
from tasking_hub_planet.translate import (
    Assets,
    CaptureFacts,
    CaptureReview,
    Inquiry,
    Item,
    OrderFacts,
    OrderFilter,
    Query,
)
from tasking_hub_planet.wire import PricingDetails

_NOT_TOLD = (NotFoundError, PermissionDeniedError, RejectedRequestError, MalformedResponseError)
"""What may come of asking where Planet's documentation only names an operation: then it is done without."""


class PlanetFollowing(OrderingProvider[PlanetSettings]):
    """Orders, their prices, lists, history and captures, and what waits for the buyer."""

    settling_s: ClassVar[float] = translate.SETTLING_S

    def _inquiry(self, request: TaskRequest) -> Inquiry:
        return Inquiry(
            account=self.account,
            settings=self.settings,
            request=request,
            options=request.options_for(self.name, PlanetOptions),
            asked_at=self._clock.now(),
        )

    def _inquiry_about(self, opportunity: Opportunity) -> Inquiry:
        """The inquiry that would find an opportunity again."""
        return evolve(self._inquiry(opportunity.request), product=opportunity.product)

    async def orders(self, since: datetime | None = None) -> AsyncIterator[Order]:
        """The account's orders, the last changed first; with `since`, also those that only the history knows of."""
        seen = set[str]()
        async with aclosing(self._listed(since)) as listed:
            async for facts in listed:
                if facts.order.id not in seen:
                    seen.add(facts.order.id)
                    yield translate.read_order(self.account, facts)
        for order_id in () if since is None else await self._changed(since):
            missed = None if order_id in seen else await self._known(order_id)
            if missed is not None:
                yield translate.read_order(self.account, missed)

    async def tasking_orders(self, wanted: OrderFilter) -> AsyncIterator[Order]:
        """The account's orders that pass Planet's own filters, page by page."""
        async with aclosing(self._pages(translate.orders_request(self.settings, wanted))) as pages:
            async for page in pages:
                for facts in translate.read_orders(page):
                    yield translate.read_order(self.account, facts)

    async def order(self, order_id: str) -> Order:
        """One order with its price; `replaced` names the orders in its favour once all of them are gone.

        Raises:
            NotFoundError: Planet does not know it.
        """
        facts = await self._facts(order_id)
        pricing = await self._pricing(order_id)
        replaced = await self._replaced(facts, pricing)
        return translate.read_order(self.account, facts, pricing=pricing, replaced=replaced)

    async def acquisitions(self, order: Order) -> tuple[Acquisition, ...]:
        """The captures of an order, planned ones too, each with Planet's own word."""
        order_id = id_of(order)
        return tuple([translate.read_acquisition(facts, order_id) async for facts in self._captures(order_id)])

    async def decisions(self) -> AsyncIterator[Decision]:
        """Captures published in the last two weeks that nobody asked Planet to review."""
        now = self._clock.now()
        async with aclosing(self._pages(translate.published_request(self.settings))) as pages:
            async for page in pages:
                captures = translate.read_captures(page)
                for facts in captures:
                    if translate.is_reviewable(facts, now) and not await self._is_reviewed(facts.capture.id):
                        yield translate.read_decision(self.account, facts)
                if not any(translate.published_after(facts, now - translate.REVIEW_TIME) for facts in captures):
                    return

    async def decide(self, decision: Decision, *, accept: bool) -> None:
        """Ask for a review of a capture that is not accepted; to accept it, Planet needs to hear nothing.

        Raises:
            UnsupportedActionError: the two weeks after publication are over.
        """
        if not accept:
            translate.check_decision(decision, self._clock.now())
            await self.ask_for_review(decision.id, CaptureReview())

    async def ask_for_review(self, capture_id: str, review: CaptureReview) -> None:
        """Ask Planet to look at a capture again, for a reason of your own; nothing where it was asked already."""
        if not await self._is_reviewed(capture_id):
            await self._sender.send(translate.review_request(self.settings, capture_id, review))

    # --- What is read, alone or page by page -------------------------------------------------------------

    async def _facts(self, order_id: str) -> OrderFacts:
        return translate.read_facts(await self._sender.send(translate.get_order_request(self.settings, order_id)))

    async def _known(self, order_id: str) -> OrderFacts | None:
        try:
            return await self._facts(order_id)
        except NotFoundError:
            return None

    async def _pricing(self, order_id: str) -> PricingDetails | None:
        try:
            response = await self._sender.send(translate.order_pricing_request(self.settings, order_id))
            return translate.read_pricing(response)
        except _NOT_TOLD:
            return None

    async def _why_not_made(self, purchase: Purchase) -> str:
        """What Planet says of an order that it did not make of a bulk; nothing where it does not say."""
        try:
            return translate.read_why(await self._sender.send(translate.payloads_request(self.settings, purchase)))
        except _NOT_TOLD:
            return ""

    async def _replaced(self, facts: OrderFacts, pricing: PricingDetails | None) -> tuple[str, ...]:
        """The orders that this one replaced: all of them, once it is locked in and each of them is gone, or none."""
        ids = translate.replaced_ids(pricing) if facts.locked_in else ()
        others = [await self._known(order_id) for order_id in ids]
        return ids if all(other is not None and other.gone for other in others) else ()

    async def _changed_order(self, response: HttpResponse, order_id: str) -> Order:
        """The order in the answer to a change, else as it is read now: Planet may answer without a body."""
        facts = translate.facts_or_none(response) or await self._facts(order_id)
        return translate.read_order(self.account, facts)

    async def _is_reviewed(self, capture_id: str) -> bool:
        return translate.has_reviews(await self._sender.send(translate.reviews_request(self.settings, capture_id)))

    async def _pages(self, request: HttpRequest | None) -> AsyncGenerator[HttpResponse, None]:
        asked = set[Query]()
        while request is not None:
            response = await self._sender.send(request)
            yield response
            asked.add(request.query)
            request = translate.next_page(request, response, asked)

    async def _listed(self, since: datetime | None) -> AsyncGenerator[OrderFacts, None]:
        """The orders of the list up to the first page on which nothing changed since then."""
        async with aclosing(self._pages(translate.orders_request(self.settings))) as pages:
            async for page in pages:
                changed = [facts for facts in translate.read_orders(page) if translate.changed_since(facts, since)]
                for facts in changed:
                    yield facts
                if not changed:
                    return

    async def _changed(self, since: datetime) -> list[str]:
        """Ids of the orders that changed by the history; none where Planet tells none."""
        found: list[str] = []
        try:
            async with aclosing(self._pages(translate.history_request(self.settings))) as pages:
                async for page in pages:
                    changed = translate.read_changed_ids(page, since)
                    found += changed
                    if not changed:
                        break
        except _NOT_TOLD:
            pass
        return list(dict.fromkeys(found))

    async def _captures(self, order_id: str) -> AsyncGenerator[CaptureFacts, None]:
        async with aclosing(self._pages(translate.captures_request(self.settings, order_id))) as pages:
            async for page in pages:
                for facts in translate.read_captures(page):
                    yield facts

    async def _assets(self, item: Item) -> Assets:
        """The files of an item; none where the catalogue does not show it yet."""
        try:
            return translate.read_assets(await self._sender.send(translate.assets_request(self.settings, item)))
        except (NotFoundError, PermissionDeniedError):
            return {}

    async def _activate(self, request: HttpRequest) -> None:
        """Ask for a file; where Planet refuses, the others are there all the same."""
        with suppress(NotFoundError, PermissionDeniedError, RejectedRequestError):
            await self._sender.send(request)


def id_of(order: Order) -> str:
    """Planet's id of an order.

    Raises:
        UnsupportedActionError: it is not known yet.
    """
    if order.id is None:
        msg = f"the order {order.reference} has no id at Planet yet: look it up first"
        raise UnsupportedActionError(msg)
    return order.id
