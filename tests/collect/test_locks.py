"""One at a time: among tasks, among processes, and after a process that died."""

import asyncio
import subprocess
import sys

from tasking_hub.clock import SystemClock
from tasking_hub.collect.locks import alone

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
