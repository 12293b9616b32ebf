"""A toy provider that sells to the command line: its orders live by script, and it forgets nothing between commands."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from attrs import evolve
from orders.observatory import Sky, SkyProvider, received
from orders.shop import Fate, happen
from toys import ToyProvider

from tasking_hub import CancellationStep, Money, Quote, Registry, Terms

STEP = CancellationStep(fee_percent=Decimal(50), note="half of the price", source="the toy terms, read 2026-11")


class CounterProvider(SkyProvider):
    """One account; all accounts see the same sky."""

    sky: ClassVar[Sky]
    fate: ClassVar[Fate]

    def __init__(self, account: str, settings: Any, *, sender: Any, clock: Any) -> None:
        ToyProvider.__init__(self, account, settings, sender=sender, clock=clock)

    async def quote(self, opportunity):
        if self.fate.quoting is not None:
            raise self.fate.quoting
        price = Money(Decimal(100 + ord(opportunity.id[0]) - ord("a")), "EUR")
        terms = Terms(licence="STANDARD", cancellation=[STEP])
        return Quote(opportunity=opportunity, price=price, quoted_at=self._clock.now(), terms=terms)

    async def review(self, quote):
        return evolve(quote, quoted_at=self._clock.now(), **self.fate.changes)

    async def place(self, purchase):
        self.fate.places += 1
        await happen(self.fate.before)
        order = received(self.account, purchase.reference, self._clock.now())
        self.sky.orders[order.id], self.sky.changed[order.id] = order, self._clock.now()
        await happen(self.fate.after)
        return order


def registry() -> Registry:
    """Only this adapter is installed, under the toy adapter's name."""
    return Registry([EntryPoint("toy", "cli.counter:CounterProvider", "tasking_hub.providers")])
