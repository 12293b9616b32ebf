"""What is told of the work: log records, spans and measurements, one id for a call, and never a secret."""

import asyncio
import logging
import sys
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from shapely import box

from tasking_hub import (
    HttpRequest,
    Hub,
    OrderState,
    OutcomeUnknownError,
    Secret,
    TaskingHubError,
    TaskRequest,
    UnsentRequestError,
    Window,
    exchanges,
    telemetry,
)
from tasking_hub.auth import StaticAuth
from tasking_hub.channel import Channel, Route
from tasking_hub.exchanges import LOGGER, observed
from tasking_hub.messages import HttpResponse, read_json_error
from tasking_hub.models import Order
from tasking_hub.pacing import LocalPacer, Pace
from tasking_hub.patience import Retry
from tasking_hub.sandbox import Fault, FaultKind, Sandbox, SandboxClock
from tasking_hub.streaming import Streamed, Streamer
from tasking_hub.telemetry import CorrelationFilter, correlated, correlation_id, count_stage
from tasking_hub.testing import FakeTransport
from tasking_hub.tracing import DURATION, OPERATIONS, ORDERS_PLACED, ORDERS_UNKNOWN, OpenTelemetry, Tracing, tracing

HOST = "https://api.invalid"
KEY = "hush-hush-0123456789"
GET = HttpRequest(method="GET", url=f"{HOST}/prices", query=(("token", KEY),), repeatable=True)
POST = HttpRequest(method="POST", url=f"{HOST}/orders?key={KEY}", json={"secret": KEY}, repeatable=False)
WHERE = {"method": "GET", "url": f"{HOST}/prices"}


class Told:
    """An account's transport that gives answers in turn (the last one for ever), and a channel over it."""

    def __init__(self, clock, *answers):
        left = list(answers)
        fake = FakeTransport(lambda _: left.pop(0) if len(left) > 1 else left[0])
        self.transport = observed(fake, account="spring", provider="toy", clock=clock)
        self.channel = Channel(
            Route(urls=(HOST,), pace=Pace(), pace_key="k", read_error=read_json_error),
            transport=self.transport,
            auth=StaticAuth({"Authorization": Secret(KEY)}),
            pacer=LocalPacer(clock),
            clock=clock,
            retry=Retry(),
        )

    async def send(self, request):
        with suppress(TaskingHubError):
            await self.channel.send(request)


def answer(status):
    return HttpResponse(status=status, body=f'{{"message": "no, {KEY}"}}'.encode())


@pytest.fixture
def records(caplog):
    """What the logger of exchanges was told."""
    caplog.set_level(logging.DEBUG)
    return lambda: [record for record in caplog.records if record.name == LOGGER]


class Heard:
    """Spans and metrics, as an application that set OpenTelemetry up would export them."""

    def __init__(self):
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.tracing = OpenTelemetry(tracers, MeterProvider([self._reader]))

    @property
    def spans(self):
        return self._spans.get_finished_spans()

    def points(self, name):
        """The measured points of one metric."""
        data = self._reader.get_metrics_data()
        found = [] if data is None else data.resource_metrics
        metrics = [metric for resource in found for scope in resource.scope_metrics for metric in scope.metrics]
        return [point for metric in metrics if metric.name == name for point in metric.data.data_points]


@pytest.fixture
def heard(monkeypatch):
    """What OpenTelemetry is told."""
    heard = Heard()
    for module in (telemetry, exchanges):
        monkeypatch.setattr(module, "tracing", lambda: heard.tracing)
    return heard


# --- Records -----------------------------------------------------------------------------------------


async def test_an_exchange_is_a_record_with_fields(clock, records):
    """Who asked whom for what, what came of it, how long it took, in fields that a formatter can name."""
    with correlated("request-7"):
        await Told(clock, answer(200)).send(GET)

    (record,) = records()
    assert record.levelno == logging.DEBUG
    assert (record.account, record.provider, record.correlation_id) == ("spring", "toy", "request-7")
    assert (record.method, record.host, record.path) == ("GET", "api.invalid", "/prices")
    assert (record.status, record.error, record.attempt) == (200, None, 1)
    assert 0 <= record.duration_ms < 60_000
    assert record.getMessage().startswith("GET api.invalid/prices: 200 in ")


async def test_each_attempt_is_told(clock, records):
    """What is sent again is counted; what went wrong is told louder than what went well."""
    lost = OutcomeUnknownError("no answer", **WHERE)
    await Told(clock, answer(503), lost, answer(200)).send(GET)

    assert [record.attempt for record in records()] == [1, 2, 3]
    assert [record.status or record.error for record in records()] == [503, "OutcomeUnknownError", 200]
    assert [record.levelname for record in records()] == ["INFO", "INFO", "DEBUG"]


async def test_no_record_holds_a_secret(clock, records):
    """Neither headers nor queries nor bodies are anywhere in a record, whatever the answer."""
    for status in (200, 302, 400, 401, 403, 404, 429, 500):
        await Told(clock, answer(status)).send(POST)

    assert len(records()) >= 8
    assert [record for record in records() if KEY in repr(vars(record)) or "?" in record.path] == []


async def test_a_cancelled_exchange_is_told_and_is_no_failure_of_the_account(clock, records):
    """Whoever gives up says nothing about the provider."""

    class Silent:
        async def send(self, request):
            await asyncio.Event().wait()

    transport = observed(Silent(), account="spring", provider="toy", clock=clock)
    task = asyncio.create_task(transport.send(GET))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [record.error for record in records()] == ["CancelledError"]
    assert transport.health().last_failure_at is None


# --- Streams -----------------------------------------------------------------------------------------


async def test_a_streamed_answer_is_told_when_it_begins(clock, records):
    """The record of a file is there before its first piece is read."""

    class Streaming(FakeTransport):
        @asynccontextmanager
        async def stream(self, request):
            async def pieces():
                yield b"piece"

            yield Streamed(head=answer(206), chunks=pieces())

    transport = observed(Streaming(lambda _: answer(200)), account="spring", provider="toy", clock=clock)
    async with transport.stream(GET) as streamed:
        assert [record.status for record in records()] == [206]
        assert [piece async for piece in streamed.chunks] == [b"piece"]


def test_only_what_can_stream_says_that_it_can(clock):
    """A wrapped transport promises no more than the one within."""
    assert not isinstance(
        observed(FakeTransport(lambda _: answer(200)), account="a", provider="p", clock=clock), Streamer
    )


# --- Ids ---------------------------------------------------------------------------------------------


def test_an_id_holds_inside_and_no_longer():
    """A given id wins, an inner call keeps the outer one's, and nothing is left behind."""
    with correlated("outer") as outer, correlated() as inner:
        seen = correlation_id()

    assert (outer, inner, seen, correlation_id()) == ("outer", "outer", "outer", None)


@given(st.text())
def test_no_id_breaks_a_log_line(given_id):
    """Whatever a client sends as its id, what is logged is one visible word of bounded length."""
    with correlated(given_id) as used:
        assert used.isascii()
        assert used.isprintable()
        assert " " not in used
        assert 1 <= len(used) <= 128


def test_every_record_can_have_an_id():
    """A handler with the filter may name the id in its format, also for records of others."""
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", (), None)
    with correlated("request-7"):
        passed = CorrelationFilter().filter(record)
    outside = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", (), None)
    CorrelationFilter().filter(outside)

    assert passed
    assert (record.correlation_id, outside.correlation_id) == ("request-7", "-")


# --- OpenTelemetry -----------------------------------------------------------------------------------


async def test_an_exchange_is_a_client_span(clock, heard):
    """Its attributes are those of the HTTP conventions, without a query."""
    with correlated("request-7"):
        await Told(clock, answer(503), answer(200)).send(GET)

    failed, went_well = heard.spans
    assert (failed.name, failed.kind, failed.status.status_code) == ("GET", SpanKind.CLIENT, StatusCode.ERROR)
    assert dict(failed.attributes) == {
        "http.request.method": "GET",
        "url.full": f"{HOST}/prices",
        "server.address": "api.invalid",
        "server.port": 443,
        "http.response.status_code": 503,
        "error.type": "503",
        "tasking_hub.account": "spring",
        "tasking_hub.provider": "toy",
        "tasking_hub.correlation_id": "request-7",
    }
    assert went_well.attributes["http.request.resend_count"] == 1
    assert went_well.status.status_code is StatusCode.UNSET


async def test_spans_and_metrics_hold_no_secret(clock, heard):
    """Neither headers nor queries nor bodies are told, whatever the answer."""
    lost = UnsentRequestError("no connection", **WHERE)
    for last in (answer(200), answer(401), answer(500), lost):
        await Told(clock, last).send(POST)

    told = [span.to_json() for span in heard.spans] + [repr(point) for point in heard.points(DURATION)]
    assert len(told) >= 8
    assert [text for text in told if KEY in text] == []


async def test_durations_are_measured_by_outcome(clock, heard):
    """One point for each kind of answer, in seconds."""
    await Told(clock, answer(503), UnsentRequestError("no", **WHERE), answer(200)).send(GET)

    points = {(dict(point.attributes).get("error.type"), point.count) for point in heard.points(DURATION)}
    assert points == {("503", 1), ("UnsentRequestError", 1), (None, 1)}
    assert max(point.sum for point in heard.points(DURATION)) < 60


async def test_calls_are_spans_and_counted(heard):
    """A call's span says what came of it: an order's state, an error's name, or that it is done."""
    unknown = Order(account="spring", provider="toy", id=None, reference="r", state=OrderState.UNKNOWN)

    @telemetry.operation("place")
    async def place(result):
        if isinstance(result, Exception):
            raise result
        return result

    await place(unknown)
    await place("anything")
    with pytest.raises(UnsentRequestError):
        await place(UnsentRequestError("no connection", **WHERE))
    count_stage("recorded", "r")
    count_stage("marked", "r")

    outcomes = ["unknown", "done", "UnsentRequestError"]
    assert [span.name for span in heard.spans] == ["tasking_hub.place"] * 3
    assert [span.attributes["tasking_hub.outcome"] for span in heard.spans] == outcomes
    assert {point.attributes["tasking_hub.outcome"] for point in heard.points(OPERATIONS)} == set(outcomes)
    assert [point.value for point in heard.points(ORDERS_UNKNOWN)] == [1]
    assert [point.value for point in heard.points(ORDERS_PLACED)] == [1]


async def test_a_stream_has_one_id_which_its_reader_does_not(heard):
    """Everything that it does is under one id, whoever's steps it runs in; between two items there is none."""
    inside = []

    async def child():
        inside.append(correlation_id())

    @telemetry.stream("watch")
    async def watch(error=None):
        for number in range(3):
            await asyncio.create_task(child())
            yield number
        if error:
            raise error

    outside = [correlation_id() async for _ in watch()]
    async with aclosing(watch()) as events:
        await asyncio.gather(anext(events))
        await anext(events)
    with correlated("mine"), pytest.raises(UnsentRequestError):
        assert [number async for number in watch(UnsentRequestError("no connection", **WHERE))] == []

    assert outside == [None] * 3
    assert [len(set(inside[first:last])) for first, last in ((0, 3), (3, 5), (5, 8))] == [1, 1, 1]
    assert len(set(inside)) == 3
    assert set(inside[5:]) == {"mine"}
    points = {point.attributes["tasking_hub.outcome"]: point.value for point in heard.points(OPERATIONS)}
    assert points == {"done": 2, "UnsentRequestError": 1}


UNTOLD = {"from_config", "health", "provider", "compare_many"}
"""Public names of a hub that are no call of a provider, or many calls."""


def test_every_call_of_a_hub_has_an_id():
    """Each public call is wrapped under its own name."""
    names = [name for name in dir(Hub) if not name.startswith("_") and name not in UNTOLD]

    assert len(names) >= 20
    assert [name for name in names if not hasattr(getattr(Hub, name), "__wrapped__")] == []
    assert {getattr(Hub, name).__wrapped__.__name__ for name in names} == set(names)


async def test_without_the_api_nothing_is_traced_and_all_works(clock, monkeypatch):
    """OpenTelemetry is an extra: where it is missing, exchanges and calls go on."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    silent = tracing.__wrapped__()
    for module in (telemetry, exchanges):
        monkeypatch.setattr(module, "tracing", lambda: silent)
    told = Told(clock, answer(200))
    await told.send(GET)
    count_stage("recorded", "r")

    assert type(silent) is Tracing
    assert told.transport.health().last_success_at == clock.now()


def test_with_the_api_the_applications_own_setup_is_used():
    """OpenTelemetry is asked for once."""
    assert isinstance(tracing(), OpenTelemetry)
    assert tracing() is tracing()


# --- The whole hub -----------------------------------------------------------------------------------

AREA = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
SECRETS = ("api_key", "client_id", "client_secret")


async def test_a_hub_tells_all_and_no_secret(caplog, heard):
    """From comparing to a lost order: each call under one id, each exchange in its call's trace, no credential told."""
    caplog.set_level(logging.DEBUG, logger="tasking_hub")
    clock = SandboxClock(speed=50.0)
    async with Sandbox(seed=3, clock=clock) as sandbox, Hub.from_config(sandbox.config, clock=clock) as hub:
        request = TaskRequest(
            area=AREA, window=Window(clock.now() + timedelta(days=2), clock.now() + timedelta(days=6)), reference="told"
        )
        comparison = await hub.compare(request, quotes_per_product=1)
        bought = next(ranked.quote for ranked in comparison.quotes if ranked.quote.opportunity.account == "airbus")
        sandbox.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="*/orders", times=1))
        order = await hub.place(bought)
        health = await hub.health()
        accounts = sandbox.config["accounts"].values()

    secrets = [account[name] for account in accounts for name in SECRETS if account.get(name)]
    exchanges = [record for record in caplog.records if record.name == LOGGER]
    told = [repr(vars(record)) for record in caplog.records] + [span.to_json() for span in heard.spans]
    calls = {span.name: span for span in heard.spans if span.name.startswith("tasking_hub.")}
    traced = {span.context.trace_id for span in heard.spans if span.kind is SpanKind.CLIENT}
    assert len(secrets) >= 3
    assert [text for text in told if any(str(secret) in text for secret in secrets)] == []
    assert {"airbus", "iceye"} <= {record.account for record in exchanges}
    assert len({record.correlation_id for record in exchanges}) == 2
    assert {"tasking_hub.compare", "tasking_hub.place"} == set(calls)
    assert traced == {span.context.trace_id for span in calls.values()}
    assert order.state is OrderState.UNKNOWN
    assert health.order_book.unknown == 1
    assert {account.account: account.last_failure for account in health.accounts}["airbus"] == "OutcomeUnknownError"
    assert asdict(health)["accounts"][0]["last_success_at"] is not None
