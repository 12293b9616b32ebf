"""Areas become requests as they were meant, and every mistake names file, feature and rule."""

import io
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import shapely
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from tasking_hub import (
    EndUser,
    InvalidRequestError,
    LookSide,
    MissingDependencyError,
    Optical,
    PassDirection,
    Radar,
    Registry,
    Stereo,
    Window,
    format_time,
)
from tasking_hub.areas import (
    DEFAULT_WINDOW,
    PROBLEMS_SHOWN,
    AreaFileError,
    AreaProblem,
    Defaults,
    ImagingWish,
    read_areas,
    sources,
)
from tasking_hub.geometry import to_geojson

NOW = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
NOON = NOW.replace(microsecond=0)
KNOBS = strategies.registry()
NOBODY = Registry([])
thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def feature(properties=None, geometry=None, **members):
    """A feature, by default a point that nobody asks anything of."""
    place = to_geojson(Point(1.44, 43.6)) if geometry is None else geometry
    return {"type": "Feature", "properties": properties, "geometry": place, **members}


def collection(*features):
    """A FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}


def read(areas, stdin=b"", registry=NOBODY, configured=None, **defaults):
    """Requests for what AREAS names."""
    return read_areas(
        areas,
        defaults=Defaults(**defaults),
        registry=registry,
        now=NOW,
        stdin=io.BytesIO(stdin),
        accounts=configured,
    )


def read_json(document, registry=NOBODY, **defaults):
    """Requests for a GeoJSON document on standard input."""
    return read("-", json.dumps(document).encode(), registry, **defaults)


def only(properties=None, registry=NOBODY, geometry=None, members=None, **defaults):
    """The one request of a feature with these properties."""
    (request,) = read_json(feature(properties, geometry, **(members or {})), registry, **defaults)
    return request


def mistakes(document, registry=NOBODY, **defaults):
    """What is said about each problem, less the name of standard input."""
    with pytest.raises(AreaFileError) as caught:
        read_json(document, registry, **defaults)
    return [str(problem).removeprefix("standard input: ") for problem in caught.value.problems]


# --- Every way to name areas -------------------------------------------------------------------------


@given(st.lists(strategies.areas, min_size=1, max_size=5))
@thorough
def test_features_come_in_their_order_with_their_areas(areas):
    """Whatever areas a file holds, each becomes one request for exactly that area."""
    requests = read_json(collection(*(feature(geometry=to_geojson(area)) for area in areas)))

    assert [request.area for request in requests] == areas


@given(strategies.longitudes, strategies.latitudes, st.sampled_from(["{},{}", " {} , {} ", "{:+f},{:+f}"]))
@thorough
def test_a_pair_is_longitude_and_latitude(lon, lat, form):
    """Two numbers with a comma are a point, longitude first."""
    text = form.format(lon, lat)
    (request,) = read(text)

    assert (request.area.x, request.area.y) == tuple(float(number) for number in text.split(","))


@given(st.lists(st.tuples(strategies.floats(-80, 80), strategies.latitudes), min_size=2, max_size=2, unique=True))
@thorough
def test_wkt_is_read(ends):
    """Well-known text is the area that it names, to the last digit."""
    (request,) = read(f"LINESTRING ({', '.join(f'{lon!r} {lat!r}' for lon, lat in ends)})")

    assert list(request.area.coords) == ends


@pytest.mark.parametrize("text", ["POINT (1 2)", " point(1 2)", "Point Z (1 2 3)", "MULTIPOINT ((1 2))"])
def test_wkt_is_known_by_its_first_word(text):
    """Case, spaces and third values make no difference."""
    assert [request.area for request in read(text)] == [Point(1, 2)]


def test_a_geometry_or_a_feature_alone_is_one_request():
    """A file need not be a collection."""
    square = box(1, 43, 2, 44)

    assert [request.area for request in read_json(to_geojson(square))] == [square]
    assert [request.area for request in read_json(feature(geometry=to_geojson(square)))] == [square]


@pytest.mark.parametrize("name", ["areas.geojson", "areas.json", "areas.JSON", "areas", "areas.txt"])
def test_a_file_is_geojson_by_its_name_or_by_its_content(tmp_path, name):
    """Any suffix will do for what begins like JSON, byte order mark and spaces included."""
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf \n" + json.dumps(feature({"reference": "r"})).encode())

    assert [request.reference for request in read(str(path))] == ["r"]


def test_third_values_are_dropped_and_holes_are_kept():
    """Heights mean nothing here; a hole is a part of the shape that is not wanted."""
    holed = Polygon([(0, 0, 5), (3, 0, 5), (3, 3, 5), (0, 3, 5)], [[(1, 1, 5), (2, 1, 5), (2, 2, 5), (1, 2, 5)]])
    area = only(geometry=json.loads(shapely.to_geojson(holed))).area

    assert not area.has_z
    assert len(area.interiors) == 1


def test_a_multipolygon_of_one_part_is_that_part():
    """GIS programs write every area as a MultiPolygon."""
    assert only(geometry=to_geojson(MultiPolygon([box(1, 43, 2, 44)]))).area == box(1, 43, 2, 44)


# --- Properties --------------------------------------------------------------------------------------


def test_every_property_is_read_into_the_request():
    """The properties of the command line's manual, each where it belongs."""
    request = only(
        {
            "reference": "lyon-1",
            "start": "2026-12-01T00:00:00+01:00",
            "end": "2026-12-09",
            "imaging": "any",
            "max_cloud_cover": 20,
            "min_incidence": 5,
            "max_incidence": 30.5,
            "min_sun_elevation": 15,
            "max_gsd_m": 0.7,
            "stereo": "stereo",
            "mode": "SPOTLIGHT",
            "max_resolution_m": 1,
            "look_side": "left",
            "pass_direction": "ascending",
            "priority": "high",
            "exclusivity_days": 30,
            "sla": "SLA_8H",
            "licence": "standard",
            "market": "AGRI",
            "end_users": [{"name": "City of Lyon", "country": "FR"}, {"name": "Somebody", "country": "DE"}],
            "accounts": ["airbus", "planet"],
            "knobs": {"count": 3, "programmes": ["OneDay"]},
            "name": "Lyon",
            "population": 522250,
        },
        KNOBS,
    )

    assert request.reference == "lyon-1"
    assert request.window == Window(datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC))
    assert request.optical == Optical(
        max_cloud_cover=20,
        min_incidence=5,
        max_incidence=30.5,
        min_sun_elevation=15,
        max_gsd_m=0.7,
        stereo=Stereo.STEREO,
    )
    assert request.radar == Radar(
        mode="SPOTLIGHT",
        max_resolution_m=1,
        min_incidence=5,
        max_incidence=30.5,
        look_side=LookSide.LEFT,
        pass_direction=PassDirection.ASCENDING,
    )
    assert (request.priority, request.exclusivity_days, request.sla) == ("high", 30, "SLA_8H")
    assert (request.licence, request.accounts) == ("standard", ("airbus", "planet"))
    assert (request.market, request.end_users) == (
        "AGRI",
        (EndUser(name="City of Lyon", country="FR"), EndUser(name="Somebody", country="DE")),
    )
    assert request.options == {"knobs": strategies.Knobs(count=3, programmes=(strategies.Programme.DAY,))}
    assert request.properties == {"name": "Lyon", "population": 522250}


def test_defaults_stand_where_a_feature_is_silent():
    """The feature's own word goes before the command line's, property by property."""
    defaults = {"max_cloud_cover": 50, "max_incidence": 20, "priority": "low", "accounts": ["a"]}
    request = only({"max_cloud_cover": 10, "priority": None}, **defaults)

    assert request.optical == Optical(max_cloud_cover=10, max_incidence=20)
    assert (request.priority, request.accounts) == ("low", ("a",))


@pytest.mark.parametrize(
    ("properties", "defaults", "window"),
    [
        ({}, {}, Window(NOON, NOON + DEFAULT_WINDOW)),
        ({"start": "2026-12-01"}, {}, Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))),
        ({"end": "2026-11-23"}, {}, Window(NOON, datetime(2026, 11, 23, tzinfo=UTC))),
        (
            {"end": "2026-12-02T06:00:00Z"},
            {"start": datetime(2026, 12, 1, tzinfo=UTC), "end": datetime(2027, 1, 1, tzinfo=UTC)},
            Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, 6, tzinfo=UTC)),
        ),
    ],
)
def test_a_window_needs_neither_end(properties, defaults, window):
    """It begins now and lasts a week, unless the feature or the command line says otherwise."""
    assert only(properties, **defaults).window == window


@given(strategies.windows())
@thorough
def test_windows_are_read_to_the_microsecond(window):
    """What `format_time` writes is read as the same window."""
    properties = {"start": format_time(window.start), "end": format_time(window.end)}

    assert only(properties).window == window


@pytest.mark.parametrize(
    ("properties", "members", "reference"),
    [
        ({"reference": "r", "name": "n"}, {"id": "i"}, "r"),
        ({"reference": 12}, {}, "12"),
        ({"name": "n"}, {"id": "i"}, "i"),
        (None, {"id": 7}, "7"),
        ({"reference": None}, {"id": 7}, "7"),
    ],
)
def test_the_reference_is_the_property_then_the_id(properties, members, reference):
    """A name is no handle: two places may share one."""
    assert only(properties, members=members).reference == reference


def test_references_are_made_where_none_is_given():
    """Every request has a handle of its own."""
    requests = read_json(collection(feature({"name": "n"}), feature({"name": "n"})))

    assert len({request.reference for request in requests}) == 2


@pytest.mark.parametrize(
    ("imaging", "optical", "radar"), [("any", True, True), ("optical", True, False), ("radar", False, True)]
)
def test_imaging_leaves_out_a_kind(imaging, optical, radar):
    """One kind of image, or whichever sensor can show the place."""
    request = only({"imaging": imaging})

    assert (request.optical is not None, request.radar is not None) == (optical, radar)


def test_a_default_for_the_other_kind_of_image_does_not_apply():
    """A feature that wants radar only is not held back by a cloud limit for all the others."""
    request = only({"imaging": "radar"}, max_cloud_cover=10)

    assert (request.optical, request.radar) == (None, Radar())


# --- Mistakes in a feature ---------------------------------------------------------------------------

END_USERS = 'a list of end users such as [{"name": "City of Toulouse", "country": "FR"}]'
BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"max_cloud_cover": "10"}, "max_cloud_cover: a number is expected, not '10'"),
        ({"market": 5}, "market: a text is expected, not 5"),
        ({"end_users": "Lyon"}, f"end_users: {END_USERS} is expected, not 'Lyon'"),
        ({"end_users": ["Lyon"]}, f"end_users: {END_USERS} is expected, not 'Lyon'"),
        ({"end_users": [{"name": "Lyon"}]}, f"end_users: {END_USERS} is expected, not {{'name': 'Lyon'}}"),
        (
            {"end_users": [{"name": "Lyon", "country": "France"}]},
            "end_users: country must be an ISO 3166 code of two capital letters such as FR, not 'France'",
        ),
        ({"end_users": [{"name": 5, "country": "FR"}]}, "end_users: name must be of class str, not int"),
        ({"max_cloud_cover": True}, "max_cloud_cover: a number is expected, not True"),
        ({"max_cloud_cover": 120}, "max_cloud_cover must be between 0 and 100, not 120"),
        ({"min_incidence": 40, "max_incidence": 30}, "min_incidence 40 is above max_incidence 30"),
        ({"exclusivity_days": 1.5}, "exclusivity_days: a whole number is expected, not 1.5"),
        ({"priority": " "}, "priority: a text is expected, not ' '"),
        ({"mode": 3}, "mode: a text is expected, not 3"),
        ({"reference": 1.5}, "reference: a text is expected, not 1.5"),
        ({"reference": "a\nb"}, "a reference is 1 to 256 printable characters"),
        ({"accounts": "airbus"}, "accounts: a list of texts such as [\"airbus\"] is expected, not 'airbus'"),
        ({"accounts": [1]}, 'accounts: a list of texts such as ["airbus"] is expected, not [1]'),
        ({"stereo": "both"}, 'stereo: "mono" or "stereo" or "tristereo" is expected, not \'both\''),
        ({"imaging": ["radar"]}, 'imaging: "any" or "optical" or "radar" is expected, not [\'radar\']'),
        ({"start": 2026}, "start: a time such as 2026-12-01T10:00:00Z, or a date, is expected, not 2026"),
        ({"start": "tomorrow"}, "start 'tomorrow' is not an RFC 3339 time such as 2026-11-20T10:00:00Z"),
        ({"start": "2026-02-30"}, "start '2026-02-30T00:00:00Z' is not a moment of the calendar"),
        (
            {"start": "2026-12-01T10:00:00"},
            "start '2026-12-01T10:00:00' has no time zone: end it with Z for UTC, or with an offset such as +01:00",
        ),
        (
            {"start": "2026-12-02", "end": "2026-12-01"},
            "the window",
        ),
        (
            {"imaging": "optical", "look_side": "left"},
            "look_side is a requirement on a radar image, and imaging is optical: leave out one of them",
        ),
        (
            {"imaging": "radar", "stereo": "mono"},
            "stereo is a requirement on an optical image, and imaging is radar: leave out one of them",
        ),
        ({"knobs": "left"}, "knobs: an object of options is expected, not 'left'"),
        ({"knobs": {"coutn": 1}}, "unknown field coutn @ knobs (options of knobs: programmes, ratio, replaces,"),
        ({"knobs": {"ratio": {"lo": 1}}}, "unknown field lo @ knobs.ratio"),
        ({"knobs": {"programmes": ["OneWeek"]}}, "@ knobs.programmes[0]"),
    ],
)
def test_a_wrong_property_is_named_with_its_rule(properties, said):
    """The message says which property, what is expected, and what was found."""
    (found,) = mistakes(feature(properties), KNOBS)

    assert found.startswith("feature 1")
    assert said in found


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (BOW_TIE, "the polygon is not valid: self-intersection at longitude, latitude 0.5, 0.5"),
        ({"type": "Point", "coordinates": [43.6, 101.4]}, "latitude and longitude look swapped, longitude comes first"),
        (
            {"type": "Point", "coordinates": [200, 95]},
            "position 200, 95 is not a longitude in -180..180 and a latitude",
        ),
        ({"type": "Point", "coordinates": ["1", 2]}, "coordinates[0]: a finite number is expected, not '1'"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}, "coordinates[0]: the ring is not closed"),
        ({"type": "Circle"}, "type: 'Circle' is not one of the geometries"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1], [2, 2]]}, "a LineString area has two positions, not 3"),
        (
            {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]},
            "a MultiPoint of 2 parts is not one area: make one feature of each part",
        ),
        (
            to_geojson(box(-179, 0, 179, 1)),
            "if it crosses the 180th meridian, split it there and make one request of each part",
        ),
        ([], "geometry: a GeoJSON geometry is expected, not a list"),
    ],
)
def test_a_wrong_geometry_is_named_with_its_rule_and_place(geometry, said):
    """The message says what is wrong, where, and what to do."""
    (found,) = mistakes(feature(geometry=geometry))

    assert said in found


def test_a_feature_without_geometry_is_refused():
    """Null is allowed in GeoJSON and is no place."""
    document = {"type": "Feature", "properties": {}, "geometry": None}

    assert mistakes(document) == ["feature 1: geometry: a GeoJSON geometry is expected, not null"]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (3, "a GeoJSON Feature is expected: an object whose type is Feature"),
        ({"type": "Point", "coordinates": [1, 2]}, "a GeoJSON Feature is expected: an object whose type is Feature"),
        (feature([]) | {"properties": [1]}, "properties: an object is expected, not a list"),
        (feature(id=1.5), "id: a text is expected, not 1.5"),
        (feature(max_cloud_cover=3), "max_cloud_cover stands beside 'properties', where nobody reads it: move it"),
    ],
)
def test_a_feature_of_another_form_is_refused(item, said):
    """GeoJSON that is not quite GeoJSON is not read by guess."""
    (found,) = mistakes(collection(item))

    assert said in found


def test_every_problem_of_a_file_is_reported():
    """One run shows all mistakes, each with the feature's number and name."""
    document = collection(
        feature({"name": "Lyon", "max_clouds": 3, "mode": 3}),
        feature({"reference": "fine"}),
        feature({"stereo": "two"}, BOW_TIE, id="id-3"),
    )

    assert mistakes(document) == [
        'feature 1 ("Lyon"): mode: a text is expected, not 3',
        "feature 1 (\"Lyon\"): unknown property 'max_clouds', did you mean 'max_cloud_cover'?",
        'feature 3 ("id-3"): stereo: "mono" or "stereo" or "tristereo" is expected, not \'two\'',
        'feature 3 ("id-3"): the polygon is not valid: self-intersection at longitude, latitude 0.5, 0.5',
    ]


def test_problems_beyond_the_first_are_counted():
    """A file that is wrong throughout does not fill the screen."""
    with pytest.raises(AreaFileError) as caught:
        read_json(collection(*[feature({"mode": 1})] * 50))

    lines = str(caught.value).split("\n")
    assert len(lines) == PROBLEMS_SHOWN + 1
    assert lines[-1] == "... and 30 more problems"
    assert (caught.value.count, caught.value.field, len(caught.value.problems)) == (50, "mode", PROBLEMS_SHOWN)


def test_an_account_that_is_not_configured_is_named_beside_the_other_mistakes():
    """Who can be asked is known before anything is asked; a feature is named by what it says itself."""
    document = collection(feature({"accounts": ["b", "a"]}), feature({"mode": 3}))

    assert mistakes(document, configured={"a": 1, "c": 2}) == [
        "feature 1: accounts: no account b is configured; configured: a, c",
        "feature 2: mode: a text is expected, not 3",
    ]


def test_a_reference_is_used_once():
    """Two requests with one handle could not be told apart at the provider."""
    document = collection(feature({"reference": "a"}), feature({"reference": "b"}), feature(id="a"))

    assert mistakes(document) == ["feature 3 (\"a\"): reference 'a' is already that of feature 1"]


def test_a_problem_never_commands_the_terminal():
    """Names out of a file are shown without their control characters."""
    (found,) = mistakes(feature({"name": "\x1b[31mred", "mode": 1}))

    assert found.startswith('feature 1 ("\ufffd[31mred")')


def test_a_problem_without_a_feature_names_the_source():
    """A file that is wrong as a whole has no feature to name."""
    assert str(AreaProblem(source="a.json", message="empty")) == "a.json: empty"


@pytest.mark.parametrize(
    ("defaults", "field"),
    [
        ({"imaging": ImagingWish.OPTICAL, "mode": "SPOTLIGHT"}, "mode"),
        ({"imaging": ImagingWish.RADAR, "max_cloud_cover": 5}, "max_cloud_cover"),
        ({"max_cloud_cover": 500}, "max_cloud_cover"),
        ({"min_incidence": 3, "max_incidence": 2}, "min_incidence"),
        ({"start": NOW, "end": NOW - timedelta(days=1)}, "end"),
    ],
)
def test_defaults_that_cannot_be_meant_are_refused_before_any_file_is_read(defaults, field):
    """A mistake on the command line is not blamed on the file."""
    with pytest.raises(InvalidRequestError) as caught:
        read("no-such-file.geojson", **defaults)

    assert not isinstance(caught.value, AreaFileError)
    assert caught.value.field == field


# --- Mistakes in a file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty: a GeoJSON FeatureCollection, Feature or geometry is expected"),
        (b" \n ", "empty: a GeoJSON FeatureCollection, Feature or geometry is expected"),
        (b'{"type":\n "Feature" "id"}', "not JSON at line 2, column 12: Expecting ',' delimiter"),
        (b"{}\n{}", "not JSON at line 2, column 1: Extra data after the end of the first object; several features"),
        (b'{"a": "\xff"}', "not UTF-8 text at byte 7: GeoJSON is written in UTF-8"),
        (b'{"type": "Point", "coordinates": [NaN, 1]}', "not JSON: NaN is not a JSON number, write null"),
        (b"[" * 100_000, "not GeoJSON: nested too deeply"),
        (b'{"x": ' + b"9" * 5000 + b"}", "not JSON: a number has too many digits"),
        (b"[]", "a GeoJSON object is expected, not a list"),
        (b'"text"', "a GeoJSON object is expected, not a text"),
        (b"3", "a GeoJSON object is expected, not a number"),
        (b"true", "a GeoJSON object is expected, not true or false"),
        (b"null", "a GeoJSON object is expected, not null"),
        (b"{}", "type: FeatureCollection, Feature or a geometry is expected, not None"),
        (b'{"type": "Topology"}', "type: FeatureCollection, Feature or a geometry is expected, not 'Topology'"),
        (b'{"type": "FeatureCollection"}', "features: a list is expected, not null"),
        (b'{"type": "FeatureCollection", "features": []}', "features: the collection is empty"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused_saying_where(tmp_path, content, said):
    """The message has the file's name, and line and column where there are any."""
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)

    with pytest.raises(AreaFileError) as caught:
        read(str(path))
    assert str(caught.value).startswith(f"{path}: {said}")


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("urn:ogc:def:crs:EPSG::4326", True),
        ("EPSG:4326", True),
        ("urn:ogc:def:crs:EPSG::3857", False),
    ],
)
def test_positions_in_another_system_are_refused(name, accepted):
    """Old GeoJSON may say that its numbers are metres."""
    document = collection(feature()) | {"crs": {"type": "name", "properties": {"name": name}}}

    if accepted:
        assert len(read_json(document)) == 1
    else:
        assert "is not longitude and latitude on WGS 84: reproject the file to EPSG:4326" in mistakes(document)[0]


@pytest.mark.parametrize("areas", ["no-such-file.geojson", "1.44;43.6", "x" * 5000, "a\0b", ""])
def test_what_is_nothing_at_all_is_told_the_choices(areas):
    """A typing mistake in AREAS is answered with what AREAS may be."""
    with pytest.raises(AreaFileError, match=r"no such file, and neither a lon,lat pair such as 1\.44,43\.60 nor WKT"):
        read(areas)


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ("43.6,101.4", "latitude and longitude look swapped, longitude comes first"),
        ("POLYGON((0 0", "is not well-known text"),
        ("POLYGON((0 0,1 1,0 1,1 0,0 0))", "self-intersection at longitude, latitude 0.5, 0.5"),
        ("POINT EMPTY", "the list is empty"),
        ("MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))", "a MultiPolygon of 2 parts is not one area"),
    ],
)
def test_wrong_text_is_refused_with_its_rule(areas, said):
    """A pair and WKT obey the rules of a file's areas."""
    with pytest.raises(AreaFileError) as caught:
        read(areas)

    assert said in str(caught.value)
    assert caught.value.field == "area"


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    """The system's own reason is passed on."""
    path = tmp_path / "areas.geojson"
    path.write_text("{}")
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))

    with pytest.raises(AreaFileError, match=r"areas\.geojson: cannot be read: Permission denied"):
        read(str(path))


def test_a_directory_that_may_not_be_entered_says_so(monkeypatch):
    """Not being allowed to look is not the same as not being there."""
    monkeypatch.setattr(Path, "exists", lambda _: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))

    with pytest.raises(AreaFileError, match=r"secret/a\.geojson: cannot be read: Permission denied"):
        read("secret/a.geojson")


def test_a_file_beyond_the_limit_is_refused_with_a_hint(monkeypatch):
    """Reading stops at the limit instead of filling the memory."""
    monkeypatch.setattr(sources, "MAX_BYTES", 1024 * 1024)

    with pytest.raises(AreaFileError, match="standard input: larger than 1 MB: split it into smaller files"):
        read("-", b" " * (1024 * 1024 + 1))


def test_fifty_megabytes_take_seconds():
    """Time grows with the number of features only, unknown properties and many vertices included."""
    ring = [[lon / 1000, 43 + (lon % 2) / 1000] for lon in range(200)]
    area = {"type": "Polygon", "coordinates": [[*ring, [0.1, 44], ring[0]]]}
    one = json.dumps(feature({f"column_{index}": "x" * 20 for index in range(10)}, area))
    content = b'{"type": "FeatureCollection", "features": [' + b",".join([one.encode()] * 1000) + b"]}"

    began = time.perf_counter()
    requests = read("-", content)
    seconds_for_fifty = (time.perf_counter() - began) * 50e6 / len(content)

    assert len(requests) == 1000
    assert seconds_for_fifty < 60


# --- geopandas ---------------------------------------------------------------------------------------


class Frame:
    """As much of a GeoDataFrame as is used."""

    def __init__(self, crs="EPSG:3857"):
        self.crs = crs
        self.asked = []

    def to_crs(self, crs):
        """Reproject."""
        self.asked.append(crs)
        return self

    def to_json(self, **how):
        """Write GeoJSON."""
        self.asked.append(how)
        return json.dumps(collection(feature({"reference": "from-shapefile", "start": str(NOON)})))


@pytest.fixture
def geopandas(monkeypatch):
    """A stand-in for geopandas, which is no dependency."""
    module = SimpleNamespace(frame=Frame(), read_file=None, read_parquet=None)
    module.read_file = lambda path: (module.frame.asked.append(path.suffix), module.frame)[1]
    module.read_parquet = lambda path: (module.frame.asked.append("parquet"), module.frame)[1]
    monkeypatch.setitem(sys.modules, "geopandas", module)
    return module


@pytest.mark.parametrize(("name", "how"), [("a.gpkg", ".gpkg"), ("a.parquet", "parquet")])
def test_other_formats_are_read_by_geopandas_in_longitude_and_latitude(tmp_path, geopandas, name, how):
    """The frame is reprojected to WGS 84, and its rows are features like any other."""
    path = tmp_path / name
    path.write_bytes(b"PK binary")

    assert [request.reference for request in read(str(path))] == ["from-shapefile"]
    assert geopandas.frame.asked[:2] == [how, 4326]


def test_a_directory_is_left_to_geopandas(tmp_path, geopandas):
    """Some formats are directories."""
    assert len(read(str(tmp_path))) == 1


def test_a_frame_without_a_reference_system_is_refused(tmp_path, geopandas):
    """Numbers that may be metres are not taken for degrees."""
    geopandas.frame.crs = None
    (tmp_path / "a.shp").write_bytes(b"binary")

    with pytest.raises(AreaFileError, match=r"a\.shp: says no coordinate reference system"):
        read(str(tmp_path / "a.shp"))


def test_what_geopandas_cannot_read_is_an_area_file_error(tmp_path, geopandas):
    """The driver's own words are passed on."""

    def fail(_path):
        raise OSError("not recognized as a supported file format")  # noqa: EM101, TRY003  # a driver's

    geopandas.read_file = fail
    (tmp_path / "a.doc").write_bytes(b"binary")

    with pytest.raises(AreaFileError, match="neither GeoJSON nor readable by geopandas: not recognized as a supported"):
        read(str(tmp_path / "a.doc"))


def test_without_geopandas_the_error_says_what_to_install(tmp_path, monkeypatch):
    """A format that is out of reach is no mistake of the file."""
    monkeypatch.setitem(sys.modules, "geopandas", None)
    (tmp_path / "a.shp").write_bytes(b"binary")

    with pytest.raises(MissingDependencyError, match=r"a\.shp: not GeoJSON; .* pip install geopandas"):
        read(str(tmp_path / "a.shp"))


def test_a_directory_is_called_a_directory(tmp_path, monkeypatch):
    """The commonest of the things that are no file."""
    monkeypatch.setitem(sys.modules, "geopandas", None)

    with pytest.raises(MissingDependencyError, match=r": a directory; geopandas may read it"):
        read(str(tmp_path))


def test_a_line_is_read_as_a_line():
    """Two positions are an area for the provider that takes lines."""
    assert read("LINESTRING(1 43, 1.1 43.1)")[0].area == LineString([(1, 43), (1.1, 43.1)])
