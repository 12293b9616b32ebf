"""Rates convert exactly or not at all, and a bad file says which key is wrong."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.compare import rates as rates_module
from tasking_hub.compare.rates import Rates, load_rates
from tasking_hub.errors import ConfigurationError
from tasking_hub.money import EXPONENTS, Money

DAY = dt.date(2026, 11, 20)

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
quotes = st.decimals(min_value=Decimal("0.0001"), max_value=100_000, places=4)
tables = st.dictionaries(currencies.filter(lambda code: code != "EUR"), quotes, min_size=1, max_size=8)
rates_of_euro = tables.map(lambda table: Rates(base="EUR", date=DAY, per_base=table, source="test"))


# --- Converting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("money", "to", "converted"),
    [
        ("100.00 EUR", "USD", "108.43 USD"),
        ("108.43 USD", "EUR", "100.00 EUR"),
        ("1.00 USD", "JPY", "150 JPY"),
        ("1.000 KWD", "USD", "3.25 USD"),
        ("0.00 USD", "KWD", "0.000 KWD"),
        ("-1.00 EUR", "JPY", "-162 JPY"),
    ],
)
def test_known_conversions(money, to, converted):
    """From the base, to it and across it, each to the minor unit of its target."""
    per_base = {"USD": Decimal("1.0843"), "JPY": Decimal("162.5"), "KWD": Decimal("0.3335")}
    rates = Rates(base="EUR", date=DAY, per_base=per_base, source="test")

    assert str(rates.convert(Money.parse(money), to)) == converted


@given(rates_of_euro, amounts, currencies, currencies)
def test_a_missing_rate_is_never_guessed(rates, amount, source, target):
    """There is an answer exactly if both currencies are known or are the same."""
    known = {rates.base, *rates.per_base}

    assert (rates.convert(Money(amount, source), target) is not None) == (source == target or {source, target} <= known)


@given(rates_of_euro, amounts, st.data())
def test_there_and_back_is_the_same_but_for_one_rounding(rates, amount, data):
    """The way back gives the amount again, within half a minor unit of the other currency and half of its own."""
    source, target = data.draw(st.tuples(*[st.sampled_from(sorted(["EUR", *rates.per_base]))] * 2))
    back = rates.convert(rates.convert(Money(amount, source), target), source)
    price = {"EUR": Decimal(1), **rates.per_base}
    lost = Decimal(5).scaleb(-EXPONENTS[target] - 1) * price[source] / price[target]

    assert abs(back.amount - amount) <= lost + Decimal(5).scaleb(-EXPONENTS[source] - 1)


@given(rates_of_euro, amounts, st.data())
def test_a_conversion_is_nearest_to_the_exact_quotient(rates, amount, data):
    """Nothing is rounded on the way across the base: the result times the price is within half a minor unit."""
    source, target = data.draw(st.tuples(*[st.sampled_from(sorted(["EUR", *rates.per_base]))] * 2))
    price = {"EUR": Decimal(1), **rates.per_base}
    converted = rates.convert(Money(amount, source), target)
    error = abs(converted.amount * price[source] - amount * price[target])

    assert error <= Decimal(5).scaleb(-EXPONENTS[target] - 1) * price[source]
    assert converted == converted.quantized()


@given(rates_of_euro, amounts, amounts, st.data())
def test_conversion_keeps_the_order(rates, first, second, data):
    """What costs more in one currency never costs less in another."""
    source, target = data.draw(st.tuples(*[st.sampled_from(sorted(["EUR", *rates.per_base]))] * 2))
    low, high = sorted((first, second))

    assert rates.convert(Money(low, source), target) <= rates.convert(Money(high, source), target)


@given(amounts, currencies, currencies)
def test_identity_rates_know_one_currency(amount, base, other):
    """Without rates only a currency's own amounts are in it, rounded to its minor unit."""
    rates = Rates.identity(base)
    converted = rates.convert(Money(amount, other), base)

    assert converted == (Money(amount, base).quantized() if other == base else None)
    assert (rates.date, dict(rates.per_base)) == (None, {})


@given(rates_of_euro, st.lists(currencies, max_size=5))
def test_used_rates_are_those_of_the_currencies_asked_for(rates, wanted):
    """The record holds the same rates, day and source, and none that was not used."""
    used = rates.used(wanted)

    assert dict(used.per_base) == {code: rates.per_base[code] for code in wanted if code in rates.per_base}
    assert (used.base, used.date, used.source) == (rates.base, rates.date, rates.source)


def test_rates_do_not_change_with_the_table_they_were_made_of():
    """A later change to the caller's table is not a change of the rates."""
    table = {"USD": Decimal(2)}
    rates = Rates(base="EUR", date=DAY, per_base=table, source="test")
    table["USD"] = Decimal(3)

    assert rates.per_base["USD"] == 2


@pytest.mark.parametrize(
    ("base", "table", "said"),
    [
        ("eur", {}, "base: 'eur'"),
        ("EUR", {"XXX": Decimal(1)}, r"rates\.XXX"),
        ("EUR", {"USD": Decimal(0)}, r"rates\.USD"),
        ("EUR", {"USD": Decimal("NaN")}, r"rates\.USD"),
        ("EUR", {"USD": 1.0843}, r"rates\.USD"),
    ],
)
def test_rates_made_in_code_are_checked_too(base, table, said):
    """A code that is no currency or a rate that is no positive decimal is refused with its key."""
    with pytest.raises(ConfigurationError, match=said):
        Rates(base=base, date=DAY, per_base=table, source="test")


# --- TOML --------------------------------------------------------------------------------------------

TOML = """
base = "EUR"
date = 2026-11-20
source = "treasury"
[rates]
EUR = 1
USD = "1.0843"
JPY = 162.51
ISK = 143
"""


def _file(folder, content, name="rates.toml"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_toml_table_is_read_without_a_float(tmp_path):
    """Texts, integers and decimals of the file arrive digit for digit."""
    expected = {"USD": Decimal("1.0843"), "JPY": Decimal("162.51"), "ISK": Decimal(143)}

    assert load_rates(_file(tmp_path, TOML)) == Rates(base="EUR", date=DAY, per_base=expected, source="treasury")


@given(table=tables, quoted=st.booleans())
def test_toml_round_trip(tmp_path_factory, table, quoted):
    """Any table that is written is read back exactly, quoted or not."""
    mark = '"' if quoted else ""
    lines = "\n".join(f"{code} = {mark}{rate:f}{mark}" for code, rate in table.items())
    path = _file(tmp_path_factory.mktemp("rates"), f'base = "EUR"\ndate = 2026-11-20\n[rates]\n{lines}\n')

    assert load_rates(path).per_base == table


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """Files saved by a Windows editor are read."""
    assert load_rates(_file(tmp_path, b"\xef\xbb\xbf" + TOML.encode())).base == "EUR"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('base = "EUR"', "", "base: None"),
        ('base = "EUR"', "base = 3", "base: 3"),
        ('base = "EUR"', 'base = "BTC"', "base: 'BTC'"),
        ("date = 2026-11-20", "", "date: "),
        ("date = 2026-11-20", 'date = "2026-11-20"', "date: "),
        ("date = 2026-11-20", "date = 2026-11-20T10:00:00Z", "date: "),
        ('source = "treasury"', "source = 3", "source: "),
        ('source = "treasury"', "sauce = 3", "sauce: unknown key"),
        ("[rates]", "[rate]", "rate: unknown key"),
        ("EUR = 1", "EUR = 2", r"rates\.EUR"),
        ('USD = "1.0843"', 'USD = "1,0843"', r"rates\.USD: .*1,0843"),
        ('USD = "1.0843"', "USD = true", r"rates\.USD: .*True"),
        ('USD = "1.0843"', "USD = 0", r"rates\.USD"),
        ('USD = "1.0843"', "USD = -1.0", r"rates\.USD"),
        ('USD = "1.0843"', "USD = nan", r"rates\.USD"),
        ('USD = "1.0843"', 'USD = "1E+999999999"', r"rates\.USD"),
        ('USD = "1.0843"', "USD = {}", r"rates\.USD"),
        ('USD = "1.0843"', 'usd = "1.0843"', r"rates\.usd"),
        ('USD = "1.0843"', "USD", "not a TOML file"),
        ('"treasury"', "[" * 5000, "not a TOML file"),
    ],
)
def test_toml_mistakes_name_file_and_key(tmp_path, old, new, said):
    """One wrong key is found and named, whatever is wrong with it."""
    assert old in TOML

    with pytest.raises(ConfigurationError, match=rf"rates\.toml: {said}"):
        load_rates(_file(tmp_path, TOML.replace(old, new)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "base: None"),
        (b'base = "EUR"\ndate = 2026-11-20\n', "rates: a table"),
        (b'base = "EUR"\ndate = 2026-11-20\nrates = 3\n', "rates: a table"),
        (b'base = "EUR"\ndate = 2026-11-20\n[rates]\n', "rates: a table"),
        (b"\xff\xfe\x00", "not a TOML file"),
    ],
)
def test_files_without_rates_are_refused(tmp_path, content, said):
    """An empty, incomplete or binary file is refused by name."""
    with pytest.raises(ConfigurationError, match=rf"rates\.toml: {said}"):
        load_rates(_file(tmp_path, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """What cannot be opened is named with the reason."""
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read: No such file"):
        load_rates(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load_rates(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    """Reading stops at the limit."""
    monkeypatch.setattr(rates_module, "MAX_FILE_BYTES", 10)

    with pytest.raises(ConfigurationError, match="larger than 10 bytes"):
        load_rates(_file(tmp_path, TOML))


# --- The European Central Bank's XML -----------------------------------------------------------------

ECB = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='2026-11-19'><Cube currency='USD' rate='1.0799'/></Cube>
    <Cube time='2026-11-20'>
      <Cube currency='USD' rate='1.0843'/><Cube currency='JPY' rate='162.51'/><Cube currency='BGN' rate='1.9558'/>
    </Cube>
    <Cube time="2026-11-18"><Cube currency="USD" rate="1.0701"/><Cube currency="GBP" rate="0.84"/></Cube>
  </Cube>
</gesmes:Envelope>
"""


def test_the_newest_day_of_an_ecb_file_is_taken(tmp_path):
    """One day's rates are read whole, wherever it stands, without currencies that no longer exist."""
    rates = load_rates(_file(tmp_path, ECB, "eurofxref-hist.xml"))

    assert (rates.base, rates.date) == ("EUR", DAY)
    assert rates.per_base == {"USD": Decimal("1.0843"), "JPY": Decimal("162.51")}
    assert "European Central Bank" in rates.source


def test_xml_is_told_by_its_content(tmp_path):
    """The name of the file does not matter, nor blank lines before its first element."""
    without_declaration = "\n  " + ECB.partition("?>")[2]

    assert load_rates(_file(tmp_path, without_declaration, "rates.txt")).date == DAY


BOMB = '<!DOCTYPE lol [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
READER = '<!DOCTYPE Envelope SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("declaration", [BOMB, READER, "<!DOCTYPE html>"])
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_document_type_declarations_are_refused(tmp_path, declaration, encoding):
    """No entity is ever declared, so none can grow or read another file."""
    content = ECB.replace("UTF-8", encoding).replace("?>", f"?>{declaration}").replace("1.0843", "&b;")

    with pytest.raises(ConfigurationError, match=r"rates\.xml: the document type declaration"):
        load_rates(_file(tmp_path, content.encode(encoding), "rates.xml"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ECB[:300], "not an XML file"),
        ("<html></html>", "Cube: no element with a time"),
        (ECB.replace("UTF-8", "no-such-code"), "not an XML file"),
        (ECB.replace("2026-11-19", "yesterday"), "Cube time: 'yesterday'"),
        (ECB.replace("1.0843", "N/A"), "Cube currency USD: .*N/A"),
        (ECB.replace("rate='1.0843'", ""), "Cube currency USD"),
        (ECB.replace("1.0843", "0"), "Cube currency USD"),
    ],
)
def test_xml_mistakes_name_file_and_element(tmp_path, content, said):
    """A broken or foreign document and a wrong rate or day are told apart."""
    with pytest.raises(ConfigurationError, match=rf"rates\.xml: {said}"):
        load_rates(_file(tmp_path, content, "rates.xml"))
