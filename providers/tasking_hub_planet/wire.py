"""Planet's JSON, field for field (snake_case, as it is on the wire); nothing here is neutral.

Pages, read 2026-11:
    https://developers.planet.com/docs/tasking/examples/assured/ (page of 2024-10-24): the search and its windows.
    https://docs.planet.com/develop/apis/tasking/constellations: `satellite_type`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from tasking_hub.wire import WireObject, make_converter


@frozen(kw_only=True)
class WindowSearchRequest:
    """Body of `POST /tasking/v2/imaging-windows/search/`.

    A field that Planet does not know is ignored in silence, so there is no way to send others. The last four are known
    from a third party's client only (github.com/robert-malhotra/go-sar-vendor, read 2026-11) and unproven.
    """

    geometry: Mapping[str, Any]
    pl_number: str
    product: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    sat_elevation_angle_min: float | None = None
    sat_elevation_angle_max: float | None = None
    off_nadir_angle_min: float | None = None
    off_nadir_angle_max: float | None = None
    satellite_types: tuple[str, ...] = ()
    sensitivity_mode: str | None = None


@frozen(kw_only=True)
class Forecast(WireObject):
    """One element of `cloud_forecast`: percent, and when it was made."""

    prediction: float | None = None
    updated_time: datetime | None = None


@frozen(kw_only=True)
class ConflictingOrder(WireObject):
    """One element of `conflicting_orders`: an order that would be cancelled if the window were ordered."""

    id: str
    name: str | None = None
    off_nadir_angle_min: float | None = None
    off_nadir_angle_max: float | None = None
    sat_elevation_angle_min: float | None = None
    sat_elevation_angle_max: float | None = None
    assured_tasking_tier: str | None = None
    cloud_forecast: tuple[Forecast, ...] | None = None


@frozen(kw_only=True)
class PricedReplacement(WireObject):
    """One element of `replaced_orders`: what replacing an order costs, in the units of the price."""

    order_id: str
    name: str | None = None
    cost: Decimal | None = None


@frozen(kw_only=True)
class PricingDetails(WireObject):
    """`pricing_details` of a window, present only where `order_template__exclusivity_days` was asked with.

    Known from a third party's client (github.com/robert-malhotra/go-sar-vendor, read 2026-11); Planet's own page,
    Tasking Order Pricing, was not readable. What is inside `pricing_model` is kept as it came.
    """

    estimated_quota_cost: Decimal | None = None
    units: str | None = None
    determined_by: str | None = None
    pricing_model: Any = None
    replaced_orders: tuple[PricedReplacement, ...] | None = None


@frozen(kw_only=True)
class ImagingWindow(WireObject):
    """One element of `imaging_windows`: a pass of a satellite; only its id and times are always there."""

    id: str
    start_time: datetime
    end_time: datetime
    off_nadir_angle_start: float | None = None
    off_nadir_angle_end: float | None = None
    off_nadir_angle_min: float | None = None
    off_nadir_angle_max: float | None = None
    sat_elevation_angle_min: float | None = None
    sat_elevation_angle_max: float | None = None
    sat_azimuth_angle_start: float | None = None
    sat_azimuth_angle_end: float | None = None
    sun_elevation_angle_min: float | None = None
    sun_elevation_angle_max: float | None = None
    solar_zenith_angle_min: float | None = None
    solar_zenith_angle_max: float | None = None
    low_light: bool | None = None
    ground_sample_distance: float | None = None
    ground_sample_distance_max: float | None = None
    assured_tasking_tier: str | None = None
    cloud_forecast: tuple[Forecast, ...] | None = None
    conflicting_orders: tuple[ConflictingOrder, ...] | None = None
    quota_priority_multiplier: Decimal | None = None
    pricing_details: PricingDetails | None = None
    satellite_type: str | None = None
    sensitivity_mode: str | None = None


@frozen(kw_only=True)
class WindowSearch(WireObject):
    """Answer to the creation of a search, and of `GET /tasking/v2/imaging-windows/search/{id}/`.

    The constraints are those that the server uses: its own where the request named none or an unknown one.
    """

    id: str
    status: str
    imaging_windows: tuple[ImagingWindow, ...] = ()
    pl_number: str | None = None
    product: str | None = None
    geometry: Any = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    created_time: datetime | None = None
    sat_elevation_angle_min: float | None = None
    sat_elevation_angle_max: float | None = None
    off_nadir_angle_min: float | None = None
    off_nadir_angle_max: float | None = None
    error_code: str | None = None
    error_message: str | None = None


@frozen(kw_only=True)
class ContractProduct(WireObject):
    """One element of `GET /tasking/v2/products`, a list that Planet's own STAPI bridge reads.

    Assumption: from github.com/stapi-spec/stapi-fastapi-planet, 2025-04; no page of Planet's describes it.
    """

    pl_number: str | None = None
    product: str | None = None


CONVERTER = make_converter()
