"""Answers that come page by page. No I/O."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import frozen

from tasking_hub import HttpRequest

PAGE_SIZE = 100
"""Orders on a page that are asked for."""

DEFAULT_PAGE_SIZE = 10
"""Orders on a page that Airbus gives unasked (Airbus' OpenAPI description, read 2026-11)."""

FactsT = TypeVar("FactsT")


@frozen(kw_only=True)
class Page(Generic[FactsT]):
    """What one answer lists, and the request for what follows, or None."""

    items: tuple[FactsT, ...]
    following: HttpRequest | None


def may_go_on(found: int) -> bool:
    """Whether another page may follow where nothing says how many there are.

    Assumption: a server that gives fewer than it was asked for gives no fewer than it does unasked.
    """
    return found >= DEFAULT_PAGE_SIZE
