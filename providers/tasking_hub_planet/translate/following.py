"""Captures, and the reviews that a buyer may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from tasking_hub import (
    Acquisition,
    Decision,
    HttpRequest,
    HttpResponse,
    InvalidRequestError,
    UnsupportedActionError,
    format_time,
    geometry,
)
from tasking_hub_planet.options import PlanetSettings
from tasking_hub_planet.translate.pages import items_in, list_request, read_results
from tasking_hub_planet.translate.requests import planet_url
from tasking_hub_planet.translate.rules import REVIEW_TIME
from tasking_hub_planet.wire import CONVERTER
from tasking_hub_planet.wire_orders import Capture, ReviewRequest

CAPTURES_PATH = "/tasking/v2/captures/"
PUBLISHED = "PUBLISHED"
_ARCHIVE = "Archive Tasking"

# --- Captures ----------------------------------------------------------------------------------------


@frozen(kw_only=True)
class CaptureFacts:
    """A capture as it was read once.

    Attributes:
        capture: its fields.
        raw: the same as it came.
    """

    capture: Capture
    raw: Mapping[str, Any]


def captures_request(settings: PlanetSettings, order_id: str) -> HttpRequest:
    """The captures of one order."""
    return list_request(settings, CAPTURES_PATH, ("order_id", order_id))


def published_request(settings: PlanetSettings) -> HttpRequest:
    """The account's published captures that fulfil their orders, the latest first.

    Assumption: `status__in` and `ordering` are a third party's; what they leave in is left out here again.
    """
    wanted = (("status__in", PUBLISHED), ("fulfilling", "true"), ("ordering", "-published_time"))
    return list_request(settings, CAPTURES_PATH, *wanted)


def read_captures(response: HttpResponse) -> tuple[CaptureFacts, ...]:
    """A page of captures.

    Raises:
        MalformedResponseError: listing every problem as "what @ path".
    """
    return tuple(CaptureFacts(capture=one, raw=raw) for one, raw in read_results(response, Capture))


def read_acquisition(facts: CaptureFacts, order_id: str) -> Acquisition:
    """A capture in our words. Nothing readable says whether Planet's `cloud_cover` is a share or a percentage."""
    wire = facts.capture
    return Acquisition(
        id=wire.id,
        order_id=wire.order_id or order_id,
        provider_status=wire.status,
        taken_at=wire.acquired_time,
        footprint=geometry.geojson_or_none(wire.captured_area),
        raw=facts.raw,
    )


# --- Reviews -----------------------------------------------------------------------------------------


class ReviewCategory(StrEnum):
    """What can be wrong with a capture (docs.planet.com, capture review, read 2026-11)."""

    CLOUD_COVER = "CLOUD_COVER"
    HAZE = "HAZE"
    DISPLACEMENT = "DISPLACEMENT"
    BRIGHTNESS_ISSUE = "BRIGHTNESS_ISSUE"
    SHADOWS = "SHADOWS"
    OTHER = "OTHER"


def _said(_instance: object, _attribute: object, value: str) -> None:
    if not value.strip():
        msg = "a review needs a description of what is wrong"
        raise InvalidRequestError(msg, "description")


@frozen(kw_only=True)
class CaptureReview:
    """Why a buyer does not accept a capture.

    Attributes:
        category: what is wrong.
        description: the same in words.
    """

    category: ReviewCategory = ReviewCategory.OTHER
    description: str = field(default="The buyer does not accept this capture.", validator=_said)


def _reviews_url(settings: PlanetSettings, capture_id: str) -> str:
    return planet_url(settings, f"{CAPTURES_PATH}{quote(capture_id, safe='')}/reviews/")


def reviews_request(settings: PlanetSettings, capture_id: str) -> HttpRequest:
    """The reviews that a capture has."""
    return HttpRequest(method="GET", url=_reviews_url(settings, capture_id), repeatable=True)


def has_reviews(response: HttpResponse) -> bool:
    """Whether somebody asked for a review already."""
    return bool(items_in(response.json()))


def review_request(settings: PlanetSettings, capture_id: str, review: CaptureReview) -> HttpRequest:
    """Ask Planet to look at a capture again; sent once."""
    body = ReviewRequest(capture_id=capture_id, category=review.category.value, description=review.description)
    return HttpRequest(
        method="POST",
        url=_reviews_url(settings, capture_id),
        json=CONVERTER.unstructure(body),
        repeatable=False,
    )


def published_after(facts: CaptureFacts, moment: datetime) -> bool:
    """Whether a capture was published later; one that does not say when was not."""
    published = facts.capture.published_time
    return published is not None and published > moment


def is_reviewable(facts: CaptureFacts, now: datetime) -> bool:
    """Whether the buyer may still ask for a review; captures of archive orders have none."""
    wire = facts.capture
    wanted = wire.status == PUBLISHED and wire.fulfilling is not False and wire.product != _ARCHIVE
    return wanted and published_after(facts, now - REVIEW_TIME)


def read_decision(account: str, facts: CaptureFacts) -> Decision:
    """A published capture as something to accept or not."""
    wire = facts.capture
    published = wire.published_time
    return Decision(
        id=wire.id,
        account=account,
        order_id=wire.order_id or "",
        question=f"Planet published the capture {wire.id} of the order {wire.order_name or wire.order_id} "
        f"{'' if published is None else f'on {format_time(published)} '}as fulfilling it: is it accepted?",
        deadline=None if published is None else published + REVIEW_TIME,
        if_ignored="it counts as accepted",
        raw=facts.raw,
    )


def check_decision(decision: Decision, now: datetime) -> None:
    """Let a refusal pass that is still in time.

    Raises:
        UnsupportedActionError: the two weeks are over.
    """
    if decision.deadline is not None and decision.deadline <= now:
        days = REVIEW_TIME // timedelta(days=1)
        msg = f"a review could be asked for until {format_time(decision.deadline)}, {days} days after publication"
        raise UnsupportedActionError(msg)
