"""What leaving an order costs, now and at each later step: pure, exact, from the provider's published terms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import field, frozen

from tasking_hub.models import CancellationStep
from tasking_hub.models.checks import moment_or_none
from tasking_hub.money import Money, Quota

__all__ = ["FeeStep", "Leaving", "fee_of", "fee_table", "leaving", "step_begins"]

_PERCENT = Decimal("0.01")


@frozen(kw_only=True)
class FeeStep:
    """What leaving costs from a moment on.

    Attributes:
        from_at: the step holds from then on; None where that is not known, or from the order on.
        fee: what leaving costs, or None where nobody says.
        terms: the provider's rule, with its source and date.
    """

    from_at: datetime | None = field(default=None, converter=moment_or_none)
    fee: Money | Quota | None = None
    terms: CancellationStep


@frozen(kw_only=True)
class Leaving:
    """What leaving an order costs.

    Attributes:
        reference: the buyer's handle.
        at: when "now" was.
        now: the step that holds now, or None where no step is known to.
        steps: all steps, in order of time.
        price: what was agreed, or None where nobody knows.
        cancellable_until: the last moment to leave, or None where the provider does not say.
    """

    reference: str
    at: datetime
    now: FeeStep | None
    steps: tuple[FeeStep, ...]
    price: Money | Quota | None = None
    cancellable_until: datetime | None = None

    @property
    def fee(self) -> Money | Quota | None:
        """What leaving costs now, or None where nobody says."""
        return None if self.now is None else self.now.fee

    @property
    def free(self) -> bool:
        """Whether the provider says that leaving costs nothing now; also without a known price."""
        if self.now is None:
            return False
        return self.now.terms.fee_percent == 0 or (self.now.fee is not None and self.now.fee.amount == 0)


def step_begins(step: CancellationStep, start: datetime | None) -> datetime | None:
    """From when on a step holds, or None where it holds from the order on or nobody knows when the window starts."""
    if step.hours_before_start is None or start is None:
        return None
    return start - timedelta(hours=step.hours_before_start)


def fee_of(step: CancellationStep, price: Money | Quota | None) -> Money | Quota | None:
    """The fee of a step: of money rounded half to even to the smallest unit, of quota unrounded; None where unknown."""
    if step.fee_percent is None or price is None:
        return None
    if isinstance(price, Money):
        return (price * step.fee_percent * _PERCENT).quantized()
    return Quota(price.amount * step.fee_percent * _PERCENT, price.unit)


def fee_table(
    steps: Iterable[CancellationStep], *, price: Money | Quota | None, start: datetime | None
) -> tuple[FeeStep, ...]:
    """The steps in order of time, those from the order on first."""
    ordered = sorted(steps, key=_earliness)
    return tuple(FeeStep(from_at=step_begins(step, start), fee=fee_of(step, price), terms=step) for step in ordered)


def _earliness(step: CancellationStep) -> float:
    return float("-inf") if step.hours_before_start is None else -step.hours_before_start


def now_of(table: tuple[FeeStep, ...], at: datetime) -> FeeStep | None:
    """The step that holds at a moment: the last one that has begun.

    Where it is not known when a step begins, none is known to hold.
    """
    if any(step.from_at is None and step.terms.hours_before_start is not None for step in table):
        return None
    begun = [step for step in table if step.from_at is None or step.from_at <= at]
    return begun[-1] if begun else None


def leaving(
    reference: str,
    steps: Iterable[CancellationStep],
    *,
    price: Money | Quota | None,
    start: datetime | None,
    at: datetime,
    cancellable_until: datetime | None = None,
) -> Leaving:
    """What leaving costs at a moment and later."""
    table = fee_table(steps, price=price, start=start)
    return Leaving(
        reference=reference,
        at=at,
        now=now_of(table, at),
        steps=table,
        price=price,
        cancellable_until=cancellable_until,
    )
