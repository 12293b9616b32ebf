"""Who may ask, what a request carries, and pages of a list: what all played endpoints share."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from tasking_hub import HttpResponse
from tasking_hub.sandbox import RefusedError, SandboxRequest, reply
from tasking_hub_planet.sandbox import catalogue
from tasking_hub_planet.sandbox.checks import members, read_time

JsonObject = dict[str, Any]

BODY_MAX = 1_000_000
"""Bytes that a POST may carry (developers.planet.com/docs/tasking/api-mechanics, read 2026-11)."""

PAGE_MAX = 100
"""Assumption: a page holds no more than this, whatever `limit` asks for."""

_PAGE = 50


def with_key(answer: Callable[[SandboxRequest], HttpResponse]) -> Callable[[SandboxRequest], HttpResponse]:
    """The same answer for whoever holds a key that may task."""

    def guarded(request: SandboxRequest) -> HttpResponse:
        key = _key(request.headers.get("authorization", ""))
        if key is None:
            return reply(401, {"detail": "Authentication credentials were not provided."})
        if key == catalogue.UNTASKED_KEY:
            return reply(403, {"detail": "You do not have permission to perform this action."})
        if key != catalogue.API_KEY:
            return reply(401, {"detail": "Invalid API key."})
        return answer(request)

    return guarded


def _key(authorization: str) -> str | None:
    """The key of `api-key KEY`, or the user name of Basic authentication."""
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() == "api-key":
        return credential.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def body_of(request: SandboxRequest) -> Any:
    """The JSON of a request.

    Raises:
        RefusedError: it is too large, or not JSON.
    """
    if len(request.body) > BODY_MAX:
        raise RefusedError(400, {"non_field_errors": ["Request body is larger than 1 MB."]})
    try:
        return request.json()
    except ValueError as error:
        raise RefusedError(400, {"detail": ["JSON parse error"]}) from error


def members_of(request: SandboxRequest) -> Mapping[str, Any]:
    """The JSON object of a request.

    Raises:
        RefusedError: it is none.
    """
    return members(body_of(request))


def not_found() -> HttpResponse:
    """What the framework says to an unknown id."""
    return reply(404, {"detail": "Not found."})


def stamp(moment: datetime) -> str:
    """A time with all its digits, as Planet writes it; such times sort as text."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


# --- Lists -------------------------------------------------------------------------------------------


def selected(
    request: SandboxRequest, items: Sequence[JsonObject], fields: Sequence[str], *, ordering: str
) -> list[JsonObject]:
    """The items that pass the filters of a request, in the order that it asks for.

    Fields can be filtered by value, `__in` as one value with commas, `__icontains`, `__gte` and `__lte`. Like the real
    service it ignores every other parameter.

    Raises:
        RefusedError: `ordering` names a field that cannot be sorted by.
    """
    asked = [_filter(name, value) for name, value in request.query]
    kept = [item for item in items if all(_passes(item, one, fields) for one in asked)]
    for name in reversed((request.parameter("ordering") or ordering).split(",")):
        field = name.removeprefix("-")
        if field not in fields:
            raise RefusedError(400, {"ordering": [f'"{field}" is not a valid choice.']})
        kept = sorted(kept, key=partial(_text, field), reverse=name.startswith("-"))
    return kept


def _text(field: str, item: JsonObject) -> str:
    return str(item.get(field) or "")


Filter = tuple[str, str, str]
"""A field, what is done with it, and with which value."""


def _filter(parameter: str, value: str) -> Filter:
    name, _, lookup = parameter.partition("__")
    if not name.endswith("_time") or lookup == "in":
        return name, lookup, value
    try:
        return name, lookup, stamp(read_time(value))
    except ValueError as error:
        raise RefusedError(400, {parameter: [str(error)]}) from error


def _passes(item: JsonObject, asked: Filter, fields: Sequence[str]) -> bool:
    name, lookup, value = asked
    if name not in fields:
        return True
    has = item.get(name)
    said = str(has).lower() if isinstance(has, bool) else str(has or "")
    tests: Mapping[str, Callable[[], bool]] = {
        "": lambda: said == value,
        "in": lambda: said in value.split(","),
        "icontains": lambda: value.strip().lower() in said.lower(),
        "gte": lambda: said >= value,
        "lte": lambda: said <= value,
    }
    return tests.get(lookup, lambda: True)()


def page(request: SandboxRequest, items: Sequence[JsonObject]) -> HttpResponse:
    """One page of a list, with absolute addresses of its neighbours."""
    limit, offset = min(_count(request, "limit", _PAGE) or _PAGE, PAGE_MAX), _count(request, "offset", 0)
    end = offset + limit
    return reply(
        200,
        {
            "count": len(items),
            "next": _link(request, limit, end) if end < len(items) else None,
            "previous": _link(request, limit, max(offset - limit, 0)) if offset else None,
            "results": list(items[offset:end]),
        },
    )


def _count(request: SandboxRequest, name: str, default: int) -> int:
    """As Django REST framework reads it: what is no number counts as not given."""
    value = request.parameter(name) or ""
    return int(value) if value.isascii() and value.isdigit() else default


def _link(request: SandboxRequest, limit: int, offset: int) -> str:
    kept = [(name, value) for name, value in request.query if name not in {"limit", "offset"}]
    return f"{request.base_url}{request.path}?{urlencode([*kept, ('limit', limit), ('offset', offset)])}"
