"""Whether what would be bought is still what was accepted; pure, and silent where it is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen

from tasking_hub.compare.rates import Rates
from tasking_hub.models import Opportunity, Quote, Terms
from tasking_hub.money import Money, Quota
from tasking_hub.orders.intent import Drift

__all__ = ["Accepted", "changes", "order_deadline"]

Changes = dict[str, tuple[Any, Any]]

_SAME = ("product", "contract", "kind", "imaging", "window")


@frozen(kw_only=True)
class Accepted:
    """What the buyer agreed to.

    Attributes:
        quote: the quote.
        replaces: ids of the orders that may be lost.
        max_price: the highest price, or None.
        max_drift: how much dearer than the quote it may be; None: not at all, or up to `max_price` where that is set.
    """

    quote: Quote
    replaces: frozenset[str]
    max_price: Money | Quota | None
    max_drift: Drift | None


def changes(accepted: Accepted, now: Quote, *, at: datetime, rates: Rates) -> Changes:
    """What differs in a way that the buyer did not agree to, by name: as it was accepted, and as it is.

    Cheaper is no change. What the buyer allowed (`max_price`, `max_drift`, `replaces`) is none either.
    """
    return {
        **_price(accepted, now, rates),
        **_ceiling(accepted.max_price, now, rates),
        **_replaced(accepted, now),
        **_terms(accepted.quote.terms, now.terms),
        **_opportunity(accepted.quote, now),
        **_expired(accepted.quote, at),
        **_expired(now, at),
    }


def order_deadline(opportunity: Opportunity, at: datetime) -> Changes:
    """The last moment for an order, where it has passed, and what time it is."""
    return _over("order_deadline", opportunity.order_deadline, at)


def _over(name: str, end: datetime | None, at: datetime) -> Changes:
    return {} if end is None or end > at else {name: (end, at)}


def _expired(quote: Quote, at: datetime) -> Changes:
    return {**_over("expires_at", quote.expires_at, at), **order_deadline(quote.opportunity, at)}


def _price(accepted: Accepted, now: Quote, rates: Rates) -> Changes:
    old, new = accepted.quote, now
    if accepted.max_drift is None and accepted.max_price is not None:
        return {}
    rise = _rise(old.price, new.price)
    if rise is None or not _tolerated(rise, old, new, accepted.max_drift or 0, rates):
        return {"price": (old.price, new.price)}
    return {}


def _rise(old: Money | Quota, new: Money | Quota) -> Decimal | None:
    """By how much the price rose in its own unit, or None where that is another one now."""
    return new.amount - old.amount if _unit(old) == _unit(new) else None


def _unit(price: Money | Quota) -> tuple[str, str]:
    return ("money", price.currency) if isinstance(price, Money) else ("quota", price.unit)


def _tolerated(rise: Decimal, old: Quote, new: Quote, drift: Drift, rates: Rates) -> bool:
    if rise <= 0:
        return True
    if not isinstance(drift, Money):
        return rise * 100 <= old.price.amount * Decimal(drift)
    before, after = _money(old, drift.currency, rates), _money(new, drift.currency, rates)
    return before is not None and after is not None and after - before <= drift


def _money(quote: Quote, currency: str, rates: Rates) -> Money | None:
    return None if quote.money is None else rates.convert(quote.money, currency)


def _ceiling(limit: Money | Quota | None, now: Quote, rates: Rates) -> Changes:
    if limit is None:
        return {}
    if isinstance(limit, Quota) or _unit(limit) == _unit(now.price):
        within = _unit(limit) == _unit(now.price) and now.price.amount <= limit.amount
    else:
        money = _money(now, limit.currency, rates)
        within = money is not None and money <= limit
    return {} if within else {"max_price": (limit, now.price)}


def _replaced(accepted: Accepted, now: Quote) -> Changes:
    lost = frozenset(order.id for order in now.opportunity.replaces)
    return {} if lost == accepted.replaces else {"replaces": (sorted(accepted.replaces), sorted(lost))}


def _terms(old: Terms, new: Terms) -> Changes:
    return {
        f"terms.{item.name}": (getattr(old, item.name), getattr(new, item.name))
        for item in attrs.fields(Terms)
        if getattr(old, item.name) != getattr(new, item.name)
    }


def _opportunity(old: Quote, new: Quote) -> Changes:
    return {
        name: (getattr(old.opportunity, name), getattr(new.opportunity, name))
        for name in _SAME
        if getattr(old.opportunity, name) != getattr(new.opportunity, name)
    }
