"""ICEYE's no, in neutral words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from tasking_hub import (
    Money,
    NotFoundError,
    PermissionDeniedError,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    ResponseError,
)
from tasking_hub_iceye.translate.rules import no
from tasking_hub_iceye.wire import TaskParameters

INSUFFICIENT_FUNDS = "ERR_INSUFFICIENT_FUNDS"
"""The code of a task that the contract's funds do not reach for (docs.iceye.com, company, get-summary); its HTTP status
is not documented, so the code alone decides."""

FORBIDDEN = "forbidden"
"""The code for what a contract does not allow, and for a contract without a pricing model: both are answered 403."""

FINAL = (NotFoundError, PermissionDeniedError, RejectedRequestError)
"""Errors with which ICEYE refuses a task; anything else is a failure."""


def for_account(refusal: Refusal, account: str) -> Refusal:
    """The same refusal, naming the account that it is about."""
    return evolve(refusal, account=account)


def rejected(error: ResponseError, task: TaskParameters, *, has_plan: bool | None = None) -> Refusal:
    """Why ICEYE refuses a task, by status and code; its words are kept and never judged by.

    Args:
        error: what came instead of an answer; one of `FINAL`.
        task: what was asked about.
        has_plan: whether the contract has a pricing plan, which tells the two kinds of 403 apart; None for unknown.
    """
    if error.code == INSUFFICIENT_FUNDS:
        return _insufficient_funds(error, task)
    if isinstance(error, NotFoundError):
        return _unknown_contract(error, task)
    if not isinstance(error, PermissionDeniedError):
        return _not_understood(error, task)
    if has_plan is False:
        return _no_pricing_plan(error, task)
    return _combination(error, task) if has_plan or error.code == FORBIDDEN else _no_permission(error, task)


def unchecked(error: ResponseError, task: TaskParameters) -> Refusal | None:
    """Why a task is refused when its feasibility is asked about, or None where this account has no such question."""
    if isinstance(error, NotFoundError) and error.code != INSUFFICIENT_FUNDS:
        return None
    return rejected(error, task)


def _said(error: ResponseError) -> str:
    return f" ICEYE says: {error.provider_message}" if error.provider_message else ""


def _raw(error: ResponseError) -> Mapping[str, Any]:
    return {"status": error.status, "code": error.code, "message": error.provider_message}


def _insufficient_funds(error: ResponseError, task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.INSUFFICIENT_FUNDS,
        message=f"The funds left under contract {task.contract_id} do not reach for this task.{_said(error)}",
        provider_code=error.code,
        remedy="ask ICEYE to raise the contract's spend limit, or wait until money on hold is released",
        retryable=True,
        product=task.imaging_mode,
        raw=_raw(error),
    )


def shortfall(price: Money | None, left: Money | None, task: TaskParameters) -> Refusal | None:
    """Why ICEYE would refuse an order for want of money, or None where the money reaches or is not known."""
    if price is None or left is None or left.currency != price.currency or left >= price:
        return None
    return no(
        code=RefusalCode.INSUFFICIENT_FUNDS,
        message=f"Only {left} can still be spent under contract {task.contract_id}, and this task costs {price}.",
        limit=str(left),
        actual=str(price),
        unit=price.currency,
        remedy=f"ask ICEYE to raise the spend limit by {price - left}, or wait until money on hold is released",
        retryable=True,
        product=task.imaging_mode,
    )


def _unknown_contract(error: ResponseError, task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.CONFIGURATION,
        message=f"ICEYE does not know the contract {task.contract_id}.{_said(error)}",
        provider_code=error.code,
        remedy="set contract_id to one of this account's contracts, and check base_url and api_version",
        raw=_raw(error),
    )


def _not_understood(error: ResponseError, task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.REJECTED,
        message=f"ICEYE rejected the task with status {error.status}.{_said(error)}",
        provider_code=error.code,
        remedy="change what ICEYE names, or compare the configured api_version and base_url with the account's",
        product=task.imaging_mode,
        raw=_raw(error),
    )


def _no_pricing_plan(error: ResponseError, task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.NO_PRICING_PLAN,
        message=f"Contract {task.contract_id} has no pricing plan, so ICEYE gives no price under it.{_said(error)}",
        provider_code=error.code,
        remedy="ask ICEYE's sales representative for a contract with pricing in the API",
        product=task.imaging_mode,
        raw=_raw(error),
    )


def _combination(error: ResponseError, task: TaskParameters) -> Refusal:
    """Each value is in the contract's lists, or the check before sending would have refused it: so the mixture is not.

    ICEYE's pricing model holds combinations of region, priority, imaging mode, SLA and exclusivity (the v1 "Get task
    price" page, read 2026-11).
    """
    point = task.point_of_interest
    mixture = f"{task.imaging_mode}, {task.priority}, {task.sla}, {task.exclusivity}"
    return no(
        code=RefusalCode.NOT_IN_CONTRACT,
        message=(
            f"The contract does not allow this combination of region and terms: {mixture} at longitude {point.lon:f}, "
            f"latitude {point.lat:f}.{_said(error)}"
        ),
        provider_code=error.code,
        actual=mixture,
        remedy="change one of imaging mode, priority, SLA and exclusivity, or ask ICEYE to add the region",
        product=task.imaging_mode,
        raw=_raw(error),
    )


def _no_permission(error: ResponseError, task: TaskParameters) -> Refusal:
    return no(
        code=RefusalCode.PERMISSION,
        message=f"This ICEYE account may not ask about tasks under contract {task.contract_id}.{_said(error)}",
        provider_code=error.code,
        remedy="ask ICEYE to give this client the right to task",
        raw=_raw(error),
    )


def unknown_contract(contract_id: str, error: ResponseError) -> Refusal:
    """The configured contract is not among the account's."""
    return no(
        code=RefusalCode.CONFIGURATION,
        message=f"This ICEYE account has no contract {contract_id!r}.{_said(error)}",
        provider_code=error.code,
        actual=contract_id,
        remedy="set contract_id to one of this account's contracts, or leave it out where there is only one",
        raw=_raw(error),
    )


def infeasible(word: str, task: TaskParameters, raw: Mapping[str, Any]) -> Refusal:
    """ICEYE's feasibility check did not say that a satellite can take the image."""
    window = task.acquisition_window
    hours = (window.end - window.start).total_seconds() / 3600
    wider = [] if task.incidence_angle is None else ["a wider range of incidences"]
    wider += ["any look side"] if task.look_side in {"LEFT", "RIGHT"} else []
    wider += ["any pass direction"] if task.pass_direction in {"ASCENDING", "DESCENDING"} else []
    return no(
        code=RefusalCode.NO_OPPORTUNITY,
        message=f"ICEYE cannot take a {task.imaging_mode} image within the {hours:g} h asked for: {word}.",
        provider_code=word,
        field="window",
        remedy=f"allow {', '.join(['a longer or later window', *wider])}",
        product=task.imaging_mode,
        raw=raw,
    )
