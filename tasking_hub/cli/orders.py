"""`tasking-hub orders`, `show` and `recover`: what the order book has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TextIO

from attrs import frozen
from cyclopts import Parameter

from tasking_hub.cli.buying import REFERENCE, buying, tell, write_json
from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.options import CONDITIONS, FORMAT, TO_FILE, USUAL_CONNECTION, Connection, option, time_option
from tasking_hub.cli.output import opened
from tasking_hub.cli.placing import outcome
from tasking_hub.cli.presenting import UNSETTLED, order_section, said
from tasking_hub.cli.running import Running
from tasking_hub.cli.saved import read_quotes
from tasking_hub.cli.tables import grid
from tasking_hub.cli.tables import show as show_sections
from tasking_hub.exact_json import dump_json
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order
from tasking_hub.orders.documents import order_document

HEADINGS = ("reference", "account", "state", "order", "price")


class OrdersFormat(StrEnum):
    """How orders are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


class ShowFormat(StrEnum):
    """How one order is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


@Parameter(name="*", group=CONDITIONS)
@frozen(kw_only=True)
class Chosen:
    """Which orders."""

    account: Annotated[str | None, option("Only of this account.", metavar="NAME")] = None
    state: Annotated[
        tuple[OrderState, ...], option("Only in this state; repeat for more.", metavar="STATE", show_default=False)
    ] = ()
    prefix: Annotated[str, option("Only those whose reference begins so.", metavar="TEXT", show_default=False)] = ""
    since: Annotated[datetime | None, time_option("Only those ordered since.")] = None


ALL = Chosen()


# --- orders ------------------------------------------------------------------------------------------


async def orders(
    *,
    chosen: Chosen = ALL,
    recover: Annotated[bool, option("First look up those whose outcome is unknown.", show_default=False)] = False,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[OrdersFormat, FORMAT] = OrdersFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """List orders as the order book has them, oldest first.

    Nothing is asked at any provider, unless --recover says so; watch follows them.
    """
    async with buying(connection) as run:
        settled = await run.hub.recover() if recover else ()
        found = run.hub.orders(
            account=chosen.account, states=chosen.state or None, prefix=chosen.prefix, since=chosen.since
        )
        listed = [order async for order in found]
    with opened(output, for_people=format is OrdersFormat.TABLE) as file:
        _WRITERS[format](listed, file)
    if not listed:
        tell("no orders")
    return outcome(_still_unknown(settled))


def _write_table(orders: Sequence[Order], file: TextIO) -> None:
    if orders:
        grid(file, HEADINGS, map(_row, orders))


def _row(order: Order) -> tuple[str, ...]:
    price = "" if order.price is None else str(order.price)
    return order.reference, order.account, said(order.state, order.provider_status), order.id or "", price


def _write_json(orders: Sequence[Order], file: TextIO) -> None:
    documents = [dump_json(order_document(order)) for order in orders]
    file.write("[" + ",".join(f"\n  {document}" for document in documents) + ("\n]\n" if documents else "]\n"))


def _write_lines(orders: Sequence[Order], file: TextIO) -> None:
    file.writelines(f"{dump_json(order_document(order))}\n" for order in orders)


_WRITERS = {
    OrdersFormat.TABLE: _write_table,
    OrdersFormat.JSON: _write_json,
    OrdersFormat.JSONL: _write_lines,
}


# --- recover -----------------------------------------------------------------------------------------


async def recover(
    *,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[OrdersFormat, FORMAT] = OrdersFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """Look up every order whose outcome is unknown; nothing is sent again.

    What is found was bought; what is still absent after the provider's settling time was not. Exit code 3 says that
    some are unknown still: look again later.
    """
    async with buying(connection) as run:
        settled = await run.hub.recover()
    with opened(output, for_people=format is OrdersFormat.TABLE) as file:
        _WRITERS[format](settled, file)
    if not settled:
        tell("nothing is unknown")
    return outcome(_still_unknown(settled))


def _still_unknown(settled: Sequence[Order]) -> list[Order]:
    """What was found not to be placed is settled, and no failure of looking it up."""
    return [order for order in settled if order.state in UNSETTLED]


# --- show --------------------------------------------------------------------------------------------


async def show(
    reference: Annotated[str, REFERENCE],
    /,
    *,
    comparison: Annotated[
        str | None,
        option("Saved comparison it was chosen from, for the dossier.", metavar="FILE", allow_leading_hyphen=True),
    ] = None,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[ShowFormat, FORMAT] = ShowFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """Show an order and its history, or as json or markdown the dossier of its purchase.

    The dossier has the request, every quote that was compared, the limits given, the decisions and who made them, the
    order and its history. Quotes that were bought from Python, or saved alone, may lack the others: give --comparison.
    """
    if comparison is not None and format is ShowFormat.TABLE:
        msg = "--comparison is for the dossier: add --format json or --format markdown"
        raise UsageError(msg)
    async with buying(connection) as run:
        found = await run.hub.order(reference)
        if format is ShowFormat.TABLE:
            with opened(output, for_people=True) as file:
                show_sections(file, order_section(found))
            return Exit.DONE
        document = await _dossier(run, reference, comparison)
    if format is ShowFormat.JSON:
        write_json(document, output)
    else:
        with opened(output) as file:
            file.write(_markdown(document))
    return Exit.DONE


async def _dossier(run: Running, reference: str, comparison: str | None) -> dict[str, Any]:
    # Need another extra, which is known to be there once an order was shown.
    from tasking_hub.orders import OrderBook  # noqa: PLC0415
    from tasking_hub.orders.answers import Answers  # noqa: PLC0415
    from tasking_hub.orders.dossier import dossier  # noqa: PLC0415

    async with await OrderBook.open(run.config.order_book, clock=run.clock) as book:
        intent = await book.intent(reference)
        kept = await book.compared(reference)
        answers = (await Answers(book.database).of(intent.account)).values()
    mine = [answer for answer in answers if answer.order_id in {intent.order_id, intent.reference}]
    compared = kept if comparison is None else _compared(comparison, intent.request["reference"], run)
    answered = sorted(mine, key=lambda answer: answer.decided_at)
    return dossier(intent, comparison=compared, answers=answered, at=run.clock.now())


def _compared(file: str, reference: str, run: Running) -> Mapping[str, Any]:
    """The comparison of the request that an order serves."""
    for saved in read_quotes(file, run.registry):
        if saved.reference == reference and "quotes" in saved.document:
            return saved.document
    msg = f"{file}: holds no comparison of the request {reference}"
    raise UsageError(msg)


def _markdown(document: Mapping[str, Any]) -> str:
    from tasking_hub.orders.dossier import dossier_markdown  # noqa: PLC0415 - as above

    return dossier_markdown(document)
