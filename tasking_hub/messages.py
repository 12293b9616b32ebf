"""Requests and answers as plain values, and the one place where a status becomes an error. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
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
from tasking_hub.exact_json import dump_json, load_json

__all__ = [
    "ErrorDetail",
    "HttpRequest",
    "HttpResponse",
    "ReadError",
    "check_status",
    "dump_json",
    "load_json",
    "origin",
    "read_json_error",
    "retry_after_s",
    "without_credentials",
    "without_query",
]

BODY_KEPT = 2_000
MESSAGE_KEPT = 300
CODE_KEPT = 80
CREDENTIAL_LENGTH_MIN = 8


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
        """The same request with more headers; those given win, whatever their case."""
        given = {name.lower() for name in headers}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in given}
        return evolve(self, headers={**kept, **headers})

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
        except ValueError as error:
            problem = f"not JSON ({self.headers.get('content-type', 'no content type')}, {len(self.body)} bytes) @ $"
            raise self.malformed(problem) from error

    def json_or_none(self) -> Any:
        """The body as JSON, or None where it is not."""
        try:
            return load_json(self.body)
        except ValueError:
            return None

    def malformed(self, *problems: str) -> MalformedResponseError:
        """The error to raise for an answer that is not what its documentation says; each problem is "what @ path"."""
        return MalformedResponseError(problems, method=self.method, url=self.url, body=self.excerpt)


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
    if re.fullmatch("[0-9]{1,15}", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        # An HTTP date is in GMT even where, as in asctime's format, it does not say so.
        asked = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (utc(asked) - clock.now()).total_seconds())
    except (ValueError, OverflowError):
        return None


def check_status(response: HttpResponse, read_error: ReadError, clock: Clock) -> HttpResponse:
    """The answer itself where its status is 2xx.

    Raises:
        ResponseError: the subclass that the status means; a redirect counts as a refusal, since following one could
            carry a credential away or turn a POST into a GET.
    """
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return response
    detail = read_error(response)
    raise _error_type(response.status, final=detail.final)(
        status=response.status,
        method=response.method,
        url=response.url,
        code=_shown(detail.code, CODE_KEPT) if detail.code else None,
        provider_message=_shown(detail.message, MESSAGE_KEPT),
        retry_after_s=retry_after_s(response, clock),
        body=response.excerpt,
    )


def _error_type(status: int, *, final: bool) -> type[ResponseError]:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError
    if final:
        return RejectedRequestError
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProviderUnavailableError
    return _BY_STATUS.get(status, RejectedRequestError)


def _shown(text: str, kept: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= kept else f"{line[: kept - 1]}…"


def read_json_error(response: HttpResponse) -> ErrorDetail:
    """What the usual error bodies say: RFC 9457 problems, code and message, OAuth errors; never raises.

    HTML and other text say nothing here: the body stays on the error.
    """
    body = response.json_or_none()
    if not isinstance(body, dict):
        return ErrorDetail()
    words = cast(dict[str, Any], body)
    if isinstance(words.get("error"), dict):
        words = {**words, **words["error"]}
    return ErrorDetail(code=_first(words, _CODE_FIELDS) or None, message=_first(words, _MESSAGE_FIELDS))


_CODE_FIELDS = ("code", "errorCode", "error", "type")
_MESSAGE_FIELDS = ("message", "detail", "error_description", "title")


def _first(words: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of these fields that says something; "about:blank" does not (RFC 9457, section 4.2.1)."""
    said = (words.get(name) for name in names)
    usable = (str(word) for word in said if isinstance(word, str | int) and not isinstance(word, bool))
    return next((word for word in usable if word.strip() and word != "about:blank"), "")


def without_credentials(response: HttpResponse, credentials: Iterable[str]) -> HttpResponse:
    """The answer with every credential in its body blotted out: a provider may echo what it refuses.

    What is shorter than `CREDENTIAL_LENGTH_MIN` stays: it is no credential, but may be part of any word.
    """
    body = response.body
    for credential in credentials:
        if len(credential) >= CREDENTIAL_LENGTH_MIN:
            body = body.replace(credential.encode(), b"***")
    return evolve(response, body=body)


def without_query(url: str) -> str:
    """The address as it may be shown: no query, no credentials, no fragment; never raises.

    What has no host is not shown at all: it may be a credential in the wrong place, or `user:password@host`.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return _UNREADABLE
    if not parts.netloc:
        return _UNREADABLE
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what a credential is tied to.

    Raises:
        ConfigurationError: where it is not an absolute http or https address, or carries a credential itself. What
            readers of addresses disagree about (spaces, backslashes) is refused, lest a host be taken for another.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = f"{without_query(url)} is not an address"
        raise ConfigurationError(msg) from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or re.search(r"[\s\\]", url):
        msg = f"{without_query(url)} is not an absolute http or https address"
        raise ConfigurationError(msg)
    if "@" in parts.netloc:
        msg = f"{without_query(url)} must not carry a user name or password"
        raise ConfigurationError(msg)
    return parts.scheme, parts.hostname, _DEFAULT_PORTS[parts.scheme] if port is None else port


_UNREADABLE = "(unreadable address)"
_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
