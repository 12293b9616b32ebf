"""What stands in the cells of a table for people: short words, times in UTC, and nothing that a terminal obeys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from tasking_hub.angles import Range
from tasking_hub.geometry import area_km2, distance_km
from tasking_hub.models import (
    Adjustment,
    AdjustmentKind,
    Comparison,
    Opportunity,
    OpportunityKind,
    Quote,
    RankedQuote,
    Refusal,
    TaskRequest,
    Window,
)
from tasking_hub.money import Money

MARKS = {
    AdjustmentKind.TIGHTENED: "+",
    AdjustmentKind.APPROXIMATED: "~",
    AdjustmentKind.FILTERED: "*",
    AdjustmentKind.NOT_ENFORCED: "!",
}
"""How a requirement was met where it was not simply honoured."""

MEANINGS = {
    AdjustmentKind.TIGHTENED: "asked stricter than you did",
    AdjustmentKind.APPROXIMATED: "met approximately",
    AdjustmentKind.FILTERED: "sorted out after the answer",
    AdjustmentKind.NOT_ENFORCED: "nobody enforces it",
}

_ASCII = str.maketrans({"²": "2", "°": " deg", "é": "e"})


def clean(text: str, *, ascii_only: bool = False) -> str:
    """Leave out what a terminal would take for a command; km² and degrees in words where it has no signs for them."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
    return shown.translate(_ASCII) if ascii_only else shown


# --- The request -------------------------------------------------------------------------------------


def title(request: TaskRequest) -> str:
    """The reference, and the name that the input gave the place."""
    name = request.properties.get("name")
    return (
        request.reference if not isinstance(name, str) or name == request.reference else f"{request.reference}  {name}"
    )


def subtitle(request: TaskRequest) -> str:
    """How large the area is, and the window."""
    window = request.window
    return f"{extent(request.area)}, {_minute(window.start)} to {_minute(window.end)} UTC"


def extent(area: BaseGeometry) -> str:
    """The surface of a polygon, the length of a line, the place of a point."""
    if isinstance(area, Point):
        return f"point {area.x:.4f}, {area.y:.4f}"
    if isinstance(area, LineString):
        start, end = (Point(position) for position in area.coords)
        return f"line of {distance_km(start, end):.1f} km"
    return f"{area_km2(area):.1f} km²"


# --- An opportunity ----------------------------------------------------------------------------------


def when(opportunity: Opportunity) -> str:
    """The time of a pass, or the span of a campaign on two lines."""
    window = opportunity.window
    if opportunity.kind is OpportunityKind.PASS:
        return _minute(window.start)
    return f"{_minute(window.start)}\nto {_near(window.end, window)}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _near(moment: datetime, window: Window) -> str:
    """A time without the year that stands beside it."""
    return f"{moment:%m-%d %H:%M}" if moment.year == window.start.year else _minute(moment)


def what(opportunity: Opportunity) -> Iterator[str]:
    """What the image would be, line by line, after the product."""
    yield ", ".join(_view(opportunity))
    if opportunity.order_deadline is not None:
        yield f"order by {_near(opportunity.order_deadline, opportunity.window)}"
    if opportunity.feasibility is not None:
        yield f"feasibility: {opportunity.feasibility.word.lower()}"
    if opportunity.replaces:
        yield f"cancels {', '.join(order.name or order.id for order in opportunity.replaces)}"


def _view(opportunity: Opportunity) -> Iterator[str]:
    yield opportunity.satellite or opportunity.constellation or opportunity.imaging.value
    if opportunity.incidence_deg is not None:
        yield f"{_span(opportunity.incidence_deg)}° incidence"
    if opportunity.gsd_m is not None:
        yield f"{opportunity.gsd_m:g} m"
    if opportunity.cloud_forecast is not None:
        yield f"cloud {opportunity.cloud_forecast.percent:.0f}%"


def _span(angles: Range) -> str:
    low, high = f"{angles.min:.0f}", f"{angles.max:.0f}"
    return low if low == high else f"{low}-{high}"


# --- A quote -----------------------------------------------------------------------------------------


def conditions(quote: Quote) -> Iterator[str]:
    """What decides beside the price, line by line."""
    if quote.billable_area_km2 is not None:
        minimum = ", the minimum" if quote.minimum_applied else ""
        yield f"bills {quote.billable_area_km2.normalize():f} km²{minimum}"
    if quote.expires_at is not None:
        yield f"valid until {_near(quote.expires_at, quote.opportunity.window)}"
    marks = adjusted(quote.all_adjustments)
    if marks:
        yield marks


def adjusted(adjustments: tuple[Adjustment, ...]) -> str:
    """The requirements that were not simply honoured, each with its mark."""
    return " ".join(f"{MARKS[item.how]}{item.field}" for item in adjustments if item.how in MARKS)


def price(ranked: RankedQuote, base_currency: str) -> str:
    """The native price, and on a second line what it is in the base currency, or why that is unknown."""
    native = ranked.quote.price
    if isinstance(native, Money) and native.currency == base_currency:
        return str(native.quantized())
    if ranked.price_in_base is not None:
        return f"{native}\n{ranked.price_in_base}"
    return f"{native}\n{'no rate' if ranked.quote.money is not None else 'no quota price'}"


def per_km2(ranked: RankedQuote) -> str:
    """Base currency per useful km², or nothing where it is unknown."""
    return "" if ranked.price_per_km2 is None else str(ranked.price_per_km2).partition(" ")[0]


# --- What is left ------------------------------------------------------------------------------------


def refused(refusal: Refusal) -> str:
    """Code, message and remedy."""
    product = f" ({refusal.product})" if refusal.product else ""
    message = f"{refusal.message.removesuffix('.')}. May work later." if refusal.retryable else refusal.message
    remedy = f"\nRemedy: {refusal.remedy}" if refusal.remedy else ""
    return f"{refusal.code}{product}: {message}{remedy}"


def remarks(comparison: Comparison) -> Iterator[str]:
    """What stands under a comparison: notes of its quotes, opportunities without a quote, and how long it took."""
    notes: dict[str, list[int]] = {}
    for ranked in comparison.quotes:
        for note in ranked.quote.notes:
            notes.setdefault(note, []).append(ranked.rank)
    for note, ranks in notes.items():
        yield f"Note on {', '.join(str(rank) for rank in dict.fromkeys(ranks))}: {note}"
    if comparison.quotes and comparison.not_quoted:
        yield f"{len(comparison.not_quoted)} more opportunities were not priced."
    if comparison.timings_s:
        yield (
            "Took " + ", ".join(f"{account} {seconds:.1f} s" for account, seconds in comparison.timings_s.items()) + "."
        )


def rates(comparison: Comparison) -> str | None:
    """Which exchange rates were used, of which day, and from where; None where nothing was converted."""
    used = comparison.rates
    if not used.per_base:
        return None
    listed = ", ".join(f"{rate.normalize():f} {code}" for code, rate in used.per_base.items() if code != used.base)
    day = f" of {used.date}" if used.date is not None else ""
    return f"Rates{day} ({used.source}): 1 {used.base} = {listed}." if listed else None
