"""The dossier of a purchase: what was wanted, every quote, what was decided by whom, the order, and its history.

As a JSON object whose keys are stable as those of `tasking_hub.report.documents` are, and as Markdown made of that
object, so that a kept dossier can be shown at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasking_hub.orders.answers import Answer
from tasking_hub.orders.documents import order_document
from tasking_hub.orders.intent import Intent
from tasking_hub.orders.printing import dossier_markdown
from tasking_hub.report.documents import SCHEMA
from tasking_hub.report.plain import plain, plain_raw

__all__ = ["dossier", "dossier_markdown"]

Document = Mapping[str, Any]


def dossier(
    intent: Intent,
    *,
    comparison: Document | None = None,
    answers: Iterable[Answer] = (),
    at: datetime | None = None,
) -> dict[str, Any]:
    """Write down a purchase.

    ``quotes.compared`` and ``refusals`` are those of the comparison from which the quote was chosen, where the caller
    kept it; ``comparison`` says in which currency and by what it was ranked, with the rates of exchange and their day,
    and ``bought_rank`` which of its quotes was bought, or null where that is none of them. ``quotes.accepted`` is the
    quote as the buyer accepted it, ``quotes.reviewed`` as it was when sent. Both are null for a purchase without a
    price, whose ``opportunity`` is kept instead. ``conditions`` are the buyer's limits on this purchase, ``committed``
    what it counts against the spending limits, ``decisions`` the buyer's later answers. ``order`` is the order as last
    seen, at ``as_of``; its ``history`` begins with the intent.

    Args:
        intent: as the order book has it.
        comparison: a document of `tasking_hub.report.documents.comparison_document`, or None.
        answers: what the buyer decided about the order since.
        at: when it is written, or None where that need not be known.
    """
    priced = intent.accepted is not None
    compared = comparison or {}
    return {
        "schema": SCHEMA,
        "reference": intent.reference,
        "account": intent.account,
        "provider": intent.provider,
        "written_at": plain(at),
        "as_of": plain(intent.updated_at),
        "request": plain_raw(intent.request),
        "comparison": None if comparison is None else _terms_of_comparison(intent, comparison),
        "quotes": {
            "compared": plain_raw(compared.get("quotes", [])),
            "accepted": plain_raw(intent.accepted),
            "reviewed": plain_raw(intent.bought) if priced else None,
        },
        "opportunity": None if priced else plain_raw(intent.bought),
        "refusals": plain_raw(compared.get("refusals", [])),
        "conditions": {
            "max_price": plain(intent.max_price),
            "max_drift": _drift(intent),
            "replaces": sorted(intent.replaces),
        },
        "committed": plain(intent.committed),
        "sent_at": plain(intent.sent_at),
        "decisions": [_answer(answer) for answer in answers],
        "order": order_document(intent.as_order()),
    }


def _terms_of_comparison(intent: Intent, comparison: Document) -> dict[str, Any]:
    names = ("base_currency", "ranked_by", "rates")
    return {**{name: plain_raw(comparison.get(name)) for name in names}, "bought_rank": _rank(intent, comparison)}


def _rank(intent: Intent, comparison: Document) -> int | None:
    """The rank of the quote that was bought: the same opportunity, priced at the same moment."""
    accepted = intent.accepted or {}
    mine = _mark(accepted)
    quotes = comparison.get("quotes", [])
    return next((quote.get("rank") for quote in quotes if accepted and _mark(quote) == mine), None)


def _mark(quote: Document) -> tuple[Any, ...]:
    opportunity = quote.get("opportunity", {})
    return (opportunity.get("account"), opportunity.get("id"), quote.get("quoted_at"))


def _drift(intent: Intent) -> Any:
    drift = intent.max_drift
    return {"percent": f"{drift:f}"} if isinstance(drift, Decimal) else plain(drift)


def _answer(answer: Answer) -> dict[str, Any]:
    """An answer's own fields; the account is the purchase's."""
    return {
        "decision_id": answer.decision_id,
        "accept": answer.accept,
        "who": answer.who,
        "decided_at": plain(answer.decided_at),
        "deadline": plain(answer.deadline),
        "state": answer.state.value,
        "note": answer.note,
    }
