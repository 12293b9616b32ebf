"""Placing an order exactly once: reviewed, within the limits, durable before it is sent, sent once, recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from tasking_hub.clock import Clock, SystemClock
from tasking_hub.compare.rates import Rates
from tasking_hub.errors import InvalidRequestError, OrderingError, QuoteChangedError, QuoteRefusedError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Comparison, Opportunity, Order, OrderEvent, Quote, RefusalCode
from tasking_hub.money import Money, Quota
from tasking_hub.ordering import OrderingProvider, Purchase
from tasking_hub.orders.book import OrderBook, require_same
from tasking_hub.orders.intent import Document, Drift, Intent, intend, intent_as, next_reference, reviewed
from tasking_hub.orders.limits import Limits
from tasking_hub.orders.recovery import Recovery, ordering_provider
from tasking_hub.orders.review import Accepted, changes, order_deadline
from tasking_hub.orders.sending import SENDING_S, Stage, send
from tasking_hub.provider import Provider
from tasking_hub.registry import Registry
from tasking_hub.report.documents import comparison_document
from tasking_hub.report.reading import read_comparison, read_opportunity, read_quote

__all__ = ["Placer"]

POLL_S = 0.2
"""How often somebody else's sending is looked at, in the book."""

_UNPRICED = frozenset({RefusalCode.STUDY_REQUIRED, RefusalCode.NO_PRICING_PLAN})


def _ignore(_stage: Stage, _reference: str) -> None:
    """Nobody wants to know."""


class Placer:
    """Places orders, and settles those whose outcome is unknown.

    Args:
        book: where intents are durable.
        providers: by account name; one that is no `OrderingProvider` cannot buy.
        registry: the adapters, whose options kept requests may hold.
        clock: what time it is.
        limits: what may be spent.
        currency: the currency in which it is counted.
        rates: exchange rates.
        sending_s: seconds after which a sending without answer is given up; the same for all that share the book.
        reached: told each stage and the reference before the next stage begins.
    """

    def __init__(  # noqa: PLR0913 - everything is passed in
        self,
        book: OrderBook,
        providers: Mapping[str, Provider[Any]],
        *,
        registry: Registry,
        clock: Clock | None = None,
        limits: Limits | None = None,
        currency: str = "EUR",
        rates: Rates | None = None,
        sending_s: float = SENDING_S,
        reached: Callable[[Stage, str], None] = _ignore,
    ) -> None:
        self._book = book
        self._providers = providers
        self._registry = registry
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._currency = currency
        self._rates = rates or Rates.identity(currency)
        self._sending_s = sending_s
        self._reached = reached
        self._recovery = Recovery(
            book=book, providers=providers, registry=registry, clock=self._clock, sending_s=sending_s
        )

    # --- With a price --------------------------------------------------------------------------------

    async def place(
        self,
        quote: Quote,
        *,
        max_price: Money | Quota | None = None,
        max_drift: Drift | None = None,
        replaces: Iterable[str] = (),
        reference: str | None = None,
        comparison: Comparison | None = None,
    ) -> Order:
        """Buy a quote exactly once, however often and from how many processes this is asked for.

        Args:
            quote: what the buyer accepts.
            max_price: the highest price to pay; without `max_drift`, any price up to it will do.
            max_drift: how much dearer than the quote it may be by now: percent, or an amount. Without both: not at all.
            replaces: ids of the existing orders that this may cancel: exactly those that it would.
            reference: the buyer's unique handle; by default that of the request.
            comparison: what it was chosen from, kept for the dossier.

        Returns:
            The order with this reference. Its state is `UNKNOWN` where no answer came: `recover` settles that. Where
            the reference was placed before, it is that order, also if it ended as not placed.

        Raises:
            QuoteChangedError: price, replaced orders or terms are not those accepted, or it has expired.
            QuoteRefusedError: the provider does not sell it any more.
            SpendingLimitError: it goes beyond a limit.
            OrderConflictError: the reference belongs to another purchase.
            ConfigurationError: its account is not configured, or cannot buy.
            ResponseError: the provider refused it; nothing was bought.
            UnsentRequestError: nothing reached the provider; nothing was bought.
            OrderBookError: the book failed; where it had been sent, it is looked up later.
        """
        draft = intend(
            quote,
            at=self._clock.now(),
            reference=reference,
            replaces=frozenset(replaces),
            max_price=max_price,
            max_drift=max_drift,
        )
        provider = ordering_provider(self._providers, draft.account, draft.provider)

        async def review() -> tuple[Intent, Purchase]:
            """What would be bought now, at the price that it has now."""
            now = await self._reviewed(provider, quote, draft)
            purchase = Purchase(reference=draft.reference, quote=now, replaces=draft.replaces)
            return reviewed(draft, now, self._counted(now.money), self._clock.now()), purchase

        return await self._carry_out(provider, draft, review, comparison)

    async def _reviewed(self, provider: OrderingProvider[Any], quote: Quote, draft: Intent) -> Quote:
        now = await provider.review(quote)
        accepted = Accepted(quote=quote, replaces=draft.replaces, max_price=draft.max_price, max_drift=draft.max_drift)
        if changed := changes(accepted, now, at=self._clock.now(), rates=self._rates):
            raise QuoteChangedError(draft.reference, changed)
        return now

    def _counted(self, money: Money | None) -> Money | None:
        """What counts against the limits: in the base currency, or as it is where there is no rate."""
        return None if money is None else self._rates.convert(money, self._currency) or money

    # --- Without a price -----------------------------------------------------------------------------

    async def place_unpriced(
        self,
        opportunity: Opportunity,
        *,
        accept_unpriced: bool,
        reserve: Money | None = None,
        replaces: Iterable[str] = (),
        reference: str | None = None,
        comparison: Comparison | None = None,
    ) -> Order:
        """Order what has no price before people at the provider have studied it, exactly once as with `place`.

        Args:
            opportunity: what the buyer wants.
            accept_unpriced: the buyer knows that the price comes later.
            reserve: what counts against the spending limits; needed where there are any.
            replaces: as for `place`.
            reference: as for `place`.
            comparison: as for `place`.

        Raises:
            InvalidRequestError: the buyer did not accept that there is no price.
            QuoteChangedError: it has a price now, or its deadline has passed.
            TaskingHubError: as for `place`.
        """
        draft = intend(opportunity, at=self._clock.now(), reference=reference, replaces=frozenset(replaces))
        if not accept_unpriced:
            msg = "this is ordered without a price: say accept_unpriced=True"
            raise InvalidRequestError(msg, "accept_unpriced")
        provider = ordering_provider(self._providers, draft.account, draft.provider)

        async def review() -> tuple[Intent, Purchase]:
            """What would be bought now, still without a price."""
            await self._without_price(provider, opportunity, draft)
            purchase = Purchase(reference=draft.reference, opportunity=opportunity, replaces=draft.replaces)
            return evolve(draft, committed=self._counted(reserve), committed_at=self._clock.now()), purchase

        return await self._carry_out(provider, draft, review, comparison)

    async def _without_price(self, provider: OrderingProvider[Any], opportunity: Opportunity, draft: Intent) -> None:
        if changed := order_deadline(opportunity, self._clock.now()):
            raise QuoteChangedError(draft.reference, changed)
        try:
            quote = await provider.quote(opportunity)
        except QuoteRefusedError as error:
            if error.refusal.code not in _UNPRICED:
                raise
            return
        raise QuoteChangedError(draft.reference, {"price": (None, quote.price)})

    # --- Afterwards ----------------------------------------------------------------------------------

    async def recover(self) -> tuple[Order, ...]:
        """Settle what was sent and never answered; see `Recovery.recover`. Nothing is sent."""
        return await self._recovery.recover()

    async def resend(self, reference: str, *, again_as: str | None = None) -> Order:
        """Order again what is known not to have been placed, under a reference of its own, as `place` does.

        Args:
            reference: of what was not placed.
            again_as: the new reference. By default it follows from the old one (`r-1` becomes `r-1-again`), so that
                this too buys once, however often and from how many processes it is asked for.

        Raises:
            UnknownOrderError: the book has no such reference.
            OrderingError: it was placed, or may have been.
            TaskingHubError: as for `place`.
        """
        intent = await self._book.intent(reference)
        if intent.state is not OrderState.NOT_PLACED:
            msg = f"only what was not placed can be ordered again; this is {intent.state}"
            raise OrderingError(msg, reference)
        new, compared = again_as or next_reference(reference), await self._book.compared(reference)
        comparison = None if compared is None else read_comparison(compared, self._registry)
        if intent.accepted is None:
            return await self.place_unpriced(
                read_opportunity(intent.bought, self._registry),
                accept_unpriced=True,
                reserve=intent.committed,
                replaces=intent.replaces,
                reference=new,
                comparison=comparison,
            )
        return await self.place(
            read_quote(intent.accepted, self._registry),
            max_price=intent.max_price,
            max_drift=intent.max_drift,
            replaces=intent.replaces,
            reference=new,
            comparison=comparison,
        )

    # --- Once ----------------------------------------------------------------------------------------

    async def _known(self, draft: Intent) -> Order | None:
        """The order of this reference if it was sent before, or None."""
        known = await self._book.find(draft.reference)
        if known is None:
            return None
        require_same(known, draft)
        settled = await self._answered(known)
        return None if settled.state is OrderState.INTENDED else settled.as_order()

    async def _carry_out(
        self,
        provider: OrderingProvider[Any],
        draft: Intent,
        review: Callable[[], Awaitable[tuple[Intent, Purchase]]],
        comparison: Comparison | None,
    ) -> Order:
        compared = None if comparison is None else comparison_document(comparison)
        # Whoever waited for somebody else's sending, and may send after all, holds a review from before.
        while (known := await self._known(draft)) is None:
            wanted, purchase = await review()
            self._reached(Stage.REVIEWED, draft.reference)
            sent = await self._claimed(wanted, compared)
            if sent is not None:
                return await self._send(provider, sent, purchase)
        return known

    async def _claimed(self, wanted: Intent, compared: Document | None) -> Intent | None:
        """The intent marked as sent, or None where somebody else came first."""
        intent = await self._book.commit(wanted, limits=self._limits, rates=self._rates, compared=compared)
        if intent.state is not OrderState.INTENDED:
            return None
        self._reached(Stage.COMMITTED, wanted.reference)
        # Of all who come this far with the same reference, the book lets one through.
        step = OrderEvent(at=self._clock.now(), state=OrderState.SENT)
        return await self._book.advance(intent_as(intent, wanted), step)

    async def _send(self, provider: OrderingProvider[Any], sent: Intent, purchase: Purchase) -> Order:
        self._reached(Stage.MARKED, sent.reference)
        order = await send(
            self._book,
            provider,
            sent,
            evolve(purchase, sent_at=sent.sent_at),
            clock=self._clock,
            within_s=self._sending_s,
            reached=self._reached,
        )
        intent = await self._book.intent(sent.reference)
        # Some providers name an order only to whoever looks it up.
        return (await self._recovery.settle(intent)).as_order() if intent.unnamed else order

    async def _answered(self, intent: Intent) -> Intent:
        """Wait while somebody else sends it; where that came to no answer, look it up."""
        patience = timedelta(seconds=self._sending_s)
        while intent.state is OrderState.SENT and self._clock.now() < intent.updated_at + patience:
            await self._clock.sleep(POLL_S)
            intent = await self._book.intent(intent.reference)
        return await self._recovery.settle(intent) if intent.unsettled or intent.unnamed else intent
