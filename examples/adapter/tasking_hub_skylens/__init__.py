"""SkyLens, a provider that does not exist, for tasking-hub."""

from tasking_hub_skylens.options import SkylensOptions, SkylensSettings
from tasking_hub_skylens.provider import SkylensProvider

__all__ = ["SkylensOptions", "SkylensProvider", "SkylensSettings"]
