"""Orders as they are placed and kept, and what is done to them from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from shapely import Polygon

from tasking_hub import geometry
from tasking_hub.sandbox import Pass, World, cloud_cover_percent, footprint
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, Constellation
from tasking_hub_airbus.sandbox.errors import bad_request
from tasking_hub_airbus.sandbox.life import Life, Placed, Shot, Stage, Verdict, live
from tasking_hub_airbus.sandbox.pricing import ATTEMPTED, Priced, read_items
from tasking_hub_airbus.sandbox.reading import an_object

_APART = timedelta(hours=36)
"""The sandbox's own: a plan tries no more often."""

_SUN_MIN_DEG = 10.0
_MISSED_SHARE = 0.1
"""The sandbox's own: how many OneDay attempts come to nothing."""

_PAUSED_SHARE = 0.3
"""The sandbox's own: how many plans rest for a tenth of their window."""

_STOPPABLE = frozenset({"ONENOW", "ONENOWATTEMPTS", "ONENOWWEATHER"})


class Orders:
    """Everything that was ordered in this sandbox, by number.

    Args:
        world: clock, seed and orbits.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._placed: dict[int, Placed] = {}

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self._world.clock.now()

    def all(self, contract: str) -> Iterator[tuple[Placed, Life]]:
        """A contract's orders as they stand now, the oldest first."""
        return ((order, live(order, self.now)) for order in self._placed.values() if order.contract == contract)

    def place(self, value: Any, contracts: Sequence[str], secret: bytes, *, quoted: bool) -> list[Placed]:
        """Take an order of one item or more, or 400."""
        body = an_object(value, "A body")
        items = read_items(body, contracts, self.now, secret)
        contract = str(body["contractId"])
        _check(body, items, contract, quoted=quoted)
        placed = [self._new(body, item, contract, quoted=quoted) for item in items]
        self._placed |= {order.number: order for order in placed}
        return placed

    def _new(self, body: Mapping[str, Any], item: Priced, contract: str, *, quoted: bool) -> Placed:
        number = len(self._placed) + 1
        return Placed(
            number=number,
            contract=contract,
            reference=str(body["customerReference"]),
            item=item,
            placed_at=self.now,
            shots=tuple(self._shots(number, item)),
            pause=self._pause(number, item),
            quoted=quoted,
        )

    # --- What will happen ----------------------------------------------------------------------------

    def _shots(self, number: int, item: Priced) -> Iterator[Shot]:
        if item.product.programme == "ONEDAY" and self._world.rng("missed", number).random() < _MISSED_SHARE:
            return
        mission, centre = item.product.constellation, item.area.centroid
        for index, one in enumerate(self._passes(item), start=1):
            clouds = cloud_cover_percent(self._world.seed, centre.x, centre.y, one.closest)
            yield Shot(
                number=index,
                at=one.closest,
                satellite=one.satellite,
                incidence_deg=round(one.incidence_deg, 4),
                cloud_percent=round(clouds, 4),
                footprint=_scene(one, item.area, mission),
            )

    def _passes(self, item: Priced) -> Iterator[Pass]:
        """The passes of the attempts that were ordered, or those of a plan, not too close to each other."""
        margin = timedelta(minutes=1)
        last: datetime | None = None
        planned = item.product.programme not in ATTEMPTED
        for start, end in item.periods:
            for one in self._over(item, start - margin * (not planned), end + margin * (not planned)):
                if planned and (
                    one.sun_elevation_deg < _SUN_MIN_DEG or (last is not None and one.closest - last < _APART)
                ):
                    continue
                last = one.closest
                yield one

    def _over(self, item: Priced, start: datetime, end: datetime) -> list[Pass]:
        centre = item.area.centroid
        asked = item.properties.get("maxIncidenceAngle")
        most = min(float(asked), 60.0) if isinstance(asked, int | Decimal) and asked > 0 else 60.0
        return self._world.ephemeris.passes(
            [item.product.mission], centre.x, centre.y, start, end, max_incidence_deg=most
        )

    def _pause(self, number: int, item: Priced) -> tuple[datetime, datetime] | None:
        if item.product.programme != "ONEPLAN" or self._world.rng("pause", number).random() >= _PAUSED_SHARE:
            return None
        start, end = item.periods[0]
        return start + (end - start) * 0.05, start + (end - start) * 0.15

    # --- What is done to them ------------------------------------------------------------------------

    def answer(self, order: Placed, shot: int, *, accept: bool) -> None:
        """Accept or refuse a proposed image, or 400 (Assumption: no error is documented)."""
        found = {image.number: verdict for image, verdict, _ in live(order, self.now).images}
        if found.get(shot) is not Verdict.PROPOSED or live(order, self.now).stage is Stage.CANCELLED:
            message = "The acquisition is not proposed"
            raise bad_request(message)
        self._keep(evolve(order, answers={**order.answers, shot: (accept, self.now)}))

    def cancel(self, order: Placed) -> None:
        """Cancel until 12 hours before the start, or 400 (Assumption: no error is documented)."""
        if live(order, self.now).stage in {Stage.COMPLETED, Stage.CANCELLED} or self.now >= order.last_cancellation:
            message = "The tasking can no longer be cancelled"
            raise bad_request(message)
        self._keep(evolve(order, cancelled_at=self.now))

    def stop(self, order: Placed) -> None:
        """Stop a OneNow after that moment, or 400 (Assumption: no error is documented)."""
        ended = live(order, self.now).stage in {Stage.COMPLETED, Stage.CANCELLED}
        if ended or order.programme not in _STOPPABLE or self.now < order.last_cancellation:
            message = "The tasking cannot be stopped"
            raise bad_request(message)
        self._keep(evolve(order, stopped_at=self.now))

    def decide(self, order: Placed, *, accept: bool) -> None:
        """Accept or refuse a quotation that was sent, or 400 (Assumption: no error is documented)."""
        if live(order, self.now).stage is not Stage.QUOTED:
            message = "The quotation is not waiting for an answer"
            raise bad_request(message)
        self._keep(evolve(order, accepted_at=self.now) if accept else evolve(order, refused_at=self.now))

    def _keep(self, order: Placed) -> None:
        self._placed[order.number] = order


def _check(body: Mapping[str, Any], items: Sequence[Priced], contract: str, *, quoted: bool) -> None:
    """What an order needs beyond a price."""
    legacy, studied = contract == LEGACY_CONTRACT, any(item.studied for item in items)
    complaints = (
        (not body.get("primaryMarket"), "'primaryMarket' is mandatory"),
        (quoted and legacy, "Quotations are available for Pléiades Neo only"),
        (studied and not legacy and not quoted, "A manual feasibility study needs a quotation"),
    )
    for wrong, message in complaints:
        if wrong:
            raise bad_request(message)


def _scene(one: Pass, area: Polygon, mission: Constellation) -> Polygon:
    """What one image shows: the swath, as long as the area, around its middle."""
    centre, extent = area.centroid, geometry.extent_km(area)
    return footprint(one, centre.x, centre.y, max(mission.swath_km, 1.0), extent.height_km + 2)


def whole_amount(placed: Sequence[Placed]) -> Decimal:
    """What the orders cost together; nothing while people study one of them."""
    return (
        Decimal(0)
        if any(order.item.studied for order in placed)
        else sum((order.item.amount for order in placed), Decimal(0))
    )
