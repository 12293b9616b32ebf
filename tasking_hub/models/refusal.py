"""Why a provider has no quote, and the smallest change that would get one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs


class RefusalCode(StrEnum):
    """The closed set of reasons; the provider's own code stays beside it."""

    AREA_SHAPE = "area-shape"
    AREA_TOO_LARGE = "area-too-large"
    AREA_TOO_SMALL = "area-too-small"
    AREA_TYPE = "area-type"
    WINDOW_PAST = "window-past"
    WINDOW_TOO_SHORT = "window-too-short"
    WINDOW_TOO_LONG = "window-too-long"
    WINDOW_TOO_SOON = "window-too-soon"
    WINDOW_TOO_LATE = "window-too-late"
    IMAGING_NOT_OFFERED = "imaging-not-offered"
    REQUIREMENT_NOT_OFFERED = "requirement-not-offered"
    NOT_IN_CONTRACT = "not-in-contract"
    NO_PRICING_PLAN = "no-pricing-plan"
    NO_OPPORTUNITY = "no-opportunity"
    STUDY_REQUIRED = "study-required"
    DEADLINE_PASSED = "deadline-passed"
    INSUFFICIENT_FUNDS = "insufficient-funds"
    INVALID_REQUEST = "invalid-request"
    CONFIGURATION = "configuration"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    RATE_LIMITED = "rate-limited"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed-out"
    MALFORMED_ANSWER = "malformed-answer"
    ADAPTER_ERROR = "adapter-error"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True)
class Refusal:
    """Why an account has no quote for a request.

    Attributes:
        account: name of the configured account.
        provider: name of its adapter.
        code: the reason, from a closed set.
        message: one sentence for people.
        provider_code: the provider's own code, kept as it came.
        field: the requirement at fault, in the words of `TaskRequest`.
        limit: what the provider allows, in `unit`.
        actual: what was asked, in `unit`.
        unit: unit of limit and actual ("km²", "h", "deg", "%").
        retryable: asking the same again later may work.
        remedy: the smallest change that would make it possible.
        product: the provider's product that refused, where only one did.
        raw: the provider's own JSON.
    """

    account: str
    provider: str
    code: RefusalCode
    message: str
    provider_code: str | None = None
    field: str | None = None
    limit: Any = None
    actual: Any = None
    unit: str | None = None
    retryable: bool = False
    remedy: str | None = None
    product: str | None = None
    raw: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, eq=False)
