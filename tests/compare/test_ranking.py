"""Ranking: total, stable, and honest about what it does not know."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box
from toys import DAY, NOW, opportunity, quote, request

from tasking_hub import Adjustment, AdjustmentKind, Money, Quota, RankBy, Rates, Window
from tasking_hub.compare.ranking import rank, useful_area_km2

EUR = Rates.identity("EUR")
USD = Rates(base="EUR", date=date(2026, 11, 20), per_base={"USD": Decimal("1.25")}, source="test")


def eur(amount):
    return Money(Decimal(amount), "EUR")


def ids(rows):
    return [row.quote.opportunity.id for row in rows]


def later(id_, days):
    start = NOW + days * DAY
    return opportunity(id_, window=Window(start, start + timedelta(seconds=30)))


def test_cheapest_comes_first():
    """By price, the cheaper quote has the better rank."""
    rows = rank([quote("dear", eur(200)), quote("cheap", eur(100))], by=RankBy.PRICE, currency="EUR", rates=EUR)

    assert ids(rows) == ["cheap", "dear"]
    assert [row.rank for row in rows] == [1, 2]


def test_currencies_are_compared_in_the_base_currency():
    """A price in another currency is ranked by what it is worth at the dated rate."""
    quotes = [quote("euro", eur(90)), quote("dollar", Money(Decimal(100), "USD"))]
    rows = rank(quotes, by=RankBy.PRICE, currency="EUR", rates=USD)

    assert ids(rows) == ["dollar", "euro"]
    assert rows[0].price_in_base == eur("80.00")


def test_a_currency_without_a_rate_is_ranked_last_and_never_guessed():
    """Without a rate there is no price in the base currency, and the row follows all priced ones."""
    quotes = [quote("yen", Money(Decimal(1), "JPY")), quote("euro", eur(5000))]
    rows = rank(quotes, by=RankBy.PRICE, currency="EUR", rates=USD)

    assert ids(rows) == ["euro", "yen"]
    assert rows[1].price_in_base is None


def test_quota_is_ranked_by_its_configured_value():
    """Quota with a contract price takes its place among the prices; without one it comes last."""
    valued = quote("valued", Quota(Decimal(10), "credits"), quota_value=eur(50))
    bare = quote("bare", Quota(Decimal(1), "credits"))
    rows = rank([bare, quote("euro", eur(60)), valued], by=RankBy.PRICE, currency="EUR", rates=EUR)

    assert ids(rows) == ["valued", "euro", "bare"]


def test_time_ranks_by_the_latest_moment_of_acquisition():
    """A campaign promises its end, so a pass in between comes first."""
    campaign = opportunity("campaign", window=Window(NOW, NOW + 7 * DAY))
    quotes = [quote("campaign", eur(1), opportunity=campaign), quote("pass", eur(2), opportunity=later("pass", 3))]

    assert ids(rank(quotes, by=RankBy.TIME, currency="EUR", rates=EUR)) == ["pass", "campaign"]


def test_unpriced_rows_stand_in_order_of_time():
    """Quotes without a price in the base currency follow each other by time."""
    quotes = [
        quote("late", Quota(Decimal(1), "credits"), opportunity=later("late", 5)),
        quote("soon", Quota(Decimal(9), "credits"), opportunity=later("soon", 1)),
    ]

    assert ids(rank(quotes, by=RankBy.PRICE, currency="EUR", rates=EUR)) == ["soon", "late"]


def test_equal_quotes_share_a_rank_and_keep_a_stable_order():
    """Equal in price, time and price per km² means equal rank; the next rank counts them all."""
    quotes = [quote("b", eur(1)), quote("a", eur(1)), quote("c", eur(2))]
    rows = rank(quotes, by=RankBy.PRICE, currency="EUR", rates=EUR)

    assert [(row.rank, row.quote.opportunity.id) for row in rows] == [(1, "a"), (1, "b"), (3, "c")]


def test_price_per_km2_counts_only_the_part_of_the_area_that_is_shown():
    """Half of the area for half of the price is the same price per useful km²."""
    asked = request(area=box(0, 0, 0.2, 0.1))
    half = opportunity("half", asked, footprint=box(0, -1, 0.1, 1))
    whole = opportunity("whole", asked, footprint=box(-1, -1, 1, 1))
    rows = rank(
        [quote("half", eur(50), opportunity=half), quote("whole", eur(100), opportunity=whole)],
        by=RankBy.PRICE_PER_KM2,
        currency="EUR",
        rates=EUR,
    )

    assert rows[0].price_per_km2 == rows[1].price_per_km2
    assert rows[0].useful_area_km2 == pytest.approx(Decimal(123), abs=1)


def test_useful_area_is_unknown_where_the_provider_shows_another_area():
    """A polygon reduced to a point, without a footprint, says nothing of how much is shown."""
    reduced = Adjustment(field="area", how=AdjustmentKind.APPROXIMATED, asked="polygon", why="a point provider")
    found = opportunity("x", request(area=box(0, 0, 0.1, 0.1)), adjustments=(reduced,))

    assert useful_area_km2(quote("x", eur(1), opportunity=found)) is None


def test_a_campaign_without_footprint_shows_the_whole_area():
    """Without a footprint and without an adjusted area, all of the area is useful."""
    found = opportunity("x", request(area=box(0, 0, 0.1, 0.1)))

    assert useful_area_km2(quote("x", eur(1), opportunity=found)) == pytest.approx(Decimal(123), abs=1)


def test_points_and_missed_areas_have_no_price_per_km2():
    """No area, or none of it shown, leaves the price per km² open."""
    missed = opportunity("missed", request(area=box(0, 0, 0.1, 0.1)), footprint=box(5, 5, 6, 6))
    point = opportunity("point", request(area=Point(0, 0)))
    quotes = [quote("missed", eur(1), opportunity=missed), quote("point", eur(1), opportunity=point)]
    rows = rank(quotes, by=RankBy.PRICE_PER_KM2, currency="EUR", rates=EUR)

    assert [row.price_per_km2 for row in rows] == [None, None]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["EUR", "USD", "JPY"]), st.integers(1, 3)), min_size=1, max_size=8
    ),
    st.sampled_from(RankBy),
    st.randoms(),
)
def test_order_depends_on_the_quotes_alone(facts, by, shuffler):
    """However the quotes come in, they leave in the same order with ranks that never fall."""
    quotes = [
        quote(f"o{number}", Money(Decimal(amount), currency), opportunity=later(f"o{number}", days))
        for number, (amount, currency, days) in enumerate(facts)
    ]
    rows = rank(quotes, by=by, currency="EUR", rates=USD)
    shuffled = list(quotes)
    shuffler.shuffle(shuffled)

    assert ids(rank(shuffled, by=by, currency="EUR", rates=USD)) == ids(rows)
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert rows[0].rank == 1


def test_nothing_to_rank_is_no_rows():
    """No quotes, no ranks."""
    assert rank([], by=RankBy.PRICE, currency="EUR", rates=EUR) == ()
