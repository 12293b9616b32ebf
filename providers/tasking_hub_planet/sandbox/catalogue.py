"""The sandbox's one contract: keys, products, limits and tariff. Static data.

Planet publishes no tariff. What is not marked with a source is the sandbox's own assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

API_KEY = "sandbox-planet-key"
"""A key that may task."""

UNTASKED_KEY = "sandbox-planet-key-without-tasking"
"""A good key without the right: free accounts cannot task (docs.planet.com, Tasking API mechanics, read 2026-11)."""

PL_NUMBER = "PL-000042"
PRODUCT = "Assured Tasking"
FLEXIBLE_PRODUCT = "Flexible Tasking"
"""The product's name in Planet's dashboard (docs.planet.com, creating tasking orders, read 2026-11)."""

ACCOUNT: Mapping[str, Any] = {
    "provider": "planet",
    "api_key": API_KEY,
    "pl_number": PL_NUMBER,
    "product": PRODUCT,
    "quota_price": {"amount": "4.20", "currency": "USD"},
    "requests_per_second": 1000.0,
}

FAMILIES = ("SKYSAT", "PELICAN")
ELEVATION_MIN, ELEVATION_MAX = 58.0, 90.0
OFF_NADIR_MIN, OFF_NADIR_MAX = 0.0, 30.0
"""Limits in the page's example answer (developers.planet.com/docs/tasking/examples/assured, page of 2024-10-24)."""

HORIZON = timedelta(days=7)
EXPRESS_BEFORE = timedelta(hours=12)
FORECAST_REACH = timedelta(days=5)
SHORTEST_PASS = timedelta(seconds=10)
LOW_LIGHT_BELOW_DEG = 10.0
REPLACING_SHARE = 0.3

GSD_M: Mapping[str, float] = {"SKYSAT": 0.85, "PELICAN": 0.5}
"""Straight down from 475 km; SkySat's makes the page's 0.9 and 1.1 m of its two windows."""
GSD_HEIGHT_KM = 475.0

TIER_MULTIPLIERS: Mapping[str, Decimal] = {"STANDARD": Decimal("1.0"), "EXPRESS": Decimal("1.5")}
"""From the same page."""

UNIT = "SQKM"
BILLED_SQKM = Decimal(25)
"""Smaller orders are charged as 25 square kilometres (docs.planet.com, creating tasking orders, read 2026-11)."""

POINT_SIZE_KM = 5.0
LINE_WIDTH_KM = 5.0
"""What is taken around a point and along a line (the same page)."""

FLEXIBLE_SPAN = timedelta(days=14)
"""How long an order without an end goes on."""

EXCLUSIVITY_FACTORS: Mapping[str, Decimal] = {"0": Decimal(1), "7": Decimal("1.5"), "30": Decimal(2)}
