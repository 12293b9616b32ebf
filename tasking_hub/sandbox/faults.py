"""Faults on demand: which one strikes a request is decided here, by values alone; the server does the harm."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, cast

import attrs
from attrs import evolve, field, frozen

from tasking_hub.errors import InvalidRequestError
from tasking_hub.messages import HttpResponse, dump_json


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    """The answer comes late."""

    STATUS = "status"
    """The request is answered with an error status and nothing is done; 429 may carry `Retry-After`."""

    DROP_BEFORE = "drop-before"
    """The connection is dropped before anything is done."""

    DROP_AFTER = "drop-after"
    """Everything is done, and the connection is dropped before the answer."""

    TRUNCATE = "truncate"
    """Half of the announced body is sent."""

    HTML = "html"
    """A gateway answers with an HTML page; nothing is done."""

    EMPTY = "empty"
    """The answer has no body."""

    WRONG_TYPES = "wrong-types"
    """Every text in the answer has become a number, every number a text, and so on."""

    EXPIRE_TOKENS = "expire-tokens"
    """Every token handed out so far is expired before the request is looked at."""

    TRICKLE = "trickle"
    """The body comes in small pieces."""


HARMLESS = frozenset({FaultKind.LATENCY, FaultKind.EXPIRE_TOKENS, FaultKind.TRICKLE})
"""Kinds that leave the answer as it is."""

WITHOUT_WORK = frozenset({FaultKind.STATUS, FaultKind.DROP_BEFORE, FaultKind.HTML})
"""Kinds that strike before the provider has done anything."""

_STATUSES = range(200, 600)
_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>sandbox gateway</p></body></html>"


def _check_status(_instance: object, _attribute: object, value: int) -> None:
    if value not in _STATUSES:
        msg = f"status must be from 200 to 599, not {value}"
        raise InvalidRequestError(msg, "status")


def _at_least(low: float) -> Any:
    def check(_instance: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
        if value is not None and not low <= value < float("inf"):
            msg = f"{attribute.name} must be at least {low:g}, not {value:g}"
            raise InvalidRequestError(msg, attribute.name)

    return check


def _check_probability(_instance: object, _attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        msg = f"probability must be from 0 to 1, not {value:g}"
        raise InvalidRequestError(msg, "probability")


def _check_path(_instance: object, _attribute: object, value: str) -> None:
    try:
        re.compile(value if value.startswith("^") else "")
    except re.error as error:
        msg = f"path {value!r} is not a regular expression: {error}"
        raise InvalidRequestError(msg, "path") from error


@frozen(kw_only=True)
class Fault:
    """What goes wrong, for which requests, and how often.

    Attributes:
        kind: what goes wrong; the text ("drop-after") is welcome.
        provider: name of the adapter, as a glob.
        method: HTTP method in capitals, as a glob.
        path: below the provider's mount, as a glob in which `*` also crosses slashes; a regular expression where it
            begins with `^`.
        times: the next so many requests are struck, or None for all until the fault is cleared.
        probability: of striking each of them, 0..1; drawn from the sandbox's seed.
        status: of the answer for `STATUS` and `HTML`.
        retry_after_s: what `Retry-After` says beside `STATUS`, or None for no such header.
        delay_s: seconds before the answer; for `TRICKLE`, seconds that the body takes.
        real_time: the delay is in real seconds instead of the sandbox clock's.

    Raises:
        InvalidRequestError: naming the field that cannot be meant as written.
    """

    kind: FaultKind = field(converter=FaultKind)
    provider: str = "*"
    method: str = "*"
    path: str = field(default="*", validator=_check_path)
    times: int | None = field(default=None, validator=_at_least(1))
    probability: float = field(default=1.0, validator=_check_probability)
    status: int = field(default=503, validator=_check_status)
    retry_after_s: int | None = field(default=None, validator=_at_least(0))
    delay_s: float = field(default=0.0, validator=_at_least(0))
    real_time: bool = False

    def fits(self, provider: str, method: str, path: str) -> bool:
        """Tell whether a request is one of those meant."""
        named = fnmatchcase(provider, self.provider) and fnmatchcase(method, self.method)
        return named and (bool(re.search(self.path, path)) if self.path[:1] == "^" else fnmatchcase(path, self.path))


@frozen(kw_only=True)
class ArmedFault:
    """A fault that waits for its requests.

    Attributes:
        number: by which it can be cleared.
        fault: what goes wrong.
        met: requests that fitted so far.
        struck: how many of them it struck.
    """

    number: int
    fault: Fault
    met: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has struck as many requests as it was meant for."""
        return self.fault.times is not None and self.struck >= self.fault.times

    def meet(self, seed: int) -> ArmedFault:
        """The fault after one more request that fits; whether it strikes depends on the seed and the count alone."""
        drawn = random.Random(repr((seed, self.number, self.met))).random()  # noqa: S311 - reproducible play
        return evolve(self, met=self.met + 1, struck=self.struck + (drawn < self.fault.probability))


def strike(
    armed: Sequence[ArmedFault], provider: str, method: str, path: str, *, seed: int
) -> tuple[tuple[ArmedFault, ...], Fault | None]:
    """Which fault strikes a request: the first that fits, is not spent and is drawn; and all of them afterwards."""
    after = list(armed)
    for index, before in enumerate(armed):
        if before.spent or not before.fault.fits(provider, method, path):
            continue
        after[index] = before.meet(seed)
        if after[index].struck > before.struck:
            return tuple(after), before.fault
    return tuple(after), None


class Faults:
    """The faults of one sandbox, in the order in which they were added.

    Args:
        seed: what chance is drawn from.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._armed: tuple[ArmedFault, ...] = ()
        self._added = 0

    def add(self, fault: Fault) -> int:
        """Arm a fault; the number returned clears it again."""
        self._added += 1
        self._armed = (*self._armed, ArmedFault(number=self._added, fault=fault))
        return self._added

    def clear(self, number: int | None = None) -> bool:
        """Disarm one fault, or all; False where there was none of that number."""
        kept = () if number is None else tuple(armed for armed in self._armed if armed.number != number)
        found = len(kept) < len(self._armed)
        self._armed = kept
        return found

    def list(self) -> tuple[ArmedFault, ...]:
        """All faults since the last clearing, spent ones included."""
        return self._armed

    def next(self, provider: str, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, or None; counts the request."""
        self._armed, fault = strike(self._armed, provider, method, path, seed=self._seed)
        return fault


def failure(fault: Fault) -> HttpResponse:
    """The answer of a fault that strikes before anything is done."""
    retry = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
    if fault.kind is FaultKind.HTML:
        page = _HTML.format(fault.status)
        return HttpResponse(status=fault.status, headers={"Content-Type": "text/html", **retry}, body=page.encode())
    body = dump_json({"message": "a fault of the sandbox"}).encode()
    return HttpResponse(status=fault.status, headers={"Content-Type": "application/json", **retry}, body=body)


def spoil(fault: Fault | None, response: HttpResponse) -> HttpResponse:
    """The answer after the fault: without its body, with wrong types in it, or as it was."""
    if fault is not None and fault.kind is FaultKind.EMPTY:
        return evolve(response, body=b"")
    if fault is not None and fault.kind is FaultKind.WRONG_TYPES and response.json_or_none() is not None:
        return evolve(response, body=dump_json(wrong_types(response.json())).encode())
    return response


def wrong_types(value: Any) -> Any:
    """JSON of the same shape in which no scalar has kept its type."""
    if isinstance(value, dict):
        return {name: wrong_types(member) for name, member in cast(dict[str, Any], value).items()}
    if isinstance(value, list | tuple):
        return [wrong_types(member) for member in cast(Sequence[Any], value)]
    return 0 if value is None or isinstance(value, str) else "wrong"
