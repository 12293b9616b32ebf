"""Quotes of several accounts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from tasking_hub.compare.rates import Rates
from tasking_hub.models.opportunity import Opportunity
from tasking_hub.models.quote import Quote
from tasking_hub.models.refusal import Refusal
from tasking_hub.models.request import TaskRequest
from tasking_hub.money import Money


class RankBy(StrEnum):
    """What the first row is best at."""

    PRICE = "price"
    TIME = "time"
    PRICE_PER_KM2 = "price-per-km2"


@frozen(kw_only=True)
class RankedQuote:
    """A quote and its place in a comparison.

    Attributes:
        rank: 1 is best; equal rank means equal by every criterion.
        quote: the provider's price.
        price_in_base: in the base currency, or None where there is no rate or no money price.
        useful_area_km2: how much of the asked area one purchase shows, or None where unknown.
        price_per_km2: base currency per useful km², or None.
    """

    rank: int
    quote: Quote
    price_in_base: Money | None = None
    useful_area_km2: Decimal | None = None
    price_per_km2: Money | None = None


@frozen(kw_only=True)
class Comparison:
    """Every asked account's answer to one request: each account is in `quotes` or in `refusals`, or in both.

    Attributes:
        request: what was asked.
        quotes: best first; those without a price in the base currency come last.
        refusals: what could not be quoted, and why.
        base_currency: of `price_in_base`.
        rates: the exchange rates and their date.
        ranked_by: what "best" means here.
        not_quoted: opportunities found and not priced: beyond the number of quotes asked for, or out of time.
        timings_s: seconds that each account took.
    """

    request: TaskRequest
    quotes: tuple[RankedQuote, ...] = field(converter=tuple[RankedQuote, ...])
    refusals: tuple[Refusal, ...] = field(converter=tuple[Refusal, ...])
    base_currency: str
    rates: Rates
    ranked_by: RankBy = RankBy.PRICE
    not_quoted: tuple[Opportunity, ...] = field(default=(), converter=tuple[Opportunity, ...])
    timings_s: Mapping[str, float] = field(factory=dict[str, float], eq=False)
