"""Spending limits: what may be committed per order, per account and day, and under a prefix of references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import attrs
from attrs import field, frozen

from tasking_hub.compare.rates import Rates
from tasking_hub.errors import ConfigurationError, SpendingLimitError
from tasking_hub.money import Money
from tasking_hub.orders.intent import Intent

__all__ = ["ANY_ACCOUNT", "Limits", "Scope", "check"]

ANY_ACCOUNT = "*"
"""In `Limits.per_account_per_day`: every account that has no limit of its own, each by itself."""


def _amount(_instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, Money) and value.amount >= 0):
        msg = f"limits.{attribute.name}: expected one amount of money, not negative"
        raise ConfigurationError(msg)


def _amounts(_instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    table = cast("Mapping[str, object]", value if isinstance(value, Mapping) else {"": None})
    if not all(isinstance(amount, Money) and amount.amount >= 0 for amount in table.values()):
        msg = f"limits.{attribute.name}: expected a table of amounts of money, none negative"
        raise ConfigurationError(msg)


@frozen(kw_only=True)
class Limits:
    """What may be spent. Orders that were refused or not placed count nothing; cancelled and failed ones still count.

    Attributes:
        per_order: the dearest single order, or None.
        per_account_per_day: by account, or by `ANY_ACCOUNT`: what its orders of one UTC day may cost together.
        per_reference_prefix: by prefix: what all orders whose reference begins so may cost together, for ever.
    """

    per_order: Money | None = field(default=None, validator=_amount)
    per_account_per_day: Mapping[str, Money] = field(factory=dict[str, Money], validator=_amounts)
    per_reference_prefix: Mapping[str, Money] = field(factory=dict[str, Money], validator=_amounts)

    def scopes(self, intent: Intent) -> Iterator[Scope]:
        """The limits that an intent must keep, and which other intents count against each."""
        if self.per_order is not None:
            yield Scope(name="per_order", limit=self.per_order)
        day = self.per_account_per_day.get(intent.account, self.per_account_per_day.get(ANY_ACCOUNT))
        if day is not None:
            start = intent.committed_at.replace(hour=0, minute=0, second=0, microsecond=0)
            name = f"per_account_per_day.{intent.account}"
            yield Scope(
                name=name, limit=day, shared=True, account=intent.account, since=start, until=start + timedelta(days=1)
            )
        for prefix, limit in self.per_reference_prefix.items():
            if intent.reference.startswith(prefix):
                yield Scope(name=f"per_reference_prefix.{prefix}", limit=limit, shared=True, prefix=prefix)


@frozen(kw_only=True)
class Scope:
    """One limit, and whose money counts against it.

    Attributes:
        name: as in the configuration.
        limit: what may be spent.
        shared: other purchases count too, those that fit what follows; else the order stands alone.
        account: of this account only, or of any.
        since: committed from then on.
        until: and before then.
        prefix: with a reference that begins so.
    """

    name: str
    limit: Money
    shared: bool = False
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    prefix: str = ""


def check(scope: Scope, intent: Intent, spent: Iterable[Money], rates: Rates) -> None:
    """Hold a purchase against one limit.

    Args:
        scope: the limit.
        intent: the purchase.
        spent: what is committed in that scope already, one sum a currency.
        rates: what the limit's currency costs in the others.

    Raises:
        SpendingLimitError: it goes beyond the limit, or cannot be compared with it.
    """
    if intent.committed is None:
        msg = "nobody knows what this costs in money: name a reserve, or what a unit of its quota costs"
        raise SpendingLimitError(msg, intent.reference, scope.name)
    cost = _converted(intent.committed, scope, intent, rates)
    before = Money(Decimal(0), scope.limit.currency)
    for money in spent:
        before += _converted(money, scope, intent, rates)
    if before + cost > scope.limit:
        msg = f"this costs {cost}, and {before} of {scope.limit} are committed"
        raise SpendingLimitError(msg, intent.reference, scope.name)


def _converted(money: Money, scope: Scope, intent: Intent, rates: Rates) -> Money:
    converted = rates.convert(money, scope.limit.currency)
    if converted is None:
        msg = f"{money} cannot be compared with {scope.limit} for want of an exchange rate"
        raise SpendingLimitError(msg, intent.reference, scope.name)
    return converted
