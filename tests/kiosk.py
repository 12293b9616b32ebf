"""A whole small adapter with its own sandbox: what the server and the conformance suite are tested with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from attrs import frozen
from shapely.geometry import box

from tasking_hub import (
    AccountSettings,
    AccountStatus,
    Adjustment,
    AdjustmentKind,
    Capabilities,
    Clock,
    Contract,
    HttpRequest,
    HttpResponse,
    Imaging,
    Money,
    Opportunity,
    OpportunityKind,
    Pace,
    Provider,
    Quote,
    Range,
    Refusal,
    RefusalCode,
    Registry,
    Route,
    Secret,
    TaskRequest,
    TokenAuth,
    Window,
    format_time,
    parse_time,
    read_json_error,
)
from tasking_hub.sandbox import ProviderSandbox, SandboxRequest, SandboxRoute, World, reply
from tasking_hub.wire import WireObject, make_converter, read_as

KEY = "kiosk-key-5d1f"
TOKEN_LIFE = timedelta(hours=1)

# --- The adapter ---------------------------------------------------------------------------------


@frozen(kw_only=True)
class KioskSettings(AccountSettings):
    """What an account at the kiosk needs."""

    provider: ClassVar[str] = "kiosk"

    api_key: Secret
    base_url: str = "https://kiosk.invalid"


@frozen(kw_only=True)
class KioskOptions:
    """One knob.

    Attributes:
        glossy: printed on better paper.
    """

    glossy: bool = False


@frozen(kw_only=True)
class WireOffer(WireObject):
    """One offer of `POST /v1/offers`."""

    id: str
    start: datetime
    end: datetime
    incidence: float


@frozen(kw_only=True)
class WirePrice(WireObject):
    """The answer of `GET /v1/offers/{id}/price`."""

    amount: Decimal
    currency: str


@frozen(kw_only=True)
class WireAccount(WireObject):
    """The answer of `GET /v1/account`."""

    contract: str
    left: Decimal


CONVERTER = make_converter()


class KioskProvider(Provider[KioskSettings]):
    """Asks the kiosk."""

    name = "kiosk"
    capabilities = Capabilities(
        title="Kiosk",
        imaging=frozenset({Imaging.OPTICAL}),
        areas=frozenset({"Point"}),
        requirements=frozenset({"max_incidence", "stereo"}),
        products=("postcard",),
    )
    settings_type = KioskSettings
    options_type = KioskOptions

    @classmethod
    def route(cls, settings: KioskSettings) -> Route:
        return Route(urls=(settings.base_url,), pace=Pace(), pace_key="kiosk:1", read_error=read_json_error)

    @classmethod
    def authenticator(cls, settings: KioskSettings, clock: Clock) -> TokenAuth:
        form = {"api_key": settings.api_key.reveal(), "grant_type": "api_key"}
        asked = HttpRequest(method="POST", url=f"{settings.base_url}/token", form=form, repeatable=True)
        return TokenAuth(asked, clock=clock, read_error=read_json_error)

    @classmethod
    def sandbox(cls) -> type[ProviderSandbox]:
        return KioskSandbox

    async def status(self) -> AccountStatus:
        answer = await self._get("/v1/account")
        read = read_as(CONVERTER, WireAccount, answer)
        contract = Contract(id=read.contract, remaining=Money(read.left, "EUR"), raw=answer.json())
        return AccountStatus(account=self.account, provider=self.name, contracts=(contract,))

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        options = request.options_for(self.name, KioskOptions)
        if request.optical is not None and request.optical.stereo not in {None, "mono"}:
            yield self._no_stereo(request)
            return
        point = request.area.centroid
        asked = {
            "lon": point.x,
            "lat": point.y,
            "start": format_time(request.window.start),
            "end": format_time(request.window.end),
            "glossy": options.glossy,
        }
        url = f"{self.settings.base_url}/v1/offers"
        answer = await self._sender.send(HttpRequest(method="POST", url=url, json=asked, repeatable=True))
        raws = read_as(CONVERTER, list[Any], answer, "offers")
        offers = read_as(CONVERTER, list[WireOffer], answer, "offers")
        for offer, raw in zip(offers, raws, strict=True):
            limit = request.optical and request.optical.max_incidence
            if limit is None or offer.incidence <= limit:
                yield self._opportunity(request, offer, raw)
        if not offers:
            yield self._nothing()

    async def quote(self, opportunity: Opportunity) -> Quote:
        answer = await self._get(f"/v1/offers/{opportunity.handle}/price")
        price = read_as(CONVERTER, WirePrice, answer)
        return Quote(
            opportunity=opportunity,
            price=Money(price.amount, price.currency),
            quoted_at=self._clock.now(),
            raw=answer.json(),
        )

    async def _get(self, path: str) -> HttpResponse:
        return await self._sender.send(
            HttpRequest(method="GET", url=f"{self.settings.base_url}{path}", repeatable=True)
        )

    def _opportunity(self, request: TaskRequest, offer: WireOffer, raw: Mapping[str, Any]) -> Opportunity:
        point = request.area.centroid
        return Opportunity(
            id=offer.id,
            account=self.account,
            provider=self.name,
            request=request,
            kind=OpportunityKind.PASS,
            imaging=Imaging.OPTICAL,
            product="postcard",
            window=Window(offer.start, offer.end),
            footprint=box(point.x - 0.1, point.y - 0.1, point.x + 0.1, point.y + 0.1),
            incidence_deg=Range(offer.incidence, offer.incidence),
            order_deadline=offer.start - timedelta(hours=1),
            adjustments=self.adjustments(request),
            handle=offer.id,
            raw=raw,
        )

    def adjustments(self, request: TaskRequest) -> tuple[Adjustment, ...]:
        """How every wish was met."""
        kept = {"max_incidence": AdjustmentKind.FILTERED, "stereo": AdjustmentKind.HONOURED}
        return tuple(
            Adjustment(
                field=name,
                how=kept.get(name, AdjustmentKind.NOT_ENFORCED),
                asked=value,
                why="the kiosk does not know it" if name not in kept else "checked on the answer",
            )
            for name, value in request.asked(Imaging.OPTICAL).items()
        )

    def _no_stereo(self, request: TaskRequest) -> Refusal:
        return Refusal(
            account=self.account,
            provider=self.name,
            code=RefusalCode.REQUIREMENT_NOT_OFFERED,
            message="The kiosk sells mono images only.",
            field="stereo",
            remedy="ask for mono",
        )

    def _nothing(self) -> Refusal:
        return Refusal(
            account=self.account,
            provider=self.name,
            code=RefusalCode.NO_OPPORTUNITY,
            message="The kiosk has no offer in this window.",
            remedy="ask for a longer window",
        )


# --- Its sandbox ---------------------------------------------------------------------------------


class KioskSandbox(ProviderSandbox):
    """The kiosk, played: one key, tokens that end, an offer every day at ten."""

    name = "kiosk"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tokens: dict[str, datetime] = {}
        self.offers: dict[str, dict[str, Any]] = {}
        self.priced = 0

    def routes(self) -> list[SandboxRoute]:
        """Four addresses."""
        return [
            SandboxRoute("POST", "/token", self.token),
            SandboxRoute("GET", "/v1/account", self.account),
            SandboxRoute("POST", "/v1/offers", self.search),
            SandboxRoute("GET", "/v1/offers/{id}/price", self.price),
        ]

    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        return {"kiosk": {"api_key": KEY, "base_url": base_url}}

    def expire_tokens(self) -> None:
        self.tokens.clear()

    def token(self, request: SandboxRequest) -> HttpResponse:
        if request.form().get("api_key") != KEY:
            return reply(403, {"message": "unknown key"})
        token = f"kiosk-token-{self.world.rng('token', len(self.tokens)).getrandbits(64):x}"
        self.tokens[token] = self.world.clock.now() + TOKEN_LIFE
        return reply(200, {"access_token": token, "expires_in": int(TOKEN_LIFE.total_seconds())})

    def account(self, request: SandboxRequest) -> HttpResponse:
        return self.refused(request) or reply(200, {"contract": "K-1", "left": Decimal("100.00")})

    def search(self, request: SandboxRequest) -> HttpResponse:
        asked = request.json()
        start, end = parse_time(asked["start"]), parse_time(asked["end"])
        rng = self.world.rng(asked["lon"], asked["lat"])
        for day in range((end - start).days):
            taken = start + timedelta(days=day, hours=1)
            offer = {
                "id": f"o-{taken:%Y%m%d%H}-{rng.getrandbits(32):08x}",
                "start": format_time(taken),
                "end": format_time(taken + timedelta(seconds=20)),
                "incidence": Decimal(rng.randrange(0, 300)) / 10,
            }
            self.offers[offer["id"]] = {**offer, "batch": request.body}
        found = [
            {key: value for key, value in offer.items() if key != "batch"}
            for offer in self.offers.values()
            if offer["batch"] == request.body
        ]
        return self.refused(request) or reply(200, {"offers": found})

    def price(self, request: SandboxRequest) -> HttpResponse:
        self.priced += 1
        if request.parts["id"] not in self.offers:
            return reply(404, {"message": "no such offer"})
        return self.refused(request) or reply(200, {"amount": Decimal("12.50"), "currency": "EUR"})

    def refused(self, request: SandboxRequest) -> HttpResponse | None:
        ends = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if ends is None or ends <= self.world.clock.now():
            return reply(401, {"message": "token unknown or expired"})
        return None


def registry() -> Registry:
    """Only the kiosk is installed."""
    return Registry([EntryPoint("kiosk", "kiosk:KioskProvider", "tasking_hub.providers")])
