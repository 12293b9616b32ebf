"""Replacing is all or nothing, and whoever looks is told which."""

from decimal import Decimal

import pytest
from attrs import evolve
from orders.observatory import Sky, SkyProvider, placed, received
from orders.shop import an_offer

from tasking_hub import OrderEvent, OrderingError, OrderState, Quota, Rates, UnknownOrderError
from tasking_hub.lifecycle import TERMINAL, WORKING
from tasking_hub.orders.intent import intend
from tasking_hub.orders.replacing import Replacement, ReplacementState, replacement

S = OrderState
NEW = sorted(set(S) - {S.INTENDED, S.SENT})


def order(state, clock, name="new"):
    """An order in that state."""
    return evolve(received("toy", name, clock.now()), state=state)


def found(new, *old, clock):
    """A replacement as it was seen."""
    return Replacement(order=order(new, clock), old=[order(state, clock, "old") for state in old])


@pytest.mark.parametrize("state", NEW)
def test_it_is_done_only_where_the_new_one_is_taken_on_and_every_old_one_is_gone(state, clock):
    """Whatever else is seen, one old order that stands is no replacement."""
    taken_on = state in WORKING | {S.DELIVERING, S.FULFILLED}
    gone = found(state, S.CANCELLED, S.CANCELLING, clock=clock)
    half = found(state, S.CANCELLED, S.ACCEPTED, clock=clock)

    assert (gone.state is ReplacementState.DONE) is taken_on
    assert half.state is (ReplacementState.MIXED if state in TERMINAL else ReplacementState.PENDING)
    assert (len(gone.standing), len(half.standing)) == (0, 1)


@pytest.mark.parametrize("state", NEW)
def test_all_is_as_before_only_where_the_new_one_came_to_nothing(state, clock):
    """And every old one stands."""
    nothing = state in TERMINAL - {S.FULFILLED}
    seen = found(state, S.ACCEPTED, S.RECEIVED, clock=clock).state

    assert (seen is ReplacementState.AS_BEFORE) is nothing
    assert (seen is ReplacementState.PENDING) is (state not in TERMINAL)


@pytest.fixture
async def made(book, clock):
    """An order that is to replace two, of which the provider knows one."""
    sky = Sky()
    wanted = intend(an_offer(clock, "new"), at=clock.now(), replaces=frozenset({"OLD", "LOST"}))
    intent = await book.commit(wanted, rates=Rates.identity("EUR"))
    await book.advance(intent, OrderEvent(at=clock.now(), state=S.SENT))
    for name in ("new", "old"):
        sky.orders[name.upper()] = received("toy", name, clock.now())
    await book.record(sky.orders["NEW"], reference="new")
    return sky, {"toy": SkyProvider("toy", sky, clock)}


async def test_a_look_asks_for_the_new_order_and_for_each_old_one(book, clock, made):
    """What is seen is recorded; what the provider does not know is not taken for gone."""
    sky, providers = made
    before = await replacement(book, providers, "new")
    sky.become("NEW", clock.now(), S.ACCEPTED)
    sky.become("OLD", clock.now(), S.CANCELLED)
    after = await replacement(book, providers, "new")

    assert [one.id for one in after.old] == ["LOST", "OLD"]
    assert [one.id for one in after.standing] == ["LOST"]
    assert (before.state, after.state) == (ReplacementState.PENDING, ReplacementState.PENDING)
    assert (await book.show("new")).state is S.ACCEPTED


async def test_what_replaces_nothing_is_no_replacement(book, clock):
    """Neither is what is not in the book."""
    sky = Sky()
    await placed(book, sky, "plain", clock)
    providers = {"toy": SkyProvider("toy", sky, clock)}

    with pytest.raises(OrderingError, match="not to replace any order"):
        await replacement(book, providers, "plain")
    with pytest.raises(UnknownOrderError):
        await replacement(book, providers, "nobody")


async def test_what_a_list_leaves_out_stays_known(book, clock):
    """What was replaced, and the unit of a quota: an order by itself says them, a list does not."""
    agreed = await book.commit(
        intend(an_offer(clock, "quota", price=Quota(Decimal(25), "SQKM")), at=clock.now()), rates=Rates.identity("EUR")
    )
    await book.advance(agreed, OrderEvent(at=clock.now(), state=S.SENT))
    alone = evolve(received("toy", "quota", clock.now()), price=Quota(Decimal(25), "SQKM"), replaced=("OLD",))
    listed = evolve(alone, price=Quota(Decimal(25), "quota"), replaced=(), state=S.ACCEPTED, provider_status="PENDING")
    await book.record(alone, reference="quota")
    shown = await book.record(listed)
    dearer = await book.record(evolve(listed, price=Quota(Decimal(30), "quota")))

    assert (shown.replaced, shown.price) == (("OLD",), Quota(Decimal(25), "SQKM"))
    assert dearer.price == Quota(Decimal(30), "quota")
