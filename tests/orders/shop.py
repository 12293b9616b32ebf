"""A toy provider that sells: its ledger is an SQLite file, so that several processes can buy from the same one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen
from toys import ToyProvider, ToySettings, opportunity, request

from tasking_hub import (
    Money,
    Order,
    OrderEvent,
    OrderingProvider,
    OrderState,
    Quote,
    Registry,
    UnsupportedActionError,
    parse_time,
)
from tasking_hub.clock import ManualClock, format_time

WHERE = {"method": "POST", "url": "https://shop.example/orders"}


@frozen
class Ledger:
    """What the shop has sold, each sale a row; nothing stops it from selling the same reference twice."""

    path: Path

    def sell(self, reference: str, account: str, at: str) -> str:
        with self._open() as connection:
            sale = connection.execute("INSERT INTO sales VALUES (NULL, ?, ?, ?)", (reference, account, at))
            return f"S-{sale.lastrowid}"

    def find(self, reference: str, account: str) -> tuple[str, str] | None:
        with self._open() as connection:
            query = "SELECT id, at FROM sales WHERE reference = ? AND account = ?"
            row = connection.execute(query, (reference, account)).fetchone()
            return None if row is None else (f"S-{row[0]}", row[1])

    def sales(self) -> list[tuple[str, str]]:
        """Reference and order id of every sale."""
        with self._open() as connection:
            return [
                (row[1], f"S-{row[0]}") for row in connection.execute("SELECT id, reference FROM sales ORDER BY id")
            ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS sales (id INTEGER PRIMARY KEY, reference TEXT, account TEXT, at TEXT)"
            )
            yield connection


Happening = Exception | Callable[[], Any] | None


@define
class Fate:
    """What happens at the shop next: lists are used up from the front, None and an empty list let it work.

    Attributes:
        before: raised (or called) instead of the sale.
        after: raised (or called) once the sale is made.
        looking: raised instead of a look-up's answer.
        price: of everything.
        changes: how the quote reads at review, beside its price.
        quoting: raised by `quote`.
        word: the shop's own word for a new order.
        nameless: the answer to an order does not say its id.
    """

    before: list[Any] = field(factory=list)
    after: list[Any] = field(factory=list)
    looking: list[Any] = field(factory=list)
    price: Any = field(factory=lambda: Money(Decimal(100), "EUR"))
    changes: dict[str, Any] = field(factory=dict)
    quoting: Exception | None = None
    word: str = "RECEIVED"
    nameless: bool = False
    places: int = 0


async def happen(queue: list[Any]) -> None:
    """Raise or await what comes next."""
    event = queue.pop(0) if queue else None
    if isinstance(event, BaseException):
        raise event
    if event is not None and (waiting := event()) is not None:
        await waiting


class ShopProvider(ToyProvider, OrderingProvider[ToySettings]):
    """Sells whatever it is asked for."""

    settling_s = 60.0

    def __init__(self, account: str, ledger: Ledger, clock: Any, fate: Fate | None = None) -> None:
        super().__init__(account, ToySettings(), sender=None, clock=clock)
        self.ledger = ledger
        self.fate = fate or Fate()

    async def quote(self, opportunity):
        if self.fate.quoting is not None:
            raise self.fate.quoting
        return Quote(opportunity=opportunity, price=self.fate.price, quoted_at=self._clock.now())

    async def review(self, quote):
        return evolve(quote, **({"price": self.fate.price, "quoted_at": self._clock.now()} | self.fate.changes))

    async def place(self, purchase):
        self.fate.places += 1
        await happen(self.fate.before)
        at = self._clock.now()
        sold = self.ledger.sell(purchase.reference, self.account, format_time(at))
        await happen(self.fate.after)
        return self.sold(None if self.fate.nameless else sold, purchase.reference, at)

    async def look_up(self, purchase):
        await happen(self.fate.looking)
        found = self.ledger.find(purchase.reference, self.account)
        return None if found is None else self.sold(found[0], purchase.reference, parse_time(found[1]))

    def sold(self, id_, reference, at, **changes):
        order = Order(
            account=self.account,
            provider=self.name,
            id=id_,
            reference=reference,
            state=OrderState.RECEIVED,
            provider_status=self.fate.word,
            history=(OrderEvent(at=at, state=OrderState.RECEIVED, provider_status=self.fate.word),),
            price=self.fate.price,
            raw={"id": id_},
        )
        return evolve(order, **changes)

    async def orders(self, since=None):
        for reference, id_ in self.ledger.sales():
            yield self.sold(id_, reference, self._clock.now())

    async def order(self, order_id):
        reference = {id_: reference for reference, id_ in self.ledger.sales()}[order_id]
        return self.sold(order_id, reference, self._clock.now())

    async def acquisitions(self, order):
        return ()

    async def decisions(self):
        for nothing in ():
            yield nothing

    async def decide(self, decision, *, accept):
        raise UnsupportedActionError

    async def cancel(self, order):
        raise UnsupportedActionError

    async def stop(self, order):
        raise UnsupportedActionError

    async def edit(self, order, edit):
        raise UnsupportedActionError

    def cancellation(self, order):
        return ()

    async def deliverables(self, order):
        return ()

    def read_hook(self, headers, body):
        raise UnsupportedActionError


def registry() -> Registry:
    """Only the shop is installed; it sells under the toy adapter's name."""
    return Registry([EntryPoint("toy", "orders.shop:ShopProvider", "tasking_hub.providers")])


def an_offer(clock: Any, reference: str = "r-1", price: Any = None, **changes: Any) -> Quote:
    """A quote of the shop, 100 EUR where no other price is given; the changes are the opportunity's."""
    found = evolve(opportunity("o-1", request(reference=reference)), **changes)
    return Quote(opportunity=found, price=price or Money(Decimal(100), "EUR"), quoted_at=clock.now())


def euros(amount: Any) -> Money:
    """Money."""
    return Money(Decimal(amount), "EUR")


__all__ = ["Fate", "Ledger", "ManualClock", "ShopProvider", "an_offer", "euros", "registry"]
