"""One account's answer to one request, gathered so that a deadline keeps what came before it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import aclosing
from typing import Any, cast

from attrs import define, evolve, field

from tasking_hub.clock import Clock
from tasking_hub.errors import TaskingHubError
from tasking_hub.models import Adjustment, AdjustmentKind, Opportunity, Quote, Refusal, TaskRequest
from tasking_hub.provider import Provider
from tasking_hub.refusals import adapter_failed, nothing_found, refusal_of, refused_before_asking, timed_out

SEARCH_SHARE = 0.8
"""The part of an account's time that its search may take at the most; prices have all that it leaves over."""

_LOG = logging.getLogger(__name__)


@define
class Answer:
    """What an account said so far.

    Attributes:
        account: its name.
        quotes: prices, in the order in which they came.
        refusals: reasons for having none.
        not_quoted: opportunities found and not priced.
        seconds: how long it took, real time, like the deadline.
    """

    account: str
    quotes: list[Quote] = field(factory=list[Quote])
    refusals: list[Refusal] = field(factory=list[Refusal])
    not_quoted: list[Opportunity] = field(factory=list[Opportunity])
    seconds: float = 0.0


async def find(
    provider: Provider[Any], request: TaskRequest, clock: Clock
) -> AsyncGenerator[Opportunity | Refusal, None]:
    """An account's opportunities and refusals; a failure becomes a refusal, and there is always at least one item."""
    who = {"account": provider.account, "provider": provider.name}
    refusal = refused_before_asking(request, provider.capabilities, now=clock.now(), **who)
    if refusal is not None:
        yield refusal
        return
    said_something = False
    try:
        async with aclosing(cast(Any, provider.find_opportunities(request))) as found:
            async for item in found:
                said_something = True
                yield _expected(item)
    except TaskingHubError as error:
        yield refusal_of(error, **who)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not hide the other accounts
        _LOG.exception("the adapter of account %s failed while searching", provider.account)
        yield adapter_failed(error, **who)
    else:
        if not said_something:
            yield nothing_found(**who)


def _expected(item: object) -> Opportunity | Refusal:
    if not isinstance(item, Opportunity | Refusal):
        msg = f"an adapter yields opportunities and refusals, not {type(item).__name__}"
        raise TypeError(msg)
    return item


async def quoted(provider: Provider[Any], opportunity: Opportunity) -> Quote:
    """The opportunity's price, with every requirement of the caller accounted for.

    Raises:
        TaskingHubError: as `Provider.quote` does.
    """
    return with_all_adjustments(await provider.quote(opportunity))


def with_all_adjustments(quote: Quote) -> Quote:
    """The quote with a NOT_ENFORCED adjustment for each requirement that its adapter did not mention."""
    opportunity = quote.opportunity
    mentioned = {adjustment.field for adjustment in quote.all_adjustments}
    silent = tuple(
        Adjustment(
            field=name,
            how=AdjustmentKind.NOT_ENFORCED,
            asked=value,
            why=f"{opportunity.provider} has no such requirement",
        )
        for name, value in opportunity.request.asked(opportunity.imaging).items()
        if name not in mentioned
    )
    return evolve(quote, adjustments=cast(Any, quote.adjustments + silent)) if silent else quote


async def gather(
    provider: Provider[Any], request: TaskRequest, *, quotes_per_product: int | None, timeout_s: float, clock: Clock
) -> Answer:
    """Everything that one account says until the deadline; never raises a `TaskingHubError`.

    The last part of the time is kept for prices: a search that is cut off still gets quotes for what it found.
    """
    answer = Answer(provider.account)
    loop = asyncio.get_running_loop()
    started = loop.time()
    in_time = await _until(started + timeout_s * SEARCH_SHARE, _search(answer, provider, request, clock))
    chosen = soonest(answer.not_quoted, quotes_per_product)
    in_time &= await _until(started + timeout_s, _ask_prices(answer, provider, chosen))
    if not in_time:
        answer.refusals.append(timed_out(account=provider.account, provider=provider.name, timeout_s=timeout_s))
    answer.seconds = loop.time() - started
    return answer


def soonest(opportunities: Iterable[Opportunity], per_product: int | None) -> list[Opportunity]:
    """The first so many of each product by start, all of them for None; equal starts in the order of their ids."""
    by_start = sorted(opportunities, key=lambda one: (one.window.start, one.id))
    taken: Counter[str] = Counter()
    chosen: list[Opportunity] = []
    for opportunity in by_start:
        taken[opportunity.product] += 1
        if per_product is None or taken[opportunity.product] <= per_product:
            chosen.append(opportunity)
    return chosen


async def _until(moment: float, work: Coroutine[Any, Any, None]) -> bool:
    """Do as much of the work as real time allows, on the loop's clock; False where it was cut off."""
    try:
        async with asyncio.timeout_at(moment):
            await work
    except TimeoutError:
        return False
    return True


async def _search(answer: Answer, provider: Provider[Any], request: TaskRequest, clock: Clock) -> None:
    async with aclosing(find(provider, request, clock)) as found:
        async for item in found:
            if isinstance(item, Refusal):
                answer.refusals.append(item)
            else:
                answer.not_quoted.append(item)


async def _ask_prices(answer: Answer, provider: Provider[Any], chosen: Iterable[Opportunity]) -> None:
    for opportunity in chosen:
        await _ask_price(answer, provider, opportunity)
        answer.not_quoted.remove(opportunity)


async def _ask_price(answer: Answer, provider: Provider[Any], opportunity: Opportunity) -> None:
    who = {"account": provider.account, "provider": provider.name}
    try:
        answer.quotes.append(await quoted(provider, opportunity))
    except TaskingHubError as error:
        _add(answer, refusal_of(error, **who))
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not hide the other accounts
        _LOG.exception("the adapter of account %s failed while quoting", provider.account)
        _add(answer, adapter_failed(error, **who))


def _add(answer: Answer, refusal: Refusal) -> None:
    """Say the same no once, however many opportunities it holds for."""
    if refusal not in answer.refusals:
        answer.refusals.append(refusal)
