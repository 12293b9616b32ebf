"""Files for other programs: complete, readable again, and written as comparisons arrive."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
import strategies
import toys
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry import mapping, shape

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    CloudForecast,
    Comparison,
    ConfigurationError,
    Feasibility,
    Money,
    Quota,
    Range,
    RankedQuote,
    Rates,
    Refusal,
    RefusalCode,
    Terms,
)
from tasking_hub.report.documents import SCHEMA, comparison_document
from tasking_hub.report.rows import COLUMNS, rows
from tasking_hub.report.writers import FORMATS, make_writer

thorough = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some_comparisons = st.lists(strategies.comparisons(), max_size=2)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
REQUEST = toys.request(area=box(1, 43, 1.1, 43.1), reference="toulouse")
FOOTPRINT = box(1, 43, 1.2, 43.2)
OPPORTUNITY = toys.opportunity(
    "o-1",
    REQUEST,
    footprint=FOOTPRINT,
    incidence_deg=Range(12.5, 14),
    cloud_forecast=CloudForecast(percent=12.4),
    feasibility=Feasibility(word="EASY"),
    order_deadline=NOW + timedelta(hours=6),
    adjustments=(Adjustment(field="area", how=AdjustmentKind.APPROXIMATED, asked="box", sent="point"),),
)
QUOTE = toys.quote(
    "o-1",
    Quota(Decimal("27.50"), "sqkm"),
    opportunity=OPPORTUNITY,
    list_price=Money(Decimal(200), "USD"),
    discount_percent=Decimal(10),
    minimum_applied=True,
    terms=Terms(licence="standard", priority="high"),
    adjustments=(Adjustment(field="sla", how=AdjustmentKind.NOT_ENFORCED, asked="8h"),),
    notes=("One.", "Two."),
)
REFUSAL = Refusal(
    account="other",
    provider="toy",
    code=RefusalCode.WINDOW_TOO_SHORT,
    message='The window is too short, said "they",\nand more',
    field="window",
    limit=Decimal("24.5"),
    actual=2,
    unit="h",
    retryable=True,
    remedy="end it later",
)
COMPARISON = Comparison(
    request=REQUEST,
    quotes=(
        RankedQuote(
            rank=1,
            quote=QUOTE,
            price_in_base=Money(Decimal("106.52"), "EUR"),
            useful_area_km2=Decimal("25.000"),
            price_per_km2=Money(Decimal("4.26"), "EUR"),
        ),
    ),
    refusals=(REFUSAL,),
    base_currency="EUR",
    rates=Rates.identity("EUR"),
    not_quoted=(toys.opportunity("o-2", REQUEST),),
)


def written(name, comparisons):
    """The text that a writer makes of the comparisons."""
    stream = io.StringIO()
    writer = make_writer(name, stream)
    writer.begin()
    for comparison in comparisons:
        writer.comparison(comparison)
    writer.end()
    return stream.getvalue()


def records(text):
    """The rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@given(some_comparisons)
@thorough
def test_json_is_an_array_of_documents(comparisons):
    """One object per request, in the order of arrival, and an empty array for none."""
    assert json.loads(written("json", comparisons)) == [comparison_document(item) for item in comparisons]


@given(some_comparisons)
@thorough
def test_jsonl_is_one_document_a_line(comparisons):
    """Whoever reads line by line gets whole documents."""
    lines = written("jsonl", comparisons).split("\n")

    assert [json.loads(line) for line in lines[:-1]] == [comparison_document(item) for item in comparisons]
    assert lines[-1] == ""


@given(some_comparisons)
@thorough
def test_csv_has_one_record_per_row_and_every_column(comparisons):
    """No quote, opportunity or refusal is lost, whatever signs its texts hold."""
    read = records(written("csv", comparisons))
    expected = [row for comparison in comparisons for row in rows(comparison)]

    assert [record["outcome"] for record in read] == [row.values["outcome"] for row in expected]
    assert [record["account"] for record in read] == [row.values["account"] for row in expected]
    assert all(list(record) == list(COLUMNS) for record in read)


@given(some_comparisons)
@thorough
def test_geojson_is_one_collection_of_rows(comparisons):
    """Every row is a feature with a valid geometry and the columns as properties."""
    collection = json.loads(written("geojson", comparisons))
    expected = [row for comparison in comparisons for row in rows(comparison)]

    assert (collection["type"], collection["schema"]) == ("FeatureCollection", SCHEMA)
    assert [feature["properties"] for feature in collection["features"]] == [dict(row.values) for row in expected]
    assert [shape(feature["geometry"]) for feature in collection["features"]] == [row.shape for row in expected]


@given(strategies.comparisons())
@thorough
def test_rows_come_in_a_stated_order(comparison):
    """Quotes, then opportunities without a price, then refusals."""
    outcomes = [row.values["outcome"] for row in rows(comparison)]
    counts = (len(comparison.quotes), len(comparison.not_quoted), len(comparison.refusals))

    assert outcomes == ["quote"] * counts[0] + ["opportunity"] * counts[1] + ["refusal"] * counts[2]


def test_what_a_quote_says_in_csv():
    """The cells of a quote: amounts digit for digit, adjustments by field, empty where nothing is known."""
    filled = {name: value for name, value in records(written("csv", [COMPARISON]))[0].items() if value}

    assert filled == {
        "reference": "toulouse",
        "outcome": "quote",
        "rank": "1",
        "account": "toy",
        "provider": "toy",
        "product": "Toy",
        "imaging": "optical",
        "kind": "pass",
        "start": "2026-11-22T09:00:00Z",
        "end": "2026-11-22T09:00:30Z",
        "price": "27.50",
        "price_unit": "sqkm",
        "price_in_base": "106.52",
        "price_per_km2": "4.26",
        "base_currency": "EUR",
        "list_price": "200.00",
        "list_price_unit": "USD",
        "discount_percent": "10",
        "minimum_applied": "true",
        "useful_area_km2": "25.000",
        "binding": "false",
        "quoted_at": "2026-11-21T09:00:00Z",
        "order_deadline": "2026-11-21T15:00:00Z",
        "incidence_min_deg": "12.5",
        "incidence_max_deg": "14",
        "cloud_forecast_percent": "12.4",
        "feasibility": "EASY",
        "licence": "standard",
        "priority": "high",
        "opportunity": "o-1",
        "adjustments": "area=approximated; sla=not-enforced",
        "notes": "One. Two.",
    }


def test_what_a_refusal_says_in_csv():
    """The cells of a refusal; line breaks and quotes survive."""
    filled = {name: value for name, value in records(written("csv", [COMPARISON]))[2].items() if value}

    assert filled == {
        "reference": "toulouse",
        "outcome": "refusal",
        "account": "other",
        "provider": "toy",
        "base_currency": "EUR",
        "code": "window-too-short",
        "message": 'The window is too short, said "they",\nand more',
        "field": "window",
        "limit": "24.5",
        "actual": "2",
        "unit": "h",
        "retryable": "true",
        "remedy": "end it later",
    }


def test_shapes_in_geojson():
    """A quote shows its footprint, an opportunity without one and a refusal the asked area."""
    features = json.loads(written("geojson", [COMPARISON]))["features"]

    assert [shape(feature["geometry"]) for feature in features] == [FOOTPRINT, REQUEST.area, REQUEST.area]
    assert features[0]["geometry"]["type"] == mapping(FOOTPRINT)["type"]


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "geojson", "table"])
def test_each_comparison_is_written_before_the_next(name):
    """Whoever watches the output sees each result as it comes."""
    stream = io.StringIO()
    writer = make_writer(name, stream)
    writer.begin()
    writer.comparison(COMPARISON)

    assert "toulouse" in stream.getvalue()


@pytest.mark.parametrize(("name", "empty"), [("json", []), ("geojson", [])])
def test_nothing_found_is_still_a_whole_file(name, empty):
    """A run without any comparison leaves valid JSON."""
    document = json.loads(written(name, []))

    assert (document if name == "json" else document["features"]) == empty


def test_a_format_that_does_not_exist_is_named_with_those_that_do():
    """A typing mistake is answered with the choices."""
    with pytest.raises(ConfigurationError, match=f"no format 'xml'; there are {', '.join(FORMATS)}"):
        make_writer("xml", io.StringIO())


def test_a_price_without_a_rate_stays_empty_in_base_currency():
    """Nothing is guessed: the native price is there, the converted one is not."""
    unpriced = attrs.evolve(COMPARISON, quotes=(RankedQuote(rank=1, quote=QUOTE),))
    record = records(written("csv", [unpriced]))[0]

    assert (record["price"], record["price_in_base"], record["price_per_km2"]) == ("27.50", "", "")
