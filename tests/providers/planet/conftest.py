"""What the tests of the Planet adapter share: the page's samples, and requests that would make them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shapely import Point

from tasking_hub import HttpResponse, Money, Optical, Secret, TaskRequest, Window
from tasking_hub.messages import load_json
from tasking_hub_planet import PlanetOptions, PlanetSettings
from tasking_hub_planet.translate import Inquiry

WIRE = Path(__file__).parent / "wire"
PAGE_TIME = datetime(2024, 7, 24, 9, 26, 41, 228492, tzinfo=UTC)
"""When the page's search was made."""


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """Reads a wire sample as JSON."""
    return lambda name: load_json((WIRE / f"{name}.json").read_bytes())


@pytest.fixture
def answer() -> Callable[[str], HttpResponse]:
    """Reads a wire sample as an answer."""
    return lambda name: HttpResponse(status=200, body=(WIRE / f"{name}.json").read_bytes())


@pytest.fixture
def settings() -> PlanetSettings:
    """The page's contract, with a price of quota."""
    return PlanetSettings(
        api_key=Secret("a-made-up-key"),
        pl_number="<YourPLNumber>",
        quota_price=Money(Decimal("4.20"), "USD"),
    )


@pytest.fixture
def inquire(settings) -> Callable[..., Inquiry]:
    """Makes an inquiry at the page's time, for its place in Australia and all of the next ten days."""

    def make(*, asked_at=PAGE_TIME, options=None, account_settings=None, **request) -> Inquiry:
        wanted = {
            "area": Point(133.406128, -25.837374),
            "window": Window(PAGE_TIME, PAGE_TIME + timedelta(days=10)),
            "optical": Optical(),
            "reference": "ref-1",
        } | request
        return Inquiry(
            account="planet-eu",
            settings=account_settings or settings,
            request=TaskRequest(**wanted),
            options=options or PlanetOptions(),
            asked_at=asked_at,
        )

    return make
