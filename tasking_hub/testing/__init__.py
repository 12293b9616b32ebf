"""For the tests of adapters and of programs that use tasking-hub: transports without a network, and one wiring."""

from tasking_hub.testing.transports import Answer, FakeTransport, SandboxTransport, open_provider, sandbox_request

__all__ = ["Answer", "FakeTransport", "SandboxTransport", "open_provider", "sandbox_request"]
