"""How a hub is: told from what it did and what its order book holds, without any request."""

import asyncio
from datetime import timedelta

import pytest
from attrs.exceptions import FrozenInstanceError
from toys import NOW, ToySettings, registry

from tasking_hub import HttpRequest, Hub
from tasking_hub.errors import UnsentRequestError
from tasking_hub.exact_json import dump_json, load_json
from tasking_hub.exchanges import observed
from tasking_hub.health import AccountHealth, BookHealth, Health, check_book, health_document
from tasking_hub.lifecycle import OrderState
from tasking_hub.messages import HttpResponse
from tasking_hub.orders.sending import SENDING_S
from tasking_hub.testing import FakeTransport

GET = HttpRequest(method="GET", url="https://api.invalid/prices", repeatable=True)


def hub_over(transport, clock, **settings):
    return Hub({"toy": ToySettings()}, transport=transport, clock=clock, registry=registry(), **settings)


def never(_request):
    pytest.fail("something was sent")


async def after(answers, clock):
    """What is remembered of an account after these answers, a minute apart."""
    left = list(answers)
    transport = observed(FakeTransport(lambda _: left.pop(0)), account="spring", provider="toy", clock=clock)
    for answer in answers:
        try:
            await transport.send(GET)
        except UnsentRequestError:
            assert isinstance(answer, UnsentRequestError)
        clock.advance(60)
    return transport.health()


async def test_a_hub_that_only_compares_is_well(clock):
    """Without an order book there is none to fail; nothing is sent to find out."""
    async with hub_over(FakeTransport(never), clock) as hub:
        health = await hub.health()

    assert health == Health(at=clock.now(), order_book=None, accounts=(AccountHealth(account="toy", provider="toy"),))
    assert health.ok


async def test_an_order_book_is_opened_and_read(clock, tmp_path):
    """A new book is made and brought up to date; it has no unknown outcome."""
    async with hub_over(FakeTransport(never), clock, order_book=f"sqlite:///{tmp_path}/orders.db") as hub:
        health = await hub.health()

    assert health.order_book == BookHealth(problem=None, unknown=0, oldest_unknown_at=None)
    assert health.ok


async def test_a_book_that_cannot_be_used_is_a_problem_and_no_error(clock, tmp_path):
    """A health check says what is wrong; it raises nothing."""
    (tmp_path / "orders.db").write_text("this is no database, and long enough to be looked at as one" * 50)
    async with hub_over(FakeTransport(never), clock, order_book=f"sqlite:///{tmp_path}/orders.db") as hub:
        health = await hub.health()

    assert "orders.db" in health.order_book.problem
    assert not health.ok


async def test_a_book_that_does_not_answer_is_a_problem(clock):
    """A check ends, also where the database hangs."""
    health = await check_book(asyncio.Event().wait, clock, within_s=0.01)

    assert health.problem == "the order book does not answer within 0.01 s"


class _Intent:
    def __init__(self, state, sent_at):
        self.state, self.sent_at, self.updated_at, self.created_at = state, sent_at, sent_at, sent_at


class _Book:
    def __init__(self, *intents):
        self._intents = list(intents)

    async def unsettled(self):
        return self._intents


async def test_what_is_being_sent_is_not_unknown_yet(clock):
    """Unknown outcomes are counted with the oldest; a purchase on its way counts when its answer is overdue."""
    long_ago, just_now = NOW - timedelta(seconds=SENDING_S), NOW - timedelta(seconds=1)
    book = _Book(
        _Intent(OrderState.UNKNOWN, just_now), _Intent(OrderState.SENT, long_ago), _Intent(OrderState.SENT, just_now)
    )

    async def opened():
        return book

    health = await check_book(opened, clock, within_s=5)

    assert health == BookHealth(unknown=2, oldest_unknown_at=long_ago)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_failure_is_remembered_with_its_time(clock, status):
    """What shows that the account does not work is kept beside the last success."""
    start = clock.now()
    health = await after([HttpResponse(status=200), HttpResponse(status=status)], clock)

    assert (health.last_success_at, health.last_failure_at) == (start, start + timedelta(seconds=60))
    assert health.last_failure == f"HTTP {status}"


@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 422])
async def test_an_answer_shows_that_the_account_works(clock, status):
    """A provider that refuses a request works; an older failure stays known."""
    start = clock.now()
    lost = UnsentRequestError("no connection", method="GET", url=GET.url)
    health = await after([lost, HttpResponse(status=status)], clock)

    assert (health.last_success_at, health.last_failure_at) == (start + timedelta(seconds=60), start)
    assert health.last_failure == "UnsentRequestError"


def test_it_is_frozen_and_plain_as_a_document():
    """A value that nobody changes, and JSON for a load balancer."""
    health = Health(at=NOW, order_book=BookHealth(), accounts=(AccountHealth(account="a", provider="p"),))

    with pytest.raises(FrozenInstanceError):
        health.order_book = None
    assert load_json(dump_json(health_document(health))) == {
        "ok": True,
        "at": "2026-11-21T09:00:00Z",
        "order_book": {"problem": None, "unknown": 0, "oldest_unknown_at": None},
        "accounts": [
            {"account": "a", "provider": "p", "last_success_at": None, "last_failure_at": None, "last_failure": None}
        ],
    }
