"""Planet's Tasking API v2: assured imaging windows and their price in quota."""

from tasking_hub_planet.options import PlanetOptions, PlanetSettings
from tasking_hub_planet.provider import PlanetProvider

__all__ = ["PlanetOptions", "PlanetProvider", "PlanetSettings"]
