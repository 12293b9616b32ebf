"""What was asked once is not asked again for a while."""

import asyncio
from datetime import UTC, datetime

import pytest
from attrs import evolve

from tasking_hub import HttpRequest, HttpResponse, Memory, NotFoundError
from tasking_hub.clock import ManualClock

HOUR = 3600.0


def request(name="a"):
    """A request that only reads."""
    return HttpRequest(method="GET", url=f"https://provider.invalid/{name}", repeatable=True)


class Echo:
    """Answers with the address that was asked, or fails, and counts."""

    def __init__(self):
        self.asked = []
        self.error = None

    async def send(self, request):
        self.asked.append(request.url[-1])
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return HttpResponse(status=200, body=request.url.encode())


@pytest.fixture
def echo():
    """The provider."""
    return Echo()


@pytest.fixture
def clock():
    """Stands still until it is moved."""
    return ManualClock(datetime(2026, 11, 21, tzinfo=UTC))


def read(response):
    """The address as read."""
    return response.text[-1].upper()


async def test_an_answer_is_good_for_a_while(echo, clock):
    """Up to the last moment of it, and not from then on."""
    memory = Memory(echo, clock, keep_s=HOUR)

    first = await memory.ask(request(), read)
    clock.advance(HOUR - 1)
    second = await memory.ask(request(), read)
    asked_by_then = list(echo.asked)
    clock.advance(1)
    third = await memory.ask(request(), read)

    assert [first, second, third] == ["A"] * 3
    assert (asked_by_then, echo.asked) == (["a"], ["a", "a"])


async def test_memory_does_not_grow_without_end(echo, clock):
    """Of more answers than are kept the oldest goes, and is asked for again."""
    memory = Memory(echo, clock, size=2)

    answers = [await memory.ask(request(name), read) for name in "abccba"]

    assert answers == list("ABCCBA")
    assert echo.asked == ["a", "b", "c", "a"]


async def test_one_question_is_not_asked_twice_at_once(echo, clock):
    """Whoever comes second waits for the answer of the first."""
    memory = Memory(echo, clock)

    answers = await asyncio.gather(*(memory.ask(request(), read) for _ in range(5)))

    assert (answers, echo.asked) == (["A"] * 5, ["a"])


async def test_what_tells_two_questions_apart_is_said(echo, clock):
    """Two bodies to one address are two questions."""
    memory = Memory(echo, clock)

    for about in ("here", "there", "here"):
        await memory.ask(request(), read, about)

    assert echo.asked == ["a", "a"]


async def test_another_query_is_another_question(echo, clock):
    """The same address with other parameters has an answer of its own."""
    memory = Memory(echo, clock)
    for page in ("1", "2", "1"):
        await memory.ask(evolve(request(), query=(("page", page),)), read)

    assert echo.asked == ["a", "a"]


async def test_a_failure_is_not_kept(echo, clock):
    """The next one asks again."""
    memory = Memory(echo, clock)
    echo.error = NotFoundError(status=404, method="GET", url="https://provider.invalid/a")

    with pytest.raises(NotFoundError):
        await memory.ask(request(), read)
    echo.error = None

    assert await memory.ask(request(), read) == "A"


async def test_what_is_forgotten_is_asked_again(echo, clock):
    """That one alone; forgetting what was never known is nothing."""
    memory = Memory(echo, clock)
    for name in "ab":
        await memory.ask(request(name), read)

    memory.forget(request("a"))
    memory.forget(request("c"))
    for name in "ab":
        await memory.ask(request(name), read)

    assert echo.asked == ["a", "b", "a"]


async def test_what_takes_several_requests_is_remembered_whole(echo, clock):
    """Under a key of one's own."""
    memory = Memory(echo, clock)

    async def both():
        return [read(await echo.send(request(name))) for name in "ab"]

    found = [await memory.recall("both", both) for _ in range(2)]

    assert found == [["A", "B"]] * 2
    assert echo.asked == ["a", "b"]
