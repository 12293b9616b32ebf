"""Adapters that each break one rule of the contract, with the test that must say so."""

import json
import logging
import uuid
from datetime import timedelta

from attrs import evolve, field, frozen
from kiosk import KioskProvider, KioskSettings
from shapely import Point, Polygon

from tasking_hub import (
    AccountStatus,
    Adjustment,
    AdjustmentKind,
    HttpRequest,
    Money,
    Quote,
    Refusal,
    TaskingHubError,
    Window,
)


@frozen(kw_only=True)
class TalkativeSettings(KioskSettings):
    """Prints its key."""

    def __str__(self) -> str:
        return f"key {self.api_key.reveal()}"


class Talkative(KioskProvider):
    """Its settings print the key."""

    settings_type = TalkativeSettings


@frozen(kw_only=True)
class RealHostSettings(KioskSettings):
    """Has an address that the sandbox does not know of."""

    prices_url: str = "https://prices.example"


class RealHost(KioskProvider):
    """Would ask the real provider even where the account is the sandbox's."""

    settings_type = RealHostSettings

    @classmethod
    def route(cls, settings):
        return evolve(super().route(settings), urls=(settings.base_url, settings.prices_url))


@frozen(kw_only=True)
class DemandingOptions:
    """Has a knob without a default."""

    glossy: bool = field()


class Demanding(KioskProvider):
    """Its options cannot be left alone."""

    options_type = DemandingOptions


class Boastful(KioskProvider):
    """Declares a requirement that no request has."""

    capabilities = evolve(KioskProvider.capabilities, requirements=frozenset({"max_clouds"}))


class TwoNames(KioskProvider):
    """Goes by another name than its sandbox."""

    name = "newsstand"


class Contractless(KioskProvider):
    """Has an account without a contract."""

    async def status(self):
        found = await super().status()
        return AccountStatus(account=found.account, provider=found.provider, contracts=())


class Silent(KioskProvider):
    """Drops every requirement without a word."""

    def adjustments(self, request):
        return ()


class Doubled(KioskProvider):
    """Says everything twice."""

    def adjustments(self, request):
        return super().adjustments(request) * 2


class Unreasoned(KioskProvider):
    """Gives no reasons."""

    def adjustments(self, request):
        return tuple(evolve(adjustment, why="") for adjustment in super().adjustments(request))


class Inventive(KioskProvider):
    """Adjusts what nobody asked."""

    def adjustments(self, request):
        extra = Adjustment(field="colour", how=AdjustmentKind.HONOURED, asked="red")
        return (*super().adjustments(request), extra)


class Mute(KioskProvider):
    """Yields nothing."""

    async def find_opportunities(self, request):
        for nothing in ():
            yield nothing


class Altered(KioskProvider):
    """Changes the opportunities on their way."""

    async def find_opportunities(self, request):
        async for item in super().find_opportunities(request):
            yield item if isinstance(item, Refusal) else self.altered(item)


class Elsewhen(Altered):
    """Offers another time than was asked."""

    def altered(self, item):
        return evolve(item, window=Window(item.window.start - timedelta(days=30), item.window.end))


class Crossed(Altered):
    """Offers a footprint that crosses itself."""

    def altered(self, item):
        return evolve(item, footprint=Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))


class Metric(Altered):
    """Offers a footprint in metres."""

    def altered(self, item):
        return evolve(item, footprint=Point(4_500_000, 160_000))


class Belated(Altered):
    """Takes orders after the image was taken."""

    def altered(self, item):
        return evolve(item, order_deadline=item.window.end + timedelta(days=1))


class SomebodyElse(Altered):
    """Offers in another account's name."""

    def altered(self, item):
        return evolve(item, account="other")


class Twins(Altered):
    """Gives all opportunities one id."""

    def altered(self, item):
        return evolve(item, id="same")


class Restless(Altered):
    """Gives another id each time."""

    def altered(self, item):
        return evolve(item, id=uuid.uuid4().hex)


class Unsaveable(Altered):
    """Keeps in raw what JSON cannot say."""

    def altered(self, item):
        return evolve(item, raw={**item.raw, "window": item.window})


class Rounded(KioskProvider):
    """Reads the provider's numbers as binary floats."""

    async def quote(self, opportunity):
        quote = await super().quote(opportunity)
        return evolve(quote, raw=json.loads(json.dumps(quote.raw, default=float)))


class Approximate(KioskProvider):
    """Has a discount in binary floating point."""

    async def quote(self, opportunity):
        return evolve(await super().quote(opportunity), discount_percent=0.1)


class Foresighted(KioskProvider):
    """Dates its prices in the future."""

    async def quote(self, opportunity):
        quote = await super().quote(opportunity)
        return evolve(quote, quoted_at=quote.quoted_at + timedelta(days=1))


class Forgetful(KioskProvider):
    """Prices only what it has found itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = {}

    async def find_opportunities(self, request):
        async for item in super().find_opportunities(request):
            self.seen[getattr(item, "id", None)] = item
            yield item

    async def quote(self, opportunity):
        if opportunity.id not in self.seen:
            raise TaskingHubError("never seen")  # noqa: EM101, TRY003 - a mutant
        return await super().quote(opportunity)


class Mixing(KioskProvider):
    """Keeps the request in the instance."""

    async def find_opportunities(self, request):
        self.request = request
        found = [item async for item in super().find_opportunities(request)]
        for item in found:
            window = self.request.window
            yield evolve(item, window=Window(max(item.window.start, window.start), item.window.end))


class Careless(KioskProvider):
    """Takes the price out of the answer without looking."""

    async def quote(self, opportunity):
        answer = await self._get(f"/v1/offers/{opportunity.handle}/price")
        price = Money(answer.json()["amount"], answer.json()["currency"])
        return Quote(opportunity=opportunity, price=price, quoted_at=self._clock.now(), raw=answer.json())


class Trusting(KioskProvider):
    """Takes it for granted that a price is an object."""

    async def quote(self, opportunity):
        quote = await super().quote(opportunity)
        answer = await self._get("/v1/account")
        return evolve(quote, notes=(f"left: {answer.json().get('left')}",))


class Swallowing(KioskProvider):
    """Takes every failure for an empty answer."""

    async def find_opportunities(self, request):
        try:
            async for item in super().find_opportunities(request):
                yield item
        except TaskingHubError:
            yield self._nothing()


class Strict(KioskProvider):
    """Refuses members that it does not know."""

    async def quote(self, opportunity):
        quote = await super().quote(opportunity)
        if quote.raw.keys() - {"amount", "currency"}:
            raise TaskingHubError("unknown member")  # noqa: EM101, TRY003 - a mutant
        return quote


class Helpless(KioskProvider):
    """Refuses without saying what would help."""

    def _no_stereo(self, request):
        return evolve(super()._no_stereo(request), remedy=None)


class Chatty(KioskProvider):
    """Logs its key."""

    async def quote(self, opportunity):
        logging.getLogger("chatty").debug("key %s", self.settings.api_key.reveal())
        return await super().quote(opportunity)


class Revealing(KioskProvider):
    """Puts its token into an error."""

    async def quote(self, opportunity):
        try:
            return await super().quote(opportunity)
        except TaskingHubError as error:
            error.add_note(f"with {self.settings.api_key.reveal()}")
            raise


class InTheAddress(KioskProvider):
    """Sends its key in the query."""

    async def status(self):
        url, query = f"{self.settings.base_url}/v1/account", (("key", self.settings.api_key.reveal()),)
        await self._sender.send(HttpRequest(method="GET", url=url, query=query, repeatable=True))
        return await super().status()


class Stubborn(KioskProvider):
    """Never renews its token."""

    @classmethod
    def authenticator(cls, settings, clock):
        once = super().authenticator(settings, clock)
        once.refused = lambda headers: False
        return once


class Insolent(KioskProvider):
    """Takes a refused credential for an empty account."""

    async def status(self):
        try:
            return await super().status()
        except TaskingHubError:
            return AccountStatus(account=self.account, provider=self.name, contracts=())


EXPECTED = {
    Talkative: "test_its_settings_hide_their_secrets",
    RealHost: "test_its_sandbox_offers_accounts",
    Demanding: "test_its_options_all_have_defaults",
    Boastful: "test_its_capabilities_can_be_relied_on",
    TwoNames: "test_it_has_one_name",
    Contractless: "test_it_tells_what_the_contracts_allow",
    Silent: "test_no_requirement_is_dropped_in_silence",
    Doubled: "test_no_requirement_is_dropped_in_silence",
    Unreasoned: "test_no_requirement_is_dropped_in_silence",
    Inventive: "test_opportunities_serve_their_request",
    Mute: "test_every_request_is_answered",
    Elsewhen: "test_opportunities_serve_their_request",
    Crossed: "test_opportunities_serve_their_request",
    Metric: "test_opportunities_serve_their_request",
    Belated: "test_opportunities_serve_their_request",
    SomebodyElse: "test_opportunities_serve_their_request",
    Twins: "test_opportunity_ids_are_unique",
    Restless: "test_the_same_question_has_the_same_answer",
    Unsaveable: "test_opportunities_serve_their_request",
    Rounded: "test_prices_are_exact_dated_and_complete",
    Approximate: "test_prices_are_exact_dated_and_complete",
    Foresighted: "test_prices_are_exact_dated_and_complete",
    Forgetful: "test_a_saved_opportunity_keeps_its_price",
    Mixing: "test_two_searches_at_once_do_not_mix",
    Careless: "test_a_damaged_answer_never_crashes_it",
    Trusting: "test_a_broken_endpoint_never_crashes_it",
    Swallowing: "test_a_provider_that_is_down_raises_typed_errors",
    Strict: "test_members_that_nobody_knows_are_ignored",
    Helpless: "test_no_requirement_is_dropped_in_silence",
    Chatty: "test_credentials_never_show",
    Revealing: "test_credentials_never_show",
    InTheAddress: "test_credentials_stay_out_of_addresses",
    Stubborn: "test_expired_tokens_are_renewed",
    Insolent: "test_a_refused_credential_is_said_to_be_one",
}
"""For each mutant the test that must fail."""
