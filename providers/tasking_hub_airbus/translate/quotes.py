"""Airbus' prices as quotes, and the prices that cannot be asked for. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from tasking_hub import (
    CancellationStep,
    HttpResponse,
    Money,
    Opportunity,
    PriceLine,
    Quote,
    Refusal,
    RefusalCode,
    Stereo,
    Terms,
    format_time,
    geometry,
)
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import Programme
from tasking_hub_airbus.translate.adjustments import commercial_adjustments
from tasking_hub_airbus.translate.inquiry import NEO, Inquiry, Target, from_raw
from tasking_hub_airbus.translate.production import OptionConflictError
from tasking_hub_airbus.translate.refusals import refuse
from tasking_hub_airbus.translate.rules import area_notes, study_remedy
from tasking_hub_airbus.wire import CONVERTER, FeasibilityVerdict, PriceAnswer, PricedProduct

GUIDE = "the Airbus guide to Pléiades and SPOT tasking, read 2026-11"
OLDER_GUIDE = "the Airbus tasking guide, read 2026-11"

CANCEL_UNTIL_H = 12.0
"""Hours before the start of the window until which an order can be cancelled (the guide, read 2026-11)."""


# --- What has no price -------------------------------------------------------------------------------


def unquotable(inquiry: Inquiry, target: Target, opportunity: Opportunity) -> Refusal | None:
    """Why there is no use in asking for a price, or None."""
    return no_quotation(inquiry, target) or _studied(inquiry, target, opportunity) or too_late(inquiry, opportunity)


def _studied(inquiry: Inquiry, target: Target, opportunity: Opportunity) -> Refusal | None:
    if opportunity.quotable:
        return None
    what = inquiry.stereo.value if inquiry.stereo is not Stereo.MONO else opportunity.product
    return refuse(
        inquiry,
        RefusalCode.STUDY_REQUIRED,
        f"{what} can be ordered, and has no price before people at Airbus have studied it",
        field="stereo" if inquiry.stereo is not Stereo.MONO else None,
        remedy=study_remedy(inquiry, target) or "order it, and decide when Airbus' study names the price",
        product=opportunity.product,
    )


def too_late(inquiry: Inquiry, opportunity: Opportunity) -> Refusal | None:
    """Why it cannot be ordered any more, or None: an attempt has a deadline, a plan lasts as long as its window."""
    deadline = opportunity.order_deadline or opportunity.window.end
    if inquiry.now < deadline:
        return None
    return refuse(
        inquiry,
        RefusalCode.DEADLINE_PASSED,
        f"it had to be ordered before {format_time(deadline)}",
        field="window",
        limit=format_time(deadline),
        actual=format_time(inquiry.now),
        remedy="search again for later opportunities",
        product=opportunity.product,
    )


def no_quotation(inquiry: Inquiry, target: Target) -> Refusal | None:
    """Why no quotation can be asked for where the buyer wants one, or None."""
    if not inquiry.options.quotation or target.backend == NEO:
        return None
    return refuse(
        inquiry,
        RefusalCode.REQUIREMENT_NOT_OFFERED,
        "Airbus has quotations for Pléiades Neo only",
        field="quotation",
        remedy="leave out quotation, or keep to the mission PLEIADESNEO",
        product=target.product.product_type_id,
    )


def conflict_refusal(inquiry: Inquiry, target: Target, conflict: OptionConflictError) -> Refusal:
    """A production option, a licence or a priority that the product does not offer."""
    allowed = ", ".join(conflict.allowed)
    return refuse(
        inquiry,
        RefusalCode.REQUIREMENT_NOT_OFFERED,
        f"{target.product.product_type_id} cannot be ordered so: {conflict.why}",
        field=conflict.name,
        limit=allowed or None,
        actual=conflict.value,
        remedy=f"set {conflict.name} to {allowed}" if len(conflict.allowed) == 1 else _choice(conflict.name, allowed),
        product=target.product.product_type_id,
    )


def _choice(name: str, allowed: str) -> str:
    return f"set {name} to one of {allowed}" if allowed else f"leave {name} out"


# --- What has one ------------------------------------------------------------------------------------


def read_quote(
    inquiry: Inquiry,
    opportunity: Opportunity,
    production: Mapping[str, str],
    market: str | None,
    response: HttpResponse,
) -> Quote:
    """The price of one product for one area.

    Raises:
        MalformedResponseError: the answer is not what Airbus documents.
    """
    answer = read_as(CONVERTER, PriceAnswer, response)
    target = Target.behind(opportunity)
    billed = sum((line.area_km2 for line in answer.product_types if line.area_km2 is not None), Decimal(0)) or None
    listed = _list_price(answer)
    return Quote(
        opportunity=opportunity,
        price=_money(answer.total_amount, answer, response),
        list_price=None if listed is None else _money(listed, answer, response),
        discount_percent=_discount(answer, listed),
        billable_area_km2=billed,
        minimum_applied=None if billed is None else minimum_applied(inquiry, target, billed),
        lines=tuple(_line(line, answer, response) for line in answer.product_types),
        quoted_at=inquiry.now,
        expires_at=_expires(opportunity),
        terms=_terms(target, production),
        adjustments=commercial_adjustments(inquiry, production, market),
        notes=(*_notes(inquiry, target), *area_notes(inquiry)),
        raw=answer.raw,
    )


def _money(amount: Decimal, answer: PriceAnswer, response: HttpResponse) -> Money:
    try:
        return Money(amount, answer.currency)
    except ValueError as error:
        problem = f"{error} @ $"
        raise response.malformed(problem) from error


def _list_price(answer: PriceAnswer) -> Decimal | None:
    prices = [line.price for line in answer.product_types if line.price is not None]
    return sum(prices, Decimal(0)) if prices and len(prices) == len(answer.product_types) else None


def _discount(answer: PriceAnswer, listed: Decimal | None) -> Decimal | None:
    """The product's own percentage where it is all there is, else what was taken off altogether."""
    only: PricedProduct | None = answer.product_types[0] if len(answer.product_types) == 1 else None
    if only is not None and only.amount == answer.total_amount and only.discount_percentage is not None:
        return only.discount_percentage
    if not listed:
        return None
    return (100 * (listed - answer.total_amount) / listed).quantize(Decimal("0.01"))


def _line(line: PricedProduct, answer: PriceAnswer, response: HttpResponse) -> PriceLine:
    area = f", {line.area_km2.normalize():f} km²" if line.area_km2 is not None else ""
    return PriceLine(label=f"{line.product_type_id or 'product'}{area}", amount=_money(line.amount, answer, response))


def minimum_applied(inquiry: Inquiry, target: Target, billed: Decimal) -> bool:
    """Whether the contract's least area is billed, rather than the area itself."""
    least = target.product.minimum_order_area_applied
    real = Decimal(repr(geometry.area_km2(inquiry.request.area)))
    return billed > real + 1 if least is None else billed <= least and real < least


def _expires(opportunity: Opportunity) -> datetime | None:
    """Airbus states no validity of a price; a Pléiades Neo feasibility has an end, and its price with it."""
    if "feasibility" not in opportunity.raw:
        return None
    return from_raw(opportunity, "feasibility", FeasibilityVerdict).expiration_date


# --- What comes with it ------------------------------------------------------------------------------


def _terms(target: Target, production: Mapping[str, str]) -> Terms:
    return Terms(
        licence=production.get("licence"),
        priority=production.get("priority"),
        cancellation=cancellation_steps(target.programme),
    )


STOPPABLE = frozenset({Programme.ONENOW, Programme.ONENOWATTEMPTS, Programme.ONENOWWEATHER})
"""What can be stopped once it can no longer be cancelled (the guide to Pléiades and SPOT tasking, read 2026-11)."""


def cancellation_steps(programme: Programme | None) -> tuple[CancellationStep, ...]:
    """What leaving costs: Airbus names no fee, but a last moment (both guides, read 2026-11)."""
    if programme is Programme.ONEDAY:
        first = CancellationStep(
            fee_percent=Decimal(0),
            note="24 hours before, a weather forecast comes by mail: confirm, postpone or cancel at no cost, by mail.",
            source=OLDER_GUIDE,
        )
    else:
        note = "It can be cancelled until 12 hours before the start of the window; a fee is not stated."
        first = CancellationStep(note=note, source=GUIDE)
    last = "It can no longer be cancelled."
    if programme in STOPPABLE:
        last = "It can only be stopped; acquisitions already made within the criteria are invoiced."
    return first, CancellationStep(hours_before_start=CANCEL_UNTIL_H, note=last, source=GUIDE)


_NOTES: Mapping[Programme, str] = {
    Programme.ONEDAY: "OneDay is delivered and invoiced whatever the clouds.",
    Programme.ONENOW: "OneNow takes up to three images, delivered whatever the clouds, and goes on until one is clear.",
    Programme.ONENOWATTEMPTS: "OneNow takes up to three images, delivered whatever the clouds.",
}


_NO_END_USER = "Airbus' description calls an end user mandatory in orders of Pléiades Neo, and the request names none."
_QUOTATION = "Ordered, it becomes a quotation first, which waits for a yes."


def _notes(inquiry: Inquiry, target: Target) -> tuple[str, ...]:
    notes = (
        *(note for programme, note in _NOTES.items() if programme is target.programme),
        _NO_END_USER if target.backend == NEO and not inquiry.request.end_users else "",
        _QUOTATION if inquiry.options.quotation else "",
    )
    return tuple(note for note in notes if note)
