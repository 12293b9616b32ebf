"""An order book of each kind, and the toy shop beside it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from orders.cluster import Cluster, obstacle, running_cluster
from orders.shop import Fate, Ledger, ShopProvider, registry

from tasking_hub.orders import OrderBook, Placer


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A throw-away PostgreSQL server."""
    if (reason := obstacle()) is not None:
        pytest.skip(reason)
    with running_cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request, tmp_path) -> Callable[[], str]:
    """Gives the URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        return request.getfixturevalue("cluster").new_database
    return lambda: f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture
def url(new_url) -> str:
    """The URL of an empty database."""
    return new_url()


@pytest.fixture
async def book(url, clock) -> AsyncIterator[OrderBook]:
    """An open order book."""
    async with await OrderBook.open(url, clock=clock) as opened:
        yield opened


@pytest.fixture
def fate() -> Fate:
    """What happens at the shop."""
    return Fate()


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    """What the shop sold."""
    return Ledger(tmp_path / "ledger.db")


@pytest.fixture
def shop(ledger, clock, fate) -> ShopProvider:
    """The account "toy"."""
    return ShopProvider("toy", ledger, clock, fate)


@pytest.fixture
def placer(book, shop, clock) -> Placer:
    """Places at the shop, without limits."""
    return Placer(book, {"toy": shop}, registry=registry(), clock=clock)
