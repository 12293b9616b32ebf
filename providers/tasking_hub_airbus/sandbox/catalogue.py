"""What the sandbox's account can order, and what it costs: data after Airbus' guides, the rest the sandbox's own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

API_KEY = "sandbox-airbus-key"
WORKSPACE, NEO_WORKSPACE = "sandbox-workspace", "sandbox-neo-workspace"
LEGACY_CONTRACT, NEO_CONTRACT = "SANDBOX_PREMIUM_Orders", "CTR26000411"


@frozen(kw_only=True)
class Limits:
    """What is accepted without people: km² and km."""

    min_area: Decimal
    max_area: Decimal | None = None
    max_height: Decimal = Decimal("10000.0")
    max_width: Decimal = Decimal("10000.0")


@frozen(kw_only=True)
class Constellation:
    """One mission: its place in the catalogue and in segment ids, what it sees, what it takes."""

    mission: str
    contract: str
    sensor: str
    label: str
    prefix: str
    swath_km: float
    deadline_h: float
    minimum_km2: int
    limits: Limits


# Limits and minimum areas: Airbus' page on automatic acceptance (read 2026-11), with the half km² of tolerance that its
# error messages show ("24.5", "800.5", "7200.5"). Swaths: nominal ones of the missions. Deadlines: about 8 hours and
# 47 minutes before the pass in Airbus' samples.
CONSTELLATIONS: Mapping[str, Constellation] = {
    one.mission: one
    for one in (
        Constellation(
            mission="PLEIADES",
            contract=LEGACY_CONTRACT,
            sensor="pleiades",
            label="Pléiades",
            prefix="PHR",
            swath_km=20.0,
            deadline_h=8.0,
            minimum_km2=100,
            limits=Limits(
                min_area=Decimal("24.5"),
                max_area=Decimal("800.5"),
                max_height=Decimal("40.0"),
                max_width=Decimal("18.9"),
            ),
        ),
        Constellation(
            mission="SPOT",
            contract=LEGACY_CONTRACT,
            sensor="spot",
            label="SPOT",
            prefix="SPOT",
            swath_km=60.0,
            deadline_h=8.0,
            minimum_km2=500,
            limits=Limits(
                min_area=Decimal("99.5"),
                max_area=Decimal("7200.5"),
                max_height=Decimal("120.0"),
                max_width=Decimal("50.0"),
            ),
        ),
        Constellation(
            mission="PLEIADESNEO",
            contract=NEO_CONTRACT,
            sensor="pleiadesneo",
            label="Pléiades Neo",
            prefix="PNEO",
            swath_km=14.0,
            deadline_h=47 / 60,
            minimum_km2=100,
            limits=Limits(
                min_area=Decimal("24.5"),
                max_area=Decimal("400.0"),
                max_height=Decimal("30.0"),
                max_width=Decimal("13.0"),
            ),
        ),
    )
}

PLAN_LIMITS = Limits(min_area=Decimal("5.0"))
"""OnePlan takes nearly any size (Airbus' page on automatic acceptance, read 2026-11)."""


@frozen(kw_only=True)
class Product:
    """A product type and its price.

    Attributes:
        easy: EUR per km², also for programmes without a classification.
        challenging: EUR per km² where feasibility says CHALLENGING.
        discount_percent: of this contract.
    """

    id: str
    mission: str
    programme: str
    easy: Decimal
    challenging: Decimal
    discount_percent: Decimal = Decimal(0)

    @property
    def constellation(self) -> Constellation:
        """Its mission."""
        return CONSTELLATIONS[self.mission]


def _product(
    name: str, mission: str, programme: str, easy: str, challenging: str | None = None, discount: int = 0
) -> Product:
    return Product(
        id=name,
        mission=mission,
        programme=programme,
        easy=Decimal(easy),
        challenging=Decimal(challenging or easy),
        discount_percent=Decimal(discount),
    )


# From the guide's samples (read 2026-11): Pléiades OneDay 7392 EUR for 132 km², OneNow 20790 EUR for 315 km², SPOT
# OnePlan 3450 EUR for 500 km² less 80 %. Every other price is the sandbox's own.
PRODUCTS: Mapping[str, Product] = {
    one.id: one
    for one in (
        _product("PleiadesTaskingOneDay", "PLEIADES", "ONEDAY", "56"),
        _product("PleiadesTaskingOneNow", "PLEIADES", "ONENOW", "66"),
        _product("PleiadesTaskingOnePlan", "PLEIADES", "ONEPLAN", "21", "27"),
        _product("SpotTaskingOneDay", "SPOT", "ONEDAY", "12.5"),
        _product("SpotTaskingOneNow", "SPOT", "ONENOW", "15"),
        _product("SpotTaskingOnePlan", "SPOT", "ONEPLAN", "5.75", "6.9", 80),
        _product("PleiadesNeoOneDay", "PLEIADESNEO", "ONEDAY", "84"),
        _product("PleiadesNeoOneNowAttempts", "PLEIADESNEO", "ONENOWATTEMPTS", "98"),
        _product("PleiadesNeoOneNowWeather", "PLEIADESNEO", "ONENOWWEATHER", "77"),
        _product("PleiadesNeoOnePlan", "PLEIADESNEO", "ONEPLAN", "38", "46"),
    )
}

_TITLES = {
    "ONEDAY": "One Day",
    "ONENOW": "One Now",
    "ONEPLAN": "One Plan",
    "ONENOWATTEMPTS": "One Now Attempts",
    "ONENOWWEATHER": "One Now Weather",
}

CONTRACTS: tuple[Mapping[str, Any], ...] = (
    {
        "contractId": LEGACY_CONTRACT,
        "customerId": "AC0000001",
        "name": "PREMIUM.sandbox",
        "tradeAgreementUrl": "https://www.intelligence-airbusds.com/cgf/",
        "creditRemaining": "150000.0",
        "currency": "EUR",
        "language": "en",
        "contractType": "ONEATLASDATA",
        "backendSource": "legacy",
    },
    {
        "contractId": NEO_CONTRACT,
        "customerId": "AC0000001",
        "name": "Standard-GEO",
        "tradeAgreementUrl": "",
        "creditRemaining": "2.5E5",
        "currency": "EUR",
        "language": "en",
        "delivery": [{"deliveryPlatformId": "PublicMOC", "deliveryWorkspace": NEO_WORKSPACE}],
        "backendSource": "neo",
    },
)

ME: Mapping[str, Any] = {
    "_links": {},
    "id": "sandbox-user",
    "status": "created",
    "roles": ["user"],
    "contract": {
        "_links": {},
        "id": "sandbox-contract",
        "status": "created",
        "offers": ["order.data.gb.product"],
        "companyName": "Sandbox",
        "amountUnit": "EUR",
        "balanceUnit": "EUR",
        "kind": "contract.oneatlas.premium",
        "name": "PREMIUM.sandbox",
        "balance": 15000,
        "workspaceId": WORKSPACE,
    },
}

MARKETS: Mapping[str, str] = {
    "AGRI": "Agriculture",
    "GENIE": "Civil engineering",
    "DEFSEC": "Defence and security",
    "ENV": "Environment",
    "NQUAL": "Not qualified",
}

DELIVERY_TYPES = (
    {"deliveryTypeId": "network", "label": "FTP + My Data"},
    {"deliveryTypeId": "MEDIA", "label": "MEDIA"},
)


def product_type(product: Product) -> dict[str, Any]:
    """A product as `productTypes` shows it."""
    mission = product.constellation
    title = _TITLES[product.programme]
    return {
        "productTypeId": product.id,
        "technicalProduct": {
            "id": product.id,
            "label": f"{mission.label} {title.replace(' ', '')}",
            "source": {"id": "tasking", "label": "One Tasking"},
            "sensor": {"id": mission.sensor, "label": mission.label},
            "target": {"id": product.programme.lower(), "label": title},
            "licences": None,
        },
        "minimumOrderAreaApplied": mission.minimum_km2,
        "descriptionUrl": "https://www.intelligence-airbusds.com/one-tasking/",
    }


def markets() -> dict[str, Any]:
    """The answer of `properties`; one market has a second level, as in the guide."""
    listed: list[dict[str, Any]] = [{"id": key, "label": label} for key, label in MARKETS.items()]
    listed[1]["secondaryMarket"] = [{"id": "GENIE", "label": MARKETS["GENIE"]}]
    return {"properties": [], "markets": listed}
