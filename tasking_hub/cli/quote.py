"""`tasking-hub quote`: prices of opportunities that were saved earlier."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from cyclopts import Parameter

from tasking_hub.cli.asking import check_accounts
from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.options import (
    USUAL_ASKING,
    USUAL_CONNECTION,
    USUAL_RANKING,
    Asking,
    Connection,
    Ranking,
    option,
)
from tasking_hub.cli.running import Running, running
from tasking_hub.cli.saved import read_saved
from tasking_hub.cli.writing import USUAL_WRITING, Writing, write_each
from tasking_hub.compare.ranking import rank
from tasking_hub.errors import TaskingHubError
from tasking_hub.hub import Hub
from tasking_hub.models import Comparison, Opportunity, Quote, RankBy, Refusal
from tasking_hub.refusals import adapter_failed, refusal_of, timed_out

_LOG = logging.getLogger(__name__)

FILE = Parameter(help="What opportunities or compare wrote as json or jsonl; - is standard input.")


async def quote(
    file: Annotated[str, FILE],
    /,
    *,
    ids: Annotated[tuple[str, ...], option("Only the opportunity of this id; repeat for more.", "--id")] = (),
    ranking: Ranking = USUAL_RANKING,
    asking: Asking = USUAL_ASKING,
    connection: Connection = USUAL_CONNECTION,
    writing: Writing = USUAL_WRITING,
) -> Exit:
    """Ask for the prices of opportunities that were saved earlier.

    Prices of one request are compared with each other; opportunities that cannot be priced are listed with the reason.
    """
    async with running(connection, currency=ranking.currency) as run:
        groups = _grouped(_chosen(read_saved(file, run.registry), ids, file))
        check_accounts((found.account for group in groups for found in group), run.config.accounts)
        comparisons = _compare_each(run, groups, asking, ranking.rank_by)
        written = await write_each(comparisons, writing, total=len(groups), what="asking for prices")
    return Exit.DONE if written.quotes else Exit.FAILED


def _chosen(opportunities: Sequence[Opportunity], ids: Sequence[str], file: str) -> list[Opportunity]:
    if not ids:
        return list(opportunities)
    missing = sorted(set(ids) - {opportunity.id for opportunity in opportunities})
    if missing:
        msg = f"--id: no opportunity {', '.join(missing)} in {file}"
        raise UsageError(msg)
    return [opportunity for opportunity in opportunities if opportunity.id in ids]


def _grouped(opportunities: Sequence[Opportunity]) -> list[list[Opportunity]]:
    """Those of one request together, in the order in which the requests first come."""
    groups: dict[str, list[Opportunity]] = {}
    for opportunity in opportunities:
        groups.setdefault(opportunity.request.reference, []).append(opportunity)
    return list(groups.values())


async def _compare_each(
    run: Running, groups: Sequence[Sequence[Opportunity]], asking: Asking, by: RankBy
) -> AsyncIterator[Comparison]:
    for group in groups:
        yield await _compared(run, group, asking, by)


async def _compared(run: Running, group: Sequence[Opportunity], asking: Asking, by: RankBy) -> Comparison:
    turns = asyncio.Semaphore(asking.concurrent)
    answers = await asyncio.gather(*(_priced(run.hub, found, asking.timeout_s, turns) for found in group))
    quotes = [answer for answer in answers if isinstance(answer, Quote)]
    currency = run.config.currency
    return Comparison(
        request=group[0].request,
        quotes=rank(quotes, by=by, currency=currency, rates=run.config.rates),
        refusals=_without_repetition(answers),
        base_currency=currency,
        rates=run.config.rates.used({currency, *(price.money.currency for price in quotes if price.money)}),
        ranked_by=by,
    )


def _without_repetition(answers: Sequence[Quote | Refusal]) -> tuple[Refusal, ...]:
    """The same no once, however many opportunities it holds for."""
    refusals: list[Refusal] = []
    for answer in answers:
        if isinstance(answer, Refusal) and answer not in refusals:
            refusals.append(answer)
    return tuple(refusals)


async def _priced(hub: Hub, found: Opportunity, timeout_s: float, turns: asyncio.Semaphore) -> Quote | Refusal:
    who = {"account": found.account, "provider": found.provider}
    try:
        async with turns, asyncio.timeout(timeout_s):
            return await hub.quote(found)
    except TimeoutError:
        return timed_out(timeout_s=timeout_s, **who)
    except TaskingHubError as error:
        return refusal_of(error, **who)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not hide the other prices
        _LOG.exception("the adapter of account %s failed while quoting", found.account)
        return adapter_failed(error, **who)
