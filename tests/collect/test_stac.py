"""Files as STAC Items: valid by the specification's own schema, whatever is known and whatever is not."""

import json
from datetime import UTC, datetime, timedelta

import jsonschema
import pystac
import pystac.extensions.eo
import pystac.extensions.file
import pystac.extensions.timestamps
import pystac.extensions.view
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource
from shapely import Point, Polygon, box
from shapely.geometry import shape

from tasking_hub.collect import deliverable_items
from tasking_hub.collect.stac import EXTENSIONS
from tasking_hub.errors import InvalidRequestError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Acquisition, Deliverable, Order, OrderEvent, Window

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(days=3))
ORDER = Order(account="mine", provider="iceye", id="o-1", reference="r-1", state=OrderState.FULFILLED)
HISTORY = tuple(OrderEvent(at=NOW + timedelta(hours=hours), state=OrderState.RECEIVED) for hours in (5, 1, 9))
SCENE = Acquisition(
    id="s-1", order_id="o-1", provider_status="DONE", taken_at=NOW, footprint=box(1, 43, 2, 44), incidence_deg=30.5
)
IMAGE = Deliverable(order_id="o-1", name="image.tif", url="https://x.invalid/image.tif?sig=1")
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def only(items):
    (item,) = items
    return item


SCHEMAS = get_local_schema_cache()
SPECIFICATION = jsonschema.Draft7Validator(
    SCHEMAS["https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json"],
    registry=Registry().with_resources(
        (address, Resource.from_contents(schema)) for address, schema in SCHEMAS.items()
    ),
)


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
places = st.none() | st.sampled_from([Point(1, 43), box(1, 43, 2, 44), box(179, -1, 181, 1), box(-181, 0, -179, 1)])
deliverables = st.builds(
    Deliverable,
    order_id=st.just("o-1"),
    name=texts,
    url=st.just("https://x.invalid/a?sig=1"),
    media_type=st.none() | st.just("image/tiff; application=geotiff"),
    size_bytes=st.none() | st.integers(0, 2**40),
    checksum=st.none() | st.just(f"md5:{MD5}"),
    expires_at=st.none() | st.just(NOW),
    acquisition_id=st.none() | st.sampled_from(["s-1", "s-2", "unknown"]),
)
scenes = st.builds(
    Acquisition,
    id=st.sampled_from(["s-1", "s-2"]),
    order_id=st.just("o-1"),
    provider_status=st.just("DONE"),
    taken_at=st.none() | st.just(NOW),
    footprint=places,
    incidence_deg=st.none() | st.floats(0, 90),
    cloud_cover_percent=st.none() | st.floats(0, 100),
)
orders = st.builds(
    evolve, st.just(ORDER), id=st.none() | texts, reference=texts, history=st.sampled_from([HISTORY, HISTORY[:1]])
)


@settings(max_examples=60, deadline=None)
@given(orders, st.lists(deliverables, max_size=5), st.lists(scenes, max_size=2), places, st.none() | st.just(WINDOW))
def test_items_are_valid(order, files, images, area, window):
    """Every Item passes the schema of STAC 1.1, is JSON, and every file is in exactly one of them."""
    items = deliverable_items(order, files, acquisitions=images, area=area, window=window)
    for item in items:
        SPECIFICATION.validate(json.loads(json.dumps(item)))

    assert sum(len(item["assets"]) for item in items) == len(files)
    assert len({item["id"] for item in items}) == len(items)
    assert [pystac.Item.from_dict(item).to_dict(include_self_link=False) for item in items] == items


def test_the_schema_says_no():
    """The validation of this test can fail."""
    item = only(deliverable_items(ORDER, [IMAGE], window=WINDOW))
    del item["properties"]["datetime"]
    with pytest.raises(jsonschema.ValidationError):
        SPECIFICATION.validate(item)


def test_an_image_has_its_own_time_and_place():
    """What is known of the acquisition goes before what was ordered."""
    files = [evolve(IMAGE, acquisition_id="s-1")]
    item = only(deliverable_items(ORDER, files, acquisitions=[SCENE], area=Point(0, 0), window=WINDOW))

    assert (item["id"], item["properties"]["datetime"]) == ("iceye-o-1-s-1", "2026-11-21T09:00:00Z")
    assert (shape(item["geometry"]).equals(SCENE.footprint), item["bbox"]) == (True, [1, 43, 2, 44])
    assert item["properties"] == {
        "datetime": "2026-11-21T09:00:00Z",
        "tasking_hub:time_from": "acquisition",
        "tasking_hub:place_from": "acquisition",
        "tasking_hub:provider": "iceye",
        "tasking_hub:account": "mine",
        "tasking_hub:order_id": "o-1",
        "tasking_hub:reference": "r-1",
        "tasking_hub:acquisition_id": "s-1",
        "providers": [{"name": "iceye", "roles": ["producer"]}],
        "view:incidence_angle": 30.5,
    }


def test_a_file_of_no_known_image_has_what_was_ordered():
    """Area and window, said to be the order's."""
    item = only(deliverable_items(ORDER, [evolve(IMAGE, acquisition_id="?")], area=Point(1, 2), window=WINDOW))
    properties = item["properties"]

    assert (item["id"], item["geometry"], item["bbox"]) == (
        "iceye-o-1",
        {"type": "Point", "coordinates": [1.0, 2.0]},
        [1, 2, 1, 2],
    )
    assert (properties["datetime"], properties["start_datetime"], properties["end_datetime"]) == (
        None,
        "2026-11-21T09:00:00Z",
        "2026-11-24T09:00:00Z",
    )
    assert (properties["tasking_hub:time_from"], properties["tasking_hub:place_from"]) == ("window", "order")


def test_what_nobody_knows_is_null():
    """Without a place geometry is null and there is no box; the time is that of the order's history."""
    item = only(deliverable_items(evolve(ORDER, history=HISTORY), [IMAGE]))

    assert (item["geometry"], "bbox" in item) == (None, False)
    assert item["properties"]["tasking_hub:time_from"] == "history"
    assert item["properties"]["start_datetime"] == "2026-11-21T10:00:00Z"
    assert item["properties"]["end_datetime"] == "2026-11-21T18:00:00Z"


def test_an_item_needs_a_time():
    """The last resort is when the files were seen; without any time the caller is asked for one, if there are files."""
    seen = only(deliverable_items(ORDER, [IMAGE], seen_at=NOW))["properties"]

    assert (seen["start_datetime"], seen["tasking_hub:time_from"]) == ("2026-11-21T09:00:00Z", "listing")
    with pytest.raises(InvalidRequestError, match="window"):
        deliverable_items(ORDER, [IMAGE])

    assert deliverable_items(ORDER, []) == []


def test_an_asset_says_all_that_is_known():
    """Link, title, type, length, checksum as a multihash, end of the link; the extensions are named."""
    known = evolve(IMAGE, media_type="image/tiff", size_bytes=0, checksum=f"md5:{MD5}", expires_at=NOW)
    item = only(deliverable_items(ORDER, [known], window=WINDOW))

    assert item["assets"] == {
        "image.tif": {
            "href": "https://x.invalid/image.tif?sig=1",
            "title": "image.tif",
            "type": "image/tiff",
            "roles": ["data"],
            "file:size": 0,
            "file:checksum": f"d50110{MD5}",
            "expires": "2026-11-21T09:00:00Z",
        }
    }
    assert [extension.split("/")[3] for extension in item["stac_extensions"]] == ["file", "timestamps"]


def test_extensions_are_those_that_pystac_knows():
    """The addresses of the extensions are spelt as their own tools spell them."""
    modules = [pystac.extensions.eo, pystac.extensions.file, pystac.extensions.timestamps, pystac.extensions.view]

    assert list(EXTENSIONS) == [module.SCHEMA_URI for module in modules]


@pytest.mark.parametrize(
    "footprint",
    [
        box(170, -10, 190, 10),
        box(-190, -10, -170, 10),
        Polygon([(170, -10), (-170, -10), (-170, 10), (170, 10), (170, -10)]),
    ],
)
def test_an_image_across_the_antimeridian_is_cut(footprint):
    """However it is written, its geometry stays on the map and its box goes from east to west."""
    scene = evolve(SCENE, footprint=footprint)
    item = only(deliverable_items(ORDER, [evolve(IMAGE, acquisition_id="s-1")], acquisitions=[scene]))

    assert item["bbox"] == [170, -10, -170, 10]
    assert shape(item["geometry"]).bounds == (-180, -10, 180, 10)
    assert shape(item["geometry"]).area == pytest.approx(400)


def test_a_footprint_that_cannot_be_cut_stays():
    """A strip around half of the Earth is shown as the provider says it."""
    strip = Polygon([(-170, 0), (0, 0), (170, 0), (170, 1), (0, 1), (-170, 1), (-170, 0)])
    item = only(deliverable_items(ORDER, [IMAGE], area=strip, window=WINDOW))

    assert shape(item["geometry"]).equals(strip)


@pytest.mark.parametrize(("one", "other"), [("a/b", "a_b"), ("a b", "a/b"), ("é", "_")])
def test_ids_are_fit_for_a_path_and_differ(one, other):
    """What cannot stand in a path is replaced, and what was different stays different."""
    ids = [only(deliverable_items(evolve(ORDER, id=id_), [IMAGE], window=WINDOW))["id"] for id_ in (one, other)]

    assert len(set(ids)) == 2
    assert all(set(id_) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.") for id_ in ids)
