"""Money stays exact, in one currency, and refuses floats."""

from decimal import Decimal, localcontext

import attrs
import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.errors import TaskingHubError
from tasking_hub.money import EXPONENTS, CurrencyMismatchError, Money, Quota, exact_decimal

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(min_value=-(10**15), max_value=10**15)
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
factors = st.decimals(min_value=-1000, max_value=1000, places=4)


def test_exponents_are_those_of_iso_4217():
    """The embedded table is the published one, less the codes without a minor unit."""
    published = {currency.code: currency.exponent for currency in iso4217.Currency}

    assert dict(EXPONENTS) == {code: exponent for code, exponent in published.items() if exponent is not None}


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (529199, "USD", "5291.99 USD"),
        (529199, "JPY", "529199 JPY"),
        (529199, "KWD", "529.199 KWD"),
        (529199, "CLF", "52.9199 CLF"),
        (-5, "EUR", "-0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
    ],
)
def test_minor_units_follow_the_currencys_exponent(minor, currency, written):
    """The same integer means another amount in each currency."""
    assert str(Money.from_minor_units(minor, currency)) == written


@given(minors, currencies)
def test_minor_units_round_trip(minor, currency):
    """An integer of minor units comes back unchanged."""
    assert Money.from_minor_units(minor, currency).minor_units == minor


@given(amounts, currencies)
def test_text_round_trip(amount, currency):
    """What is written can be read, and is the same money."""
    money = Money(amount, currency)

    assert Money.parse(str(money)) == money


@given(amounts, currencies)
def test_text_has_at_least_the_minor_digits_and_loses_none(amount, currency):
    """The written number has every digit that matters and never fewer than the currency's own."""
    number, _ = str(Money(amount, currency)).split()

    assert Decimal(number) == amount
    assert len(number.partition(".")[2]) >= EXPONENTS[currency]


@given(amounts, amounts, currencies)
def test_addition_is_exact_and_undone_by_subtraction(left, right, currency):
    """Adding and taking off the same amount changes nothing, down to the last digit."""
    total = Money(left, currency) + Money(right, currency)

    assert total - Money(right, currency) == Money(left, currency)


@given(amounts, factors, factors, currencies)
def test_multiplication_is_exact_and_distributes(amount, first, second, currency):
    """A sum of products is the product of the sum, with nothing rounded on the way."""
    money = Money(amount, currency)

    assert money * first + money * second == money * (first + second)


@given(amounts, factors, currencies)
def test_a_factor_may_stand_on_either_side(amount, factor, currency):
    """Multiplication by a number commutes."""
    assert factor * Money(amount, currency) == Money(amount, currency) * factor


@given(amounts, currencies)
def test_arithmetic_ignores_the_callers_decimal_context(amount, currency):
    """A caller who works with three digits does not make our sums wrong."""
    money = Money(amount, currency)
    expected = (money + money, money * 3, str(money))
    with localcontext(prec=3):
        actual = (money + money, money * 3, str(money))

    assert actual == expected


@given(amounts, currencies)
def test_quantized_is_nearest_and_stable(amount, currency):
    """Rounding moves by at most half a minor unit, and a second rounding by nothing."""
    money = Money(amount, currency)
    rounded = money.quantized()

    assert rounded.quantized() == rounded
    assert abs(rounded.amount - amount) <= Decimal(5).scaleb(-EXPONENTS[currency] - 1)
    assert Money.from_minor_units(rounded.minor_units, currency) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.125", "EUR", "0.12"),
        ("0.135", "EUR", "0.14"),
        ("0.5", "JPY", "0"),
        ("1.5", "JPY", "2"),
        ("1", "KWD", "1.000"),
    ],
)
def test_quantized_rounds_half_to_even(amount, currency, rounded):
    """A tie goes to the even neighbour, so that many roundings do not drift."""
    assert str(Money(Decimal(amount), currency).quantized()) == f"{rounded} {currency}"


@given(amounts, amounts, currencies)
def test_order_is_that_of_the_amounts(left, right, currency):
    """Within one currency money is ordered as its amounts are."""
    first, second = Money(left, currency), Money(right, currency)

    assert (first < second, first <= second, first > second, first >= second, first == second) == (
        left < right,
        left <= right,
        left > right,
        left >= right,
        left == right,
    )


@given(currencies, currencies)
def test_hash_follows_equality(currency, other):
    """Equal money written with more zeros has the same hash; another currency is never equal."""
    assert len({Money(Decimal("1.5"), currency), Money(Decimal("1.50"), currency)}) == 1
    assert (Money(1, currency) == Money(1, other)) == (currency == other)


@pytest.mark.parametrize("operation", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b])
def test_two_currencies_never_mix(operation):
    """Any sum or comparison across currencies names both."""
    with pytest.raises(CurrencyMismatchError, match="EUR and USD") as caught:
        operation(Money(1, "EUR"), Money(1, "USD"))

    assert (caught.value.left, caught.value.right) == ("EUR", "USD")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TaskingHubError)


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_inexact_amounts_are_refused(amount):
    """A float, a bool, a text or nothing is not an amount."""
    with pytest.raises(TypeError, match=type(amount).__name__):
        Money(amount, "EUR")


@pytest.mark.parametrize("factor", [0.5, True, "2"])
def test_inexact_factors_are_refused(factor):
    """Money is never multiplied by a float."""
    with pytest.raises(TypeError, match=type(factor).__name__):
        Money(1, "EUR") * factor


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1)])
def test_minor_units_are_integers(minor):
    """Only an int counts minor units."""
    with pytest.raises(TypeError, match=type(minor).__name__):
        Money.from_minor_units(minor, "EUR")


@pytest.mark.parametrize("other", [1, Decimal(1), "1 EUR"])
def test_money_adds_to_money_only(other):
    """A bare number has no currency and is not added."""
    with pytest.raises(TypeError, match=type(other).__name__):
        Money(1, "EUR") + other


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+20", "1E+999999999", "1E-29"])
def test_amounts_out_of_bounds_are_refused(amount):
    """What is not finite or could fill the memory when written out is refused."""
    with pytest.raises(ValueError, match=r"below 10\^20"):
        exact_decimal(Decimal(amount))


def test_a_product_finer_than_28_digits_is_rounded_not_refused():
    """A long fraction times a long fraction is still money."""
    third = Decimal(1) / 3

    assert Money(third, "EUR") * third == Money(Decimal("0.1111111111111111111111111111"), "EUR")


def test_negative_zero_is_zero():
    """No amount is written with a minus sign before zero."""
    assert str(Money(Decimal("-0.00"), "EUR")) == "0.00 EUR"


@pytest.mark.parametrize("currency", ["eur", "EURO", "XAU", "XXX", "BGN", "", "€"])
def test_currencies_without_a_minor_unit_are_refused(currency):
    """A code in lower case, a metal, a withdrawn or made-up currency is no currency here."""
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize(
    "text", ["4.20", "USD 4.20", "4,20 USD", "4.20  USD", "4.20 usd", "1e3 USD", "٤ USD", "4. USD", ""]
)
def test_other_texts_are_not_money(text):
    """Only the form that is written is read."""
    with pytest.raises(ValueError, match="not an amount of money"):
        Money.parse(text)


@given(amounts.filter(lambda amount: amount != amount.quantize(Decimal("0.01"))))
def test_a_fraction_of_a_minor_unit_has_no_minor_units(amount):
    """An amount between two cents is not silently rounded to one."""
    with pytest.raises(ValueError, match="whole number of EUR minor units"):
        _ = Money(amount, "EUR").minor_units


def test_money_is_frozen():
    """Neither the amount nor the currency can be changed."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Money(1, "EUR").amount = Decimal(2)


@given(factors, amounts)
def test_quota_is_worth_its_amount_times_the_price(amount, price):
    """The value of a quota is exact in the currency of the unit's price."""
    assert Quota(amount, "km2").value_at(Money(price, "USD")) == Money(price * amount, "USD")


def test_quota_is_written_with_its_unit():
    """Quota reads as a number and the provider's unit."""
    assert str(Quota(Decimal("1.50"), "captures")) == "1.50 captures"


def test_quota_needs_a_unit():
    """A number without a unit is no quota."""
    with pytest.raises(ValueError, match="unit"):
        Quota(1, " ")
