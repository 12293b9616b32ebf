"""The servers themselves: each notices the mistakes that it is there for, so that silence means something."""

import json
from datetime import UTC, datetime

import aiohttp
import pytest
from independent.server_airbus import AirbusServer
from independent.server_iceye import CONTRACT_ID, IceyeServer
from independent.server_planet import SEARCH, PlanetServer
from independent.strict import position

from tasking_hub.clock import ManualClock

NOON = datetime(2024, 4, 29, 12, tzinfo=UTC)
RING = [[[1.0, 43.0], [1.0, 44.0], [2.0, 44.0], [1.0, 43.0]]]
ATTEMPTS = {
    "acquisitionDate": {"startDate": "2021-05-30T00:00:00.000Z", "endDate": None},
    "contractId": "UNIVERSITY OF X_Orders",
    "missions": ["PLEIADES"],
    "optical": {"acquisitionMode": "MONO", "maxCloudCover": 25, "maxIncidenceAngle": 30},
    "progTypeNames": ["ONEDAY"],
    "aoi": {"type": "Polygon", "coordinates": RING},
}
SEARCHED = {
    "geometry": {"type": "Point", "coordinates": [13.35, 52.51]},
    "pl_number": "PL-123",
    "product": "Assured Tasking",
}
PRICE = (
    f"contractID={CONTRACT_ID}&pointOfInterest%5Blat%5D=32&pointOfInterest[lon]=35&imagingMode=SPOTLIGHT&"
    "exclusivity=PUBLIC&priority=COMMERCIAL&sla=SLA_8H&eula=STANDARD"
)


async def complaints(server, method, path, *, host=0, headers, body=None):
    """What the server writes down about one request."""
    data = json.dumps(body) if isinstance(body, dict) else body
    kind = {"Content-Type": "application/json"} if data else {}
    async with server.listening() as urls, aiohttp.ClientSession(headers=kind | headers) as session:
        response = await session.request(method, f"{urls[host]}{path}", data=data, allow_redirects=False)
        await response.read()
    return " ".join(server.ledger.violations)


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        ({}, ""),
        ({"missions": "PLEIADES"}, "a list expected"),
        ({"missions": ["PLEIADESNEO"]}, "is none of"),
        ({"progTypeNames": ["ONEPLAN"]}, "is none of"),
        ({"aoi": [{"id": 1, "geometry": ATTEMPTS["aoi"]}]}, "a bare GeoJSON Polygon"),
        ({"aoi": {"type": "Polygon", "coordinates": [RING[0][:-1]]}}, "3 positions"),
        ({"aoi": {"type": "Polygon", "coordinates": [[*RING[0][:-1], [1.0, 43.5]]]}}, "not closed"),
        ({"aoi": {"type": "Polygon", "coordinates": [[[*one, 0.0] for one in RING[0]]]}}, "two numbers"),
        ({"acquisitionDate": {"startDate": "2021-05-30T00:00:00Z", "endDate": None}}, "milliseconds"),
        ({"optical": ATTEMPTS["optical"] | {"maxCloudCover": "25"}}, "a number expected"),
        ({"optical": ATTEMPTS["optical"] | {"maxCloud": 25}}, "unknown key"),
        ({"contractId": "Other"}, "expected"),
    ],
)
async def test_the_airbus_server_notices(change, noticed):
    """A body of attempts with one mistake is written down with its place; one without is not."""
    server = AirbusServer(ManualClock(NOON))
    server.valid.add("T")
    headers = {"Authorization": "Bearer T"}
    said = await complaints(server, "POST", "/api/v1/attempts", host=1, headers=headers, body=ATTEMPTS | change)
    assert (noticed in said, said == "") == (True, noticed == "")


@pytest.mark.parametrize(
    ("method", "path", "authorization", "body", "noticed"),
    [
        ("POST", SEARCH, "api-key a-planet-key", SEARCHED, ""),
        ("POST", SEARCH[:-1], "api-key a-planet-key", SEARCHED, "no slash"),
        ("POST", SEARCH, "Bearer a-planet-key", SEARCHED, "api-key"),
        ("POST", SEARCH, "api-key a-planet-key", SEARCHED | {"satellite_elevation_angle_min": 60}, "unknown key"),
        ("POST", SEARCH, "api-key a-planet-key", SEARCHED | {"end_time": "2024-05-29T12:00:00Z"}, "7 days"),
        ("GET", f"{SEARCH}nobody/", "api-key a-planet-key", None, "unknown search"),
        ("GET", f"{SEARCH}nobody/", "api-key a-planet-key", "{}", "a GET with a body"),
    ],
)
async def test_the_planet_server_notices(method, path, authorization, body, noticed):
    """A missing slash, another scheme, an old field, a window too far ahead and a body of a GET are written down."""
    said = await complaints(
        PlanetServer(ManualClock(NOON)), method, path, headers={"Authorization": authorization}, body=body
    )
    assert (noticed in said, said == "") == (True, noticed == "")


@pytest.mark.parametrize(
    ("query", "accept", "noticed"),
    [
        (PRICE, "application/json, application/problem+json", ""),
        (PRICE, "*/*", "Accept"),
        (PRICE.replace("=32", "=32,"), "application/json, application/problem+json", "lat"),
        (PRICE.replace("=35", "=3.5e1"), "application/json, application/problem+json", "lon"),
        (PRICE.replace("%5B", "%255B"), "application/json, application/problem+json", "parameters"),
        (f"{PRICE}&lookSide=ANY", "application/json, application/problem+json", "lookSide"),
        (f"{PRICE}&sla=SLA_8H", "application/json, application/problem+json", "twice"),
        (PRICE.replace("&eula=STANDARD", ""), "application/json, application/problem+json", "eula"),
    ],
)
async def test_the_iceye_server_notices(query, accept, noticed):
    """A price question with one parameter too many, too few or badly written is written down."""
    server = IceyeServer(ManualClock(NOON), version="v2", static="KEY")
    headers = {"Authorization": "Basic KEY", "Accept": accept}
    said = await complaints(server, "GET", f"/api/tasking/v2/price?{query}", headers=headers)
    assert (noticed in said, said == "") == (True, noticed == "")


def test_latitude_first_is_noticed_where_it_can_be():
    """A position whose second number cannot be a latitude is refused."""
    assert position([43.6, 101.4]) == "[43.6, 101.4] is not longitude, latitude"
