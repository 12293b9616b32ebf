"""Orders as Airbus shows them, and the tables of its statuses; what is sent stands in `placing`. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import cattrs

from tasking_hub import (
    InvalidRequestError,
    Money,
    Order,
    OrderEvent,
    OrderState,
    Window,
)
from tasking_hub_airbus.options import Programme
from tasking_hub_airbus.translate.inquiry import NAME, NEO
from tasking_hub_airbus.translate.plan import backend_of
from tasking_hub_airbus.translate.quotes import cancellation_steps
from tasking_hub_airbus.wire import CONVERTER, ContractInfo
from tasking_hub_airbus.wire_orders import NeoOrder, Tasking

LEGACY_STATES: Mapping[str, OrderState] = {
    "Feasibility study in progress": OrderState.STUDY,
    "In Progress": OrderState.IN_PROGRESS,
    "Paused": OrderState.PAUSED,
    "Canceled": OrderState.CANCELLED,
    "Completed": OrderState.FULFILLED,
}
"""All five words of a tasking's status (Airbus' OpenAPI description, read 2026-11); one L in Canceled."""

NEO_STATES: Mapping[str, OrderState] = {
    "IN_PROGRESS": OrderState.IN_PROGRESS,
    "CANCELLED": OrderState.CANCELLED,
    "PAUSED": OrderState.PAUSED,
    "COMPLETED": OrderState.FULFILLED,
}
"""Words of an order's item (Airbus' OpenAPI description, read 2026-11); two Ls in CANCELLED.

Assumption: PAUSED and COMPLETED, which the description does not show, are called as on the other back end.
"""

QUOTATION_STATES: Mapping[str, OrderState] = {
    "SENT": OrderState.AWAITING_BUYER,
    "ACCEPTED": OrderState.ACCEPTED,
    "REFUSED": OrderState.CANCELLED,
    "EXPIRED": OrderState.EXPIRED,
}
"""Words of a quotation that no item came of yet (Airbus' OpenAPI description, read 2026-11, shows SENT and ACCEPTED).

Assumption: after `refuse` it is REFUSED, and after its last day EXPIRED.
"""

ENDED = frozenset({OrderState.FULFILLED, OrderState.CANCELLED, OrderState.EXPIRED})
"""States of Airbus' orders that are the last ones."""

CANCEL_UNTIL = timedelta(hours=12)
"""Until when before the window an order can be cancelled (the guide to Pléiades and SPOT tasking, read 2026-11)."""

NOTHING_VALIDATED = "Airbus has completed it, and none of the ordered area was validated: nothing is delivered."

_PROGRAMME = re.compile(r"One(?:Day|NowWeather|NowAttempts|Now|Plan|Series)", re.IGNORECASE)
_HUNDREDTH = Decimal("0.01")


# --- The order as Airbus shows it --------------------------------------------------------------------


def read_order(account: str, contract: ContractInfo, facts: Tasking | NeoOrder) -> Order:
    """An order of either back end; `raw` holds its contract and its own JSON."""
    return (
        _read_tasking(account, contract, facts) if isinstance(facts, Tasking) else _read_item(account, contract, facts)
    )


def _read_tasking(account: str, contract: ContractInfo, tasking: Tasking) -> Order:
    icr = tasking.icr
    state = LEGACY_STATES.get(icr.status or "", OrderState.UNKNOWN)
    period = icr.period
    window = Window.known(period.start_date, period.end_date) if period else None
    start = period.start_date if period else None
    return Order(
        account=account,
        provider=NAME,
        id=icr.id,
        reference=icr.customer_ref or "",
        state=state,
        provider_status=icr.status,
        history=_completed_without_area(tasking) if state is OrderState.FULFILLED else (),
        window=window,
        cancellable_until=None if start is None or state in ENDED else start - CANCEL_UNTIL,
        cancellation=cancellation_steps(programme_in(icr.prog_type_name)),
        progress_percent=validated_percent(tasking),
        raw={"contract": dict(contract.raw), "tasking": dict(tasking.raw)},
    )


def _completed_without_area(tasking: Tasking) -> tuple[OrderEvent, ...]:
    """A note where "Completed" hides that nothing comes; at the end of the period, so that each look says the same."""
    end = tasking.icr.period.end_date if tasking.icr.period else None
    if end is None or validated_percent(tasking) != 0:
        return ()
    state = OrderState.FULFILLED
    return (OrderEvent(at=end, state=state, provider_status=tasking.icr.status, note=NOTHING_VALIDATED),)


def validated_percent(tasking: Tasking) -> Decimal | None:
    """The validated share of the ordered area, 0..100, or None where Airbus does not say."""
    progress = tasking.icr.tasking_progress
    if progress is None or progress.validated_area is None or not progress.ordered_area:
        return None
    return _percent(100 * progress.validated_area / progress.ordered_area)


def _percent(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), Decimal(100)).quantize(_HUNDREDTH)


def _read_item(account: str, contract: ContractInfo, item: NeoOrder) -> Order:
    """An item, or a quotation. Its id stays open until there is an item, so that it never changes."""
    state = _item_state(item)
    done = item.tasking.validated_area_pct if item.tasking else None
    return Order(
        account=account,
        provider=NAME,
        id=item.order_item_id,
        reference=item.customer_reference or "",
        state=state,
        provider_status=item.status or item.quotation_status,
        price=price_of(item.total_amount, item.currency),
        # A quotation is no order yet: it is refused, not cancelled.
        cancellable_until=None if state in ENDED or item.order_item_id is None else item.cancelation_deadline_date,
        cancellation=cancellation_steps(programme_in(item.product_type)),
        progress_percent=None if done is None else _percent(done),
        raw={"contract": dict(contract.raw), "item": dict(item.raw)},
    )


def _item_state(item: NeoOrder) -> OrderState:
    """The item's own word; before there is one, the quotation's. Assumption: one without a word is being studied."""
    if item.status is not None:
        return NEO_STATES.get(item.status, OrderState.UNKNOWN)
    if item.quotation_status is not None:
        return QUOTATION_STATES.get(item.quotation_status, OrderState.UNKNOWN)
    return OrderState.UNKNOWN if item.quotation_id is None else OrderState.STUDY


def programme_in(word: str | None) -> Programme | None:
    """The programme that a tasking ("OneDay") or a product ("PleiadesNeoTaskingOnePlan") names, or None."""
    found = _PROGRAMME.search(word or "")
    return None if found is None else Programme(found[0].upper())


def best_match(orders: Sequence[Order], reference: str) -> Order | None:
    """The order with this reference, or None. Assumption: Airbus may change its case and the blanks around it."""
    alike = [order for order in orders if plain_reference(order.reference) == plain_reference(reference)]
    return next((order for order in alike if order.reference == reference), alike[0] if alike else None)


def plain_reference(reference: str) -> str:
    """What two references are compared by."""
    return reference.strip().casefold()


def contract_of(order: Order) -> ContractInfo | None:
    """The contract of an order that was read here, perhaps in another process, or None."""
    try:
        return CONVERTER.structure(order.raw.get("contract"), ContractInfo)
    except (cattrs.BaseValidationError, ValueError):
        return None


def own_contract(order: Order) -> ContractInfo:
    """The contract of an order that was just read.

    Raises:
        InvalidRequestError: it was read elsewhere.
    """
    contract = contract_of(order)
    if contract is None:
        msg = f"the order {order.id or order.reference!r} does not hold Airbus' contract in its raw JSON"
        raise InvalidRequestError(msg, "order")
    return contract


def is_neo(contract: ContractInfo) -> bool:
    """Whether a contract is for Pléiades Neo."""
    return backend_of(contract) == NEO


def price_of(amount: Decimal | None, currency: str | None) -> Money | None:
    """What it costs, or None where that is not known yet: a study names no price."""
    if not amount or currency is None:
        return None
    try:
        return Money(amount, currency)
    except ValueError:  # an amount or a currency that money cannot have: the raw JSON still shows it
        return None
