"""The way from a request to its prices, walked and written down; nothing is judged here."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

from attrs import define, field

from tasking_hub.errors import QuoteRefusedError, TaskingHubError
from tasking_hub.models import AccountStatus, Opportunity, Quote, Refusal, TaskRequest
from tasking_hub.provider import Provider

PATIENCE_S = 60.0
"""Real seconds after which a step counts as hanging."""

Found = list[Opportunity | Refusal]


@define
class Journey:
    """What an adapter said on the way.

    Attributes:
        status: of the account.
        found: items by request, in the order of the requests.
        quotes: prices of some of the opportunities.
        refused: refusals of prices, with their opportunity.
    """

    status: AccountStatus | None = None
    found: list[tuple[TaskRequest, Found]] = field(factory=list[tuple[TaskRequest, Found]])
    quotes: list[Quote] = field(factory=list[Quote])
    refused: list[tuple[Opportunity, Refusal]] = field(factory=list[tuple[Opportunity, Refusal]])

    @property
    def opportunities(self) -> list[Opportunity]:
        """All opportunities of all requests."""
        return [item for _, found in self.found for item in found if isinstance(item, Opportunity)]

    @property
    def refusals(self) -> list[Refusal]:
        """All refusals, those of prices included."""
        of_requests = [item for _, found in self.found for item in found if isinstance(item, Refusal)]
        return of_requests + [refusal for _, refusal in self.refused]


async def walk(provider: Provider[Any], requests: Iterable[TaskRequest], *, quotes_per_product: int = 2) -> Journey:
    """Ask for the account, then for each request's opportunities, then for the price of the first of each product."""
    journey = Journey()
    async with asyncio.timeout(PATIENCE_S):
        journey.status = await provider.status()
    for request in requests:
        found = await find_all(provider, request)
        journey.found.append((request, found))
        for opportunity in first_of_each_product(found, quotes_per_product):
            await _price(journey, provider, opportunity)
    return journey


async def find_all(provider: Provider[Any], request: TaskRequest) -> Found:
    """Everything that the adapter yields for a request.

    Raises:
        TimeoutError: it did not come to an end within `PATIENCE_S` real seconds.
    """
    async with asyncio.timeout(PATIENCE_S):
        return [item async for item in provider.find_opportunities(request)]


def first_of_each_product(found: Found, count: int) -> list[Opportunity]:
    """The first opportunities of each product."""
    seen: Counter[str] = Counter()
    chosen: list[Opportunity] = []
    for item in found:
        if isinstance(item, Opportunity) and seen[item.product] < count:
            seen[item.product] += 1
            chosen.append(item)
    return chosen


async def _price(journey: Journey, provider: Provider[Any], opportunity: Opportunity) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            journey.quotes.append(await provider.quote(opportunity))
    except QuoteRefusedError as error:
        journey.refused.append((opportunity, error.refusal))


@define
class Stumble:
    """What happened on a way on which something was broken.

    Attributes:
        errors: typed errors, which callers can handle.
        crashes: anything else that was raised, as text with its last lines.
        items: what was still said.
    """

    errors: list[TaskingHubError] = field(factory=list[TaskingHubError])
    crashes: list[str] = field(factory=list[str])
    items: list[Any] = field(factory=list[Any])


async def stumble(provider: Provider[Any], request: TaskRequest, opportunity: Opportunity) -> Stumble:
    """Ask for the account, the opportunities of a request, and the price of a known opportunity, whatever fails."""
    said = Stumble()
    await _try(said, provider.status())
    found = await _try(said, find_all(provider, request))
    await _try(said, provider.quote(opportunity))
    said.items.extend(cast(Found, found or []))
    return said


async def _try(said: Stumble, step: Any) -> Any:
    try:
        async with asyncio.timeout(PATIENCE_S):
            result = await step
    except TaskingHubError as error:
        said.errors.append(error)
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        said.crashes.append(" ".join(traceback.format_exception(error, limit=-2)))
    else:
        said.items.append(result)
        return result
    return None


@contextmanager
def everything_logged() -> Generator[list[str], None, None]:
    """The formatted records of all loggers at level DEBUG while the body runs."""
    lines: list[str] = []
    handler = _Lines(lines)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record with its traceback."""
        self._lines.append(self.format(record))
