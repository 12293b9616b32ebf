"""From a purchase to Planet's order and back: the body, the checks before it is sent, the table of statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

import cattrs
from attrs import evolve, frozen

from tasking_hub import (
    HttpRequest,
    HttpResponse,
    InvalidRequestError,
    MalformedResponseError,
    Order,
    OrderEvent,
    OrderState,
    Purchase,
    Quota,
    Refusal,
    RefusalCode,
    Window,
)
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.bulk import bulk_request, taken_in_bulk
from tasking_hub_planet.translate.flexible import check_ahead, flexible_body, is_flexible
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.leaving import cancellation_steps, leaving_ends
from tasking_hub_planet.translate.quotes import UNIT_UNSTATED
from tasking_hub_planet.translate.requests import ORDERS_PATH, order_path, planet_url
from tasking_hub_planet.translate.rules import exclusivity_asked, exclusivity_sold
from tasking_hub_planet.wire import CONVERTER, PricingDetails
from tasking_hub_planet.wire_orders import FlexibleOrderRequest, OrderRequest, TaskingOrder

STATES: Mapping[str, OrderState] = {
    "RECEIVED": OrderState.RECEIVED,
    "REQUESTED": OrderState.RECEIVED,
    "PENDING": OrderState.ACCEPTED,
    "IN_PROGRESS": OrderState.IN_PROGRESS,
    "FINALIZING": OrderState.PROCESSING,
    "FULFILLED": OrderState.FULFILLED,
    "PENDING_CANCELLATION": OrderState.CANCELLING,
    "CANCELLED": OrderState.CANCELLED,
    "REJECTED": OrderState.REJECTED,
    "EXPIRED": OrderState.EXPIRED,
    "FAILED": OrderState.FAILED,
}
"""All eleven words (github.com/stapi-spec/stapi-fastapi-planet, by Planet's staff, 2025-04; a third party agrees).

Assumption: an assured order is `REQUESTED` while its pass is not locked in, so an order that was made is no image yet;
`PENDING` is locked in. Planet's own bridge calls the two received and scheduled.
"""

GONE = frozenset({"PENDING_CANCELLATION", "CANCELLED"})
"""Words of an order that was replaced."""

_NOT_LOCKED_IN = frozenset({"RECEIVED", "REQUESTED", "REJECTED"})


@frozen(kw_only=True)
class OrderFacts:
    """An order as it was read once.

    Attributes:
        order: its fields.
        raw: the same as it came.
    """

    order: TaskingOrder
    raw: Mapping[str, Any]

    @property
    def locked_in(self) -> bool:
        """Planet has put the pass on a satellite's schedule: only then does it cancel the orders in the way."""
        return self.order.status not in _NOT_LOCKED_IN

    @property
    def gone(self) -> bool:
        """It was cancelled, or is about to be."""
        return self.order.status in GONE


# --- Placing -----------------------------------------------------------------------------------------


def check_purchase(inquiry: Inquiry, purchase: Purchase) -> Refusal | None:
    """Why this must not be sent, or None: it is too late, or the agreed replacements are not exactly its own.

    Raises:
        InvalidRequestError: what is to be bought is neither an imaging window of Planet's nor a flexible order.
    """
    opportunity = purchase.opportunity
    if opportunity.provider != inquiry.settings.provider or not (opportunity.handle or is_flexible(opportunity)):
        msg = "Planet sells imaging windows that its own search found, and this is none: find it again"
        raise InvalidRequestError(msg, "opportunity")
    return check_ahead(inquiry, opportunity) or _check_replaced(inquiry, purchase)


def _check_replaced(inquiry: Inquiry, purchase: Purchase) -> Refusal | None:
    """Planet asks nobody before it cancels: ordering the window is all it takes, so the guard is here."""
    conflicting, agreed = frozenset(order.id for order in purchase.opportunity.replaces), purchase.replaces
    if conflicting == agreed:
        return None
    differences = (
        ("not agreed to", "agree to lose it, or choose another window", conflicting - agreed),
        ("not in the way of this window", "leave it out", agreed - conflicting),
    )
    said = [f"{', '.join(sorted(ids))} ({why})" for why, _, ids in differences if ids]
    remedies = [f"{what}: {', '.join(sorted(ids))}" for _, what, ids in differences if ids]
    return inquiry.refuse(
        RefusalCode.INVALID_REQUEST,
        f"the orders to be replaced are not exactly those that this window replaces: {'; '.join(said)}",
        field="replaces",
        limit=", ".join(sorted(conflicting)),
        actual=", ".join(sorted(agreed)),
        remedy="; ".join(remedies),
    )


def order_body(inquiry: Inquiry, purchase: Purchase) -> OrderRequest | FlexibleOrderRequest:
    """The order: for a window Planet takes place, time and angles from it, a flexible one says them."""
    opportunity = purchase.opportunity
    if is_flexible(opportunity):
        return flexible_body(inquiry, opportunity, purchase.reference)
    asked = inquiry.request.exclusivity_days is not None or inquiry.options.exclusivity_days is not None
    return OrderRequest(
        name=purchase.reference,
        imaging_window=opportunity.handle or "",
        pl_number=opportunity.contract or inquiry.settings.pl_number,
        product=opportunity.product,
        exclusivity_days=exclusivity_sold(exclusivity_asked(inquiry)) if asked else None,
    )


def place_request(inquiry: Inquiry, purchase: Purchase) -> HttpRequest:
    """The one request that buys. Planet knows no key against buying twice, so it is sent once."""
    if inquiry.settings.order_in_bulk:
        return bulk_request(inquiry, order_body(inquiry, purchase))
    body = CONVERTER.unstructure(order_body(inquiry, purchase))
    return HttpRequest(method="POST", url=planet_url(inquiry.settings, ORDERS_PATH), json=body, repeatable=False)


def read_placed(inquiry: Inquiry, response: HttpResponse, purchase: Purchase) -> Order:
    """The order in the answer to the request that bought it; a bulk's answer has none yet.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    if inquiry.settings.order_in_bulk:
        return taken_in_bulk(inquiry.account, purchase, at=inquiry.asked_at)
    return as_placed(read_order(inquiry.account, read_facts(response)), purchase)


# --- Reading -----------------------------------------------------------------------------------------


def get_order_request(settings: PlanetSettings, order_id: str) -> HttpRequest:
    """Read one order."""
    return HttpRequest(method="GET", url=planet_url(settings, order_path(order_id)), repeatable=True)


def order_pricing_request(settings: PlanetSettings, order_id: str) -> HttpRequest:
    """Read what an order costs, and which orders it replaces.

    Assumption: the path is a third party's (github.com/robert-malhotra/go-sar-vendor, 2025-12); Planet's reference
    names the operation only.
    """
    return HttpRequest(method="GET", url=planet_url(settings, f"{order_path(order_id)}/pricing"), repeatable=True)


def read_pricing(response: HttpResponse) -> PricingDetails:
    """What an order costs.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return read_as(CONVERTER, PricingDetails, response)


def read_facts(response: HttpResponse) -> OrderFacts:
    """Read one order.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    order = read_as(CONVERTER, TaskingOrder, response)
    return OrderFacts(order=order, raw=cast(Mapping[str, Any], response.json()))


def facts_in(raw: Mapping[str, Any]) -> OrderFacts | None:
    """The order in what an `Order` keeps, or None where it keeps none."""
    try:
        return OrderFacts(order=CONVERTER.structure(raw, TaskingOrder), raw=raw)
    except (cattrs.BaseValidationError, ValueError):
        return None


def facts_or_none(response: HttpResponse) -> OrderFacts | None:
    """The order in an answer that may have none: a 204, or words only."""
    body = response.json_or_none()
    return facts_in(cast(Mapping[str, Any], body)) if isinstance(body, Mapping) else None


def read_state(word: str) -> OrderState:
    """The neutral state; a word that is not in the table is not guessed at."""
    return STATES.get(word, OrderState.UNKNOWN)


def read_order(
    account: str, facts: OrderFacts, *, pricing: PricingDetails | None = None, replaced: tuple[str, ...] = ()
) -> Order:
    """The order in our words.

    Args:
        account: name of the configured account.
        facts: what Planet says.
        pricing: what Planet says about its price; names the unit, which the order itself does not.
        replaced: ids of the orders that are gone in its favour.
    """
    wire = facts.order
    return Order(
        account=account,
        provider=PlanetSettings.provider,
        id=wire.id,
        reference=wire.name or wire.id,
        state=read_state(wire.status),
        provider_status=wire.status,
        history=tuple(_history(wire)),
        price=_price(wire, pricing),
        window=Window.known(wire.start_time, wire.end_time),
        cancellable_until=leaving_ends(wire),
        cancellation=cancellation_steps(wire),
        progress_percent=_progress(wire),
        replaced=replaced,
        raw=facts.raw,
    )


def _history(wire: TaskingOrder) -> Iterator[OrderEvent]:
    """Planet dates the beginning and a good end. When it changed last may be about anything, so it is no step."""
    if wire.created_time is not None:
        yield OrderEvent(at=wire.created_time, state=OrderState.RECEIVED, note="created")
    if wire.fulfilled_time is not None and wire.status == "FULFILLED":
        yield OrderEvent(at=wire.fulfilled_time, state=OrderState.FULFILLED, provider_status=wire.status)


def _price(wire: TaskingOrder, pricing: PricingDetails | None) -> Quota | None:
    unit = ((pricing.units if pricing else None) or "").strip() or UNIT_UNSTATED
    stated = (pricing.estimated_quota_cost if pricing else None, wire.estimated_quota_cost)
    amount = next((one for one in stated if one is not None), None)
    try:
        return None if amount is None else Quota(amount, unit)
    except ValueError as error:
        problem = f"{error} @ $.estimated_quota_cost"
        raise MalformedResponseError([problem]) from error


def _progress(wire: TaskingOrder) -> Decimal | None:
    asked, done = wire.requested_sqkm, wire.fulfilled_sqkm
    if done is None or not asked or asked < 0:
        return None
    return min(max(done / asked * 100, Decimal(0)), Decimal(100))


def as_placed(order: Order, purchase: Purchase) -> Order:
    """The order just made, under the reference that was sent, at the quote's unit."""
    price = order.price
    if purchase.quote is not None and isinstance(price, Quota) and isinstance(purchase.quote.price, Quota):
        price = Quota(price.amount, purchase.quote.price.unit)
    return evolve(order, reference=purchase.reference, price=price)


def replaced_ids(pricing: PricingDetails | None) -> tuple[str, ...]:
    """Ids of the orders that stand in the way of an order, by its price."""
    return tuple(order.order_id for order in (pricing.replaced_orders if pricing else None) or ())
