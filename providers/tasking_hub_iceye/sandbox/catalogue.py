"""What the played ICEYE sells and to whom: customers, contracts, regions and prices. Static data, all of it made up.

One price is ICEYE's own: a dwell at 32 N 35 E, public, commercial, within 8 h, costs 529199 US cents (the v1 "Get task
price" page, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from attrs import field, frozen

BASE_CENTS: Mapping[str, int] = {
    "STRIPMAP": 211_680,
    "SPOTLIGHT": 264_600,
    "SPOTLIGHT_EXTENDED_AREA": 370_440,
    "SPOTLIGHT_FINE": 423_360,
    "SPOTLIGHT_FINE_1L": 317_520,
    "SPOTLIGHT_FINE_2L": 370_440,
    "SCAN": 317_520,
    "SCAN_WIDE": 476_280,
    "SPOTLIGHT_EXTENDED_DWELL": 529_199,
    "SPOTLIGHT_EXTENDED_DWELL_FINE": 635_040,
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": 793_800,
    "SPOTLIGHT_HIGH": 291_060,
}
"""US cents for a public, commercial image within 8 h in a region of the first price class."""

FACTORS: Mapping[str, Decimal] = {
    "PUBLIC": Decimal("1.00"),
    "PRIVATE": Decimal("1.50"),
    "COMMERCIAL": Decimal("1.00"),
    "BACKGROUND": Decimal("0.60"),
    "SLA_3H": Decimal("1.25"),
    "SLA_8H": Decimal("1.00"),
    "SLA_24H": Decimal("0.90"),
    "MIDDLE_EAST": Decimal("1.00"),
    "EUROPE": Decimal("1.00"),
    "AMERICAS": Decimal("1.00"),
    "AFRICA": Decimal("0.95"),
    "ASIA": Decimal("1.05"),
    "OCEANIA": Decimal("1.10"),
    "SEA": Decimal("0.85"),
    "POLAR": Decimal("1.30"),
}

_REGIONS: tuple[tuple[str, tuple[float, float, float, float]], ...] = (
    # West, south, east, north; the first that holds the point.
    ("POLAR", (-180, 75, 180, 90)),
    ("POLAR", (-180, -90, 180, -60)),
    ("MIDDLE_EAST", (25, 12, 63, 42)),
    ("EUROPE", (-25, 35, 45, 75)),
    ("AFRICA", (-20, -36, 52, 38)),
    ("OCEANIA", (95, -50, 180, -10)),
    ("ASIA", (45, -10, 180, 75)),
    ("AMERICAS", (-170, -56, -30, 75)),
)

EVERYWHERE = frozenset({"MIDDLE_EAST", "EUROPE", "AMERICAS", "AFRICA", "ASIA", "OCEANIA", "SEA"})
"""All regions but the polar one."""


def region_of(lon: float, lat: float) -> str:
    """The region of a place; what no box holds is the sea."""
    inside = (name for name, (west, south, east, north) in _REGIONS if west <= lon <= east and south <= lat <= north)
    return next(inside, "SEA")


@frozen(kw_only=True)
class PricingPlan:
    """What a contract's prices are.

    Attributes:
        currency: of the prices.
        minor_per_cent: minor units of the currency for one US cent.
        spend_limit: in minor units, or None for no limit.
        spent: in minor units.
        on_hold: in minor units.
        regions: where tasks are allowed.
        not_sold: pairs of mode and exclusivity that are each allowed, but not together.
    """

    currency: str
    minor_per_cent: Decimal = Decimal(1)
    spend_limit: int | None = None
    spent: int = 0
    on_hold: int = 0
    regions: frozenset[str] = EVERYWHERE
    not_sold: frozenset[tuple[str, str]] = frozenset()

    @property
    def left(self) -> int | None:
        """What can still be spent, in minor units, or None without a limit."""
        return None if self.spend_limit is None else self.spend_limit - self.spent - self.on_hold

    def price(self, mode: str, region: str, *terms: str) -> int | None:
        """The price in whole minor units, rounded half to even, or None for what the plan does not hold."""
        if mode not in BASE_CENTS or region not in self.regions or any((mode, term) in self.not_sold for term in terms):
            return None
        price = BASE_CENTS[mode] * self.minor_per_cent
        for word in (region, *terms):
            price *= FACTORS[word]
        return int(price.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@frozen(kw_only=True)
class SandboxContract:
    """One contract; the first value of each list is its default.

    Attributes:
        id: as ICEYE numbers contracts.
        name: for people.
        modes: imaging modes, without a default.
        end: tasks may be submitted until then.
        plan: its prices, or None where it has no pricing plan.
    """

    id: str
    name: str
    modes: tuple[str, ...] = tuple(BASE_CENTS)
    priority: tuple[str, ...] = ("COMMERCIAL", "BACKGROUND")
    exclusivity: tuple[str, ...] = ("PUBLIC", "PRIVATE")
    sla: tuple[str, ...] = ("SLA_8H", "SLA_3H", "SLA_24H")
    eula: tuple[str, ...] = ("STANDARD", "GOVERNMENT")
    end: str = "2099-01-01T00:00:00Z"
    plan: PricingPlan | None = None

    def allows(self, **values: str) -> bool:
        """Whether each value is in the contract's list for it."""
        return all(value in getattr(self, name) for name, value in values.items())

    def resource(self) -> dict[str, Any]:
        """The JSON of get-contract."""
        choices = {
            name: {"allowed": list(getattr(self, name)), "default": getattr(self, name)[0]}
            for name in ("priority", "exclusivity", "eula", "sla")
        }
        return {
            "id": self.id,
            "name": self.name,
            "start": "2019-08-24T14:15:22Z",
            "end": self.end,
            "imagingModes": {"allowed": list(self.modes)},
            **choices,
            "catalog_collections": {"allowed": ["public"], "default": "public"},
        }

    def summary(self, plan: PricingPlan) -> dict[str, Any]:
        """The JSON of get-summary, with the plan's money as it stands."""
        limit = {} if plan.spend_limit is None else {"spendLimit": plan.spend_limit}
        money = {"consolidatedSpent": plan.spent, "currency": plan.currency, "onHold": plan.on_hold}
        return {"contractID": self.id, **money, **limit}


@frozen(kw_only=True)
class Customer:
    """Who may ask: by client credentials, by a static key, or by both."""

    client_id: str
    client_secret: str
    api_key: str
    contracts: tuple[SandboxContract, ...] = field(repr=False)

    def contract(self, contract_id: str) -> SandboxContract | None:
        """This customer's contract of that id, or None."""
        return next((contract for contract in self.contracts if contract.id == contract_id), None)


# --- The customers -----------------------------------------------------------------------------------

MAIN = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000001",
    name="Commercial tasking",
    plan=PricingPlan(
        currency="USD",
        spend_limit=5_000_000_000,
        spent=900_000,
        on_hold=1_000_000,
        not_sold=frozenset({("SCAN_WIDE", "PRIVATE")}),
    ),
)
UNPRICED = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000002",
    name="Background, no pricing plan",
    modes=("SPOTLIGHT", "STRIPMAP", "SCAN"),
    priority=("BACKGROUND",),
    exclusivity=("PUBLIC",),
    sla=("SLA_24H",),
    eula=("STANDARD",),
)
EXPIRED = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000003",
    name="Expired pilot",
    end="2020-01-01T00:00:00Z",
    plan=PricingPlan(currency="USD", spend_limit=500_000, spent=500_000),
)
YEN = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000004",
    name="Yen",
    plan=PricingPlan(currency="JPY", minor_per_cent=Decimal("1.5")),
)
DINAR = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000005",
    name="Dinar",
    plan=PricingPlan(currency="KWD", minor_per_cent=Decimal("3.07"), spend_limit=50_000_000),
)
SPENT = SandboxContract(
    id="1ce1e000-0000-4000-8000-000000000006",
    name="Nearly spent",
    plan=PricingPlan(currency="EUR", minor_per_cent=Decimal("0.92"), spend_limit=2_000_000, spent=1_990_000),
)

CUSTOMER = Customer(
    client_id="sandbox-iceye-client",
    client_secret="sandbox-iceye-secret",  # noqa: S106 - opens nothing but this sandbox
    api_key="c2FuZGJveC1pY2V5ZS1rZXk=",
    contracts=(MAIN, UNPRICED, EXPIRED),
)
OTHER_CUSTOMER = Customer(
    client_id="sandbox-iceye-other-client",
    client_secret="sandbox-iceye-other-secret",  # noqa: S106 - opens nothing but this sandbox
    api_key="c2FuZGJveC1pY2V5ZS1vdGhlci1rZXk=",
    contracts=(YEN, DINAR, SPENT),
)
CUSTOMERS = (CUSTOMER, OTHER_CUSTOMER)
