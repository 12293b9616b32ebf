"""Airbus OneAtlas tasking (Pléiades, SPOT, Pléiades Neo) for tasking-hub."""

from tasking_hub_airbus.options import AirbusOptions, AirbusSettings, Mission, OptionValue, Programme
from tasking_hub_airbus.provider import AirbusProvider
from tasking_hub_airbus.translate import OrderFilter, TaskingFilter

__all__ = [
    "AirbusOptions",
    "AirbusProvider",
    "AirbusSettings",
    "Mission",
    "OptionValue",
    "OrderFilter",
    "Programme",
    "TaskingFilter",
]
