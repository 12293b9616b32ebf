"""The providers' APIs, played on your own machine: no account, no network, real orbits, a clock that can be set."""

from tasking_hub.errors import MissingDependencyError

try:
    from tasking_hub.sandbox.base import (
        ProviderSandbox,
        RefusedError,
        SandboxRequest,
        SandboxRoute,
        World,
        reply,
        reply_file,
    )
    from tasking_hub.sandbox.clock import SandboxClock
    from tasking_hub.sandbox.constellation import Constellation
    from tasking_hub.sandbox.faults import ArmedFault, Fault, FaultKind, Faults
    from tasking_hub.sandbox.log import RecordedRequest
    from tasking_hub.sandbox.orbits import Ephemeris, Pass, footprint
    from tasking_hub.sandbox.server import Sandbox
    from tasking_hub.sandbox.weather import cloud_cover_percent, cloud_forecast_percent
except ModuleNotFoundError as error:
    if error.name not in {"numpy", "sgp4", "sgp4.api"}:
        raise
    msg = f'the sandbox needs {error.name.partition(".")[0]}: pip install "tasking-hub[sandbox]"'
    raise MissingDependencyError(msg) from error

__all__ = [
    "ArmedFault",
    "Constellation",
    "Ephemeris",
    "Fault",
    "FaultKind",
    "Faults",
    "Pass",
    "ProviderSandbox",
    "RecordedRequest",
    "RefusedError",
    "Sandbox",
    "SandboxClock",
    "SandboxRequest",
    "SandboxRoute",
    "World",
    "cloud_cover_percent",
    "cloud_forecast_percent",
    "footprint",
    "reply",
    "reply_file",
]
