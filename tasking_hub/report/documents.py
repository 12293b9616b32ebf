"""Requests, opportunities, quotes, refusals, comparisons and accounts as JSON: a stable form with a schema version.

Every document is a JSON object whose ``schema`` is ``tasking-hub/1``. Within one version keys are only ever added,
never renamed, removed or given another meaning. Every key is always there, null where nothing is known. The rules are:

- Amounts are strings: money is ``{"amount": "7392.00", "currency": "EUR"}``, quota ``{"amount": "1.5", "unit": "…"}``.
  Other decimals of a price (``discount_percent``, ``billable_area_km2``, ``multiplier``) are strings too.
- Times are RFC 3339 in UTC with ``Z``. Areas and footprints are GeoJSON geometries, longitude first.
- Percentages are 0..100, angles degrees, lengths and areas in the unit that the key names. A range is
  ``{"min": …, "max": …}``.
- Words (``kind``, ``imaging``, ``how``, ``code``) are those of the vocabulary; a provider's own stand beside them.
- ``raw`` is the provider's own JSON and belongs to no schema of ours.

What is written can be read again (`tasking_hub.report.reading`), by another process too: a saved opportunity can be
quoted, a saved quote bought.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cattrs

from tasking_hub.auth import Secret
from tasking_hub.models import (
    AccountStatus,
    Adjustment,
    Comparison,
    Contract,
    Opportunity,
    Quote,
    RankedQuote,
    Refusal,
    TaskRequest,
)
from tasking_hub.report.plain import plain, plain_raw
from tasking_hub.wire import make_converter

__all__ = [
    "SCHEMA",
    "account_document",
    "comparison_document",
    "opportunity_document",
    "quote_document",
    "refusal_document",
    "request_document",
]

SCHEMA = "tasking-hub/1"

Document = dict[str, Any]


def _versioned(document: Document) -> Document:
    return {"schema": SCHEMA, **document}


# --- Requests ----------------------------------------------------------------------------------------


def request_document(request: TaskRequest) -> Document:
    """Write a request.

    ``area`` is a GeoJSON geometry, ``window`` has ``start`` and ``end``, ``optical`` and ``radar`` hold the
    requirements on each kind of image and are null where that kind is not wanted. ``options`` has one object per
    adapter with the options that differ from its defaults; ``properties`` is what else the input carried.
    """
    return _versioned(_request(request))


def _request(request: TaskRequest) -> Document:
    return {
        "reference": request.reference,
        "area": plain(request.area),
        "window": plain(request.window),
        "optical": plain(request.optical),
        "radar": plain(request.radar),
        "accounts": list(request.accounts),
        "licence": request.licence,
        "priority": request.priority,
        "exclusivity_days": request.exclusivity_days,
        "sla": request.sla,
        "market": request.market,
        "end_users": plain(request.end_users),
        "options": _options(request.options),
        "properties": plain_raw(request.properties),
    }


def _options_converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_unstructure_hook(Secret, plain)  # which refuses it
    return converter


_OPTIONS = _options_converter()


def _options(options: Mapping[str, Any]) -> Document:
    return {provider: plain(_OPTIONS.unstructure(values)) for provider, values in options.items()}


# --- Opportunities -----------------------------------------------------------------------------------


def opportunity_document(opportunity: Opportunity) -> Document:
    """Write an opportunity with its request, so that another process can quote it.

    ``kind`` is ``pass`` (``start`` and ``end`` are the time of the acquisition) or ``campaign`` (the provider picks the
    time between them). ``handle`` goes back to the provider byte for byte. ``adjustments`` say how each requirement was
    met: ``how`` is ``honoured``, ``tightened``, ``approximated``, ``filtered`` or ``not-enforced``.
    """
    return _versioned({**_opportunity(opportunity), "request": _request(opportunity.request)})


def _opportunity(opportunity: Opportunity) -> Document:
    forecast = opportunity.cloud_forecast
    return {
        "id": opportunity.id,
        "account": opportunity.account,
        "provider": opportunity.provider,
        "product": opportunity.product,
        "imaging": opportunity.imaging.value,
        "contract": opportunity.contract,
        "kind": opportunity.kind.value,
        "start": plain(opportunity.window.start),
        "end": plain(opportunity.window.end),
        "satellite": opportunity.satellite,
        "constellation": opportunity.constellation,
        "footprint": plain(opportunity.footprint),
        "incidence_deg": plain(opportunity.incidence_deg),
        "off_nadir_deg": plain(opportunity.off_nadir_deg),
        "sun_elevation_deg": plain(opportunity.sun_elevation_deg),
        "gsd_m": opportunity.gsd_m,
        "cloud_forecast_percent": None if forecast is None else forecast.percent,
        "cloud_forecast_updated": None if forecast is None else plain(forecast.updated),
        "order_deadline": plain(opportunity.order_deadline),
        "feasibility": plain(opportunity.feasibility),
        "replaces": plain(opportunity.replaces),
        "adjustments": _adjustments(opportunity.adjustments),
        "handle": opportunity.handle,
        "raw": plain_raw(opportunity.raw),
    }


def _adjustments(adjustments: tuple[Adjustment, ...]) -> list[Document]:
    return [
        {
            "field": adjustment.field,
            "asked": plain_raw(adjustment.asked),
            "sent": plain_raw(adjustment.sent),
            "how": adjustment.how.value,
            "why": adjustment.why,
        }
        for adjustment in adjustments
    ]


# --- Prices ------------------------------------------------------------------------------------------


def quote_document(quote: Quote) -> Document:
    """Write a quote with its opportunity and request, so that another process can buy it.

    ``price`` is money or quota; ``quota_value`` is what a price in quota costs under this contract, where that is
    configured. ``adjustments`` are those of the opportunity, then those of the quote itself: every requirement that the
    caller set is among them.
    """
    document = _quote(quote)
    document["opportunity"]["request"] = _request(quote.opportunity.request)
    return _versioned(document)


def _quote(quote: Quote) -> Document:
    return {
        "account": quote.opportunity.account,
        "provider": quote.opportunity.provider,
        "price": plain(quote.price),
        "quota_value": plain(quote.quota_value),
        "list_price": plain(quote.list_price),
        "discount_percent": plain(quote.discount_percent),
        "billable_area_km2": plain(quote.billable_area_km2),
        "minimum_applied": quote.minimum_applied,
        "multiplier": plain(quote.multiplier),
        "lines": plain(quote.lines),
        "binding": quote.binding,
        "quoted_at": plain(quote.quoted_at),
        "expires_at": plain(quote.expires_at),
        "terms": plain(quote.terms),
        "notes": list(quote.notes),
        "opportunity": _opportunity(quote.opportunity),
        "adjustments": _adjustments(quote.all_adjustments),
        "raw": plain_raw(quote.raw),
    }


def _ranked(ranked: RankedQuote) -> Document:
    return {
        "rank": ranked.rank,
        **_quote(ranked.quote),
        "price_in_base": plain(ranked.price_in_base),
        "useful_area_km2": plain(ranked.useful_area_km2),
        "price_per_km2": plain(ranked.price_per_km2),
    }


def refusal_document(refusal: Refusal) -> Document:
    """Write a refusal.

    ``code`` is of the closed set of `RefusalCode`, ``provider_code`` the provider's own. ``limit`` and ``actual`` are
    in ``unit``; ``remedy`` is the smallest change that would make a quote possible.
    """
    return _versioned(_refusal(refusal))


def _refusal(refusal: Refusal) -> Document:
    return {
        "account": refusal.account,
        "provider": refusal.provider,
        "code": refusal.code.value,
        "provider_code": refusal.provider_code,
        "message": refusal.message,
        "field": refusal.field,
        "limit": plain_raw(refusal.limit),
        "actual": plain_raw(refusal.actual),
        "unit": refusal.unit,
        "retryable": refusal.retryable,
        "remedy": refusal.remedy,
        "product": refusal.product,
        "raw": plain_raw(refusal.raw),
    }


def comparison_document(comparison: Comparison) -> Document:
    """Write a comparison: one object per request.

    ``quotes`` are ranked, 1 is best; each has the keys of a quote, and ``price_in_base``, ``useful_area_km2`` and
    ``price_per_km2`` (base currency). ``refusals`` are what could not be quoted; every asked account is in one or both.
    ``not_quoted`` are opportunities beyond the number of quotes asked for. The request stands at the top only.
    """
    rates = comparison.rates
    return _versioned(
        {
            "reference": comparison.request.reference,
            "request": _request(comparison.request),
            "base_currency": comparison.base_currency,
            "rates": {
                "base": rates.base,
                "date": plain(rates.date),
                "per_base": plain(rates.per_base),
                "source": rates.source,
            },
            "ranked_by": comparison.ranked_by.value,
            "quotes": [_ranked(ranked) for ranked in comparison.quotes],
            "refusals": [_refusal(refusal) for refusal in comparison.refusals],
            "not_quoted": [_opportunity(opportunity) for opportunity in comparison.not_quoted],
            "timings_s": plain(comparison.timings_s),
        }
    )


# --- Accounts ----------------------------------------------------------------------------------------


def account_document(status: AccountStatus) -> Document:
    """Write an account: each contract with what it allows, its defaults, and what is left to spend."""
    return _versioned(
        {
            "account": status.account,
            "provider": status.provider,
            "contracts": [_contract(contract) for contract in status.contracts],
        }
    )


def _contract(contract: Contract) -> Document:
    return {
        "id": contract.id,
        "name": contract.name,
        "starts": plain(contract.starts),
        "ends": plain(contract.ends),
        "allowed": plain(contract.allowed),
        "defaults": plain(contract.defaults),
        "remaining": plain(contract.remaining),
        "limit": plain(contract.limit),
        "spent": plain(contract.spent),
        "notes": list(contract.notes),
        "raw": plain_raw(contract.raw),
    }
