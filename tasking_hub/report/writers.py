"""Comparisons written to a text stream as they arrive, one writer for each `--format`.

- ``table``: for people, readable at 80 columns.
- ``json``: an array with one `comparison_document` per request, indented.
- ``jsonl``: one `comparison_document` a line.
- ``csv``: one row per quote, opportunity without a quote, and refusal, the columns of `COLUMNS`; UTF-8, quoted as in
  RFC 4180, line feeds. Truth is ``true`` or ``false``, and what does not apply is empty.
- ``geojson``: one FeatureCollection with a feature per row of ``csv``, whose columns are its properties. Its geometry
  is the footprint, or the asked area where the provider gives none and for a refusal. Amounts are strings.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TextIO

from tasking_hub.errors import ConfigurationError
from tasking_hub.exact_json import dump_json
from tasking_hub.models import Comparison
from tasking_hub.report.documents import SCHEMA, comparison_document
from tasking_hub.report.plain import plain
from tasking_hub.report.rows import COLUMNS, Row, rows

__all__ = ["FORMATS", "CsvWriter", "GeoJsonWriter", "JsonLinesWriter", "JsonWriter", "Writer", "make_writer"]


class Writer(Protocol):
    """Writes comparisons one after the other; `end` completes what was begun, also after a failure in between."""

    def begin(self) -> None:
        """Write what stands before the first comparison."""
        ...

    def comparison(self, comparison: Comparison) -> None:
        """Write one comparison, so that it can be seen before the next one is there."""
        ...

    def end(self) -> None:
        """Write what stands after the last comparison."""
        ...


class JsonLinesWriter:
    """One document a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self) -> None:
        """Write nothing."""

    def comparison(self, comparison: Comparison) -> None:
        """Write one line."""
        self._stream.write(f"{dump_json(comparison_document(comparison))}\n")
        self._stream.flush()

    def end(self) -> None:
        """Write nothing."""


class _Array:
    """Writes the items of a JSON array with commas between them, and its ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._between = "\n"

    def item(self, text: str) -> None:
        """Write one item."""
        self._stream.write(f"{self._between}{text}")
        self._stream.flush()
        self._between = ",\n"

    def end(self) -> None:
        """Close the array."""
        self._stream.write("\n]" if self._between != "\n" else "]")


class JsonWriter:
    """An indented array of documents."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._array = _Array(stream)

    def begin(self) -> None:
        """Open the array."""
        self._stream.write("[")

    def comparison(self, comparison: Comparison) -> None:
        """Write one document."""
        self._array.item(dump_json(comparison_document(comparison), indent=2))

    def end(self) -> None:
        """Close the array."""
        self._array.end()
        self._stream.write("\n")


class GeoJsonWriter:
    """One FeatureCollection."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._array = _Array(stream)

    def begin(self) -> None:
        """Open the collection."""
        self._stream.write(f'{{"type": "FeatureCollection", "schema": "{SCHEMA}", "features": [')

    def comparison(self, comparison: Comparison) -> None:
        """Write a feature for each row."""
        for row in rows(comparison):
            self._array.item(dump_json(_feature(row)))

    def end(self) -> None:
        """Close the collection."""
        self._array.end()
        self._stream.write("}\n")


def _feature(row: Row) -> dict[str, Any]:
    return {"type": "Feature", "geometry": plain(row.shape), "properties": dict(row.values)}


class CsvWriter:
    """A header, then the rows of each comparison."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._csv = csv.writer(stream, lineterminator="\n")

    def begin(self) -> None:
        """Write the header."""
        self._csv.writerow(COLUMNS)

    def comparison(self, comparison: Comparison) -> None:
        """Write its rows."""
        self._csv.writerows([_cell(value) for value in row.values.values()] for row in rows(comparison))
        self._stream.flush()

    def end(self) -> None:
        """Write nothing."""


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _table(stream: TextIO) -> Writer:
    # rich is an extra, and only this format needs it.
    from tasking_hub.report.table import TableWriter, console_for  # noqa: PLC0415

    return TableWriter(console_for(stream))


FORMATS: Mapping[str, Callable[[TextIO], Writer]] = MappingProxyType(
    {"table": _table, "json": JsonWriter, "jsonl": JsonLinesWriter, "csv": CsvWriter, "geojson": GeoJsonWriter}
)
"""The writer of each format, made with the stream that it writes to."""


def make_writer(name: str, stream: TextIO) -> Writer:
    """Make the writer of a format.

    Raises:
        ConfigurationError: there is no such format.
        MissingDependencyError: the format needs an extra that is not installed.
    """
    if name not in FORMATS:
        msg = f"no format {name!r}; there are {', '.join(FORMATS)}"
        raise ConfigurationError(msg)
    return FORMATS[name](stream)
