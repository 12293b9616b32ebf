"""Requests and answers as plain values, and the one place where a status becomes an error. No I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from attrs import evolve, field, frozen

from tasking_hub.clock import Clock, utc
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ProviderUnavailableError,
    RateLimitedError,
    RejectedRequestError,
    ResponseError,
)

BODY_KEPT = 2_000
MESSAGE_KEPT = 300


def _lower_keys(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@frozen(kw_only=True)
class HttpRequest:
    """One request, ready to be sent.

    Attributes:
        method: HTTP method in capitals.
        url: absolute address, without the query.
        query: parameters in order; a name may repeat.
        headers: beyond those that authentication adds.
        json: body sent as JSON, or None for no JSON body.
        form: body sent as a form, or None; never part of a repr since it may hold a credential.
        repeatable: sending it twice changes nothing, so it may be retried.
        timeout_s: seconds that the whole exchange may take.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    json: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    repeatable: bool
    timeout_s: float = 60.0

    def with_headers(self, headers: Mapping[str, str]) -> HttpRequest:
        """The same request with more headers; those given win."""
        return evolve(self, headers={**self.headers, **headers})

    @property
    def body(self) -> bytes | None:
        """The bytes to send, or None."""
        if self.form is not None:
            return urlencode(self.form).encode()
        return None if self.json is None else dump_json(self.json).encode()

    @property
    def content_type(self) -> str | None:
        """What the body is, or None without one."""
        if self.form is not None:
            return "application/x-www-form-urlencoded"
        return None if self.json is None else "application/json"


@frozen(kw_only=True)
class HttpResponse:
    """One answer, read to its end.

    Attributes:
        status: HTTP status.
        headers: by lower-case name.
        body: the bytes as they came.
        method: of the request that it answers.
        url: of the request that it answers, without the query.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], converter=_lower_keys, repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "GET"
    url: str = ""

    @property
    def text(self) -> str:
        """The body as text; undecodable bytes become replacement characters."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def excerpt(self) -> str:
        """The start of the body, for debugging."""
        return self.text[:BODY_KEPT]

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as `Decimal`.

        Raises:
            MalformedResponseError: where the body is not JSON.
        """
        try:
            return load_json(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "no content type")
            problem = f"not JSON ({kind}, {len(self.body)} bytes) @ $"
            raise MalformedResponseError([problem], method=self.method, url=self.url, body=self.excerpt) from error

    def json_or_none(self) -> Any:
        """The body as JSON, or None where it is not."""
        try:
            return load_json(self.body)
        except (ValueError, RecursionError):
            return None


def load_json(text: str | bytes) -> Any:
    """Parse JSON without a binary float in sight; NaN and Infinity are refused.

    Raises:
        ValueError: where it is not JSON.
    """

    def refuse(constant: str) -> Any:
        msg = f"{constant} is not JSON"
        raise ValueError(msg)

    return json.loads(text, parse_float=Decimal, parse_constant=refuse)


def _plain_number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    msg = f"{type(value).__name__} cannot be said in JSON"
    raise TypeError(msg)


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Write JSON; a `Decimal` becomes the shortest number that reads back as the same value.

    Raises:
        ValueError: for NaN and infinities.
        TypeError: for what JSON cannot say.
    """
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain_number)


@frozen(kw_only=True)
class ErrorDetail:
    """What a provider's error body says: its own code and words, either of them possibly empty.

    Attributes:
        code: the provider's own code.
        message: the provider's own words.
        final: the provider has decided, whatever the status says, so asking again is useless.
    """

    code: str | None = None
    message: str = ""
    final: bool = False


ReadError = Callable[[HttpResponse], ErrorDetail]

_BY_STATUS: Mapping[int, type[ResponseError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
}


def retry_after_s(response: HttpResponse, clock: Clock) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, section 10.2.3), or None without a usable one."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (utc(moment) - clock.now()).total_seconds()) if moment.tzinfo else None


def check_status(response: HttpResponse, read_error: ReadError, clock: Clock) -> HttpResponse:
    """The answer itself where its status is 2xx.

    Raises:
        ResponseError: the subclass that the status means; a redirect counts as a refusal, since following one could
            carry a credential away or turn a POST into a GET.
    """
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return response
    detail = read_error(response)
    facts: dict[str, Any] = {
        "status": response.status,
        "method": response.method,
        "url": response.url,
        "code": detail.code,
        "provider_message": detail.message[:MESSAGE_KEPT],
        "body": response.excerpt,
    }
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitedError(**facts, retry_after_s=retry_after_s(response, clock))
    if detail.final:
        raise RejectedRequestError(**facts)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ProviderUnavailableError(**facts)
    raise _BY_STATUS.get(response.status, RejectedRequestError)(**facts)


def read_json_error(response: HttpResponse) -> ErrorDetail:
    """What the usual error bodies say: RFC 9457 problems, code and message, OAuth errors; never raises.

    HTML and other text say nothing here: the body stays on the error.
    """
    body = response.json_or_none()
    if not isinstance(body, dict):
        return ErrorDetail()
    words = cast(dict[str, Any], body)
    code = next((words[key] for key in ("code", "errorCode", "error", "type") if isinstance(words.get(key), str)), None)
    said = ("message", "detail", "error_description", "title")
    message = next((words[key] for key in said if isinstance(words.get(key), str)), "")
    return ErrorDetail(code=code, message=message)


def without_query(url: str) -> str:
    """The address as it may be shown: no query, no credentials, no fragment."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what a credential is tied to.

    Raises:
        ConfigurationError: where it is not an absolute http or https address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = f"{url!r} is not an address"
        raise ConfigurationError(msg) from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        msg = f"{without_query(url)!r} is not an absolute http or https address"
        raise ConfigurationError(msg)
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]


_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
