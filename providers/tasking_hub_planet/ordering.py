"""Planet's side of buying: it awaits and nothing else; what is said and what it means stands in `translate`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing

from tasking_hub import (
    CancellationStep,
    Deliverable,
    Edit,
    Hint,
    InvalidRequestError,
    NotFoundError,
    Order,
    Purchase,
    QuoteRefusedError,
    RejectedRequestError,
    UnsupportedActionError,
)
from tasking_hub_planet import translate
from tasking_hub_planet.following import PlanetFollowing, id_of
from tasking_hub_planet.translate import OrderFacts


class PlanetOrdering(PlanetFollowing):
    """What follows the price: buying, changing and leaving the order, its images."""

    # --- Buying --------------------------------------------------------------------------------------

    async def place(self, purchase: Purchase) -> Order:
        """Order the imaging window, or the place and time of a flexible order.

        An order that was made is not locked in yet: that comes after `REQUESTED`. One that was sent in a bulk has no id
        yet: `look_up` finds it.

        Raises:
            InvalidRequestError: what is to be bought is neither an imaging window of Planet's nor a flexible order;
                nothing was sent.
            QuoteRefusedError: the window has begun, or what it replaces is not exactly `purchase.replaces`; nothing was
                sent.
            ResponseError: Planet refused it: nothing was bought, unless it is a `ProviderUnavailableError`.
            UnsentRequestError: nothing reached Planet.
            OutcomeUnknownError: it was sent and no answer came.
            MalformedResponseError: an unreadable 2xx: it was probably bought.
        """
        inquiry = self._inquiry_about(purchase.opportunity)
        refusal = translate.check_purchase(inquiry, purchase)
        if refusal is not None:
            raise QuoteRefusedError(refusal)
        response = await self._sender.send(translate.place_request(inquiry, purchase))
        return translate.read_placed(inquiry, response, purchase)

    async def look_up(self, purchase: Purchase) -> Order | None:
        """The order of this name and window, made since it was sent, or None where Planet lists none.

        One that was sent in a bulk, and that no list shows, is what its bulk says: taken, or not made.
        """
        found: list[OrderFacts] = []
        async with aclosing(self._pages(translate.look_up_request(self.settings, purchase))) as pages:
            async for page in pages:
                found += [facts for facts in translate.read_orders(page) if translate.is_of(facts, purchase)]
        first = translate.first_made(found)
        if first is None:
            return await self._look_up_bulk(purchase) if self.settings.order_in_bulk else None
        return translate.as_placed(translate.read_order(self.account, first), purchase)

    async def _look_up_bulk(self, purchase: Purchase) -> Order | None:
        """What became of the bulk of a reference, or None where it never arrived."""
        try:
            answer = await self._sender.send(translate.summary_request(self.settings, purchase))
        except NotFoundError:
            return None
        summary, now = translate.read_summary(answer), self._clock.now()
        if not translate.has_failed(summary):
            return translate.taken_in_bulk(self.account, purchase, at=now, word=summary.status)
        why = await self._why_not_made(purchase)
        return translate.refused_in_bulk(self.account, purchase, at=now, why=why)

    def read_hook(self, headers: Mapping[str, str], body: bytes) -> Hint:  # noqa: ARG002 - it can be none of Planet's
        """Planet has no webhooks for tasking.

        Raises:
            InvalidRequestError: always.
        """
        raise InvalidRequestError(translate.NO_HOOKS)

    # --- Changing, leaving and collecting ------------------------------------------------------------

    async def cancel(self, order: Order) -> Order:
        """Ask to cancel an order, after another look at it; one that is cancelled already is only looked at.

        Raises:
            UnsupportedActionError: by its state, its fields or its own words, Planet does not let it go.
        """
        facts = await self._facts(id_of(order))
        if facts.gone:
            return translate.read_order(self.account, facts)
        translate.check_cancel(facts.order, self._clock.now())
        request = translate.cancel_request(self.settings, facts.order.id)
        try:
            response = await self._sender.send(request)
        except RejectedRequestError as error:
            # The request may have been sent twice, and refused the second time for having worked the first.
            facts = await self._facts(facts.order.id)
            if facts.gone:
                return translate.read_order(self.account, facts)
            raise translate.refused_by_planet(error, "cancel", facts.order.id) from error
        return await self._changed_order(response, facts.order.id)

    async def stop(self, order: Order) -> Order:  # noqa: ARG002 - none, whatever the order
        """Planet has no such action.

        Raises:
            UnsupportedActionError: always.
        """
        raise UnsupportedActionError(translate.NO_STOP)

    async def edit(self, order: Order, edit: Edit) -> Order:
        """Change name, rank or times of an order, after another look at it.

        Raises:
            InvalidRequestError: nothing is to change, or the times are reversed.
            UnsupportedActionError: not in this state, or Planet refuses it.
        """
        facts = await self._facts(id_of(order))
        translate.check_edit(facts.order, edit)
        try:
            response = await self._sender.send(translate.edit_request(self.settings, facts.order.id, edit))
        except RejectedRequestError as error:
            raise translate.refused_by_planet(error, "change", facts.order.id) from error
        return await self._changed_order(response, facts.order.id)

    def cancellation(self, order: Order) -> tuple[CancellationStep, ...]:
        """Whether and until when it can be cancelled, by its own fields; Planet publishes no fee."""
        facts = translate.facts_in(order.raw)
        return order.cancellation if facts is None else translate.cancellation_steps(facts.order)

    async def deliverables(self, order: Order) -> tuple[Deliverable, ...]:
        """The files of the order's published captures that Planet's Data API has ready.

        Those that Planet says it delivered and that are not ready yet are asked for: they are there at a later look.
        """
        found: list[Deliverable] = []
        async for facts in self._captures(id_of(order)):
            for item in translate.items_of(facts):
                assets = await self._assets(item)
                found += translate.read_deliverables(self.settings, facts, item, assets)
                for request in translate.activations(self.settings, facts, assets):
                    await self._activate(request)
        return tuple(found)
