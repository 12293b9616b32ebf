"""The whole way through the adapter and its sandbox, from a request to a price or to a remedy."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from shapely import box

from tasking_hub import (
    AuthenticationError,
    Money,
    Opportunity,
    OpportunityKind,
    Optical,
    QuoteRefusedError,
    Refusal,
    RefusalCode,
    Secret,
    Stereo,
    TaskRequest,
    Window,
    format_time,
)
from tasking_hub.messages import dump_json, load_json
from tasking_hub_airbus import AirbusOptions, Mission, Programme
from tasking_hub_airbus.sandbox.catalogue import LEGACY_CONTRACT, NEO_CONTRACT

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOULOUSE = box(1.3763809204101562, 43.545313140623726, 1.5095901489257812, 43.656198305413156)
SMALL = box(1.4316558837890625, 43.568824930165476, 1.4670181274414062, 43.601900054609445)


def request_(days=5, **changes) -> TaskRequest:
    """Toulouse for some days from now."""
    wanted = {"area": TOULOUSE, "window": Window(NOW, NOW + timedelta(days=days)), "reference": "ref"} | changes
    return TaskRequest(**wanted)


async def find(provider, request) -> list[Opportunity | Refusal]:
    """Everything that is found."""
    return [found async for found in provider.find_opportunities(request)]


async def test_every_programme_comes_to_a_price(player):
    """Forty days over Toulouse: each product of both contracts is found and priced."""
    provider = player.provider()
    found = await find(provider, request_(days=40, optical=Optical(max_cloud_cover=20, max_incidence=40)))
    first = {item.product: item for item in reversed(found) if isinstance(item, Opportunity)}
    quotes = {product: await provider.quote(item) for product, item in first.items()}

    assert [item for item in found if isinstance(item, Refusal)] == []
    assert {product: str(quote.price) for product, quote in quotes.items()} == {
        "PleiadesTaskingOneDay": "7392.00 EUR",
        "PleiadesTaskingOneNow": "8712.00 EUR",
        "PleiadesTaskingOnePlan": "3564.00 EUR",
        "SpotTaskingOneDay": "6250.00 EUR",
        "SpotTaskingOneNow": "7500.00 EUR",
        "SpotTaskingOnePlan": "690.00 EUR",
        "PleiadesNeoOneDay": "11088.00 EUR",
        "PleiadesNeoOneNowAttempts": "12936.00 EUR",
        "PleiadesNeoOneNowWeather": "10164.00 EUR",
        "PleiadesNeoOnePlan": "6072.00 EUR",
    }
    assert quotes["SpotTaskingOnePlan"].list_price == Money(Decimal(3450), "EUR")
    assert quotes["SpotTaskingOnePlan"].minimum_applied is True
    assert quotes["PleiadesNeoOnePlan"].expires_at.date() == (NOW + timedelta(days=1)).date()


async def test_wishes_reach_the_order(player):
    """Licence, priority and processing of the request are in the body that was priced."""
    options = AirbusOptions(missions=(Mission.PLEIADESNEO,), programmes=(Programme.ONEDAY,), pixel_coding="8bits")
    provider = player.provider()
    (found, *_) = await find(provider, request_(licence="media", priority="rush", options={"airbus": options}))
    quote = await provider.quote(found)
    sent = json.loads(player.transport.requests[-1].body)
    production = {option["key"]: option["value"] for option in sent["optionsPerProductType"][0]["options"]}

    assert (quote.terms.licence, quote.terms.priority) == ("media", "rush")
    assert (production["pixel_coding"], production["radiometric_processing"]) == ("8bits", "display")


async def test_a_second_adapter_prices_a_saved_opportunity(player):
    """The opportunity alone is enough, in another process too."""
    (found, *_) = await find(player.provider(), request_())
    saved = evolve(found, raw=load_json(dump_json(found.raw)))

    assert (await player.provider().quote(saved)).price == (await player.provider().quote(found)).price


async def test_the_same_seed_gives_the_same_answers(play):
    """Opportunities, keys and all; another seed signs otherwise."""
    found = [await find(play(seed=seed).provider(), request_()) for seed in (1, 1, 2)]
    handles = [[item.handle for item in one] for one in found]
    windows = [[item.window for item in one] for one in found]

    assert handles[0] == handles[1]
    assert handles[0] != handles[2]
    assert windows[0] == windows[1]


async def test_an_expired_token_goes_unnoticed(player):
    """A lost token costs one renewal."""
    provider = player.provider()
    await find(provider, request_())
    player.sandbox.expire_tokens()

    assert {type(item) for item in await find(provider, request_())} == {Opportunity}


async def test_a_wrong_key_is_an_error(player):
    """The sandbox knows its key."""
    with pytest.raises(AuthenticationError, match="The API key is not valid"):
        await find(player.provider(api_key=Secret("wrong")), request_())


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (
            SMALL,
            {("PleiadesTaskingOneDay", RefusalCode.AREA_TOO_SMALL), ("SpotTaskingOneDay", RefusalCode.AREA_TOO_SMALL)},
        ),
        (
            box(1, 43, 1.4, 43.2),
            {("PleiadesTaskingOneDay", RefusalCode.AREA_TOO_LARGE), ("PleiadesNeoOneDay", RefusalCode.AREA_TOO_LARGE)},
        ),
    ],
)
async def test_areas_outside_the_limits_are_refused_by_product(player, area, expected):
    """Limits are the server's, and its answer becomes a typed refusal with a remedy."""
    options = AirbusOptions(programmes=(Programme.ONEDAY,))
    found = await find(player.provider(), request_(area=area, options={"airbus": options}))
    refused = {(item.product, item.code) for item in found if isinstance(item, Refusal)}

    assert expected <= refused
    assert all(item.remedy and item.limit for item in found if isinstance(item, Refusal))


async def test_a_manual_plan_is_found_and_not_priced(player):
    """Ten days are not enough for an automatic plan: it can be ordered, and the remedy says what would help."""
    options = AirbusOptions(programmes=(Programme.ONEPLAN,), missions=(Mission.SPOT,))
    provider = player.provider()
    (found,) = await find(provider, request_(days=10, options={"airbus": options}))
    with pytest.raises(QuoteRefusedError) as caught:
        await provider.quote(found)

    assert (found.kind, found.quotable) == (OpportunityKind.CAMPAIGN, False)
    assert (caught.value.refusal.code, caught.value.refusal.remedy) == (
        RefusalCode.STUDY_REQUIRED,
        "make the window 30 days long",
    )


async def test_stereo_is_found_on_both_legacy_missions_and_refused_by_neo(player):
    """Two opportunities to order, one refusal."""
    found = await find(player.provider(), request_(optical=Optical(stereo=Stereo.TRISTEREO)))

    assert [(type(item), getattr(item, "product", None)) for item in found] == [
        (Refusal, None),
        (Opportunity, "PleiadesTaskingOnePlan"),
        (Opportunity, "SpotTaskingOnePlan"),
    ]


async def test_the_remedy_for_a_short_window_works(player):
    """An hour and a half hold no pass that is still open; with the window that the remedy names, there is one."""
    options = AirbusOptions(programmes=(Programme.ONEDAY,), missions=(Mission.PLEIADES,))
    narrow = request_(window=Window(NOW, NOW + timedelta(hours=2)), options={"airbus": options})
    (refusal,) = await find(player.provider(), narrow)
    until = datetime.fromisoformat(refusal.remedy.removeprefix("end the window after "))
    found = await find(player.provider(), evolve(narrow, window=Window(NOW, until)))

    assert (refusal.code, refusal.field) == (RefusalCode.NO_OPPORTUNITY, "window")
    assert [type(item) for item in found] == [Opportunity]
    assert refusal.limit == format_time(found[0].window.end)


async def test_the_account_shows_both_contracts(player):
    """Credit, products, markets and workspaces of each."""
    legacy, neo = (await player.provider().status()).contracts

    assert (legacy.id, neo.id) == (LEGACY_CONTRACT, NEO_CONTRACT)
    assert (legacy.remaining, neo.remaining) == (Money(Decimal(150_000), "EUR"), Money(Decimal(250_000), "EUR"))
    assert (legacy.defaults["workspace"], neo.defaults["workspace"]) == ("sandbox-workspace", "sandbox-neo-workspace")
    assert len(neo.allowed["productTypes"]) == 4
