"""Where areas come from, each made a GeoJSON object: a file, standard input, a pair of numbers, WKT, or geopandas."""

from __future__ import annotations

import errno
import importlib
import json
import re
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from attrs import frozen

from tasking_hub.areas.problems import AreaFileError, AreaProblem
from tasking_hub.errors import InvalidRequestError, MissingDependencyError
from tasking_hub.geometry import read_wkt, to_geojson

MAX_BYTES = 512 * 1024 * 1024
"""Larger files are refused: read whole, they would take several times their size in memory."""

STANDARD_INPUT = "-"

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_PAIR = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})\s*")
_WKT = re.compile(r"\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b.*", re.IGNORECASE | re.DOTALL)
_JSON_SUFFIXES = frozenset({".geojson", ".json"})
_SNIFFED = 64


@frozen
class Source:
    """Areas as a GeoJSON object that nobody has checked yet.

    Attributes:
        name: what messages call it.
        document: what was read.
    """

    name: str
    document: object


def load(areas: str, stdin: BinaryIO) -> Source:
    """Read what AREAS names, without looking into it.

    Raises:
        AreaFileError: it is not there, cannot be read, or is too large.
        MissingDependencyError: only geopandas can read it.
    """
    if areas == STANDARD_INPUT:
        name = "standard input"
        return Source(name, _json(_bounded(stdin, name), name))
    if pair := _PAIR.fullmatch(areas):
        return Source(areas, {"type": "Point", "coordinates": [float(number) for number in pair.groups()]})
    if _WKT.fullmatch(areas):
        return Source(areas[:40], _wkt(areas))
    return _load_path(areas)


def fail(source: str, message: str, field: str | None = None, cause: Exception | None = None) -> NoReturn:
    """Raise one problem of the whole source."""
    raise AreaFileError([AreaProblem(source=source, message=message, field=field)]) from cause


def _wkt(text: str) -> dict[str, object]:
    try:
        return to_geojson(read_wkt(text))
    except InvalidRequestError as error:
        fail(text[:40], str(error), "area", error)


def _load_path(areas: str) -> Source:
    path = Path(areas)
    try:
        if not _exists(path):
            fail(areas[:200], "no such file, and neither a lon,lat pair such as 1.44,43.60 nor WKT")
        if path.is_dir() or not _is_json(path):
            return Source(areas, _from_geopandas(path))
        with path.open("rb") as file:
            return Source(areas, _json(_bounded(file, areas), areas))
    except OSError as error:
        fail(areas, f"cannot be read: {error.strerror or error}", cause=error)


def _exists(path: Path) -> bool:
    try:
        return path != Path() and path.exists()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return False


def _is_json(path: Path) -> bool:
    if path.suffix.lower() in _JSON_SUFFIXES:
        return True
    with path.open("rb") as file:
        start = file.read(_SNIFFED).removeprefix(b"\xef\xbb\xbf").lstrip()
    return not start or start.startswith((b"{", b"["))


def _bounded(file: BinaryIO, name: str) -> bytes:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        fail(name, f"larger than {MAX_BYTES // 1024**2} MB: split it into smaller files")
    if not content.strip():
        fail(name, "empty: a GeoJSON FeatureCollection, Feature or geometry is expected")
    return content


# --- GeoJSON -----------------------------------------------------------------------------------------


def _json(content: bytes, name: str) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        fail(name, f"not UTF-8 text at byte {error.start}: GeoJSON is written in UTF-8", cause=error)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        fail(name, f"not JSON at {place}: {error.msg}{_line_hint(error)}", cause=error)
    except RecursionError as error:
        fail(name, "not GeoJSON: nested too deeply", cause=error)
    except ValueError as error:
        fail(name, f"not JSON: {_said(error)}", cause=error)


def _said(error: ValueError) -> str:
    """What a parser of numbers says is meant for programmers (sys.set_int_max_str_digits)."""
    return "a number has too many digits" if "digits" in str(error) else str(error)


def _refuse_constant(word: str) -> NoReturn:
    msg = f"{word} is not a JSON number, write null"
    raise ValueError(msg)


def _line_hint(error: json.JSONDecodeError) -> str:
    if error.msg != "Extra data":
        return ""
    return " after the end of the first object; several features stand in one FeatureCollection"


# --- What geopandas reads ----------------------------------------------------------------------------


def _from_geopandas(path: Path) -> object:
    geopandas = _geopandas(path)
    try:
        columnar = path.suffix.lower() in {".parquet", ".geoparquet"}
        frame = geopandas.read_parquet(path) if columnar else geopandas.read_file(path)
    except Exception as error:  # noqa: BLE001  # every driver of GDAL has errors of its own
        fail(str(path), f"neither GeoJSON nor readable by geopandas: {error}", cause=error)
    if frame.crs is None:
        fail(str(path), "says no coordinate reference system: write it with one, best WGS 84 (EPSG:4326)")
    # Times come out as text with or without their offset, and are then read as strictly as any other.
    return json.loads(frame.to_crs(4326).to_json(na="drop", drop_id=True, default=str))


def _geopandas(path: Path) -> Any:
    try:
        return importlib.import_module("geopandas")
    except ImportError as error:
        what = "a directory" if path.is_dir() else "not GeoJSON"
        msg = f"{path}: {what}; geopandas may read it once it is installed: pip install geopandas"
        raise MissingDependencyError(msg) from error
