"""The JSON that Airbus answers with, field for field; what is sent stands in `wire_questions`.

Mirrors the guides to tasking (https://api.oneatlas.airbus.com/guides/oneatlas-data/g-tasking/ and
https://api.oneatlas.airbus.com/guides/oneatlas-data-pay-per-order/g-odp-spot-pleiade-tasking/, read 2026-11) and, where
they are silent, Airbus' OpenAPI description (https://order.api.oneatlas.airbus.com/openapi/public.yaml, read 2026-11).
Answers keep fields that are not named here and the JSON they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import GenericAlias
from typing import Any, cast

from attrs import evolve, field, frozen

from tasking_hub import utc
from tasking_hub.wire import WireObject, camel_case, make_converter, wire_name


@frozen(kw_only=True)
class Answer(WireObject):
    """Part of an answer that remembers the JSON it came from."""

    # No member of Airbus' JSON has this name: it is filled in after reading.
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False, metadata=wire_name(" raw"))


# --- Account -----------------------------------------------------------------------------------------


@frozen(kw_only=True)
class ContractDelivery(Answer):
    """Where a Pléiades Neo contract delivers."""

    delivery_platform_id: str | None = None
    delivery_workspace: str | None = None


@frozen(kw_only=True)
class ContractInfo(Answer):
    """A contract; `credit_remaining` is text and may be in scientific notation."""

    contract_id: str
    name: str | None = None
    customer_id: str | None = None
    credit_remaining: Decimal | None = None
    currency: str | None = None
    contract_type: str | None = None
    backend_source: str | None = None
    delivery: tuple[ContractDelivery, ...] = ()


@frozen(kw_only=True)
class ContractsAnswer(Answer):
    """`GET /api/v1/contracts`."""

    contracts: tuple[ContractInfo, ...]


@frozen(kw_only=True)
class MeContract(Answer):
    """`contract` in `GET /api/v1/me` of the data service."""

    workspace_id: str | None = None
    name: str | None = None


@frozen(kw_only=True)
class Labelled(Answer):
    """A literal with its label."""

    id: str | None = None
    label: str | None = None


@frozen(kw_only=True)
class TechnicalProduct(Answer):
    """What a product type is made of."""

    source: Labelled | None = None
    sensor: Labelled | None = None
    target: Labelled | None = None


@frozen(kw_only=True)
class ProductType(Answer):
    """Something that a contract can order."""

    product_type_id: str
    technical_product: TechnicalProduct | None = None
    minimum_order_area_applied: Decimal | None = None


@frozen(kw_only=True)
class ProductTypesAnswer(Answer):
    """`GET /api/v1/contracts/{id}/productTypes`."""

    product_types: tuple[ProductType, ...]


@frozen(kw_only=True)
class PropertiesAnswer(Answer):
    """`GET /api/v1/{id}/properties`."""

    markets: tuple[Labelled, ...] = ()


@frozen(kw_only=True)
class DeliveryType(Answer):
    """A way of delivery."""

    delivery_type_id: str


@frozen(kw_only=True)
class DeliveryTypesAnswer(Answer):
    """`GET /api/v1/contracts/{id}/deliveryTypes`."""

    delivery_types: tuple[DeliveryType, ...]


# --- Production options ------------------------------------------------------------------------------


@frozen(kw_only=True)
class Constraint(Answer):
    """When an option or a value applies: `name:(a|b)`, or a form that nobody documented."""

    condition: str | None = None


@frozen(kw_only=True)
class OptionChoice(Answer):
    """A value that an option may have."""

    id: str
    constraint: Constraint | None = None


@frozen(kw_only=True)
class AvailableOption(Answer):
    """An option of a product; `mandatory` is the text "true", "false" or "constraint"."""

    name: str
    mandatory: Any = "false"
    default_value: Any = None
    constraint: Constraint | None = None
    values: tuple[OptionChoice, ...] = ()
    range: tuple[Decimal, ...] = ()


@frozen(kw_only=True)
class OptionsAnswer(Answer):
    """`POST /api/v1/contracts/{id}/productTypes/{id}/options`."""

    available_options: tuple[AvailableOption, ...]


# --- Feasibility and attempts ------------------------------------------------------------------------


@frozen(kw_only=True)
class SegmentFootprint(Answer):
    """Well-known text: a polygon whose last position stands there twice, and its centre."""

    geometry: str | None = None
    center: str | None = None


@frozen(kw_only=True)
class Segment(Answer):
    """One attempt; `id` is an index, not unique, and `segment_key` is handed back byte for byte."""

    segment_key: str
    acquisition_start_date: datetime
    acquisition_end_date: datetime
    id: str | None = None
    footprint: SegmentFootprint | None = None
    order_deadline: datetime | None = None
    extended_angle: bool | None = None
    incidence_angle: float | None = None


@frozen(kw_only=True)
class FeasibilityVerdict(Answer):
    """Difficulty, and whether people must study it; Pléiades Neo adds until when this holds."""

    classification: str | None = None
    automation: str | None = None
    automation_name: str | None = None
    expiration_date: datetime | None = None


@frozen(kw_only=True)
class ProgrammeError(Answer):
    """Why a programme is not possible; `message` is the limit, not a sentence."""

    code: str
    locator: str | None = None
    message: Any = None


@frozen(kw_only=True)
class ProgrammeAnswer(Answer):
    """What one programme of one mission can do."""

    name: str
    mission: str | None = None
    available: bool | None = None
    feasibility: FeasibilityVerdict | None = None
    errors: tuple[ProgrammeError, ...] = ()
    segments: tuple[Segment, ...] = ()


@frozen(kw_only=True)
class MissionAnswer(Answer):
    """What the programmes of one mission can do."""

    mission: str | None = None
    prog_types: tuple[ProgrammeAnswer, ...]


@frozen(kw_only=True)
class SearchAnswer(Answer):
    """Answer of feasibility and attempts."""

    prog_capacities: tuple[MissionAnswer, ...]


# --- Prices and orders -------------------------------------------------------------------------------


@frozen(kw_only=True)
class PricedProduct(Answer):
    """A price: `price` before the discount, `amount` after it, `area_km2` the billed area."""

    product_type_id: str | None = None
    amount: Decimal
    price: Decimal | None = None
    area_km2: Decimal | None = None
    discount_percentage: Decimal | None = None


@frozen(kw_only=True)
class PriceAnswer(Answer):
    """`POST /api/v1/prices`."""

    currency: str
    product_types: tuple[PricedProduct, ...] = ()
    total_amount: Decimal


# --- Converter ---------------------------------------------------------------------------------------

CONVERTER = make_converter(camel_case)

_REMEMBERED = (ContractInfo, ProductType, AvailableOption, Segment, FeasibilityVerdict, ProgrammeAnswer, PriceAnswer)
"""Those whose JSON is looked at again after they were read; what stands inside another one comes first."""

_LISTED = (ContractDelivery, Labelled, OptionChoice, ProgrammeError, Segment, ProgrammeAnswer, MissionAnswer)
"""Those which Airbus' own descriptions give as a list here, as a single object or null there."""


def format_instant(value: datetime) -> str:
    """A time with exactly three digits after the point, as every sample of Airbus has it."""
    return utc(value).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def remember(kind: type[Answer]) -> None:
    """Let a class keep the JSON that it is read from."""
    read = CONVERTER.get_structure_hook(kind)
    CONVERTER.register_structure_hook(kind, lambda value, to: evolve(read(value, to), raw=dict(value)))


def one_or_many(kind: type[Answer]) -> None:
    """Let lists of a class be written as a single object, or as null."""
    many, listed = GenericAlias(list, (kind,)), GenericAlias(tuple, (kind, ...))

    def read(value: Any, _: Any) -> tuple[Answer, ...]:
        items = () if value is None else cast(Sequence[Any], value) if isinstance(value, list) else (value,)
        return tuple(cast(Sequence[Answer], CONVERTER.structure(items, cast(Any, many))))

    CONVERTER.register_structure_hook_func(lambda to: to == listed, read)


def _register() -> None:
    CONVERTER.register_unstructure_hook(datetime, format_instant)
    for listed in _LISTED:
        one_or_many(listed)
    for kind in _REMEMBERED:
        remember(kind)


_register()
