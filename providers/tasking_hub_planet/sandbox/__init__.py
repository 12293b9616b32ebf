"""Planet's Tasking API, played: imaging-window searches with their prices, over real orbits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tasking_hub import HttpResponse
from tasking_hub.sandbox import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.api import SearchDesk

__all__ = ["PlanetSandbox"]


class PlanetSandbox(ProviderSandbox):
    """The calls that lead to a price: create a search, read it, list products.

    Attributes:
        search_seconds: how long a search takes by the sandbox's clock; its windows appear evenly over that time. Planet
            says up to five minutes.
    """

    name: ClassVar[str] = "planet"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.search_seconds = 2.0
        self._desk = SearchDesk(world)

    def routes(self) -> Sequence[SandboxRoute]:
        """The documented paths, and the same without their last slash, which are redirected."""
        search = "/tasking/v2/imaging-windows/search/"
        return (
            SandboxRoute("POST", search, self._desk.create),
            SandboxRoute("GET", f"{search}{{id}}/", self._read),
            SandboxRoute("GET", "/tasking/v2/products", self._desk.products),
            SandboxRoute("POST", search.rstrip("/"), _add_slash),
            SandboxRoute("GET", f"{search}{{id}}", _add_slash),
        )

    def _read(self, request: SandboxRequest) -> HttpResponse:
        return self._desk.read(request, self.search_seconds)

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """One account whose quota has a price."""
        return {"planet": {**catalogue.ACCOUNT, "base_url": base_url}}

    def unknown_path(self, request: SandboxRequest) -> HttpResponse:  # noqa: ARG002 - Planet does not repeat the path
        """What the framework says to any path that it does not have."""
        return reply(404, {"detail": "Not found."})


def _add_slash(request: SandboxRequest) -> HttpResponse:
    """Assumption: the service is Django's, which redirects a path without its last slash; a POST followed is lost."""
    return reply(301, headers={"Location": f"{request.base_url}{request.path}/"})
