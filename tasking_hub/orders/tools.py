"""Everything that buys and follows, over one open order book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from attrs import frozen

from tasking_hub.clock import Clock
from tasking_hub.compare.rates import Rates
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.decisions import Decider
from tasking_hub.orders.hooks import Hooks
from tasking_hub.orders.leaving import Leaver
from tasking_hub.orders.limits import Limits
from tasking_hub.orders.placing import Placer
from tasking_hub.orders.sending import Stage
from tasking_hub.orders.watching import Watcher
from tasking_hub.provider import Provider
from tasking_hub.registry import Registry

__all__ = ["Tools"]


@frozen(kw_only=True)
class Tools:
    """The order book and those who work with it.

    Attributes:
        book: where everything is kept.
        placer: buys and recovers.
        watcher: follows.
        decider: answers.
        leaver: cancels, stops and changes.
        hooks: takes in webhooks.
    """

    book: OrderBook
    placer: Placer
    watcher: Watcher
    decider: Decider
    leaver: Leaver
    hooks: Hooks

    @classmethod
    def over(
        cls,
        book: OrderBook,
        providers: Mapping[str, Provider[Any]],
        *,
        registry: Registry,
        clock: Clock,
        limits: Limits,
        currency: str,
        rates: Rates,
        reached: Callable[[Stage, str], None],
    ) -> Self:
        """Those who work with an order book; the arguments are those of `Placer`."""
        placer = Placer(
            book,
            providers,
            registry=registry,
            clock=clock,
            limits=limits,
            currency=currency,
            rates=rates,
            reached=reached,
        )
        watcher = Watcher(book, providers, clock=clock, recover=placer.recover)
        return cls(
            book=book,
            placer=placer,
            watcher=watcher,
            decider=Decider(book=book, providers=providers, clock=clock, limits=limits, currency=currency, rates=rates),
            leaver=Leaver(book=book, providers=providers, clock=clock),
            hooks=Hooks(watcher),
        )
