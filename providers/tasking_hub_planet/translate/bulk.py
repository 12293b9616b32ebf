"""Bulks: orders under an id of the caller's own, by which they can be looked up (pages as in `wire_orders`).

A bulk here holds one order: each reference is bought once, has an id of its own and comes to its own end. The id is
made of the reference, so whoever knows it can ask whether the bulk arrived, which no list of orders can tell.
What Planet does with a second bulk of the same id is documented nowhere; it is sent once all the same.
"""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from tasking_hub import HttpRequest, HttpResponse, Order, OrderEvent, OrderState, Purchase
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.refusals import complaints
from tasking_hub_planet.translate.requests import BULK_PATH, planet_url
from tasking_hub_planet.wire import CONVERTER
from tasking_hub_planet.wire_orders import BulkRequest, BulkSummary, FlexibleOrderRequest, OrderRequest

COMPLETE = "COMPLETE"
"""All orders of the bulk were tried; before that it is PENDING or RUNNING."""

_WHY_LENGTH_MAX = 300


def bulk_id(contract: str, reference: str) -> UUID:
    """The id under which a reference is ordered; the same for ever, and another one under another contract."""
    return uuid5(NAMESPACE_URL, f"https://api.planet.com{BULK_PATH}{contract}/{reference}")


def bulk_request(inquiry: Inquiry, order: OrderRequest | FlexibleOrderRequest) -> HttpRequest:
    """Order in a bulk of one; sent once."""
    body = BulkRequest(id=str(bulk_id(order.pl_number, order.name)), order_payloads=(order,))
    return HttpRequest(
        method="POST",
        url=planet_url(inquiry.settings, BULK_PATH),
        json=CONVERTER.unstructure(body),
        repeatable=False,
    )


def summary_request(settings: PlanetSettings, purchase: Purchase) -> HttpRequest:
    """Ask how the bulk of a purchase is getting on; 404 where it never arrived."""
    return HttpRequest(method="GET", url=_url(settings, purchase), repeatable=True)


def payloads_request(settings: PlanetSettings, purchase: Purchase) -> HttpRequest:
    """Ask what became of each order of a bulk."""
    return HttpRequest(method="GET", url=f"{_url(settings, purchase)}/payloads", repeatable=True)


def _url(settings: PlanetSettings, purchase: Purchase) -> str:
    """Under the contract that it was bought under, whatever is configured by now."""
    contract = purchase.opportunity.contract or settings.pl_number
    return planet_url(settings, f"{BULK_PATH}{bulk_id(contract, purchase.reference)}")


def read_summary(response: HttpResponse) -> BulkSummary:
    """How a bulk is getting on.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return read_as(CONVERTER, BulkSummary, response)


def has_failed(summary: BulkSummary) -> bool:
    """Whether the bulk's one order was tried and not made."""
    return summary.status == COMPLETE and not summary.successful_payload_count and bool(summary.failed_payload_count)


def read_why(response: HttpResponse) -> str:
    """What the payloads say, shortened. Assumption: no page shows their JSON, so every text in it is taken."""
    said = "; ".join(str(one) for one in complaints(response.json_or_none()))
    return said[:_WHY_LENGTH_MAX]


def taken_in_bulk(account: str, purchase: Purchase, *, at: datetime, word: str | None = None) -> Order:
    """An order that Planet has as a bulk: it has no id of its own yet."""
    return _in_bulk(account, purchase, OrderEvent(at=at, state=OrderState.RECEIVED, provider_status=word, note=_TAKEN))


def refused_in_bulk(account: str, purchase: Purchase, *, at: datetime, why: str) -> Order:
    """An order that Planet tried to make of a bulk and did not."""
    note = f"Planet made no order of the bulk: {why or 'it does not say why'}"
    return _in_bulk(
        account, purchase, OrderEvent(at=at, state=OrderState.REJECTED, provider_status=COMPLETE, note=note)
    )


_TAKEN = "taken as a bulk of one; its order is looked up by name"


def _in_bulk(account: str, purchase: Purchase, event: OrderEvent) -> Order:
    return Order(
        account=account,
        provider=PlanetSettings.provider,
        reference=purchase.reference,
        state=event.state,
        provider_status=event.provider_status,
        history=(event,),
        price=None if purchase.quote is None else purchase.quote.price,
    )
