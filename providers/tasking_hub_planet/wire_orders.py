"""Planet's JSON for orders, captures, reviews and history, field for field; nothing here is neutral.

Pages, read 2026-11:
    https://developers.planet.com/docs/tasking/examples/assured/ (page of 2024-10-24): the body of an assured order.
    https://developers.planet.com/docs/tasking/examples/filters: pages of a list.
    https://docs.planet.com/develop/apis/tasking/flexible_tasking and
    https://developers.planet.com/docs/tasking/examples/orders (page of 2024-12-10): the body of a flexible order.
    https://developers.planet.com/docs/tasking/examples/bulk (page of 2024-02-05): bulks.
    https://docs.planet.com/develop/apis/tasking/capture_review: reviews.
    https://docs.planet.com/develop/apis/tasking/notifications_and_history: the history.
    https://docs.planet.com/develop/apis/data/items: assets of an item.
Assumption: most fields of orders and captures are known from a third party's client only
(github.com/robert-malhotra/go-sar-vendor, version of 2025-12), so all but ids and statuses are optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from tasking_hub.wire import WireObject, wire_name


@frozen(kw_only=True)
class OrderRequest:
    """Body of `POST /tasking/v2/orders/` for an assured order; a field that Planet does not know would be ignored."""

    name: str
    imaging_window: str
    pl_number: str
    product: str
    exclusivity_days: int | None = None


@frozen(kw_only=True)
class FlexibleOrderRequest:
    """Body of `POST /tasking/v2/orders/` for a flexible order, and of `POST /tasking/v2/pricing/` for its price.

    Only what Planet's own pages show: `cloud_threshold` and `n_stereo_pov` are a third party's, their units unknown.
    """

    name: str
    geometry: Mapping[str, Any]
    pl_number: str
    product: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    sat_elevation_angle_min: float | None = None
    sat_elevation_angle_max: float | None = None
    satellite_types: tuple[str, ...] = ()
    exclusivity_days: int | None = None


@frozen(kw_only=True)
class BulkRequest:
    """Body of `POST /tasking/v2/bulk/`: up to 1000 orders under an id of the caller's own, which must be a UUID."""

    id: str
    order_payloads: tuple[OrderRequest | FlexibleOrderRequest, ...]


@frozen(kw_only=True)
class BulkSummary(WireObject):
    """What `GET /tasking/v2/bulk/{id}` says: how many of its orders were made, and how many were not."""

    status: str
    payload_count: int | None = None
    processing_payload_count: int | None = None
    successful_payload_count: int | None = None
    failed_payload_count: int | None = None


@frozen(kw_only=True)
class OrderUpdate:
    """Body of `PUT /tasking/v2/orders/{id}`: what is left out stays as it is."""

    name: str | None = None
    rank: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


@frozen(kw_only=True)
class TaskingOrder(WireObject):
    """An order, as every answer about orders has it. `imaging_window` is an id where it was seen."""

    id: str
    status: str
    name: str | None = None
    imaging_window: Any = None
    pl_number: str | None = None
    product: str | None = None
    scheduling_type: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    exclusivity_days: int | None = None
    is_cancellable: bool | None = None
    cancellable_until: datetime | None = None
    requested_sqkm: Decimal | None = None
    fulfilled_sqkm: Decimal | None = None
    estimated_quota_cost: Decimal | None = None
    used_quota: Decimal | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None
    fulfilled_time: datetime | None = None


@frozen(kw_only=True)
class Capture(WireObject):
    """An image taken, or planned, for an order; one order may have many, and not each of them fulfils it."""

    id: str
    status: str
    order_id: str | None = None
    order_name: str | None = None
    status_description: str | None = None
    product: str | None = None
    fulfilling: bool | None = None
    captured_area: Any = None
    item_ids: tuple[str, ...] | None = None
    item_types: tuple[str, ...] | None = None
    delivered_asset_types: tuple[str, ...] | None = None
    strip_id: str | None = None
    acquired_time: datetime | None = None
    published_time: datetime | None = None


@frozen(kw_only=True)
class ReviewRequest:
    """Body of `POST /tasking/v2/captures/{capture_id}/reviews/`."""

    capture_id: str
    category: str
    description: str


@frozen(kw_only=True)
class HistoryEvent(WireObject):
    """One element of `GET /tasking/v2/order-history/`.

    Assumption: no page shows an event. The order is looked for under both names that it could have.
    """

    order_id: str | None = None
    order: Any = None
    event_type: str | None = None
    created_time: datetime | None = None


@frozen(kw_only=True)
class Asset(WireObject):
    """One member of `GET /data/v1/item-types/{item_type}/items/{item_id}/assets`, a file of an item, by its type.

    As Planet's own client reads it (github.com/planetlabs/planet-client-python, clients/data.py, read 2026-11):
    `inactive` until its link `activate` was asked for; `location` is there once it is `active`. Recorded answers write
    `expires_at` without a zone ("2017-06-30T22:18:11.368043"), and the end in their links' token shows that it is UTC.
    """

    status: str
    location: str | None = None
    md5_digest: str | None = None
    expires_at: str | None = None
    links: Any = field(default=None, metadata=wire_name("_links"))
