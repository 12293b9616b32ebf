"""Credentials: kept out of sight, renewed early, one renewal at a time, never asked again with a refused key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Protocol, cast

from tasking_hub.clock import Clock
from tasking_hub.errors import AuthenticationError, MalformedResponseError, ResponseError
from tasking_hub.messages import HttpRequest, HttpResponse, ReadError, check_status, without_credentials

RENEW_EARLY_S = 300.0
"""How long before its end a token is renewed."""

LIFETIME_UNSTATED_S = 300
"""The life of a token whose endpoint does not state it."""

Exchange = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Secret:
    """A credential that only `reveal()` shows: its repr, str and format hide it, as does every class that holds it.

    No attrs class, lest `attrs.asdict` of some settings should spell it out. An empty one is false.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The credential itself, for the header or form that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class Authenticator(Protocol):
    """Where the headers that prove who asks come from."""

    async def headers(self, exchange: Exchange) -> Mapping[str, str]:
        """Headers for the next request; `exchange` sends a token request where one is needed."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Hear that these headers were answered with 401; True where asking again may help."""
        ...


class StaticAuth:
    """The same headers every time."""

    def __init__(self, headers: Mapping[str, Secret]) -> None:
        self._headers = dict(headers)

    async def headers(self, exchange: Exchange) -> Mapping[str, str]:  # noqa: ARG002 - needs no token
        """The configured headers."""
        return {name: secret.reveal() for name, secret in self._headers.items()}

    def refused(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - nothing to renew
        """A static credential does not get better by asking again."""
        return False


class TokenAuth:
    """A bearer token from a token endpoint (RFC 6749 answers: access_token, expires_in).

    Args:
        request: the token request, credential and all.
        clock: decides when a token is about to expire.
        read_error: reads the token endpoint's error body.

    A token is renewed `RENEW_EARLY_S` before its end (at half its life where that is shorter) under one lock. A refused
    credential is remembered, so the endpoint hears of it once.
    """

    def __init__(self, request: HttpRequest, *, clock: Clock, read_error: ReadError) -> None:
        self._request = request
        self._clock = clock
        self._read_error = read_error
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = float("-inf")
        self._refusal: ResponseError | None = None

    async def headers(self, exchange: Exchange) -> Mapping[str, str]:
        """`Authorization: Bearer …` with a token that is good for a while.

        Raises:
            AuthenticationError: the credential is refused, now or earlier.
            ResponseError: the endpoint said no for another reason, which is not remembered.
            MalformedResponseError: the endpoint answered 2xx without a token.
        """
        async with self._lock:
            if self._refusal is None and self._clock.monotonic() >= self._renew_at:
                await self._renew(exchange)
            if self._refusal is not None:
                raise _refused_credential(self._refusal) from self._refusal
            return {"Authorization": f"Bearer {self._token}"}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Let go of the token that was refused, if it is still the current one."""
        if headers.get("Authorization") == f"Bearer {self._token}":
            self._renew_at = float("-inf")
        return True

    async def _renew(self, exchange: Exchange) -> None:
        asked_at = self._clock.monotonic()
        response = await exchange(self._request)
        try:
            check_status(without_credentials(response, self._credentials()), self._read_error, self._clock)
        except ResponseError as error:
            if error.status not in _CREDENTIAL_REFUSED:
                raise
            self._refusal = error
            return
        self._token, lifetime_s = _read_token(response)
        self._renew_at = asked_at + lifetime_s - min(RENEW_EARLY_S, lifetime_s / 2)

    def _credentials(self) -> Iterable[str]:
        form = self._request.form or {}
        yield from (value for name, value in form.items() if name not in _PUBLIC_FIELDS)
        headers = self._request.headers
        yield from header_credentials({name: headers[name] for name in headers if name.lower() == "authorization"})


_CREDENTIAL_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""RFC 6749, section 5.2, answers invalid_client with 400 or 401; some gateways with 403."""

_PUBLIC_FIELDS = frozenset({"grant_type", "scope", "audience"})


def header_credentials(headers: Mapping[str, str]) -> Iterable[str]:
    """What must not be shown of the headers that prove who asks: `Bearer abc` gives `abc`."""
    return (value.rpartition(" ")[2] for value in headers.values())


def _refused_credential(error: ResponseError) -> AuthenticationError:
    return AuthenticationError(
        status=error.status,
        method=error.method,
        url=error.url,
        code=error.code,
        provider_message=error.provider_message or "the token endpoint refused the credential",
    )


def _read_token(response: HttpResponse) -> tuple[str, float]:
    """Token and lifetime in seconds; the body, which may hold a token, stays out of the error.

    Assumption: a lifetime that is not stated is `LIFETIME_UNSTATED_S`; RFC 6749, section 5.1, lets a server omit it.
    """
    body = response.json_or_none()
    if not isinstance(body, dict):
        kind = response.headers.get("content-type", "no content type")
        problem = f"expected a JSON object with a token ({kind}, {len(response.body)} bytes) @ $"
        raise MalformedResponseError([problem], method=response.method, url=response.url)
    words = cast(dict[str, Any], body)
    token, lifetime = words.get("access_token"), words.get("expires_in")
    lifetime = Decimal(LIFETIME_UNSTATED_S) if lifetime is None else lifetime
    problems: list[str] = []
    if not isinstance(token, str) or not token:
        problems.append("required field missing @ $.access_token")
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | Decimal) or lifetime <= 0:
        problems.append("expected seconds above zero @ $.expires_in")
    if problems:
        raise MalformedResponseError(problems, method=response.method, url=response.url)
    return cast(str, token), float(cast(Decimal, lifetime))
