"""What looks at one account found, until the order book has it: nothing is forgotten where the book fails meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tasking_hub.errors import OrderBookError
from tasking_hub.orders.events import Event
from tasking_hub.orders.log import EventLog, Look

__all__ = ["Findings"]


class Findings:
    """Events to be told, and how much was told of each order.

    Args:
        log: where they are told.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._events: list[Event] = []
        self._told: list[Look] = []
        self._known: dict[str, Look] = {}

    def look(self, reference: str) -> Look | None:
        """How much the order book says was told of an order, or None."""
        return self._known.get(reference)

    def know(self, looks: Iterable[Look]) -> None:
        """Take over what the order book says was told."""
        self._known |= {look.reference: look for look in looks}

    def add(self, *events: Event) -> None:
        """Something to be told."""
        self._events += events

    def told(self, look: Look) -> None:
        """Once the events so far are told, this was told of an order."""
        self._told.append(look)

    async def tell(self) -> None:
        """Write down what was found since the last time.

        Raises:
            OrderBookError: the order book fails; what was found is told the next time.
        """
        events, self._events = self._events, []
        told, self._told = self._told, []
        try:
            await self._log.add(events, told)
        except (OrderBookError, asyncio.CancelledError):
            # An event that has been told after all is not told twice.
            self._events, self._told = events + self._events, told + self._told
            raise
        self.know(told)
