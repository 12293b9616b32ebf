"""What an adapter that can buy adds: it reviews, places once, looks up, lists, changes, leaves and collects."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import ClassVar, TypeVar

from attrs import Factory, field, frozen

from tasking_hub.clock import utc
from tasking_hub.errors import InvalidRequestError
from tasking_hub.models import Acquisition, CancellationStep, Decision, Deliverable, Opportunity, Order, Quote
from tasking_hub.provider import AccountSettings, Provider

SettingsT = TypeVar("SettingsT", bound=AccountSettings)


def _utc_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)


def _opportunity_of(purchase: Purchase) -> Opportunity:
    if purchase.quote is None:
        msg = "a purchase needs a quote, or an opportunity that has no price before a study"
        raise InvalidRequestError(msg)
    return purchase.quote.opportunity


@frozen(kw_only=True)
class Purchase:
    """What is about to be bought, or was sent and is looked for.

    Attributes:
        reference: the buyer's unique handle, in the field that the provider echoes.
        quote: what the buyer accepted, as last reviewed; None for an opportunity without a price, ordered knowingly.
        opportunity: what is bought; the quote's own wherever there is a quote.
        replaces: ids of the existing orders that the buyer agreed to lose.
        sent_at: when it was last sent, or None before.

    Raises:
        InvalidRequestError: there is neither quote nor opportunity, or they are not of each other.
    """

    reference: str
    quote: Quote | None = None
    opportunity: Opportunity = field(default=Factory(_opportunity_of, takes_self=True))
    replaces: frozenset[str] = frozenset()
    sent_at: datetime | None = field(default=None, converter=_utc_or_none)

    def __attrs_post_init__(self) -> None:
        if self.quote is not None and self.quote.opportunity != self.opportunity:
            msg = f"the quote is not for the opportunity {self.opportunity.id}"
            raise InvalidRequestError(msg)


@frozen(kw_only=True)
class Edit:
    """What is to change on an order; None leaves it as it is.

    Attributes:
        name: the order's name or reference at the provider.
        rank: its rank among the buyer's orders, 1 first.
        start: the new start of its window.
        end: the new end of its window.
    """

    name: str | None = None
    rank: int | None = None
    start: datetime | None = None
    end: datetime | None = None


@frozen(kw_only=True)
class Hint:
    """What a webhook says: a hint to look, never the truth itself.

    Attributes:
        order_id: the provider's order id, or None where it names none.
        word: the provider's own word, or None.
    """

    order_id: str | None = None
    word: str | None = None


class OrderingProvider(Provider[SettingsT]):
    """An adapter that can buy. Only `place` and the verbs after `decisions` change anything at the provider.

    Attributes:
        settling_s: seconds after which an order that is not found by its reference was not placed.
    """

    settling_s: ClassVar[float]

    @abstractmethod
    async def review(self, quote: Quote) -> Quote:
        """The quote as it stands now: everything that can have moved is read again.

        Raises:
            QuoteRefusedError: it cannot be bought any more.
        """

    @abstractmethod
    async def place(self, purchase: Purchase) -> Order:
        """Send the one request that buys, never repeated here, and read the answer.

        The first two errors are taken as proof that nothing was sent: once the request is on its way, raise neither.

        Raises:
            QuoteRefusedError: refused by the adapter's own check, nothing sent.
            InvalidRequestError: the purchase cannot be put into a request, nothing sent.
            RejectedRequestError: the provider refused it (so its kin for 401, 403, 404, 429): nothing was bought.
            UnsentRequestError: nothing reached the provider.
            OutcomeUnknownError: it was sent and no answer came.
            ProviderUnavailableError: a 5xx, after which the outcome is unknown too.
            MalformedResponseError: an unreadable 2xx: it was probably bought.
        """

    @abstractmethod
    async def look_up(self, purchase: Purchase) -> Order | None:
        """The order with this reference as the provider shows it, or None where it shows none."""

    @abstractmethod
    def orders(self, since: datetime | None = None) -> AsyncIterator[Order]:
        """The account's orders, newest changes first where the provider can, in as few requests as it allows.

        Args:
            since: leave out what did not change after that moment, where the provider can tell.
        """

    @abstractmethod
    async def order(self, order_id: str) -> Order:
        """One order.

        Raises:
            NotFoundError: the provider does not know it.
        """

    @abstractmethod
    async def acquisitions(self, order: Order) -> tuple[Acquisition, ...]:
        """Images taken or proposed for an order."""

    @abstractmethod
    def decisions(self) -> AsyncIterator[Decision]:
        """What waits for the buyer."""

    @abstractmethod
    async def decide(self, decision: Decision, *, accept: bool) -> None:
        """Tell the provider the buyer's answer.

        Raises:
            UnsupportedActionError: the provider has no such answer.
        """

    @abstractmethod
    async def cancel(self, order: Order) -> Order:
        """Ask to leave; the order as it stands after the answer.

        Raises:
            UnsupportedActionError: the provider does not let this order go; the message says why.
        """

    @abstractmethod
    async def stop(self, order: Order) -> Order:
        """End an order that is at work, keeping (and paying) what was taken.

        Raises:
            UnsupportedActionError: the provider cannot, or not this order.
        """

    @abstractmethod
    async def edit(self, order: Order, edit: Edit) -> Order:
        """Change an order.

        Raises:
            UnsupportedActionError: the provider cannot change that, or not in this state.
        """

    @abstractmethod
    def cancellation(self, order: Order) -> tuple[CancellationStep, ...]:
        """What leaving costs now and at each later step, from the published terms and the order's own fields."""

    @abstractmethod
    async def deliverables(self, order: Order) -> tuple[Deliverable, ...]:
        """Files that are ready; none yet is an empty tuple, not an error."""

    @abstractmethod
    def read_hook(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a webhook of this provider says.

        Raises:
            InvalidRequestError: it is not one of this provider's, or its signature is wrong.
        """
