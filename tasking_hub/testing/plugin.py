"""A pytest fixture for programs that use tasking-hub: `pytest_plugins = ["tasking_hub.testing.plugin"]`.

Needs pytest, pytest-asyncio and the extra "sandbox".
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from tasking_hub.sandbox import Sandbox

__all__ = ["tasking_hub_sandbox"]


@pytest_asyncio.fixture
async def tasking_hub_sandbox() -> AsyncGenerator[Sandbox, None]:
    """A running sandbox of all installed adapters, fresh for each test; its clock starts now, its seed is 0.

    async def test_prices(tasking_hub_sandbox):
        async with Hub.from_config(tasking_hub_sandbox.config, clock=tasking_hub_sandbox.clock) as hub:
            comparison = await hub.compare(request)
    """
    async with Sandbox() as sandbox:
        yield sandbox
