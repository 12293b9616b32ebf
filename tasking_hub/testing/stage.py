"""An adapter in front of its own sandbox, in one process, at a time that stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from attrs import evolve, frozen

from tasking_hub.auth import Secret
from tasking_hub.clock import ManualClock
from tasking_hub.provider import AccountSettings, Provider
from tasking_hub.sandbox import Ephemeris, ProviderSandbox, World
from tasking_hub.settings import Origin, read_settings, refuse_unknown
from tasking_hub.testing.transports import SandboxTransport, open_provider
from tasking_hub.transport import Transport

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday morning; any moment would do as long as it is always the same."""

SEED = 20261123

Tables = Callable[[Any, str], Mapping[str, Mapping[str, Any]]]
"""From a sandbox and the address at which it is mounted to accounts that it knows."""


@frozen(kw_only=True)
class Stage:
    """One run: the adapter's class, its sandbox with its state, the clock that both share, and the account.

    Attributes:
        provider_type: the adapter.
        account: name of the account that the sandbox offers.
        settings: its configuration.
        sandbox: the provider, played.
        clock: stands still; sleeping moves it.
        transport: leads to the sandbox, and records what is sent.
    """

    provider_type: type[Provider[Any]]
    account: str
    settings: AccountSettings
    sandbox: ProviderSandbox
    clock: ManualClock
    transport: SandboxTransport

    @classmethod
    def build(
        cls,
        provider_type: type[Provider[Any]],
        ephemeris: Ephemeris,
        *,
        now: datetime = NOW,
        account: str | None = None,
        tables: Tables | None = None,
    ) -> Stage:
        """A fresh sandbox and one of its accounts, the first where none is named; `tables` gives the accounts."""
        clock = ManualClock(now)
        kind = provider_type.sandbox()
        sandbox = kind(World(clock=clock, seed=SEED, ephemeris=ephemeris))
        base_url = f"http://{provider_type.name.replace('_', '-')}.sandbox.invalid"
        accounts = read_accounts(provider_type, (tables or kind.accounts)(sandbox, base_url))
        chosen = account or next(iter(accounts))
        return cls(
            provider_type=provider_type,
            account=chosen,
            settings=accounts[chosen],
            sandbox=sandbox,
            clock=clock,
            transport=SandboxTransport(sandbox, base_url),
        )

    def provider(self, transport: Transport | None = None, settings: AccountSettings | None = None) -> Provider[Any]:
        """A new adapter instance, over another transport or with other settings where given."""
        return open_provider(
            self.provider_type,
            settings or self.settings,
            transport or self.transport,
            self.clock,
            account=self.account,
        )


def read_accounts(
    provider_type: type[Provider[Any]], tables: Mapping[str, Mapping[str, Any]]
) -> dict[str, AccountSettings]:
    """A sandbox's accounts, read as a configuration is read.

    Raises:
        ConfigurationError: naming the key that the adapter's settings class does not have, lacks or refuses.
    """
    kind, source = provider_type.settings_type, Origin(None, "sandbox")
    names = [attribute.name for attribute in attrs.fields(attrs.resolve_types(kind))]
    accounts: dict[str, AccountSettings] = {}
    for account, table in tables.items():
        values = {key: value for key, value in table.items() if key != "provider"}
        refuse_unknown(values, names, f"accounts.{account}.", source)
        accounts[account] = read_settings(kind, values, f"accounts.{account}", source)
    return accounts


def secrets_of(settings: AccountSettings) -> dict[str, str]:
    """The credentials of an account by attribute, in plain text."""
    held = attrs.asdict(settings, recurse=False)
    return {name: value.reveal() for name, value in held.items() if isinstance(value, Secret) and value}


def with_wrong_secrets(settings: AccountSettings) -> AccountSettings:
    """The same account with credentials that nobody knows."""
    wrong: dict[str, Any] = {name: Secret(f"wrong-{name}") for name in secrets_of(settings)}
    return evolve(settings, **wrong)
