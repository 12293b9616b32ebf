"""Which contract a task goes under, and what it fills in where the caller says nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tasking_hub import Refusal, RefusalCode, TaskRequest, format_time
from tasking_hub_iceye.options import IceyeOptions
from tasking_hub_iceye.translate.rules import agreed, no
from tasking_hub_iceye.wire import Choice, Contract

PUBLIC = "PUBLIC"
PRIVATE = "PRIVATE"

SLA_DEFAULT = "SLA_8H"
"""What applies where neither caller nor contract names an SLA (the v1 "Get task price" page, read 2026-11)."""


def is_open(contract: Contract, now: datetime) -> bool:
    """Whether tasks may be submitted under it now."""
    return (contract.start is None or contract.start <= now) and (contract.end is None or now < contract.end)


def pick_contract(contracts: Sequence[Contract], now: datetime) -> Contract | Refusal:
    """The only contract, or the only one that is open now; a refusal that names them where there are several."""
    candidates = [contract for contract in contracts if is_open(contract, now)] or list(contracts)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        return no(
            code=RefusalCode.CONFIGURATION,
            message="This ICEYE account has no contract.",
            remedy="ask ICEYE for a contract that allows tasking through the API",
        )
    return no(
        code=RefusalCode.CONFIGURATION,
        message=f"This ICEYE account has {len(candidates)} contracts and none is chosen.",
        limit=tuple(contract.id for contract in candidates),
        remedy=f"set contract_id to one of {'; '.join(_named(contract) for contract in candidates)}",
    )


def _named(contract: Contract) -> str:
    return f"{contract.id} ({contract.name})" if contract.name else contract.id


def closed_refusal(contract: Contract, now: datetime) -> Refusal | None:
    """Why no task can be submitted under this contract now, or None."""
    if is_open(contract, now):
        return None
    early = contract.start is not None and now < contract.start
    limit = contract.start if early else contract.end
    moment = format_time(limit) if limit else ""
    return no(
        code=RefusalCode.NOT_IN_CONTRACT,
        message=f"ICEYE's contract {_named(contract)} takes tasks only {'from' if early else 'until'} {moment}.",
        limit=moment,
        actual=format_time(now),
        retryable=early,
        remedy=f"ask again after {moment}" if early else "set contract_id to a contract that is open",
    )


# --- What the contract allows and fills in -----------------------------------------------------------


def priority(request: TaskRequest, options: IceyeOptions, contract: Contract) -> str | Refusal:
    """The priority to ask for: the caller's, else the contract's default."""
    wish = agreed("priority", request.priority, "priority", options.priority)
    return settle("priority", "priority", wish, contract.priority)


def sla(request: TaskRequest, options: IceyeOptions, contract: Contract) -> str | Refusal:
    """The SLA to ask for: the caller's, else the contract's default, else SLA_8H."""
    wish = agreed("sla", request.sla, "sla", options.sla)
    return settle("sla", "sla", wish, contract.sla, documented=SLA_DEFAULT)


def eula(request: TaskRequest, options: IceyeOptions, contract: Contract) -> str | Refusal:
    """The licence to ask for: the caller's, else the contract's default."""
    wish = agreed("licence", request.licence, "eula", options.eula)
    return settle("licence", "eula", wish, contract.eula)


def exclusivity(request: TaskRequest, options: IceyeOptions, contract: Contract) -> str | Refusal:
    """PUBLIC for no exclusive days, PRIVATE for any, the contract's default where the caller says nothing.

    Where no exclusive days are needed and the contract allows PRIVATE only, that serves as well.
    """
    choice, days = contract.exclusivity, request.exclusivity_days
    wish = options.exclusivity
    if wish is None and days is not None:
        wish = PRIVATE if days else PUBLIC
        if wish == PUBLIC and choice.allowed and PUBLIC not in choice.allowed:
            wish = None
    return settle("exclusivity_days", "exclusivity", wish, choice)


def settle(
    field: str, parameter: str, wish: str | Refusal | None, choice: Choice, *, documented: str | None = None
) -> str | Refusal:
    """The wish if the contract allows it; without one the contract's default, ICEYE's default, or the only value.

    Args:
        field: the wish in the words of `TaskRequest`.
        parameter: the contract's own word for it.
        wish: what the caller wants, or a refusal that was met on the way.
        choice: what the contract says; nothing allowed is taken as nothing said.
        documented: ICEYE's own default.
    """
    if isinstance(wish, Refusal):
        return wish
    if wish is not None:
        return wish if not choice.allowed or wish in choice.allowed else _not_allowed(field, parameter, wish, choice)
    for default in (choice.default, documented):
        if default is not None and (not choice.allowed or default in choice.allowed):
            return default
    return choice.allowed[0] if len(choice.allowed) == 1 else _undecided(field, parameter, choice)


def _not_allowed(field: str, parameter: str, wish: str, choice: Choice) -> Refusal:
    return no(
        code=RefusalCode.NOT_IN_CONTRACT,
        message=f"The contract does not allow {parameter} {wish}, only {', '.join(choice.allowed)}.",
        field=field,
        limit=tuple(choice.allowed),
        actual=wish,
        remedy=_remedy(field, parameter, choice),
    )


def _undecided(field: str, parameter: str, choice: Choice) -> Refusal:
    allowed = ", ".join(choice.allowed)
    return no(
        code=RefusalCode.INVALID_REQUEST,
        message=f"ICEYE needs {parameter} and the contract has no default for it"
        + (f"; it allows {allowed}." if allowed else "."),
        field=field,
        limit=tuple(choice.allowed),
        remedy=_remedy(field, parameter, choice),
    )


def _remedy(field: str, parameter: str, choice: Choice) -> str:
    if field == "exclusivity_days":
        words = {PUBLIC: "exclusivity_days = 0", PRIVATE: "exclusivity_days of 1 or more"}
        return f"ask for {' or '.join(words.get(word, f'exclusivity {word}') for word in choice.allowed)}"
    return f"ask for {field} {' or '.join(choice.allowed) or f'by name ({parameter})'}"
