"""Which windows fall short of the request, by how much, and what would let them in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from tasking_hub import Range, angles, format_time
from tasking_hub_planet.translate.echo import Limit, Taken, highest_elevation, lowest_elevation
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.rules import HORIZON
from tasking_hub_planet.wire import Forecast, ImagingWindow, WindowSearch

_ROUNDING_DEG = 0.5
"""Assumption: a server that took a limit over rounds its windows' angles to whole degrees, as the page's 58 may be."""


@frozen(kw_only=True)
class Fault:
    """One requirement that a window does not meet.

    Attributes:
        field: the requirement.
        limit: what was asked.
        actual: what the window has.
        unit: of both.
        remedy: the smallest change of the request that would let the window in.
        gap: how far it is off, about 1 for the whole scale of the requirement.
    """

    field: str
    limit: Any
    actual: Any
    unit: str | None = None
    remedy: str
    gap: float


@frozen(kw_only=True)
class Miss:
    """A window that the caller would not want, with all its faults."""

    window_id: str
    faults: tuple[Fault, ...]


def latest_forecast(window: ImagingWindow) -> Forecast | None:
    """The newest cloud forecast that holds a number; one without a time counts as the oldest."""
    stated = [forecast for forecast in window.cloud_forecast or () if forecast.prediction is not None]
    oldest = datetime.min.replace(tzinfo=UTC)
    return max(stated, key=lambda forecast: forecast.updated_time or oldest, default=None)


def incidence(window: ImagingWindow) -> Range | None:
    """The incidence at the target during the window, degrees."""
    low, high = window.sat_elevation_angle_min, window.sat_elevation_angle_max
    if low is None or high is None:
        return None
    return Range(angles.incidence_from_elevation(high), angles.incidence_from_elevation(low))


def coarsest_gsd_m(window: ImagingWindow) -> float | None:
    """The coarsest ground sample distance of the window, metres."""
    stated = [gsd for gsd in (window.ground_sample_distance, window.ground_sample_distance_max) if gsd is not None]
    return max(stated, default=None)


def find_faults(inquiry: Inquiry, search: WindowSearch, window: ImagingWindow) -> tuple[Fault, ...]:
    """Everything that speaks against a window; what the window does not state does not."""
    return (
        *_time_faults(inquiry, window),
        *_incidence_faults(inquiry, search, window),
        *_image_faults(inquiry, window),
        *_option_faults(inquiry, window),
    )


def _time_faults(inquiry: Inquiry, window: ImagingWindow) -> Iterator[Fault]:
    asked = inquiry.request.window
    early, late = asked.start - window.start_time, window.end_time - asked.end
    if early.total_seconds() > 0:
        yield Fault(
            field="window",
            limit=format_time(asked.start),
            actual=format_time(window.start_time),
            remedy=f"start the window at {format_time(window.start_time)} or before",
            gap=early / HORIZON,
        )
    if late.total_seconds() > 0:
        yield Fault(
            field="window",
            limit=format_time(asked.end),
            actual=format_time(window.end_time),
            remedy=f"end the window at {format_time(window.end_time)} or later",
            gap=late / HORIZON,
        )


def _incidence_faults(inquiry: Inquiry, search: WindowSearch, window: ImagingWindow) -> Iterator[Fault]:
    """All of the window must keep the limits, for it is the window that is ordered and no moment in it."""
    seen, wanted = incidence(window), inquiry.optical
    if seen is None:
        return
    highest, lowest = wanted.max_incidence, wanted.min_incidence
    if highest is not None and seen.max - highest > _rounding(lowest_elevation(highest, search)):
        yield _angle_fault("max_incidence", highest, seen.max, f"allow an incidence of up to {seen.max:g} degrees")
    if lowest is not None and lowest - seen.min > _rounding(highest_elevation(lowest, search)):
        yield _angle_fault("min_incidence", lowest, seen.min, f"allow an incidence down to {seen.min:g} degrees")


def _rounding(limit: Limit) -> float:
    """How far a window may reach beyond a limit, degrees: not at all where the server did not take it over."""
    return 0.0 if limit.taken is Taken.LAXER else _ROUNDING_DEG


def _angle_fault(field: str, limit: float, actual: float, remedy: str) -> Fault:
    return Fault(field=field, limit=limit, actual=actual, unit="deg", remedy=remedy, gap=abs(actual - limit) / 90)


def _image_faults(inquiry: Inquiry, window: ImagingWindow) -> Iterator[Fault]:
    wanted = inquiry.optical
    forecast, sun, gsd = latest_forecast(window), window.sun_elevation_angle_min, coarsest_gsd_m(window)
    clouds = None if forecast is None else forecast.prediction
    if wanted.max_cloud_cover is not None and clouds is not None and clouds > wanted.max_cloud_cover:
        yield Fault(
            field="max_cloud_cover",
            limit=wanted.max_cloud_cover,
            actual=clouds,
            unit="%",
            remedy=f"allow {clouds:g} % of cloud",
            gap=(clouds - wanted.max_cloud_cover) / 100,
        )
    if wanted.min_sun_elevation is not None and sun is not None and sun < wanted.min_sun_elevation:
        remedy = f"allow a sun elevation down to {sun:g} degrees"
        yield _angle_fault("min_sun_elevation", wanted.min_sun_elevation, sun, remedy)
    if wanted.max_gsd_m is not None and gsd is not None and gsd > wanted.max_gsd_m:
        yield Fault(
            field="max_gsd_m",
            limit=wanted.max_gsd_m,
            actual=gsd,
            unit="m",
            remedy=f"allow a ground sample distance of {gsd:g} m",
            gap=(gsd - wanted.max_gsd_m) / gsd,
        )


def _option_faults(inquiry: Inquiry, window: ImagingWindow) -> Iterator[Fault]:
    options = inquiry.options
    if window.conflicting_orders and not options.show_replacing:
        ids = ", ".join(order.id for order in window.conflicting_orders)
        yield _option_fault("show_replacing", limit=False, actual=ids, remedy="allow orders of yours to be replaced")
    if options.satellite_types and window.satellite_type not in {None, *options.satellite_types}:
        allowed = ", ".join(options.satellite_types)
        yield _option_fault("satellite_types", allowed, window.satellite_type, f"allow {window.satellite_type}")
    if options.sensitivity_mode and window.sensitivity_mode not in {None, options.sensitivity_mode}:
        remedy = f"allow the mode {window.sensitivity_mode}"
        yield _option_fault("sensitivity_mode", options.sensitivity_mode, window.sensitivity_mode, remedy)
    low, high = window.off_nadir_angle_min, window.off_nadir_angle_max
    if options.off_nadir_max is not None and high is not None and high > options.off_nadir_max:
        yield _angle_fault("planet.off_nadir_max", options.off_nadir_max, high, f"allow {high:g} degrees off nadir")
    if options.off_nadir_min is not None and low is not None and low < options.off_nadir_min:
        yield _angle_fault("planet.off_nadir_min", options.off_nadir_min, low, f"allow {low:g} degrees off nadir")


def _option_fault(option: str, limit: Any, actual: Any, remedy: str) -> Fault:
    return Fault(field=f"planet.{option}", limit=limit, actual=actual, remedy=remedy, gap=1.0)
