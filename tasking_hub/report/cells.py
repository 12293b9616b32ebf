"""What stands in the cells of a table for people: short words, times in UTC, and nothing that a terminal obeys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from tasking_hub.angles import Range
from tasking_hub.geometry import area_km2, distance_km
from tasking_hub.models import (
    Adjustment,
    AdjustmentKind,
    CloudForecast,
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


# --- Opportunities -----------------------------------------------------------------------------------


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


def view(opportunity: Opportunity) -> Iterator[str]:
    """What the image would be, beside the product."""
    yield opportunity.satellite or opportunity.constellation or opportunity.imaging.value
    if opportunity.incidence_deg is not None:
        yield f"incidence {_span(opportunity.incidence_deg)}"
    if opportunity.gsd_m is not None:
        yield f"{opportunity.gsd_m:g} m"
    if opportunity.cloud_forecast is not None:
        yield _cloud(opportunity.cloud_forecast)
    if opportunity.feasibility is not None:
        yield f"feasibility {opportunity.feasibility.word.lower()}"
    if opportunity.order_deadline is not None:
        yield f"order by {_near(opportunity.order_deadline, opportunity.window)}"
    if opportunity.replaces:
        yield f"cancels {' and '.join(order.name or order.id for order in opportunity.replaces)}"


def _span(angles: Range) -> str:
    low, high = f"{angles.min:.0f}", f"{angles.max:.0f}"
    return f"{low}°" if low == high else f"{low}-{high}°"


def details(opportunities: Sequence[Opportunity], *more: str) -> Iterator[str]:
    """The lines under a row: the first opportunity in short, then the times of the others that are like it."""
    first, *others = opportunities
    yield ", ".join([*view(first), *(part for part in more if part)])
    if others:
        yield "also " + ", ".join(_other(opportunity, first.window) for opportunity in others)


def _other(opportunity: Opportunity, window: Window) -> str:
    end = f" to {_near(opportunity.window.end, window)}" if opportunity.kind is OpportunityKind.CAMPAIGN else ""
    seen = ", ".join(_seen(opportunity))
    return f"{_near(opportunity.window.start, window)}{end}{f' ({seen})' if seen else ''}"


def _seen(opportunity: Opportunity) -> Iterator[str]:
    if opportunity.incidence_deg is not None:
        yield _span(opportunity.incidence_deg)
    if opportunity.cloud_forecast is not None:
        yield _cloud(opportunity.cloud_forecast)


def _cloud(forecast: CloudForecast) -> str:
    return f"cloud {forecast.percent:.0f}%"


# --- Quotes ------------------------------------------------------------------------------------------


def conditions(quote: Quote) -> Iterator[str]:
    """What decides beside the price."""
    if quote.billable_area_km2 is not None:
        minimum = ", the minimum" if quote.minimum_applied else ""
        yield f"bills {quote.billable_area_km2.normalize():f} km²{minimum}"
    if quote.expires_at is not None:
        yield f"valid until {_near(quote.expires_at, quote.opportunity.window)}"
    yield adjusted(quote.all_adjustments)


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


def per_km2(quotes: Sequence[RankedQuote]) -> str:
    """Base currency per useful km², from the lowest to the highest, or nothing where it is unknown."""
    prices = [ranked.price_per_km2 for ranked in quotes if ranked.price_per_km2 is not None]
    if not prices:
        return ""
    low, high = (str(price).partition(" ")[0] for price in (min(prices), max(prices)))
    return low if low == high else f"{low}\nto {high}"


def noted(numbers: Sequence[int]) -> str:
    """Where to find what is to be known before deciding."""
    listed = ", ".join(str(number) for number in numbers)
    return f"note{'s' if len(numbers) > 1 else ''} {listed}" if numbers else ""


def ranks(quotes: Sequence[RankedQuote]) -> str:
    """The place of a row, or the places of a row for several."""
    first, last = quotes[0].rank, quotes[-1].rank
    return str(first) if first == last else f"{first}-{last}"


# --- What is left ------------------------------------------------------------------------------------


def refused(refusals: Sequence[Refusal]) -> str:
    """Code, products, message and remedy of refusals that say the same."""
    refusal = refusals[0]
    named = ", ".join(dict.fromkeys(each.product for each in refusals if each.product))
    products = f" ({named})" if named else ""
    message = f"{refusal.message.removesuffix('.')}. May work later." if refusal.retryable else refusal.message
    remedy = f"\nRemedy: {refusal.remedy}" if refusal.remedy else ""
    return f"{refusal.code}{products}: {message}{remedy}"


def remark(comparison: Comparison) -> str:
    """What stands under a comparison: how many opportunities have no quote, and how long the accounts took."""
    return " ".join(_remarks(comparison))


def _remarks(comparison: Comparison) -> Iterator[str]:
    if comparison.quotes and comparison.not_quoted:
        count = len(comparison.not_quoted)
        yield "1 more opportunity was not priced." if count == 1 else f"{count} more opportunities were not priced."
    if comparison.timings_s:
        took = (f"{account} {seconds:.1f} s" for account, seconds in comparison.timings_s.items())
        yield f"Took {', '.join(took)}."


def rates(comparison: Comparison) -> str | None:
    """Which exchange rates were used, of which day, and from where; None where nothing was converted."""
    used = comparison.rates
    listed = ", ".join(f"{rate.normalize():f} {code}" for code, rate in used.per_base.items() if code != used.base)
    day = f" of {used.date}" if used.date is not None else ""
    return f"Rates{day} ({used.source}): 1 {used.base} = {listed}." if listed else None


# --- Rows for several --------------------------------------------------------------------------------


def quote_rows(quotes: Sequence[RankedQuote]) -> list[list[RankedQuote]]:
    """Neighbours that differ in their time only, together."""
    return [list(run) for _, run in groupby(quotes, _quote_key)]


def _quote_key(ranked: RankedQuote) -> tuple[object, ...]:
    quote = ranked.quote
    return _opportunity_key(quote.opportunity), quote.price, quote.notes, *conditions(quote)


def opportunity_rows(opportunities: Sequence[Opportunity]) -> list[list[Opportunity]]:
    """Neighbours that differ in their time only, together."""
    return [list(run) for _, run in groupby(opportunities, _opportunity_key)]


def _opportunity_key(opportunity: Opportunity) -> tuple[object, ...]:
    return (
        opportunity.account,
        opportunity.product,
        opportunity.kind,
        opportunity.constellation,
        opportunity.feasibility,
        opportunity.replaces,
        adjusted(opportunity.adjustments),
    )


def refusal_rows(refusals: Sequence[Refusal]) -> list[list[Refusal]]:
    """Refusals that differ in their product only, together."""
    rows: dict[tuple[object, ...], list[Refusal]] = {}
    for refusal in refusals:
        key = (refusal.account, refusal.code, refusal.message, refusal.remedy, refusal.retryable)
        rows.setdefault(key, []).append(refusal)
    return list(rows.values())
