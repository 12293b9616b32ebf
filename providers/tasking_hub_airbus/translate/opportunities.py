"""Airbus' attempts and feasibility verdicts as opportunities, or as the reason why there are none. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from tasking_hub import (
    Feasibility,
    HttpResponse,
    Imaging,
    InvalidRequestError,
    Opportunity,
    OpportunityKind,
    Range,
    Refusal,
    RefusalCode,
    Window,
    geometry,
)
from tasking_hub.wire import read_as
from tasking_hub_airbus.options import Programme
from tasking_hub_airbus.translate.adjustments import image_adjustments
from tasking_hub_airbus.translate.filters import misses, nothing_matches
from tasking_hub_airbus.translate.inquiry import NAME, Inquiry, Target
from tasking_hub_airbus.translate.plan import Endpoint, Step
from tasking_hub_airbus.translate.properties import automation_word, period
from tasking_hub_airbus.translate.refusals import programme_refusal, refuse
from tasking_hub_airbus.translate.rules import gsd_m
from tasking_hub_airbus.translate.segments import deadline, periods
from tasking_hub_airbus.translate.sun import sun_elevation_deg
from tasking_hub_airbus.wire import CONVERTER, MissionAnswer, ProgrammeAnswer, SearchAnswer, Segment

Found = list[Opportunity | Refusal]


def read_search(inquiry: Inquiry, step: Step, response: HttpResponse) -> Found:
    """What an answer of attempts or feasibility means for each product that was asked for.

    Raises:
        MalformedResponseError: the answer is not what Airbus documents.
    """
    answers = [programme for mission in _missions(response) for programme in _named(mission)]
    found: Found = []
    for target in step.targets:
        mine = [answer for mission, answer in answers if _is_about(target, mission, answer)]
        found.extend(_read_target(inquiry, target, step.endpoint, mine, response))
    return found


def _missions(response: HttpResponse) -> Sequence[MissionAnswer]:
    """Airbus' description of this answer is a bare list in one place and an object in another (read 2026-11)."""
    if isinstance(response.json(), list):
        return read_as(CONVERTER, tuple[MissionAnswer, ...], response)
    return read_as(CONVERTER, SearchAnswer, response).prog_capacities


def _named(mission: MissionAnswer) -> list[tuple[str | None, ProgrammeAnswer]]:
    return [(programme.mission or mission.mission, programme) for programme in mission.prog_types]


def _is_about(target: Target, mission: str | None, answer: ProgrammeAnswer) -> bool:
    same_mission = mission is None or mission.upper() == target.mission.value
    return same_mission and answer.name.upper() == target.programme.value


def _read_target(
    inquiry: Inquiry, target: Target, endpoint: Endpoint, answers: Sequence[ProgrammeAnswer], response: HttpResponse
) -> Found:
    errors = [error for answer in answers for error in answer.errors]
    if errors:
        return [programme_refusal(inquiry, error, target) for error in errors]
    able = [answer for answer in answers if answer.available is not False]
    if endpoint is Endpoint.ATTEMPTS:
        return _attempts(inquiry, target, able, response)
    return [_planned(inquiry, target, answer, response) for answer in able] or [_unavailable(inquiry, target)]


def _unavailable(inquiry: Inquiry, target: Target) -> Refusal:
    return refuse(
        inquiry,
        RefusalCode.NO_OPPORTUNITY,
        f"Airbus names no possibility for {target.product.product_type_id}",
        remedy="try another window, or allow more clouds and a larger incidence",
        product=target.product.product_type_id,
    )


# --- Attempts ----------------------------------------------------------------------------------------


def _attempts(inquiry: Inquiry, target: Target, answers: Sequence[ProgrammeAnswer], response: HttpResponse) -> Found:
    pairs = [(answer, segment) for answer in answers for segment in answer.segments]
    if not pairs:
        return [_unavailable(inquiry, target)]
    rejected = {index: found for index, (_, segment) in enumerate(pairs) if (found := misses(inquiry, segment))}
    fitting = [pair for index, pair in enumerate(pairs) if index not in rejected]
    if not fitting:
        return [nothing_matches(inquiry, target, list(rejected.values()))]
    return [_attempt(inquiry, target, answer, segment, response) for answer, segment in fitting]


def _attempt(
    inquiry: Inquiry, target: Target, answer: ProgrammeAnswer, segment: Segment, response: HttpResponse
) -> Opportunity:
    spans = periods(segment)
    sun = [_sun_elevation(inquiry, span) for span in spans]
    angle = segment.incidence_angle
    return Opportunity(
        id=_id(target, segment.segment_key),
        account=inquiry.account,
        provider=NAME,
        request=inquiry.request,
        kind=OpportunityKind.PASS if target.programme is Programme.ONEDAY else OpportunityKind.CAMPAIGN,
        imaging=Imaging.OPTICAL,
        product=target.product.product_type_id,
        contract=target.contract.contract_id,
        window=Window(min(span.start for span in spans), max(span.end for span in spans)),
        footprint=_footprint(segment, response),
        incidence_deg=None if angle is None else Range(angle, angle),
        sun_elevation_deg=Range(min(sun), max(sun)),
        gsd_m=gsd_m(target.mission, inquiry.options.spectral_processing),
        constellation=target.mission.value,
        order_deadline=deadline(segment),
        adjustments=image_adjustments(inquiry, target),
        handle=segment.segment_key,
        raw=_raw(target, progType=_without_segments(answer), segment=segment.raw),
    )


def _sun_elevation(inquiry: Inquiry, span: Window) -> float:
    place = geometry.inner_point(inquiry.request.area)
    return round(sun_elevation_deg(place.x, place.y, span.start), 2)


def _footprint(segment: Segment, response: HttpResponse) -> BaseGeometry | None:
    text = segment.footprint.geometry if segment.footprint else None
    if text is None:
        return None
    try:
        return geometry.read_wkt(text)
    except InvalidRequestError as error:
        problem = f"expected well-known text @ $..segments[{segment.id}].footprint.geometry"
        raise response.malformed(problem) from error


def _without_segments(answer: ProgrammeAnswer) -> dict[str, Any]:
    return {key: value for key, value in answer.raw.items() if key != "segments"}


# --- Plans -------------------------------------------------------------------------------------------


def _planned(
    inquiry: Inquiry, target: Target, answer: ProgrammeAnswer, response: HttpResponse
) -> Opportunity | Refusal:
    verdict = answer.feasibility
    if verdict is None or verdict.automation is None:
        problem = f"required field missing @ $..progTypes[{answer.name}].feasibility.automation"
        raise response.malformed(problem)
    feasibility = Feasibility(
        word=verdict.classification or verdict.automation, manual_study=automation_word(verdict) != "AUTOMATIC"
    )
    return _campaign(inquiry, target, feasibility, _raw(target, progType=answer.raw, feasibility=verdict.raw))


def studied_opportunities(inquiry: Inquiry, step: Step) -> Found:
    """Stereo and tristereo: people at Airbus always study them first, so there is nothing to ask before the order."""
    study = Feasibility(word="MANUAL", manual_study=True)
    return [_campaign(inquiry, target, study, _raw(target)) for target in step.targets]


def _campaign(inquiry: Inquiry, target: Target, feasibility: Feasibility, raw: Mapping[str, Any]) -> Opportunity:
    return Opportunity(
        id=_id(target, period(inquiry.window)),
        account=inquiry.account,
        provider=NAME,
        request=inquiry.request,
        kind=OpportunityKind.CAMPAIGN,
        imaging=Imaging.OPTICAL,
        product=target.product.product_type_id,
        contract=target.contract.contract_id,
        window=inquiry.window,
        incidence_deg=Range(0.0, float(inquiry.max_incidence)),
        gsd_m=gsd_m(target.mission, inquiry.options.spectral_processing),
        constellation=target.mission.value,
        feasibility=feasibility,
        adjustments=image_adjustments(inquiry, target),
        raw=raw,
    )


# --- Both --------------------------------------------------------------------------------------------


def _raw(target: Target, **parts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contract": dict(target.contract.raw),
        "productType": dict(target.product.raw),
        **{name: dict(part) for name, part in parts.items()},
    }


def _id(target: Target, what: str) -> str:
    about = f"{target.contract.contract_id}\n{target.product.product_type_id}\n{what}"
    return f"{target.product.product_type_id}-{hashlib.blake2b(about.encode(), digest_size=8).hexdigest()}"
