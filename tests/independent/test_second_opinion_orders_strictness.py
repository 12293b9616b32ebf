"""The ordering servers themselves: each notices the mistakes that it is there for, so that silence means something."""

import copy
from datetime import timedelta

import pytest
from independent.buying import QuietClock, desk
from independent.orders_airbus import AirbusOrders
from independent.orders_airbus_body import check_order
from independent.orders_airbus_neo import ORDER_FIELDS, SAMPLE, NeoOrders
from independent.orders_iceye import IceyeOrders
from independent.orders_planet import ROOT, PlanetOrders
from independent.orders_planet_bulk import BulkOrders
from independent.server_iceye import CONTRACT_ID
from independent.server_planet import FIRST
from independent.test_second_opinion_orders_airbus import WAYS, buy, may, neo
from independent.test_second_opinion_strictness import NOON, complaints

SECONDS = "%Y-%m-%dT%H:%M:%SZ"
CONTRACT = "/api/v1/contracts/UNIVERSITY%20OF%20X_Orders/taskings"


def changed(body, path, value):
    """A copy of a body in which one member is another, or gone where the value is `...`."""
    body = copy.deepcopy(body)
    *names, last = path
    inner = body
    for name in names:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return body


ITEM = ("items", 0)
WISHES = ("optionsPerProductType", 0, "options", 0)
BAD_ORDERS = [
    (may, ("customerReference",), "", "a text expected"),
    (may, ("contractId",), "Other", "expected"),
    (may, ("primaryMarket",), ..., "'primaryMarket' is missing"),
    (may, ("delivery",), {"type": "network"}, "'workspace' is missing"),
    (may, (*ITEM, "segmentKey"), "ea60", "not the attempt's"),
    (may, (*ITEM, "aoiId"), 2, "aoiId 2"),
    (may, (*ITEM, "properties", 0, "value"), 1, "bool expected"),
    (may, (*WISHES, "value"), "other", "is not that of the price"),
    (may, ("notifications",), [], "Pléiades Neo's"),
    (may, (*ITEM, "notifications"), [{"channels": []}], "'filter' is missing"),
    (may, ("aoi", 0, "geometry", "coordinates", 0, 0), [1.0, 43.0, 0.0], "two numbers"),
    (may, ("anything",), None, "unknown key"),
    (neo, ("endUsers",), ..., "no end user"),
    (neo, ("delivery",), {"type": "network", "workspace": "ws-1"}, "unknown key 'workspace'"),
    (neo, ("notifications",), [{"channels": [], "filter": []}], "an object expected"),
]


@pytest.mark.parametrize(("where", "what", "account"), WAYS)
async def test_the_airbus_server_notices_a_bad_order(where, what, account, tmp_path):
    """An order that was fine is written down with its mistake once one member of it is changed."""
    server = where()
    async with desk(server, tmp_path, **account) as opened:
        await buy(opened, what())
    bad = [(path, value, noticed) for each, path, value, noticed in BAD_ORDERS if each is where]
    for path, value, noticed in bad:
        server.ledger.violations.clear()
        check_order(server, changed(server.orders[0], path, value))
        assert noticed in " ".join(server.ledger.violations), path
    assert len(bad) >= 3


@pytest.mark.parametrize(
    ("method", "path", "body", "noticed"),
    [
        ("GET", f"{CONTRACT}?customerRef=x&count=100&startPage=1", None, ""),
        ("GET", f"{CONTRACT}?customerReference=x", None, "filter customerReference"),
        ("GET", f"{CONTRACT}?status=Cancelled", None, "filter status"),
        ("GET", f"{CONTRACT}?startPage=0", None, "filter startPage"),
        ("GET", f"{CONTRACT}?count=1&count=2", None, "count twice"),
        ("GET", f"{CONTRACT}ICR_FC_1", None, "not documented"),
        ("PUT", f"{CONTRACT}/ICR_FC_1/cancel", {}, "not documented"),
        ("POST", "/api/v1/orders?x=1", {"items": []}, "a query"),
        ("POST", "/api/v1/orders/", {}, "not documented"),
        ("POST", "/api/v1/quotations", {}, "not documented"),
    ],
)
async def test_the_airbus_server_notices_a_bad_address(method, path, body, noticed):
    """Filters, pages and paths that no document names are written down; the documented ones are not."""
    server = AirbusOrders(QuietClock(NOON))
    server.valid.add("T")
    said = await complaints(server, method, path, host=1, headers={"Authorization": "Bearer T"}, body=body)
    assert (noticed in said, said == "") == (True, noticed == "")


@pytest.mark.parametrize(
    ("q", "found", "noticed"),
    [
        ("(customerReference:*ref*) AND (contractId:CTR21000411)", True, ""),
        ("(customerReference:ref)", False, ""),
        ("(contractId:CTR21000411) AND (status:SENT OR status:IN_PROGRESS)", True, ""),
        ("(cis.quotation:QUO21000243) AND (technicalProduct.source.id:tasking)", True, ""),
        ("(customerReference:a ref)", False, "q "),
        ('(customerReference:"ref")', False, "q "),
        ("(anything:x)", False, "q asks for anything"),
        ("(status:SENT) (status:SENT)", False, "goes on"),
    ],
)
def test_the_language_of_searches_is_that_of_its_examples(q, found, noticed):
    """AND, OR, parentheses and stars are understood; blanks, quotes and fields of no example are written down."""
    server = NeoOrders(QuietClock(NOON))
    one = SAMPLE | {"customerReference": "my ref-1", "status": "IN_PROGRESS"}
    assert server._holds(q, one, ORDER_FIELDS, "search") == found
    said = " ".join(server.ledger.violations)
    assert (noticed in said, said == "") == (True, noticed == "")


ORDER = {"name": "x", "imaging_window": FIRST["id"], "pl_number": "PL-123", "product": "Assured Tasking"}


@pytest.mark.parametrize(
    ("method", "path", "body", "noticed"),
    [
        ("POST", "/orders/", ORDER, ""),
        ("POST", "/orders", ORDER, "not documented"),
        ("POST", "/orders/", ORDER | {"imaging_window": "another"}, "no such window"),
        ("POST", "/orders/", ORDER | {"replace": True}, "unknown key"),
        ("POST", "/orders/", ORDER | {"exclusivity_days": "7"}, "days of exclusivity"),
        ("POST", "/orders/", ORDER | {"geometry": [1, 2]}, "a bare geometry"),
        ("PUT", "/orders/one", {"name": "y", "geometry": {}}, "unknown key 'geometry'"),
        ("PUT", "/orders/one", {}, "nothing to change"),
        ("PATCH", "/orders/one", {"name": "y"}, "not documented"),
        ("DELETE", "/orders/one", {"status": "CANCELLED"}, "a body"),
        ("DELETE", "/orders/one/", None, "not documented"),
        ("GET", "/orders/?status__in=PENDING%2CREQUESTED&limit=50&offset=0", None, ""),
        ("GET", "/orders/?status__in=PENDING&status__in=REQUESTED", None, "a filter twice"),
        ("GET", "/orders/?status=pending", None, "filter status"),
        ("GET", "/orders/?state=PENDING", None, "filter state"),
        ("GET", "/captures/?fulfilling=yes", None, "filter fulfilling"),
        ("POST", "/captures/one/reviews/", {"capture_id": "one", "category": "CLOUDS", "description": ""}, "none of"),
        ("POST", "/bulk/", {"id": "8f0a4c52-6f0e-4b4e-9d52-0d9d3c0f2f10", "order_payloads": [ORDER]}, ""),
        ("POST", "/bulk/", {"id": "my id", "order_payloads": [ORDER]}, "cannot be read"),
        ("POST", "/bulk/", {"order_payloads": []}, "0 orders"),
        ("POST", "/pricing", ORDER, "not documented"),
    ],
)
async def test_the_planet_server_notices(method, path, body, noticed):
    """Slashes, methods, filters and members that no page names are written down; the documented ones are not."""
    server = BulkOrders(QuietClock(NOON), existing=[{"id": "one", "name": "an order"}])
    headers = {"Authorization": "api-key a-planet-key"}
    said = await complaints(server, method, f"{ROOT}{path}", headers=headers, body=body)
    assert (noticed in said, said == "") == (True, noticed == "")


TASK = {
    "contractID": CONTRACT_ID,
    "pointOfInterest": {"lat": 32, "lon": 35},
    "acquisitionWindow": {
        "start": (NOON + timedelta(days=2)).strftime(SECONDS),
        "end": (NOON + timedelta(days=4)).strftime(SECONDS),
    },
    "imagingMode": "SPOTLIGHT",
    "reference": "x",
}


@pytest.mark.parametrize(
    ("version", "change", "noticed"),
    [
        ("v1", {}, ""),
        ("v2", {}, ""),
        ("v1", {"additionalProductTypes": ["SIDD"]}, ""),
        ("v2", {"additionalProductTypes": ["SIDD"]}, "unknown key"),
        ("v1", {"productTypes": ["CSI"]}, "unknown key"),
        ("v2", {"notifications": {"webhook": "id"}}, "an object expected"),
        ("v2", {"pointOfInterest": {"lat": 132, "lon": 35}}, "not in -90..90"),
        ("v2", {"incidenceAngle": {"min": 20.5, "max": 30}}, "whole min and max"),
        ("v2", {"lookSide": "left"}, "is none of"),
        ("v2", {"reference": "x" * 257}, "more than 256"),
        ("v2", {"acquisitionWindow": TASK["acquisitionWindow"] | {"end": "2024-05-01T13:00:00Z"}}, "a window of"),
        ("v2", {"priority": "BACKGROUND", "eula": "MULTI"}, "is none of"),
    ],
)
async def test_the_iceye_server_notices_a_bad_task(version, change, noticed):
    """Members of the other version, values out of bounds and windows that are too short are written down."""
    server = IceyeOrders(QuietClock(NOON), version=version, static="KEY")
    headers = {"Authorization": "Basic KEY", "Accept": "application/json, application/problem+json"}
    said = await complaints(server, "POST", f"/api/tasking/{version}/tasks", headers=headers, body=TASK | change)
    assert (noticed in said, said == "") == (True, noticed == "")


@pytest.mark.parametrize(
    ("method", "path", "body", "noticed"),
    [
        ("GET", f"?contractID={CONTRACT_ID}&limit=100", None, ""),
        ("GET", "?reference=x", None, "reference=x"),
        ("GET", "?limit=0", None, "limit 0"),
        ("GET", "?createdAfter=2024-04-29T12:00:00%2B02:00", None, "createdAfter"),
        ("DELETE", "/one", None, "not documented"),
        ("PATCH", "/one", {"status": "CANCELLED"}, "is none of"),
        ("PATCH", "/one", {"status": "CANCELED", "reason": "x"}, "unknown key"),
    ],
)
async def test_the_iceye_server_notices_a_bad_look(method, path, body, noticed):
    """Filters, methods and words that no page names are written down."""
    server = IceyeOrders(QuietClock(NOON), version="v2", static="KEY")
    server._created(TASK)
    server.tasks["one"] = next(iter(server.tasks.values()))
    headers = {"Authorization": "Basic KEY", "Accept": "application/json, application/problem+json"}
    said = await complaints(server, method, f"/api/tasking/v2/tasks{path}", headers=headers, body=body)
    assert (noticed in said, said == "") == (True, noticed == "")


async def test_a_signed_link_that_is_asked_with_a_credential_is_noticed():
    """Neither Planet's nor ICEYE's store may be given the account's own."""
    server = PlanetOrders(QuietClock(NOON))
    said = await complaints(server, "GET", "/signed/x?token=x", headers={"Authorization": "api-key a-planet-key"})
    assert "a credential goes to a signed link" in said
