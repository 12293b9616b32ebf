"""One purchase: what it is, whether it may be made here, and what its end means for the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import frozen
from rich.console import Group

from tasking_hub.cli.agreeing import require_askable, require_terminal
from tasking_hub.cli.buying import Guards, tell
from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.picking import Pick
from tasking_hub.cli.presenting import UNSETTLED, moment, opportunity_section, quote_section
from tasking_hub.errors import TaskingHubError, UnknownOrderError
from tasking_hub.hub import Hub
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Opportunity, Order, Quote
from tasking_hub.money import Money

FAILED = frozenset({OrderState.NOT_PLACED, OrderState.REJECTED})
"""States in which a purchase came to nothing."""

_LOOK = "nobody knows whether it was bought: `tasking-hub recover` looks it up; it is never sent again"


@frozen(kw_only=True)
class Wanted:
    """What is to be bought.

    Attributes:
        pick: what it is, and what it was chosen from.
        reference: of the order.
        replaces: orders that may be lost.
        guards: what may be spent.
        reserve: what an order without a price counts against the spending limits.
    """

    pick: Pick
    reference: str
    replaces: frozenset[str] = frozenset()
    guards: Guards
    reserve: Money | None = None

    @property
    def what(self) -> Quote | Opportunity:
        """A quote, or an opportunity that has no price."""
        return self.pick.what

    @property
    def opportunity(self) -> Opportunity:
        """What would be served."""
        return self.pick.opportunity

    def shown(self, at: datetime) -> Group:
        """What the buyer should know before agreeing, at that moment."""
        if isinstance(self.what, Quote):
            return quote_section(self.what, self.reference, at=at)
        return opportunity_section(self.what, self.reference)


def require_allowed(wanted: Wanted, *, accept_unpriced: bool) -> None:
    """Refuse what the options do not allow, before anything is asked or sent.

    Raises:
        UsageError: naming the option that is missing.
    """
    lost = {order.id for order in wanted.opportunity.replaces}
    if unnamed := sorted(lost - wanted.replaces):
        msg = f"buying this cancels {', '.join(unnamed)}: name with --replaces what you agree to lose"
        raise UsageError(msg)
    if isinstance(wanted.what, Quote):
        require_askable(yes=wanted.guards.yes, limit=wanted.guards.max_price, option="--max-price")
        return
    if not accept_unpriced:
        msg = f"{wanted.what.id} has no price: price it with quote, or order it unpriced with --accept-unpriced"
        raise UsageError(msg)
    if not wanted.guards.yes:
        require_terminal("--yes and --accept-unpriced")


async def place(hub: Hub, wanted: Wanted, before: Order | None) -> Order:
    """Buy it, once; what takes long says why, and being interrupted meanwhile what to do next.

    Args:
        hub: buys it.
        wanted: what is bought.
        before: what `known` gave.
    """
    if before is not None and before.state is OrderState.SENT:
        tell(_waiting(before))
    try:
        return await _place(hub, wanted)
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell(await _interrupted(hub, wanted.reference))
        raise


def _waiting(sent: Order) -> str:
    from tasking_hub.orders.sending import SENDING_S  # noqa: PLC0415 - needs an extra

    at = sent.history[-1].at
    return (
        f"{sent.reference}: sent at {moment(at)}, and no answer is written down yet; waiting for it until "
        f"{moment(at + timedelta(seconds=SENDING_S))}, then it is looked up (Ctrl-C is safe: nothing is sent twice)"
    )


async def _interrupted(hub: Hub, reference: str) -> str:
    """What the order book says of a purchase that was broken off."""
    try:
        found = await known(hub, reference)
    except TaskingHubError:
        return f"{reference}: interrupted while ordering, so {_LOOK}"
    if found is None:
        return f"{reference}: interrupted before it was sent: nothing was ordered"
    if found.state in UNSETTLED and found.id is None:
        return f"{reference}: interrupted while ordering, so {_LOOK}"
    return f"{reference}: interrupted, and ordered: `tasking-hub show` shows it"


async def _place(hub: Hub, wanted: Wanted) -> Order:
    if isinstance(wanted.what, Quote):
        return await hub.place(
            wanted.what,
            max_price=wanted.guards.max_price,
            max_drift=wanted.guards.max_drift,
            replaces=wanted.replaces,
            reference=wanted.reference,
            comparison=wanted.pick.comparison,
        )
    return await hub.place_unpriced(
        wanted.what,
        accept_unpriced=True,
        reserve=wanted.reserve,
        replaces=wanted.replaces,
        reference=wanted.reference,
        comparison=wanted.pick.comparison,
    )


async def known(hub: Hub, reference: str) -> Order | None:
    """The order of this reference if it was sent before, or None."""
    try:
        found = await hub.order(reference)
    except UnknownOrderError:
        return None
    return None if found.state is OrderState.INTENDED else found


def outcome(orders: Iterable[Order]) -> Exit:
    """The exit code: an unknown outcome goes before a failure."""
    worst = Exit.DONE
    for order in orders:
        if order.state in UNSETTLED and order.id is None:
            tell(f"{order.reference}: {_LOOK}")
            worst = Exit.UNKNOWN_OUTCOME
        elif order.state in FAILED and worst is Exit.DONE:
            worst = Exit.FAILED
    return worst
