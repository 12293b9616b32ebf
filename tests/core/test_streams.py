"""Merging streams: nothing lost, nothing left running."""

import asyncio

import pytest

from tasking_hub.streams import merged


async def numbers(*values, stopped=None):
    try:
        for value in values:
            await asyncio.sleep(0)
            yield value
    finally:
        if stopped is not None:
            stopped.append(values)


async def forever(stopped):
    try:
        while True:
            await asyncio.sleep(0)
            yield 0
    finally:
        stopped.append("forever")


async def test_every_item_of_every_stream_comes_once():
    """All items arrive, each stream's own in order."""
    items = [item async for item in merged([numbers(1, 2, 3), numbers(10, 20), numbers()])]

    assert sorted(items) == [1, 2, 3, 10, 20]
    assert [item for item in items if item < 10] == [1, 2, 3]


async def test_no_streams_is_no_items():
    """Nothing to merge ends at once."""
    assert [item async for item in merged([])] == []


async def test_a_slow_stream_does_not_hold_back_a_quick_one():
    """Items come as they are ready, not stream by stream."""
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        yield "slow"

    stream = merged([slow(), numbers("quick")])
    first = await anext(stream)
    gate.set()

    assert first == "quick"
    assert [item async for item in stream] == ["slow"]


async def test_leaving_early_stops_every_stream():
    """Closing the merged stream runs the finally blocks of its sources."""
    stopped = []
    stream = merged([forever(stopped), forever(stopped)])
    await anext(stream)
    await stream.aclose()

    assert stopped == ["forever", "forever"]


async def test_an_exception_is_raised_and_stops_the_others():
    """A broken stream is not swallowed, and the others are closed."""
    stopped = []

    async def broken():
        await asyncio.sleep(0)
        yield "before"
        msg = "broken"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="broken"):
        async for _ in merged([broken(), forever(stopped)]):
            pass

    assert stopped == ["forever"]
