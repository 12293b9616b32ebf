"""From the prices that come with a window to a quote, and the notes that a buyer should read beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import cattrs
from attrs import evolve, frozen

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    CancellationStep,
    Imaging,
    Opportunity,
    PriceLine,
    Quota,
    Quote,
    QuoteRefusedError,
    Terms,
    Window,
    parse_time,
)
from tasking_hub_planet.translate.filters import find_faults
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.opportunities import SearchState, read_forecast, read_replaced
from tasking_hub_planet.translate.refusals import no_price
from tasking_hub_planet.translate.rules import documented_multiplier, exclusivity_asked, exclusivity_sold
from tasking_hub_planet.wire import CONVERTER, ImagingWindow, PricingDetails, WindowSearch

UNIT_UNSTATED = "quota"
"""Name of the unit where Planet does not say it; square kilometres and tasking credits are known to exist."""

ESTIMATE = "Planet calls this price an estimate of the quota that the order will use."

CANCELLATION = CancellationStep(
    note="Planet publishes no fee for cancelling an assured order; the order says whether and until when it can be",
    source="https://docs.planet.com/develop/apis/tasking/reference (is_cancellable, cancellable_until), read 2026-11",
)


@frozen(kw_only=True)
class PricedWindow:
    """A window as it was read with its price.

    Attributes:
        window: its fields.
        raw: what the quote keeps.
    """

    window: ImagingWindow
    raw: Mapping[str, Any]


def price_in_hand(inquiry: Inquiry, opportunity: Opportunity) -> PricedWindow | None:
    """The price that came with the search, or None where Planet must be asked: none came, or it is too old.

    Assumption: a price moves slowly enough for `PlanetOptions.price_max_age_s`; Planet only says that the multiplier
    depends on how far in the future the window is.
    """
    window = _window_in(opportunity.raw)
    if window is None or window.pricing_details is None or _age(inquiry, opportunity.raw) > _max_age(inquiry):
        return None
    return PricedWindow(window=window, raw=opportunity.raw)


def _window_in(raw: Mapping[str, Any]) -> ImagingWindow | None:
    try:
        return CONVERTER.structure(raw.get("imaging_window"), ImagingWindow)
    except (cattrs.BaseValidationError, ValueError):
        return None


def _age(inquiry: Inquiry, raw: Mapping[str, Any]) -> timedelta:
    created = raw.get("search", {}).get("created_time")
    return inquiry.asked_at - parse_time(created) if isinstance(created, str) else timedelta(0)


def _max_age(inquiry: Inquiry) -> timedelta:
    return timedelta(seconds=inquiry.options.price_max_age_s)


def find_window(state: SearchState, window_id: str | None) -> PricedWindow | None:
    """A window of a search that was read again, or None where it is gone."""
    for number, window in enumerate(state.search.imaging_windows):
        if window.id == window_id:
            return PricedWindow(window=window, raw=state.raw_of(number))
    return None


def read_quote(inquiry: Inquiry, opportunity: Opportunity, priced: PricedWindow) -> Quote:
    """The price as Planet says it; the documented multiplier is only compared, never used.

    Raises:
        QuoteRefusedError: Planet names no price for the window.
    """
    details = priced.window.pricing_details
    if details is None or details.estimated_quota_cost is None:
        raise QuoteRefusedError(no_price(inquiry, opportunity))
    price = quota_of(details.estimated_quota_cost, details)
    unit_price = inquiry.settings.quota_price
    return Quote(
        opportunity=opportunity,
        price=price,
        quota_value=None if unit_price is None else price.value_at(unit_price),
        multiplier=priced.window.quota_priority_multiplier,
        lines=(PriceLine(label="estimated_quota_cost", amount=price), *_replacement_lines(details)),
        quoted_at=inquiry.asked_at,
        terms=_terms(inquiry, priced.window),
        adjustments=tuple(commercial_adjustments(inquiry, opportunity)),
        notes=tuple(_notes(inquiry, opportunity, priced.window)),
        raw=priced.raw,
    )


def quota_of(amount: Decimal, details: PricingDetails) -> Quota:
    """An amount of quota in the unit that the price names."""
    unit = (details.units or "").strip()
    return Quota(amount, unit or UNIT_UNSTATED)


def _replacement_lines(details: PricingDetails) -> Iterator[PriceLine]:
    for order in details.replaced_orders or ():
        if order.cost is not None:
            label = f"replaced_orders: {order.name or order.order_id}"
            yield PriceLine(label=label, amount=quota_of(order.cost, details))


def _terms(inquiry: Inquiry, window: ImagingWindow) -> Terms:
    return Terms(
        exclusivity=f"{days_sold(inquiry)} days",
        priority=window.assured_tasking_tier,
        cancellation=(CANCELLATION,),
    )


def days_sold(inquiry: Inquiry) -> int:
    """Days of exclusivity that are priced."""
    return exclusivity_sold(exclusivity_asked(inquiry)) or 0


def read_review(inquiry: Inquiry, quote: Quote, priced: PricedWindow) -> Quote:
    """The quote as it stands now: price, multiplier, tier, and the orders that would be lost.

    The requirements were judged when the window was found; where it falls short of them by now, a note says so.

    Raises:
        QuoteRefusedError: Planet names no price for the window.
    """
    found, now = quote.opportunity, read_quote(inquiry, quote.opportunity, priced)
    window = priced.window
    opportunity = evolve(
        found,
        window=Window(window.start_time, window.end_time),
        cloud_forecast=read_forecast(window),
        replaces=read_replaced(window),
        raw=priced.raw,
    )
    return evolve(now, opportunity=opportunity, notes=(*now.notes, *_shortfalls(inquiry, priced)))


def _shortfalls(inquiry: Inquiry, priced: PricedWindow) -> Iterator[str]:
    """Orders that would be lost have a note of their own already."""
    search = CONVERTER.structure(priced.raw["search"], WindowSearch)
    for fault in find_faults(inquiry, search, priced.window):
        if fault.field != "planet.show_replacing":
            said = f"{_said(fault.limit, fault.unit)} was asked and it has {_said(fault.actual, fault.unit)}"
            yield f"The window no longer meets {fault.field}: {said}."


def _said(value: Any, unit: str | None) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}" if unit else text


# --- Adjustments -------------------------------------------------------------------------------------


def commercial_adjustments(inquiry: Inquiry, opportunity: Opportunity) -> Iterator[Adjustment]:
    """One for each commercial wish that the opportunity does not answer already."""
    answered = {adjustment.field for adjustment in opportunity.adjustments}
    for field, value in inquiry.request.asked(Imaging.OPTICAL).items():
        if field == "exclusivity_days":
            yield _exclusivity(inquiry, value)
        elif field not in answered:
            why = "an order at Planet has no such choice: the contract decides"
            yield Adjustment(field=field, how=AdjustmentKind.NOT_ENFORCED, asked=value, why=why)


def _exclusivity(inquiry: Inquiry, asked: int) -> Adjustment:
    sold = days_sold(inquiry)
    if sold == asked:
        how, why = AdjustmentKind.HONOURED, "priced with so many days of exclusivity"
    else:
        how, why = AdjustmentKind.TIGHTENED, f"Planet sells 0, 7 or 30 days; {sold} is priced"
    return Adjustment(field="exclusivity_days", how=how, asked=asked, sent=sold, why=why)


# --- Notes -------------------------------------------------------------------------------------------


def _notes(inquiry: Inquiry, opportunity: Opportunity, window: ImagingWindow) -> Iterator[str]:
    yield ESTIMATE
    yield from _multiplier_notes(window, inquiry.asked_at)
    conflicting = {order.id for order in window.conflicting_orders or ()}
    if conflicting:
        yield f"Ordering this window cancels {len(conflicting)} order(s) of yours: {', '.join(sorted(conflicting))}."
    if conflicting != {order.id for order in opportunity.replaces}:
        yield "The orders that this window would cancel have changed since it was found."


def _multiplier_notes(window: ImagingWindow, now: datetime) -> Iterator[str]:
    said, rule = window.quota_priority_multiplier, documented_multiplier(window, now)
    if said is None or rule is None or said == rule.literal == rule.compared:
        return
    if said not in {rule.literal, rule.compared}:
        documented = " or ".join(f"{value:f}" for value in sorted({rule.literal, rule.compared}))
        yield f"Planet's priority multiplier is {said:f}; by its documentation it would be {documented}."
    else:
        yield (
            f"Planet's priority multiplier is {said:f}; its documentation can be read as {rule.literal:f} "
            f"or as {rule.compared:f}."
        )
