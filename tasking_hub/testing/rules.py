"""What is wrong with an adapter's values: pure functions from a value to sentences, none where all is well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import attrs
from shapely import box
from shapely.geometry.base import BaseGeometry

from tasking_hub.angles import Range
from tasking_hub.messages import dump_json
from tasking_hub.models import (
    Adjustment,
    AdjustmentKind,
    Contract,
    Imaging,
    Opportunity,
    Optical,
    Quote,
    Radar,
    Refusal,
    RefusalCode,
    TaskRequest,
)
from tasking_hub.money import Money, Quota
from tasking_hub.provider import Capabilities

AREAS = frozenset({"Point", "LineString", "Polygon"})
WISHES = frozenset({"licence", "priority", "exclusivity_days", "sla", "market", "end_users"})
REQUIREMENTS = frozenset(attribute.name for kind in (Optical, Radar) for attribute in attrs.fields(kind))
ABOUT_THE_REQUEST = frozenset({"window", "area"})
NAME = re.compile(r"[a-z][a-z0-9_]*")

_WHOLE_EARTH = box(-360, -90, 360, 90)
"""Footprints next to the antimeridian may go on past 180 degrees."""

Problems = Iterator[str]


def capabilities_problems(capabilities: Capabilities) -> Problems:
    """What a caller could not rely on."""
    if not capabilities.title.strip():
        yield "the title is empty"
    if not capabilities.imaging or not all(kind in set(Imaging) for kind in capabilities.imaging):
        yield f"imaging is not a set of Imaging with at least one member: {capabilities.imaging}"
    if not capabilities.areas or not capabilities.areas <= AREAS:
        yield f"areas are not some of {sorted(AREAS)}: {sorted(capabilities.areas)}"
    if unknown := capabilities.requirements - REQUIREMENTS - WISHES - ABOUT_THE_REQUEST:
        yield f"requirements that no request has: {sorted(unknown)}"
    if not all(product.strip() for product in capabilities.products) or not capabilities.products:
        yield "products are missing or empty"


def opportunity_problems(opportunity: Opportunity, request: TaskRequest, account: str, provider: str) -> Problems:
    """What makes an opportunity useless or misleading for this request."""
    if (opportunity.account, opportunity.provider) != (account, provider):
        yield f"it says that it is {opportunity.account}'s at {opportunity.provider}"
    if opportunity.request != request:
        yield "its request is not the one that was asked"
    if request.requirements(opportunity.imaging) is None:
        yield f"{opportunity.imaging} images were not asked for"
    if not opportunity.id or not opportunity.product:
        yield "its id or product is empty"
    yield from _window_problems(opportunity)
    yield from _footprint_problems(opportunity.footprint)
    yield from _number_problems(opportunity)
    yield from adjustments_problems(opportunity.adjustments, opportunity)
    yield from raw_problems(opportunity.raw)


def _window_problems(opportunity: Opportunity) -> Problems:
    asked, offered = opportunity.request.window, opportunity.window
    inside = asked.start <= offered.start and offered.end <= asked.end
    if not inside and not any(adjustment.field == "window" for adjustment in opportunity.adjustments):
        yield f"its window {offered} is not inside {asked}, and no adjustment says so"
    if opportunity.order_deadline is not None and opportunity.order_deadline > offered.end:
        yield f"its order deadline {opportunity.order_deadline} comes after its window ends"


def _footprint_problems(footprint: BaseGeometry | None) -> Problems:
    if footprint is None:
        return
    if footprint.is_empty or not footprint.is_valid:
        yield "its footprint is empty or invalid"
        return
    if not _WHOLE_EARTH.covers(footprint):
        yield f"its footprint is not in longitude and latitude: {footprint.bounds}"


_LIMITS: Mapping[str, tuple[float, float]] = {
    "incidence_deg": (0, 90),
    "off_nadir_deg": (0, 90),
    "sun_elevation_deg": (-90, 90),
    "gsd_m": (0.01, 1000),
}


def _number_problems(opportunity: Opportunity) -> Problems:
    said = {name: getattr(opportunity, name) for name in _LIMITS}
    if opportunity.cloud_forecast is not None:
        said["cloud_forecast"] = opportunity.cloud_forecast.percent
    for name, value in said.items():
        low, high = _LIMITS.get(name, (0, 100))
        ends = attrs.astuple(value) if isinstance(value, Range) else (value,)
        if not all(end is None or low <= end <= high for end in ends):
            yield f"{name} is not from {low:g} to {high:g}: {value}"


def adjustments_problems(adjustments: Iterable[Adjustment], opportunity: Opportunity) -> Problems:
    """Adjustments of things that were not asked, said twice, or without a reason."""
    asked = opportunity.request.asked(opportunity.imaging)
    known = ABOUT_THE_REQUEST | asked.keys()
    counts = Counter(adjustment.field for adjustment in adjustments)
    for adjustment in adjustments:
        name = adjustment.field
        if name not in known and not name.startswith(f"{opportunity.provider}."):
            yield f"the adjustment of {name!r} is about nothing that was asked ({sorted(known)})"
        if counts[name] > 1:
            yield f"{name} is adjusted {counts[name]} times"
        if name in asked and adjustment.asked != asked[name]:
            yield f"the adjustment of {name} says that {adjustment.asked!r} was asked, not {asked[name]!r}"
        if adjustment.how is not AdjustmentKind.HONOURED and not adjustment.why.strip():
            yield f"the adjustment of {name} ({adjustment.how}) gives no reason"


def quote_problems(quote: Quote, now: datetime) -> Problems:
    """What makes a price unusable: inexact, expired, or silent about a requirement."""
    yield from adjustments_problems(quote.all_adjustments, quote.opportunity)
    said = {adjustment.field for adjustment in quote.all_adjustments}
    for name in quote.opportunity.request.asked(quote.opportunity.imaging):
        if name not in said:
            yield f"nothing says what became of {name}"
    if quote.quoted_at > now:
        yield f"it was quoted at {quote.quoted_at}, which the clock ({now}) has not reached"
    if quote.expires_at is not None and quote.expires_at <= quote.quoted_at:
        yield f"it had expired when it was quoted, at {quote.expires_at}"
    yield from _price_problems(quote)
    yield from raw_problems(quote.raw)


def _price_problems(quote: Any) -> Problems:
    for name in ("discount_percent", "billable_area_km2", "multiplier"):
        value = getattr(quote, name)
        if value is not None and not isinstance(value, Decimal):
            yield f"{name} is a {type(value).__name__}, not a Decimal"
    for amount in (quote.price, quote.list_price, quote.quota_value, *(line.amount for line in quote.lines)):
        if amount is not None and not isinstance(amount, Money | Quota):
            yield f"{amount!r} is neither Money nor Quota"
    if quote.price is None or quote.price.amount < 0:
        yield f"its price is nothing or below zero: {quote.price}"


def refusal_problems(refusal: Refusal, account: str, provider: str) -> Problems:
    """What leaves a reader of a refusal helpless."""
    if (refusal.account, refusal.provider) != (account, provider):
        yield f"it says that it is {refusal.account}'s at {refusal.provider}"
    if refusal.code not in set(RefusalCode):
        yield f"its code is not a RefusalCode: {refusal.code!r}"
    if not refusal.message.strip():
        yield "it has no message"
    if not (refusal.retryable or (refusal.remedy or "").strip()):
        yield f"it is not retryable and names no remedy: {refusal.message}"
    yield from raw_problems(refusal.raw)


def contract_problems(contract: Contract) -> Problems:
    """What makes a contract useless."""
    if not contract.id:
        yield "its id is empty"
    yield from raw_problems(contract.raw)


def raw_problems(raw: Mapping[str, Any]) -> Problems:
    """Why a provider's own JSON could not be saved, or has lost digits."""
    try:
        dump_json(raw)
    except (TypeError, ValueError) as error:
        yield f"its raw cannot be written as JSON: {error}"
    yield from (f"its raw has a binary float @ {path}" for path, leaf in leaves(raw) if isinstance(leaf, float))


def leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Every scalar of a JSON value with its path."""
    if isinstance(value, Mapping):
        for name, member in cast(Mapping[str, Any], value).items():
            yield from leaves(member, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, member in enumerate(cast(Iterable[Any], value)):
            yield from leaves(member, f"{path}[{index}]")
    else:
        yield path, value
