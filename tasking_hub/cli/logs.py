"""What is logged, on standard error: warnings in a line each, or with `--debug` everything and where it comes from."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TextIO

from tasking_hub.errors import ConfigurationError, TransportError
from tasking_hub.messages import HttpRequest, HttpResponse, without_query
from tasking_hub.streaming import Streamed, Streamer
from tasking_hub.transport import Transport

_OURS = "tasking_hub"
_LOG = logging.getLogger(f"{_OURS}.requests")


class _ShortFormatter(logging.Formatter):
    """A line without a traceback: the kind of the exception is enough to report it."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0] if record.exc_info else None
        cause = f" ({kind.__name__}; --debug shows where)" if kind is not None else ""
        return f"{record.levelname.lower()}: {record.getMessage()}{cause}"


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment: while progress is shown, above it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)


def _is_ours(record: logging.LogRecord) -> bool:
    # Adapters are called tasking_hub_<name>.
    return record.name.startswith(_OURS)


def _handler(*, debug: bool) -> logging.Handler:
    handler = _StderrHandler()
    if debug:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        return handler
    handler.setFormatter(_ShortFormatter())
    handler.setLevel(logging.WARNING)
    handler.addFilter(_is_ours)
    return handler


@contextmanager
def logging_to_stderr(*, debug: bool) -> Generator[None]:
    """Log to standard error inside, and leave logging as it was found."""
    root, ours, handler = logging.getLogger(), logging.getLogger(_OURS), _handler(debug=debug)
    levels = root.level, ours.level
    root.addHandler(handler)
    if debug:
        root.setLevel(logging.INFO)
        ours.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


class LoggedTransport:
    """A transport whose exchanges are logged: method, address without query, status, seconds; no header, no body."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for one answer."""
        started = time.monotonic()
        try:
            response = await self._transport.send(request)
        except TransportError as error:
            _LOG.debug("%s", error)
            raise
        seconds = time.monotonic() - started
        url = without_query(request.url)
        _LOG.debug("%s %s answered %d in %.3f s", request.method, url, response.status, seconds)
        return response

    @asynccontextmanager
    async def stream(self, request: HttpRequest) -> AsyncGenerator[Streamed, None]:
        """Exchange one request for an answer that is read piece by piece.

        Raises:
            ConfigurationError: the transport cannot.
        """
        if not isinstance(self._transport, Streamer):
            msg = f"{type(self._transport).__name__} cannot fetch files piece by piece"
            raise ConfigurationError(msg)
        started = time.monotonic()
        async with self._transport.stream(request) as answer:
            seconds, url = time.monotonic() - started, without_query(request.url)
            _LOG.debug("%s %s began with %d after %.3f s", request.method, url, answer.head.status, seconds)
            yield answer
