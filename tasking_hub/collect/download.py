"""Files fetched to disk: resumed, verified, with links renewed, and never half a file under the final name.

Theory of operation
===================

One download is a loop of exchanges. Each goes on where the part on disk ends, if the server still has the same version
(`tasking_hub.collect.exchange`), and ends in one of four ways: the file is whole; it broke off, and after a pause the
loop goes on; it turned out to be another version, and the loop begins anew; or it failed for good. The pauses and their
number are those of every repeatable request (`Retry`), counted anew once more of the file is there than ever before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

from attrs import evolve

from tasking_hub.collect.courier import Collected, Courier, Progress, ProgressOfEach
from tasking_hub.collect.exchange import ChangedError, Part, opened, range_headers, read_begin, refuse
from tasking_hub.collect.files import Facts, Target
from tasking_hub.collect.locks import alone
from tasking_hub.collect.names import distinct_names, safe_name
from tasking_hub.collect.threads import settled
from tasking_hub.errors import (
    CorruptFileError,
    DownloadError,
    ProviderUnavailableError,
    RateLimitedError,
    ResponseError,
    TaskingHubError,
    TransportError,
)
from tasking_hub.messages import without_query
from tasking_hub.models import Deliverable
from tasking_hub.patience import Patience
from tasking_hub.streaming import Streamed
from tasking_hub.streams import merged

__all__ = ["download", "download_all"]

CONCURRENT = 3

_LINK_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.GONE})
_FILE = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})


async def download(
    deliverable: Deliverable,
    folder: Path | str,
    *,
    courier: Courier,
    name: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a file whole and verified, or not at all; what is there already is not fetched again.

    A download that fails or is cancelled leaves its part for the next one. Several at once of one file, in whatever
    process of this machine, fetch it once.

    Args:
        deliverable: the file.
        folder: where to; made where it is missing.
        courier: how.
        name: instead of the provider's name; made safe like that one.
        progress: hears of every piece.

    Raises:
        CorruptFileError: what came has not the length or checksum that was announced.
        DownloadError: the disk is full, the name is taken by another file, or a link leads nowhere.
        ResponseError: the provider or its store said no, also to a renewed link.
        TransportError: no answer came, or it kept breaking off.
    """
    target = Target(Path(folder) / safe_name(name or deliverable.name))
    with _disk(target):
        target.path.parent.mkdir(parents=True, exist_ok=True)
        if await asyncio.to_thread(target.stands, deliverable):
            return target.path
        async with alone(target.lock, courier.clock):
            if not await asyncio.to_thread(target.stands, deliverable):
                await _Fetching(deliverable, target, courier, progress).run()
    return target.path


async def download_all(
    deliverables: Iterable[Deliverable],
    folder: Path | str,
    *,
    courier: Courier,
    concurrent: int = CONCURRENT,
    progress: ProgressOfEach | None = None,
) -> AsyncGenerator[Collected, None]:
    """Fetch several files into one folder, a few at a time; each result as soon as it is known.

    Files of one name get different ones. One file's failure does not stop the others. Leaving early cancels what is
    being fetched, and leaves its parts.

    Args:
        deliverables: the files.
        folder: where to.
        courier: how.
        concurrent: files fetched at the same time.
        progress: hears of every piece of every file.
    """
    listed = list(deliverables)
    waiting = iter(zip(listed, distinct_names(listed), strict=True))

    workers = [_work(waiting, folder, courier, progress) for _ in range(concurrent)]
    async with aclosing(merged(workers)) as results:
        async for result in results:
            yield result


async def _work(
    waiting: Iterator[tuple[Deliverable, str]], folder: Path | str, courier: Courier, progress: ProgressOfEach | None
) -> AsyncIterator[Collected]:
    """Fetch what nobody else has begun, one file after the other."""
    for deliverable, name in waiting:
        heard = partial(progress, deliverable) if progress else None
        try:
            path = await download(deliverable, folder, courier=courier, name=name, progress=heard)
        except TaskingHubError as error:
            yield Collected(deliverable=deliverable, error=error)
        else:
            yield Collected(deliverable=deliverable, path=path)


class _Fetching:
    """One download under way, its lock held."""

    def __init__(self, deliverable: Deliverable, target: Target, courier: Courier, progress: Progress | None) -> None:
        self._deliverable = deliverable
        self._target = target
        self._courier = courier
        self._progress = progress
        self._furthest = 0
        self._renewed = False
        self._anew = False
        self._joined = False

    async def run(self) -> None:
        """Go on until the file stands under its name.

        Raises:
            TaskingHubError: it failed for good; the part stays where it is worth something.
        """
        reached, tries, patience = -1, 0, self._patience()
        while True:
            try:
                return await self._step()
            except (ProviderUnavailableError, RateLimitedError, TransportError) as error:
                self._forget_what_is_worth_nothing()
                if self._furthest > reached:
                    reached, tries, patience = self._furthest, 0, self._patience()
                tries += 1
                if patience.ends(error) or tries >= self._courier.retry.attempts:
                    raise
            await patience.pause(None)

    def _forget_what_is_worth_nothing(self) -> None:
        if self._anew:
            self._target.discard()
            self._anew = False

    def _patience(self) -> Patience:
        return Patience(self._courier.retry, self._courier.clock, self._courier.rng)

    async def _step(self) -> None:
        part = self._target.begun(self._deliverable)
        if part is None or part[0].size != part[1]:
            part = await self._fetch(part)
        else:
            self._joined = True
        await self._finish(part[0])

    async def _fetch(self, part: Part | None) -> Part:
        """Fetch to the end, with another link where this one does not work."""
        if self._expired():
            await self._renew()
        try:
            return await self._exchange(part)
        except ResponseError as error:
            if error.status not in _LINK_REFUSED or self._renewed or self._courier.renew is None:
                raise
        await self._renew()
        return await self._exchange(part)

    def _expired(self) -> bool:
        expires_at = self._deliverable.expires_at
        over = expires_at is not None and expires_at <= self._courier.clock.now()
        return over and self._courier.renew is not None

    async def _renew(self) -> None:
        """Ask once for another link; again only after the last one has brought something."""
        if self._courier.renew is not None:
            old, new = self._deliverable, await self._courier.renew(self._deliverable)
            self._renewed = True
            self._deliverable = evolve(
                new,
                order_id=old.order_id,
                size_bytes=old.size_bytes if new.size_bytes is None else new.size_bytes,
                checksum=new.checksum or old.checksum,
            )

    async def _exchange(self, part: Part | None) -> Part:
        courier, headers = self._courier, range_headers(part)
        async with opened(self._deliverable, courier.transport, courier.account, headers, courier.timeout_s) as answer:
            facts, start = await self._begun(answer, part)
            return await self._copy(answer, facts, start)

    async def _begun(self, answer: Streamed, part: Part | None) -> Part:
        status = answer.head.status
        if status not in _FILE and not (part and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
            await refuse(answer, self._deliverable, self._courier.clock)
        try:
            facts, start = read_begin(answer.head, self._deliverable, part)
        except ChangedError:
            self._anew = True
            raise
        if start:
            self._joined = True
            self._target.note(facts)
        else:
            self._joined = False
            self._target.begin(facts)
        return facts, start

    async def _copy(self, answer: Streamed, facts: Facts, have: int) -> Part:
        whole = self._whole(facts)
        with self._target.part.open("ab") as file:
            async for piece in answer.chunks:
                have += len(piece)
                if whole is not None and have > whole:
                    self._anew = True
                    raise self._broke_off(answer, f"{whole} bytes were announced and more came")
                await settled(file.write, piece)
                self._note(have, whole)
        if whole is not None and have != whole:
            raise self._broke_off(answer, f"it ended after {have} bytes of {whole}")
        if facts.size is None:
            # Only now is the end seen: until then no part is taken for the whole.
            facts = evolve(facts, size=have)
            self._target.note(facts)
        return facts, have

    def _whole(self, facts: Facts) -> int | None:
        """How many bytes are to come: as the server says, else as the provider does."""
        return self._deliverable.size_bytes if facts.size is None and facts.encoding is None else facts.size

    def _note(self, have: int, size: int | None) -> None:
        self._renewed = False
        self._furthest = max(self._furthest, have)
        if self._progress:
            self._progress(have, size)

    def _broke_off(self, answer: Streamed, why: str) -> TransportError:
        msg = f"the file broke off ({why})"
        return TransportError(msg, method=answer.head.method, url=answer.head.url)

    async def _finish(self, facts: Facts) -> None:
        """Verify and rename; what was joined from several answers and is wrong is fetched once more in one piece."""
        try:
            content = await settled(self._target.verified, facts, self._deliverable)
        except CorruptFileError as error:
            if not self._joined:
                raise
            msg = f"its parts do not fit together: {error}"
            raise ChangedError(msg, method="GET", url=without_query(self._deliverable.url)) from error
        await settled(self._target.publish, content)


@contextmanager
def _disk(target: Target) -> Generator[None, None, None]:
    """What the disk refuses, in words; what is there stays."""
    try:
        yield
    except OSError as error:
        msg = f"{target.path} cannot be written: {error.strerror or error}; what has come is kept for the next try"
        raise DownloadError(msg) from error
