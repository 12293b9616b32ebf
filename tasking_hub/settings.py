"""One account's settings: a table of plain values into an adapter's own settings class."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import EnumType
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, cast, get_args, get_origin

import attrs
import cattrs
from attrs import frozen

from tasking_hub.auth import Secret
from tasking_hub.errors import ConfigurationError
from tasking_hub.messages import origin
from tasking_hub.money import Money
from tasking_hub.provider import AccountSettings
from tasking_hub.wire import make_converter

Table = Mapping[str, Any]

_MONEY = '{ amount = "4.20", currency = "USD" }'
_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Decimal: "a number",
    Money: _MONEY,
}


@frozen
class Origin:
    """Where a configuration came from: for messages, and for relative paths."""

    path: Path | None
    name: str

    def fail(self, key: str, problem: str, cause: Exception | None = None) -> NoReturn:
        """Raise what names place and key."""
        msg = f"{self.name}: {key}: {problem}"
        raise ConfigurationError(msg) from cause

    def resolve(self, path: str) -> Path:
        """A path as the configuration means it: relative to its own file."""
        expanded = Path(path).expanduser()
        return expanded if self.path is None else self.path.parent / expanded


def read_settings(kind: type[AccountSettings], values: Table, where: str, source: Origin) -> AccountSettings:
    """Structure a table whose keys are known to be the class's own.

    Raises:
        ConfigurationError: naming the key that is missing or wrong, never its value.
    """
    converter = _converter(source)
    read: dict[str, Any] = {}
    for attribute in attrs.fields(kind):
        if attribute.name in values:
            read[attribute.name] = _value(converter, values[attribute.name], attribute, where, source)
        elif attribute.default is attrs.NOTHING:
            source.fail(f"{where}.{attribute.name}", "required key missing")
    try:
        return kind(**read)
    except (ConfigurationError, ValueError, TypeError) as error:
        source.fail(where, str(error), error)


def _value(converter: cattrs.Converter, value: Any, attribute: attrs.Attribute[Any], where: str, source: Origin) -> Any:
    key = f"{where}.{attribute.name}"
    try:
        read = converter.structure(value, cast(Any, attribute.type))
    except ConfigurationError as error:
        source.fail(key, str(error), error)
    except (cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError, ValueError, TypeError, KeyError) as error:
        # The value itself stays out of the message: it may be a credential in the wrong place.
        source.fail(key, f"expected {_described(attribute.type)}", error)
    if attribute.name.endswith("_url") and read is not None:
        _check_url(read, key, source)
    return read


def _check_url(value: str, key: str, source: Origin) -> None:
    try:
        origin(value)
    except ConfigurationError as error:
        source.fail(key, str(error), error)


def _described(kind: Any) -> str:
    """What a key takes, in the words of who writes it."""
    arms = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return " or ".join(_WORDS.get(arm) or _choices(arm) for arm in arms if arm is not NoneType)


def _choices(kind: Any) -> str:
    if isinstance(kind, EnumType) or get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind) or kind))}"
    return "a list" if get_origin(kind) in {list, tuple} else str(kind)


def _converter(source: Origin) -> cattrs.Converter:
    converter = make_converter()
    converter.register_structure_hook(Secret, lambda value, _: _secret(value, source))
    converter.register_structure_hook(Money, lambda value, _: read_money(value))
    return converter


def _secret(value: Any, source: Origin) -> Secret:
    match value:
        case str() if value.strip():
            return Secret(_one_line(value.strip(), "a credential"))
        case {"file": str(name)} if value.keys() == {"file"}:
            return Secret(_secret_file(source.resolve(name)))
        case _:
            msg = 'expected a non-empty text or { file = "..." }'
            raise ConfigurationError(msg)


def _secret_file(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the secret file {path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise ConfigurationError(msg) from error
    if not secret:
        msg = f"the secret file {path} is empty"
        raise ConfigurationError(msg)
    return _one_line(secret, f"the credential in {path}")


def _one_line(secret: str, what: str) -> str:
    """What can stand in a header: what cannot was pasted wrongly, and is better refused before anything is asked."""
    if not secret.isprintable():
        msg = f"{what} has a line break or another unprintable character in it"
        raise ConfigurationError(msg)
    return secret


def read_money(value: Any) -> Money:
    """Money as a configuration writes it: a text, or a table with the amount as a text.

    Raises:
        ConfigurationError: it is neither.
        ValueError: the text is no amount, or the currency is none.
    """
    match value:
        case str():
            return Money.parse(value)
        case {"amount": str(amount), "currency": str(currency)} if value.keys() == {"amount", "currency"}:
            return Money.parse(f"{amount} {currency}")
        case _:
            msg = f"expected {_MONEY}"
            raise ConfigurationError(msg)


def refuse_unknown(table: Table, known: Iterable[str], where: str, source: Origin) -> None:
    """Raise `ConfigurationError` for a key that nobody reads, with the one that was probably meant."""
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
            source.fail(f"{where}{key}", f"unknown key{hint}")
