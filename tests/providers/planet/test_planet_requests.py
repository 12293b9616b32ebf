"""From the neutral request to Planet's requests."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from tasking_hub import Optical, Secret, TaskRequest, Window
from tasking_hub.messages import dump_json, load_json
from tasking_hub_planet import PlanetOptions, PlanetSettings
from tasking_hub_planet.translate import Inquiry, create_request, products_request, read_request

NOW = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)


def body_of(inquiry):
    """The body of the search as it goes over the wire."""
    return load_json(create_request(inquiry).body)


def test_the_pages_search_is_produced(inquire, sample):
    """A point and the whole of the next week is the page's request, member for member."""
    request = create_request(inquire(area=Point(13.350097, 52.514511)))

    assert load_json(request.body) == sample("search-create-request")
    assert (request.method, request.url) == ("POST", "https://api.planet.com/tasking/v2/imaging-windows/search/")
    assert request.content_type == "application/json"
    assert request.repeatable


def test_every_constraint_is_sent_under_its_own_name(inquire):
    """Times, angles and the options are the documented members and no others."""
    inquiry = inquire(
        area=LineString([(13.1, 52.5), (13.4, 52.6)]),
        window=Window(NOW + timedelta(hours=1), NOW + timedelta(days=2)),
        optical=Optical(min_incidence=5.5, max_incidence=31.7, max_cloud_cover=10, min_sun_elevation=20, max_gsd_m=1),
        options=PlanetOptions(
            off_nadir_min=1, off_nadir_max=25.5, satellite_types=("SKYSAT", "PELICAN"), sensitivity_mode="GLINT"
        ),
    )

    assert body_of(inquiry) == load_json(
        dump_json(
            {
                "geometry": {"type": "LineString", "coordinates": [[13.1, 52.5], [13.4, 52.6]]},
                "pl_number": "<YourPLNumber>",
                "product": "Assured Tasking",
                "start_time": "2024-07-24T10:26:41Z",
                "end_time": "2024-07-26T09:26:41Z",
                "sat_elevation_angle_min": 58.3,
                "sat_elevation_angle_max": 84.5,
                "off_nadir_angle_min": 1,
                "off_nadir_angle_max": 25.5,
                "satellite_types": ["SKYSAT", "PELICAN"],
                "sensitivity_mode": "GLINT",
            }
        )
    )


@given(st.floats(0, 90), st.floats(0, 90))
def test_elevation_is_ninety_less_the_incidence(first, second):
    """The largest incidence is the smallest elevation, the smallest incidence the largest elevation."""
    low, high = sorted((first, second))
    request = TaskRequest(
        area=Point(1, 2),
        window=Window(NOW, NOW + timedelta(days=1)),
        optical=Optical(min_incidence=low, max_incidence=high),
    )
    settings = PlanetSettings(api_key=Secret("k"), pl_number="PL-1")
    inquiry = Inquiry(account="a", settings=settings, request=request, options=PlanetOptions(), asked_at=NOW)

    sent = create_request(inquiry).json

    assert sent["sat_elevation_angle_min"] == pytest.approx(90 - high, abs=1e-12)
    assert sent["sat_elevation_angle_max"] == pytest.approx(90 - low, abs=1e-12)
    assert sent["sat_elevation_angle_min"] <= sent["sat_elevation_angle_max"]


@pytest.mark.parametrize(
    ("start_h", "end_h", "sent"),
    [
        (-5, 24, (None, "2024-07-25T09:26:41Z")),
        (0, 24, (None, "2024-07-25T09:26:41Z")),
        (1, 24, ("2024-07-24T10:26:41Z", "2024-07-25T09:26:41Z")),
        (0, 7 * 24, (None, None)),
        (-5, 9 * 24, (None, None)),
        (1, 7 * 24, ("2024-07-24T10:26:41Z", "2024-07-31T09:25:41Z")),
        (1, 9 * 24, ("2024-07-24T10:26:41Z", "2024-07-31T09:25:41Z")),
    ],
)
def test_the_window_is_cut_to_what_planet_plans(inquire, start_h, end_h, sent):
    """Nothing past and nothing beyond seven days is asked for; an open end is left to the server."""
    window = Window(NOW + timedelta(hours=start_h), NOW + timedelta(hours=end_h))

    body = body_of(inquire(window=window, asked_at=NOW))

    assert (body.get("start_time"), body.get("end_time")) == sent


def test_a_polygon_is_a_point_inside_it(inquire):
    """The point lies in the polygon even where its centre does not."""
    crescent = box(10.0, 50.0, 10.04, 50.04).difference(box(10.01, 50.0, 10.04, 50.03))

    body = body_of(inquire(area=crescent))

    assert body["geometry"]["type"] == "Point"
    assert crescent.contains(Point([float(value) for value in body["geometry"]["coordinates"]]))


@pytest.mark.parametrize(("asked", "option", "sent"), [(None, None, "0"), (5, None, "7"), (7, 30, "30"), (30, 0, "30")])
def test_every_reading_asks_for_the_price(inquire, asked, option, sent):
    """The exclusivity parameter is always there, since Planet leaves prices out without it."""
    inquiry = inquire(exclusivity_days=asked, options=PlanetOptions(exclusivity_days=option))

    request = read_request(inquiry, "b7a4a198-17ea-45e2-baa1-766aaae3fab7")

    assert request.query == (("order_template__exclusivity_days", sent),)
    assert request.url == (
        "https://api.planet.com/tasking/v2/imaging-windows/search/b7a4a198-17ea-45e2-baa1-766aaae3fab7/"
    )
    assert (request.method, request.repeatable) == ("GET", True)


def test_replacing_windows_are_asked_for_only_on_request(inquire):
    """The opt-in is a parameter of the reading."""
    request = read_request(inquire(options=PlanetOptions(show_replacing=True)), "an-id")

    assert ("show_replacing_imaging_windows", "true") in request.query


def test_an_id_cannot_lead_elsewhere(inquire):
    """What a server calls an id stays one member of the path."""
    request = read_request(inquire(), "../../orders?x=1#y")

    assert request.url.endswith("/search/..%2F..%2Forders%3Fx%3D1%23y/")


def test_a_base_url_may_end_with_a_slash(settings):
    """The path is joined with one slash."""
    request = products_request(evolve(settings, base_url="http://localhost:8080/planet/"))

    assert request.url == "http://localhost:8080/planet/tasking/v2/products"
