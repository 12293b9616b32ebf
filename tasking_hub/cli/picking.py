"""What is bought out of a saved file: one quote of it, or one of each comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from tasking_hub.cli.failures import UsageError
from tasking_hub.cli.saved import Saved, SavedQuote
from tasking_hub.models import Comparison, Opportunity, Quote

FIRST = 1


@frozen
class Pick:
    """What is bought, and what it was chosen from.

    Attributes:
        what: a quote, or an opportunity that has no price.
        comparison: where it stands, or None where it was saved alone.
    """

    what: Quote | Opportunity
    comparison: Comparison | None

    @property
    def opportunity(self) -> Opportunity:
        """What would be served."""
        return self.what.opportunity if isinstance(self.what, Quote) else self.what


@frozen(kw_only=True)
class Picks:
    """What is bought of a batch.

    Attributes:
        quotes: one of each comparison that has one.
        without: references of the comparisons that have none.
    """

    quotes: tuple[Pick, ...]
    without: tuple[str, ...]


def pick_one(saved: Sequence[Saved], *, id_: str | None, rank: int | None, file: str) -> Pick:
    """The one quote that is meant, or the one opportunity of that id where it has no price.

    Raises:
        UsageError: none is meant, or it may be several.
    """
    quotes = [
        Pick(item.quote, one.comparison) for one in saved for item in _first(_matching(one.quotes, id_, rank), rank)
    ]
    if len(quotes) == 1:
        return quotes[0]
    found = [] if rank is not None else [Pick(way, one.comparison) for one in saved for way in _ways(one, id_)]
    if not quotes and len(found) == 1:
        return found[0]
    raise UsageError(_unclear(len(quotes) or len(found), id_, rank, file))


def _ways(saved: Saved, id_: str | None) -> list[Opportunity]:
    return [one for one in saved.opportunities if id_ in {None, one.id}]


def _matching(quotes: Iterable[SavedQuote], id_: str | None, rank: int | None) -> list[SavedQuote]:
    return [item for item in quotes if id_ in {None, item.quote.opportunity.id} and rank in {None, item.rank}]


def _first(quotes: list[SavedQuote], rank: int | None) -> list[SavedQuote]:
    """Quotes of one rank are equal by every criterion: the first of them will do."""
    return quotes if rank is None else quotes[:1]


def _unclear(count: int, id_: str | None, rank: int | None, file: str) -> str:
    asked = " and ".join(
        [*([f"the id {id_}"] if id_ is not None else []), *([f"rank {rank}"] if rank is not None else [])]
    )
    if not count:
        return f"{file}: holds no quote with {asked}" if asked else f"{file}: holds nothing that can be bought"
    if not asked:
        return f"{file}: holds {count} to choose from: name one with --id or --rank, or buy a batch with --all-from"
    return f"{file}: {count} have {asked}: name one by both --id and --rank, or keep each request in a file of its own"


def pick_each(saved: Iterable[Saved], *, rank: int = FIRST) -> Picks:
    """Of each comparison the quote that is marked with `"chosen": true`, else the one of that rank.

    Raises:
        UsageError: several of one comparison are marked.
    """
    quotes: list[Pick] = []
    without: list[str] = []
    for one in saved:
        picked = [Pick(item.quote, one.comparison) for item in _chosen(one, rank)]
        quotes.extend(picked)
        without.extend([] if picked else [one.reference])
    return Picks(quotes=tuple(quotes), without=tuple(without))


def _chosen(one: Saved, rank: int) -> list[SavedQuote]:
    marked = [item for item in one.quotes if item.chosen]
    if len(marked) > 1:
        msg = f"{one.where}: {len(marked)} quotes are marked as chosen, and one request is one purchase"
        raise UsageError(msg)
    return marked or _matching(one.quotes, None, rank)[:1]
