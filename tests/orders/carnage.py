"""Processes that place the same orders at once and are killed in the middle of it; run by `test_carnage`.

One process imports everything and forks the others, which is what makes hundreds of them affordable.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from attrs import frozen
from orders.shop import WHERE, Fate, Ledger, ShopProvider, an_offer, registry

from tasking_hub import OutcomeUnknownError, RateLimitedError, SystemClock, TaskingHubError, UnsentRequestError
from tasking_hub.orders import OrderBook, Placer, Stage

SENDING_S = 0.3
SETTLING_S = 4.0
REFERENCES = 3

NAMELESS = 0.3

BEFORE_SALE, AFTER_SALE, LOOKING, ANY_TIME = "before-sale", "after-sale", "looking", "any-time"
POINTS = [*(stage.value for stage in Stage), BEFORE_SALE, AFTER_SALE, LOOKING, ANY_TIME]

DROPPED = OutcomeUnknownError("the answer broke off", **WHERE)
NOT_PROCESSED = (RateLimitedError(status=429, **WHERE), UnsentRequestError("no connection", **WHERE))


@frozen(kw_only=True)
class Doom:
    """Where and when one process dies.

    Attributes:
        point: the step after which it does.
        chance: that it does when it gets there.
        seconds: after which it does wherever it is, for `ANY_TIME`.
    """

    point: str
    chance: float
    seconds: float


def die() -> None:
    """Stop without a word, like a machine whose plug is pulled."""
    os.kill(os.getpid(), signal.SIGKILL)


def placer(book: OrderBook, ledger: Ledger, fate: Fate, reached=lambda *_: None) -> Placer:
    """The same for those that die and for those that clean up."""
    clock = SystemClock()
    shop = ShopProvider("toy", ledger, clock, fate)
    shop.settling_s = SETTLING_S
    return Placer(book, {"toy": shop}, registry=registry(), clock=clock, sending_s=SENDING_S, reached=reached)


def happening(rng: random.Random, doom: Doom, point: str):
    """What happens at the shop: death, a dropped connection, a refusal before processing, or nothing."""

    def strike():
        if doom.point == point and rng.random() < doom.chance:
            die()
        luck = rng.random()
        if luck < 0.1:
            raise DROPPED
        if luck < 0.15 and point == BEFORE_SALE:
            raise rng.choice(NOT_PROCESSED)

    return strike


async def buy(url: str, ledger: Ledger, references: list[str], rng: random.Random, doom: Doom) -> None:
    """Place every reference, in an order of one's own."""

    def reached(stage: Stage, _reference: str) -> None:
        if doom.point == stage and rng.random() < doom.chance:
            die()

    if doom.point == ANY_TIME:
        asyncio.get_running_loop().call_later(doom.seconds, die)
    fate = Fate(
        before=[happening(rng, doom, BEFORE_SALE)] * 99,
        after=[happening(rng, doom, AFTER_SALE)] * 99,
        looking=[happening(rng, doom, LOOKING)] * 99,
        nameless=rng.random() < NAMELESS,
    )
    async with await OrderBook.open(url) as book:
        mine = placer(book, ledger, fate, reached)
        for reference in rng.sample(references, len(references)):
            with suppress(TaskingHubError):
                await mine.place(an_offer(SystemClock(), reference))


def fork(url: str, ledger: Ledger, references: list[str], seed: int, point: str) -> int:
    """Start a process that is to die at this point; its id."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        rng = random.Random(seed)  # noqa: S311
        doom = Doom(point=point, chance=0.7, seconds=rng.uniform(0.01, 0.12))
        asyncio.run(buy(url, ledger, references, rng, doom))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(url: str, path: str, kills: int, processes: int) -> None:
    """Let processes die until there were enough; prints how many died where, and how many failed."""
    ledger, died, failed, number = Ledger(Path(path)), Counter(), 0, 0
    until = time.monotonic() + 300
    while sum(died.values()) < kills and time.monotonic() < until:
        references = [f"r-{number // processes}-{index}" for index in range(REFERENCES)]
        dooms = {}
        for _ in range(processes):
            point = POINTS[number % len(POINTS)]
            dooms[fork(url, ledger, references, number, point)] = point
            number += 1
        for pid, point in dooms.items():
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            died[point] += code == -signal.SIGKILL
            failed += code not in {0, -signal.SIGKILL}
    print(json.dumps({"died": died, "failed": failed, "references": -(-number // processes) * REFERENCES}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
