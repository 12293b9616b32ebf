"""A service with FastAPI that quotes, orders and follows; it knows no users: put it behind what knows yours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel

import tasking_hub as th
from tasking_hub.exact_json import dump_json
from tasking_hub.geometry import read_geojson
from tasking_hub.health import health_document
from tasking_hub.orders import event_document, order_document
from tasking_hub.report.documents import quote_document, refusal_document
from tasking_hub.report.reading import read_quote
from tasking_hub.telemetry import correlated, correlation_id

LOG = logging.getLogger("service")
ROUTES = APIRouter()
STATUSES: tuple[tuple[tuple[type[Exception], ...], int], ...] = (  # the first that fits
    ((th.QuoteChangedError, th.OrderConflictError), 409),
    ((th.SpendingLimitError,), 402),
    ((th.UnknownOrderError, th.ConfigurationError), 404),  # no such order, no such account
    ((th.QuoteRefusedError, th.UnsupportedActionError), 422),
    ((th.InvalidRequestError,), 400),
    ((th.OrderBookError, th.RateLimitedError, th.UnsentRequestError), 503),  # try again, under the same key
    ((th.ResponseError, th.TransportError, th.MalformedResponseError), 502),
)


class Price(BaseModel):
    amount: Decimal
    currency: str


def opened(request: Request) -> th.Hub:
    hub: th.Hub = request.app.state.hub
    return hub


Hub = Annotated[th.Hub, Depends(opened)]
Json = Annotated[dict[str, Any], Body()]
Cursor = Annotated[str | None, Header(pattern="^[0-9]+$")]
Times = Annotated[dict[Literal["start", "end"], AwareDatetime], Body(min_length=2)]


def answer(document: Any, status: int = 200) -> Response:
    return Response(dump_json(document), status, media_type="application/json")


@ROUTES.post("/comparisons")
async def compare(geometry: Json, window: Times, hub: Hub) -> Response:
    span = th.Window(window["start"], window["end"])
    found = await hub.compare(th.TaskRequest(area=read_geojson(geometry), window=span))
    quotes = [quote_document(ranked.quote) for ranked in found.quotes]
    return answer({"quotes": quotes, "refusals": [refusal_document(refusal) for refusal in found.refusals]})


@ROUTES.post("/orders")
async def place(quote: Json, max_price: Price, idempotency_key: Annotated[str, Header()], hub: Hub) -> Response:
    """Buy a quote that `compare` gave; the same Idempotency-Key is the same order, however often it is sent."""
    most = th.Money(max_price.amount, max_price.currency)
    order = await hub.place(read_quote(quote, th.Registry()), max_price=most, reference=idempotency_key)
    return answer(order_document(order), 202 if order.state is th.OrderState.UNKNOWN else 201)


@ROUTES.get("/orders")
async def orders(hub: Hub) -> Response:
    return answer([order_document(order) async for order in hub.orders()])


@ROUTES.get("/orders/{reference}")
async def show(reference: str, hub: Hub) -> Response:
    return answer(order_document(await hub.order(reference)))


@ROUTES.get("/events")
async def events(reader: str, request: Request, hub: Hub, last_event_id: Cursor = None) -> Response:
    """Server-sent events: after `Last-Event-ID`, or where this reader stopped."""
    watch = hub.watch(since=last_event_id, name=None if last_event_id else reader, until_done=False)

    async def lines() -> AsyncIterator[str]:
        async with aclosing(watch) as told:
            try:
                while (event := await unless(request.app.state.ending, anext(told))) is not None:
                    yield f"id: {event.cursor}\nevent: {event.kind}\ndata: {dump_json(event_document(event))}\n\n"
            except th.TaskingHubError as error:  # too late for another status: its reader comes again
                LOG.exception("a stream broke off")
                yield f"event: broke-off\ndata: {dump_json({'error': type(error).__name__})}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def unless(ending: asyncio.Event, coming: Any) -> Any:
    """What comes, or None where the service ends before it does."""
    tasks = asyncio.ensure_future(coming), asyncio.ensure_future(ending.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # the stream is not closed while it is asked


@ROUTES.post("/hooks/{account}")
async def hook(account: str, request: Request, hub: Hub) -> Response:
    await hub.receive(account, request.headers, await request.body())
    return Response(status_code=204)


@ROUTES.get("/health")
async def health(hub: Hub) -> Response:
    found = await hub.health()
    return answer(health_document(found), 200 if found.ok else 503)


async def follow(hub: th.Hub) -> None:
    while True:  # a broken watch begins again where it stopped
        try:
            async for event in hub.watch(name="service", until_done=False):
                LOG.info("order %s at %s: %s", event.reference, event.account, event.kind)
        except th.TaskingHubError:
            LOG.exception("the watch broke off")
        await asyncio.sleep(5)


async def refused(_request: Request, error: Exception) -> Response:
    status = next((status for kinds, status in STATUSES if isinstance(error, kinds)), 500)
    return answer({"error": type(error).__name__, "message": str(error), "id": correlation_id()}, status)


async def correlate(request: Request, handler: Callable[[Request], Awaitable[Response]]) -> Response:
    with correlated(request.headers.get("X-Request-ID")):
        return await handler(request)


def create_app(config: Any = None, clock: th.Clock | None = None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.ending = asyncio.Event()
        async with th.Hub.from_config(config, clock=clock) as app.state.hub:
            await app.state.hub.recover()  # before anybody orders: what an earlier process left unanswered
            watch = asyncio.create_task(follow(app.state.hub))
            yield
            watch.cancel()
            await asyncio.wait([watch])

    app = FastAPI(lifespan=lifespan, exception_handlers={th.TaskingHubError: refused})
    app.middleware("http")(correlate)
    app.include_router(ROUTES)
    return app


class Server(uvicorn.Server):
    """Ends the streams of events first: they would never end by themselves, and uvicorn waits for every answer."""

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """End what has no end, then wait for the rest."""
        app: Any = self.config.app
        app.state.ending.set()
        await super().shutdown(sockets)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    Server(uvicorn.Config(create_app(), timeout_graceful_shutdown=5)).run()
