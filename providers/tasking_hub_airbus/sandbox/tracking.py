"""Taskings and segments of SPOT and Pléiades, in the words and shapes of Airbus' guide (read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tasking_hub import InvalidRequestError, geometry, parse_time
from tasking_hub.sandbox import SandboxRequest
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT
from tasking_hub_airbus.sandbox.errors import bad_request, not_found
from tasking_hub_airbus.sandbox.life import Life, Placed, Shot, Stage, Verdict
from tasking_hub_airbus.sandbox.orders import Orders
from tasking_hub_airbus.sandbox.segments import instant

STATUS: Mapping[Stage, str] = {
    Stage.STUDY: "Feasibility study in progress",
    Stage.PROGRESS: "In Progress",
    Stage.PAUSED: "Paused",
    Stage.CANCELLED: "Canceled",
    Stage.COMPLETED: "Completed",
}
"""All five words (Airbus' OpenAPI description, read 2026-11)."""

_NAMES = {"ONEDAY": "OneDay", "ONENOW": "OneNow", "ONEPLAN": "OnePlan"}
_AROUND = timedelta(minutes=15)
"""How much the period of a OneDay reaches beyond its attempt in the guide's sample."""

_COUNT = 10
_M2 = 1_000_000


class Tracking:
    """The taskings of the contract for SPOT and Pléiades.

    Args:
        orders: what was ordered.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def list(self, request: SandboxRequest) -> Any:
        """The taskings that pass the filters, page by page."""
        _contract(request)
        shown = ((order, life, tasking(order, life)) for order, life in self._orders.all(LEGACY_CONTRACT))
        found = [one for order, life, one in shown if _passes(request, order, life, one["icr"])]
        count, page = _whole(request, "count", _COUNT), _whole(request, "startPage", 1)
        return {"taskings": found[count * (page - 1) : count * page]}

    def one(self, request: SandboxRequest) -> Any:
        """One tasking."""
        return tasking(*self._find(request))

    def segments(self, request: SandboxRequest) -> Any:
        """The images of a tasking. Assumption: with Pléiades Neo's words, of which the guide shows one."""
        order, life = self._find(request)
        return {"segments": [segment(order, shot, word) for shot, word, _ in life.images]}

    def answer(self, request: SandboxRequest, *, accept: bool) -> None:
        """Accept or refuse a segment."""
        order, life = self._find(request)
        numbers = {segment_id(order, shot): shot.number for shot, _, _ in life.images}
        number = numbers.get(request.parts["segment"])
        if number is None:
            message = f"Segment '{request.parts['segment']}' not found."
            raise not_found(message)
        self._orders.answer(order, number, accept=accept)

    def cancel(self, request: SandboxRequest) -> None:
        """Cancel a tasking."""
        self._orders.cancel(self._find(request)[0])

    def stop(self, request: SandboxRequest) -> None:
        """Stop a tasking."""
        self._orders.stop(self._find(request)[0])

    def _find(self, request: SandboxRequest) -> tuple[Placed, Life]:
        _contract(request)
        wanted = request.parts["tasking"]
        for order, life in self._orders.all(LEGACY_CONTRACT):
            if tasking_id(order) == wanted:
                return order, life
        message = f"Tasking '{wanted}' not found."
        raise not_found(message)


def _contract(request: SandboxRequest) -> None:
    contract = request.parts["contract"]
    if contract != LEGACY_CONTRACT:
        message = f"CIS contract '{contract}' not found."
        raise not_found(message)


# --- Filters -----------------------------------------------------------------------------------------


def _whole(request: SandboxRequest, name: str, default: int) -> int:
    text = request.parameter(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < 1:
        message = f"'{name}' must be a positive integer"
        raise bad_request(message)
    return int(text)


def _passes(request: SandboxRequest, order: Placed, life: Life, shown: Mapping[str, Any]) -> bool:
    listed = {
        "taskingIds": shown["id"],
        "customerRef": order.reference,
        "status": shown["status"],
        "mission": order.item.product.mission,
        "progTypeNames": order.programme,
        "hasProposedSegments": str(life.proposed > 0).lower(),
    }
    asked = {name: {value for key, value in request.query if key == name} for name in listed}
    fits = all(not asked[name] or listed[name] in asked[name] for name in listed)
    ends = _in_span(request, "icrEndOfPeriodDate", [shown["period"]["endDate"]])
    return fits and ends and _in_span(request, "acquisitionDate", [instant(shot.at) for shot, _, _ in life.images])


def _in_span(request: SandboxRequest, name: str, moments: list[str]) -> bool:
    """Whether one of the moments lies in `[a,b[`; the brackets' direction says whether a and b belong to it."""
    text = request.parameter(name)
    if text is None:
        return True
    try:
        first, last = (parse_time(part) for part in text[1:-1].split(","))
    except (InvalidRequestError, ValueError) as error:
        message = f"'{name}' must be a span of two dates"
        raise bad_request(message) from error
    times = [parse_time(moment) for moment in moments]
    closed = text[0] == "[", text[-1] == "]"
    return any(
        (first < time or (closed[0] and first == time)) and (time < last or (closed[1] and time == last))
        for time in times
    )


# --- Shapes ------------------------------------------------------------------------------------------


def tasking_id(order: Placed) -> str:
    """The id of a tasking."""
    return f"ICR_FC_{order.number:06d}"


def sales_order_id(order: Placed) -> str:
    """The id of the sales order, as `sal` has it."""
    return f"SAL{26_000_000 + order.number}"


def tasking(order: Placed, life: Life) -> dict[str, Any]:
    """As the guide's sample shows it; times without thousandths."""
    around = _AROUND if order.programme == "ONEDAY" else timedelta(0)
    area = geometry.area_km2(order.item.area) * _M2
    return {
        "sal": sales_order_id(order),
        "so": f"SO{26_000_000 + order.number}",
        "icr": {
            "id": tasking_id(order),
            "aoi": geometry.to_geojson(order.item.area),
            "progTypeName": _NAMES[order.programme],
            "status": STATUS[life.stage],
            "nbProposedSegments": life.proposed,
            "nbTotalSegments": len(life.images),
            "period": {"startDate": second(order.start - around), "endDate": second(order.end + around)},
            "seriesInformation": None,
            "customerRef": order.reference,
            "taskingProgress": {"orderedArea": area, "validatedArea": round(area * float(life.share), 6)},
            "attempts": " ".join(instant(moment) for moment in order.item.periods[0]),
        },
    }


def second(moment: Any) -> str:
    """A time without thousandths."""
    return f"{instant(moment)[:-5]}Z"


def segment_id(order: Placed, shot: Shot) -> str:
    """The id of a segment."""
    return f"AS_FC_{order.number:04d}_1_{shot.number}"


def catalogue_id(shot: Shot) -> str:
    """What the catalogue calls an image on both back ends."""
    return f"DS_{shot.satellite.replace(' ', '')}_{shot.at:%Y%m%d%H%M%S}"


def segment(order: Placed, shot: Shot, verdict: Verdict) -> dict[str, Any]:
    """As the guide's sample shows it; its cloudless share is known once it is judged."""
    judged = verdict is not Verdict.PENDING
    return {
        "id": segment_id(order, shot),
        "status": verdict.value.capitalize(),
        "asDetail1": {
            "catalogId": catalogue_id(shot),
            "footprint": geometry.to_geojson(shot.footprint),
            "incidenceAngle": shot.incidence_deg,
            "clearSkyRate": round(100 - shot.cloud_percent, 4) if judged else None,
            "acquisitionDate": second(shot.at),
        },
    }
