"""The account's orders: their list with its filters, the look-up by name, and the history as the cheap feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import cattrs
from attrs import field, frozen

from tasking_hub import HttpRequest, HttpResponse, Purchase, format_time, utc
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.orders import OrderFacts
from tasking_hub_planet.translate.pages import items_in, list_request, read_results
from tasking_hub_planet.translate.requests import ORDERS_PATH
from tasking_hub_planet.translate.rules import CLOCK_MARGIN, LOOK_BACK
from tasking_hub_planet.wire import CONVERTER
from tasking_hub_planet.wire_orders import HistoryEvent, TaskingOrder

HISTORY_PATH = "/tasking/v2/order-history/"

# --- Orders ------------------------------------------------------------------------------------------


def _utc_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)


@frozen(kw_only=True)
class OrderFilter:
    """Which orders are wanted; every given filter must hold (developers.planet.com/docs/tasking/examples/filters).

    Attributes:
        statuses: any of Planet's own words, such as "PENDING".
        name_contains: a part of the name, whatever its case.
        scheduling_type: such as "FLEXIBLE" or "ASSURED".
        pl_number: the contract.
        product: the contract's product.
        created_from: made then or later.
        created_to: made then or earlier.
        start_from: its window starts then or later.
        start_to: its window starts then or earlier.
        ordering: fields to sort by, separated by commas, `-` for descending.

    Assumption: scheduling_type, pl_number, product and the filters by time are a third party's
    (github.com/robert-malhotra/go-sar-vendor, 2025-12); a server that does not know one answers with more orders.
    """

    statuses: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    name_contains: str | None = None
    scheduling_type: str | None = None
    pl_number: str | None = None
    product: str | None = None
    created_from: datetime | None = field(default=None, converter=_utc_or_none)
    created_to: datetime | None = field(default=None, converter=_utc_or_none)
    start_from: datetime | None = field(default=None, converter=_utc_or_none)
    start_to: datetime | None = field(default=None, converter=_utc_or_none)
    ordering: str = "-updated_time"

    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters. Several values of one are one parameter with commas: Planet takes the last of several."""
        given = {
            "status__in" if len(self.statuses) > 1 else "status": ",".join(self.statuses),
            "name__icontains": self.name_contains,
            "scheduling_type": self.scheduling_type,
            "pl_number": self.pl_number,
            "product": self.product,
            "created_time__gte": _time(self.created_from),
            "created_time__lte": _time(self.created_to),
            "start_time__gte": _time(self.start_from),
            "start_time__lte": _time(self.start_to),
            "ordering": self.ordering,
        }
        return tuple((name, value) for name, value in given.items() if value)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def orders_request(settings: PlanetSettings, wanted: OrderFilter | None = None) -> HttpRequest:
    """The account's orders, the last changed first unless a filter says otherwise."""
    return list_request(settings, ORDERS_PATH, *(wanted or OrderFilter()).query())


def look_up_request(settings: PlanetSettings, purchase: Purchase) -> HttpRequest:
    """Orders whose name holds the reference, and that were made since it was sent, less a margin."""
    since = None if purchase.sent_at is None else purchase.sent_at - LOOK_BACK
    wanted = OrderFilter(name_contains=purchase.reference, created_from=since, ordering="-created_time")
    return orders_request(settings, wanted)


def is_of(facts: OrderFacts, purchase: Purchase) -> bool:
    """Whether an order is the one that was sent: its name, and its window where it states one."""
    named = (facts.order.name or "").strip() == purchase.reference.strip()
    return named and window_id(facts.order) in {None, purchase.opportunity.handle}


def window_id(wire: TaskingOrder) -> str | None:
    """The id of an order's imaging window. Assumption: it may come as an object too; only the id was seen."""
    stated = wire.imaging_window
    if isinstance(stated, Mapping):
        stated = cast(Mapping[str, Any], stated).get("id")
    return stated if isinstance(stated, str) and stated else None


def first_made(found: list[OrderFacts]) -> OrderFacts | None:
    """Of several orders of one name the one that was made first, whatever order they came in."""
    last = datetime.max.replace(tzinfo=UTC)
    return min(found, key=lambda facts: facts.order.created_time or last, default=None)


def read_orders(response: HttpResponse) -> tuple[OrderFacts, ...]:
    """A page of orders.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return tuple(OrderFacts(order=order, raw=raw) for order, raw in read_results(response, TaskingOrder))


def changed_since(facts: OrderFacts, since: datetime | None) -> bool:
    """Whether an order may have changed after a moment; one that does not say when may have."""
    changed = facts.order.updated_time
    return since is None or changed is None or changed >= since - CLOCK_MARGIN


# --- History -----------------------------------------------------------------------------------------


def history_request(settings: PlanetSettings) -> HttpRequest:
    """What happened to the account's orders, the latest first.

    Of the event types only ORDER_CREATED and ORDER_FULFILLED are known, so `event_type__in` would hide the others.
    Assumption: `ordering` works as in the other lists; where it does not, the list of orders says it all.
    """
    return list_request(settings, HISTORY_PATH, ("ordering", "-created_time"))


def read_changed_ids(response: HttpResponse, since: datetime) -> list[str]:
    """The ids of the orders that a page of the history says changed, once each; what cannot be read is left out."""
    return list(dict.fromkeys(order_id for order_id in _changed_ids(response.json_or_none(), since) if order_id))


def _changed_ids(body: Any, since: datetime) -> Iterator[str | None]:
    for value in items_in(body):
        try:
            event = CONVERTER.structure(value, HistoryEvent)
        except (cattrs.BaseValidationError, ValueError):
            continue
        if event.created_time is None or event.created_time >= since - CLOCK_MARGIN:
            yield event.order_id or _id_in(event.order)


def _id_in(order: Any) -> str | None:
    found = cast(Mapping[str, Any], order).get("id") if isinstance(order, Mapping) else order
    return found if isinstance(found, str) else None
