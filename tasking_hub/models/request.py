"""What the buyer wants: a place, a time, and what the image must be."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self, TypeVar

import attrs
from attrs import field, frozen
from shapely.geometry.base import BaseGeometry

from tasking_hub.clock import format_time
from tasking_hub.errors import InvalidRequestError
from tasking_hub.geometry import check_area
from tasking_hub.models.checks import an, binary, copied, country, member, moment, names, whole, within, word

OptionsT = TypeVar("OptionsT")

REFERENCE_LENGTH_MAX = 256


class Imaging(StrEnum):
    """The kind of sensor."""

    OPTICAL = "optical"
    RADAR = "radar"


class Stereo(StrEnum):
    """How many views of the place one acquisition takes."""

    MONO = "mono"
    STEREO = "stereo"
    TRISTEREO = "tristereo"


class LookSide(StrEnum):
    """The side of its ground track to which a radar looks."""

    LEFT = "left"
    RIGHT = "right"
    ANY = "any"


class PassDirection(StrEnum):
    """Whether the satellite flies northwards or southwards over the place."""

    ASCENDING = "ascending"
    DESCENDING = "descending"
    ANY = "any"


def _stereo(value: Stereo | str | None) -> Stereo | None:
    return member(Stereo, value, "stereo")


def _look_side(value: LookSide | str | None) -> LookSide | None:
    return member(LookSide, value, "look_side")


def _pass_direction(value: PassDirection | str | None) -> PassDirection | None:
    return member(PassDirection, value, "pass_direction")


def _start(value: datetime) -> datetime:
    return moment(value, "start")


def _end(value: datetime) -> datetime:
    return moment(value, "end")


def _ordered(low: float | None, high: float | None, name: str) -> None:
    if low is not None and high is not None and low > high:
        msg = f"min_{name} {low:g} is above max_{name} {high:g}"
        raise InvalidRequestError(msg, f"min_{name}")


@frozen(kw_only=True)
class Optical:
    """What an optical image must be; None leaves a requirement open.

    Attributes:
        max_cloud_cover: percent, 0..100.
        min_incidence: degrees at the target, 0..90; planet.com's satellite elevation is 90 minus this.
        max_incidence: degrees at the target, 0..90.
        min_sun_elevation: degrees above the horizon, -90..90.
        max_gsd_m: the coarsest ground sample distance that is still useful, metres.
        stereo: mono where left open.
    """

    max_cloud_cover: float | None = field(default=None, converter=binary, validator=within(0, 100))
    min_incidence: float | None = field(default=None, converter=binary, validator=within(0, 90))
    max_incidence: float | None = field(default=None, converter=binary, validator=within(0, 90))
    min_sun_elevation: float | None = field(default=None, converter=binary, validator=within(-90, 90))
    max_gsd_m: float | None = field(default=None, converter=binary, validator=within(0.01, 1000))
    stereo: Stereo | None = field(default=None, converter=_stereo)

    def __attrs_post_init__(self) -> None:
        _ordered(self.min_incidence, self.max_incidence, "incidence")


@frozen(kw_only=True)
class Radar:
    """What a radar image must be; None leaves a requirement open.

    Attributes:
        mode: the provider's own imaging mode, an open string ("SPOTLIGHT_FINE").
        max_resolution_m: the coarsest ground resolution that is still useful, metres.
        min_looks: the least number of looks.
        min_incidence: degrees at the target, 0..90.
        max_incidence: degrees at the target, 0..90.
        look_side: the side to which the radar must look.
        pass_direction: the direction in which the satellite must fly.
    """

    mode: str | None = field(default=None, validator=word)
    max_resolution_m: float | None = field(default=None, converter=binary, validator=within(0.01, 1000))
    min_looks: int | None = field(default=None, validator=whole(1, 1000))
    min_incidence: float | None = field(default=None, converter=binary, validator=within(0, 90))
    max_incidence: float | None = field(default=None, converter=binary, validator=within(0, 90))
    look_side: LookSide | None = field(default=None, converter=_look_side)
    pass_direction: PassDirection | None = field(default=None, converter=_pass_direction)

    def __attrs_post_init__(self) -> None:
        _ordered(self.min_incidence, self.max_incidence, "incidence")


@frozen
class Window:
    """A span of time, aware UTC, start before end; as text an ISO 8601 interval.

    Raises:
        InvalidRequestError: a time is naive, or the end does not come after the start.
    """

    start: datetime = field(converter=_start)
    end: datetime = field(converter=_end)

    def __attrs_post_init__(self) -> None:
        if self.start >= self.end:
            msg = f"the window must end ({format_time(self.end)}) after it starts ({format_time(self.start)})"
            raise InvalidRequestError(msg, "end")

    def __str__(self) -> str:
        return f"{format_time(self.start)}/{format_time(self.end)}"

    @classmethod
    def known(cls, start: datetime | None, end: datetime | None) -> Self | None:
        """The window between two moments, or None where one is missing or they are not in order."""
        return cls(start, end) if start is not None and end is not None and start < end else None

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def intersect(self, other: Window) -> Window | None:
        """The time that both share, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None


@frozen(kw_only=True)
class EndUser:
    """Who will use the image.

    Attributes:
        name: person or company.
        country: ISO 3166 alpha-2 code.

    Raises:
        InvalidRequestError: the name is empty or the country no such code.
    """

    name: str = field(validator=[an(str), word])
    country: str = field(validator=country)


def new_reference() -> str:
    """A unique handle of letters, digits and dashes, safe in every field that a provider echoes."""
    return f"th-{uuid.uuid4().hex[:20]}"


def _check_reference(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > REFERENCE_LENGTH_MAX or not value.isprintable():
        msg = f"a reference is 1 to {REFERENCE_LENGTH_MAX} printable characters, not {value!r:.40}"
        raise InvalidRequestError(msg, "reference")


def _check_area(area: BaseGeometry) -> BaseGeometry:
    return check_area(area)


@frozen(kw_only=True)
class TaskRequest:
    """One image wanted: where, when, and under which conditions.

    By default any sensor that can show the place is welcome. Set `optical` or `radar` to None to leave that kind out.

    Attributes:
        area: shapely Point, two-point LineString or Polygon, longitude and latitude (WGS 84).
        window: when the image must be taken.
        optical: requirements on an optical image, or None for no optical image.
        radar: requirements on a radar image, or None for no radar image.
        reference: the buyer's unique handle, carried into the field that each provider echoes.
        accounts: names of the configured accounts to ask; empty asks all.
        licence: the provider's own licence literal, or None for the contract's default.
        priority: the provider's own priority literal, or None for the contract's default.
        exclusivity_days: days during which nobody else gets the image.
        sla: the provider's own literal for how soon products are ready.
        end_users: who will use the image.
        market: the provider's own market literal.
        options: one object of an adapter's Options class by provider name.
        properties: what else the input carried; handed back, never sent.

    Raises:
        InvalidRequestError: naming the field that cannot be meant as written.
    """

    area: BaseGeometry = field(converter=_check_area)
    window: Window = field(validator=an(Window))
    optical: Optical | None = field(factory=Optical, validator=an(Optical, optional=True))
    radar: Radar | None = field(factory=Radar, validator=an(Radar, optional=True))
    reference: str = field(factory=new_reference, validator=_check_reference)
    accounts: tuple[str, ...] = field(default=(), converter=names)
    licence: str | None = field(default=None, validator=word)
    priority: str | None = field(default=None, validator=word)
    exclusivity_days: int | None = field(default=None, validator=whole(0, 36500))
    sla: str | None = field(default=None, validator=word)
    end_users: tuple[EndUser, ...] = field(default=(), converter=tuple[EndUser, ...])
    market: str | None = field(default=None, validator=word)
    options: Mapping[str, Any] = field(factory=dict[str, Any], converter=copied)
    properties: Mapping[str, Any] = field(factory=dict[str, Any], converter=copied, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.optical is None and self.radar is None:
            msg = "a request wants an optical image, a radar image, or either: not neither"
            raise InvalidRequestError(msg, "imaging")

    def requirements(self, imaging: Imaging) -> Optical | Radar | None:
        """What an image of this kind must be, or None where that kind is not wanted."""
        return self.optical if imaging is Imaging.OPTICAL else self.radar

    def asked(self, imaging: Imaging) -> dict[str, Any]:
        """Every requirement and wish that the caller set for this kind of image, by field name.

        Each of these names must appear in the adjustments of every opportunity and quote of that kind.
        """
        wishes = {name: getattr(self, name) for name in ("licence", "priority", "exclusivity_days", "sla", "market")}
        requirements = self.requirements(imaging)
        if requirements is not None:
            wishes |= attrs.asdict(requirements, recurse=False)
        if self.end_users:
            wishes["end_users"] = self.end_users
        return {name: value for name, value in wishes.items() if value is not None}

    def options_for(self, provider: str, options_type: type[OptionsT]) -> OptionsT:
        """This provider's options, its defaults where the caller gave none.

        Raises:
            InvalidRequestError: where the options given are another provider's.
        """
        options = self.options.get(provider)
        if options is None:
            return options_type()
        if not isinstance(options, options_type):
            msg = f"options for {provider} must be {options_type.__name__}, not {type(options).__name__}"
            raise InvalidRequestError(msg, provider)
        return options
