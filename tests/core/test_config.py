"""Configuration: found in a stated order, overridden by the environment, every error naming its key."""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

import pytest
import toys
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub import ConfigurationError, Money, Secret
from tasking_hub.config import load_config
from tasking_hub.settings import Origin, read_settings

REGISTRY = toys.registry()


def load(source=None, **environ):
    return load_config(source, registry=REGISTRY, environ=environ)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No file of the machine that runs the tests is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_path", lambda _: tmp_path / "config")


def test_a_file_is_read_with_its_relative_paths(tmp_path):
    """Rates and secret files are looked for beside the configuration."""
    write(tmp_path / "key.txt", " s3cret \n")
    write(tmp_path / "rates.toml", 'base = "EUR"\ndate = 2026-11-20\n[rates]\nUSD = "1.25"\n')
    path = write(
        tmp_path / "c.toml",
        '[hub]\nrates = "rates.toml"\n[accounts.a]\nprovider = "toy"\napi_key = { file = "key.txt" }\n',
    )
    config = load(path)

    assert config.accounts["a"].api_key.reveal() == "s3cret"
    assert config.rates.convert(Money(Decimal(5), "USD"), "EUR") == Money(Decimal("4.00"), "EUR")
    assert config.path == path


def test_places_are_tried_in_the_stated_order(tmp_path):
    """The variable wins over the working directory, which wins over the user's directory."""
    (tmp_path / "config").mkdir()
    write(tmp_path / "config" / "tasking-hub.toml", '[hub]\ncurrency = "CHF"\n')
    in_user_dir = load().currency
    write(tmp_path / "tasking-hub.toml", '[hub]\ncurrency = "USD"\n')
    in_working_dir = load().currency
    named = write(tmp_path / "named.toml", '[hub]\ncurrency = "JPY"\n')
    by_variable = load(TASKING_HUB_CONFIG=str(named)).currency

    assert (in_user_dir, in_working_dir, by_variable) == ("CHF", "USD", "JPY")


def test_without_any_configuration_the_error_says_where_it_looked():
    """A newcomer learns what to do."""
    with pytest.raises(ConfigurationError, match=r"no configuration.*TASKING_HUB_CONFIG.*--sandbox"):
        load()


def test_environment_variables_override_every_account_of_a_provider():
    """`TASKING_HUB_<PROVIDER>_<KEY>` wins over the file, numbers included."""
    config = load(
        {"accounts": {"a": {"provider": "toy", "api_key": "x"}, "b": {"provider": "toy"}}},
        TASKING_HUB_TOY_API_KEY="from-env",
        TASKING_HUB_TOY_REQUESTS_PER_SECOND="2.5",
    )

    assert [account.api_key.reveal() for account in config.accounts.values()] == ["from-env", "from-env"]
    assert config.accounts["a"].requests_per_second == 2.5


def test_the_environment_alone_makes_an_account(tmp_path):
    """A container needs no file; a secret may be a file there too."""
    write(tmp_path / "k", "abc")
    config = load(TASKING_HUB_TOY_API_KEY='{ file = "k" }', TASKING_HUB_CURRENCY="USD")

    assert config.accounts["toy"].api_key.reveal() == "abc"
    assert config.currency == "USD"


def test_a_configuration_can_shut_the_environment_out():
    """A sandbox's configuration must not be led to real accounts by a variable."""
    config = load(
        {"hub": {"environment": False}, "accounts": {"toy": {"api_key": "x"}}},
        TASKING_HUB_TOY_API_KEY="real",
        TASKING_HUB_TOY_BASE_URL="https://real.example",
        TASKING_HUB_CURRENCY="USD",
    )

    assert config.accounts["toy"].api_key.reveal() == "x"
    assert (config.accounts["toy"].base_url, config.currency) == ("https://toy.example", "EUR")


def test_the_table_name_is_the_provider_where_none_is_given():
    """`[accounts.toy]` needs no provider key."""
    assert load({"accounts": {"toy": {}}}).accounts["toy"].provider == "toy"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"hubb": {}}, r"hubb: unknown key; did you mean 'hub'"),
        ({"hub": {"curency": "EUR"}}, r"hub\.curency: unknown key; did you mean 'currency'"),
        ({"hub": {"currency": "EURO"}}, r"hub\.currency: 'EURO' is not an ISO 4217 currency"),
        ({"hub": {"rates": 7}}, r"hub\.rates: expected a file name, not int"),
        ({"hub": {"order_book": 7}}, r"hub\.order_book: expected text, not int"),
        ({"hub": {"environment": "no"}}, r"hub\.environment: expected true or false, not str"),
        ({"hub": []}, r"hub: expected a table, not list"),
        ({"accounts": {"toy": "x"}}, r"accounts\.toy: expected a table, not str"),
        ({"hub": {"rates": "gone.toml"}}, r"hub\.rates: gone\.toml: cannot be read"),
        ({"accounts": {"toy": {"base_url": 7}}}, r"accounts\.toy\.base_url: expected text$"),
        ({"accounts": {"toy": {"base_url": "user:pw@toy.example"}}}, r"base_url: \(unreadable address\) is not an abs"),
        ({"accounts": {"toy": {"api_key": "two\nlines"}}}, r"accounts\.toy\.api_key: a credential has a line break"),
        ({"accounts": {"x": {"provider": "nope"}}}, r"accounts\.x\.provider: no adapter named 'nope'.*installed: toy"),
        ({"accounts": {"toy": {"api_kee": "x"}}}, r"accounts\.toy\.api_kee: unknown key; did you mean 'api_key'"),
        ({"accounts": {"toy": {"zzz": "x"}}}, r"accounts\.toy\.zzz: unknown key; known: api_key, base_url"),
        ({"accounts": {"toy": {"base_url": "toy.example"}}}, r"accounts\.toy\.base_url: .*not an absolute http"),
        (
            {"accounts": {"toy": {"requests_per_second": "fast"}}},
            r"accounts\.toy\.requests_per_second: expected a num",
        ),
        ({"accounts": {"toy": {"api_key": ""}}}, r"accounts\.toy\.api_key: expected a non-empty text"),
        ({"accounts": {"toy": {"api_key": {"file": "gone"}}}}, r"accounts\.toy\.api_key: the secret file gone cannot"),
        ({"accounts": {"toy": {"api_key": {"fil": "x"}}}}, r"accounts\.toy\.api_key: expected a non-empty text or"),
    ],
)
def test_what_is_wrong_is_named_with_its_key(source, says):
    """Each mistake names its key and, where it can, the key that was meant."""
    with pytest.raises(ConfigurationError, match=says):
        load(source)


@pytest.mark.parametrize("text", ["[hub", "\xff\xfe", "a = 1\na = 2", f"a = {'[' * 9000}"])
def test_unreadable_toml_names_the_file(tmp_path, text):
    """A syntax error names file and place."""
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"c\.toml: not TOML"):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    """A path given on the command line must exist."""
    with pytest.raises(ConfigurationError, match=r"gone\.toml: cannot be read"):
        load(tmp_path / "gone.toml")


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff", b"one\ntwo"])
def test_an_unusable_secret_file_is_named(tmp_path, content):
    """Empty, binary and many-line secret files are refused."""
    (tmp_path / "k").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"accounts\.toy\.api_key: .*(file|in) k "):
        load({"accounts": {"toy": {"api_key": {"file": "k"}}}})


@given(st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=40))
def test_a_secret_in_the_wrong_place_is_not_repeated(secret):
    """No message holds a value, since it may be a credential."""
    for table in ({"requests_per_second": secret}, {"api_key": [secret]}, {"api_key": {"file": "x", "other": secret}}):
        with pytest.raises(ConfigurationError) as caught:
            load({"accounts": {"toy": table}})
        assert secret not in str(caught.value)


class Version(StrEnum):
    """A choice."""

    V1 = "v1"
    V2 = "v2"


@frozen(kw_only=True)
class Priced(toys.ToySettings):
    """Settings with a required key and money."""

    contract: str
    quota_price: Money | None = None
    version: Version | None = None
    size: Literal["s", "l"] = "s"
    names: tuple[str, ...] = ()
    odd: dict[str, int] | None = None


def settings(**values):
    return read_settings(Priced, values, "accounts.p", Origin(None, "test"))


@pytest.mark.parametrize("value", ["4.20 USD", {"amount": "4.20", "currency": "USD"}])
def test_money_is_read_exactly(value):
    """Amounts are text, so that no binary float comes near."""
    assert settings(contract="c", quota_price=value).quota_price == Money(Decimal("4.20"), "USD")


@pytest.mark.parametrize(
    "value",
    [
        4.2,
        {"amount": 4.2, "currency": "USD"},
        {"amount": "x", "currency": "USD"},
        {"amount": "4.2", "currency": "XXX"},
        "4.20",
        {"amount": "4"},
        {},
    ],
)
def test_other_money_is_refused(value):
    """An amount that is none, a float or without a currency is answered with how to write it."""
    said = r'^test: accounts\.p\.quota_price: expected \{ amount = "4\.20", currency = "USD" \}$'
    with pytest.raises(ConfigurationError, match=said):
        settings(contract="c", quota_price=value)


@pytest.mark.parametrize(
    ("key", "said"),
    [("version", "one of v1, v2"), ("size", "one of s, l"), ("names", "a list"), ("odd", r"dict\[str, int\]")],
)
def test_a_wrong_value_is_answered_with_what_the_key_takes(key, said):
    """A choice lists what can be chosen; no message holds the value."""
    with pytest.raises(ConfigurationError, match=rf"accounts\.p\.{key}: expected {said}$"):
        settings(contract="c", **{key: "v3"})


def test_what_settings_refuse_themselves_is_named_with_the_account():
    """A number in the right place that cannot be meant."""
    with pytest.raises(ConfigurationError, match=r"accounts\.toy: requests_per_second must be above 0, not -1"):
        load({"accounts": {"toy": {"requests_per_second": -1}}})


def test_a_variable_that_only_looks_like_a_table_is_text():
    """A credential may begin with a brace."""
    assert load(TASKING_HUB_TOY_API_KEY="{9f!").accounts["toy"].api_key.reveal() == "{9f!"


def test_a_missing_required_key_is_named():
    """What an adapter cannot do without is asked for by name."""
    with pytest.raises(ConfigurationError, match=r"test: accounts\.p\.contract: required key missing"):
        settings()


def test_limits_are_read_with_their_scopes():
    """What may be spent, per order, per account and day, and per prefix of references."""
    table = {
        "per_order": "5000 EUR",
        "per_account_per_day": {"*": "9000 EUR", "toy": {"amount": "100", "currency": "USD"}},
        "per_reference_prefix": {"flood-": "20000 EUR"},
    }
    limits = load({"limits": table, "accounts": {"toy": {}}}).limits

    assert limits.per_order == Money(Decimal(5000), "EUR")
    assert limits.per_account_per_day == {"*": Money(Decimal(9000), "EUR"), "toy": Money(Decimal(100), "USD")}
    assert limits.per_reference_prefix == {"flood-": Money(Decimal(20000), "EUR")}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"per_ordr": "1 EUR"}, r"limits\.per_ordr: unknown key; did you mean 'per_order'"),
        ({"per_order": 5000}, r"limits\.per_order: expected"),
        ({"per_order": "-1 EUR"}, r"limits"),
        ({"per_account_per_day": {"toy": "much"}}, r"limits\.per_account_per_day\.toy: "),
        ({"per_account_per_day": "100 EUR"}, r"limits\.per_account_per_day: expected a table, not str"),
        ({"per_order": {"toy": "100 EUR"}}, r"limits\.per_order: expected"),
    ],
)
def test_wrong_limits_are_named(table, says):
    """A limit that is not understood is never taken for none."""
    with pytest.raises(ConfigurationError, match=says):
        load({"limits": table})


def test_a_relative_order_book_stands_beside_the_configuration(tmp_path):
    """Two working directories are not two order books."""
    path = write(tmp_path / "c.toml", '[hub]\norder_book = "sqlite:///books/o.db"\n')

    assert load(path).order_book == f"sqlite:///{tmp_path / 'books' / 'o.db'}"
    assert load({"hub": {"order_book": "postgresql://db/o"}}).order_book == "postgresql://db/o"


def test_secrets_do_not_show_in_a_configuration():
    """Neither settings nor configuration print a credential."""
    config = load({"accounts": {"toy": {"api_key": "s3cret"}}})

    assert "s3cret" not in repr(config)
    assert config.accounts["toy"].api_key == Secret("s3cret")
