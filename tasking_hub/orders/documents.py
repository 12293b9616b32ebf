"""Orders and amounts as JSON text, as the order book keeps them, and back; `tasking_hub.report` has the rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import attrs
import cattrs

from tasking_hub.errors import OrderBookError
from tasking_hub.exact_json import dump_json, load_json
from tasking_hub.models import Order
from tasking_hub.money import Money, Quota
from tasking_hub.report.documents import SCHEMA
from tasking_hub.report.plain import amount, exact, plain, plain_raw
from tasking_hub.wire import make_converter, problems

__all__ = ["amount_text", "drift_text", "dump_document", "load_document", "order_document", "read_amount", "read_drift"]
__all__ += ["read_order"]

Document = dict[str, Any]


def order_document(order: Order) -> Document:
    """Write an order: ``state`` is of the closed set of `OrderState`, ``provider_status`` the provider's own word."""
    fields = {item.name: plain(getattr(order, item.name)) for item in attrs.fields(Order) if item.name != "raw"}
    return {"schema": SCHEMA, **fields, "raw": plain_raw(order.raw)}


def read_order(document: Mapping[str, Any]) -> Order:
    """Read what `order_document` wrote.

    Raises:
        OrderBookError: it is none; the message says what @ which path.
    """
    try:
        order = _CONVERTER.structure(document, Order)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        msg = f"a kept order cannot be read: {'; '.join(problems(error))}"
        raise OrderBookError(msg) from error
    return attrs.evolve(order, raw=exact(order.raw))


def _read_amount(value: Any, _: object) -> Money | Quota:
    if not isinstance(value, Mapping):
        msg = f"expected money or quota, not {type(value).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # cattrs collects value errors with their path
    members = cast("Mapping[str, str]", value)
    number = Decimal(members["amount"])
    return Money(number, members["currency"]) if "currency" in members else Quota(number, members["unit"])


def _make_converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_structure_hook(Money | Quota, _read_amount)
    return converter


_CONVERTER = _make_converter()

# --- Columns -----------------------------------------------------------------------------------------


def dump_document(document: Mapping[str, Any] | None) -> str | None:
    """Write a document as a column's text."""
    return None if document is None else dump_json(document)


def load_document(text: str | None) -> Any:
    """Read a column's text, numbers exact."""
    return None if text is None else load_json(text)


def amount_text(value: Money | Quota | None) -> str | None:
    """Write an amount with its currency or unit."""
    return None if value is None else dump_json(amount(value))


def read_amount(text: str | None) -> Money | Quota | None:
    """Read what `amount_text` wrote."""
    return None if text is None else _read_amount(load_json(text), None)


def drift_text(drift: Decimal | int | Money | None) -> str | None:
    """Write a drift: an amount, or percent as a bare number."""
    if isinstance(drift, Money):
        return amount_text(drift)
    return None if drift is None else f"{Decimal(drift):f}"


def read_drift(text: str | None) -> Decimal | Money | None:
    """Read what `drift_text` wrote."""
    if text is None or not text.startswith("{"):
        return None if text is None else Decimal(text)
    return cast("Money", read_amount(text))
