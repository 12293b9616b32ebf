"""How files are fetched, and what became of them: values, no I/O."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from attrs import field, frozen

from tasking_hub.clock import Clock, SystemClock
from tasking_hub.errors import TaskingHubError
from tasking_hub.models import Deliverable
from tasking_hub.patience import Retry
from tasking_hub.streaming import Streamer

__all__ = ["Collected", "Courier", "Progress", "ProgressOfEach", "Renew"]

Renew = Callable[[Deliverable], Awaitable[Deliverable]]
"""Asks the provider for a new link to the same file."""

Progress = Callable[[int, int | None], None]
"""Hears how many bytes are there, and of how many, or None where nobody knows; called on the event loop."""

ProgressOfEach = Callable[[Deliverable, int, int | None], None]
"""The same of several files."""


@frozen(kw_only=True)
class Courier:
    """How files are fetched.

    Attributes:
        transport: sends without credentials, to any host.
        account: sends with the account's credentials, to its own hosts alone; for links that say they need them.
        renew: asks for a new link when one has expired or is refused with 401, 403 or 410; None where there is no way.
        clock: what time it is; pauses are slept on it.
        retry: how often and how long is tried without getting any further.
        rng: where jitter comes from.
        timeout_s: seconds that an answer may take to begin, and each piece of it to follow.
    """

    transport: Streamer
    account: Streamer | None = None
    renew: Renew | None = None
    clock: Clock = field(factory=SystemClock)
    retry: Retry = field(factory=Retry)
    rng: random.Random = field(factory=random.Random)
    timeout_s: float = 60.0


@frozen(kw_only=True)
class Collected:
    """What became of one of several files.

    Attributes:
        deliverable: the file.
        path: where it is, or None.
        error: why it is nowhere, or None.
    """

    deliverable: Deliverable
    path: Path | None = None
    error: TaskingHubError | None = None
