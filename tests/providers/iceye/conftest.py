"""What the tests of the ICEYE adapter share: samples, the time and contract of the price page, and its sandbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from shapely import Point

from tasking_hub import HttpResponse, Radar, Secret, TaskRequest, Window
from tasking_hub.messages import load_json
from tasking_hub.sandbox import Constellation, Ephemeris
from tasking_hub.testing.stage import Stage
from tasking_hub_iceye import ApiVersion, IceyeOptions, IceyeProvider, IceyeSettings
from tasking_hub_iceye.translate.account import read_contracts
from tasking_hub_iceye.translate.plan import make_plan
from tasking_hub_iceye.wire import Contract

WIRE = Path(__file__).parent / "wire"
NOW = datetime(2024, 4, 30, 9, tzinfo=UTC)
"""The morning before the price page's window opens."""


@pytest.fixture(scope="session")
def body() -> Callable[[str], bytes]:
    """Reads a wire sample as bytes."""
    return lambda name: (WIRE / f"{name}.json").read_bytes()


@pytest.fixture(scope="session")
def sample(body) -> Callable[[str], Any]:
    """Reads a wire sample as JSON."""
    return lambda name: load_json(body(name))


@pytest.fixture(scope="session")
def answer(body) -> Callable[..., HttpResponse]:
    """Reads a wire sample as an answer."""
    return lambda name, status=200: HttpResponse(status=status, body=body(name))


@pytest.fixture(scope="session")
def contract(answer) -> Contract:
    """The contract of the company pages."""
    (only,) = read_contracts(answer("list-contracts.v2")).data
    return only


@pytest.fixture
def settings() -> IceyeSettings:
    """A static key on v1, as the price page shows."""
    return IceyeSettings(api_key=Secret("a-made-up-key"), requests_per_second=1000)


@pytest.fixture
def settings_v2(settings) -> IceyeSettings:
    """The same on v2."""
    return evolve(settings, api_version=ApiVersion.V2)


def task_request(options: IceyeOptions | None = None, **wanted: Any) -> TaskRequest:
    """A request for the place and time of the price page, for a radar image without further requirements."""
    return TaskRequest(
        **{
            "area": Point(35, 32),
            "window": Window(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 5, 0, 1, tzinfo=UTC)),
            "optical": None,
            "radar": Radar(),
            "reference": "Customer reference",
            "options": {"iceye": options} if options else {},
            **wanted,
        }
    )


@pytest.fixture(scope="session")
def ask() -> Callable[..., TaskRequest]:
    """Makes requests."""
    return task_request


@pytest.fixture(scope="session")
def plan_for(contract) -> Callable[..., Any]:
    """Plans a request under the contract of the company pages, at `NOW`, on v1."""

    def make(request, *, version=ApiVersion.V1, now=NOW, **changes):
        options = request.options_for("iceye", IceyeOptions)
        return make_plan(request, options, evolve(contract, **changes), version, now)

    return make


@pytest.fixture(scope="session")
def ephemeris() -> Ephemeris:
    """The project's own constellation."""
    return Ephemeris(Constellation.nominal())


@pytest.fixture
def stage(ephemeris) -> Stage:
    """The adapter in front of its sandbox."""
    return Stage.build(IceyeProvider, ephemeris)
