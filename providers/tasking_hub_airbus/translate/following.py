"""Lists of orders on both back ends, one page after the other, and what was taken for an order. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import GenericAlias
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

from attrs import evolve, field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub import Acquisition, HttpRequest, HttpResponse, InvalidRequestError, NotFoundError, Window, geometry
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.orders import is_neo
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, format_instant
from tasking_hub_airbus.wire_orders import (
    Coverage,
    NeoOrder,
    Paging,
    SegmentDetail,
    SegmentsAnswer,
    TakenSegment,
    Tasking,
)

PAGE_SIZE = 100
"""Orders on a page that are asked for."""

DEFAULT_PAGE_SIZE = 10
"""Orders on a page that Airbus gives unasked (Airbus' OpenAPI description, read 2026-11)."""

PROPOSED = {"Proposed", "PROPOSED"}
"""Segments and coverages that wait for the buyer."""

COVERAGE_WORDS = ("VALIDATED", "PROPOSED", "REFUSED", "PENDING", "REJECTED")
"""Words of a coverage's status (Airbus' OpenAPI description, read 2026-11)."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

FactsT = TypeVar("FactsT")


@frozen(kw_only=True)
class Page(Generic[FactsT]):
    """What one answer lists, and the request for what follows, or None."""

    items: tuple[FactsT, ...]
    following: HttpRequest | None


# --- SPOT and Pléiades -------------------------------------------------------------------------------


@frozen(kw_only=True)
class TaskingFilter:
    """Which taskings of a SPOT and Pléiades contract to list (Airbus' OpenAPI description, read 2026-11).

    Attributes:
        customer_ref: the buyer's reference.
        tasking_ids: ids ("ICR_...").
        program: as Airbus documents it, without explanation.
        status: words of the status, such as "In Progress".
        mission: "SPOT" or "PLEIADES".
        programmes: "ONEDAY", "ONENOW", "ONEPLAN", "ONESERIES".
        acquired: when an image was acquired; the end is left out.
        ends: when the period ends; the end is left out.
        has_proposed_segments: whether an image waits for the buyer.
        sort_keys: such as "acquisitionDate,,0"; also status, startDate, endDate, taskingProgress.
    """

    customer_ref: str | None = None
    tasking_ids: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    program: str | None = None
    status: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    mission: str | None = None
    programmes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    acquired: Window | None = None
    ends: Window | None = None
    has_proposed_segments: bool | None = None
    sort_keys: str | None = None

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """As parameters; a list repeats its name."""
        waits = self.has_proposed_segments
        pairs = (
            *(("taskingIds", one) for one in self.tasking_ids),
            ("customerRef", self.customer_ref),
            ("program", self.program),
            *(("status", one) for one in self.status),
            ("mission", self.mission),
            *(("progTypeNames", one) for one in self.programmes),
            ("acquisitionDate", _span(self.acquired)),
            ("icrEndOfPeriodDate", _span(self.ends)),
            ("hasProposedSegments", None if waits is None else str(waits).lower()),
            ("sortKeys", self.sort_keys),
        )
        return tuple((name, value) for name, value in pairs if value is not None)


def _span(window: Window | None) -> str | None:
    """The direction of the brackets says that the start belongs to it and the end does not."""
    return None if window is None else f"[{format_instant(window.start)},{format_instant(window.end)}["


def tasking_url(settings: AirbusSettings, contract: ContractInfo, *parts: str) -> str:
    """The address of a contract's taskings, or of something below."""
    steps = (contract.contract_id, "taskings", *parts)
    return f"{settings.order_url}/api/v1/contracts/{'/'.join(quote(step, safe='') for step in steps)}"


def taskings_request(settings: AirbusSettings, contract: ContractInfo, wanted: TaskingFilter) -> HttpRequest:
    """The first page of a contract's taskings."""
    paging = (("count", str(PAGE_SIZE)), ("startPage", "1"))
    return _get(tasking_url(settings, contract), (*wanted.query, *paging))


def _get(url: str, query: tuple[tuple[str, str], ...] = ()) -> HttpRequest:
    return HttpRequest(method="GET", url=url, query=query, repeatable=True)


def read_taskings(request: HttpRequest, response: HttpResponse) -> Page[Tasking]:
    """A page of taskings. Nothing says how many there are, so a full page may have another behind it.

    Assumption: a server that gives fewer than it was asked for gives no fewer than it does unasked.
    """
    items = _taskings(response)
    page = int(dict(request.query).get("startPage", "1"))
    rest = tuple(pair for pair in request.query if pair[0] != "startPage")
    following = evolve(request, query=(*rest, ("startPage", str(page + 1))))
    return Page(items=items, following=following if len(items) >= DEFAULT_PAGE_SIZE else None)


def _taskings(response: HttpResponse) -> tuple[Tasking, ...]:
    """A list, or one tasking alone: the guide does not show the answer about a single one."""
    body = response.json()
    if isinstance(body, Mapping) and "icr" in body:
        return (read_as(CONVERTER, Tasking, response),)
    return read_as(CONVERTER, tuple[Tasking, ...], response, "taskings")


# --- Pléiades Neo ------------------------------------------------------------------------------------


def search_orders_request(settings: AirbusSettings, *conditions: str) -> HttpRequest:
    """The first page of orders and quotations that meet all conditions."""
    return _search(f"{settings.order_url}/api/v2/orders/search", conditions)


def search_coverages_request(settings: AirbusSettings, *conditions: str) -> HttpRequest:
    """The first page of coverages that meet all conditions."""
    return _search(f"{settings.order_url}/api/v1/coverages/search", conditions)


def _search(url: str, conditions: Sequence[str]) -> HttpRequest:
    paging = {"itemsPerPage": PAGE_SIZE, "startIndex": 0, "pagingMode": "item"}
    body = {"paging": paging, "criteria": {"q": " AND ".join(f"({one})" for one in conditions)}}
    return HttpRequest(method="POST", url=url, json=body, repeatable=True)


def condition(name: str, value: str) -> str:
    """A condition of the search's language, in which letters, digits, `_` and `-` stand for themselves.

    Assumption: nobody documents how others are written, so each run of them becomes a `*`, which finds more than meant;
    what is found is compared again here.
    """
    return f"{name}:{_UNSAFE.sub('*', value)}"


def referenced(reference: str) -> str:
    """Orders with a reference, in the form that Airbus shows."""
    found = re.sub(r"\*+", "*", f"*{_UNSAFE.sub('*', reference)}*")
    return f"customerReference:{found}"


def read_found_orders(request: HttpRequest, response: HttpResponse) -> Page[NeoOrder]:
    """A page of orders, which one example calls `features` and another `contracts`."""
    return _read_search(request, response, NeoOrder, ("features", "contracts"))


def read_found_coverages(request: HttpRequest, response: HttpResponse) -> Page[Coverage]:
    """A page of coverages."""
    return _read_search(request, response, Coverage, ("features",))


def _read_search(
    request: HttpRequest, response: HttpResponse, kind: type[FactsT], names: Sequence[str]
) -> Page[FactsT]:
    body = response.json()
    known: Mapping[str, Any] = cast(Mapping[str, Any], body) if isinstance(body, Mapping) else {}
    name = next((name for name in names if name in known), names[0])
    many = cast(type[tuple[FactsT, ...]], GenericAlias(tuple, (kind, ...)))
    items = read_as(CONVERTER, many, response, name)
    paging = read_as(CONVERTER, Paging, response, "paging") if known.get("paging") else Paging()
    return Page(items=items, following=_next_search(request, len(items), paging.total_results))


def _next_search(request: HttpRequest, found: int, total: int | None) -> HttpRequest | None:
    asked = request.json["paging"]
    start = asked["startIndex"] + found
    more = found > 0 and (found >= DEFAULT_PAGE_SIZE if total is None else start < total)
    return evolve(request, json={**request.json, "paging": {**asked, "startIndex": start}}) if more else None


# --- Both --------------------------------------------------------------------------------------------


def orders_request(settings: AirbusSettings, contract: ContractInfo) -> HttpRequest:
    """The first page of all orders of a contract."""
    if is_neo(contract):
        of_tasking = condition("technicalProduct.source.id", "tasking")
        return search_orders_request(settings, condition("contractId", contract.contract_id), of_tasking)
    return taskings_request(settings, contract, TaskingFilter())


def order_request(settings: AirbusSettings, contract: ContractInfo, order_id: str) -> HttpRequest:
    """One order by its id."""
    if is_neo(contract):
        mine = condition("contractId", contract.contract_id)
        return search_orders_request(settings, condition("orderItemId", order_id), mine)
    return _get(tasking_url(settings, contract, order_id))


def likely_contracts(contracts: Sequence[ContractInfo], order_id: str) -> list[ContractInfo]:
    """The contracts that may have an order: taskings are "ICR_...", items "WOI_..."; any other id may be both."""
    known = {"ICR": False, "WOI": True}.get(order_id.partition("_")[0])
    return [contract for contract in contracts if known is None or is_neo(contract) is known]


def no_such_order(settings: AirbusSettings, order_id: str) -> NotFoundError:
    """What it means that no contract shows an order."""
    said = f"no contract of the account shows an order {order_id}"
    url = f"{settings.order_url}/api/v1/contracts"
    return NotFoundError(status=HTTPStatus.NOT_FOUND, method="GET", url=url, provider_message=said)


def look_up_request(settings: AirbusSettings, contract: ContractInfo, reference: str) -> HttpRequest:
    """The orders of a contract with a reference."""
    if is_neo(contract):
        mine = condition("contractId", contract.contract_id)
        return search_orders_request(settings, referenced(reference), mine)
    return taskings_request(settings, contract, TaskingFilter(customer_ref=reference))


def read_orders(contract: ContractInfo, request: HttpRequest, response: HttpResponse) -> Page[Tasking] | Page[NeoOrder]:
    """A page of orders of either back end.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return read_found_orders(request, response) if is_neo(contract) else read_taskings(request, response)


# --- What was taken ----------------------------------------------------------------------------------


def segments_request(settings: AirbusSettings, contract: ContractInfo, tasking_id: str) -> HttpRequest:
    """The segments of a tasking."""
    return _get(tasking_url(settings, contract, tasking_id, "segments"))


def coverages_request(settings: AirbusSettings, contract: ContractInfo, item_id: str) -> HttpRequest:
    """The coverages of an order's item, whatever became of them."""
    words = " OR ".join(f"status:{word}" for word in COVERAGE_WORDS)
    mine = f"{condition('orderItemId', item_id)} AND {condition('contractId', contract.contract_id)}"
    return search_coverages_request(settings, mine, words)


def read_segments(response: HttpResponse) -> tuple[TakenSegment, ...]:
    """The segments of a tasking."""
    return read_as(CONVERTER, SegmentsAnswer, response).segments


def read_acquisition(order_id: str, facts: TakenSegment | Coverage) -> Acquisition:
    """A segment or a coverage in our words."""
    detail = facts if isinstance(facts, Coverage) else facts.as_detail1 or SegmentDetail()
    clear = detail.clear_sky_rate
    return Acquisition(
        id=acquisition_id(facts),
        order_id=order_id,
        provider_status=facts.status or "",
        proposed=facts.status in PROPOSED,
        taken_at=detail.acquisition_date,
        footprint=_footprint(detail.footprint or (facts.geometry if isinstance(facts, Coverage) else None)),
        incidence_deg=detail.incidence_angle,
        cloud_cover_percent=None if clear is None else round(100 - clear, 6),
        raw=facts.raw,
    )


def acquisition_id(facts: TakenSegment | Coverage) -> str:
    """Airbus' id of a segment or a coverage."""
    return facts.coverage_item_id if isinstance(facts, Coverage) else facts.id


def _footprint(area: Any) -> BaseGeometry | None:
    """What it shows, or None where it cannot be read: that hides no image."""
    try:
        return geometry.read_geojson(cast(Mapping[str, object], area)) if isinstance(area, Mapping) else None
    except InvalidRequestError:
        return None
