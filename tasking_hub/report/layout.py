"""Rows whose columns line up though each is printed by itself, so that a detail may take the width of several."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


@frozen
class Column:
    """One column.

    Attributes:
        width: in cells; None takes what the others leave.
        right: numbers stand at its right end.
    """

    width: int | None
    right: bool = False


@frozen(kw_only=True)
class Layout:
    """The columns of a block, each followed by a space.

    Attributes:
        columns: from left to right.
        indented: how many columns a detail leaves free at the left.
    """

    columns: tuple[Column, ...]
    indented: int

    def row(self, cells: Sequence[Text]) -> Table:
        """A row of one or several lines; a cell that is too wide folds."""
        fills = any(column.width is None for column in self.columns)
        table = Table(box=None, expand=fills, show_header=False, padding=(0, 1, 0, 0))
        for column in self.columns:
            table.add_column(width=column.width, ratio=1 if column.width is None else None, overflow="fold")
            table.columns[-1].justify = "right" if column.right else "left"
        table.add_row(*cells)
        return table

    def detail(self, text: Text) -> Padding:
        """A text under the row, from the end of the first columns to the right edge."""
        text.overflow = "fold"
        return Padding(text, (0, 1, 0, sum((column.width or 0) + 1 for column in self.columns[: self.indented])))


def widest(texts: Sequence[str], at_most: int) -> int:
    """The cells that the widest line of some texts takes, up to a limit."""
    return min(max((Text(line).cell_len for text in texts for line in text.split("\n")), default=0), at_most)
