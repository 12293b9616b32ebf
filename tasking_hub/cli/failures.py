"""What an exception means for the person at the terminal: an exit code and a line, never a traceback unasked for."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import IntEnum

from cyclopts import CycloptsError, UnusedCliTokensError

from tasking_hub.areas import AreaFileError
from tasking_hub.cli.refusing import changed
from tasking_hub.errors import ConfigurationError, InvalidRequestError, QuoteChangedError, TaskingHubError


class Exit(IntEnum):
    """Exit codes; those above 128 are the shell's own for a signal."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNKNOWN_OUTCOME = 3
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class UsageError(TaskingHubError):
    """The command cannot be meant as typed."""


_USAGE = (UsageError, ConfigurationError, InvalidRequestError, CycloptsError)
_SILENT: Mapping[type[BaseException], Exit] = {
    KeyboardInterrupt: Exit.INTERRUPTED,
    asyncio.CancelledError: Exit.TERMINATED,
}


def exit_code(error: BaseException) -> Exit:
    """Tell wrong usage and unreadable input from a failure."""
    if isinstance(error, BrokenPipeError):
        return Exit.BROKEN_PIPE
    if isinstance(error, _USAGE):
        return Exit.USAGE
    return _SILENT.get(type(error), Exit.FAILED)


def explanation(error: BaseException) -> list[str]:
    """Say in a line what went wrong; a file of areas may have a line for each of its mistakes."""
    if isinstance(error, BrokenPipeError):
        return []
    if type(error) in _SILENT:
        return ["interrupted"]
    return [f"error: {line}" for line in _said(error)]


def _said(error: BaseException) -> list[str]:
    match error:
        case AreaFileError():
            return str(error).splitlines()
        case UnusedCliTokensError():
            return [_surplus(error.unused_tokens or [])]
        case TaskingHubError() | CycloptsError():
            return [_one_line(changed(error) if isinstance(error, QuoteChangedError) else str(error))]
        case OSError(filename=str() | bytes() as name):
            return [f"{_one_line(os.fsdecode(name))}: {error.strerror or error}"]
        case OSError():
            return [_one_line(str(error.strerror or error))]
        case _:
            return [f"internal error: {type(error).__name__}: {_one_line(str(error))} (--debug shows where)"]


def _surplus(tokens: Iterable[str]) -> str:
    shown = " ".join(tokens)
    return f"unexpected argument: {_one_line(shown)} (an argument with spaces in it needs quotes around it)"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def complain(error: BaseException, *, debug: bool) -> None:
    """Write what went wrong to standard error, after its traceback where that was asked for."""
    with suppress(BrokenPipeError):
        if debug and not isinstance(error, BrokenPipeError):
            traceback.print_exception(error, file=sys.stderr)
        for line in explanation(error):
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def abandon_stdout() -> None:
    """Let nothing complain about a reader that has gone: what is still buffered goes nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
