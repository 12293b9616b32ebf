"""From the neutral request to Planet's requests; pure."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from tasking_hub import HttpRequest, angles, geometry
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.rules import CLOCK_MARGIN, HORIZON, exclusivity_asked, exclusivity_sold
from tasking_hub_planet.wire import CONVERTER, WindowSearchRequest

SEARCH_PATH = "/tasking/v2/imaging-windows/search/"
PRODUCTS_PATH = "/tasking/v2/products"
ORDERS_PATH = "/tasking/v2/orders/"
PRICING_PATH = "/tasking/v2/pricing/"
BULK_PATH = "/tasking/v2/bulk/"


def search_place(area: BaseGeometry) -> BaseGeometry:
    """What Planet is asked for: points and lines as they are, a polygon as a point inside it."""
    return geometry.inner_point(area) if isinstance(area, Polygon) else area


def search_body(inquiry: Inquiry) -> WindowSearchRequest:
    """The constraints of a search; what the caller leaves open is left to the contract."""
    options = inquiry.options
    start, end = _times(inquiry)
    return WindowSearchRequest(
        geometry=geometry.to_geojson(search_place(inquiry.request.area)),
        pl_number=inquiry.settings.pl_number,
        product=inquiry.product,
        start_time=start,
        end_time=end,
        sat_elevation_angle_min=elevation(inquiry.optical.max_incidence),
        sat_elevation_angle_max=elevation(inquiry.optical.min_incidence),
        off_nadir_angle_min=options.off_nadir_min,
        off_nadir_angle_max=options.off_nadir_max,
        satellite_types=options.satellite_types,
        sensitivity_mode=options.sensitivity_mode,
    )


def _times(inquiry: Inquiry) -> tuple[datetime | None, datetime | None]:
    """Start and end to send; None is the server's default: now, and seven days later.

    Assumption: those defaults are read off the page's example. They keep a clock that is a second ahead of Planet's
    from asking for a moment too far in the future.
    """
    window, latest = inquiry.request.window, inquiry.asked_at + HORIZON - CLOCK_MARGIN
    start = window.start if window.start > inquiry.asked_at else None
    if window.end <= latest:
        return start, window.end
    return start, None if start is None else latest


def elevation(incidence_deg: float | None) -> float | None:
    """The angle as Planet's samples write it: without a fraction where it has none."""
    if incidence_deg is None:
        return None
    elevation = angles.satellite_elevation(incidence_deg)
    return int(elevation) if elevation.is_integer() else elevation


def create_request(inquiry: Inquiry) -> HttpRequest:
    """Ask Planet to search; asking twice makes two searches and costs nothing, so it may be repeated."""
    return HttpRequest(
        method="POST",
        url=planet_url(inquiry.settings, SEARCH_PATH),
        json=CONVERTER.unstructure(search_body(inquiry)),
        repeatable=True,
    )


def read_request(inquiry: Inquiry, search_id: str, *, replacing: bool | None = None) -> HttpRequest:
    """Read a search with its prices: without the exclusivity parameter Planet leaves them out.

    Args:
        inquiry: who asks for what.
        search_id: the search.
        replacing: list windows that replace orders too; None leaves it to the options.
    """
    days = exclusivity_sold(exclusivity_asked(inquiry)) or 0
    shown = inquiry.options.show_replacing if replacing is None else replacing
    opt_in = (("show_replacing_imaging_windows", "true"),) if shown else ()
    return HttpRequest(
        method="GET",
        url=planet_url(inquiry.settings, f"{SEARCH_PATH}{quote(search_id, safe='')}/"),
        query=(("order_template__exclusivity_days", str(days)), *opt_in),
        repeatable=True,
    )


def products_request(settings: PlanetSettings) -> HttpRequest:
    """Ask which products the key's contracts have.

    Assumption: the path is that of Planet's own STAPI bridge (github.com/stapi-spec/stapi-fastapi-planet, 2025-04).
    Where the server has no such path, or would redirect it, the account is shown as configured.
    """
    return HttpRequest(method="GET", url=planet_url(settings, PRODUCTS_PATH), repeatable=True)


def order_path(order_id: str) -> str:
    """Where an order is; Planet's notebooks write no slash at its end."""
    return f"{ORDERS_PATH}{quote(order_id, safe='')}"


def planet_url(settings: PlanetSettings, path: str) -> str:
    """An address of the API as it is configured."""
    return settings.base_url.rstrip("/") + path
