"""What the order book holds of a purchase: everything that is needed to know whether, and what, was bought."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from tasking_hub.clock import utc
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import Opportunity, Order, OrderEvent, Quote
from tasking_hub.money import Money, Quota
from tasking_hub.report.documents import opportunity_document, quote_document, request_document
from tasking_hub.report.plain import plain

__all__ = ["Document", "Drift", "Intent", "fingerprint", "intend"]

Document = Mapping[str, Any]
Drift = Decimal | int | Money
"""How much dearer than accepted it may have become: percent, or an amount."""


@frozen(kw_only=True)
class Intent:
    """A purchase as the order book knows it. Never holds a credential.

    Attributes:
        reference: the buyer's unique handle, over all accounts.
        account: name of the configured account.
        provider: name of its adapter.
        fingerprint: digest of what is bought.
        request: what was wanted, as a document of `tasking_hub.report`.
        accepted: the quote as the buyer accepted it, or None for a purchase without a price.
        bought: the quote as last reviewed before sending; the opportunity for a purchase without a price.
        replaces: ids of the existing orders that the buyer agreed to lose.
        max_price: the highest price that the buyer accepts, or None.
        max_drift: how much dearer than accepted it may have become, or None.
        price: what it costs in the contract's own terms, or None.
        committed: what counts against spending limits, in the base currency where there is a rate, or None where nobody
            knows.
        state: the neutral state.
        order_id: the provider's order id, or None until it is known.
        provider_status: the provider's own word.
        order: the order as last seen at the provider, or None.
        created_at: when it was first written down.
        committed_at: when its money was last counted against the limits.
        sent_at: when it was last sent, or None.
        updated_at: when the book last changed it.
        version: grows with every change: who changes it must have seen the last one.
        steps: how it came to its state, in the order in which it became known.
    """

    reference: str
    account: str
    provider: str
    fingerprint: str
    request: Document = field(repr=False)
    accepted: Document | None = field(repr=False)
    bought: Document = field(repr=False)
    replaces: frozenset[str] = frozenset()
    max_price: Money | Quota | None = None
    max_drift: Drift | None = None
    price: Money | Quota | None = None
    committed: Money | None = None
    state: OrderState = OrderState.INTENDED
    order_id: str | None = None
    provider_status: str | None = None
    order: Order | None = None
    created_at: datetime = field(converter=utc)
    committed_at: datetime = field(converter=utc)
    sent_at: datetime | None = None
    updated_at: datetime = field(converter=utc)
    version: int = 1
    steps: tuple[OrderEvent, ...] = ()

    @property
    def unsettled(self) -> bool:
        """Whether it was sent and nobody knows yet if it was bought."""
        return self.order is None and self.state in {OrderState.SENT, OrderState.UNKNOWN}

    @property
    def unnamed(self) -> bool:
        """Whether the provider has it and has not said yet under which id."""
        return self.order is not None and self.order_id is None and self.state not in TERMINAL

    def as_order(self) -> Order:
        """The order that it stands for: as last seen at the provider, with the book's state and history."""
        seen = self.order or Order(
            account=self.account,
            provider=self.provider,
            id=self.order_id,
            reference=self.reference,
            state=self.state,
            price=self.price,
        )
        return evolve(
            seen,
            reference=self.reference,
            state=self.state,
            provider_status=self.provider_status,
            history=self.steps,
            price=seen.price or self.price,
        )


def intend(
    wanted: Quote | Opportunity,
    *,
    at: datetime,
    reference: str | None = None,
    replaces: frozenset[str] = frozenset(),
    max_price: Money | Quota | None = None,
    max_drift: Drift | None = None,
) -> Intent:
    """An intent to buy a quote, or an opportunity that has no price.

    Raises:
        InvalidRequestError: the reference cannot be one.
    """
    quote = wanted if isinstance(wanted, Quote) else None
    opportunity = wanted.opportunity if isinstance(wanted, Quote) else wanted
    request = opportunity.request
    # The request's own check says what a reference is.
    reference = evolve(request, reference=reference).reference if reference is not None else request.reference
    document = _document(wanted)
    return Intent(
        reference=reference,
        account=opportunity.account,
        provider=opportunity.provider,
        fingerprint=fingerprint(wanted, replaces),
        request=request_document(request),
        accepted=None if quote is None else document,
        bought=document,
        replaces=replaces,
        max_price=max_price,
        max_drift=max_drift,
        price=None if quote is None else quote.price,
        created_at=at,
        committed_at=at,
        updated_at=at,
        steps=(OrderEvent(at=at, state=OrderState.INTENDED),),
    )


def reviewed(intent: Intent, quote: Quote, committed: Money | None, at: datetime) -> Intent:
    """The intent with the quote as it stands now, and what that counts against the limits from now on."""
    return evolve(
        intent, bought=quote_document(quote), price=quote.price, committed=committed, committed_at=at, updated_at=at
    )


def intent_as(known: Intent, wanted: Intent) -> Intent:
    """A known intent with what whoever asks now agreed to and saw last."""
    return evolve(
        known,
        accepted=wanted.accepted,
        bought=wanted.bought,
        max_price=wanted.max_price,
        max_drift=wanted.max_drift,
    )


def _document(wanted: Quote | Opportunity) -> Document:
    return quote_document(wanted) if isinstance(wanted, Quote) else opportunity_document(wanted)


_UNBOUGHT = frozenset({"schema", "reference", "accounts", "properties"})


def fingerprint(wanted: Quote | Opportunity, replaces: frozenset[str] = frozenset()) -> str:
    """A digest of what is bought where, equal for two quotes of the same thing whatever they cost.

    Who places the same purchase again after a restart may hold a fresh quote of it.
    """
    quote = wanted if isinstance(wanted, Quote) else None
    opportunity = wanted.opportunity if isinstance(wanted, Quote) else wanted
    request = request_document(opportunity.request)
    thing = {
        "request": {name: value for name, value in request.items() if name not in _UNBOUGHT},
        "opportunity": {name: plain(getattr(opportunity, name)) for name in _THING},
        "terms": None if quote is None else plain(quote.terms),
        "replaces": sorted(replaces),
    }
    text = json.dumps(thing, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=24, person=b"tasking-intent").hexdigest()


_THING = ("account", "provider", "id", "product", "contract", "kind", "imaging", "window")


_AGAIN = re.compile(r"(?P<first>.*)-again(?P<number>[0-9]{0,3})", re.DOTALL)


def next_reference(reference: str) -> str:
    """The reference of the next try: `r-1`, `r-1-again`, `r-1-again2`; a prefix that has a spending limit stays."""
    match = _AGAIN.fullmatch(reference)
    return f"{reference}-again" if match is None else f"{match['first']}-again{int(match['number'] or 1) + 1}"
