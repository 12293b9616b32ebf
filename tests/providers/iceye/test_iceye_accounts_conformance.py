"""The public contract of adapters, held against ICEYE's with its other kinds of account."""

from tasking_hub.testing import ProviderConformance
from tasking_hub_iceye import IceyeProvider


class OtherAccounts(ProviderConformance):
    """The accounts that the sandbox has beside the one of its ready config."""

    provider_type = IceyeProvider

    def tables(self, sandbox, base_url):
        """Static key and tasking v1; contracts in another currency."""
        return sandbox.other_accounts(base_url)


class TestIceyeStaticKey(OtherAccounts):
    """A static key, on tasking v1."""

    account = "iceye-v1"


class TestIceyeDinar(OtherAccounts):
    """A contract in a currency with three digits after the point."""

    account = "iceye-dinar"
