"""What the sandbox was asked, kept without the credentials that came with it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from attrs import frozen

from tasking_hub.clock import format_time
from tasking_hub.messages import dump_json, load_json
from tasking_hub.sandbox.base import SandboxRequest

KEPT = 10_000
BODY_KEPT = 2_000
MASK = "***"

_SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)
_SECRET_MEMBER = re.compile(r"api.?key|secret|passw|token|credential|assertion|authorization|signature", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(rf"{_SECRET_MEMBER.pattern}|^(key|code|username)$", re.IGNORECASE)
_ABOUT_TOKENS = re.compile(r"(grant|token).?type", re.IGNORECASE)


@frozen(kw_only=True)
class RecordedRequest:
    """One request that reached the sandbox.

    Attributes:
        number: counted from 1 over all providers.
        time: sandbox time at which it came.
        provider: name of the adapter at whose mount it came.
        method: HTTP method.
        path: below the mount, decoded.
        query: parameters in order, credentials masked.
        headers: by lower-case name, credentials masked.
        body: the start of the body, credentials masked; of a body that is neither JSON nor a form, only its length.
        status: of the answer, or None where none was sent.
        fault: kind of the fault that struck it, or None.
    """

    number: int
    time: datetime
    provider: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: str
    status: int | None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {
            "number": self.number,
            "time": format_time(self.time),
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "query": [list(pair) for pair in self.query],
            "headers": dict(self.headers),
            "body": self.body,
            "status": self.status,
            "fault": self.fault,
        }


class RequestLog:
    """The last requests, oldest first; older ones than the last `KEPT` are forgotten."""

    def __init__(self) -> None:
        self._kept: deque[RecordedRequest] = deque(maxlen=KEPT)
        self._count = 0

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What was received, in the order of the answers."""
        return tuple(self._kept)

    def add(
        self, request: SandboxRequest, *, time: datetime, provider: str, status: int | None, fault: str | None
    ) -> None:
        """Write down a request and its end."""
        self._count += 1
        record = RecordedRequest(
            number=self._count,
            time=time,
            provider=provider,
            method=request.method,
            path=request.path,
            query=tuple(masked_pairs(request.query)),
            headers=masked_headers(request.headers),
            body=masked_body(request),
            status=status,
            fault=fault,
        )
        self._kept.append(record)


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, credentials masked."""
    return {name: MASK if _SECRET_HEADER.search(name) else value for name, value in headers.items()}


def masked_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Parameters of a query or form, credentials masked."""
    return [(name, MASK if _is_secret(name, _SECRET_PARAMETER) else value) for name, value in pairs]


def masked_body(request: SandboxRequest) -> str:
    """The start of a body as it may be shown."""
    if not request.body:
        return ""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return urlencode(masked_pairs(request.form().items()), safe="*")[:BODY_KEPT]
    try:
        return dump_json(_masked_json(load_json(request.body)))[:BODY_KEPT]
    except (ValueError, RecursionError):
        return f"({len(request.body)} bytes)"


def _is_secret(name: str, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(name)) and not _ABOUT_TOKENS.fullmatch(name)


def _masked_json(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast(dict[str, Any], value)
        return {
            name: MASK if _is_secret(name, _SECRET_MEMBER) else _masked_json(member) for name, member in members.items()
        }
    if isinstance(value, list | tuple):
        return [_masked_json(member) for member in cast(Iterable[Any], value)]
    return value
