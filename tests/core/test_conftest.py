"""The test suite's own tools keep their promises."""

import socket

import aiohttp
import aioresponses.core
import platformdirs
import pytest

URL = "https://provider.invalid/x"


async def test_mocked_requests_are_answered(mocked):
    """A registered address answers through an ordinary session, also with a body above 64 kB."""
    mocked.get(URL, body="x" * 100_000, headers={"Retry-After": "1"})

    async with aiohttp.ClientSession() as session, session.get(URL) as response:
        body = await response.text()

    assert (response.status, response.headers["Retry-After"], len(body)) == (200, "1", 100_000)


async def test_aioresponses_still_needs_the_shim(mocked, monkeypatch):
    """Once this fails, a fixed aioresponses is out: delete MockedResponse and its companions from conftest.py."""
    mocked.get(URL)
    monkeypatch.setattr(aioresponses.core, "ClientResponse", aiohttp.ClientResponse)

    async with aiohttp.ClientSession() as session:
        with pytest.raises(TypeError, match="stream_writer"):
            await session.get(URL)


async def test_clock_stands_still_until_told(clock):
    """The shared clock starts at its fixed moment and moves by sleeping only."""
    before = clock.now().isoformat()
    await clock.sleep(60)

    assert (before, clock.now().isoformat(), clock.slept) == (
        "2026-11-21T09:00:00+00:00",
        "2026-11-21T09:01:00+00:00",
        [60],
    )


@pytest.mark.parametrize("url", ["http://203.0.113.1/", "http://example.com/"])
async def test_real_network_is_out_of_reach(url):
    """Neither an address nor a name outside the machine can be reached, and the attempt fails the test."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(pytest.fail.Exception, match="a test tried to"):
            await session.get(url)


def test_invalid_names_do_not_resolve():
    """A name under .invalid is a DNS failure on every machine."""
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("provider.invalid", 443)


def test_state_and_configuration_are_the_tests_own(tmp_path_factory):
    """What is shared between the processes of a machine is not shared with the tests."""
    places = [platformdirs.user_state_path("tasking-hub"), platformdirs.user_config_path("tasking-hub")]

    assert all(place.is_relative_to(tmp_path_factory.getbasetemp()) for place in places)
