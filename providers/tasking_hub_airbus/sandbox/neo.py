"""Orders, quotations and coverages of Pléiades Neo, after Airbus' OpenAPI description (read 2026-11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tasking_hub import HttpResponse, geometry
from tasking_hub.sandbox import SandboxRequest
from tasking_hub_airbus.sandbox.catalogue import NEO_CONTRACT
from tasking_hub_airbus.sandbox.errors import bad_request, not_found
from tasking_hub_airbus.sandbox.life import Life, Placed, Shot, Stage, Verdict
from tasking_hub_airbus.sandbox.lucene import read_query
from tasking_hub_airbus.sandbox.orders import Orders
from tasking_hub_airbus.sandbox.reading import an_object
from tasking_hub_airbus.sandbox.segments import instant
from tasking_hub_airbus.sandbox.tracking import catalogue_id

STATUS: Mapping[Stage, str] = {
    Stage.PROGRESS: "IN_PROGRESS",
    Stage.PAUSED: "PAUSED",
    Stage.CANCELLED: "CANCELLED",
    Stage.COMPLETED: "COMPLETED",
}
"""Assumption: PAUSED and COMPLETED, which are not shown anywhere."""

QUOTATION: Mapping[Stage, str | None] = {
    Stage.STUDY: None,
    Stage.QUOTED: "SENT",
    Stage.ACCEPTED: "ACCEPTED",
    Stage.REFUSED: "REFUSED",
    Stage.EXPIRED: "EXPIRED",
}
"""Assumption: REFUSED and EXPIRED; one that is studied has no word. Once an order came of it, it stays ACCEPTED."""

_PER_PAGE = 25


class Neo:
    """The orders of the contract for Pléiades Neo.

    Args:
        orders: what was ordered.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    # --- Finding -------------------------------------------------------------------------------------

    def search_orders(self, body: Any) -> Any:
        """Items and quotations that a query finds."""
        shown = [(order, item(order, life)) for order, life in self._orders.all(NEO_CONTRACT)]
        # What is asked for as cis.quotation is shown as quotationId.
        return _search(body, [(one, {**one, "cis": {"quotation": quotation_id(order)}}) for order, one in shown])

    def search_coverages(self, body: Any) -> Any:
        """Coverages that a query finds."""
        found = [
            coverage(order, shot, verdict)
            for order, life in self._orders.all(NEO_CONTRACT)
            for shot, verdict, _ in life.images
        ]
        return _search(body, [(one, one) for one in found])

    def export(self, request: SandboxRequest) -> HttpResponse:
        """A quotation as a PDF of one empty page."""
        order, _ = self._quotation(request)
        head = f"%PDF-1.4\n% {quotation_id(order)}\n"
        page = "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        body = f"{head}{page}trailer<</Root 1 0 R>>\n%%EOF\n".encode()
        return HttpResponse(status=200, headers={"Content-Type": "application/pdf"}, body=body)

    # --- Answering -----------------------------------------------------------------------------------

    def decide(self, request: SandboxRequest, *, accept: bool) -> None:
        """Accept or refuse a quotation."""
        contract = request.parts["contract"]
        if contract != NEO_CONTRACT:
            message = f"CIS contract '{contract}' not found."
            raise not_found(message)
        self._orders.decide(self._quotation(request)[0], accept=accept)

    def answer(self, request: SandboxRequest, *, accept: bool) -> None:
        """Accept or refuse a coverage."""
        wanted = request.parts["coverage"]
        for order, life in self._orders.all(NEO_CONTRACT):
            for shot, _, _ in life.images:
                if coverage_id(order, shot) == wanted:
                    self._orders.answer(order, shot.number, accept=accept)
                    return
        message = f"Coverage '{wanted}' not found."
        raise not_found(message)

    def cancel(self, request: SandboxRequest) -> None:
        """Cancel an order's item."""
        self._orders.cancel(self._item(request))

    def stop(self, request: SandboxRequest) -> None:
        """Stop an order's item."""
        self._orders.stop(self._item(request))

    def _item(self, request: SandboxRequest) -> Placed:
        wanted = request.parts["item"]
        for order, life in self._orders.all(NEO_CONTRACT):
            if item(order, life)["orderItemId"] == wanted:
                return order
        message = f"Order item '{wanted}' not found."
        raise not_found(message)

    def _quotation(self, request: SandboxRequest) -> tuple[Placed, Life]:
        wanted = request.parts["quotation"]
        for order, life in self._orders.all(NEO_CONTRACT):
            if quotation_id(order) == wanted:
                return order, life
        message = f"Quotation '{wanted}' not found."
        raise not_found(message)


def _search(value: Any, found: list[tuple[dict[str, Any], dict[str, Any]]]) -> Any:
    """A page of what a query finds, of pairs of what is shown and what is searched."""
    body = an_object(value, "A body")
    paging, criteria = an_object(body.get("paging"), "'paging'"), an_object(body.get("criteria"), "'criteria'")
    test = read_query(str(criteria.get("q", "")))
    matching = [shown for shown, searched in found if test(searched)]
    start, count = paging.get("startIndex", 0), paging.get("itemsPerPage", _PER_PAGE)
    if not (isinstance(start, int) and isinstance(count, int) and start >= 0 and count > 0):
        message = "'startIndex' and 'itemsPerPage' must be integers"
        raise bad_request(message)
    told = {"itemsPerPage": count, "startIndex": start, "pagingMode": "item", "totalResults": len(matching)}
    return {"paging": told, "features": matching[start : start + count]}


# --- Shapes ------------------------------------------------------------------------------------------


def quotation_id(order: Placed) -> str:
    """The id of a quotation; every order has one."""
    return f"QUO26{order.number:06d}"


def item_id(order: Placed) -> str:
    """The id of an order's item."""
    return f"WOI_{order.number:09d}_1"


def coverage_id(order: Placed, shot: Shot) -> str:
    """The id of a coverage."""
    return f"CIE_{order.number:09d}_1_{shot.number}_1"


def item(order: Placed, life: Life) -> dict[str, Any]:
    """An order's item, or a quotation that none came of yet."""
    priced = not order.item.studied or life.stage is not Stage.STUDY
    product = order.item.product
    ordered = life.stage not in QUOTATION
    return {
        "orderItemId": item_id(order) if ordered else None,
        "quotationId": quotation_id(order),
        "salesOrderId": f"SAL{26_000_000 + order.number}" if ordered else None,
        "contractId": NEO_CONTRACT,
        "customerReference": order.reference,
        "productType": re.sub("^PleiadesNeo", "PleiadesNeoTasking", product.id),
        "mission": "pleiadesneo",
        "technicalProduct": {"source": {"id": "tasking"}, "target": {"id": order.programme.lower()}},
        "status": STATUS.get(life.stage),
        "quotationStatus": "ACCEPTED" if ordered else QUOTATION[life.stage],
        "quotationEndOfValidityDate": instant(order.valid_until),
        "cancelationDeadlineDate": instant(order.last_cancellation),
        "tasking": {
            "holdBack": 0,
            "acquisitionMode": "MONOSCOPIC",
            "period": [f"{instant(start)} {instant(end)}" for start, end in order.item.periods],
            "endOfInitialPeriod": instant(order.end),
            "validatedArea": round(geometry.area_km2(order.item.area) * float(life.share), 4),
            "validatedAreaPct": life.share * 100,
            "nbProposedCoverageItems": life.proposed,
            "totalCoverageItems": len(life.images),
        },
        "requestedArea": round(geometry.area_km2(order.item.area), 4),
        "priceCalculationArea": order.item.area_km2,
        "currency": "EUR",
        "totalAmount": order.item.amount if priced else None,
    }


def coverage(order: Placed, shot: Shot, verdict: Verdict) -> dict[str, Any]:
    """A coverage; its cloudless share is known once it is judged."""
    judged = verdict is not Verdict.PENDING
    return {
        "coverageItemId": coverage_id(order, shot),
        "orderItemId": item_id(order),
        "contractId": NEO_CONTRACT,
        "status": verdict.value,
        "clearSkyRate": round(100 - shot.cloud_percent, 4) if judged else None,
        "archiveId": catalogue_id(shot),
        "satellite": shot.satellite,
        "incidenceAngle": shot.incidence_deg,
        "footprint": geometry.to_geojson(shot.footprint),
        "acquisitionDate": instant(shot.at),
    }
