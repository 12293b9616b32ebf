"""From published captures to files: translation, mocked HTTP, and the sandbox's own files."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from tasking_hub import AuthenticationError, HttpResponse, MalformedResponseError, Order, OrderState
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_planet import PlanetProvider
from tasking_hub_planet import translate as t

ROOT = "https://api.planet.com"
ORDER_ID = "0d3b1b6a-6f5d-4c1e-9f43-2f6f1a3c9b77"
CAPTURE_ID = "7d1b8f16-2b74-4c8f-9d3e-0a6d1a7f9e10"
ITEM = t.Item(type="SkySatCollect", id="20240725_002504_ssc4_u0001")
CAPTURES = f"{ROOT}/tasking/v2/captures/?order_id={ORDER_ID}&limit=50&offset=0"
ASSETS = f"{ROOT}/data/v1/item-types/SkySatCollect/items/{ITEM.id}/assets"
ACTIVATE = f"{ROOT}/data/v1/assets/b25l/activate"


def respond(body):
    """An answer with this JSON."""
    return HttpResponse(status=200, body=dump_json(body).encode())


@pytest.fixture
def capture(sample):
    """The sample's published capture, with changes."""

    def make(**changes):
        (facts,) = t.read_captures(respond({"results": [sample("captures")["results"][0] | changes]}))
        return facts

    return make


@pytest.fixture
def assets(answer):
    """The sample's files."""
    return t.read_assets(answer("assets"))


# --- Translation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ({}, [("SkySatCollect", ITEM.id)]),
        ({"item_ids": ["a", "b"], "item_types": ["X", "Y"]}, [("X", "a"), ("Y", "b")]),
        ({"item_ids": ["a", "b"], "item_types": ["X"]}, [("X", "a"), ("X", "b")]),
        ({"item_ids": ["a", "b", "c"], "item_types": ["X", "Y"]}, [("X", "a"), ("X", "b"), ("X", "c")]),
        ({"item_ids": ["a"], "item_types": None}, [("SkySatCollect", "a")]),
        ({"item_ids": ["a"], "item_types": []}, [("SkySatCollect", "a")]),
        ({"item_ids": None}, []),
        ({"status": "DERIVING"}, []),
    ],
)
def test_scenes_are_those_of_a_published_capture(capture, change, items):
    """Each with its type, or the first or usual one."""
    assert [(item.type, item.id) for item in t.items_of(capture(**change))] == items


def test_a_scene_is_asked_for_by_type_and_id(settings):
    """At the configured host, ids quoted."""
    request = t.assets_request(settings, t.Item(type="A/B", id="c d"))

    assert (request.method, request.url) == ("GET", f"{ROOT}/data/v1/item-types/A%2FB/items/c%20d/assets")


def test_a_file_that_is_ready_is_a_deliverable(settings, capture, assets, sample):
    """With link, checksum and capture; the link is signed, so no credential goes with it."""
    (file,) = t.read_deliverables(settings, capture(), ITEM, assets)

    assert (file.order_id, file.acquisition_id) == (ORDER_ID, CAPTURE_ID)
    assert file.name == f"{ITEM.id}_ortho_visual"
    assert file.url == f"{ROOT}/data/v1/download?token=made-up"
    assert file.checksum == "md5:2a08cd7e2a2f4b8a1d0b7f3c5e6d7f80"
    assert (file.needs_credentials, file.expires_at, file.size_bytes) == (False, None, None)
    assert file.raw == sample("assets")["ortho_visual"]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2017-06-30T22:18:11.368043", datetime(2017, 6, 30, 22, 18, 11, 368043, tzinfo=UTC)),
        ("2017-06-30T22:18:11Z", datetime(2017, 6, 30, 22, 18, 11, tzinfo=UTC)),
        ("2017-06-30T22:18:11+02:00", datetime(2017, 6, 30, 20, 18, 11, tzinfo=UTC)),
        ("in an hour", None),
        ("", None),
        (None, None),
    ],
)
def test_the_end_of_a_link_is_utc_where_no_zone_is_named(settings, capture, assets, stated, expected):
    """As Planet writes it; one that cannot be read costs no file."""
    facts = assets["ortho_visual"]
    ends = {"ortho_visual": evolve(facts, asset=evolve(facts.asset, expires_at=stated))}
    (file,) = t.read_deliverables(settings, capture(), ITEM, ends)

    assert file.expires_at == expected


def test_the_link_never_shows(settings, capture, assets):
    """Whoever has it can fetch the file."""
    (file,) = t.read_deliverables(settings, capture(), ITEM, assets)

    assert "made-up" not in repr(evolve(file, raw={}))


@pytest.mark.parametrize(
    ("named", "files"), [(["ortho_analytic"], 0), (["ortho_visual"], 1), ([], 1), (None, 1), (["unheard_of"], 0)]
)
def test_only_files_that_were_delivered_are_named(settings, capture, assets, named, files):
    """Where the capture says which ones."""
    assert len(list(t.read_deliverables(settings, capture(delivered_asset_types=named), ITEM, assets))) == files


@pytest.mark.parametrize("digest", [None, "", "abc", "z" * 32])
def test_a_checksum_that_is_none_is_left_out(settings, capture, sample, digest):
    """The file is there all the same."""
    body = {"ortho_visual": sample("assets")["ortho_visual"] | {"md5_digest": digest}}
    (file,) = t.read_deliverables(settings, capture(), ITEM, t.read_assets(respond(body)))

    assert file.checksum is None


def test_only_delivered_files_are_asked_for(settings, capture, assets):
    """One is named and not ready; one is ready; one is not named."""
    (request,) = t.activations(settings, capture(), assets)

    assert (request.method, request.url, request.repeatable) == ("GET", ACTIVATE, True)


@pytest.mark.parametrize("named", [None, []])
def test_nothing_is_asked_for_that_planet_does_not_name(settings, capture, assets, named):
    """Nobody knows what it would cost."""
    assert t.activations(settings, capture(delivered_asset_types=named), assets) == []


@pytest.mark.parametrize(
    ("configured", "asked", "ready"),
    [((), 0, 1), (("ortho_analytic",), 1, 0), (("ortho_visual",), 0, 1), (("ortho_analytic", "ortho_visual"), 1, 1)],
)
def test_what_is_configured_is_asked_for(settings, capture, assets, configured, asked, ready):
    """Where a capture names nothing, the buyer may: these files are asked for and collected, and no others."""
    own, taken = evolve(settings, asset_types=configured), capture(delivered_asset_types=None)

    assert len(t.activations(own, taken, assets)) == asked
    assert len(list(t.read_deliverables(own, taken, ITEM, assets))) == ready


@pytest.mark.parametrize(
    "links",
    [
        None,
        {},
        {"activate": 5},
        {"activate": "http://api.planet.com/data/v1/assets/b25l/activate"},
        {"activate": "https://evil.example/data/v1/assets/b25l/activate"},
        {"activate": "https://api.planet.com/data/v1/assets/b25l/activate?x=1"},
        {"activate": "http://["},
    ],
)
def test_a_link_elsewhere_is_not_asked(settings, capture, sample, links):
    """The key goes to the configured host only."""
    body = {"ortho_analytic": sample("assets")["ortho_analytic"] | {"_links": links}}

    assert t.activations(settings, capture(), t.read_assets(respond(body))) == []


@pytest.mark.parametrize(
    ("body", "problem"), [([], "expected"), ({"a": {}}, "status"), ({"a": {"status": 5}}, "status")]
)
def test_unreadable_files_are_malformed(body, problem):
    """What is wrong is said with its path."""
    with pytest.raises(MalformedResponseError, match=problem):
        t.read_assets(respond(body))


# --- Over mocked HTTP --------------------------------------------------------------------------------


@pytest.fixture
async def planet(mocked, settings):
    """The adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(PlanetProvider, settings, transport, ManualClock(datetime(2024, 7, 26, tzinfo=UTC)))


@pytest.fixture
def order():
    """The sample's order, by its id."""
    return Order(account="planet", provider="planet", id=ORDER_ID, reference="r", state=OrderState.FULFILLED)


async def test_ready_files_are_named_and_others_asked_for(planet, mocked, order, sample):
    """One request for captures, one for each scene, one for each file that is not ready."""
    mocked.get(CAPTURES, body=dump_json(sample("captures")))
    mocked.get(ASSETS, body=dump_json(sample("assets")))
    mocked.get(ACTIVATE, status=202)

    files = await planet.deliverables(order)

    assert [file.name for file in files] == [f"{ITEM.id}_ortho_visual"]
    assert {str(url.path) for _, url in mocked.requests} >= {"/data/v1/assets/b25l/activate"}


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_file_that_is_refused_hides_no_other(planet, mocked, order, sample, status):
    """The ready one is there all the same."""
    mocked.get(CAPTURES, body=dump_json(sample("captures")))
    mocked.get(ASSETS, body=dump_json(sample("assets")))
    mocked.get(ACTIVATE, status=status)

    assert len(await planet.deliverables(order)) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_a_scene_that_is_not_shown_has_no_files_yet(planet, mocked, order, sample, status):
    """Not ready is no error."""
    mocked.get(CAPTURES, body=dump_json(sample("captures")))
    mocked.get(ASSETS, status=status)

    assert await planet.deliverables(order) == ()


async def test_a_refused_key_is_an_error(planet, mocked, order, sample):
    """That is no question of ready or not."""
    mocked.get(CAPTURES, body=dump_json(sample("captures")))
    mocked.get(ASSETS, status=401)

    with pytest.raises(AuthenticationError):
        await planet.deliverables(order)
