"""Changing and leaving an order: what Planet allows, in which state, and what it says that leaving costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tasking_hub import (
    CancellationStep,
    Edit,
    HttpRequest,
    InvalidRequestError,
    RejectedRequestError,
    UnsupportedActionError,
    format_time,
)
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.requests import order_path, planet_url
from tasking_hub_planet.wire import CONVERTER
from tasking_hub_planet.wire_orders import OrderUpdate, TaskingOrder

_REFERENCE = "https://docs.planet.com/develop/apis/tasking/reference (is_cancellable, cancellable_until), read 2026-11"

FLEXIBLE_CANCELLATION = CancellationStep(
    note="a flexible order that is cancelled at least 24 hours before the scheduled capture is not charged for it; "
    "cancelled later, captures that fulfil it are",
    source="https://docs.planet.com/platform/get-started/access-data/task-imagery/create_orders, read 2026-11",
)
"""Planet names the capture, not the order's window, so the step has no hours before its start."""

_FLEXIBLE = "FLEXIBLE"

CANNOT_CANCEL = frozenset({"FINALIZING", "FULFILLED", "REJECTED", "EXPIRED", "FAILED"})
"""Planet's notebook on changes (github.com/planetlabs/notebooks, tasking-api, read 2026-11) lets RECEIVED, REQUESTED,
PENDING and IN_PROGRESS go; a word that nobody knows is left to Planet."""

CANNOT_EDIT = frozenset({*CANNOT_CANCEL, "RECEIVED", "CANCELLED", "PENDING_CANCELLATION"})
"""The same notebook lets REQUESTED, PENDING and IN_PROGRESS be changed."""

STARTED = "IN_PROGRESS"

_NOT_ALLOWED = frozenset({400, 405, 409, 422})

NO_STOP = "Planet has no way to stop an order apart from cancelling it, which keeps the images that were taken"
NO_HOOKS = "Planet's Tasking API sends no webhooks, only mail to the owner of the key"


# --- Cancelling --------------------------------------------------------------------------------------


def check_cancel(wire: TaskingOrder, now: datetime) -> None:
    """Let an order pass that Planet would let go.

    Raises:
        UnsupportedActionError: its state, its own field or its deadline says no.
    """
    why = _why_not_cancel(wire, now)
    if why is not None:
        msg = f"the order {wire.id} cannot be cancelled: {why}"
        raise UnsupportedActionError(msg)


def _why_not_cancel(wire: TaskingOrder, now: datetime) -> str | None:
    if wire.status in CANNOT_CANCEL:
        return f"it is {wire.status}"
    if wire.is_cancellable is False:
        return f"Planet says so (is_cancellable), and it is {wire.status}"
    if wire.cancellable_until is not None and wire.cancellable_until <= now:
        return f"that was possible until {format_time(wire.cancellable_until)}"
    return None


def cancel_request(settings: PlanetSettings, order_id: str) -> HttpRequest:
    """Ask to cancel; asking twice changes no more than asking once."""
    return HttpRequest(method="DELETE", url=planet_url(settings, order_path(order_id)), repeatable=True)


def refused_by_planet(error: RejectedRequestError, action: str, order_id: str) -> Exception:
    """What Planet's refusal of a change means; an error of its own where its status is not about the order."""
    if error.status not in _NOT_ALLOWED:
        return error
    said = error.provider_message or f"status {error.status} and no reason"
    return UnsupportedActionError(f"Planet refuses to {action} the order {order_id}: {said}")


def leaving_ends(wire: TaskingOrder) -> datetime | None:
    """The last moment to leave, or None where Planet does not say or does not let it go."""
    return None if wire.is_cancellable is False or wire.status in CANNOT_CANCEL else wire.cancellable_until


def cancellation_steps(wire: TaskingOrder) -> tuple[CancellationStep, ...]:
    """What leaving costs, in order of time: for assured orders Planet publishes no fee, so none is named."""
    return tuple(_steps(wire))


def _steps(wire: TaskingOrder) -> Iterator[CancellationStep]:
    if wire.status in CANNOT_CANCEL or wire.is_cancellable is False:
        yield CancellationStep(note=f"it cannot be cancelled ({wire.status})", source=_REFERENCE)
        return
    yield (
        FLEXIBLE_CANCELLATION
        if wire.scheduling_type == _FLEXIBLE
        else CancellationStep(
            note="it can be cancelled, and Planet publishes no fee for assured orders; "
            "captures that are queued, processing or published by then may still be charged",
            source="https://docs.planet.com/develop/apis/tasking/flexible_tasking (Cancelled), read 2026-11",
        )
    )
    if wire.cancellable_until is not None:
        yield CancellationStep(
            hours_before_start=_hours_before_start(wire, wire.cancellable_until),
            note=f"it cannot be cancelled after {format_time(wire.cancellable_until)}",
            source=_REFERENCE,
        )


def _hours_before_start(wire: TaskingOrder, moment: datetime) -> float | None:
    return None if wire.start_time is None else (wire.start_time - moment).total_seconds() / 3600


# --- Editing -----------------------------------------------------------------------------------------


def check_edit(wire: TaskingOrder, edit: Edit) -> None:
    """Let a change pass that Planet's notebook allows: name, rank and times, each in its states.

    Raises:
        InvalidRequestError: nothing is to change, or the start does not come before the end.
        UnsupportedActionError: not in this state.
    """
    if edit == Edit():
        msg = "nothing is to be changed"
        raise InvalidRequestError(msg, "edit")
    start, end = edit.start or wire.start_time, edit.end or wire.end_time
    if start is not None and end is not None and start >= end and (edit.start or edit.end):
        msg = f"the window would start at {format_time(start)} and end at {format_time(end)}"
        raise InvalidRequestError(msg, "edit")
    if wire.status in CANNOT_EDIT:
        msg = f"the order {wire.id} is {wire.status}: Planet changes REQUESTED, PENDING and IN_PROGRESS orders only"
        raise UnsupportedActionError(msg)
    if edit.start is not None and wire.status == STARTED:
        msg = f"the order {wire.id} is {wire.status}: its start can only be changed while it is REQUESTED or PENDING"
        raise UnsupportedActionError(msg)


def edit_request(settings: PlanetSettings, order_id: str, edit: Edit) -> HttpRequest:
    """Ask for a change; asking twice changes no more than asking once."""
    body = OrderUpdate(name=edit.name, rank=edit.rank, start_time=edit.start, end_time=edit.end)
    return HttpRequest(
        method="PUT",
        url=planet_url(settings, order_path(order_id)),
        json=CONVERTER.unstructure(body),
        repeatable=True,
    )
