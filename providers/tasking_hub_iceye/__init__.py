"""ICEYE radar tasking for tasking-hub: contracts, the choice of an imaging mode, feasibility, price, orders."""

from tasking_hub_iceye.options import (
    ApiVersion,
    DeliveryLocation,
    DeliveryTarget,
    IceyeOptions,
    IceyeSettings,
    PriceParameters,
)
from tasking_hub_iceye.provider import IceyeProvider

__all__ = [
    "ApiVersion",
    "DeliveryLocation",
    "DeliveryTarget",
    "IceyeOptions",
    "IceyeProvider",
    "IceyeSettings",
    "PriceParameters",
]
