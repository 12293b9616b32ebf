"""Broken answers: the ways in which a provider, or what stands before it, may go wrong, applied to a recorded way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from attrs import evolve

from tasking_hub.errors import OutcomeUnknownError, TransportError, UnsentRequestError
from tasking_hub.messages import HttpRequest, HttpResponse, dump_json, without_query
from tasking_hub.sandbox import FaultKind
from tasking_hub.sandbox.faults import Fault, failure, spoil, wrong_types
from tasking_hub.transport import Transport

Endpoint = tuple[str, str]
Break = Callable[[HttpRequest, HttpResponse], HttpResponse]


def _raising(kind: type[TransportError], why: str) -> Break:
    def break_off(request: HttpRequest, _: HttpResponse) -> HttpResponse:
        raise kind(why, method=request.method, url=without_query(request.url))

    return break_off


def _replaced(status: int, body: bytes, content_type: str = "application/json") -> Break:
    answer = HttpResponse(status=status, headers={"Content-Type": content_type}, body=body)
    return lambda request, _: evolve(answer, method=request.method, url=without_query(request.url))


def _failing(kind: FaultKind, status: int, retry_after_s: int | None = None) -> Break:
    answer = failure(Fault(kind=kind, status=status, retry_after_s=retry_after_s))
    return lambda request, _: evolve(answer, method=request.method, url=without_query(request.url))


UNREACHABLE = "unreachable"
UNAVAILABLE = "503"
NOT_JSON = "an HTML page with 200"

BREAKS: Mapping[str, Break] = {
    UNREACHABLE: _raising(UnsentRequestError, "no connection"),
    "dropped": _raising(OutcomeUnknownError, "the answer broke off"),
    UNAVAILABLE: _failing(FaultKind.STATUS, 503),
    "500 without a body": _replaced(500, b""),
    "429": _failing(FaultKind.STATUS, 429),
    "429 with a long Retry-After": _failing(FaultKind.STATUS, 429, 86_400),
    "400 without words": _replaced(400, b"{}"),
    "400 with a list": _replaced(400, b"[]"),
    "401": _replaced(401, b'{"message": "no"}'),
    "403": _replaced(403, b'{"message": "no"}'),
    "404 in HTML": _failing(FaultKind.HTML, 404),
    "422 with text": _replaced(422, b'"no"'),
    "302": _replaced(302, b""),
    "502 in HTML": _failing(FaultKind.HTML, 502),
    NOT_JSON: _failing(FaultKind.HTML, 200),
    "an empty body with 200": _replaced(200, b""),
    "204": _replaced(204, b""),
    "null": _replaced(200, b"null"),
    "an empty object": _replaced(200, b"{}"),
    "an empty list": _replaced(200, b"[]"),
    "a number": _replaced(200, b"1"),
    "half the body": lambda _, answer: evolve(answer, body=answer.body[: len(answer.body) // 2]),
    "bytes that are no text": lambda _, answer: evolve(answer, body=b"\xff\xfe" + answer.body),
    "wrong types": lambda _, answer: spoil(Fault(kind=FaultKind.WRONG_TYPES), answer),
}
"""What may happen to an answer, by name."""


class BreakingTransport:
    """Passes requests on and breaks the answers of one endpoint, or of all.

    Args:
        inner: gives the good answers.
        broken: what happens to an answer.
        endpoint: method and address without query whose answers break, or None for all.
    """

    def __init__(self, inner: Transport, broken: Break, endpoint: Endpoint | None = None) -> None:
        self._inner = inner
        self._broken = broken
        self._endpoint = endpoint

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange a request for a good or a broken answer."""
        answer = await self._inner.send(request)
        return self._broken(request, answer) if self._endpoint in {None, endpoint_of(request)} else answer


class Recorder:
    """Passes requests on and remembers the answers.

    Args:
        inner: gives the answers.

    Attributes:
        answers: by what was sent, in order.
        endpoints: in the order in which they were first asked.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.answers: dict[str, list[HttpResponse]] = {}
        self.endpoints: dict[Endpoint, HttpResponse] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange a request for an answer, and keep it."""
        answer = await self._inner.send(request)
        self.answers.setdefault(_sent(request), []).append(answer)
        self.endpoints.setdefault(endpoint_of(request), answer)
        return answer


class Replay:
    """Gives recorded answers again, the last one for ever; asks further on for what was never recorded.

    Args:
        recorder: has the answers.
        otherwise: gives the others.
    """

    def __init__(self, recorder: Recorder, otherwise: Transport) -> None:
        self._recorded = recorder.answers
        self._otherwise = otherwise
        self._given: dict[str, int] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange a request for the answer that it had at the same turn."""
        answers = self._recorded.get(_sent(request))
        if not answers:
            return await self._otherwise.send(request)
        turn = self._given.get(_sent(request), 0)
        self._given[_sent(request)] = turn + 1
        return answers[min(turn, len(answers) - 1)]


def endpoint_of(request: HttpRequest) -> Endpoint:
    """Method and address without query."""
    return request.method, without_query(request.url)


def _sent(request: HttpRequest) -> str:
    return repr((request.method, request.url, request.query, request.body))


def damaged_members(body: Any) -> Iterator[tuple[str, Any]]:
    """The same JSON with one member missing, null, or of another type; of a list, only its first item is damaged."""
    for path in _paths(body):
        shown = "$" + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in path)
        yield f"{shown} missing", _damaged(body, path, lambda members, step: members.pop(step))
        yield f"{shown} null", _damaged(body, path, lambda members, step: members.__setitem__(step, None))
        yield (
            f"{shown} of another type",
            _damaged(body, path, lambda members, step: members.__setitem__(step, _other_type(members[step]))),
        )


def _other_type(value: Any) -> Any:
    return "wrong" if isinstance(value, dict | list) else wrong_types(value)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for step, member in _members(value):
        yield (*path, step)
        yield from _paths(member, (*path, step))


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from cast(dict[str, Any], value).items()
    elif isinstance(value, list | tuple):
        yield from enumerate(cast(Sequence[Any], value)[:1])


def _damaged(body: Any, path: tuple[str | int, ...], damage: Callable[[Any, Any], object]) -> Any:
    copy = _copied(body)
    members = copy
    for step in path[:-1]:
        members = members[step]
    damage(members, path[-1])
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(member) for name, member in cast(dict[str, Any], value).items()}
    return [_copied(member) for member in cast(Sequence[Any], value)] if isinstance(value, list | tuple) else value


def with_unknown_members(_: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer with a member that no documentation knows in every JSON object."""
    body = answer.json_or_none()
    return answer if body is None else with_body(answer, _enlarged(body))


def with_body(answer: HttpResponse, body: Any) -> HttpResponse:
    """The answer with another JSON body."""
    return evolve(answer, body=dump_json(body).encode())


def _enlarged(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _enlarged(member) for name, member in cast(dict[str, Any], value).items()}
        return {**members, "xUnheardOf": {"nested": [1, None]}}
    return [_enlarged(member) for member in cast(Sequence[Any], value)] if isinstance(value, list | tuple) else value
