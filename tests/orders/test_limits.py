"""Spending limits: nobody gets past one, not even two at once, and what was not bought does not count."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from orders.shop import WHERE, ShopProvider, an_offer, euros, registry
from toys import NOW, quote

from tasking_hub import (
    ConfigurationError,
    Money,
    OrderState,
    OutcomeUnknownError,
    Quota,
    QuoteRefusedError,
    RateLimitedError,
    Rates,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    SpendingLimitError,
    load_config,
)
from tasking_hub.orders import ANY_ACCOUNT, Limits, Placer, intend
from tasking_hub.orders.limits import Scope, check

RATES = Rates(base="EUR", date=date(2026, 11, 20), per_base={"USD": Decimal(2)}, source="test")


@pytest.fixture
def limited(book, shop, clock):
    """A placer with limits."""
    return lambda rates=None, **limits: Placer(
        book, {"toy": shop}, registry=registry(), clock=clock, limits=Limits(**limits), rates=rates
    )


async def _place(placer, clock, *references):
    """How many of these orders were placed, and the limit that stopped the last one that was not."""
    placed, limit = 0, None
    for reference in references:
        try:
            await placer.place(an_offer(clock, reference))
            placed += 1
        except SpendingLimitError as error:
            limit = error.limit
    return placed, limit


@pytest.mark.parametrize(("most", "placed"), [("100", 1), ("99.99", 0)])
async def test_one_order_may_cost_so_much(limited, ledger, book, clock, most, placed):
    """The limit itself may be reached; beyond it nothing is written and nothing sent."""
    placer = limited(per_order=euros(most))
    result = await _place(placer, clock, "r-1")

    assert result == (placed, None if placed else "per_order")
    assert (len(ledger.sales()), await book.find("r-1") is not None) == (placed, bool(placed))


async def test_a_days_orders_may_cost_so_much_together(limited, clock):
    """The day is the UTC day of the clock, and begins anew at midnight."""
    placer = limited(per_account_per_day={"toy": euros(250)})
    first = await _place(placer, clock, "r-1", "r-2", "r-3")
    clock.advance(15 * 3600 - 1)
    late = await _place(placer, clock, "r-4")
    clock.advance(1)
    tomorrow = await _place(placer, clock, "r-5", "r-6", "r-7")

    assert first == tomorrow == (2, "per_account_per_day.toy")
    assert late == (0, "per_account_per_day.toy")


async def test_accounts_have_their_own_days(book, shop, ledger, clock):
    """A limit for any account counts each account by itself, and one's own limit goes before it."""
    accounts = {name: ShopProvider(name, ledger, clock) for name in ("toy", "second", "third")}
    limits = Limits(per_account_per_day={ANY_ACCOUNT: euros(100), "third": euros(50)})
    placer = Placer(book, accounts, registry=registry(), clock=clock, limits=limits)
    stopped = []
    for number, account in enumerate(["toy", "toy", "second", "third"]):
        try:
            await placer.place(an_offer(clock, f"r-{number}", account=account))
        except SpendingLimitError as error:
            stopped.append((number, error.limit))

    assert stopped == [(1, "per_account_per_day.toy"), (3, "per_account_per_day.third")]


async def test_a_prefix_has_its_budget(limited, clock):
    """References that begin so share one budget for ever; case and wildcards are letters like others."""
    placer = limited(per_reference_prefix={"a_%": euros(150), "b": euros(0)})
    result = await _place(placer, clock, "a_%1", "axx1", "A_%1", "a_%2")
    clock.advance(90 * 86400)

    assert result == (3, "per_reference_prefix.a_%")
    assert await _place(placer, clock, "a_%3", "b-1") == (0, "per_reference_prefix.b")


async def test_what_was_not_bought_does_not_count(limited, fate, clock):
    """Refused and absent orders leave the money free; an order of unknown outcome keeps it."""
    placer = limited(per_account_per_day={"toy": euros(100)})
    fate.before = [RejectedRequestError(status=422, **WHERE), OutcomeUnknownError("nothing", **WHERE)]
    with pytest.raises(RejectedRequestError):
        await placer.place(an_offer(clock, "r-1"))
    await placer.place(an_offer(clock, "r-2"))
    unknown = await _place(placer, clock, "r-3")
    clock.advance(60)
    await placer.recover()

    assert unknown == (0, "per_account_per_day.toy")
    assert await _place(placer, clock, "r-3", "r-4") == (1, "per_account_per_day.toy")


async def test_an_unsent_intent_counts_until_it_is_withdrawn(limited, book, fate, clock):
    """It may be sent any time, so its money is kept for it; giving it up frees the money."""
    placer = limited(per_account_per_day={"toy": euros(100)})
    fate.before = [RateLimitedError(status=429, **WHERE)]
    with pytest.raises(RateLimitedError):
        await placer.place(an_offer(clock, "r-1"))
    kept = await _place(placer, clock, "r-2")
    withdrawn = await book.withdraw("r-1")

    assert kept == (0, "per_account_per_day.toy")
    assert (withdrawn.state, withdrawn.history[-1].note) == (OrderState.NOT_PLACED, "withdrawn by the buyer")
    assert await _place(placer, clock, "r-2") == (1, None)


async def test_the_same_order_again_is_no_further_expense(limited, fate, clock):
    """Neither placing again nor sending an intent later counts twice."""
    placer = limited(per_account_per_day={"toy": euros(100)})
    fate.before = [RateLimitedError(status=429, **WHERE)]
    with pytest.raises(RateLimitedError):
        await placer.place(an_offer(clock))
    order = await placer.place(an_offer(clock))

    assert order.state is OrderState.RECEIVED
    assert (await placer.place(an_offer(clock))).id == order.id


async def test_a_dearer_intent_is_held_against_the_limits_again(limited, book, fate, clock):
    """What became dearer before it was sent counts at its new price."""
    placer = limited(per_account_per_day={"toy": euros(120)})
    fate.before = [RateLimitedError(status=429, **WHERE)]
    with pytest.raises(RateLimitedError):
        await placer.place(an_offer(clock))
    fate.price = euros(121)
    with pytest.raises(SpendingLimitError):
        await placer.place(an_offer(clock), max_price=euros(200))
    fate.price = euros(120)
    order = await placer.place(an_offer(clock), max_price=euros(200))

    assert (order.state, order.price) == (OrderState.RECEIVED, euros(120))
    assert (await book.intent("r-1")).committed == euros(120)


async def test_two_at_once_cannot_both_squeeze_under(limited, ledger, clock):
    """Of ten orders of 100 at the same time, a limit of 350 lets three through."""
    placer = limited(per_reference_prefix={"r-": euros(350)})
    results = await asyncio.gather(
        *(placer.place(an_offer(clock, f"r-{number}")) for number in range(10)), return_exceptions=True
    )

    assert sum(isinstance(result, SpendingLimitError) for result in results) == 7
    assert len(ledger.sales()) == 3


async def test_other_currencies_count_at_their_rate(limited, fate, clock):
    """A price in dollars counts in the limit's euros, and the book keeps the base currency."""
    fate.price = Money(Decimal(100), "USD")
    placer = limited(RATES, per_account_per_day={"toy": euros(100)})
    results = []
    for number in range(3):
        try:
            results.append((await placer.place(an_offer(clock, f"r-{number}", price=fate.price))).state.value)
        except SpendingLimitError as error:
            results.append(error.limit)

    assert results == ["received", "received", "per_account_per_day.toy"]


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (Money(Decimal(100), "JPY"), "for want of an exchange rate"),
        (Quota(Decimal(3), "km²"), "nobody knows what this costs in money"),
    ],
)
async def test_what_cannot_be_compared_with_a_limit_is_not_bought(limited, fate, ledger, clock, price, said):
    """A limit that cannot be checked is not a limit that is kept; without limits it is bought."""
    fate.price = price
    with pytest.raises(SpendingLimitError, match=said):
        await limited(RATES, per_order=euros(10**6)).place(an_offer(clock, price=price))
    order = await limited(RATES).place(an_offer(clock, price=price))

    assert (order.price, len(ledger.sales())) == (price, 1)


async def test_an_unpriced_order_needs_a_reserve_where_there_are_limits(limited, fate, clock):
    """The reserve counts like a price."""
    study = Refusal(account="toy", provider="toy", code=RefusalCode.STUDY_REQUIRED, message="people must study it")
    fate.quoting = QuoteRefusedError(study)
    placer = limited(per_account_per_day={"toy": euros(500)})
    wanted = an_offer(clock).opportunity
    with pytest.raises(SpendingLimitError, match="name a reserve"):
        await placer.place_unpriced(wanted, accept_unpriced=True)
    with pytest.raises(SpendingLimitError, match=r"this costs 600\.00 EUR, and 0\.00 EUR of 500\.00 EUR"):
        await placer.place_unpriced(wanted, accept_unpriced=True, reserve=euros(600))
    await placer.place_unpriced(wanted, accept_unpriced=True, reserve=euros(450))

    assert await _place(placer, clock, "r-2") == (0, "per_account_per_day.toy")


async def test_spending_is_summed_by_account_state_and_currency(limited, book, fate, clock):
    """What is committed, and what nobody knows the price of."""
    placer = limited(RATES)
    await _place(placer, clock, "r-1", "r-2")
    fate.price = Quota(Decimal(3), "km²")
    await placer.place(an_offer(clock, "q-1", price=fate.price))
    fate.before = [RejectedRequestError(status=422, **WHERE)]
    with pytest.raises(RejectedRequestError):
        await placer.place(an_offer(clock, "q-2", price=fate.price))
    lines = await book.spending(account="toy")

    assert {(line.state, line.total, line.orders) for line in lines} == {
        (OrderState.RECEIVED, euros(200), 2),
        (OrderState.RECEIVED, None, 1),
    }
    assert [line.total for line in await book.spending(prefix="r-2", since=clock.now())] == [euros(100)]
    assert await book.spending(until=clock.now()) == ()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("per_order", euros(-1)),
        ("per_order", {"toy": euros(1)}),
        ("per_account_per_day", {"toy": euros(-1)}),
        ("per_account_per_day", euros(1)),
        ("per_reference_prefix", {"r-": {"deeper": euros(1)}}),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(name, wrong):
    """Negative, a table too many or too few: the configuration is refused, naming the limit."""
    with pytest.raises(ConfigurationError, match=rf"limits\.{name}"):
        Limits(**{name: wrong})


def test_limits_are_read_from_the_configuration():
    """As the documentation writes them."""
    table = {
        "per_order": "5000 EUR",
        "per_account_per_day": {"airbus": "20000 EUR", "*": {"amount": "8000", "currency": "EUR"}},
        "per_reference_prefix": {"spring-2027-": "30000 EUR"},
    }
    config = load_config({"limits": table}, registry=registry(), environ={})

    assert config.limits == Limits(
        per_order=euros(5000),
        per_account_per_day={"airbus": euros(20000), ANY_ACCOUNT: euros(8000)},
        per_reference_prefix={"spring-2027-": euros(30000)},
    )


@given(cost=st.integers(0, 10**6), spent=st.lists(st.integers(0, 10**6), max_size=3), limit=st.integers(0, 10**6))
def test_a_limit_is_kept_to_the_cent(cost, spent, limit):
    """Refused exactly when the sum goes beyond it, whatever the currencies' minor units."""
    intent = evolve(intend(quote("o-1", euros(1)), at=NOW), committed=Money.from_minor_units(cost, "EUR"))
    scope = Scope(name="x", limit=Money.from_minor_units(limit, "EUR"), shared=True)
    amounts = [Money.from_minor_units(amount, "EUR") for amount in spent]
    try:
        check(scope, intent, amounts, RATES)
        kept = True
    except SpendingLimitError:
        kept = False

    assert kept == (cost + sum(spent) <= limit)
