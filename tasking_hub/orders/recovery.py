"""Settling orders whose outcome is unknown: they are looked up by reference, and nothing is ever sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from tasking_hub.clock import Clock
from tasking_hub.errors import ConfigurationError, OrderConflictError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Order, OrderEvent
from tasking_hub.ordering import OrderingProvider, Purchase
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.intent import Intent
from tasking_hub.orders.merging import ABSENT
from tasking_hub.provider import Provider
from tasking_hub.registry import Registry
from tasking_hub.report.reading import read_opportunity, read_quote

__all__ = ["Recovery", "ordering_provider", "purchase_of"]

_logger = logging.getLogger(__name__)


def ordering_provider(providers: Mapping[str, Provider[Any]], account: str, name: str) -> OrderingProvider[Any]:
    """The adapter of an account that can buy.

    Raises:
        ConfigurationError: the account is not configured here, or its adapter cannot buy.
    """
    provider = providers.get(account)
    if provider is None or provider.name != name:
        msg = f"no account {account!r} at {name} is configured"
        raise ConfigurationError(msg)
    if not isinstance(provider, OrderingProvider):
        msg = f"the adapter {name} can quote and cannot buy"
        raise ConfigurationError(msg)
    return provider


def purchase_of(intent: Intent, registry: Registry) -> Purchase:
    """What an intent buys, from the documents that were kept.

    Raises:
        DocumentError: they cannot be read.
        ProviderNotFoundError: they have options of an adapter that is not installed.
    """
    quote = None if intent.accepted is None else read_quote(intent.bought, registry)
    return Purchase(
        reference=intent.reference,
        quote=quote,
        opportunity=read_opportunity(intent.bought, registry) if quote is None else quote.opportunity,
        replaces=intent.replaces,
        sent_at=intent.sent_at,
    )


@frozen(kw_only=True)
class Recovery:
    """Looks up what was sent and never answered.

    Attributes:
        book: where intents are durable.
        providers: by account name.
        registry: the adapters, whose options kept requests may hold.
        clock: what time it is.
        sending_s: seconds that a sending may take, in any process that shares the book.
    """

    book: OrderBook
    providers: Mapping[str, Provider[Any]]
    registry: Registry
    clock: Clock
    sending_s: float

    async def recover(self) -> tuple[Order, ...]:
        """Look up every order of unknown outcome or id, accounts side by side; the orders as the book then has them.

        What is found is placed, and has its id from then on. What nobody answered for and is absent after the
        provider's settling time is not placed. All else stays as it is, also where a look-up fails: look again later.
        """
        by_account: dict[str, list[Intent]] = {}
        for intent in [*await self.book.unsettled(), *await self.book.unnamed()]:
            by_account.setdefault(intent.account, []).append(intent)
        settled = await asyncio.gather(*(self._settle_all(intents) for intents in by_account.values()))
        return tuple(order for orders in settled for order in orders)

    async def _settle_all(self, intents: list[Intent]) -> list[Order]:
        return [(await self.settle(intent)).as_order() for intent in intents]

    async def settle(self, intent: Intent) -> Intent:
        """Look up one order of unknown outcome or id; the intent as the book then has it."""
        at = self.clock.now()
        try:
            provider = ordering_provider(self.providers, intent.account, intent.provider)
            order = await provider.look_up(purchase_of(intent, self.registry))
        except Exception as error:  # noqa: BLE001 - one adapter's failure must not keep the others' orders unsettled
            return _left(intent, error)
        if order is not None:
            try:
                await self.book.record(order, reference=intent.reference)
            except OrderConflictError as error:
                return _left(intent, error)
        elif intent.unsettled and at >= self._absent_from(intent, provider):
            await self.book.advance(intent, OrderEvent(at=at, state=OrderState.NOT_PLACED, note=ABSENT))
        return await self.book.intent(intent.reference)

    def _absent_from(self, intent: Intent, provider: OrderingProvider[Any]) -> datetime:
        """From when on an order that is not found was not placed.

        Whoever noted "unknown" had stopped sending. Whoever only noted "sent" may be alive and still wait for its turn.
        """
        ended = intent.updated_at
        if intent.state is OrderState.SENT:
            ended += timedelta(seconds=self.sending_s)
        return ended + timedelta(seconds=provider.settling_s)


def _left(intent: Intent, error: Exception) -> Intent:
    """The intent as it was: one order that cannot be settled must not keep the others from it."""
    _logger.warning("order %s at %s stays %s: %s", intent.reference, intent.account, intent.state, error)
    return intent
