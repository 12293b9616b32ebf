"""Asking before money is spent: on a terminal with a question, in a script by options that say how much."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from rich.console import Group

from tasking_hub.cli.failures import UsageError
from tasking_hub.cli.tables import show

_YES = frozenset({"y", "yes"})


def on_terminal() -> bool:
    """Whether somebody can read a question and type the answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_askable(*, yes: bool, limit: object, option: str) -> None:
    """Refuse, before anything is done, to spend where nobody is asked and nothing says how much.

    Args:
        yes: the answer was given in advance.
        limit: how much may be spent, or None.
        option: the option that says it.

    Raises:
        UsageError: naming what is missing.
    """
    if yes and limit is None:
        msg = f"--yes is an answer without a question: say with {option} how much it may cost"
        raise UsageError(msg)
    if not yes:
        require_terminal(f"--yes and {option}")


def require_terminal(options: str) -> None:
    """Refuse where nobody can be asked.

    Raises:
        UsageError: naming the options that answer in advance.
    """
    if not on_terminal():
        msg = f"this must be agreed to, and there is no terminal to ask on: give {options}"
        raise UsageError(msg)


def agreed(question: str, *shown: Group, yes: bool) -> bool:
    """Show what is at stake on standard error, and ask; only `y` is a yes.

    Args:
        question: ends in a question mark.
        shown: what the answer is about.
        yes: the answer was given in advance.
    """
    show(sys.stderr, *shown)
    if yes:
        return True
    answer = ""
    try:
        # Before the question is seen: whoever presses Ctrl-C at it must not be waited for.
        with _interruptible():
            sys.stderr.write(f"{question} [y/N] ")
            sys.stderr.flush()
            answer = sys.stdin.readline()
    finally:
        if not answer.endswith("\n"):
            sys.stderr.write("\n")
    return answer.strip().lower() in _YES


@contextmanager
def _interruptible() -> Generator[None]:
    """Let Ctrl-C end the question at once: the event loop, which listens to it otherwise, waits too."""
    before = None
    with suppress(ValueError):  # in a thread of a larger program
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _raise_if_interrupted()
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _raise_if_interrupted() -> None:
    """End here where Ctrl-C came just before: the event loop would only tell after the answer."""
    with suppress(RuntimeError):  # no event loop runs
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise KeyboardInterrupt
