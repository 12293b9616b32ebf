"""`tasking-hub replace`: an order takes the place of others, and the command stays until it is known whether it did."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts.validators import Number

from tasking_hub.cli.buying import USUAL_GUARDS, Guards, LinesFormat, buying, tell
from tasking_hub.cli.failures import Exit
from tasking_hub.cli.options import FORMAT, USUAL_CONNECTION, Connection, option
from tasking_hub.cli.order import FILE, HANDLE, ID, RANK, REPLACES, buy, one_wanted, order_writer
from tasking_hub.cli.placing import outcome
from tasking_hub.cli.presenting import said
from tasking_hub.cli.running import Running
from tasking_hub.cli.tables import cell
from tasking_hub.errors import ProviderUnavailableError, RateLimitedError, TransportError
from tasking_hub.exact_json import dump_json
from tasking_hub.orders.documents import order_document
from tasking_hub.report.documents import SCHEMA

if TYPE_CHECKING:
    from tasking_hub.orders.replacing import Replacement

PAUSE_S = 10.0
_PASSING = (ProviderUnavailableError, RateLimitedError, TransportError)


async def replace(  # noqa: PLR0913 - each is an option
    file: Annotated[str, FILE],
    /,
    *,
    replaces: Annotated[tuple[str, ...], REPLACES],
    id_: Annotated[str | None, ID] = None,
    rank: Annotated[int | None, RANK] = None,
    reference: Annotated[str | None, HANDLE] = None,
    guards: Guards = USUAL_GUARDS,
    interval_s: Annotated[
        float,
        option("Between two looks at the orders.", "--interval", metavar="SECONDS", validator=Number(gt=0)),
    ] = PAUSE_S,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[LinesFormat, FORMAT] = LinesFormat.TABLE,  # noqa: A002 - the option's name
) -> Exit:
    """Buy a saved quote that cancels existing orders, which are named one by one.

    Only exactly those that the quote would cancel will do; where they are others by now, nothing is bought. It ends
    when the new order is taken on and the old ones are gone, or when all is as before (exit code 1), and says which.
    Interrupted meanwhile, the same command goes on waiting; `order --replaces` buys the same and does not wait.
    """
    async with buying(connection) as run:
        wanted = one_wanted(run, file, id_=id_, rank=rank, reference=reference, replaces=replaces, guards=guards)
        placed = await buy(run, wanted, order_writer(format))
        if placed is None:
            return Exit.FAILED
        if outcome([placed]) is Exit.UNKNOWN_OUTCOME:
            return Exit.UNKNOWN_OUTCOME
        return _told(await _settled(run, placed.reference, interval_s), format)


async def _settled(run: Running, reference: str, interval_s: float) -> Replacement:
    """Look until the replacement is decided; what passes at the provider is waited for."""
    said_last = ""
    while True:
        try:
            found = await run.hub.replacement(reference)
            if found.state != "pending":
                return found
            now = _pending(found)
        except _PASSING as error:
            now = f"{reference}: {error}; looking again"
        if now != said_last:
            tell(now)
            said_last = now
        await _pause(run, interval_s, reference)


def _pending(found: Replacement) -> str:
    standing = ", ".join(f"{order.id} {said(order.state, order.provider_status)}" for order in found.standing)
    new = f"{found.order.reference}: {said(found.order.state, found.order.provider_status)}"
    return f"{new}; waiting until it is taken on and the old ones are gone; standing: {standing or 'none'}"


async def _pause(run: Running, interval_s: float, reference: str) -> None:
    try:
        await run.clock.sleep(interval_s)
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell(f"{reference}: ordered, and whether it replaces them is not known yet: the same command looks again")
        raise


def _told(found: Replacement, form: LinesFormat) -> Exit:
    """Write how it ended."""
    line = dump_json(_document(found)) if form is LinesFormat.JSONL else cell(_line(found)).plain
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return Exit.DONE if found.state == "done" else Exit.FAILED


def _line(found: Replacement) -> str:
    old, standing = (", ".join(str(order.id) for order in orders) for orders in (found.old, found.standing))
    ends = {
        "done": f"replaced {old}",
        "as-before": f"all is as before: {old}",
        "mixed": f"neither replaced nor as before: of {old} there stand {standing or 'none'}; ask the provider",
    }
    order = found.order
    return f"{order.reference}  {order.account}  {said(order.state, order.provider_status)}  {ends[found.state]}"


def _document(found: Replacement) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kind": "replacement",
        "reference": found.order.reference,
        "state": found.state.value,
        "order": order_document(found.order),
        "old": [order_document(order) for order in found.old],
    }
