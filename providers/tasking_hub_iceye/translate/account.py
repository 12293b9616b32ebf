"""ICEYE's contracts and summaries, in neutral words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tasking_hub import AccountStatus, Contract, HttpResponse, Money
from tasking_hub.wire import read_as
from tasking_hub_iceye import wire
from tasking_hub_iceye.translate.pages import check_cursor
from tasking_hub_iceye.translate.rules import PROVIDER
from tasking_hub_iceye.wire import CONVERTER

NO_PLAN = "This contract has no pricing plan: ICEYE gives no prices under it, and no funds are known."

_CHOICES = {
    "imagingModes": "imaging_modes",
    "priority": "priority",
    "exclusivity": "exclusivity",
    "eula": "eula",
    "sla": "sla",
    "catalog_collections": "catalog_collections",
}


def read_contracts(response: HttpResponse, before: Collection[str] = ()) -> wire.ContractPage:
    """One page of contracts.

    Args:
        response: the page.
        before: the cursors of the pages before it.

    Raises:
        MalformedResponseError: also for a cursor that was given before, since the pages would never end.
    """
    page = read_as(CONVERTER, wire.ContractPage, response)
    check_cursor(page.cursor, before, response)
    return page


def read_contract(response: HttpResponse) -> wire.Contract:
    """One contract."""
    return read_as(CONVERTER, wire.Contract, response)


def read_summary(response: HttpResponse) -> wire.ContractSummary:
    """What a contract has spent and left.

    Raises:
        MalformedResponseError: also for a currency that ISO 4217 does not know, so that what is read can be trusted.
    """
    summary = read_as(CONVERTER, wire.ContractSummary, response)
    spent, held, limit = summary.consolidated_spent, summary.on_hold, summary.spend_limit or 0
    for amount in (spent, held, limit, limit - spent - held):
        money(amount, summary.currency, response)
    return summary


def money(minor_units: int, currency: str, response: HttpResponse) -> Money:
    """An amount in minor units by the currency's ISO 4217 exponent.

    Raises:
        MalformedResponseError: the currency is not one, or the amount is beyond all sense.
    """
    try:
        return Money.from_minor_units(minor_units, currency)
    except ValueError as error:
        problem = f"{error} @ $"
        raise response.malformed(problem) from error


def available(summary: wire.ContractSummary) -> Money | None:
    """What can still be spent (limit less spent less on hold; below zero where overdrawn), None without a limit."""
    if summary.spend_limit is None:
        return None
    left = summary.spend_limit - summary.consolidated_spent - summary.on_hold
    return Money.from_minor_units(left, summary.currency)


def account_status(
    account: str, contracts: Iterable[tuple[wire.Contract, wire.ContractSummary | None]]
) -> AccountStatus:
    """What the account's contracts allow and have left; None for the summary of one without a pricing plan."""
    found = tuple(_contract(contract, summary) for contract, summary in contracts)
    return AccountStatus(account=account, provider=PROVIDER, contracts=found)


def _contract(contract: wire.Contract, summary: wire.ContractSummary | None) -> Contract:
    choices: dict[str, wire.Choice] = {name: getattr(contract, attribute) for name, attribute in _CHOICES.items()}
    raw = {"contract": CONVERTER.unstructure(contract)}
    return Contract(
        id=contract.id,
        name=contract.name or "",
        starts=contract.start,
        ends=contract.end,
        allowed={name: tuple(choice.allowed) for name, choice in choices.items() if choice.allowed},
        defaults={name: choice.default for name, choice in choices.items() if choice.default is not None},
        remaining=available(summary) if summary else None,
        limit=_limit(summary) if summary else None,
        spent=Money.from_minor_units(summary.consolidated_spent, summary.currency) if summary else None,
        notes=_notes(summary),
        raw=raw | ({"summary": CONVERTER.unstructure(summary)} if summary else {}),
    )


def _limit(summary: wire.ContractSummary) -> Money | None:
    return None if summary.spend_limit is None else Money.from_minor_units(summary.spend_limit, summary.currency)


def _notes(summary: wire.ContractSummary | None) -> tuple[str, ...]:
    if summary is None:
        return (NO_PLAN,)
    held = Money.from_minor_units(summary.on_hold, summary.currency)
    return (f"{held} is on hold for tasks that are not settled yet.",) if summary.on_hold else ()
