"""The hub: every asked account answers, whatever happens to the others."""

import asyncio
import logging
from decimal import Decimal

import kiosk
import pytest
import toys
from shapely import LineString
from toys import NOW, ToySettings, opportunity, refusal, request

from tasking_hub import (
    AdjustmentKind,
    AuthenticationError,
    ConfigurationError,
    Hub,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    NotFoundError,
    Opportunity,
    Optical,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuoteRefusedError,
    Radar,
    RateLimitedError,
    RefusalCode,
    RejectedRequestError,
    UnsentRequestError,
    Window,
)
from tasking_hub.testing import FakeTransport

EUR_100 = Money(Decimal(100), "EUR")


def hub(clock, **accounts):
    return Hub(accounts, transport=FakeTransport(lambda _: AssertionError()), clock=clock, registry=toys.registry())


def facts(status):
    return {"status": status, "method": "GET", "url": "https://toy.example/x"}


async def everything(stream):
    return [item async for item in stream]


async def test_opportunities_come_from_all_accounts_as_they_are_named(clock):
    """A quick account's items arrive before a slow one's."""
    slow = ToySettings(script=(0.05, "late"))
    async with hub(clock, slow=slow, quick=ToySettings(script=("soon",))) as opened:
        items = await everything(opened.opportunities(request()))

    assert [item.id for item in items] == ["soon", "late"]
    assert [item.account for item in items] == ["quick", "slow"]


async def test_every_asked_account_says_something(clock):
    """An adapter that yields nothing becomes a refusal."""
    async with hub(clock, mute=ToySettings()) as opened:
        (item,) = await everything(opened.opportunities(request()))

    assert (item.account, item.code) == ("mute", RefusalCode.NO_OPPORTUNITY)


async def test_only_the_accounts_named_in_the_request_are_asked(clock):
    """A request may choose its accounts."""
    async with hub(clock, a=ToySettings(script=("x",)), b=ToySettings(script=("y",))) as opened:
        items = await everything(opened.opportunities(request(accounts=("b",))))

    assert [item.account for item in items] == ["b"]


async def test_an_account_that_is_not_configured_is_pointed_out(clock):
    """A misspelt account is an error, not an empty answer."""
    async with hub(clock, a=ToySettings()) as opened:
        with pytest.raises(InvalidRequestError, match="no account plannet is configured; configured: a"):
            await opened.compare(request(accounts=("plannet",)))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"window": Window(NOW - 2 * toys.DAY, NOW)}, RefusalCode.WINDOW_PAST, "window"),
        ({"optical": None, "radar": Radar()}, RefusalCode.IMAGING_NOT_OFFERED, "imaging"),
        ({"area": LineString([(0, 0), (0.1, 0)])}, RefusalCode.AREA_TYPE, "area"),
    ],
)
async def test_what_an_adapter_cannot_do_is_refused_before_it_is_asked(clock, changes, code, field):
    """Past windows, other imaging and other geometry cost no request."""
    async with hub(clock, toy=ToySettings(script=("never",))) as opened:
        (item,) = await everything(opened.opportunities(request(**changes)))

    assert (item.code, item.field) == (code, field)
    assert item.remedy


async def test_a_comparison_ranks_quotes_and_keeps_refusals(clock):
    """Quotes are ranked over accounts, refusals are rows of their own."""
    cheap = ToySettings(script=("cheap",), prices={"cheap": Money(Decimal(10), "EUR")})
    dear = ToySettings(script=("dear", refusal(account="dear")))
    async with hub(clock, dear=dear, cheap=cheap) as opened:
        comparison = await opened.compare(request())

    assert [row.quote.opportunity.id for row in comparison.quotes] == ["cheap", "dear"]
    assert [item.account for item in comparison.refusals] == ["dear"]
    assert set(comparison.timings_s) == {"cheap", "dear"}
    assert comparison.base_currency == "EUR"


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (AuthenticationError(**facts(401)), RefusalCode.AUTHENTICATION, False),
        (PermissionDeniedError(**facts(403)), RefusalCode.PERMISSION, False),
        (NotFoundError(**facts(404)), RefusalCode.REJECTED, False),
        (RejectedRequestError(**facts(400)), RefusalCode.REJECTED, False),
        (RateLimitedError(**facts(429), retry_after_s=600.0), RefusalCode.RATE_LIMITED, True),
        (ProviderUnavailableError(**facts(503)), RefusalCode.UNAVAILABLE, True),
        (MalformedResponseError(["required field missing @ $.id"]), RefusalCode.MALFORMED_ANSWER, False),
        (UnsentRequestError("no", method="GET", url="u"), RefusalCode.UNAVAILABLE, True),
        (OutcomeUnknownError("no", method="GET", url="u"), RefusalCode.UNAVAILABLE, True),
        (ConfigurationError("no"), RefusalCode.CONFIGURATION, False),
        (InvalidRequestError("no", "window"), RefusalCode.INVALID_REQUEST, False),
    ],
)
async def test_one_failed_account_does_not_hide_the_others(clock, error, code, retryable):
    """Each error becomes that account's row; the others' quotes stay."""
    async with hub(clock, bad=ToySettings(script=(error,)), good=ToySettings(script=("x",))) as opened:
        comparison = await opened.compare(request())
        statuses = await opened.accounts()

    (row,) = comparison.refusals
    assert (row.account, row.code, row.retryable) == ("bad", code, retryable)
    assert row.remedy
    assert [row.quote.opportunity.account for row in comparison.quotes] == ["good"]
    assert [getattr(status, "code", "fine") for status in statuses] == [code, "fine"]


async def test_a_pause_that_the_provider_names_is_the_remedy(clock):
    """Rate limits say how long to wait."""
    error = RateLimitedError(**facts(429), retry_after_s=600.0)
    async with hub(clock, bad=ToySettings(script=(error,))) as opened:
        comparison = await opened.compare(request())

    assert comparison.refusals[0].remedy == "ask again after 600 s"


async def test_a_mistake_in_an_adapter_is_logged_and_becomes_a_row(clock, caplog):
    """An adapter's KeyError hides neither the other accounts nor itself."""
    broken = ToySettings(script=(KeyError("oops"),))
    odd = ToySettings(script=(toys.request(),))
    unpriced = ToySettings(script=("y",), prices={"y": KeyError("oops")})
    with caplog.at_level(logging.ERROR):
        async with hub(clock, broken=broken, odd=odd, unpriced=unpriced, good=ToySettings(script=("x",))) as opened:
            comparison = await opened.compare(request())

    assert {row.account: row.code for row in comparison.refusals} == {
        "broken": RefusalCode.ADAPTER_ERROR,
        "odd": RefusalCode.ADAPTER_ERROR,
        "unpriced": RefusalCode.ADAPTER_ERROR,
    }
    assert [row.quote.opportunity.account for row in comparison.quotes] == ["good"]
    assert "oops" in caplog.text


async def test_a_slow_account_is_left_behind_with_what_it_said(clock):
    """At the deadline the quotes so far count, and the rest is a refusal."""
    slow = ToySettings(script=("first", 60.0, "never"))
    async with hub(clock, slow=slow, good=ToySettings(script=("x",))) as opened:
        comparison = await opened.compare(request(), timeout_s=0.05)

    assert sorted(row.quote.opportunity.id for row in comparison.quotes) == ["first", "x"]
    assert [(row.account, row.code) for row in comparison.refusals] == [("slow", RefusalCode.TIMED_OUT)]


async def test_time_that_a_search_leaves_over_is_there_for_prices(clock):
    """A provider may be quick to find and slow to price: one request a second, and a price for each pass."""
    slow = ToySettings(script=tuple("abcde"), prices=dict.fromkeys("abcde", 0.08))
    async with hub(clock, slow=slow) as opened:
        comparison = await opened.compare(request(), timeout_s=1.0)

    assert len(comparison.quotes) == 5
    assert comparison.refusals == ()


async def test_quotes_per_product_prices_the_soonest(clock):
    """Beyond the limit an opportunity is listed, not priced and not lost, whatever the order in which they came."""
    late = opportunity("c", window=Window(NOW + 2 * toys.DAY, NOW + 2 * toys.DAY + toys.DAY / 9))
    async with hub(clock, toy=ToySettings(script=(late, "a", "b"))) as opened:
        comparison = await opened.compare(request(), quotes_per_product=2)
        unlimited = await opened.compare(request(), quotes_per_product=None)

    assert len(comparison.quotes) == 2
    assert [item.id for item in comparison.not_quoted] == ["c"]
    assert len(unlimited.quotes) == 3


async def test_the_same_no_is_said_once(clock):
    """Two opportunities that are refused alike make one row."""
    no = QuoteRefusedError(refusal(RefusalCode.NO_PRICING_PLAN))
    async with hub(clock, toy=ToySettings(script=("a", "b"), prices={"a": no, "b": no})) as opened:
        comparison = await opened.compare(request())

    assert [row.code for row in comparison.refusals] == [RefusalCode.NO_PRICING_PLAN]


async def test_requirements_that_an_adapter_does_not_mention_are_not_dropped(clock):
    """Silence becomes a NOT_ENFORCED adjustment, for quotes asked singly and in a comparison."""
    wanted = request(optical=Optical(max_cloud_cover=10), sla="fast")
    async with hub(clock, toy=ToySettings(script=("a",))) as opened:
        quote = await opened.quote(opportunity("a", wanted))
        comparison = await opened.compare(wanted)

    assert {(item.field, item.how, item.asked) for item in quote.all_adjustments} == {
        ("max_cloud_cover", AdjustmentKind.NOT_ENFORCED, 10),
        ("sla", AdjustmentKind.NOT_ENFORCED, "fast"),
    }
    assert len(comparison.quotes[0].quote.all_adjustments) == 2


async def test_a_refused_quote_raises_its_refusal(clock):
    """`quote` raises what `compare` lists."""
    no = refusal(RefusalCode.STUDY_REQUIRED)
    async with hub(clock, toy=ToySettings(prices={"a": QuoteRefusedError(no)})) as opened:
        with pytest.raises(QuoteRefusedError) as caught:
            await opened.quote(opportunity("a"))

    assert caught.value.refusal == no


async def test_an_opportunity_of_an_unknown_account_cannot_be_quoted(clock):
    """Saved opportunities need their account."""
    async with hub(clock, toy=ToySettings()) as opened:
        with pytest.raises(ConfigurationError, match="no account 'other' at toy"):
            await opened.quote(opportunity("a", account="other"))


async def test_many_comparisons_come_in_the_order_of_the_requests(clock):
    """A slow first request does not let the second overtake it; requests are read lazily."""
    read = []

    def requests():
        for number in range(6):
            read.append(number)
            yield request(reference=f"r-{number}")

    async with hub(clock, toy=ToySettings(script=(0.001, "a"))) as opened:
        stream = opened.compare_many(requests(), concurrent=2)
        first = await anext(stream)
        read_by_then = len(read)
        rest = [comparison.request.reference async for comparison in stream]

    assert first.request.reference == "r-0"
    assert read_by_then == 2
    assert rest == [f"r-{number}" for number in range(1, 6)]


async def test_leaving_many_comparisons_early_stops_those_that_run(clock):
    """No task outlives the iteration."""
    async with hub(clock, toy=ToySettings(script=(0.001, "a", 60.0))) as opened:
        stream = opened.compare_many([request(), request()], timeout_s=0.01, concurrent=1)
        await anext(stream)
        await stream.aclose()

    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_from_config_reads_accounts_and_currency(clock, tmp_path):
    """A mapping of the file's shape makes a hub."""
    config = {
        "hub": {"currency": "USD", "pace_file": str(tmp_path / "pace.db")},
        "accounts": {"mine": {"provider": "toy", "api_key": "k"}},
    }
    transport = FakeTransport(lambda _: AssertionError())
    async with Hub.from_config(config, transport=transport, clock=clock, registry=toys.registry()) as opened:
        comparison = await opened.compare(request())

    assert comparison.base_currency == "USD"
    assert [row.account for row in comparison.refusals] == ["mine"]


def test_what_an_adapter_misses_is_named_with_file_and_account(clock, tmp_path, monkeypatch):
    """An adapter knows its keys only: the hub says in which account of which file."""

    def locked(*_):
        msg = "a toy needs api_key"
        raise ConfigurationError(msg)

    monkeypatch.setattr(toys.ToyProvider, "authenticator", locked)
    path = tmp_path / "hub.toml"
    path.write_text('[accounts.mine]\nprovider = "toy"\n')

    with pytest.raises(ConfigurationError, match=r"^\S+hub\.toml: accounts\.mine: a toy needs api_key$"):
        Hub.from_config(path, clock=clock, registry=toys.registry())


async def test_opportunities_keep_their_request(clock):
    """What comes back knows what it answers, so that it can be quoted later."""
    wanted = request()
    async with hub(clock, toy=ToySettings(script=("a",))) as opened:
        (item,) = await everything(opened.opportunities(wanted))

    assert isinstance(item, Opportunity)
    assert item.request == wanted


# --- What only one provider has ----------------------------------------------------------------------


async def test_an_accounts_adapter_is_of_the_kind_that_is_expected(clock):
    """Its own class comes back; another kind of account, or none of that name, is said to be missing."""
    async with hub(clock, one=ToySettings()) as opened:
        found = opened.provider("one", toys.ToyProvider)

        assert (type(found), found.account) == (toys.ToyProvider, "one")
        for name, kind in (("two", toys.ToyProvider), ("one", kiosk.KioskProvider)):
            with pytest.raises(ConfigurationError, match=f"no account '{name}' at {kind.name} is configured"):
                opened.provider(name, kind)
