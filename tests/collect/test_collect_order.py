"""An order's files: listed as Items, fetched, and listed again when their links have expired."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from collect.storehouse import FakeDownloads
from shapely import Point

from tasking_hub.collect.orders import collect_order, courier, order_items
from tasking_hub.errors import ConfigurationError, DownloadError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Acquisition, Deliverable, Order
from tasking_hub.testing import FakeTransport

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ORDER = Order(account="mine", provider="shop", id="o", reference="r", state=OrderState.FULFILLED)
SCENE = Acquisition(id="s", order_id="o", provider_status="DONE", taken_at=NOW)


class Shop:
    """What the glue asks of an adapter; every listing has new links."""

    streamer = None

    def __init__(self, *files):
        self.files = files
        self.listings = 0

    async def deliverables(self, order):
        self.listings += 1
        return tuple(evolve(file, url=f"{file.url}?sig={self.listings}") for file in self.files)

    async def acquisitions(self, order):
        return (SCENE,)


def image(name="image.tif", path="image", **facts):
    return Deliverable(order_id="o", name=name, url=f"https://x.invalid/{path}", **facts)


def store(request):
    """Signature 1 has expired."""
    path, _, signature = request.url.rpartition("/")[2].partition("?sig=")
    return (403, {}, b"") if signature == "1" else (200, {"Content-Length": str(len(path))}, path.encode())


async def test_files_that_are_ready_are_items(clock):
    """Each image's files stand in its Item."""
    items = await order_items(Shop(image(acquisition_id="s"), image("all.zip")), ORDER, clock=clock, area=Point(1, 2))

    assert [item["id"] for item in items] == ["shop-o-s", "shop-o"]
    assert [item["properties"]["tasking_hub:time_from"] for item in items] == ["acquisition", "listing"]


async def test_no_files_yet_are_no_items(clock):
    """Not ready is not an error."""
    assert await order_items(Shop(), ORDER, clock=clock) == []


async def test_files_arrive_though_their_links_expire(tmp_path, clock):
    """A refused link is found again by listing the order again, also among files of one name."""
    shop = Shop(image(path="a"), image(path="b"), image("c.tif", "c"))
    results = [
        result async for result in collect_order(shop, ORDER, tmp_path, transport=FakeDownloads(store), clock=clock)
    ]

    assert sorted(result.path.read_text() for result in results) == ["a", "b", "c"]
    assert shop.listings == 4


@pytest.mark.parametrize("left", [(), (image(path="x"), image(path="y"))])
async def test_a_file_that_is_not_found_again_is_said(clock, left):
    """No such file any more, or several that could be meant: nothing is guessed."""
    by = courier(Shop(*left), ORDER, transport=FakeDownloads(store), clock=clock)
    with pytest.raises(DownloadError, match="lists 0 such files"):
        await by.renew(image(path="z", expires_at=NOW - timedelta(hours=1)))


async def test_a_transport_without_streams_is_said(tmp_path, clock):
    """Before the provider is asked for anything."""
    shop = Shop(image())
    transport = FakeTransport(lambda request: ConfigurationError("never asked"))
    with pytest.raises(ConfigurationError, match="piece by piece"):
        await anext(collect_order(shop, ORDER, tmp_path, transport=transport, clock=clock))

    assert shop.listings == 0
