"""The adapter over mocked HTTP: every endpoint, and every way in which one can fail."""

import re
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from attrs import evolve
from shapely import Point
from yarl import URL

from tasking_hub import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    Money,
    NotFoundError,
    Opportunity,
    Optical,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    Quota,
    QuoteRefusedError,
    RateLimitedError,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    Secret,
    Stereo,
    TaskRequest,
    UnsentRequestError,
    Window,
)
from tasking_hub.clock import ManualClock
from tasking_hub.messages import dump_json
from tasking_hub.testing import open_provider
from tasking_hub.transport import AiohttpTransport
from tasking_hub_planet import PlanetOptions, PlanetProvider

SEARCH_ID = "b7a4a198-17ea-45e2-baa1-766aaae3fab7"
CREATE = "https://api.planet.com/tasking/v2/imaging-windows/search/"
READ = f"{CREATE}{SEARCH_ID}/?order_template__exclusivity_days=0"
READ_REPLACING = f"{CREATE}{SEARCH_ID}/?order_template__exclusivity_days=0&show_replacing_imaging_windows=true"
PRODUCTS = "https://api.planet.com/tasking/v2/products"
START = datetime(2024, 7, 24, 9, 26, 41, tzinfo=UTC)


@pytest.fixture
def clock():
    """Stands at the time of the page's search; sleeping moves it at once."""
    return ManualClock(START)


@pytest.fixture
async def planet(mocked, settings, clock):
    """The adapter, wired as the hub wires it, over aiohttp."""
    async with AiohttpTransport() as transport:
        yield open_provider(PlanetProvider, settings, transport, clock)


@pytest.fixture
def request_():
    """The page's place, for a week."""
    return TaskRequest(
        area=Point(133.406128, -25.837374),
        window=Window(START, START + timedelta(days=7)),
        options={"planet": PlanetOptions(show_replacing=False)},
    )


@pytest.fixture
def serve(mocked, sample):
    """Registers the creation of a search and its readings, each a sample's name or a body."""

    def register(*readings, read=READ):
        mocked.post(CREATE, status=201, body=dump_json(sample("search-created")))
        for reading in readings:
            mocked.get(read, body=dump_json(sample(reading) if isinstance(reading, str) else reading))

    return register


async def everything(provider, request):
    """All that the adapter yields."""
    return [found async for found in provider.find_opportunities(request)]


def sent(mocked, method, url):
    """The calls of one endpoint."""
    return mocked.requests.get((method, URL(url)), [])


# --- The good way ------------------------------------------------------------------------------------


async def test_a_search_is_created_and_read(planet, mocked, serve, sample, request_, clock):
    """One POST, one GET two seconds later, both with the key in the header; two opportunities."""
    serve("search-done")

    found = await everything(planet, request_)

    assert [one.id for one in found] == [one["id"] for one in sample("search-done")["imaging_windows"]]
    (create,), (read,) = sent(mocked, "POST", CREATE), sent(mocked, "GET", READ)
    assert create.kwargs["headers"]["Authorization"] == "api-key a-made-up-key"
    assert read.kwargs["headers"]["Authorization"] == "api-key a-made-up-key"
    assert (create.kwargs["allow_redirects"], read.kwargs["allow_redirects"]) == (False, False)
    assert clock.now() - START >= timedelta(seconds=2)


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_creates(planet, mocked, sample, request_, status):
    """Nobody documents the status, so all three that make sense are taken."""
    mocked.post(CREATE, status=status, body=dump_json(sample("search-created")))
    mocked.get(READ, body=dump_json(sample("search-done")))

    assert len(await everything(planet, request_)) == 2


async def test_the_location_is_enough(planet, mocked, sample, request_):
    """An empty body with a Location is how Planet's own bridge knows a new search."""
    location = f"/tasking/v2/imaging-windows/search/{SEARCH_ID}/"
    mocked.post(CREATE, status=201, headers={"Location": location})
    mocked.get(READ, body=dump_json(sample("search-done")))

    assert len(await everything(planet, request_)) == 2


async def test_windows_are_yielded_as_they_appear(planet, mocked, serve, sample, request_):
    """The first window is out before the search is read a second time, and only once."""
    done = sample("search-done")
    first, second = done["imaging_windows"]
    serve(
        done | {"status": "CREATED", "imaging_windows": []},
        done | {"status": "IN_PROGRESS", "imaging_windows": [first]},
        done | {"status": "IN_PROGRESS", "imaging_windows": [first | {"ground_sample_distance": 0.7}]},
        done | {"imaging_windows": [second, first]},
    )

    seen = [
        (found.id, len(sent(mocked, "GET", READ)), found.gsd_m) async for found in planet.find_opportunities(request_)
    ]

    assert seen == [(first["id"], 2, 0.9), (second["id"], 4, 1.1)]


async def test_a_window_that_comes_to_meet_the_request_is_yielded(planet, serve, sample, request_):
    """Until it has been yielded, a window counts as it was read last."""
    done = sample("search-done")
    first = done["imaging_windows"][0]
    serve(
        done | {"status": "IN_PROGRESS", "imaging_windows": [first | {"ground_sample_distance": 2}]},
        done | {"imaging_windows": [first]},
    )

    found = await everything(planet, evolve(request_, optical=Optical(max_gsd_m=1)))

    assert [(one.id, one.gsd_m) for one in found] == [(first["id"], 0.9)]


async def test_pauses_grow_to_their_limit(planet, serve, sample, request_, clock):
    """From two seconds by half each time, never above ten."""
    serve(*[sample("search-done") | {"status": "IN_PROGRESS"}] * 6, "search-done")

    await everything(planet, request_)

    assert [round(pause, 3) for pause in clock.slept if pause >= 2] == [2, 3, 4.5, 6.75, 10, 10, 10]


async def test_leaving_early_stops_the_reading(planet, mocked, serve, sample, request_):
    """Whoever closes the stream causes no further request."""
    serve(*[sample("search-done") | {"status": "IN_PROGRESS"}] * 3)

    async with aclosing(planet.find_opportunities(request_)) as found:
        async for _ in found:
            break

    assert len(sent(mocked, "GET", READ)) == 1


# --- Endings -----------------------------------------------------------------------------------------


async def test_nothing_found_is_a_refusal(planet, serve, sample, request_):
    """DONE without windows is an answer."""
    serve(sample("search-done") | {"imaging_windows": []})

    (refusal,) = await everything(planet, request_)

    assert (type(refusal), refusal.code) == (Refusal, RefusalCode.NO_OPPORTUNITY)


async def test_a_search_that_fails_is_a_refusal(planet, serve, request_):
    """FAILED with Planet's own code."""
    serve("search-failed")

    (refusal,) = await everything(planet, request_)

    assert (refusal.code, refusal.provider_code) == (RefusalCode.UNAVAILABLE, "SEARCH_FAILED")


@pytest.mark.parametrize("status", ["IN_PROGRESS", "PAUSED"])
async def test_a_search_that_never_ends_is_given_up(planet, mocked, sample, request_, clock, status):
    """What was found is yielded, then the deadline is said; an unknown status is read on."""
    mocked.post(CREATE, status=201, body=dump_json(sample("search-created")))
    mocked.get(READ, body=dump_json(sample("search-done") | {"status": status}), repeat=True)

    *found, refusal = await everything(planet, request_)

    assert [type(one) for one in found] == [Opportunity, Opportunity]
    assert (refusal.code, refusal.retryable) == (RefusalCode.TIMED_OUT, True)
    assert 330 <= (clock.now() - START).total_seconds() < 335


async def test_a_short_deadline_still_reads_once(planet, serve, sample, request_):
    """Even a caller in a hurry gets one answer."""
    serve(sample("search-done") | {"status": "IN_PROGRESS"})
    hurried = evolve(request_, options={"planet": PlanetOptions(search_deadline_s=1)})

    *found, refusal = await everything(planet, hurried)

    assert (len(found), refusal.code) == (2, RefusalCode.TIMED_OUT)


async def test_nothing_is_sent_for_what_is_refused_beforehand(planet, mocked, request_):
    """A request that Planet cannot serve costs nothing."""
    (refusal,) = await everything(planet, evolve(request_, optical=Optical(stereo=Stereo.STEREO)))

    assert refusal.code is RefusalCode.REQUIREMENT_NOT_OFFERED
    assert mocked.requests == {}


async def test_a_rejected_search_is_a_refusal(planet, mocked, request_):
    """A 400 about the contract is not sent again."""
    mocked.post(CREATE, status=400, body='{"pl_number": ["Unknown contract."]}', repeat=True)

    (refusal,) = await everything(planet, request_)

    assert (refusal.code, refusal.field) == (RefusalCode.NOT_IN_CONTRACT, "pl_number")
    assert refusal.message == "Planet rejects the search: pl_number: Unknown contract."
    assert len(sent(mocked, "POST", CREATE)) == 1


# --- Failures ----------------------------------------------------------------------------------------

FINAL = [
    (401, '{"detail": "Invalid API key."}', AuthenticationError),
    (403, '{"detail": "No permission."}', PermissionDeniedError),
    (404, '{"detail": "Not found."}', NotFoundError),
    (405, "", RejectedRequestError),
    (301, "", RejectedRequestError),
]


@pytest.mark.parametrize(("status", "body", "error"), FINAL)
async def test_a_final_no_to_a_search_is_raised_once(planet, mocked, request_, status, body, error):
    """A static key does not get better by asking again, and a redirect is never followed."""
    mocked.post(CREATE, status=status, body=body, headers={"Location": f"{CREATE}x/"}, repeat=True)

    with pytest.raises(error) as caught:
        await everything(planet, request_)

    assert caught.value.status == status
    assert len(sent(mocked, "POST", CREATE)) == 1


@pytest.mark.parametrize(("status", "body", "error"), FINAL)
async def test_a_final_no_to_a_reading_is_raised_once(planet, mocked, serve, request_, status, body, error):
    """The same for the reading, where even a 400 is no refusal of the request."""
    serve()
    mocked.get(READ, status=status, body=body, repeat=True)

    with pytest.raises(error):
        await everything(planet, request_)

    assert len(sent(mocked, "GET", READ)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_tried_again(planet, mocked, sample, request_, status):
    """Searching twice changes nothing, so both requests may be repeated."""
    mocked.post(CREATE, status=status, body="<html>Bad gateway</html>")
    mocked.post(CREATE, status=201, body=dump_json(sample("search-created")))
    mocked.get(READ, status=status)
    mocked.get(READ, body=dump_json(sample("search-done")))

    assert len(await everything(planet, request_)) == 2
    assert (len(sent(mocked, "POST", CREATE)), len(sent(mocked, "GET", READ))) == (2, 2)


async def test_a_server_that_stays_down_is_raised(planet, mocked, request_):
    """After a few tries the typed error says so, without the page that came."""
    mocked.post(CREATE, status=503, body="<html>Down</html>", repeat=True)

    with pytest.raises(ProviderUnavailableError) as caught:
        await everything(planet, request_)

    assert "<html>" not in str(caught.value)
    assert len(sent(mocked, "POST", CREATE)) == 4


async def test_retry_after_is_waited_for(planet, mocked, serve, sample, request_, clock):
    """Exactly as long as Planet asks, and then the search goes on."""
    serve()
    mocked.get(READ, status=429, headers={"Retry-After": "7"}, body='{"detail": "Throttled."}')
    mocked.get(READ, body=dump_json(sample("search-done")))

    assert len(await everything(planet, request_)) == 2
    assert sum(clock.slept) >= 2 + 7


async def test_a_429_without_a_time_is_tried_again(planet, mocked, serve, sample, request_):
    """With a growing pause of our own."""
    serve()
    mocked.get(READ, status=429)
    mocked.get(READ, body=dump_json(sample("search-done")))

    assert len(await everything(planet, request_)) == 2


async def test_a_long_retry_after_is_raised(planet, mocked, request_):
    """Nobody waits an hour inside a call."""
    mocked.post(CREATE, status=429, headers={"Retry-After": "3600"}, repeat=True)

    with pytest.raises(RateLimitedError) as caught:
        await everything(planet, request_)

    assert caught.value.retry_after_s == 3600
    assert len(sent(mocked, "POST", CREATE)) == 1


@pytest.mark.parametrize(
    ("exception", "error"),
    [
        (TimeoutError(), OutcomeUnknownError),
        (aiohttp.ServerDisconnectedError(), OutcomeUnknownError),
        (aiohttp.ClientConnectorDNSError(None, OSError("no name")), UnsentRequestError),
        (
            aiohttp.ClientConnectorError(
                aiohttp.client_reqrep.ConnectionKey(
                    host="api.planet.com",
                    port=443,
                    is_ssl=True,
                    ssl=True,
                    proxy=None,
                    proxy_auth=None,
                    proxy_headers_hash=None,
                ),
                ConnectionRefusedError(111, "refused"),
            ),
            UnsentRequestError,
        ),
    ],
    ids=["timeout", "disconnected", "no name", "refused"],
)
async def test_no_answer_is_typed(planet, mocked, request_, exception, error):
    """Timeouts and broken connections are tried again and then raised for what they are."""
    mocked.post(CREATE, exception=exception, repeat=True)

    with pytest.raises(error):
        await everything(planet, request_)

    assert len(sent(mocked, "POST", CREATE)) == 4


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<html>Sign in</html>", "not JSON"),
        ('{"id": ', "not JSON"),
        ("", "not JSON"),
        ("[]", "expected an object"),
        ('{"id": "x"}', r"required field missing @ \$\.status"),
    ],
)
async def test_an_unreadable_reading_is_malformed(planet, mocked, serve, request_, body, problem):
    """What came instead of a search is said with its path."""
    serve()
    mocked.get(READ, body=body)

    with pytest.raises(MalformedResponseError, match=problem):
        await everything(planet, request_)


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "", "[]", '{"id": null}'])
async def test_a_creation_without_an_id_is_malformed(planet, mocked, request_, body):
    """Without an id there is nothing to read."""
    mocked.post(CREATE, status=201, body=body)

    with pytest.raises(MalformedResponseError, match=r"required field missing @ \$\.id"):
        await everything(planet, request_)


async def test_a_location_on_another_host_is_not_asked(planet, mocked, request_):
    """The key goes nowhere else."""
    mocked.post(CREATE, status=201, headers={"Location": f"https://evil.example/imaging-windows/search/{SEARCH_ID}/"})

    with pytest.raises(MalformedResponseError, match="another host"):
        await everything(planet, request_)

    assert {url.host for _, url in mocked.requests} == {"api.planet.com"}


# --- Quotes ------------------------------------------------------------------------------------------


@pytest.fixture
async def opportunity(planet, mocked, serve, request_):
    """The page's priced window, found with its price."""
    serve("search-done-priced", read=READ_REPLACING)
    (found,) = await everything(planet, evolve(request_, options={"planet": PlanetOptions(show_replacing=True)}))
    mocked.requests.clear()
    return found


async def test_a_price_in_hand_costs_no_request(planet, mocked, opportunity, clock):
    """The search brought the price along."""
    quote = await planet.quote(opportunity)

    assert (str(quote.price), str(quote.quota_value)) == ("37.5 SQKM", "157.500 USD")
    assert quote.quoted_at == clock.now()
    assert mocked.requests == {}


async def test_an_old_price_is_read_again(planet, mocked, sample, opportunity, clock):
    """From the same search, with the same parameters; the new price counts."""
    body = sample("search-done-priced")
    body["imaging_windows"][0]["pricing_details"]["estimated_quota_cost"] = 75
    mocked.get(READ_REPLACING, body=dump_json(body))
    clock.advance(3600)

    quote = await planet.quote(opportunity)

    assert str(quote.price) == "75 SQKM"
    assert quote.raw["imaging_window"]["pricing_details"]["estimated_quota_cost"] == 75
    assert quote.opportunity is opportunity


async def test_a_saved_opportunity_without_a_price_is_read_again(planet, mocked, sample, opportunity):
    """An opportunity whose raw lost its price is priced all the same."""
    window = {name: value for name, value in opportunity.raw["imaging_window"].items() if name != "pricing_details"}
    saved = evolve(opportunity, raw={**opportunity.raw, "imaging_window": window})
    mocked.get(READ_REPLACING, body=dump_json(sample("search-done-priced")))

    assert str((await planet.quote(saved)).price) == "37.5 SQKM"


async def gone(planet, opportunity, clock):
    """The refusal of a price that has to be asked for again."""
    clock.advance(3600)
    with pytest.raises(QuoteRefusedError) as caught:
        await planet.quote(opportunity)
    return caught.value.refusal


async def test_a_window_that_is_gone_has_no_price(planet, mocked, sample, opportunity, clock):
    """Planet lists other windows, not this one any more."""
    mocked.get(READ_REPLACING, body=dump_json(sample("search-done") | {"imaging_windows": []}))

    refusal = await gone(planet, opportunity, clock)

    assert (refusal.code, refusal.remedy) == (RefusalCode.NO_OPPORTUNITY, "search again")
    assert "expired" in refusal.message


async def test_a_search_that_is_gone_has_no_price(planet, mocked, opportunity, clock):
    """Planet forgets searches after some time."""
    mocked.get(READ_REPLACING, status=404, body='{"detail": "Not found."}')

    assert (await gone(planet, opportunity, clock)).code is RefusalCode.NO_OPPORTUNITY


async def test_a_window_that_began_has_no_price(planet, mocked, opportunity, clock):
    """No request is needed to know that."""
    clock.advance(86_400)

    refusal = await gone(planet, opportunity, clock)

    assert refusal.code is RefusalCode.DEADLINE_PASSED
    assert mocked.requests == {}


async def test_a_price_that_planet_does_not_name_is_none(planet, mocked, sample, opportunity, clock):
    """The window is still there and has no pricing_details."""
    mocked.get(READ_REPLACING, body=dump_json(sample("search-done-replacing")))

    assert (await gone(planet, opportunity, clock)).code is RefusalCode.NO_PRICING_PLAN


# --- The account -------------------------------------------------------------------------------------


async def test_the_status_lists_products(planet, mocked):
    """The configured contract with what the key can buy."""
    mocked.get(PRODUCTS, body='[{"pl_number": "<YourPLNumber>", "product": "Assured Tasking"}]')

    status = await planet.status()

    assert status.contracts[0].allowed == {"product": ("Assured Tasking",)}


@pytest.mark.parametrize("status", [301, 404, 405])
async def test_a_missing_list_of_products_is_no_error(planet, mocked, status):
    """The endpoint is documented nowhere, so such answers are taken as its absence."""
    mocked.get(PRODUCTS, status=status)

    status = await planet.status()

    assert [contract.id for contract in status.contracts] == ["<YourPLNumber>"]


async def test_a_bad_key_is_an_error_of_the_status(planet, mocked):
    """A refused credential must be seen."""
    mocked.get(PRODUCTS, status=401, body='{"detail": "Invalid API key."}')

    with pytest.raises(AuthenticationError, match=re.escape("Invalid API key.")):
        await planet.status()


@pytest.mark.parametrize("change", [{"api_key": Secret("  ")}, {"pl_number": ""}])
def test_an_empty_credential_is_a_configuration_error(settings, clock, change):
    """The message names the key, before anything is sent."""
    with pytest.raises(ConfigurationError, match=next(iter(change))):
        PlanetProvider.authenticator(evolve(settings, **change), clock)


def test_the_route_leads_to_the_configured_host_only(settings):
    """One address, and a pace that is not tied to the readable key."""
    route = PlanetProvider.route(evolve(settings, base_url="http://127.0.0.1:8080/planet"))

    assert route.urls == ("http://127.0.0.1:8080/planet",)
    assert "a-made-up-key" not in repr(route)


async def test_the_price_of_quota_is_the_configurations(settings, planet, opportunity):
    """37.5 units at 4.20 USD."""
    quote = await planet.quote(opportunity)

    assert quote.quota_value == Quota(quote.price.amount, "SQKM").value_at(settings.quota_price)
    assert isinstance(quote.money, Money)
