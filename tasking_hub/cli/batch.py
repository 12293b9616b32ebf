"""`tasking-hub order --all-from`: one quote of each saved comparison, resumably."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen
from rich.console import Group

from tasking_hub.cli.agreeing import agreed, require_askable
from tasking_hub.cli.asking import check_accounts
from tasking_hub.cli.buying import Guards, tell
from tasking_hub.cli.failures import Exit, UsageError, explanation
from tasking_hub.cli.picking import Pick, Picks
from tasking_hub.cli.placing import FAILED, Wanted, known, outcome, place
from tasking_hub.cli.presenting import UNSETTLED, fee_now, leaving_of, moment, steps_ahead
from tasking_hub.cli.running import Running
from tasking_hub.cli.tables import Fact, section
from tasking_hub.errors import ConfigurationError, OrderBookError, TaskingHubError
from tasking_hub.hub import Hub
from tasking_hub.models import Order, Quote
from tasking_hub.money import Money, Quota
from tasking_hub.orders.fees import Leaving


@frozen(kw_only=True)
class Bought:
    """What became of one purchase of a batch.

    Attributes:
        order: the order, or None where it was refused.
        before: it was bought by an earlier run.
    """

    order: Order | None
    before: bool = False


async def buy_each(run: Running, picks: Picks, *, replaces: Iterable[str], guards: Guards) -> AsyncIterator[Bought]:
    """Buy the picked quotes one after the other, after one question about all of them.

    What one refuses does not stop the others; a configuration or an order book that fails does.

    Raises:
        UsageError: there is nothing to buy, or nobody to ask.
        ConfigurationError: an account is not configured.
        OrderBookError: the order book fails.
    """
    require_askable(yes=guards.yes, limit=guards.max_price, option="--max-price")
    check_accounts((pick.opportunity.account for pick in picks.quotes), run.config.accounts)
    wanted = [_wanted(pick, frozenset(replaces), guards) for pick in picks.quotes]
    if not wanted:
        msg = "no comparison in the file has a quote to buy"
        raise UsageError(msg)
    for reference in picks.without:
        tell(f"{reference}: no quote to buy")
    new = [item for item in wanted if await known(run.hub, item.reference) is None]
    if new and not agreed(f"Order {_orders(len(new))}?", _shown(new, run.clock.now()), yes=guards.yes):
        tell("nothing was ordered")
        return
    for item in wanted:
        yield await _buy(run.hub, item)


def _wanted(pick: Pick, replaces: frozenset[str], guards: Guards) -> Wanted:
    """A batch names all orders that may be lost at once; of those each quote may take the ones that it would."""
    would = {order.id for order in pick.opportunity.replaces}
    reference = pick.opportunity.request.reference
    return Wanted(pick=pick, reference=reference, replaces=replaces & would, guards=guards)


async def _buy(hub: Hub, wanted: Wanted) -> Bought:
    before = await known(hub, wanted.reference)
    try:
        return Bought(order=await place(hub, wanted, before), before=before is not None)
    except (ConfigurationError, OrderBookError):
        raise
    except TaskingHubError as error:
        for line in explanation(error):
            tell(line if wanted.reference in line else f"{wanted.reference}: {line}")
        return Bought(order=None)


# --- What is shown -----------------------------------------------------------------------------------


def _shown(wanted: Sequence[Wanted], at: datetime) -> Group:
    costs = {item.reference: _costs(item, at) for item in wanted}
    lines = [(item.reference, _line(item, costs[item.reference])) for item in wanted]
    return section(f"{_orders(len(wanted))} to buy", lines, _totals(wanted), _leaving(wanted, costs))


def _costs(item: Wanted, at: datetime) -> Leaving | None:
    return leaving_of(item.what, item.reference, at) if isinstance(item.what, Quote) else None


def _line(item: Wanted, costs: Leaving | None) -> str:
    found = item.opportunity
    price = item.what.price if isinstance(item.what, Quote) else ""
    lost = f", cancels {', '.join(order.id for order in found.replaces)}" if found.replaces else ""
    fee = "" if costs is None or costs.now is None else f"; leaving it now costs {fee_now(costs)}"
    return f"{price}  {found.product} from {found.account}, {moment(found.window.start)}{lost}{fee}"


def _totals(wanted: Sequence[Wanted]) -> list[Fact]:
    sums: dict[str, Money | Quota] = {}
    for item in wanted:
        if isinstance(item.what, Quote):
            price = item.what.price
            unit = price.currency if isinstance(price, Money) else price.unit
            sums[unit] = _sum(sums.get(unit), price)
    return [("Together" if index == 0 else "", str(total)) for index, total in enumerate(sums.values())]


def _sum(left: Money | Quota | None, right: Money | Quota) -> Money | Quota:
    if isinstance(left, Money) and isinstance(right, Money):
        return left + right
    if isinstance(left, Quota) and isinstance(right, Quota):
        return Quota(left.amount + right.amount, right.unit)
    return right


def _leaving(wanted: Sequence[Wanted], costs: Mapping[str, Leaving | None]) -> list[Fact]:
    """The rules for changing one's mind from now on, each once."""
    rules = {
        f"{item.opportunity.account}: {step.terms.note} ({step.terms.source})": None
        for item in wanted
        if (found := costs[item.reference]) is not None
        for step in steps_ahead(found)
    }
    return [("Leaving" if index == 0 else "", rule) for index, rule in enumerate(rules)]


def _orders(count: int) -> str:
    return f"{count} order{'' if count == 1 else 's'}"


# --- How it ended ------------------------------------------------------------------------------------


async def summed_up(purchases: AsyncIterator[Bought], write: Callable[[Order], None]) -> Exit:
    """Write each order as it is bought, say how many came to what, and give the exit code."""
    ended: list[Bought] = []
    try:
        async for bought in purchases:
            ended.append(bought)
            if bought.order is not None:
                write(bought.order)
    except (asyncio.CancelledError, KeyboardInterrupt, OSError):
        if ended:
            tell(f"{_summary(ended)}; the same command again goes on with the rest, and buys nothing twice")
        raise
    if not ended:
        return Exit.FAILED
    orders = [bought.order for bought in ended if bought.order is not None]
    tell(_summary(ended))
    code = outcome(orders)
    return Exit.FAILED if code is Exit.DONE and len(orders) < len(ended) else code


def _summary(ended: Sequence[Bought]) -> str:
    orders = [(bought.order, bought.before) for bought in ended if bought.order is not None]
    unknown = sum(order.state in UNSETTLED and order.id is None for order, _ in orders)
    nothing = len(ended) - len(orders) + sum(order.state in FAILED for order, _ in orders)
    before = sum(before and order.state not in FAILED and order.id is not None for order, before in orders)
    return (
        f"{_orders(len(ended))}: {len(ended) - unknown - nothing} placed ({before} known before), "
        f"{nothing} not placed, {unknown} unknown"
    )
