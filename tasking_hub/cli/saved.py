"""Opportunities and quotes out of a file that `opportunities`, `compare` or `quote` wrote as json or jsonl."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, cast

from attrs import frozen

from tasking_hub.cli.failures import UsageError
from tasking_hub.errors import ConfigurationError, InvalidRequestError
from tasking_hub.exact_json import load_json
from tasking_hub.models import Comparison, Opportunity, Quote
from tasking_hub.registry import Registry
from tasking_hub.report.reading import read_comparison, read_opportunity, read_quote

STANDARD_INPUT = "-"
MAX_BYTES = 512 * 1024 * 1024
"""Larger files are refused: read whole, they would take several times their size in memory."""


def read_saved(file: str, registry: Registry) -> list[Opportunity]:
    """Read the opportunities in a file, or in standard input for `-`, in their order.

    Raises:
        UsageError: naming the file, and the line or element of it that cannot be read.
    """
    name = "standard input" if file == STANDARD_INPUT else file
    opportunities = [
        opportunity
        for where, document in _documents(_content(file, name), name)
        for opportunity in _opportunities(document, registry, where)
    ]
    if not opportunities:
        _fail(name, "holds no opportunity")
    return opportunities


@frozen(kw_only=True)
class SavedQuote:
    """A quote that was saved.

    Attributes:
        quote: the quote.
        rank: its rank in its comparison.
        chosen: whether somebody marked it with `"chosen": true`.
    """

    quote: Quote
    rank: int = 1
    chosen: bool = False


@frozen(kw_only=True)
class Saved:
    """What was saved of one request.

    Attributes:
        where: the place in the file.
        reference: of the request.
        document: the document itself.
        comparison: the same, or None where quotes or opportunities were saved alone.
        quotes: in their order.
        opportunities: those without a price.
    """

    where: str
    reference: str
    document: Mapping[str, object]
    comparison: Comparison | None = None
    quotes: tuple[SavedQuote, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()


def read_quotes(file: str, registry: Registry) -> list[Saved]:
    """Read the comparisons in a file, or in standard input for `-`; single quotes and opportunities will do, too.

    Raises:
        UsageError: naming the file, and the line or element of it that cannot be read.
    """
    name = "standard input" if file == STANDARD_INPUT else file
    return [_saved(document, registry, where) for where, document in _documents(_content(file, name), name)]


def _saved(document: object, registry: Registry, where: str) -> Saved:
    try:
        return _read(document, registry, where)
    except (InvalidRequestError, ConfigurationError) as error:
        _fail(where, error, error)


def _read(document: object, registry: Registry, where: str) -> Saved:
    members = _members(document)
    if _is_comparison(document):
        comparison = read_comparison(document, registry)
        marks = [mark.get("chosen") is True for mark in cast("list[Mapping[str, object]]", members["quotes"])]
        ranked = zip(comparison.quotes, marks, strict=True)
        quotes = [SavedQuote(quote=row.quote, rank=row.rank, chosen=chosen) for row, chosen in ranked]
        found, reference = comparison.not_quoted, comparison.request.reference
        return Saved(
            where=where,
            reference=reference,
            document=members,
            comparison=comparison,
            quotes=tuple(quotes),
            opportunities=found,
        )
    if "opportunity" in members:
        quote = read_quote(document, registry)
        reference = quote.opportunity.request.reference
        return Saved(where=where, reference=reference, document=members, quotes=(SavedQuote(quote=quote),))
    opportunity = read_opportunity(document, registry)
    return Saved(where=where, reference=opportunity.request.reference, document=members, opportunities=(opportunity,))


def _members(document: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", document) if isinstance(document, Mapping) else {}


def _fail(where: str, problem: object, cause: Exception | None = None) -> NoReturn:
    msg = f"{where}: {problem}"
    raise UsageError(msg) from cause


def _content(file: str, name: str) -> bytes:
    try:
        if file == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        _fail(name, f"cannot be read: {getattr(error, 'strerror', None) or error}", error)
    if len(content) > MAX_BYTES:
        _fail(name, f"larger than {MAX_BYTES // 1024**2} MB: split it into smaller files")
    return content


def _documents(content: bytes, name: str) -> Iterator[tuple[str, object]]:
    """Every document with the place where it stands: one, a list of them, or one a line."""
    try:
        document = load_json(content)
    except json.JSONDecodeError as error:
        yield from _lines(content, name, error)
    except ValueError as error:
        _fail(name, f"not JSON: {error}", error)
    else:
        if not isinstance(document, list):
            yield name, document
            return
        for index, item in enumerate(cast("Sequence[object]", document)):
            yield f"{name}: element {index + 1}", item


def _lines(content: bytes, name: str, error: json.JSONDecodeError) -> Iterator[tuple[str, object]]:
    if error.msg != "Extra data":
        _fail(name, f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}", error)
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            where = f"{name}: line {number}"
            yield where, _line(line, where)


def _line(line: bytes, where: str) -> object:
    try:
        return load_json(line)
    except ValueError as error:
        _fail(where, f"not JSON: {error}", error)


def _opportunities(document: object, registry: Registry, where: str) -> Iterable[Opportunity]:
    try:
        if _is_comparison(document):
            comparison = read_comparison(document, registry)
            return [*(row.quote.opportunity for row in comparison.quotes), *comparison.not_quoted]
        return [read_opportunity(document, registry)]
    except (InvalidRequestError, ConfigurationError) as error:
        _fail(where, error, error)


def _is_comparison(document: object) -> bool:
    return isinstance(document, Mapping) and "quotes" in document
