"""ICEYE's price for a task, in neutral words. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tasking_hub import (
    CancellationStep,
    HttpResponse,
    Money,
    Opportunity,
    Quote,
    Terms,
)
from tasking_hub.wire import read_as
from tasking_hub_iceye.options import ApiVersion
from tasking_hub_iceye.translate.account import available, money
from tasking_hub_iceye.translate.adjustments import wish_adjustments
from tasking_hub_iceye.translate.opportunities import task_of
from tasking_hub_iceye.wire import CONVERTER, ContractSummary, Price, TaskParameters

_SOURCE = "ICEYE Data Product Specification 6.0.5, table 3-4 (2026-01)"

CANCELLATION = (
    CancellationStep(fee_percent=Decimal(0), note="free until 72 h before the window starts", source=_SOURCE),
    CancellationStep(
        hours_before_start=72,
        fee_percent=Decimal(10),
        note="10 % of the price from 72 h to 48 h before the window starts",
        source=_SOURCE,
    ),
    CancellationStep(
        hours_before_start=48,
        fee_percent=Decimal(20),
        note="20 % of the price from 48 h to 24 h before the window starts",
        source=_SOURCE,
    ),
    CancellationStep(
        hours_before_start=24,
        fee_percent=Decimal(100),
        note="the whole price within 24 h of the window's start, and for an order placed within them",
        source=_SOURCE,
    ),
)
"""What cancelling a task costs."""

NOT_TIED = "ICEYE's prices have no number and no end: the order is charged what the contract says when it is placed."
NOT_CHECKED = (
    "ICEYE was not asked whether a satellite can take this image: it says so within about 20 minutes of the order."
)
FUNDS_UNKNOWN = "What is left to spend under this contract could not be read."


def read_price(response: HttpResponse) -> Money:
    """The price, out of whole minor units.

    Raises:
        MalformedResponseError: also for a fraction, an amount below zero, or a currency that ISO 4217 does not know.
    """
    price = read_as(CONVERTER, Price, response)
    if price.amount >= 0:
        return money(price.amount, price.currency, response)
    problem = "expected an amount of at least 0 @ $.amount"
    raise response.malformed(problem)


def quote(
    found: Opportunity,
    response: HttpResponse,
    summary: ContractSummary | None,
    now: datetime,
    version: ApiVersion,
) -> Quote:
    """The price of an opportunity, with what comes with it and what the buyer should know.

    Args:
        found: what would be bought.
        response: the answer of get-task-price.
        summary: of the contract, or None where it could not be read.
        now: when ICEYE said it.
        version: of the tasking API that was asked.
    """
    task, price = task_of(found), read_price(response)
    return Quote(
        opportunity=found,
        price=price,
        quoted_at=now,
        terms=_terms(task),
        adjustments=wish_adjustments(found.request, task),
        notes=_notes(found, price, summary, version),
        raw=response.json(),
    )


def _terms(task: TaskParameters) -> Terms:
    return Terms(
        licence=task.eula,
        exclusivity=task.exclusivity,
        sla=task.sla,
        priority=task.priority,
        cancellation=CANCELLATION,
    )


def _notes(found: Opportunity, price: Money, summary: ContractSummary | None, version: ApiVersion) -> list[str]:
    notes = [NOT_TIED]
    if found.feasibility is None:
        only_v2 = " Tasking v1 has no feasibility check." if version is ApiVersion.V1 else ""
        notes.append(NOT_CHECKED + only_v2)
    return notes + _funds_notes(price, summary)


def _funds_notes(price: Money, summary: ContractSummary | None) -> list[str]:
    """A warning where the funds do not reach; ICEYE itself refuses only the order."""
    left = available(summary) if summary else None
    if summary is None:
        return [FUNDS_UNKNOWN]
    if left is None or left.currency != price.currency or left >= price:
        return []
    return [f"Only {left} can still be spent under this contract, less than the price: the order would be refused."]
