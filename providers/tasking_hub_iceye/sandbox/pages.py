"""Lists in pages: a limit, a cursor that leads on, and none on the last page. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tasking_hub.sandbox import SandboxRequest
from tasking_hub_iceye.sandbox.errors import bad_request

T = TypeVar("T")

LIMIT_DEFAULT, LIMIT_MAX = 10, 10_000
"""Of a page; beyond it 400 (v1 changelog, 2025-02-17)."""

_CURSOR = "page-"


def page(request: SandboxRequest, items: Sequence[T], show: Callable[[T], Any]) -> dict[str, Any]:
    """The page that is asked for; the last has no cursor.

    Raises:
        RefusedError: 400 for a limit out of range or an unknown cursor.
    """
    limit, offset = _limit(request), _offset(request)
    body: dict[str, Any] = {"data": [show(item) for item in items[offset : offset + limit]]}
    if limit and offset + limit < len(items):
        body["cursor"] = urlsafe_b64encode(f"{_CURSOR}{offset + limit}".encode()).decode()
    return body


def _limit(request: SandboxRequest) -> int:
    given = request.parameter("limit") or str(LIMIT_DEFAULT)
    if not given.isdecimal() or int(given) > LIMIT_MAX:
        msg = f"limit must be within 0 and {LIMIT_MAX}"
        raise bad_request(msg)
    return int(given)


def _offset(request: SandboxRequest) -> int:
    cursor = request.parameter("cursor")
    if cursor is None:
        return 0
    try:
        word, _, number = urlsafe_b64decode(cursor).decode().partition("-")
    except ValueError:
        word, number = "", ""
    if f"{word}-" != _CURSOR or not number.isdecimal():
        msg = "unknown cursor"
        raise bad_request(msg)
    return int(number)
