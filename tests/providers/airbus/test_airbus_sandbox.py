"""Airbus' API, played: what it answers and what it refuses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from tasking_hub import geometry
from tasking_hub_airbus.sandbox.areas import limit_errors
from tasking_hub_airbus.sandbox.catalogue import CONSTELLATIONS, LEGACY_CONTRACT, NEO_CONTRACT
from tasking_hub_airbus.sandbox.errors import RefusedError
from tasking_hub_airbus.sandbox.segments import instant, make_key, open_key

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
SMALL = box(1.4316558837890625, 43.568824930165476, 1.4670181274414062, 43.601900054609445)


def search(**changes) -> dict:
    """A search for Pléiades OneDay over Toulouse."""
    return {
        "acquisitionDate": {"startDate": instant(NOW), "endDate": None},
        "contractId": LEGACY_CONTRACT,
        "missions": ["PLEIADES"],
        "optical": {"acquisitionMode": "MONO", "maxCloudCover": 10, "maxIncidenceAngle": 45},
        "progTypeNames": ["ONEDAY"],
        "aoi": geojson(TOULOUSE),
    } | changes


def geojson(area: Polygon) -> dict:
    """A polygon as Airbus wants it."""
    return {"type": "Polygon", "coordinates": [[list(position) for position in area.exterior.coords]]}


def plan(start=NOW, days=30, **changes) -> dict:
    """A feasibility question."""
    period = {"startDate": instant(start), "endDate": instant(start + timedelta(days=days))}
    return search(acquisitionDate=period, progTypeNames=["ONEPLAN"], **changes)


# --- The guides' own figures -------------------------------------------------------------------------


def prices(player, sample, name, key=None, **changes):
    """Ask for a price with a sample's body, with this sandbox's contract, workspace and key in it."""
    body = sample(name) | {"contractId": LEGACY_CONTRACT} | changes
    if "delivery" in body:
        body["delivery"]["workspace"] = "sandbox-workspace"
    if key is not None:
        body["items"][0]["segmentKey"] = key
    return player.ask("POST", "/api/v1/prices", body)


def first_key(player, **changes) -> str:
    """The key of the first attempt that is named."""
    _, body = player.ask("POST", "/api/v1/attempts", search(**changes))
    return body["progCapacities"][0]["progTypes"][0]["segments"][0]["segmentKey"]


def test_the_guides_oneday_price_is_reproduced(player, sample):
    """The sample's own body, with a live key: 132 km² at 56 EUR."""
    status, body = prices(player, sample, "request-prices-oneday", first_key(player))

    assert (status, body["totalAmount"], body["productTypes"][0]["areaKm2"]) == (201, 7392, 132)
    assert body == sample("answer-prices-oneday") | {"contractId": LEGACY_CONTRACT}


def test_the_guides_oneplan_price_is_reproduced(play, sample):
    """500 km² at 6.90 EUR less 80 %, with the sample's own body."""
    player = play(now=datetime(2021, 6, 18, 9, tzinfo=UTC))
    status, body = prices(player, sample, "request-prices-oneplan")

    assert status == 201
    assert body == sample("answer-prices-oneplan") | {"contractId": LEGACY_CONTRACT}


def test_the_guides_onenow_price_is_reproduced(player, sample):
    """315 km² at 66 EUR are the 20790 EUR of the order sample."""
    order = sample("request-order-onenow")
    area = order["aoi"][0]["geometry"]
    key = first_key(player, progTypeNames=["ONENOW"], aoi=area)
    order["items"][0]["properties"] = [{"key": "extendedAngle", "value": True}]
    options = order["optionsPerProductType"]
    options[0]["options"] = [
        option if option["key"] != "licence" else {"key": "licence", "value": "standard"}
        for option in options[0]["options"]
    ]
    status, body = prices(
        player, sample, "request-order-onenow", key, items=order["items"], optionsPerProductType=options
    )

    assert (status, body["totalAmount"]) == (201, 20790)


def test_the_guides_feasibility_is_reproduced(play, sample):
    """A window of thirty days is CHALLENGING and AUTOMATIC."""
    player = play(now=datetime(2021, 5, 12, 11, tzinfo=UTC))
    body = sample("request-feasibility") | {"contractId": LEGACY_CONTRACT}

    assert player.ask("POST", "/api/v1/feasibility", body) == (200, sample("answer-feasibility"))


def test_the_guides_attempts_question_is_answered(play, sample):
    """The sample's body has attempts with the fields of the sample's answer, within seven days."""
    player = play(now=datetime(2021, 4, 16, tzinfo=UTC))
    body = sample("request-attempts-oneday") | {"contractId": LEGACY_CONTRACT}
    status, answer = player.ask("POST", "/api/v1/attempts", body)
    segments = answer["progCapacities"][0]["progTypes"][0]["segments"]
    expected = sample("answer-attempts-oneday")["progCapacities"][0]["progTypes"][0]["segments"][0]

    assert status == 200
    assert segments
    assert {frozenset(segment) for segment in segments} == {frozenset(expected)}
    assert all("2021-04-16" <= segment["acquisitionStartDate"][:10] <= "2021-04-23" for segment in segments)
    assert all(segment["incidenceAngle"] <= 30 for segment in segments)
    assert [segment["id"] for segment in segments] == [f"PHR{number + 1}" for number in range(len(segments))]


def test_a_too_small_area_is_refused_as_in_the_guide(player, sample):
    """24.5 km² is the least for a Pléiades OneDay."""
    body = search(aoi=geojson(SMALL))

    assert player.ask("POST", "/api/v1/attempts", body) == (200, sample("answer-attempts-min-area"))


# --- Attempts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mission", "contract", "keys"),
    [
        (
            "PLEIADES",
            LEGACY_CONTRACT,
            ["acqPeriod", "extendedAngle", "geometryWkt", "orderDeadLine", "maxCloudCover", "maxIncidenceAngle"],
        ),
        ("PLEIADESNEO", NEO_CONTRACT, ["acqPeriod", "geometryWkt", "orderDeadLine", "maxIncidenceAngle"]),
    ],
)
def test_a_segment_key_has_the_form_of_the_samples(player, mission, contract, keys):
    """128 hexadecimal digits, two colons, a list of keys in the order of the back end's samples."""
    key = first_key(player, missions=[mission], contractId=contract)
    signature, _, text = key.partition("::")

    assert len(signature) == 128
    assert set(signature) <= set("0123456789abcdef")
    assert [pair["key"] for pair in json.loads(text)] == keys
    assert '"acqPeriod", "value":"' in text


def test_deadlines_come_about_eight_hours_before_a_pass(player):
    """Eight hours for Pléiades, at a full five minutes, and none has passed."""
    _, body = player.ask("POST", "/api/v1/attempts", search())
    segments = body["progCapacities"][0]["progTypes"][0]["segments"]
    ahead = [
        datetime.fromisoformat(segment["acquisitionStartDate"]) - datetime.fromisoformat(segment["orderDeadline"])
        for segment in segments
    ]

    assert all(timedelta(hours=8) <= one + timedelta(seconds=5) for one in ahead)
    assert all(one < timedelta(hours=8, minutes=6) for one in ahead)
    assert all(datetime.fromisoformat(segment["orderDeadline"]) > NOW for segment in segments)


def test_a_onenow_is_one_segment_of_up_to_three_periods(player):
    """No choice is given on the days."""
    key = first_key(player, progTypeNames=["ONENOW"])
    inside = {pair["key"]: pair["value"] for pair in json.loads(key.partition("::")[2])}

    assert len(inside["acqPeriods"].split(",")) == 3


def test_a_place_in_the_polar_night_has_no_pass(player):
    """No light for a week: the 500 that means no."""
    status, body = player.ask("POST", "/api/v1/attempts", search(aoi=geojson(box(20, 80, 20.5, 80.08))))

    assert status == 500
    assert body == {"errors": [{"code": "ERR_NO_SENSOR_AVAILABLE", "locator": "UNKNOWN"}]}


@given(side=st.floats(0.001, 1.2))
def test_limits_are_the_published_ones(side):
    """An area is refused exactly where a published limit is broken."""
    area = box(2, 10, 2 + side, 10 + side)
    size, extent = geometry.area_km2(area), geometry.extent_km(area)
    codes = {error["code"] for error in limit_errors(area, CONSTELLATIONS["PLEIADES"].limits)}

    assert ("ERR_MIN_AOI_AREA" in codes) is (size < 24.5)
    assert ("ERR_MAX_AOI_AREA" in codes) is (size > 800.5)
    assert ("ERR_AOI_MAX_HEIGHT" in codes) is (extent.height_km > 40)
    assert ("ERR_AOI_MAX_WIDTH" in codes) is (extent.width_km > 18.9)


# --- Feasibility -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("CHALLENGING", "AUTOMATIC", "AutomaticTasking30")),
        ({"days": 60}, ("EASY", "AUTOMATIC", "AutomaticTasking60")),
        ({"days": 29}, ("CHALLENGING", "MANUAL", None)),
        (
            {"optical": {"acquisitionMode": "MONO", "maxCloudCover": 9, "maxIncidenceAngle": 45}},
            ("CHALLENGING", "MANUAL", None),
        ),
        (
            {"optical": {"acquisitionMode": "MONO", "maxCloudCover": 10, "maxIncidenceAngle": 19}},
            ("CHALLENGING", "MANUAL", None),
        ),
        (
            {"optical": {"acquisitionMode": "STEREO", "maxCloudCover": 10, "maxIncidenceAngle": 45}, "days": 90},
            ("EASY", "MANUAL", None),
        ),
    ],
)
def test_feasibility_follows_the_published_rules(player, changes, expected):
    """Clouds, incidence, window and mono decide; sixty days are easy."""
    _, body = player.ask("POST", "/api/v1/feasibility", plan(**changes))
    verdict = body["progCapacities"][0]["progTypes"][0]["feasibility"]

    assert (verdict["classification"], verdict["automation"], verdict.get("automationName")) == expected


def test_neo_feasibility_ends_and_has_no_name(player):
    """Pléiades Neo answers for all its programmes, with an end of validity."""
    body = plan(days=3, missions=["PLEIADESNEO"], contractId=NEO_CONTRACT) | {
        "progTypeNames": ["ONENOWWEATHER", "ONEDAY", "ONEPLAN"]
    }
    _, answer = player.ask("POST", "/api/v1/feasibility", body)
    verdicts = {one["name"]: one["feasibility"] for one in answer["progCapacities"][0]["progTypes"]}

    assert {name: verdict["automation"] for name, verdict in verdicts.items()} == {
        "ONENOWWEATHER": "AUTOMATIC",
        "ONEDAY": "AUTOMATIC",
        "ONEPLAN": "MANUAL",
    }
    assert verdicts["ONEPLAN"]["expirationDate"] == "2026-11-24T09:00:00.000Z"
    assert "automationName" not in verdicts["ONEPLAN"]


# --- What is refused ---------------------------------------------------------------------------------

BOW_TIE = {"type": "Polygon", "coordinates": [[[2, 1], [1, 2], [1, 1], [2, 2], [2, 1]]]}
DOUGHNUT = {
    "type": "Polygon",
    "coordinates": [
        [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]],
        [[1.4, 1.4], [1.6, 1.4], [1.6, 1.6], [1.4, 1.6], [1.4, 1.4]],
    ],
}
LONG = {"type": "Polygon", "coordinates": [[[1, 1 + index / 1e4] for index in range(1000)]]}
OPEN = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2]]]}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"contractId": "X"}, 404, "CIS contract 'X' not found."),
        ({"contractId": None}, 404, "CIS contract 'None' not found."),
        ({"missions": ["PLEIADESNEO"]}, 400, "not available on contract"),
        ({"missions": "PLEIADES"}, 400, "'missions' must be a list"),
        ({"progTypeNames": ["ONEPLAN"]}, 400, "Attempts are for ONEDAY, ONENOW"),
        ({"progTypeNames": ["NEVER"]}, 400, "'progTypeNames' must be a list"),
        ({"acquisitionDate": None}, 400, "'acquisitionDate' is mandatory"),
        ({"acquisitionDate": {"startDate": "soon"}}, 400, "'startDate' is not a date"),
        ({"optical": {"acquisitionMode": "MONO", "maxCloudCover": 101}}, 400, "'maxCloudCover'"),
        ({"optical": {"acquisitionMode": "DUO", "maxCloudCover": 1, "maxIncidenceAngle": 1}}, 400, "acquisitionMode"),
        ({"optical": {"acquisitionMode": "STEREO", "maxCloudCover": 1, "maxIncidenceAngle": 9}}, 400, "in MONO"),
        ({"aoi": {"type": "Point", "coordinates": [1, 2]}}, 400, "must be a GeoJSON Polygon"),
        ({"aoi": DOUGHNUT}, 400, "must not have a hole"),
        ({"aoi": BOW_TIE}, 400, "self-intersection"),
        ({"aoi": LONG}, 400, "999 vertices"),
        ({"aoi": OPEN}, 400, "not closed"),
        ({"aoi": None}, 400, "must be a GeoJSON Polygon"),
    ],
)
def test_a_wrong_search_is_refused(player, changes, status, words):
    """With Airbus' status and its body of errorCode and message."""
    actual, body = player.ask("POST", "/api/v1/attempts", search(**changes))

    assert (actual, body["errorCode"]) == (status, "E2203")
    assert words in body["message"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"progTypeNames": ["ONEDAY"]}, "No feasibility for ONEDAY"),
        ({"acquisitionDate": {"startDate": instant(NOW), "endDate": None}}, "must end in the future"),
    ],
)
def test_a_wrong_feasibility_question_is_refused(player, changes, words):
    """Legacy feasibility is for plans, which have an end."""
    status, body = player.ask("POST", "/api/v1/feasibility", plan() | changes)

    assert status == 400
    assert words in body["message"]


def _without(options, key):
    return [option for option in options if option["key"] != key]


def _with(options, key, value):
    return [*_without(options, key), {"key": key, "value": value}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: body["items"][0].update(segmentKey="tampered"), "segmentKey is missing or not valid"),
        (
            lambda body: body["items"][0].update(segmentKey=body["items"][0]["segmentKey"].replace("45.0", "55.0")),
            "segmentKey is missing or not valid",
        ),
        (lambda body: body["items"][0].pop("segmentKey"), "segmentKey is missing or not valid"),
        (
            lambda body: body["items"][0]["properties"].append({"key": "orderDeadLine", "value": "2030-01-01"}),
            "does not agree with the segmentKey",
        ),
        (lambda body: body["items"][0].update(productTypeId="PleiadesNeoOneDay"), "is not available on contract"),
        (lambda body: body["items"][0].update(aoiId=2), "No AOI with id '2'"),
        (lambda body: body["items"][0].update(properties={}), "lists of key and value"),
        (lambda body: body.update(items=[]), "'items' is mandatory"),
        (lambda body: body.update(items=body["items"] * 6), "at most 5 items"),
        (lambda body: body.update(aoi=None), "'aoi' is mandatory"),
        (lambda body: body.update(customerReference=""), "'customerReference' is mandatory"),
        (lambda body: body.update(primaryMarket="MOON"), "Unknown market 'MOON'"),
        (lambda body: body.update(delivery={"workspace": "xxx"}), "Unable to access workspace 'xxx'"),
        (lambda body: body.update(optionsPerProductType=[]), "has no options for"),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_without(body["optionsPerProductType"][0]["options"], "licence")
            ),
            "Mandatory option 'licence' is missing",
        ),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_without(body["optionsPerProductType"][0]["options"], "dem")
            ),
            "Mandatory option 'dem' is missing",
        ),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_with(body["optionsPerProductType"][0]["options"], "licence", "eula_5")
            ),
            "does not allow 'eula_5'",
        ),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_with(body["optionsPerProductType"][0]["options"], "projection_1", 4326)
            ),
            "must be a string",
        ),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_with(body["optionsPerProductType"][0]["options"], "processing_level", "primary")
            ),
            "with the other options",
        ),
        (
            lambda body: body["optionsPerProductType"][0].update(
                options=_with(body["optionsPerProductType"][0]["options"], "colour", "red")
            ),
            "Unknown option 'colour'",
        ),
    ],
)
def test_a_wrong_order_has_no_price(player, sample, change, words):
    """Each mistake in a body that would have a price is refused with 400."""
    body = sample("request-prices-oneday") | {"contractId": LEGACY_CONTRACT}
    body["delivery"]["workspace"] = "sandbox-workspace"
    body["items"][0]["segmentKey"] = first_key(player)
    change(body)
    status, answer = player.ask("POST", "/api/v1/prices", body)

    assert (status, answer["errorCode"]) == (400, "E2203")
    assert words in answer["message"]


def test_a_price_after_the_deadline_is_refused(player, sample):
    """The clock of the sandbox decides."""
    key = first_key(player)
    player.clock.advance(7 * 86400)
    player.renew()
    status, body = prices(player, sample, "request-prices-oneday", key)

    assert status == 400
    assert "has passed" in body["message"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("feasibilityAutomation", "MANUAL", "do not require a feasibility study"),
        ("classification", "EASY", "do not agree with the feasibility"),
        ("acqPeriod", "2021-06-18T09:04:16.284Z 2021-06-20T23:59:59.999Z", "do not agree with the feasibility"),
        ("acqPeriod", "some time", "must be two dates"),
        ("maxCloudCover", 5, "do not agree with the feasibility"),
        ("maxIncidenceAngle", "steep", "'maxIncidenceAngle' must be a number"),
    ],
)
def test_a_plan_that_feasibility_would_not_confirm_has_no_price(play, sample, key, value, words):
    """A study, or words that differ from the verdict."""
    player = play(now=datetime(2021, 6, 18, 9, tzinfo=UTC))
    items = sample("request-prices-oneplan")["items"]
    items[0]["properties"] = _with(items[0]["properties"], key, value)
    status, body = prices(player, sample, "request-prices-oneplan", items=items)

    assert status == 400
    assert words in body["message"]


# --- Keys and tokens ---------------------------------------------------------------------------------


@given(st.binary(max_size=8), st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.booleans())))
def test_a_key_opens_for_its_maker_only(secret, values):
    """What was put in comes out, with the same secret and contract alone."""
    key = make_key(secret, "C", values)

    assert open_key(secret, "C", key) == values
    for other in ((secret + b"x", "C", key), (secret, "D", key), (secret, "C", key + " ")):
        with pytest.raises(RefusedError):
            open_key(*other)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"apikey": "wrong"}, 403), ({"grant_type": "password"}, 400), ({"client_id": "X"}, 400)],
)
def test_a_wrong_token_request_is_refused(player, changes, status):
    """With the body of the foundation services."""
    actual, body = player.ask("POST", "/auth/realms/IDP/protocol/openid-connect/token", form=player.form(**changes))

    assert actual == status
    assert {"correlationId", "hint", "internalCode", "message", "timestamp"} == set(body)


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/contracts", f"/api/v1/contracts/{NEO_CONTRACT}/productTypes"])
def test_without_a_good_token_there_is_no_answer(player, path):
    """Missing, made-up and expired tokens are 401 with a message and no code."""
    made_up = player.ask("GET", path, token="made-up")
    missing = player.ask("GET", path, token="")
    good, _ = player.ask("GET", path)
    player.clock.advance(3600)
    expired = player.ask("GET", path)

    assert (good, made_up[0], missing[0]) == (200, 401, 401)
    assert expired == (401, {"message": "Authentication failed (cause: Token expired)"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/contracts/X/productTypes", 404),
        ("GET", "/api/v1/X/properties", 404),
        ("GET", "/api/v1/contracts/X/deliveryTypes", 404),
        ("POST", f"/api/v1/contracts/{LEGACY_CONTRACT}/productTypes/X/options", 404),
        ("POST", f"/api/v1/contracts/{LEGACY_CONTRACT}/productTypes/SpotTaskingOneDay/options", 400),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/contracts", 405),
        ("POST", "/api/v1/prices", 400),
    ],
)
def test_unknown_things_and_empty_bodies_are_refused(player, method, path, status):
    """Ids, paths, verbs, and a POST without a body."""
    assert player.ask(method, path)[0] == status


@pytest.mark.parametrize("body", [{"aoi": []}, {"aoi": [{"geometry": geojson(SMALL)}]}, {"aoi": geojson(SMALL)}])
def test_options_want_a_numbered_area(player, body):
    """The area of this question is a list of polygonId and geometry."""
    path = f"/api/v1/contracts/{LEGACY_CONTRACT}/productTypes/SpotTaskingOneDay/options"
    status, answer = player.ask("POST", path, body)

    assert (status, answer["message"]) == (400, "'aoi' must be a list of polygonId and geometry")


def test_a_price_on_an_unknown_contract_is_not_found(player, sample):
    """404 with the same code as 400."""
    status, body = player.ask("POST", "/api/v1/prices", sample("request-prices-oneday"))

    assert (status, body) == (404, {"errorCode": "E2203", "message": "CIS contract '<CisContractId>' not found."})


def test_a_plan_over_a_tiny_area_is_refused_inside_the_answer(player):
    """Five km² are the least for a plan."""
    _, body = player.ask("POST", "/api/v1/feasibility", plan(aoi=geojson(box(1, 43, 1.01, 43.01))))

    assert body["progCapacities"][0]["progTypes"][0] == {
        "name": "ONEPLAN",
        "mission": "PLEIADES",
        "errors": [{"code": "ERR_MIN_AOI_AREA", "locator": "AOI", "message": "5.0"}],
        "available": False,
    }


def test_no_satellite_looks_straight_down_all_the_time(player):
    """A largest incidence of nothing leaves no pass."""
    optical = {"acquisitionMode": "MONO", "maxCloudCover": 10, "maxIncidenceAngle": 0}

    assert player.ask("POST", "/api/v1/attempts", search(optical=optical))[0] == 500
