"""`/_sandbox/`: a page and a few addresses that show what was received and set clock and faults.

Only programs of this machine and the page itself may use them: the `Host` must be a loopback name (a name that an
attacker points at 127.0.0.1 is not), an `Origin` must be one too, and a body must be JSON, which no form can send.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from importlib.resources import files
from typing import Any, cast
from urllib.parse import urlsplit

import attrs
from aiohttp import web

from tasking_hub.clock import format_time, parse_time
from tasking_hub.errors import InvalidRequestError, MalformedResponseError
from tasking_hub.messages import HttpResponse, dump_json, load_json
from tasking_hub.sandbox.clock import SandboxClock
from tasking_hub.sandbox.faults import ArmedFault, Fault, Faults
from tasking_hub.sandbox.log import RequestLog
from tasking_hub.wire import make_converter, read_as

PREFIX = "/_sandbox"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CONVERTER = make_converter()
_FAULT_FIELDS = tuple(attribute.name for attribute in attrs.fields(Fault))
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The addresses below `/_sandbox/`.

    Args:
        clock: what is set.
        faults: what is armed and cleared.
        log: what is shown.
        about: what else `state.json` says of the sandbox.
    """

    def __init__(
        self, *, clock: SandboxClock, faults: Faults, log: RequestLog, about: Callable[[], dict[str, Any]]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._log = log
        self._about = about

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.get(f"{PREFIX}/", self._page),
            web.get(f"{PREFIX}/state.json", self._state),
            web.get(f"{PREFIX}/requests.json", _answering_mistakes(self._requests)),
            web.post(f"{PREFIX}/clock", _answering_mistakes(self._set_clock)),
            web.post(f"{PREFIX}/faults", _answering_mistakes(self._add_fault)),
            web.delete(f"{PREFIX}/faults", self._clear_faults),
            web.delete(f"{PREFIX}/faults/{{number:[0-9]+}}", self._clear_fault),
        ]

    async def _page(self, _: web.Request) -> web.Response:
        text = files("tasking_hub.sandbox").joinpath("page.html").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html", headers=_PAGE_HEADERS)

    async def _state(self, _: web.Request) -> web.Response:
        return self._shown_state()

    async def _requests(self, received: web.Request) -> web.Response:
        last = received.query.get("last", "")
        if last and not re.fullmatch("[1-9][0-9]{0,6}", last):
            msg = "last must be a number of requests"
            raise InvalidRequestError(msg, "last")
        shown = self._log.requests[-int(last) :] if last else self._log.requests
        return _json([record.as_json() for record in shown])

    async def _set_clock(self, received: web.Request) -> web.Response:
        wanted = await _object(received, ("now", "speed", "advance_s"))
        # Everything is read before anything is changed.
        moment = None if "now" not in wanted else parse_time(_text(wanted, "now"), "now")
        speed = None if "speed" not in wanted else _number(wanted, "speed")
        skip_s = None if "advance_s" not in wanted else _number(wanted, "advance_s")
        self._clock.change(moment=moment, speed=speed, advance_s=skip_s)
        return self._shown_state()

    async def _add_fault(self, received: web.Request) -> web.Response:
        await _object(received, _FAULT_FIELDS)
        fault = read_as(_CONVERTER, Fault, HttpResponse(status=200, body=await received.read()))
        return _json({"number": self._faults.add(fault)}, status=201)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return web.Response(status=204)

    async def _clear_fault(self, received: web.Request) -> web.Response:
        number = received.match_info["number"]
        if self._faults.clear(int(number)):
            return web.Response(status=204)
        return _json({"error": f"there is no fault {number}"}, status=404)

    def _shown_state(self) -> web.Response:
        clock = {"now": format_time(self._clock.now()), "speed": self._clock.speed}
        faults = [_shown_fault(armed) for armed in self._faults.list()]
        requests = self._log.requests
        counts = {"requests": len(requests), "last_request": requests[-1].number if requests else 0}
        return _json({**self._about(), "clock": clock, "faults": faults, **counts})


@web.middleware
async def from_this_machine(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Let requests through whose `Host`, and `Origin` where there is one, name this machine."""
    origin = request.headers.get("Origin")
    if _host_name(f"//{request.host}") not in _LOOPBACK:
        return _json({"error": f"Host {request.host!r} is not this machine"}, status=403)
    if origin is not None and _host_name(origin) not in _LOOPBACK:
        return _json({"error": f"Origin {origin!r} is not this machine"}, status=403)
    return await handler(request)


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _answering_mistakes(endpoint: Endpoint) -> Endpoint:
    async def answer(received: web.Request) -> web.StreamResponse:
        try:
            return await endpoint(received)
        except MalformedResponseError as error:
            return _json({"error": "; ".join(error.problems)}, status=400)
        except ValueError as error:
            field = error.field if isinstance(error, InvalidRequestError) else None
            return _json({"error": str(error), "field": field}, status=400)

    return answer


async def _object(received: web.Request, known: tuple[str, ...]) -> dict[str, Any]:
    if received.content_type != "application/json":
        msg = f"Content-Type must be application/json, not {received.content_type}"
        raise InvalidRequestError(msg)
    value = load_json(await received.read())
    if not isinstance(value, dict):
        msg = "a JSON object is expected"
        raise InvalidRequestError(msg)
    members = cast(dict[str, Any], value)
    for name in members:
        if name not in known:
            msg = f"unknown member {name!r}; known: {', '.join(known)}"
            raise InvalidRequestError(msg, name)
    return members


def _text(members: dict[str, Any], name: str) -> str:
    if isinstance(members[name], str):
        return cast(str, members[name])
    msg = f"{name} must be text"
    raise InvalidRequestError(msg, name)


def _number(members: dict[str, Any], name: str) -> float:
    value = members[name]
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    msg = f"{name} must be a number"
    raise InvalidRequestError(msg, name)


def _shown_fault(armed: ArmedFault) -> dict[str, Any]:
    counts = {"number": armed.number, "met": armed.met, "struck": armed.struck, "spent": armed.spent}
    return {**counts, **attrs.asdict(armed.fault)}


def _json(value: Any, *, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, text=dump_json(value), content_type="application/json", headers=headers)
