"""Neutral questions as Airbus' requests. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from attrs import frozen

from tasking_hub import HttpRequest, Opportunity, geometry
from tasking_hub_airbus.options import AirbusSettings, Programme
from tasking_hub_airbus.translate.inquiry import (
    NEO,
    Inquiry,
    Target,
)
from tasking_hub_airbus.translate.plan import Endpoint, Step
from tasking_hub_airbus.translate.properties import properties
from tasking_hub_airbus.wire import CONVERTER
from tasking_hub_airbus.wire_questions import (
    AcquisitionDate,
    KeyValue,
    OpticalTerms,
    OptionsArea,
    OptionsQuestion,
    OrderArea,
    OrderBody,
    OrderDelivery,
    OrderEndUser,
    OrderItem,
    ProductOptions,
    SearchQuestion,
)

TOKEN_PATH = "/auth/realms/IDP/protocol/openid-connect/token"  # noqa: S105 - a path

_AOI_ID = 1


def _get(url: str) -> HttpRequest:
    return HttpRequest(method="GET", url=url, repeatable=True)


def _ask(url: str, body: object) -> HttpRequest:
    """A POST that only reads."""
    return HttpRequest(method="POST", url=url, json=CONVERTER.unstructure(body), repeatable=True)


# --- Account -----------------------------------------------------------------------------------------


def token_request(settings: AirbusSettings) -> HttpRequest:
    """Ask for a token; it costs nothing to ask twice."""
    form = {"apikey": settings.api_key.reveal(), "grant_type": "api_key", "client_id": "IDP"}
    return HttpRequest(method="POST", url=f"{settings.auth_url}{TOKEN_PATH}", form=form, repeatable=True)


def contracts_request(settings: AirbusSettings) -> HttpRequest:
    """Ask for the account's contracts."""
    return _get(f"{settings.order_url}/api/v1/contracts")


def me_request(settings: AirbusSettings) -> HttpRequest:
    """Ask for the workspace of a SPOT and Pléiades contract."""
    return _get(f"{settings.data_url}/api/v1/me")


def product_types_request(settings: AirbusSettings, contract_id: str) -> HttpRequest:
    """Ask what a contract can order."""
    return _get(f"{settings.order_url}/api/v1/contracts/{quote(contract_id, safe='')}/productTypes")


def markets_request(settings: AirbusSettings, contract_id: str) -> HttpRequest:
    """Ask which markets a contract knows; the older path without `contracts` is the documented one."""
    return _get(f"{settings.order_url}/api/v1/{quote(contract_id, safe='')}/properties")


def delivery_types_request(settings: AirbusSettings, contract_id: str) -> HttpRequest:
    """Ask how a contract delivers."""
    return _get(f"{settings.order_url}/api/v1/contracts/{quote(contract_id, safe='')}/deliveryTypes")


def licence_request(settings: AirbusSettings, contract_id: str, licence_id: str) -> HttpRequest:
    """Ask for a licence of a contract."""
    contract, licence = quote(contract_id, safe=""), quote(licence_id, safe="")
    return _get(f"{settings.order_url}/api/v1/contracts/{contract}/licences/{licence}")


# --- Options, feasibility, attempts ------------------------------------------------------------------


def options_request(settings: AirbusSettings, inquiry: Inquiry, target: Target) -> HttpRequest:
    """Ask which production options a product has for the area."""
    contract = quote(target.contract.contract_id, safe="")
    product = quote(target.product.product_type_id, safe="")
    body = OptionsQuestion(aoi=(OptionsArea(polygon_id=_AOI_ID, geometry=_polygon(inquiry)),))
    return _ask(f"{settings.order_url}/api/v1/contracts/{contract}/productTypes/{product}/options", body)


def search_request(settings: AirbusSettings, inquiry: Inquiry, step: Step) -> HttpRequest:
    """Ask for attempts, which take only a start and look 7 days ahead, or for the feasibility of a plan."""
    window = inquiry.window
    body = SearchQuestion(
        acquisition_date=AcquisitionDate(
            start_date=window.start, end_date=None if step.endpoint is Endpoint.ATTEMPTS else window.end
        ),
        contract_id=step.contract.contract_id,
        missions=(step.mission.value,),
        optical=OpticalTerms(
            acquisition_mode=inquiry.stereo.value.upper(),
            max_cloud_cover=inquiry.max_cloud_cover,
            max_incidence_angle=inquiry.max_incidence,
        ),
        prog_type_names=tuple(target.programme.value for target in step.targets),
        aoi=_polygon(inquiry),
    )
    return _ask(f"{settings.order_url}/api/v1/{step.endpoint.value}", body)


def _polygon(inquiry: Inquiry) -> Mapping[str, Any]:
    return geometry.to_geojson(inquiry.request.area)


# --- Prices ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Shape:
    """Members that the guide's samples have for one programme and not for another."""

    nulls: bool
    lists: bool


_SHAPES: Mapping[Programme, _Shape] = {
    Programme.ONEDAY: _Shape(nulls=True, lists=False),
    Programme.ONENOW: _Shape(nulls=True, lists=True),
    Programme.ONENOWATTEMPTS: _Shape(nulls=True, lists=True),
}
_PLANNED = _Shape(nulls=False, lists=True)


def price_request(
    settings: AirbusSettings,
    inquiry: Inquiry,
    opportunity: Opportunity,
    production: Mapping[str, str],
    workspace: str | None,
) -> HttpRequest:
    """Ask for a price; the body is that of an order, and nothing is ordered."""
    body = order_body(settings, inquiry, opportunity, production, workspace)
    return _ask(f"{settings.order_url}/api/v1/prices", body)


def order_body(
    settings: AirbusSettings,
    inquiry: Inquiry,
    opportunity: Opportunity,
    production: Mapping[str, str],
    workspace: str | None,
) -> OrderBody:
    """What prices and orders are asked with."""
    request, options, target = inquiry.request, inquiry.options, Target.behind(opportunity)
    shape = _SHAPES.get(target.programme, _PLANNED)
    null = None if shape.nulls else ""
    return OrderBody(
        aoi=(OrderArea(id=_AOI_ID, name=options.area_name, geometry=_polygon(inquiry)),),
        program_reference=null,
        contract_id=target.contract.contract_id,
        items=(_item(inquiry, target, opportunity, shape),),
        primary_market=primary_market(settings, inquiry) or "",
        secondary_market=options.secondary_market or null,
        customer_reference=request.reference,
        options_per_product_type=(_production(target, production, shape),),
        delivery=_delivery(inquiry, target, workspace),
        end_users=tuple(OrderEndUser(end_user_name=user.name, country=user.country) for user in request.end_users),
    )


def primary_market(settings: AirbusSettings, inquiry: Inquiry) -> str | None:
    """The market that the request names, else the account's."""
    return inquiry.request.market or settings.market


def _item(inquiry: Inquiry, target: Target, opportunity: Opportunity, shape: _Shape) -> OrderItem:
    options = inquiry.options
    return OrderItem(
        notifications=_notifications(inquiry, target),
        product_type_id=target.product.product_type_id,
        data_source_ids=() if shape.lists else None,
        aoi_id=_AOI_ID,
        properties=tuple(KeyValue(key=key, value=value) for key, value in properties(inquiry, opportunity).items()),
        comments=options.comments,
        segment_key=opportunity.handle,
        holdback=options.holdback,
    )


def _production(target: Target, production: Mapping[str, str], shape: _Shape) -> ProductOptions:
    return ProductOptions(
        licence="" if shape.lists else None,
        product_type_id=target.product.product_type_id,
        options=tuple(KeyValue(key=key, value=value) for key, value in production.items()),
    )


def _delivery(inquiry: Inquiry, target: Target, workspace: str | None) -> OrderDelivery | None:
    """Pléiades Neo delivers into the contract's own workspace and is told none (Airbus' OpenAPI, read 2026-11)."""
    kind = inquiry.options.delivery_type
    if kind is None:
        return None
    return OrderDelivery(type=kind, workspace=None if target.backend == NEO else workspace)


def _notifications(inquiry: Inquiry, target: Target) -> tuple[Mapping[str, Any], ...]:
    """E-mail about acquisitions, in the shape of the back end (the tasking guide and Airbus' OpenAPI, read 2026-11)."""
    addresses = list(inquiry.options.notification_emails)
    if not addresses:
        return ()
    if target.backend == NEO:
        channel: Mapping[str, Any] = {"type": "email", "addressee": {"to": addresses, "cc": []}}
        return ({"name": "", "channels": [channel], "filter": {"events": [{"event": "NEW_ACQUISITION"}]}},)
    channel = {"type": "email", "parameters": {"addresses": addresses}}
    return ({"name": "", "channels": [channel], "filter": {"events": ["ACQUISITION_RECEIVED"]}},)
