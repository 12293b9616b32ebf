"""One Airbus account: asks and waits; what is asked and what an answer means stands in `translate`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tasking_hub import (
    AccountStatus,
    Authenticator,
    Clock,
    ConfigurationError,
    NotFoundError,
    Opportunity,
    Pace,
    PermissionDeniedError,
    Quote,
    QuoteRefusedError,
    Refusal,
    RejectedRequestError,
    Route,
    TaskRequest,
    TokenAuth,
    pace_key,
)
from tasking_hub_airbus import translate
from tasking_hub_airbus.options import AirbusOptions, AirbusSettings
from tasking_hub_airbus.ordering import AirbusOrdering
from tasking_hub_airbus.translate import ContractFacts, Endpoint, Inquiry, Step, Target
from tasking_hub_airbus.wire import ContractInfo

if TYPE_CHECKING:
    from tasking_hub.sandbox import ProviderSandbox


class AirbusProvider(AirbusOrdering):
    """Tasking of Pléiades, SPOT and Pléiades Neo through the OneAtlas API."""

    name = translate.NAME
    capabilities = translate.CAPABILITIES
    settings_type = AirbusSettings
    options_type = AirbusOptions

    @classmethod
    def route(cls, settings: AirbusSettings) -> Route:
        """Five services, one pace: Airbus counts by API key."""
        own = settings.requests_per_second
        return Route(
            urls=settings.urls,
            pace=translate.PACE if own is None else Pace(per_second=own),
            pace_key=pace_key(cls.name, settings.api_key.reveal()),
            read_error=translate.read_error,
        )

    @classmethod
    def authenticator(cls, settings: AirbusSettings, clock: Clock) -> Authenticator:
        """A token for the API key."""
        if not settings.api_key.reveal().strip():
            msg = "airbus: api_key is empty"
            raise ConfigurationError(msg)
        return TokenAuth(translate.token_request(settings), clock=clock, read_error=translate.read_error)

    @classmethod
    def sandbox(cls) -> type[ProviderSandbox]:
        """Airbus' API, played."""
        from tasking_hub_airbus.sandbox import AirbusSandbox  # noqa: PLC0415 - needs the extra "sandbox"

        return AirbusSandbox

    async def status(self) -> AccountStatus:
        """The account's contracts, their credit, products, markets and ways of delivery, asked afresh."""
        contracts = translate.read_contracts(await self._sender.send(translate.contracts_request(self.settings)))
        facts = [await self._facts(contract) for contract in contracts]
        return translate.read_status(self.account, self.settings, facts)

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """Attempts and plans of every mission that the account's contracts offer, mission by mission."""
        inquiry = Inquiry.of(self.account, request, self._clock.now())
        refusal = translate.area_refusal(inquiry)
        if refusal is not None:
            yield refusal
            return
        chosen = translate.choose_contracts(inquiry, await self._contracts(), self.settings.contract_id)
        plan = translate.make_plan(inquiry, [(one, await self._products(one)) for one in chosen.contracts])
        for refusal in (*chosen.refusals, *plan.refusals):
            yield refusal
        for step in plan.steps:
            for found in await self._take(inquiry, step):
                yield found

    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price of an attempt or of an automatic plan."""
        inquiry = Inquiry.of(self.account, opportunity.request, self._clock.now())
        target = Target.behind(opportunity)
        refusal = translate.unquotable(inquiry, target, opportunity)
        if refusal is not None:
            raise QuoteRefusedError(refusal)
        try:
            production = translate.resolve_options(await self._options(inquiry, target), inquiry.production_wishes)
            workspace = await self._workspace(target.contract)
            request = translate.price_request(self.settings, inquiry, opportunity, production, workspace)
            response = await self._sender.send(request)
        except translate.OptionConflictError as conflict:
            raise QuoteRefusedError(translate.conflict_refusal(inquiry, target, conflict)) from conflict
        except (RejectedRequestError, NotFoundError) as error:
            raise QuoteRefusedError(translate.rejection(inquiry, error, target)) from error
        market = translate.primary_market(self.settings, inquiry)
        return translate.read_quote(inquiry, opportunity, production, market, response)

    async def _take(self, inquiry: Inquiry, step: Step) -> list[Opportunity | Refusal]:
        if step.endpoint is Endpoint.STUDY:
            return translate.studied_opportunities(inquiry, step)
        try:
            response = await self._sender.send(translate.search_request(self.settings, inquiry, step))
        except (RejectedRequestError, NotFoundError) as error:
            return [translate.rejection(inquiry, error, target) for target in step.targets]
        return translate.read_search(inquiry, step, response)

    async def _facts(self, contract: ContractInfo) -> ContractFacts:
        """Each list on its own: a right that the key lacks leaves that list out and says so."""
        facts = ContractFacts.of(self.settings, contract)
        for question in translate.status_questions(self.settings, contract):
            try:
                facts = question.read(facts, await self._sender.send(question.request))
            except (RejectedRequestError, NotFoundError, PermissionDeniedError) as error:
                facts = facts.lacking(question.about, error)
        return facts
