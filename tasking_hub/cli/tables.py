"""Lists and tables for people, as wide as the terminal, or 80 columns where there is none."""

from __future__ import annotations

from collections.abc import Iterable
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


def grid(file: TextIO, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write rows below headings; what does not fit is folded, never cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(cell(text) for text in row))
    show(file, Group(table))


def show(file: TextIO, *sections: Group) -> None:
    """Write sections, in colour where the file is a terminal, and without spaces at the ends of lines."""
    console = PoliteConsole(file=file, highlight=False, emoji=False)
    with console.capture() as capture:
        for part in sections:
            console.print(part)
    file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
