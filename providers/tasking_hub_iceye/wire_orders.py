"""ICEYE's JSON about tasks that were bought: the pages on get-task, list-tasks, cancel-task, scene, products, webhooks.

All of docs.iceye.com, read 2026-11; what is sent to buy one stands in `wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from tasking_hub.wire import WireObject, wire_name
from tasking_hub_iceye.wire import AcquisitionWindow, PointOfInterest


@frozen(kw_only=True)
class Task(WireObject):
    """A task as ICEYE shows it.

    The pages leave out now these members, now those (cancel-task six that get-task requires), so only what an order
    cannot do without is required; an order's deliveries are read on their own, as `TaskDeliveries`.
    """

    id: str
    status: str
    contract_id: str | None = field(default=None, metadata=wire_name("contractID"))
    reference: str | None = None
    point_of_interest: PointOfInterest | None = None
    acquisition_window: AcquisitionWindow | None = None
    imaging_mode: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    fulfilled_at: datetime | None = None


@frozen(kw_only=True)
class TaskDelivery(WireObject):
    """One delivery of a task of tasking v2: how far it has come ("pending", "success", "failed"), and where to."""

    status: str
    id: str | None = None
    locations: tuple[Mapping[str, Any], ...] = ()


@frozen(kw_only=True)
class TaskDeliveries(WireObject):
    """A task, as far as its deliveries go; list-tasks leaves them out."""

    deliveries: tuple[TaskDelivery, ...] = ()


@frozen(kw_only=True)
class TaskPage(WireObject):
    """One page of tasks."""

    data: tuple[Task, ...]
    cursor: str | None = None


@frozen(kw_only=True)
class SceneAnswer(WireObject):
    """When and how a task's image is or was taken; the incidence is a number written as a string."""

    imaging_time: AcquisitionWindow
    duration: int
    incidence_angle: str | None = None


@frozen(kw_only=True)
class AssetV1(WireObject):
    """A file, on tasking v1."""

    download_url: str = field(metadata=wire_name("downloadURL"))
    content_type: str | None = None
    title: str | None = None


@frozen(kw_only=True)
class ProductV1(WireObject):
    """A product, on tasking v1; the answer is a bare list of them."""

    type: str
    assets: tuple[AssetV1, ...] = ()


@frozen(kw_only=True)
class AssetV2(WireObject):
    """A file of a STAC item, on tasking v2."""

    href: str
    title: str | None = None
    type: str | None = None


@frozen(kw_only=True)
class ProductV2(WireObject):
    """A product as a STAC item, on tasking v2."""

    id: str
    geometry: Any = None
    assets: Mapping[str, AssetV2] = field(factory=dict[str, AssetV2])


@frozen(kw_only=True)
class ProductPage(WireObject):
    """One page of products, on tasking v2."""

    data: tuple[ProductV2, ...]
    cursor: str | None = None


@frozen(kw_only=True)
class WebhookAnswer(WireObject):
    """The answer of register-webhook; Assumption: the id is called so, as everywhere else in ICEYE's APIs."""

    id: str
