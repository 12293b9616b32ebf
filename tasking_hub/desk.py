"""The half of the hub that buys: everything here needs the order book, which is opened when it is first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasking_hub.clock import Clock
from tasking_hub.compare.rates import Rates
from tasking_hub.errors import ConfigurationError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Comparison, Decision, Deliverable, Opportunity, Order, Quote, Refusal
from tasking_hub.money import Money, Quota
from tasking_hub.ordering import Edit, Hint, OrderingProvider
from tasking_hub.orders.limits import Limits
from tasking_hub.provider import Provider
from tasking_hub.registry import Registry
from tasking_hub.telemetry import count_stage, operation, stream
from tasking_hub.transport import Transport

if TYPE_CHECKING:
    from tasking_hub.collect import Collected
    from tasking_hub.orders.answers import Answer
    from tasking_hub.orders.book import OrderBook
    from tasking_hub.orders.events import Event
    from tasking_hub.orders.fees import Leaving
    from tasking_hub.orders.intent import Drift
    from tasking_hub.orders.replacing import Replacement
    from tasking_hub.orders.tools import Tools


class OrderDesk:
    """Buys, follows, decides, changes, leaves and collects; `tasking_hub.Hub` is one.

    Args:
        providers: by account name; those that are no `OrderingProvider` can only be asked for quotes.
        registry: the adapters, whose options kept requests may hold.
        transport: fetches files.
        clock: what time it is.
        currency: in which spending limits are counted.
        rates: exchange rates.
        order_book: its URL, or None for a hub that cannot buy.
        limits: what may be spent.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider[Any]],
        *,
        registry: Registry,
        transport: Transport,
        clock: Clock,
        currency: str,
        rates: Rates,
        order_book: str | None,
        limits: Limits | None,
    ) -> None:
        self._providers = providers
        self._registry = registry
        self._transport = transport
        self._clock = clock
        self._currency = currency
        self._rates = rates
        self._order_book = order_book
        self._limits = limits or Limits()
        self._opening = asyncio.Lock()
        self._tools: Tools | None = None
        self._resources = AsyncExitStack()

    # --- Buying --------------------------------------------------------------------------------------

    @operation("place")
    async def place(
        self,
        quote: Quote,
        *,
        max_price: Money | Quota | None = None,
        max_drift: Drift | None = None,
        replaces: Iterable[str] = (),
        reference: str | None = None,
        comparison: Comparison | None = None,
    ) -> Order:
        """Buy a quote exactly once; see `tasking_hub.orders.Placer.place`."""
        desk = await self._desk()
        return await desk.placer.place(
            quote,
            max_price=max_price,
            max_drift=max_drift,
            replaces=replaces,
            reference=reference,
            comparison=comparison,
        )

    @operation("place_unpriced")
    async def place_unpriced(
        self,
        opportunity: Opportunity,
        *,
        accept_unpriced: bool,
        reserve: Money | None = None,
        replaces: Iterable[str] = (),
        reference: str | None = None,
        comparison: Comparison | None = None,
    ) -> Order:
        """Order what has no price before a study; see `tasking_hub.orders.Placer.place_unpriced`."""
        desk = await self._desk()
        return await desk.placer.place_unpriced(
            opportunity,
            accept_unpriced=accept_unpriced,
            reserve=reserve,
            replaces=replaces,
            reference=reference,
            comparison=comparison,
        )

    @operation("recover")
    async def recover(self) -> tuple[Order, ...]:
        """Look up every order whose outcome is unknown; nothing is sent again. Run it at the start of a service."""
        return await (await self._desk()).placer.recover()

    @operation("resend")
    async def resend(self, reference: str, *, again_as: str | None = None) -> Order:
        """Order again, under a new reference, what is known not to have been placed."""
        return await (await self._desk()).placer.resend(reference, again_as=again_as)

    # --- Following -----------------------------------------------------------------------------------

    @stream("orders")
    async def orders(
        self,
        *,
        account: str | None = None,
        states: Iterable[OrderState] | None = None,
        prefix: str = "",
        since: datetime | None = None,
    ) -> AsyncIterator[Order]:
        """Orders of the order book, oldest first; see `tasking_hub.orders.OrderBook.orders`."""
        book = (await self._desk()).book
        async for order in book.orders(account=account, states=states, prefix=prefix, since=since):
            yield order

    @operation("order")
    async def order(self, reference: str) -> Order:
        """The order with this reference, as the order book has it.

        Raises:
            UnknownOrderError: the order book has none.
        """
        return await (await self._desk()).book.show(reference)

    @stream("watch")
    async def watch(
        self,
        orders: Iterable[str] | None = None,
        *,
        since: str | None = None,
        name: str | None = None,
        interval_s: float | None = None,
        until_done: bool = True,
    ) -> AsyncGenerator[Event, None]:
        """Events of orders, each once, over all accounts; see `tasking_hub.orders.Watcher.watch`."""
        watcher = (await self._desk()).watcher
        pause = {} if interval_s is None else {"interval_s": interval_s}
        async with aclosing(watcher.watch(orders, since=since, name=name, until_done=until_done, **pause)) as events:
            async for event in events:
                yield event

    @operation("receive")
    async def receive(self, account: str, headers: Mapping[str, str], body: bytes) -> Hint:
        """Take in a webhook as a hint to look; see `tasking_hub.orders.Hooks.receive`."""
        return await (await self._desk()).hooks.receive(account, headers, body)

    @operation("replacement")
    async def replacement(self, reference: str) -> Replacement:
        """Look whether an order has taken the place of others; see `tasking_hub.orders.replacing.replacement`."""
        from tasking_hub.orders.replacing import replacement  # noqa: PLC0415 - needs an extra

        return await replacement((await self._desk()).book, self._providers, reference)

    # --- Deciding and leaving ------------------------------------------------------------------------

    @stream("decisions")
    async def decisions(self) -> AsyncIterator[Decision | Refusal]:
        """Everything that waits for the buyer, over all accounts; an account that cannot be asked is a refusal."""
        async with aclosing((await self._desk()).decider.decisions()) as waiting:
            async for item in waiting:
                yield item

    @operation("accept")
    async def accept(self, decision: Decision, *, who: str, again: bool = False) -> Answer:
        """Accept, once; see `tasking_hub.orders.Decider.accept`."""
        return await (await self._desk()).decider.accept(decision, who=who, again=again)

    @operation("refuse")
    async def refuse(self, decision: Decision, *, who: str, again: bool = False) -> Answer:
        """Refuse, once; see `tasking_hub.orders.Decider.refuse`."""
        return await (await self._desk()).decider.refuse(decision, who=who, again=again)

    @operation("cancellation")
    async def cancellation(self, order: Order | str) -> Leaving:
        """What leaving costs now and at each later step."""
        return await (await self._desk()).leaver.cancellation(order)

    @operation("cancel")
    async def cancel(
        self, order: Order | str, *, accept_fee_up_to: Money | Quota | None = None, accept_unknown_fee: bool = False
    ) -> Order:
        """Leave an order; see `tasking_hub.orders.Leaver.cancel`."""
        leaver = (await self._desk()).leaver
        return await leaver.cancel(order, accept_fee_up_to=accept_fee_up_to, accept_unknown_fee=accept_unknown_fee)

    @operation("stop")
    async def stop(
        self, order: Order | str, *, accept_fee_up_to: Money | Quota | None = None, accept_unknown_fee: bool = False
    ) -> Order:
        """End an order that is at work, keeping (and paying) what was taken."""
        leaver = (await self._desk()).leaver
        return await leaver.stop(order, accept_fee_up_to=accept_fee_up_to, accept_unknown_fee=accept_unknown_fee)

    @operation("edit")
    async def edit(self, order: Order | str, edit: Edit) -> Order:
        """Change an order's name, rank or times, where its provider can."""
        return await (await self._desk()).leaver.edit(order, edit)

    # --- Collecting ----------------------------------------------------------------------------------

    @operation("deliverables")
    async def deliverables(self, order: Order) -> list[dict[str, Any]]:
        """The files of an order that are ready, as STAC Items; none yet is an empty list."""
        from tasking_hub.collect.orders import order_items  # noqa: PLC0415 - only where something is collected

        bought = await self._bought(order.reference)
        return await order_items(
            self._seller(order),
            order,
            clock=self._clock,
            area=None if bought is None else bought.request.area,
            window=order.window or (None if bought is None else bought.window),
        )

    @stream("download")
    async def download(
        self,
        order: Order,
        folder: Path | str,
        *,
        progress: Callable[[Deliverable, int, int | None], None] | None = None,
    ) -> AsyncGenerator[Collected, None]:
        """Fetch the files of an order; see `tasking_hub.collect.orders.collect_order`."""
        from tasking_hub.collect.orders import collect_order  # noqa: PLC0415 - only where something is collected

        files = collect_order(
            self._seller(order), order, folder, transport=self._transport, clock=self._clock, progress=progress
        )
        async with aclosing(files) as results:
            async for result in results:
                yield result

    # --- The desk ------------------------------------------------------------------------------------

    async def _bought(self, reference: str) -> Opportunity | None:
        """What was bought under this reference, where the order book knows it."""
        if self._order_book is None:
            return None
        intent = await (await self._desk()).book.find(reference)
        from tasking_hub.orders.recovery import purchase_of  # noqa: PLC0415 - needs an extra

        return None if intent is None else purchase_of(intent, self._registry).opportunity

    def _seller(self, order: Order) -> OrderingProvider[Any]:
        provider = self._providers.get(order.account)
        if not isinstance(provider, OrderingProvider):
            msg = f"no account {order.account!r} that can buy is configured"
            raise ConfigurationError(msg)
        return provider

    async def _book(self) -> OrderBook:
        return (await self._desk()).book

    async def _desk(self) -> Tools:
        async with self._opening:
            if self._tools is None:
                self._tools = await self._open()
            return self._tools

    async def _open(self) -> Tools:
        from tasking_hub.orders import OrderBook  # noqa: PLC0415 - needs an extra
        from tasking_hub.orders.tools import Tools  # noqa: PLC0415

        if self._order_book is None:
            msg = "this hub has no order book: give its URL as order_book"
            raise ConfigurationError(msg)
        return Tools.over(
            await self._resources.enter_async_context(await OrderBook.open(self._order_book, clock=self._clock)),
            self._providers,
            registry=self._registry,
            clock=self._clock,
            limits=self._limits,
            currency=self._currency,
            rates=self._rates,
            reached=count_stage,
        )
