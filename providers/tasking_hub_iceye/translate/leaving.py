"""Leaving a task: what is sent, when it is possible, and what it costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve
from cattrs import BaseValidationError

from tasking_hub import CancellationStep, HttpRequest, Order, OrderState, UnsupportedActionError
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.quotes import CANCELLATION
from tasking_hub_iceye.translate.requests import ACCEPT, task_url
from tasking_hub_iceye.wire import CONVERTER
from tasking_hub_iceye.wire_orders import Task

CANCELLABLE = frozenset({"RECEIVED", "ACTIVE"})
"""ICEYE's words for tasks that can be cancelled (docs.iceye.com, tasking, cancel-task, read 2026-11)."""

LAST_DAY = timedelta(hours=24)

NO_STOP = "ICEYE cannot stop a task and keep what was taken: there is one image; cancel the task while it can be"
NO_EDIT = "ICEYE changes nothing on a task (its priority neither): cancel it and order anew"
NO_DECISION = "ICEYE asks its buyers for no decisions"


def cancel_request(settings: IceyeSettings, order_id: str) -> HttpRequest:
    """The request that cancels, the only change that ICEYE knows; not repeated, since a second one would be refused."""
    return HttpRequest(
        method="PATCH",
        url=task_url(settings, order_id),
        headers={"Accept": ACCEPT},
        json={"status": "CANCELED"},
        repeatable=False,
    )


def bound(order: Order) -> str | None:
    """Why this order cannot be left, or None where ICEYE is to be asked; an unknown word is asked about."""
    if order.id is None:
        return f"{order.reference}: its id at ICEYE is not known yet; look it up first"
    if order.provider_status in CANCELLABLE or order.state is OrderState.UNKNOWN:
        return None
    word = order.provider_status
    return f"{order.reference}: ICEYE lets a task go only while it is RECEIVED or ACTIVE, and this is {word}"


def free_id(order: Order) -> str:
    """The id of an order that may be left.

    Raises:
        UnsupportedActionError: it may not; the message says why.
    """
    why = bound(order)
    if why is not None or order.id is None:
        raise UnsupportedActionError(why or "")
    return order.id


def schedule(task: Task) -> tuple[CancellationStep, ...]:
    """What leaving costs, in order of time: the whole price at once for a task created on the last day."""
    window, created = task.acquisition_window, task.created_at
    if window is None or created is None or window.start - created >= LAST_DAY:
        return CANCELLATION
    note = "the whole price, since the order was placed within 24 h of the window's start"
    return (evolve(CANCELLATION[-1], hours_before_start=None, note=note),)


def steps_left(order: Order, now: datetime) -> tuple[CancellationStep, ...]:
    """What leaving costs now (the first) and at each later step; nothing for an order that cannot be left."""
    if bound(order) is not None:
        return ()
    task = _task(order.raw)
    if task is None or task.acquisition_window is None:
        return CANCELLATION
    start, steps = task.acquisition_window.start, schedule(task)
    begins = [_begin(step, start) for step in steps]
    current = max((number for number, begin in enumerate(begins) if begin is None or begin <= now), default=0)
    return steps[current:]


def _begin(step: CancellationStep, start: datetime) -> datetime | None:
    return None if step.hours_before_start is None else start - timedelta(hours=step.hours_before_start)


def _task(raw: Mapping[str, Any]) -> Task | None:
    try:
        return CONVERTER.structure(raw, Task)
    except (BaseValidationError, TypeError, ValueError):
        return None
