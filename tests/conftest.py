"""What every test may use: a clock that stands still, mocked HTTP, and no way out to the network."""

import inspect
import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import aiohttp
import aioresponses.core
import pytest
from aiohttp.client_proto import ResponseHandler

from tasking_hub.clock import ManualClock

_resolve = socket.getaddrinfo
_connect = socket.socket.connect


class MockedResponse(aiohttp.ClientResponse):
    """A response that aioresponses 0.7.9 can build with aiohttp 3.14 (pnuckowski/aioresponses#289)."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **kwargs)


def _unlimited_reader(loop=None):
    """A reader that never asks its protocol to pause: the mocked one has no parser (#292)."""
    return aiohttp.StreamReader(ResponseHandler(loop=loop), limit=2**62, loop=loop)


@pytest.fixture
def mocked(monkeypatch) -> Iterator[aioresponses.aioresponses]:
    """Every aiohttp session answers from what the test registers here; nothing else is answered."""
    if "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters:
        monkeypatch.setattr(aioresponses.core, "ClientResponse", MockedResponse)
        monkeypatch.setattr(aioresponses.core, "stream_reader_factory", _unlimited_reader)
    with aioresponses.aioresponses() as mock:
        yield mock


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-11-21T09:00:00Z until it is told otherwise; sleeping moves it at once."""
    return ManualClock(datetime(2026, 11, 21, 9, tzinfo=UTC))


def _is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded_connect(self, address):
    if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
        pytest.fail(f"a test tried to connect to {address}")
    return _connect(self, address)


def _guarded_resolve(host, *args, **kwargs):
    if _is_loopback(host):
        return _resolve(host, *args, **kwargs)
    if str(host).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return pytest.fail(f"a test tried to resolve {host}")


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory) -> Iterator[None]:
    """No test reads the configuration of whoever runs it, nor leaves a provider's ban in their pace file."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name))
        patch.delenv("TASKING_HUB_CONFIG", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only the loopback interface can be reached; names under .invalid do not resolve (RFC 6761)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded_connect)
        patch.setattr(socket, "getaddrinfo", _guarded_resolve)
        yield
