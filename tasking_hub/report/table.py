"""Comparisons as tables for people: readable at 80 columns, folded and never cut, plain where colours make no sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from tasking_hub.errors import MissingDependencyError
from tasking_hub.models import Adjustment, AdjustmentKind, Comparison, Quote
from tasking_hub.report import cells

try:
    from rich.console import Console
    from rich.text import Text

    from tasking_hub.report.layout import Column, Layout, widest
except ModuleNotFoundError as error:
    msg = 'tables need rich: pip install "tasking-hub[cli]", or choose another format'
    raise MissingDependencyError(msg) from error

__all__ = ["TableWriter", "console_for"]

_RANK_WIDTH = 7
_ACCOUNT_WIDTH = 12
_PRICE_WIDTH = 18
_WHEN_WIDTH = 16
_COUNTED = ("area", "quote", "opportunity", "refusal")


def console_for(stream: TextIO) -> Console:
    """Make a console that writes to the stream: as wide as the terminal, 80 columns where it is none (or COLUMNS)."""
    return PoliteConsole(file=stream, highlight=False, emoji=False, markup=False)


class PoliteConsole(Console):
    """A console that leaves the program to its caller when its reader goes away."""

    def on_broken_pipe(self) -> None:
        """Raise what would otherwise end the process."""
        raise BrokenPipeError


class TableWriter:
    """Writes each comparison as a block: the request, its quotes by rank, its refusals, and a remark.

    Neighbours that differ in their time only share a row.

    Args:
        console: where to; its width, its colours and the signs that its encoding has are respected.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count: Counter[str] = Counter()
        self._marks: set[AdjustmentKind] = set()
        self._rates: dict[str, None] = {}
        self._notes: dict[str, int] = {}

    def begin(self) -> None:
        """Write nothing."""

    def comparison(self, comparison: Comparison) -> None:
        """Write one block."""
        self._heading(comparison)
        if comparison.quotes:
            self._quotes(comparison)
        elif comparison.not_quoted:
            self._opportunities(comparison)
        if comparison.refusals:
            self._refusals(comparison)
        self._console.print(self._text(cells.remark(comparison), "dim"))
        self._console.print()
        self._remember(comparison)

    def end(self) -> None:
        """Write what was found altogether, the exchange rates, the notes, and what the marks mean."""
        if not self._count["area"]:
            return  # a run that failed at once has nothing to sum up
        areas, quotes, others, refusals = (_plural(self._count[what], what) for what in _COUNTED)
        unpriced = [f"{others} not priced"] if self._count["opportunity"] else []
        self._console.print(self._text(f"{areas}: {', '.join([quotes, *unpriced, refusals])}."))
        for line in self._rates:
            self._console.print(self._text(line))
        for note, number in self._notes.items():
            self._console.print(self._text(f"Note {number}: {note}"))
        for kind in cells.MARKS:
            if kind in self._marks:
                self._console.print(self._text(f"{cells.MARKS[kind]} {kind}: {cells.MEANINGS[kind]}"))

    # --- The parts of a block -----------------------------------------------------------------------

    def _heading(self, comparison: Comparison) -> None:
        self._console.print(self._text(cells.title(comparison.request), "bold"))
        self._console.print(self._text(cells.subtitle(comparison.request)))

    def _quotes(self, comparison: Comparison) -> None:
        rows = cells.quote_rows(comparison.quotes)
        base = comparison.base_currency
        prices = [cells.price(row[0], base) for row in rows]
        per_km2 = [cells.per_km2(row) for row in rows]
        unit = f"{base}/km²"
        columns = (
            Column(_WHEN_WIDTH),
            Column(widest([*prices, "Price"], _PRICE_WIDTH), right=True),
            Column(widest([*per_km2, unit], _PRICE_WIDTH), right=True),
        )
        layout = self._layout(comparison, Column(None), *columns)
        products = [row[0].quote.opportunity.product for row in rows]
        aside = self._has_room(layout, widest([*products, "What"], self._console.width))
        if not aside:
            layout = self._layout(comparison, *columns)
        what = ("What",) if aside else ()
        self._header(layout, "#", "Account", *what, "When (UTC)", "Price", unit)
        for row, price, each in zip(rows, prices, per_km2, strict=True):
            opportunities = [ranked.quote.opportunity for ranked in row]
            first, quote = opportunities[0], row[0].quote
            product = (first.product,) if aside else ()
            texts = (cells.ranks(row), first.account, *product, cells.when(first))
            self._console.print(layout.row([*map(self._text, texts), self._first_line_bold(price), self._text(each)]))
            details = cells.details(opportunities, *cells.conditions(quote), self._noted(quote))
            self._details(layout, details if aside else (first.product, *details))

    def _has_room(self, layout: Layout, needed: int) -> bool:
        """Whether the column without a width gets as many cells as it needs, so that no name is broken."""
        return self._console.width - sum((column.width or 0) + 1 for column in layout.columns) >= needed

    def _noted(self, quote: Quote) -> str:
        """Number the notes over the whole output, whose end has them in full."""
        return cells.noted([self._notes.setdefault(note, len(self._notes) + 1) for note in quote.notes])

    def _opportunities(self, comparison: Comparison) -> None:
        layout = self._layout(comparison, Column(None), Column(_WHEN_WIDTH))
        self._header(layout, "", "Account", "What", "When (UTC)")
        for row in cells.opportunity_rows(comparison.not_quoted):
            texts = ("", row[0].account, row[0].product, cells.when(row[0]))
            self._console.print(layout.row([self._text(text) for text in texts]))
            self._details(layout, cells.details(row, cells.adjusted(row[0].adjustments)))

    def _refusals(self, comparison: Comparison) -> None:
        layout = self._layout(comparison, Column(None))
        if not (comparison.quotes or comparison.not_quoted):
            self._header(layout, "", "Account", "Cannot be quoted")
        for row in cells.refusal_rows(comparison.refusals):
            texts = ("-", row[0].account, cells.refused(row))
            self._console.print(layout.row([self._text(text) for text in texts]))

    def _layout(self, comparison: Comparison, *columns: Column) -> Layout:
        """Columns of which the first two are as wide in every part of the block."""
        ranks = [cells.ranks(row) for row in cells.quote_rows(comparison.quotes)]
        accounts = [ranked.quote.opportunity.account for ranked in comparison.quotes]
        accounts += [opportunity.account for opportunity in comparison.not_quoted]
        accounts += [refusal.account for refusal in comparison.refusals]
        first = Column(widest([*ranks, "-"], _RANK_WIDTH) + 1, right=True)
        second = Column(widest([*accounts, "Account"], _ACCOUNT_WIDTH))
        return Layout(columns=(first, second, *columns), indented=2)

    def _header(self, layout: Layout, *titles: str) -> None:
        self._console.print(layout.row([self._text(title, "dim") for title in titles]))

    def _details(self, layout: Layout, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.print(layout.detail(self._text(line, "dim")))

    # --- Text ---------------------------------------------------------------------------------------

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
