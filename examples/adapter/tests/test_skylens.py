"""SkyLens keeps the contract that the hub relies on."""

from tasking_hub_skylens import SkylensProvider

from tasking_hub.testing import ProviderConformance


class TestSkylens(ProviderConformance):
    """Everything is inherited: the sandbox gives the answers."""

    provider_type = SkylensProvider
