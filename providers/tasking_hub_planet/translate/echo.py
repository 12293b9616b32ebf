"""What the server made of the constraints: it ignores unknown fields in silence, so its echo is compared with ours."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from tasking_hub import angles
from tasking_hub_planet.translate.inquiry import Inquiry
from tasking_hub_planet.translate.requests import search_body
from tasking_hub_planet.translate.rules import CLOCK_MARGIN, HORIZON
from tasking_hub_planet.wire import WindowSearch

_ANGLE_TOLERANCE_DEG = 1e-4
"""Assumption: Planet echoes angles as sent, to the fifth decimal that its own windows have."""


class Taken(StrEnum):
    """How the server took a limit."""

    AS_ASKED = "as asked"
    STRICTER = "stricter"
    LAXER = "laxer, or without saying"


@frozen(kw_only=True)
class Span:
    """The time that the server searched.

    Attributes:
        start: its start.
        end: its end.
        stricter: a part of the asked window, later than now, was left out.
        laxer: times outside the asked window were searched too.
    """

    start: datetime
    end: datetime
    stricter: bool
    laxer: bool


def searched_span(inquiry: Inquiry, search: WindowSearch) -> Span:
    """The time that the server searched, and how it compares with the asked window."""
    asked, sent = inquiry.request.window, search_body(inquiry)
    start = search.start_time or sent.start_time or inquiry.asked_at
    end = search.end_time or sent.end_time or inquiry.asked_at + HORIZON
    return Span(
        start=start,
        end=end,
        stricter=start - asked.start > CLOCK_MARGIN or asked.end - end > CLOCK_MARGIN,
        laxer=asked.start - start > CLOCK_MARGIN or end - asked.end > CLOCK_MARGIN,
    )


@frozen(kw_only=True)
class Limit:
    """A limit on the satellite's elevation over the target, degrees.

    Attributes:
        sent: what was asked.
        echoed: what the server says it searched with, or None where it does not say.
        taken: how the two compare.
    """

    sent: float
    echoed: float | None
    taken: Taken


def lowest_elevation(max_incidence: float, search: WindowSearch) -> Limit:
    """What became of the largest incidence, degrees."""
    sent, echoed = angles.satellite_elevation(max_incidence), search.sat_elevation_angle_min
    return Limit(sent=sent, echoed=echoed, taken=_compare(sent, echoed, upwards=1))


def highest_elevation(min_incidence: float, search: WindowSearch) -> Limit:
    """What became of the smallest incidence, degrees."""
    sent, echoed = angles.satellite_elevation(min_incidence), search.sat_elevation_angle_max
    return Limit(sent=sent, echoed=echoed, taken=_compare(sent, echoed, upwards=-1))


def _compare(sent: float, echoed: float | None, *, upwards: int) -> Taken:
    """Compare, where a larger angle times `upwards` is the stricter one."""
    if echoed is None:
        return Taken.LAXER
    difference = upwards * (echoed - sent)
    if abs(difference) <= _ANGLE_TOLERANCE_DEG:
        return Taken.AS_ASKED
    return Taken.STRICTER if difference > 0 else Taken.LAXER
