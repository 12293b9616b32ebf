"""Orders of either back end, each asked for on its own paths, and what was taken for them. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from tasking_hub import Acquisition, HttpRequest, HttpResponse, NotFoundError, geometry
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.orders import is_neo
from tasking_hub_airbus.translate.pages import Page
from tasking_hub_airbus.translate.searching import TASKING, OrderFilter, read_found_orders, search_orders_request
from tasking_hub_airbus.translate.taskings import TaskingFilter, read_taskings, tasking_request, taskings_request
from tasking_hub_airbus.wire import ContractInfo
from tasking_hub_airbus.wire_orders import Coverage, NeoOrder, SegmentDetail, TakenSegment, Tasking

PROPOSED = {"Proposed", "PROPOSED"}
"""Segments and coverages that wait for the buyer."""


# --- Orders ------------------------------------------------------------------------------------------


def orders_request(settings: AirbusSettings, contract: ContractInfo) -> HttpRequest:
    """The first page of all orders of a contract."""
    if is_neo(contract):
        return search_orders_request(settings, contract, OrderFilter(source=TASKING))
    return taskings_request(settings, contract, TaskingFilter())


def order_request(settings: AirbusSettings, contract: ContractInfo, order_id: str) -> HttpRequest:
    """One order by its id."""
    if is_neo(contract):
        return search_orders_request(settings, contract, OrderFilter(order_item_id=order_id))
    return tasking_request(settings, contract, order_id)


def look_up_request(settings: AirbusSettings, contract: ContractInfo, reference: str) -> HttpRequest:
    """The orders of a contract with a reference."""
    if is_neo(contract):
        return search_orders_request(settings, contract, OrderFilter(customer_reference=reference))
    return taskings_request(settings, contract, TaskingFilter(customer_ref=reference))


def read_orders(contract: ContractInfo, request: HttpRequest, response: HttpResponse) -> Page[Tasking] | Page[NeoOrder]:
    """A page of orders of either back end.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return read_found_orders(request, response) if is_neo(contract) else read_taskings(request, response)


def likely_contracts(contracts: Sequence[ContractInfo], order_id: str) -> list[ContractInfo]:
    """The contracts that may have an order: taskings are "ICR_...", items "WOI_..."; any other id may be both."""
    known = {"ICR": False, "WOI": True}.get(order_id.partition("_")[0])
    return [contract for contract in contracts if known is None or is_neo(contract) is known]


def no_such_order(settings: AirbusSettings, order_id: str) -> NotFoundError:
    """What it means that no contract shows an order."""
    said = f"no contract of the account shows an order {order_id}"
    url = f"{settings.order_url}/api/v1/contracts"
    return NotFoundError(status=HTTPStatus.NOT_FOUND, method="GET", url=url, provider_message=said)


# --- What was taken ----------------------------------------------------------------------------------


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
        footprint=geometry.geojson_or_none(
            detail.footprint or (facts.geometry if isinstance(facts, Coverage) else None)
        ),
        incidence_deg=detail.incidence_angle,
        cloud_cover_percent=None if clear is None else round(100 - clear, 6),
        raw=facts.raw,
    )


def acquisition_id(facts: TakenSegment | Coverage) -> str:
    """Airbus' id of a segment or a coverage."""
    return facts.coverage_item_id if isinstance(facts, Coverage) else facts.id
