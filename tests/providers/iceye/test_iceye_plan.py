"""From a request to a task: where to point, what to send, and what is said of each requirement."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import shapely
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from tasking_hub import AdjustmentKind, EndUser, Imaging, LookSide, PassDirection, Radar, RefusalCode, Window, geometry
from tasking_hub_iceye import ApiVersion, IceyeOptions
from tasking_hub_iceye.translate.adjustments import image_adjustments, wish_adjustments
from tasking_hub_iceye.translate.modes import MODES
from tasking_hub_iceye.translate.plan import Plan, aim, decimal_degrees
from tasking_hub_iceye.wire import IncidenceAngle

NOW = datetime(2024, 4, 30, 9, tzinfo=UTC)
"""The time at which `plan_for` plans."""

SPOT = MODES["SPOTLIGHT"].scene

lons, lats = st.floats(-179, 179), st.floats(-80, 80)


# --- Where to point ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("degrees", "written"),
    [
        (32.0, "32"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1e-9, "0"),
        (43.604700000000001, "43.6047"),
        (-179.99999999, "-180"),
        (1.23456789, "1.2345679"),
    ],
)
def test_positions_are_written_without_noise(degrees, written):
    """Seven digits after the point, no binary noise, no idle zeros, no minus zero, no exponent."""
    assert str(decimal_degrees(degrees)) == written


@given(st.floats(-180, 180))
def test_positions_are_exact_to_a_centimetre(degrees):
    """Writing a position moves it by less than half of the last digit."""
    assert abs(decimal_degrees(degrees) - Decimal(repr(degrees))) <= Decimal("0.5e-7")


@given(lons, lats)
def test_a_point_is_its_own_aim_and_seen_whole(lon, lat):
    """The scene is drawn around the point."""
    position, box, share = aim(Point(lon, lat), SPOT)

    assert (position.lon, position.lat) == (decimal_degrees(lon), decimal_degrees(lat))
    assert share == 1
    assert box is not None
    assert box.covers(Point(lon, lat))


@given(lons, lats, st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_rectangle_no_larger_than_the_scene_is_seen_whole(lon, lat, width, height):
    """The scene is aimed at the middle of what it must show."""
    _, _, share = aim(geometry.square_km(lon, lat, width, height), SPOT)

    assert share == pytest.approx(1, abs=2e-3)


@given(lons, lats, st.floats(0.1, 60), st.floats(0.1, 60))
def test_the_aim_belongs_to_the_area(lon, lat, width, height):
    """A triangle's aim lies in the triangle, whatever its middle."""
    west, south, east, north = geometry.square_km(lon, lat, width, height).bounds
    triangle = Polygon([(west, south), (east, south), (east, north)])

    position, _, share = aim(triangle, SPOT)

    assert triangle.distance(Point(float(position.lon), float(position.lat))) < 1e-6
    assert 0 < share <= 1


def test_the_better_of_middle_and_centroid_is_aimed_at():
    """A right-angled triangle that just fits is seen whole from the middle of its long side."""
    west, south, east, north = geometry.square_km(2, 48, 4.9, 4.9).bounds

    _, _, share = aim(Polygon([(west, south), (east, south), (east, north)]), SPOT)

    assert share == pytest.approx(1, abs=1e-6)


def test_an_area_is_aimed_at_inside_although_its_middle_is_not():
    """The middle of a horseshoe is no part of it."""
    shoe = shapely.box(2, 48, 2.03, 48.03) - shapely.box(2.01, 48.01, 2.02, 48.03)

    position, _, _ = aim(shoe, SPOT)

    assert shoe.covers(Point(float(position.lon), float(position.lat)))


def test_a_mode_without_figures_has_no_scene():
    """No footprint and no share are made up."""
    position, box, share = aim(Point(2, 48), None)

    assert (position.lon, position.lat, box, share) == (2, 48, None, None)


# --- The task ----------------------------------------------------------------------------------------


def test_a_plain_request_is_filled_from_the_contract(ask, plan_for):
    """Mode by the rule, terms by the contract's defaults, nothing else."""
    task = plan_for(ask()).task

    assert (task.imaging_mode, task.priority, task.sla, task.eula, task.exclusivity) == (
        "SPOTLIGHT",
        "COMMERCIAL",
        "SLA_8H",
        "STANDARD",
        "PUBLIC",
    )
    assert (task.incidence_angle, task.look_side, task.pass_direction) == (None, None, None)
    assert (task.product_types, task.additional_product_types) == ((), ())
    assert task.reference == "Customer reference"


def test_all_that_is_wrong_is_told_at_once(ask, plan_for):
    """Contract dates, terms, window and mode are judged together, so that a buyer mends them in one go."""
    request = ask(
        priority="URGENT",
        licence="MULTI",
        sla="SLA_1H",
        radar=Radar(mode="SPOTLIGHT_FINE_3L"),
        window=Window(NOW, NOW + timedelta(hours=30)),
    )

    refusals = plan_for(request, end=NOW)

    assert [(refusal.code, refusal.field) for refusal in refusals] == [
        (RefusalCode.NOT_IN_CONTRACT, None),
        (RefusalCode.NOT_IN_CONTRACT, "priority"),
        (RefusalCode.NOT_IN_CONTRACT, "sla"),
        (RefusalCode.NOT_IN_CONTRACT, "licence"),
        (RefusalCode.WINDOW_TOO_SOON, "window"),
        (RefusalCode.NOT_IN_CONTRACT, "mode"),
    ]


def test_an_incidence_out_of_reach_is_refused_once(ask, plan_for):
    """Mode and API limits do not both complain."""
    refusals = plan_for(ask(radar=Radar(min_incidence=60)))

    assert [(refusal.code, refusal.field) for refusal in refusals] == [
        (RefusalCode.REQUIREMENT_NOT_OFFERED, "min_incidence")
    ]


def test_the_api_limit_is_refused_although_the_mode_could(ask, plan_for):
    """SPOTLIGHT images from 5 degrees on, the API takes 10."""
    (refusal,) = plan_for(ask(radar=Radar(max_incidence=8)))

    assert (refusal.field, refusal.remedy) == ("max_incidence", "allow incidences up to 10 degrees")


def test_mode_and_option_must_agree(ask, plan_for):
    """The radar mode and the ICEYE option are one wish."""
    (refusal,) = plan_for(ask(IceyeOptions(imaging_mode="SCAN"), radar=Radar(mode="SPOTLIGHT")))

    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, "mode")
    assert plan_for(ask(IceyeOptions(imaging_mode="SCAN"), radar=Radar(mode="SCAN"))).task.imaging_mode == "SCAN"
    assert plan_for(ask(IceyeOptions(imaging_mode="SCAN"))).task.imaging_mode == "SCAN"


@pytest.mark.parametrize(("wish", "option"), [("priority", "priority"), ("sla", "sla"), ("licence", "eula")])
def test_wishes_and_options_must_agree(ask, plan_for, wish, option):
    """Two words for one thing are a contradiction, under the name of the wish."""
    (refusal,) = plan_for(ask(IceyeOptions(**{option: "THIS"}), **{wish: "THAT"}))

    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, wish)
    assert refusal.remedy == f"leave out one of {wish} and {option}"


@pytest.mark.parametrize("version", list(ApiVersion))
def test_each_version_gets_its_own_product_types(ask, plan_for, version):
    """Only v1 knows additionalProductTypes, only v2 productTypes."""
    options = IceyeOptions(additional_product_types=("SIDD",), product_types=("SICD",))

    task = plan_for(ask(options), version=version).task

    expected = (("SIDD",), ()) if version is ApiVersion.V1 else ((), ("SICD",))
    assert (task.additional_product_types, task.product_types) == expected


def test_a_background_task_wants_more_notice(ask, plan_for):
    """The priority that the contract fills in decides about the window."""
    request = ask(window=Window(NOW + timedelta(hours=13), NOW + timedelta(hours=60)))

    commercial, background = plan_for(request), plan_for(ask(priority="BACKGROUND", window=request.window))

    assert commercial.task.acquisition_window.start == request.window.start
    assert background.task.acquisition_window.start == NOW + timedelta(hours=26)


# --- Adjustments -------------------------------------------------------------------------------------

EVERYTHING = Radar(
    mode="SPOTLIGHT",
    max_resolution_m=1,
    min_looks=4,
    min_incidence=18,
    max_incidence=34.5,
    look_side=LookSide.RIGHT,
    pass_direction=PassDirection.ANY,
)


def rows(adjustments):
    """Adjustments by field: how, asked and sent."""
    return {row.field: (row.how, row.asked, row.sent) for row in adjustments}


def test_every_requirement_on_the_image_has_its_row(ask, plan_for):
    """Honoured as asked, or tightened to whole degrees; nothing is missing and nothing twice."""
    request = ask(radar=EVERYTHING)
    plan = plan_for(request)

    found = list(image_adjustments(request, plan, checked=True))

    assert len(rows(found)) == len(found)
    assert rows(found) == {
        "mode": (AdjustmentKind.HONOURED, "SPOTLIGHT", "SPOTLIGHT"),
        "max_resolution_m": (AdjustmentKind.HONOURED, 1, "SPOTLIGHT"),
        "min_looks": (AdjustmentKind.HONOURED, 4, "SPOTLIGHT"),
        "min_incidence": (AdjustmentKind.HONOURED, 18, 18),
        "max_incidence": (AdjustmentKind.TIGHTENED, 34.5, 34),
        "look_side": (AdjustmentKind.HONOURED, LookSide.RIGHT, "RIGHT"),
        "pass_direction": (AdjustmentKind.HONOURED, PassDirection.ANY, "ANY"),
        "area": (
            AdjustmentKind.HONOURED,
            {"type": "Point", "coordinates": [35.0, 32.0]},
            {"type": "Point", "coordinates": [35.0, 32.0]},
        ),
    }


@frozen(kw_only=True)
class FutureRadar(Radar):
    """A requirement that was made after this adapter."""

    squint: float | None = None


def test_a_requirement_that_iceye_does_not_know_is_not_enforced(ask, plan_for):
    """A new requirement has its row before the adapter learns of it."""
    request = ask(radar=FutureRadar(squint=10))

    found = rows(image_adjustments(request, plan_for(request), checked=False))

    assert found["squint"] == (AdjustmentKind.NOT_ENFORCED, 10, None)


@pytest.mark.parametrize(
    ("checked", "said"),
    [
        (True, "sent with the task and its feasibility check; does not move the price"),
        (False, "sent with the task; does not move the price, and nothing checks it before the order"),
    ],
)
def test_what_the_price_cannot_check_is_said(ask, plan_for, checked, said):
    """The sides of the pass reach the task, not the price; only v2's feasibility hears of them before the order."""
    request = ask(radar=Radar(look_side=LookSide.LEFT))

    found = {row.field: row.why for row in image_adjustments(request, plan_for(request), checked=checked)}

    assert found["look_side"] == said


def test_an_incidence_without_promised_quality_is_said(ask, plan_for):
    """Outside the performant range images are possible, not promised."""
    request = ask(radar=Radar(min_incidence=15, max_incidence=30))

    found = {row.field: row.why for row in image_adjustments(request, plan_for(request), checked=False)}

    assert found["min_incidence"].endswith("quality is promised only for 20 to 40 degrees in this mode")
    assert "quality" not in found["max_incidence"]


def test_requirements_on_an_uncharted_mode_are_not_enforced(ask, plan_for):
    """Without figures nobody can say whether it resolves enough."""
    request = ask(radar=Radar(mode="SPOTLIGHT_HIGH", max_resolution_m=1, min_looks=3))

    found = list(image_adjustments(request, plan_for(request), checked=False))

    assert rows(found)["max_resolution_m"] == (AdjustmentKind.NOT_ENFORCED, 1, "SPOTLIGHT_HIGH")
    assert rows(found)["min_looks"] == (AdjustmentKind.NOT_ENFORCED, 3, "SPOTLIGHT_HIGH")
    assert all(row.why for row in found if row.how is AdjustmentKind.NOT_ENFORCED)


@pytest.mark.parametrize(
    ("area", "share"),
    [
        (geometry.square_km(35, 32, 4, 4), "shows all of the area"),
        (LineString([(35, 32), (35.02, 32.02)]), "shows all of the area"),
        (Polygon([(35, 32), (35.05, 32), (35.05, 32.04), (35.04, 32.04), (35.04, 32.01), (35, 32.01)]), "%"),
    ],
)
def test_an_area_becomes_a_point_and_the_share_seen_is_said(ask, plan_for, area, share):
    """The row names what one scene shows, and that its direction is not known."""
    request = ask(area=area)

    (row,) = [one for one in image_adjustments(request, plan_for(request), checked=False) if one.field == "area"]

    assert row.how is AdjustmentKind.APPROXIMATED
    assert row.asked == geometry.to_geojson(area)
    assert share in row.why
    assert "drawn from south to north" in row.why


def test_an_area_partly_seen_is_not_called_whole(plan_for, ask):
    """An L that fits the box of a scene but is aimed at inside is shown in part."""
    angle = Polygon([(35, 32), (35.05, 32), (35.05, 32.002), (35.002, 32.002), (35.002, 32.04), (35, 32.04)])
    plan = plan_for(ask(area=angle))

    assert isinstance(plan, Plan)
    assert plan.covered is not None
    assert 0.3 < plan.covered < 0.999


def test_a_moved_window_has_its_row(ask, plan_for):
    """Both ends name their reason."""
    request = ask(window=Window(NOW, NOW + timedelta(days=20)))

    (row,) = [one for one in image_adjustments(request, plan_for(request), checked=False) if one.field == "window"]

    assert row.how is AdjustmentKind.TIGHTENED
    assert row.asked == "2024-04-30T09:00:00Z/2024-05-20T09:00:00Z"
    assert row.sent == "2024-04-30T23:00:00Z/2024-05-14T09:00:00Z"
    assert row.why == (
        "ICEYE wants 12 h notice for COMMERCIAL tasks, and time to decide is kept free; "
        "ICEYE's windows end within 14 days from now"
    )


@pytest.mark.parametrize(
    ("days", "option", "how", "sent"),
    [
        (0, None, AdjustmentKind.HONOURED, "PUBLIC"),
        (30, None, AdjustmentKind.APPROXIMATED, "PRIVATE"),
        (30, "PUBLIC", AdjustmentKind.NOT_ENFORCED, "PUBLIC"),
        (0, "PRIVATE", AdjustmentKind.TIGHTENED, "PRIVATE"),
    ],
)
def test_exclusive_days_are_said_to_be_the_contracts(ask, plan_for, days, option, how, sent):
    """ICEYE takes a word, not a number: the row says what the word means."""
    request = ask(IceyeOptions(exclusivity=option), exclusivity_days=days)

    (row,) = wish_adjustments(request, plan_for(request).task)

    assert (row.field, row.how, row.asked, row.sent) == ("exclusivity_days", how, days, sent)
    assert row.why


def test_an_unheard_of_exclusivity_is_left_to_the_contract(ask, plan_for, contract):
    """A word that nobody described is passed on and called approximate."""
    request = ask(IceyeOptions(exclusivity="EMBARGO"), exclusivity_days=3)
    allowed = type(contract.exclusivity)(allowed=("EMBARGO",), default="EMBARGO")

    (row,) = wish_adjustments(request, plan_for(request, exclusivity=allowed).task)

    assert (row.how, row.why) == (AdjustmentKind.APPROXIMATED, "the contract decides what EMBARGO means")


def test_every_commercial_wish_has_its_row(ask, plan_for):
    """What ICEYE has no parameter for is not enforced, and says so."""
    request = ask(
        licence="STANDARD",
        priority="COMMERCIAL",
        sla="SLA_8H",
        market="NQUAL",
        end_users=(EndUser(name="Ada", country="FR"),),
    )

    found = list(wish_adjustments(request, plan_for(request).task))

    assert {row.field: row.how for row in found} == {
        "licence": AdjustmentKind.HONOURED,
        "priority": AdjustmentKind.HONOURED,
        "sla": AdjustmentKind.HONOURED,
        "market": AdjustmentKind.NOT_ENFORCED,
        "end_users": AdjustmentKind.NOT_ENFORCED,
    }
    assert all(row.why for row in found if row.how is AdjustmentKind.NOT_ENFORCED)


@given(
    st.none() | st.floats(0, 30),
    st.none() | st.floats(30, 60),
    st.none() | st.sampled_from(list(LookSide)),
    st.none() | st.sampled_from(list(PassDirection)),
    st.none() | st.floats(0.2, 30),
)
def test_no_requirement_is_dropped_in_silence(ask, plan_for, low, high, side, direction, resolution):
    """Whatever is asked is refused or has exactly one row."""
    radar = Radar(
        min_incidence=low, max_incidence=high, look_side=side, pass_direction=direction, max_resolution_m=resolution
    )
    request = ask(radar=radar)
    plan = plan_for(request)

    if isinstance(plan, Plan):
        fields = [row.field for row in image_adjustments(request, plan, checked=False)]
        assert sorted(fields) == sorted([*request.asked(Imaging.RADAR), "area"])
        assert plan.task.incidence_angle is None or isinstance(plan.task.incidence_angle, IncidenceAngle)
