"""Credentials stay out of sight; tokens are renewed early, one renewal at a time, never again with a refused key."""

import asyncio
import json
import pickle
import traceback
from datetime import UTC, datetime

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.auth import LIFETIME_UNSTATED_S, RENEW_EARLY_S, Secret, StaticAuth, TokenAuth
from tasking_hub.clock import ManualClock
from tasking_hub.errors import (
    AuthenticationError,
    MalformedResponseError,
    NotFoundError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    TaskingHubError,
)
from tasking_hub.messages import HttpRequest, HttpResponse, read_json_error
from tasking_hub.provider import AccountSettings

HUSH = "hush-hush-0123456789"
URL = "https://auth.invalid/token"


# --- Secrets -----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Settings(AccountSettings):
    """Settings such as an adapter has."""

    provider = "sample"

    api_key: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r:>40}".format,
        "%s".__mod__,
        lambda secret: f"{secret}",
        lambda secret: repr([secret]),
        lambda secret: repr({"api_key": secret}),
        lambda secret: repr(Settings(api_key=secret)),
        lambda secret: repr(attrs.asdict(Settings(api_key=secret))),
        lambda secret: repr(attrs.astuple(Settings(api_key=secret))),
        lambda secret: repr(ValueError(secret)),
        lambda secret: json.dumps({"api_key": secret}, default=str),
        lambda secret: repr(dir(secret)),
    ],
)
def test_a_secret_is_not_shown(show):
    """However it is printed, alone or inside something, the credential does not appear."""
    shown = show(Secret(HUSH))

    assert HUSH not in shown


def test_a_secret_has_no_vars():
    """Tools that look into objects find nothing to print."""
    with pytest.raises(TypeError):
        vars(Secret(HUSH))


def test_a_secret_cannot_be_padded():
    """A format that asks for a width is refused, without the credential in the error."""
    with pytest.raises(TypeError) as caught:
        format(Secret(HUSH), ">40")

    assert HUSH not in str(caught.value)


def test_a_secret_is_revealed_on_request():
    """The one way to the credential."""
    assert Secret(HUSH).reveal() == HUSH


def test_secrets_compare_by_value():
    """Equal credentials are equal, and differ from their own text."""
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    assert Secret("a") not in (Secret("b"), "a")


def test_an_empty_secret_is_false():
    """`if settings.api_key` means what it says."""
    assert [bool(Secret("")), bool(Secret("a"))] == [False, True]


def test_a_secret_reaches_another_process():
    """Settings can be handed to a worker process."""
    assert pickle.loads(pickle.dumps(Secret(HUSH))) == Secret(HUSH)  # noqa: S301 - our own bytes


async def test_static_headers():
    """A static credential is the same header every time, and a 401 does not change it."""
    auth = StaticAuth({"X-Api-Key": Secret(HUSH)})

    assert await auth.headers(unreachable) == {"X-Api-Key": HUSH}
    assert auth.refused({"X-Api-Key": HUSH}) is False
    assert HUSH not in repr(auth) + repr(vars(auth))


# --- Tokens ------------------------------------------------------------------------------------------


async def unreachable(_request):
    """An exchange that must not happen."""
    pytest.fail("no token request was expected")


class Endpoint:
    """A token endpoint that gives answers in turn, then tokens by number, each good for an hour."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, request):
        self.asked.append(request)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else token(f"token-{len(self.asked)}")
        if isinstance(answer, Exception):
            raise answer
        return evolve(answer, method="POST", url=URL)


def token(value, **fields):
    """A usual answer with a token."""
    return body({"access_token": value, "token_type": "Bearer", "expires_in": 3600, **fields})


def body(value, status=200):
    """An answer with a JSON body."""
    return HttpResponse(status=status, body=json.dumps(value).encode())


@pytest.fixture
def auth(clock):
    """An authenticator that has asked for nothing so far."""
    return make(clock)


def make(clock):
    """An authenticator for a form with a credential."""
    request = HttpRequest(
        method="POST",
        url=URL,
        form={"apikey": HUSH, "grant_type": "api_key"},
        headers={"Authorization": "Basic aHVzaDpodXNo", "Accept": "application/json"},
        repeatable=True,
    )
    return TokenAuth(request, clock=clock, read_error=read_json_error)


async def test_a_token_is_asked_for_once(auth):
    """All requests within the token's life use the same token."""
    endpoint = Endpoint()
    headers = [await auth.headers(endpoint) for _ in range(3)]

    assert headers == [{"Authorization": "Bearer token-1"}] * 3
    assert len(endpoint.asked) == 1


async def test_fifty_at_once_ask_for_one_token(auth):
    """A renewal under way is waited for, not doubled."""
    endpoint = Endpoint()
    headers = await asyncio.gather(*(auth.headers(endpoint) for _ in range(50)))

    assert headers == [{"Authorization": "Bearer token-1"}] * 50
    assert len(endpoint.asked) == 1


async def test_a_token_is_renewed_early(auth, clock):
    """Five minutes before its end a token is replaced, and not a second earlier."""
    endpoint = Endpoint()
    await auth.headers(endpoint)
    clock.advance(3600 - RENEW_EARLY_S - 1)
    before = await auth.headers(endpoint)
    clock.advance(1)
    after = await auth.headers(endpoint)

    assert (before, after) == ({"Authorization": "Bearer token-1"}, {"Authorization": "Bearer token-2"})


@given(st.integers(1, 10**6))
def test_a_token_is_used_and_never_near_its_end(lifetime):
    """Whatever its life, a token is used for at least half of it and never in its last part."""
    clock = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))

    async def renewed_after():
        auth, endpoint = make(clock), Endpoint(token("first", expires_in=lifetime), token("second"))
        await auth.headers(endpoint)
        clock.advance(lifetime / 2 - 1e-6)
        middle = await auth.headers(endpoint)
        clock.advance(lifetime / 2 - min(RENEW_EARLY_S, lifetime / 2) + 2e-6)
        return middle, await auth.headers(endpoint)

    assert asyncio.run(renewed_after()) == ({"Authorization": "Bearer first"}, {"Authorization": "Bearer second"})


async def test_life_counts_from_the_question(auth, clock):
    """A slow token endpoint does not make a token look fresher than it is."""

    async def slow(request):
        clock.advance(100)
        return await endpoint(request)

    endpoint = Endpoint(token("first", expires_in=1000), token("second"))
    await auth.headers(slow)
    clock.advance(600)

    assert await auth.headers(endpoint) == {"Authorization": "Bearer second"}


@pytest.mark.parametrize("fields", [{"expires_in": None}, {}])
async def test_unstated_life_is_taken_as_short(auth, clock, fields):
    """Where the endpoint does not say how long, half of the assumed life is used."""
    endpoint = Endpoint(body({"access_token": "first", **fields}), token("second"))
    await auth.headers(endpoint)
    clock.advance(LIFETIME_UNSTATED_S / 2)

    assert await auth.headers(endpoint) == {"Authorization": "Bearer second"}


async def test_a_refused_token_is_replaced(auth):
    """After a 401 the next headers carry a new token."""
    endpoint = Endpoint()
    first = await auth.headers(endpoint)
    again = auth.refused(first)

    assert (again, await auth.headers(endpoint)) == (True, {"Authorization": "Bearer token-2"})


async def test_fifty_refused_at_once_ask_for_one_new_token(auth):
    """Requests that are refused together share one renewal."""
    endpoint = Endpoint()
    old = await auth.headers(endpoint)

    async def refused():
        auth.refused(old)
        return await auth.headers(endpoint)

    headers = await asyncio.gather(*(refused() for _ in range(50)))

    assert headers == [{"Authorization": "Bearer token-2"}] * 50
    assert len(endpoint.asked) == 2


async def test_a_late_401_leaves_the_new_token_alone(auth):
    """An answer to the old token that comes after the renewal says nothing about the new one."""
    endpoint = Endpoint()
    old = await auth.headers(endpoint)
    auth.refused(old)
    new = await auth.headers(endpoint)
    auth.refused(old)

    assert await auth.headers(endpoint) == new


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_credential_is_asked_for_once(auth, status):
    """The endpoint hears of a bad key once, however many requests want a token."""
    refusal = body({"error": "invalid_client", "error_description": "no such client"}, status)
    endpoint = Endpoint(refusal)
    said = await asyncio.gather(*(auth.headers(endpoint) for _ in range(50)), return_exceptions=True)

    assert {(type(error), error.status, error.code, error.provider_message) for error in said} == {
        (AuthenticationError, status, "invalid_client", "no such client")
    }
    assert len(endpoint.asked) == 1
    assert len(set(map(id, said))) == 50


async def test_a_refusal_without_words_says_who_refused(auth):
    """A bare 401 of the token endpoint is explained."""
    with pytest.raises(AuthenticationError, match="the token endpoint refused the credential"):
        await auth.headers(Endpoint(HttpResponse(status=401, body=b"<html>")))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (body({}, 500), ProviderUnavailableError),
        (body({}, 503), ProviderUnavailableError),
        (body({}, 429), RateLimitedError),
        (body({}, 404), NotFoundError),
        (body({}), MalformedResponseError),
        (OutcomeUnknownError("no answer", method="POST", url=URL), OutcomeUnknownError),
    ],
)
async def test_a_fault_is_not_a_refusal(auth, answer, kind):
    """What says nothing about the credential is raised as it is, and the next request asks again."""
    endpoint = Endpoint(answer)
    with pytest.raises(kind):
        await auth.headers(endpoint)

    assert await auth.headers(endpoint) == {"Authorization": "Bearer token-2"}


async def test_a_cancelled_renewal_is_taken_over(auth):
    """Who gives up while asking does not keep the others from a token."""
    endpoint = Endpoint()
    first = asyncio.create_task(auth.headers(endpoint))
    second = asyncio.create_task(auth.headers(endpoint))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == {"Authorization": "Bearer token-2"}


@pytest.mark.parametrize(
    ("answer", "problems"),
    [
        (body({}), ["required field missing @ $.access_token"]),
        (body([]), ["expected a JSON object with a token (no content type, 2 bytes) @ $"]),
        (body(None), ["expected a JSON object with a token (no content type, 4 bytes) @ $"]),
        (body({"access_token": ""}), ["required field missing @ $.access_token"]),
        (body({"access_token": 17}), ["required field missing @ $.access_token"]),
        (
            HttpResponse(status=200, headers={"Content-Type": "text/html"}, body=b"<html>"),
            ["expected a JSON object with a token (text/html, 6 bytes) @ $"],
        ),
        (HttpResponse(status=204), ["expected a JSON object with a token (no content type, 0 bytes) @ $"]),
        (token(HUSH, expires_in="3600"), ["expected seconds above zero @ $.expires_in"]),
        (token(HUSH, expires_in=True), ["expected seconds above zero @ $.expires_in"]),
        (token(HUSH, expires_in=0), ["expected seconds above zero @ $.expires_in"]),
        (token(HUSH, expires_in=-5), ["expected seconds above zero @ $.expires_in"]),
        (
            token(None, expires_in=[]),
            [
                "required field missing @ $.access_token",
                "expected seconds above zero @ $.expires_in",
            ],
        ),
    ],
)
async def test_200_without_a_usable_token(auth, answer, problems):
    """What is missing or wrong is named with its path, and the body stays out: it may hold a token."""
    with pytest.raises(MalformedResponseError) as caught:
        await auth.headers(Endpoint(answer))

    assert (list(caught.value.problems), caught.value.url, caught.value.body) == (problems, URL, "")


@pytest.mark.parametrize("status", [400, 403, 429, 500])
async def test_an_echoed_credential_reaches_no_error(auth, status):
    """Where the endpoint repeats what it refuses, message, attributes and causes are free of it."""
    echo = body({"message": f"bad key {HUSH} or aHVzaDpodXNo", "grant_type": "api_key"}, status)
    with pytest.raises(TaskingHubError) as caught:
        await auth.headers(Endpoint(echo))
    told = "".join(traceback.format_exception(caught.value)) + repr(
        [vars(error) for error in (caught.value, caught.value.__cause__) if error]
    )

    assert [secret for secret in (HUSH, "aHVzaDpodXNo") if secret in told] == []
    assert "api_key" in told
