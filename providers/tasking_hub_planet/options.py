"""What a Planet account needs, and what a caller may ask of Planet alone."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from tasking_hub import AccountSettings, InvalidRequestError, Money, Secret

ExclusivityDays = Literal[0, 7, 30]


@frozen(kw_only=True)
class PlanetSettings(AccountSettings):
    """One contract at Planet.

    Attributes:
        api_key: the key of a user who may task; sent as `Authorization: api-key …`.
        pl_number: the contract's number, mostly beginning with PL-.
        product: a product of the contract that has imaging windows.
        base_url: where the API is, without `/tasking/v2`.
        quota_price: what one unit of quota costs under this contract, or None where quota is not to be priced.
        flexible_product: a product of the contract for flexible orders, in which Planet picks the time, such as
            "Flexible Tasking"; None offers none.
        asset_types: files of a scene to ask Planet's Data API for, such as "ortho_visual", beside those that a capture
            says were delivered; whether asking for one costs anything is documented nowhere.
        order_in_bulk: send each order as a bulk of one under an id made of its reference, by which it can be looked up.
    """

    provider: ClassVar[str] = "planet"

    api_key: Secret
    pl_number: str
    product: str = "Assured Tasking"
    base_url: str = "https://api.planet.com"
    quota_price: Money | None = None
    flexible_product: str | None = None
    asset_types: tuple[str, ...] = ()
    order_in_bulk: bool = False


def _within(low: float, high: float) -> Any:
    def check(_instance: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
        if value is not None and not low <= value <= high:
            msg = f"planet.{attribute.name} must be between {low:g} and {high:g}, not {value!r}"
            raise InvalidRequestError(msg, f"planet.{attribute.name}")

    return check


def _check_exclusivity(_instance: object, _attribute: object, value: int | None) -> None:
    if value not in {None, 0, 7, 30}:
        msg = f"planet.exclusivity_days must be 0, 7 or 30, not {value!r}"
        raise InvalidRequestError(msg, "planet.exclusivity_days")


_SECONDS = _within(0.1, 3600)
_OFF_NADIR = _within(0, 90)
_KILOMETRES = _within(0.1, 1000)


@frozen(kw_only=True)
class PlanetOptions:
    """What a caller may ask of Planet alone.

    Attributes:
        exclusivity_days: at least so many days of exclusivity; None takes `TaskRequest.exclusivity_days`.
        show_replacing: also offer windows that would cancel orders of one's own.
        off_nadir_min: smallest off-nadir angle, degrees. Assumption: `off_nadir_angle_min` is known from a third
            party's client and not proven, so the answer is filtered too.
        off_nadir_max: largest off-nadir angle, degrees. Assumption: as for `off_nadir_min`.
        satellite_types: constellations that may take the image ("SKYSAT", "PELICAN", "TANAGER"); empty allows all.
            Assumption: as for `off_nadir_min`.
        sensitivity_mode: mode of Tanager's sensor ("STANDARD", "GLINT", …). Assumption: as for `off_nadir_min`.
        poll_first_s: seconds before a search is read for the first time.
        poll_max_s: the longest pause between two readings, seconds.
        search_deadline_s: seconds after which an unfinished search is given up; Planet says that one takes up to 300.
        price_max_age_s: a price that came with a search older than this many seconds is asked for again.
        scene_width_km: what one scene shows across the flight. Planet's SkySat collect is about 5.9 km wide
            (developers.planet.com/docs/data/skysat, page of 2024-02-05, read 2026-11).
        scene_length_km: what one scene shows along the flight. Assumption: as long as it is wide; collects reach 20 km,
            but an order for a point promises no more than its surroundings.
    """

    exclusivity_days: ExclusivityDays | None = field(default=None, validator=_check_exclusivity)
    show_replacing: bool = False
    off_nadir_min: float | None = field(default=None, validator=_OFF_NADIR)
    off_nadir_max: float | None = field(default=None, validator=_OFF_NADIR)
    satellite_types: tuple[str, ...] = field(default=(), converter=tuple)
    sensitivity_mode: str | None = None
    poll_first_s: float = field(default=2.0, validator=_SECONDS)
    poll_max_s: float = field(default=10.0, validator=_SECONDS)
    search_deadline_s: float = field(default=330.0, validator=_SECONDS)
    price_max_age_s: float = field(default=900.0, validator=_within(0, 86_400))
    scene_width_km: float = field(default=5.9, validator=_KILOMETRES)
    scene_length_km: float = field(default=5.9, validator=_KILOMETRES)
