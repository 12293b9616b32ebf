"""Leaving an order at Airbus: until when it can be cancelled, and from when on a OneNow can be stopped. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

from attrs import evolve

from tasking_hub import (
    CancellationStep,
    HttpRequest,
    Order,
    UnsupportedActionError,
    format_time,
)
from tasking_hub_airbus.options import AirbusSettings, Programme
from tasking_hub_airbus.translate.orders import ENDED, is_neo, programme_in
from tasking_hub_airbus.translate.quotes import STOPPABLE, cancellation_steps
from tasking_hub_airbus.translate.taskings import tasking_url
from tasking_hub_airbus.wire import ContractInfo

NO_EDIT = "Airbus documents no way to change an order: cancel it and order anew"
NO_HOOKS = "Airbus sends no webhooks about orders, only e-mail (the option notification_emails)"


def programme_of(order: Order) -> Programme | None:
    """The programme that an order was placed under, or None where it does not say."""
    raw = order.raw
    words = (_word(raw, "tasking", "icr", "progTypeName"), _word(raw, "item", "productType"))
    return programme_in(next((word for word in words if word), _word(raw, "productType", "productTypeId")))


def _word(raw: Mapping[str, Any], *path: str) -> str | None:
    value: Any = raw
    for name in path:
        value = cast(Mapping[str, Any], value).get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def terms_of(order: Order) -> tuple[CancellationStep, ...]:
    """What leaving costs, in order of time; of what can be stopped also how much of it would be invoiced."""
    programme, done = programme_of(order), order.progress_percent
    steps = cancellation_steps(programme)
    if programme not in STOPPABLE or not done:
        return steps
    note = f"{steps[-1].note} Validated so far: {done} % of the ordered area."
    return (*steps[:-1], evolve(steps[-1], note=note))


# --- Checks ------------------------------------------------------------------------------------------


def check_cancel(contract: ContractInfo, order: Order, now: datetime) -> None:
    """Let an order pass that Airbus would let go.

    Raises:
        UnsupportedActionError: it has ended, or the last moment has passed.
    """
    _check_open(order, "cancelled")
    until = order.cancellable_until
    if until is None or now < until:
        return
    way = "; stop it instead, what was acquired is invoiced" if can_stop(contract, order) else ""
    msg = f"{order.id} could be cancelled until {format_time(until)}{way}"
    raise UnsupportedActionError(msg)


def check_stop(contract: ContractInfo, order: Order, now: datetime) -> None:
    """Let an order pass that Airbus would stop: a OneNow that can no longer be cancelled.

    Raises:
        UnsupportedActionError: it has ended, is no OneNow, or can still be cancelled.
    """
    _check_open(order, "stopped")
    if not can_stop(contract, order):
        msg = f"{order.id} cannot be stopped: Airbus stops OneNow only"
        raise UnsupportedActionError(msg)
    until = order.cancellable_until
    if until is not None and now < until:
        msg = f"{order.id} can be stopped from {format_time(until)} on; until then cancel it"
        raise UnsupportedActionError(msg)


def can_stop(contract: ContractInfo, order: Order) -> bool:
    """Whether it is a OneNow (the guide to Pléiades and SPOT tasking, read 2026-11).

    Pléiades Neo has a stop without such words: there the server decides where the programme is not known.
    """
    programme = programme_of(order)
    return programme in STOPPABLE or (programme is None and is_neo(contract))


def _check_open(order: Order, what: str) -> None:
    if order.state in ENDED:
        called = order.id or order.reference
        msg = f"{called} cannot be {what}: it is {order.provider_status or order.state}"
        raise UnsupportedActionError(msg)
    own_id(order)


def own_id(order: Order) -> str:
    """The id that the paths need.

    Raises:
        UnsupportedActionError: it is a quotation that no order came of yet.
    """
    if order.id is None:
        msg = f"{order.reference} has no item at Airbus yet: refuse its quotation, or wait"
        raise UnsupportedActionError(msg)
    return order.id


# --- Requests ----------------------------------------------------------------------------------------


def leave_request(settings: AirbusSettings, contract: ContractInfo, order_id: str, verb: str) -> HttpRequest:
    """The one request that cancels or stops; never repeated. Its body is an empty object, as Airbus documents."""
    if is_neo(contract):
        url = f"{settings.order_url}/api/v1/orders/{quote(order_id, safe='')}/{verb}"
    else:
        url = tasking_url(settings, contract, order_id, verb)
    return HttpRequest(method="POST", url=url, json={}, repeatable=False)
