"""What comes from ICEYE, against its own samples: contracts, funds, prices, feasibility, and its no."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from tasking_hub import (
    HttpResponse,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    NotFoundError,
    OpportunityKind,
    PermissionDeniedError,
    Radar,
    Range,
    Refusal,
    RefusalCode,
    RejectedRequestError,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub_iceye import ApiVersion
from tasking_hub_iceye.translate import account, opportunities, quotes, refusals
from tasking_hub_iceye.wire import CONVERTER, FeasibilityResult, IncidenceAngle

NOW = datetime(2024, 4, 30, 9, tzinfo=UTC)


ONLY_LEFT = "Only 5291.98 USD can still be spent under this contract, less than the price: the order would be refused."


def said(text: str) -> HttpResponse:
    """An answer with this body."""
    return HttpResponse(status=200, headers={"Content-Type": "application/json"}, body=text.encode(), url="https://x/y")


# --- Contracts and funds -----------------------------------------------------------------------------


def test_a_page_of_contracts_is_read_field_by_field(answer):
    """Allowed values, defaults, dates and the cursor."""
    page = account.read_contracts(answer("list-contracts.v2"))
    (contract,) = page.data

    assert page.cursor == "eyJvZmZzZXQiOjF9"
    assert (contract.id, contract.name) == ("f0a7b1de-6a35-4a63-9f0e-7d8f4dbe9f11", "string")
    assert contract.start == datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC)
    assert contract.end == datetime(2099, 9, 24, 14, 15, 22, tzinfo=UTC)
    assert contract.imaging_modes.allowed[:2] == ("SCAN", "SCAN_WIDE")
    assert (len(contract.imaging_modes.allowed), contract.imaging_modes.default) == (12, None)
    assert (contract.priority.allowed, contract.priority.default) == (("BACKGROUND", "COMMERCIAL"), "COMMERCIAL")
    assert (contract.exclusivity.allowed, contract.exclusivity.default) == (("PUBLIC", "PRIVATE"), "PUBLIC")
    assert (contract.eula.allowed, contract.sla.allowed) == (("STANDARD",), ("SLA_8H",))
    assert contract.catalog_collections.allowed == ("public", "solutions")


def test_a_list_within_the_list_is_flattened_and_unknown_fields_are_kept(answer):
    """As the v1 page shows it; delivery locations are no field of ours."""
    page = account.read_contracts(answer("list-contracts.v1-nested"))

    assert page.cursor is None
    assert page.data[0].imaging_modes.allowed == ("SPOTLIGHT", "SCAN", "STRIPMAP")
    assert page.data[0].unknown == {"deliveryLocations": [{"method": "sftp", "path": "string"}]}


def test_a_contract_is_written_back_as_it_came(answer, sample):
    """Raw JSON loses nothing."""
    (contract,) = account.read_contracts(answer("list-contracts.v2")).data

    assert CONVERTER.unstructure(contract) == sample("list-contracts.v2")["data"][0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "expected an object, not list"),
        ("{}", "required field missing"),
        ('{"data": [{"name": "x"}]}', "required field missing"),
        ('{"data": [{"id": 7}]}', "expected a string, not int"),
        ('{"data": [{"id": "a", "sla": {"allowed": "SLA_8H"}}]}', "expected a list, not str"),
        ('{"data": [{"id": "a", "sla": {"allowed": [["SLA_8H", 3]]}}]}', "expected a string, not int"),
        ('{"data": [{"id": "a", "start": "yesterday"}]}', "is not an RFC 3339 time"),
        ('{"data": {"id": "a"}}', "@ $"),
        ("<html>", "not JSON"),
        ("", "not JSON"),
    ],
)
def test_contracts_that_cannot_be_read_say_what_and_where(text, problem):
    """A missing or wrong field is named with its path."""
    with pytest.raises(MalformedResponseError, match="@ \\$") as raised:
        account.read_contracts(said(text))

    assert problem in str(raised.value)


def test_a_cursor_that_comes_back_is_malformed(answer):
    """Pages that never end are noticed."""
    with pytest.raises(MalformedResponseError, match="expected a new cursor or none"):
        account.read_contracts(answer("list-contracts.v2"), before=["eyJvZmZzZXQiOjF9"])


def test_funds_are_what_is_neither_spent_nor_on_hold(answer, contract):
    """Limit less spent less on hold, in the currency's own units."""
    summary = account.read_summary(answer("get-summary"))

    status = account.account_status("mine", [(contract, summary)])

    (only,) = status.contracts
    assert (status.account, status.provider) == ("mine", "iceye")
    assert only.remaining == Money(Decimal("1000.00"), "USD")
    assert only.limit == Money(Decimal("20000.00"), "USD")
    assert only.spent == Money(Decimal("9000.00"), "USD")
    assert only.notes == ("10000.00 USD is on hold for tasks that are not settled yet.",)
    assert only.allowed["imagingModes"] == contract.imaging_modes.allowed
    assert "imagingModes" not in only.defaults
    assert only.defaults["priority"] == "COMMERCIAL"
    assert dump_json(only.raw)


def test_a_contract_without_a_pricing_plan_has_unknown_funds(contract):
    """404 from the summary is no error."""
    (only,) = account.account_status("mine", [(contract, None)]).contracts

    assert (only.remaining, only.limit, only.spent) == (None, None, None)
    assert only.notes == (account.NO_PLAN,)


def test_funds_without_a_limit_have_no_remainder(answer, contract):
    """`spendLimit` is optional."""
    summary = evolve(account.read_summary(answer("get-summary")), spend_limit=None, on_hold=0)

    (only,) = account.account_status("mine", [(contract, summary)]).contracts

    assert (only.remaining, only.limit, only.notes) == (None, None, ())
    assert only.spent == Money(Decimal("9000.00"), "USD")


@given(*[st.integers(0, 10**12)] * 3, st.sampled_from(["USD", "JPY", "KWD"]))
def test_money_in_a_summary_adds_up(limit, spent, held, currency):
    """Remainder, spent and on hold are the limit again, also below zero and in every exponent."""
    text = dump_json(
        {"contractID": "c", "consolidatedSpent": spent, "currency": currency, "onHold": held, "spendLimit": limit}
    )

    left = account.available(account.read_summary(said(text)))

    assert left is not None
    assert left.minor_units + spent + held == limit


@pytest.mark.parametrize(
    ("field", "value"), [("currency", "XXX"), ("onHold", 1.5), ("onHold", None), ("spendLimit", 10**30)]
)
def test_a_summary_that_cannot_be_read_is_malformed(sample, field, value):
    """Half amounts, unheard-of currencies and senseless sums."""
    with pytest.raises(MalformedResponseError):
        account.read_summary(said(dump_json({**sample("get-summary"), field: value})))


# --- The opportunity ---------------------------------------------------------------------------------


@pytest.fixture
def found(ask, plan_for, contract):
    """The opportunity of the price page's example, on v1."""
    request = ask(radar=Radar(mode="SPOTLIGHT_EXTENDED_DWELL"), exclusivity_days=0, priority="COMMERCIAL")
    return opportunities.opportunity("mine", request, contract, plan_for(request), None)


def test_the_opportunity_is_one_campaign(found, contract):
    """Window, mode, scene, incidences, resolution and the last moment to order."""
    assert (found.account, found.provider, found.kind) == ("mine", "iceye", OpportunityKind.CAMPAIGN)
    assert (found.product, found.contract, found.constellation) == (
        "SPOTLIGHT_EXTENDED_DWELL",
        contract.id,
        "ICEYE",
    )
    assert found.window == found.request.window
    assert found.order_deadline == datetime(2024, 4, 30, 12, tzinfo=UTC)
    assert (found.incidence_deg, found.gsd_m, found.satellite) == (Range(20, 40), 1, None)
    assert found.footprint is not None
    assert found.footprint.centroid.distance(found.request.area) < 1e-6
    assert found.feasibility is None
    assert found.quotable


def test_raw_holds_contract_and_task_as_json(found, contract):
    """All that a price needs, and nothing that JSON cannot say."""
    assert load_json(dump_json(found.raw)) == {
        "contract": CONVERTER.unstructure(contract),
        "request": {
            "contractID": contract.id,
            "reference": "Customer reference",
            "pointOfInterest": {"lat": 32, "lon": 35},
            "acquisitionWindow": {"start": "2024-05-01T00:00:00Z", "end": "2024-05-05T00:01:00Z"},
            "imagingMode": "SPOTLIGHT_EXTENDED_DWELL",
            "exclusivity": "PUBLIC",
            "priority": "COMMERCIAL",
            "sla": "SLA_8H",
            "eula": "STANDARD",
        },
        "feasibility": None,
    }


def test_the_incidence_asked_for_is_the_opportunitys(ask, plan_for, contract):
    """What is sent wins over what would apply by default; an uncharted mode claims nothing."""
    asked = ask(radar=Radar(min_incidence=25, max_incidence=30))
    uncharted = ask(radar=Radar(mode="SPOTLIGHT_HIGH"))

    first = opportunities.opportunity("mine", asked, contract, plan_for(asked), None)
    second = opportunities.opportunity("mine", uncharted, contract, plan_for(uncharted), None)

    assert first.incidence_deg == Range(25, 30)
    assert plan_for(asked).task.incidence_angle == IncidenceAngle(min=25, max=30)
    assert (second.incidence_deg, second.gsd_m, second.footprint) == (None, None, None)


def test_the_id_is_the_same_for_the_same_question(ask, plan_for, contract):
    """Neither the reference nor the time of asking moves it; place, mode and asked window do."""

    def made(request, now=NOW):
        return opportunities.opportunity("mine", request, contract, plan_for(request, now=now), None).id

    plain = made(ask())
    later = datetime(2024, 4, 30, 15, tzinfo=UTC)
    assert made(ask(reference="another"), later) == plain
    assert made(ask(radar=Radar(mode="SCAN"))) != plain
    assert made(ask(area=Point(36, 32))) != plain


def test_feasible_is_the_word_for_yes(answer, plan_for, ask, contract):
    """The result stands on the opportunity, in ICEYE's word."""
    task = plan_for(ask()).task

    result = opportunities.read_feasibility(answer("check-feasibility.response"), task)

    assert result == FeasibilityResult(result="FEASIBLE")
    made = opportunities.opportunity("mine", ask(), contract, plan_for(ask()), result)
    assert made.feasibility is not None
    assert (made.feasibility.word, made.quotable) == ("FEASIBLE", True)
    assert made.raw["feasibility"] == {"result": "FEASIBLE"}


@pytest.mark.parametrize("word", ["NOT_FEASIBLE", "feasible", "UNKNOWN", ""])
def test_any_other_word_is_a_refusal_that_keeps_it(plan_for, ask, word):
    """The word is kept, further fields too, and the remedy names what could be widened."""
    task = evolve(plan_for(ask(radar=Radar(max_incidence=30))).task, look_side="LEFT", pass_direction="ANY")
    body = {"feasibility": [{"result": word, "reason": "no pass"}]}

    refusal = opportunities.read_feasibility(said(dump_json(body)), task)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.provider_code) == (RefusalCode.NO_OPPORTUNITY, word)
    assert refusal.raw == {"result": word, "reason": "no pass"}
    assert refusal.remedy == "allow a longer or later window, a wider range of incidences, any look side"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"feasibility": []}',
        '{"feasibility": [{"result": "FEASIBLE"}, {"result": "FEASIBLE"}]}',
        '{"feasibility": [{}]}',
        '{"feasibility": [{"result": true}]}',
        '{"feasibility": "FEASIBLE"}',
    ],
)
def test_feasibility_that_cannot_be_read_is_malformed(plan_for, ask, text):
    """One task, one result, one word."""
    with pytest.raises(MalformedResponseError, match="@ \\$"):
        opportunities.read_feasibility(said(text), plan_for(ask()).task)


def test_a_task_is_read_out_of_a_loaded_opportunity(found):
    """JSON text in between changes nothing."""
    loaded = evolve(found, raw=load_json(dump_json(found.raw)))

    assert opportunities.task_of(loaded) == opportunities.task_of(found)


@pytest.mark.parametrize("raw", [{}, {"request": None}, {"request": {"contractID": 1}}, {"request": "x"}])
def test_an_opportunity_without_a_task_is_refused(found, raw):
    """An opportunity of another adapter, or one that was cut, is told apart at once."""
    with pytest.raises(InvalidRequestError, match="holds no ICEYE task"):
        opportunities.task_of(evolve(found, raw=raw))


# --- The price ---------------------------------------------------------------------------------------


def test_the_price_pages_answer_is_read_in_minor_units(answer):
    """529199 US cents are 5291.99 US dollars."""
    assert quotes.read_price(answer("get-task-price.response")) == Money(Decimal("5291.99"), "USD")


@pytest.mark.parametrize(("currency", "price"), [("JPY", "529199 JPY"), ("KWD", "529.199 KWD"), ("EUR", "5291.99 EUR")])
def test_minor_units_follow_iso_4217(currency, price):
    """No yen is a hundredth of anything."""
    assert str(quotes.read_price(said(f'{{"amount": 529199, "currency": "{currency}"}}'))) == price


@given(st.integers(0, 10**15), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_every_price_is_exact(amount, currency):
    """Reading loses no unit."""
    assert quotes.read_price(said(f'{{"amount": {amount}, "currency": "{currency}"}}')).minor_units == amount


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"amount": 5291.99, "currency": "USD"}', "expected a whole number, not Decimal"),
        ('{"amount": "529199", "currency": "USD"}', "expected a whole number, not str"),
        ('{"amount": true, "currency": "USD"}', "expected a whole number, not bool"),
        ('{"amount": null, "currency": "USD"}', "expected a whole number, not NoneType"),
        ('{"amount": -1, "currency": "USD"}', "expected an amount of at least 0"),
        ('{"amount": 1}', "required field missing"),
        ('{"amount": 1, "currency": "usd"}', "'usd' is not an ISO 4217 currency code"),
        ('{"amount": 1, "currency": 840}', "expected a string, not int"),
        ('{"amount": 1e30, "currency": "USD"}', "an amount is finite, below 10^20"),
        ("[529199]", "expected an object, not list"),
        ("<html></html>", "not JSON"),
    ],
)
def test_a_price_that_cannot_be_read_says_what_and_where(text, problem):
    """No price is ever guessed."""
    with pytest.raises(MalformedResponseError, match="@ \\$") as raised:
        quotes.read_price(said(text))

    assert problem in str(raised.value)


def test_a_quote_carries_terms_and_the_cost_of_leaving(found, answer):
    """Licence, exclusivity, SLA, priority; cancellation by hours before the window starts; nothing binding."""
    quote = quotes.quote(found, answer("get-task-price.response"), None, NOW, ApiVersion.V1)

    assert quote.price == Money(Decimal("5291.99"), "USD")
    assert (quote.binding, quote.quoted_at, quote.expires_at) == (False, NOW, None)
    assert (quote.terms.licence, quote.terms.exclusivity, quote.terms.sla, quote.terms.priority) == (
        "STANDARD",
        "PUBLIC",
        "SLA_8H",
        "COMMERCIAL",
    )
    assert [(step.hours_before_start, step.fee_percent) for step in quote.terms.cancellation] == [
        (None, Decimal(0)),
        (72, Decimal(10)),
        (48, Decimal(20)),
        (24, Decimal(100)),
    ]
    assert {step.source for step in quote.terms.cancellation} == {
        "ICEYE Data Product Specification 6.0.5, table 3-4 (2026-01)"
    }
    assert [row.field for row in quote.all_adjustments] == ["mode", "area", "priority", "exclusivity_days"]
    assert quote.raw == {"amount": 529199, "currency": "USD"}


def test_a_quote_warns_of_what_it_does_not_know(found, answer):
    """Prices are tied to nothing, v1 checks no feasibility, and funds may be unknown."""
    quote = quotes.quote(found, answer("get-task-price.response"), None, NOW, ApiVersion.V1)

    assert quote.notes == (
        quotes.NOT_TIED,
        f"{quotes.NOT_CHECKED} Tasking v1 has no feasibility check.",
        quotes.FUNDS_UNKNOWN,
    )


@pytest.mark.parametrize(
    ("limit", "notes"),
    [
        (3_000_000, ()),
        (2_429_199, ()),
        (2_429_198, (ONLY_LEFT,)),
        (None, ()),
    ],
)
def test_a_quote_warns_of_funds_that_do_not_reach(found, answer, limit, notes):
    """The price is shown all the same: ICEYE refuses only the order."""
    summary = evolve(account.read_summary(answer("get-summary")), spend_limit=limit)

    quote = quotes.quote(
        evolve(found, feasibility=None), answer("get-task-price.response"), summary, NOW, ApiVersion.V2
    )

    assert quote.notes[:2] == (quotes.NOT_TIED, quotes.NOT_CHECKED)
    assert quote.notes[2:] == notes


# --- ICEYE's no --------------------------------------------------------------------------------------


@pytest.fixture
def task(plan_for, ask):
    """A plain task."""
    return plan_for(ask()).task


def failure(kind, status, sample_or_code, message=""):
    """An error as the channel raises it."""
    code = sample_or_code if isinstance(sample_or_code, str | None) else sample_or_code["code"]
    words = message if isinstance(sample_or_code, str | None) else sample_or_code["message"]
    return kind(status=status, method="GET", url="https://x/y", code=code, provider_message=words)


@pytest.mark.parametrize(
    ("sample_name", "has_plan", "code"),
    [
        ("get-task-price.403-combination", True, RefusalCode.NOT_IN_CONTRACT),
        ("get-task-price.403-no-pricing-model", False, RefusalCode.NO_PRICING_PLAN),
        ("get-task-price.403-no-pricing-model", True, RefusalCode.NOT_IN_CONTRACT),
        ("get-task-price.403-combination", False, RefusalCode.NO_PRICING_PLAN),
        ("get-task-price.403-combination", None, RefusalCode.NOT_IN_CONTRACT),
        ("create-task.403-insufficient-funds", None, RefusalCode.INSUFFICIENT_FUNDS),
        ("create-task.403-insufficient-funds", False, RefusalCode.INSUFFICIENT_FUNDS),
    ],
)
def test_the_kinds_of_403_are_told_apart_by_code_and_plan(task, sample, sample_name, has_plan, code):
    """Never by the words, which ICEYE misspells and may mend; the words are kept."""
    body = sample(sample_name)

    refusal = refusals.rejected(failure(PermissionDeniedError, 403, body), task, has_plan=has_plan)

    assert (refusal.code, refusal.provider_code) == (code, body["code"])
    assert refusal.message.endswith(f"ICEYE says: {body['message']}")
    assert refusal.raw == {"status": 403, **body}
    assert refusal.remedy


@pytest.mark.parametrize("status", [400, 402, 403, 409, 422])
def test_insufficient_funds_are_known_by_their_code_whatever_the_status(task, status):
    """The status is documented nowhere."""
    kind = PermissionDeniedError if status == 403 else RejectedRequestError

    refusal = refusals.rejected(failure(kind, status, "ERR_INSUFFICIENT_FUNDS"), task)

    assert (refusal.code, refusal.retryable) == (RefusalCode.INSUFFICIENT_FUNDS, True)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (PermissionDeniedError, 403, RefusalCode.PERMISSION),
        (NotFoundError, 404, RefusalCode.CONFIGURATION),
        (RejectedRequestError, 400, RefusalCode.REJECTED),
        (RejectedRequestError, 422, RefusalCode.REJECTED),
    ],
)
def test_other_refusals_keep_status_and_words(task, kind, status, code):
    """Without a known code the status decides; empty words add nothing."""
    refusal = refusals.rejected(failure(kind, status, None), task)

    assert (refusal.code, refusal.provider_code) == (code, None)
    assert "ICEYE says" not in refusal.message
    assert refusal.message.endswith(".")
    assert refusal.remedy


def test_the_combination_is_named(task, sample):
    """Region and terms that are each allowed, and not together."""
    error = failure(PermissionDeniedError, 403, sample("get-task-price.403-combination"))

    refusal = refusals.rejected(error, task, has_plan=True)

    assert refusal.actual == "SPOTLIGHT, COMMERCIAL, SLA_8H, PUBLIC"
    assert "at longitude 35, latitude 32" in refusal.message


def test_an_account_without_the_feasibility_question_is_not_refused(task):
    """404 there says nothing about the task, unless its code does."""
    assert refusals.unchecked(failure(NotFoundError, 404, "not_found"), task) is None
    refused = refusals.unchecked(failure(NotFoundError, 404, "ERR_INSUFFICIENT_FUNDS"), task)
    assert refused is not None
    assert refused.code is RefusalCode.INSUFFICIENT_FUNDS


def test_a_refusal_names_its_account(task):
    """Pure functions know none; the provider adds it."""
    refusal = refusals.rejected(failure(NotFoundError, 404, None), task)

    assert (refusal.account, refusals.for_account(refusal, "mine").account) == ("", "mine")
