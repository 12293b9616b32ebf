"""Prices: the body of an order checked as the real API would, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen
from shapely import Polygon

from tasking_hub import InvalidRequestError, geometry, parse_time
from tasking_hub_airbus.sandbox.areas import read_area
from tasking_hub_airbus.sandbox.catalogue import (
    LEGACY_CONTRACT,
    MARKETS,
    PRODUCTS,
    WORKSPACE,
    Product,
)
from tasking_hub_airbus.sandbox.errors import bad_request, not_found
from tasking_hub_airbus.sandbox.options import check_options, schema
from tasking_hub_airbus.sandbox.reading import an_object, as_list, as_object, as_objects, number, pairs
from tasking_hub_airbus.sandbox.search import Terms, classify
from tasking_hub_airbus.sandbox.segments import open_key

_PAIRS_MAX = 5
_COUNTRY = re.compile("[A-Z]{2}")
ATTEMPTED = frozenset({"ONEDAY", "ONENOW", "ONENOWATTEMPTS"})
_STEREO = frozenset({"PLEIADES", "SPOT"})

Periods = tuple[tuple[datetime, datetime], ...]


@frozen(kw_only=True)
class Priced:
    """One item and what it costs.

    Attributes:
        studied: people look at it first, so that it has no price yet.
        periods: when it may be acquired: each attempt, or the whole of a plan.
    """

    product: Product
    area: Polygon
    rate: Decimal
    studied: bool
    periods: Periods
    properties: Mapping[str, Any]

    @property
    def area_km2(self) -> Decimal:
        """Whole km² (truncated, as in the guide's samples), at least the product's minimum."""
        return Decimal(max(self.product.constellation.minimum_km2, int(geometry.area_km2(self.area))))

    @property
    def price(self) -> Decimal:
        """Before the discount."""
        return self.area_km2 * self.rate

    @property
    def amount(self) -> Decimal:
        """After it."""
        return self.price * (100 - self.product.discount_percent) / 100


def price(value: Any, contracts: Sequence[str], now: datetime, secret: bytes) -> dict[str, Any]:
    """The price of an order that could be placed now."""
    body = an_object(value, "A body")
    priced = read_items(body, contracts, now, secret)
    if any(one.studied for one in priced):
        message = "The price can only be calculated for orders that do not require a feasibility study"
        raise bad_request(message)
    return {
        "contractId": body["contractId"],
        "currency": "EUR",
        "discountPercentage": 0.0,
        "discountValue": 0.0,
        "productTypes": [_line(one) for one in priced],
        "totalAmount": sum((one.amount for one in priced), Decimal(0)),
    }


def read_items(body: Mapping[str, Any], contracts: Sequence[str], now: datetime, secret: bytes) -> list[Priced]:
    """The items of an order that could be placed now, or 400; an unknown contract is 404."""
    contract = str(body.get("contractId"))
    if contract not in contracts:
        message = f"CIS contract '{contract}' not found."
        raise not_found(message)
    _check_frame(body, contract)
    return [_item(body, item, contract, now, secret) for item in as_objects(body["items"])]


def _line(one: Priced) -> dict[str, Any]:
    return {
        "amount": one.amount,
        "areaKm2": one.area_km2,
        "discountPercentage": one.product.discount_percent,
        "discountValue": 0.0,
        "price": one.price,
        "productTypeId": one.product.id,
        "items": [{"datastripIds": []}],
        "voucherCode": None,
    }


def _check_frame(body: Mapping[str, Any], contract: str) -> None:
    """What an order has besides its items."""
    items = as_objects(body.get("items"))
    workspace = (as_object(body.get("delivery")) or {}).get("workspace", WORKSPACE)
    market = body.get("primaryMarket")
    complaints = (
        (not items, "'items' is mandatory"),
        (not as_objects(body.get("aoi")), "'aoi' is mandatory"),
        (len(items) > _PAIRS_MAX, f"An order has at most {_PAIRS_MAX} items"),
        (not body.get("customerReference"), "'customerReference' is mandatory"),
        (market is not None and market not in MARKETS, f"Unknown market '{market}'"),
        (not _are_end_users(body.get("endUsers", [])), "'endUsers' must be a list of endUserName and country"),
        (contract == LEGACY_CONTRACT and workspace != WORKSPACE, f"Unable to access workspace '{workspace}'"),
    )
    for wrong, message in complaints:
        if wrong:
            raise bad_request(message)


def _are_end_users(listed: Any) -> bool:
    """Names with ISO 3166 countries of two letters (Airbus' OpenAPI description, read 2026-11)."""
    every = as_list(listed)
    users = as_objects(listed)
    named = [one for one in users if one.get("endUserName") and _COUNTRY.fullmatch(str(one.get("country")))]
    return every is not None and len(named) == len(every)


def _item(body: Mapping[str, Any], item: Mapping[str, Any], contract: str, now: datetime, secret: bytes) -> Priced:
    product = PRODUCTS.get(str(item.get("productTypeId")))
    if product is None or product.constellation.contract != contract:
        message = f"Product type '{item.get('productTypeId')}' is not available on contract '{contract}'"
        raise bad_request(message)
    area = _area(body, item)
    check_options(schema(contract, area), _options(body, product))
    properties = pairs(item.get("properties"))
    attempted = product.programme in ATTEMPTED
    word, periods = (
        ("EASY", _check_attempt(item, properties, contract, now, secret))
        if attempted
        else _check_plan(product, properties, now)
    )
    return Priced(
        product=product,
        area=area,
        rate=product.easy if word == "EASY" else product.challenging,
        studied=word is None,
        periods=periods,
        properties=properties,
    )


def _area(body: Mapping[str, Any], item: Mapping[str, Any]) -> Polygon:
    found = [one for one in as_objects(body["aoi"]) if one.get("id") == item.get("aoiId")]
    if len(found) != 1:
        message = f"No AOI with id '{item.get('aoiId')}'"
        raise bad_request(message)
    return read_area(found[0].get("geometry"))


def _options(body: Mapping[str, Any], product: Product) -> dict[str, Any]:
    sets = as_objects(body.get("optionsPerProductType"))
    mine = [one for one in sets if one.get("productTypeId") == product.id]
    if len(mine) != 1:
        message = f"'optionsPerProductType' has no options for '{product.id}'"
        raise bad_request(message)
    return pairs(mine[0].get("options"))


def _check_attempt(
    item: Mapping[str, Any], properties: Mapping[str, Any], contract: str, now: datetime, secret: bytes
) -> Periods:
    inside = open_key(secret, contract, item.get("segmentKey"))
    for name in ("acqPeriod", "acqPeriods", "orderDeadLine"):
        if name in properties and name in inside and properties[name] != inside[name]:
            message = f"Property '{name}' does not agree with the segmentKey"
            raise bad_request(message)
    if now >= parse_time(inside["orderDeadLine"]):
        message = f"The order deadline {inside['orderDeadLine']} has passed"
        raise bad_request(message)

    words = inside.get("acqPeriods") or inside["acqPeriod"]
    return tuple(_period(text) for text in words.split(","))


def _check_plan(product: Product, properties: Mapping[str, Any], now: datetime) -> tuple[str | None, Periods]:
    """A plan has a price if the verdict that it repeats is AUTOMATIC and the one that feasibility gives."""
    start, end = _period(properties.get("acqPeriod"))
    if end <= now:
        message = "The acquisition period must end in the future"
        raise bad_request(message)
    if properties.get("feasibilityAutomation") == "MANUAL":
        _check_mode(product, properties)
        return None, ((start, end),)
    terms = Terms(
        programme=product.programme,
        mode=str(properties.get("acquisitionMode")),
        cloud=number(properties, "maxCloudCover", 100),
        incidence=number(properties, "maxIncidenceAngle", 90),
        start=start,
        end=end,
    )
    verdict = classify(terms)
    told = {"classification": properties.get("classification"), "automation": properties.get("feasibilityAutomation")}
    if verdict != told:
        message = "The properties do not agree with the feasibility of the order"
        raise bad_request(message)
    return verdict["classification"], ((start, end),)


def _check_mode(product: Product, properties: Mapping[str, Any]) -> None:
    """Stereo needs both ratios as text (the guide to Pléiades and SPOT tasking, read 2026-11)."""
    if properties.get("acquisitionMode") == "MONO":
        return
    ratios = [properties.get(name) for name in ("acquisitionModeMinBH", "acquisitionModeMaxBH")]
    if product.programme != "ONEPLAN" or product.mission not in _STEREO or not all(map(_is_ratio, ratios)):
        message = "Stereo needs OnePlan on SPOT or Pléiades, and two base-to-height ratios as text"
        raise bad_request(message)


def _is_ratio(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal("0.2") <= Decimal(value) <= Decimal("0.8")
    except InvalidOperation:
        return False


def _period(text: Any) -> tuple[datetime, datetime]:
    try:
        start, end = str(text).split()
        return parse_time(start), parse_time(end)
    except (ValueError, InvalidRequestError) as error:
        message = "Property 'acqPeriod' must be two dates"
        raise bad_request(message) from error
