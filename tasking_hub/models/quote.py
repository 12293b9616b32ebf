"""A price for an opportunity, and what comes with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from tasking_hub.clock import utc
from tasking_hub.models.checks import moment_or_none
from tasking_hub.models.opportunity import Adjustment, Opportunity
from tasking_hub.money import Money, Quota


@frozen(kw_only=True)
class CancellationStep:
    """What leaving costs from a certain moment on.

    Attributes:
        hours_before_start: the step holds from this many hours before the window starts; None holds from the order on.
        fee_percent: of the price, 0..100, or None where the provider does not say.
        note: the provider's rule in one sentence.
        source: where the rule was read, with its date.
    """

    hours_before_start: float | None = None
    fee_percent: Decimal | None = None
    note: str
    source: str


@frozen(kw_only=True)
class Terms:
    """What the price buys, in the provider's own literals.

    Attributes:
        licence: licence or EULA.
        exclusivity: the provider's literal or number of days.
        sla: how soon products are ready.
        priority: the priority bought.
        cancellation: what leaving costs, in order of time.
    """

    licence: str | None = None
    exclusivity: str | None = None
    sla: str | None = None
    priority: str | None = None
    cancellation: tuple[CancellationStep, ...] = field(default=(), converter=tuple[CancellationStep, ...])


@frozen(kw_only=True)
class PriceLine:
    """One line of a price.

    Attributes:
        label: what is charged, in the provider's words.
        amount: money, or quota units.
    """

    label: str
    amount: Money | Quota


@frozen(kw_only=True)
class Quote:
    """A price for an opportunity.

    Attributes:
        opportunity: what would be bought.
        price: what is to be paid, in money or in the contract's quota.
        quota_value: what the quota costs under this contract, where it is configured; None for a price in money.
        list_price: before discounts, or None where the provider shows none.
        discount_percent: 0..100, or None.
        billable_area_km2: what is charged for, after minimums, or None.
        minimum_applied: the charged area is the provider's minimum, or None where unknown.
        multiplier: the provider's priority multiplier, or None.
        lines: how the price is made up.
        binding: the provider promises this price.
        quoted_at: when the provider said it.
        expires_at: until when it holds, or None where nobody says.
        terms: what comes with it.
        adjustments: of the commercial wishes; those of the image stand on the opportunity.
        notes: what the buyer should know before deciding, one sentence each.
        raw: the provider's own JSON.
    """

    opportunity: Opportunity
    price: Money | Quota
    quota_value: Money | None = None
    list_price: Money | Quota | None = None
    discount_percent: Decimal | None = None
    billable_area_km2: Decimal | None = None
    minimum_applied: bool | None = None
    multiplier: Decimal | None = None
    lines: tuple[PriceLine, ...] = field(default=(), converter=tuple[PriceLine, ...])
    binding: bool = False
    quoted_at: datetime = field(converter=utc)
    expires_at: datetime | None = field(default=None, converter=moment_or_none)
    terms: Terms = field(factory=Terms)
    adjustments: tuple[Adjustment, ...] = field(default=(), converter=tuple[Adjustment, ...])
    notes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)

    @property
    def money(self) -> Money | None:
        """The price in money, or None for quota without a configured price."""
        return self.price if isinstance(self.price, Money) else self.quota_value

    @property
    def all_adjustments(self) -> tuple[Adjustment, ...]:
        """How each requirement was met: the opportunity's adjustments, then the quote's own."""
        return self.opportunity.adjustments + self.adjustments
