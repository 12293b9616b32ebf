"""Samples of Airbus' JSON, and neutral values that lead to them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from shapely import Polygon

from tasking_hub import HttpResponse, Opportunity, Optical, Secret, TaskRequest, Window
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json, load_json
from tasking_hub.sandbox import Constellation, Ephemeris, SandboxRequest, World
from tasking_hub.testing import SandboxTransport, open_provider
from tasking_hub_airbus import AirbusOptions, AirbusProvider, AirbusSettings, translate
from tasking_hub_airbus.sandbox import AirbusSandbox
from tasking_hub_airbus.translate import Endpoint, Inquiry, Step, Target
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, ProductType

BASE = "http://airbus.sandbox.invalid"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
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


class Player:
    """A sandbox, its clock, and a client that may be careless."""

    def __init__(self, ephemeris, *, seed=1, now=NOW, clock=None):
        self.clock = clock or ManualClock(now)
        self.sandbox = AirbusSandbox(World(clock=self.clock, seed=seed, ephemeris=ephemeris))
        self.transport = SandboxTransport(self.sandbox, BASE)
        table = dict(self.sandbox.accounts(BASE)["airbus"])
        del table["provider"]
        self.settings = AirbusSettings(**table | {"api_key": Secret(table["api_key"])})
        self.token = ""
        self.renew()

    def renew(self) -> None:
        """Get a token."""
        _, body = self.ask("POST", "/auth/realms/IDP/protocol/openid-connect/token", form=self.form())
        self.token = body["access_token"]

    def form(self, **changes) -> str:
        """A token request's form."""
        words = {"apikey": "sandbox-airbus-key", "grant_type": "api_key", "client_id": "IDP"} | changes
        return "&".join(f"{key}={value}" for key, value in words.items())

    def ask(self, method, path, body=None, *, form=None, token=None, query=()):
        """Status and body of an answer; None for an empty body."""
        raw = form.encode() if form is not None else b"" if body is None else dump_json(body).encode()
        bearer = self.token if token is None else token
        request = SandboxRequest(
            method=method,
            path=path,
            query=tuple(query),
            headers={"authorization": f"Bearer {bearer}"},
            body=raw,
            base_url=BASE,
        )
        response = self.sandbox.answer(request)
        return response.status, load_json(response.body) if response.body else None

    def provider(self, **changes) -> AirbusProvider:
        """A new adapter in front of the sandbox."""
        return open_provider(AirbusProvider, evolve(self.settings, **changes), self.transport, self.clock)


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
def play(ephemeris) -> Callable[..., Player]:
    """Makes a sandbox at a time and with a seed."""
    return lambda **how: Player(ephemeris, **how)


@pytest.fixture
def player(play) -> Player:
    """A fresh sandbox on a Monday morning."""
    return play()
