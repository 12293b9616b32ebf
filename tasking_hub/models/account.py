"""What an account's contracts allow and have left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from tasking_hub.models.checks import moment_or_none
from tasking_hub.money import Money, Quota


@frozen(kw_only=True)
class Contract:
    """One contract with a provider.

    Attributes:
        id: the provider's contract id.
        name: its name there.
        starts: tasks may be submitted from then on, or None.
        ends: tasks may be submitted until then, or None.
        allowed: literals that the contract allows, by the provider's own field name.
        defaults: what applies where the caller says nothing, by the provider's own field name.
        remaining: what is left to spend, or None where the provider does not say.
        limit: what may be spent altogether, or None.
        spent: what was spent, or None.
        notes: what else matters, one sentence each.
        raw: the provider's own JSON.
    """

    id: str
    name: str = ""
    starts: datetime | None = field(default=None, converter=moment_or_none)
    ends: datetime | None = field(default=None, converter=moment_or_none)
    allowed: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    defaults: Mapping[str, str] = field(factory=dict[str, str])
    remaining: Money | Quota | None = None
    limit: Money | Quota | None = None
    spent: Money | Quota | None = None
    notes: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


@frozen(kw_only=True)
class AccountStatus:
    """An account and its contracts.

    Attributes:
        account: name of the configured account.
        provider: name of its adapter.
        contracts: those that its credential can use.
    """

    account: str
    provider: str
    contracts: tuple[Contract, ...] = field(converter=tuple[Contract, ...])
