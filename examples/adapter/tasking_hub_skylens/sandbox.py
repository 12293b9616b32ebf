"""SkyLens, played: real passes, made-up prices."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tasking_hub import HttpResponse, format_time, parse_time
from tasking_hub.sandbox import (
    Pass,
    ProviderSandbox,
    SandboxRequest,
    SandboxRoute,
    World,
    cloud_forecast_percent,
    reply,
)

KEY = "skylens-sandbox-key"
PRICE_EUR = Decimal("450.00")


class SkylensSandbox(ProviderSandbox):
    """Three endpoints and one key."""

    name = "skylens"

    def __init__(self, world: World) -> None:
        """Start without any pass handed out."""
        super().__init__(world)
        self._known: set[str] = set()

    def routes(self) -> Sequence[SandboxRoute]:
        """What SkyLens documents."""
        return (
            SandboxRoute("GET", "/v1/contract", self._contract),
            SandboxRoute("GET", "/v1/passes", self._passes),
            SandboxRoute("GET", "/v1/passes/{pass_id}/price", self._price),
        )

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """One account."""
        return {
            "skylens": {
                "provider": "skylens",
                "api_key": KEY,
                "base_url": base_url,
                "requests_per_second": 1000.0,
            }
        }

    def answer(self, request: SandboxRequest) -> HttpResponse:
        """Refuse every other key before anything else."""
        if request.headers.get("x-api-key") != KEY:
            return reply(401, {"code": "bad_key", "message": "unknown key"})
        return super().answer(request)

    def _contract(self, request: SandboxRequest) -> HttpResponse:  # noqa: ARG002 - every route gets its request
        return reply(200, {"contractId": "SKY-1", "creditLeft": "10000.00", "currency": "EUR"})

    def _passes(self, request: SandboxRequest) -> HttpResponse:
        query = dict(request.query)
        try:
            lon, lat = float(query["lon"]), float(query["lat"])
            start, end = parse_time(query["from"]), parse_time(query["to"])
        except (KeyError, ValueError) as error:
            return reply(400, {"code": "bad_query", "message": str(error)})
        limit = float(query.get("maxIncidence", "40"))
        found = self.world.ephemeris.passes(("SPOT",), lon, lat, start, end, max_incidence_deg=limit)
        whole = [item for item in found if start <= item.start and item.end <= end]
        return reply(200, {"passes": [self._describe(item, lon, lat) for item in whole]})

    def _describe(self, item: Pass, lon: float, lat: float) -> dict[str, Any]:
        pass_id = f"{item.satellite.replace(' ', '-')}-{item.closest:%Y%m%dT%H%M%S}"
        self._known.add(pass_id)
        now = self.world.clock.now()
        return {
            "passId": pass_id,
            "startsAt": format_time(item.start),
            "endsAt": format_time(item.end),
            "incidenceAngle": round(item.incidence_deg, 2),
            "cloudForecast": round(cloud_forecast_percent(self.world.seed, lon, lat, item.closest, now), 1),
        }

    def _price(self, request: SandboxRequest) -> HttpResponse:
        if request.parts["pass_id"] not in self._known:
            return reply(404, {"code": "no_such_pass", "message": "unknown pass"})
        price = PRICE_EUR * 2 if request.parameter("rush") == "true" else PRICE_EUR
        return reply(200, {"amount": str(price), "currency": "EUR"})
