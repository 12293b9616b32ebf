"""The dossier of a purchase: what was wanted, every quote, what was decided by whom, the order, and its history.

As a JSON object whose keys are stable as those of `tasking_hub.report.documents` are, and as Markdown made of that
object, so that a kept dossier can be shown at any time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from tasking_hub.exact_json import dump_json
from tasking_hub.orders.answers import Answer
from tasking_hub.orders.documents import order_document
from tasking_hub.orders.intent import Intent
from tasking_hub.report.documents import SCHEMA
from tasking_hub.report.plain import plain, plain_raw

__all__ = ["dossier", "dossier_markdown"]

Document = Mapping[str, Any]


def dossier(intent: Intent, *, comparison: Document | None = None, answers: Iterable[Answer] = ()) -> dict[str, Any]:
    """Write down a purchase.

    ``quotes.compared`` and ``refusals`` are those of the comparison from which the quote was chosen, where the caller
    kept it. ``quotes.accepted`` is the quote as the buyer accepted it, ``quotes.reviewed`` as it was when sent.
    Both are null for a purchase without a price, whose ``opportunity`` is kept instead. ``conditions`` are the buyer's
    limits on this purchase, ``committed`` what it counts against the spending limits, ``decisions`` the buyer's later
    answers. ``order`` is the order as last seen; its ``history`` begins with the intent.

    Args:
        intent: as the order book has it.
        comparison: a document of `tasking_hub.report.documents.comparison_document`, or None.
        answers: what the buyer decided about the order since.
    """
    priced = intent.accepted is not None
    compared = comparison or {}
    return {
        "schema": SCHEMA,
        "reference": intent.reference,
        "account": intent.account,
        "provider": intent.provider,
        "request": plain_raw(intent.request),
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


# --- Markdown ----------------------------------------------------------------------------------------


def dossier_markdown(document: Document) -> str:
    """Show a dossier that `dossier` wrote: headings and tables, every text in it escaped."""
    sections = (_head, _wanted, _compared, _refused, _agreed, _decided, _history)
    return "\n".join(line for section in sections for line in section(document)).rstrip() + "\n"


def _head(document: Document) -> Iterator[str]:
    order = document["order"]
    yield f"# Purchase {_text(document['reference'])}"
    yield ""
    yield from _table(
        ("", ""),
        [
            ("account", f"{document['account']} ({document['provider']})"),
            ("state", _said(order["state"], order["provider_status"])),
            ("order", order["id"]),
            ("price", _amount(order["price"])),
            ("counted against limits", _amount(document["committed"])),
            ("sent", document["sent_at"]),
            ("replaced orders", ", ".join(order["replaced"])),
        ],
    )


def _wanted(document: Document) -> Iterator[str]:
    request = document["request"]
    yield from _heading("What was wanted")
    rows: list[tuple[str, Any]] = [("window", f"{request['window']['start']} to {request['window']['end']}")]
    for kind in ("optical", "radar"):
        rows += [(f"{kind} {name}", value) for name, value in _members(request[kind])]
    rows += [(name, request[name]) for name in ("licence", "priority", "exclusivity_days", "sla", "market")]
    yield from _table(("requirement", "value"), rows)
    yield "The area, as GeoJSON:"
    yield ""
    yield f"    {dump_json(request['area'])}"
    yield ""


def _compared(document: Document) -> Iterator[str]:
    quotes = document["quotes"]["compared"]
    if not quotes:
        return
    yield from _heading("Quotes that were compared")
    yield from _table(
        ("rank", "account", "product", "from", "to", "price", "in base currency"),
        [
            (
                quote.get("rank"),
                quote["account"],
                quote["opportunity"]["product"],
                quote["opportunity"]["start"],
                quote["opportunity"]["end"],
                _amount(quote["price"]),
                _amount(quote.get("price_in_base")),
            )
            for quote in quotes
        ],
    )


def _refused(document: Document) -> Iterator[str]:
    if document["refusals"]:
        yield from _heading("Accounts that had no quote")
        rows = [(no["account"], no["code"], no["message"], no["remedy"]) for no in document["refusals"]]
        yield from _table(("account", "code", "why", "remedy"), rows)


def _agreed(document: Document) -> Iterator[str]:
    yield from _heading("What was bought")
    quotes: Mapping[str, Document | None] = document["quotes"]
    nothing: Document = {}
    accepted, reviewed = quotes["accepted"] or nothing, quotes["reviewed"] or nothing
    if not accepted:
        yield "Ordered without a price, which a study by the provider decides."
        yield ""
    opportunity: Document = document["opportunity"] or reviewed["opportunity"]
    rows = [(name, opportunity[key]) for name, key in _THING]
    rows += [
        ("price accepted", _amount(accepted.get("price"))),
        ("quoted", accepted.get("quoted_at")),
        ("price when it was sent", _amount(reviewed.get("price"))),
        *_conditions(document["conditions"]),
    ]
    terms = _members(reviewed.get("terms"))
    rows += [(f"terms: {name}", value) for name, value in terms if name != "cancellation"]
    yield from _table(("", ""), rows)
    yield from _cancellation(dict(terms).get("cancellation") or [])


_THING = (("product", "product"), ("contract", "contract"), ("from", "start"), ("to", "end"))


def _conditions(conditions: Document) -> list[tuple[str, Any]]:
    return [
        ("at the most", _amount(conditions["max_price"])),
        ("dearer by at the most", _amount(conditions["max_drift"])),
        ("may replace", ", ".join(conditions["replaces"])),
    ]


def _cancellation(steps: list[Document]) -> Iterator[str]:
    if steps:
        yield from _heading("What leaving costs")
        rows = [(step["hours_before_start"], step["fee_percent"], step["note"], step["source"]) for step in steps]
        yield from _table(("hours before the start", "fee, %", "rule", "source"), rows)


def _decided(document: Document) -> Iterator[str]:
    if document["decisions"]:
        yield from _heading("What was decided since")
        words = {True: "accepted", False: "refused"}
        rows = [
            (item["decided_at"], words[item["accept"]], item["decision_id"], item["who"], item["state"])
            for item in document["decisions"]
        ]
        yield from _table(("when", "answer", "decision", "who", "what is known of it"), rows)


def _history(document: Document) -> Iterator[str]:
    yield from _heading("History")
    steps = document["order"]["history"]
    rows = [(step["at"], step["state"], step["provider_status"], step["note"]) for step in steps]
    yield from _table(("when", "state", "the provider's word", "note"), rows)


def _heading(title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """A table of the rows that say anything."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        if any(value not in {None, ""} for value in row[1:]):
            yield f"| {' | '.join(_text(value) for value in row)} |"
    yield ""


def _members(value: Any) -> list[tuple[str, Any]]:
    """What an object of JSON holds; nothing where it is null."""
    return list(cast("Mapping[str, Any]", value or {}).items())


def _amount(value: Any) -> str | None:
    """An amount with its currency or unit; percent as such."""
    if not isinstance(value, Mapping):
        return None
    amount = cast("Mapping[str, str]", value)
    return f"{amount['percent']} %" if "percent" in amount else " ".join(amount.values())


def _said(state: str, word: str | None) -> str:
    return state if word is None else f"{state} ({word})"


def _text(value: object) -> str:
    """A value as one line of Markdown that means nothing but itself."""
    if value is None:
        return ""
    words = " ".join(str(value).split())
    return html.escape(_SPECIAL.sub(r"\\\g<0>", words), quote=False)


_SPECIAL = re.compile(r"[\\`*_\[\]|~#]")
