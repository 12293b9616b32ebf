"""One at a time over all tasks and processes of a machine, by a file that the operating system locks."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tasking_hub.clock import Clock

__all__ = ["alone"]

POLL_S = 0.2

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@asynccontextmanager
async def alone(path: Path, clock: Clock) -> AsyncGenerator[None, None]:
    """Wait until nobody else holds this file, hold it, and remove it at the end; a process that dies lets go.

    Raises:
        OSError: the file cannot be made.
    """
    while (held := _taken(path)) is None:
        await clock.sleep(POLL_S)
    try:
        yield
    finally:
        _let_go(path, held)


def _taken(path: Path) -> int | None:
    """The open, locked file, or None where somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(descriptor)
        # Whoever held it before has removed it: it is the file of that name that counts.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, PermissionError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _let_go(path: Path, descriptor: int) -> None:
    # Windows removes no open file: there it stays, which does no harm.
    with suppress(OSError):
        path.unlink()
    os.close(descriptor)
