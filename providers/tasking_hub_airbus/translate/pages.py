"""Answers that come page by page. No I/O."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import evolve, frozen

from tasking_hub import HttpRequest
from tasking_hub_airbus.options import DEFAULT_PAGE_SIZE

PAGE_SIZE = 1000
"""Orders on a page that are asked for. Assumption: Airbus names no most; where it refuses so many, it gets fewer."""

FEWER_ORDERS = 100
"""Orders on a page that are asked for where more were refused."""

FactsT = TypeVar("FactsT")


@frozen(kw_only=True)
class Page(Generic[FactsT]):
    """What one answer lists, and the request for what follows, or None."""

    items: tuple[FactsT, ...]
    following: HttpRequest | None


def of_size(request: HttpRequest, orders: int) -> HttpRequest:
    """The same list in pages of so many orders; what is no list of orders stays as it is."""
    if request.json is not None:
        paging = {**request.json["paging"], "itemsPerPage": orders}
        return evolve(request, json={**request.json, "paging": paging})
    query = tuple((name, str(orders) if name == "count" else value) for name, value in request.query)
    return evolve(request, query=query)


def may_go_on(found: int) -> bool:
    """Whether another page may follow where nothing says how many there are.

    Assumption: a server that gives fewer than it was asked for gives no fewer than it does unasked.
    """
    return found >= DEFAULT_PAGE_SIZE
