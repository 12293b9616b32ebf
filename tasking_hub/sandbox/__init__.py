"""The providers' APIs, played on your own machine: no account, no network, real orbits, a clock that can be set."""

from tasking_hub.sandbox.base import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply

__all__ = ["ProviderSandbox", "SandboxRequest", "SandboxRoute", "World", "reply"]
