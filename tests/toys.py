"""A scripted adapter, so that hub and comparison are tested without any provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from attrs import field, frozen
from shapely import Point

from tasking_hub import (
    AccountSettings,
    AccountStatus,
    Capabilities,
    Imaging,
    Money,
    Opportunity,
    OpportunityKind,
    Provider,
    Quota,
    Quote,
    Refusal,
    RefusalCode,
    Registry,
    Route,
    Secret,
    StaticAuth,
    TaskRequest,
    Window,
    read_json_error,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@frozen(kw_only=True)
class ToySettings(AccountSettings):
    """A script: what the adapter yields, one item after the other.

    Attributes:
        script: opportunities, refusals, exceptions to raise, or seconds to wait.
        prices: by opportunity id: a price, an exception to raise, or seconds that the usual price takes.
    """

    provider: ClassVar[str] = "toy"

    base_url: str = "https://toy.example"
    api_key: Secret = field(factory=lambda: Secret("toy-secret"))
    script: tuple[Any, ...] = ()
    prices: dict[str, Any] = field(factory=dict)


@frozen
class ToyOptions:
    """No knobs."""


class ToyProvider(Provider[ToySettings]):
    """Plays its settings' script and sends nothing."""

    name = "toy"
    capabilities = Capabilities(
        title="Toy",
        imaging=frozenset({Imaging.OPTICAL}),
        areas=frozenset({"Point", "Polygon"}),
        requirements=frozenset({"max_cloud_cover"}),
        products=("Toy",),
    )
    settings_type = ToySettings
    options_type = ToyOptions

    @classmethod
    def route(cls, settings: ToySettings) -> Route:
        return Route(urls=(settings.base_url,), pace_key="toy", read_error=read_json_error)

    @classmethod
    def authenticator(cls, settings: ToySettings, clock: Any) -> StaticAuth:
        return StaticAuth({"Authorization": settings.api_key})

    @classmethod
    def sandbox(cls) -> Any:
        raise AssertionError

    async def status(self) -> AccountStatus:
        for step in self.settings.script:
            if isinstance(step, Exception):
                raise step
        return AccountStatus(account=self.account, provider=self.name, contracts=())

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        for step in self.settings.script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield opportunity(step, request, self.account) if isinstance(step, str) else step

    async def quote(self, opportunity: Opportunity) -> Quote:
        price = self.settings.prices.get(opportunity.id, Money(Decimal(100), "EUR"))
        if isinstance(price, Exception):
            raise price
        if isinstance(price, float):
            await asyncio.sleep(price)
            price = Money(Decimal(100), "EUR")
        return Quote(opportunity=opportunity, price=price, quoted_at=self._clock.now())


def registry() -> Registry:
    """Only the toy adapter is installed."""
    return Registry([EntryPoint("toy", "toys:ToyProvider", "tasking_hub.providers")])


def request(**changes: Any) -> TaskRequest:
    """A point, tomorrow, optical."""
    facts = {"area": Point(1.44, 43.6), "window": Window(NOW + DAY, NOW + 3 * DAY), "radar": None, "reference": "r-1"}
    return TaskRequest(**(facts | changes))


def opportunity(id_: str, asked: TaskRequest | None = None, account: str = "toy", **changes: Any) -> Opportunity:
    """A pass one day and a bit from now."""
    facts = {
        "id": id_,
        "account": account,
        "provider": "toy",
        "request": asked or request(),
        "kind": OpportunityKind.PASS,
        "imaging": Imaging.OPTICAL,
        "product": "Toy",
        "window": Window(NOW + DAY, NOW + DAY + timedelta(seconds=30)),
    }
    return Opportunity(**(facts | changes))


def quote(id_: str, price: Money | Quota, **changes: Any) -> Quote:
    """A price for an opportunity of that id."""
    found = changes.pop("opportunity", None) or opportunity(id_)
    return Quote(opportunity=found, price=price, quoted_at=NOW, **changes)


def refusal(code: RefusalCode = RefusalCode.NO_OPPORTUNITY, account: str = "toy") -> Refusal:
    """A plain no."""
    return Refusal(account=account, provider="toy", code=code, message="no", remedy="ask somebody else")
