"""Webhooks: a hint to look, never believed, and cheap whoever sends them."""

import asyncio
from datetime import UTC, datetime

import pytest
from orders.observatory import SIGNATURE, Listener, PatientClock, Sky, SkyProvider, image, placed

from tasking_hub import ConfigurationError, InvalidRequestError, OrderState, ProviderUnavailableError
from tasking_hub.orders.events import AcquisitionProposed, StateChanged
from tasking_hub.orders.hooks import Hooks
from tasking_hub.orders.log import EventLog
from tasking_hub.orders.watching import Watcher

S = OrderState


@pytest.fixture
def new_url(tmp_path):
    """Nothing here depends on the kind of database."""
    return lambda: f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture
def clock():
    """A clock that moves only when it is told to."""
    return PatientClock(datetime(2026, 11, 21, 9, tzinfo=UTC))


@pytest.fixture
def sky():
    """What the provider knows."""
    return Sky()


async def nothing():
    """Recover nothing."""


@pytest.fixture
def watcher(book, sky, clock):
    """Watches the account "toy"."""
    return Watcher(book, {"toy": SkyProvider("toy", sky, clock)}, clock=clock, recover=nothing)


@pytest.fixture
def hooks(watcher):
    """Takes webhooks."""
    return Hooks(watcher)


async def told(book, clock):
    """The kinds of all events, in sequence, after those of placing."""
    return [event async for event in EventLog(book, clock).after(0)][3:]


async def test_a_running_watch_hears_at_once(book, sky, clock, watcher, hooks):
    """What a webhook leads to is told without waiting for the next round, and not again by it."""
    await placed(book, sky, "r-1", clock)
    listener = Listener(watcher.watch(), clock, book.database, 2)
    await listener.quiet()
    sky.images["R-1"] = [image("R-1")]
    sky.become("R-1", clock.now(), S.IN_PROGRESS)
    hint = await hooks.receive("toy", SIGNATURE, b"R-1")
    await listener.quiet()
    heard = list(listener.events)
    clock.wake(60)
    await asyncio.sleep(0)
    await listener.quiet()
    await listener.stop()

    assert hint.order_id == "R-1"
    assert [type(event) for event in heard] == [StateChanged, AcquisitionProposed]
    assert listener.events == heard


async def test_without_a_watch_it_is_kept_for_the_next_one(book, sky, clock, hooks):
    """A webhook that nobody waits for is recorded."""
    await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.ACCEPTED)
    await hooks.receive("toy", SIGNATURE, b"R-1")

    assert (await book.show("r-1")).state is S.ACCEPTED
    assert [event.state for event in await told(book, clock)] == [S.ACCEPTED]


async def test_a_forged_webhook_costs_nothing(book, sky, clock, hooks):
    """A wrong signature is an error, before anything is asked."""
    await placed(book, sky, "r-1", clock)
    with pytest.raises(InvalidRequestError, match="signature"):
        await hooks.receive("toy", {"X-Signature": "wrong"}, b"R-1")

    assert sky.total == 0


async def test_an_order_that_is_not_followed_costs_nothing(book, sky, clock, hooks):
    """Orders of somebody else are not looked at."""
    await placed(book, sky, "r-1", clock)
    await hooks.receive("toy", SIGNATURE, b"X-9")

    assert sky.total == 0


async def test_a_webhook_that_names_no_order_looks_at_the_account(book, sky, clock, hooks):
    """The whole account is looked at, by list."""
    await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.ACCEPTED)
    await hooks.receive("toy", SIGNATURE, b"")

    assert sky.asked == {"orders": 1, "decisions": 1}
    assert (await book.show("r-1")).state is S.ACCEPTED


async def test_a_burst_is_looked_at_twice_at_most(book, sky, clock, hooks):
    """Webhooks that come while one is looked for share one further look."""
    await placed(book, sky, "r-1", clock)
    await asyncio.gather(*(hooks.receive("toy", SIGNATURE, b"R-1") for _ in range(20)))

    assert sky.asked["order"] <= 2


async def test_a_webhook_that_comes_during_a_look_is_looked_at_afterwards(book, sky, clock, hooks):
    """A look that began before the news does not stand for it."""
    await placed(book, sky, "r-1", clock)
    first = asyncio.create_task(hooks.receive("toy", SIGNATURE, b"R-1"))
    await sky.busy.wait()
    await hooks.receive("toy", SIGNATURE, b"R-1")
    await first

    assert sky.asked["order"] == 2


async def test_a_look_that_fails_is_an_error(book, sky, clock, hooks):
    """The web framework may answer so that the provider sends it again; another webhook looks anew."""
    await placed(book, sky, "r-1", clock)
    sky.failing["order"] = [ProviderUnavailableError(status=503, method="GET", url="https://sky.example")]
    sky.become("R-1", clock.now(), S.ACCEPTED)
    with pytest.raises(ProviderUnavailableError):
        await hooks.receive("toy", SIGNATURE, b"R-1")
    await hooks.receive("toy", SIGNATURE, b"R-1")

    assert (await book.show("r-1")).state is S.ACCEPTED


async def test_an_unknown_account_is_refused(hooks):
    """A webhook's address names an account that is configured."""
    with pytest.raises(ConfigurationError, match="elsewhere"):
        await hooks.receive("elsewhere", SIGNATURE, b"R-1")
