"""The example service with aiohttp keeps what both services promise."""

from contextlib import asynccontextmanager

from aiohttp.test_utils import TestServer
from service_contract import ServiceContract, load

service = load("service_aiohttp")


class TestService(ServiceContract):
    """Served by aiohttp's own runner, as `web.run_app` would."""

    @asynccontextmanager
    async def running(self, config, clock):
        async with TestServer(service.create_app(config, clock), handler_cancellation=True) as server:
            yield server.make_url("/")
