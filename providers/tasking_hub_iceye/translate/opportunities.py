"""The one opportunity that ICEYE offers for a request: a campaign, since it says yes or no and names no pass. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from cattrs import BaseValidationError

from tasking_hub import (
    Feasibility,
    HttpResponse,
    Imaging,
    InvalidRequestError,
    Opportunity,
    OpportunityKind,
    Range,
    Refusal,
    TaskRequest,
    Window,
    dump_json,
    format_time,
)
from tasking_hub.wire import read_as
from tasking_hub_iceye.translate.adjustments import image_adjustments
from tasking_hub_iceye.translate.modes import Mode
from tasking_hub_iceye.translate.plan import Plan
from tasking_hub_iceye.translate.refusals import infeasible
from tasking_hub_iceye.translate.rules import PROVIDER, notice
from tasking_hub_iceye.wire import CONVERTER, Contract, FeasibilityAnswer, FeasibilityResult, TaskParameters

FEASIBLE = "FEASIBLE"
"""The word for yes in ICEYE's own example application (github.com/iceye-ltd/app-examples, 2026-03).

Assumption: any other word means no; the others are not published."""


def read_feasibility(response: HttpResponse, task: TaskParameters) -> FeasibilityResult | Refusal:
    """ICEYE's yes to the only task that was asked about, or the refusal that its no is.

    Raises:
        MalformedResponseError: also where there is not exactly one result.
    """
    results = read_as(CONVERTER, FeasibilityAnswer, response).feasibility
    if len(results) == 1:
        (only,) = results
        return only if only.result == FEASIBLE else infeasible(only.result, task, CONVERTER.unstructure(only))
    problem = f"expected one result, not {len(results)} @ $.feasibility"
    raise response.malformed(problem)


def opportunity(
    account: str, request: TaskRequest, contract: Contract, plan: Plan, result: FeasibilityResult | None
) -> Opportunity:
    """The campaign in which ICEYE would take the image; when in its window, ICEYE decides.

    Args:
        account: name of the configured account.
        request: what it would serve.
        contract: the contract that it would be bought under.
        plan: the task as ICEYE would be sent it.
        result: of the feasibility check, or None where there was none.
    """
    task = plan.task
    body: dict[str, Any] = CONVERTER.unstructure(task)
    window = Window(task.acquisition_window.start, task.acquisition_window.end)
    return Opportunity(
        id=_digest(body, request.window),
        account=account,
        provider=PROVIDER,
        request=request,
        kind=OpportunityKind.CAMPAIGN,
        imaging=Imaging.RADAR,
        product=task.imaging_mode,
        window=window,
        contract=contract.id,
        footprint=plan.footprint,
        incidence_deg=_incidence(task, plan.mode),
        gsd_m=plan.mode.scene.resolution_m if plan.mode.scene else None,
        constellation="ICEYE",
        order_deadline=window.start - notice(task.priority),
        feasibility=Feasibility(word=result.result) if result else None,
        adjustments=image_adjustments(request, plan, checked=result is not None),
        raw=_raw(contract, body, result),
    )


def _raw(contract: Contract, body: Mapping[str, Any], result: FeasibilityResult | None) -> Mapping[str, Any]:
    """All that a price needs, in ICEYE's own JSON: the task is the body that create-task takes."""
    return {
        "contract": CONVERTER.unstructure(contract),
        "request": body,
        "feasibility": CONVERTER.unstructure(result) if result else None,
    }


def task_of(found: Opportunity) -> TaskParameters:
    """The task that an opportunity stands for, also after the opportunity was saved and loaded.

    Raises:
        InvalidRequestError: the opportunity does not hold one, so it is not ICEYE's or was changed.
    """
    try:
        return CONVERTER.structure(found.raw["request"], TaskParameters)
    except (KeyError, TypeError, ValueError, BaseValidationError) as error:
        msg = f"opportunity {found.id} holds no ICEYE task to ask the price of"
        raise InvalidRequestError(msg, "request") from error


def _digest(body: Mapping[str, Any], asked: Window) -> str:
    """The same for the same question at any time: by the window as asked, since the one sent moves with the clock."""
    lasting = {name: value for name, value in body.items() if name not in {"reference", "acquisitionWindow"}}
    told = dump_json([lasting, format_time(asked.start), format_time(asked.end)])
    return blake2b(told.encode(), digest_size=8, person=b"iceye").hexdigest()


def _incidence(task: TaskParameters, mode: Mode) -> Range | None:
    """What is asked for, else the range that applies where nothing is asked for."""
    if task.incidence_angle is not None:
        return Range(task.incidence_angle.min, task.incidence_angle.max)
    return mode.scene.performant_deg if mode.scene else None
