"""Comparisons as tables for people: readable at 80 columns, folded and never cut, plain where colours make no sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from tasking_hub.errors import MissingDependencyError
from tasking_hub.models import Adjustment, AdjustmentKind, Comparison, Opportunity, RankedQuote
from tasking_hub.report import cells

try:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text
except ModuleNotFoundError as error:
    msg = 'tables need rich: pip install "tasking-hub[cli]", or choose another format'
    raise MissingDependencyError(msg) from error

__all__ = ["TableWriter", "console_for"]

_ACCOUNT_WIDTH = 12
_COUNTED = ("area", "quote", "opportunity", "refusal")


def console_for(stream: TextIO) -> Console:
    """Make a console that writes to the stream: as wide as the terminal, 80 columns where it is none (or COLUMNS)."""
    return _Console(file=stream, highlight=False, emoji=False, markup=False)


class _Console(Console):
    """A console that leaves the program to its caller when its reader goes away."""

    def on_broken_pipe(self) -> None:
        """Raise what would otherwise end the process."""
        raise BrokenPipeError


class TableWriter:
    """Writes each comparison as a block: the request, its quotes by rank, its refusals, and remarks.

    Args:
        console: where to; its width, its colours and the signs that its encoding has are respected.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count: Counter[str] = Counter()
        self._marks: set[AdjustmentKind] = set()
        self._rates: dict[str, None] = {}

    def begin(self) -> None:
        """Write nothing."""

    def comparison(self, comparison: Comparison) -> None:
        """Write one block."""
        self._heading(comparison)
        if comparison.quotes:
            self._console.print(self._quotes(comparison))
        elif comparison.not_quoted:
            self._console.print(self._opportunities(comparison))
        if comparison.refusals:
            self._console.print(self._refusals(comparison))
        for remark in cells.remarks(comparison):
            self._console.print(Padding(self._text(remark, "dim"), (0, 0, 0, 1)))
        self._console.print()
        self._remember(comparison)

    def end(self) -> None:
        """Write what was found altogether, the exchange rates, and what the marks mean."""
        areas, quotes, others, refusals = (_plural(self._count[what], what) for what in _COUNTED)
        unpriced = [f"{others} not priced"] if self._count["opportunity"] else []
        self._console.print(self._text(f"{areas}: {', '.join([quotes, *unpriced, refusals])}."))
        for line in self._rates:
            self._console.print(self._text(line))
        for kind in cells.MARKS:
            if kind in self._marks:
                self._console.print(self._text(f"{cells.MARKS[kind]} {kind}: {cells.MEANINGS[kind]}"))

    # --- The parts of a block -----------------------------------------------------------------------

    def _heading(self, comparison: Comparison) -> None:
        self._console.print(self._text(cells.title(comparison.request), "bold"))
        self._console.print(self._text(cells.subtitle(comparison.request)))

    def _quotes(self, comparison: Comparison) -> Table:
        table = self._table(comparison)
        table.add_column("What", ratio=1, overflow="fold")
        table.add_column("When (UTC)", min_width=16, overflow="fold")
        table.add_column("Price", justify="right", overflow="fold")
        table.add_column(self._text(f"{comparison.base_currency}/km²"), justify="right", overflow="fold")
        for ranked in comparison.quotes:
            table.add_row(*self._quote_row(ranked, comparison.base_currency))
        return table

    def _quote_row(self, ranked: RankedQuote, base_currency: str) -> Iterable[Text]:
        opportunity = ranked.quote.opportunity
        details = [*cells.what(opportunity), *cells.conditions(ranked.quote)]
        yield self._text(str(ranked.rank))
        yield self._text(opportunity.account)
        yield self._what(opportunity, details)
        yield self._text(cells.when(opportunity))
        yield self._first_line_bold(cells.price(ranked, base_currency))
        yield self._text(cells.per_km2(ranked))

    def _opportunities(self, comparison: Comparison) -> Table:
        table = self._table(comparison)
        table.add_column("What", ratio=1, overflow="fold")
        table.add_column("When (UTC)", min_width=16, overflow="fold")
        for opportunity in comparison.not_quoted:
            details = [*cells.what(opportunity), cells.adjusted(opportunity.adjustments)]
            what = self._what(opportunity, details)
            table.add_row("", self._text(opportunity.account), what, self._text(cells.when(opportunity)))
        return table

    def _refusals(self, comparison: Comparison) -> Table:
        table = self._table(comparison, header=not (comparison.quotes or comparison.not_quoted))
        table.add_column("Cannot be quoted", ratio=1, overflow="fold")
        for refusal in comparison.refusals:
            table.add_row("-", self._text(refusal.account), self._text(cells.refused(refusal)))
        return table

    def _table(self, comparison: Comparison, *, header: bool = True) -> Table:
        """Make a table whose first columns are as wide in every table of the comparison."""
        table = Table(box=None, expand=True, show_header=header, header_style="dim", padding=(0, 1))
        accounts = [ranked.quote.opportunity.account for ranked in comparison.quotes]
        accounts += [opportunity.account for opportunity in comparison.not_quoted]
        accounts += [refusal.account for refusal in comparison.refusals]
        width = min(max(map(len, [*accounts, "Account"])), _ACCOUNT_WIDTH)
        table.add_column("#", justify="right", width=len(str(len(comparison.quotes))))
        table.add_column("Account", width=width, overflow="fold")
        return table

    # --- Text ---------------------------------------------------------------------------------------

    def _what(self, opportunity: Opportunity, details: Iterable[str]) -> Text:
        lines = [self._text(opportunity.product), *(self._text(line, "dim") for line in details if line)]
        return Text("\n").join(lines)

    def _first_line_bold(self, text: str) -> Text:
        first, _, rest = text.partition("\n")
        lines = [self._text(first, "bold"), *([self._text(rest, "dim")] if rest else [])]
        return Text("\n").join(lines)

    def _text(self, text: str, style: str = "") -> Text:
        return Text(cells.clean(text, ascii_only=self._console.options.ascii_only), style=style)

    # --- What the end needs -------------------------------------------------------------------------

    def _remember(self, comparison: Comparison) -> None:
        self._count["area"] += 1
        self._count["quote"] += len(comparison.quotes)
        self._count["opportunity"] += len(comparison.not_quoted)
        self._count["refusal"] += len(comparison.refusals)
        self._marks |= {item.how for item in _shown_adjustments(comparison)}
        line = cells.rates(comparison)
        if line is not None:
            self._rates[line] = None


def _shown_adjustments(comparison: Comparison) -> Iterable[Adjustment]:
    for ranked in comparison.quotes:
        yield from ranked.quote.all_adjustments
    for opportunity in comparison.not_quoted if not comparison.quotes else ():
        yield from opportunity.adjustments


def _plural(count: int, what: str) -> str:
    if count == 1:
        return f"{count} {what}"
    return f"{count} {what.removesuffix('y')}ies" if what.endswith("y") else f"{count} {what}s"
