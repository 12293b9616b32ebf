"""A few wishes become a complete and valid set of production options."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from tasking_hub.sandbox import RefusedError
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, NEO_CONTRACT
from tasking_hub_airbus.sandbox.options import check_options, schema
from tasking_hub_airbus.translate import OptionConflictError, read_options, resolve_options
from tasking_hub_airbus.translate.production import Condition, read_condition
from tasking_hub_airbus.wire import CONVERTER, AvailableOption, Constraint


@pytest.fixture
def neo(answer) -> tuple[AvailableOption, ...]:
    """The options of Airbus' own description."""
    return read_options(answer("answer-options-neo"))


def option(name, values=(), mandatory="true", default=None, condition=None, **members) -> AvailableOption:
    """An option; values may come with their condition."""
    choices = [value if isinstance(value, tuple) else (value, None) for value in values]
    body = {
        "name": name,
        "mandatory": mandatory,
        "defaultValue": default,
        "constraint": {"condition": condition} if condition else None,
        "values": [{"id": value, "constraint": {"condition": only} if only else None} for value, only in choices],
        **members,
    }
    return CONVERTER.structure(body, AvailableOption)


# --- Conditions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("radiometric_processing:(display)", Condition(name="radiometric_processing", values=("display",))),
        ("processing_level:(ortho|projected)", Condition(name="processing_level", values=("ortho", "projected"))),
        (" a : ( b | c ) ", Condition(name="a", values=("b", "c"))),
        ("a:(b) AND c:(d)", None),
        ("a=b", None),
        ("a:()", None),
        ("", None),
        (None, None),
    ],
)
def test_conditions_are_read_leniently(text, expected):
    """The documented form is read; any other form is no condition."""
    assert read_condition(Constraint(condition=text)) == expected


@given(st.text(max_size=40))
def test_no_condition_is_too_odd(text):
    """Whatever Airbus writes there, reading it does not fail."""
    found = read_condition(Constraint(condition=text))

    assert found is None or (found.name and all(found.values))


# --- Airbus' own schema ------------------------------------------------------------------------------


def test_without_wishes_the_defaults_are_taken(neo):
    """Everything mandatory, nothing else; a primary image has neither projection nor elevation model."""
    assert resolve_options(neo, {}) == {
        "processing_level": "primary",
        "spectral_processing": "full_bundle",
        "image_format": "dimap_jpeg2000_regular",
        "pixel_coding": "12bits",
        "radiometric_processing": "basic",
        "priority": "standard",
        "licence": "standard",
    }


def test_an_orthoimage_brings_projection_and_elevation_model(neo):
    """Options that are mandatory under a condition come once it holds, under the names with the area's number."""
    found = resolve_options(neo, {"processing_level": "ortho"})

    assert (found["projection_1"], found["dem_1"]) == ("32631", "best_available")


def test_a_projected_image_has_no_elevation_model(neo):
    """The elevation model is for orthoimages only."""
    found = resolve_options(neo, {"processing_level": "projected"})

    assert ("projection_1" in found, "dem_1" in found) == (True, False)


def test_a_wish_changes_what_it_depends_on(neo):
    """Eight bits go with display, a projection needs at least a projected image: the rest follows the wish."""
    assert resolve_options(neo, {"pixel_coding": "8bits"})["radiometric_processing"] == "display"
    assert resolve_options(neo, {"radiometric_processing": "display"})["pixel_coding"] == "8bits"
    assert resolve_options(neo, {"projection": "4326"})["processing_level"] in {"ortho", "projected"}
    assert resolve_options(neo, {"dem": "SRTMV4", "projection": "4326"})["processing_level"] == "ortho"


def test_an_optional_option_is_taken_when_wished(neo):
    """What is not mandatory is left out unless it is asked for, and brings what it needs."""
    found = resolve_options(neo, {"elevation": "120.5", "fullStrip": "true"})

    assert (found["elevation"], found["processing_level"], found["fullStrip"]) == ("120.5", "projected", "true")


@pytest.mark.parametrize(
    ("wishes", "name", "allowed"),
    [
        ({"licence": "eula_5"}, "licence", ("standard", "background_layer", "stand_background_layer")),
        ({"pixel_coding": "8bits", "radiometric_processing": "basic"}, "radiometric_processing", ("display",)),
        ({"processing_level": "primary", "dem": "SRTMV4"}, "dem", ("ortho",)),
        ({"elevation": "20000"}, "elevation", ("-100", "10000")),
        ({"elevation": "high"}, "elevation", ("-100", "10000")),
        ({"colour": "red"}, "colour", ()),
    ],
)
def test_impossible_wishes_are_named_with_what_is_allowed(neo, wishes, name, allowed):
    """A conflict says which option, and what it may be."""
    with pytest.raises(OptionConflictError) as caught:
        resolve_options(neo, wishes)

    assert (caught.value.name, caught.value.allowed) == (name, allowed)


def test_both_numbered_and_bare_names_are_understood():
    """`dem` and `projection` mean the option of whichever back end."""
    legacy = [option("dem", ("a", "b")), option("projection_1", ("x", "y"))]

    assert resolve_options(legacy, {"dem": "b", "projection": "y"}) == {"dem": "b", "projection_1": "y"}
    assert resolve_options(legacy, {"projection_1": "y"})["projection_1"] == "y"


# --- Schemas that Airbus might send ------------------------------------------------------------------


def test_a_default_that_does_not_fit_gives_way():
    """A default that an earlier choice excludes is replaced by the first value that fits."""
    found = resolve_options([option("level", ("a", "b"), default="a"), option("x", (("p", "level:(b)"), "q"))], {})

    assert found == {"level": "a", "x": "q"}


def test_a_choice_is_not_made_blindly():
    """Two conditions on one option leave the value that satisfies both."""
    options = [
        option("level", ("a", "b", "c"), default="a"),
        option("x", (("p", "level:(a|b)"),), mandatory="false"),
        option("y", (("q", "level:(b|c)"),), mandatory="false"),
    ]

    assert resolve_options(options, {"x": "p", "y": "q"}) == {"level": "b", "x": "p", "y": "q"}


def test_chains_of_conditions_end():
    """Options that depend on each other do not go round for ever."""
    options = [option("a", (("1", "b:(1)"),)), option("b", (("1", "c:(1)"),)), option("c", (("1", "a:(1)"),))]

    assert resolve_options(options, {}) == {"a": "1", "b": "1", "c": "1"}


def test_an_unknown_form_of_condition_is_taken_to_hold():
    """A mandatory option with an odd condition is sent rather than forgotten."""
    found = resolve_options([option("x", ("1",), mandatory="constraint", condition="when it rains")], {})

    assert found == {"x": "1"}


def test_a_condition_on_a_missing_option_is_taken_to_hold():
    """A schema that speaks of an option that it does not have is no obstacle."""
    found = resolve_options([option("x", (("1", "ghost:(y)"),), mandatory="constraint", condition="ghost:(y)")], {})

    assert found == {"x": "1"}


def test_a_mandatory_option_without_any_value_is_a_conflict():
    """Nothing is made up for an option that needs a value and offers none."""
    with pytest.raises(OptionConflictError, match="elevation has no value"):
        resolve_options([option("elevation", range=[0, 9], type="double")], {})


def test_booleans_and_numbers_become_text():
    """Order values are text, whatever the schema's default is."""
    options = [
        option("strip", default=False),
        option("epsg", default=Decimal(4326)),
        option("free", mandatory=True, default=1),
    ]

    assert resolve_options(options, {}) == {"strip": "false", "epsg": "4326", "free": "1"}


# --- Against the sandbox, which checks with code of its own ------------------------------------------

_SCHEMAS = {contract: schema(contract, box(1.3, 43.5, 1.5, 43.7)) for contract in (LEGACY_CONTRACT, NEO_CONTRACT)}


@given(data=st.data(), contract=st.sampled_from(sorted(_SCHEMAS)))
def test_what_is_resolved_is_accepted(data, contract):
    """Any wishes out of the schema give a set that the sandbox accepts with all of them, or a conflict."""
    listed = [one for one in _SCHEMAS[contract] if one.get("values")]
    wishes = {
        one["name"]: data.draw(st.sampled_from([value["id"] for value in one["values"]]), label=one["name"])
        for one in data.draw(st.lists(st.sampled_from(listed), unique_by=lambda one: one["name"], max_size=5))
    }
    available = [CONVERTER.structure(one, AvailableOption) for one in _SCHEMAS[contract]]
    try:
        found = resolve_options(available, wishes)
    except OptionConflictError:
        with pytest.raises(RefusedError):
            _check_any_completion(_SCHEMAS[contract], wishes)
        return
    check_options(_SCHEMAS[contract], found)

    assert wishes.items() <= found.items()


def _check_any_completion(options, wishes) -> None:
    """Pass where any choice of the three options that conditions speak of goes with the wishes."""
    refused = RefusedError(400, None)
    for level in ("ortho", "projected", "primary"):
        for radiometry in ("basic", "reflectance", "display"):
            chosen = {"processing_level": level, "radiometric_processing": radiometry} | wishes
            try:
                check_options([one | {"mandatory": "false"} for one in options], chosen)
            except RefusedError as error:
                refused = error
            else:
                return
    raise refused
