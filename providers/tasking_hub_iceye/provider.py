"""The ICEYE adapter: it awaits, and translation says what the answers mean."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from tasking_hub import (
    AccountStatus,
    Authenticator,
    Capabilities,
    Clock,
    Imaging,
    Opportunity,
    Pace,
    PermissionDeniedError,
    Quote,
    QuoteRefusedError,
    Refusal,
    ResponseError,
    Route,
    Sender,
    TaskRequest,
    pace_key,
    read_json_error,
)
from tasking_hub_iceye import credentials
from tasking_hub_iceye.directory import Directory
from tasking_hub_iceye.options import ApiVersion, IceyeOptions, IceyeSettings
from tasking_hub_iceye.ordering import IceyeOrdering
from tasking_hub_iceye.translate import account, opportunities, plan, quotes, refusals, requests, rules
from tasking_hub_iceye.translate.adjustments import MET
from tasking_hub_iceye.translate.modes import MODES
from tasking_hub_iceye.wire import ContractSummary, FeasibilityResult, TaskParameters

if TYPE_CHECKING:
    from tasking_hub.sandbox import ProviderSandbox

PACE_PER_SECOND = 5.0
"""Assumption: ICEYE declares 429 and publishes no figures; `requests_per_second` overrides it."""


class IceyeProvider(IceyeOrdering):
    """One ICEYE account: contracts, the choice of an imaging mode, feasibility on v2, the price, and orders."""

    name = "iceye"
    capabilities = Capabilities(
        title="ICEYE",
        imaging=frozenset({Imaging.RADAR}),
        areas=frozenset({"Point", "LineString", "Polygon"}),
        requirements=MET,
        products=tuple(MODES),
    )
    settings_type = IceyeSettings
    options_type: ClassVar[type[IceyeOptions]] = IceyeOptions

    def __init__(self, account: str, settings: IceyeSettings, *, sender: Sender, clock: Clock) -> None:
        super().__init__(account, settings, sender=sender, clock=clock)
        self._directory = Directory(settings, sender, clock)

    @classmethod
    def route(cls, settings: IceyeSettings) -> Route:
        """ICEYE's platform and the customer's token endpoint, at a pace of our own choice."""
        return Route(
            urls=tuple(url for url in (settings.base_url, settings.token_url) if url),
            pace=Pace(per_second=settings.requests_per_second or PACE_PER_SECOND),
            pace_key=pace_key(cls.name, credentials.credential(settings)),
            read_error=read_json_error,
        )

    @classmethod
    def authenticator(cls, settings: IceyeSettings, clock: Clock) -> Authenticator:
        """A bearer token by client credentials, or the static key."""
        return credentials.authenticator(settings, clock)

    @classmethod
    def sandbox(cls) -> type[ProviderSandbox]:
        """ICEYE's platform, played on this machine."""
        from tasking_hub_iceye.sandbox import IceyeSandbox  # noqa: PLC0415 - needs an extra

        return IceyeSandbox

    async def status(self) -> AccountStatus:
        """What the contracts allow, and what is left of those with a pricing plan."""
        found = await self._directory.contracts()
        return account.account_status(self.account, [(one, await self._directory.funds(one.id)) for one in found])

    async def find_opportunities(self, request: TaskRequest) -> AsyncIterator[Opportunity | Refusal]:
        """The one campaign in which ICEYE would take the image, or every reason why there is none."""
        for found in await self._find(request):
            yield refusals.for_account(found, self.account) if isinstance(found, Refusal) else found

    async def quote(self, opportunity: Opportunity) -> Quote:
        """The price of an opportunity, by nothing but the opportunity itself."""
        contract_id = opportunities.task_of(opportunity).contract_id
        return await self._price(opportunity, await self._directory.funds_at_hand(contract_id))

    async def _price(self, opportunity: Opportunity, funds: ContractSummary | None) -> Quote:
        task = opportunities.task_of(opportunity)
        options = opportunity.request.options_for(self.name, IceyeOptions)
        try:
            response = await self._sender.send(requests.price_request(self.settings, task, options.price_parameters))
        except refusals.FINAL as error:
            raise QuoteRefusedError(await self._refusal(error, task)) from error
        return quotes.quote(opportunity, response, funds, self._clock.now(), self.settings.api_version)

    async def _refusal(self, error: ResponseError, task: TaskParameters) -> Refusal:
        """Why there is no price; ICEYE's two kinds of 403 differ only in whether the contract has a pricing plan."""
        asks = isinstance(error, PermissionDeniedError) and error.code != refusals.INSUFFICIENT_FUNDS
        has_plan = await self._directory.has_plan(task.contract_id) if asks else None
        return refusals.for_account(refusals.rejected(error, task, has_plan=has_plan), self.account)

    async def _find(self, request: TaskRequest) -> Sequence[Opportunity | Refusal]:
        options = request.options_for(self.name, IceyeOptions)
        version, now = self.settings.api_version, self._clock.now()
        early = rules.early_refusals(request, options, version, now)
        if early:
            return early
        contract = await self._directory.contract(options.contract_id)
        if isinstance(contract, Refusal):
            return [contract]
        planned = plan.make_plan(request, options, contract, version, now)
        if not isinstance(planned, plan.Plan):
            return planned
        result = await self._feasibility(planned.task, options)
        if isinstance(result, Refusal):
            return [result]
        return [opportunities.opportunity(self.account, request, contract, planned, result)]

    async def _feasibility(self, task: TaskParameters, options: IceyeOptions) -> FeasibilityResult | Refusal | None:
        """ICEYE's yes, a refusal for its no, or None where it is not asked or does not offer the question."""
        if self.settings.api_version is ApiVersion.V1 or not options.check_feasibility:
            return None
        try:
            response = await self._sender.send(requests.feasibility_request(self.settings, task))
        except refusals.FINAL as error:
            return refusals.unchecked(error, task)
        return opportunities.read_feasibility(response, task)
