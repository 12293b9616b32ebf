"""Dated exchange rates from a file; a rate that is not in it is never guessed, and nothing is fetched."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

from attrs import evolve, field, frozen

from tasking_hub.errors import ConfigurationError
from tasking_hub.money import EXPONENTS, Money, exact_decimal

__all__ = ["MAX_FILE_BYTES", "Rates", "load_rates"]

MAX_FILE_BYTES = 32 * 1024 * 1024
"""Larger files are refused. Assumption: several times what the ECB's whole history since 1999 takes."""

_ECB = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
_TOML_KEYS = frozenset({"base", "date", "source", "rates"})
# Wide enough for any amount times any rate over any rate that exact_decimal lets through.
_CONTEXT = Context(prec=150, rounding=ROUND_HALF_EVEN)


def _currency(code: object, where: str) -> str:
    if not isinstance(code, str) or code not in EXPONENTS:
        msg = f"{where}: {code!r} is not an ISO 4217 currency code such as EUR"
        raise ConfigurationError(msg)
    return code


def _rate(value: object, where: str) -> Decimal:
    number = _decimal(value)
    if number is None or number <= 0:
        msg = f'{where}: a rate is a positive decimal number such as "1.0843", not {str(value)[:40]!r}'
        raise ConfigurationError(msg)
    return number


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        return None
    try:
        return exact_decimal(Decimal(value))
    except (InvalidOperation, ValueError):
        return None


def _base(code: str) -> str:
    return _currency(code, "base")


def _table(table: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {_currency(code, f"rates.{code}"): _rate(value, f"rates.{code}") for code, value in table.items()}


@frozen(kw_only=True)
class Rates:
    """Exchange rates of one day against one base currency.

    Attributes:
        base: the base currency.
        date: the day they are of, or None where nothing needs converting.
        per_base: units of each currency that one unit of the base buys.
        source: where they come from, for the record of a comparison.

    Raises:
        ConfigurationError: a code is not in ISO 4217 or a rate is not a positive number.
    """

    base: str = field(converter=_base)
    date: dt.date | None
    per_base: Mapping[str, Decimal] = field(converter=_table)
    source: str

    @classmethod
    def identity(cls, currency: str) -> Rates:
        """Make rates that know one currency only, so that every other amount stays unconverted.

        Raises:
            ConfigurationError: the code is not in ISO 4217.
        """
        return cls(base=currency, date=None, per_base={}, source="none")

    def convert(self, money: Money, to: str) -> Money | None:
        """Give the amount in another currency, half-even to its minor unit, or None where a rate is missing.

        Two currencies other than the base go through the base without rounding in between.

        Raises:
            ValueError: the result is 10^20 or more.
        """
        if money.currency == to:
            return money.quantized()
        bought, paid = self._per_base(to), self._per_base(money.currency)
        if bought is None or paid is None:
            return None
        amount = _CONTEXT.divide(_CONTEXT.multiply(money.amount, bought), paid)
        return Money(amount.quantize(Decimal((0, (1,), -EXPONENTS[to])), context=_CONTEXT), to)

    def used(self, currencies: Iterable[str]) -> Rates:
        """Give the same rates cut down to these currencies, as the record of a comparison.

        Name the currency that was converted to as well, unless it is the base.
        """
        wanted = frozenset(currencies)
        kept = {code: rate for code, rate in self.per_base.items() if code in wanted}
        return evolve(self, per_base=kept)

    def _per_base(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.base else self.per_base.get(currency)


def load_rates(path: Path) -> Rates:
    """Read rates from a TOML table, or from an eurofxref XML file of the European Central Bank.

    The TOML file has ``base``, ``date``, optionally ``source``, and a table ``rates`` whose numbers are strings,
    integers or decimals. Of an ECB file with several days the newest is taken; currencies that ISO 4217 no
    longer has are left out of it.

    Raises:
        ConfigurationError: naming the file, and the key where one is at fault.
    """
    try:
        content = _read(path)
        return _read_ecb(content) if content.startswith(b"<") else _read_toml(content)
    except ConfigurationError as error:
        msg = f"{path}: {error}"
        raise ConfigurationError(msg) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from error
    if len(content) > MAX_FILE_BYTES:
        msg = f"larger than {MAX_FILE_BYTES} bytes: not a file of exchange rates"
        raise ConfigurationError(msg)
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()


# --- TOML ----------------------------------------------------------------------------------------


def _read_toml(content: bytes) -> Rates:
    try:
        table = tomllib.loads(content.decode(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        msg = f"not a TOML file: {error}"
        raise ConfigurationError(msg) from error
    for key in table.keys() - _TOML_KEYS:
        msg = f"{key}: unknown key, expected are {', '.join(sorted(_TOML_KEYS))}"
        raise ConfigurationError(msg)
    base = _currency(table.get("base"), "base")
    rates = _toml_rates(table.get("rates"), base)
    return Rates(base=base, date=_toml_date(table.get("date")), per_base=rates, source=_source(table))


def _toml_date(value: object) -> dt.date:
    # A datetime is a date to isinstance, but one moment is no day of rates.
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        msg = "date: a day without quotes is expected, such as date = 2026-11-20"
        raise ConfigurationError(msg)
    return value


def _toml_rates(value: object, base: str) -> dict[str, Decimal]:
    if not isinstance(value, dict) or not value:
        msg = 'rates: a table is expected, such as [rates] with USD = "1.0843"'
        raise ConfigurationError(msg)
    rates = _table(cast("dict[str, Decimal]", value))
    if rates.pop(base, 1) != 1:
        msg = f"rates.{base}: the base currency costs 1 of itself"
        raise ConfigurationError(msg)
    return rates


def _source(table: Mapping[str, object]) -> str:
    source = table.get("source", "rates file")
    if not isinstance(source, str):
        msg = "source: a text is expected"
        raise ConfigurationError(msg)
    return source


# --- The European Central Bank's XML -------------------------------------------------------------


class _NoDoctype(ET.TreeBuilder):
    """Builds the tree of a document that declares no type, and so no entities that grow or read files."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002  # expat's call
        """Refuse the declaration before any of it is used."""
        msg = f"the document type declaration {name} is refused: rates need none"
        raise ConfigurationError(msg)


def _read_ecb(content: bytes) -> Rates:
    try:
        root = ET.fromstring(content, ET.XMLParser(target=_NoDoctype()))  # noqa: S314  # see _NoDoctype
    except (ET.ParseError, ValueError, LookupError) as error:
        msg = f"not an XML file: {error}"
        raise ConfigurationError(msg) from error
    days = {_ecb_date(cube.get("time", "")): cube for cube in root.iter(f"{_ECB}Cube") if cube.get("time")}
    if not days:
        msg = "Cube: no element with a time, so not an eurofxref file of the European Central Bank"
        raise ConfigurationError(msg)
    newest = max(days)
    source = "European Central Bank eurofxref"
    return Rates(base="EUR", date=newest, per_base=_ecb_rates(days[newest]), source=source)


def _ecb_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        msg = f"Cube time: {text[:40]!r} is not a day such as 2026-11-20"
        raise ConfigurationError(msg) from error


def _ecb_rates(day: ET.Element) -> dict[str, Decimal]:
    rates = {cube.get("currency", ""): cube.get("rate") for cube in day.iter(f"{_ECB}Cube") if cube is not day}
    return {code: _rate(rate, f"Cube currency {code}") for code, rate in rates.items() if code in EXPONENTS}
