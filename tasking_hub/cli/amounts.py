"""Amounts and drifts as they are typed: `5000 EUR`, `1.5 captures`, `5%`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cyclopts import Token

from tasking_hub.money import EXPONENTS, Money, Quota

_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([^\W\d].*?)\s*")
_PERCENT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*")


def read_amount(text: str) -> Money | Quota:
    """Read a number and a currency, or a number and the unit of a contract's quota.

    Raises:
        ValueError: it is neither.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        msg = f"{text[:40]!r} is not an amount such as '5000 EUR'"
        raise ValueError(msg)
    number, unit = Decimal(match[1]), match[2]
    return Money(number, unit.upper()) if unit.upper() in EXPONENTS else Quota(number, unit)


def read_drift(text: str) -> Decimal | Money:
    """Read percent, or money.

    Raises:
        ValueError: it is neither.
    """
    if (match := _PERCENT.fullmatch(text)) is not None:
        return Decimal(match[1])
    amount = read_amount(text) if "%" not in text else None
    if not isinstance(amount, Money):
        msg = f"{text[:40]!r} is neither percent such as '5%' nor money such as '100 EUR'"
        raise ValueError(msg)  # noqa: TRY004 - the parser shows value errors
    return amount


def amount_typed(_kind: Any, tokens: Sequence[Token]) -> Money | Quota:
    """Convert an option's value with `read_amount`."""
    return read_amount(tokens[0].value)


def money_typed(_kind: Any, tokens: Sequence[Token]) -> Money:
    """Convert an option's value that must be money."""
    amount = read_amount(tokens[0].value)
    if not isinstance(amount, Money):
        msg = f"{tokens[0].value[:40]!r} is not money such as '5000 EUR'"
        raise ValueError(msg)  # noqa: TRY004 - the parser shows value errors
    return amount


def drift_typed(_kind: Any, tokens: Sequence[Token]) -> Decimal | Money:
    """Convert an option's value with `read_drift`."""
    return read_drift(tokens[0].value)


def within(amount: Money | Quota, limit: Money | Quota) -> bool:
    """Whether an amount is no more than a limit; in another currency or unit it is not."""
    if isinstance(amount, Money):
        return isinstance(limit, Money) and amount.currency == limit.currency and amount <= limit
    return isinstance(limit, Quota) and amount.unit == limit.unit and amount.amount <= limit.amount
