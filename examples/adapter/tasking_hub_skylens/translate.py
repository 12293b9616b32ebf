"""Neutral to SkyLens and back: pure, so that it is tested without an event loop."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote as quoted

from tasking_hub import (
    AccountStatus,
    Adjustment,
    AdjustmentKind,
    CloudForecast,
    Contract,
    HttpRequest,
    HttpResponse,
    Imaging,
    Money,
    Opportunity,
    OpportunityKind,
    Optical,
    Quote,
    Range,
    Refusal,
    RefusalCode,
    TaskRequest,
    Window,
    format_time,
    geometry,
)
from tasking_hub.wire import read_as
from tasking_hub_skylens.options import SkylensOptions
from tasking_hub_skylens.wire import CONVERTER, WireContract, WirePass, WirePasses, WirePrice

PROVIDER = "skylens"
NO_SUCH_REQUIREMENT = "SkyLens has no such requirement"


def contract_request(base_url: str) -> HttpRequest:
    """`GET /v1/contract`."""
    return HttpRequest(method="GET", url=f"{base_url}/v1/contract", repeatable=True)


def read_contract(response: HttpResponse, account: str) -> AccountStatus:
    """The one contract of a key, and what is left of it."""
    wire = read_as(CONVERTER, WireContract, response)
    remaining = Money(wire.credit_left, wire.currency)
    contract = Contract(id=wire.contract_id, remaining=remaining, raw=response.json())
    return AccountStatus(account=account, provider=PROVIDER, contracts=(contract,))


def passes_request(base_url: str, request: TaskRequest) -> HttpRequest:
    """`GET /v1/passes`: passes over a point, with incidence up to the asked one."""
    point = geometry.inner_point(request.area)
    query = [
        ("lon", str(point.x)),
        ("lat", str(point.y)),
        ("from", format_time(request.window.start)),
        ("to", format_time(request.window.end)),
    ]
    if _optical(request).max_incidence is not None:
        query.append(("maxIncidence", str(_optical(request).max_incidence)))
    return HttpRequest(method="GET", url=f"{base_url}/v1/passes", query=tuple(query), repeatable=True)


def read_passes(response: HttpResponse, request: TaskRequest, account: str) -> Iterator[Opportunity | Refusal]:
    """Opportunities of the answer, or the refusal that it amounts to."""
    answer = read_as(CONVERTER, WirePasses, response)
    listed = zip(answer.passes, response.json()["passes"], strict=True)
    clear = [(wire, raw) for wire, raw in listed if _clear_enough(wire, request)]
    yield from (_opportunity(wire, raw, request, account) for wire, raw in clear)
    if not clear:
        yield _nothing(len(answer.passes), account)


def price_request(base_url: str, opportunity: Opportunity) -> HttpRequest:
    """`GET /v1/passes/{passId}/price`."""
    options = opportunity.request.options_for(PROVIDER, SkylensOptions)
    return HttpRequest(
        method="GET",
        url=f"{base_url}/v1/passes/{quoted(opportunity.id, safe='')}/price",
        query=(("rush", str(options.rush).lower()),),
        repeatable=True,
    )


def read_price(response: HttpResponse, opportunity: Opportunity, now: datetime) -> Quote:
    """The price; the wishes that SkyLens does not know are said to be not enforced."""
    price = read_as(CONVERTER, WirePrice, response)
    mentioned = {adjustment.field for adjustment in opportunity.adjustments}
    return Quote(
        opportunity=opportunity,
        price=Money(price.amount, price.currency),
        quoted_at=now,
        adjustments=tuple(
            Adjustment(field=name, how=AdjustmentKind.NOT_ENFORCED, asked=asked, why=NO_SUCH_REQUIREMENT)
            for name, asked in opportunity.request.asked(Imaging.OPTICAL).items()
            if name not in mentioned
        ),
        raw=response.json(),
    )


def _optical(request: TaskRequest) -> Optical:
    return request.optical or Optical()


def _clear_enough(wire: WirePass, request: TaskRequest) -> bool:
    limit = _optical(request).max_cloud_cover
    return limit is None or wire.cloud_forecast is None or wire.cloud_forecast <= limit


def _opportunity(wire: WirePass, raw: Mapping[str, Any], request: TaskRequest, account: str) -> Opportunity:
    return Opportunity(
        id=wire.pass_id,
        account=account,
        provider=PROVIDER,
        request=request,
        kind=OpportunityKind.PASS,
        imaging=Imaging.OPTICAL,
        product="SkyLens pass",
        window=Window(wire.starts_at, wire.ends_at),
        incidence_deg=Range(wire.incidence_angle, wire.incidence_angle),
        cloud_forecast=None if wire.cloud_forecast is None else CloudForecast(percent=wire.cloud_forecast),
        constellation="SKYLENS",
        adjustments=tuple(_adjustments(request)),
        handle=wire.pass_id,
        raw=raw,
    )


def _adjustments(request: TaskRequest) -> Iterator[Adjustment]:
    optical = _optical(request)
    if optical.max_incidence is not None:
        asked = optical.max_incidence
        yield Adjustment(field="max_incidence", how=AdjustmentKind.HONOURED, asked=asked, sent=asked)
    if optical.max_cloud_cover is not None:
        why = "passes with a cloudier forecast were left out; a forecast is no promise"
        yield Adjustment(field="max_cloud_cover", how=AdjustmentKind.FILTERED, asked=optical.max_cloud_cover, why=why)
    if request.area.geom_type != "Point":
        why = "SkyLens aims at a point: the one inside the area that was sent"
        yield Adjustment(field="area", how=AdjustmentKind.APPROXIMATED, asked=request.area.geom_type, why=why)


def _nothing(left_out: int, account: str) -> Refusal:
    return Refusal(
        account=account,
        provider=PROVIDER,
        code=RefusalCode.NO_OPPORTUNITY,
        message=f"no pass fits ({left_out} with too many clouds were left out)" if left_out else "no pass fits",
        field="window",
        retryable=True,
        remedy="widen the window, or allow more clouds" if left_out else "widen the window",
    )
