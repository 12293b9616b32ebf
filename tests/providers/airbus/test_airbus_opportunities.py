"""Airbus' attempts and feasibility verdicts become opportunities, or refusals that say what would help."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from shapely import from_wkt

from tasking_hub import (
    AdjustmentKind,
    Feasibility,
    Imaging,
    InvalidRequestError,
    MalformedResponseError,
    Opportunity,
    OpportunityKind,
    Optical,
    Range,
    Refusal,
    RefusalCode,
    Stereo,
    Window,
)
from tasking_hub.messages import dump_json
from tasking_hub_airbus import AirbusOptions, translate
from tasking_hub_airbus.translate import Endpoint, Step, Target
from tasking_hub_airbus.translate.inquiry import from_raw
from tasking_hub_airbus.translate.segments import deadline, periods, read_key
from tasking_hub_airbus.wire import CONVERTER, FeasibilityVerdict, Segment


@pytest.fixture
def search(answer):
    """Reads an answer for one product."""

    def read(inquiry, target, body, status=200):
        endpoint = Endpoint.ATTEMPTS if target.needs_attempt else Endpoint.FEASIBILITY
        return translate.read_search(inquiry, Step(endpoint=endpoint, targets=(target,)), answer(body, status))

    return read


def capacities(programme: dict) -> dict:
    """An answer about one programme of one mission."""
    return {"progCapacities": [{"mission": programme.get("mission", "PLEIADES"), "progTypes": [programme]}]}


def segment(**members) -> dict:
    """An attempt on 30 May 2021 at noon."""
    return {
        "id": "PHR1",
        "orderDeadline": "2021-05-30T04:00:00.000Z",
        "acquisitionStartDate": "2021-05-30T12:00:00.000Z",
        "acquisitionEndDate": "2021-05-30T12:00:02.000Z",
        "incidenceAngle": 20.0,
        "segmentKey": "key",
        **members,
    }


# --- Attempts ----------------------------------------------------------------------------------------


def test_the_guides_attempt_is_read_field_for_field(search, inquire, product, sample):
    """Every field of the sample stands in the opportunity; what has no neutral name stays in raw."""
    inquiry = inquire()
    (found,) = search(inquiry, product("PleiadesTaskingOneDay"), "answer-attempts-oneday")
    raw = sample("answer-attempts-oneday")["progCapacities"][0]["progTypes"][0]["segments"][0]

    assert (found.kind, found.imaging, found.product) == (
        OpportunityKind.PASS,
        Imaging.OPTICAL,
        "PleiadesTaskingOneDay",
    )
    assert (found.account, found.provider, found.contract) == ("airbus", "airbus", "<CisContractId>")
    assert found.request is inquiry.request
    assert found.window == Window(
        datetime(2021, 5, 31, 11, 10, 44, 99_000, tzinfo=UTC), datetime(2021, 5, 31, 11, 10, 45, 552_000, tzinfo=UTC)
    )
    assert found.order_deadline == datetime(2021, 5, 31, 2, 55, 0, 99_000, tzinfo=UTC)
    assert found.incidence_deg == Range(26.3, 26.3)
    assert (found.constellation, found.satellite, found.gsd_m) == ("PLEIADES", None, 0.5)
    assert (found.feasibility, found.quotable) == (None, True)
    assert found.handle == raw["segmentKey"]
    assert json.loads(dump_json(found.raw["segment"])) == raw
    assert found.raw["segment"]["acrossTrackIncidenceAngle"] == Decimal("25.609364414413804")


def test_the_doubled_last_position_of_a_footprint_is_dropped(search, inquire, product):
    """Airbus closes a footprint twice; the opportunity's is a plain ring of the same shape."""
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), "answer-attempts-oneday")

    assert len(found.footprint.exterior.coords) == 5
    assert found.footprint.equals(
        from_wkt(
            "POLYGON((1.298502 43.665978, 1.298175 43.535609, 1.589621 43.53495, 1.589271 43.665975, "
            "1.298502 43.665978))"
        )
    )


def test_the_sun_over_toulouse_is_computed(search, inquire, product):
    """From a declination of 21.95 degrees and an equation of time of 2 min 14 s follow 66.7 degrees."""
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), "answer-attempts-oneday")

    assert found.sun_elevation_deg.min == pytest.approx(66.7, abs=0.1)


def test_the_segment_key_is_kept_byte_for_byte(search, inquire, product, sample):
    """Blanks after commas and the signature survive: reading and writing the key again would lose them."""
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), "answer-attempts-oneday")

    assert found.handle.startswith("ea60293f38ee6de7542b51f8028bab32")
    assert '{"key":"acqPeriod", "value":"2021-05-31T11:10:44.099Z' in found.handle
    assert read_key(found.handle)["maxIncidenceAngle"] == "30.0"


def test_ids_tell_segments_apart_and_stay(search, inquire, product):
    """Airbus numbers segments PHR1, PHR2 in each answer; our ids depend on the key, and on nothing else."""
    body = capacities({"name": "ONEDAY", "segments": [segment(segmentKey="a"), segment(segmentKey="b")]})
    first = [found.id for found in search(inquire(), product("PleiadesTaskingOneDay"), body)]
    again = [found.id for found in search(inquire(), product("PleiadesTaskingOneDay"), body)]

    assert first == again
    assert len(set(first)) == 2


IN_KEY = 'signature::[{"key":"orderDeadLine", "value":"2021-05-31T02:55:00.099Z"}]'


@pytest.mark.parametrize("silent", [{"orderDeadline": None}, {}])
def test_a_deadline_that_only_the_key_says_is_taken_from_it(search, inquire, product, silent):
    """Null or absent beside the key, the deadline is the one inside; the key stays as it came."""
    told = {name: value for name, value in segment(segmentKey=IN_KEY).items() if name != "orderDeadline"} | silent

    (found,) = search(
        inquire(start=datetime(2021, 5, 29, tzinfo=UTC)),
        product("PleiadesTaskingOneDay"),
        capacities({"name": "ONEDAY", "segments": [told]}),
    )

    assert (found.order_deadline, found.handle) == (datetime(2021, 5, 31, 2, 55, 0, 99_000, tzinfo=UTC), IN_KEY)


def test_a_deadline_in_the_key_that_has_passed_is_missed(search, inquire, product):
    """An attempt that can no longer be ordered is not offered, wherever its deadline stands."""
    told = segment(segmentKey=IN_KEY.replace("05-31T02", "05-29T02"), orderDeadline=None)
    inquiry = inquire(start=datetime(2021, 5, 29, 12, tzinfo=UTC))
    programme = {"name": "ONEDAY", "segments": [told]}

    (found,) = search(inquiry, product("PleiadesTaskingOneDay"), capacities(programme))

    assert (found.code, found.limit) == (RefusalCode.DEADLINE_PASSED, "2021-05-29T02:55:00.099Z")


def test_the_segments_own_deadline_counts_before_that_in_its_key():
    """The documented field is the first source."""
    read = CONVERTER.structure(segment(segmentKey=IN_KEY), Segment)

    assert deadline(read) == datetime(2021, 5, 30, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "key",
    [
        "key",
        "signature::",
        "signature::[",
        "signature::" + "[" * 100_000,
        'signature::{"key":"orderDeadLine"}',
        "signature::[1, null, []]",
        'signature::[{"key":"orderDeadLine"}]',
        'signature::[{"key":"orderDeadLine", "value":"soon"}]',
        'signature::[{"key":"orderDeadLine", "value":7}]',
        'a::b::[{"key":"orderDeadLine", "value":"2021-05-31T02:55:00.099Z"}]',
    ],
)
def test_a_key_of_another_form_has_no_deadline(key):
    """A key that cannot be read costs the deadline and nothing else."""
    assert deadline(CONVERTER.structure(segment(segmentKey=key, orderDeadline=None), Segment)) is None


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["key", "value", "a"]), inner),
    )
)
def test_whatever_a_key_lists_it_breaks_nothing(value):
    """The key is Airbus' own business: any JSON inside, and any value of the deadline, is taken calmly."""
    listed = [value, {"key": "orderDeadLine", "value": value}]
    read = CONVERTER.structure(segment(segmentKey=f"s::{json.dumps(listed)}", orderDeadline=None), Segment)

    assert deadline(read) is None


def test_a_onenow_is_a_campaign_over_all_its_periods(search, inquire, product):
    """Three periods in the key make one campaign from the first start to the last end."""
    text = (
        "2021-05-30T10:05:54.899Z 2021-05-30T10:05:56.150Z,2021-05-31T09:58:50.299Z 2021-05-31T09:58:51.550Z,"
        "2021-06-01T10:39:32.899Z 2021-06-01T10:39:34.150Z"
    )
    key = f'sig::[{{"key":"acqPeriods", "value":"{text}"}}]'
    body = capacities({"name": "ONENOW", "segments": [segment(segmentKey=key)]})
    (found,) = search(inquire(), product("PleiadesTaskingOneNow"), body)

    assert found.kind is OpportunityKind.CAMPAIGN
    assert found.window == Window(
        datetime(2021, 5, 30, 10, 5, 54, 899_000, tzinfo=UTC), datetime(2021, 6, 1, 10, 39, 34, 150_000, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "key", ["opaque", "sig::not json", 'sig::{"key":"acqPeriods"}', 'sig::[{"key":"acqPeriods","value":"x"}]', "s::[1]"]
)
def test_a_key_of_another_form_is_no_obstacle(key):
    """The key belongs to Airbus: what cannot be read in it is taken from the segment."""
    read = CONVERTER.structure(segment(segmentKey=key), Segment)

    assert periods(read) == (
        Window(datetime(2021, 5, 30, 12, tzinfo=UTC), datetime(2021, 5, 30, 12, 0, 2, tzinfo=UTC)),
    )


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: it["progCapacities"], None])
def test_shapes_of_airbus_own_description_are_read_too(search, inquire, product, wrap):
    """A bare list, and objects where lists are documented, mean the same."""
    body = capacities({"name": "ONEDAY", "mission": "pleiades", "segments": segment(), "errors": None})
    if wrap is None:
        body = {"progCapacities": {**body["progCapacities"][0], "progTypes": body["progCapacities"][0]["progTypes"][0]}}
    else:
        body = wrap(body)
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), body)

    assert isinstance(found, Opportunity)


def test_unknown_fields_are_kept(search, inquire, product):
    """A field that nobody documented stays in raw."""
    body = capacities({"name": "ONEDAY", "segments": [segment(novelty={"x": 1.50})], "since": "2027"})
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), body)

    assert found.raw["segment"]["novelty"] == {"x": Decimal("1.5")}
    assert found.raw["progType"] == {"name": "ONEDAY", "since": "2027"}


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"segmentKey": 5}, "expected a string, not int @ $.prog"),
        ({"acquisitionStartDate": "soon"}, "not an RFC 3339 time"),
        ({"acquisitionStartDate": None}, "expected a time, not NoneType"),
        ({"incidenceAngle": "steep"}, "expected a number, not str"),
        ({"footprint": {"geometry": "POLYGON((0 0"}}, "expected well-known text @ $..segments[PHR1]"),
    ],
)
def test_a_wrong_type_is_named_with_its_place(search, inquire, product, members, problem):
    """What is wrong @ which path."""
    body = capacities({"name": "ONEDAY", "segments": [segment(**members)]})
    with pytest.raises(MalformedResponseError) as caught:
        search(inquire(), product("PleiadesTaskingOneDay"), body)

    assert problem in caught.value.problems[0]


@pytest.mark.parametrize("body", [{}, {"progCapacities": [{"progTypes": [{}]}]}, "text", None, 5])
def test_an_answer_of_another_kind_is_malformed(search, inquire, product, body):
    """Missing members and other JSON values are not taken for an empty answer."""
    with pytest.raises(MalformedResponseError):
        search(inquire(), product("PleiadesTaskingOneDay"), {"x": body} if isinstance(body, str) else body)


# --- What is left out --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optical", "members", "field", "limit", "remedy"),
    [
        (Optical(min_incidence=25), {}, "min_incidence", 20.0, "lower min_incidence to 20.0 deg"),
        (Optical(max_incidence=15), {}, "max_incidence", 20.0, "raise max_incidence to 20.0 deg"),
        (
            Optical(),
            {"acquisitionStartDate": "2021-06-08T12:00:00Z", "acquisitionEndDate": "2021-06-08T12:00:02Z"},
            "window",
            "2021-06-08T12:00:02Z",
            "end the window after 2021-06-08T12:00:02Z",
        ),
        (
            Optical(),
            {"acquisitionStartDate": "2021-05-27T12:00:00Z", "acquisitionEndDate": "2021-05-27T12:00:02Z"},
            "window",
            "2021-05-27T12:00:00Z",
            "start the window before 2021-05-27T12:00:00Z",
        ),
    ],
)
def test_attempts_that_miss_a_requirement_are_left_out(
    search, inquire, product, optical, members, field, limit, remedy
):
    """With none left, the refusal says what the nearest one would need."""
    body = capacities({"name": "ONEDAY", "segments": [segment(**members)]})
    (found,) = search(inquire(optical=optical), product("PleiadesTaskingOneDay"), body)

    assert isinstance(found, Refusal)
    assert (found.code, found.field, found.limit, found.remedy) == (RefusalCode.NO_OPPORTUNITY, field, limit, remedy)
    assert found.product == "PleiadesTaskingOneDay"


def test_a_low_sun_is_left_out(search, inquire, product):
    """Airbus is not told of the sun: attempts by night are dropped here."""
    night = {"acquisitionStartDate": "2021-05-30T00:00:00Z", "acquisitionEndDate": "2021-05-30T00:00:02Z"}
    body = capacities({"name": "ONEDAY", "segments": [segment(), segment(segmentKey="night", **night)]})
    found = search(inquire(optical=Optical(min_sun_elevation=20)), product("PleiadesTaskingOneDay"), body)

    assert [item.handle for item in found] == ["key"]


def test_the_nearest_attempt_gives_the_remedy(search, inquire, product):
    """Of several attempts the one with the fewest misses is quoted."""
    far = segment(acquisitionStartDate="2021-06-08T12:00:00Z", acquisitionEndDate="2021-06-08T12:00:02Z")
    body = capacities({"name": "ONEDAY", "segments": [far, segment(segmentKey="near", incidenceAngle=22.0)]})
    (found,) = search(inquire(optical=Optical(min_incidence=25)), product("PleiadesTaskingOneDay"), body)

    assert (found.field, found.limit, found.actual, found.unit) == ("min_incidence", 22.0, 25, "deg")
    assert "2 attempts" in found.message


def test_attempts_that_can_no_longer_be_ordered_are_a_missed_deadline(search, inquire, product):
    """A deadline in the past is a refusal of its own kind."""
    inquiry = inquire(now=datetime(2021, 5, 30, 5, tzinfo=UTC))
    body = capacities({"name": "ONEDAY", "segments": [segment()]})
    (found,) = search(inquiry, product("PleiadesTaskingOneDay"), body)

    assert (found.code, found.field, found.limit) == (RefusalCode.DEADLINE_PASSED, "window", "2021-05-30T04:00:00Z")


@pytest.mark.parametrize(
    "programme",
    [
        {"name": "ONEDAY", "segments": [], "available": True},
        {"name": "ONEDAY", "segments": [segment()], "available": False},
        {"name": "ONENOW", "segments": [segment()], "available": True},
        {"name": "ONEDAY", "mission": "SPOT", "segments": [segment()]},
    ],
)
def test_no_attempt_is_never_nothing(search, inquire, product, programme):
    """Empty, unavailable, or about something else: a refusal for the product."""
    (found,) = search(inquire(), product("PleiadesTaskingOneDay"), capacities(programme))

    assert (found.code, found.product) == (RefusalCode.NO_OPPORTUNITY, "PleiadesTaskingOneDay")


# --- Plans -------------------------------------------------------------------------------------------


def test_the_guides_feasibility_is_read_field_for_field(search, inquire, product, sample):
    """An automatic plan is a campaign over the whole window with Airbus' word for its difficulty."""
    inquiry = inquire(end=datetime(2021, 7, 1, tzinfo=UTC), optical=Optical(max_cloud_cover=10, max_incidence=50))
    (found,) = search(inquiry, product("PleiadesTaskingOnePlan"), "answer-feasibility")
    raw = sample("answer-feasibility")["progCapacities"][0]["progTypes"][0]

    assert (found.kind, found.window, found.handle) == (OpportunityKind.CAMPAIGN, inquiry.request.window, None)
    assert (found.feasibility, found.quotable) == (Feasibility(word="CHALLENGING", manual_study=False), True)
    assert found.incidence_deg == Range(0, 50)
    assert found.raw["progType"] == raw
    assert from_raw(found, "feasibility", FeasibilityVerdict).automation_name == "AutomaticTasking30"


@pytest.mark.parametrize("word", ["MANUAL", "MAUAL", "SOMETHING_NEW"])
def test_whatever_is_not_automatic_needs_a_study(search, inquire, product, word):
    """Airbus' description misspells MANUAL; an unknown word is not taken for AUTOMATIC."""
    body = capacities({"name": "ONEPLAN", "feasibility": {"classification": "EASY", "automation": word}})
    (found,) = search(inquire(), product("PleiadesTaskingOnePlan"), body)

    assert (found.feasibility, found.quotable) == (Feasibility(word="EASY", manual_study=True), False)


def test_a_plan_without_a_verdict_is_malformed(search, inquire, product):
    """Available and nothing more cannot be ordered."""
    with pytest.raises(MalformedResponseError, match=r"required field missing @ \$..progTypes\[ONEPLAN\].feasib"):
        search(inquire(), product("PleiadesTaskingOnePlan"), capacities({"name": "ONEPLAN", "available": True}))


def test_stereo_is_an_opportunity_without_a_question(inquire, product):
    """Stereo is always studied by people, so nothing is asked and it has no price yet."""
    inquiry = inquire(optical=Optical(stereo=Stereo.STEREO))
    step = Step(endpoint=Endpoint.STUDY, targets=(product("SpotTaskingOnePlan"),))
    (found,) = translate.studied_opportunities(inquiry, step)

    assert (found.quotable, found.feasibility.word) == (False, "MANUAL")
    assert {item.field: item.how for item in found.adjustments} == {"stereo": AdjustmentKind.HONOURED}


# --- Adjustments -------------------------------------------------------------------------------------


EVERYTHING = Optical(
    max_cloud_cover=20,
    min_incidence=5,
    max_incidence=40,
    min_sun_elevation=10,
    max_gsd_m=2,
    stereo=Stereo.MONO,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "PleiadesTaskingOneDay",
            {
                "max_cloud_cover": "not-enforced",
                "min_incidence": "filtered",
                "max_incidence": "honoured",
                "min_sun_elevation": "filtered",
                "max_gsd_m": "honoured",
                "stereo": "honoured",
                "window": "filtered",
            },
        ),
        (
            "PleiadesTaskingOneNow",
            {
                "max_cloud_cover": "approximated",
                "min_incidence": "approximated",
                "max_incidence": "honoured",
                "min_sun_elevation": "filtered",
                "max_gsd_m": "honoured",
                "stereo": "honoured",
                "window": "approximated",
            },
        ),
        (
            "PleiadesTaskingOnePlan",
            {
                "max_cloud_cover": "honoured",
                "min_incidence": "not-enforced",
                "max_incidence": "honoured",
                "min_sun_elevation": "not-enforced",
                "max_gsd_m": "honoured",
                "stereo": "honoured",
            },
        ),
    ],
)
def test_every_requirement_is_accounted_for(search, inquire, product, name, expected):
    """Each requirement that was set appears once, with what became of it in this programme."""
    target = product(name)
    body = (
        capacities({"name": target.programme.value, "segments": [segment()]})
        if target.needs_attempt
        else "answer-feasibility"
    )
    inquiry = inquire(end=datetime(2021, 6, 2, tzinfo=UTC), optical=EVERYTHING)
    (found,) = search(inquiry, target, body)

    assert {item.field: str(item.how) for item in found.adjustments} == expected
    assert len(found.adjustments) == len(expected)


def test_a_window_beyond_the_reach_of_attempts_is_tightened(search, inquire, product):
    """Attempts cover seven days from the start, which is said."""
    inquiry = inquire(end=datetime(2021, 7, 1, tzinfo=UTC))
    (found,) = search(inquiry, product("PleiadesTaskingOneDay"), "answer-attempts-oneday")
    (adjustment,) = found.adjustments

    assert (adjustment.field, adjustment.how) == ("window", AdjustmentKind.TIGHTENED)
    assert adjustment.asked == "2021-05-28T00:00:00Z/2021-07-01T00:00:00Z"
    assert adjustment.sent == "2021-05-28T00:00:00Z/.."
    assert "2021-06-04T00:00:00Z" in adjustment.why


def test_what_is_past_is_cut_off_a_plans_window_and_said(search, inquire, product):
    """A start long past is not sent."""
    now = datetime(2021, 5, 29, tzinfo=UTC)
    (found,) = search(inquire(now=now), product("PleiadesTaskingOnePlan"), "answer-feasibility")

    assert found.window.start == now
    assert [(item.field, item.how, item.asked, item.sent) for item in found.adjustments] == [
        (
            "window",
            AdjustmentKind.TIGHTENED,
            "2021-05-28T00:00:00Z/2021-06-07T00:00:00Z",
            "2021-05-29T00:00:00Z/2021-06-07T00:00:00Z",
        )
    ]


def test_a_start_that_has_just_passed_does_not_shorten_a_plan(search, inquire, product):
    """A window from now on for 30 days stays 30 days long until it is sent."""
    now = datetime(2021, 5, 28, 0, 0, 5, tzinfo=UTC)
    inquiry = inquire(now=now, end=datetime(2021, 6, 27, tzinfo=UTC))
    (found,) = search(inquiry, product("PleiadesTaskingOnePlan"), "answer-feasibility")

    assert (found.window.duration, found.adjustments) == (timedelta(days=30), ())


def test_without_the_extended_angle_the_incidence_is_tightened(search, inquire, product):
    """Leaving the extended angle out asks for 30 degrees at most."""
    inquiry = inquire(optical=Optical(max_incidence=45), options=AirbusOptions(extended_angle=False))
    (found,) = search(inquiry, product("PleiadesTaskingOneDay"), "answer-attempts-oneday")
    adjustment = next(item for item in found.adjustments if item.field == "max_incidence")

    assert (adjustment.how, adjustment.asked, adjustment.sent) == (AdjustmentKind.TIGHTENED, 45, 30)


# --- What an opportunity holds -----------------------------------------------------------------------


def test_an_opportunity_names_its_product_again(search, inquire, product):
    """Contract, mission and programme come back out of raw, after a way through JSON too."""
    target = product("PleiadesTaskingOneDay")
    (found,) = search(inquire(), target, "answer-attempts-oneday")
    saved = json.loads(dump_json(found.raw))
    again = Target.behind(evolve(found, raw=saved))

    assert again == target


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"contract": {"contractId": "c"}},
        {"contract": {"contractId": "c"}, "productType": {"productTypeId": "Archive"}},
    ],
)
def test_an_opportunity_of_another_kind_is_refused(attempt, inquire, product, raw):
    """What this adapter did not make has no price here."""
    with pytest.raises(InvalidRequestError):
        Target.behind(evolve(attempt(inquire(), product("PleiadesTaskingOneDay")), raw=raw))
