"""Which contracts, products and questions a request comes down to, and what is refused before any question."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from tasking_hub import InvalidRequestError, Optical, RefusalCode, Stereo, TaskRequest, Window
from tasking_hub_airbus import AirbusOptions, Mission, OptionValue, Programme, translate
from tasking_hub_airbus.translate import Endpoint, Inquiry, Target
from tasking_hub_airbus.translate.plan import suggested_programmes
from tasking_hub_airbus.translate.rules import area_notes, gsd_m, study_remedy
from tasking_hub_airbus.wire import CONVERTER, ContractInfo, ProductType

START = datetime(2026, 11, 25, tzinfo=UTC)

LEGACY_PRODUCTS = (
    "PleiadesTaskingOneDay",
    "PleiadesTaskingOneNow",
    "PleiadesTaskingOnePlan",
    "PleiadesTaskingOneSeries",
    "SpotTaskingOneDay",
    "SpotTaskingOnePlan",
    "SPOTArchive1.5Mono",
)
NEO_PRODUCTS = (
    "PleiadesNeoOneDay",
    "PleiadesNeoOneNowAttempts",
    "PleiadesNeoOneNowWeather",
    "PleiadesNeoOnePlan",
    "PleiadesNeoOneDayVrs",
)


def contract(name: str, backend: str | None) -> ContractInfo:
    """A contract of an account."""
    return CONVERTER.structure({"contractId": name, "backendSource": backend}, ContractInfo)


def products(*names: str) -> tuple[ProductType, ...]:
    """Product types by their ids."""
    return tuple(CONVERTER.structure({"productTypeId": name}, ProductType) for name in names)


LEGACY, NEO = contract("L", "legacy"), contract("N", "neo")
BOTH = [(LEGACY, products(*LEGACY_PRODUCTS)), (NEO, products(*NEO_PRODUCTS))]


def asked(plan) -> dict[str, list[str]]:
    """The questions of a plan: programmes by endpoint and mission."""
    return {
        f"{step.endpoint.value} {step.mission.value}": [target.programme.value for target in step.targets]
        for step in plan.steps
    }


# --- Contracts ---------------------------------------------------------------------------------------


def test_one_contract_of_each_back_end_is_used(inquire):
    """SPOT and Pléiades go to the legacy contract, Pléiades Neo to the neo one."""
    chosen = translate.choose_contracts(inquire(), [NEO, LEGACY], None)

    assert ([one.contract_id for one in chosen.contracts], chosen.refusals) == (["L", "N"], ())


def test_a_contract_without_a_back_end_is_a_legacy_one(inquire):
    """Older answers name no back end."""
    chosen = translate.choose_contracts(inquire(), [contract("old", None)], None)

    assert [one.contract_id for one in chosen.contracts] == ["old"]


def test_several_contracts_of_one_back_end_are_asked_about(inquire):
    """Which of two contracts pays is not guessed; the other back end is not held up."""
    chosen = translate.choose_contracts(inquire(), [LEGACY, contract("L2", "legacy"), NEO], None)
    (refusal,) = chosen.refusals

    assert [one.contract_id for one in chosen.contracts] == ["N"]
    assert (refusal.code, refusal.field, refusal.limit) == (RefusalCode.CONFIGURATION, "contract_id", "L, L2")


def test_a_configured_contract_that_the_account_lacks_is_named(inquire):
    """The ids that there are stand in the refusal."""
    chosen = translate.choose_contracts(inquire(), [LEGACY, NEO], "X")
    (refusal,) = chosen.refusals

    assert (refusal.code, refusal.actual, refusal.limit) == (RefusalCode.CONFIGURATION, "X", "L, N")


@pytest.mark.parametrize(
    ("missions", "contract_id", "contracts"),
    [
        ((Mission.PLEIADESNEO,), "L", [LEGACY, NEO]),
        ((Mission.PLEIADESNEO,), None, [LEGACY]),
        ((Mission.SPOT,), "N", [LEGACY, NEO]),
        ((Mission.PLEIADES,), None, [NEO]),
        ((), None, []),
    ],
)
def test_a_mission_on_the_wrong_back_end_is_refused(inquire, missions, contract_id, contracts):
    """SPOT and Pléiades need a legacy contract, Pléiades Neo a neo one: known before anything is asked."""
    inquiry = inquire(options=AirbusOptions(missions=missions))
    chosen = translate.choose_contracts(inquiry, contracts, contract_id)

    assert (chosen.contracts, [one.code for one in chosen.refusals]) == ((), [RefusalCode.NOT_IN_CONTRACT])
    assert chosen.refusals[0].remedy


def test_a_contract_of_an_unknown_back_end_is_refused(inquire):
    """Never nothing at all: a new back end serves none of the missions that are known."""
    chosen = translate.choose_contracts(inquire(), [contract("F", "future")], "F")

    assert (chosen.contracts, {one.code for one in chosen.refusals}) == ((), {RefusalCode.NOT_IN_CONTRACT})


def test_missions_that_were_not_asked_for_are_not_missed(inquire):
    """With a legacy contract alone, nobody hears of Pléiades Neo."""
    chosen = translate.choose_contracts(inquire(), [LEGACY], None)

    assert (len(chosen.contracts), chosen.refusals) == (1, ())


# --- Products ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mission", "programme"),
    [
        ("PleiadesTaskingOneDay", Mission.PLEIADES, Programme.ONEDAY),
        ("SpotTaskingOnePlan", Mission.SPOT, Programme.ONEPLAN),
        ("PleiadesTaskingOneSeries", Mission.PLEIADES, Programme.ONESERIES),
        ("PleiadesNeoOneNowWeather", Mission.PLEIADESNEO, Programme.ONENOWWEATHER),
        ("PleiadesNeoTaskingOnePlan", Mission.PLEIADESNEO, Programme.ONEPLAN),
        ("PleiadesNeoOneNowAttemptsVrs", Mission.PLEIADESNEO, Programme.ONENOWATTEMPTS),
    ],
)
def test_product_ids_name_mission_and_programme(name, mission, programme):
    """Every documented id is understood, the one of orders read back too."""
    target = Target.of(LEGACY, products(name)[0])

    assert (target.mission, target.programme) == (mission, programme)


def test_an_id_of_another_form_is_understood_by_its_parts():
    """Sensor and target tell what a new id does not."""
    parts = {"sensor": {"id": "pleiadesneo"}, "target": {"id": "oneday"}, "source": {"id": "tasking"}}
    body = {"productTypeId": "PNEO-2030", "technicalProduct": parts}
    target = Target.of(NEO, CONVERTER.structure(body, ProductType))

    assert (target.mission, target.programme) == (Mission.PLEIADESNEO, Programme.ONEDAY)


def test_archive_products_are_no_tasking_products():
    """A contract lists archive products beside tasking ones."""
    assert Target.of(LEGACY, products("SPOTArchive1.5Mono")[0]) is None


# --- Programmes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "days", "expected"),
    [
        (0, 2, ["ONEDAY", "ONENOW", "ONENOWATTEMPTS"]),
        (0, 5, ["ONEDAY", "ONENOW", "ONENOWATTEMPTS", "ONENOWWEATHER"]),
        (0, 40, ["ONEDAY", "ONENOW", "ONENOWATTEMPTS", "ONENOWWEATHER", "ONEPLAN"]),
        (20, 2, ["ONEDAY"]),
        (20, 40, ["ONEDAY", "ONEPLAN"]),
    ],
)
def test_the_window_chooses_the_programmes(inquire, ahead, days, expected):
    """A day can always be chosen; OneNow is for soon, a plan for long."""
    inquiry = inquire(start=START, end=START + timedelta(days=days), now=START - timedelta(days=ahead))

    assert list(suggested_programmes(inquiry)) == expected


def test_a_plan_asks_each_mission_once_for_each_question(inquire):
    """Attempts and feasibility of one mission are two questions, whatever the number of programmes."""
    plan = translate.make_plan(inquire(end=datetime(2021, 7, 1, tzinfo=UTC)), BOTH)

    assert plan.refusals == ()
    assert asked(plan) == {
        "attempts PLEIADES": ["ONEDAY", "ONENOW"],
        "feasibility PLEIADES": ["ONEPLAN"],
        "attempts SPOT": ["ONEDAY"],
        "feasibility SPOT": ["ONEPLAN"],
        "attempts PLEIADESNEO": ["ONEDAY", "ONENOWATTEMPTS"],
        "feasibility PLEIADESNEO": ["ONENOWWEATHER", "ONEPLAN"],
    }


def test_a_series_is_only_asked_for_by_name(inquire):
    """ONESERIES is passed through when it is named, and never suggested."""
    options = AirbusOptions(programmes=(Programme.ONESERIES,), missions=(Mission.PLEIADES,))
    plan = translate.make_plan(inquire(options=options), BOTH)

    assert asked(plan) == {"feasibility PLEIADES": ["ONESERIES"]}


def test_a_contract_with_plans_only_is_asked_for_plans_whatever_the_window(inquire):
    """Where nothing suggested is offered, what is offered is asked for."""
    catalogue = [(LEGACY, products("SpotTaskingOnePlan", "SpotTaskingOneSeries"))]
    plan = translate.make_plan(inquire(end=datetime(2021, 5, 30, tzinfo=UTC)), catalogue)

    assert asked(plan) == {"feasibility SPOT": ["ONEPLAN"]}


def test_virtual_receiving_stations_are_asked_for_on_request(inquire):
    """Products for customers with such a station are no plain products."""
    plan = translate.make_plan(inquire(options=AirbusOptions(virtual_receiving_station=True)), BOTH)

    assert [step.targets[0].product.product_type_id for step in plan.steps] == ["PleiadesNeoOneDayVrs"]


@pytest.mark.parametrize("stereo", [Stereo.STEREO, Stereo.TRISTEREO])
def test_stereo_is_a_plan_on_spot_and_pleiades(inquire, stereo):
    """Stereo needs no question, and Pléiades Neo takes none."""
    plan = translate.make_plan(inquire(optical=Optical(stereo=stereo)), BOTH)
    (refusal,) = plan.refusals

    assert [(step.endpoint, step.mission) for step in plan.steps] == [
        (Endpoint.STUDY, Mission.PLEIADES),
        (Endpoint.STUDY, Mission.SPOT),
    ]
    assert (refusal.code, refusal.field) == (RefusalCode.REQUIREMENT_NOT_OFFERED, "stereo")


def test_a_mission_that_cannot_see_so_sharply_is_refused_with_its_pixel(inquire):
    """Half a metre leaves SPOT out, and says why; the others are asked."""
    plan = translate.make_plan(inquire(optical=Optical(max_gsd_m=0.5)), BOTH)
    (refusal,) = plan.refusals

    assert {step.mission for step in plan.steps} == {Mission.PLEIADES, Mission.PLEIADESNEO}
    assert (refusal.field, refusal.limit, refusal.actual, refusal.unit) == ("max_gsd_m", 1.5, 0.5, "m")


def test_multispectral_products_have_larger_pixels():
    """A product without the panchromatic band has a quarter of its resolution."""
    assert [gsd_m(Mission.PLEIADES, word) for word in (None, "bundle", "multispectral")] == [0.5, 0.5, 2.0]


@pytest.mark.parametrize(
    "options",
    [
        AirbusOptions(programmes=(Programme.ONENOW,), missions=(Mission.SPOT,)),
        AirbusOptions(programmes=(Programme.ONENOW,), missions=(Mission.PLEIADESNEO,)),
    ],
)
def test_a_named_programme_that_no_contract_offers_is_refused(inquire, options):
    """What was asked for by name and is not there is said, with what there is."""
    plan = translate.make_plan(inquire(options=options), BOTH)
    (refusal,) = plan.refusals

    assert (plan.steps, refusal.code, refusal.field) == ((), RefusalCode.NOT_IN_CONTRACT, "programmes")
    assert "PleiadesTaskingOneDay" in refusal.limit


def test_a_named_programme_is_missed_beside_one_that_is_offered(inquire):
    """Nothing that was asked for by name is dropped in silence."""
    options = AirbusOptions(programmes=(Programme.ONEDAY, Programme.ONENOWWEATHER))
    plan = translate.make_plan(inquire(options=options), BOTH[:1])

    assert set(asked(plan)) == {"attempts PLEIADES", "attempts SPOT"}
    assert [one.code for one in plan.refusals] == [RefusalCode.NOT_IN_CONTRACT]


def test_stereo_by_another_programme_is_refused(inquire):
    """Stereo is OnePlan only: a named programme is not replaced in silence."""
    options = AirbusOptions(programmes=(Programme.ONEDAY,), missions=(Mission.SPOT,))
    plan = translate.make_plan(inquire(optical=Optical(stereo=Stereo.STEREO), options=options), BOTH)
    (refusal,) = plan.refusals

    assert (plan.steps, refusal.field, refusal.limit) == ((), "stereo", "ONEPLAN")


def test_a_contract_without_tasking_is_refused(inquire):
    """Never nothing at all."""
    plan = translate.make_plan(inquire(), [(LEGACY, products("SPOTArchive1.5Mono"))])

    assert [one.code for one in plan.refusals] == [RefusalCode.NOT_IN_CONTRACT]


# --- The area ----------------------------------------------------------------------------------------


def inquiry_over(area) -> Inquiry:
    """An inquiry about any area."""
    request = TaskRequest(area=area, window=Window(START, START + timedelta(days=1)))
    return Inquiry.of("airbus", request, START)


@pytest.mark.parametrize("area", [Point(1, 2), LineString([(1, 2), (2, 3)])])
def test_points_and_lines_are_refused_with_a_square_as_remedy(area):
    """Airbus takes polygons only."""
    refusal = translate.area_refusal(inquiry_over(area))

    assert (refusal.code, refusal.actual) == (RefusalCode.AREA_TYPE, area.geom_type)
    assert "10 km" in refusal.remedy


def test_a_hole_is_refused_where_it_is():
    """An area like a doughnut is forbidden."""
    area = Polygon(box(0, 0, 1, 1).exterior, [box(0.4, 0.4, 0.6, 0.6).exterior])
    refusal = translate.area_refusal(inquiry_over(area))

    assert (refusal.code, refusal.actual, refusal.unit) == (RefusalCode.AREA_SHAPE, 1, "holes")
    assert "at 0.6, 0.4" in refusal.message or "at 0.4, 0.4" in refusal.message


@given(st.integers(min_value=3, max_value=1500))
def test_an_area_has_at_most_999_positions_with_the_closing_one(corners):
    """The 1000th position is refused, with the number of those to take away."""
    area = Point(10, 10).buffer(0.2, quad_segs=1)
    ring = [area.exterior.interpolate(index / corners, normalized=True) for index in range(corners)]
    refusal = translate.area_refusal(inquiry_over(Polygon([(point.x, point.y) for point in ring])))

    if corners + 1 <= 999:
        assert refusal is None
    else:
        assert (refusal.code, refusal.limit, refusal.actual) == (RefusalCode.AREA_SHAPE, 999, corners + 1)
        assert refusal.remedy == f"simplify the outline by {corners + 1 - 999} positions"


def test_the_guides_self_intersecting_ring_is_no_area_at_all():
    """The guide's good ring is an area, its bad one is refused with the place of the crossing."""
    good = Polygon([(2.0, 1.0), (1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0)])

    assert translate.area_refusal(inquiry_over(good)) is None
    with pytest.raises(InvalidRequestError, match=r"self-intersection at longitude, latitude 1\.5, 1\.5"):
        inquiry_over(Polygon([(2.0, 1.0), (1.0, 2.0), (1.0, 1.0), (2.0, 2.0), (2.0, 1.0)]))


def test_a_tiny_area_is_noted_and_left_to_the_server():
    """Sizes are contract data: nothing is refused here."""
    inquiry = inquiry_over(box(1, 43, 1.005, 43.005))

    assert translate.area_refusal(inquiry) is None
    assert "below 5 km²" in area_notes(inquiry)[0]
    assert area_notes(inquiry_over(box(1, 43, 1.1, 43.1))) == ()


# --- Options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_bh": "0.1"},
        {"max_bh": "0.9"},
        {"max_bh": "much"},
        {"min_bh": "0.7", "max_bh": "0.3"},
        {"notification_threshold": 101},
        {"default_max_cloud_cover": -1},
        {"default_max_incidence": 0},
    ],
)
def test_options_out_of_bounds_are_refused_by_name(wrong):
    """The message names the option."""
    with pytest.raises(InvalidRequestError, match=next(iter(wrong))):
        AirbusOptions(**wrong)


def test_wishes_are_gathered_from_request_and_options(inquire):
    """The request's licence and priority, and Airbus' own words, of which the latter win."""
    options = AirbusOptions(
        priority="rush", dem="SRTMV4", product_options=(OptionValue(key="fullStrip", value="true"),)
    )
    inquiry = inquire(options=options, licence="media", priority="standard")

    assert inquiry.production_wishes == {
        "licence": "media",
        "priority": "rush",
        "dem": "SRTMV4",
        "fullStrip": "true",
    }


def test_another_providers_options_are_refused():
    """An object of another class under our name is a mistake."""
    request = TaskRequest(
        area=box(0, 0, 1, 1), window=Window(START, START + timedelta(days=1)), options={"airbus": object()}
    )
    with pytest.raises(InvalidRequestError, match="AirbusOptions"):
        Inquiry.of("airbus", request, START)


@pytest.mark.parametrize(
    ("optical", "days", "expected"),
    [
        (Optical(max_cloud_cover=5, max_incidence=15), 20, ["10 %", "20 deg", "30 days"]),
        (Optical(max_cloud_cover=10, max_incidence=20), 29, ["30 days"]),
        (Optical(stereo=Stereo.STEREO), 60, ["mono"]),
    ],
)
def test_the_remedy_for_a_study_names_every_rule_that_is_broken(inquire, product, optical, days, expected):
    """Cloud, incidence and window, each with the value that would do."""
    inquiry = inquire(optical=optical, end=datetime(2021, 5, 28, tzinfo=UTC) + timedelta(days=days))
    remedy = study_remedy(inquiry, product("PleiadesTaskingOnePlan"))

    assert all(part in remedy for part in expected)
    assert remedy.count(" and ") == len(expected) - 1


def test_no_remedy_is_made_up_for_a_study(inquire, product):
    """Where every published rule is kept, nothing is promised."""
    inquiry = inquire(end=datetime(2021, 9, 1, tzinfo=UTC))

    assert study_remedy(inquiry, product("PleiadesTaskingOnePlan")) is None
    assert evolve(inquiry).window == inquiry.request.window
