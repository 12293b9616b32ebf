"""The imaging modes that are known, and the rule that chooses one."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub import Range, RefusalCode, geometry
from tasking_hub_iceye.translate.choice import settle_mode
from tasking_hub_iceye.translate.modes import MODES, Mode, Need, charted, choose, mode_of

PRICE_PAGE = {
    "Strip": "STRIPMAP",
    "Spot": "SPOTLIGHT",
    "Spot Extended Area": "SPOTLIGHT_EXTENDED_AREA",
    "Spot Fine": "SPOTLIGHT_FINE",
    "Spot Fine 1-look": "SPOTLIGHT_FINE_1L",
    "Spot Fine 2-looks": "SPOTLIGHT_FINE_2L",
    "Spot Fine 3-looks": "SPOTLIGHT_FINE_3L",
    "Scan": "SCAN",
    "Scan Wide": "SCAN_WIDE",
    "Dwell": "SPOTLIGHT_EXTENDED_DWELL",
    "Dwell Fine": "SPOTLIGHT_EXTENDED_DWELL_FINE",
    "Dwell Precise": "SPOTLIGHT_EXTENDED_DWELL_PRECISE",
    "Spot 1-look": "SPOTLIGHT_HIGH_1L",
    "Spot 2-looks": "SPOTLIGHT_HIGH_2L",
    "Spot Precise 1-look": "SPOTLIGHT_PRECISE_1L",
    "Spot Precise 2-looks": "SPOTLIGHT_PRECISE_2L",
    "Spot Precise 3-looks": "SPOTLIGHT_PRECISE_3L",
}
SEEN_IN_CONTRACTS = {"SPOTLIGHT_HIGH", "STRIPMAP_EXTENDED", "STRIPMAP_HIGH"}

contracts = st.sets(st.sampled_from([*MODES, "SPOTLIGHT_OF_TOMORROW"]))
needs = st.builds(
    Need,
    extent=st.builds(geometry.Extent, st.floats(0, 320), st.floats(0, 320)),
    max_resolution_m=st.none() | st.floats(0.1, 40),
    min_looks=st.none() | st.integers(1, 14),
    incidence_deg=st.none() | st.tuples(st.floats(0, 90), st.floats(0, 90)).map(lambda pair: Range(*sorted(pair))),
)


def test_the_price_pages_seventeen_modes_are_known_by_their_guide_names():
    """Every row of the page's table is a constant, with its name in the product guide."""
    titles = {title: literal for literal, title in ((mode.literal, mode.title) for mode in MODES.values())}

    assert {title: titles[title] for title in PRICE_PAGE} == PRICE_PAGE


def test_the_other_known_modes_are_those_seen_in_contracts():
    """Nothing else is claimed to be known."""
    assert set(MODES) - set(PRICE_PAGE.values()) == SEEN_IN_CONTRACTS


@pytest.mark.parametrize(
    ("literal", "resolution", "size", "looks", "performant", "possible"),
    [
        ("STRIPMAP", 3, "30 x 50 km", 1, Range(15, 35), Range(5, 45)),
        ("SPOTLIGHT", 1, "5 x 5 km", 4, Range(20, 40), Range(5, 45)),
        ("SPOTLIGHT_EXTENDED_AREA", 1, "15 x 15 km", 2, Range(20, 40), Range(5, 45)),
        ("SPOTLIGHT_FINE", 0.5, "5 x 5 km", 5, Range(20, 40), Range(5, 45)),
        ("SPOTLIGHT_FINE_1L", 0.5, "5 x 5 km", 1, Range(20, 40), Range(10, 45)),
        ("SPOTLIGHT_FINE_2L", 0.5, "5 x 5 km", 2, Range(20, 40), Range(10, 45)),
        ("SCAN", 15, "100 x 100 km", 1, Range(21, 29), Range(21, 29)),
        ("SCAN_WIDE", 27, "200 x 300 km", 1, Range(21, 26), Range(21, 26)),
        ("SPOTLIGHT_EXTENDED_DWELL", 1, "5 x 5 km", 12, Range(20, 40), Range(5, 45)),
        ("SPOTLIGHT_EXTENDED_DWELL_FINE", 0.5, "5 x 5 km", 6, Range(20, 40), Range(5, 45)),
        ("SPOTLIGHT_EXTENDED_DWELL_PRECISE", 0.25, "5 x 5 km", 3, Range(20, 33), Range(5, 45)),
    ],
)
def test_scenes_are_those_of_the_product_specification(literal, resolution, size, looks, performant, possible):
    """Resolution, scene, looks and incidences are the figures of the Data Product Specification 6.0.5."""
    scene = MODES[literal].scene

    assert scene is not None
    assert (scene.resolution_m, scene.size, scene.looks) == (resolution, size, looks)
    assert (scene.performant_deg, scene.possible_deg) == (performant, possible)


@pytest.mark.parametrize(
    ("need", "chosen"),
    [
        ({}, "SPOTLIGHT"),
        ({"max_resolution_m": 0.5}, "SPOTLIGHT_FINE"),
        ({"max_resolution_m": 0.3}, "SPOTLIGHT_EXTENDED_DWELL_PRECISE"),
        ({"min_looks": 6}, "SPOTLIGHT_EXTENDED_DWELL"),
        ({"min_looks": 6, "max_resolution_m": 0.5}, "SPOTLIGHT_EXTENDED_DWELL_FINE"),
        ({"max_resolution_m": 15}, "SPOTLIGHT"),
        ({"extent": geometry.Extent(5, 5)}, "SPOTLIGHT"),
        ({"extent": geometry.Extent(5, 6)}, "SPOTLIGHT_EXTENDED_AREA"),
        ({"extent": geometry.Extent(20, 50)}, "STRIPMAP"),
        ({"extent": geometry.Extent(50, 20)}, "SCAN"),
        ({"extent": geometry.Extent(150, 20)}, "SCAN_WIDE"),
        ({"extent": geometry.Extent(20, 50), "max_resolution_m": 1}, None),
        ({"extent": geometry.Extent(300, 200)}, None),
        ({"incidence_deg": Range(46, 90)}, None),
        ({"extent": geometry.Extent(50, 20), "incidence_deg": Range(30, 40)}, None),
    ],
)
def test_the_mode_does_what_is_needed_and_no_more(need, chosen):
    """The smallest scene that shows the area, the coarsest resolution that is fine enough, the standard mode first."""
    mode = choose(MODES, Need(**need))

    assert (mode and mode.literal) == chosen


@given(contracts, needs)
def test_a_chosen_mode_is_allowed_known_and_able(allowed, need):
    """Whatever is chosen stands in the contract and meets every need; nothing is chosen only where nothing could be."""
    mode = choose(allowed, need)

    able = {one.literal for one, scene in charted(allowed) if not need.unmet(scene)}
    assert (mode.literal in able) if mode else not able


@given(contracts, needs)
def test_no_smaller_scene_and_no_coarser_resolution_would_do(allowed, need):
    """Among the able modes none shows less, and none of the same size is coarser."""
    mode = choose(allowed, need)

    if mode is not None and mode.scene is not None:
        for _, scene in charted(allowed):
            if not need.unmet(scene):
                assert scene.area_km2 >= mode.scene.area_km2
                assert scene.area_km2 > mode.scene.area_km2 or scene.resolution_m <= mode.scene.resolution_m


@given(contracts, needs)
def test_the_choice_does_not_depend_on_the_contracts_order(allowed, need):
    """The rule is a function of the set of allowed modes."""
    assert choose(sorted(allowed), need) == choose(sorted(allowed, reverse=True), need)


@given(contracts, needs)
def test_asking_for_less_never_loses_the_choice(allowed, need):
    """Where a mode serves a need, one serves it without its resolution, looks or incidences."""
    relaxed = evolve(need, max_resolution_m=None, min_looks=None, incidence_deg=None)

    assert choose(allowed, need) is None or choose(allowed, relaxed) is not None


@given(contracts, needs)
def test_every_unserved_need_has_a_refusal_with_a_remedy(allowed, need):
    """Where no mode is chosen, code, field and a remedy say why."""
    settled = settle_mode(None, sorted(allowed), need)

    assert isinstance(settled, Mode) or (settled.field and settled.remedy and settled.message.endswith("."))


@given(needs, st.sampled_from(sorted(MODES)))
def test_a_named_mode_is_taken_or_refused_by_the_need_that_it_misses(need, literal):
    """A mode by name is never exchanged for another."""
    settled = settle_mode(literal, sorted(MODES), need)

    if isinstance(settled, Mode):
        assert settled.literal == literal
    else:
        assert settled.product == literal
        assert settled.code in {RefusalCode.AREA_TOO_LARGE, RefusalCode.REQUIREMENT_NOT_OFFERED}


def test_an_unknown_mode_that_the_contract_allows_is_passed_through():
    """The set of modes is open: a contract may name a mode that was made after this adapter."""
    settled = settle_mode("SPOTLIGHT_OF_TOMORROW", ["SPOTLIGHT_OF_TOMORROW"], Need(max_resolution_m=0.1))

    assert settled == mode_of("SPOTLIGHT_OF_TOMORROW")


def test_a_mode_outside_the_contract_is_refused_with_those_inside():
    """Limit and remedy name what the contract allows."""
    refusal = settle_mode("SCAN_WIDE", ["SPOTLIGHT", "SCAN"], Need())

    assert (refusal.code, refusal.field, refusal.actual) == (RefusalCode.NOT_IN_CONTRACT, "mode", "SCAN_WIDE")
    assert refusal.limit == ("SPOTLIGHT", "SCAN")
    assert refusal.remedy == "ask for mode SPOTLIGHT or SCAN, or leave the mode open"


def test_a_contract_that_names_no_modes_allows_all():
    """Nothing said is not the same as nothing allowed."""
    assert settle_mode("SCAN", [], Need()) == MODES["SCAN"]
    assert settle_mode(None, [], Need()) == MODES["SPOTLIGHT"]


def test_a_contract_of_uncharted_modes_wants_the_mode_by_name():
    """Without published figures nothing is guessed."""
    refusal = settle_mode(None, ["SPOTLIGHT_HIGH", "STRIPMAP_HIGH"], Need())

    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, "mode")
    assert refusal.remedy == "ask for mode SPOTLIGHT_HIGH or STRIPMAP_HIGH by name"


@pytest.mark.parametrize(
    ("wish", "allowed", "need", "limit", "actual", "remedy"),
    [
        (
            None,
            ["SPOTLIGHT", "STRIPMAP"],
            {"extent": geometry.Extent(60, 20)},
            "30 x 50",
            "60.0 x 20.0",
            "split the area into 2 areas of at most 30 x 50 km (STRIPMAP)",
        ),
        (
            None,
            ["SPOTLIGHT_EXTENDED_AREA", "STRIPMAP"],
            {"extent": geometry.Extent(20, 40), "max_resolution_m": 1},
            "15 x 15",
            "20.0 x 40.0",
            (
                "split the area into 6 areas of at most 15 x 15 km (SPOTLIGHT_EXTENDED_AREA), "
                "or be content with one STRIPMAP scene of 30 x 50 km at 3 m"
            ),
        ),
        (
            "SPOTLIGHT",
            ["SPOTLIGHT", "SPOTLIGHT_EXTENDED_AREA", "STRIPMAP"],
            {"extent": geometry.Extent(12, 9)},
            "5 x 5",
            "12.0 x 9.0",
            (
                "split the area into 6 areas of at most 5 x 5 km (SPOTLIGHT), "
                "or be content with one SPOTLIGHT_EXTENDED_AREA scene of 15 x 15 km at 1 m"
            ),
        ),
    ],
)
def test_an_area_larger_than_a_scene_is_refused_with_the_number_of_scenes(wish, allowed, need, limit, actual, remedy):
    """The remedy says into how many areas to split, and which larger scene there is."""
    refusal = settle_mode(wish, allowed, Need(**need))

    assert (refusal.code, refusal.field, refusal.unit) == (RefusalCode.AREA_TOO_LARGE, "area", "km")
    assert (refusal.limit, refusal.actual, refusal.remedy) == (limit, actual, remedy)


@pytest.mark.parametrize(
    ("wish", "allowed", "need", "field", "limit", "unit", "remedy"),
    [
        (
            None,
            ["SPOTLIGHT", "SCAN"],
            {"max_resolution_m": 0.5},
            "max_resolution_m",
            1,
            "m",
            "allow a max_resolution_m of 1",
        ),
        (
            "SCAN",
            ["SPOTLIGHT", "SCAN"],
            {"max_resolution_m": 3},
            "max_resolution_m",
            15,
            "m",
            "allow a max_resolution_m of 15, or ask for mode SPOTLIGHT",
        ),
        (None, ["SPOTLIGHT", "SCAN"], {"min_looks": 5}, "min_looks", 4, "looks", "ask for min_looks of 4 or fewer"),
        (
            None,
            ["SCAN", "SCAN_WIDE"],
            {"incidence_deg": Range(30, 90)},
            "min_incidence",
            "21..29",
            "deg",
            "allow incidences down to 29 degrees",
        ),
        (
            "SCAN",
            ["SPOTLIGHT", "SCAN"],
            {"incidence_deg": Range(0, 15)},
            "max_incidence",
            "21..29",
            "deg",
            "allow incidences up to 21 degrees, or ask for mode SPOTLIGHT",
        ),
        (
            None,
            ["SPOTLIGHT_EXTENDED_DWELL_PRECISE", "SPOTLIGHT_EXTENDED_DWELL"],
            {"max_resolution_m": 0.5, "min_looks": 12},
            "max_resolution_m",
            1,
            "m",
            "allow a max_resolution_m of 1",
        ),
    ],
)
def test_a_requirement_that_no_mode_meets_is_refused_with_what_there_is(
    wish, allowed, need, field, limit, unit, remedy
):
    """Limit and remedy come from the modes of the contract."""
    refusal = settle_mode(wish, allowed, Need(**need))

    assert (refusal.code, refusal.field) == (RefusalCode.REQUIREMENT_NOT_OFFERED, field)
    assert (refusal.limit, refusal.unit, refusal.remedy) == (limit, unit, remedy)
