"""What a command runs on: the configured accounts, or a sandbox that is started for it."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
from attrs import frozen

from tasking_hub.cli.options import Connection
from tasking_hub.clock import Clock, SystemClock
from tasking_hub.config import Config, load_config
from tasking_hub.errors import ConfigurationError
from tasking_hub.hub import Hub
from tasking_hub.registry import Registry

_LOG = logging.getLogger(__name__)

SANDBOX_SPEED = 10.0
"""Sandbox seconds per real second in a run of its own: nobody learns from waiting for a search that is played."""


@frozen(kw_only=True)
class Running:
    """Accounts that are ready to be asked.

    Attributes:
        hub: asks them.
        config: which they are.
        registry: the installed adapters.
        clock: what time it is for them.
    """

    hub: Hub
    config: Config
    registry: Registry
    clock: Clock


@asynccontextmanager
async def running(connection: Connection, *, currency: str | None = None) -> AsyncGenerator[Running]:
    """Open the configured accounts, or those of a sandbox that plays until the end.

    Args:
        connection: which accounts.
        currency: base currency instead of the configured one, or None.

    Raises:
        ConfigurationError: naming the file and the key at fault.
    """
    registry = Registry()
    async with AsyncExitStack() as stack:
        if connection.sandbox:
            config, clock = await _played(connection, registry, stack)
        else:
            config, clock = load_config(connection.config, registry=registry), SystemClock()
        if not config.accounts:
            msg = f"{config.path}: no account is configured: add a table such as [accounts.airbus]"
            raise ConfigurationError(msg)
        if currency is not None:
            config = attrs.evolve(config, currency=currency)
        hub = Hub.from_config(config, clock=clock, registry=registry)
        yield Running(hub=await stack.enter_async_context(hub), config=config, registry=registry, clock=clock)


async def _played(connection: Connection, registry: Registry, stack: AsyncExitStack) -> tuple[Config, Clock]:
    # Needs another extra, and takes a while to import.
    from tasking_hub.sandbox import Sandbox, SandboxClock  # noqa: PLC0415

    clock = SandboxClock(connection.now, speed=SANDBOX_SPEED)
    sandbox = Sandbox(seed=connection.seed or 0, clock=clock, providers=usable(registry), registry=registry)
    await stack.enter_async_context(sandbox)
    return load_config(sandbox.config, registry=registry), clock


def usable(registry: Registry) -> list[str]:
    """Names of the adapters that can be imported; the others are complained about and left out."""
    names: list[str] = []
    for name in registry.names():
        try:
            registry.get(name)
        except ConfigurationError as error:
            _LOG.warning("left out of the sandbox: %s", error)
        else:
            names.append(name)
    return names
