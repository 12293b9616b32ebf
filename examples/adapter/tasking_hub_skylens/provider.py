"""The adapter itself: it awaits, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tasking_hub import (
    AccountStatus,
    Capabilities,
    Clock,
    Imaging,
    Opportunity,
    Pace,
    Provider,
    Quote,
    Refusal,
    Route,
    StaticAuth,
    TaskRequest,
    pace_key,
    read_json_error,
)
from tasking_hub_skylens import translate
from tasking_hub_skylens.options import SkylensOptions, SkylensSettings

if TYPE_CHECKING:
    from tasking_hub_skylens.sandbox import SkylensSandbox


class SkylensProvider(Provider[SkylensSettings]):
    """One account at SkyLens."""

    name = "skylens"
    capabilities = Capabilities(
        title="SkyLens",
        imaging=frozenset({Imaging.OPTICAL}),
        areas=frozenset({"Point", "Polygon"}),
        requirements=frozenset({"max_incidence", "max_cloud_cover"}),
        products=("SkyLens pass",),
    )
    settings_type = SkylensSettings
    options_type = SkylensOptions

    @classmethod
    def route(cls, settings: SkylensSettings) -> Route:
        """One host, two requests per second."""
        return Route(
            urls=(settings.base_url,),
            pace=Pace(per_second=settings.requests_per_second or 2.0),
            pace_key=pace_key(cls.name, settings.api_key.reveal()),
            read_error=read_json_error,
        )

    @classmethod
    def authenticator(cls, settings: SkylensSettings, clock: Clock) -> StaticAuth:  # noqa: ARG003 - keys do not expire
        """A static header."""
        return StaticAuth({"X-Api-Key": settings.api_key})

    @classmethod
    def sandbox(cls) -> type[SkylensSandbox]:
        """Imported here, since a sandbox needs the extra of that name."""
        from tasking_hub_skylens.sandbox import SkylensSandbox  # noqa: PLC0415

        return SkylensSandbox

    async def status(self) -> AccountStatus:
        """The contract of the key."""
        response = await self._sender.send(translate.contract_request(self.settings.base_url))
        return translate.read_contract(response, self.account)

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """Passes in the window."""
        response = await self._sender.send(translate.passes_request(self.settings.base_url, request))
        for item in translate.read_passes(response, request, self.account):
            yield item

    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price of a pass."""
        response = await self._sender.send(translate.price_request(self.settings.base_url, opportunity))
        return translate.read_price(response, opportunity, self._clock.now())
