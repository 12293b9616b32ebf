"""`tasking-hub cancel`, `stop` and `edit`: leaving an order, ending it, changing it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number

from tasking_hub.cli.agreeing import agreed, require_terminal
from tasking_hub.cli.amounts import amount_typed
from tasking_hub.cli.buying import MONEY, REFERENCE, YES, buying, tell
from tasking_hub.cli.failures import Exit, UsageError, explanation
from tasking_hub.cli.options import USUAL_CONNECTION, Connection, option, time_option
from tasking_hub.cli.presenting import leaving_section, order_line, order_section
from tasking_hub.cli.running import Running
from tasking_hub.cli.tables import cell
from tasking_hub.errors import MalformedResponseError, OutcomeUnknownError, ProviderUnavailableError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order
from tasking_hub.money import Money, Quota
from tasking_hub.ordering import Edit

if TYPE_CHECKING:
    from tasking_hub.orders.leaving import LeavingCostsError

_UNANSWERED = (MalformedResponseError, OutcomeUnknownError, ProviderUnavailableError)
"""After these nobody knows whether the provider did it."""


@Parameter(name="*", group=MONEY)
@frozen(kw_only=True)
class Fees:
    """What leaving may cost, and whether to ask."""

    accept_fee_up_to: Annotated[
        Money | Quota | None,
        option(
            "The highest fee; without it and a question only what is free is left.",
            converter=amount_typed,
            n_tokens=1,
            accepts_keys=False,
            metavar="AMOUNT",
        ),
    ] = None
    accept_unknown_fee: Annotated[bool, option("Leave also where nobody says what it costs.", show_default=False)] = (
        False
    )
    yes: Annotated[bool, YES] = False


USUAL_FEES = Fees()
RANK = option("Its rank among your orders, 1 first.", metavar="N", validator=Number(gte=1))


async def cancel(
    reference: Annotated[str, REFERENCE],
    /,
    *,
    fees: Fees = USUAL_FEES,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """Leave an order; one that was never sent is withdrawn, which costs nothing.

    Shows first what leaving costs now and at each later step, and asks. A script answers with --yes, and says with
    --accept-fee-up-to what it may cost.
    """
    async with buying(connection) as run:
        return await _leave(run, reference, fees, "Cancel", run.hub.cancel)


async def stop(
    reference: Annotated[str, REFERENCE],
    /,
    *,
    fees: Fees = USUAL_FEES,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """End an order that is at work; what was taken until now is kept, and invoiced.

    Shows first how far it has come and what ending it costs, and asks; as for cancel.
    """
    async with buying(connection) as run:
        return await _leave(run, reference, fees, "Stop", run.hub.stop)


Verb = Callable[..., Awaitable[Order]]


async def _leave(run: Running, reference: str, fees: Fees, what: str, verb: Verb) -> Exit:
    if not fees.yes:
        require_terminal("--yes, and --accept-fee-up-to where it costs something")
    order = await run.hub.order(reference)
    accepted, unknown = fees.accept_fee_up_to, fees.accept_unknown_fee
    shown = [order_section(order)]
    if order.state is not OrderState.INTENDED:
        costs = await run.hub.cancellation(reference)
        shown = [order_section(await run.hub.order(reference)), leaving_section(costs)]
        if not fees.yes:
            # Who says yes to what is shown accepts the fee that is shown, and no higher one.
            accepted = accepted or costs.fee
            unknown = unknown or costs.fee is None
    if not agreed(f"{what} it?", *shown, yes=fees.yes):
        tell(f"{reference} stays as it is")
        return Exit.FAILED
    return await _done(reference, verb(reference, accept_fee_up_to=accepted, accept_unknown_fee=unknown))


async def edit(
    reference: Annotated[str, REFERENCE],
    /,
    *,
    name: Annotated[str | None, option("Its name at the provider.", metavar="TEXT")] = None,
    rank: Annotated[
        int | None, option("Its rank among your orders, 1 first.", metavar="N", validator=Number(gte=1))
    ] = None,
    start: Annotated[datetime | None, time_option("New start of its window.")] = None,
    end: Annotated[datetime | None, time_option("New end of its window.")] = None,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """Change an order's name, rank or times, where its provider can."""
    change = Edit(name=name, rank=rank, start=start, end=end)
    if change == Edit():
        msg = "nothing to change: give --name, --rank, --start or --end"
        raise UsageError(msg)
    async with buying(connection) as run:
        return await _done(reference, run.hub.edit(reference, change))


async def _done(reference: str, doing: Awaitable[Order]) -> Exit:
    from tasking_hub.orders.leaving import LeavingCostsError  # noqa: PLC0415 - needs an extra

    try:
        order = await doing
    except LeavingCostsError as error:
        tell(f"error: {reference}: {_too_dear(error)}")
        return Exit.FAILED
    except _UNANSWERED as error:
        for line in explanation(error):
            tell(line)
        tell(f"{reference}: nobody knows whether it was done: look with watch or show before anything else")
        return Exit.UNKNOWN_OUTCOME
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell(f"{reference}: interrupted, and perhaps done: look with watch or show before anything else")
        raise
    sys.stdout.write(f"{cell(order_line(order)).plain}\n")
    return Exit.DONE


def _too_dear(error: LeavingCostsError) -> str:
    fee, accepted = error.leaving.fee, error.accepted
    if fee is None:
        return "nobody says what leaving costs now: add --accept-unknown-fee to leave all the same"
    if accepted is None:
        return f"leaving costs {fee} now: say with --accept-fee-up-to how much it may"
    return f"leaving costs {fee} now, and --accept-fee-up-to is {accepted}"
