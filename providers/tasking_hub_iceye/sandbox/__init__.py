"""ICEYE's platform, played: token, contracts and funds, prices, feasibility, tasks, scenes, products, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from tasking_hub.sandbox import ProviderSandbox, SandboxRoute, World
from tasking_hub_iceye.sandbox.api import Guard, Platform
from tasking_hub_iceye.sandbox.catalogue import CUSTOMER, DINAR, MAIN, OTHER_CUSTOMER, Customer
from tasking_hub_iceye.sandbox.files import PREFIX, Files
from tasking_hub_iceye.sandbox.keys import Doorman
from tasking_hub_iceye.sandbox.orders import Orders
from tasking_hub_iceye.sandbox.products import Products
from tasking_hub_iceye.sandbox.sky import Sky
from tasking_hub_iceye.sandbox.webhooks import Webhooks

__all__ = ["IceyeSandbox"]

_TOKEN_PATH = "/auth/v1/token"  # noqa: S105 - a path, not a credential
_COMPANY = "/api/company/v1/contracts"
_FAST = 1000.0


class IceyeSandbox(ProviderSandbox):
    """ICEYE's API with two customers: one under US dollars, one with contracts in yen, dinars and euros."""

    name = "iceye"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._doorman = Doorman(world)
        sky, webhooks, files = Sky(world), Webhooks(world), Files(world)
        orders = Orders(world, sky, webhooks)
        platform = Platform(world, self._doorman, sky, orders)
        products = Products(world, orders, files)
        guarded = platform.guarded
        self._routes = (
            SandboxRoute("POST", _TOKEN_PATH, self._doorman.token),
            SandboxRoute("GET", _COMPANY, guarded(platform.contracts)),
            SandboxRoute("GET", f"{_COMPANY}/{{contract}}", guarded(platform.contract)),
            SandboxRoute("GET", f"{_COMPANY}/{{contract}}/summary", guarded(platform.summary)),
            SandboxRoute("GET", "/api/tasking/v1/price", guarded(platform.price)),
            SandboxRoute("GET", "/api/tasking/v2/price", guarded(platform.price)),
            SandboxRoute("POST", "/api/tasking/v2/feasibility", guarded(platform.feasibility)),
            *(route for version in ("v1", "v2") for route in _ordering(version, guarded, orders, products)),
            SandboxRoute("POST", "/api/notifications/v1/webhooks", guarded(webhooks.register)),
            *(SandboxRoute(verb, f"{PREFIX}/{{task}}/{{file}}", files.download) for verb in ("GET", "HEAD")),
        )

    def routes(self) -> Sequence[SandboxRoute]:
        """Every endpoint."""
        return self._routes

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """One account, on tasking v2 so that feasibility is asked."""
        return {"iceye": {**_client(CUSTOMER, base_url), "contract_id": MAIN.id, "api_version": "v2"}}

    def other_accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """Further accounts to try: the static key on v1, and a customer whose contracts are in other currencies."""
        static = {"provider": self.name, "base_url": base_url, "requests_per_second": _FAST}
        return {
            "iceye-v1": {**static, "api_key": CUSTOMER.api_key, "contract_id": MAIN.id, "api_version": "v1"},
            "iceye-dinar": {**_client(OTHER_CUSTOMER, base_url), "contract_id": DINAR.id, "api_version": "v1"},
        }

    def expire_tokens(self) -> None:
        """Make every token handed out so far useless."""
        self._doorman.forget()


def _ordering(version: str, guarded: Guard, orders: Orders, products: Products) -> Iterator[SandboxRoute]:
    """The endpoints of one version that create tasks and follow them."""
    tasks = f"/api/tasking/{version}/tasks"
    one = f"{tasks}/{{task}}"
    yield SandboxRoute("POST", tasks, guarded(partial(orders.create, version)))
    yield SandboxRoute("GET", tasks, guarded(orders.list))
    yield SandboxRoute("GET", one, guarded(orders.get))
    yield SandboxRoute("PATCH", one, guarded(orders.cancel))
    yield SandboxRoute("GET", f"{one}/scene", guarded(products.scene))
    yield SandboxRoute("GET", f"{one}/products", guarded(products.products))
    yield SandboxRoute("GET", f"{one}/products/{{type}}", guarded(products.product))


def _client(customer: Customer, base_url: str) -> dict[str, Any]:
    return {
        "provider": IceyeSandbox.name,
        "client_id": customer.client_id,
        "client_secret": customer.client_secret,
        "token_url": f"{base_url}{_TOKEN_PATH}",
        "base_url": base_url,
        "requests_per_second": _FAST,
    }
