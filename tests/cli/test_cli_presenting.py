"""What people read before they agree, and while they wait."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from orders.shop import an_offer

from tasking_hub import Acquisition, CancellationStep, QuoteChangedError, Terms
from tasking_hub.cli.failures import explanation
from tasking_hub.cli.presenting import moment, quote_section
from tasking_hub.cli.tables import show
from tasking_hub.cli.watch import _what
from tasking_hub.orders.events import AcquisitionTaken


def step(hours, percent, note):
    """A step of the terms."""
    percent = None if percent is None else Decimal(percent)
    return CancellationStep(hours_before_start=hours, fee_percent=percent, note=note, source="the terms")


LADDER = (step(None, 0, "free"), step(72, 10, "a tenth"), step(24, 100, "all"), step(1, None, "too late to leave"))


def shown(clock, hours):
    """How a quote is shown so many hours before its window starts, from what leaving costs on."""
    offer = evolve(an_offer(clock), terms=Terms(cancellation=LADDER))
    file = io.StringIO()
    show(file, quote_section(offer, "r-1", at=offer.opportunity.window.start - timedelta(hours=hours)))
    return " ".join(file.getvalue().partition("Leaving costs")[2].split())


def test_what_leaving_costs_begins_with_what_holds_now(clock):
    """A step that is over is not shown: nobody can have its fee any more."""
    early, late = shown(clock, 100), shown(clock, 20)

    assert early.startswith("now: 0.00 EUR (0 % of the price) free (the terms) from 2026-11-")
    assert "10.00 EUR (10 % of the price) a tenth" in early
    assert late.startswith("now: 100.00 EUR (100 % of the price) all (the terms)")
    assert "free" not in late
    assert "a tenth" not in late


def test_a_step_without_a_fee_is_its_rule(clock):
    """It is not said twice that nobody says what it costs."""
    assert shown(clock, 0.5) == "now: too late to leave (the terms)"


def test_a_time_is_never_shown_late(clock):
    """To the second, and before the moment itself."""
    at = clock.now() + timedelta(milliseconds=999)

    assert moment(at) == "2026-11-21T09:00:00Z"
    assert moment(None) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_price": ("1 EUR", "5 EUR")}, "it costs 5 EUR, and --max-price is 1 EUR"),
        (
            {"price": ("4 EUR", "5 EUR")},
            "the price was 4 EUR and is 5 EUR, and --max-drift says how much",
        ),
        ({"price": (None, "5 EUR")}, "it has a price now, 5 EUR: price it with `tasking-hub quote` and order that"),
        ({"replaces": ([], ["OLD"])}, "it would cancel OLD, and --replaces names nothing"),
        ({"terms.licence": (None, "INTERNAL")}, "terms.licence was nothing and is INTERNAL"),
    ],
)
def test_a_quote_that_changed_is_told_in_words_of_the_options(changes, said):
    """Each difference by what was said and what it is now."""
    (line,) = explanation(QuoteChangedError("r-1", changes))

    assert line.startswith(f"error: r-1: not ordered: {said}")


def test_a_deadline_that_passed_is_told_with_the_time(clock):
    """Both moments as RFC 3339."""
    (line,) = explanation(QuoteChangedError("r-1", {"expires_at": (clock.now(), clock.now() + timedelta(hours=1))}))

    assert line.endswith("it could be ordered until 2026-11-21T09:00:00Z, and now it is 2026-11-21T10:00:00Z")


def test_an_image_is_told_by_its_id_and_word(clock):
    """Also one that waits for nobody."""
    image = Acquisition(id="i-1", order_id="O-1", provider_status="PUBLISHED")
    event = AcquisitionTaken(account="toy", reference="r-1", order_id="O-1", at=clock.now(), acquisition=image)

    assert _what(event) == "i-1 PUBLISHED"
