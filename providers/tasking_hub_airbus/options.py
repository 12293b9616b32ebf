"""What an Airbus account and an Airbus request may set beyond the neutral vocabulary."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from tasking_hub import AccountSettings, ConfigurationError, InvalidRequestError, Secret

BH_LIMITS = (0.2, 0.8)
"""Base-to-height ratios of stereo pairs (the Airbus guide to Pléiades and SPOT tasking, read 2026-11)."""


DEFAULT_PAGE_SIZE = 10
"""Orders on a page that Airbus gives unasked (Airbus' OpenAPI description, read 2026-11)."""


class Mission(StrEnum):
    """A constellation, as requests name it (Airbus' OpenAPI description, read 2026-11)."""

    PLEIADES = "PLEIADES"
    SPOT = "SPOT"
    PLEIADESNEO = "PLEIADESNEO"


class Programme(StrEnum):
    """A way of tasking, as requests name it (the Airbus guides to tasking, read 2026-11)."""

    ONEDAY = "ONEDAY"
    ONENOW = "ONENOW"
    ONEPLAN = "ONEPLAN"
    ONESERIES = "ONESERIES"
    ONENOWATTEMPTS = "ONENOWATTEMPTS"
    ONENOWWEATHER = "ONENOWWEATHER"


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _page(_instance: object, _attribute: object, value: int | None) -> None:
    """A list ends with a page of fewer than Airbus gives unasked, so a page must be no smaller."""
    if value is not None and value < DEFAULT_PAGE_SIZE:
        msg = f"orders_per_page must be {DEFAULT_PAGE_SIZE} or more, not {value}"
        raise ConfigurationError(msg)


@frozen(kw_only=True)
class AirbusSettings(AccountSettings):
    """One Airbus account: its key, its contract and where the services stand.

    Attributes:
        api_key: the OneAtlas API key.
        contract_id: the contract to use; without one, every contract of the account is used.
        workspace_id: where images are delivered on a SPOT and Pléiades contract; looked up without one.
        market: the primary market that orders are filed under; None sends none.
        orders_per_page: how many orders a list asks for at once, 10 or more; by default 1000, and 100 where that is
            refused: Airbus publishes no most.
        auth_url: service that hands out tokens.
        order_url: service for contracts, feasibility, attempts, prices and orders.
        data_url: service that knows the workspace.
        search_url: service that finds delivered images.
        access_url: service that delivered images are fetched from; links to other hosts get no credential.
    """

    provider: ClassVar[str] = "airbus"

    api_key: Secret
    contract_id: str | None = None
    workspace_id: str | None = None
    market: str | None = "NQUAL"
    orders_per_page: int | None = field(default=None, validator=_page)
    auth_url: str = field(default="https://authenticate.foundation.api.oneatlas.airbus.com", converter=_without_slash)
    order_url: str = field(default="https://order.api.oneatlas.airbus.com", converter=_without_slash)
    data_url: str = field(default="https://data.api.oneatlas.airbus.com", converter=_without_slash)
    search_url: str = field(default="https://search.foundation.api.oneatlas.airbus.com", converter=_without_slash)
    access_url: str = field(default="https://access.foundation.api.oneatlas.airbus.com", converter=_without_slash)

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all services."""
        return self.auth_url, self.order_url, self.data_url, self.search_url, self.access_url


@frozen(kw_only=True)
class OptionValue:
    """One production option by Airbus' own key and value, both as text ("fullStrip", "true")."""

    key: str
    value: str


def _percent(_instance: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not 0 <= value <= 100:  # noqa: PLR2004 - a percentage
        msg = f"airbus.{attribute.name} is a percentage between 0 and 100, not {value:g}"
        raise InvalidRequestError(msg, attribute.name)


def _incidence(_instance: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if not 0 < value <= 90:  # noqa: PLR2004 - the horizon
        msg = f"airbus.{attribute.name} lies above 0 and up to 90 degrees, not at {value:g}"
        raise InvalidRequestError(msg, attribute.name)


def _ratio(_instance: object, attribute: attrs.Attribute[Any], value: str) -> None:
    low, high = BH_LIMITS
    try:
        fits = low <= float(value) <= high
    except ValueError:
        fits = False
    if not fits:
        msg = f'airbus.{attribute.name} is a text between "{low}" and "{high}", not {value!r}'
        raise InvalidRequestError(msg, attribute.name)


@frozen(kw_only=True)
class AirbusOptions:
    """What only Airbus understands. Every default is usable; values left at None follow the product's own defaults.

    Attributes:
        missions: constellations to ask for; empty means all that the contracts offer.
        programmes: ways of tasking to ask for; empty lets the window decide. ONESERIES is only asked for by name.
        virtual_receiving_station: use the products for customers with such a station ("...Vrs").
        spectral_processing: bands of the product.
        radiometric_processing: radiometric level of the product.
        image_format: file format.
        pixel_coding: bits per pixel.
        processing_level: geometric level of the product.
        projection: EPSG code, as text.
        dem: elevation model used for an orthoimage.
        delivery_method: when parts of an order are delivered.
        priority: production priority; wins over the request's own.
        product_options: any other production option by Airbus' own key.
        min_bh: least base-to-height ratio of a stereo pair, as text.
        max_bh: largest base-to-height ratio of a stereo pair, as text.
        default_max_cloud_cover: percent that is asked for where the request leaves it open; Airbus wants a number.
            Assumption: 10, the least that needs no study (Airbus' page on automatic acceptance, read 2026-11).
        default_max_incidence: degrees that are asked for where the request leaves it open; Airbus wants a number.
            Assumption: 50, as in the guide's samples; by default OneDay uses the satellite's whole agility.
        notification_threshold: percent of cloud up to which an image is proposed; None takes the largest cloud cover,
            so that nothing waits for a decision.
        extended_angle: False keeps OneDay and OneNow to incidences up to 30 degrees; None follows the attempt.
        area_name: name of the area in the order.
        comments: comment on the order's item.
        tasking_comments: comment for those who plan the acquisition.
        notification_emails: who hears of new acquisitions by e-mail.
        holdback: Airbus' flag of that name; None sends none.
        secondary_market: secondary market that orders are filed under.
        delivery_type: how images are delivered; None sends no delivery.
        quotation: ask for a quotation, which waits for the buyer's yes, instead of ordering; Pléiades Neo only.
    """

    missions: tuple[Mission, ...] = field(default=(), converter=tuple)
    programmes: tuple[Programme, ...] = field(default=(), converter=tuple)
    virtual_receiving_station: bool = False
    spectral_processing: str | None = None
    radiometric_processing: str | None = None
    image_format: str | None = None
    pixel_coding: str | None = None
    processing_level: str | None = None
    projection: str | None = None
    dem: str | None = None
    delivery_method: str | None = None
    priority: str | None = None
    product_options: tuple[OptionValue, ...] = field(default=(), converter=tuple)
    min_bh: str = field(default="0.2", validator=_ratio)
    max_bh: str = field(default="0.8", validator=_ratio)
    default_max_cloud_cover: float = field(default=10, validator=_percent)
    default_max_incidence: float = field(default=50, validator=_incidence)
    notification_threshold: float | None = field(default=None, validator=_percent)
    extended_angle: bool | None = None
    area_name: str = "Polygon 1"
    comments: str | None = None
    tasking_comments: str | None = None
    notification_emails: tuple[str, ...] = field(default=(), converter=tuple)
    holdback: bool | None = None
    secondary_market: str | None = None
    delivery_type: str | None = "network"
    quotation: bool = False

    def __attrs_post_init__(self) -> None:
        if float(self.min_bh) > float(self.max_bh):
            msg = f"airbus.min_bh {self.min_bh} is above airbus.max_bh {self.max_bh}"
            raise InvalidRequestError(msg, "min_bh")

    @property
    def production_wishes(self) -> dict[str, str]:
        """The production options that are set, by Airbus' key without the number of the area."""
        named = (
            "spectral_processing",
            "radiometric_processing",
            "image_format",
            "pixel_coding",
            "processing_level",
            "projection",
            "dem",
            "delivery_method",
            "priority",
        )
        wishes = {name: value for name in named if (value := getattr(self, name)) is not None}
        return wishes | {option.key: option.value for option in self.product_options}
