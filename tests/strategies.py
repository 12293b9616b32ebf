"""Hypothesis strategies for the whole vocabulary, so that every test of it can ask for any value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib.metadata import EntryPoint

from attrs import frozen
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box
from toys import ToyProvider

from tasking_hub import (
    AccountStatus,
    Adjustment,
    AdjustmentKind,
    CancellationStep,
    CloudForecast,
    Comparison,
    Contract,
    EndUser,
    Feasibility,
    Imaging,
    LookSide,
    Money,
    Opportunity,
    OpportunityKind,
    Optical,
    PassDirection,
    PriceLine,
    Quota,
    Quote,
    Radar,
    Range,
    RankBy,
    RankedQuote,
    Rates,
    Refusal,
    RefusalCode,
    Registry,
    ReplacedOrder,
    Stereo,
    TaskRequest,
    Terms,
    Window,
)
from tasking_hub.money import EXPONENTS

# --- An adapter with options -------------------------------------------------------------------------


class Programme(StrEnum):
    """A closed set of words."""

    DAY = "OneDay"
    PLAN = "OnePlan"


@frozen(kw_only=True)
class Ratio:
    """A nested option."""

    low: Decimal = Decimal("0.2")
    high: Decimal = Decimal("0.4")


@frozen(kw_only=True)
class Knobs:
    """Options of every type that an adapter may have."""

    programmes: tuple[Programme, ...] = ()
    ratio: Ratio | None = None
    replaces: tuple[str, ...] = ()
    count: int = 1
    not_before: datetime | None = None
    manual: bool = False
    comment: str | None = None


class KnobsProvider(ToyProvider):
    """The toy adapter with options."""

    name = "knobs"
    options_type = Knobs


def registry() -> Registry:
    """Only the adapter with options is installed."""
    return Registry([EntryPoint("knobs", "strategies:KnobsProvider", "tasking_hub.providers")])


# --- Scalars -----------------------------------------------------------------------------------------


def floats(low, high):
    """Finite numbers that every JSON reader agrees on."""
    return st.floats(low, high, allow_subnormal=False)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
literals = words.filter(str.strip)
names = st.text("abcdefghijklmnopqrstuvwxyz-_0123456789", min_size=1, max_size=12)
references = st.text("abcXYZ 0-9é中", min_size=1, max_size=20).filter(str.strip)
times = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # naive bounds
percents = floats(0, 100)
angles = floats(0, 90)
decimals = st.decimals(-(10**9), 10**9, places=4)
currencies = st.sampled_from(sorted(EXPONENTS))
money = st.builds(Money, decimals, currencies)
quotas = st.builds(Quota, decimals, names)
prices = money | quotas
json_numbers = st.integers(-(2**53), 2**53) | floats(-1e300, 1e300)


def _json_objects(numbers):
    values = st.recursive(
        st.none() | st.booleans() | numbers | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=5,
    )
    return st.dictionaries(words, values, max_size=2)


json_objects = _json_objects(json_numbers)
raw_objects = _json_objects(st.integers(-(2**53), 2**53) | decimals)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """A window of a second to a month."""
    start = draw(times)
    return Window(start, start + draw(st.timedeltas(timedelta(seconds=1), timedelta(days=31))))


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """A closed range of angles."""
    low, high = sorted((draw(angles), draw(angles)))
    return Range(low, high)


# --- Places ------------------------------------------------------------------------------------------

longitudes = floats(-170, 170)
latitudes = floats(-80, 80)
points = st.builds(Point, longitudes, latitudes)


@st.composite
def boxes(draw: st.DrawFn):
    """A valid box of up to ten degrees."""
    lon, lat = draw(longitudes), draw(latitudes)
    return box(lon, lat, lon + draw(floats(0.001, 9)), lat + draw(floats(0.001, 9)))


@st.composite
def lines(draw: st.DrawFn) -> LineString:
    """A line of two positions."""
    start = draw(points)
    return LineString([start, (start.x + draw(floats(0.001, 5)), start.y)])


areas = points | lines() | boxes()
footprints = boxes() | st.builds(lambda one: MultiPolygon([one]), boxes())

# --- What is asked -----------------------------------------------------------------------------------


def _opt(strategy):
    return st.none() | strategy


@st.composite
def _incidences(draw: st.DrawFn):
    low, high = sorted((draw(angles), draw(angles)))
    return draw(st.sampled_from([(None, None), (low, None), (None, high), (low, high)]))


@st.composite
def opticals(draw: st.DrawFn) -> Optical:
    """Any requirements on an optical image."""
    low, high = draw(_incidences())
    return Optical(
        max_cloud_cover=draw(_opt(percents)),
        min_incidence=low,
        max_incidence=high,
        min_sun_elevation=draw(_opt(floats(-90, 90))),
        max_gsd_m=draw(_opt(floats(0.1, 100))),
        stereo=draw(_opt(st.sampled_from(Stereo))),
    )


@st.composite
def radars(draw: st.DrawFn) -> Radar:
    """Any requirements on a radar image."""
    low, high = draw(_incidences())
    return Radar(
        mode=draw(_opt(names)),
        max_resolution_m=draw(_opt(floats(0.1, 100))),
        min_looks=draw(_opt(st.integers(1, 20))),
        min_incidence=low,
        max_incidence=high,
        look_side=draw(_opt(st.sampled_from(LookSide))),
        pass_direction=draw(_opt(st.sampled_from(PassDirection))),
    )


ratios = st.builds(Ratio, low=decimals, high=decimals)
knobs = st.builds(
    Knobs,
    programmes=st.lists(st.sampled_from(Programme), max_size=2).map(tuple),
    ratio=_opt(ratios),
    replaces=st.lists(names, max_size=2).map(tuple),
    count=st.integers(0, 100),
    not_before=_opt(times),
    manual=st.booleans(),
    comment=_opt(words),
)
end_users = st.builds(EndUser, name=literals, country=st.sampled_from(["FR", "DE", "FI"]))
_kinds = st.tuples(_opt(opticals()), _opt(radars())).filter(any)


@st.composite
def requests(draw: st.DrawFn) -> TaskRequest:
    """Any request that can be made."""
    optical, radar = draw(_kinds)
    return TaskRequest(
        area=draw(areas),
        window=draw(windows()),
        optical=optical,
        radar=radar,
        reference=draw(references),
        accounts=draw(st.lists(names, max_size=2)),
        licence=draw(_opt(literals)),
        priority=draw(_opt(literals)),
        exclusivity_days=draw(_opt(st.integers(0, 365))),
        sla=draw(_opt(literals)),
        end_users=draw(st.lists(end_users, max_size=2)),
        market=draw(_opt(literals)),
        options=draw(st.just({}) | knobs.map(lambda values: {"knobs": values})),
        properties=draw(json_objects),
    )


# --- What is answered --------------------------------------------------------------------------------

_open_values = st.none() | st.booleans() | json_numbers | words
_adjusted = (
    st.tuples(names, _open_values, _open_values)
    | st.tuples(st.just("window"), windows(), _opt(windows()))
    | st.tuples(st.just("area"), areas, _opt(points))
    | st.tuples(st.just("end_users"), st.lists(end_users, min_size=1, max_size=2).map(tuple), st.none())
)
adjustments = st.builds(
    lambda values, how, why: Adjustment(field=values[0], asked=values[1], sent=values[2], how=how, why=why),
    _adjusted,
    st.sampled_from(AdjustmentKind),
    words,
)
some_adjustments = st.lists(adjustments, max_size=2).map(tuple)
forecasts = st.builds(CloudForecast, percent=percents, updated=_opt(times))
replaced_orders = st.builds(ReplacedOrder, id=names, name=words, tier=_opt(words), cost=_opt(decimals.map(str)))


@st.composite
def opportunities(draw: st.DrawFn, request: TaskRequest | None = None) -> Opportunity:
    """Any opportunity, for a request that is given or for any."""
    return Opportunity(
        id=draw(names),
        account=draw(names),
        provider=draw(names),
        request=request or draw(requests()),
        kind=draw(st.sampled_from(OpportunityKind)),
        imaging=draw(st.sampled_from(Imaging)),
        product=draw(words),
        window=draw(windows()),
        contract=draw(_opt(words)),
        footprint=draw(_opt(footprints)),
        incidence_deg=draw(_opt(ranges())),
        off_nadir_deg=draw(_opt(ranges())),
        sun_elevation_deg=draw(_opt(ranges())),
        gsd_m=draw(_opt(floats(0.1, 100))),
        cloud_forecast=draw(_opt(forecasts)),
        satellite=draw(_opt(words)),
        constellation=draw(_opt(words)),
        order_deadline=draw(_opt(times)),
        feasibility=draw(_opt(st.builds(Feasibility, word=words, manual_study=st.booleans()))),
        replaces=draw(st.lists(replaced_orders, max_size=2)),
        adjustments=draw(some_adjustments),
        handle=draw(_opt(words)),
        raw=draw(raw_objects),
    )


cancellation_steps = st.builds(
    CancellationStep, hours_before_start=_opt(floats(0, 1000)), fee_percent=_opt(decimals), note=words, source=words
)
terms = st.builds(
    Terms,
    licence=_opt(words),
    exclusivity=_opt(words),
    sla=_opt(words),
    priority=_opt(words),
    cancellation=st.lists(cancellation_steps, max_size=2).map(tuple),
)


@st.composite
def quotes(draw: st.DrawFn, request: TaskRequest | None = None) -> Quote:
    """Any quote, for a request that is given or for any."""
    return Quote(
        opportunity=draw(opportunities(request)),
        price=draw(prices),
        quota_value=draw(_opt(money)),
        list_price=draw(_opt(prices)),
        discount_percent=draw(_opt(decimals)),
        billable_area_km2=draw(_opt(decimals)),
        minimum_applied=draw(_opt(st.booleans())),
        multiplier=draw(_opt(decimals)),
        lines=draw(st.lists(st.builds(PriceLine, label=words, amount=prices), max_size=2)),
        binding=draw(st.booleans()),
        quoted_at=draw(times),
        expires_at=draw(_opt(times)),
        terms=draw(terms),
        adjustments=draw(some_adjustments),
        notes=draw(st.lists(words, max_size=2)),
        raw=draw(raw_objects),
    )


refusals = st.builds(
    Refusal,
    account=names,
    provider=names,
    code=st.sampled_from(RefusalCode),
    message=words,
    provider_code=_opt(words),
    field=_opt(names),
    limit=_opt(_open_values),
    actual=_opt(_open_values),
    unit=_opt(words),
    retryable=st.booleans(),
    remedy=_opt(words),
    product=_opt(words),
    raw=raw_objects,
)
rates = st.builds(
    Rates,
    base=currencies,
    date=_opt(st.dates(date(2020, 1, 1), date(2035, 1, 1))),
    per_base=st.dictionaries(currencies, st.decimals("0.0001", 10**6, places=4), max_size=3),
    source=words,
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Any comparison whose parts all answer its request."""
    request = draw(requests())
    base = draw(currencies)
    in_base = money.map(lambda value: Money(value.amount, base))
    ranked = st.builds(
        RankedQuote,
        rank=st.integers(1, 9),
        quote=quotes(request),
        price_in_base=_opt(in_base),
        useful_area_km2=_opt(decimals),
        price_per_km2=_opt(in_base),
    )
    return Comparison(
        request=request,
        quotes=tuple(draw(st.lists(ranked, max_size=2))),
        refusals=tuple(draw(st.lists(refusals, max_size=2))),
        base_currency=base,
        rates=draw(rates),
        ranked_by=draw(st.sampled_from(RankBy)),
        not_quoted=tuple(draw(st.lists(opportunities(request), max_size=1))),
        timings_s=draw(st.dictionaries(names, floats(0, 1000), max_size=3)),
    )


contracts = st.builds(
    Contract,
    id=names,
    name=words,
    starts=_opt(times),
    ends=_opt(times),
    allowed=st.dictionaries(names, st.lists(words, max_size=3).map(tuple), max_size=2),
    defaults=st.dictionaries(names, words, max_size=2),
    remaining=_opt(prices),
    limit=_opt(prices),
    spent=_opt(prices),
    notes=st.lists(words, max_size=2).map(tuple),
    raw=raw_objects,
)
account_statuses = st.builds(
    AccountStatus, account=names, provider=names, contracts=st.lists(contracts, max_size=2).map(tuple)
)
