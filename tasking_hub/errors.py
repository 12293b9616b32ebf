"""Every error that tasking-hub raises, as one tree.

    TaskingHubError
      ConfigurationError              found before anything was sent
        ProviderNotFoundError         no installed adapter has that name
        MissingDependencyError        an optional extra is not installed
      InvalidRequestError             the request itself is wrong (also a ValueError)
      QuoteRefusedError               the provider has no price; carries the Refusal
      UnsupportedActionError          the provider has no such action, or not for this order
      OrderingError                   refused before anything was sent
        QuoteChangedError             price, terms or replaced orders are no longer those accepted
        SpendingLimitError            it would cost more than a limit leaves
        OrderConflictError            the reference belongs to another purchase
        UnknownOrderError             the order book has no such reference
      OrderBookError                  the order book cannot be read or written
      DownloadError                   a file cannot be fetched or kept
        CorruptFileError              what came is not what was announced
      TransportError                  no answer
        UnsentRequestError            no connection was made: nothing reached the provider
        OutcomeUnknownError           sent, unanswered, maybe acted on: look it up, never send it again
      ResponseError                   an answer that means no
        AuthenticationError           401, or a token endpoint that refuses the key
        PermissionDeniedError         403
        NotFoundError                 404
        RejectedRequestError          any other 4xx, a redirect, or a status that the provider calls final
        RateLimitedError              429, or a pause that the provider imposed earlier
        ProviderUnavailableError      5xx
      MalformedResponseError          an answer that cannot be read; lists what @ which path

Attributes carry the facts; messages never hold a credential, a query string or a whole body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasking_hub.models import Refusal

__all__ = [
    "AuthenticationError",
    "ConfigurationError",
    "CorruptFileError",
    "DownloadError",
    "InvalidRequestError",
    "MalformedResponseError",
    "MissingDependencyError",
    "NotFoundError",
    "OrderBookError",
    "OrderConflictError",
    "OrderingError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "ProviderNotFoundError",
    "ProviderUnavailableError",
    "QuoteChangedError",
    "QuoteRefusedError",
    "RateLimitedError",
    "RejectedRequestError",
    "ResponseError",
    "SpendingLimitError",
    "TaskingHubError",
    "TransportError",
    "UnknownOrderError",
    "UnsentRequestError",
    "UnsupportedActionError",
]

PROBLEMS_SHOWN = 5


class TaskingHubError(Exception):
    """The root: catching it catches everything that tasking-hub raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The usual way calls __init__ with the message alone: no error here would survive a process pool.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[TaskingHubError], args: tuple[Any, ...], facts: dict[str, Any]) -> TaskingHubError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


# --- Found before anything was sent ------------------------------------------------------------------


class ConfigurationError(TaskingHubError):
    """A configuration, rates or element file is missing, unreadable or wrong; the message names file and key."""


class ProviderNotFoundError(ConfigurationError):
    """No installed adapter has the asked-for name; the message lists those that are installed."""


class MissingDependencyError(ConfigurationError):
    """An optional dependency is not installed; the message says which extra brings it."""


class InvalidRequestError(TaskingHubError, ValueError):
    """The request cannot be meant as written.

    Attributes:
        field: the requirement or property at fault, in the words of an input file, or None.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


# --- The provider said no to a price -----------------------------------------------------------------


class QuoteRefusedError(TaskingHubError):
    """The provider has no price for this opportunity.

    Attributes:
        refusal: the typed reason, with limit, actual value and remedy.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.account}: {refusal.message}")
        self.refusal = refusal


# --- Nothing was bought, nor changed -----------------------------------------------------------------


class UnsupportedActionError(TaskingHubError):
    """The provider has no such action, or not for this order as it stands; the message says why."""


class OrderingError(TaskingHubError):
    """An order was refused here: nothing was sent.

    Attributes:
        reference: the buyer's handle.
    """

    def __init__(self, message: str, reference: str) -> None:
        super().__init__(f"{reference}: {message}")
        self.reference = reference


class QuoteChangedError(OrderingError):
    """What would be bought is no longer what was accepted.

    Attributes:
        changes: by what changed ("price", "replaces", "terms.licence", "expires_at"): what was accepted, and what is.
    """

    def __init__(self, reference: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
        said = "; ".join(f"{name}: {old} -> {new}" for name, (old, new) in changes.items())
        super().__init__(f"the quote is not the accepted one: {said}", reference)
        self.changes = dict(changes)


class SpendingLimitError(OrderingError):
    """It would cost more than a spending limit leaves, or its cost cannot be compared with the limit.

    Attributes:
        limit: the limit's name ("per_order", "per_account_per_day.airbus", "per_reference_prefix.spring-").
    """

    def __init__(self, message: str, reference: str, limit: str) -> None:
        super().__init__(f"{limit}: {message}", reference)
        self.limit = limit


class OrderConflictError(OrderingError):
    """The reference belongs to another purchase: a reference is one purchase over all accounts."""


class UnknownOrderError(OrderingError):
    """The order book has no order with this reference."""


class OrderBookError(TaskingHubError):
    """The order book cannot be opened, read or written; what it holds is as it was."""


class DownloadError(TaskingHubError):
    """A file cannot be fetched or kept; what came of it so far waits beside its name for the next try."""


class CorruptFileError(DownloadError):
    """What came has not the length or checksum that was announced; none of it is kept."""


# --- No answer ---------------------------------------------------------------------------------------


class TransportError(TaskingHubError):
    """No usable answer came.

    Attributes:
        method: HTTP method of the request.
        url: its address without query string.
    """

    def __init__(self, message: str, *, method: str, url: str) -> None:
        super().__init__(f"{method} {url}: {message}")
        self.method = method
        self.url = url


class UnsentRequestError(TransportError):
    """No connection was made, so the provider cannot have acted: sending again is safe."""


class OutcomeUnknownError(TransportError):
    """The request left and no answer came: the provider may have acted, so look it up before anything else."""


# --- An answer that means no -------------------------------------------------------------------------


class ResponseError(TaskingHubError):
    """The provider answered, and the answer means no.

    Attributes:
        status: HTTP status.
        code: the provider's own error code, or None.
        provider_message: the provider's own words, shortened.
        method: HTTP method of the request.
        url: its address without query string.
        retry_after_s: seconds until another try makes sense, or None where nobody said.
        body: up to 2,000 characters of the answer, for debugging; never part of the message.
    """

    def __init__(
        self,
        *,
        status: int,
        method: str,
        url: str,
        code: str | None = None,
        provider_message: str = "",
        retry_after_s: float | None = None,
        body: str = "",
    ) -> None:
        said = ": ".join(part for part in (code, provider_message) if part)
        super().__init__(f"{method} {url} answered {status}" + (f" ({said})" if said else ""))
        self.status = status
        self.method = method
        self.url = url
        self.code = code
        self.provider_message = provider_message
        self.retry_after_s = retry_after_s
        self.body = body


class AuthenticationError(ResponseError):
    """The credential was refused; asking again with the same one is useless."""


class PermissionDeniedError(ResponseError):
    """The credential is good and has no right to this."""


class NotFoundError(ResponseError):
    """The provider does not know the thing asked for."""


class RejectedRequestError(ResponseError):
    """The provider understood the request and refused it."""


class RateLimitedError(ResponseError):
    """Too many requests, or a pause that the provider imposed earlier; nothing was processed."""


class ProviderUnavailableError(ResponseError):
    """The provider, or a gateway before it, failed: a request that is not repeatable may still have been acted on."""


class MalformedResponseError(TaskingHubError):
    """The provider's answer is not what its documentation says.

    Attributes:
        problems: one line a problem, each "what @ path"; the message shows the first five.
        method: HTTP method of the request.
        url: its address without query string.
        body: up to 2,000 characters of the answer.
    """

    def __init__(self, problems: Sequence[str], *, method: str = "", url: str = "", body: str = "") -> None:
        more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
        where = f"{method} {url}: " if url else ""
        super().__init__(f"{where}{'; '.join(problems[:PROBLEMS_SHOWN])}{more}")
        self.problems = tuple(problems)
        self.method = method
        self.url = url
        self.body = body
