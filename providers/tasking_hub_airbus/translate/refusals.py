"""Airbus' no: error bodies, errors inside a 200, and what they mean as refusals. No I/O."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, cast

from attrs import frozen

from tasking_hub import ErrorDetail, HttpResponse, NotFoundError, Refusal, RefusalCode, RejectedRequestError, geometry
from tasking_hub_airbus.translate.inquiry import NAME, Inquiry, Target
from tasking_hub_airbus.wire import ProgrammeError

_CODE_KEYS = ("errorCode", "code", "internalCode", "error")
_WORD_KEYS = ("message", "hint", "error_description")


def refuse(  # noqa: PLR0913 - the facts of a refusal
    inquiry: Inquiry,
    code: RefusalCode,
    message: str,
    *,
    field: str | None = None,
    limit: Any = None,
    actual: Any = None,
    unit: str | None = None,
    remedy: str | None = None,
    product: str | None = None,
    provider_code: str | None = None,
    raw: Mapping[str, Any] | None = None,
) -> Refusal:
    """A refusal of this account."""
    return Refusal(
        account=inquiry.account,
        provider=NAME,
        code=code,
        message=message,
        provider_code=provider_code,
        field=field,
        limit=limit,
        actual=actual,
        unit=unit,
        remedy=remedy,
        product=product,
        raw=raw or {},
    )


def plain(number: float) -> str:
    """Digits as people write them: up to two after the point, and never an exponent."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


# --- Bodies of errors --------------------------------------------------------------------------------


def read_error(response: HttpResponse) -> ErrorDetail:
    """What an error body says; Airbus' services use errorCode, code, internalCode and a list of errors.

    An error of the request itself (`errors` with a code that begins with ERR) is final, although attempts that find
    nothing are answered with 500 (Airbus' OpenAPI description, read 2026-11).
    """
    body = response.json_or_none()
    if not isinstance(body, dict):
        return ErrorDetail(message=body if isinstance(body, str) else "")
    words = cast(dict[str, Any], body)
    listed = _first_error(words.get("errors"))
    if listed is not None:
        return listed
    return ErrorDetail(code=_text(words, _CODE_KEYS) or None, message=_text(words, _WORD_KEYS))


def _first_error(errors: Any) -> ErrorDetail | None:
    first: Any = cast(Sequence[Any], errors)[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return None
    words = cast(dict[str, Any], first)
    code = _text(words, ("code",))
    return ErrorDetail(code=code or None, message=_text(words, ("message",)), final=code.startswith("ERR"))


def _text(words: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((value for key in keys if isinstance(value := words.get(key), str)), "")


def rejection(inquiry: Inquiry, error: RejectedRequestError | NotFoundError, target: Target) -> Refusal:
    """A 4xx, or a final error at any status, as a refusal of one product."""
    if error.code is not None and error.code.startswith("ERR"):
        return programme_refusal(inquiry, ProgrammeError(code=error.code, message=error.provider_message), target)
    unknown = error.status == HTTPStatus.NOT_FOUND
    said = error.provider_message or f"status {error.status}"
    return refuse(
        inquiry,
        RefusalCode.NOT_IN_CONTRACT if unknown else RefusalCode.REJECTED,
        f"Airbus refused {target.product.product_type_id}: {said}",
        provider_code=error.code,
        remedy="check contract_id and workspace_id" if unknown else "see Airbus' words",
        product=target.product.product_type_id,
        raw={"status": error.status, "body": error.body},
    )


# --- Errors inside an answer -------------------------------------------------------------------------


@frozen(kw_only=True)
class _Meaning:
    """What an error code is about, and how to tell the smallest change."""

    code: RefusalCode
    field: str
    unit: str
    actual: Callable[[Inquiry], float]
    what: str
    ways: tuple[str, str]
    """How to make it larger, and smaller."""
    at_least: bool

    def message(self, limit: float | None, actual: float) -> str:
        """One sentence."""
        bound = (
            f"at {'least' if self.at_least else 'most'} {plain(limit)} {self.unit}" if limit is not None else "another"
        )
        return f"Airbus wants {self.what} to be {bound}; it is {plain(actual)} {self.unit}"

    def remedy(self, limit: float | None, actual: float) -> str:
        """The smallest change, rounded up to a tenth so that it is enough."""
        way = self.ways[0] if self.at_least else self.ways[1]
        if limit is None:
            return f"{way} {self.what}"
        step = math.ceil(round(abs(limit - actual) * 10, 6)) / 10
        cut = f", or cut the area into {math.ceil(actual / limit)} parts" if self._divisible and limit else ""
        return f"{way} {self.what} by {plain(step)} {self.unit}{cut}"

    @property
    def _divisible(self) -> bool:
        return self.code is RefusalCode.AREA_TOO_LARGE


def _height(inquiry: Inquiry) -> float:
    return geometry.extent_km(inquiry.request.area).height_km


def _width(inquiry: Inquiry) -> float:
    return geometry.extent_km(inquiry.request.area).width_km


def _area(inquiry: Inquiry) -> float:
    return geometry.area_km2(inquiry.request.area)


def _days(inquiry: Inquiry) -> float:
    return inquiry.window.duration.total_seconds() / 86400


def _incidence(inquiry: Inquiry) -> float:
    return inquiry.max_incidence


def _cloud(inquiry: Inquiry) -> float:
    return inquiry.max_cloud_cover


_SIZE, _NUMBER = ("enlarge", "reduce"), ("raise", "lower")


def _meaning(code: str) -> _Meaning | None:
    """By what the code contains, since Airbus publishes no list.

    Seen in answers: ERR_MIN_AOI_AREA, ERR_MAX_AOI_AREA, ERR_AOI_MAX_HEIGHT, ERR_AOI_MAX_WIDTH. Assumption: codes that
    name a surface, a delay (days), an incidence or a cloud cover have the bound as their message like these.
    """
    at_least = "MIN" in code.split("_")
    size = RefusalCode.AREA_TOO_SMALL if at_least else RefusalCode.AREA_TOO_LARGE
    length = RefusalCode.WINDOW_TOO_SHORT if at_least else RefusalCode.WINDOW_TOO_LONG
    other = RefusalCode.REQUIREMENT_NOT_OFFERED
    for word, meaning, field, unit, actual, what, ways in (
        ("HEIGHT", size, "area", "km", _height, "the height of the area", _SIZE),
        ("WIDTH", size, "area", "km", _width, "the width of the area", _SIZE),
        ("AREA", size, "area", "km²", _area, "the area", _SIZE),
        ("SURFACE", size, "area", "km²", _area, "the area", _SIZE),
        ("DELAY", length, "window", "days", _days, "the window", ("lengthen", "shorten")),
        ("INCIDENCE", other, "max_incidence", "deg", _incidence, "the largest incidence", _NUMBER),
        ("CLOUD", other, "max_cloud_cover", "%", _cloud, "the largest cloud cover", _NUMBER),
    ):
        if word in code:
            bound = at_least or ("MAX" not in code.split("_") and meaning is other)
            return _Meaning(code=meaning, field=field, unit=unit, actual=actual, what=what, ways=ways, at_least=bound)
    return None


def bound_in(message: Any) -> float | None:
    """The number that an error's message begins with ("24.5", "800.5:..."), or None."""
    try:
        number = Decimal(str(message).partition(":")[0].strip())
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() else None


def programme_refusal(inquiry: Inquiry, error: ProgrammeError, target: Target) -> Refusal:
    """An error of one programme, with limit, actual value and remedy where its code tells them."""
    meaning = _meaning(error.code)
    facts: dict[str, Any] = {
        "provider_code": error.code,
        "product": target.product.product_type_id,
        "raw": {"code": error.code, "locator": error.locator, "message": error.message},
    }
    if meaning is None:
        return _other_refusal(inquiry, error, target, facts)
    limit, actual = bound_in(error.message), meaning.actual(inquiry)
    return refuse(
        inquiry,
        meaning.code,
        meaning.message(limit, actual),
        field=meaning.field,
        limit=limit,
        actual=round(actual, 2),
        unit=meaning.unit,
        remedy=meaning.remedy(limit, actual),
        **facts,
    )


def _other_refusal(inquiry: Inquiry, error: ProgrammeError, target: Target, facts: dict[str, Any]) -> Refusal:
    if "NO_SENSOR" in error.code:
        return refuse(
            inquiry,
            RefusalCode.NO_OPPORTUNITY,
            f"no {target.mission.value} satellite can take the area as asked",
            field="window",
            remedy="move the window, or allow a larger incidence",
            **facts,
        )
    said = f" ({error.message})" if error.message else ""
    return refuse(
        inquiry,
        RefusalCode.REJECTED,
        f"Airbus refused {target.product.product_type_id} with {error.code}{said}: "
        "no capacity, or not part of the contract",
        remedy="try another window; if that fails too, ask Airbus whether the contract has this programme",
        **facts,
    )
