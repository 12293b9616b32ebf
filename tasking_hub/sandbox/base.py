"""What an adapter's sandbox is: handlers over plain values, so it runs with or without a socket."""

from __future__ import annotations

import math
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from attrs import evolve, field, frozen

from tasking_hub.clock import Clock
from tasking_hub.messages import HttpResponse, dump_json, load_json
from tasking_hub.sandbox.orbits import Ephemeris

_RANGE = re.compile("bytes=([0-9]+)-([0-9]*)")


@frozen(kw_only=True)
class World:
    """What all sandboxes of one run share.

    Attributes:
        clock: the sandbox's time.
        seed: same seed, same clock, same requests: same answers.
        ephemeris: where the satellites are.
    """

    clock: Clock
    seed: int
    ephemeris: Ephemeris

    def rng(self, *about: object) -> random.Random:
        """A random generator that depends on the seed and on what it is about, and on nothing else."""
        return random.Random(repr((self.seed, *about)))  # noqa: S311 - reproducible play, not a secret


@frozen(kw_only=True)
class SandboxRequest:
    """A request as a sandbox sees it.

    Attributes:
        method: HTTP method in capitals.
        path: below the sandbox's mount point, decoded, with a leading slash.
        query: decoded parameters in order; a name may repeat.
        headers: by lower-case name.
        body: the bytes as they came.
        base_url: the address at which this sandbox is mounted, without a slash at the end.
        parts: what the route's template took out of the path.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(factory=dict[str, str])
    body: bytes = b""
    base_url: str = ""
    parts: Mapping[str, str] = field(factory=dict[str, str])

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: where it is not JSON.
        """
        return load_json(self.body)

    def form(self) -> dict[str, str]:
        """The body as a form; the last of repeated names counts."""
        return dict(parse_qsl(self.body.decode("utf-8", errors="replace"), keep_blank_values=True))


Handler = Callable[[SandboxRequest], HttpResponse]


class RefusedError(Exception):
    """A request that the played provider refuses: raised anywhere in a handler, it becomes the answer.

    Attributes:
        answer: what the provider says.
    """

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(f"{status} {body}")
        self.answer: HttpResponse = reply(status, body)


@frozen
class SandboxRoute:
    """A verb and a path template with the function that answers it.

    Attributes:
        method: HTTP method in capitals.
        template: path with `{name}` for a part, slashes as the provider documents them.
        handler: answers a request.
    """

    method: str
    template: str
    handler: Handler

    def parts(self, path: str) -> dict[str, str] | None:
        """What the template takes out of a path, or None where it does not fit."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


class ProviderSandbox(ABC):
    """One provider's API, played: its real paths, verbs, status codes, headers and bodies, with state.

    Args:
        world: clock, seed and orbits.
    """

    name: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def routes(self) -> Sequence[SandboxRoute]:
        """Every endpoint, the first that fits wins."""

    @abstractmethod
    def accounts(self, base_url: str) -> dict[str, dict[str, Any]]:
        """Configuration tables, by account name, of accounts that this sandbox knows, for a mount at that address."""

    def expire_tokens(self) -> None:  # noqa: B027 - a provider with static keys has none
        """Make every token handed out so far useless; nothing happens where there are none."""

    def unknown_path(self, request: SandboxRequest) -> HttpResponse:
        """The answer to a path that the provider does not have."""
        return reply(404, {"message": f"no such path: {request.path}"})

    def answer(self, request: SandboxRequest) -> HttpResponse:
        """Answer one request: 404 for an unknown path, 405 for a known path with another verb."""
        known = False
        for route in self.routes():
            parts = route.parts(request.path)
            if parts is None:
                continue
            known = True
            if route.method == request.method:
                return _handled(route, evolve(request, parts=parts))
        return reply(405, {"message": "method not allowed"}) if known else self.unknown_path(request)


def _handled(route: SandboxRoute, request: SandboxRequest) -> HttpResponse:
    try:
        return route.handler(request)
    except RefusedError as refused:
        return refused.answer


def reply(
    status: int,
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> HttpResponse:
    """An answer with a JSON body; None is an empty body, text is sent as it stands."""
    if body is None:
        return HttpResponse(status=status, headers=headers or {})
    text = body if isinstance(body, str) else dump_json(body)
    return HttpResponse(status=status, headers={"Content-Type": content_type, **(headers or {})}, body=text.encode())


def reply_file(request: SandboxRequest, content: bytes, headers: Mapping[str, str]) -> HttpResponse:
    """A file, or the one range of it that is asked for (RFC 9110, section 14); `If-Range` must be its `ETag`.

    Args:
        request: what was asked.
        content: the whole file.
        headers: of the whole file, its `ETag` among them where it has one.
    """
    known = {"Accept-Ranges": "bytes", **headers}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    first, last = (int(asked[1]), int(asked[2]) if asked[2] else math.inf) if asked else (0, -1)
    if last < first or request.headers.get("if-range") not in {None, known.get("ETag")}:
        return HttpResponse(status=200, headers=known, body=content)
    if first >= len(content):
        return HttpResponse(status=416, headers={**known, "Content-Range": f"bytes */{len(content)}"})
    last = int(min(last, len(content) - 1))
    known["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return HttpResponse(status=206, headers=known, body=content[first : last + 1])
