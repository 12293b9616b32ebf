"""What is saved as JSON can be read again, by another process too, and is the same."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    Comparison,
    Imaging,
    Money,
    Opportunity,
    OpportunityKind,
    ProviderNotFoundError,
    Quota,
    Quote,
    RankedQuote,
    Rates,
    Registry,
    Secret,
    TaskRequest,
    Window,
)
from tasking_hub.exact_json import load_json
from tasking_hub.report.documents import (
    SCHEMA,
    account_document,
    comparison_document,
    opportunity_document,
    quote_document,
    refusal_document,
    request_document,
)
from tasking_hub.report.reading import (
    DocumentError,
    read_comparison,
    read_opportunity,
    read_quote,
    read_request,
)

REGISTRY = strategies.registry()
PARSERS = st.sampled_from([json.loads, load_json])
thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
REQUEST = TaskRequest(area=box(1.4, 43.5, 1.5, 43.6), window=Window(START, START.replace(day=3)), reference="toulouse")
OPPORTUNITY = Opportunity(
    id="o-1",
    account="airbus",
    provider="airbus",
    request=REQUEST,
    kind=OpportunityKind.PASS,
    imaging=Imaging.OPTICAL,
    product="OneDay",
    window=Window(START, START.replace(second=20)),
    handle='{"b": 1,  "a": 2}',
    raw={"price": Decimal("0.1"), "whole": Decimal("7392.00"), "list": [Decimal("1E+2")]},
    adjustments=(Adjustment(field="max_cloud_cover", how=AdjustmentKind.HONOURED, asked=10, sent=10),),
)
QUOTE = Quote(
    opportunity=OPPORTUNITY,
    price=Money(Decimal(7392), "EUR"),
    discount_percent=Decimal(0),
    billable_area_km2=Decimal("132.0"),
    quoted_at=START,
    adjustments=(Adjustment(field="priority", how=AdjustmentKind.NOT_ENFORCED, asked="high", why="none here"),),
)


def saved(document, parse):
    """What another process has after the document went through a file."""
    return parse(json.dumps(document, allow_nan=False))


# --- Round trips -------------------------------------------------------------------------------------


@given(strategies.requests(), PARSERS)
@thorough
def test_a_request_comes_back_the_same(request, parse):
    """Every field of any request survives, options of an adapter included."""
    again = read_request(saved(request_document(request), parse), REGISTRY)

    assert again == request
    assert request_document(again) == request_document(request)


@given(strategies.opportunities(), PARSERS)
@thorough
def test_an_opportunity_comes_back_the_same(opportunity, parse):
    """Every field of any opportunity survives, its request and the provider's handle included."""
    again = read_opportunity(saved(opportunity_document(opportunity), parse), REGISTRY)

    assert again == opportunity
    assert opportunity_document(again) == opportunity_document(opportunity)


@given(strategies.quotes(), PARSERS)
@thorough
def test_a_quote_comes_back_the_same(quote, parse):
    """Every field of any quote survives, each adjustment where it was."""
    again = read_quote(saved(quote_document(quote), parse), REGISTRY)

    assert again == quote
    assert quote_document(again) == quote_document(quote)


@given(strategies.comparisons(), PARSERS)
@thorough
def test_a_comparison_comes_back_the_same(comparison, parse):
    """Every quote, refusal and rate of any comparison survives."""
    again = read_comparison(saved(comparison_document(comparison), parse), REGISTRY)

    assert again == comparison
    assert comparison_document(again) == comparison_document(comparison)


@given(strategies.refusals, strategies.account_statuses)
@thorough
def test_refusals_and_accounts_are_json(refusal, status):
    """Everything that can be written is JSON, with the schema's version."""
    for document in (refusal_document(refusal), account_document(status)):
        assert saved(document, json.loads) == document
        assert document["schema"] == SCHEMA


@given(strategies.comparisons())
@thorough
def test_quotes_of_a_comparison_share_its_request(comparison):
    """One request object serves all opportunities that were read, as in the comparison that was saved."""
    again = read_comparison(comparison_document(comparison), REGISTRY)

    assert {id(ranked.quote.opportunity.request) for ranked in again.quotes} <= {id(again.request)}


@pytest.mark.parametrize("parse", [json.loads, load_json])
def test_raw_numbers_are_decimals_again(parse):
    """An adapter finds no binary float in its raw JSON, however the document was parsed."""
    raw = read_opportunity(saved(opportunity_document(OPPORTUNITY), parse), REGISTRY).raw

    assert raw == {"price": Decimal("0.1"), "whole": 7392, "list": [100]}
    assert isinstance(raw["price"], Decimal)


# --- The form that is promised -----------------------------------------------------------------------

PROMISED_QUOTE = {
    "rank", "account", "provider", "price", "price_in_base", "list_price", "discount_percent", "billable_area_km2",
    "minimum_applied", "multiplier", "price_per_km2", "binding", "quoted_at", "expires_at", "terms", "opportunity",
    "adjustments",
}  # fmt: skip
PROMISED_OPPORTUNITY = {
    "id", "kind", "start", "end", "satellite", "constellation", "footprint", "incidence_deg", "off_nadir_deg",
    "sun_elevation_deg", "gsd_m", "cloud_forecast_percent", "order_deadline", "feasibility", "replaces",
}  # fmt: skip
PROMISED_REFUSAL = {
    "account", "provider", "code", "provider_code", "message", "field", "limit", "actual", "unit", "retryable",
    "remedy",
}  # fmt: skip


@given(strategies.comparisons())
@thorough
def test_every_promised_key_is_always_there(comparison):
    """No key depends on what a provider happened to answer."""
    document = comparison_document(comparison)

    assert document.keys() >= {"reference", "request", "base_currency", "rates", "quotes", "refusals"}
    for quote in document["quotes"]:
        assert quote.keys() >= PROMISED_QUOTE
        assert quote["opportunity"].keys() >= PROMISED_OPPORTUNITY
        assert all(item.keys() == {"field", "asked", "sent", "how", "why"} for item in quote["adjustments"])
    assert all(refusal.keys() >= PROMISED_REFUSAL for refusal in document["refusals"])


def test_amounts_are_strings_with_the_currencys_digits():
    """A spreadsheet sees the same digits as the invoice."""
    document = quote_document(QUOTE)

    assert document["price"] == {"amount": "7392.00", "currency": "EUR"}
    assert document["discount_percent"] == "0"
    assert document["billable_area_km2"] == "132.0"
    assert quote_document(attrs.evolve(QUOTE, price=Quota(Decimal("1.5"), "sqkm")))["price"] == {
        "amount": "1.5",
        "unit": "sqkm",
    }


def test_a_quote_has_the_adjustments_of_its_opportunity_first():
    """Every requirement stands on the quote; those of the image stand on the opportunity too."""
    document = quote_document(QUOTE)

    assert [item["field"] for item in document["adjustments"]] == ["max_cloud_cover", "priority"]
    assert [item["field"] for item in document["opportunity"]["adjustments"]] == ["max_cloud_cover"]
    assert document["adjustments"][0] == {
        "field": "max_cloud_cover",
        "asked": 10,
        "sent": 10,
        "how": "honoured",
        "why": "",
    }


def test_times_are_utc_with_z():
    """One form of time, whatever the offset of the input was."""
    document = opportunity_document(OPPORTUNITY)

    assert (document["start"], document["end"]) == ("2026-12-01T10:00:00Z", "2026-12-01T10:00:20Z")
    assert document["request"]["window"] == {"start": "2026-12-01T10:00:00Z", "end": "2026-12-03T10:00:00Z"}


def test_the_handle_is_kept_byte_for_byte():
    """What a provider wants back is not reformatted."""
    document = saved(opportunity_document(OPPORTUNITY), json.loads)

    assert read_opportunity(document, REGISTRY).handle == '{"b": 1,  "a": 2}'


def test_sets_are_lists_in_a_stated_order():
    """The same opportunity is always the same text."""
    adjustment = Adjustment(field="modes", how=AdjustmentKind.HONOURED, asked=frozenset({"b", "a", "c"}))
    document = opportunity_document(attrs.evolve(OPPORTUNITY, adjustments=[adjustment]))

    assert document["adjustments"][0]["asked"] == ["a", "b", "c"]
    assert read_opportunity(document, REGISTRY).adjustments[0].asked == ("a", "b", "c")


# --- What cannot be written or read ------------------------------------------------------------------


@pytest.mark.parametrize("where", ["raw", "asked", "options"])
def test_a_credential_cannot_be_written(where):
    """A secret that strays into an object stops the writing, and stays out of the message."""
    secret = Secret("hunter2")
    holders = {
        "raw": attrs.evolve(OPPORTUNITY, raw={"nested": [secret]}),
        "asked": attrs.evolve(
            OPPORTUNITY, adjustments=[Adjustment(field="sla", how=AdjustmentKind.HONOURED, asked=secret)]
        ),
        "options": attrs.evolve(OPPORTUNITY, request=attrs.evolve(REQUEST, options={"knobs": secret})),
    }

    with pytest.raises(TypeError, match="Secret has no place in a document") as caught:
        opportunity_document(holders[where])
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("schema", [None, "tasking-hub/2", 1])
def test_another_schema_is_refused(schema):
    """A document of a later version is not half understood."""
    with pytest.raises(DocumentError, match=r"'tasking-hub/1' is the schema read here.*@ \$\.schema"):
        read_opportunity({**opportunity_document(OPPORTUNITY), "schema": schema}, REGISTRY)


def without(document, *path):
    """The document less one key."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy


def with_(document, value, *path):
    """The document with another value at one place."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy


QUOTED = quote_document(QUOTE)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "expected an object, not list @ $"),
        (without(QUOTED, "opportunity"), "required field missing @ $.opportunity"),
        (with_(QUOTED, 3, "opportunity"), "expected an object, not int @ $.opportunity"),
        (without(QUOTED, "price"), "required field missing @ $.price"),
        (with_(QUOTED, 7392, "price"), "expected money or quota, not int @ $.price"),
        (with_(QUOTED, "EURO", "price", "currency"), "'EURO' is not an ISO 4217 currency code"),
        (with_(QUOTED, "yes", "binding"), "expected true or false, not str @ $.binding"),
        (without(QUOTED, "opportunity", "id"), "required field missing @ $.opportunity.id"),
        (without(QUOTED, "opportunity", "start"), "required field missing @ $.opportunity.window.start"),
        (with_(QUOTED, "2026-12-01", "opportunity", "end"), "'2026-12-01' is not an RFC 3339 time"),
        (with_(QUOTED, "orbit", "opportunity", "kind"), "expected one of pass, campaign, not 'orbit'"),
        (with_(QUOTED, 3, "opportunity", "footprint"), "expected a GeoJSON geometry, not int @ $.opportunity"),
        (with_(QUOTED, {"type": "Cube"}, "opportunity", "footprint"), "'Cube' is not one of the geometries"),
        (with_(QUOTED, {"wrong": 1}, "opportunity", "request", "options"), "no adapter named 'wrong'"),
        (with_(QUOTED, 10**6, "opportunity", "request", "exclusivity_days"), "must be between 0 and 36500"),
        (with_(QUOTED, {"knobs": {"coutn": 1}}, "opportunity", "request", "options"), "unknown field coutn"),
        (with_(QUOTED, [], "adjustments"), "expected to come first @ $.adjustments"),
    ],
)
def test_a_wrong_document_is_refused_saying_what_and_where(document, problem):
    """Nothing that was edited wrongly is bought by guess."""
    with pytest.raises((DocumentError, ProviderNotFoundError)) as caught:
        read_quote(document, REGISTRY)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("quotes",), None, "expected a list, not NoneType @ $.quotes"),
        (("quotes", 0), 1, "expected an object, not int @ $.quotes[0]"),
        (("quotes", 0, "rank"), "first", "expected a whole number, not str @ $.quotes[0].rank"),
        (("rates", "date"), 3, "expected a day, not int @ $.rates.date"),
        (("rates", "per_base"), {"EUR": "x"}, "expected a decimal number, not str"),
        (("ranked_by",), "beauty", "expected one of price, time, price-per-km2, not 'beauty' @ $.ranked_by"),
    ],
)
def test_a_wrong_comparison_is_refused_saying_what_and_where(path, value, problem):
    """The path goes down to the quote at fault."""
    comparison = Comparison(
        request=REQUEST,
        quotes=(RankedQuote(rank=1, quote=QUOTE),),
        refusals=(),
        base_currency="EUR",
        rates=Rates.identity("EUR"),
    )

    with pytest.raises(DocumentError) as caught:
        read_comparison(with_(comparison_document(comparison), value, *path), REGISTRY)

    assert problem in str(caught.value)


def test_keys_of_a_later_writer_are_left_alone():
    """Keys may be added within one version of the schema."""
    document = with_(with_(QUOTED, 1, "new"), 2, "opportunity", "newer")

    assert read_quote(document, REGISTRY) == QUOTE


def test_options_of_an_adapter_that_is_not_installed_name_it():
    """Reading does not drop options silently."""
    request = attrs.evolve(REQUEST, options={"knobs": strategies.Knobs(count=2)})

    with pytest.raises(ProviderNotFoundError, match="no adapter named 'knobs'"):
        read_request(request_document(request), Registry([]))
