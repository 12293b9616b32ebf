"""The sandbox refuses what the real API would refuse of orders, and says so with Airbus' status and body."""

import json
from datetime import timedelta

import pytest
from shapely import box

from tasking_hub import Opportunity, Optical, Purchase, Stereo, TaskRequest, Window
from tasking_hub.sandbox import SandboxRequest
from tasking_hub_airbus import AirbusOptions, Mission, Programme
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, NEO_CONTRACT, NEO_WORKSPACE, WORKSPACE
from tasking_hub_airbus.sandbox.errors import RefusedError
from tasking_hub_airbus.sandbox.lucene import read_query

TASKINGS = f"/api/v1/contracts/{LEGACY_CONTRACT}/taskings"
QUOTATIONS = f"/api/v1/contracts/{NEO_CONTRACT}/quotations"
TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)


async def buy(player, mission, *, days=40, optical=None, programme=Programme.ONEPLAN):
    """The body of an order that the sandbox took."""
    now = player.clock.now()
    request = TaskRequest(
        area=TOULOUSE,
        window=Window(now + timedelta(days=1), now + timedelta(days=1 + days)),
        optical=optical or Optical(max_cloud_cover=20),
        options={"airbus": AirbusOptions(missions=(mission,), programmes=(programme,))},
    )
    provider = player.provider()
    found = [one async for one in provider.find_opportunities(request)]
    opportunity = next(one for one in found if isinstance(one, Opportunity))
    await provider.place(Purchase(reference="mine", opportunity=opportunity))
    return json.loads(player.transport.requests[-1].body)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "/api/v1/contracts/nobody/taskings", None, 404, "CIS contract 'nobody' not found."),
        ("GET", f"/api/v1/contracts/{NEO_CONTRACT}/taskings", None, 404, "not found"),
        ("GET", f"{TASKINGS}/ICR_9", None, 404, "Tasking 'ICR_9' not found."),
        ("GET", f"{TASKINGS}/ICR_9/segments", None, 404, "Tasking 'ICR_9' not found."),
        ("POST", f"{TASKINGS}/ICR_FC_000001/segments/AS_9/accept", None, 404, "Segment 'AS_9' not found."),
        ("POST", f"{TASKINGS}/ICR_FC_000001/segments/AS_9/refuse", None, 404, "Segment 'AS_9' not found."),
        ("POST", f"{TASKINGS}/ICR_FC_000001/stop", {}, 400, "The tasking cannot be stopped"),
        ("POST", f"{TASKINGS}/ICR_9/cancel", {}, 404, "Tasking 'ICR_9' not found."),
        ("POST", "/api/v1/coverages/CIE_9/accept", None, 404, "Coverage 'CIE_9' not found."),
        ("POST", "/api/v1/coverages/CIE_9/refuse", None, 404, "Coverage 'CIE_9' not found."),
        ("POST", "/api/v1/orders/WOI_9/cancel", {}, 404, "Order item 'WOI_9' not found."),
        ("POST", "/api/v1/orders/WOI_000000002_1/stop", {}, 400, "The tasking cannot be stopped"),
        ("PUT", f"{QUOTATIONS}/QUO9/accept", None, 404, "Quotation 'QUO9' not found."),
        ("PUT", f"{QUOTATIONS}/QUO26000002/refuse", None, 400, "not waiting for an answer"),
        ("PUT", "/api/v1/contracts/nobody/quotations/QUO9/accept", None, 404, "CIS contract 'nobody' not found."),
        ("GET", "/api/v1/quotations/QUO9/export", None, 404, "Quotation 'QUO9' not found."),
        ("POST", "/api/v2/orders/search", {"criteria": {"q": "a:b"}}, 400, "'paging' is mandatory"),
        ("POST", "/api/v2/orders/search", {"paging": {}, "criteria": {"q": "a b"}}, 400, "cannot be read: a b"),
        (
            "POST",
            "/api/v1/coverages/search",
            {"paging": {"startIndex": "x"}, "criteria": {"q": "a:b"}},
            400,
            "must be integers",
        ),
        ("POST", "/api/v1/orders", {"contractId": "nobody"}, 404, "CIS contract 'nobody' not found."),
        ("GET", "/api/v1/items/nothing/download", None, 404, "No such item"),
    ],
)
async def test_what_does_not_exist_or_cannot_be_is_refused(player, method, path, body, status, message):
    """With one order of each back end: the documented statuses, Airbus' code and a reason."""
    await buy(player, Mission.SPOT)
    await buy(player, Mission.PLEIADESNEO)
    answered, told = player.ask(method, path, body)

    assert (answered, message in told["message"]) == (status, True), told


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ([("count", "none")], "'count' must be a positive integer"),
        ([("startPage", "0")], "'startPage' must be a positive integer"),
        ([("acquisitionDate", "yesterday")], "'acquisitionDate' must be a span of two dates"),
        ([("icrEndOfPeriodDate", "[a,b[")], "'icrEndOfPeriodDate' must be a span of two dates"),
    ],
)
async def test_filters_must_be_well_formed(player, query, message):
    """A wrong one is 400."""
    await buy(player, Mission.SPOT)

    assert player.ask("GET", TASKINGS, query=query) == (400, {"errorCode": "E2203", "message": message})


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ("[2027-01-03T09:00:00Z,2027-01-04T00:00:00Z[", 1),
        ("]2027-01-03T09:00:00Z,2027-01-04T00:00:00Z[", 0),
        ("[2027-01-03T00:00:00Z,2027-01-03T09:00:00Z[", 0),
        ("[2027-01-03T00:00:00Z,2027-01-03T09:00:00Z]", 1),
    ],
)
async def test_the_brackets_say_what_belongs_to_a_span(player, span, found):
    """Outwards excludes, inwards includes; the order's window ends at 2027-01-03T09:00:00Z."""
    await buy(player, Mission.SPOT)
    status, body = player.ask("GET", TASKINGS, query=[("icrEndOfPeriodDate", span)])

    assert (status, len(body["taskings"])) == (200, found)


NO_MARKET = (("primaryMarket",), None, "'primaryMarket' is mandatory")
PAST = (("acqPeriod",), "2020-01-01T00:00:00.000Z 2020-03-01T00:00:00.000Z", "must end in the future")
NO_PERIOD = (("acqPeriod",), "whenever", "must be two dates")
CHEAPER = (("classification",), "TRIVIAL", "do not agree with the feasibility")


NOBODY = (("endUsers",), [{"endUserName": "", "country": "FR"}], "'endUsers' must be a list")
NOWHERE = (("endUsers",), [{"endUserName": "City", "country": "France"}], "'endUsers' must be a list")
WORDS = (("endUsers",), ["City"], "'endUsers' must be a list")
NO_LIST = (("endUsers",), 5, "'endUsers' must be a list")


@pytest.mark.parametrize(
    ("path", "value", "message"), [NO_MARKET, PAST, NO_PERIOD, CHEAPER, NOBODY, NOWHERE, WORDS, NO_LIST]
)
async def test_an_order_must_be_what_was_priced(player, path, value, message):
    """A mandatory market, a future period, the verdict of feasibility, end users with a country."""
    body = await buy(player, Mission.SPOT)
    if path[0] in {*body, "endUsers"}:
        body[path[0]] = value
    for one in body["items"][0]["properties"]:
        one["value"] = value if one["key"] == path[0] else one["value"]
    status, told = player.ask("POST", "/api/v1/orders", body)

    assert (status, message in told["message"]) == (400, True), told


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("acquisitionModeMinBH", 0.2),
        ("acquisitionModeMinBH", "0.1"),
        ("acquisitionModeMaxBH", "much"),
        ("acquisitionModeMaxBH", None),
    ],
)
async def test_stereo_needs_its_ratios_as_text(player, key, value):
    """Numbers, values out of range and words are refused."""
    body = await buy(player, Mission.SPOT, optical=Optical(stereo=Stereo.STEREO))
    for one in body["items"][0]["properties"]:
        one["value"] = value if one["key"] == key else one["value"]
    status, told = player.ask("POST", "/api/v1/orders", body)

    assert (status, "base-to-height" in told["message"]) == (400, True)


async def test_quotations_are_of_neo_and_studies_need_them(player):
    """What one path refuses, the other takes."""
    spot = await buy(player, Mission.SPOT)
    manual = await buy(player, Mission.PLEIADESNEO, days=9)

    assert player.ask("POST", "/api/v1/quotations", spot)[1]["message"].endswith("Pléiades Neo only")
    assert player.ask("POST", "/api/v1/orders", manual)[1]["message"].endswith("needs a quotation")
    assert player.ask("POST", "/api/v1/prices", manual)[0] == 400
    assert player.ask("POST", "/api/v1/quotations", manual)[0] == 201


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ([], 403),
        ([("workspaceid", "another")], 403),
        ([("workspace", NEO_WORKSPACE)], 200),
        ([("workspaceid", WORKSPACE), ("itemsPerPage", "501")], 400),
        ([("workspaceid", WORKSPACE), ("startPage", "x")], 400),
    ],
)
def test_a_workspace_is_searched_by_those_who_may(player, query, status):
    """Others get 403; pages have a size."""
    assert player.ask("GET", "/api/v2/opensearch", query=query)[0] == status


async def test_a_file_is_served_in_parts(player):
    """Ranges as RFC 9110 has them: a middle part, and 416 beyond the end; other references find nothing."""
    await buy(player, Mission.PLEIADES, programme=Programme.ONEDAY, days=6)
    player.clock.advance(timedelta(days=9).total_seconds())
    player.renew()
    mine = [("workspaceid", WORKSPACE), ("internalReference", "SAL26000001")]
    _, found = player.ask("GET", "/api/v2/opensearch", query=mine)
    path = found["features"][0]["_links"]["download"][0]["href"].removeprefix("http://airbus.sandbox.invalid")

    def fetch(span):
        headers = {"authorization": f"Bearer {player.token}", "range": span}
        return player.sandbox.answer(SandboxRequest(method="GET", path=path, headers=headers))

    part, beyond, whole = fetch("bytes=2-5"), fetch("bytes=99999-"), fetch("lines=1-2")
    assert (part.status, part.body, part.headers["content-range"]) == (
        206,
        whole.body[2:6],
        f"bytes 2-5/{len(whole.body)}",
    )
    assert (beyond.status, whole.status) == (416, 200)
    others = [("workspaceid", WORKSPACE), ("customerReference", "another")]
    assert player.ask("GET", "/api/v2/opensearch", query=others)[1]["features"] == []
    assert player.ask("GET", f"/api/v1/items/{'0' * 32}/download")[0] == 404


# --- The search's language ---------------------------------------------------------------------------

ITEM = {"status": "SENT", "id": "WOI_1", "a": {"b": "tasking"}, "ref": "x-1 y", "none": None}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status:SENT", True),
        ("status:SEN", False),
        ("(status:SENT)", True),
        ("(status:SENT) AND (id:WOI_2)", False),
        ("(status:PROPOSED OR status:SENT) AND (id:WOI_1 AND a.b:tasking)", True),
        ("status:X OR status:Y OR status:SENT", True),
        ("ref:*x-1*", True),
        ("ref:*", True),
        ("none:*", False),
        ("missing.deeply:*", False),
    ],
)
def test_conditions_are_joined(query, found):
    """AND binds tighter than OR; a wildcard takes blanks too; what is missing is never found."""
    assert read_query(query)(ITEM) is found


@pytest.mark.parametrize(
    "query", ["", "status", "(status:SENT", "status:SENT)", "AND status:SENT", "status:a status:b"]
)
def test_what_is_no_query_is_refused(query):
    """400, with the query."""
    with pytest.raises(RefusedError, match="cannot be read"):
        read_query(query)
