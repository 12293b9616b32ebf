"""Planet's Tasking API v2: assured imaging windows and flexible orders, priced in quota."""

from tasking_hub_planet.options import PlanetOptions, PlanetSettings
from tasking_hub_planet.provider import PlanetProvider
from tasking_hub_planet.translate import CaptureReview, OrderFilter, ReviewCategory

__all__ = ["CaptureReview", "OrderFilter", "PlanetOptions", "PlanetProvider", "PlanetSettings", "ReviewCategory"]
