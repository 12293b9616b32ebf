"""How each requirement of the request was met by one imaging window."""

from __future__ import annotations

from collections.abc import Iterator

from shapely import Polygon

from tasking_hub import Adjustment, AdjustmentKind, Window, geometry
from tasking_hub_planet.translate.echo import Limit, Taken, highest_elevation, lowest_elevation, searched_span
from tasking_hub_planet.translate.filters import coarsest_gsd_m, incidence, latest_forecast
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.requests import search_place
from tasking_hub_planet.wire import ImagingWindow, WindowSearch


def image_adjustments(inquiry: Inquiry, search: WindowSearch, window: ImagingWindow) -> tuple[Adjustment, ...]:
    """One adjustment for each requirement on the image, and for place and time where they are not as asked."""
    return (
        *_area(inquiry),
        *_window(inquiry, search),
        *_angles(inquiry, search, window),
        *_filtered(inquiry, window),
    )


def _area(inquiry: Inquiry) -> Iterator[Adjustment]:
    area = inquiry.request.area
    if not isinstance(area, Polygon):
        return
    point, options = geometry.inner_point(area), inquiry.options
    width, length = options.scene_width_km, options.scene_length_km
    share = geometry.covered_fraction(area, geometry.square_km(point.x, point.y, width, length))
    yield Adjustment(
        field="area",
        how=AdjustmentKind.APPROXIMATED,
        asked=area,
        sent=search_place(area),
        why=f"Planet searches at a point; a scene of about {width:g} x {length:g} km around it shows {share:.0%} "
        f"of the area of {geometry.area_km2(area):.2f} km²",
    )


def _window(inquiry: Inquiry, search: WindowSearch) -> Iterator[Adjustment]:
    span, asked = searched_span(inquiry, search), inquiry.request.window
    if not (span.stricter or span.laxer):
        return
    reasons: list[str] = []
    if span.stricter:
        reasons.append("Planet searches from now on and at most 7 days ahead")
    if span.laxer:
        reasons.append("Planet searched beyond the asked window, so windows outside it were dropped here")
    yield Adjustment(
        field="window",
        how=AdjustmentKind.TIGHTENED if span.stricter else AdjustmentKind.FILTERED,
        asked=str(asked),
        sent=str(Window(span.start, span.end)),
        why="; ".join(reasons),
    )


def _angles(inquiry: Inquiry, search: WindowSearch, window: ImagingWindow) -> Iterator[Adjustment]:
    wanted = inquiry.optical
    if wanted.max_incidence is not None:
        limit = lowest_elevation(wanted.max_incidence, search)
        yield _angle("max_incidence", wanted.max_incidence, limit, "least", window)
    if wanted.min_incidence is not None:
        limit = highest_elevation(wanted.min_incidence, search)
        yield _angle("min_incidence", wanted.min_incidence, limit, "most", window)


def _angle(field: str, asked: float, limit: Limit, bound: str, window: ImagingWindow) -> Adjustment:
    if limit.taken is Taken.AS_ASKED:
        how, why = AdjustmentKind.HONOURED, f"sent as a satellite elevation of at {bound} 90 less the incidence"
    elif limit.taken is Taken.STRICTER:
        how = AdjustmentKind.TIGHTENED
        why = f"Planet allows a satellite elevation of at {bound} {_degrees(limit)}"
    elif incidence(window) is not None:
        how = AdjustmentKind.FILTERED
        why = f"Planet searched with a satellite elevation of at {bound} {_degrees(limit)}; others were dropped here"
    else:
        how = AdjustmentKind.NOT_ENFORCED
        why = "Planet did not take over the limit and does not state the window's satellite elevation"
    sent = limit.echoed if limit.taken is Taken.STRICTER else limit.sent
    return Adjustment(field=field, how=how, asked=asked, sent=sent, why=why)


def _degrees(limit: Limit) -> str:
    return "an unstated angle" if limit.echoed is None else f"{limit.echoed:g} degrees"


def _filtered(inquiry: Inquiry, window: ImagingWindow) -> Iterator[Adjustment]:
    wanted, forecast = inquiry.optical, latest_forecast(window)
    sun, gsd = window.sun_elevation_angle_min, coarsest_gsd_m(window)
    if wanted.max_cloud_cover is not None:
        said = None if forecast is None else f"Planet forecasts {forecast.prediction:g} % of cloud, which is no promise"
        yield _by_us("max_cloud_cover", wanted.max_cloud_cover, said, "has no cloud forecast yet")
    if wanted.min_sun_elevation is not None:
        said = None if sun is None else f"the sun stands {sun:g} degrees high or higher"
        yield _by_us("min_sun_elevation", wanted.min_sun_elevation, said, "does not state the sun's elevation")
    if wanted.max_gsd_m is not None:
        said = None if gsd is None else f"the ground sample distance is {gsd:g} m"
        yield _by_us("max_gsd_m", wanted.max_gsd_m, said, "does not state its ground sample distance")
    if wanted.stereo is not None:
        why = "an assured imaging window takes one view"
        yield Adjustment(field="stereo", how=AdjustmentKind.HONOURED, asked=wanted.stereo, sent=wanted.stereo, why=why)


def _by_us(field: str, asked: float, said: str | None, silent: str) -> Adjustment:
    """A requirement that Planet's search does not know: kept or dropped here by what the window states."""
    if said is None:
        why = f"Planet's search has no such limit and this window {silent}"
        return Adjustment(field=field, how=AdjustmentKind.NOT_ENFORCED, asked=asked, why=why)
    why = f"{said}; windows that fall short were dropped here, since Planet's search has no such limit"
    return Adjustment(field=field, how=AdjustmentKind.FILTERED, asked=asked, why=why)
