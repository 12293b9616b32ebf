"""ICEYE radar tasking for tasking-hub: contracts, the choice of an imaging mode, feasibility, and the price."""

from tasking_hub_iceye.options import ApiVersion, IceyeOptions, IceyeSettings, PriceParameters
from tasking_hub_iceye.provider import IceyeProvider

__all__ = ["ApiVersion", "IceyeOptions", "IceyeProvider", "IceyeSettings", "PriceParameters"]
