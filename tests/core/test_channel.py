"""The channel: who is sent again and who never, how long the pauses are, and where nothing is sent at all."""

import json
import random
import traceback

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.auth import Secret, StaticAuth, TokenAuth
from tasking_hub.channel import Channel, Route
from tasking_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    RateLimitedError,
    RejectedRequestError,
    TaskingHubError,
    UnsentRequestError,
)
from tasking_hub.messages import ErrorDetail, HttpRequest, HttpResponse, read_json_error
from tasking_hub.pacing import LocalPacer, Pace
from tasking_hub.patience import Retry
from tasking_hub.testing import FakeTransport

HOST = "https://api.invalid"
TOKEN_URL = "https://auth.invalid/token"
KEY = "hush-hush-0123456789"
GET = HttpRequest(method="GET", url=f"{HOST}/prices", query=(("lat", "43.6"),), repeatable=True)
ORDER = HttpRequest(method="POST", url=f"{HOST}/orders", json={"id": 1}, repeatable=False)
WHERE = {"method": "GET", "url": GET.url}
HELD_PACE = Pace(per_second=1, one_at_a_time=True, ban_s=600)


def status(code, **headers):
    """An answer with this status."""
    return HttpResponse(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})


OK = status(200)
FAILURES = {
    "refused connection": (UnsentRequestError("no connection", **WHERE), UnsentRequestError),
    "no answer": (OutcomeUnknownError("no answer", **WHERE), OutcomeUnknownError),
    "429": (status(429), RateLimitedError),
    "500": (status(500), ProviderUnavailableError),
    "502": (status(502), ProviderUnavailableError),
    "503": (status(503), ProviderUnavailableError),
}
REFUSALS = {
    302: RejectedRequestError,
    400: RejectedRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: RejectedRequestError,
    422: RejectedRequestError,
}


class Fixed(random.Random):
    """Jitter that always takes the whole pause."""

    def random(self):
        """One, so that pauses are exact."""
        return 1.0


class Wire:
    """A channel over a transport that gives answers in turn; the last one for ever."""

    def __init__(self, clock, *answers, pace=None, auth=None, read_error=read_json_error, retry=None):
        self.answers = list(answers)
        self.transport = FakeTransport(lambda _: self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        self.pacer = LocalPacer(clock)
        route = Route(urls=(f"{HOST}/v2/",), pace=pace or Pace(), pace_key="k", read_error=read_error)
        self.channel = Channel(
            route,
            transport=self.transport,
            auth=auth or StaticAuth({"X-Api-Key": Secret(KEY)}),
            pacer=self.pacer,
            clock=clock,
            retry=retry,
            rng=Fixed(),
        )

    @property
    def sent(self):
        """How many requests left."""
        return len(self.transport.requests)


async def fails(wire, request, kind=TaskingHubError):
    """The error with which sending ends."""
    with pytest.raises(kind) as caught:
        await wire.channel.send(request)
    return caught.value


# --- Sent at all -------------------------------------------------------------------------------------


async def test_a_request_goes_out_with_its_credential(clock):
    """Headers of the account are added, the rest stays as it was."""
    wire = Wire(clock, status(201))
    response = await wire.channel.send(ORDER)

    assert response.status == 201
    assert wire.transport.requests == [evolve(ORDER, headers={"X-Api-Key": KEY})]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.invalid/prices",
        "http://api.invalid/prices",
        "https://api.invalid:8443/prices",
        "https://api.invalid.evil.invalid/prices",
        "https://api.invalid@evil.invalid/prices",
        "https://user:pass@api.invalid/prices",
        "https://evil.invalid\\@api.invalid/prices",
        "/prices",
        "",
    ],
)
async def test_nothing_goes_to_another_origin(clock, url):
    """A link that leads elsewhere gets neither request nor credential."""
    wire = Wire(clock, OK)
    await fails(wire, evolve(GET, url=url), ConfigurationError)

    assert wire.sent == 0


@pytest.mark.parametrize("url", ["https://api.invalid", "https://API.invalid:443/elsewhere"])
async def test_the_same_origin_in_another_spelling_is_served(clock, url):
    """Path, case and the usual port make no other host."""
    wire = Wire(clock, OK)

    assert (await wire.channel.send(evolve(GET, url=url))).status == 200


def test_a_configured_address_that_is_none_is_found_before_anything_is_sent(clock):
    """A channel cannot be made for something that is no address."""
    route = Route(urls=("api.invalid/v1",), pace_key="k", read_error=read_json_error)
    with pytest.raises(ConfigurationError, match="is not an absolute http or https address"):
        Channel(route, transport=FakeTransport(lambda _: OK), auth=StaticAuth({}), pacer=LocalPacer(clock), clock=clock)


# --- Sent again --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "kind"), FAILURES.values(), ids=FAILURES)
async def test_what_is_not_repeatable_is_sent_once(clock, answer, kind):
    """Whatever goes wrong, an order leaves once, without a pause, and the error says what is known."""
    wire = Wire(clock, answer)
    error = await fails(wire, ORDER, kind)

    assert (type(error), wire.sent, clock.slept) == (kind, 1, [])


@pytest.mark.parametrize(("answer", "kind"), FAILURES.values(), ids=FAILURES)
async def test_what_is_repeatable_is_tried_four_times(clock, answer, kind):
    """A fault is tried again with doubled pauses, and the last error is raised."""
    wire = Wire(clock, answer)
    error = await fails(wire, GET, kind)

    assert (type(error), wire.sent, clock.slept) == (kind, 4, [0.5, 1.0, 2.0])


@pytest.mark.parametrize(("answer", "kind"), FAILURES.values(), ids=FAILURES)
async def test_trying_again_helps(clock, answer, kind):
    """Where the fault passes, the caller sees the answer only."""
    wire = Wire(clock, answer, answer, OK)

    assert (await wire.channel.send(GET)).status == 200
    assert (wire.sent, clock.slept) == (3, [0.5, 1.0])


@pytest.mark.parametrize("request_", [GET, ORDER], ids=["repeatable", "once"])
@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
async def test_a_refusal_is_final(clock, code, kind, request_):
    """What the provider decided is not asked again."""
    wire = Wire(clock, status(code))
    error = await fails(wire, request_, kind)

    assert (type(error), wire.sent, clock.slept) == (kind, 1, [])


async def test_a_fault_that_the_provider_calls_final_is_final(clock):
    """A 500 whose body is a decision is not asked again."""
    wire = Wire(clock, status(500), read_error=lambda _: ErrorDetail(code="ERR_NO_SENSOR", final=True))
    error = await fails(wire, GET, RejectedRequestError)

    assert (error.code, wire.sent) == ("ERR_NO_SENSOR", 1)


async def test_a_mistake_of_ours_is_not_tried_again(clock):
    """What is no fault of the network comes out at once."""
    wire = Wire(clock, ConfigurationError("not open"))
    await fails(wire, GET, ConfigurationError)

    assert wire.sent == 1


# --- How long ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after_is_the_least_pause(clock, code):
    """Nothing is sent earlier than the provider asks, for a 429 and a 503 alike."""
    wire = Wire(clock, status(code, Retry_After="7"), OK)
    await wire.channel.send(GET)

    assert clock.slept == [7.0]


async def test_a_retry_after_below_the_usual_pause_changes_nothing(clock):
    """The provider's zero is no licence to hurry."""
    wire = Wire(clock, status(429, Retry_After="0"), OK)
    await wire.channel.send(GET)

    assert clock.slept == [0.5]


async def test_a_long_retry_after_is_an_error_at_once(clock):
    """Nobody waits for minutes in silence: the error says how long."""
    wire = Wire(clock, status(429, Retry_After="31"))
    error = await fails(wire, GET, RateLimitedError)

    assert (error.retry_after_s, wire.sent, clock.slept) == (31.0, 1, [])


async def test_total_time_is_capped_before_the_pause(clock):
    """A pause that would end after the limit is not begun."""
    wire = Wire(clock, status(503), retry=Retry(attempts=50, first_s=1, pause_max_s=60, total_s=10))
    await fails(wire, GET, ProviderUnavailableError)

    assert (wire.sent, clock.slept) == (4, [1.0, 2.0, 4.0])


async def test_waiting_for_a_turn_does_not_use_up_the_tries(clock):
    """A request that queued for minutes before its first sending is tried as often as any other."""
    slow = Pace(per_second=0.005)
    wire = Wire(clock, status(503), OK, pace=slow)
    async with wire.pacer.turn("k", slow):
        pass

    assert (await wire.channel.send(GET)).status == 200
    assert clock.monotonic() == pytest.approx(400, abs=1e-3)


async def test_one_attempt_means_no_trying_again(clock):
    """Where the caller wants one attempt, one it is."""
    wire = Wire(clock, status(503), retry=Retry(attempts=1))
    await fails(wire, GET, ProviderUnavailableError)

    assert (wire.sent, clock.slept) == (1, [])


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0.01, 10), st.floats(0.01, 100))
def test_pauses_stay_between_half_and_all_of_the_doubled_one(tries, jitter, first, longest):
    """Whatever the jitter, a pause is at least half of the doubled first one and never above the longest."""
    pause = Retry(first_s=first, pause_max_s=longest).pause_s(tries, UnsentRequestError("", **WHERE), jitter)
    doubled = min(longest, first * 2.0 ** (tries - 1))

    assert doubled / 2 <= pause <= doubled


@given(st.integers(1, 10), st.floats(0, 1), st.floats(0, 1000))
def test_no_pause_is_shorter_than_asked_for(tries, jitter, asked):
    """Whatever the jitter, the provider's wish is respected."""
    error = RateLimitedError(status=429, retry_after_s=asked, **WHERE)

    assert Retry().pause_s(tries, error, jitter) >= asked


# --- 401 ---------------------------------------------------------------------------------------------


class TokenWire(Wire):
    """A channel with tokens; the API accepts what `good` names."""

    def __init__(self, clock, *, good=(), endpoint=None, **rest):
        request = HttpRequest(method="POST", url=TOKEN_URL, form={"client_secret": KEY}, repeatable=True)
        super().__init__(clock, OK, auth=TokenAuth(request, clock=clock, read_error=read_json_error), **rest)
        self.tokens = 0
        self.endpoint = list(endpoint or [])
        self.good = set(good)
        self.transport._handler = self._answer

    def _answer(self, request):
        if request.url == TOKEN_URL:
            self.tokens += 1
            return self.endpoint.pop(0) if self.endpoint else self._token()
        return OK if request.headers["Authorization"] in {f"Bearer t{number}" for number in self.good} else status(401)

    def _token(self):
        return HttpResponse(status=200, body=json.dumps({"access_token": f"t{self.tokens}"}).encode())


@pytest.mark.parametrize("request_", [GET, ORDER], ids=["repeatable", "once"])
async def test_an_expired_token_is_renewed_once(clock, request_):
    """A 401 was refused before it was processed: new token, same request, also for what is sent once."""
    wire = TokenWire(clock, good={2})

    assert (await wire.channel.send(request_)).status == 200
    assert (wire.tokens, wire.sent) == (2, 4)


@pytest.mark.parametrize("request_", [GET, ORDER], ids=["repeatable", "once"])
async def test_a_second_401_is_an_answer(clock, request_):
    """A fresh token that is refused too is not replaced again."""
    wire = TokenWire(clock)
    await fails(wire, request_, AuthenticationError)

    assert (wire.tokens, wire.sent) == (2, 4)


async def test_a_static_key_is_not_tried_again(clock):
    """The same key would get the same answer."""
    wire = Wire(clock, status(401))
    await fails(wire, GET, AuthenticationError)

    assert wire.sent == 1


async def test_the_slot_is_free_while_a_token_is_renewed(clock):
    """A renewal does not happen inside the turn that the 401 used, so that nothing waits for itself."""
    wire = TokenWire(clock, good={2}, pace=Pace(per_second=1, one_at_a_time=True))
    await wire.channel.send(ORDER)

    assert clock.slept == [1.0]


@pytest.mark.parametrize(
    "fault",
    [OutcomeUnknownError("no answer", method="POST", url=TOKEN_URL), status(502), status(404), status(200)],
)
async def test_a_token_endpoint_that_gives_no_token_leaves_the_order_unsent(clock, fault):
    """Only the token's fate is unknown, or its address wrong: the order itself did not leave."""
    wire = TokenWire(clock, endpoint=[fault])
    error = await fails(wire, ORDER, UnsentRequestError)

    assert (error.url, wire.sent) == (TOKEN_URL, 1)


@pytest.mark.parametrize(
    "fault", [status(503), status(429), OutcomeUnknownError("no answer", method="POST", url=TOKEN_URL)]
)
async def test_a_fault_of_the_token_endpoint_is_tried_again(clock, fault):
    """For a repeatable request the token's faults are tried again like its own."""
    wire = TokenWire(clock, good={2}, endpoint=[fault])

    assert (await wire.channel.send(GET)).status == 200
    assert clock.slept == [0.5]


async def test_a_refused_credential_is_not_tried_again(clock):
    """A bad key costs one question to the token endpoint, however often it is used."""
    wire = TokenWire(clock, endpoint=[status(401)])
    for _ in range(3):
        await fails(wire, GET, AuthenticationError)

    assert (wire.sent, clock.slept) == (1, [])


# --- Pace --------------------------------------------------------------------------------------------


async def test_a_429_without_retry_after_bans_for_the_documented_time(clock):
    """After a 429 nothing is sent on that key, whoever asks, until the ban is over."""
    wire = Wire(clock, status(429), OK, pace=HELD_PACE)
    first = await fails(wire, GET, RateLimitedError)
    second = await fails(wire, ORDER, RateLimitedError)

    assert (first.retry_after_s, wire.sent) == (600.0, 1)
    assert second.retry_after_s == pytest.approx(600, abs=0.01)
    assert str(second) == (f"POST {HOST}/orders answered 429 (not sent: the provider wants silence for another 600 s)")
    clock.advance(600)
    assert (await wire.channel.send(GET)).status == 200


async def test_a_short_retry_after_does_not_shorten_the_ban(clock):
    """The provider's documented ban is the least."""
    wire = Wire(clock, status(429, Retry_After="5"), pace=HELD_PACE)
    error = await fails(wire, GET, RateLimitedError)

    assert error.retry_after_s == 600.0


async def test_a_retry_after_holds_the_others_too(clock):
    """A 429 for one request slows the whole key, not only the request that met it."""
    wire = Wire(clock, status(429, Retry_After="20"), OK)
    await fails(wire, ORDER, RateLimitedError)
    await wire.channel.send(GET)

    assert clock.slept == pytest.approx([20.0], abs=1e-5)


async def test_a_429_without_any_time_holds_nobody(clock):
    """Where nobody says how long, the usual pauses do."""
    wire = Wire(clock, status(429), OK)
    error = await fails(wire, ORDER, RateLimitedError)
    await wire.channel.send(GET)

    assert (error.retry_after_s, clock.slept) == (None, [])


async def test_every_try_takes_a_turn(clock):
    """Trying again keeps the pace."""
    wire = Wire(clock, status(503), OK, pace=Pace(per_second=0.1))
    await wire.channel.send(GET)

    assert clock.slept == pytest.approx([0.5, 9.5], abs=1e-5)


# --- Discretion --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [400, 401, 403, 429, 500])
async def test_an_echoed_credential_reaches_no_error(clock, code):
    """Where the provider repeats what it refuses, message and attributes are free of it."""
    echo = HttpResponse(status=code, body=json.dumps({"message": f"bad key {KEY}"}).encode())
    wire = Wire(clock, echo, retry=Retry(attempts=1))
    error = await fails(wire, evolve(GET, query=(("key", KEY),)))
    told = "".join(traceback.format_exception(error)) + repr(vars(error))

    assert KEY not in told
    assert error.provider_message == "bad key ***"


async def test_trying_again_is_not_logged(clock, caplog):
    """The retry library's own log would hold addresses and queries."""
    caplog.set_level(0)
    await fails(Wire(clock, status(503)), GET, ProviderUnavailableError)

    assert [record for record in caplog.records if record.name.startswith("backoff")] == []
