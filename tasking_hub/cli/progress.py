"""How far the work has come, on standard error, and only where somebody looks."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Steps:
    """Counts areas on a terminal's last line; without a terminal it counts in silence."""

    def __init__(self, what: str, total: int) -> None:
        console = Console(stderr=True)
        self._shared = console.is_terminal and sys.stdout.isatty()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=True,
        )
        self._task = self._progress.add_task(what, total=total)

    @contextmanager
    def running(self) -> Generator[Steps]:
        """Show it inside."""
        with self._progress:
            yield self

    @contextmanager
    def step(self) -> Generator[None]:
        """Step aside for a result that is written inside, and count it."""
        if self._shared:
            self._progress.stop()
        yield
        self._progress.advance(self._task)
        if self._shared:
            self._progress.start()
