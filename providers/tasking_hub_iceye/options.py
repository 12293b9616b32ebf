"""What an ICEYE account is configured with, and the knobs that only ICEYE has."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import attrs
from attrs import field, frozen

from tasking_hub import AccountSettings, ConfigurationError, InvalidRequestError, Range, Secret, angles

API_INCIDENCE_DEG = Range(10, 45)
"""Whole degrees that `incidenceAngle` may hold. Assumption: read in a copy of the tasking v2 specification of 2025-10
that could not be compared with ICEYE's own; `IceyeOptions.incidence_limits` overrides it."""

TASKS_PER_PAGE_MAX = 10_000
"""Beyond it 400 (changelog of docs.iceye.com for v1, 2025-02-17)."""


class ApiVersion(StrEnum):
    """The version of ICEYE's tasking API; companies and contracts have only one."""

    V1 = "v1"
    V2 = "v2"


class PriceParameters(StrEnum):
    """Which optional parameters the price question carries, and how those that are objects are written.

    ICEYE prices by region, priority, imaging mode, SLA and exclusivity alone (the v1 "Get task price" page, read
    2026-11), so by default nothing optional is sent. That page's own example sends the time window, the incidence, the
    sides and the product types too, its objects written as Python writes them.
    """

    NONE = "none"
    DOCUMENTED = "documented"
    DEEP_OBJECT = "deep-object"
    JSON = "json"


def _page(_instance: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and not 1 <= value <= TASKS_PER_PAGE_MAX:
        msg = f"{attribute.name} must be within 1 and {TASKS_PER_PAGE_MAX}, not {value}"
        raise ConfigurationError(msg)


@frozen(kw_only=True)
class IceyeSettings(AccountSettings):
    """An ICEYE account: client credentials, or a static key instead.

    Attributes:
        client_id: of the OAuth2 client; with `client_secret` and `token_url`.
        client_secret: of the OAuth2 client.
        token_url: the token endpoint that ICEYE gave to this customer, as a whole.
        api_key: sent as it is after "Basic", as ICEYE's price page shows; instead of the three above.
        contract_id: the contract to task under; needed where the account has several that are open.
        base_url: the platform's address, without "/api".
        api_version: of the tasking API.
        tasks_per_page: how many orders a list asks for at once; by default 1000, and 100 where that is refused: v1's
            limit is 10,000 (changelog of docs.iceye.com, 2025-02-17), v2's is not published.
    """

    provider: ClassVar[str] = "iceye"

    client_id: Secret | None = None
    client_secret: Secret | None = None
    token_url: str | None = None
    api_key: Secret | None = None
    contract_id: str | None = None
    base_url: str = "https://platform.iceye.com"
    api_version: ApiVersion = field(default=ApiVersion.V1, converter=ApiVersion)
    tasks_per_page: int | None = field(default=None, validator=_page)


@frozen(kw_only=True)
class DeliveryLocation:
    """Where tasking v1 shall send the products.

    Attributes:
        method: "sftp" or another that the contract has.
        path: as the contract names it.
        sub_path: below it.
    """

    method: str
    path: str
    sub_path: str | None = None


@frozen(kw_only=True)
class DeliveryTarget:
    """Where tasking v2 shall send the products.

    Attributes:
        config_id: of a location that is configured at ICEYE.
        path: in it.
        sub_path: below that.
    """

    config_id: str
    path: str
    sub_path: str | None = None


def _not_negative(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not value >= 0:
        msg = f"{attribute.name} must be at least 0, not {value:g}"
        raise InvalidRequestError(msg, attribute.name)


IMAGING_DURATION_S = Range(1, 180)
"""Seconds that `imagingDuration` may hold (the same copy, in the task that is shown and not in the one that is created;
ICEYE's own example application, github.com/iceye-ltd/app-examples, 2026-03, sends it)."""


def _duration(_instance: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None and not IMAGING_DURATION_S.contains(value):
        limits = f"{IMAGING_DURATION_S.min:g} to {IMAGING_DURATION_S.max:g}"
        msg = f"{attribute.name} must be {limits}, not {value}"
        raise InvalidRequestError(msg, attribute.name)


def _angles(_instance: object, attribute: attrs.Attribute[Range], value: Range) -> None:
    for angle in (value.min, value.max):
        angles.check_angle(angle, 0, 90, attribute.name)


@frozen(kw_only=True)
class IceyeOptions:
    """What only ICEYE lets its buyers choose; None takes the request's wish, then the contract's default.

    Attributes:
        contract_id: instead of the account's.
        imaging_mode: "SPOTLIGHT_FINE", "SCAN" or any other that the contract allows; must agree with the request's
            radar mode where both are given, as must the next three with their wishes.
        priority: "COMMERCIAL" or "BACKGROUND".
        sla: "SLA_8H" or another that the contract allows.
        eula: "STANDARD", "GOVERNMENT" or another that the contract allows.
        exclusivity: "PUBLIC" or "PRIVATE"; wins over what the request's exclusivity_days would choose.
        product_types: further products of tasking v2 ("SICD", "CSI-COG").
        additional_product_types: further products of tasking v1 ("SIDD", "SICD").
        imaging_duration_s: whole seconds of imaging, v2 only (assumption: create-task takes what get-task shows).
        check_feasibility: ask ICEYE whether a satellite can take the image before asking for the price; v2 only, v1
            has no such question.
        price_parameters: which optional parameters the price question carries.
        incidence_limits: whole degrees that the API takes.
        delivery_locations: where to send the products, v1 only; they can be fetched all the same.
        deliveries: where to send the products, v2 only.
        webhook_id: of a registered webhook that is told of the order's changes, v2 only.
        decision_time_h: hours kept free for deciding before the notice that ICEYE wants: a window that starts too soon
            for both starts later, where it is long enough (assumption: an hour will do).
    """

    contract_id: str | None = None
    imaging_mode: str | None = None
    priority: str | None = None
    sla: str | None = None
    eula: str | None = None
    exclusivity: str | None = None
    product_types: tuple[str, ...] = field(default=(), converter=tuple)
    additional_product_types: tuple[str, ...] = field(default=(), converter=tuple)
    imaging_duration_s: int | None = field(default=None, validator=_duration)
    check_feasibility: bool = True
    price_parameters: PriceParameters = field(default=PriceParameters.NONE, converter=PriceParameters)
    incidence_limits: Range = field(default=API_INCIDENCE_DEG, validator=_angles)
    delivery_locations: tuple[DeliveryLocation, ...] = field(default=(), converter=tuple[DeliveryLocation, ...])
    deliveries: tuple[DeliveryTarget, ...] = field(default=(), converter=tuple[DeliveryTarget, ...])
    webhook_id: str | None = None
    decision_time_h: float = field(default=1.0, validator=_not_negative)
