"""One request for a file or the rest of it: where it may go, what it may carry, and what the answer means."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import parse_qsl, urljoin, urlsplit

from attrs import evolve

from tasking_hub.clock import Clock
from tasking_hub.collect.files import UNPACKED, Facts
from tasking_hub.errors import (
    ConfigurationError,
    CorruptFileError,
    DownloadError,
    MalformedResponseError,
    TransportError,
)
from tasking_hub.messages import (
    HttpRequest,
    HttpResponse,
    check_status,
    origin,
    read_json_error,
    without_credentials,
    without_query,
)
from tasking_hub.models import Deliverable
from tasking_hub.streaming import Streamed, Streamer

__all__ = ["ChangedError", "Part", "opened", "range_headers", "read_begin", "refuse"]

REDIRECTS_MAX = 5

Part = tuple[Facts, int]
"""What is known of the bytes that are there, and how many they are."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE_NUMBER = re.compile("[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes +([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)
_YOUNG = timedelta(seconds=1)


class ChangedError(TransportError):
    """The rest does not belong to the bytes that are there: they are worth nothing, and the file is begun anew."""


@asynccontextmanager
async def opened(
    deliverable: Deliverable,
    transport: Streamer,
    account: Streamer | None,
    headers: Mapping[str, str],
    timeout_s: float,
) -> AsyncGenerator[Streamed, None]:
    """The answer to a request for a file, redirects followed.

    The account's own way, with its credentials, is taken for the first address alone and only where the deliverable
    says so; whatever comes after a redirect carries none.

    Raises:
        DownloadError: an address is none, more than `REDIRECTS_MAX` redirects, or one from https to http.
        ConfigurationError: credentials are wanted for a host that is not the account's.
        TransportError: no answer, or it broke off.
    """
    streamer, url = _way(deliverable, transport, account), _checked(deliverable.url)
    for _ in range(REDIRECTS_MAX + 1):
        request = HttpRequest(method="GET", url=url, headers=headers, repeatable=True, timeout_s=timeout_s)
        async with streamer.stream(request) as answer:
            if answer.head.status not in _REDIRECTS:
                yield answer
                return
            url = _next(url, answer.head)
        streamer = transport
    msg = f"{without_query(deliverable.url)} redirects more than {REDIRECTS_MAX} times"
    raise DownloadError(msg)


def _way(deliverable: Deliverable, transport: Streamer, account: Streamer | None) -> Streamer:
    if not deliverable.needs_credentials:
        return transport
    if account is None:
        msg = f"{deliverable.name} needs the credentials of its account, which were not given"
        raise ConfigurationError(msg)
    return account


def _checked(url: str) -> str:
    try:
        origin(url)
    except ConfigurationError as error:
        msg = f"a link that cannot be followed: {error}"
        raise DownloadError(msg) from error
    return url


def _next(url: str, head: HttpResponse) -> str:
    try:
        target = urljoin(url, head.headers.get("location", "").strip())
    except ValueError as error:
        msg = f"{without_query(url)} redirects to what is no address"
        raise DownloadError(msg) from error
    if origin(url)[0] == "https" and origin(_checked(target))[0] != "https":
        msg = f"{without_query(url)} redirects from https to {without_query(target)}: not followed"
        raise DownloadError(msg)
    return _checked(target)


def range_headers(part: Part | None) -> dict[str, str]:
    """What to ask for: all of it, or the rest if it is still the same; never packed, so that lengths are the file's."""
    headers = {"Accept-Encoding": "identity"}
    if part is not None:
        facts, have = part
        headers["Range"] = f"bytes={have}-"
        headers |= {"If-Range": facts.validator} if facts.validator else {}
    return headers


# --- What the answer means ---------------------------------------------------------------------------


def read_begin(head: HttpResponse, deliverable: Deliverable, part: Part | None) -> Part:
    """The facts of the file that begins to come, and the position at which it goes on.

    Raises:
        ChangedError: it is not the rest of the part.
        CorruptFileError: its length is not the announced one, or nothing will tell whether it came whole.
        MalformedResponseError: it is no file.
    """
    if head.status == HTTPStatus.PARTIAL_CONTENT and part is not None:
        return _read_rest(head, part)
    if head.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part is not None:
        raise _changed(head, f"there is nothing after byte {part[1]}")
    if head.status != HTTPStatus.OK:
        problem = f"expected a file, not status {head.status} @ $"
        raise MalformedResponseError([problem], method=head.method, url=head.url)
    return _read_whole(head, deliverable), 0


def _read_whole(head: HttpResponse, deliverable: Deliverable) -> Facts:
    facts = _facts(head, deliverable)
    announced = deliverable.size_bytes
    if facts.encoding is None and announced is not None and facts.size not in {None, announced}:
        msg = f"{deliverable.name} has {facts.size} bytes at the provider, {announced} were announced"
        raise CorruptFileError(msg)
    told = facts.size is not None or (announced, deliverable.checksum) != (None, None) or _chunked(head)
    if not told:
        msg = f"{deliverable.name} comes without a length: nothing would tell whether it came whole"
        raise CorruptFileError(msg)
    return facts


def _facts(head: HttpResponse, deliverable: Deliverable) -> Facts:
    encoding = head.headers.get("content-encoding", "").strip().lower()
    if encoding not in UNPACKED | {"", "identity"}:
        msg = f"{deliverable.name} comes packed as {encoding[:40]!r}, which was not asked for and cannot be undone"
        raise CorruptFileError(msg)
    length = head.headers.get("content-length", "")
    return Facts(
        order_id=deliverable.order_id,
        size=int(length) if _WHOLE_NUMBER.fullmatch(length) and not _chunked(head) else None,
        etag=_strong_etag(head),
        last_modified=_settled(head),
        encoding=encoding if encoding in UNPACKED else None,
        checksum=deliverable.checksum,
    )


def _read_rest(head: HttpResponse, part: Part) -> Part:
    facts, have = part
    match = _CONTENT_RANGE.fullmatch(head.headers.get("content-range", "").strip())
    if match is None or int(match[1]) != have:
        raise _changed(head, f"not what comes after byte {have}")
    total = None if match[3] == "*" else int(match[3])
    if None not in {total, facts.size} and total != facts.size:
        raise _changed(head, f"{total} bytes in all, {facts.size} before")
    etag = _strong_etag(head)
    if None not in {etag, facts.etag} and etag != facts.etag:
        raise _changed(head, "another version")
    return evolve(facts, size=facts.size or total), have


def _changed(head: HttpResponse, why: str) -> ChangedError:
    msg = f"the file changed while it was fetched ({why})"
    return ChangedError(msg, method=head.method, url=head.url)


def _chunked(head: HttpResponse) -> bool:
    return "chunked" in head.headers.get("transfer-encoding", "").lower()


def _strong_etag(head: HttpResponse) -> str | None:
    """Only a strong tag promises the same bytes (RFC 9110, section 8.8.1)."""
    etag = head.headers.get("etag", "").strip()
    return etag if len(etag) > len('""') and etag.startswith('"') and etag.endswith('"') else None


def _settled(head: HttpResponse) -> str | None:
    """The date of last change where it is older than the answer's second (RFC 9110, section 8.8.2.2)."""
    modified, date = head.headers.get("last-modified", "").strip(), head.headers.get("date", "").strip()
    try:
        settled = _moment(date) - _moment(modified) >= _YOUNG
    except (ValueError, TypeError, OverflowError):
        return None
    return modified if settled else None


def _moment(text: str) -> datetime:
    return parsedate_to_datetime(text)


async def refuse(answer: Streamed, deliverable: Deliverable, clock: Clock) -> NoReturn:
    """Raise what an answer that is no file means, without the link's signature, which a store may echo.

    Raises:
        ResponseError: the class that the status means.
        TransportError: the answer broke off.
        MalformedResponseError: a status of success.
    """
    response = await answer.excerpt()
    secrets = (value for _, value in parse_qsl(urlsplit(deliverable.url).query))
    check_status(without_credentials(response, secrets), read_json_error, clock)
    problem = f"expected a file, not status {response.status} @ $"
    raise MalformedResponseError([problem], method=response.method, url=response.url)
