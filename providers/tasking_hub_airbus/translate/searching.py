"""Orders, quotations and coverages of Pléiades Neo, found in its search's own language. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from tasking_hub import HttpRequest, HttpResponse, dump_json
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import AirbusSettings
from tasking_hub_airbus.translate.pages import PAGE_SIZE, Page, may_go_on
from tasking_hub_airbus.wire import CONVERTER, ContractInfo
from tasking_hub_airbus.wire_orders import Coverage, NeoOrder, Paging

COVERAGE_WORDS = ("VALIDATED", "PROPOSED", "REFUSED", "PENDING", "REJECTED")
"""Words of a coverage's status (Airbus' OpenAPI description, read 2026-11)."""

TASKING = "tasking"
"""What orders of images to be taken come from, as opposed to the archive."""

_BY_ITEM: Mapping[str, str] = {"pagingMode": "item"}
"""How orders are paged; coverages have no such choice (Airbus' OpenAPI description, read 2026-11)."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

FactsT = TypeVar("FactsT")


@frozen(kw_only=True)
class OrderFilter:
    """Which orders and quotations of a Pléiades Neo contract to list (Airbus' OpenAPI description, read 2026-11).

    Attributes:
        customer_reference: the buyer's reference, or a part of it.
        order_item_id: id of an order's item ("WOI_...").
        quotation_id: id of a quotation ("QUO...").
        quotation_status: word of a quotation, such as "SENT".
        status: word of an order's item, such as "IN_PROGRESS".
        source: what it comes from: "tasking" or the archive; None is both.
    """

    customer_reference: str | None = None
    order_item_id: str | None = None
    quotation_id: str | None = None
    quotation_status: str | None = None
    status: str | None = None
    source: str | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """In the search's language."""
        asked = {
            "orderItemId": self.order_item_id,
            "quotationStatus": self.quotation_status,
            "cis.quotation": self.quotation_id,
            "status": self.status,
            "technicalProduct.source.id": self.source,
        }
        named = () if self.customer_reference is None else (referenced(self.customer_reference),)
        return (*named, *(condition(name, value) for name, value in asked.items() if value is not None))


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


# --- Requests ----------------------------------------------------------------------------------------


def search_orders_request(settings: AirbusSettings, contract: ContractInfo, wanted: OrderFilter) -> HttpRequest:
    """The first page of a contract's orders and quotations."""
    return _search(f"{settings.order_url}/api/v2/orders/search", (*wanted.conditions, _of(contract)))


def coverages_request(settings: AirbusSettings, contract: ContractInfo, item_id: str) -> HttpRequest:
    """The coverages of an order's item, whatever became of them."""
    words = " OR ".join(f"status:{word}" for word in COVERAGE_WORDS)
    mine = f"{condition('orderItemId', item_id)} AND {_of(contract)}"
    return _search(_coverages(settings), (mine, words), mode={})


def proposed_coverages_request(settings: AirbusSettings, contract: ContractInfo) -> HttpRequest:
    """A contract's coverages that wait for the buyer."""
    return _search(_coverages(settings), (_of(contract), condition("status", "PROPOSED")), mode={})


def _coverages(settings: AirbusSettings) -> str:
    return f"{settings.order_url}/api/v1/coverages/search"


def _of(contract: ContractInfo) -> str:
    return condition("contractId", contract.contract_id)


def _search(url: str, conditions: Sequence[str], *, mode: Mapping[str, str] = _BY_ITEM) -> HttpRequest:
    paging = {"itemsPerPage": PAGE_SIZE, "startIndex": 0, **mode}
    body = {"paging": paging, "criteria": {"q": " AND ".join(f"({one})" for one in conditions)}}
    return HttpRequest(method="POST", url=url, json=body, repeatable=True)


# --- Answers -----------------------------------------------------------------------------------------


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
    items = read_as(CONVERTER, many, _without_blanks(response, known, name), name)
    paging = read_as(CONVERTER, Paging, response, "paging") if known.get("paging") else Paging()
    return Page(items=items, following=_next_search(request, len(items), paging.total_results))


def _without_blanks(response: HttpResponse, body: Mapping[str, Any], name: str) -> HttpResponse:
    """The answer without empty objects, with one of which Airbus' sample of coverages ends."""
    if not isinstance(body.get(name), list):
        return response
    listed: list[Any] = body[name]
    kept = [one for one in listed if one != {}]
    return evolve(response, body=dump_json({**body, name: kept}).encode()) if len(kept) < len(listed) else response


def _next_search(request: HttpRequest, found: int, total: int | None) -> HttpRequest | None:
    asked = request.json["paging"]
    start = asked["startIndex"] + found
    more = found > 0 and (may_go_on(found) if total is None else start < total)
    return evolve(request, json={**request.json, "paging": {**asked, "startIndex": start}}) if more else None
