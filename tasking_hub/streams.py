"""Several asynchronous streams as one, each item as soon as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar, cast

T = TypeVar("T")

_END = object()


async def merged(streams: Sequence[AsyncIterator[T]]) -> AsyncGenerator[T, None]:
    """Items of all streams in the order in which they come; leaving early stops every stream.

    An exception of one stream ends the others and is raised.
    """
    queue: asyncio.Queue[Any] = asyncio.Queue()
    tasks = [asyncio.create_task(_pump(stream, queue)) for stream in streams]
    try:
        for _ in streams:
            while (item := await queue.get()) is not _END:
                if isinstance(item, _Failure):
                    raise item.error
                yield cast(T, item)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


async def _pump(stream: AsyncIterator[Any], queue: asyncio.Queue[Any]) -> None:
    try:
        async with aclosing(cast(Any, stream)) as items:
            async for item in items:
                queue.put_nowait(item)
    except Exception as error:  # noqa: BLE001 - handed to the reader, who raises it
        queue.put_nowait(_Failure(error))
    queue.put_nowait(_END)
