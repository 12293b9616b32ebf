"""The public API as a user writes it: checked by mypy and pyright, never run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from shapely import Point

from tasking_hub import (
    AccountStatus,
    Comparison,
    Hub,
    Money,
    Opportunity,
    Optical,
    Quota,
    Quote,
    QuoteRefusedError,
    RankBy,
    Refusal,
    RefusalCode,
    Secret,
    TaskRequest,
    Window,
)
from tasking_hub.sandbox import Sandbox
from tasking_hub.testing import FakeTransport
from tasking_hub_airbus import AirbusOptions, AirbusSettings
from tasking_hub_iceye import IceyeProvider, IceyeSettings
from tasking_hub_planet import PlanetSettings


def make_request() -> TaskRequest:
    """Options are objects of the adapters' own classes."""
    return TaskRequest(
        area=Point(1.44, 43.6),
        window=Window(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 8, tzinfo=UTC)),
        optical=Optical(max_cloud_cover=10.0),
        radar=None,
        options={"airbus": AirbusOptions()},
    )


async def compare(source: Path | Mapping[str, object] | None) -> Comparison:
    """A configured hub."""
    async with Hub.from_config(source) as hub:
        comparison: Comparison = await hub.compare(make_request(), rank_by=RankBy.TIME, quotes_per_product=None)
        async for one in hub.compare_many([make_request()], concurrent=2):
            reference: str = one.request.reference
            del reference
        return comparison


async def walk() -> list[Quote]:
    """Accounts given in code."""
    accounts = {
        "airbus": AirbusSettings(api_key=Secret("k")),
        "planet": PlanetSettings(api_key=Secret("k"), pl_number="PL-1", quota_price=Money(Decimal("4.20"), "USD")),
        "iceye": IceyeSettings(api_key=Secret("k")),
    }
    quotes: list[Quote] = []
    async with Hub(accounts, currency="USD") as hub:
        statuses: tuple[AccountStatus | Refusal, ...] = await hub.accounts()
        del statuses
        async for item in hub.opportunities(make_request()):
            if isinstance(item, Refusal):
                code: RefusalCode = item.code
                del code
            else:
                opportunity: Opportunity = item
                try:
                    quotes.append(await hub.quote(opportunity))
                except QuoteRefusedError as error:
                    remedy: str | None = error.refusal.remedy
                    del remedy
    return quotes


async def call_me(hub: Hub) -> str:
    """What only one provider has, on its adapter."""
    iceye: IceyeProvider = hub.provider("iceye", IceyeProvider)
    return await iceye.register_webhook("https://backend.example/iceye")


def price(quote: Quote) -> Money | Quota:
    """A price is money or quota."""
    return quote.money or quote.price


async def play() -> None:
    """The sandbox's configuration is a hub's."""
    async with Sandbox(seed=1) as sandbox, Hub.from_config(sandbox.config, transport=None) as hub:
        await hub.accounts()


def fake() -> FakeTransport:
    """A transport for tests."""
    return FakeTransport(lambda request: RuntimeError(request.url))
