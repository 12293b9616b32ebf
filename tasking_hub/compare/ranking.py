"""Which quote comes first, and why: pure, and total, so that the same quotes always stand in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from attrs import evolve

from tasking_hub import geometry
from tasking_hub.compare.rates import Rates
from tasking_hub.models import AdjustmentKind, Quote, RankBy, RankedQuote
from tasking_hub.money import Money

AREA_DIGITS = Decimal("0.001")

Criterion = Callable[[RankedQuote], Any]


def rank(quotes: Iterable[Quote], *, by: RankBy, currency: str, rates: Rates) -> tuple[RankedQuote, ...]:
    """Order quotes, best first.

    By price, then time, then price per km², or with another of the three first. A quote that lacks a criterion comes
    after those that have it: an unpriced one (quota without a price, a currency without a rate) follows the priced
    ones in order of time. Time is when the image will have been taken at the latest. Quotes equal in all three share a
    rank; account and opportunity id only keep their order stable.
    """
    rows = sorted((_row(quote, currency, rates) for quote in quotes), key=lambda row: _key(row, by))
    return tuple(evolve(row, rank=place) for row, place in zip(rows, _places(rows, by), strict=True))


def useful_area_km2(quote: Quote) -> Decimal | None:
    """How much of the asked area one purchase shows, km²: the part inside the footprint.

    Without a footprint it is the whole area, unless the provider gets another area than the asked one. None for points
    and lines, which have no area.
    """
    area, footprint = quote.opportunity.request.area, quote.opportunity.footprint
    size = geometry.area_km2(area)
    if not size:
        return None
    if footprint is not None:
        size *= geometry.covered_fraction(area, footprint)
    elif any(item.field == "area" and item.how is AdjustmentKind.APPROXIMATED for item in quote.all_adjustments):
        return None
    return Decimal(str(size)).quantize(AREA_DIGITS) or None


def _row(quote: Quote, currency: str, rates: Rates) -> RankedQuote:
    price = rates.convert(quote.money, currency) if quote.money is not None else None
    useful = useful_area_km2(quote)
    return RankedQuote(
        rank=1,
        quote=quote,
        price_in_base=price,
        useful_area_km2=useful,
        price_per_km2=_per_km2(price, useful),
    )


def _per_km2(price: Money | None, useful: Decimal | None) -> Money | None:
    if price is None or useful is None:
        return None
    return Money(price.amount / useful, price.currency).quantized()


def _price(row: RankedQuote) -> Any:
    return _last_if_none(row.price_in_base.amount if row.price_in_base else None)


def _time(row: RankedQuote) -> Any:
    return _last_if_none(row.quote.opportunity.window.end)


def _price_per_km2(row: RankedQuote) -> Any:
    return _last_if_none(row.price_per_km2.amount if row.price_per_km2 else None)


def _last_if_none(value: Any) -> tuple[bool, Any]:
    return value is None, 0 if value is None else value


_CRITERIA: Mapping[RankBy, tuple[Criterion, ...]] = {
    RankBy.PRICE: (_price, _time, _price_per_km2),
    RankBy.TIME: (_time, _price, _price_per_km2),
    RankBy.PRICE_PER_KM2: (_price_per_km2, _price, _time),
}


def _worth(row: RankedQuote, by: RankBy) -> tuple[Any, ...]:
    return tuple(criterion(row) for criterion in _CRITERIA[by])


def _key(row: RankedQuote, by: RankBy) -> tuple[Any, ...]:
    opportunity = row.quote.opportunity
    return (*_worth(row, by), opportunity.account, opportunity.id)


def _places(rows: list[RankedQuote], by: RankBy) -> list[int]:
    places = [1] if rows else []
    for number, (before, row) in enumerate(pairwise(rows), start=2):
        places.append(places[-1] if _worth(before, by) == _worth(row, by) else number)
    return places
