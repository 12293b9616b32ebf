"""`tasking-hub order`: saved quotes become orders, each exactly once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from tasking_hub.cli.agreeing import agreed
from tasking_hub.cli.amounts import money_typed
from tasking_hub.cli.asking import check_accounts
from tasking_hub.cli.batch import buy_each, summed_up
from tasking_hub.cli.buying import MONEY, USUAL_GUARDS, Guards, LinesFormat, buying, tell
from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.options import FORMAT, USUAL_CONNECTION, Connection, option
from tasking_hub.cli.picking import FIRST, pick_each, pick_one
from tasking_hub.cli.placing import Wanted, known, outcome, place, require_allowed
from tasking_hub.cli.presenting import order_line
from tasking_hub.cli.running import Running
from tasking_hub.cli.saved import read_quotes
from tasking_hub.cli.tables import cell
from tasking_hub.exact_json import dump_json
from tasking_hub.models import Order
from tasking_hub.money import Money
from tasking_hub.orders.documents import order_document

FILE = Parameter(help="What compare or quote wrote as json or jsonl; - is standard input.")
ID = option("The opportunity of this id.", "--id", metavar="ID")
RANK = option("The quote of this rank.", metavar="N", validator=Number(gte=1))
HANDLE = option("Your handle for the order; by default the request's.", metavar="TEXT")
REPLACES = option("An existing order that this may cancel; repeat for more.", metavar="ID", show_default=False)
BATCH = option("Buy one quote of each comparison in this file.", metavar="FILE", allow_leading_hyphen=True)
UNPRICED = option("Order what has no price before a study.", show_default=False, group=MONEY)
RESERVE = option(
    "Without a price: what counts against the spending limits.",
    converter=money_typed,
    n_tokens=1,
    accepts_keys=False,
    metavar="AMOUNT",
    group=MONEY,
)


async def order(  # noqa: PLR0913 - each is an option
    file: Annotated[str | None, FILE] = None,
    /,
    *,
    id_: Annotated[str | None, ID] = None,
    rank: Annotated[int | None, RANK] = None,
    all_from: Annotated[str | None, BATCH] = None,
    reference: Annotated[str | None, HANDLE] = None,
    replaces: Annotated[tuple[str, ...], REPLACES] = (),
    guards: Guards = USUAL_GUARDS,
    accept_unpriced: Annotated[bool, UNPRICED] = False,
    reserve: Annotated[Money | None, RESERVE] = None,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[LinesFormat, FORMAT] = LinesFormat.TABLE,  # noqa: A002 - the option's name
) -> Exit:
    """Buy a saved quote, exactly once.

    Shows the quote, its terms and what changing one's mind costs, and asks. A script answers with --yes and
    --max-price. The same command again gives the same order: nothing is bought twice. With --all-from it buys a batch:
    of each comparison the quote that is marked with "chosen": true, otherwise the one of --rank, by default the first.
    """
    if (file is None) is (all_from is None):
        msg = "give FILE to buy one quote of it, or --all-from FILE to buy one of each comparison"
        raise UsageError(msg)
    if all_from is not None:
        _require_no(id=id_, reference=reference, accept_unpriced=accept_unpriced or None, reserve=reserve)
        async with buying(connection) as run:
            picks = pick_each(read_quotes(all_from, run.registry), rank=rank or FIRST)
            return await summed_up(buy_each(run, picks, replaces=replaces, guards=guards), order_writer(format))
    async with buying(connection) as run:
        wanted = one_wanted(
            run, file or "", id_=id_, rank=rank, reference=reference, replaces=replaces, guards=guards, reserve=reserve
        )
        placed = await buy(run, wanted, order_writer(format), accept_unpriced=accept_unpriced)
    return Exit.FAILED if placed is None else outcome([placed])


def one_wanted(
    run: Running,
    file: str,
    *,
    id_: str | None,
    rank: int | None,
    reference: str | None,
    replaces: Iterable[str],
    guards: Guards,
    reserve: Money | None = None,
) -> Wanted:
    """The one purchase that the options mean.

    Raises:
        UsageError: the file cannot be read, or holds none or several of the kind.
    """
    pick = pick_one(read_quotes(file, run.registry), id_=id_, rank=rank, file=file)
    reference = reference or pick.opportunity.request.reference
    return Wanted(pick=pick, reference=reference, replaces=frozenset(replaces), guards=guards, reserve=reserve)


def _require_no(**options: object) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    if given:
        msg = f"{', '.join(given)}: for one order, not for --all-from"
        raise UsageError(msg)


async def buy(
    run: Running, wanted: Wanted, write: Callable[[Order], None], *, accept_unpriced: bool = False
) -> Order | None:
    """Show it, ask, buy it and write the order; None where the answer was no.

    What was ordered before is neither shown nor asked about again.

    Raises:
        UsageError: an option is missing.
        TaskingHubError: it was not bought.
    """
    check_accounts([wanted.opportunity.account], run.config.accounts)
    require_allowed(wanted, accept_unpriced=accept_unpriced)
    before = await known(run.hub, wanted.reference)
    if before is None and not agreed("Order it?", wanted.shown(run.clock.now()), yes=wanted.guards.yes):
        tell("nothing was ordered")
        return None
    placed = await place(run.hub, wanted, before)
    if before is not None:
        tell(f"{wanted.reference}: ordered before, and not again")
    write(placed)
    return placed


def order_writer(form: LinesFormat) -> Callable[[Order], None]:
    """Writes orders to standard output, a line each; where that fails, what was bought is said on standard error."""

    def write(placed: Order) -> None:
        line = dump_json(order_document(placed)) if form is LinesFormat.JSONL else cell(order_line(placed)).plain
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except OSError:
            tell(f"{order_line(placed)} (ordered, and could not be written)")
            raise

    return write
