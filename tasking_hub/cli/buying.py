"""What the commands that buy, follow and leave share: accounts with an order book that outlives the command."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from attrs import frozen
from cyclopts import Group, Parameter

from tasking_hub.cli.amounts import amount_typed, drift_typed
from tasking_hub.cli.failures import UsageError
from tasking_hub.cli.options import Connection, option
from tasking_hub.cli.output import opened
from tasking_hub.cli.running import Running, running
from tasking_hub.money import Money, Quota

MONEY = Group.create_ordered("Money")

_NOT_EMBEDDED = (
    "--sandbox plays for one command alone, and an order lives longer: run `tasking-hub sandbox -o sandbox.toml` "
    "beside this, and give --config sandbox.toml"
)


class LinesFormat(StrEnum):
    """How what comes one after the other is written."""

    TABLE = "table"
    JSONL = "jsonl"


REFERENCE = Parameter(help="The order's reference: your own handle of it.")
YES = option("Do not ask.", show_default=False, group=MONEY)


@Parameter(name="*", group=MONEY)
@frozen(kw_only=True)
class Guards:
    """What may be spent, and whether to ask."""

    max_price: Annotated[
        Money | Quota | None,
        option(
            "Highest price of an order; without --max-drift any price up to it.",
            converter=amount_typed,
            n_tokens=1,
            accepts_keys=False,
            metavar="AMOUNT",
        ),
    ] = None
    max_drift: Annotated[
        Decimal | Money | None,
        option(
            "How much dearer than quoted it may be by now: 5% or an amount.",
            converter=drift_typed,
            n_tokens=1,
            accepts_keys=False,
            metavar="DRIFT",
        ),
    ] = None
    yes: Annotated[bool, YES] = False


USUAL_GUARDS = Guards()


@asynccontextmanager
async def buying(connection: Connection) -> AsyncGenerator[Running]:
    """Open accounts whose orders are kept.

    Raises:
        UsageError: the sandbox of this one command was asked for.
        ConfigurationError: as `running`.
    """
    if connection.sandbox:
        raise UsageError(_NOT_EMBEDDED)
    async with running(connection) as run:
        yield run


def write_json(document: Mapping[str, Any] | Sequence[Any], output: str | None = None) -> None:
    """Write one document for machines."""
    with opened(output) as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")


def tell(line: str) -> None:
    """Say something on standard error that is no result."""
    sys.stderr.write(f"{' '.join(line.split())}\n")
    sys.stderr.flush()
