"""Flexible orders: a place and a span of days in which Planet picks the time; their price is a preview of the order.

From https://docs.planet.com/develop/apis/tasking/flexible_tasking and
https://developers.planet.com/docs/tasking/examples/orders (page of 2024-12-10), both read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from attrs import evolve
from shapely import Polygon

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    HttpRequest,
    Imaging,
    Opportunity,
    OpportunityKind,
    Optical,
    PriceLine,
    Quote,
    QuoteRefusedError,
    Refusal,
    Terms,
    Window,
    geometry,
)
from tasking_hub_planet.options import PlanetOptions
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.leaving import FLEXIBLE_CANCELLATION
from tasking_hub_planet.translate.quotes import ESTIMATE, commercial_adjustments, days_sold, quota_of
from tasking_hub_planet.translate.refusals import began, no_price
from tasking_hub_planet.translate.requests import PRICING_PATH, elevation, planet_url
from tasking_hub_planet.translate.rules import check_flexible
from tasking_hub_planet.wire import CONVERTER, PricingDetails
from tasking_hub_planet.wire_orders import FlexibleOrderRequest

USUAL_SPAN = timedelta(days=14)
USUAL_NOTICE = timedelta(hours=24)
"""What Planet's dashboard asks of flexible orders (https://docs.planet.com/platform/get-started/access-data/task-imagery/
create_orders, read 2026-11). Whether the API does too is not documented, so it is said and not enforced."""


def flexible_inquiry(inquiry: Inquiry) -> Inquiry | None:
    """The same inquiry for the account's flexible product, or None where it has none."""
    product = inquiry.settings.flexible_product
    return None if product is None else evolve(inquiry, product=product)


def is_flexible(opportunity: Opportunity) -> bool:
    """Whether Planet picks the time: then there is no imaging window."""
    return opportunity.kind is OpportunityKind.CAMPAIGN


def check_ahead(inquiry: Inquiry, opportunity: Opportunity) -> Refusal | None:
    """Why it is too late for an opportunity, or None: an imaging window must not have begun, others not ended."""
    if is_flexible(opportunity):
        return next(iter(check_flexible(inquiry)), None)
    return began(inquiry, opportunity) if opportunity.window.start <= inquiry.asked_at else None


def flexible_ways(inquiry: Inquiry) -> list[Opportunity | Refusal]:
    """The one flexible order that could serve a request, or why none can; Planet is not asked before the price."""
    return [*check_flexible(inquiry)] or [_opportunity(inquiry)]


def _opportunity(inquiry: Inquiry) -> Opportunity:
    request, families = inquiry.request, inquiry.options.satellite_types
    return Opportunity(
        id="flexible",
        account=inquiry.account,
        provider=inquiry.settings.provider,
        request=request,
        kind=OpportunityKind.CAMPAIGN,
        imaging=Imaging.OPTICAL,
        product=inquiry.product,
        window=Window(max(request.window.start, inquiry.asked_at), request.window.end),
        contract=inquiry.settings.pl_number,
        footprint=request.area if isinstance(request.area, Polygon) else None,
        constellation=families[0] if len(families) == 1 else None,
        adjustments=tuple(_adjustments(inquiry)),
    )


def _adjustments(inquiry: Inquiry) -> Iterator[Adjustment]:
    """One for each requirement on the image: the angles and a single view are sent, the rest has no field."""
    yield from _sent(inquiry.optical)
    yield from _not_enforced(inquiry.optical, inquiry.options)


def _sent(wanted: Optical) -> Iterator[Adjustment]:
    for field, angle, bound in (
        ("max_incidence", wanted.max_incidence, "least"),
        ("min_incidence", wanted.min_incidence, "most"),
    ):
        if angle is not None:
            why = f"sent as a satellite elevation of at {bound} 90 less the incidence"
            yield Adjustment(field=field, how=AdjustmentKind.HONOURED, asked=angle, sent=elevation(angle), why=why)
    if wanted.stereo is not None:
        why = "a flexible order takes one view where no other is asked for"
        yield Adjustment(field="stereo", how=AdjustmentKind.HONOURED, asked=wanted.stereo, sent=wanted.stereo, why=why)


def _not_enforced(wanted: Optical, options: PlanetOptions) -> Iterator[Adjustment]:
    for field, asked, why in (
        ("max_cloud_cover", wanted.max_cloud_cover, "Planet assesses its images by the terms of the contract"),
        ("min_sun_elevation", wanted.min_sun_elevation, _NO_LIMIT),
        ("max_gsd_m", wanted.max_gsd_m, _NO_LIMIT),
        ("planet.off_nadir_min", options.off_nadir_min, _ELEVATION_ONLY),
        ("planet.off_nadir_max", options.off_nadir_max, _ELEVATION_ONLY),
        ("planet.sensitivity_mode", options.sensitivity_mode, _NO_LIMIT),
    ):
        if asked is not None:
            yield Adjustment(field=field, how=AdjustmentKind.NOT_ENFORCED, asked=asked, why=why)


_NO_LIMIT = "a flexible order has no such limit"
_ELEVATION_ONLY = "a flexible order limits the satellite's elevation only: ask for an incidence instead"


# --- The order and its price -------------------------------------------------------------------------


def flexible_body(inquiry: Inquiry, opportunity: Opportunity, name: str) -> FlexibleOrderRequest:
    """The order for a place and a span of time; a start that has passed is left out: Planet then starts now."""
    request, window = inquiry.request, opportunity.window
    asked = request.exclusivity_days is not None or inquiry.options.exclusivity_days is not None
    return FlexibleOrderRequest(
        name=name,
        geometry=geometry.to_geojson(request.area),
        pl_number=opportunity.contract or inquiry.settings.pl_number,
        product=opportunity.product,
        start_time=window.start if window.start > inquiry.asked_at else None,
        end_time=window.end,
        sat_elevation_angle_min=elevation(inquiry.optical.max_incidence),
        sat_elevation_angle_max=elevation(inquiry.optical.min_incidence),
        satellite_types=inquiry.options.satellite_types,
        exclusivity_days=days_sold(inquiry) if asked else None,
    )


def preview_request(inquiry: Inquiry, opportunity: Opportunity) -> HttpRequest:
    """Ask what an order would cost; it buys nothing, so it may be repeated.

    Assumption: the path, and that the body is the order's own, are a third party's (github.com/robert-malhotra/
    go-sar-vendor, 2025-12); Planet's reference names the operation "Retrieve Pricing Preview" only.
    """
    body = flexible_body(inquiry, opportunity, inquiry.request.reference)
    return HttpRequest(
        method="POST",
        url=planet_url(inquiry.settings, PRICING_PATH),
        json=CONVERTER.unstructure(body),
        repeatable=True,
    )


def read_flexible_quote(inquiry: Inquiry, opportunity: Opportunity, details: PricingDetails) -> Quote:
    """The price of the order as Planet previews it.

    Raises:
        QuoteRefusedError: Planet names none.
    """
    if details.estimated_quota_cost is None:
        raise QuoteRefusedError(no_price(inquiry, opportunity))
    price, unit_price = quota_of(details.estimated_quota_cost, details), inquiry.settings.quota_price
    return Quote(
        opportunity=opportunity,
        price=price,
        quota_value=None if unit_price is None else price.value_at(unit_price),
        lines=(PriceLine(label="estimated_quota_cost", amount=price),),
        quoted_at=inquiry.asked_at,
        terms=Terms(exclusivity=f"{days_sold(inquiry)} days", cancellation=(FLEXIBLE_CANCELLATION,)),
        adjustments=tuple(commercial_adjustments(inquiry, opportunity)),
        notes=(ESTIMATE, *_notes(inquiry, opportunity.window)),
        raw={"pricing": CONVERTER.unstructure(details)},
    )


def _notes(inquiry: Inquiry, window: Window) -> Iterator[str]:
    if window.end - window.start < USUAL_SPAN or window.start - inquiry.asked_at < USUAL_NOTICE:
        yield (
            f"Planet's dashboard takes flexible orders of at least {USUAL_SPAN.days} days, placed 24 hours before they "
            "start: Planet may refuse this one."
        )
