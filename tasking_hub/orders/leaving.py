"""Leaving, stopping and changing an order: what it costs is known and agreed before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from tasking_hub.clock import Clock
from tasking_hub.errors import OrderingError
from tasking_hub.lifecycle import TERMINAL, OrderState
from tasking_hub.models import Order
from tasking_hub.money import Money, Quota
from tasking_hub.ordering import Edit, OrderingProvider
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.fees import FeeStep, Leaving, leaving
from tasking_hub.orders.followed import bought
from tasking_hub.orders.recovery import ordering_provider
from tasking_hub.provider import Provider

__all__ = ["FeeStep", "Leaver", "Leaving", "LeavingCostsError"]

Amount = Money | Quota

_NOT_SEEN = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN})


class LeavingCostsError(OrderingError):
    """Leaving costs more now than was accepted, or nobody says what it costs; nothing was sent.

    Attributes:
        leaving: what it costs now and at each later step.
        accepted: the highest fee that was accepted, or None.
    """

    def __init__(self, message: str, leaving: Leaving, accepted: Amount | None) -> None:
        super().__init__(message, leaving.reference)
        self.leaving = leaving
        self.accepted = accepted


@frozen(kw_only=True)
class Leaver:
    """Leaves, stops and changes orders of an order book.

    Attributes:
        book: where orders are recorded.
        providers: by account name.
        clock: decides which cancellation step holds now.
    """

    book: OrderBook
    providers: Mapping[str, Provider[Any]]
    clock: Clock

    async def cancellation(self, order: Order | str) -> Leaving:
        """What leaving costs now and at each later step; the order is looked at first.

        Args:
            order: the order, or its reference.

        Raises:
            UnknownOrderError: the order book has no such reference.
            OrderingError: it is not at a provider, or it has ended.
            ConfigurationError: its account is not configured here.
            TaskingHubError: the provider cannot be asked.
        """
        provider, fresh = await self._fresh(order)
        return await self._leaving(provider, fresh)

    async def cancel(
        self,
        order: Order | str,
        *,
        accept_fee_up_to: Amount | None = None,
        accept_unknown_fee: bool = False,
    ) -> Order:
        """Leave an order; one that was never sent is withdrawn, which costs nothing.

        Args:
            order: the order, or its reference.
            accept_fee_up_to: the highest fee; None leaves only what costs nothing.
            accept_unknown_fee: leave also where nobody says what it costs.

        Returns:
            The order as the order book then has it: perhaps still `CANCELLING`.

        Raises:
            LeavingCostsError: it costs more than accepted, or nobody says what; nothing was sent.
            UnsupportedActionError: the provider does not let this order go.
            OutcomeUnknownError: no answer came; look at the order before anything else.
            TaskingHubError: as for `cancellation`.
        """
        if await self._never_sent(order):
            return await self.book.withdraw(_reference(order))
        provider, fresh = await self._agreed(order, accept_fee_up_to, accept_unknown=accept_unknown_fee)
        return await self._recorded(fresh, await provider.cancel(fresh))

    async def stop(
        self,
        order: Order | str,
        *,
        accept_fee_up_to: Amount | None = None,
        accept_unknown_fee: bool = False,
    ) -> Order:
        """End an order that is at work, keeping (and paying) what was taken.

        Args:
            order: as for `cancel`.
            accept_fee_up_to: as for `cancel`.
            accept_unknown_fee: as for `cancel`.

        Raises:
            UnsupportedActionError: the provider cannot stop an order, or not this one.
            TaskingHubError: as for `cancel`.
        """
        provider, fresh = await self._agreed(order, accept_fee_up_to, accept_unknown=accept_unknown_fee)
        return await self._recorded(fresh, await provider.stop(fresh))

    async def edit(self, order: Order | str, edit: Edit) -> Order:
        """Change an order.

        Raises:
            UnsupportedActionError: the provider cannot change that, or not in this state.
            TaskingHubError: as for `cancellation`.
        """
        provider, fresh = await self._fresh(order)
        return await self._recorded(fresh, await provider.edit(fresh, edit))

    # --- Before --------------------------------------------------------------------------------------

    async def _never_sent(self, order: Order | str) -> bool:
        return (await self.book.intent(_reference(order))).state is OrderState.INTENDED

    async def _fresh(self, order: Order | str) -> tuple[OrderingProvider[Any], Order]:
        """The order as its provider shows it now."""
        intent = await self.book.intent(_reference(order))
        _require_at_provider(intent.reference, intent.state, intent.order_id)
        provider = ordering_provider(self.providers, intent.account, intent.provider)
        seen = await provider.order(intent.order_id or "")
        fresh = await self._recorded(intent.as_order(), seen)
        _require_at_provider(intent.reference, fresh.state, fresh.id)
        return provider, fresh

    async def _leaving(self, provider: OrderingProvider[Any], fresh: Order) -> Leaving:
        known = (await bought(self.book, [fresh.reference]))[fresh.reference]
        return leaving(
            fresh.reference,
            provider.cancellation(fresh),
            price=fresh.price or known.price,
            start=known.start,
            at=self.clock.now(),
            cancellable_until=fresh.cancellable_until,
        )

    async def _agreed(
        self, order: Order | str, accepted: Amount | None, *, accept_unknown: bool
    ) -> tuple[OrderingProvider[Any], Order]:
        provider, fresh = await self._fresh(order)
        require_accepted(await self._leaving(provider, fresh), accepted, accept_unknown=accept_unknown)
        return provider, fresh

    # --- After ---------------------------------------------------------------------------------------

    async def _recorded(self, before: Order, seen: Order) -> Order:
        recorded = await self.book.record(evolve(seen, id=seen.id or before.id))
        return recorded or before


def require_accepted(costs: Leaving, accepted: Amount | None, *, accept_unknown: bool) -> None:
    """Let pass what costs no more than was accepted.

    Raises:
        LeavingCostsError: it costs more, or nobody says what it costs.
    """
    if costs.free:
        return
    fee = costs.fee
    if fee is None:
        if not accept_unknown:
            msg = "nobody says what leaving costs now: accept_unknown_fee=True leaves all the same"
            raise LeavingCostsError(msg, costs, accepted)
    elif accepted is None or not _within(fee, accepted):
        msg = f"leaving costs {fee} now, and {accepted or 'nothing'} was accepted"
        raise LeavingCostsError(msg, costs, accepted)


def _within(fee: Amount, accepted: Amount) -> bool:
    """Whether a fee is within what was accepted; in another currency or unit it is not."""
    if isinstance(fee, Money):
        return isinstance(accepted, Money) and fee.currency == accepted.currency and fee <= accepted
    return isinstance(accepted, Quota) and fee.unit == accepted.unit and fee.amount <= accepted.amount


def _reference(order: Order | str) -> str:
    return order if isinstance(order, str) else order.reference


def _require_at_provider(reference: str, state: OrderState, order_id: str | None) -> None:
    if state in TERMINAL:
        msg = f"it has ended: {state}"
    elif order_id is None and state in _NOT_SEEN:
        msg = f"it is {state} and not known to be at its provider: recover it first"
    elif order_id is None:
        msg = f"it is {state}, and its provider has given it no id yet: answer what it asks (decisions), or wait"
    else:
        return
    raise OrderingError(msg, reference)
