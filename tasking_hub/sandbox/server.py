"""The sandbox as a server: every adapter's sandbox at its own address on the loopback interface."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tasking_hub.errors import ConfigurationError
from tasking_hub.registry import Registry
from tasking_hub.sandbox.base import ProviderSandbox, World
from tasking_hub.sandbox.clock import SandboxClock
from tasking_hub.sandbox.constellation import Constellation
from tasking_hub.sandbox.control import Control, from_this_machine
from tasking_hub.sandbox.faults import Fault, Faults
from tasking_hub.sandbox.log import RecordedRequest, RequestLog
from tasking_hub.sandbox.mounts import Mount
from tasking_hub.sandbox.orbits import Ephemeris

HOST = "127.0.0.1"
"""The only interface: the sandbox knows made-up credentials only, and is nobody else's to use."""

_BODY_MAX = 32 * 1024 * 1024
_LAST_ANSWERS_S = 1.0


class Sandbox:
    """The APIs of all installed adapters, played on 127.0.0.1 inside `async with`.

    `/_sandbox/` shows the requests received and sets clock and faults.

    Args:
        seed: same seed, same clock, same requests: same answers.
        clock: the sandbox's time, or None for one that starts now.
        constellation: the satellites, or a file of element sets (OMM or TLE), or None for nominal ones.
        port: where to listen, or 0 for any free port.
        providers: names of the adapters to play, or None for all that are installed.
        faults: what goes wrong from the start.
        registry: where adapters are found.

    Raises:
        ConfigurationError: an adapter is not installed, or the file of element sets cannot be used.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: SandboxClock | None = None,
        constellation: Constellation | Path | str | None = None,
        port: int = 0,
        providers: Iterable[str] | None = None,
        faults: Iterable[Fault] = (),
        registry: Registry | None = None,
    ) -> None:
        self.clock = clock or SandboxClock()
        self.faults = Faults(seed)
        for fault in faults:
            self.faults.add(fault)
        self._world = World(clock=self.clock, seed=seed, ephemeris=Ephemeris(_constellation(constellation)))
        self._sandboxes = _sandboxes(registry or Registry(), providers, self._world)
        self._wanted_port = port
        self._log = RequestLog()
        self._open = AsyncExitStack()
        self._url = ""
        self._config: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._url = await self._listen(stack)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tasking-hub-sandbox-")))
            self._config = {"hub": _hub_table(folder), "accounts": self._accounts()}
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._url = ""
        await self._open.aclose()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end.

        Raises:
            ConfigurationError: it is not running.
        """
        if not self._url:
            msg = "the sandbox is not running: use it with 'async with'"
            raise ConfigurationError(msg)
        return self._url

    @property
    def config(self) -> Mapping[str, Any]:
        """A configuration for `Hub.from_config` with an account at every provider; its files vanish on exit.

        Raises:
            ConfigurationError: it is not running.
        """
        _ = self.url
        return self._config

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What was received so far, without credentials."""
        return self._log.requests

    def provider(self, name: str) -> ProviderSandbox:
        """The sandbox of one adapter, with its state.

        Raises:
            ConfigurationError: it is not played here.
        """
        if name not in self._sandboxes:
            msg = f"the sandbox does not play {name!r}; it plays: {', '.join(self._sandboxes) or 'nobody'}"
            raise ConfigurationError(msg)
        return self._sandboxes[name]

    def expire_tokens(self) -> None:
        """Make every token handed out so far useless, at all providers."""
        for sandbox in self._sandboxes.values():
            sandbox.expire_tokens()

    async def _listen(self, stack: AsyncExitStack) -> str:
        mounts: dict[str, Mount] = {}
        runner = web.AppRunner(self._application(mounts), access_log=None, shutdown_timeout=_LAST_ANSWERS_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await _start(web.TCPSite(runner, HOST, self._wanted_port), self._wanted_port)
        url = f"http://{HOST}:{runner.addresses[0][1]}"
        mounts.update({name: self._mount(name, url) for name in self._sandboxes})
        return url

    def _application(self, mounts: Mapping[str, Mount]) -> web.Application:
        app = web.Application(middlewares=[from_this_machine], client_max_size=_BODY_MAX)
        control = Control(clock=self.clock, faults=self.faults, log=self._log, about=self._about)
        app.add_routes([*control.routes(), web.route("*", "/{provider}/{path:.*}", _serve_from(mounts))])
        return app

    def _mount(self, name: str, url: str) -> Mount:
        sandbox = self._sandboxes[name]
        return Mount(sandbox, f"{url}/{name}", clock=self.clock, faults=self.faults, log=self._log)

    def _about(self) -> dict[str, Any]:
        providers = [{"name": name, "url": f"{self.url}/{name}"} for name in self._sandboxes]
        return {"url": self.url, "seed": self._world.seed, "providers": providers}

    def _accounts(self) -> dict[str, dict[str, Any]]:
        return {
            account: {"provider": name, **table}
            for name, sandbox in self._sandboxes.items()
            for account, table in sandbox.accounts(f"{self._url}/{name}").items()
        }


def _constellation(given: Constellation | Path | str | None) -> Constellation:
    if isinstance(given, Constellation):
        return given
    return Constellation.nominal() if given is None else Constellation.load(Path(given))


def _sandboxes(registry: Registry, wanted: Iterable[str] | None, world: World) -> dict[str, ProviderSandbox]:
    names = registry.names() if wanted is None else tuple(wanted)
    return {name: registry.get(name).sandbox()(world) for name in names}


def _hub_table(folder: Path) -> dict[str, Any]:
    """What the hub keeps in files stays in a folder of its own: a moved clock must not hold up real accounts.

    Nor does the environment count: it may hold the keys and addresses of real accounts.
    """
    return {
        "environment": False,
        "currency": "EUR",
        "rates": str(files("tasking_hub.sandbox").joinpath("rates.toml")),
        "order_book": f"sqlite:///{folder / 'orders.db'}",
        "pace_file": str(folder / "pace.db"),
    }


def _serve_from(mounts: Mapping[str, Mount]) -> Any:
    async def serve(received: web.Request) -> web.StreamResponse:
        mount = mounts.get(received.match_info["provider"])
        if mount is None:
            raise web.HTTPNotFound(text=f"the sandbox plays {', '.join(mounts)}; see /_sandbox/")
        return await mount.serve(received)

    return serve


async def _start(site: web.TCPSite, port: int) -> None:
    try:
        await site.start()
    except (OSError, OverflowError) as error:
        msg = f"the sandbox cannot listen on {HOST}:{port}: {error}"
        raise ConfigurationError(msg) from error
