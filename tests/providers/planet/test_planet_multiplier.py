"""The documented priority multiplier: its whole truth table, in both readings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub_planet.translate import documented_multiplier
from tasking_hub_planet.translate.rules import MULTIPLIERS
from tasking_hub_planet.wire import ConflictingOrder, ImagingWindow

NOW = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)
SOON, AT_THE_LIMIT, LATER = timedelta(hours=15), timedelta(hours=24), timedelta(hours=24, seconds=1)
S, E = "STANDARD", "EXPRESS"


def window(ahead, tier, replaced):
    """A window so far ahead, of this tier, that replaces orders of those tiers."""
    start = NOW + ahead
    orders = tuple(ConflictingOrder(id=str(number), assured_tasking_tier=one) for number, one in enumerate(replaced))
    return ImagingWindow(
        id="w",
        start_time=start,
        end_time=start + timedelta(minutes=1),
        assured_tasking_tier=tier,
        conflicting_orders=orders,
    )


def readings(ahead, tier, replaced):
    """Both readings as text."""
    rule = documented_multiplier(window(ahead, tier, replaced), NOW)
    return str(rule.literal), str(rule.compared)


@pytest.mark.parametrize(
    ("ahead", "tier", "replaced", "literal", "compared"),
    [
        (SOON, S, [], "1.0", "1.0"),
        (LATER, S, [], "1.0", "1.0"),
        (SOON, E, [], "1.5", "1.5"),
        (LATER, E, [], "1.5", "1.5"),
        (SOON, S, [S], "1.0", "1.0"),
        (SOON, E, [S], "1.5", "1.5"),
        (SOON, E, [E], "1.5", "1.5"),
        (SOON, S, [E], "1.0", "1.5"),
        (SOON, S, [S, S], "2.0", "2.0"),
        (SOON, E, [S, S], "2.0", "2.0"),
        (SOON, S, [S, E], "2.5", "2.5"),
        (SOON, E, [S, E], "2.5", "2.5"),
        (SOON, S, [E, E], "3.0", "3.0"),
        (SOON, E, [E, E], "3.0", "3.0"),
        (SOON, S, [S, S, S], "3.0", "3.0"),
        (SOON, E, [S, S, S], "3.0", "3.0"),
        *(
            (limit, S, replaced, "1.0", "1.0")
            for limit in (AT_THE_LIMIT, LATER)
            for replaced in ([S], [E], [S, S], [E, E])
        ),
        *(
            (limit, E, replaced, "1.5", "1.5")
            for limit in (AT_THE_LIMIT, LATER)
            for replaced in ([S], [E], [S, S], [E, E])
        ),
    ],
)
def test_the_truth_table(ahead, tier, replaced, literal, compared):
    """Each cell of the page's rule, by its letter and with a single replaced order compared too."""
    assert readings(ahead, tier, replaced) == (literal, compared)


def test_the_limit_is_strict():
    """A window exactly 24 hours ahead replaces for free; a microsecond less counts."""
    replaced = [S, S]

    assert readings(AT_THE_LIMIT, S, replaced) == ("1.0", "1.0")
    assert readings(AT_THE_LIMIT - timedelta(microseconds=1), S, replaced) == ("2.0", "2.0")


@pytest.mark.parametrize(("tier", "replaced"), [(None, []), ("NOT_APPLICABLE", []), (S, [None]), (S, [S, "GOLD"])])
def test_an_unknown_tier_has_no_rule(tier, replaced):
    """The rule says nothing about tiers that the page does not name, so nothing is guessed."""
    assert documented_multiplier(window(SOON, tier, replaced), NOW) is None


@given(
    st.timedeltas(timedelta(minutes=1), timedelta(days=7)),
    st.sampled_from([S, E]),
    st.lists(st.sampled_from([S, E]), max_size=5),
)
def test_the_multiplier_is_never_below_the_windows_own(ahead, tier, replaced):
    """Replacing never makes a window cheaper, and the readings differ only for a STANDARD window over one EXPRESS."""
    rule = documented_multiplier(window(ahead, tier, replaced), NOW)

    assert rule.literal >= MULTIPLIERS[tier]
    assert rule.compared >= rule.literal
    assert (rule.compared != rule.literal) == (ahead < AT_THE_LIMIT and (tier, replaced) == (S, [E]))
    assert rule.literal in {MULTIPLIERS[tier], sum((MULTIPLIERS[one] for one in replaced), Decimal(0))}
