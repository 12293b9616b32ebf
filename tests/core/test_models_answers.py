"""What comes back is frozen, in UTC, and hides what is long or secret."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import attrs
import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from shapely import Point

from tasking_hub import models
from tasking_hub.compare.rates import Rates
from tasking_hub.errors import InvalidRequestError
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import (
    AccountStatus,
    Acquisition,
    Adjustment,
    AdjustmentKind,
    CancellationStep,
    CloudForecast,
    Comparison,
    Contract,
    Decision,
    Deliverable,
    EndUser,
    Feasibility,
    Imaging,
    Opportunity,
    OpportunityKind,
    Optical,
    Order,
    OrderEvent,
    PriceLine,
    Quote,
    Radar,
    RankBy,
    RankedQuote,
    Refusal,
    RefusalCode,
    ReplacedOrder,
    TaskRequest,
    Terms,
    Window,
)
from tasking_hub.money import Money, Quota

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LOCAL = NOW.astimezone(timezone(timedelta(hours=-3)))
NAIVE = datetime(2026, 11, 21, 9)  # noqa: DTZ001 - the subject
WINDOW = Window(NOW, NOW + timedelta(hours=1))
REQUEST = TaskRequest(area=Point(1.44, 43.6), window=WINDOW, reference="r-1")
RAW = {"token": "hush", "long": "x" * 10_000}

OPPORTUNITY = Opportunity(
    id="o",
    account="airbus",
    provider="airbus",
    request=REQUEST,
    kind=OpportunityKind.PASS,
    imaging=Imaging.OPTICAL,
    product="OneDay",
    window=WINDOW,
    handle="hush",
    raw=RAW,
)
QUOTE = Quote(opportunity=OPPORTUNITY, price=Money(Decimal(100), "EUR"), quoted_at=NOW, raw=RAW)
REFUSAL = Refusal(
    account="airbus", provider="airbus", code=RefusalCode.NO_OPPORTUNITY, message="No pass.", field="window", raw=RAW
)
ORDER = Order(account="airbus", provider="airbus", reference="r-1", state=OrderState.UNKNOWN, raw=RAW)
EVENT = OrderEvent(at=NOW, state=OrderState.UNKNOWN)
ACQUISITION = Acquisition(id="a", order_id="o", provider_status="DONE", raw=RAW)
DECISION = Decision(id="d", account="airbus", order_id="o", question="Accept?", if_ignored="accepted", raw=RAW)
DELIVERABLE = Deliverable(order_id="o", name="image.tif", url="https://x.invalid/?signature=hush", raw=RAW)
CONTRACT = Contract(id="c", raw=RAW)
COMPARISON = Comparison(
    request=REQUEST,
    quotes=[RankedQuote(rank=1, quote=QUOTE)],
    refusals=[REFUSAL],
    base_currency="EUR",
    rates=Rates(base="EUR", date=NOW.date(), per_base={}, source="none"),
)
STEP = CancellationStep(note="n", source="s")
ADJUSTMENT = Adjustment(field="max_cloud_cover", how=AdjustmentKind.HONOURED, asked=10, sent=10)
SAMPLES = [
    OPPORTUNITY,
    QUOTE,
    REFUSAL,
    ORDER,
    EVENT,
    ACQUISITION,
    DECISION,
    DELIVERABLE,
    CONTRACT,
    COMPARISON,
    STEP,
    ADJUSTMENT,
    AccountStatus(account="a", provider="p", contracts=[CONTRACT]),
    CloudForecast(percent=10),
    Feasibility(word="EASY"),
    ReplacedOrder(id="o"),
    PriceLine(label="image", amount=Quota(Decimal(1), "units")),
    RankedQuote(rank=1, quote=QUOTE),
    Terms(),
]
TIMES = [
    (OPPORTUNITY, "order_deadline"),
    (QUOTE, "quoted_at"),
    (QUOTE, "expires_at"),
    (CloudForecast(percent=10), "updated"),
    (EVENT, "at"),
    (ORDER, "cancellable_until"),
    (ACQUISITION, "taken_at"),
    (DECISION, "deadline"),
    (DELIVERABLE, "expires_at"),
    (CONTRACT, "starts"),
    (CONTRACT, "ends"),
]
REQUIRED_TIMES = {"quoted_at", "at"}
LISTS = [
    (OPPORTUNITY, "replaces", ReplacedOrder(id="o")),
    (OPPORTUNITY, "adjustments", ADJUSTMENT),
    (QUOTE, "adjustments", ADJUSTMENT),
    (QUOTE, "lines", PriceLine(label="image", amount=Money(Decimal(1), "EUR"))),
    (QUOTE, "notes", "note"),
    (Terms(), "cancellation", STEP),
    (ORDER, "history", EVENT),
    (ORDER, "cancellation", STEP),
    (ORDER, "replaced", "id"),
    (CONTRACT, "notes", "note"),
    (AccountStatus(account="a", provider="p", contracts=()), "contracts", CONTRACT),
    (COMPARISON, "quotes", RankedQuote(rank=1, quote=QUOTE)),
    (COMPARISON, "refusals", REFUSAL),
    (COMPARISON, "not_quoted", OPPORTUNITY),
]


def _id(value):
    return value if isinstance(value, str) else type(value).__name__


def test_every_model_is_among_the_samples():
    """A model that is added is tested here or with the request."""
    tested = {type(sample) for sample in SAMPLES} | {TaskRequest, Optical, Radar, Window, EndUser}
    public = {getattr(models, name) for name in models.__all__}

    assert {kind for kind in public if not issubclass(kind, Enum)} == tested


@pytest.mark.parametrize("value", SAMPLES, ids=_id)
def test_nothing_can_be_changed(value):
    """What was said stays as it was said."""
    name = attrs.fields(type(value))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


@pytest.mark.parametrize("value", SAMPLES, ids=_id)
def test_fields_are_given_by_name(value):
    """No field is taken for another because of its place."""
    with pytest.raises(TypeError):
        type(value)("positional")


@pytest.mark.parametrize("value", SAMPLES, ids=_id)
def test_raw_is_kept_and_not_shown(value):
    """The provider's own JSON is reachable, in no repr, and makes no two objects differ."""
    if not hasattr(value, "raw"):
        assert "hush" not in repr(value)
        return

    assert value.raw == RAW
    assert "hush" not in repr(value)
    assert evolve(value, raw={}) == value


@pytest.mark.parametrize(("value", "name"), TIMES, ids=_id)
def test_times_are_in_utc(value, name):
    """The same moment in another zone is the same, in UTC."""
    moment = getattr(evolve(value, **{name: LOCAL}), name)

    assert (moment, moment.tzinfo) == (NOW, UTC)


@pytest.mark.parametrize(("value", "name"), TIMES, ids=_id)
def test_naive_times_are_refused(value, name):
    """A time without its zone is refused wherever it comes from."""
    with pytest.raises(InvalidRequestError, match="has no time zone"):
        evolve(value, **{name: NAIVE})


@pytest.mark.parametrize(("value", "name"), [pair for pair in TIMES if pair[1] not in REQUIRED_TIMES], ids=_id)
def test_unknown_times_stay_unknown(value, name):
    """None means that nobody said."""
    assert getattr(evolve(value, **{name: None}), name) is None


@pytest.mark.parametrize(("value", "name", "item"), LISTS, ids=_id)
def test_lists_become_tuples(value, name, item):
    """A list that is changed later changes nothing here."""
    items = [item]
    changed = evolve(value, **{name: items})
    items.clear()

    assert getattr(changed, name) == (item,)


@pytest.mark.parametrize(
    ("feasibility", "quotable"),
    [(None, True), (Feasibility(word="EASY"), True), (Feasibility(word="MANUAL", manual_study=True), False)],
)
def test_what_people_must_study_cannot_be_quoted(feasibility, quotable):
    """Only a manual study stands between an opportunity and its price."""
    assert evolve(OPPORTUNITY, feasibility=feasibility).quotable is quotable


@pytest.mark.parametrize(
    ("price", "quota_value", "money"),
    [
        (Money(Decimal(5), "EUR"), None, Money(Decimal(5), "EUR")),
        (Money(Decimal(5), "EUR"), Money(Decimal(9), "USD"), Money(Decimal(5), "EUR")),
        (Quota(Decimal(5), "units"), Money(Decimal(9), "USD"), Money(Decimal(9), "USD")),
        (Quota(Decimal(5), "units"), None, None),
    ],
)
def test_the_money_of_a_quote(price, quota_value, money):
    """Money is money; quota is worth what the contract says, or nothing that is known."""
    assert evolve(QUOTE, price=price, quota_value=quota_value).money == money


def test_all_adjustments_are_those_of_image_and_price():
    """Nothing that happened to a requirement is lost between opportunity and quote."""
    licence = evolve(ADJUSTMENT, field="licence")
    quote = evolve(QUOTE, opportunity=evolve(OPPORTUNITY, adjustments=[ADJUSTMENT]), adjustments=[licence])

    assert quote.all_adjustments == (ADJUSTMENT, licence)


@pytest.mark.parametrize("kind", [RefusalCode, AdjustmentKind, OpportunityKind, RankBy, Imaging])
def test_words_of_closed_sets_are_lower_case_with_dashes(kind):
    """The words that stand in files and on the command line have one spelling."""
    assert [word.value for word in kind if word.value != word.name.lower().replace("_", "-")] == []
