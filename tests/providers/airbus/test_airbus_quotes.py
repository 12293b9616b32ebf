"""Airbus' prices become quotes; what has no price is refused before it is asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from tasking_hub import (
    AdjustmentKind,
    EndUser,
    Feasibility,
    MalformedResponseError,
    Money,
    Optical,
    RefusalCode,
    Stereo,
    TaskRequest,
    Window,
    geometry,
)
from tasking_hub_airbus import AirbusOptions, Programme, translate
from tasking_hub_airbus.translate import Endpoint, Inquiry, OptionConflictError, Step, Target
from tasking_hub_airbus.translate.quotes import cancellation_steps, minimum_applied
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, ProductType

PRODUCTION = {"licence": "standard", "priority": "rush"}


def priced(**members) -> dict:
    """An answer about one product of 132 km²."""
    line = {"productTypeId": "PleiadesTaskingOneDay", "amount": 7392.0, "areaKm2": 132.0, "price": 7392.0}
    return {"currency": "EUR", "productTypes": [{**line, **members}], "totalAmount": members.get("amount", 7392.0)}


# --- What has a price --------------------------------------------------------------------------------


def test_the_guides_oneday_price_is_read_field_for_field(inquire, product, attempt, answer, sample):
    """7392 EUR for 132 km² without a discount."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    quote = translate.read_quote(inquiry, opportunity, PRODUCTION, "NQUAL", answer("answer-prices-oneday"))

    assert quote.opportunity is opportunity
    assert (quote.price, quote.list_price) == (Money(Decimal(7392), "EUR"), Money(Decimal(7392), "EUR"))
    assert (quote.discount_percent, quote.billable_area_km2) == (Decimal(0), Decimal(132))
    assert (quote.minimum_applied, quote.binding) == (False, False)
    assert [(line.label, line.amount) for line in quote.lines] == [
        ("PleiadesTaskingOneDay, 132 km²", Money(Decimal(7392), "EUR"))
    ]
    assert (quote.quoted_at, quote.expires_at) == (inquiry.now, None)
    assert (quote.terms.licence, quote.terms.priority) == ("standard", "rush")
    assert quote.raw == sample("answer-prices-oneday")


def test_the_guides_oneplan_price_is_read_field_for_field(inquire, product, answer):
    """3450 EUR less 80 % is 690 EUR, for the least area of 500 km²."""
    inquiry = inquire(area=box(1.43, 43.57, 1.467, 43.602), end=datetime(2021, 7, 1, tzinfo=UTC))
    step = Step(endpoint=Endpoint.FEASIBILITY, targets=(product("SpotTaskingOnePlan", minimum_km2=500),))
    verdict = {"classification": "CHALLENGING", "automation": "AUTOMATIC"}
    found = {"progCapacities": [{"mission": "SPOT", "progTypes": [{"name": "ONEPLAN", "feasibility": verdict}]}]}
    (opportunity,) = translate.read_search(inquiry, step, answer(found))
    quote = translate.read_quote(inquiry, opportunity, PRODUCTION, None, answer("answer-prices-oneplan"))

    assert (quote.price, quote.list_price) == (Money(Decimal(690), "EUR"), Money(Decimal(3450), "EUR"))
    assert (quote.discount_percent, quote.billable_area_km2) == (Decimal(80), Decimal(500))
    assert quote.minimum_applied is True
    assert quote.expires_at is None


def test_a_price_in_another_currency_is_kept(inquire, product, attempt, answer):
    """Airbus' description knows EUR only; the answer decides."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    body = answer({**priced(), "currency": "USD"})

    quote = translate.read_quote(inquiry, opportunity, {}, None, body)

    assert quote.price == Money(Decimal(7392), "USD")


def test_a_discount_on_the_whole_order_is_seen(inquire, product, attempt, answer):
    """What is paid is the total; the discount is what lies between it and the list price."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    body = answer({**priced(discountPercentage=0.0), "discountPercentage": 25.0, "totalAmount": 5544.0})
    quote = translate.read_quote(inquiry, opportunity, {}, None, body)

    assert (quote.price, quote.discount_percent) == (Money(Decimal(5544), "EUR"), Decimal(25))


def test_a_price_without_details_is_still_a_price(inquire, product, attempt, answer):
    """Only currency and total are needed."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    quote = translate.read_quote(
        inquiry, opportunity, {}, None, answer({"currency": "EUR", "totalAmount": "12.50", "productTypes": []})
    )

    assert (quote.price, quote.list_price) == (Money(Decimal("12.50"), "EUR"), None)
    assert (quote.billable_area_km2, quote.minimum_applied, quote.discount_percent) == (None, None, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"productTypes": []}, "required field missing @ $"),
        ({"currency": "EUR", "totalAmount": None, "productTypes": []}, "expected a decimal number, not NoneType"),
        ({"currency": "EURO", "totalAmount": 1}, "'EURO' is not an ISO 4217 currency"),
        ({"currency": "EUR", "totalAmount": 1, "productTypes": [{"amount": "much"}]}, "expected a decimal number"),
    ],
)
def test_an_answer_without_a_price_is_malformed(inquire, product, attempt, answer, body, problem):
    """What is wrong @ which path."""
    opportunity = attempt(inquire(), product("PleiadesTaskingOneDay"))
    with pytest.raises(MalformedResponseError) as caught:
        translate.read_quote(inquire(), opportunity, {}, None, answer(body))

    assert any(problem in one for one in caught.value.problems)


@given(side=st.floats(0.02, 0.4), minimum=st.integers(1, 800))
def test_the_minimum_is_applied_exactly_where_the_area_is_smaller(side, minimum):
    """Airbus bills whole km², at least its minimum."""
    area = box(1, 43, 1 + side, 43 + side)
    start = datetime(2026, 11, 25, tzinfo=UTC)
    inquiry = Inquiry.of("a", TaskRequest(area=area, window=Window(start, start + timedelta(days=1))), start)
    kind = {"productTypeId": "SpotTaskingOneDay", "minimumOrderAreaApplied": minimum}
    contract = CONVERTER.structure({"contractId": "c"}, ContractInfo)
    target = Target.of(contract, CONVERTER.structure(kind, ProductType))
    real = geometry.area_km2(area)
    billed = Decimal(max(minimum, int(real)))

    assert minimum_applied(inquiry, target, billed) is (real < minimum)


# --- What comes with it ------------------------------------------------------------------------------


def test_every_commercial_wish_is_accounted_for(inquire, product, attempt, answer):
    """Each wish appears once, with what became of it."""
    inquiry = inquire(
        licence="standard",
        priority="rush",
        exclusivity_days=7,
        sla="24H",
        market="AGRI",
        end_users=(EndUser(name="Jane Doe", country="FR"),),
    )
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    quote = translate.read_quote(inquiry, opportunity, PRODUCTION, "AGRI", answer("answer-prices-oneday"))

    assert {item.field: str(item.how) for item in quote.adjustments} == {
        "licence": "honoured",
        "priority": "honoured",
        "exclusivity_days": "not-enforced",
        "sla": "not-enforced",
        "market": "honoured",
        "end_users": "honoured",
    }


@pytest.mark.parametrize(
    ("production", "how", "sent"),
    [({"priority": "standard"}, AdjustmentKind.APPROXIMATED, "standard"), ({}, AdjustmentKind.NOT_ENFORCED, None)],
)
def test_a_priority_that_was_not_sent_is_said(inquire, product, attempt, answer, production, how, sent):
    """The options of the request may say otherwise, and a product may have no choice."""
    inquiry = inquire(priority="rush", options=AirbusOptions(priority=sent))
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    quote = translate.read_quote(inquiry, opportunity, production, None, answer("answer-prices-oneday"))
    (adjustment,) = quote.adjustments

    assert (adjustment.how, adjustment.asked, adjustment.sent) == (how, "rush", sent)
    assert adjustment.why


@pytest.mark.parametrize("programme", list(Programme))
def test_leaving_is_possible_until_twelve_hours_before(programme):
    """Two steps with their source: until twelve hours before, and after."""
    first, last = cancellation_steps(programme)

    assert (first.hours_before_start, last.hours_before_start) == (None, 12)
    assert (first.fee_percent == 0) is (programme is Programme.ONEDAY)
    assert ("stopped" in last.note) is programme.startswith("ONENOW")
    assert first.source
    assert last.source


def test_notes_tell_of_clouds_and_of_small_areas(inquire, product, attempt, answer):
    """The buyer hears what a OneDay is, and that nothing is produced below five km²."""
    inquiry = inquire(area=box(1.43, 43.57, 1.44, 43.58))
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"))
    quote = translate.read_quote(inquiry, opportunity, {}, None, answer("answer-prices-oneday"))

    assert len(quote.notes) == 2
    assert "whatever the clouds" in quote.notes[0]
    assert "below 5 km²" in quote.notes[1]


def test_a_neo_price_ends_with_its_feasibility(inquire, product, answer):
    """Pléiades Neo says until when a feasibility holds."""
    inquiry = inquire(end=datetime(2021, 7, 1, tzinfo=UTC))
    step = Step(endpoint=Endpoint.FEASIBILITY, targets=(product("PleiadesNeoOnePlan"),))
    verdict = {"classification": "EASY", "automation": "AUTOMATIC", "expirationDate": "2021-05-29T00:00:00.000Z"}
    found = {"progCapacities": [{"mission": "PLEIADESNEO", "progTypes": [{"name": "ONEPLAN", "feasibility": verdict}]}]}
    (opportunity,) = translate.read_search(inquiry, step, answer(found))
    quote = translate.read_quote(inquiry, opportunity, {}, None, answer(priced()))

    assert quote.expires_at == datetime(2021, 5, 29, tzinfo=UTC)


# --- What has none -----------------------------------------------------------------------------------


def test_a_stereo_pair_has_no_price_before_the_study(inquire, product):
    """It can be ordered, and the refusal says so."""
    inquiry = inquire(optical=Optical(stereo=Stereo.TRISTEREO))
    target = product("PleiadesTaskingOnePlan")
    (opportunity,) = translate.studied_opportunities(inquiry, Step(endpoint=Endpoint.STUDY, targets=(target,)))
    refusal = translate.unquotable(inquiry, target, opportunity)

    assert (refusal.code, refusal.field) == (RefusalCode.STUDY_REQUIRED, "stereo")
    assert "tristereo can be ordered, and has no price" in refusal.message


def test_a_manual_plan_has_no_price_and_says_what_would_help(inquire, product, answer):
    """Ten days are too short for an automatic plan."""
    inquiry = inquire()
    target = product("PleiadesTaskingOnePlan")
    verdict = {"classification": "CHALLENGING", "automation": "MANUAL"}
    found = {"progCapacities": [{"mission": "PLEIADES", "progTypes": [{"name": "ONEPLAN", "feasibility": verdict}]}]}
    (opportunity,) = translate.read_search(
        inquiry, Step(endpoint=Endpoint.FEASIBILITY, targets=(target,)), answer(found)
    )
    refusal = translate.unquotable(inquiry, target, opportunity)

    assert (refusal.code, refusal.remedy) == (RefusalCode.STUDY_REQUIRED, "make the window 30 days long")


@pytest.mark.parametrize(("minutes", "late"), [(-1, False), (0, True), (1, True)])
def test_a_passed_deadline_is_refused_without_asking(inquire, product, attempt, minutes, late):
    """From the deadline on there is no price."""
    target = product("PleiadesTaskingOneDay")
    opportunity = attempt(inquire(), target)
    then = evolve(inquire(), now=opportunity.order_deadline + timedelta(minutes=minutes))
    refusal = translate.unquotable(then, target, opportunity)

    assert (refusal is not None) is late
    assert refusal is None or (refusal.code, refusal.field) == (RefusalCode.DEADLINE_PASSED, "window")


def test_an_opportunity_without_a_deadline_lasts_as_long_as_its_window(inquire, product, attempt):
    """Where Airbus names no deadline, the end of the window is one."""
    target = product("PleiadesTaskingOneDay")
    opportunity = evolve(attempt(inquire(), target), order_deadline=None)

    assert translate.unquotable(inquire(), target, opportunity) is None
    assert translate.unquotable(evolve(inquire(), now=opportunity.window.end), target, opportunity) is not None


@pytest.mark.parametrize(
    ("allowed", "remedy"),
    [
        (("standard", "media"), "set licence to one of standard, media"),
        (("standard",), "set licence to standard"),
        ((), "leave licence out"),
    ],
)
def test_a_conflict_of_options_is_a_refusal_with_the_values_allowed(inquire, product, allowed, remedy):
    """The buyer hears what may be chosen."""
    conflict = OptionConflictError("licence", "eula_5", allowed, "no licence 'eula_5'")
    refusal = translate.conflict_refusal(inquire(), product("PleiadesTaskingOneDay"), conflict)

    assert (refusal.code, refusal.field, refusal.actual) == (
        RefusalCode.REQUIREMENT_NOT_OFFERED,
        "licence",
        "eula_5",
    )
    assert refusal.remedy == remedy


def test_a_study_is_what_the_feasibility_says(attempt, inquire, product):
    """Whether an opportunity has a price is decided by its feasibility alone."""
    target = product("PleiadesTaskingOnePlan")
    opportunity = evolve(
        attempt(inquire(), product("PleiadesTaskingOneDay")), feasibility=Feasibility(word="EASY", manual_study=True)
    )
    refusal = translate.unquotable(inquire(end=datetime(2021, 9, 1, tzinfo=UTC)), target, opportunity)

    assert refusal.remedy == "order it, and decide when Airbus' study names the price"
