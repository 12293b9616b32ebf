"""The areas that a newcomer tries first."""

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasking_hub import Registry
from tasking_hub.areas import PROPERTIES, Defaults, read_areas
from tasking_hub.geometry import area_km2

FILE = Path(__file__).parents[2] / "examples" / "areas.geojson"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def requests():
    """The requests of the example, by reference, with the installed adapters."""
    found = read_areas(str(FILE), defaults=Defaults(), registry=Registry(), now=NOW, stdin=io.BytesIO())
    return {request.reference: request for request in found}


def test_there_are_a_dozen_places_and_more_each_with_a_name(requests):
    """Every feature became a request with a handle and a name for people."""
    features = json.loads(FILE.read_text(encoding="utf-8"))["features"]

    assert len(requests) == len(features) >= 14
    assert all(request.properties.keys() == {"name"} for request in requests.values())


def test_they_show_every_shape(requests):
    """Polygons for all, a point and a line for those that take them."""
    shapes = Counter(request.area.geom_type for request in requests.values())

    assert shapes.keys() == {"Point", "LineString", "Polygon"}
    assert shapes["Polygon"] > 10


def test_they_are_of_every_size(requests):
    """Too small for some, too large for most, and the 132 km² of Airbus' own sample."""
    sizes = {reference: area_km2(request.area) for reference, request in requests.items()}

    assert sizes["venice"] == pytest.approx(1, rel=0.01)
    assert sizes["lake-chad"] == pytest.approx(10_000, rel=0.01)
    assert sizes["toulouse"] == pytest.approx(132.5, abs=0.1)


def test_they_hold_no_dates():
    """The example works on any day: windows come from the command line or begin now."""
    features = json.loads(FILE.read_text(encoding="utf-8"))["features"]

    assert not {"start", "end"} & {name for feature in features for name in feature["properties"]}


def test_they_use_the_requirements(requests):
    """Somebody who looks for the name of a property finds an example of most."""
    features = json.loads(FILE.read_text(encoding="utf-8"))["features"]
    used = {name for feature in features for name in feature["properties"]} & PROPERTIES.keys()

    assert len(used) >= 10
    assert requests["jebel-ali"].options.keys() == {"airbus"}
