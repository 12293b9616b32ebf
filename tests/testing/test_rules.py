"""The judgements of the conformance suite, one value at a time: sound values pass, each flaw is named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from shapely import Point, box
from toys import DAY, NOW, opportunity, quote, refusal, request

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    Capabilities,
    CloudForecast,
    Contract,
    Imaging,
    Money,
    Optical,
    PriceLine,
    Range,
)
from tasking_hub.testing import rules

ASKED = request(optical=Optical(max_cloud_cover=10), reference="r-1")
SOUND = opportunity(
    "o-1",
    ASKED,
    footprint=box(1, 43, 2, 44),
    incidence_deg=Range(3, 20),
    sun_elevation_deg=Range(30, 30),
    gsd_m=0.5,
    cloud_forecast=CloudForecast(percent=50),
    order_deadline=NOW + DAY,
    adjustments=(Adjustment(field="max_cloud_cover", how=AdjustmentKind.HONOURED, asked=10),),
)
PRICED = quote("o-1", Money(Decimal(10), "EUR"), opportunity=SOUND, expires_at=NOW + DAY)
CAPABLE = Capabilities(
    title="Toy",
    imaging=frozenset({Imaging.OPTICAL}),
    areas=frozenset({"Point"}),
    requirements=frozenset({"max_cloud_cover", "licence", "area"}),
    products=("toy",),
)


def said(problems) -> str:
    """All sentences in one text."""
    return "; ".join(problems)


def test_sound_values_have_no_problems():
    """Nothing is said about values that keep the rules."""
    problems = [
        *rules.capabilities_problems(CAPABLE),
        *rules.opportunity_problems(SOUND, ASKED, "toy", "toy"),
        *rules.quote_problems(PRICED, NOW),
        *rules.refusal_problems(refusal(), "toy", "toy"),
        *rules.contract_problems(Contract(id="c")),
    ]

    assert problems == []


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"title": " "}, "title is empty"),
        ({"imaging": frozenset()}, "imaging is not"),
        ({"imaging": frozenset({"sonar"})}, "imaging is not"),
        ({"areas": frozenset()}, "areas are not"),
        ({"areas": frozenset({"Circle"})}, "areas are not"),
        ({"requirements": frozenset({"max_clouds"})}, "max_clouds"),
        ({"products": ()}, "products are missing"),
        ({"products": ("",)}, "products are missing"),
    ],
)
def test_a_flaw_of_capabilities_is_named(flaw, words):
    """Each member is judged for itself."""
    assert words in said(rules.capabilities_problems(evolve(CAPABLE, **flaw)))


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"account": "other"}, "says that it is other's"),
        ({"provider": "other"}, "at other"),
        ({"request": request(reference="r-2")}, "not the one that was asked"),
        ({"imaging": Imaging.RADAR}, "radar images were not asked for"),
        ({"id": ""}, "id or product is empty"),
        ({"product": ""}, "id or product is empty"),
        ({"order_deadline": NOW + 5 * DAY}, "order deadline"),
        ({"footprint": Point()}, "empty or invalid"),
        ({"footprint": Point(400, 0)}, "longitude and latitude"),
        ({"footprint": Point(0, 91)}, "longitude and latitude"),
        ({"incidence_deg": Range(0, 91)}, "incidence_deg"),
        ({"off_nadir_deg": Range(-1, 3)}, "off_nadir_deg"),
        ({"sun_elevation_deg": Range(-91, 3)}, "sun_elevation_deg"),
        ({"gsd_m": float("nan")}, "gsd_m"),
        ({"cloud_forecast": CloudForecast(percent=101)}, "cloud_forecast"),
        ({"raw": {"at": NOW}}, "cannot be written as JSON"),
        ({"raw": {"deep": [{"price": 0.1}]}}, "binary float @ $.deep[0].price"),
    ],
)
def test_a_flaw_of_an_opportunity_is_named(flaw, words):
    """Each attribute is judged for itself."""
    assert words in said(rules.opportunity_problems(evolve(SOUND, **flaw), ASKED, "toy", "toy"))


def test_a_window_beyond_the_one_asked_must_be_declared():
    """Outside is wrong, unless an adjustment of the window says so."""
    outside = evolve(SOUND, window=evolve(SOUND.window, start=NOW - timedelta(days=9)))
    why = Adjustment(field="window", how=AdjustmentKind.APPROXIMATED, asked="a", sent="b", why="whole months only")
    declared = evolve(outside, adjustments=(*outside.adjustments, why))

    assert "is not inside" in said(rules.opportunity_problems(outside, ASKED, "toy", "toy"))
    assert said(rules.opportunity_problems(declared, ASKED, "toy", "toy")) == ""


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"field": "colour"}, "about nothing that was asked"),
        ({"asked": 20}, "says that 20 was asked, not 10"),
        ({"how": AdjustmentKind.TIGHTENED}, "gives no reason"),
    ],
)
def test_a_flaw_of_an_adjustment_is_named(flaw, words):
    """What was not asked, asked otherwise, or is unexplained."""
    adjustment = evolve(SOUND.adjustments[0], **flaw)

    assert words in said(rules.adjustments_problems([adjustment], SOUND))


def test_adjustments_of_the_adapters_own_options_are_welcome():
    """A knob of the adapter goes by its provider's name."""
    own = Adjustment(field="toy.glossy", how=AdjustmentKind.HONOURED, asked=True)

    assert said(rules.adjustments_problems([own], SOUND)) == ""


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"quoted_at": NOW + DAY}, "has not reached"),
        ({"expires_at": NOW}, "had expired"),
        ({"price": None}, "nothing or below zero"),
        ({"price": Money(Decimal(-1), "EUR")}, "nothing or below zero"),
        ({"list_price": 12.5}, "neither Money nor Quota"),
        ({"lines": (PriceLine(label="a", amount=1),)}, "neither Money nor Quota"),
        ({"multiplier": 1.5}, "multiplier is a float"),
        ({"opportunity": evolve(SOUND, adjustments=())}, "what became of max_cloud_cover"),
        ({"raw": {"price": 0.1}}, "binary float @ $.price"),
    ],
)
def test_a_flaw_of_a_quote_is_named(flaw, words):
    """Each attribute is judged for itself."""
    assert words in said(rules.quote_problems(evolve(PRICED, **flaw), NOW))


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"account": "other"}, "says that it is other's"),
        ({"code": "computer-says-no"}, "not a RefusalCode"),
        ({"message": " "}, "no message"),
        ({"remedy": None}, "names no remedy"),
        ({"raw": {"x": {1}}}, "cannot be written as JSON"),
    ],
)
def test_a_flaw_of_a_refusal_is_named(flaw, words):
    """Each attribute is judged for itself; a retryable one needs no remedy."""
    assert words in said(rules.refusal_problems(evolve(refusal(), **flaw), "toy", "toy"))
    assert said(rules.refusal_problems(evolve(refusal(), remedy=None, retryable=True), "toy", "toy")) == ""


def test_a_contract_without_an_id_is_named():
    """Nobody could order under it."""
    assert "id is empty" in said(rules.contract_problems(Contract(id="")))
