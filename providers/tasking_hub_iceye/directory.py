"""An account's contracts and funds, fetched when needed and remembered for a while. It awaits and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from tasking_hub import (
    Clock,
    MalformedResponseError,
    Memory,
    NotFoundError,
    Refusal,
    ResponseError,
    Sender,
    TransportError,
)
from tasking_hub_iceye.options import IceyeSettings
from tasking_hub_iceye.translate import account, contract, refusals, requests
from tasking_hub_iceye.wire import Contract, ContractSummary

CONTRACTS_GOOD_S = 900.0
FUNDS_GOOD_S = 60.0

_UNREADABLE = (ResponseError, TransportError, MalformedResponseError)


class Directory:
    """What ICEYE's company API tells about one account.

    Args:
        settings: the account's configuration.
        sender: the way to ICEYE.
        clock: what time it is.
    """

    def __init__(self, settings: IceyeSettings, sender: Sender, clock: Clock) -> None:
        self._settings = settings
        self._sender = sender
        self._clock = clock
        self._contracts = Memory(sender, clock, keep_s=CONTRACTS_GOOD_S)
        self._funds = Memory(sender, clock, keep_s=FUNDS_GOOD_S)

    async def contract(self, contract_id: str | None) -> Contract | Refusal:
        """The contract of that id, else the only one; a refusal where that is none."""
        contract_id = contract_id or self._settings.contract_id
        if contract_id is None:
            return contract.pick_contract(await self._contracts.recall("all", self.contracts), self._clock.now())
        try:
            request = requests.contract_request(self._settings, contract_id)
            return await self._contracts.ask(request, account.read_contract)
        except NotFoundError as error:
            return refusals.unknown_contract(contract_id, error)

    async def contracts(self) -> Sequence[Contract]:
        """All contracts, page by page up to the one whose cursor is missing, null or empty."""
        found: list[Contract] = []
        cursors: list[str] = []
        while True:
            request = requests.contracts_request(self._settings, cursors[-1] if cursors else None)
            page = account.read_contracts(await self._sender.send(request), before=cursors)
            found += page.data
            if not page.cursor:
                return found
            cursors.append(page.cursor)

    async def funds(self, contract_id: str) -> ContractSummary | None:
        """What the contract has left, or None for one without a pricing plan."""
        request = requests.summary_request(self._settings, contract_id)
        try:
            return account.read_summary(await self._sender.send(request))
        except NotFoundError:
            return None

    async def has_plan(self, contract_id: str) -> bool | None:
        """Whether the contract has a pricing plan, None where that cannot be learnt."""
        try:
            return await self.funds(contract_id) is not None
        except _UNREADABLE:
            return None

    async def funds_now(self, contract_id: str) -> ContractSummary | None:
        """What the contract has left now, None where that cannot be learnt or it has no pricing plan."""
        try:
            return await self.funds(contract_id)
        except _UNREADABLE:
            return None

    async def funds_at_hand(self, contract_id: str) -> ContractSummary | None:
        """What the contract had left within the last minute, None where that cannot be learnt at once."""
        try:
            return await self._funds.ask(requests.glance_request(self._settings, contract_id), account.read_summary)
        except _UNREADABLE:
            return None
