"""The Airbus adapter keeps the contract of every adapter."""

from tasking_hub.testing.conformance import ProviderConformance
from tasking_hub_airbus import AirbusProvider


class TestAirbus(ProviderConformance):
    """The adapter in front of its own sandbox."""

    provider_type = AirbusProvider
