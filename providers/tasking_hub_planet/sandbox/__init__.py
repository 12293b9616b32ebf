"""Planet's Tasking API, played over real orbits: searches with their prices, orders, captures, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tasking_hub import HttpResponse
from tasking_hub.sandbox import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.api import SearchDesk
from tasking_hub_planet.sandbox.bulk import BulkDesk
from tasking_hub_planet.sandbox.captures import CaptureDesk
from tasking_hub_planet.sandbox.files import FileDesk
from tasking_hub_planet.sandbox.keys import with_key
from tasking_hub_planet.sandbox.ledger import Ledger
from tasking_hub_planet.sandbox.orders import OrderDesk

__all__ = ["PlanetSandbox"]

_ROOT = "/tasking/v2/"


class PlanetSandbox(ProviderSandbox):
    """The calls from a search to the files of an order.

    Attributes:
        search_seconds: how long a search takes by the sandbox's clock; its windows appear evenly over that time. Planet
            says up to five minutes.
    """

    name: ClassVar[str] = "planet"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.search_seconds = 2.0
        ledger = Ledger(world)
        self._searches = SearchDesk(world, ledger)
        self._orders = OrderDesk(world, ledger)
        self._bulks = BulkDesk(world, self._orders)
        self._captures = CaptureDesk(world, ledger)
        self._files = FileDesk(world, self._captures)

    def routes(self) -> Sequence[SandboxRoute]:
        """The documented paths, and those of collections without their last slash, which are redirected."""
        guarded = [
            SandboxRoute(method, f"{_ROOT}{path}", with_key(handler))
            for method, path, handler in (
                ("POST", "imaging-windows/search/", self._searches.create),
                ("GET", "imaging-windows/search/{id}/", self._read_search),
                ("GET", "products", self._searches.products),
                ("POST", "orders/", self._orders.create),
                ("GET", "orders/", self._orders.listed),
                ("GET", "orders/{id}", self._orders.read),
                ("PUT", "orders/{id}", self._orders.edit),
                ("DELETE", "orders/{id}", self._orders.cancel),
                ("GET", "orders/{id}/pricing", self._orders.pricing),
                ("POST", "pricing/", self._orders.preview),
                ("POST", "bulk/", self._bulks.create),
                ("GET", "bulk/", self._bulks.listed),
                ("GET", "bulk/{id}", self._bulks.read),
                ("GET", "bulk/{id}/payloads", self._bulks.payloads),
                ("GET", "order-history/", self._orders.history),
                ("GET", "order-history/{id}", self._orders.event),
                ("GET", "captures/", self._captures.listed),
                ("GET", "captures/{id}", self._captures.read),
                ("GET", "captures/{id}/reviews/", self._captures.reviews),
                ("POST", "captures/{id}/reviews/", self._captures.review),
            )
        ]
        files = (
            SandboxRoute("GET", "/data/v1/item-types/{type}/items/{item}/assets", with_key(self._files.assets)),
            SandboxRoute("GET", "/data/v1/assets/{token}/activate", with_key(self._files.activate)),
            SandboxRoute("GET", "/data/v1/download", self._files.download),
        )
        slashed = [route for route in guarded if route.template.endswith("/")]
        return *guarded, *files, *(SandboxRoute(one.method, one.template.rstrip("/"), _add_slash) for one in slashed)

    def _read_search(self, request: SandboxRequest) -> HttpResponse:
        return self._searches.read(request, self.search_seconds)

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """One account whose quota has a price."""
        return {"planet": {**catalogue.ACCOUNT, "base_url": base_url}}

    def unknown_path(self, request: SandboxRequest) -> HttpResponse:  # noqa: ARG002 - Planet does not repeat the path
        """What the framework says to any path that it does not have."""
        return reply(404, {"detail": "Not found."})


def _add_slash(request: SandboxRequest) -> HttpResponse:
    """Assumption: the service is Django's, which redirects a path without its last slash; a POST followed is lost."""
    return reply(301, headers={"Location": f"{request.base_url}{request.path}/"})
