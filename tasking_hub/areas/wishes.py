"""What the command line wishes for every area, and how one feature's own wishes go on top of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import attrs
from attrs import field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.clock import utc
from tasking_hub.errors import InvalidRequestError
from tasking_hub.models import EndUser, LookSide, Optical, PassDirection, Radar, Stereo, TaskRequest, Window
from tasking_hub.models.request import new_reference

DEFAULT_WINDOW = timedelta(days=7)
"""How long a window is that has no end: the longest that all three providers search (planet.com's week)."""

OPTICAL_ONLY = ("max_cloud_cover", "min_sun_elevation", "max_gsd_m", "stereo")
RADAR_ONLY = ("mode", "max_resolution_m", "look_side", "pass_direction")


class ImagingWish(StrEnum):
    """The kind of image wanted."""

    ANY = "any"
    OPTICAL = "optical"
    RADAR = "radar"


def _utc_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)


@frozen(kw_only=True)
class Defaults:
    """What is wished where a feature says nothing; None leaves a wish open. The names are those of the properties.

    Attributes:
        start: when the window opens; the moment of reading where left open.
        end: when it closes; `DEFAULT_WINDOW` after the start where left open.
        imaging: any sensor that can show the place, or one kind only.
        max_cloud_cover: percent, 0..100; optical.
        min_incidence: degrees at the target; optical and radar.
        max_incidence: degrees at the target; optical and radar.
        min_sun_elevation: degrees above the horizon; optical.
        max_gsd_m: metres; optical.
        stereo: number of views; optical.
        mode: the provider's own imaging mode; radar.
        max_resolution_m: metres; radar.
        look_side: radar.
        pass_direction: radar.
        priority: the provider's own literal.
        exclusivity_days: days during which nobody else gets the image.
        sla: the provider's own literal.
        licence: the provider's own literal.
        market: the provider's own literal.
        end_users: who will use the image.
        accounts: names of the accounts to ask; empty asks all.
    """

    start: datetime | None = field(default=None, converter=_utc_or_none)
    end: datetime | None = field(default=None, converter=_utc_or_none)
    imaging: ImagingWish = ImagingWish.ANY
    max_cloud_cover: float | None = None
    min_incidence: float | None = None
    max_incidence: float | None = None
    min_sun_elevation: float | None = None
    max_gsd_m: float | None = None
    stereo: Stereo | None = None
    mode: str | None = None
    max_resolution_m: float | None = None
    look_side: LookSide | None = None
    pass_direction: PassDirection | None = None
    priority: str | None = None
    exclusivity_days: int | None = None
    sla: str | None = None
    licence: str | None = None
    market: str | None = None
    end_users: tuple[EndUser, ...] = field(default=(), converter=tuple[EndUser, ...])
    accounts: tuple[str, ...] = field(default=(), converter=tuple[str, ...])

    def check(self) -> None:
        """Refuse defaults that contradict each other before any area is read.

        Raises:
            InvalidRequestError: naming the default at fault.
        """
        check_imaging([name for name in (*OPTICAL_ONLY, *RADAR_ONLY) if getattr(self, name) is not None], self.imaging)
        self.optical()
        self.radar()
        if self.start is not None and self.end is not None:
            Window(self.start, self.end)

    def window(self, now: datetime) -> Window:
        """Give the window, with now for a missing start and `DEFAULT_WINDOW` for a missing end."""
        start = self.start or now.replace(microsecond=0)
        return Window(start, self.end or start + DEFAULT_WINDOW)

    def optical(self) -> Optical | None:
        """Give the requirements on an optical image, or None where none is wanted."""
        if self.imaging is ImagingWish.RADAR:
            return None
        return Optical(
            max_cloud_cover=self.max_cloud_cover,
            min_incidence=self.min_incidence,
            max_incidence=self.max_incidence,
            min_sun_elevation=self.min_sun_elevation,
            max_gsd_m=self.max_gsd_m,
            stereo=self.stereo,
        )

    def radar(self) -> Radar | None:
        """Give the requirements on a radar image, or None where none is wanted."""
        if self.imaging is ImagingWish.OPTICAL:
            return None
        return Radar(
            mode=self.mode,
            max_resolution_m=self.max_resolution_m,
            min_incidence=self.min_incidence,
            max_incidence=self.max_incidence,
            look_side=self.look_side,
            pass_direction=self.pass_direction,
        )


def check_imaging(names: Collection[str], imaging: ImagingWish) -> None:
    """Refuse a requirement on a kind of image that is not wanted.

    Raises:
        InvalidRequestError: naming the requirement.
    """
    wrong = {ImagingWish.OPTICAL: RADAR_ONLY, ImagingWish.RADAR: OPTICAL_ONLY}.get(imaging, ())
    found = next((name for name in wrong if name in names), None)
    if found is not None:
        kind = "a radar" if imaging is ImagingWish.OPTICAL else "an optical"
        msg = f"{found} is a requirement on {kind} image, and imaging is {imaging}: leave out one of them"
        raise InvalidRequestError(msg, field=found)


@frozen(kw_only=True)
class Feature:
    """One feature, its properties read.

    Attributes:
        area: its geometry.
        wishes: values of the properties that a request is read from, by name.
        reference: the buyer's handle, or None.
        options: options objects by adapter name.
        properties: its other properties.
    """

    area: BaseGeometry
    wishes: Mapping[str, Any]
    reference: str | None
    options: Mapping[str, Any]
    properties: Mapping[str, Any]


def request_for(feature: Feature, defaults: Defaults, now: datetime) -> TaskRequest:
    """Make the request of a feature; its own wishes go before the defaults.

    A default for the kind of image that the feature excludes does not apply to it.

    Raises:
        InvalidRequestError: naming the property that cannot be meant as written.
    """
    wishes = attrs.evolve(defaults, **feature.wishes)
    check_imaging(feature.wishes.keys(), wishes.imaging)
    return TaskRequest(
        area=feature.area,
        window=wishes.window(now),
        optical=wishes.optical(),
        radar=wishes.radar(),
        reference=feature.reference or new_reference(),
        accounts=wishes.accounts,
        licence=wishes.licence,
        priority=wishes.priority,
        exclusivity_days=wishes.exclusivity_days,
        sla=wishes.sla,
        market=wishes.market,
        end_users=wishes.end_users,
        options=feature.options,
        properties=feature.properties,
    )
