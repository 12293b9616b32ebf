"""`tasking-hub deliverables` and `download`: what an order brought, and its files on disk."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from tasking_hub.cli.buying import REFERENCE, buying, tell, write_json
from tasking_hub.cli.failures import Exit, explanation
from tasking_hub.cli.options import FORMAT, TO_FILE, USUAL_CONNECTION, Connection, ListFormat
from tasking_hub.cli.output import opened
from tasking_hub.cli.presenting import said
from tasking_hub.cli.tables import cell, grid
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import Deliverable, Order

if TYPE_CHECKING:
    from tasking_hub.collect import Collected

FOLDER = Parameter(help="Folder for the files; made where it is missing.")
HEADINGS = ("file", "type", "bytes", "image", "taken")


async def deliverables(
    reference: Annotated[str, REFERENCE],
    /,
    *,
    connection: Connection = USUAL_CONNECTION,
    format: Annotated[ListFormat, FORMAT] = ListFormat.TABLE,  # noqa: A002 - the option's name
    output: Annotated[str | None, TO_FILE] = None,
) -> Exit:
    """List the files of an order that are ready, as json in STAC Items.

    None yet is an empty list and no error. Links in the items may open a file to whoever has them, and may expire.
    """
    async with buying(connection) as run:
        order = await run.hub.order(reference)
        items = await run.hub.deliverables(order)
    if format is ListFormat.JSON:
        write_json({"type": "FeatureCollection", "features": items}, output)
    elif items:
        with opened(output, for_people=True) as file:
            grid(file, HEADINGS, [row for item in items for row in _rows(item)])
    if not items:
        tell(_nothing(order))
    return Exit.DONE


def _nothing(order: Order) -> str:
    """Why there is no file: of an order that came to nothing, none is on the way."""
    if order.state in TERMINAL - {OrderState.FULFILLED}:
        return f"{order.reference}: it ended {said(order.state, order.provider_status)}, and there are no files"
    return f"{order.reference}: nothing is ready yet"


def _rows(item: Mapping[str, Any]) -> Sequence[Sequence[str]]:
    facts = item["properties"]
    image, taken = str(facts.get("tasking_hub:acquisition_id") or ""), str(facts.get("datetime") or "")
    return [
        (name, asset.get("type", ""), str(asset.get("file:size", "")), image, taken)
        for name, asset in item["assets"].items()
    ]


async def download(
    reference: Annotated[str, REFERENCE],
    folder: Annotated[Path, FOLDER],
    /,
    *,
    connection: Connection = USUAL_CONNECTION,
) -> Exit:
    """Fetch the files of an order that are ready, each whole and verified, and print where they are.

    What is there already is not fetched again, and what broke off goes on where it stopped. Nothing ready yet is no
    error.
    """
    count, failed = 0, 0
    async with buying(connection) as run:
        order = await run.hub.order(reference)
        with _resumable(reference), _progress() as heard:
            async with aclosing(run.hub.download(order, folder, progress=heard)) as results:
                async for result in results:
                    count += 1
                    failed += not _written(result)
    if not count:
        tell(_nothing(order))
    return Exit.FAILED if failed else Exit.DONE


@contextmanager
def _resumable(reference: str) -> Generator[None]:
    """Say to whoever interrupts it what is left."""
    try:
        yield
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell(f"{reference}: what has come is kept: the same command goes on where this one stopped")
        raise


def _written(result: Collected) -> bool:
    """Say what became of a file, and whether it is there."""
    if result.error is None:
        sys.stdout.write(f"{cell(str(result.path)).plain}\n")
        sys.stdout.flush()
        return True
    for line in explanation(result.error):
        tell(f"{cell(result.deliverable.name).plain}: {line}")
    return False


class _Heard:
    """Shows on a terminal how far each file has come."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, file: Deliverable, have: int, size: int | None) -> None:
        key = f"{file.acquisition_id}/{file.name}"
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(cell(file.name).plain, total=size)
        self._progress.update(self._tasks[key], completed=have, total=size)


@contextmanager
def _progress() -> Generator[_Heard]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    progress = Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=True,
    )
    with progress:
        yield _Heard(progress)
