"""`tasking-hub compare` and `tasking-hub opportunities`: areas in, what every provider says about them out."""

from __future__ import annotations

from typing import Annotated

from tasking_hub.cli.asking import read_requests
from tasking_hub.cli.failures import Exit
from tasking_hub.cli.options import (
    ANY_WISHES,
    AREAS,
    QUOTES_PER_PRODUCT_OPTION,
    REFERENCE,
    USUAL_ASKING,
    USUAL_CONNECTION,
    USUAL_RANKING,
    Asking,
    Connection,
    Ranking,
    Wishes,
)
from tasking_hub.cli.running import running
from tasking_hub.cli.writing import USUAL_WRITING, Writing, write_each
from tasking_hub.hub import QUOTES_PER_PRODUCT


async def compare(
    areas: Annotated[str, AREAS],
    /,
    *,
    wishes: Wishes = ANY_WISHES,
    reference: Annotated[str | None, REFERENCE] = None,
    ranking: Ranking = USUAL_RANKING,
    quotes_per_product: Annotated[int, QUOTES_PER_PRODUCT_OPTION] = QUOTES_PER_PRODUCT,
    asking: Asking = USUAL_ASKING,
    connection: Connection = USUAL_CONNECTION,
    writing: Writing = USUAL_WRITING,
) -> Exit:
    """Compare what images of some areas would cost, at every account.

    For each area the prices come ranked, with what could not be quoted, why, and what would change that. Properties of
    a feature go before the options here.
    """
    defaults = wishes.defaults()
    async with running(connection, currency=ranking.currency) as run:
        requests = read_requests(areas, defaults, run, reference=reference)
        comparisons = run.hub.compare_many(
            requests,
            rank_by=ranking.rank_by,
            quotes_per_product=quotes_per_product or None,
            timeout_s=asking.timeout_s,
            concurrent=asking.concurrent,
        )
        written = await write_each(comparisons, writing, total=len(requests), what="asking for prices")
    return Exit.DONE if written.quotes else Exit.FAILED


async def opportunities(
    areas: Annotated[str, AREAS],
    /,
    *,
    wishes: Wishes = ANY_WISHES,
    reference: Annotated[str | None, REFERENCE] = None,
    asking: Asking = USUAL_ASKING,
    connection: Connection = USUAL_CONNECTION,
    writing: Writing = USUAL_WRITING,
) -> Exit:
    """Find ways in which images of some areas could be taken, without asking for prices.

    What is written as json or jsonl can be priced later with quote.
    """
    defaults = wishes.defaults()
    async with running(connection) as run:
        requests = read_requests(areas, defaults, run, reference=reference)
        # Nothing priced is nothing but opportunities, with the same deadline and the same refusals.
        comparisons = run.hub.compare_many(
            requests, quotes_per_product=0, timeout_s=asking.timeout_s, concurrent=asking.concurrent
        )
        written = await write_each(comparisons, writing, total=len(requests), what="searching")
    return Exit.DONE if written.opportunities else Exit.FAILED
