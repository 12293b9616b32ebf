"""Planet's no, in our words: error bodies, searches that fail or find nothing, windows that are gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from attrs import evolve, frozen

from tasking_hub import (
    ErrorDetail,
    HttpResponse,
    MalformedResponseError,
    Opportunity,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    format_time,
)
from tasking_hub_planet.translate.echo import searched_span
from tasking_hub_planet.translate.filters import Fault, Miss
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.opportunities import SearchState, read_misses
from tasking_hub_planet.translate.rules import CLOCK_MARGIN, HORIZON

_WORDS = ("detail", "message", "error_message", "error_description", "title")
_CODES = ("code", "error_code")
_FIELDLESS = frozenset({*_WORDS, "error", "errors", "non_field_errors"})
_NESTING_MAX = 8


# --- Error bodies ------------------------------------------------------------------------------------


@frozen
class Complaint:
    """One thing that an error body says, and the request's field that it is about."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def read_error(response: HttpResponse) -> ErrorDetail:
    """What an error body says; never raises.

    Assumption: Planet's error body is not described anywhere readable, so every shape that Django REST framework and
    Planet's other APIs use is accepted: fields with lists or strings, nested or not, `detail`, `message`, `error` as
    text or object, a bare list, plain text, nothing.
    """
    try:
        body = response.json()
    except MalformedResponseError:
        return ErrorDetail(message=_plain_text(response))
    return ErrorDetail(code=_code(body), message="; ".join(str(complaint) for complaint in complaints(body)))


def _plain_text(response: HttpResponse) -> str:
    """Text that is no page: HTML would bury a message."""
    text = response.text.strip()
    return "" if text.startswith("<") or "html" in response.headers.get("content-type", "") else text


def _code(body: Any) -> str | None:
    if not isinstance(body, Mapping):
        return None
    words = cast(Mapping[str, Any], body)
    code = next((words[name] for name in _CODES if isinstance(words.get(name), str)), None)
    return code or _code(words.get("error"))


def complaints(body: Any, path: str = "", depth: int = 0) -> list[Complaint]:
    """Everything that a JSON error body says, with the field that it says it about."""
    return list(_complaints(body, path, depth))


def _complaints(body: Any, path: str, depth: int) -> Iterator[Complaint]:
    if depth > _NESTING_MAX or body is None:
        return
    if isinstance(body, Mapping):
        for name, value in cast(Mapping[str, Any], body).items():
            if name not in _CODES:
                yield from _complaints(value, _join(path, name), depth + 1)
    elif isinstance(body, list):
        for value in cast(list[object], body):
            yield from _complaints(value, path, depth + 1)
    elif isinstance(body, str):
        yield Complaint(path, body)


def _join(path: str, name: str) -> str:
    return path if name in _FIELDLESS else f"{path}.{name}" if path else name


# --- A request that Planet rejects -------------------------------------------------------------------

_TELLING = frozenset({400, 409, 422})

_NEUTRAL: Mapping[str, tuple[RefusalCode, str | None]] = {
    "geometry": (RefusalCode.AREA_SHAPE, "area"),
    "start_time": (RefusalCode.INVALID_REQUEST, "window"),
    "end_time": (RefusalCode.INVALID_REQUEST, "window"),
    "sat_elevation_angle_min": (RefusalCode.REQUIREMENT_NOT_OFFERED, "max_incidence"),
    "sat_elevation_angle_max": (RefusalCode.REQUIREMENT_NOT_OFFERED, "min_incidence"),
    "off_nadir_angle_min": (RefusalCode.REQUIREMENT_NOT_OFFERED, "planet.off_nadir_min"),
    "off_nadir_angle_max": (RefusalCode.REQUIREMENT_NOT_OFFERED, "planet.off_nadir_max"),
    "satellite_types": (RefusalCode.REQUIREMENT_NOT_OFFERED, "planet.satellite_types"),
    "sensitivity_mode": (RefusalCode.REQUIREMENT_NOT_OFFERED, "planet.sensitivity_mode"),
    "exclusivity_days": (RefusalCode.NOT_IN_CONTRACT, "exclusivity_days"),
    "pl_number": (RefusalCode.NOT_IN_CONTRACT, "pl_number"),
    "product": (RefusalCode.NOT_IN_CONTRACT, "product"),
    "order_template__exclusivity_days": (RefusalCode.NOT_IN_CONTRACT, "exclusivity_days"),
}

_REMEDIES: Mapping[RefusalCode, str] = {
    RefusalCode.AREA_SHAPE: "give the area as a point or a line of two positions",
    RefusalCode.NOT_IN_CONTRACT: "check the account's pl_number and product, or ask Planet what the contract has",
    RefusalCode.REQUIREMENT_NOT_OFFERED: "relax or leave out this requirement",
}


def rejected(inquiry: Inquiry, error: RejectedRequestError, what: str = "search") -> Refusal:
    """The row for a search (or an order's price) that Planet refuses, pointing at the first field in its complaint.

    Raises:
        RejectedRequestError: the same again where its status is not about the request, such as a redirect.
    """
    if error.status not in _TELLING:
        raise error
    fields = (complaint.field.partition(".")[0] for complaint in complaints(_json(error.body)))
    code, field = next((_NEUTRAL[name] for name in fields if name in _NEUTRAL), (RefusalCode.REJECTED, None))
    said = error.provider_message or f"with status {error.status} and no reason"
    remedy = _REMEDIES.get(code, "change the request as Planet says")
    refusal = inquiry.refuse(code, f"Planet rejects the {what}: {said}", field=field, remedy=remedy)
    return evolve(refusal, provider_code=error.code)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# --- A search that ends without a window -------------------------------------------------------------


def read_ending(inquiry: Inquiry, state: SearchState, *, found: bool) -> Refusal | None:
    """What the last reading of a search leaves to be said, or None where the windows found say it all."""
    if state.search.status == "FAILED":
        return _failed(inquiry, state)
    if not state.final:
        return _timed_out(inquiry, state)
    if found:
        return None
    misses = read_misses(inquiry, state)
    return _all_missed(inquiry, misses) if misses else _nothing(inquiry, state)


def _failed(inquiry: Inquiry, state: SearchState) -> Refusal:
    """Assumption: the request was accepted, so it is the search that failed and another may succeed."""
    said = state.search.error_message or "without saying why"
    message = f"Planet's search for imaging windows failed: {said}"
    refusal = inquiry.refuse(RefusalCode.UNAVAILABLE, message, remedy="ask again later")
    return evolve(refusal, provider_code=state.search.error_code, retryable=True, raw=_without_windows(state))


def _timed_out(inquiry: Inquiry, state: SearchState) -> Refusal:
    seconds = inquiry.options.search_deadline_s
    refusal = inquiry.refuse(
        RefusalCode.TIMED_OUT,
        f"Planet had not finished its search ({state.search.status}) after {seconds:g} s",
        limit=seconds,
        unit="s",
        remedy="ask again, or allow more time with planet.search_deadline_s",
    )
    return evolve(refusal, retryable=True, raw=_without_windows(state))


def _nothing(inquiry: Inquiry, state: SearchState) -> Refusal:
    span = searched_span(inquiry, state.search)
    message = f"Planet has no imaging window between {format_time(span.start)} and {format_time(span.end)}"
    refusal = inquiry.refuse(RefusalCode.NO_OPPORTUNITY, message, remedy=_widen(inquiry))
    return evolve(refusal, raw=_without_windows(state))


def _widen(inquiry: Inquiry) -> str:
    horizon = inquiry.asked_at + HORIZON
    if inquiry.request.window.end < horizon - CLOCK_MARGIN:
        return f"end the window later, at most at {format_time(horizon)}"
    if inquiry.optical.max_incidence is not None:
        return f"allow an incidence of more than {inquiry.optical.max_incidence:g} degrees"
    if not inquiry.options.show_replacing:
        return "ask again later, or allow orders of yours to be replaced with planet.show_replacing"
    return "ask again later"


def _all_missed(inquiry: Inquiry, misses: Sequence[Miss]) -> Refusal:
    """Points at the window that comes nearest to the request."""
    nearest = min(misses, key=lambda miss: (len(miss.faults), sum(fault.gap for fault in miss.faults)))
    counted = Counter(field for miss in misses for field in {fault.field for fault in miss.faults})
    reasons = ", ".join(f"{count} by {field}" for field, count in sorted(counted.items()))
    worst: Fault = max(nearest.faults, key=lambda fault: fault.gap)
    return inquiry.refuse(
        RefusalCode.NO_OPPORTUNITY,
        f"none of Planet's {len(misses)} imaging windows meets the request (ruled out: {reasons})",
        field=worst.field,
        limit=worst.limit,
        actual=worst.actual,
        unit=worst.unit,
        remedy=" and ".join(fault.remedy for fault in nearest.faults),
    )


def _without_windows(state: SearchState) -> dict[str, Any]:
    return {name: value for name, value in state.raw.items() if name != "imaging_windows"}


# --- A window without a price ------------------------------------------------------------------------


def began(inquiry: Inquiry, opportunity: Opportunity) -> Refusal:
    """The imaging window has begun, so it can no longer be ordered."""
    start, now = format_time(opportunity.window.start), format_time(inquiry.asked_at)
    message = f"the imaging window began at {start}, before now ({now})"
    return inquiry.refuse(
        RefusalCode.DEADLINE_PASSED, message, field="window", limit=start, actual=now, remedy="search again"
    )


def gone(inquiry: Inquiry, opportunity: Opportunity) -> Refusal:
    """Planet no longer lists the window: it expired or somebody took it."""
    message = f"Planet no longer offers the imaging window of {format_time(opportunity.window.start)}: it has expired"
    return inquiry.refuse(RefusalCode.NO_OPPORTUNITY, message, remedy="search again")


def no_price(inquiry: Inquiry, opportunity: Opportunity) -> Refusal:
    """Planet names no price for a window, or for a flexible order."""
    message = f"Planet names no price for what starts at {format_time(opportunity.window.start)}"
    remedy = "ask again later, or ask Planet what the contract pays for this product"
    return inquiry.refuse(RefusalCode.NO_PRICING_PLAN, message, remedy=remedy)
