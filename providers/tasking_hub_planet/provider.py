"""The Planet adapter: it awaits and nothing else; what is said and what it means stands in `translate`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from tasking_hub import (
    AccountStatus,
    Authenticator,
    Capabilities,
    Clock,
    NotFoundError,
    Opportunity,
    Quote,
    QuoteRefusedError,
    Refusal,
    RejectedRequestError,
    Route,
    StaticAuth,
    TaskRequest,
    pace_key,
)
from tasking_hub_planet import translate
from tasking_hub_planet.options import PlanetOptions, PlanetSettings
from tasking_hub_planet.ordering import PlanetOrdering
from tasking_hub_planet.translate import Inquiry, PricedWindow, SearchState

if TYPE_CHECKING:
    from tasking_hub_planet.sandbox import PlanetSandbox


class PlanetProvider(PlanetOrdering):
    """One contract at Planet: assured imaging windows at known times, and flexible orders, both priced in quota."""

    name: ClassVar[str] = "planet"
    capabilities: ClassVar[Capabilities] = translate.CAPABILITIES
    settings_type = PlanetSettings
    options_type = PlanetOptions

    @classmethod
    def route(cls, settings: PlanetSettings) -> Route:
        """One host, ten requests a second."""
        return Route(
            urls=(settings.base_url,),
            pace=translate.pace(settings),
            pace_key=pace_key(cls.name, settings.api_key.reveal()),
            read_error=translate.read_error,
        )

    @classmethod
    def authenticator(cls, settings: PlanetSettings, clock: Clock) -> Authenticator:  # noqa: ARG003 - a key never ages
        """The key in its header.

        Raises:
            ConfigurationError: `api_key` or `pl_number` is empty.
        """
        return StaticAuth({"Authorization": translate.credential(settings)})

    @classmethod
    def sandbox(cls) -> type[PlanetSandbox]:
        """Planet's API, played; needs the extra `sandbox`."""
        from tasking_hub_planet.sandbox import PlanetSandbox  # noqa: PLC0415 - needs an extra that production does not

        return PlanetSandbox

    async def status(self) -> AccountStatus:
        """The configured contract, and the products of the key where Planet lists them."""
        try:
            products = translate.read_products(await self._sender.send(translate.products_request(self.settings)))
        except (NotFoundError, RejectedRequestError):
            products = None
        return translate.read_account(self.account, self.settings, products)

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """The flexible order, then each imaging window as soon as Planet's search names it, then what else there is."""
        inquiry = self._inquiry(request)
        flexible = translate.flexible_inquiry(inquiry)
        for way in () if flexible is None else translate.flexible_ways(flexible):
            yield way
        search = translate.check_request(inquiry) or await self._create(inquiry)
        if not isinstance(search, str):
            for refusal in search:
                yield refusal
            return
        async with aclosing(self._follow(inquiry, search)) as stream:
            async for found in stream:
                yield found

    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price that came with the window, asked for again where none came or it is old; or an order's preview.

        Raises:
            QuoteRefusedError: the window has begun, is gone, or has no price.
        """
        inquiry = self._ahead(opportunity)
        if translate.is_flexible(opportunity):
            return await self._quote_flexible(inquiry, opportunity)
        priced = translate.price_in_hand(inquiry, opportunity) or await self._read_price(inquiry, opportunity)
        return translate.read_quote(inquiry, opportunity, priced)

    async def review(self, quote: Quote) -> Quote:
        """The window as its search shows it now, with the orders that it would replace.

        Raises:
            QuoteRefusedError: the window has begun, is gone, or has no price any more.
        """
        inquiry = self._ahead(quote.opportunity)
        if translate.is_flexible(quote.opportunity):
            return await self._quote_flexible(inquiry, quote.opportunity)
        priced = await self._read_price(inquiry, quote.opportunity, replacing=True)
        return translate.read_review(inquiry, quote, priced)

    def _ahead(self, opportunity: Opportunity) -> Inquiry:
        inquiry = self._inquiry_about(opportunity)
        refusal = translate.check_ahead(inquiry, opportunity)
        if refusal is not None:
            raise QuoteRefusedError(refusal)
        return inquiry

    async def _quote_flexible(self, inquiry: Inquiry, opportunity: Opportunity) -> Quote:
        """The preview of a flexible order's price."""
        try:
            response = await self._sender.send(translate.preview_request(inquiry, opportunity))
        except NotFoundError as error:
            raise QuoteRefusedError(translate.no_price(inquiry, opportunity)) from error
        except RejectedRequestError as error:
            raise QuoteRefusedError(translate.rejected(inquiry, error, "order")) from error
        return translate.read_flexible_quote(inquiry, opportunity, translate.read_pricing(response))

    async def _create(self, inquiry: Inquiry) -> str | list[Refusal]:
        """The id of a new search, or why Planet makes none."""
        try:
            response = await self._sender.send(translate.create_request(inquiry))
        except RejectedRequestError as error:
            return [translate.rejected(inquiry, error)]
        return translate.read_search_id(response, self.settings)

    async def _follow(self, inquiry: Inquiry, search_id: str) -> AsyncGenerator[Opportunity | Refusal, None]:
        """Read a search until it ends or its time is up; a window that was yielded once is not yielded again."""
        deadline = self._clock.monotonic() + inquiry.options.search_deadline_s
        pause, seen = inquiry.options.poll_first_s, set[str]()
        while True:
            await self._clock.sleep(min(pause, max(deadline - self._clock.monotonic(), 0.0)))
            state = await self._read(inquiry, search_id)
            for opportunity in translate.read_opportunities(inquiry, state, seen):
                seen.add(opportunity.id)
                yield opportunity
            if state.final or self._clock.monotonic() >= deadline:
                break
            pause = min(pause * translate.POLL_GROWTH, inquiry.options.poll_max_s)
        ending = translate.read_ending(inquiry, state, found=bool(seen))
        if ending is not None:
            yield ending

    async def _read(self, inquiry: Inquiry, search_id: str, *, replacing: bool | None = None) -> SearchState:
        request = translate.read_request(inquiry, search_id, replacing=replacing)
        return translate.read_search(await self._sender.send(request))

    async def _read_price(
        self, inquiry: Inquiry, opportunity: Opportunity, *, replacing: bool | None = None
    ) -> PricedWindow:
        """The window with its price, from the search that found it."""
        try:
            state = await self._read(inquiry, translate.search_id_of(opportunity), replacing=replacing)
        except NotFoundError as error:
            raise QuoteRefusedError(translate.gone(inquiry, opportunity)) from error
        priced = translate.find_window(state, opportunity.handle)
        if priced is None:
            raise QuoteRefusedError(translate.gone(inquiry, opportunity))
        return priced
