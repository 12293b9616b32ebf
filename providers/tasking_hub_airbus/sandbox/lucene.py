"""The search's language, as far as Airbus' OpenAPI description shows it: conditions with AND, OR, brackets and `*`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tasking_hub_airbus.sandbox.errors import bad_request
from tasking_hub_airbus.sandbox.reading import as_object

Test = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(r"\s*(\(|\)|AND\b|OR\b|[\w.]+:[^\s()]+)")


def read_query(text: str) -> Test:
    """What a query finds, or 400."""
    tokens = _tokens(text)
    test = _either(tokens)
    if tokens:
        raise _unreadable(text)
    return test


def _tokens(text: str) -> list[str]:
    tokens, position = list[str](), 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text)
        tokens.append(match[1])
        position = match.end()
    return tokens


def _unreadable(text: str) -> Exception:
    return bad_request(f"The query cannot be read: {text}")


def _either(tokens: list[str]) -> Test:
    parts = [_all(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        parts.append(_all(tokens))
    return lambda item: any(part(item) for part in parts)


def _all(tokens: list[str]) -> Test:
    parts = [_one(tokens)]
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        parts.append(_one(tokens))
    return lambda item: all(part(item) for part in parts)


def _one(tokens: list[str]) -> Test:
    token = tokens.pop(0) if tokens else ""
    if token == "(":  # noqa: S105 - a bracket
        inner = _either(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise _unreadable(token)
        return inner
    name, colon, value = token.partition(":")
    if not colon:
        raise _unreadable(token)
    pattern = re.compile(".*".join(re.escape(part) for part in value.split("*")))
    return lambda item: (found := _at(item, name)) is not None and pattern.fullmatch(str(found)) is not None


def _at(item: Mapping[str, Any], name: str) -> Any:
    value: Any = item
    for part in name.split("."):
        value = (as_object(value) or {}).get(part)
    return value
