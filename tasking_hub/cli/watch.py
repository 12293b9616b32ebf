"""`tasking-hub watch`: what happens to orders, a line each."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from tasking_hub.cli.buying import LinesFormat, buying, tell
from tasking_hub.cli.failures import Exit
from tasking_hub.cli.options import FORMAT, USUAL_CONNECTION, Connection, option
from tasking_hub.cli.presenting import moment, said
from tasking_hub.cli.tables import cell
from tasking_hub.exact_json import dump_json

if TYPE_CHECKING:
    from tasking_hub.orders.events import CancellationStepApproaching, Event

REFERENCES = Parameter(help="References of orders; by default all, also those ordered meanwhile.", show_default=False)


async def watch(
    references: Annotated[tuple[str, ...], REFERENCES] = (),
    /,
    *,
    since: Annotated[
        str | None, option("Go on after the event with this cursor; 0: from the first.", metavar="CURSOR")
    ] = None,
    name: Annotated[
        str | None, option("Go on where the reader of this name stopped; it begins at the first.", metavar="NAME")
    ] = None,
    interval_s: Annotated[
        float | None,
        option("Between two looks at an account.", "--interval", metavar="SECONDS", validator=Number(gt=0)),
    ] = None,
    forever: Annotated[
        bool,
        Parameter(
            name="--forever",
            negative="--until-done",
            help="Go on after all orders have ended; --until-done, the usual, does not.",
            show_default=False,
        ),
    ] = False,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[LinesFormat, FORMAT] = LinesFormat.TABLE,  # noqa: A002 - the option's name
) -> Exit:
    """Follow orders: one line for each thing that happens, each once, until all have ended.

    Orders whose outcome is unknown are looked up meanwhile. It asks each account for its changes, not each order.
    """
    async with buying(connection) as run:
        _announce(references, forever=forever)
        watching = run.hub.watch(
            references or None, since=since, name=name, interval_s=interval_s, until_done=not forever
        )
        async with aclosing(watching) as events:
            async for event in events:
                sys.stdout.write(f"{_line(event, format)}\n")
                sys.stdout.flush()
    if sys.stderr.isatty():
        tell("nothing is left to watch")
    return Exit.DONE


def _announce(references: tuple[str, ...], *, forever: bool) -> None:
    """Say on a terminal what is waited for: hours may pass before the first line, or between two."""
    if sys.stderr.isatty():
        who = ", ".join(references) or "all orders"
        tell(f"watching {who}{'' if forever else ' until they have ended'}; Ctrl-C ends it and harms nothing")


def _line(event: Event, form: LinesFormat) -> str:
    from tasking_hub.orders.events import event_document  # noqa: PLC0415 - takes a while

    if form is LinesFormat.JSONL:
        return dump_json(event_document(event))
    who = event.reference or event.order_id or event.account
    return cell("  ".join((moment(event.at), who, event.kind, " ".join(_what(event).split())))).plain.rstrip()


def _what(event: Event) -> str:
    from tasking_hub.orders import events as kinds  # noqa: PLC0415 - as above

    text = ""
    match event:
        case kinds.StateChanged():
            text = f"{said(event.state, event.provider_status)}{f', {event.note}' if event.note else ''}"
        case kinds.AcquisitionProposed() | kinds.AcquisitionTaken():
            text = f"{event.acquisition.id} {event.acquisition.provider_status}"
        case kinds.DecisionDue():
            until = f", until {moment(event.decision.deadline)}" if event.decision.deadline else ""
            text = f"{event.decision.id}: {event.decision.question}{until}"
        case kinds.Progress():
            text = f"{event.percent:f} %"
        case kinds.DeliverableReady():
            text = event.name
        case kinds.CancellationStepApproaching():
            text = _approaching(event)
        case kinds.AccountTrouble():
            text = f"{event.refusal.code}: {event.refusal.message}"
        case _:
            pass
    return text


def _approaching(event: CancellationStepApproaching) -> str:
    if event.step is None:
        return f"cannot be left any more from {moment(event.takes_effect_at)}"
    fee = "" if event.fee is None else f"{event.fee}, "
    return f"from {moment(event.takes_effect_at)}: {fee}{event.step.note}"
