"""How an adapter is joined to the network: one place, so that the hub and the tests wire it alike."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, TypeVar

from tasking_hub.clock import Clock
from tasking_hub.collect.account import AccountChannel
from tasking_hub.errors import ConfigurationError
from tasking_hub.pacing import Pacer
from tasking_hub.patience import Retry
from tasking_hub.provider import AccountSettings, Provider
from tasking_hub.registry import Registry
from tasking_hub.transport import Transport

ProviderT = TypeVar("ProviderT", bound=Provider[Any])


def connect(
    provider_type: type[ProviderT],
    account: str,
    settings: AccountSettings,
    *,
    transport: Transport,
    pacer: Pacer,
    clock: Clock,
    retry: Retry | None = None,
    rng: random.Random | None = None,
) -> ProviderT:
    """An adapter for one account, whose requests are authenticated, paced, retried and checked.

    Args:
        provider_type: the adapter.
        account: name of the configured account.
        settings: its configuration, of the adapter's own settings class.
        transport: exchanges requests for answers; stays the caller's to close.
        pacer: gives out turns; shared by all accounts, so that two with one credential share its pace.
        clock: what time it is.
        retry: how long repeatable requests are tried, or None for the usual.
        rng: where jitter comes from, or None for a fresh one.

    Raises:
        ConfigurationError: a credential is missing, or an address is none; nothing was sent.
    """
    channel = AccountChannel(
        provider_type.route(settings),
        transport=transport,
        auth=provider_type.authenticator(settings, clock),
        pacer=pacer,
        clock=clock,
        retry=retry,
        rng=rng,
    )
    return provider_type(account, settings, sender=channel, clock=clock)


def connect_all(
    accounts: Mapping[str, AccountSettings],
    registry: Registry,
    *,
    transports: Mapping[str, Transport],
    pacer: Pacer,
    clock: Clock,
) -> dict[str, Provider[Any]]:
    """An adapter for each account, by name, each over its own transport.

    Raises:
        ConfigurationError: as for `connect`, naming the account.
        ProviderNotFoundError: no adapter of that name is installed.
    """
    providers: dict[str, Provider[Any]] = {}
    for name, settings in accounts.items():
        kind = registry.get(settings.provider)
        try:
            providers[name] = connect(kind, name, settings, transport=transports[name], pacer=pacer, clock=clock)
        except ConfigurationError as error:
            msg = f"accounts.{name}: {error}"
            raise ConfigurationError(msg) from error
    return providers
