"""Reading orbital element sets from a file that the user gives: OMM as JSON, CSV or XML, or TLE.

The content decides the format, not the file's name. Drag (BSTAR) and the derivatives of the mean motion are set to
zero: over the months that a sandbox may run ahead, real drag terms make SGP4 decay satellites that are flying, while
without them the plane still precesses as it should.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from attrs import frozen
from sgp4 import omm
from sgp4.alpha5 import from_alpha5
from sgp4.api import Satrec
from sgp4.io import verify_checksum

from tasking_hub.errors import ConfigurationError

Fields = Mapping[str, Any]

MAX_FILE_BYTES = 50_000_000
"""Assumption: several times the whole catalogue of active satellites is a mistake, not a constellation."""

MAX_CATALOGUE_NUMBER = 339_999
"""The highest number that an alpha-5 catalogue number can hold ("Z9999"), which is the limit of SGP4's own records."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "MEAN_MOTION": (0.05, 17.5),
    "ECCENTRICITY": (0.0, 0.999999),
    "INCLINATION": (0.0, 180.0),
    "RA_OF_ASC_NODE": (-360.0, 360.0),
    "ARG_OF_PERICENTER": (-360.0, 360.0),
    "MEAN_ANOMALY": (-360.0, 360.0),
}
_ONLY: Mapping[str, frozenset[str]] = {
    "CENTER_NAME": frozenset({"EARTH"}),
    "REF_FRAME": frozenset({"TEME"}),
    "TIME_SYSTEM": frozenset({"UTC"}),
    "MEAN_ELEMENT_THEORY": frozenset({"SGP4", "SGP/SGP4"}),  # SGP4-XP sets need another propagator
}
_UNUSED: Fields = {
    "CLASSIFICATION_TYPE": "U",
    "OBJECT_ID": "",
    "EPHEMERIS_TYPE": 0,
    "ELEMENT_SET_NO": 0,
    "REV_AT_EPOCH": 0,
    "BSTAR": 0.0,
    "MEAN_MOTION_DOT": 0.0,
    "MEAN_MOTION_DDOT": 0.0,
}
_TLE_LINE_LENGTH = 68
_FIRST_YEAR, _LAST_YEAR = 1957, 2099
_SHOWN = 40


@frozen(kw_only=True)
class Element:
    """A satellite's name and its orbit, ready to propagate without drag."""

    name: str
    satrec: Satrec


@frozen(kw_only=True)
class _Record:
    """One record of the file, which can say where it stands."""

    path: Path
    number: int
    fields: Fields

    def error(self, field: str, problem: str) -> ConfigurationError:
        """Make the error that names file, record and field."""
        return ConfigurationError(f"{self.path}: record {self.number} ({self.name[:_SHOWN]}): {field}: {problem}")

    @property
    def name(self) -> str:
        """Give the object's name, or a stand-in for messages where there is none."""
        return str(self.fields.get("OBJECT_NAME") or "").strip() or "unnamed"

    def value(self, field: str) -> str:
        """Give a required field's text."""
        value = self.fields.get(field)
        if value is None or not str(value).strip():
            raise self.error(field=field, problem="is missing")
        return str(value).strip()

    def number_between(self, field: str, low: float, high: float) -> float:
        """Give a required field as a number inside a closed range."""
        text = self.value(field)
        try:
            number = float(text)
        except ValueError as error:
            raise self.error(field=field, problem=f"{text[:_SHOWN]!r} is not a number") from error
        if not low <= number <= high or math.isnan(number):
            raise self.error(field=field, problem=f"{text[:_SHOWN]} is not between {low:g} and {high:g}")
        return number


def read_elements(path: Path) -> list[Element]:
    """Read every element set of a file, in the file's order.

    Raises:
        ConfigurationError: The file cannot be read or is not OMM or TLE, or a record is incomplete, out of range or
            there twice; the message names file, record and field.
    """
    parsed = enumerate(_parse(path, _text(path)), start=1)
    records = [_Record(path=path, number=number, fields=fields) for number, fields in parsed]
    if not records:
        msg = f"{path}: holds no element sets"
        raise ConfigurationError(msg)
    elements: dict[int, Element] = {}
    for record in records:
        number = _catalogue_number(record)
        if number in elements:
            raise record.error(field="NORAD_CAT_ID", problem=f"{number} is there twice; keep the newest element set")
        elements[number] = _element(record, number)
    return list(elements.values())


def _text(path: Path) -> str:
    """Read a file of bearable size as UTF-8, with or without a byte order mark."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            msg = f"{path}: is larger than {MAX_FILE_BYTES // 1_000_000} MB, too large for a file of element sets"
            raise ConfigurationError(msg)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read as text: {error}"
        raise ConfigurationError(msg) from error


def _parse(path: Path, text: str) -> Iterable[Fields]:
    """Split a text into records by the format that its first character shows."""
    first = text.lstrip()[:1]
    readers: Mapping[str, Callable[[Path, str], Iterable[Fields]]] = {"[": _json, "{": _json, "<": _xml}
    if first in readers:
        return readers[first](path, text)
    if "OBJECT_NAME" in text.lstrip().partition("\n")[0]:
        return _csv(path, text.lstrip())
    return _tle(path, text)


def _json(path: Path, text: str) -> Sequence[Fields]:
    """Read OMM as JSON: a list of objects, or one object."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{path}: is not valid JSON: {error}"
        raise ConfigurationError(msg) from error
    records = cast("Sequence[Any]", content) if isinstance(content, list) else [content]
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            msg = f"{path}: record {number}: is not an object with OMM fields"
            raise ConfigurationError(msg)
    return records


def _csv(path: Path, text: str) -> Sequence[Fields]:
    """Read OMM as CSV with a header."""
    try:
        return list(omm.parse_csv(StringIO(text)))
    except csv.Error as error:
        msg = f"{path}: is not valid CSV: {error}"
        raise ConfigurationError(msg) from error


def _xml(path: Path, text: str) -> list[Fields]:
    """Read OMM as XML."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # a bomb of entities fits in a few lines; OMM needs none
        msg = f"{path}: declares a document type, which an OMM file does not need"
        raise ConfigurationError(msg)
    try:
        return list(omm.parse_xml(StringIO(text)))
    except (ParseError, AttributeError, TypeError) as error:
        msg = f"{path}: is not an OMM in XML (segment with metadata, meanElements and tleParameters): {error}"
        raise ConfigurationError(msg) from error


def _tle(path: Path, text: str) -> Iterator[Fields]:
    """Read TLE, each set with or without a line for the name."""
    name, first = "", ""
    for number, line in enumerate((line.rstrip() for line in text.splitlines()), start=1):
        if line.startswith("1 ") and not first:
            first = line
        elif first:
            yield _tle_fields(path, number, name, (first, line))
            name, first = "", ""
        elif line:
            name = line.removeprefix("0 ").strip()
    if first or name:
        msg = f"{path}: is neither OMM nor TLE: its last lines are no complete element set"
        raise ConfigurationError(msg)


def _tle_fields(path: Path, number: int, name: str, lines: tuple[str, str]) -> Fields:
    """Give the two lines of a set as OMM fields (columns of the format: sgp4's own documentation of TLE)."""
    first, second = lines
    try:
        _check_tle(first, second)
        return {
            "OBJECT_NAME": name or first[2:7].strip(),
            "NORAD_CAT_ID": from_alpha5(first[2:7].replace(" ", "0")),
            "EPOCH": _tle_epoch(first[18:32]).isoformat(),
            "MEAN_MOTION": second[52:63],
            "ECCENTRICITY": f"0.{second[26:33].strip()}",
            "INCLINATION": second[8:16],
            "RA_OF_ASC_NODE": second[17:25],
            "ARG_OF_PERICENTER": second[34:42],
            "MEAN_ANOMALY": second[43:51],
        }
    except (ValueError, OverflowError) as error:
        problem = str(error).partition("\n")[0]
        msg = f"{path}: line {number} ({name or 'unnamed'}): is not a valid TLE: {problem}"
        raise ConfigurationError(msg) from error


def _check_tle(first: str, second: str) -> None:
    """Refuse a pair of lines that do not belong together."""
    if min(len(first), len(second)) < _TLE_LINE_LENGTH or not second.startswith("2 "):
        msg = "a line 1 must be followed by a line 2, both with 69 characters"
        raise ValueError(msg)
    if first[2:7] != second[2:7]:
        msg = f"line 1 is of satellite {first[2:7]}, line 2 of {second[2:7]}"
        raise ValueError(msg)
    verify_checksum(first, second)


def _tle_epoch(column: str) -> datetime:
    """Give the moment of a TLE's epoch: two digits of the year (1957..2056) and the day of the year."""
    year = int(column[:2])
    start = datetime(year + (1900 if year >= _FIRST_YEAR % 100 else 2000), 1, 1, tzinfo=UTC)
    return start + timedelta(days=float(column[2:]) - 1)


def _element(record: _Record, number: int) -> Element:
    """Turn a checked record into an orbit."""
    record.value("OBJECT_NAME")
    for field, words in _ONLY.items():
        word = str(record.fields.get(field) or min(words)).strip().upper()
        if word not in words:
            raise record.error(
                field=field, problem=f"{word[:_SHOWN]} is not supported, only {' or '.join(sorted(words))}"
            )
    checked: dict[str, Any] = {field: record.number_between(field, *ends) for field, ends in _RANGES.items()}
    checked |= {"NORAD_CAT_ID": number, "EPOCH": _epoch(record).strftime("%Y-%m-%dT%H:%M:%S.%f")}
    return Element(name=record.name, satrec=_satrec(record, checked))


def _catalogue_number(record: _Record) -> int:
    """Give the catalogue number, a whole one that SGP4 can hold."""
    number = record.number_between("NORAD_CAT_ID", 0, MAX_CATALOGUE_NUMBER)
    if not number.is_integer():
        raise record.error(field="NORAD_CAT_ID", problem=f"{number} is not a whole number")
    return int(number)


def _epoch(record: _Record) -> datetime:
    """Give the epoch, which is UTC whether or not it says so."""
    text = record.value("EPOCH")
    try:
        epoch = datetime.fromisoformat(text)
        epoch = epoch.replace(tzinfo=epoch.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        problem = f"{text[:_SHOWN]!r} is not a date and time like 2026-08-22T07:53:51.259"
        raise record.error(field="EPOCH", problem=problem) from error
    if not _FIRST_YEAR <= epoch.year <= _LAST_YEAR:
        raise record.error(field="EPOCH", problem=f"{text} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return epoch


def _satrec(record: _Record, checked: dict[str, Any]) -> Satrec:
    """Start SGP4 with drag and derivatives left out, and prove that it runs."""
    satrec = Satrec()
    omm.initialize(satrec, {**_UNUSED, **checked})
    if satrec.sgp4_tsince(0.0)[0]:
        raise record.error(field="MEAN_MOTION", problem="SGP4 finds no orbit above the ground with these elements")
    return satrec
