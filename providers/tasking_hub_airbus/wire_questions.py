"""The JSON that is sent to Airbus, field for field; what is received stands in `wire`.

Mirrors the request samples of the guides to tasking
(https://api.oneatlas.airbus.com/guides/oneatlas-data/g-tasking/ and
https://api.oneatlas.airbus.com/guides/oneatlas-data-pay-per-order/g-odp-spot-pleiade-tasking/, read 2026-11). Members
with a default are left out while they hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class OptionsArea:
    """The area as the options question wants it."""

    polygon_id: int
    geometry: Mapping[str, Any]


@frozen(kw_only=True)
class OptionsQuestion:
    """Body of the options question."""

    aoi: tuple[OptionsArea, ...]


@frozen(kw_only=True)
class AcquisitionDate:
    """When; an open end is null."""

    start_date: datetime
    end_date: datetime | None


@frozen(kw_only=True)
class OpticalTerms:
    """What the image must be."""

    acquisition_mode: str
    max_cloud_cover: float
    max_incidence_angle: float


@frozen(kw_only=True)
class SearchQuestion:
    """Body of `POST /api/v1/feasibility` and of `POST /api/v1/attempts`."""

    acquisition_date: AcquisitionDate
    contract_id: str
    missions: tuple[str, ...]
    optical: OpticalTerms
    prog_type_names: tuple[str, ...]
    aoi: Mapping[str, Any]


@frozen(kw_only=True)
class KeyValue:
    """A property or an option."""

    key: str
    value: Any


@frozen(kw_only=True)
class OrderArea:
    """The area as prices and orders want it."""

    id: int
    name: str
    geometry: Mapping[str, Any]


@frozen(kw_only=True)
class OrderItem:
    """What is to be made of an area."""

    notifications: tuple[Mapping[str, Any], ...] = ()
    product_type_id: str
    data_source_ids: tuple[str, ...] | None = None
    aoi_id: int
    properties: tuple[KeyValue, ...]
    comments: str | None = None
    segment_key: str | None = None
    holdback: bool | None = None


@frozen(kw_only=True)
class ProductOptions:
    """The production options of one product; the licence that counts is among the options."""

    licence: str | None = None
    product_type_id: str
    options: tuple[KeyValue, ...]


@frozen(kw_only=True)
class OrderDelivery:
    """How and where images are delivered."""

    type: str
    workspace: str | None = None


@frozen(kw_only=True)
class OrderEndUser:
    """Who will use the image."""

    end_user_name: str
    country: str


@frozen(kw_only=True)
class OrderBody:
    """Body of `POST /api/v1/prices` and of `POST /api/v1/orders`; empty text leaves a member out, None sends null."""

    aoi: tuple[OrderArea, ...]
    program_reference: str | None = ""
    contract_id: str
    items: tuple[OrderItem, ...]
    primary_market: str = ""
    secondary_market: str | None = ""
    customer_reference: str
    options_per_product_type: tuple[ProductOptions, ...]
    delivery: OrderDelivery | None = None
    end_users: tuple[OrderEndUser, ...] = ()
    notifications: tuple[Mapping[str, Any], ...] = ()
