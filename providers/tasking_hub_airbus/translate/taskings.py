"""Taskings of SPOT and Pléiades, listed by all of Airbus' filters, and their segments. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from attrs import evolve, field, frozen

from tasking_hub import HttpRequest, HttpResponse, Window
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.pages import PAGE_SIZE, Page, may_go_on
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, format_instant
from tasking_hub_airbus.wire_orders import SegmentsAnswer, TakenSegment, Tasking


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


def tasking_request(settings: AirbusSettings, contract: ContractInfo, tasking_id: str) -> HttpRequest:
    """One tasking."""
    return _get(tasking_url(settings, contract, tasking_id))


def segments_request(settings: AirbusSettings, contract: ContractInfo, tasking_id: str) -> HttpRequest:
    """The segments of a tasking."""
    return _get(tasking_url(settings, contract, tasking_id, "segments"))


def _get(url: str, query: tuple[tuple[str, str], ...] = ()) -> HttpRequest:
    return HttpRequest(method="GET", url=url, query=query, repeatable=True)


def read_taskings(request: HttpRequest, response: HttpResponse) -> Page[Tasking]:
    """A page of taskings; nothing in it says how many there are."""
    items = _taskings(response)
    page = int(dict(request.query).get("startPage", "1"))
    rest = tuple(pair for pair in request.query if pair[0] != "startPage")
    following = evolve(request, query=(*rest, ("startPage", str(page + 1))))
    return Page(items=items, following=following if may_go_on(len(items)) else None)


def _taskings(response: HttpResponse) -> tuple[Tasking, ...]:
    """A list, or one tasking alone: the guide does not show the answer about a single one."""
    body = response.json()
    if isinstance(body, Mapping) and "icr" in body:
        return (read_as(CONVERTER, Tasking, response),)
    return read_as(CONVERTER, tuple[Tasking, ...], response, "taskings")


def read_segments(response: HttpResponse) -> tuple[TakenSegment, ...]:
    """The segments of a tasking."""
    return read_as(CONVERTER, SegmentsAnswer, response).segments
