"""A task at ICEYE as a neutral order: what is sent to buy one, what is read, what its words mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import evolve

from tasking_hub import (
    HttpRequest,
    HttpResponse,
    Order,
    OrderEvent,
    OrderState,
    Purchase,
    Refusal,
    RefusalCode,
    Window,
    format_time,
)
from tasking_hub.wire import read_as
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.contract import closed_refusal
from tasking_hub_iceye.translate.leaving import CANCELLABLE, schedule
from tasking_hub_iceye.translate.opportunities import task_of
from tasking_hub_iceye.translate.requests import ACCEPT, tasks_url
from tasking_hub_iceye.translate.rules import HORIZON, PROVIDER, WINDOW_MIN, no, notice
from tasking_hub_iceye.wire import CONVERTER, Contract, PointOfInterest, TaskParameters
from tasking_hub_iceye.wire_orders import Task

STATES: Mapping[str, OrderState] = {
    "RECEIVED": OrderState.RECEIVED,
    "ACTIVE": OrderState.ACCEPTED,
    "FULFILLED": OrderState.DELIVERING,
    "DONE": OrderState.FULFILLED,
    "REJECTED": OrderState.REJECTED,
    "FAILED": OrderState.FAILED,
    "CANCELED": OrderState.CANCELLED,
}
"""ICEYE's words (docs.iceye.com, tasking, get-task, read 2026-11). FULFILLED has its SLA's products ready and others on
the way; DONE has them all."""

_ENDS = frozenset({"DONE", "REJECTED", "FAILED", "CANCELED"})

REFERENCE_MAX = 256
"""Characters of a reference (the page on catalogue purchases and ICEYE's example application, read 2026-11)."""

_NEAR_DEGREES = Decimal("0.001")
"""About 100 m: far less than a scene, far more than any rounding."""

_CREATE_TIMEOUT_S = 60.0


# --- Before it is sent -------------------------------------------------------------------------------


def purchased_task(purchase: Purchase) -> TaskParameters:
    """The task that a purchase sends: the opportunity's own, under the purchase's reference.

    Raises:
        InvalidRequestError: the opportunity does not hold one.
    """
    return evolve(task_of(purchase.opportunity), reference=purchase.reference)


def unsendable(task: TaskParameters, now: datetime) -> Refusal | None:
    """Why ICEYE would refuse this task as it stands now, or None: its reference, its window, its notice."""
    if len(task.reference) > REFERENCE_MAX:
        return _long_reference(task)
    window = task.acquisition_window
    if window.start < now + notice(task.priority):
        return _notice_gone(task, now)
    if window.end - window.start < WINDOW_MIN or window.end > now + HORIZON:
        return _window_refusal(task, now)
    return None


def unorderable(task: TaskParameters, contract: Contract, now: datetime) -> Refusal | None:
    """The same, and whether the contract still takes tasks."""
    return unsendable(task, now) or closed_refusal(contract, now)


def _long_reference(task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.INVALID_REQUEST,
        message=f"The reference has {len(task.reference)} characters and ICEYE takes {REFERENCE_MAX}.",
        field="reference",
        limit=REFERENCE_MAX,
        actual=len(task.reference),
        remedy=f"use a reference of at most {REFERENCE_MAX} characters",
    )


def _notice_gone(task: TaskParameters, now: datetime) -> Refusal:
    wanted = notice(task.priority)
    start = task.acquisition_window.start
    return no(
        code=RefusalCode.DEADLINE_PASSED,
        message=(
            f"ICEYE wants {wanted / timedelta(hours=1):g} h notice for {task.priority} tasks, so a window from "
            f"{format_time(start)} on had to be ordered by {format_time(start - wanted)}."
        ),
        field="window",
        limit=format_time(start - wanted),
        actual=format_time(now.replace(microsecond=0)),
        remedy="search again: the window then starts after the notice",
        product=task.imaging_mode,
    )


def _window_refusal(task: TaskParameters, now: datetime) -> Refusal:
    window = task.acquisition_window
    return no(
        code=RefusalCode.INVALID_REQUEST,
        message=(
            f"ICEYE's windows last 24 h or longer and end within {HORIZON.days} days from now; this one goes from "
            f"{format_time(window.start)} to {format_time(window.end)}."
        ),
        field="window",
        limit=format_time((now + HORIZON).replace(microsecond=0)),
        actual=format_time(window.end),
        remedy="search again: the window is then one that ICEYE takes",
        product=task.imaging_mode,
    )


def create_request(settings: IceyeSettings, task: TaskParameters) -> HttpRequest:
    """The request that buys. ICEYE knows no idempotency key, so it is never repeated."""
    return HttpRequest(
        method="POST",
        url=tasks_url(settings),
        headers={"Accept": ACCEPT},
        json=CONVERTER.unstructure(task),
        repeatable=False,
        timeout_s=_CREATE_TIMEOUT_S,
    )


# --- What is read ------------------------------------------------------------------------------------


def read_order(account: str, response: HttpResponse) -> Order:
    """The order that one task is.

    Raises:
        MalformedResponseError: it has no id or no status, or a member of another type than documented.
    """
    return order_of(account, read_as(CONVERTER, Task, response))


def bought(order: Order, purchase: Purchase) -> Order:
    """The order with what ICEYE does not tell: the price that was agreed, and the reference where it is left out."""
    price = purchase.quote.price if purchase.quote else None
    return evolve(order, price=price, reference=order.reference or purchase.reference)


def still(order: Order, known: Order) -> Order:
    """An order as it is now, with what ICEYE does not tell and was known before."""
    return evolve(order, price=known.price, reference=order.reference or known.reference)


def order_of(account: str, task: Task) -> Order:
    """The order that a task is. ICEYE tells no price, no satellite and no reason; the states of deliveries are in raw.

    No `cancellable_until` either: a task can be left while it is RECEIVED or ACTIVE, until whenever that ends.
    """
    return Order(
        account=account,
        provider=PROVIDER,
        id=task.id,
        reference=task.reference or "",
        state=STATES.get(task.status, OrderState.UNKNOWN),
        provider_status=task.status,
        history=tuple(_events(task)),
        window=Window.known(task.acquisition_window.start, task.acquisition_window.end)
        if task.acquisition_window
        else None,
        cancellation=schedule(task) if task.status in CANCELLABLE else (),
        raw=CONVERTER.unstructure(task),
    )


def _events(task: Task) -> Iterator[OrderEvent]:
    """The steps whose time is known; `updatedAt` is the last change, which only at an end is the last step's."""
    ended = task.updated_at if task.status in _ENDS else None
    if task.created_at:
        yield OrderEvent(at=task.created_at, state=OrderState.RECEIVED, provider_status="RECEIVED")
    if task.fulfilled_at and (ended is None or task.fulfilled_at < ended):
        yield OrderEvent(at=task.fulfilled_at, state=OrderState.DELIVERING, provider_status="FULFILLED")
    if ended:
        yield OrderEvent(at=ended, state=STATES[task.status], provider_status=task.status)


# --- Finding one again -------------------------------------------------------------------------------


def is_of(task: Task, wanted: TaskParameters) -> bool:
    """Whether a task is the one that was sent: by its reference, and by place and mode where they are shown.

    The reference decides. ICEYE may show it without blanks around it, and the place with fewer digits than were sent:
    an order that was bought and not recognised would be bought again.
    """
    if (task.reference or "").strip() != wanted.reference.strip():
        return False
    return _is_near(task.point_of_interest, wanted.point_of_interest) and task.imaging_mode in {
        None,
        wanted.imaging_mode,
    }


def _is_near(shown: PointOfInterest | None, sent: PointOfInterest) -> bool:
    if shown is None:
        return True
    turned = abs(shown.lon - sent.lon) % 360
    return max(abs(shown.lat - sent.lat), min(turned, 360 - turned)) < _NEAR_DEGREES
