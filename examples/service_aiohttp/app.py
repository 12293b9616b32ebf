"""A service with aiohttp that quotes, orders and follows; it knows no users: put it behind what knows yours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any
from weakref import WeakSet

from aiohttp import web

import tasking_hub as th
from tasking_hub.exact_json import dump_json, load_json
from tasking_hub.geometry import read_geojson
from tasking_hub.health import health_document
from tasking_hub.orders import event_document, order_document
from tasking_hub.orders.documents import read_amount
from tasking_hub.report.documents import quote_document, refusal_document
from tasking_hub.report.reading import read_quote
from tasking_hub.telemetry import correlated

LOG = logging.getLogger("service")
HUB = web.AppKey("hub", th.Hub)
STREAMS = web.AppKey("streams", WeakSet[asyncio.Task[Any]])

STATUSES: tuple[tuple[tuple[type[Exception], ...], int], ...] = (  # the first that fits
    ((th.QuoteChangedError, th.OrderConflictError), 409),
    ((th.SpendingLimitError,), 402),
    ((th.UnknownOrderError, th.ConfigurationError), 404),  # no such order, no such account
    ((th.QuoteRefusedError, th.UnsupportedActionError), 422),
    ((th.InvalidRequestError,), 400),
    ((th.OrderBookError, th.RateLimitedError, th.UnsentRequestError), 503),  # try again, under the same key
    ((th.ResponseError, th.TransportError, th.MalformedResponseError), 502),
)


def answer(document: Any, status: int = 200) -> web.Response:
    return web.json_response(text=dump_json(document), status=status)


@web.middleware
async def typed_errors(request: web.Request, handler: Any) -> Any:
    with correlated(request.headers.get("X-Request-ID")) as correlation:
        try:
            return await handler(request)
        except th.TaskingHubError as error:
            status = next((status for kinds, status in STATUSES if isinstance(error, kinds)), 500)
            return answer({"error": type(error).__name__, "message": str(error), "id": correlation}, status)


@contextmanager
def reading(expected: str) -> Iterator[None]:
    try:
        yield
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        msg = f"expected {expected} ({error})"
        raise th.InvalidRequestError(msg) from error


async def compare(request: web.Request) -> web.Response:
    with reading('{"geometry": {...}, "window": {"start": "...", "end": "..."}}'):
        asked = load_json(await request.text())
        window = th.Window(th.parse_time(asked["window"]["start"]), th.parse_time(asked["window"]["end"]))
        wanted = th.TaskRequest(area=read_geojson(asked["geometry"]), window=window)
    found = await request.app[HUB].compare(wanted)
    quotes = [quote_document(ranked.quote) for ranked in found.quotes]
    return answer({"quotes": quotes, "refusals": [refusal_document(refusal) for refusal in found.refusals]})


async def place(request: web.Request) -> web.Response:
    """Buy a quote that `compare` gave; the same Idempotency-Key is the same order, however often it is sent."""
    with reading('an Idempotency-Key and {"quote": {...}, "max_price": {"amount": "100.00", "currency": "EUR"}}'):
        bought, reference = load_json(await request.text()), request.headers["Idempotency-Key"]
        quote, most = read_quote(bought["quote"], th.Registry()), read_amount(dump_json(bought["max_price"]))
    order = await request.app[HUB].place(quote, max_price=most, reference=reference)
    return answer(order_document(order), 202 if order.state is th.OrderState.UNKNOWN else 201)


async def orders(request: web.Request) -> web.Response:
    hub, reference = request.app[HUB], request.match_info.get("reference")
    if reference is not None:
        return answer(order_document(await hub.order(reference)))
    return answer([order_document(order) async for order in hub.orders()])


async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: after `Last-Event-ID`, or where this reader stopped."""
    with reading("?reader=NAME, and a Last-Event-ID that an event had"):
        reader, last = request.query["reader"], request.headers.get("Last-Event-ID")
        _ = last is None or int(last)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    if (task := asyncio.current_task()) is not None:
        request.app[STREAMS].add(task)
    watch = request.app[HUB].watch(since=last, name=None if last else reader, until_done=False)
    try:
        async with aclosing(watch) as told:
            async for event in told:
                data = dump_json(event_document(event))
                await response.write(f"id: {event.cursor}\nevent: {event.kind}\ndata: {data}\n\n".encode())
    except asyncio.CancelledError:
        if task in request.app[STREAMS]:
            raise  # its reader went away
    except th.TaskingHubError as error:  # too late for another status: its reader comes again
        LOG.exception("a stream broke off")
        await response.write(f"event: broke-off\ndata: {dump_json({'error': type(error).__name__})}\n\n".encode())
    return response


async def hook(request: web.Request) -> web.Response:
    await request.app[HUB].receive(request.match_info["account"], request.headers, await request.read())
    return web.Response(status=204)


async def health(request: web.Request) -> web.Response:
    found = await request.app[HUB].health()
    return answer(health_document(found), 200 if found.ok else 503)


async def follow(hub: th.Hub) -> None:
    while True:  # a broken watch begins again where it stopped
        try:
            async for event in hub.watch(name="service", until_done=False):
                LOG.info("order %s at %s: %s", event.reference, event.account, event.kind)
        except th.TaskingHubError:
            LOG.exception("the watch broke off")
        await asyncio.sleep(5)


def create_app(config: Any = None, clock: th.Clock | None = None) -> web.Application:
    async def end_streams(app: web.Application) -> None:
        for stream in [*app[STREAMS]]:
            app[STREAMS].discard(stream)
            stream.cancel()

    async def lifespan(app: web.Application) -> AsyncIterator[None]:
        async with th.Hub.from_config(config, clock=clock) as app[HUB]:
            await app[HUB].recover()  # before anybody orders: what an earlier process left unanswered
            watch = asyncio.create_task(follow(app[HUB]))
            yield
            watch.cancel()
            await asyncio.wait([watch])

    app = web.Application(middlewares=[typed_errors])
    app[STREAMS] = WeakSet()
    app.add_routes([web.post("/comparisons", compare), web.post("/orders", place), web.post("/hooks/{account}", hook)])
    app.add_routes([web.get("/orders", orders), web.get("/orders/{reference}", orders)])
    app.add_routes([web.get("/events", events), web.get("/health", health)])
    app.on_shutdown.append(end_streams)
    app.cleanup_ctx.append(lifespan)
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    web.run_app(create_app(), host="127.0.0.1", handler_cancellation=True)
