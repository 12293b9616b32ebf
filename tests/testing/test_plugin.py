"""The fixture that users' own suites get."""

import kiosk

from tasking_hub.sandbox import server

pytest_plugins = ["pytester"]

SUITE = """
import aiohttp
import pytest

pytest_plugins = ["tasking_hub.testing.plugin"]

@pytest.mark.asyncio
async def test_it_runs(tasking_hub_sandbox):
    async with aiohttp.ClientSession() as session, session.get(f"{tasking_hub_sandbox.url}/_sandbox/") as answer:
        assert answer.status == 200
    assert set(tasking_hub_sandbox.config["accounts"]) == {"kiosk"}

@pytest.mark.asyncio
async def test_it_is_fresh(tasking_hub_sandbox):
    assert tasking_hub_sandbox.requests == ()
"""


def test_the_fixture_gives_a_running_sandbox(pytester, monkeypatch):
    """Named in `pytest_plugins`, it gives each test a sandbox of its own, in pytest-asyncio's strict mode too."""
    monkeypatch.setattr(server, "Registry", kiosk.registry)
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")

    result.assert_outcomes(passed=2)
