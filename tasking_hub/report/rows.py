"""Comparisons as flat rows, one for each quote, opportunity and refusal: what CSV and GeoJSON properties share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.angles import Range
from tasking_hub.models import Adjustment, Comparison, Opportunity, Quote, RankedQuote, Refusal
from tasking_hub.money import Money, Quota
from tasking_hub.report.plain import amount, plain, plain_raw

__all__ = ["COLUMNS", "Row", "rows"]

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "reference": "the request's handle",
        "outcome": "quote, opportunity (found, and not priced) or refusal",
        "rank": "1 is best; equal rows share a rank",
        "account": "name of the configured account",
        "provider": "name of its adapter",
        "product": "the provider's product, programme or mode",
        "imaging": "optical or radar",
        "kind": "pass (known time) or campaign (the provider picks the time)",
        "start": "of the pass or campaign, RFC 3339 UTC",
        "end": "of the pass or campaign, RFC 3339 UTC",
        "satellite": "its name, where the provider names one",
        "constellation": "its family",
        "price": "amount, in price_unit",
        "price_unit": "currency, or the contract's quota unit",
        "price_in_base": "amount, in base_currency; empty without a rate or a configured quota price",
        "price_per_km2": "amount per useful km², in base_currency",
        "base_currency": "of the comparison",
        "list_price": "amount before discounts, in list_price_unit",
        "list_price_unit": "currency or quota unit",
        "discount_percent": "0..100",
        "billable_area_km2": "what is charged for, after minimums",
        "minimum_applied": "the charged area is the provider's minimum",
        "useful_area_km2": "how much of the asked area one purchase shows",
        "multiplier": "the provider's priority multiplier",
        "binding": "the provider promises this price",
        "quoted_at": "when the provider said it",
        "expires_at": "until when it holds, where somebody says",
        "order_deadline": "the last moment for an order",
        "incidence_min_deg": "at the target",
        "incidence_max_deg": "at the target",
        "off_nadir_min_deg": "at the satellite",
        "off_nadir_max_deg": "at the satellite",
        "sun_elevation_min_deg": "above the horizon",
        "sun_elevation_max_deg": "above the horizon",
        "gsd_m": "ground sample distance or resolution, metres",
        "cloud_forecast_percent": "the provider's forecast, 0..100",
        "feasibility": "the provider's own word",
        "licence": "the provider's own literal",
        "exclusivity": "the provider's own literal, or days",
        "sla": "the provider's own literal",
        "priority": "the provider's own literal",
        "contract": "the provider's contract id",
        "opportunity": "id, unique within account and request",
        "adjustments": "how each requirement was met: field=how, separated by semicolons",
        "notes": "what to know before deciding",
        "code": "of a refusal, from a closed set",
        "provider_code": "of a refusal, the provider's own",
        "message": "of a refusal",
        "field": "of a refusal: the requirement at fault",
        "limit": "of a refusal: what the provider allows, in unit",
        "actual": "of a refusal: what was asked, in unit",
        "unit": "of limit and actual",
        "retryable": "of a refusal: asking the same again later may work",
        "remedy": "of a refusal: the smallest change that would make it possible",
    }
)
"""The columns and what they mean, in their order; columns are only ever added, at the end."""

Values = dict[str, Any]


@frozen(kw_only=True)
class Row:
    """One quote, opportunity or refusal.

    Attributes:
        values: one for each of `COLUMNS`, None where it does not apply.
        shape: the opportunity's footprint, or the asked area where there is none.
    """

    values: Mapping[str, Any]
    shape: BaseGeometry


def rows(comparison: Comparison) -> Iterator[Row]:
    """Give the quotes, best first, then the opportunities that were not priced, then the refusals."""
    for ranked in comparison.quotes:
        yield _row(comparison, _quote_values(ranked), ranked.quote.opportunity.footprint)
    for opportunity in comparison.not_quoted:
        yield _row(comparison, _unpriced_values(opportunity), opportunity.footprint)
    for refusal in comparison.refusals:
        yield _row(comparison, _refusal_values(refusal))


def _row(comparison: Comparison, values: Values, footprint: BaseGeometry | None = None) -> Row:
    request = comparison.request
    common = {"reference": request.reference, "base_currency": comparison.base_currency}
    return Row(values=_filled(common | values), shape=request.area if footprint is None else footprint)


def _filled(values: Values) -> Values:
    return {name: values.get(name) for name in COLUMNS}


def _quote_values(ranked: RankedQuote) -> Values:
    return {
        "outcome": "quote",
        "rank": ranked.rank,
        "price_in_base": _number(ranked.price_in_base),
        "price_per_km2": _number(ranked.price_per_km2),
        "useful_area_km2": plain(ranked.useful_area_km2),
        **_price_values(ranked.quote),
        **_opportunity_values(ranked.quote.opportunity),
        "adjustments": _adjusted(ranked.quote.all_adjustments),
    }


def _unpriced_values(opportunity: Opportunity) -> Values:
    return {
        "outcome": "opportunity",
        **_opportunity_values(opportunity),
        "adjustments": _adjusted(opportunity.adjustments),
    }


def _price_values(quote: Quote) -> Values:
    terms = quote.terms
    return {
        "price": _number(quote.price),
        "price_unit": _unit(quote.price),
        "list_price": _number(quote.list_price),
        "list_price_unit": _unit(quote.list_price),
        "discount_percent": plain(quote.discount_percent),
        "billable_area_km2": plain(quote.billable_area_km2),
        "minimum_applied": quote.minimum_applied,
        "multiplier": plain(quote.multiplier),
        "binding": quote.binding,
        "quoted_at": plain(quote.quoted_at),
        "expires_at": plain(quote.expires_at),
        "licence": terms.licence,
        "exclusivity": terms.exclusivity,
        "sla": terms.sla,
        "priority": terms.priority,
        "notes": " ".join(quote.notes) or None,
    }


def _opportunity_values(opportunity: Opportunity) -> Values:
    forecast, feasibility = opportunity.cloud_forecast, opportunity.feasibility
    return {
        "account": opportunity.account,
        "provider": opportunity.provider,
        "product": opportunity.product,
        "imaging": opportunity.imaging.value,
        "kind": opportunity.kind.value,
        "start": plain(opportunity.window.start),
        "end": plain(opportunity.window.end),
        "satellite": opportunity.satellite,
        "constellation": opportunity.constellation,
        "order_deadline": plain(opportunity.order_deadline),
        **_range("incidence", opportunity.incidence_deg),
        **_range("off_nadir", opportunity.off_nadir_deg),
        **_range("sun_elevation", opportunity.sun_elevation_deg),
        "gsd_m": opportunity.gsd_m,
        "cloud_forecast_percent": None if forecast is None else forecast.percent,
        "feasibility": None if feasibility is None else feasibility.word,
        "contract": opportunity.contract,
        "opportunity": opportunity.id,
    }


def _refusal_values(refusal: Refusal) -> Values:
    return {
        "outcome": "refusal",
        "account": refusal.account,
        "provider": refusal.provider,
        "product": refusal.product,
        "code": refusal.code.value,
        "provider_code": refusal.provider_code,
        "message": refusal.message,
        "field": refusal.field,
        "limit": plain_raw(refusal.limit),
        "actual": plain_raw(refusal.actual),
        "unit": refusal.unit,
        "retryable": refusal.retryable,
        "remedy": refusal.remedy,
    }


def _number(value: Money | Quota | None) -> str | None:
    return None if value is None else amount(value)["amount"]


def _unit(value: Money | Quota | None) -> str | None:
    return value.currency if isinstance(value, Money) else None if value is None else value.unit


def _range(name: str, angles: Range | None) -> Values:
    ends = (None, None) if angles is None else (angles.min, angles.max)
    return {f"{name}_min_deg": ends[0], f"{name}_max_deg": ends[1]}


def _adjusted(adjustments: tuple[Adjustment, ...]) -> str:
    return "; ".join(f"{item.field}={item.how}" for item in adjustments)
