"""The JSON about orders that Airbus answers with, field for field.

SPOT and Pléiades (legacy) mirror the guides to tasking
(https://api.oneatlas.airbus.com/guides/oneatlas-data-pay-per-order/g-odp-spot-pleiade-tasking/, read 2026-11), Pléiades
Neo mirrors Airbus' OpenAPI description (https://order.api.oneatlas.airbus.com/openapi/public.yaml, read 2026-11), whose
examples are sloppy: hardly anything is required here.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from tasking_hub.wire import wire_name
from tasking_hub_airbus.wire import Answer, one_or_many, remember


@frozen(kw_only=True)
class OrderAnswer(Answer):
    """`POST /api/v1/orders` and `POST /api/v1/quotations`; an id may come with blanks around it."""

    sales_order_id: str | None = None
    quotation_id: str | None = None
    currency: str | None = None
    total_amount: Decimal | None = None


# --- SPOT and Pléiades -------------------------------------------------------------------------------


@frozen(kw_only=True)
class TaskingPeriod(Answer):
    """When the acquisition may be made; times without thousandths here, with them elsewhere."""

    start_date: datetime | None = None
    end_date: datetime | None = None


@frozen(kw_only=True)
class TaskingProgress(Answer):
    """Areas in square metres (inferred from the guide's sample)."""

    ordered_area: Decimal | None = None
    validated_area: Decimal | None = None


@frozen(kw_only=True)
class Icr(Answer):
    """The tasking itself, which e-mails call ICR."""

    id: str
    status: str | None = None
    prog_type_name: str | None = None
    nb_proposed_segments: int | None = None
    period: TaskingPeriod | None = None
    customer_ref: str | None = None
    tasking_progress: TaskingProgress | None = None


@frozen(kw_only=True)
class Tasking(Answer):
    """One of `GET /api/v1/contracts/{id}/taskings`."""

    sal: str | None = None
    so: str | None = None
    icr: Icr


@frozen(kw_only=True)
class SegmentDetail(Answer):
    """What was taken; `clear_sky_rate` is the cloudless share in percent (inferred)."""

    catalog_id: str | None = None
    footprint: Any = None
    incidence_angle: float | None = None
    clear_sky_rate: float | None = None
    acquisition_date: datetime | None = None


@frozen(kw_only=True)
class TakenSegment(Answer):
    """One of `GET .../taskings/{id}/segments`."""

    id: str
    status: str | None = None
    as_detail1: SegmentDetail | None = None


@frozen(kw_only=True)
class SegmentsAnswer(Answer):
    """`GET .../taskings/{id}/segments`."""

    segments: tuple[TakenSegment, ...]


# --- Pléiades Neo ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Paging(Answer):
    """Where a page stands."""

    start_index: int | None = None
    total_results: int | None = None


@frozen(kw_only=True)
class NeoTasking(Answer):
    """The tasking inside an order's item; `period` is a list of instants or of periods, and is not read."""

    validated_area: Decimal | None = None
    validated_area_pct: Decimal | None = None
    nb_proposed_coverage_items: int | None = None
    end_of_initial_period: datetime | None = None


@frozen(kw_only=True)
class NeoOrder(Answer):
    """One of `POST /api/v2/orders/search`: an order's item, or a quotation that none came of yet."""

    order_item_id: str | None = None
    quotation_id: str | None = None
    sales_order_id: str | None = None
    contract_id: str | None = None
    customer_reference: str | None = None
    product_type: str | None = None
    target: Any = None
    status: str | None = None
    quotation_status: str | None = None
    quotation_end_of_validity_date: datetime | None = None
    # Airbus' own spelling.
    cancelation_deadline_date: datetime | None = None
    tasking: NeoTasking | None = None
    currency: str | None = None
    total_amount: Decimal | None = None


@frozen(kw_only=True)
class Coverage(Answer):
    """One of `POST /api/v1/coverages/search`: by default one scene."""

    coverage_item_id: str
    order_item_id: str | None = None
    contract_id: str | None = None
    status: str | None = None
    clear_sky_rate: float | None = None
    incidence_angle: float | None = None
    footprint: Any = None
    geometry: Any = None
    acquisition_date: datetime | None = None


# --- Delivered images --------------------------------------------------------------------------------


@frozen(kw_only=True)
class Link(Answer):
    """Where a file can be fetched."""

    href: str
    name: str | None = None
    type: str | None = None


@frozen(kw_only=True)
class Links(Answer):
    """Links by what they are for."""

    download: tuple[Link, ...] = ()


@frozen(kw_only=True)
class ImageProperties(Answer):
    """What the catalogue says of an image (Airbus' OpenAPI description, read 2026-11).

    Assumption: the filters for references and for the acquisition have properties of the same names.
    """

    customer_reference: str | None = None
    internal_reference: str | None = None
    source_identifier: str | None = None
    acquisition_identifier: str | None = None
    parent_identifier: str | None = None

    @property
    def catalogue_ids(self) -> tuple[str, ...]:
        """What the image was made from ("DS_..."), the nearest first."""
        names = (self.source_identifier, self.acquisition_identifier, self.parent_identifier)
        return tuple(name for name in names if name)


@frozen(kw_only=True)
class DeliveredImage(Answer):
    """One of `GET /api/v2/opensearch`."""

    id: str | None = None
    properties: ImageProperties | None = None
    links: Links | None = field(default=None, metadata=wire_name("_links"))


one_or_many(Link)
for _kind in (OrderAnswer, Tasking, TakenSegment, NeoOrder, Coverage, Link, DeliveredImage):
    remember(_kind)
