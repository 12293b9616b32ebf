"""What can happen to an order, as typed events, each with an id by which it is told once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import cattrs
from attrs import evolve, field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.clock import format_time, utc
from tasking_hub.errors import OrderBookError
from tasking_hub.exact_json import dump_json
from tasking_hub.geometry import read_geojson
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Acquisition, CancellationStep, Decision, Refusal
from tasking_hub.money import Money, Quota
from tasking_hub.orders.documents import read_amount
from tasking_hub.report.plain import plain
from tasking_hub.wire import make_converter, problems

__all__ = [
    "AccountTrouble",
    "AcquisitionProposed",
    "AcquisitionTaken",
    "CancellationStepApproaching",
    "DecisionDue",
    "DeliverableReady",
    "Event",
    "Progress",
    "StateChanged",
    "event_document",
    "read_event",
]


@frozen(kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        account: name of the configured account.
        reference: the buyer's handle of the order, or None where it concerns the account or an order of somebody else.
        order_id: the provider's order id, or None where there is none or it is not known.
        at: when it happened, as far as anybody says; else when it was seen.
        cursor: where it stands among all events of the order book: give it back to hear what follows.
    """

    kind: ClassVar[str]

    account: str
    reference: str | None = None
    order_id: str | None = None
    at: datetime = field(converter=utc)
    cursor: str = field(default="", eq=False)

    @property
    def id(self) -> str:
        """A digest of what happened: equal for the same event, however often and by whomever it was seen."""
        text = dump_json([self.kind, self.account, self.reference, *self._facts()])
        return hashlib.blake2b(text.encode(), digest_size=16, person=b"tasking-event").hexdigest()

    def _facts(self) -> tuple[str | int | None, ...]:
        """What tells this event from the others of its kind and order."""
        raise TypeError(type(self).__name__)


@frozen(kw_only=True)
class StateChanged(Event):
    """An order took a step: its state, or only the provider's own word for it.

    Attributes:
        state: the neutral state from then on.
        was: the state before, or None at the first step.
        provider_status: the provider's own word.
        note: what else was said.
        step: the step's number in the order book.
    """

    kind: ClassVar[str] = "state-changed"

    state: OrderState
    was: OrderState | None = None
    provider_status: str | None = None
    note: str = ""
    step: int

    def _facts(self) -> tuple[str | int | None, ...]:
        return (self.step,)


@frozen(kw_only=True)
class _OfImage(Event):
    """Something about an image; told once for each word that the provider has for it.

    Attributes:
        acquisition: the image, without the provider's JSON.
    """

    acquisition: Acquisition

    def _facts(self) -> tuple[str | int | None, ...]:
        return self.acquisition.order_id, self.acquisition.id, self.acquisition.provider_status


@frozen(kw_only=True)
class AcquisitionProposed(_OfImage):
    """An image is proposed for an order: it waits for the buyer, who accepts or refuses it."""

    kind: ClassVar[str] = "acquisition-proposed"


@frozen(kw_only=True)
class AcquisitionTaken(_OfImage):
    """An image of an order that waits for nobody is known, or the provider has another word for it.

    Validated, captured, planned or refused: the word says which, and `taken_at` whether it exists yet.
    """

    kind: ClassVar[str] = "acquisition-taken"


@frozen(kw_only=True)
class DecisionDue(Event):
    """Something waits for the buyer; told again where its deadline moves.

    Attributes:
        decision: what is to be decided, without the provider's JSON.
    """

    kind: ClassVar[str] = "decision-due"

    decision: Decision

    def _facts(self) -> tuple[str | int | None, ...]:
        deadline = self.decision.deadline
        return self.decision.id, None if deadline is None else format_time(deadline)


@frozen(kw_only=True)
class Progress(Event):
    """More (or less) of the ordered area is done than before; each share is told once.

    Attributes:
        percent: 0..100.
    """

    kind: ClassVar[str] = "progress"

    percent: Decimal

    def _facts(self) -> tuple[str | int | None, ...]:
        return (f"{self.percent.normalize():f}",)


@frozen(kw_only=True)
class DeliverableReady(Event):
    """A file can be fetched. Its address is not kept, since it may open the file to whoever reads it.

    Attributes:
        name: file name.
        acquisition_id: the image that it belongs to, or None where the provider does not say.
        media_type: MIME type, or None.
        size_bytes: length, or None where the provider does not say.
    """

    kind: ClassVar[str] = "deliverable-ready"

    name: str
    acquisition_id: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None

    def _facts(self) -> tuple[str | int | None, ...]:
        return self.order_id, self.acquisition_id, self.name


@frozen(kw_only=True)
class CancellationStepApproaching(Event):
    """Leaving will soon cost more, or will not be possible any more.

    Attributes:
        takes_effect_at: from when on.
        step: what holds from then on, or None where the order can then no longer be left.
        fee: what leaving will cost, or None where nobody says.
    """

    kind: ClassVar[str] = "cancellation-step-approaching"

    takes_effect_at: datetime = field(converter=utc)
    step: CancellationStep | None = None
    fee: Money | Quota | None = None

    def _facts(self) -> tuple[str | int | None, ...]:
        return format_time(self.takes_effect_at), None if self.step is None else self.step.note


@frozen(kw_only=True)
class AccountTrouble(Event):
    """An account, or one order there, could not be looked at; it is tried again. Told once an hour while it lasts.

    Attributes:
        refusal: the typed reason.
    """

    kind: ClassVar[str] = "account-trouble"

    refusal: Refusal

    def _facts(self) -> tuple[str | int | None, ...]:
        hour = self.at.replace(minute=0, second=0, microsecond=0)
        return self.refusal.code.value, self.refusal.provider_code, format_time(hour)


_KINDS: Mapping[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        StateChanged,
        AcquisitionProposed,
        AcquisitionTaken,
        DecisionDue,
        Progress,
        DeliverableReady,
        CancellationStepApproaching,
        AccountTrouble,
    )
}

_BULKY = ("acquisition", "decision", "refusal")
"""Fields whose value has the provider's JSON in it."""

# --- As documents ------------------------------------------------------------------------------------


def event_document(event: Event) -> dict[str, Any]:
    """Write an event: its ``kind``, its ``id``, and its fields by name."""
    fields = {item.name: plain(_lean(item.name, getattr(event, item.name))) for item in attrs.fields(type(event))}
    return {"kind": event.kind, "id": event.id, **fields}


def _lean(name: str, value: Any) -> Any:
    return evolve(value, raw={}) if name in _BULKY else value


def read_event(document: Mapping[str, Any]) -> Event:
    """Read what `event_document` wrote.

    Raises:
        OrderBookError: it is none; the message says what @ which path.
    """
    kind = _KINDS.get(str(document.get("kind")))
    if kind is None:
        msg = f"a kept event is of the unknown kind {document.get('kind')!r:.40}"
        raise OrderBookError(msg)
    try:
        return _CONVERTER.structure(document, kind)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        msg = f"a kept event cannot be read: {'; '.join(problems(error))}"
        raise OrderBookError(msg) from error


def _make_converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_structure_hook(Money | Quota, lambda value, _: read_amount(dump_json(value)))
    converter.register_structure_hook(BaseGeometry, lambda value, _: read_geojson(value))
    return converter


_CONVERTER = _make_converter()
