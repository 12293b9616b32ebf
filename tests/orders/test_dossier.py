"""The dossier of a purchase, as JSON and as Markdown."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders.shop import an_offer, euros
from strategies import quotes, words
from toys import NOW, quote, refusal

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    CancellationStep,
    Comparison,
    PriceLine,
    QuoteRefusedError,
    RankBy,
    RankedQuote,
    RateLimitedError,
    Rates,
    RefusalCode,
    RejectedRequestError,
    Terms,
)
from tasking_hub.exact_json import dump_json, load_json
from tasking_hub.orders import intend
from tasking_hub.orders.answers import Answer
from tasking_hub.orders.dossier import dossier, dossier_markdown
from tasking_hub.report.documents import comparison_document

ANSWER = Answer(account="toy", decision_id="segment-1", order_id="S-1", accept=True, who="Ada", decided_at=NOW)


def _comparison(offer):
    ranked = RankedQuote(rank=1, quote=offer, price_in_base=offer.price)
    return Comparison(
        request=offer.opportunity.request,
        quotes=(ranked,),
        refusals=(refusal(account="other"),),
        base_currency="EUR",
        rates=Rates.identity("EUR"),
        ranked_by=RankBy.PRICE,
    )


async def test_a_dossier_holds_the_whole_purchase(placer, book, fate, clock):
    """What was wanted, every quote, the conditions, the answers, the order and its history; all of it plain JSON."""
    offer = an_offer(clock)
    fate.price = euros(103)
    order = await placer.place(offer, max_drift=5, max_price=euros(110))
    intent = await book.intent("r-1")
    comparison = comparison_document(_comparison(offer))
    document = dossier(intent, comparison=comparison, answers=[ANSWER])

    assert json.loads(json.dumps(document)) == document
    assert document["quotes"]["accepted"]["price"] == {"amount": "100.00", "currency": "EUR"}
    assert document["quotes"]["reviewed"]["price"] == {"amount": "103.00", "currency": "EUR"}
    assert [found["rank"] for found in document["quotes"]["compared"]] == [1]
    assert [found["account"] for found in document["refusals"]] == ["other"]
    assert document["conditions"] == {
        "max_price": {"amount": "110.00", "currency": "EUR"},
        "max_drift": {"percent": "5"},
        "replaces": [],
    }
    assert [(found["who"], found["accept"]) for found in document["decisions"]] == [("Ada", True)]
    assert [step["state"] for step in document["order"]["history"]] == [step.state.value for step in order.history]
    assert document["order"]["raw"] == {"id": "S-1"}


async def test_the_markdown_shows_what_the_json_holds(placer, book, clock):
    """Every part is a section, every step a row; what is not known is left out."""
    step = CancellationStep(hours_before_start=24.0, fee_percent=Decimal(50), note="half the price", source="terms")
    offer = evolve(an_offer(clock), terms=Terms(licence="L1", cancellation=(step,)))
    await placer.place(offer, max_drift=euros(3))
    comparison = comparison_document(_comparison(offer))
    shown = dossier_markdown(dossier(await book.intent("r-1"), comparison=comparison, answers=[ANSWER]))

    for line in [
        "# Purchase r-1",
        "| account | toy (toy) |",
        "| state | received (RECEIVED) |",
        "| order | S-1 |",
        "| window | 2026-11-22T09:00:00Z to 2026-11-24T09:00:00Z |",
        "Ranked by price, in EUR.",
        "| 1 | toy | Toy | 2026-11-22T09:00:00Z | 2026-11-22T09:00:30Z | 100.00 EUR | 100.00 EUR | yes |",
        "| other |  | no-opportunity | no | ask somebody else |",
        "| price accepted | 100.00 EUR |",
        "| dearer by at the most | 3.00 EUR |",
        "| terms: licence | L1 |",
        "| 24 | 50 | half the price | terms |",
        "| 2026-11-21T09:00:00Z | accepted | segment-1 | Ada | sent |  |  |",
        "| request | r-1 |",
        "| binding | no |",
        "| last changed in the order book | 2026-11-21T09:00:00Z |",
        "| 2026-11-21T09:00:00Z | sent |  |  |",
    ]:
        assert line in shown.splitlines()
    assert "None" not in shown
    assert "counted against limits" in shown


def _shown(intent, **given):
    return dossier_markdown(dossier(intent, **given)).splitlines()


def test_an_auditor_sees_what_the_price_was_made_of_and_how_requirements_are_met():
    """Price lines, minimum, worth and validity of the quote; each adjustment with what was asked and sent."""
    offer = evolve(
        quote("o-1", euros(1)),
        list_price=euros(2),
        billable_area_km2=Decimal(100),
        minimum_applied=True,
        lines=(PriceLine(label="archive", amount=euros(1)),),
        expires_at=NOW + timedelta(hours=1),
        notes=("an estimate",),
        adjustments=(
            Adjustment(field="max_cloud_cover", asked=10, sent=15, how=AdjustmentKind.APPROXIMATED, why="steps of 5"),
            Adjustment(field="max_incidence", asked=30, sent=30, how=AdjustmentKind.HONOURED, why=""),
        ),
    )
    shown = _shown(intend(offer, at=NOW), at=NOW)

    for line in [
        "| this dossier was written | 2026-11-21T09:00:00Z |",
        "| list price | 2.00 EUR |",
        "| billed area | 100 km², the minimum |",
        "| price line: archive | 1.00 EUR |",
        "| valid until | 2026-11-21T10:00:00Z |",
        "| note | an estimate |",
        "| dearer by at the most | nothing |",
        "| max\\_cloud\\_cover | 10 | 15 | approximated | steps of 5 |",
        "| max\\_incidence | 30 | as asked | honoured |  |",
        "No compared quotes are attached to this dossier.",
    ]:
        assert line in shown


def test_a_quote_that_is_none_of_the_compared_ones_is_said_to_be_none():
    """A comparison that was made anew has other prices: nothing is marked as bought."""
    offer = quote("o-1", euros(1))
    later = comparison_document(_comparison(evolve(offer, quoted_at=NOW + timedelta(hours=1))))
    document = dossier(intend(offer, at=NOW), comparison=later)
    shown = dossier_markdown(document).splitlines()

    assert document["comparison"]["bought_rank"] is None
    assert "What was bought is none of these quotes as they stand here." in shown
    assert not [line for line in shown if line.endswith("| yes |") and line.startswith("| 1 |")]


def test_a_rate_of_exchange_is_shown_with_its_day_and_source():
    """What prices were compared at can be checked."""
    compared = comparison_document(_comparison(quote("o-1", euros(1))))
    rates = {"base": "EUR", "date": "2026-11-20", "per_base": {"EUR": "1", "USD": "1.15"}, "source": "ECB"}
    shown = _shown(intend(quote("o-1", euros(1)), at=NOW), comparison={**compared, "rates": rates})

    assert "Ranked by price, in EUR. Rates of 2026-11-20 (ECB): 1 EUR = 1.15 USD." in shown


def test_a_dossier_of_an_earlier_version_can_be_shown():
    """It lacks what was added since."""
    offer = quote("o-1", euros(1))
    document = dossier(intend(offer, at=NOW), comparison=comparison_document(_comparison(offer)))
    for name in ("as_of", "written_at", "comparison"):
        del document[name]

    assert "## Quotes that were compared" in dossier_markdown(document)


async def test_a_purchase_without_a_price_says_so(placer, book, fate, clock):
    """There is no quote to show, and the dossier does not make one up."""
    fate.quoting = QuoteRefusedError(refusal(RefusalCode.STUDY_REQUIRED))
    await placer.place_unpriced(an_offer(clock).opportunity, accept_unpriced=True)
    document = dossier(await book.intent("r-1"))
    shown = dossier_markdown(document)

    assert (document["quotes"]["accepted"], document["quotes"]["reviewed"]) == (None, None)
    assert document["opportunity"]["id"] == "o-1"
    assert "Ordered without a price" in shown
    assert "Quotes that were compared" not in shown


@pytest.mark.parametrize("note", ["a | b", "a\nb", "<script>", "[x](y)", "`code`", "# no heading"])
def test_no_text_breaks_out_of_its_cell(note):
    """A provider's words cannot change the table, make a link or carry HTML."""
    intent = intend(quote("o-1", euros(1)), at=NOW)
    marked = evolve(intent, steps=(evolve(intent.steps[0], note=note),))
    row = dossier_markdown(dossier(marked)).splitlines()[-1]

    assert row.startswith("| 2026-11-21T09:00:00Z | intended |  | ")
    assert row.replace("\\|", "").count("|") == 5
    assert "<" not in row
    assert "[x](y)" not in row


@given(quotes(), st.none() | words)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=20, deadline=None)
def test_every_purchase_has_a_dossier(offer, word):
    """Whatever was bought, it can be written down and shown."""
    document = dossier(evolve(intend(offer, at=NOW), provider_status=word))

    assert json.loads(json.dumps(document)) == document
    assert dossier_markdown(document).startswith("# Purchase ")


async def test_the_book_keeps_what_a_quote_was_chosen_from(placer, book, clock):
    """Before anything is sent, whole, and not in the way of those who list orders."""
    offer = an_offer(clock)
    comparison = _comparison(offer)
    await placer.place(offer, comparison=comparison)

    kept = await book.compared("r-1")
    document = dossier(await book.intent("r-1"), comparison=kept)

    assert kept == load_json(dump_json(comparison_document(comparison)))
    assert document["comparison"]["bought_rank"] == 1
    assert await book.compared("r-2") is None


async def test_a_purchase_placed_again_keeps_the_last_comparison(placer, book, fate, clock):
    """After a sending that nobody processed it is what the last caller chose from; once sent, nothing changes it."""
    offer = an_offer(clock)
    first = _comparison(offer)
    second, third = (evolve(first, base_currency=currency) for currency in ("USD", "CHF"))
    fate.before = [RateLimitedError(status=429, method="POST", url="https://shop.example")]
    with pytest.raises(RateLimitedError):
        await placer.place(offer, comparison=first)
    for comparison in (second, third):
        await placer.place(offer, comparison=comparison)

    assert (await book.compared("r-1"))["base_currency"] == "USD"


async def test_what_is_resent_was_chosen_from_the_same(placer, book, fate, clock):
    """The new purchase has its own copy."""
    offer = an_offer(clock)
    fate.before = [RejectedRequestError(status=400, method="POST", url="https://shop.example")]
    with pytest.raises(RejectedRequestError):
        await placer.place(offer, comparison=_comparison(offer))
    await placer.resend("r-1")

    assert await book.compared("r-1-again") == await book.compared("r-1")
