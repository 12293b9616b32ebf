"""Refusals that need no provider: what is refused before asking, and what an error means as a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasking_hub.clock import format_time
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteRefusedError,
    RateLimitedError,
    TaskingHubError,
    TransportError,
)
from tasking_hub.models import Imaging, Refusal, RefusalCode, TaskRequest
from tasking_hub.provider import Capabilities

_MEANING: Mapping[type[TaskingHubError], tuple[RefusalCode, bool, str]] = {
    ConfigurationError: (RefusalCode.CONFIGURATION, False, "correct the configuration"),
    InvalidRequestError: (RefusalCode.INVALID_REQUEST, False, "correct the request"),
    AuthenticationError: (RefusalCode.AUTHENTICATION, False, "check the account's credential"),
    PermissionDeniedError: (RefusalCode.PERMISSION, False, "ask the provider for the right, or use another contract"),
    NotFoundError: (RefusalCode.REJECTED, False, "check the ids in the account's configuration"),
    RateLimitedError: (RefusalCode.RATE_LIMITED, True, "ask again later"),
    ProviderUnavailableError: (RefusalCode.UNAVAILABLE, True, "ask again later"),
    TransportError: (RefusalCode.UNAVAILABLE, True, "ask again later, or check the address and the network"),
    MalformedResponseError: (
        RefusalCode.MALFORMED_ANSWER,
        False,
        "check the configured address; if it is right, report that the answer was not as documented",
    ),
}


def refusal_of(error: TaskingHubError, *, account: str, provider: str) -> Refusal:
    """The row that stands for a failed account; a refused quote keeps its own refusal."""
    if isinstance(error, QuoteRefusedError):
        return error.refusal
    code, retryable, remedy = next(
        (meaning for kind, meaning in _MEANING.items() if isinstance(error, kind)),
        (RefusalCode.REJECTED, False, "see the provider's words"),
    )
    if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
        remedy = f"ask again after {error.retry_after_s:.0f} s"
    return Refusal(
        account=account,
        provider=provider,
        code=code,
        message=str(error),
        provider_code=getattr(error, "code", None),
        field=getattr(error, "field", None),
        retryable=retryable,
        remedy=remedy,
    )


def adapter_failed(error: Exception, *, account: str, provider: str) -> Refusal:
    """The row of an account whose adapter broke: a mistake in the adapter, not in the request."""
    return Refusal(
        account=account,
        provider=provider,
        code=RefusalCode.ADAPTER_ERROR,
        message=f"the adapter failed with {type(error).__name__}; the log has the details",
        remedy="report it to the adapter's authors",
    )


def timed_out(*, account: str, provider: str, timeout_s: float) -> Refusal:
    """The row of an account that had not finished at the deadline."""
    return Refusal(
        account=account,
        provider=provider,
        code=RefusalCode.TIMED_OUT,
        message=f"no complete answer within {timeout_s:g} s",
        limit=timeout_s,
        unit="s",
        retryable=True,
        remedy="allow more time",
    )


def nothing_found(*, account: str, provider: str) -> Refusal:
    """The row of an account whose adapter said nothing at all."""
    return Refusal(
        account=account,
        provider=provider,
        code=RefusalCode.NO_OPPORTUNITY,
        message="the provider named no opportunity",
        remedy="widen the window or the requirements",
    )


def refused_before_asking(
    request: TaskRequest, capabilities: Capabilities, *, account: str, provider: str, now: datetime
) -> Refusal | None:
    """Why this account need not be asked at all, or None where it should be."""
    found = _past_window(request, now) or _other_imaging(request, capabilities) or _other_area(request, capabilities)
    return None if found is None else Refusal(account=account, provider=provider, **found)


def _past_window(request: TaskRequest, now: datetime) -> dict[str, Any] | None:
    if request.window.end > now:
        return None
    now = now.replace(microsecond=0)
    return {
        "code": RefusalCode.WINDOW_PAST,
        "message": f"the window ended at {format_time(request.window.end)}, before now",
        "field": "window",
        "limit": format_time(now),
        "actual": format_time(request.window.end),
        "remedy": f"end the window after {format_time(now)}",
    }


def _other_imaging(request: TaskRequest, capabilities: Capabilities) -> dict[str, Any] | None:
    wanted = {imaging for imaging in Imaging if request.requirements(imaging) is not None}
    if wanted & capabilities.imaging:
        return None
    offered = " or ".join(sorted(capabilities.imaging))
    return {
        "code": RefusalCode.IMAGING_NOT_OFFERED,
        "message": f"{capabilities.title} takes {offered} images only",
        "field": "imaging",
        "limit": offered,
        "actual": " or ".join(sorted(wanted)),
        "remedy": f"allow {offered} images",
    }


def _other_area(request: TaskRequest, capabilities: Capabilities) -> dict[str, Any] | None:
    kind = request.area.geom_type
    if kind in capabilities.areas:
        return None
    offered = " or ".join(sorted(capabilities.areas))
    return {
        "code": RefusalCode.AREA_TYPE,
        "message": f"{capabilities.title} takes a {offered} as area, not a {kind}",
        "field": "area",
        "limit": offered,
        "actual": kind,
        "remedy": f"give the area as a {offered}",
    }
