"""Windows, incidences and the contract's terms, checked before anything is sent."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub import InvalidRequestError, Radar, Range, Refusal, RefusalCode, Window, parse_time
from tasking_hub_iceye import ApiVersion, IceyeOptions
from tasking_hub_iceye.options import API_INCIDENCE_DEG
from tasking_hub_iceye.translate import contract as terms
from tasking_hub_iceye.translate.modes import MODES, mode_of
from tasking_hub_iceye.translate.rules import (
    HORIZON,
    WINDOW_MIN,
    agreed,
    early_refusals,
    fit_incidence,
    fit_window,
    notice,
)
from tasking_hub_iceye.wire import Choice, IncidenceAngle, Words

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
COMMERCIAL = notice("COMMERCIAL")

hours = st.floats(-100, 500).map(lambda number: timedelta(hours=number))
lengths = st.floats(0.001, 500).map(lambda number: timedelta(hours=number))


def after(start_h: float, end_h: float) -> Window:
    """A window so many hours after `NOW`."""
    return Window(NOW + timedelta(hours=start_h), NOW + timedelta(hours=end_h))


# --- Windows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ((24, 72), (24, 72)),
        ((12, 36), (12, 36)),
        ((12, 37), (12, 37)),
        ((12, 38), (13.5, 38)),
        ((13, 38), (13, 38)),
        ((24, 400), (24, 336)),
        ((312, 336), (312, 336)),
        ((0, 72), (13.5, 72)),
        ((-50, 72), (13.5, 72)),
        ((0, 400), (13.5, 336)),
    ],
)
def test_a_window_is_kept_or_tightened(asked, sent):
    """A start too soon moves to the next full hour after 12 h notice and 1 h to decide, an end is cut at 14 days."""
    assert fit_window(after(*asked), NOW, COMMERCIAL, 1.0) == after(*sent)


@pytest.mark.parametrize(
    ("asked", "code", "limit", "actual", "remedy"),
    [
        ((24, 26), RefusalCode.WINDOW_TOO_SHORT, 24, 2, "end the window at or after 2026-11-25T09:30:00Z"),
        (
            (313, 400),
            RefusalCode.WINDOW_TOO_LATE,
            "2026-12-06T09:30:00Z",
            "2026-12-06T10:30:00Z",
            "start the window at or before 2026-12-06T09:30:00Z, or ask again after 2026-11-23T10:30:00Z",
        ),
        ((0, 25), RefusalCode.WINDOW_TOO_SOON, 24, 11.5, "end the window at or after 2026-11-24T23:00:00Z"),
        ((-40, 10), RefusalCode.WINDOW_TOO_SOON, 24, -3.5, "end the window at or after 2026-11-24T23:00:00Z"),
    ],
)
def test_a_window_that_cannot_be_kept_is_refused_with_the_smallest_change(asked, code, limit, actual, remedy):
    """The remedy names the moment to which the window must reach."""
    refusal = fit_window(after(*asked), NOW, COMMERCIAL, 1.0)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field, refusal.limit, refusal.actual) == (code, "window", limit, actual)
    assert refusal.remedy == remedy


@pytest.mark.parametrize(("priority", "wanted"), [("COMMERCIAL", 12), ("BACKGROUND", 24), ("URGENT", 24)])
def test_the_notice_depends_on_the_priority(priority, wanted):
    """Twelve hours for commercial tasks, twenty-four for background tasks and for those nobody has described."""
    assert notice(priority) == timedelta(hours=wanted)


@given(hours, lengths, st.sampled_from(["COMMERCIAL", "BACKGROUND"]), st.floats(0, 6))
def test_a_window_that_is_sent_keeps_every_rule(start, length, priority, decision_time_h):
    """It lasts 24 h, lies inside the asked one, respects the notice and ends within 14 days."""
    asked = Window(NOW + start, NOW + start + length)

    sent = fit_window(asked, NOW, notice(priority), decision_time_h)

    if isinstance(sent, Window):
        assert sent.duration >= WINDOW_MIN
        assert asked.start <= sent.start < sent.end <= asked.end
        assert sent.start >= NOW + notice(priority)
        assert sent.end <= NOW + HORIZON
        assert sent.start in (asked.start, sent.start.replace(minute=0, second=0, microsecond=0))


@given(hours, lengths, st.sampled_from(["COMMERCIAL", "BACKGROUND"]))
def test_the_remedy_of_a_window_makes_it_possible(start, length, priority):
    """A window that is too short or too soon is taken once it ends when its remedy says."""
    asked = Window(NOW + start, NOW + start + length)
    refusal = fit_window(asked, NOW, notice(priority), 1.0)

    if isinstance(refusal, Refusal) and refusal.code is not RefusalCode.WINDOW_TOO_LATE:
        mended = Window(asked.start, parse_time((refusal.remedy or "").split()[-1]))
        again = fit_window(mended, NOW, notice(priority), 1.0)
        # Mending a short window may show that it is also too soon; that remedy is then the last one.
        if isinstance(again, Refusal) and again.code is RefusalCode.WINDOW_TOO_SOON:
            again = fit_window(Window(asked.start, parse_time((again.remedy or "").split()[-1])), NOW, COMMERCIAL, 1.0)
        assert isinstance(again, Window) or again.code is RefusalCode.WINDOW_TOO_LATE


def test_what_is_wrong_whatever_the_contract_says_is_found_early(ask):
    """A short window and products of the other API version cost no request, and are told together."""
    request = ask(window=after(24, 26))
    options = IceyeOptions(product_types=("SICD",))

    found = early_refusals(request, options, ApiVersion.V1, NOW)

    assert [(refusal.code, refusal.field) for refusal in found] == [
        (RefusalCode.WINDOW_TOO_SHORT, "window"),
        (RefusalCode.INVALID_REQUEST, "product_types"),
    ]
    assert found[1].remedy == "name the products in additional_product_types instead"


def test_the_v1_products_are_refused_on_v2(ask):
    """Tasking v2 would refuse the unknown field."""
    options = IceyeOptions(additional_product_types=("SIDD",))

    (refusal,) = early_refusals(ask(window=after(24, 72)), options, ApiVersion.V2, NOW)

    assert (refusal.field, refusal.remedy) == (
        "additional_product_types",
        "name the products in product_types instead",
    )


# --- Incidence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "low", "high", "sent"),
    [
        ("SPOTLIGHT", None, None, None),
        ("SPOTLIGHT", 20, 35, (20, 35)),
        ("SPOTLIGHT", None, 30, (20, 30)),
        ("SPOTLIGHT", 25, None, (25, 40)),
        ("SPOTLIGHT", None, 18, (10, 18)),
        ("SPOTLIGHT", 42, None, (42, 45)),
        ("SPOTLIGHT", 0, 90, (10, 45)),
        ("SPOTLIGHT", 22.3, 34.9, (23, 34)),
        ("STRIPMAP", None, 30, (15, 30)),
        ("SCAN", 10, 45, (21, 29)),
        ("SPOTLIGHT_HIGH", 25, None, (25, 45)),
    ],
)
def test_incidences_are_whole_degrees_inside_wish_mode_and_api(mode, low, high, sent):
    """An open side is the mode's performant one, unless the wish lies beyond it."""
    angle = fit_incidence(low, high, mode_of(mode).scene, API_INCIDENCE_DEG)

    assert angle == (IncidenceAngle(min=sent[0], max=sent[1]) if sent else None)


@pytest.mark.parametrize(
    ("mode", "low", "high", "field", "remedy"),
    [
        ("SPOTLIGHT", None, 8, "max_incidence", "allow incidences up to 10 degrees"),
        ("SPOTLIGHT", 50, None, "min_incidence", "allow incidences down to 45 degrees"),
        ("SCAN", 30, 45, "min_incidence", "allow incidences down to 29 degrees"),
        ("SPOTLIGHT", 22.3, 22.8, "min_incidence", "ask for whole degrees, such as 22 to 23"),
    ],
)
def test_incidences_that_cannot_be_asked_for_are_refused(mode, low, high, field, remedy):
    """The field at fault and the nearest possible angle are named."""
    refusal = fit_incidence(low, high, mode_of(mode).scene, API_INCIDENCE_DEG)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field, refusal.unit) == (RefusalCode.REQUIREMENT_NOT_OFFERED, field, "deg")
    assert refusal.remedy == remedy


sides = st.none() | st.floats(0, 90)


@given(sides, sides, st.sampled_from(sorted(MODES)))
def test_incidences_that_are_sent_never_leave_the_wish(low, high, mode):
    """What is asked of ICEYE is inside what the caller, the mode and the API allow."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    scene = mode_of(mode).scene

    angle = fit_incidence(low, high, scene, API_INCIDENCE_DEG)

    if isinstance(angle, IncidenceAngle):
        assert (low or 0) <= angle.min <= angle.max <= (90 if high is None else high)
        assert API_INCIDENCE_DEG.contains(angle.min)
        assert API_INCIDENCE_DEG.contains(angle.max)
        assert scene is None or (scene.possible_deg.contains(angle.min) and scene.possible_deg.contains(angle.max))


def test_the_apis_limits_can_be_overridden():
    """The limits of 10 and 45 degrees are an assumption, so an option replaces them."""
    assert fit_incidence(0, 12, mode_of("SPOTLIGHT").scene, Range(5, 45)) == IncidenceAngle(min=5, max=12)


def test_limits_that_are_no_angles_are_refused():
    """A limit beyond the horizon cannot be meant."""
    with pytest.raises(InvalidRequestError, match="incidence_limits is 100 degrees"):
        IceyeOptions(incidence_limits=Range(10, 100))


def test_a_negative_time_to_decide_is_refused():
    """Nobody decides in the past."""
    with pytest.raises(InvalidRequestError, match="decision_time_h must be at least 0, not -1"):
        IceyeOptions(decision_time_h=-1)


# --- Terms -------------------------------------------------------------------------------------------


def choice(*allowed: str, default: str | None = None) -> Choice:
    """What a contract says about one parameter."""
    return Choice(allowed=Words(allowed), default=default)


@pytest.mark.parametrize(
    ("wish", "said", "documented", "settled"),
    [
        ("B", choice("A", "B", default="A"), None, "B"),
        (None, choice("A", "B", default="A"), None, "A"),
        (None, choice("A"), None, "A"),
        (None, choice("SLA_8H", "SLA_3H"), "SLA_8H", "SLA_8H"),
        (None, choice("SLA_24H"), "SLA_8H", "SLA_24H"),
        (None, choice(), "SLA_8H", "SLA_8H"),
        ("ANYTHING", choice(), None, "ANYTHING"),
        (None, choice("A", default="B"), None, "A"),
    ],
)
def test_terms_are_the_callers_then_the_contracts_then_iceyes(wish, said, documented, settled):
    """The wish, the contract's default, the documented default, or the only value allowed."""
    assert terms.settle("sla", "sla", wish, said, documented=documented) == settled


def test_a_term_outside_the_contract_is_refused():
    """Field, allowed values and remedy are named."""
    refusal = terms.settle("licence", "eula", "MULTI", choice("STANDARD", "GOVERNMENT"))

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field, refusal.actual) == (RefusalCode.NOT_IN_CONTRACT, "licence", "MULTI")
    assert refusal.limit == ("STANDARD", "GOVERNMENT")
    assert refusal.message == "The contract does not allow eula MULTI, only STANDARD, GOVERNMENT."
    assert refusal.remedy == "ask for licence STANDARD or GOVERNMENT"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (choice("A", "B"), "ICEYE needs eula and the contract has no default for it; it allows A, B."),
        (choice(), "ICEYE needs eula and the contract has no default for it."),
    ],
)
def test_a_term_that_nobody_decides_is_refused(said, message):
    """Nothing is invented where neither caller nor contract nor documentation says anything."""
    refusal = terms.settle("licence", "eula", None, said)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.message) == (RefusalCode.INVALID_REQUEST, message)
    assert refusal.remedy


def test_a_wish_said_twice_must_be_the_same():
    """A contradiction between request and options is told, never resolved in silence."""
    refusal = agreed("priority", "COMMERCIAL", "priority", "BACKGROUND")

    assert agreed("priority", "COMMERCIAL", "priority", "COMMERCIAL") == "COMMERCIAL"
    assert agreed("priority", None, "priority", "BACKGROUND") == "BACKGROUND"
    assert agreed("priority", "COMMERCIAL", "priority", None) == "COMMERCIAL"
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_REQUEST, "priority")
    assert (refusal.actual, refusal.limit) == ("COMMERCIAL", "BACKGROUND")


@pytest.mark.parametrize(
    ("days", "option", "said", "settled"),
    [
        (None, None, choice("PUBLIC", "PRIVATE", default="PRIVATE"), "PRIVATE"),
        (0, None, choice("PUBLIC", "PRIVATE", default="PRIVATE"), "PUBLIC"),
        (30, None, choice("PUBLIC", "PRIVATE", default="PUBLIC"), "PRIVATE"),
        (0, None, choice("PRIVATE", default="PRIVATE"), "PRIVATE"),
        (30, "PUBLIC", choice("PUBLIC", "PRIVATE"), "PUBLIC"),
    ],
)
def test_exclusive_days_choose_the_exclusivity(ask, contract, days, option, said, settled):
    """None are PUBLIC, some are PRIVATE; the option wins; PRIVATE serves who needs no exclusive day."""
    bound = evolve(contract, exclusivity=said)
    request = ask(exclusivity_days=days)

    assert terms.exclusivity(request, IceyeOptions(exclusivity=option), bound) == settled


def test_exclusive_days_under_a_public_contract_are_refused(ask, contract):
    """The remedy is said in days, which is what the caller knows."""
    bound = evolve(contract, exclusivity=choice("PUBLIC", default="PUBLIC"))

    refusal = terms.exclusivity(ask(exclusivity_days=30), IceyeOptions(), bound)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.NOT_IN_CONTRACT, "exclusivity_days")
    assert refusal.remedy == "ask for exclusivity_days = 0"


# --- Contracts ---------------------------------------------------------------------------------------


def test_the_only_contract_is_taken(contract):
    """Nobody has to say which where there is one."""
    assert terms.pick_contract([contract], NOW) is contract


def test_the_only_open_contract_is_taken(contract):
    """Contracts that have ended do not make a choice necessary."""
    ended = evolve(contract, id="ended", end=NOW - timedelta(days=1))

    assert terms.pick_contract([ended, contract], NOW) is contract


def test_no_contract_is_chosen_among_several(contract):
    """The remedy names ids and names."""
    refusal = terms.pick_contract([evolve(contract, id="a", name="First"), evolve(contract, id="b", name="")], NOW)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.limit) == (RefusalCode.CONFIGURATION, ("a", "b"))
    assert refusal.remedy == "set contract_id to one of a (First); b"


def test_an_account_without_contracts_is_told_so():
    """An empty list is an answer."""
    refusal = terms.pick_contract([], NOW)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.message) == (RefusalCode.CONFIGURATION, "This ICEYE account has no contract.")


@pytest.mark.parametrize(
    ("start", "end", "words", "retryable"),
    [
        (1, 2, "takes tasks only from 2026-11-24T09:30:00Z.", True),
        (-2, -1, "takes tasks only until 2026-11-22T09:30:00Z.", False),
    ],
)
def test_a_contract_outside_its_dates_takes_no_tasks(contract, start, end, words, retryable):
    """The date at fault is named, and whether waiting helps."""
    dated = evolve(contract, start=NOW + timedelta(days=start), end=NOW + timedelta(days=end))

    refusal = terms.closed_refusal(dated, NOW)

    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_IN_CONTRACT
    assert refusal.message.endswith(words)
    assert refusal.retryable is retryable


def test_a_contract_without_dates_is_open(contract):
    """Dates that are not said bind nobody."""
    assert terms.closed_refusal(evolve(contract, start=None, end=None), NOW) is None


def test_a_radar_request_without_incidence_asks_for_none(ask, plan_for):
    """ICEYE then applies the mode's performant range itself."""
    assert plan_for(ask(radar=Radar())).task.incidence_angle is None
