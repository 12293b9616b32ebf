"""Reading the areas that a buyer has, from files, text or a pair of numbers, as task requests; nothing is sent here."""

from tasking_hub.areas.options import read_options
from tasking_hub.areas.problems import PROBLEMS_SHOWN, AreaFileError, AreaProblem
from tasking_hub.areas.properties import PROPERTIES, read_time
from tasking_hub.areas.reading import read_areas, unknown_accounts
from tasking_hub.areas.sources import MAX_BYTES
from tasking_hub.areas.wishes import DEFAULT_WINDOW, Defaults, ImagingWish

__all__ = [
    "DEFAULT_WINDOW",
    "MAX_BYTES",
    "PROBLEMS_SHOWN",
    "PROPERTIES",
    "AreaFileError",
    "AreaProblem",
    "Defaults",
    "ImagingWish",
    "read_areas",
    "read_options",
    "read_time",
    "unknown_accounts",
]
