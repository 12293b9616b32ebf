"""One at a time: among tasks, among processes, and after a process that died."""

import asyncio
import os
import subprocess
import sys

from tasking_hub.clock import SystemClock
from tasking_hub.collect.locks import _let_go, _taken, alone

HOLD = """
import asyncio, sys
from pathlib import Path
from tasking_hub.clock import SystemClock
from tasking_hub.collect.locks import alone

async def hold():
    async with alone(Path(sys.argv[1]), SystemClock()):
        print("held", flush=True)
        sys.stdin.read()

asyncio.run(hold())
"""


async def test_tasks_take_turns(tmp_path, clock):
    """Whoever comes while it is held waits; in the end the file is gone."""
    inside, most = 0, 0

    async def work():
        nonlocal inside, most
        async with alone(tmp_path / "lock", clock):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))

    assert (most, list(tmp_path.iterdir())) == (1, [])


def test_a_file_that_was_removed_is_no_lock(tmp_path, monkeypatch):
    """Whoever opened it before its holder removed it has locked nothing that others see, and opens it again."""
    path = tmp_path / "lock"
    held, stale = _taken(path), os.open(path, os.O_RDWR)
    _let_go(path, held)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", lambda *_: stale)
        before = _taken(path)
    after = _taken(path)
    _let_go(path, after)

    assert (before, after is None) == (None, False)


async def test_a_dead_process_lets_go(tmp_path):
    """Another process holds it; killed, it holds nothing, though its file stays."""
    path = tmp_path / "lock"
    with subprocess.Popen(  # noqa: ASYNC220, S603 - our own script
        [sys.executable, "-P", "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        said = holder.stdout.readline()
        entering = asyncio.create_task(_enter(path))
        await asyncio.wait([entering], timeout=0.05)
        waited = not entering.done()
        holder.kill()
    await entering

    assert (said, waited, path.exists()) == (b"held\n", True, False)


async def _enter(path):
    async with alone(path, SystemClock()):
        pass
