"""From the price that comes with a window to a quote."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tasking_hub import (
    AdjustmentKind,
    EndUser,
    HttpResponse,
    Imaging,
    InvalidRequestError,
    Money,
    Optical,
    PriceLine,
    Quota,
    QuoteRefusedError,
    RefusalCode,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub_planet import PlanetOptions
from tasking_hub_planet.translate import (
    find_window,
    price_in_hand,
    read_opportunities,
    read_quote,
    read_search,
    search_id_of,
)

REPLACING = PlanetOptions(show_replacing=True)


@pytest.fixture
def found(sample, inquire):
    """Makes the page's priced window, as an opportunity, with the inquiry that found it."""

    def make(*, window=None, pricing=None, later_s=30, drop=(), **request):
        body = sample("search-done-priced")
        (only,) = body["imaging_windows"]
        only |= window or {}
        only["pricing_details"] |= pricing or {}
        for name in drop:
            del only[name]
        inquiry = inquire(**{"options": REPLACING} | request)
        state = read_search(HttpResponse(status=200, body=dump_json(body).encode()))
        (opportunity,) = read_opportunities(inquiry, state)
        return evolve(inquiry, asked_at=inquiry.asked_at + timedelta(seconds=later_s)), opportunity, state

    return make


def quoted(found, **changes):
    """The quote from what came with the search."""
    inquiry, opportunity, _ = found(**changes)
    return read_quote(inquiry, opportunity, price_in_hand(inquiry, opportunity))


def test_every_field_of_the_price_arrives(found):
    """The server's estimate is the price, in its unit; the configured price of quota makes it money."""
    quote = quoted(found, exclusivity_days=7)

    assert quote.price == Quota(Decimal("37.5"), "SQKM")
    assert quote.quota_value == quote.money == Money(Decimal("157.5"), "USD")
    assert quote.multiplier == Decimal(1)
    assert quote.lines == (
        PriceLine(label="estimated_quota_cost", amount=Quota(Decimal("37.5"), "SQKM")),
        PriceLine(label="replaced_orders: Existing Order to Replace", amount=Quota(Decimal(25), "SQKM")),
    )
    assert (quote.binding, quote.expires_at, quote.list_price, quote.billable_area_km2) == (False, None, None, None)
    assert (quote.terms.exclusivity, quote.terms.priority) == ("7 days", "STANDARD")
    assert quote.raw == quote.opportunity.raw


def test_quota_without_a_price_stays_quota(found, settings):
    """Without a configured price there is no money, and nothing is guessed."""
    quote = quoted(found, account_settings=evolve(settings, quota_price=None))

    assert (quote.quota_value, quote.money) == (None, None)


def test_the_time_of_the_quote_is_now(found):
    """Not the time of the search."""
    inquiry, opportunity, _ = found(later_s=100)

    quote = read_quote(inquiry, opportunity, price_in_hand(inquiry, opportunity))

    assert quote.quoted_at == inquiry.asked_at


def test_the_multiplier_never_changes_the_price(found):
    """The server's estimate stands as it is, whatever multiplier comes with it."""
    assert quoted(found, window={"quota_priority_multiplier": 3}).price == quoted(found).price


def test_a_unit_that_is_not_named_is_quota(found):
    """The amount is kept under a neutral name."""
    assert quoted(found, pricing={"units": None}).price == Quota(Decimal("37.5"), "quota")


@pytest.mark.parametrize(
    ("multiplier", "window", "said"),
    [
        (1, {}, None),
        (1.5, {}, "Planet's priority multiplier is 1.5; by its documentation it would be 1.0."),
        (1.5, {"assured_tasking_tier": "EXPRESS"}, None),
        (2, {"assured_tasking_tier": "GOLD"}, None),
        (None, {}, None),
    ],
)
def test_a_multiplier_unlike_the_documented_one_is_pointed_out(found, multiplier, window, said):
    """The rule is computed beside the server's number; tiers that it does not know are left alone."""
    notes = quoted(found, window=window | {"quota_priority_multiplier": multiplier}).notes

    assert [note for note in notes if "multiplier" in note] == ([said] if said else [])


@pytest.mark.parametrize(("multiplier", "noted"), [(1, "or as 1.5"), (1.5, "or as 1.5"), (2.5, "would be 1.0 or 1.5")])
def test_the_one_cell_that_can_be_read_twice_is_pointed_out(found, sample, multiplier, noted):
    """A STANDARD window that replaces one EXPRESS order: the page lets both 1.0 and 1.5 stand."""
    (order,) = sample("search-done-priced")["imaging_windows"][0]["conflicting_orders"]
    window = {"conflicting_orders": [order | {"assured_tasking_tier": "EXPRESS"}]}

    notes = quoted(found, window=window | {"quota_priority_multiplier": multiplier}).notes

    assert [noted in note for note in notes if "multiplier" in note] == [True]


def test_a_quote_names_the_orders_that_it_would_cancel(found):
    """A buyer should not have to open the raw JSON to see it."""
    assert any("886ed050-a16b-4c5d-a252-c805720afd80" in note for note in quoted(found).notes)


def test_a_changed_set_of_replaced_orders_is_pointed_out(found):
    """What was shown when the window was found may no longer be what is cancelled."""
    inquiry, opportunity, state = found()
    forgetful = evolve(opportunity, replaces=())

    notes = read_quote(inquiry, forgetful, find_window(state, opportunity.handle)).notes

    assert "The orders that this window would cancel have changed since it was found." in notes


def test_every_wish_appears_exactly_once(found):
    """Requirements of the image on the opportunity, commercial wishes on the quote, none twice."""
    inquiry, opportunity, _ = found(
        optical=Optical(max_cloud_cover=90, max_incidence=32),
        licence="standard",
        priority="high",
        exclusivity_days=7,
        sla="fast",
        market="defence",
        end_users=(EndUser(name="A", country="FR"),),
    )
    quote = read_quote(inquiry, opportunity, price_in_hand(inquiry, opportunity))

    fields = [one.field for one in quote.all_adjustments]
    assert sorted(fields) == sorted([*inquiry.request.asked(Imaging.OPTICAL), "window"])
    assert {one.field for one in quote.adjustments if one.how is AdjustmentKind.NOT_ENFORCED} == {
        "licence",
        "priority",
        "sla",
        "market",
        "end_users",
    }


@pytest.mark.parametrize(
    ("days", "option", "how", "sold"),
    [
        (7, None, AdjustmentKind.HONOURED, 7),
        (5, None, AdjustmentKind.TIGHTENED, 7),
        (0, None, AdjustmentKind.HONOURED, 0),
        (7, 30, AdjustmentKind.TIGHTENED, 30),
    ],
)
def test_exclusivity_is_accounted_for(found, days, option, how, sold):
    """Days that are not sold are rounded up, and that is said."""
    options = PlanetOptions(show_replacing=True, exclusivity_days=option)

    quote = quoted(found, exclusivity_days=days, options=options)

    (adjustment,) = quote.adjustments
    assert (adjustment.field, adjustment.how, adjustment.asked, adjustment.sent) == (
        "exclusivity_days",
        how,
        days,
        sold,
    )
    assert quote.terms.exclusivity == f"{sold} days"


def test_a_replaced_order_without_a_cost_is_no_line(found):
    """Nothing is made up for it; the orders are named in the notes all the same."""
    orders = [{"order_id": "886ed050-a16b-4c5d-a252-c805720afd80", "name": None, "cost": None}]

    assert [line.label for line in quoted(found, pricing={"replaced_orders": orders}).lines] == ["estimated_quota_cost"]


def test_cancellation_is_said_to_be_unpublished(found):
    """No fee is invented."""
    (step,) = quoted(found).terms.cancellation

    assert step.fee_percent is None
    assert "publishes no fee" in step.note


@pytest.mark.parametrize("pricing", [{"estimated_quota_cost": None}])
def test_no_estimate_is_no_quote(found, pricing):
    """A price is never computed from other numbers."""
    with pytest.raises(QuoteRefusedError) as caught:
        quoted(found, pricing=pricing)

    assert caught.value.refusal.code is RefusalCode.NO_PRICING_PLAN


# --- The price in hand -------------------------------------------------------------------------------


@pytest.mark.parametrize(("later_s", "kept"), [(30, True), (899, True), (901, False), (86_400, False)])
def test_an_old_price_is_asked_for_again(found, later_s, kept):
    """The multiplier moves with time, so a price that is a quarter of an hour old does not count."""
    inquiry, opportunity, _ = found(later_s=later_s)

    assert (price_in_hand(inquiry, opportunity) is not None) is kept


def test_no_price_in_hand_without_pricing_details(found):
    """A window that was read without its price has to be read again."""
    inquiry, opportunity, _ = found(drop=["pricing_details"])

    assert price_in_hand(inquiry, opportunity) is None


@pytest.mark.parametrize("raw", [{}, {"imaging_window": None}, {"imaging_window": {"id": 3}}, {"imaging_window": []}])
def test_broken_raw_data_is_no_price(found, raw):
    """Whatever happened to the saved JSON, the provider can still be asked."""
    inquiry, opportunity, _ = found()

    assert price_in_hand(inquiry, evolve(opportunity, raw=raw)) is None


def test_a_price_survives_saving_as_json(found):
    """Raw data written as JSON and read back in another process gives the same quote."""
    inquiry, opportunity, _ = found()
    saved = evolve(opportunity, raw=load_json(dump_json(opportunity.raw)))

    assert price_in_hand(inquiry, saved) == price_in_hand(inquiry, opportunity)
    assert search_id_of(saved) == "b7a4a198-17ea-45e2-baa1-766aaae3fab7"


@pytest.mark.parametrize("raw", [{}, {"search": {}}, {"search": {"id": ""}}, {"search": "x"}])
def test_an_opportunity_without_its_search_cannot_be_priced(found, raw):
    """The error says what to do."""
    _, opportunity, _ = found()

    with pytest.raises(InvalidRequestError, match="find it again"):
        search_id_of(evolve(opportunity, raw=raw))


def test_a_window_is_found_by_its_handle(found):
    """And only by it."""
    _, opportunity, state = found()

    assert find_window(state, opportunity.handle).window.id == opportunity.handle
    assert find_window(state, "another") is None
    assert find_window(state, None) is None
