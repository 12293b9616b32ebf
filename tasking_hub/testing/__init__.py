"""For the tests of adapters and of programs that use tasking-hub: transports without a network, and one wiring.

`ProviderConformance` needs pytest and the extra "sandbox"; the rest needs neither.
"""

from typing import TYPE_CHECKING, Any

from tasking_hub.testing.transports import Answer, FakeTransport, SandboxTransport, open_provider, sandbox_request

if TYPE_CHECKING:
    from tasking_hub.testing.conformance import ProviderConformance

__all__ = [
    "Answer",
    "FakeTransport",
    "ProviderConformance",
    "SandboxTransport",
    "open_provider",
    "sandbox_request",
]


def __getattr__(name: str) -> Any:
    if name != "ProviderConformance":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from tasking_hub.testing.conformance import ProviderConformance  # noqa: PLC0415 - needs pytest, transports do not

    return ProviderConformance
