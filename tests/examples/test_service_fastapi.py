"""The example service with FastAPI keeps what both services promise."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import uvicorn
from service_contract import ServiceContract, load

service = load("service_fastapi")


class TestService(ServiceContract):
    """Served by uvicorn, as the example itself is."""

    @asynccontextmanager
    async def running(self, config, clock):
        app = service.create_app(config, clock)
        settings = uvicorn.Config(app, port=0, ws="none", log_config=None, timeout_graceful_shutdown=20)
        server = service.Server(settings)
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task


async def test_what_is_missing_is_named():
    """FastAPI itself refuses a body without a price limit, before the hub is asked for anything."""
    app = service.create_app({})
    app.state.hub = None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.invalid") as client:
        answer = await client.post("/orders", json={"quote": {}}, headers={"Idempotency-Key": "x"})

    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", "max_price"]]
