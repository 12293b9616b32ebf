"""Searches as they are asked: well-formed, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen
from shapely import Polygon

from tasking_hub import InvalidRequestError, parse_time
from tasking_hub_airbus.sandbox.areas import read_area
from tasking_hub_airbus.sandbox.catalogue import CONSTELLATIONS, PRODUCTS
from tasking_hub_airbus.sandbox.errors import bad_request, not_found
from tasking_hub_airbus.sandbox.reading import an_object, number, word, words


@frozen(kw_only=True)
class Question:
    """A search as it was asked."""

    contract: str
    missions: tuple[str, ...]
    programmes: tuple[str, ...]
    mode: str
    cloud: Decimal
    incidence: Decimal
    start: datetime
    end: datetime | None
    area: Polygon


def read_question(value: Any, contracts: Sequence[str]) -> Question:
    """A well-formed search, or 400; an unknown contract is 404."""
    body = an_object(value, "A body")
    contract = body.get("contractId")
    if contract not in contracts:
        message = f"CIS contract '{contract}' not found."
        raise not_found(message)
    when = an_object(body.get("acquisitionDate"), "'acquisitionDate'")
    optical = an_object(body.get("optical"), "'optical'")
    missions = words(body, "missions", tuple(CONSTELLATIONS))
    for mission in missions:
        if CONSTELLATIONS[mission].contract != contract:
            message = f"Mission {mission} is not available on contract '{contract}'"
            raise bad_request(message)
    return Question(
        contract=str(contract),
        missions=missions,
        programmes=words(body, "progTypeNames", tuple({product.programme for product in PRODUCTS.values()})),
        mode=word(optical, "acquisitionMode", ("MONO", "STEREO", "TRISTEREO")),
        cloud=number(optical, "maxCloudCover", 100),
        incidence=number(optical, "maxIncidenceAngle", 90),
        start=_time(when, "startDate"),
        end=None if when.get("endDate") is None else _time(when, "endDate"),
        area=read_area(body.get("aoi")),
    )


def _time(body: Mapping[str, Any], key: str) -> datetime:
    try:
        return parse_time(str(body.get(key)))
    except InvalidRequestError as error:
        message = f"'{key}' is not a date"
        raise bad_request(message) from error
