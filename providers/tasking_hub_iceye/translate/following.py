"""Following tasks: lists, one task, its scene. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from tasking_hub import Acquisition, HttpRequest, HttpResponse, Order, OrderState, format_time
from tasking_hub.wire import read_as
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate.orders import order_of
from tasking_hub_iceye.translate.pages import check_cursor
from tasking_hub_iceye.translate.requests import Pairs, read_request, task_url, tasks_url
from tasking_hub_iceye.wire import CONVERTER
from tasking_hub_iceye.wire_orders import SceneAnswer, Task, TaskPage

TASKS_PER_PAGE = 1000
"""v1 takes up to 10,000 (changelog, 2025-02-17); the limit of v2 is not published."""

FEWER_TASKS_PER_PAGE = 100
"""Assumption: what every version takes; asked for where more are refused."""

LONGEST_LIFE = timedelta(days=30)
"""Assumption: after so long a task does not change any more: its window ends within 14 days, its products take hours.

ICEYE's list can be cut by the time of creation only, so a list of recent changes begins so long before them."""

CLOCKS_APART = timedelta(minutes=5)
"""Assumption: ICEYE's clock and ours differ by less. What was created or changed since a moment of ours is taken from
so long before it, so that nothing is missed."""

_WITHOUT_SCENE = frozenset({OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED})


def list_request(
    settings: IceyeSettings,
    cursor: str | None = None,
    *,
    limit: int = TASKS_PER_PAGE,
    contract_id: str | None = None,
    created_after: datetime | None = None,
) -> HttpRequest:
    """One page of the account's tasks, of all contracts where none is named."""
    query: Pairs = (("limit", str(limit)),)
    query += (("contractID", contract_id),) if contract_id else ()
    query += (("createdAfter", format_time(created_after)),) if created_after else ()
    query += (("cursor", cursor),) if cursor else ()
    return read_request(tasks_url(settings), query)


def read_tasks(response: HttpResponse, before: Collection[str] = ()) -> TaskPage:
    """One page of tasks.

    Raises:
        MalformedResponseError: also for a cursor that was given before, since the pages would never end.
    """
    page = read_as(CONVERTER, TaskPage, response)
    check_cursor(page.cursor, before, response)
    return page


def orders_of(account: str, page: TaskPage, since: datetime | None) -> list[Order]:
    """The orders of a page, but for those that did not change after that moment."""
    after = since and since - CLOCKS_APART
    return [
        order_of(account, task)
        for task in page.data
        if after is None or task.updated_at is None or task.updated_at > after
    ]


def task_request(settings: IceyeSettings, order_id: str) -> HttpRequest:
    """One task."""
    return read_request(task_url(settings, order_id))


# --- The scene ---------------------------------------------------------------------------------------


def has_scene(order: Order) -> bool:
    """Whether a scene may be asked for: never before the order has an id, nor for one that ended without an image."""
    return order.id is not None and order.state not in _WITHOUT_SCENE


def has_products(order: Order) -> bool:
    """Whether products are ready, so that the image was taken, whatever the time is here."""
    return order.state in {OrderState.DELIVERING, OrderState.FULFILLED}


def scene_request(settings: IceyeSettings, order_id: str) -> HttpRequest:
    """When and how the image is or was taken; answered 404 while nothing is planned."""
    return read_request(f"{task_url(settings, order_id)}/scene")


def read_scene(order: Order, response: HttpResponse, now: datetime) -> Acquisition:
    """The image of an order. Until it is taken its time is a plan that may move, so it stands in raw alone.

    ICEYE has no word for a scene: the task's stands in for it as long as it is a plan.

    Raises:
        MalformedResponseError: also where the incidence is not a number.
    """
    scene = read_as(CONVERTER, SceneAnswer, response)
    order_id, taken = order.id or "", has_products(order) or scene.imaging_time.end <= now
    return Acquisition(
        id=order_id,
        order_id=order_id,
        # A task's further words are no news of its image.
        provider_status="" if taken else order.provider_status or "",
        taken_at=scene.imaging_time.start if taken else None,
        incidence_deg=_incidence(scene, response),
        raw=response.json(),
    )


def _incidence(scene: SceneAnswer, response: HttpResponse) -> float | None:
    try:
        return float(scene.incidence_angle) if scene.incidence_angle else None
    except ValueError as error:
        problem = "expected a number in a string @ $.incidenceAngle"
        raise response.malformed(problem) from error


def newest(tasks: list[Task]) -> Task | None:
    """The task created last: of several with one reference, the one that the last sending made."""
    return max(tasks, key=lambda task: task.created_at.timestamp() if task.created_at else 0.0, default=None)
