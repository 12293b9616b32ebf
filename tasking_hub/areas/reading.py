"""From AREAS to task requests: every feature is read and checked before the first request is handed out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, TypeVar, cast

from attrs import define, field
from shapely.geometry.base import BaseGeometry

from tasking_hub.areas.options import read_options
from tasking_hub.areas.problems import AreaFileError, AreaProblem
from tasking_hub.areas.properties import PROPERTIES, read_handle
from tasking_hub.areas.sources import Source, fail, load
from tasking_hub.areas.spelling import meant
from tasking_hub.areas.wishes import Defaults, Feature, request_for
from tasking_hub.errors import InvalidRequestError
from tasking_hub.geometry import check_area, read_geojson
from tasking_hub.models import TaskRequest
from tasking_hub.registry import Registry

T = TypeVar("T")
Members = Mapping[str, object]

_GEOMETRIES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
_LON_LAT_SYSTEMS = ("CRS84", "EPSG::4326", "EPSG:4326")


def read_areas(
    areas: str,
    *,
    defaults: Defaults,
    registry: Registry,
    now: datetime,
    stdin: BinaryIO,
    accounts: Collection[str] | None = None,
) -> list[TaskRequest]:
    """Read what AREAS names as one request for each feature, in their order.

    Args:
        areas: a GeoJSON file (FeatureCollection, Feature or geometry), ``-`` for standard input, a ``lon,lat`` pair,
            WKT, or a file that geopandas reads where it is installed.
        defaults: the wishes of features that say nothing.
        registry: the adapters whose options a feature may carry under their name.
        now: when windows without a start begin.
        stdin: what ``-`` reads.
        accounts: names of the accounts that a feature may ask, or None for any.

    The reference is the property ``reference``, else the feature's id, else a new one. Properties that are none of
    `PROPERTIES` and no adapter's name are kept in `TaskRequest.properties`.

    Raises:
        AreaFileError: naming source, feature, property and rule of every mistake found.
        InvalidRequestError: the defaults contradict each other.
        MissingDependencyError: only geopandas can read the file and it is not installed.
    """
    defaults.check()
    source = load(areas, stdin)
    reader = _FeatureReader(source=source.name, defaults=defaults, registry=registry, now=now, accounts=accounts)
    requests = [reader.read(feature, number) for number, feature in _features(source)]
    if reader.problems:
        raise AreaFileError(reader.problems)
    return [request for request in requests if request is not None]


# --- The document ------------------------------------------------------------------------------------


def _features(source: Source) -> Iterator[tuple[int | None, object]]:
    document = source.document
    if not isinstance(document, Mapping):
        fail(source.name, f"a GeoJSON object is expected, not {_kind(document)}")
    members = cast("Members", document)
    _check_crs(source.name, members.get("crs"))
    kind = members.get("type")
    if kind == "FeatureCollection":
        yield from enumerate(_collected(source.name, members.get("features")), start=1)
    elif kind == "Feature":
        yield 1, members
    elif kind in _GEOMETRIES:
        yield None, {"type": "Feature", "geometry": members}
    else:
        fail(source.name, f"type: FeatureCollection, Feature or a geometry is expected, not {kind!r:.40}")


def _kind(value: object) -> str:
    words = {list: "a list", dict: "an object", str: "a text", bool: "true or false", type(None): "null"}
    return next((word for kind, word in words.items() if isinstance(value, kind)), "a number")


def _collected(source: str, features: object) -> list[object]:
    if not isinstance(features, list):
        fail(source, f"features: a list is expected, not {_kind(features)}")
    if not features:
        fail(source, "features: the collection is empty")
    return cast("list[object]", features)


def _check_crs(source: str, crs: object) -> None:
    """Refuse the member of old GeoJSON that says that positions are no longitudes and latitudes."""
    if crs is None or any(system in str(crs) for system in _LON_LAT_SYSTEMS):
        return
    fail(source, f"crs: {crs!r:.120} is not longitude and latitude on WGS 84: reproject the file to EPSG:4326")


# --- One feature -------------------------------------------------------------------------------------


@define(kw_only=True)
class _FeatureReader:
    """Reads features one after the other and notes every problem instead of stopping at the first."""

    source: str
    defaults: Defaults
    registry: Registry
    now: datetime
    accounts: Collection[str] | None
    problems: list[AreaProblem] = field(factory=list[AreaProblem], init=False)
    _number: int | None = field(default=None, init=False)
    _label: str | None = field(default=None, init=False)
    _used: dict[str, int | None] = field(factory=dict[str, "int | None"], init=False)

    def read(self, feature: object, number: int | None) -> TaskRequest | None:
        """Make a feature's request, or note its problems and give None."""
        before = len(self.problems)
        self._number, self._label = number, None
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            self._note("a GeoJSON Feature is expected: an object whose type is Feature")
            return None
        read = self._parts(cast("Members", feature))
        if read is None or len(self.problems) > before:
            return None
        request = self._try(lambda: request_for(read, self.defaults, self.now))
        return request if request is not None and self._is_new(request.reference) else None

    def _parts(self, feature: Members) -> Feature | None:
        properties = feature.get("properties")
        if not isinstance(properties, Mapping | None):
            self._note(f"properties: an object is expected, not {_kind(properties)}", "properties")
            return None
        members = cast("Members", properties or {})
        given = {name: value for name, value in members.items() if value is not None}
        self._label = _label(feature, given)
        self._check_place(feature)
        wishes = self._wishes(given)
        self._check_accounts(wishes.get("accounts", ()))
        own = wishes.pop("reference", None)
        reference = own or self._try(lambda: _feature_id(feature))
        area = self._try(lambda: _area(feature.get("geometry")))
        options, others = self._options(given), self._others(given)
        if area is None:
            return None
        return Feature(area=area, wishes=wishes, reference=reference, options=options, properties=others)

    def _wishes(self, given: Members) -> dict[str, Any]:
        read = {name: self._try(_bound(PROPERTIES[name], value, name)) for name, value in _known(given)}
        return {name: value for name, value in read.items() if value is not None}

    def _options(self, given: Members) -> dict[str, Any]:
        names = [name for name in self.registry.names() if name in given]
        return {name: self._try(_bound(_options_reader(self.registry), given[name], name)) for name in names}

    def _others(self, given: Members) -> dict[str, Any]:
        adapters = self.registry.names()
        others = {name: value for name, value in given.items() if name not in PROPERTIES and name not in adapters}
        for name, value in others.items():
            probable = meant(name, value, adapters)
            if probable is not None:
                self._note(f"unknown property {name!r}, did you mean {probable!r}?", name)
        return others

    def _check_accounts(self, asked: Iterable[str]) -> None:
        unknown = [] if self.accounts is None else sorted(set(asked) - set(self.accounts))
        if unknown:
            self._note(f"accounts: {unknown_accounts(unknown, self.accounts or ())}", "accounts")

    def _check_place(self, feature: Members) -> None:
        for name in PROPERTIES:
            if name in feature:
                self._note(f"{name} stands beside 'properties', where nobody reads it: move it in there", name)

    def _is_new(self, reference: str) -> bool:
        if reference not in self._used:
            self._used[reference] = self._number
            return True
        self._note(f"reference {reference!r} is already that of feature {self._used[reference]}", "reference")
        return False

    def _try(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except InvalidRequestError as error:
            self._note(str(error), error.field)
            return None

    def _note(self, message: str, at: str | None = None) -> None:
        problem = AreaProblem(source=self.source, message=message, feature=self._number, label=self._label, field=at)
        self.problems.append(problem)


def unknown_accounts(unknown: Iterable[str], configured: Iterable[str]) -> str:
    """Say which accounts there are instead."""
    known = ", ".join(sorted(configured)) or "none"
    return f"no account {', '.join(unknown)} is configured; configured: {known}"


def _known(given: Members) -> Iterator[tuple[str, object]]:
    return ((name, value) for name, value in given.items() if name in PROPERTIES)


def _bound(reader: Callable[[object, str], T], value: object, name: str) -> Callable[[], T]:
    return lambda: reader(value, name)


def _options_reader(registry: Registry) -> Callable[[object, str], Any]:
    return lambda value, name: read_options(name, value, registry)


def _label(feature: Members, properties: Members) -> str | None:
    candidates = (properties.get("reference"), feature.get("id"), properties.get("name"))
    return next((str(value)[:60] for value in candidates if isinstance(value, str | int) and value != ""), None)


def _feature_id(feature: Members) -> str | None:
    identifier = feature.get("id")
    return None if identifier is None else read_handle(identifier, "id")


def _area(geometry: object) -> BaseGeometry:
    if not isinstance(geometry, Mapping):
        msg = f"geometry: a GeoJSON geometry is expected, not {_kind(geometry)}"
        raise InvalidRequestError(msg, field="area")
    return check_area(_only_part(read_geojson(cast("Members", geometry))))


def _only_part(geometry: BaseGeometry) -> BaseGeometry:
    """Take the one part of a Multi-geometry, as which GIS programs write every area; several are several requests."""
    parts = list(getattr(geometry, "geoms", ()))
    if len(parts) > 1:
        msg = f"a {geometry.geom_type} of {len(parts)} parts is not one area: make one feature of each part"
        raise InvalidRequestError(msg, field="area")
    return parts[0] if parts else geometry
