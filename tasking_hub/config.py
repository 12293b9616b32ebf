"""Configuration: a TOML file or a mapping, overridden by environment variables; every error names the key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, cast, get_origin

import attrs
import platformdirs
from attrs import field, frozen

from tasking_hub.compare.rates import Rates, load_rates
from tasking_hub.errors import ConfigurationError
from tasking_hub.money import EXPONENTS, Money
from tasking_hub.orders.limits import Limits
from tasking_hub.provider import AccountSettings
from tasking_hub.registry import Registry
from tasking_hub.settings import Origin, Table, read_money, read_settings, refuse_unknown

APP = "tasking-hub"
FILE_NAME = "tasking-hub.toml"
PREFIX = "TASKING_HUB_"
FILE_VARIABLE = f"{PREFIX}CONFIG"


@frozen(kw_only=True)
class Config:
    """What a hub needs to know.

    Attributes:
        accounts: settings by account name.
        currency: base currency of comparisons, ISO 4217.
        rates: exchange rates.
        order_book: database URL of the order book.
        limits: what may be spent.
        pace_file: where turns are shared between processes, or None for this process alone.
        path: the file that it came from, or None.
    """

    accounts: Mapping[str, AccountSettings]
    currency: str = "EUR"
    rates: Rates = field(factory=lambda: Rates.identity("EUR"))
    order_book: str = "sqlite:///orders.db"
    limits: Limits = field(factory=Limits)
    pace_file: Path | None = None
    path: Path | None = None


def load_config(
    source: str | Path | Mapping[str, Any] | None = None,
    *,
    registry: Registry,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read a configuration.

    Args:
        source: a TOML file, a mapping of the same shape, or None for `TASKING_HUB_CONFIG`, then `tasking-hub.toml` in
            the working directory, then in the user's configuration directory.
        registry: the adapters, whose settings classes say which keys an account has.
        environ: the environment, or None for the process's own. `TASKING_HUB_<PROVIDER>_<KEY>` overrides a key in every
            account of that provider, and makes an account where there is none, unless the configuration says
            `environment = false` in its `hub` table.

    Raises:
        ConfigurationError: naming file and key.
    """
    environ = os.environ if environ is None else environ
    if isinstance(source, Mapping):
        return _read(source, Origin(None, "configuration"), registry, environ)
    path = Path(source) if source is not None else _find(environ)
    if path is None:
        return _from_environment(registry, environ)
    return _read(_parse(path), Origin(path, str(path)), registry, environ)


def _find(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    places = (Path(FILE_NAME), platformdirs.user_config_path(APP) / FILE_NAME)
    return next((place for place in places if place.is_file()), None)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise ConfigurationError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigurationError(msg) from error
    except RecursionError as error:
        msg = f"{path}: not TOML: nested too deeply"
        raise ConfigurationError(msg) from error


def _from_environment(registry: Registry, environ: Mapping[str, str]) -> Config:
    config = _read({}, Origin(None, "environment"), registry, environ)
    if not config.accounts:
        msg = (
            f"no configuration: neither {FILE_VARIABLE}, nor {FILE_NAME} here or in "
            f"{platformdirs.user_config_path(APP)}, nor accounts in the environment; --sandbox needs none"
        )
        raise ConfigurationError(msg)
    return config


def _read(table: Table, source: Origin, registry: Registry, environ: Mapping[str, str]) -> Config:
    refuse_unknown(table, ("hub", "accounts", "limits"), "", source)
    environ = environ if _environment_counts(table, source) else {}
    hub = _hub_table(table, source, environ)
    currency = _currency(hub.get("currency", "EUR"), source)
    return Config(
        accounts=_accounts(_subtable(table, "accounts", source), source, registry, environ),
        currency=currency,
        rates=_rates(hub.get("rates"), currency, source),
        order_book=_order_book(hub, source),
        limits=_limits(_subtable(table, "limits", source), source),
        pace_file=_pace_file(hub, source),
        path=source.path,
    )


_HUB_KEYS = ("currency", "rates", "order_book", "pace_file")


def _hub_table(table: Table, source: Origin, environ: Mapping[str, str]) -> dict[str, Any]:
    hub = dict(_subtable(table, "hub", source))
    refuse_unknown(hub, (*_HUB_KEYS, "environment"), "hub.", source)
    return hub | {key: environ[name] for key in _HUB_KEYS if (name := f"{PREFIX}{key.upper()}") in environ}


def _environment_counts(table: Table, source: Origin) -> bool:
    value = _subtable(table, "hub", source).get("environment", True)
    if not isinstance(value, bool):
        source.fail("hub.environment", f"expected true or false, not {type(value).__name__}")
    return value


def _subtable(table: Table, key: str, source: Origin, within: str = "") -> Table:
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        source.fail(f"{within}{key}", f"expected a table, not {type(value).__name__}")
    return cast(Table, value)


def _text(table: Table, key: str, default: str, source: Origin) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        source.fail(f"hub.{key}", f"expected text, not {type(value).__name__}")
    return value


def _currency(value: object, source: Origin) -> str:
    if value not in EXPONENTS:
        source.fail("hub.currency", f"{value!r} is not an ISO 4217 currency")
    return cast(str, value)


def _rates(value: object, currency: str, source: Origin) -> Rates:
    if value is None:
        return Rates.identity(currency)
    if not isinstance(value, str):
        source.fail("hub.rates", f"expected a file name, not {type(value).__name__}")
    try:
        return load_rates(source.resolve(value))
    except ConfigurationError as error:
        source.fail("hub.rates", str(error), error)


_SQLITE = "sqlite:///"


def _order_book(hub: Table, source: Origin) -> str:
    """The URL; a relative file of SQLite's stands beside the configuration."""
    url = _text(hub, "order_book", f"{_SQLITE}orders.db", source)
    return f"{_SQLITE}{source.resolve(url.removeprefix(_SQLITE))}" if url.startswith(_SQLITE) else url


def _limits(table: Table, source: Origin) -> Limits:
    refuse_unknown(table, [attribute.name for attribute in attrs.fields(Limits)], "limits.", source)
    given = {
        "per_order": _amount(table["per_order"], "limits.per_order", source) if "per_order" in table else None,
        "per_account_per_day": _amounts(table, "per_account_per_day", source),
        "per_reference_prefix": _amounts(table, "per_reference_prefix", source),
    }
    try:
        return Limits(**cast(Any, given))
    except ConfigurationError as error:
        source.fail("limits", str(error), error)


def _amounts(table: Table, key: str, source: Origin) -> dict[str, Money]:
    """A table of amounts, by account or by prefix."""
    amounts = table.get(key, {})
    if not isinstance(amounts, Mapping):
        source.fail(f"limits.{key}", f"expected a table, not {type(amounts).__name__}")
    by_name = cast(Table, amounts)
    return {name: _amount(amount, f"limits.{key}.{name}", source) for name, amount in by_name.items()}


def _amount(value: Any, key: str, source: Origin) -> Money:
    try:
        return read_money(value)
    except (ConfigurationError, ValueError, ArithmeticError) as error:
        source.fail(key, str(error), error)


def _pace_file(hub: Table, source: Origin) -> Path | None:
    name = _text(hub, "pace_file", "", source)
    return source.resolve(name) if name else platformdirs.user_state_path(APP) / "pace.db"


def _accounts(
    tables: Table, source: Origin, registry: Registry, environ: Mapping[str, str]
) -> dict[str, AccountSettings]:
    accounts = {name: _subtable(tables, name, source, "accounts.") for name in tables}
    providers = {table.get("provider", name) for name, table in accounts.items()}
    for provider in registry.names():
        if provider not in providers and any(name.startswith(_prefix(provider)) for name in environ):
            accounts[provider] = {}
    return {name: _account(name, table, source, registry, environ) for name, table in accounts.items()}


_NUMBERS = (int, float, bool, Decimal, int | None, float | None, bool | None, Decimal | None)


def _prefix(provider: str) -> str:
    return f"{PREFIX}{provider.upper()}_"


def _account(
    name: str, table: Table, source: Origin, registry: Registry, environ: Mapping[str, str]
) -> AccountSettings:
    where = f"accounts.{name}"
    provider = table.get("provider", name)
    if not isinstance(provider, str) or provider not in registry.names():
        installed = ", ".join(registry.names())
        source.fail(f"{where}.provider", f"no adapter named {provider!r} is installed; installed: {installed}")
    kind = registry.get(provider).settings_type
    values = {key: value for key, value in table.items() if key != "provider"}
    fields = {attribute.name: attribute for attribute in attrs.fields(attrs.resolve_types(kind))}
    refuse_unknown(values, fields, f"{where}.", source)
    overridden = {
        key: _from_text(environ[variable], attribute.type)
        for key, attribute in fields.items()
        if (variable := f"{_prefix(provider)}{key.upper()}") in environ
    }
    return read_settings(kind, {**values, **overridden}, where, source)


def _from_text(text: str, kind: object) -> Any:
    """An environment variable's value: text, unless the key wants a number or a list, or it is an inline TOML table."""
    if not (text.startswith("{") or kind in _NUMBERS or get_origin(kind) is tuple):
        return text
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return text
