"""What a provider could do about a request, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.angles import Range
from tasking_hub.models.checks import moment_or_none
from tasking_hub.models.request import Imaging, TaskRequest, Window


class AdjustmentKind(StrEnum):
    """How a requirement was met."""

    HONOURED = "honoured"
    TIGHTENED = "tightened"
    APPROXIMATED = "approximated"
    FILTERED = "filtered"
    NOT_ENFORCED = "not-enforced"


@frozen(kw_only=True)
class Adjustment:
    """How one requirement of the caller was met.

    Attributes:
        field: the requirement, in the words of `TaskRequest` ("max_cloud_cover", "area", "window").
        how: honoured as asked, tightened, approximated, filtered by us after the answer, or not enforced.
        asked: the caller's value.
        sent: what went to the provider, or None where nothing was sent.
        why: the reason, one sentence; empty where honoured needs none.
    """

    field: str
    how: AdjustmentKind
    asked: Any
    sent: Any = None
    why: str = ""


class OpportunityKind(StrEnum):
    """Whether the time of acquisition is known."""

    PASS = "pass"  # noqa: S105 - a satellite's pass over the place
    CAMPAIGN = "campaign"


@frozen(kw_only=True)
class CloudForecast:
    """A provider's forecast for the place and time of an opportunity.

    Attributes:
        percent: cloud cover, 0..100.
        updated: when the forecast was made, or None where the provider does not say.
    """

    percent: float
    updated: datetime | None = field(default=None, converter=moment_or_none)


@frozen(kw_only=True)
class Feasibility:
    """What the provider's feasibility check said.

    Attributes:
        word: the provider's own word ("CHALLENGING", "FEASIBLE").
        manual_study: people at the provider must study the request first, so it can be ordered but not priced.
    """

    word: str
    manual_study: bool = False


@frozen(kw_only=True)
class ReplacedOrder:
    """An existing order that would be cancelled if this opportunity were bought.

    Attributes:
        id: the provider's order id.
        name: the name under which it was ordered.
        tier: the provider's own tier literal, or None.
        cost: what it costs to replace it in the provider's quota units, as a decimal string, or None.
    """

    id: str
    name: str = ""
    tier: str | None = None
    cost: str | None = None


@frozen(kw_only=True)
class Opportunity:
    """One way in which one provider could serve a request.

    Attributes:
        id: unique within the account and request.
        account: name of the configured account that found it.
        provider: name of its adapter.
        request: what it would serve.
        kind: a pass at a known time, or a campaign in which the provider picks the time.
        imaging: optical or radar.
        product: the provider's own product, programme or mode ("PleiadesTaskingOneDay").
        window: when the image would be taken: seconds for a pass, days for a campaign.
        contract: the provider's contract id.
        footprint: what would be seen (WGS 84), or None where the provider does not say.
        incidence_deg: at the target.
        off_nadir_deg: at the satellite.
        sun_elevation_deg: above the horizon, at the target.
        gsd_m: ground sample distance or ground resolution, metres.
        cloud_forecast: the provider's forecast.
        satellite: the satellite's name, or None where the provider picks it.
        constellation: the family of satellites.
        order_deadline: the last moment for an order.
        feasibility: the provider's verdict where it gives one.
        replaces: existing orders that buying this would cancel.
        adjustments: how each requirement was met.
        handle: what the provider wants back when this is quoted or bought, byte for byte.
        raw: the provider's own JSON.
    """

    id: str
    account: str
    provider: str
    request: TaskRequest = field(repr=False)
    kind: OpportunityKind
    imaging: Imaging
    product: str
    window: Window
    contract: str | None = None
    footprint: BaseGeometry | None = field(default=None, repr=False)
    incidence_deg: Range | None = None
    off_nadir_deg: Range | None = None
    sun_elevation_deg: Range | None = None
    gsd_m: float | None = None
    cloud_forecast: CloudForecast | None = None
    satellite: str | None = None
    constellation: str | None = None
    order_deadline: datetime | None = field(default=None, converter=moment_or_none)
    feasibility: Feasibility | None = None
    replaces: tuple[ReplacedOrder, ...] = field(default=(), converter=tuple[ReplacedOrder, ...])
    adjustments: tuple[Adjustment, ...] = field(default=(), converter=tuple[Adjustment, ...])
    handle: str | None = field(default=None, repr=False)
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)

    @property
    def quotable(self) -> bool:
        """Whether the provider can price it without a study by people."""
        return self.feasibility is None or not self.feasibility.manual_study
