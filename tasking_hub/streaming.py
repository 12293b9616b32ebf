"""Answers that are read piece by piece: what they look like and who gives them. No I/O."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from attrs import evolve, field, frozen

from tasking_hub.messages import BODY_KEPT, HttpRequest, HttpResponse

__all__ = ["Streamed", "Streamer"]


@frozen(kw_only=True)
class Streamed:
    """An answer that has begun.

    Attributes:
        head: its status and headers, with an empty body.
        chunks: its body, once, as it comes and as it was sent: a Content-Encoding is not undone.
    """

    head: HttpResponse
    chunks: AsyncIterator[bytes] = field(repr=False, eq=False)

    async def excerpt(self, size: int = BODY_KEPT) -> HttpResponse:
        """The answer with the beginning of its body, for what is an error and not a file.

        Raises:
            TransportError: the answer broke off.
        """
        body = b""
        async for chunk in self.chunks:
            body += chunk
            if len(body) >= size:
                break
        return evolve(self.head, body=body[:size])


@runtime_checkable
class Streamer(Protocol):
    """One exchange whose answer is read piece by piece."""

    def stream(self, request: HttpRequest) -> AbstractAsyncContextManager[Streamed]:
        """Send one request and give its answer as soon as it begins, whatever its status.

        The request's `timeout_s` is how long the answer may take to begin, and each piece of it to follow.

        Raises:
            UnsentRequestError: no connection was made.
            OutcomeUnknownError: the answer never began, or (while its pieces are read) broke off or stalled.
        """
        ...
