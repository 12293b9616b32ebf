"""OpenTelemetry's spans and metrics where its API is installed, else nothing: the only module that imports it.

Attribute names are those of the stable HTTP conventions of OpenTelemetry (semantic conventions 1.23 and later); what
they have no name for begins with `tasking_hub.`. Addresses go without their query.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["DURATION", "OPERATIONS", "ORDERS_PLACED", "ORDERS_UNKNOWN", "OpenTelemetry", "Tracing", "tracing"]

Facts = Mapping[str, str | int]
Note = Callable[[Facts], None]

_SCOPE = "tasking_hub"

DURATION = "http.client.request.duration"
"""Histogram, seconds: each exchange with a provider."""

OPERATIONS = "tasking_hub.operations"
"""Counter: calls of `Hub` by `tasking_hub.operation` and `tasking_hub.outcome`."""

ORDERS_PLACED = "tasking_hub.orders.placed"
"""Counter: purchases that the provider confirmed when they were sent."""

ORDERS_UNKNOWN = "tasking_hub.orders.unknown"
"""Counter: calls that left an order whose outcome nobody knows."""

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300)
"""The conventions' boundaries, and more above them: Planet's searches may take five minutes."""


class Tracing:
    """Spans and metrics that nobody keeps: what is used without OpenTelemetry."""

    @contextmanager
    def span(self, name: str, facts: Facts, *, client: bool = False) -> Generator[Note]:
        """Trace what is done inside; what is known at its end only is noted by the function that is given.

        Args:
            name: of the span.
            facts: its attributes.
            client: it is a request to another server.
        """
        del name, facts, client
        yield _nothing

    def measure(self, seconds: float, facts: Facts) -> None:
        """Record how long an exchange took."""

    def count(self, counter: str, facts: Facts) -> None:
        """Add one to a counter."""


def _nothing(_facts: Facts) -> None:
    """Nobody listens."""


class OpenTelemetry(Tracing):
    """Spans and metrics for whatever the application has set up.

    Args:
        tracer_provider: instead of the application's own.
        meter_provider: instead of the application's own.

    Raises:
        ImportError: its API is not installed.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - an extra, and slow to import

        self._trace = trace
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            DURATION,
            unit="s",
            description="Exchanges with providers",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._counters = {
            OPERATIONS: meter.create_counter(OPERATIONS, unit="{call}", description="Calls of the hub"),
            ORDERS_PLACED: meter.create_counter(ORDERS_PLACED, unit="{order}", description="Confirmed purchases"),
            ORDERS_UNKNOWN: meter.create_counter(ORDERS_UNKNOWN, unit="{order}", description="Unknown outcomes"),
        }

    @contextmanager
    def span(self, name: str, facts: Facts, *, client: bool = False) -> Generator[Note]:
        """Trace what is done inside; an `error.type` among what is noted makes it an error.

        Exceptions are not recorded by themselves: their text may hold what a provider said.
        """
        kind = self._trace.SpanKind.CLIENT if client else self._trace.SpanKind.INTERNAL
        attributes: dict[str, Any] = dict(facts)
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:

            def note(more: Facts) -> None:
                span.set_attributes(dict(more))
                if "error.type" in more:
                    span.set_status(self._trace.StatusCode.ERROR)

            yield note

    def measure(self, seconds: float, facts: Facts) -> None:
        """Record how long an exchange took, within the current span."""
        self._duration.record(seconds, dict(facts))

    def count(self, counter: str, facts: Facts) -> None:
        """Add one to a counter, within the current span."""
        self._counters[counter].add(1, dict(facts))


@cache
def tracing() -> Tracing:
    """OpenTelemetry where its API is installed; asked for once, when the first call is made."""
    try:
        return OpenTelemetry()
    except ImportError:
        return Tracing()
