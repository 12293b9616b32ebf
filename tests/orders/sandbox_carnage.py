"""Processes that buy at the sandbox's three providers over sockets and are killed in the middle of it.

Run by `test_sandbox_carnage`. One process imports everything and forks the others.
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
from datetime import timedelta
from typing import Any

from attrs import frozen
from orders.carnage import Doom, die

from tasking_hub import Hub, Registry, TaskingHubError, desk, parse_time
from tasking_hub.messages import HttpRequest, HttpResponse
from tasking_hub.orders import Stage
from tasking_hub.report.reading import read_quote
from tasking_hub.sandbox import SandboxClock
from tasking_hub.transport import AiohttpTransport

BEFORE_SENDING, AFTER_ANSWER, ANY_TIME = "before-sending", "after-answer", "any-time"
POINTS = [*(stage.value for stage in Stage), BEFORE_SENDING, AFTER_ANSWER, ANY_TIME]
ORDERING = ("/orders", "/tasks", "/orders/")
"""How the addresses end that orders are sent to."""


@frozen(kw_only=True)
class Scene:
    """What every process is told.

    Attributes:
        config: of the hub.
        quotes: documents of what is to be bought, each under references of its own.
        speed: of the sandbox's clock.
        began_s: real seconds since the epoch.
        began_at: what the sandbox's clock said then.
    """

    config: dict[str, Any]
    quotes: list[dict[str, Any]]
    speed: float
    began_s: float
    began_at: str

    def clock(self) -> SandboxClock:
        """The sandbox's clock as a process of its own can have it."""
        passed = timedelta(seconds=(time.time() - self.began_s) * self.speed)
        return SandboxClock(parse_time(self.began_at) + passed, speed=self.speed)


class DoomedTransport(AiohttpTransport):
    """Dies beside the one request that buys."""

    def __init__(self, at: Any) -> None:
        super().__init__()
        self._at = at

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Exchange one request for one answer, if it comes to that."""
        buys = not request.repeatable and request.url.endswith(ORDERING)
        if buys:
            self._at(BEFORE_SENDING)
        response = await super().send(request)
        if buys:
            self._at(AFTER_ANSWER)
        return response


async def buy(scene: Scene, generation: int, rng: random.Random, doom: Doom) -> None:
    """Buy every quote under this generation's references, in an order of one's own."""

    def reached(point: str, _reference: str = "") -> None:
        if doom.point == point and rng.random() < doom.chance:
            die()

    desk.count_stage = reached
    if doom.point == ANY_TIME:
        asyncio.get_running_loop().call_later(doom.seconds, die)
    registry = Registry()
    async with (
        DoomedTransport(reached) as transport,
        Hub.from_config(scene.config, transport=transport, clock=scene.clock()) as hub,
    ):
        for number in rng.sample(range(len(scene.quotes)), len(scene.quotes)):
            quote = read_quote(scene.quotes[number], registry)
            with suppress(TaskingHubError):
                await hub.place(quote, max_drift=50, reference=f"c-{generation}-{number}")


def fork(scene: Scene, generation: int, seed: int, point: str) -> int:
    """Start a process that is to die at this point; its id."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        rng = random.Random(seed)  # noqa: S311
        asyncio.run(buy(scene, generation, rng, Doom(point=point, chance=0.5, seconds=rng.uniform(0.05, 0.6))))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(kills: int, processes: int) -> None:
    """Let processes die until there were enough; the scene comes in on standard input, the report goes out."""
    scene = Scene(**json.load(sys.stdin))
    died, failed, number = Counter[str](), 0, 0
    until = time.monotonic() + 120
    while (sum(died.values()) < kills or set(died) != set(POINTS)) and time.monotonic() < until:
        dooms = {}
        for _ in range(processes):
            point = POINTS[number % len(POINTS)]
            dooms[fork(scene, number // processes, number, point)] = point
            number += 1
        for pid, point in dooms.items():
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            died[point] += code == -signal.SIGKILL
            failed += code not in {0, -signal.SIGKILL}
        died = +died
    print(json.dumps({"died": died, "failed": failed, "generations": number // processes}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
