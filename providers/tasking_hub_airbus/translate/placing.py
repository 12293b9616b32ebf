"""From a purchase to the one request that buys, and what its answer says; orders are read in `orders`. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import evolve

from tasking_hub import (
    HttpRequest,
    HttpResponse,
    MalformedResponseError,
    Order,
    OrderEvent,
    OrderState,
    ProviderUnavailableError,
    Purchase,
    Refusal,
    RefusalCode,
    TransportError,
    UnsentRequestError,
)
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusOptions, AirbusSettings
from tasking_hub_airbus.translate.inquiry import NAME, NEO, Inquiry, Target
from tasking_hub_airbus.translate.orders import CANCEL_UNTIL, price_of
from tasking_hub_airbus.translate.quotes import cancellation_steps, no_quotation, too_late
from tasking_hub_airbus.translate.refusals import refuse
from tasking_hub_airbus.translate.requests import order_body, primary_market
from tasking_hub_airbus.wire import CONVERTER
from tasking_hub_airbus.wire_orders import OrderAnswer

SETTLING_S = 300.0
"""Assumption: an order that its customerReference does not find after five minutes was not placed."""

FAILED_BEFORE = (MalformedResponseError, ProviderUnavailableError, TransportError)
"""What may go wrong while a request is put together; of the request itself it would say that it may have worked."""

STUDIED_FIRST = "People at Airbus study it first; the price comes with their answer, which the buyer confirms."
QUOTED_FIRST = "Airbus sends a quotation first, which the buyer accepts or refuses."


class Way(Enum):
    """What a purchase is sent as."""

    ORDER = "orders"
    QUOTATION = "quotations"


# --- Before it is sent -------------------------------------------------------------------------------


def unplaceable(settings: AirbusSettings, inquiry: Inquiry, purchase: Purchase) -> Refusal | None:
    """Why there is no use in sending the order, or None."""
    target = Target.behind(purchase.opportunity)
    return too_late(inquiry, purchase.opportunity) or _no_market(settings, inquiry) or no_quotation(inquiry, target)


def _no_market(settings: AirbusSettings, inquiry: Inquiry) -> Refusal | None:
    if primary_market(settings, inquiry):
        return None
    return refuse(
        inquiry,
        RefusalCode.CONFIGURATION,
        "Airbus takes no order without a primary market, and neither the account nor the request names one",
        field="market",
        remedy="set market in the account's configuration, or in the request (NQUAL where none fits)",
    )


def is_studied_first(purchase: Purchase) -> bool:
    """Whether people at Airbus look at it before it has a price."""
    return not purchase.opportunity.quotable


def way_of(purchase: Purchase) -> Way:
    """How it is bought: on Pléiades Neo what is studied first, and what the buyer wants so, by way of a quotation."""
    neo = Target.behind(purchase.opportunity).backend == NEO
    wanted = purchase.opportunity.request.options_for(NAME, AirbusOptions).quotation
    return Way.QUOTATION if neo and (wanted or is_studied_first(purchase)) else Way.ORDER


def place_request(
    settings: AirbusSettings,
    inquiry: Inquiry,
    purchase: Purchase,
    production: Mapping[str, str],
    workspace: str | None,
    way: Way,
) -> HttpRequest:
    """The one request that buys, or that asks for a quotation; never repeated."""
    body = order_body(settings, inquiry, purchase.opportunity, production, workspace)
    notified = _notifications(inquiry, Target.behind(purchase.opportunity), way)
    body = evolve(body, customer_reference=purchase.reference, notifications=notified)
    return HttpRequest(method="POST", url=place_url(settings, way), json=CONVERTER.unstructure(body), repeatable=False)


def place_url(settings: AirbusSettings, way: Way) -> str:
    """Where a purchase is sent."""
    return f"{settings.order_url}/api/v1/{way.value}"


def not_sent(url: str, why: object) -> UnsentRequestError:
    """What stops a request at the last moment: it was never sent."""
    return UnsentRequestError(f"not sent: {why}", method="POST", url=url)


def _notifications(inquiry: Inquiry, target: Target, way: Way) -> tuple[Mapping[str, Any], ...]:
    """E-mail about a Pléiades Neo order as a whole (Airbus' OpenAPI description, read 2026-11)."""
    addresses = list(inquiry.options.notification_emails)
    if target.backend != NEO or not addresses:
        return ()
    events = ["QUOTATION_REQUEST"] if way is Way.QUOTATION else ["SALES_ORDER", "DELIVERY"]
    channel = {"type": "email", "addressee": {"to": addresses, "cc": list[str]()}}
    return ({"name": "", "channels": [channel], "filter": {"events": [{"event": event} for event in events]}},)


# --- The answer --------------------------------------------------------------------------------------


def read_placed(inquiry: Inquiry, purchase: Purchase, way: Way, response: HttpResponse) -> Order:
    """What was just ordered. It has no id yet: that of the tasking comes with the first look by reference.

    Raises:
        MalformedResponseError: the answer names neither a sales order nor a quotation.
    """
    answer = read_as(CONVERTER, OrderAnswer, response)
    if not any((name or "").strip() for name in (answer.sales_order_id, answer.quotation_id)):
        problem = "required field missing @ $.salesOrderId or $.quotationId"
        raise response.malformed(problem)
    target = Target.behind(purchase.opportunity)
    note = STUDIED_FIRST if is_studied_first(purchase) else QUOTED_FIRST if way is Way.QUOTATION else ""
    state = OrderState.STUDY if note else OrderState.RECEIVED
    return Order(
        account=inquiry.account,
        provider=NAME,
        reference=purchase.reference,
        state=state,
        history=(OrderEvent(at=inquiry.now, state=state, note=note),),
        price=price_of(answer.total_amount, answer.currency) or (purchase.quote.price if purchase.quote else None),
        cancellable_until=None if way is Way.QUOTATION else purchase.opportunity.window.start - CANCEL_UNTIL,
        cancellation=cancellation_steps(target.programme),
        raw={
            "contract": dict(target.contract.raw),
            "productType": dict(target.product.raw),
            "placed": dict(answer.raw),
        },
    )
