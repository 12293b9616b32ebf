"""From Planet's search to opportunities, and to the windows that fall short."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast
from urllib.parse import unquote, urljoin, urlsplit

from attrs import frozen

from tasking_hub import (
    CloudForecast,
    HttpResponse,
    Imaging,
    InvalidRequestError,
    MalformedResponseError,
    Opportunity,
    OpportunityKind,
    Range,
    ReplacedOrder,
    Window,
)
from tasking_hub.wire import read_as
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.adjustments import image_adjustments
from tasking_hub_planet.translate.filters import Miss, coarsest_gsd_m, find_faults, incidence, latest_forecast
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.requests import SEARCH_PATH
from tasking_hub_planet.wire import CONVERTER, ImagingWindow, WindowSearch

_ID_IN_PATH = re.compile(re.escape(SEARCH_PATH) + r"([^/?#]+)")


@frozen(kw_only=True)
class SearchState:
    """A search as it was read once.

    Attributes:
        search: its fields.
        raw: the same as it came.
    """

    search: WindowSearch
    raw: Mapping[str, Any]

    @property
    def final(self) -> bool:
        """Planet will not add to it; an unknown status is not taken for an end."""
        return self.search.status in {"DONE", "FAILED"}

    def raw_of(self, number: int) -> dict[str, Any]:
        """What the opportunity of one window keeps: the window itself, and the search without its windows."""
        search = {name: value for name, value in self.raw.items() if name != "imaging_windows"}
        return {"imaging_window": self.raw["imaging_windows"][number], "search": search}


def read_search(response: HttpResponse) -> SearchState:
    """Read a search; only until it is done may it come without its windows, as all documented answers have them.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    search, raw = read_as(CONVERTER, WindowSearch, response), cast(Mapping[str, Any], response.json())
    if search.status == "DONE" and "imaging_windows" not in raw:
        problem = "required field missing @ $.imaging_windows"
        raise MalformedResponseError([problem], method=response.method, url=response.url, body=response.excerpt)
    return SearchState(search=search, raw=raw)


def read_search_id(response: HttpResponse, settings: PlanetSettings) -> str:
    """The id of the search just created: from the body, else from the `Location` header.

    Raises:
        MalformedResponseError: there is none, or `Location` points at another host.
    """
    body = response.json_or_none()
    stated = cast(dict[str, Any], body).get("id") if isinstance(body, dict) else None
    if isinstance(stated, str) and stated:
        return stated
    return _id_in_location(response, settings)


def _id_in_location(response: HttpResponse, settings: PlanetSettings) -> str:
    location = urlsplit(urljoin(settings.base_url, response.headers.get("location", "")))
    ours, found = urlsplit(settings.base_url), _ID_IN_PATH.search(location.path)
    if (location.scheme, location.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        problem = "points at another host, which is not followed @ header Location"
    elif found is None:
        problem = "required field missing @ $.id, and no search @ header Location"
    else:
        return unquote(found[1])
    raise MalformedResponseError([problem], method=response.method, url=response.url, body=response.excerpt)


def read_opportunities(inquiry: Inquiry, state: SearchState, seen: Collection[str] = ()) -> list[Opportunity]:
    """The windows that meet the request, each id once, but for those that were seen.

    Raises:
        MalformedResponseError: a window ends before it starts, or has an angle that cannot be.
    """
    fresh = [number for number, window in enumerate(state.search.imaging_windows) if window.id not in seen]
    read = [_read_window(inquiry, state, number) for number in fresh]
    return list({one.id: one for one in read if isinstance(one, Opportunity)}.values())


def read_misses(inquiry: Inquiry, state: SearchState) -> list[Miss]:
    """The windows that fall short of the request.

    Raises:
        MalformedResponseError: as for `read_opportunities`.
    """
    read = [_read_window(inquiry, state, number) for number in range(len(state.search.imaging_windows))]
    return [one for one in read if isinstance(one, Miss)]


def search_id_of(opportunity: Opportunity) -> str:
    """The id of the search that found an opportunity.

    Raises:
        InvalidRequestError: the opportunity is not one of Planet's, or lost its raw data.
    """
    search = opportunity.raw.get("search")
    stated = cast(Mapping[str, Any], search).get("id") if isinstance(search, Mapping) else None
    if not isinstance(stated, str) or not stated:
        msg = "the opportunity's raw data does not hold Planet's search: find it again"
        raise InvalidRequestError(msg, "opportunity")
    return stated


def _read_window(inquiry: Inquiry, state: SearchState, number: int) -> Opportunity | Miss:
    window = state.search.imaging_windows[number]
    try:
        faults = find_faults(inquiry, state.search, window)
        return Miss(window_id=window.id, faults=faults) if faults else _opportunity(inquiry, state, number)
    except InvalidRequestError as error:
        problem = f"{error} @ $.imaging_windows[{number}]"
        raise MalformedResponseError([problem]) from error


def _opportunity(inquiry: Inquiry, state: SearchState, number: int) -> Opportunity:
    window = state.search.imaging_windows[number]
    return Opportunity(
        id=window.id,
        account=inquiry.account,
        provider=inquiry.settings.provider,
        request=inquiry.request,
        kind=OpportunityKind.PASS,
        imaging=Imaging.OPTICAL,
        product=inquiry.product,
        window=Window(window.start_time, window.end_time),
        contract=inquiry.settings.pl_number,
        incidence_deg=incidence(window),
        off_nadir_deg=_range(window.off_nadir_angle_min, window.off_nadir_angle_max),
        sun_elevation_deg=_range(window.sun_elevation_angle_min, window.sun_elevation_angle_max),
        gsd_m=coarsest_gsd_m(window),
        cloud_forecast=read_forecast(window),
        constellation=window.satellite_type,
        replaces=read_replaced(window),
        adjustments=image_adjustments(inquiry, state.search, window),
        handle=window.id,
        raw=state.raw_of(number),
    )


def _range(low: float | None, high: float | None) -> Range | None:
    return None if low is None or high is None else Range(low, high)


def read_forecast(window: ImagingWindow) -> CloudForecast | None:
    """The newest cloud forecast that holds a number."""
    latest = latest_forecast(window)
    if latest is None or latest.prediction is None:
        return None
    return CloudForecast(percent=latest.prediction, updated=latest.updated_time)


def read_replaced(window: ImagingWindow) -> tuple[ReplacedOrder, ...]:
    """The orders that would be cancelled, with what that costs where Planet says so."""
    priced = window.pricing_details.replaced_orders if window.pricing_details else None
    costs = {order.order_id: str(order.cost) for order in priced or () if order.cost is not None}
    return tuple(
        ReplacedOrder(id=order.id, name=order.name or "", tier=order.assured_tasking_tier, cost=costs.get(order.id))
        for order in window.conflicting_orders or ()
    )
