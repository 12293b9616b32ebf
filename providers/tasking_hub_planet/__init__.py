"""Planet's Tasking API v2: assured imaging windows, their price in quota, and their orders."""

from tasking_hub_planet.options import PlanetOptions, PlanetSettings
from tasking_hub_planet.provider import PlanetProvider
from tasking_hub_planet.translate import CaptureReview, ReviewCategory

__all__ = ["CaptureReview", "PlanetOptions", "PlanetProvider", "PlanetSettings", "ReviewCategory"]
