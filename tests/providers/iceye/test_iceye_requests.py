"""What goes to ICEYE, against its own samples."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from tasking_hub import LookSide, PassDirection, Radar, Secret, Window
from tasking_hub.messages import dump_json, load_json
from tasking_hub_iceye import ApiVersion, IceyeOptions, IceyeSettings, PriceParameters
from tasking_hub_iceye.translate import requests
from tasking_hub_iceye.wire import CONVERTER, TaskParameters

REQUIRED = (
    "contractID",
    "pointOfInterest[lat]",
    "pointOfInterest[lon]",
    "imagingMode",
    "exclusivity",
    "priority",
    "sla",
    "eula",
)

PAGE_RADAR = Radar(
    mode="SPOTLIGHT_EXTENDED_DWELL",
    min_incidence=10,
    max_incidence=45,
    look_side=LookSide.ANY,
    pass_direction=PassDirection.ANY,
)
PAGE_OPTIONS = IceyeOptions(additional_product_types=("SIDD", "SICD"))


@pytest.fixture
def page_task(ask, plan_for) -> TaskParameters:
    """The task of the price page's example."""
    return plan_for(ask(PAGE_OPTIONS, radar=PAGE_RADAR, exclusivity_days=0)).task


def test_the_price_pages_query_is_produced_parameter_by_parameter(page_task, sample):
    """Order, names and Python-style objects are those of the page's example."""
    query = requests.price_query(page_task, ApiVersion.V1, PriceParameters.DOCUMENTED)

    assert [list(pair) for pair in query] == sample("get-task-price.request.v1")


def test_only_what_is_required_is_sent_by_default(page_task, sample):
    """Further parameters move no price, so they stay at home; v1 takes the reference besides."""
    page = dict(sample("get-task-price.request.v1"))

    v1 = requests.price_query(page_task, ApiVersion.V1, PriceParameters.NONE)
    v2 = requests.price_query(page_task, ApiVersion.V2, PriceParameters.NONE)

    assert dict(v2) == {name: page[name] for name in REQUIRED}
    assert dict(v1) == {"reference": page["reference"], **dict(v2)}


def test_objects_can_be_written_as_json(page_task):
    """The encoding that most servers would expect, by option."""
    query = dict(requests.price_query(page_task, ApiVersion.V1, PriceParameters.JSON))

    assert load_json(query["acquisitionWindow"]) == {"start": "2024-05-01T00:00:00Z", "end": "2024-05-05T00:01:00Z"}
    assert load_json(query["incidenceAngle"]) == {"min": 10, "max": 45}
    assert load_json(query["additionalProductTypes"]) == ["SIDD", "SICD"]
    assert (query["lookSide"], query["passDirection"]) == ("ANY", "ANY")


def test_objects_can_be_written_in_brackets(page_task):
    """The style of pointOfInterest, for all of them; a list repeats its name."""
    query = requests.price_query(page_task, ApiVersion.V1, PriceParameters.DEEP_OBJECT)

    assert query[4:6] == (
        ("acquisitionWindow[start]", "2024-05-01T00:00:00Z"),
        ("acquisitionWindow[end]", "2024-05-05T00:01:00Z"),
    )
    assert query[11:] == (
        ("additionalProductTypes", "SIDD"),
        ("additionalProductTypes", "SICD"),
        ("incidenceAngle[min]", "10"),
        ("incidenceAngle[max]", "45"),
        ("lookSide", "ANY"),
        ("passDirection", "ANY"),
    )


@pytest.mark.parametrize("parameters", list(PriceParameters))
def test_what_the_caller_leaves_open_is_never_sent(ask, plan_for, parameters):
    """Without wishes only the window joins the required parameters, where further ones are wanted at all."""
    names = {name for name, _ in requests.price_query(plan_for(ask()).task, ApiVersion.V2, parameters)}

    assert {name for name in names - set(REQUIRED) if not name.startswith("acquisitionWindow")} == set()


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_positions_in_the_query_are_plain_decimals(ask, plan_for, lon, lat):
    """No exponent, no noise, at most seven digits after the point."""
    query = dict(requests.price_query(plan_for(ask(area=Point(lon, lat))).task, ApiVersion.V2, PriceParameters.NONE))

    for axis, degrees in (("lat", lat), ("lon", lon)):
        written = query[f"pointOfInterest[{axis}]"]
        assert set(written) <= set("-0123456789.")
        assert len(written.partition(".")[2]) <= 7
        assert abs(float(written) - degrees) < 1e-7


@pytest.mark.parametrize("version", list(ApiVersion))
def test_the_price_is_asked_of_the_configured_version(settings, page_task, version):
    """The path carries the version; the question may be repeated."""
    request = requests.price_request(evolve(settings, api_version=version), page_task, PriceParameters.NONE)

    assert (request.method, request.url) == ("GET", f"https://platform.iceye.com/api/tasking/{version}/price")
    assert (request.repeatable, request.body, request.headers) == (True, None, {"Accept": requests.ACCEPT})


def test_the_feasibility_question_is_produced_field_for_field(ask, plan_for, settings_v2, sample):
    """A list of one task with the field names of create-task on v2."""
    request = ask(
        IceyeOptions(product_types=("GRD-COG", "SICD")),
        area=Point(24.9384, 60.1699),
        window=Window(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 3, tzinfo=UTC)),
        radar=Radar(
            mode="SPOTLIGHT",
            min_incidence=20,
            max_incidence=35,
            look_side=LookSide.RIGHT,
            pass_direction=PassDirection.DESCENDING,
        ),
        exclusivity_days=30,
    )

    sent = requests.feasibility_request(settings_v2, plan_for(request, version=ApiVersion.V2).task)

    assert sent.body is not None
    assert load_json(sent.body) == sample("check-feasibility.request.v2")
    assert (sent.method, sent.url) == ("POST", "https://platform.iceye.com/api/tasking/v2/feasibility")
    assert (sent.repeatable, sent.timeout_s) == (True, 120)


def test_a_task_survives_being_saved_and_loaded(page_task):
    """What `raw` keeps reads back as the same task, through JSON text."""
    text = dump_json(CONVERTER.unstructure(page_task))

    assert CONVERTER.structure(load_json(text), TaskParameters) == page_task


def test_the_token_is_asked_for_as_documented():
    """Basic with id and secret, a form with the grant, and no caching on the way."""
    request = requests.token_request("https://auth.example/v1/token", Secret("the-id"), Secret("the-secret"))

    kind, _, encoded = request.headers["Authorization"].partition(" ")
    assert (kind, b64decode(encoded)) == ("Basic", b"the-id:the-secret")
    assert request.headers["Cache-Control"] == "no-cache"
    assert request.headers["Accept"] == "application/json, application/problem+json"
    assert (request.method, request.body, request.content_type) == (
        "POST",
        b"grant_type=client_credentials",
        "application/x-www-form-urlencoded",
    )
    assert "the-secret" not in repr(request)


def test_contracts_are_asked_for_page_by_page(settings):
    """The cursor of one page asks for the next."""
    first, next_ = requests.contracts_request(settings), requests.contracts_request(settings, "abc")

    assert first.url == "https://platform.iceye.com/api/company/v1/contracts"
    assert first.query == (("limit", "100"),)
    assert next_.query == (("limit", "100"), ("cursor", "abc"))


def test_ids_are_quoted_in_paths():
    """An id cannot lead to another path, and a slash at the end of the address does no harm."""
    settings = IceyeSettings(base_url="https://platform.example/")

    assert requests.contract_request(settings, "a/../b?c").url == (
        "https://platform.example/api/company/v1/contracts/a%2F..%2Fb%3Fc"
    )
    assert requests.summary_request(settings, "x").url == "https://platform.example/api/company/v1/contracts/x/summary"


def test_a_glance_at_the_funds_is_short_and_not_repeated(settings):
    """No price waits long for the note beside it."""
    request = requests.glance_request(settings, "x")

    assert (request.repeatable, request.timeout_s) == (False, 10)
