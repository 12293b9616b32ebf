"""The account's own way to files: credentials for its own hosts alone, at its pace, and none in an error."""

import asyncio

import pytest
from collect.storehouse import FakeDownloads
from toys import ToyProvider

from tasking_hub.auth import Secret, StaticAuth
from tasking_hub.channel import Route
from tasking_hub.clock import ManualClock
from tasking_hub.collect import Courier, download
from tasking_hub.collect.account import AccountChannel
from tasking_hub.errors import AuthenticationError, ConfigurationError, RateLimitedError
from tasking_hub.messages import HttpRequest, read_json_error
from tasking_hub.models import Deliverable
from tasking_hub.pacing import LocalPacer, Pace
from tasking_hub.provider import Provider
from tasking_hub.streaming import Streamer
from tasking_hub.testing import FakeTransport

OWN = "https://own.invalid/image.tif"
SECRET = "s3cret-token"


def channel(transport, clock, *, auth=None, pace=None):
    route = Route(urls=("https://own.invalid",), pace=pace or Pace(), pace_key="k", read_error=read_json_error)
    return AccountChannel(
        route,
        transport=transport,
        auth=auth or StaticAuth({"Authorization": Secret(f"Bearer {SECRET}")}),
        pacer=LocalPacer(clock),
        clock=clock,
    )


def image(url=OWN):
    return Deliverable(order_id="o", name="image.tif", url=url, needs_credentials=True)


def fine(request):
    return 200, {"Content-Length": "2"}, b"ok"


async def test_the_accounts_headers_go_to_its_own_host(tmp_path, clock):
    """A file on the account's host comes with its credentials, through its channel."""
    fake = FakeDownloads(fine)
    path = await download(
        image(), tmp_path, courier=Courier(transport=FakeDownloads(fine), account=channel(fake, clock))
    )

    assert (path.read_bytes(), fake.requests[0].headers["Authorization"]) == (b"ok", f"Bearer {SECRET}")


@pytest.mark.parametrize("url", ["https://other.invalid/x", "http://own.invalid/x", "https://own.invalid:8443/x"])
async def test_another_host_gets_none(tmp_path, clock, url):
    """Whatever a deliverable says, no credential leaves for another origin."""
    fake = FakeDownloads(fine)
    by = Courier(transport=fake, account=channel(fake, clock))
    with pytest.raises(ConfigurationError, match="not a configured host"):
        await download(image(url), tmp_path, courier=by)

    assert fake.requests == []


async def test_a_redirect_elsewhere_carries_none(tmp_path, clock):
    """The account's host sends on to a store: the store sees no credential."""
    own = FakeDownloads(lambda request: (302, {"Location": "https://store.invalid/x"}, b""))
    store = FakeDownloads(fine)
    await download(image(), tmp_path, courier=Courier(transport=store, account=channel(own, clock)))

    assert [request.url for request in store.requests] == ["https://store.invalid/x"]
    assert "Authorization" not in store.requests[0].headers


class Renewing:
    """Credentials that get better once."""

    def __init__(self):
        self.token = "old-token-1"

    async def headers(self, exchange):
        return {"Authorization": f"Bearer {self.token}"}

    def refused(self, headers):
        self.token = "new-token-2"
        return True


async def test_a_401_is_answered_with_fresh_headers(tmp_path, clock):
    """An expired token is renewed and the file comes."""
    fake = FakeDownloads(
        lambda request: fine(request) if "new" in request.headers["Authorization"] else (401, {}, b"no")
    )
    by = Courier(transport=fake, account=channel(fake, clock, auth=Renewing()))
    path = await download(image(), tmp_path, courier=by)

    assert (path.read_bytes(), len(fake.requests)) == (b"ok", 2)


async def test_an_error_shows_no_credential(tmp_path, clock):
    """A host that echoes what it refuses tells nobody."""
    fake = FakeDownloads(lambda request: (401, {}, f'{{"message": "bad {SECRET}"}}'.encode()))
    with pytest.raises(AuthenticationError) as caught:
        await download(image(), tmp_path, courier=Courier(transport=fake, account=channel(fake, clock)))

    assert SECRET not in f"{caught.value} {caught.value.__dict__}"
    assert "bad ***" in caught.value.body


async def test_downloads_keep_the_accounts_pace(tmp_path, clock):
    """Beginnings are as far apart as the provider wants."""
    fake = FakeDownloads(fine)
    way = channel(fake, clock, pace=Pace(per_second=0.5))
    by = Courier(transport=fake, account=way, clock=clock)
    await asyncio.gather(*(download(image(f"{OWN}{n}"), tmp_path, courier=by, name=f"{n}") for n in range(3)))

    assert clock.monotonic() >= 4


async def test_a_ban_is_kept(tmp_path, clock: ManualClock):
    """After a 429 nothing is sent for as long as the provider's ban lasts, and the error says how long."""
    fake = FakeDownloads(lambda request: (429, {}, b""))
    by = Courier(transport=fake, account=channel(fake, clock, pace=Pace(ban_s=600)), clock=clock)
    with pytest.raises(RateLimitedError):
        await download(image(), tmp_path, courier=by)
    with pytest.raises(RateLimitedError) as caught:
        await download(image(), tmp_path, courier=by)

    assert (len(fake.requests), caught.value.retry_after_s > 500) == (1, True)


async def test_a_transport_without_streams_is_said(clock):
    """A transport that only exchanges whole answers cannot fetch files."""
    way = channel(FakeTransport(lambda request: ConfigurationError("never asked")), clock)
    with pytest.raises(ConfigurationError, match="piece by piece"):
        async with way.stream(HttpRequest(method="GET", url=OWN, repeatable=True)):
            pass


def test_a_provider_shows_its_way_to_files(clock):
    """Wired as the hub wires it, an adapter has one; over a sender that cannot stream it has none."""
    way = channel(FakeDownloads(fine), clock)

    assert isinstance(way, Streamer)
    assert issubclass(ToyProvider, Provider)
    assert Provider.streamer.fget(type("P", (), {"_sender": way})()) is way
    assert Provider.streamer.fget(type("P", (), {"_sender": object()})()) is None
