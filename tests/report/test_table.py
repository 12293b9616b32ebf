"""Tables for people: everything that decides is there, at 80 columns, on any terminal and in a pipe."""

import importlib
import io
import re
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
import strategies
import toys
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from shapely import LineString, Point, box

from tasking_hub import (
    Adjustment,
    AdjustmentKind,
    CloudForecast,
    Comparison,
    Feasibility,
    MissingDependencyError,
    Money,
    OpportunityKind,
    Quota,
    Range,
    RankedQuote,
    Rates,
    Refusal,
    RefusalCode,
    ReplacedOrder,
    Window,
)
from tasking_hub.report import cells
from tasking_hub.report.table import TableWriter, console_for

thorough = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)
REQUEST = toys.request(
    area=box(1.376, 43.545, 1.509, 43.656), reference="toulouse", properties={"name": "Toulouse, France"}
)
ADJUSTMENTS = (
    Adjustment(field="max_gsd_m", how=AdjustmentKind.HONOURED, asked=1),
    Adjustment(field="area", how=AdjustmentKind.APPROXIMATED, asked=1),
    Adjustment(field="max_cloud_cover", how=AdjustmentKind.NOT_ENFORCED, asked=1),
)
PASS = toys.opportunity(
    "o-1",
    REQUEST,
    product="Assured Tasking",
    satellite="SKYSAT-C12",
    incidence_deg=Range(12, 14.4),
    gsd_m=0.5,
    cloud_forecast=CloudForecast(percent=12.4),
    order_deadline=NOW,
    feasibility=Feasibility(word="CHALLENGING"),
    replaces=(ReplacedOrder(id="7", name="harbour"), ReplacedOrder(id="8")),
    adjustments=ADJUSTMENTS,
)
CAMPAIGN = toys.opportunity(
    "o-2", REQUEST, kind=OpportunityKind.CAMPAIGN, window=Window(NOW + DAY, NOW + 6 * DAY), incidence_deg=Range(20, 20)
)
REFUSAL = Refusal(
    account="airbus",
    provider="airbus",
    code=RefusalCode.AREA_TOO_SMALL,
    message="The area is 1.0 km².",
    product="OneDay",
    remedy="enlarge the area by 23.5 km²",
    retryable=True,
)
RATES = Rates(base="EUR", date=date(2026, 11, 20), per_base={"USD": Decimal("1.0843"), "EUR": 1}, source="ECB")


SOON = {"expires_at": NOW + DAY, "notes": ("Mind the gap.", "Mind the step.")}
MINIMUM = {"billable_area_km2": Decimal("100.0"), "minimum_applied": True, "notes": ("Mind the step.",)}


def quoted(price, rank=1, opportunity=PASS, in_base=None, per_km2=None, **facts):
    """A ranked quote."""
    return RankedQuote(
        rank=rank,
        quote=toys.quote("o", price, opportunity=opportunity, **facts),
        price_in_base=in_base,
        price_per_km2=per_km2,
    )


def euros(amount):
    """An amount of the base currency."""
    return Money(Decimal(amount), "EUR")


COMPARISON = Comparison(
    request=REQUEST,
    quotes=(
        quoted(Quota(Decimal("27.5"), "sqkm"), in_base=euros("106.52"), per_km2=euros("4.26"), **SOON),
        quoted(euros("7392"), 2, CAMPAIGN, euros("7392"), **MINIMUM),
    ),
    refusals=(REFUSAL,),
    base_currency="EUR",
    rates=RATES,
    timings_s={"airbus": 1.24, "planet": 0.3},
)


def shown(*comparisons, width=80, **console):
    """What is printed for the comparisons."""
    stream = io.StringIO()
    writer = TableWriter(Console(file=stream, width=width, highlight=False, **console))
    writer.begin()
    for comparison in comparisons:
        writer.comparison(comparison)
    writer.end()
    return stream.getvalue()


def words(text):
    """The text without the line breaks and spaces that a narrow column makes."""
    return re.sub(r"\s+", " ", text)


@given(strategies.comparisons(), st.sampled_from([80, 120, 200]))
@thorough
def test_nothing_is_wider_than_the_terminal(comparison, width):
    """Cells fold; a line never runs over the edge."""
    assert max(cell_len(line) for line in shown(comparison, width=width).split("\n")) <= width


@given(strategies.comparisons())
@thorough
def test_nothing_that_a_terminal_obeys_is_printed(comparison):
    """No text of an input or a provider reaches the terminal as a command."""
    assert all(sign.isprintable() or sign == "\n" for sign in shown(comparison))


def test_the_whole_block():
    """Request, ranked rows, refusal, remarks and the end, as a person sees them at 80 columns."""
    lines = [line.rstrip() for line in shown(COMPARISON).split("\n")]

    assert lines == [
        "toulouse  Toulouse, France",
        "132.4 km², 2026-11-22 09:00 to 2026-11-24 09:00 UTC",
        " # Account What                            When (UTC)             Price EUR/km²",
        " 1 toy     Assured Tasking                 2026-11-22 09:00   27.5 sqkm    4.26",
        "                                                             106.52 EUR",
        "           SKYSAT-C12, incidence 12-14°, 0.5 m, cloud 12%, feasibility",
        "           challenging, order by 11-21 09:00, cancels harbour and 8, valid",
        "           until 11-22 09:00, ~area !max_cloud_cover, notes 1, 2",
        " 2 toy     Toy                             2026-11-22 09:00 7392.00 EUR",
        "                                           to 11-27 09:00",
        "           optical, incidence 20°, bills 100 km², the minimum, note 2",
        " - airbus  area-too-small (OneDay): The area is 1.0 km². May work later.",
        "           Remedy: enlarge the area by 23.5 km²",
        "Took airbus 1.2 s, planet 0.3 s.",
        "",
        "1 area: 2 quotes, 1 refusal.",
        "Rates of 2026-11-20 (ECB): 1 EUR = 1.0843 USD.",
        "Note 1: Mind the gap.",
        "Note 2: Mind the step.",
        "~ approximated: met approximately",
        "! not-enforced: nobody enforces it",
        "",
    ]


def test_in_a_narrow_terminal_a_product_has_a_line_of_its_own():
    """Its name is not broken, and prices stay in their column."""
    lines = [line.rstrip() for line in shown(COMPARISON, width=60).split("\n")]

    assert lines[2:8] == [
        " # Account When (UTC)             Price EUR/km²",
        " 1 toy     2026-11-22 09:00   27.5 sqkm    4.26",
        "                             106.52 EUR",
        "           Assured Tasking",
        "           SKYSAT-C12, incidence 12-14°, 0.5 m, cloud 12%,",
        "           feasibility challenging, order by 11-21 09:00,",
    ]


def test_passes_that_differ_in_time_only_share_a_row():
    """A week of the same product at the same price is one row with all its times."""
    passes = [
        attrs.evolve(PASS, window=Window(NOW + day * DAY, NOW + day * DAY + timedelta(seconds=9))) for day in (1, 2, 45)
    ]
    prices = (euros("4.10"), euros("4.26"), None)
    rows = tuple(
        quoted(euros("100"), rank, found, euros("100"), each)
        for rank, found, each in zip((1, 2, 2), passes, prices, strict=True)
    )
    text = words(shown(attrs.evolve(COMPARISON, quotes=rows)))

    assert "1-2 toy Assured Tasking 2026-11-22 09:00 100.00 EUR 4.10 to 4.26" in text
    assert "also 11-23 09:00 (12-14°, cloud 12%), 2027-01-05 09:00 (12-14°, cloud 12%)" in text


@pytest.mark.parametrize(
    "change",
    [
        {"product": "Other"},
        {"account": "other"},
        {"constellation": "PELICAN"},
        {"replaces": ()},
        {"feasibility": None},
        {"adjustments": ()},
    ],
)
def test_quotes_that_differ_otherwise_do_not_share_a_row(change):
    """Nothing that decides is hidden behind its neighbour."""
    rows = (quoted(euros("1")), quoted(euros("1"), opportunity=attrs.evolve(PASS, **change)))

    assert len(cells.quote_rows(rows)) == 2


@pytest.mark.parametrize(
    "facts", [{"price": euros("2")}, {"notes": ("Mind.",)}, {"expires_at": NOW}, {"billable_area_km2": Decimal(3)}]
)
def test_quotes_on_other_conditions_do_not_share_a_row(facts):
    """Another price, another note, another end."""
    rows = (quoted(euros("1")), quoted(**({"price": euros("1")} | facts)))

    assert len(cells.quote_rows(rows)) == 2


@given(strategies.comparisons())
@thorough
def test_no_row_is_lost_by_sharing(comparison):
    """Whatever shares a row, all that was found is there, in its order."""
    assert [item for row in cells.quote_rows(comparison.quotes) for item in row] == list(comparison.quotes)
    assert [item for row in cells.opportunity_rows(comparison.not_quoted) for item in row] == list(
        comparison.not_quoted
    )
    assert sum(len(row) for row in cells.refusal_rows(comparison.refusals)) == len(comparison.refusals)


def test_refusals_that_say_the_same_share_a_row():
    """One sentence for all the products that it holds for; another sentence stands apart."""
    refusals = (
        REFUSAL,
        attrs.evolve(REFUSAL, message="Something else", retryable=False, remedy=None, product=None),
        attrs.evolve(REFUSAL, product="OneNow"),
    )

    assert [cells.refused(row) for row in cells.refusal_rows(refusals)] == [
        "area-too-small (OneDay, OneNow): The area is 1.0 km². May work later.\nRemedy: enlarge the area by 23.5 km²",
        "area-too-small: Something else",
    ]


def test_campaigns_that_share_a_row_show_both_their_ends():
    """A later campaign of the same kind is a span too."""
    later = attrs.evolve(CAMPAIGN, window=Window(NOW + 8 * DAY, NOW + 9 * DAY), incidence_deg=None)

    assert list(cells.details([CAMPAIGN, later])) == ["optical, incidence 20°", "also 11-29 09:00 to 11-30 09:00"]


def test_opportunities_without_a_price_are_listed_where_there_is_no_quote():
    """What `opportunities` finds is shown with its own marks."""
    text = words(shown(attrs.evolve(COMPARISON, quotes=(), not_quoted=(PASS, CAMPAIGN))))

    assert "toy Assured Tasking 2026-11-22 09:00 SKYSAT-C12, incidence 12-14°, 0.5 m, cloud 12%" in text
    assert "~area !max_cloud_cover" in text
    assert "1 area: 0 quotes, 2 opportunities not priced, 1 refusal." in text
    assert "more opportunities were not priced" not in text


def test_opportunities_beyond_the_quotes_are_counted():
    """Nothing found is hidden: what was not priced is a number."""
    assert "2 more opportunities were not priced." in shown(attrs.evolve(COMPARISON, not_quoted=(PASS, CAMPAIGN)))


def test_refusals_alone_have_a_heading():
    """Where nothing could be quoted the table says so."""
    text = shown(attrs.evolve(COMPARISON, quotes=(), timings_s={}))

    assert "Cannot be quoted" in text
    assert "Took" not in text


def test_a_comparison_without_any_answer_is_a_heading():
    """An empty comparison is no error."""
    text = words(shown(attrs.evolve(COMPARISON, quotes=(), refusals=(), rates=Rates.identity("EUR"), timings_s={})))

    assert text.endswith("UTC 1 area: 0 quotes, 0 refusals. ")


@pytest.mark.parametrize(
    ("ranked", "said"),
    [
        (quoted(Money(Decimal(529199), "JPY")), "529199 JPY\nno rate"),
        (quoted(Quota(Decimal(3), "credits")), "3 credits\nno quota price"),
        (quoted(Quota(Decimal(3), "credits"), quota_value=Money(Decimal(4), "USD")), "3 credits\nno rate"),
        (quoted(Money(Decimal(5), "USD"), in_base=euros("4.6")), "5.00 USD\n4.60 EUR"),
        (quoted(euros("7392")), "7392.00 EUR"),
    ],
)
def test_a_price_says_what_it_is_in_the_base_currency_or_why_not(ranked, said):
    """A missing rate is said, never guessed."""
    assert cells.price(ranked, "EUR") == said


def test_a_run_without_any_comparison_prints_nothing():
    """There is nothing to sum up where everything failed at once."""
    assert shown() == ""


def test_a_note_has_one_number_over_the_whole_output():
    """The same sentence on quotes of many areas is printed once, at the end."""
    text = shown(*[attrs.evolve(COMPARISON, quotes=(quoted(euros("1"), notes=("Mind.",)),))] * 2)

    assert text.count("note 1") == 2
    assert text.count("Note 1: Mind.") == 1


def test_one_opportunity_is_one():
    """Grammar for one."""
    assert "1 more opportunity was not priced." in shown(attrs.evolve(COMPARISON, not_quoted=(PASS,)))


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (Point(1.44, 43.6), "point 1.4400, 43.6000"),
        (LineString([(1.44, 43.6), (1.54, 43.6)]), "line of 8.1 km"),
        (box(1.376, 43.545, 1.509, 43.656), "132.4 km²"),
    ],
)
def test_areas_in_words(area, said):
    """A polygon has a surface, a line a length, a point a place."""
    assert cells.extent(area) == said


def test_the_year_is_said_where_it_changes():
    """A campaign over New Year shows both years."""
    over = attrs.evolve(CAMPAIGN, window=Window(datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)))

    assert cells.when(over) == "2026-12-30 00:00\nto 2027-01-02 00:00"


def test_the_title_does_not_repeat_the_name():
    """A place whose name is its reference is named once; a name that is no text is left out."""
    assert cells.title(attrs.evolve(REQUEST, properties={"name": "toulouse"})) == "toulouse"
    assert cells.title(attrs.evolve(REQUEST, properties={"name": 3})) == "toulouse"


def test_markup_of_others_is_text():
    """A product called [bold] is called [bold]."""
    text = shown(attrs.evolve(COMPARISON, refusals=(attrs.evolve(REFUSAL, message="[red]no[/red] \x1b[31m"),)))

    assert "[red]no[/red] \ufffd[31m" in words(text)


def test_colours_only_on_a_terminal():
    """Escape sequences appear on a terminal, and neither in a pipe nor under NO_COLOR."""
    terminal = shown(COMPARISON, force_terminal=True, color_system="standard")
    quiet = shown(COMPARISON, force_terminal=True, color_system="standard", no_color=True)

    assert "\x1b[1m" in terminal
    assert "\x1b" not in shown(COMPARISON)
    assert "\x1b[3" not in quiet


def test_a_stream_that_is_no_terminal_is_80_columns_wide(monkeypatch):
    """A table in a file does not depend on the window that it was made in."""
    monkeypatch.delenv("COLUMNS", raising=False)

    assert console_for(io.StringIO()).width == 80


def test_a_reader_that_goes_away_is_an_error_of_the_stream():
    """Whoever pipes into `head` does not end the process in the middle of a request."""

    class Closed(io.StringIO):
        """Nobody reads this."""

        def write(self, _text):
            """Fail as a closed pipe does."""
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        TableWriter(console_for(Closed())).comparison(COMPARISON)


def test_a_terminal_without_the_signs_gets_words():
    """An ASCII terminal is given km2 and deg instead of failing."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    writer = TableWriter(Console(file=stream, width=80))
    writer.comparison(attrs.evolve(COMPARISON, timings_s={}))
    writer.end()
    stream.flush()

    assert b"132.4 km2" in raw.getvalue()
    assert b"12-14 deg" in raw.getvalue()


def test_without_rich_the_error_says_what_to_install(monkeypatch):
    """Only this format needs rich."""
    monkeypatch.delitem(sys.modules, "tasking_hub.report.table")
    monkeypatch.setitem(sys.modules, "rich.console", None)

    with pytest.raises(MissingDependencyError, match=r'pip install "tasking-hub\[cli\]"'):
        importlib.import_module("tasking_hub.report.table")
