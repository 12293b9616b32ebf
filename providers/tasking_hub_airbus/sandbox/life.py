"""The life of an order as a pure function of the order and the time: what was acquired, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen
from shapely import Polygon

from tasking_hub_airbus.sandbox.pricing import ATTEMPTED, Priced

# All durations and shares here are the sandbox's own, but for the 12 hours.
STUDY = timedelta(days=2)
"""How long people study an order."""

CONFIRMED = timedelta(hours=12)
"""How long after a study's end the buyer's mail confirms it on SPOT and Pléiades."""

ASSESSED = timedelta(hours=6)
"""How long after its acquisition an image is judged."""

CANCEL_UNTIL = timedelta(hours=12)
"""The guide to Pléiades and SPOT tasking, read 2026-11."""

VALIDITY = timedelta(days=14)
"""How long a quotation stands."""

ORDERED = timedelta(hours=6)
"""How long after a quotation was accepted an order has come of it."""

_PATIENT = frozenset({"ONENOW", "ONENOWATTEMPTS"})
_WHOLE = 0.99
"""An image that shows so much of the area shows all of it."""


class Stage(StrEnum):
    """Where an order stands, before either back end's word for it."""

    QUOTED = "quoted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    STUDY = "study"
    PROGRESS = "progress"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Verdict(StrEnum):
    """What became of an image; Pléiades Neo's words."""

    PENDING = "PENDING"
    VALIDATED = "VALIDATED"
    PROPOSED = "PROPOSED"
    REFUSED = "REFUSED"
    REJECTED = "REJECTED"


@frozen(kw_only=True)
class Shot:
    """One image that will be taken, unless the order ends before."""

    number: int
    at: datetime
    satellite: str
    incidence_deg: float
    cloud_percent: float
    footprint: Polygon


@frozen(kw_only=True)
class Placed:
    """An order with all that happened to it from outside.

    Attributes:
        shots: images in the order of time.
        pause: when the order rests, or None.
        quoted: it was asked for as a quotation.
        answers: by number of the image, whether it was accepted, and when.
        accepted_at: when the quotation was accepted.
        refused_at: when it was refused.
    """

    number: int
    contract: str
    reference: str
    item: Priced
    placed_at: datetime
    shots: tuple[Shot, ...]
    pause: tuple[datetime, datetime] | None = None
    quoted: bool = False
    answers: Mapping[int, tuple[bool, datetime]] = field(factory=dict[int, tuple[bool, datetime]])
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    cancelled_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def start(self) -> datetime:
        """When its window starts."""
        return self.item.periods[0][0]

    @property
    def end(self) -> datetime:
        """When its window ends."""
        return self.item.periods[-1][1]

    @property
    def programme(self) -> str:
        """As requests name it."""
        return self.item.product.programme

    @property
    def studied_until(self) -> datetime:
        """When people have looked at it."""
        return self.placed_at + STUDY if self.item.studied else self.placed_at

    @property
    def valid_until(self) -> datetime:
        """When its quotation ends."""
        return self.studied_until + VALIDITY

    @property
    def begins_at(self) -> datetime | None:
        """From when on images count, or None while a quotation waits."""
        if self.quoted:
            return None if self.accepted_at is None else self.accepted_at + ORDERED
        return self.studied_until + CONFIRMED if self.item.studied else self.placed_at

    @property
    def last_cancellation(self) -> datetime:
        """Until when it can be cancelled."""
        return self.start - CANCEL_UNTIL


@frozen(kw_only=True)
class Life:
    """Where an order stands at a moment.

    Attributes:
        images: what was taken, with what became of it and when that was decided.
        share: of the area that is validated, 0..1.
    """

    stage: Stage
    images: tuple[tuple[Shot, Verdict, datetime], ...] = ()
    share: Decimal = Decimal(0)

    @property
    def proposed(self) -> int:
        """How many images wait for the buyer."""
        return sum(verdict is Verdict.PROPOSED for _, verdict, _ in self.images)


def live(order: Placed, now: datetime) -> Life:
    """The order at a moment; the same order and moment give the same life."""
    if (waiting := _before(order, now)) is not None:
        return Life(stage=waiting)
    taken = list(_taken(order, now))
    done_at = _done_at(order, taken)
    images = tuple(one for one in taken if done_at is None or one[0].at <= done_at)
    share = min(sum((_share(order, one) for one in images), Decimal(0)), Decimal(1))
    return Life(stage=_stage(order, now, done_at), images=images, share=share)


def _before(order: Placed, now: datetime) -> Stage | None:
    """What an order is before it is at work."""
    if order.quoted and order.accepted_at is None:
        return _quotation(order, now)
    if order.cancelled_at is not None:
        return Stage.CANCELLED
    if order.begins_at is None or now >= order.begins_at:
        return None
    return Stage.ACCEPTED if order.quoted else Stage.STUDY


def _quotation(order: Placed, now: datetime) -> Stage:
    if order.refused_at is not None:
        return Stage.REFUSED
    if now < order.studied_until:
        return Stage.STUDY
    return Stage.QUOTED if now < order.valid_until else Stage.EXPIRED


def _taken(order: Placed, now: datetime) -> Iterator[tuple[Shot, Verdict, datetime]]:
    begins, last = order.begins_at or now, min(now, order.stopped_at or now)
    for shot in order.shots:
        resting = order.pause is not None and order.pause[0] <= shot.at < order.pause[1]
        if begins <= shot.at <= last and not resting:
            yield _judge(order, shot, now)


def _judge(order: Placed, shot: Shot, now: datetime) -> tuple[Shot, Verdict, datetime]:
    at = shot.at + ASSESSED
    if now < at:
        return shot, Verdict.PENDING, at
    verdict = _verdict(order, shot)
    if verdict is Verdict.PROPOSED and shot.number in order.answers:
        accepted, answered = order.answers[shot.number]
        return shot, Verdict.VALIDATED if accepted else Verdict.REFUSED, answered
    return shot, verdict, at


def _verdict(order: Placed, shot: Shot) -> Verdict:
    """OneDay and OneNow deliver whatever the clouds; a plan proposes what is above its limit, up to the threshold."""
    most = _percent(order, "maxCloudCover", 100)
    if order.programme in ATTEMPTED or shot.cloud_percent <= most:
        return Verdict.VALIDATED
    return (
        Verdict.PROPOSED if shot.cloud_percent <= _percent(order, "notificationThreshold", most) else Verdict.REJECTED
    )


def _percent(order: Placed, name: str, default: Decimal | int) -> Decimal:
    value = order.item.properties.get(name)
    return Decimal(value if isinstance(value, int | Decimal) else default)


def _share(order: Placed, image: tuple[Shot, Verdict, datetime]) -> Decimal:
    """How much of the area an image brings; clouds count for OneNow only, which goes on until one is clear."""
    shot, verdict, _ = image
    if verdict is not Verdict.VALIDATED:
        return Decimal(0)
    clear = order.programme not in _PATIENT or shot.cloud_percent <= _percent(order, "maxCloudCover", 100)
    whole = Decimal(1) if clear else Decimal(round(100 - shot.cloud_percent)) / 100
    covered = shot.footprint.intersection(order.item.area).area / order.item.area.area
    return whole * (Decimal(1) if covered >= _WHOLE else Decimal(repr(round(covered, 4))))


def _done_at(order: Placed, taken: Sequence[tuple[Shot, Verdict, datetime]]) -> datetime | None:
    """When the whole area was validated, or None."""
    share = Decimal(0)
    for image in sorted(taken, key=lambda one: one[2]):
        share += _share(order, image)
        if share >= 1:
            return image[2]
    return None


def _stage(order: Placed, now: datetime, done_at: datetime | None) -> Stage:
    if done_at is not None or order.stopped_at is not None or now >= order.end + ASSESSED:
        return Stage.COMPLETED
    if order.pause is not None and order.pause[0] <= now < order.pause[1]:
        return Stage.PAUSED
    return Stage.PROGRESS
