"""The commands of `tasking-hub`, and how one is run."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from cyclopts import App
from rich.console import Console

from tasking_hub.cli.accounts import accounts
from tasking_hub.cli.collecting import deliverables, download
from tasking_hub.cli.compare import compare, opportunities
from tasking_hub.cli.decisions import accept, decisions, refuse
from tasking_hub.cli.failures import Exit, abandon_stdout, complain, exit_code
from tasking_hub.cli.leaving import cancel, edit, stop
from tasking_hub.cli.logs import logging_to_stderr
from tasking_hub.cli.order import order
from tasking_hub.cli.orders import orders, recover, show
from tasking_hub.cli.providers import providers
from tasking_hub.cli.quote import quote
from tasking_hub.cli.replacing import replace
from tasking_hub.cli.sandbox import sandbox
from tasking_hub.cli.tokens import END_OF_OPTIONS, guarded
from tasking_hub.cli.watch import watch

COMMANDS: tuple[Callable[..., Any], ...] = (
    *(compare, opportunities, quote),
    *(order, replace, orders, show, watch, recover),
    *(decisions, accept, refuse, cancel, stop, edit),
    *(deliverables, download),
    *(accounts, providers, sandbox),
)
HELP = """Find, price and buy satellite images that do not exist yet, at several operators at once.

Try it without any account: `tasking-hub compare 1.44,43.60 --sandbox`
"""


def run(tokens: Sequence[str]) -> int:
    """Run one command and give its exit code; what goes wrong is said on standard error."""
    tokens = guarded(tokens)
    debug = _wants_debug(tokens)
    try:
        with logging_to_stderr(debug=debug):
            code = asyncio.run(_run(tokens))
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt, asyncio.CancelledError) as error:  # noqa: BLE001 - the last catcher
        complain(error, debug=debug)
        if isinstance(error, OSError):
            # What is still buffered would fail once more when the process ends.
            abandon_stdout()
        return exit_code(error)
    return code


def _wants_debug(tokens: Sequence[str]) -> bool:
    options = tokens[: tokens.index(END_OF_OPTIONS)] if END_OF_OPTIONS in tokens else tokens
    return "--debug" in options


async def _run(tokens: Sequence[str]) -> int:
    _end_on_sigterm()
    code = await _app().run_async(tokens, exit_on_error=False, print_error=False)
    # --help and --version return nothing.
    return Exit.DONE if code is None else int(code)


def _end_on_sigterm() -> None:
    """Let a polite kill end the work as an error does: files are cleaned up, a sandbox is stopped."""
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError, RuntimeError):  # on Windows, and in a thread of a larger program
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _app() -> App:
    app = App(
        name="tasking-hub",
        help=HELP,
        help_format="markdown",
        version=version("tasking-hub"),
        console=Console(),
        error_console=Console(stderr=True),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for position, command in enumerate(COMMANDS):
        app.command(command, sort_key=position)
    return app
