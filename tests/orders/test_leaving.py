"""Leaving: what it costs is exact, known before anything is sent, and agreed to."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orders.observatory import Sky, SkyProvider, intended, placed
from orders.shop import euros

from tasking_hub import CancellationStep, Edit, Money, OrderingError, OrderState, Quota, UnknownOrderError, Window
from tasking_hub.money import EXPONENTS
from tasking_hub.orders.fees import fee_of, fee_table, leaving
from tasking_hub.orders.followed import bought
from tasking_hub.orders.leaving import Leaver, LeavingCostsError, require_accepted

S = OrderState
START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def step(hours, percent, note="rule"):
    """A step of the terms."""
    percent = None if percent is None else Decimal(percent)
    return CancellationStep(hours_before_start=hours, fee_percent=percent, note=note, source="test, 2026-11")


LADDER = (step(None, 0), step(72, 25), step(48, 50), step(24, 100))


# --- The table ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "fee"), [(100, 0), (72, 25), (71.9, 25), (48, 50), (24.5, 50), (24, 100), (0, 100), (-5, 100)]
)
def test_the_step_that_holds_is_the_last_that_began(hours, fee):
    """A step holds from its very moment on."""
    costs = leaving("r", LADDER[::-1], price=euros(100), start=START, at=START - timedelta(hours=hours))

    assert costs.fee == euros(fee)
    assert costs.free == (fee == 0)


hours = st.floats(0, 500, allow_nan=False).map(lambda value: round(value, 2))
percents = st.decimals(0, 100, places=2)
ladders = st.lists(st.tuples(hours, percents), max_size=6, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [step(None, 0), *(step(*pair) for pair in pairs)]
)


@given(ladder=ladders, at=hours, data=st.data())
def test_the_table_is_in_order_of_time_however_it_was_given(ladder, at, data):
    """Steps are sorted, and now is the last one that is not in the future."""
    mixed = data.draw(st.permutations(ladder))
    now = START - timedelta(hours=at)
    costs = leaving("r", mixed, price=euros(100), start=START, at=now)
    begins = [item.from_at for item in costs.steps[1:]]

    assert begins == sorted(begins)
    assert costs.steps == fee_table(ladder, price=euros(100), start=START)
    assert costs.now == [item for item in costs.steps if item.from_at is None or item.from_at <= now][-1]


@given(
    minor=st.integers(0, 10**12), percent=st.decimals(0, 100, places=4), currency=st.sampled_from(["EUR", "JPY", "KWD"])
)
def test_a_fee_is_exact_to_the_smallest_unit(minor, percent, currency):
    """It is the share of the price, rounded half to even once, never more than the price, never a float."""
    price = Money.from_minor_units(minor, currency)
    fee = fee_of(step(1, percent), price)
    exact = price.amount * percent / 100

    assert fee.amount == exact.quantize(Decimal(1).scaleb(-EXPONENTS[currency]), rounding=ROUND_HALF_EVEN)
    assert Money(Decimal(0), currency) <= fee <= price


def test_a_fee_in_quota_is_in_quota():
    """Quota is not turned into money."""
    assert fee_of(step(1, 50), Quota(Decimal("1.5"), "km²")) == Quota(Decimal("0.75"), "km²")


@pytest.mark.parametrize(("percent", "price"), [(None, euros(100)), (50, None)])
def test_what_nobody_says_is_not_guessed(percent, price):
    """Without a share or a price there is no fee, and it is not free."""
    costs = leaving("r", [step(None, percent)], price=price, start=START, at=START)

    assert (costs.fee, costs.free) == (None, False)


def test_without_a_price_nothing_per_cent_is_free():
    """A share of zero needs no price."""
    assert leaving("r", [step(None, 0)], price=None, start=START, at=START).free


def test_without_a_window_no_step_is_known_to_hold():
    """A step before a start that nobody knows may have begun."""
    assert leaving("r", LADDER, price=euros(100), start=None, at=START).now is None


# --- What is agreed ----------------------------------------------------------------------------------


@given(fee=st.integers(0, 100), accepted=st.none() | st.integers(0, 100))
def test_nothing_above_what_was_accepted_passes(fee, accepted):
    """The guard lets a fee pass exactly where it is within what was accepted."""
    costs = leaving("r", [step(None, fee)], price=euros(100), start=START, at=START)
    limit = None if accepted is None else euros(accepted)
    if fee == 0 or (accepted is not None and fee <= accepted):
        require_accepted(costs, limit, accept_unknown=False)
    else:
        with pytest.raises(LeavingCostsError, match=rf"costs {fee}(\.00)? EUR now") as caught:
            require_accepted(costs, limit, accept_unknown=True)
        assert (caught.value.leaving, caught.value.accepted) == (costs, limit)


@pytest.mark.parametrize("accepted", [Money(Decimal(999), "USD"), Quota(Decimal(999), "km²")])
def test_another_currency_accepts_nothing(accepted):
    """Nothing is converted where money is at stake."""
    costs = leaving("r", [step(None, 10)], price=euros(100), start=START, at=START)
    with pytest.raises(LeavingCostsError):
        require_accepted(costs, accepted, accept_unknown=True)


# --- With an order -----------------------------------------------------------------------------------


@pytest.fixture
def new_url(tmp_path):
    """Nothing here depends on the kind of database."""
    return lambda: f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture
def sky():
    """What the provider knows."""
    return Sky(steps=LADDER)


@pytest.fixture
def leaver(book, sky, clock):
    """Leaves orders of the account "toy"."""
    return Leaver(book=book, providers={"toy": SkyProvider("toy", sky, clock)}, clock=clock)


async def test_the_costs_are_those_of_the_order(book, sky, clock, leaver):
    """Price and window come from what was bought, the terms from the adapter, now from the clock."""
    order = await placed(book, sky, "r-1", clock)
    costs = await leaver.cancellation(order)

    assert [item.from_at for item in costs.steps] == [
        None,
        *(START - timedelta(hours=hours) for hours in (72, 48, 24)),
    ]
    assert [item.fee for item in costs.steps] == [euros(0), euros(25), euros(50), euros(100)]
    assert (costs.fee, costs.at) == (euros(100), clock.now())


@pytest.mark.parametrize("verb", ["cancel", "stop"])
async def test_a_fee_that_was_not_accepted_stops_it(book, sky, clock, leaver, verb):
    """Nothing is sent where leaving costs more than was agreed to."""
    await placed(book, sky, "r-1", clock)
    for accepted in (None, euros("99.99")):
        with pytest.raises(LeavingCostsError, match=r"100\.00 EUR"):
            await getattr(leaver, verb)("r-1", accept_fee_up_to=accepted)

    assert verb not in sky.asked
    assert (await book.show("r-1")).state is S.RECEIVED


@pytest.mark.parametrize(("verb", "state"), [("cancel", S.CANCELLED), ("stop", S.FULFILLED)])
async def test_a_fee_that_was_accepted_is_paid(book, sky, clock, leaver, verb, state):
    """It is sent once, and the answer is in the book."""
    await placed(book, sky, "r-1", clock)
    left = await getattr(leaver, verb)("r-1", accept_fee_up_to=euros(100))

    assert left.state is state
    assert (await book.show("r-1")).state is state
    assert sky.asked[verb] == 1


async def test_an_unknown_fee_needs_a_word(book, sky, clock, leaver):
    """Where nobody says what leaving costs, it is left only by saying so."""
    sky.steps = ()
    await placed(book, sky, "r-1", clock)
    with pytest.raises(LeavingCostsError, match="nobody says"):
        await leaver.cancel("r-1", accept_fee_up_to=euros(10**6))

    assert (await leaver.cancel("r-1", accept_unknown_fee=True)).state is S.CANCELLED


async def test_what_leaving_costs_is_read_from_the_order_as_it_is_now(book, sky, clock, leaver):
    """An order that has ended meanwhile is not left."""
    order = await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.REJECTED)
    with pytest.raises(OrderingError, match="it has ended: rejected"):
        await leaver.cancel(order, accept_fee_up_to=euros(100))

    assert "cancel" not in sky.asked


async def test_what_was_never_sent_is_withdrawn(book, sky, clock, leaver):
    """An intent is given up without asking anybody."""
    await intended(book, "r-1", clock)
    left = await leaver.cancel("r-1")

    assert (left.state, sky.total) == (S.NOT_PLACED, 0)


async def test_an_ended_order_costs_no_request(book, sky, clock, leaver):
    """What is known to have ended is not asked for."""
    await intended(book, "r-1", clock)
    await book.withdraw("r-1")
    with pytest.raises(OrderingError, match="not-placed"):
        await leaver.cancellation("r-1")

    assert sky.total == 0


async def test_an_unknown_reference_is_refused(leaver):
    """A misspelt reference is an error."""
    with pytest.raises(UnknownOrderError):
        await leaver.cancel("r-9")


async def test_after_an_edit_of_its_window_leaving_costs_what_the_new_window_says(book, sky, clock, leaver):
    """The steps are those of the window as the provider shows it, also for whoever reads the book later."""
    await placed(book, sky, "r-1", clock)
    later = START + timedelta(days=30)
    edited = await leaver.edit("r-1", Edit(start=later, end=later + timedelta(days=2)))
    costs = await leaver.cancellation("r-1")
    (known,) = (await bought(book, ["r-1"])).values()

    assert edited.window == Window(later, later + timedelta(days=2))
    assert [item.from_at for item in costs.steps] == [
        None,
        *(later - timedelta(hours=hours) for hours in (72, 48, 24)),
    ]
    assert costs.fee == euros(0)
    assert (known.start, known.end) == (later, later + timedelta(days=2))


async def test_an_edit_is_recorded(book, sky, clock, leaver):
    """What the provider shows after a change is what the book has."""
    await placed(book, sky, "r-1", clock)
    edited = await leaver.edit("r-1", Edit(name="other"))

    assert edited.raw == {"name": "other"}
    assert (await book.show("r-1")).raw == {"name": "other"}
