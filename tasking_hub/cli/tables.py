"""Lists and tables for people, as wide as the terminal, or 80 columns where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tasking_hub.report.table import PoliteConsole

Fact = tuple[str, str]


def cell(text: str) -> Text:
    """Text as it stands: no markup is read in it, and nothing that a terminal would take for a command is left."""
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text))


def section(title: str, *groups: Iterable[Fact]) -> Group:
    """A title, and below it groups of facts with an empty line after each."""
    heading = cell(title)
    heading.stylize("bold")
    return Group(heading, *(Padding(_facts(group), (0, 0, 1, 2), expand=False) for group in groups))


def _facts(group: Iterable[Fact]) -> Table:
    """Names and what they stand for, side by side; a fact about nothing is left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in group:
        if value:
            grid.add_row(cell(name), cell(value))
    return grid


def grid(file: TextIO, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows below headings, without the columns that say nothing; no word is cut or folded where lines fit.

    Where they do not fit, each row becomes a block with a line for each column. What is no terminal, and says no width,
    takes lines of any length.
    """
    listed = [tuple(row) for row in rows]
    used = [index for index in range(len(headings)) if any(row[index] for row in listed)]
    table, console = _table([headings[index] for index in used], listed, used), _console(file)
    natural = console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum
    if not console.is_terminal and "COLUMNS" not in os.environ:
        show(file, Group(table), width=natural)
    elif natural <= console.width:
        show(file, Group(table))
    else:
        show(file, *(section(row[0], [(headings[index], row[index]) for index in used[1:]]) for row in listed))


_ANY_WIDTH = 10_000


def _table(headings: Iterable[str], rows: Iterable[Sequence[str]], used: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*(cell(row[index]) for index in used))
    return table


def show(file: TextIO, *sections: Group, width: int | None = None) -> None:
    """Write sections, in colour where the file is a terminal, and without spaces at the ends of lines.

    Args:
        file: where to.
        sections: what.
        width: in cells; by default that of the terminal.
    """
    console = _console(file, width)
    with console.capture() as capture:
        for part in sections:
            console.print(part)
    file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _console(file: TextIO, width: int | None = None) -> PoliteConsole:
    return PoliteConsole(file=file, width=width, highlight=False, emoji=False)
