"""What a caller wants, in the terms that Airbus' questions are made of, and which product is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import cattrs
from attrs import frozen

from tasking_hub import InvalidRequestError, Opportunity, Optical, Stereo, TaskRequest, Window
from tasking_hub_airbus.options import AirbusOptions, Mission, Programme
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, FeasibilityVerdict, ProductType, Segment

NAME = "airbus"

LEGACY, NEO = "legacy", "neo"

BACKENDS: Mapping[Mission, str] = {Mission.PLEIADES: LEGACY, Mission.SPOT: LEGACY, Mission.PLEIADESNEO: NEO}
"""SPOT and Pléiades are ordered on a legacy contract, Pléiades Neo on a neo one (Airbus' tasking tutorial, 2026-11)."""

ATTEMPT_PROGRAMMES = frozenset({Programme.ONEDAY, Programme.ONENOW, Programme.ONENOWATTEMPTS})
"""Programmes that need an attempt; the others need a feasibility check (the Airbus tasking guides, read 2026-11)."""

NARROW_INCIDENCE_DEG = 30.0
"""Largest incidence without the extended angle (the Airbus tasking guide, read 2026-11)."""

JUST_PASSED = timedelta(hours=1)

_PRODUCT = re.compile(
    r"(?P<mission>PleiadesNeo|Pleiades|Spot)(?:Tasking)?"
    r"(?P<programme>One(?:Day|NowWeather|NowAttempts|Now|Plan|Series))(?P<station>Vrs)?",
    re.IGNORECASE,
)


def whole(value: float) -> float:
    """The number as Airbus' samples write it: without a fraction where it has none."""
    return int(value) if value == int(value) else value


@frozen(kw_only=True)
class Inquiry:
    """One request to one account at one moment."""

    account: str
    request: TaskRequest
    options: AirbusOptions
    now: datetime

    @classmethod
    def of(cls, account: str, request: TaskRequest, now: datetime) -> Inquiry:
        """The request with its Airbus options.

        Raises:
            InvalidRequestError: the options are another provider's.
        """
        return cls(account=account, request=request, options=request.options_for(NAME, AirbusOptions), now=now)

    @property
    def optical(self) -> Optical:
        """What the image must be."""
        return self.request.optical or Optical()

    @property
    def stereo(self) -> Stereo:
        """Mono unless asked otherwise."""
        return self.optical.stereo or Stereo.MONO

    @property
    def max_cloud_cover(self) -> float:
        """Percent that Airbus is told."""
        asked = self.optical.max_cloud_cover
        return whole(self.options.default_max_cloud_cover if asked is None else asked)

    @property
    def max_incidence(self) -> float:
        """Degrees that Airbus is told."""
        asked = self.optical.max_incidence
        angle = self.options.default_max_incidence if asked is None else asked
        return whole(min(angle, NARROW_INCIDENCE_DEG) if self.options.extended_angle is False else angle)

    @property
    def window(self) -> Window:
        """The window without what is past; a start that has only just passed is kept, for Airbus puts now in its place.

        Otherwise "from now on, for 30 days" would be too short for an automatic plan by the time that it is sent.

        Raises:
            InvalidRequestError: it has ended.
        """
        window = self.request.window
        return window if self.now - window.start <= JUST_PASSED else Window(self.now, window.end)

    @property
    def production_wishes(self) -> dict[str, str]:
        """Production options that the caller set, here or among the neutral wishes."""
        request = self.request
        neutral = {"licence": request.licence, "priority": request.priority}
        return {key: value for key, value in neutral.items() if value is not None} | self.options.production_wishes


@frozen(kw_only=True)
class Target:
    """One product of one contract."""

    contract: ContractInfo
    product: ProductType
    mission: Mission
    programme: Programme

    @classmethod
    def of(cls, contract: ContractInfo, product: ProductType) -> Target | None:
        """The mission and programme of a product, or None for what is no tasking product."""
        parts = _PRODUCT.fullmatch(product.product_type_id)
        if parts is not None:
            mission, programme = parts["mission"], parts["programme"]
        else:
            mission, programme = _technical(product)
        try:
            return cls(
                contract=contract,
                product=product,
                mission=Mission(mission.upper()),
                programme=Programme(programme.upper()),
            )
        except ValueError:
            return None

    @classmethod
    def behind(cls, opportunity: Opportunity) -> Target:
        """The product of an opportunity that this adapter made, perhaps in another process.

        Raises:
            InvalidRequestError: the opportunity's raw JSON does not hold a contract and a product.
        """
        contract = from_raw(opportunity, "contract", ContractInfo)
        product = from_raw(opportunity, "productType", ProductType)
        target = cls.of(contract, product)
        if target is None:
            msg = f"{product.product_type_id!r} is not an Airbus tasking product"
            raise InvalidRequestError(msg, "opportunity")
        return target

    @property
    def backend(self) -> str:
        """Which back end serves it."""
        return BACKENDS[self.mission]

    @property
    def needs_attempt(self) -> bool:
        """Whether it is searched as attempts rather than checked for feasibility."""
        return self.programme in ATTEMPT_PROGRAMMES

    @property
    def virtual_station(self) -> bool:
        """Whether it is for customers with a virtual receiving station."""
        return self.product.product_type_id.lower().endswith("vrs")


def _technical(product: ProductType) -> tuple[str, str]:
    """Sensor and target of a product whose id has another form; Airbus' OpenAPI description knows both spellings."""
    parts = product.technical_product
    sensor, target = (parts.sensor, parts.target) if parts else (None, None)
    return (sensor.id if sensor else None) or "", (target.id if target else None) or ""


T = TypeVar("T", ContractInfo, ProductType, Segment, FeasibilityVerdict)


def from_raw(opportunity: Opportunity, key: str, kind: type[T]) -> T:
    """A part of an opportunity's raw JSON as the wire object that it was.

    Raises:
        InvalidRequestError: it is not there or not of that kind.
    """
    raw: Any = opportunity.raw.get(key)
    try:
        return CONVERTER.structure(raw, kind)
    except (cattrs.BaseValidationError, ValueError) as error:
        msg = f"the opportunity {opportunity.id!r} does not hold Airbus' {key} in its raw JSON"
        raise InvalidRequestError(msg, "opportunity") from error
