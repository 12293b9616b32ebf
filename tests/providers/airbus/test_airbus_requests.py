"""Neutral values become Airbus' JSON, sample by sample."""

import json
from datetime import UTC, datetime

import pytest
from attrs import evolve
from shapely import Polygon
from shapely.geometry import shape

from tasking_hub import EndUser, Optical, Stereo
from tasking_hub.messages import dump_json
from tasking_hub_airbus import AirbusOptions, translate
from tasking_hub_airbus.translate import Endpoint, Step
from tasking_hub_airbus.translate.properties import properties
from tasking_hub_airbus.wire import CONVERTER

SMALL = Polygon(
    [
        (1.4316558837890625, 43.568824930165476),
        (1.4316558837890625, 43.601900054609445),
        (1.4670181274414062, 43.601900054609445),
        (1.4670181274414062, 43.568824930165476),
    ]
)
ONEDAY_OPTIONS = {
    "spectral_processing": "pansharpened_natural_color",
    "radiometric_processing": "basic",
    "image_format": "dimap_jpeg2000_regular",
    "pixel_coding": "8bits",
    "processing_level": "ortho",
    "projection_1": "4326",
    "licence": "standard",
    "dem": "best_available",
}


def sent(request) -> object:
    """The body as the provider will read it."""
    return json.loads(request.body)


def unordered(value):
    """The same JSON with lists of key and value as objects, and without members that say nothing."""
    pairs = isinstance(value, list) and all(isinstance(item, dict) and set(item) == {"key", "value"} for item in value)
    if pairs and value:
        return {item["key"]: unordered(item["value"]) for item in value}
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items() if item not in ("", None, [])}
    return [unordered(item) for item in value] if isinstance(value, list) else value


def flat(positions):
    """Positions without their third value."""
    return [[position[:2] for position in ring] for ring in positions]


# --- Requests ----------------------------------------------------------------------------------------


def test_a_token_is_asked_for_with_a_form(settings):
    """Key, grant and client go as a form to the authentication host."""
    request = translate.token_request(settings)

    assert request.body == b"apikey=made-up-key&grant_type=api_key&client_id=IDP"
    assert request.url == (
        "https://authenticate.foundation.api.oneatlas.airbus.com/auth/realms/IDP/protocol/openid-connect/token"
    )
    assert "made-up-key" not in repr(request)


@pytest.mark.parametrize(
    ("make", "url"),
    [
        (translate.product_types_request, "/api/v1/contracts/A%2FB%20C/productTypes"),
        (translate.markets_request, "/api/v1/A%2FB%20C/properties"),
        (translate.delivery_types_request, "/api/v1/contracts/A%2FB%20C/deliveryTypes"),
    ],
)
def test_contract_ids_are_quoted_in_paths(settings, make, url):
    """A free name as contract id cannot change the path."""
    request = make(settings, "A/B C")

    assert (request.method, request.url, request.repeatable) == ("GET", f"{settings.order_url}{url}", True)


def test_the_workspace_is_asked_of_the_data_service(settings):
    """`/me` stands on another host than orders."""
    assert translate.me_request(settings).url == "https://data.api.oneatlas.airbus.com/api/v1/me"


def test_the_options_question_is_the_guides(settings, sample, inquire, product):
    """The options question is produced field for field."""
    request = translate.options_request(settings, inquire(area=SMALL), product("PleiadesTaskingOneDay"))

    assert sent(request) == sample("request-options")
    assert request.url.endswith("/api/v1/contracts/%3CCisContractId%3E/productTypes/PleiadesTaskingOneDay/options")


def test_the_feasibility_question_is_the_guides(settings, sample, inquire, product):
    """The feasibility question is produced field for field, times with their thousandths."""
    inquiry = inquire(
        area=SMALL,
        start=datetime(2021, 5, 12, 11, 3, 19, 52_000, tzinfo=UTC),
        end=datetime(2021, 6, 11, 23, 59, 59, 999_000, tzinfo=UTC),
        optical=Optical(max_cloud_cover=10, max_incidence=50),
    )
    step = Step(endpoint=Endpoint.FEASIBILITY, targets=(product("PleiadesTaskingOnePlan"),))
    request = translate.search_request(settings, inquiry, step)

    assert sent(request) == sample("request-feasibility")
    assert (request.url, request.repeatable) == (f"{settings.order_url}/api/v1/feasibility", True)


def test_the_attempts_question_is_the_guides(settings, sample, inquire, product):
    """The attempts question is produced field for field, its open end as null."""
    inquiry = inquire(
        start=datetime(2021, 4, 16, 0, 16, 26, 665_000, tzinfo=UTC),
        optical=Optical(max_cloud_cover=25, max_incidence=30),
    )
    step = Step(endpoint=Endpoint.ATTEMPTS, targets=(product("PleiadesTaskingOneDay"),))
    request = translate.search_request(settings, inquiry, step)

    assert sent(request) == sample("request-attempts-oneday")
    assert request.url == f"{settings.order_url}/api/v1/attempts"


@pytest.mark.parametrize(
    ("name", "licence"), [("request-prices-oneday", "standard"), ("request-prices-oneday-older-licence", "eula_5")]
)
def test_the_price_question_for_oneday_is_the_guides(settings, sample, inquire, product, attempt, name, licence):
    """The OneDay price question is produced field for field; the licence comes from the options, never from here."""
    options = AirbusOptions(
        area_name="PHR 1", comments="your comment", tasking_comments="Pleiades OneDay", extended_angle=True
    )
    inquiry = inquire(options=options, reference="unique customer reference")
    opportunity = attempt(inquiry, product("PleiadesTaskingOneDay"), segment_key="<segmentKey>")
    production = ONEDAY_OPTIONS | {"licence": licence}
    request = translate.price_request(settings, inquiry, opportunity, production, "<workspaceId>")

    assert sent(request) == sample(name)
    assert (request.url, request.repeatable) == (f"{settings.order_url}/api/v1/prices", True)


def test_the_price_question_for_oneplan_is_the_guides(settings, sample, inquire, product, answer):
    """The OnePlan price question is produced field for field, with the words of the feasibility check."""
    start, end = datetime(2021, 6, 18, 9, 4, 16, 284_000, tzinfo=UTC), datetime(2021, 7, 18, 23, 59, 59, 999_000, UTC)
    options = AirbusOptions(
        comments="comment", tasking_comments="comment", notification_threshold=25, delivery_type=None
    )
    inquiry = inquire(
        area=SMALL,
        start=start,
        end=end,
        optical=Optical(max_cloud_cover=10, max_incidence=50),
        options=options,
        reference="customer reference",
    )
    feasibility = sample("answer-feasibility")
    feasibility["progCapacities"][0]["mission"] = feasibility["progCapacities"][0]["progTypes"][0]["mission"] = "SPOT"
    step = Step(endpoint=Endpoint.FEASIBILITY, targets=(product("SpotTaskingOnePlan"),))
    (opportunity,) = translate.read_search(inquiry, step, answer(feasibility))
    without_market = evolve(settings, market=None)
    request = translate.price_request(without_market, inquiry, opportunity, ONEDAY_OPTIONS, None)

    assert sent(request) == sample("request-prices-oneplan")


def test_the_order_of_a_onenow_is_the_guides(settings, sample, inquire, product, attempt):
    """The OneNow body is produced field for field, deadline and periods taken out of the segmentKey."""
    expected = sample("request-order-onenow")
    area = shape(expected["aoi"][0]["geometry"])
    options = AirbusOptions(
        comments="API",
        tasking_comments="check if properties relevant between segmentKey",
        extended_angle=True,
        notification_emails=("my_mail@domain.com",),
    )
    inquiry = inquire(
        area=area,
        start=datetime(2020, 6, 18, tzinfo=UTC),
        optical=Optical(max_cloud_cover=10),
        options=options,
        reference="unique customer reference",
    )
    told = {item["key"]: item["value"] for item in expected["items"][0]["properties"]}
    inside = [{"key": key, "value": told[key]} for key in ("acqPeriods", "orderDeadLine")]
    key = f"{'0' * 128}::{json.dumps(inside)}"
    opportunity = attempt(inquiry, product("PleiadesTaskingOneNow"), segment_key=key)
    production = {option["key"]: option["value"] for option in expected["optionsPerProductType"][0]["options"]}
    body = translate.order_body(settings, inquiry, opportunity, production, "<workspaceId>")

    expected["aoi"][0]["geometry"]["coordinates"] = flat(expected["aoi"][0]["geometry"]["coordinates"])
    expected["items"][0]["segmentKey"] = key
    assert json.loads(dump_json(CONVERTER.unstructure(body))) == expected


def test_the_order_of_a_tristereo_is_the_guides(settings, sample, inquire, product):
    """The tristereo body has both ratios as text, MANUAL, and no segmentKey."""
    expected = sample("request-order-tristereo")
    options = AirbusOptions(tasking_comments="This is a custom comment", holdback=False, delivery_type=None)
    inquiry = inquire(
        area=shape(expected["aoi"][0]["geometry"]),
        start=datetime(2023, 10, 14, 13, 29, 57, 299_000, tzinfo=UTC),
        end=datetime(2023, 12, 14, 13, 29, 59, 73_000, tzinfo=UTC),
        optical=Optical(stereo=Stereo.TRISTEREO),
        options=options,
        reference="My tristereo reference",
        end_users=(EndUser(name="John Doe", country="FR"),),
    )
    step = Step(endpoint=Endpoint.STUDY, targets=(product("SpotTaskingOnePlan"),))
    (opportunity,) = translate.studied_opportunities(inquiry, step)
    production = {option["key"]: option["value"] for option in expected["optionsPerProductType"][0]["options"]}
    body = translate.order_body(settings, inquiry, opportunity, production, None)

    assert unordered(json.loads(dump_json(CONVERTER.unstructure(body)))) == unordered(expected)


def test_neo_is_told_no_workspace_and_its_own_notifications(settings, inquire, product, attempt):
    """A Pléiades Neo order names the way of delivery only, and events in its own shape."""
    options = AirbusOptions(notification_emails=("a@example.org",), secondary_market="GENIE")
    inquiry = inquire(options=options, market="AGRI")
    opportunity = attempt(inquiry, product("PleiadesNeoOneDay"), segment_key="k")
    body = json.loads(
        dump_json(CONVERTER.unstructure(translate.order_body(settings, inquiry, opportunity, {}, "legacy-one")))
    )

    assert body["delivery"] == {"type": "network"}
    assert body["items"][0]["notifications"][0]["channels"][0]["addressee"] == {"to": ["a@example.org"], "cc": []}
    assert (body["primaryMarket"], body["secondaryMarket"]) == ("AGRI", "GENIE")


def test_a_plan_without_a_threshold_proposes_nothing(inquire, product, answer, sample):
    """The notification threshold is the largest cloud cover unless set, so no image waits for a decision."""
    inquiry = inquire(optical=Optical(max_cloud_cover=15))
    step = Step(endpoint=Endpoint.FEASIBILITY, targets=(product("PleiadesTaskingOnePlan"),))
    (opportunity,) = translate.read_search(inquiry, step, answer("answer-feasibility"))

    told = properties(inquiry, opportunity)
    assert (told["notificationThreshold"], told["maxCloudCover"], "comments" in told) == (15, 15, False)


def test_a_onenow_without_a_readable_key_falls_back_on_the_segment(inquire, product, attempt):
    """Deadline and periods are written anew only where the key does not say them."""
    inquiry = inquire()
    opportunity = attempt(inquiry, product("PleiadesTaskingOneNow"), segment_key="opaque")
    told = properties(inquiry, opportunity)

    assert told["acqPeriods"] == "2021-05-31T11:10:44.099Z 2021-05-31T11:10:45.552Z"
    assert told["orderDeadLine"] == "2021-05-31T02:55:00.099Z"
    assert told["extendedAngle"] is False
