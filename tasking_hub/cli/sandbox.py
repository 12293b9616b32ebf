"""`tasking-hub sandbox`: the providers, played on this machine until stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tomli_w
from cyclopts.validators import Number

from tasking_hub.cli.failures import Exit, UsageError
from tasking_hub.cli.options import DEBUG, TO_FILE, option, time_option
from tasking_hub.cli.output import STANDARD_OUTPUT, opened
from tasking_hub.cli.running import usable
from tasking_hub.registry import Registry

if TYPE_CHECKING:
    from tasking_hub.sandbox import Sandbox

PORT = 8080
"""Always the same one, so that a saved configuration is good for the next run."""


async def sandbox(
    *,
    port: Annotated[
        int, option("Where to listen, on 127.0.0.1; 0: any free port.", metavar="N", validator=Number(gte=0, lte=65535))
    ] = PORT,
    seed: Annotated[int, option("Another seed, another play.", metavar="N")] = 0,
    now: Annotated[datetime | None, time_option("Time of day at which it begins; by default now.")] = None,
    speed: Annotated[float, option("Sandbox seconds per real second.", metavar="X", validator=Number(gt=0))] = 1.0,
    elements: Annotated[
        Path | None, option("Satellites, as OMM or TLE; by default nominal ones.", metavar="FILE")
    ] = None,
    output: Annotated[str | None, TO_FILE] = None,
    debug: Annotated[bool, DEBUG] = False,  # noqa: ARG001 - read where errors are caught
) -> Exit:
    """Play the providers on this machine until stopped, and print a configuration for them.

    The configuration goes to standard output, or to the file of -o; then what is ordered is kept beside it, and every
    play begins without orders. The address of the page that shows requests and sets clock and faults goes to standard
    error. Stop it with Ctrl-C.
    """
    with _stopped_by_signal() as stopped:
        async with _sandbox(port=port, seed=seed, now=now, speed=speed, elements=elements) as play:
            with opened(output) as file:
                file.write(_config(play, output))
            sys.stderr.write(f"Playing at {play.url}/_sandbox/ until Ctrl-C\n")
            sys.stderr.flush()
            await stopped.wait()
    return Exit.DONE


def _sandbox(*, port: int, seed: int, now: datetime | None, speed: float, elements: Path | None) -> Sandbox:
    # Needs another extra, and takes a while to import.
    from tasking_hub.sandbox import Sandbox, SandboxClock  # noqa: PLC0415

    try:
        clock = SandboxClock(now, speed=speed)
    except ValueError as error:
        raise UsageError(str(error)) from error
    registry = Registry()
    return Sandbox(
        seed=seed, clock=clock, constellation=elements, port=port, providers=usable(registry), registry=registry
    )


def _config(play: Sandbox, output: str | None) -> str:
    heading = f"# Accounts of the sandbox at {play.url}/_sandbox/: made up, and good for nothing else.\n"
    return f"{heading}{tomli_w.dumps({**play.config, 'hub': {**play.config['hub'], **_kept(output)}})}"


def _kept(output: str | None) -> dict[str, str]:
    """Files of the hub that stay when the sandbox ends, beside the configuration, whose folder relative names mean.

    Each play has an order book of its own, since it knows nothing of the orders of the one before.
    """
    path = None if output in {None, STANDARD_OUTPUT} else Path(str(output))
    if path is None or (path.exists() and not path.is_file()):
        return {}
    began = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    return {"order_book": f"sqlite:///{path.stem}-orders-{began}.db", "pace_file": f"{path.stem}-pace.db"}


@contextmanager
def _stopped_by_signal() -> Generator[asyncio.Event]:
    """An event that Ctrl-C or a polite kill sets; without one the sandbox ends as after any other work."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError, RuntimeError):  # on Windows, and in a thread of a larger program
        for number in signals:
            loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        with suppress(NotImplementedError, RuntimeError):
            for number in signals:
                loop.remove_signal_handler(number)
