"""ICEYE's JSON up to the order, field for field, as docs.iceye.com describes it (read 2026-11).

What ICEYE answers about tasks, scenes, products and webhooks stands in `wire_orders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from attrs import field, frozen

from tasking_hub.wire import WireObject, camel_case, make_converter, wire_name


class Words(tuple[str, ...]):
    """Literals of a contract, in its order."""

    __slots__ = ()


# --- Company API v1: docs.iceye.com/constellation/api/company/ (get-contract, list-contracts, get-summary) ----


@frozen(kw_only=True)
class Choice(WireObject):
    """What a contract allows for one parameter, and what applies where the caller says nothing."""

    allowed: Words = field(factory=Words)
    default: str | None = None


@frozen(kw_only=True)
class Contract(WireObject):
    """A contract: `start` and `end` bound when tasks may be submitted."""

    id: str
    name: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    imaging_modes: Choice = field(factory=Choice)
    priority: Choice = field(factory=Choice)
    exclusivity: Choice = field(factory=Choice)
    eula: Choice = field(factory=Choice)
    sla: Choice = field(factory=Choice)
    catalog_collections: Choice = field(factory=Choice, metadata=wire_name("catalog_collections"))


@frozen(kw_only=True)
class ContractPage(WireObject):
    """One page of contracts; a missing, null or empty cursor marks the last."""

    data: tuple[Contract, ...]
    cursor: str | None = None


@frozen(kw_only=True)
class ContractSummary(WireObject):
    """Money under a contract with a pricing plan, in minor units of its currency."""

    contract_id: str = field(metadata=wire_name("contractID"))
    currency: str
    consolidated_spent: int
    on_hold: int
    spend_limit: int | None = None


# --- Tasking API: docs.iceye.com/constellation/api/1.0/tasking/ and /constellation/api/tasking/ --------------


@frozen(kw_only=True)
class PointOfInterest:
    """The centre of the scene, WGS 84."""

    lat: Decimal
    lon: Decimal


@frozen(kw_only=True)
class AcquisitionWindow:
    """When the image may be taken."""

    start: datetime
    end: datetime


@frozen(kw_only=True)
class IncidenceAngle:
    """Degrees at the target; ICEYE wants whole ones, and both."""

    min: int
    max: int


@frozen(kw_only=True)
class DeliveryLocation:
    """Where tasking v1 sends products."""

    method: str
    path: str
    sub_path: str | None = None


@frozen(kw_only=True)
class ConfiguredLocation:
    """Where tasking v2 sends products: a place that is configured at ICEYE, and a path in it."""

    config_id: str = field(metadata=wire_name("configID"))
    path: str
    sub_path: str | None = None


@frozen(kw_only=True)
class Delivery:
    """One delivery of tasking v2 to one or more places."""

    locations: tuple[ConfiguredLocation, ...]


@frozen(kw_only=True)
class Webhook:
    """A registered webhook."""

    id: str


@frozen(kw_only=True)
class Notifications:
    """Whom tasking v2 tells of changes."""

    webhook: Webhook


@frozen(kw_only=True)
class TaskParameters:
    """The body of create-task, of which the feasibility and the price question are parts.

    Only tasking v1 knows `additional_product_types` and `delivery_locations`; only v2 `product_types`, `deliveries`,
    `imaging_duration` and `notifications`.
    """

    contract_id: str = field(metadata=wire_name("contractID"))
    reference: str
    point_of_interest: PointOfInterest
    acquisition_window: AcquisitionWindow
    imaging_mode: str
    exclusivity: str
    priority: str
    sla: str
    eula: str
    additional_product_types: Words = field(factory=Words, converter=Words)
    product_types: Words = field(factory=Words, converter=Words)
    incidence_angle: IncidenceAngle | None = None
    imaging_duration: int | None = None
    look_side: str | None = None
    pass_direction: str | None = None
    delivery_locations: tuple[DeliveryLocation, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    notifications: Notifications | None = None


@frozen(kw_only=True)
class Price(WireObject):
    """The answer of get-task-price: whole minor units of the currency."""

    amount: int
    currency: str


@frozen(kw_only=True)
class FeasibilityResult(WireObject):
    """The answer for one task of check-feasibility; "FEASIBLE" is the one word known to mean yes."""

    result: str


@frozen(kw_only=True)
class FeasibilityAnswer(WireObject):
    """The answer of check-feasibility, one result for each task asked about, in order."""

    feasibility: tuple[FeasibilityResult, ...]


def _read_words(value: Any, _: Any) -> Words:
    """Literals, out of their list or (as the v1 page on contracts shows) out of a list within the list.

    Assumption: null is an empty list.
    """
    if value is None:
        return Words()
    if not isinstance(value, list):
        return cast(Words, _fail("a list", value))
    items = cast(Sequence[Any], value)
    nested = (cast(Sequence[Any], item) if isinstance(item, list) else [item] for item in items)
    return Words(word if isinstance(word, str) else _fail("a string", word) for words in nested for word in words)


def _fail(kind: str, value: object) -> Any:
    msg = f"expected {kind}, not {type(value).__name__}"
    raise ValueError(msg)


CONVERTER = make_converter(camel_case)
CONVERTER.register_structure_hook(Words, _read_words)
CONVERTER.register_unstructure_hook(Words, list)
_given_choice = CONVERTER.get_structure_hook(Choice)


def _read_choice(value: Any, kind: Any) -> Choice:
    """A choice; null says as little as a contract without it. Assumption: that is what ICEYE means by it."""
    return Choice() if value is None else _given_choice(value, kind)


CONVERTER.register_structure_hook(Choice, _read_choice)
