"""What the played ICEYE refuses: missing and unknown parameters, positions, windows, values out of range. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from tasking_hub import InvalidRequestError, parse_time
from tasking_hub.sandbox import SandboxRequest
from tasking_hub_iceye.sandbox.errors import bad_request

PRICE_PARAMETERS = (
    "contractID",
    "pointOfInterest[lat]",
    "pointOfInterest[lon]",
    "imagingMode",
    "exclusivity",
    "priority",
    "sla",
    "eula",
)
"""What get-task-price requires (tasking v2's specification of 2025-10)."""

_TASK_KEYS = frozenset({"contractID", "pointOfInterest", "acquisitionWindow", "imagingMode"})
_OPTIONAL_KEYS = frozenset(
    {"reference", "exclusivity", "priority", "sla", "eula", "incidenceAngle", "lookSide", "passDirection"}
)
_KEYS_OF_VERSION: Mapping[str, frozenset[str]] = {
    "v1": frozenset({"additionalProductTypes", "deliveryLocations"}),
    "v2": frozenset({"productTypes", "deliveries", "imagingDuration", "notifications"}),
}
_WORDS = frozenset(
    {"contractID", "imagingMode", "reference", "exclusivity", "priority", "sla", "eula", "lookSide", "passDirection"}
)
_LISTS: Mapping[str, type] = {
    "additionalProductTypes": str,
    "deliveryLocations": dict,
    "productTypes": str,
    "deliveries": dict,
}
_SIDES: Mapping[str, frozenset[str]] = {
    "lookSide": frozenset({"LEFT", "RIGHT", "ANY"}),
    "passDirection": frozenset({"ASCENDING", "DESCENDING", "ANY"}),
}
_NOTICE_H = {"COMMERCIAL": 12, "BACKGROUND": 24}
_REFERENCE_MAX = 256
_LIMITS = {"lat": 90, "lon": 180}
_INCIDENCE_MIN, _INCIDENCE_MAX = 10, 45
_DURATION_MAX = 180


def price_question(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The required parameters; others are not looked at.

    Raises:
        RefusedError: one is missing, or the position is none.
    """
    given = dict(query)
    missing = [name for name in PRICE_PARAMETERS if not given.get(name)]
    if missing:
        msg = f"required query parameters are missing: {', '.join(missing)}"
        raise bad_request(msg)
    for axis in ("lat", "lon"):
        degrees(given[f"pointOfInterest[{axis}]"], axis)
    return {name: given[name] for name in PRICE_PARAMETERS}


def degrees(value: Any, axis: str) -> float:
    """A latitude or longitude.

    Raises:
        RefusedError: it is not a number on the Earth.
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        msg = f"pointOfInterest.{axis} is not a number"
        raise bad_request(msg) from error
    if not number.is_finite() or abs(number) > _LIMITS[axis]:
        msg = f"pointOfInterest.{axis} is out of range"
        raise bad_request(msg)
    return float(number)


def json_of(request: SandboxRequest) -> Any:
    """The body.

    Raises:
        RefusedError: it is not JSON.
    """
    try:
        return request.json()
    except ValueError as error:
        msg = "the body is not JSON"
        raise bad_request(msg) from error


def moment(request: SandboxRequest, name: str) -> datetime | None:
    """A time among the query parameters, or None where it is not given.

    Raises:
        RefusedError: it is not RFC 3339.
    """
    given = request.parameter(name)
    try:
        return parse_time(given) if given else None
    except InvalidRequestError as error:
        msg = f"{name} must be an RFC 3339 time"
        raise bad_request(msg) from error


def task_body(body: Any, version: str) -> dict[str, Any]:
    """One task as create-task of that version takes it: no unknown key, a valid position, incidence and sides.

    Raises:
        RefusedError: naming what is wrong.
    """
    if not isinstance(body, dict):
        msg = "a task is an object"
        raise bad_request(msg)
    task = cast(dict[str, Any], body)
    _check_keys(task, _TASK_KEYS | _OPTIONAL_KEYS | _KEYS_OF_VERSION[version])
    _check_kinds(task)
    _check_position(task["pointOfInterest"])
    window_of(task)
    if "incidenceAngle" in task:
        _check_incidence(task["incidenceAngle"])
    _check_duration(task.get("imagingDuration", _DURATION_MAX))
    for name, allowed in _SIDES.items():
        if task.get(name, "ANY") not in allowed:
            msg = f"{name} must be one of {', '.join(sorted(allowed))}"
            raise bad_request(msg)
    if len(task.get("reference", "")) > _REFERENCE_MAX:
        msg = f"reference is longer than {_REFERENCE_MAX} characters"
        raise bad_request(msg)
    return task


def _check_keys(task: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown, missing = sorted(set(task) - known), sorted(_TASK_KEYS - set(task))
    if unknown or missing:
        msg = f"unknown fields: {unknown}; missing fields: {missing}"
        raise bad_request(msg)


def _check_kinds(task: Mapping[str, Any]) -> None:
    """Words are strings, lists hold what they should; the rest is looked at more closely elsewhere."""
    for name, value in task.items():
        wrong = not isinstance(value, str) if name in _WORDS else not _is_list_of(value, _LISTS.get(name))
        if wrong:
            msg = f"{name} is of the wrong type"
            raise bad_request(msg)


def _is_list_of(value: Any, kind: type | None) -> bool:
    if kind is None:
        return True
    return isinstance(value, list) and all(isinstance(one, kind) for one in cast(Sequence[Any], value))


def _check_position(value: Any) -> None:
    if not isinstance(value, dict) or set(cast(dict[str, Any], value)) != {"lat", "lon"}:
        msg = "pointOfInterest must have lat and lon"
        raise bad_request(msg)
    position = cast(dict[str, Any], value)
    for axis in ("lat", "lon"):
        degrees(position[axis], axis)


def window_of(task: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Start and end of a task's window.

    Raises:
        RefusedError: they are missing or not RFC 3339.
    """
    try:
        return parse_time(task["acquisitionWindow"]["start"]), parse_time(task["acquisitionWindow"]["end"])
    except (KeyError, TypeError, InvalidRequestError) as error:
        msg = "acquisitionWindow must have start and end as RFC 3339 times"
        raise bad_request(msg) from error


def check_window(task: Mapping[str, Any], priority: str, now: datetime) -> None:
    """Nothing, where the window is long enough, neither too soon for its priority nor too late.

    Raises:
        RefusedError: naming the rule.
    """
    start, end = window_of(task)
    if end - start < timedelta(hours=24):
        msg = "acquisitionWindow must be at least 24 hours long"
        raise bad_request(msg)
    if end > now + timedelta(days=14):
        msg = "acquisitionWindow must end within 14 days"
        raise bad_request(msg)
    if start < now + timedelta(hours=_NOTICE_H.get(priority, 24)):
        msg = f"acquisitionWindow starts too soon for {priority} tasks"
        raise bad_request(msg)


def _check_incidence(value: Any) -> None:
    angle = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    low, high = angle.get("min"), angle.get("max")
    if not (isinstance(low, int) and isinstance(high, int) and _INCIDENCE_MIN <= low <= high <= _INCIDENCE_MAX):
        msg = "incidenceAngle must have whole min and max within 10 and 45"
        raise bad_request(msg)


def _check_duration(value: Any) -> None:
    if type(value) is not int or not 1 <= value <= _DURATION_MAX:
        msg = f"imagingDuration must be within 1 and {_DURATION_MAX} whole seconds"
        raise bad_request(msg)
