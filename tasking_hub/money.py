"""Money and quota as exact decimals; no exchange rate is known here (see ``tasking_hub.compare.rates``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import total_ordering
from types import MappingProxyType, UnionType

from attrs import field, frozen

from tasking_hub.errors import TaskingHubError

EXPONENTS: Mapping[str, int] = MappingProxyType(
    {
        code: exponent
        for exponent, codes in {
            0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
            2: (
                "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
                "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
                "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
                "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
                "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
                "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
                "XAD XCD XCG YER ZAR ZMW ZWG"
            ),
            3: "BHD IQD JOD KWD LYD OMR TND",
            4: "CLF UYW",
        }.items()
        for code in codes.split()
    }
)
"""Digits after the point of each currency's minor unit.

ISO 4217 list one as published 2026-01-01 by SIX, the maintenance agency. Metals, bond units, the SDR and
test codes have no minor unit there and are left out: no provider can invoice in them.
"""

_WHOLE_DIGITS = 20
_FRACTION_DIGITS = 28
_CONTEXT = Context(prec=2 * (_WHOLE_DIGITS + _FRACTION_DIGITS), rounding=ROUND_HALF_EVEN)
_TEXT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})")


class CurrencyMismatchError(TaskingHubError, ValueError):
    """Two amounts of different currencies met where only one currency makes sense.

    Attributes:
        left: currency of the left operand.
        right: currency of the right operand.
    """

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be combined without an exchange rate")
        self.left = left
        self.right = right


def exact_decimal(value: Decimal | int) -> Decimal:
    """Give back the number as a decimal, never by way of a float.

    Raises:
        TypeError: the value is a float, a bool or anything else that is not an exact number.
        ValueError: it is not finite, has 10^20 or more, or more than 28 digits after the point.
    """
    _check_type(value, Decimal | int)
    number = Decimal(value)
    if not _within_bounds(number):
        msg = "an amount is finite, below 10^20, with at most 28 digits after the point"
        raise ValueError(msg)
    return _CONTEXT.plus(number)


def _check_type(value: object, expected: type | UnionType) -> None:
    if isinstance(value, bool) or not isinstance(value, expected):
        msg = f"{getattr(expected, '__name__', 'Decimal or int')} expected, not {type(value).__name__}"
        raise TypeError(msg)


def _within_bounds(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_FRACTION_DIGITS and number.adjusted() < _WHOLE_DIGITS


def _product(left: Decimal, right: Decimal) -> Decimal:
    product = _CONTEXT.multiply(left, right)
    finest = Decimal((0, (1,), -_FRACTION_DIGITS))
    exponent = product.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_FRACTION_DIGITS:
        return product.quantize(finest, context=_CONTEXT)
    return product


def _currency(value: str) -> str:
    if value not in EXPONENTS:
        msg = f"{value!r} is not an ISO 4217 currency code with a minor unit, such as EUR"
        raise ValueError(msg)
    return value


@total_ordering
@frozen
class Money:
    """An exact amount in one ISO 4217 currency; two currencies never mix.

    Attributes:
        amount: the amount in major units, signed; an int is taken as a Decimal, a float is refused.
        currency: upper-case ISO 4217 code.

    Raises:
        TypeError: the amount is a float or a bool.
        ValueError: the amount is out of bounds or the currency has no minor unit in ISO 4217.
    """

    amount: Decimal = field(converter=exact_decimal)
    currency: str = field(converter=_currency)

    @classmethod
    def from_minor_units(cls, minor: int, currency: str) -> Money:
        """Read an integer of the smallest unit: 529199 USD is 5291.99 USD, 529199 JPY is 529199 JPY.

        Raises:
            TypeError: ``minor`` is not an int.
            ValueError: the currency is unknown.
        """
        _check_type(minor, int)
        return cls(exact_decimal(minor).scaleb(-EXPONENTS[_currency(currency)], _CONTEXT), currency)

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read what ``str`` writes: an amount, one space, a currency code.

        Raises:
            ValueError: the text has another form or names an unknown currency.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            msg = f"{text[:40]!r} is not an amount of money such as '4.20 USD'"
            raise ValueError(msg)
        return cls(Decimal(match[1]), match[2])

    @property
    def minor_units(self) -> int:
        """The amount in the currency's smallest unit, exactly.

        Raises:
            ValueError: the amount has a fraction of the smallest unit.
        """
        scaled = self.amount.scaleb(EXPONENTS[self.currency], _CONTEXT)
        if scaled != scaled.to_integral_value():
            msg = f"{self} is not a whole number of {self.currency} minor units"
            raise ValueError(msg)
        return int(scaled)

    def quantized(self) -> Money:
        """Round half to even to the currency's smallest unit."""
        step = Decimal((0, (1,), -EXPONENTS[self.currency]))
        return Money(self.amount.quantize(step, context=_CONTEXT), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(_CONTEXT.add(self.amount, self._amount_of(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(_CONTEXT.subtract(self.amount, self._amount_of(other)), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(_product(self.amount, exact_decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._amount_of(other)

    def __str__(self) -> str:
        exponent = self.amount.as_tuple().exponent
        written = -exponent if isinstance(exponent, int) else 0
        return f"{self.amount:.{max(EXPONENTS[self.currency], written)}f} {self.currency}"

    def _amount_of(self, other: Money) -> Decimal:
        _check_type(other, Money)
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return other.amount


def _unit(value: str) -> str:
    if not value.strip():
        msg = "a quota needs the name of its unit"
        raise ValueError(msg)
    return value


@frozen
class Quota:
    """An exact amount of a contract's own unit, such as square kilometres or captures.

    Attributes:
        amount: how many units; an int is taken as a Decimal, a float is refused.
        unit: the provider's name of the unit.

    Raises:
        TypeError: the amount is a float or a bool.
        ValueError: the amount is out of bounds or the unit is empty.
    """

    amount: Decimal = field(converter=exact_decimal)
    unit: str = field(converter=_unit)

    def value_at(self, price_per_unit: Money) -> Money:
        """Give what this quota is worth under a contract in which one unit costs ``price_per_unit``."""
        return price_per_unit * self.amount

    def __str__(self) -> str:
        return f"{self.amount:f} {self.unit}"
