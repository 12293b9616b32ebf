"""Areas are read strictly, checked before anything is sent, and measured on the ellipsoid."""

import json
import math

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon

from tasking_hub.errors import InvalidRequestError
from tasking_hub.geometry import (
    area_km2,
    check_area,
    covered_fraction,
    distance_km,
    extent_km,
    geojson_or_none,
    inner_point,
    read_geojson,
    read_wkt,
    ring_crossing,
    split_at_antimeridian,
    square_km,
    to_geojson,
)

lons = st.floats(min_value=-179, max_value=179)
lats = st.floats(min_value=-80, max_value=80)
sizes = st.floats(min_value=0.5, max_value=100)
points = st.builds(Point, lons, lats)

# The ellipsoid bulges by less than this between a parallel and the geodesic, for boxes up to 100 km below 80 degrees.
SMALL = 1e-3


@st.composite
def boxes(draw):
    """Boxes of some kilometres anywhere but at the poles and the 180th meridian."""
    return square_km(draw(st.floats(-170, 170)), draw(st.floats(-75, 75)), draw(sizes), draw(sizes))


@st.composite
def positions(draw):
    """Coordinates of all digits that a float has."""
    return draw(lons), draw(lats)


@st.composite
def geometries(draw):
    """One geometry of each type that is read."""
    box = draw(boxes())
    return draw(
        st.sampled_from(
            [
                box,
                box.difference(box.buffer(-1e-3)),
                box.centroid,
                LineString([draw(positions()), draw(positions())]),
                shapely.MultiPoint([draw(positions()), draw(positions())]),
                shapely.MultiLineString([[draw(positions()), draw(positions())]]),
                MultiPolygon([box]),
            ]
        )
    )


# --- GeoJSON and WKT ---------------------------------------------------------------------------------


@given(geometries())
def test_geojson_round_trip(geometry):
    """A geometry that is written is read back with every digit of its coordinates."""
    assert shapely.equals_identical(read_geojson(to_geojson(geometry)), geometry)


@given(geometries())
def test_written_geojson_is_plain(geometry):
    """What is written holds only lists, floats and texts, so any encoder takes it unchanged."""
    written = to_geojson(geometry)

    assert json.loads(json.dumps(written)) == written


@given(positions(), st.floats(allow_nan=False, allow_infinity=False))
def test_third_values_are_dropped(position, height):
    """A height is neither kept nor sent."""
    point = read_geojson({"type": "Point", "coordinates": [*position, height]})

    assert to_geojson(point) == {"type": "Point", "coordinates": [*position]}
    assert to_geojson(Point(*position, height)) == to_geojson(point)


RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("geojson", "said"),
    [
        ({}, "type: None"),
        ({"type": ["Point"]}, "type: "),
        ({"type": "Feature", "geometry": None}, "type: 'Feature'"),
        ({"type": "GeometryCollection", "geometries": []}, "type: 'GeometryCollection'"),
        ({"type": "point", "coordinates": [0, 0]}, "type: 'point'"),
        ({"type": "Point"}, "coordinates: a list is expected, not nothing"),
        ({"type": "Point", "coordinates": "0,0"}, "coordinates: a list is expected, not '0,0'"),
        ({"type": "Point", "coordinates": []}, "coordinates: the list is empty"),
        ({"type": "Point", "coordinates": [1]}, "coordinates: a position has"),
        ({"type": "Point", "coordinates": [1, 2, 3, 4]}, "not 4 values"),
        ({"type": "Point", "coordinates": [1, "2"]}, r"coordinates\[1\]: a finite number is expected, not '2'"),
        ({"type": "Point", "coordinates": [True, 2]}, r"coordinates\[0\]: a finite number is expected, not True"),
        ({"type": "Point", "coordinates": [math.nan, 2]}, r"coordinates\[0\]: a finite number is expected"),
        ({"type": "Point", "coordinates": [1, 10**400]}, r"coordinates\[1\]: a finite number is expected"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "coordinates: a line has at least two positions"),
        ({"type": "Polygon", "coordinates": []}, "coordinates: the list is empty"),
        ({"type": "Polygon", "coordinates": RING}, r"coordinates\[0\]\[0\]: a list is expected, not 0"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, r"coordinates\[0\]: the ring is not closed"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "at least four positions, not 3"),
        ({"type": "Polygon", "coordinates": [RING, [[0, 0], [1], [0, 0]]]}, r"coordinates\[1\]\[1\]: a position has"),
        ({"type": "MultiPolygon", "coordinates": [[RING], [[]]]}, r"coordinates\[1\]\[0\]: the list is empty"),
    ],
)
def test_geojson_mistakes_are_named_with_their_place(geojson, said):
    """The error says what is wrong at which index."""
    with pytest.raises(InvalidRequestError, match=said) as caught:
        read_geojson(geojson)

    assert caught.value.field == "area"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Nonsense"]),
)
def test_any_json_is_read_or_refused(coordinates, kind):
    """Whatever stands in the file, the outcome is a geometry or the one error."""
    try:
        geometry = read_geojson({"type": kind, "coordinates": coordinates})
    except InvalidRequestError:
        return
    assert geometry.geom_type == kind


@pytest.mark.parametrize(
    "value", [None, "POINT (1 2)", [], {}, {"type": "Blob"}, {"type": "Point", "coordinates": [1]}]
)
def test_what_is_no_geometry_can_be_passed_over(value):
    """Where a shape is only welcome, none is no error; one that is there is read."""
    assert geojson_or_none(value) is None
    assert geojson_or_none({"type": "Point", "coordinates": [1, 2]}) == Point(1, 2)


@given(geometries())
def test_wkt_round_trip(geometry):
    """WKT with all digits is read as the same geometry."""
    assert read_wkt(shapely.to_wkt(geometry, rounding_precision=17, trim=False)).equals_exact(geometry, 1e-13)


def test_wkt_with_a_doubled_last_position_is_read_clean():
    """A doubled position and a third value leave no trace."""
    polygon = read_wkt("POLYGON Z ((1.4 43.5 0, 1.5 43.5 0, 1.5 43.6 0, 1.4 43.5 0, 1.4 43.5 0))")

    assert polygon.wkt == "POLYGON ((1.4 43.5, 1.5 43.5, 1.5 43.6, 1.4 43.5))"


@pytest.mark.parametrize("text", ["", "POLYGON((0 0, 1 0, 1 1))", "POLYGON((0 0,0 0,0 0,0 0))", "CIRCLE(1)", "POINT(1"])
def test_bad_wkt_is_refused(text):
    """Text that is no WKT, or that holds a ring that is none, is refused and shown."""
    with pytest.raises(InvalidRequestError, match="well-known text") as caught:
        read_wkt(text)

    assert caught.value.field == "area"


# --- What a request accepts --------------------------------------------------------------------------


@given(boxes())
def test_ordinary_areas_are_accepted_unchanged(box):
    """A valid polygon, its centre and its diagonal pass as they are."""
    diagonal = LineString([box.exterior.coords[0], box.exterior.coords[2]])

    assert [check_area(area) for area in (box, box.centroid, diagonal)] == [box, box.centroid, diagonal]


def test_holes_are_left_to_the_providers():
    """Some providers take holes and some do not, so the neutral check does."""
    holed = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4)]])

    assert check_area(holed) == holed


def test_checked_areas_have_two_dimensions():
    """A third value does not get past the check."""
    assert not check_area(Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)])).has_z


BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
ACROSS = Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (Point(), "empty Point"),
        (Polygon(), "empty Polygon"),
        (LineString(), "empty LineString"),
        (MultiPolygon([shapely.box(0, 0, 1, 1)]), "not a MultiPolygon: make one request of each part"),
        (shapely.GeometryCollection(), "not a GeometryCollection"),
        (LineString([(0, 0), (1, 1), (2, 0)]), "two positions, not 3"),
        (LineString([(1, 1), (1, 1)]), "the same: use a Point"),
        (LineString([(179, 0), (-179, 0)]), "180th meridian"),
        (BOW_TIE, r"self-intersection at longitude, latitude 0\.5, 0\.5"),
        (Polygon([(0, 0), (1, 0), (2, 0)]), "not valid"),
        (Polygon([(0, 0), (1, 0), (1, 1)], [[(5, 5), (6, 5), (6, 6)]]), "hole lies outside shell at .* 5, 5"),
        (ACROSS, "split it there"),
        (Point(math.nan, 0), "position nan, 0"),
        (Point(math.inf, 0), "position inf, 0"),
        (Point(181, 0), "position 181, 0 is not a longitude in -180..180 and a latitude in -90..90$"),
        (Point(0, 181), "position 0, 181 is not a longitude in -180..180 and a latitude in -90..90$"),
        (Point(35.7, 139.7), "swapped"),
        (shapely.box(-34, 150, -33, 151), "position -33, 150 .* swapped"),
    ],
)
def test_areas_that_no_request_can_be_made_for_are_refused(geometry, said):
    """Each mistake is named with its place and what to do, before anything is sent."""
    with pytest.raises(InvalidRequestError, match=said) as caught:
        check_area(geometry)

    assert caught.value.field == "area"


@given(st.floats(-90, 90), st.floats(90.001, 180))
def test_swapped_positions_are_hinted_at_whenever_swapping_helps(lat, lon):
    """Latitude first with a longitude beyond 90 is recognised."""
    with pytest.raises(InvalidRequestError, match="longitude comes first"):
        check_area(Point(lat, lon))


@given(st.lists(positions(), min_size=3, max_size=8))
def test_a_ring_crosses_exactly_if_the_polygon_is_not_valid(ring):
    """The reason is given with its place for every invalid polygon and for no other."""
    polygon = Polygon(ring)

    assert (ring_crossing(polygon) is None) == polygon.is_valid


# --- The 180th meridian ------------------------------------------------------------------------------


def test_the_two_sides_of_the_antimeridian():
    """A box across it becomes one box on either side."""
    west, east = split_at_antimeridian(ACROSS)

    assert (west.bounds, east.bounds) == ((179, 0, 180, 1), (-180, 0, -179, 1))


thousandths = st.integers(1, 2000).map(lambda number: number / 1000)


@given(thousandths, thousandths, st.integers(-60, 60), thousandths)
def test_splitting_keeps_the_surface_and_makes_acceptable_areas(west, east, south, height):
    """The parts are areas for requests, and together as large as the same box is on the other side of the Earth."""
    across = _box(180 - west, south, east - 180, south + height)
    elsewhere = shapely.box(-west, south, east, south + height)
    parts = split_at_antimeridian(across)

    assert [check_area(part) for part in parts] == parts
    assert sum(map(area_km2, parts)) == pytest.approx(area_km2(elsewhere), rel=SMALL)


def _box(west, south, east, north):
    return Polygon([(west, south), (east, south), (east, north), (west, north)])


@given(boxes())
def test_areas_that_do_not_cross_are_not_split(box):
    """An ordinary area comes back alone and unchanged."""
    assert split_at_antimeridian(box) == [box]


def test_areas_round_the_earth_cannot_be_split():
    """A polygon that is wider than half a turn on both sides has no parts for requests."""
    with pytest.raises(InvalidRequestError, match="half a turn"):
        split_at_antimeridian(shapely.box(-170, 0, 170, 1).union(shapely.box(-10, 0, 10, 2)))


def test_an_invalid_polygon_is_not_split():
    """A bow-tie across the 180th meridian is refused with the place of its crossing."""
    bow_tie = Polygon([(179, 0), (-179, 1), (-179, 0), (179, 1)])

    with pytest.raises(InvalidRequestError, match=r"self-intersection at longitude, latitude 180, 0\.5"):
        split_at_antimeridian(bow_tie)


# --- Measuring ---------------------------------------------------------------------------------------


def test_area_of_a_known_box():
    """One square degree at the equator on WGS 84 (GeographicLib's Planimeter: 12308.778 km2)."""
    assert area_km2(shapely.box(0, 0, 1, 1)) == pytest.approx(12308.778, abs=0.001)


@given(boxes())
def test_area_does_not_depend_on_the_direction_of_the_ring(box):
    """Clockwise or not, a surface is positive."""
    assert area_km2(box.reverse()) == pytest.approx(area_km2(box))
    assert area_km2(box) > 0


@given(boxes(), st.booleans())
def test_holes_are_taken_off_whichever_way_they_turn(box, turned):
    """The surface of a polygon is that of its shell less that of its hole."""
    hole = shapely.affinity.scale(box, 0.5, 0.5).exterior.coords
    holed = Polygon(box.exterior.coords, [hole[::-1] if turned else hole])

    assert area_km2(holed) == pytest.approx(area_km2(box) - area_km2(Polygon(hole)))


@given(points)
def test_points_and_lines_have_no_surface(point):
    """Only polygons have an area."""
    assert area_km2(point) == area_km2(LineString([point, (0, 85)])) == 0


@given(st.floats(-170, 170), st.floats(-75, 75), sizes, sizes)
def test_a_box_has_the_size_that_was_asked_for(lon, lat, width, height):
    """A box made in kilometres measures as many, and its surface is their product."""
    box = square_km(lon, lat, width, height)
    extent = extent_km(box)

    assert extent.width_km == pytest.approx(width, rel=SMALL)
    assert extent.height_km == pytest.approx(height, rel=SMALL)
    assert area_km2(box) == pytest.approx(width * height, rel=SMALL)
    assert box.contains(Point(lon, lat))


@given(st.floats(-180, 180), st.floats(-90, 90), sizes)
def test_a_box_can_be_made_anywhere(lon, lat, size):
    """At the poles and the 180th meridian too, a box is valid, holds its centre and leaves no latitude."""
    box = square_km(lon, lat, size, size)
    _, south, _, north = box.bounds

    assert box.is_valid
    assert box.covers(Point(lon, lat))
    assert -90 <= south <= north <= 90


@given(points, points)
def test_distance_is_symmetric(start, end):
    """The way there is as long as the way back, and nothing to oneself."""
    assert distance_km(start, end) == pytest.approx(distance_km(end, start))
    assert distance_km(start, start) == 0


@given(points, points, points)
def test_distance_never_gains_by_a_detour(start, via, end):
    """The geodesic is the shortest way."""
    assert distance_km(start, end) <= distance_km(start, via) + distance_km(via, end) + 1e-6


def test_distance_of_a_known_quarter():
    """From the equator to the pole it is 10001.966 km on WGS 84."""
    assert distance_km(Point(0, 0), Point(0, 90)) == pytest.approx(10001.966, abs=0.001)


@given(st.lists(positions(), min_size=3, max_size=8))
def test_the_inner_point_lies_inside(ring):
    """Whatever the shape of a polygon, the point that stands for it is in it."""
    polygon = Polygon(ring)
    assume(polygon.is_valid and polygon.area > 1e-6)

    assert polygon.intersects(inner_point(polygon))


def test_the_inner_point_is_the_centre_where_that_is_inside():
    """A box gives its centre; a horseshoe, whose centre lies outside, gives another point."""
    horseshoe = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 0.5, 3, 2.5))

    assert inner_point(shapely.box(0, 0, 2, 2)) == Point(1, 1)
    assert not horseshoe.contains(horseshoe.centroid)
    assert horseshoe.contains(inner_point(horseshoe))


@given(points)
def test_the_inner_point_of_a_point_is_itself(point):
    """A point stands for itself, and a line is stood for by its middle."""
    assert inner_point(point) == point
    assert inner_point(LineString([(0, 0), (2, 0)])) == Point(1, 0)


@given(boxes())
def test_a_scene_over_the_whole_area_covers_all_of_it(box):
    """The area itself and anything around it cover it, and it covers a part of what is larger."""
    larger = shapely.affinity.scale(box, 2, 2)

    assert (covered_fraction(box, box), covered_fraction(box, larger)) == (1, 1)
    assert covered_fraction(larger, box) == pytest.approx(0.25, rel=0.01)


@given(boxes(), boxes())
def test_coverage_is_a_fraction_and_nothing_where_nothing_is_shown(area, scene):
    """The result is from 0 to 1, and 0 exactly where the two are apart."""
    fraction = covered_fraction(area, scene)

    assert 0 <= fraction <= 1
    assert area.intersects(scene) or fraction == 0


@given(st.floats(0.01, 0.99), st.floats(-75, 75))
def test_coverage_is_measured_along_a_parallel(part, south):
    """A scene over a part of a box from its western side shows that part at any latitude."""
    fraction = covered_fraction(shapely.box(0, south, 1, south + 1), shapely.box(0, south, part, south + 1))

    assert fraction == pytest.approx(part, abs=SMALL)


def test_coverage_is_measured_on_the_ground():
    """The southern half of a northern box is larger than its northern half, whatever the degrees say."""
    area, southern = shapely.box(0, 60, 1, 80), shapely.box(0, 60, 1, 70)

    assert covered_fraction(area, southern) == pytest.approx(area_km2(southern) / area_km2(area))
    assert covered_fraction(area, southern) > 0.6


def test_points_are_shown_or_not_and_lines_in_part():
    """A point is covered or not; a line is covered by its length."""
    scene = shapely.box(0, 0, 1, 1)

    assert [covered_fraction(Point(x, 0.5), scene) for x in (0.5, 2)] == [1, 0]
    assert covered_fraction(LineString([(0.5, 0), (0.5, 2)]), scene) == pytest.approx(0.5, rel=0.001)


def test_a_scene_that_crosses_itself_still_covers():
    """A provider's bow-tie of a footprint covers its two wings and no more."""
    assert covered_fraction(shapely.box(0, 0, 1, 1), BOW_TIE) == pytest.approx(0.5, abs=SMALL)


def test_coverage_meets_across_the_antimeridian():
    """A scene centred west of the 180th meridian covers a point just east of it."""
    assert covered_fraction(Point(-179.999, 0), square_km(179.999, 0, 5, 5)) == 1
