"""The dossier of a purchase as Markdown: headings and tables, every text in it escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from tasking_hub.exact_json import dump_json

__all__ = ["dossier_markdown"]

Document = Mapping[str, Any]
Row = tuple[Any, ...]


def dossier_markdown(document: Document) -> str:
    """Show a dossier that `tasking_hub.orders.dossier.dossier` wrote, also one of an earlier version."""
    sections = (_head, _wanted, _compared, _refused, _agreed, _met, _decided, _history)
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
            ("last changed in the order book", document.get("as_of")),
            ("this dossier was written", document.get("written_at")),
            ("order", order["id"]),
            ("price", _amount(order["price"])),
            ("counted against limits", _amount(document["committed"])),
            ("sent", document["sent_at"]),
            ("progress", _percent(order["progress_percent"])),
            ("can be left until", order["cancellable_until"]),
            ("replaced orders", ", ".join(order["replaced"])),
        ],
    )


# --- What was wanted ---------------------------------------------------------------------------------

_WISHES = ("licence", "priority", "exclusivity_days", "sla", "market", "end_users", "accounts", "options", "properties")


def _wanted(document: Document) -> Iterator[str]:
    request = document["request"]
    yield from _heading("What was wanted")
    rows: list[Row] = [
        ("request", request["reference"]),
        ("window", f"{request['window']['start']} to {request['window']['end']}"),
    ]
    for kind in ("optical", "radar"):
        rows += [(f"{kind} {name}", value) for name, value in _members(request[kind])]
    rows += [(name.replace("_", " "), _listed(request.get(name))) for name in _WISHES]
    yield from _table(("requirement", "value"), rows)
    yield "The area, as GeoJSON:"
    yield ""
    yield f"    {dump_json(request['area'])}"
    yield ""


def _compared(document: Document) -> Iterator[str]:
    quotes, comparison = document["quotes"]["compared"], _document(document.get("comparison"))
    if not quotes:
        yield from _heading("Comparison")
        yield "No compared quotes are attached to this dossier."
        yield ""
        return
    yield from _heading("Quotes that were compared")
    bought = comparison.get("bought_rank")
    if comparison:
        yield from _ranked(comparison)
    yield from _table(
        ("rank", "account", "product", "from", "to", "price", "in base currency", "bought"),
        [
            (
                quote.get("rank"),
                quote["account"],
                quote["opportunity"]["product"],
                quote["opportunity"]["start"],
                quote["opportunity"]["end"],
                _amount(quote["price"]),
                _amount(quote.get("price_in_base")),
                "yes" if bought is not None and _is_bought(document, quote) else None,
            )
            for quote in quotes
        ],
    )


def _ranked(comparison: Document) -> Iterator[str]:
    order = f"Ranked by {_text(comparison.get('ranked_by'))}, in {_text(comparison.get('base_currency'))}."
    yield " ".join([order, *_rates(_document(comparison.get("rates")))])
    if comparison.get("bought_rank") is None:
        yield "What was bought is none of these quotes as they stand here."
    yield ""


def _rates(rates: Document) -> Iterator[str]:
    """The rates of exchange, where any was used."""
    listed = [f"{rate} {code}" for code, rate in _members(rates.get("per_base")) if code != rates.get("base")]
    if listed:
        day = f" of {_text(rates['date'])}" if rates.get("date") else ""
        yield f"Rates{day} ({_text(rates.get('source'))}): 1 {_text(rates.get('base'))} = {_text(', '.join(listed))}."


def _is_bought(document: Document, quote: Document) -> bool:
    accepted = _document(document["quotes"]["accepted"])
    opportunity = _document(accepted.get("opportunity"))
    mine = (document["account"], opportunity.get("id"), accepted.get("quoted_at"))
    return mine == (quote["account"], quote["opportunity"]["id"], quote["quoted_at"])


def _refused(document: Document) -> Iterator[str]:
    if document["refusals"]:
        yield from _heading("Accounts that had no quote")
        names = ("account", "product", "code", "message", "remedy")
        rows = [tuple(no.get(name) for name in names) for no in document["refusals"]]
        yield from _table(("account", "product", "code", "why", "remedy"), rows)


# --- What was bought ---------------------------------------------------------------------------------

_THING = (
    *(("product", "product"), ("contract", "contract"), ("opportunity", "id")),
    *(("from", "start"), ("to", "end"), ("satellite", "satellite"), ("constellation", "constellation")),
    ("order by", "order_deadline"),
)


def _agreed(document: Document) -> Iterator[str]:
    yield from _heading("What was bought")
    quotes: Mapping[str, Document | None] = document["quotes"]
    nothing: Document = {}
    accepted, reviewed = quotes["accepted"] or nothing, quotes["reviewed"] or nothing
    if not accepted:
        yield "Ordered without a price, which a study by the provider decides."
        yield ""
    opportunity: Document = document["opportunity"] or reviewed["opportunity"]
    rows: list[Row] = [(name, opportunity.get(key)) for name, key in _THING]
    rows += [
        ("price accepted", _amount(accepted.get("price"))),
        ("quoted", accepted.get("quoted_at")),
        ("price when it was sent", _amount(reviewed.get("price"))),
        ("quoted again", reviewed.get("quoted_at")),
        *_priced(reviewed),
        *_conditions(document["conditions"], accepted),
    ]
    terms = _members(reviewed.get("terms"))
    rows += [(f"terms: {name}", value) for name, value in terms if name != "cancellation"]
    rows += [("note", note) for note in reviewed.get("notes", ())]
    yield from _table(("", ""), rows)
    yield from _cancellation(dict(terms).get("cancellation") or [])


def _priced(quote: Document) -> Iterator[Row]:
    """How the price came about."""
    yield "worth", _amount(quote.get("quota_value"))
    yield "list price", _amount(quote.get("list_price"))
    yield "discount", _percent(quote.get("discount_percent"))
    area, minimum = quote.get("billable_area_km2"), quote.get("minimum_applied")
    yield "billed area", None if area is None else f"{area} km²{', the minimum' if minimum else ''}"
    yield "multiplier", quote.get("multiplier")
    for line in quote.get("lines", ()):
        yield f"price line: {line.get('label')}", _amount(line.get("amount")) or line.get("amount")
    if quote:
        yield "binding", "yes" if quote.get("binding") else "no"
    yield "valid until", quote.get("expires_at")


def _conditions(conditions: Document, accepted: Document) -> list[Row]:
    nothing_said = accepted and conditions["max_price"] is None and conditions["max_drift"] is None
    return [
        ("at the most", _amount(conditions["max_price"])),
        ("dearer by at the most", "nothing" if nothing_said else _amount(conditions["max_drift"])),
        ("may replace", ", ".join(conditions["replaces"])),
    ]


def _cancellation(steps: list[Document]) -> Iterator[str]:
    if steps:
        yield from _heading("What leaving costs")
        rows = [(step["hours_before_start"], step["fee_percent"], step["note"], step["source"]) for step in steps]
        yield from _table(("hours before the start", "fee, %", "rule", "source"), rows)


def _met(document: Document) -> Iterator[str]:
    bought: Document = document["quotes"]["reviewed"] or document["opportunity"]
    if adjustments := bought.get("adjustments"):
        yield from _heading("How requirements are met")
        rows = [(one["field"], _listed(one["asked"]), _sent(one), one["how"], one["why"]) for one in adjustments]
        yield from _table(("requirement", "asked", "sent", "how", "why"), rows)


def _sent(adjustment: Document) -> str | None:
    same = adjustment["asked"] is not None and adjustment["asked"] == adjustment["sent"]
    return "as asked" if same else _listed(adjustment["sent"])


# --- What came of it ---------------------------------------------------------------------------------


def _decided(document: Document) -> Iterator[str]:
    if document["decisions"]:
        yield from _heading("What was decided since")
        words = {True: "accepted", False: "refused"}
        rows = [
            (
                *(item["decided_at"], words[item["accept"]], item["decision_id"], item["who"], item["state"]),
                *(item.get("deadline"), item.get("note")),
            )
            for item in document["decisions"]
        ]
        head = ("when", "answer", "decision", "who", "what is known of it", "it could be given until", "note")
        yield from _table(head, rows)


def _history(document: Document) -> Iterator[str]:
    yield from _heading("History")
    steps = document["order"]["history"]
    rows = [(step["at"], step["state"], step["provider_status"], step["note"]) for step in steps]
    yield from _table(("when", "state", "the provider's word", "note"), rows)


# --- Words -------------------------------------------------------------------------------------------


def _heading(title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""


def _table(head: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """A table of the rows that say anything."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        if any(value not in {None, ""} for value in row[1:]):
            yield f"| {' | '.join(_text(value) for value in row)} |"
    yield ""


def _document(value: Any) -> Document:
    """An object of JSON; empty where it is null or missing."""
    return cast("Document", value or {})


def _members(value: Any) -> list[tuple[str, Any]]:
    """What an object of JSON holds; nothing where it is null."""
    return list(_document(value).items())


def _listed(value: Any) -> str | None:
    """A value that may be an object or a list, in a line; nothing where it is empty."""
    if value in (None, "", [], {}):
        return None
    return value if isinstance(value, str) else dump_json(value)


def _percent(value: Any) -> str | None:
    return None if value is None else f"{value} %"


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
