"""Samples of Airbus' JSON, and neutral values that lead to them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shapely import Polygon

from tasking_hub import HttpResponse, Opportunity, Optical, Secret, TaskRequest, Window
from tasking_hub.sandbox import Constellation, Ephemeris
from tasking_hub.testing import FakeTransport
from tasking_hub_airbus import AirbusOptions, AirbusSettings, translate
from tasking_hub_airbus.translate import Endpoint, Inquiry, Step, Target
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, ProductType

WIRE = Path(__file__).parent / "wire"

TOULOUSE = Polygon(
    [
        (1.3763809204101562, 43.545313140623726),
        (1.5095901489257812, 43.545313140623726),
        (1.5095901489257812, 43.656198305413156),
        (1.3763809204101562, 43.656198305413156),
    ]
)
START = datetime(2021, 5, 28, tzinfo=UTC)


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """Reads a sample."""
    return lambda name: json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def answer() -> Callable[..., HttpResponse]:
    """Makes an answer out of a sample or of any JSON value."""

    def make(body: Any, status: int = 200) -> HttpResponse:
        text = (WIRE / f"{body}.json").read_text(encoding="utf-8") if isinstance(body, str) else json.dumps(body)
        return HttpResponse(status=status, body=text.encode(), method="POST", url="https://airbus.invalid/x")

    return make


@pytest.fixture
def settings() -> AirbusSettings:
    """An account with the contract and workspace of the guides' samples."""
    return AirbusSettings(api_key=Secret("made-up-key"), contract_id="<CisContractId>", workspace_id="<workspaceId>")


@pytest.fixture
def inquire() -> Callable[..., Inquiry]:
    """Makes an inquiry about Toulouse, ten days long by default, asked when its window begins."""

    def make(
        *,
        area: Polygon = TOULOUSE,
        start: datetime = START,
        end: datetime | None = None,
        now: datetime | None = None,
        optical: Optical | None = None,
        options: AirbusOptions | None = None,
        **wishes: Any,
    ) -> Inquiry:
        request = TaskRequest(
            area=area,
            window=Window(start, end or start + timedelta(days=10)),
            optical=optical or Optical(),
            options={"airbus": options or AirbusOptions()},
            **wishes,
        )
        return Inquiry.of("airbus", request, now or start)

    return make


@pytest.fixture
def product() -> Callable[..., Target]:
    """Makes a product of the guides' contract, or of a neo one where it is a Pléiades Neo product."""

    def make(name: str, minimum_km2: int | None = 100) -> Target:
        backend = "neo" if name.startswith("PleiadesNeo") else "legacy"
        contract = {"contractId": "<CisContractId>", "backendSource": backend}
        info = CONVERTER.structure(contract, ContractInfo)
        kind = {"productTypeId": name, "minimumOrderAreaApplied": minimum_km2}
        target = Target.of(info, CONVERTER.structure(kind, ProductType))
        assert target is not None
        return target

    return make


@pytest.fixture
def attempt(answer) -> Callable[..., Opportunity]:
    """Makes the guide's attempt an opportunity of any product, with any key and further members."""

    def make(inquiry: Inquiry, target: Target, segment_key: str = "key", **members: Any) -> Opportunity:
        segment = {
            "id": "PHR1",
            "orderDeadline": "2021-05-31T02:55:00.099Z",
            "extendedAngle": False,
            "acquisitionStartDate": "2021-05-31T11:10:44.099Z",
            "acquisitionEndDate": "2021-05-31T11:10:45.552Z",
            "incidenceAngle": 26.3,
            "segmentKey": segment_key,
            **members,
        }
        programme = {"name": target.programme.value, "segments": [segment], "available": True}
        found = translate.read_search(
            inquiry,
            Step(endpoint=Endpoint.ATTEMPTS, targets=(target,)),
            answer({"progCapacities": [{"mission": target.mission.value, "progTypes": [programme]}]}),
        )
        assert [type(item) for item in found] == [Opportunity], found
        return found[0]

    return make


@pytest.fixture(scope="session")
def ephemeris() -> Ephemeris:
    """The nominal satellites, whose tracks all tests share."""
    return Ephemeris(Constellation.nominal())


@pytest.fixture
def silent() -> FakeTransport:
    """A transport that nothing may be sent through."""

    def refuse(request):
        return AssertionError(f"{request.method} {request.url} was sent")

    return FakeTransport(refuse)
