"""Requests that an adapter is tried with: neutral ones, made from what it says that it can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve
from shapely import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from tasking_hub.models import EndUser, Imaging, LookSide, Optical, PassDirection, Radar, Stereo, TaskRequest, Window
from tasking_hub.provider import Capabilities

AREAS: Mapping[str, BaseGeometry] = {
    "Point": Point(1.4442, 43.6047),
    "LineString": LineString([(1.40, 43.58), (1.48, 43.63)]),
    "Polygon": box(1.38, 43.55, 1.52, 43.66),
}
"""Toulouse: a point, a line of 8 km, and a rectangle of 11 x 12 km."""

WISHES: Mapping[str, Any] = {
    "licence": "no-such-licence",
    "priority": "no-such-priority",
    "sla": "no-such-sla",
    "market": "no-such-market",
    "exclusivity_days": 7,
    "end_users": (EndUser(name="Ada", country="FR"),),
}
"""Commercial wishes; the literals are nobody's."""

REQUIREMENTS: Mapping[Imaging, Mapping[str, Any]] = {
    Imaging.OPTICAL: {
        "max_cloud_cover": 40.0,
        "min_incidence": 2.0,
        "max_incidence": 35.0,
        "min_sun_elevation": 5.0,
        "max_gsd_m": 5.0,
        "stereo": Stereo.STEREO,
    },
    Imaging.RADAR: {
        "mode": "NO_SUCH_MODE",
        "max_resolution_m": 3.0,
        "min_looks": 1,
        "min_incidence": 20.0,
        "max_incidence": 35.0,
        "look_side": LookSide.RIGHT,
        "pass_direction": PassDirection.ASCENDING,
    },
}
"""One value for each requirement on an image."""


def window_after(now: datetime) -> Window:
    """A week that begins in three days: late enough for every notice, soon enough for every horizon."""
    return Window(now + timedelta(days=3), now + timedelta(days=10))


def plain_requests(capabilities: Capabilities, now: datetime) -> list[TaskRequest]:
    """One request without requirements for each kind of image and area that the adapter offers."""
    return [
        plain_request(imaging, AREAS[area], now, reference=f"conformance-{imaging}-{area}")
        for imaging in sorted(capabilities.imaging)
        for area in sorted(capabilities.areas)
    ]


def plain_request(imaging: Imaging, area: BaseGeometry, now: datetime, *, reference: str) -> TaskRequest:
    """A request for one kind of image without any requirement."""
    return TaskRequest(
        area=area,
        window=window_after(now),
        optical=Optical() if imaging is Imaging.OPTICAL else None,
        radar=Radar() if imaging is Imaging.RADAR else None,
        reference=reference,
    )


def a_day_later(request: TaskRequest) -> TaskRequest:
    """The same request for a window that begins a day later and ends with the other."""
    start, end = request.window.start + timedelta(days=1), request.window.end
    return evolve(request, window=Window(start, end), reference=f"{request.reference}-later")


def requests_with_one_wish(request: TaskRequest) -> Iterator[tuple[str, TaskRequest]]:
    """The same request once for each requirement and wish, with that one alone, by its name."""
    for name, value in WISHES.items():
        yield name, evolve(request, **{name: value})
    if request.optical is not None:
        for name, value in REQUIREMENTS[Imaging.OPTICAL].items():
            yield name, evolve(request, optical=evolve(request.optical, **{name: value}))
    if request.radar is not None:
        for name, value in REQUIREMENTS[Imaging.RADAR].items():
            yield name, evolve(request, radar=evolve(request.radar, **{name: value}))


def requests_out_of_reach(capabilities: Capabilities, now: datetime) -> list[TaskRequest]:
    """Requests that nobody needs to be asked about: other kinds of image, other areas, a window that is over."""
    imaging, area = min(capabilities.imaging), AREAS[min(capabilities.areas)]
    plain = plain_request(imaging, area, now, reference="conformance-out-of-reach")
    over = evolve(plain, window=Window(now - timedelta(days=3), now - timedelta(days=2)))
    others = [
        plain_request(other, area, now, reference=f"conformance-{other}")
        for other in Imaging
        if other not in capabilities.imaging
    ]
    shapes = [evolve(plain, area=shape) for name, shape in AREAS.items() if name not in capabilities.areas]
    return [over, *others, *shapes]
