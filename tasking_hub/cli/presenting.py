"""Quotes, orders and what leaving costs, as sections for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group

from tasking_hub.cli.tables import Fact, section
from tasking_hub.clock import format_time
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import AdjustmentKind, Decision, Opportunity, Order, Quote, Terms
from tasking_hub.orders.fees import FeeStep, Leaving, leaving

NOT_SAID = "the provider does not say"
UNSETTLED = frozenset({OrderState.SENT, OrderState.UNKNOWN})
"""States in which nobody knows what became of an order."""

# --- Before buying -----------------------------------------------------------------------------------


def quote_section(quote: Quote, reference: str, *, at: datetime) -> Group:
    """A quote, its terms, and what changing one's mind would cost from now on."""
    found = quote.opportunity
    price = [
        ("Price", _priced(quote)),
        ("Binding", "yes" if quote.binding else "no: checked again before it is bought"),
        ("Valid until", moment(quote.expires_at)),
        *_terms(quote.terms),
        *(("Note", note) for note in quote.notes),
    ]
    return section(
        _title(found, reference), [*_offered(found), *price], _leaving_facts(leaving_of(quote, reference, at))
    )


def leaving_of(quote: Quote, reference: str, at: datetime) -> Leaving:
    """What leaving would cost if the quote were bought at that moment, then and later."""
    start = quote.opportunity.window.start
    return leaving(reference, quote.terms.cancellation, price=quote.price, start=start, at=at)


def opportunity_section(found: Opportunity, reference: str) -> Group:
    """What is ordered without a price."""
    price = [("Price", "none before people at the provider have studied it")]
    return section(_title(found, reference), [*_offered(found), *price])


def _title(found: Opportunity, reference: str) -> str:
    return f"{reference}: {found.product} from {found.account} at {found.provider}"


def _offered(found: Opportunity) -> Iterator[Fact]:
    yield "From", moment(found.window.start)
    yield "To", moment(found.window.end)
    yield "Satellite", found.satellite or found.constellation or ""
    yield "Contract", found.contract or ""
    yield "Order by", moment(found.order_deadline)
    for lost in found.replaces:
        yield "Cancels", f"{lost.id} {lost.name}".rstrip() + (f", {lost.tier}" if lost.tier else "")
    for item in found.adjustments:
        if item.how is not AdjustmentKind.HONOURED:
            yield "Not as asked", f"{item.field}: {item.how}{f', {item.why}' if item.why else ''}"


def _priced(quote: Quote) -> str:
    worth = f" (worth {quote.quota_value})" if quote.quota_value is not None else ""
    return f"{quote.price}{worth}"


def _terms(terms: Terms) -> Iterator[Fact]:
    for name in ("licence", "exclusivity", "sla", "priority"):
        yield name.capitalize() if name != "sla" else "SLA", getattr(terms, name) or ""


# --- Leaving -----------------------------------------------------------------------------------------


def leaving_section(costs: Leaving) -> Group:
    """What leaving costs now and later."""
    facts = [
        ("Price", "" if costs.price is None else str(costs.price)),
        ("Now", fee_now(costs)),
        ("Possible until", moment(costs.cancellable_until)),
    ]
    return section(f"Leaving {costs.reference}", facts, _leaving_facts(costs))


def _leaving_facts(costs: Leaving) -> Iterator[Fact]:
    """The step that holds now and those that come; what is over would only mislead."""
    listed = steps_ahead(costs)
    if not listed:
        yield "Leaving costs", NOT_SAID
    for index, step in enumerate(listed):
        begins = "now" if step is costs.now else _begin(step)
        rule, fee = f"{step.terms.note} ({step.terms.source})", _fee(step)
        title = "Leaving costs" if index == 0 else ""
        yield title, f"{begins}: {rule if fee == NOT_SAID else fee}"
        if fee != NOT_SAID:
            yield " ", rule


def steps_ahead(costs: Leaving) -> Sequence[FeeStep]:
    """The step that holds now, where one is known to, and those that come."""
    current = next((index for index, step in enumerate(costs.steps) if step is costs.now), 0)
    return costs.steps[current:]


def fee_now(costs: Leaving) -> str:
    """What leaving costs now, in words."""
    return "nothing" if costs.free else NOT_SAID if costs.now is None else _fee(costs.now)


def _begin(step: FeeStep) -> str:
    if step.from_at is not None:
        return f"from {moment(step.from_at)}"
    hours = step.terms.hours_before_start
    return "from the order on" if hours is None else f"from {hours:g} h before the start"


def _fee(step: FeeStep) -> str:
    percent = step.terms.fee_percent
    share = "" if percent is None else f"{percent:f} % of the price"
    if step.fee is None:
        return share or NOT_SAID
    return f"{step.fee}{f' ({share})' if share else ''}"


# --- Orders ------------------------------------------------------------------------------------------


def order_section(order: Order) -> Group:
    """An order and its history."""
    facts = [
        ("State", said(order.state, order.provider_status)),
        ("Order", order.id or ""),
        ("Price", "" if order.price is None else str(order.price)),
        ("Progress", "" if order.progress_percent is None else f"{order.progress_percent:f} %"),
        ("Replaced", ", ".join(order.replaced)),
        ("Cancellable until", moment(order.cancellable_until)),
    ]
    history = [
        (moment(step.at), f"{said(step.state, step.provider_status)}{f', {step.note}' if step.note else ''}")
        for step in order.history
    ]
    return section(f"{order.reference}: {order.account} at {order.provider}", facts, history)


def order_line(order: Order) -> str:
    """An order in a line."""
    parts = (order.reference, order.account, order.id or "-", said(order.state, order.provider_status))
    return "  ".join([*parts, *([str(order.price)] if order.price is not None else [])])


def decision_section(decision: Decision) -> Group:
    """What is to be decided, until when, and what follows."""
    facts = [
        ("Account", decision.account),
        ("Order", decision.order_id),
        ("Question", decision.question),
        ("Until", moment(decision.deadline)),
        ("Accepting costs", "nobody says" if decision.cost is None else str(decision.cost)),
        ("If ignored", decision.if_ignored),
    ]
    return section(decision.id, facts)


def said(state: OrderState, word: str | None) -> str:
    """The neutral state with the provider's own word."""
    return state.value if word is None else f"{state.value} ({word})"


def moment(at: datetime | None) -> str:
    """A time to the second before it, or nothing: a deadline is never shown late."""
    return "" if at is None else format_time(at.replace(microsecond=0))
