"""What an adapter does when things go wrong, and what it does with credentials."""
# ruff: noqa: S101 - tests, for others to inherit

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from tasking_hub.errors import (
    AuthenticationError,
    MalformedResponseError,
    PermissionDeniedError,
    ProviderUnavailableError,
    TaskingHubError,
    TransportError,
)
from tasking_hub.messages import HttpRequest, dump_json, origin
from tasking_hub.models import Quote
from tasking_hub.testing.breakage import (
    BREAKS,
    NOT_JSON,
    UNAVAILABLE,
    UNREACHABLE,
    Break,
    BreakingTransport,
    damaged_members,
    with_body,
)
from tasking_hub.testing.conformance.stages import Recorded, Stages, Walked
from tasking_hub.testing.journey import Journey, Stumble, everything_logged, find_all, stumble, walk
from tasking_hub.testing.stage import Stage, secrets_of, with_wrong_secrets

DAMAGES_MAX = 240
"""Damaged answers tried for each endpoint; of longer answers, every so many-th member is damaged."""


class FailuresContract(Stages):
    """Broken answers and credentials."""

    @pytest.mark.parametrize(
        ("broken", "expected"),
        [
            (UNREACHABLE, TransportError),
            (UNAVAILABLE, ProviderUnavailableError),
            (NOT_JSON, MalformedResponseError),
        ],
    )
    def test_a_provider_that_is_down_raises_typed_errors(
        self, recorded: Recorded, stage: Stage, broken: str, expected: type[TaskingHubError]
    ) -> None:
        """Where nothing works any more, account and search, and a price that must be asked for, fail as they should."""
        provider = stage.provider(BreakingTransport(stage.transport, BREAKS[broken]))
        said = asyncio.run(stumble(provider, recorded.request, recorded.opportunity))

        assert said.crashes == []
        assert [repr(error) for error in said.errors if not isinstance(error, expected)] == []
        assert [item for item in said.items if not isinstance(item, Quote)] == []

    @pytest.mark.parametrize("broken", BREAKS)
    def test_a_broken_endpoint_never_crashes_it(self, recorded: Recorded, stage: Stage, broken: str) -> None:
        """Whichever endpoint breaks, callers see opportunities, refusals and typed errors, nothing else."""
        crashes = [
            f"{' '.join(endpoint)}: {crash}"
            for endpoint in recorded.recorder.endpoints
            for crash in recorded.stumble(stage, BREAKS[broken], endpoint).crashes
        ]

        assert crashes == []

    def test_a_damaged_answer_never_crashes_it(self, recorded: Recorded, stage: Stage) -> None:
        """Any member of any answer may be missing, null or of another type: the errors stay typed."""
        crashes = [
            f"{' '.join(endpoint)}, {damage}: {crash}"
            for endpoint, answer in recorded.recorder.endpoints.items()
            for damage, body in _spread(list(damaged_members(answer.json_or_none())))
            for crash in recorded.stumble(stage, _always(body), endpoint).crashes
        ]

        assert crashes == []

    def test_expired_tokens_are_renewed(self, recorded: Recorded, walked: Walked, stage: Stage) -> None:
        """A token that the provider has forgotten costs a request, not the price."""
        price = asyncio.run(_price_after_expiry(stage, recorded))

        assert price == walked.journey.quotes[0].price

    def test_a_refused_credential_is_said_to_be_one(self, stage: Stage) -> None:
        """Credentials that the provider does not know raise the error that says so."""
        provider = stage.provider(settings=with_wrong_secrets(stage.settings))

        with pytest.raises((AuthenticationError, PermissionDeniedError)):
            asyncio.run(provider.status())

    def test_requests_go_to_the_configured_hosts_only(self, walked: Walked) -> None:
        """Nothing, token requests included, is sent to a host that is not configured."""
        configured = {origin(url) for url in self.provider_type.route(walked.stage.settings).urls}

        assert {origin(request.url) for request in walked.stage.transport.requests} <= configured

    def test_credentials_stay_out_of_addresses(self, walked: Walked) -> None:
        """Credentials travel in headers and forms, never in an address, where logs and proxies would keep them."""
        addresses = [f"{request.url} {request.query}" for request in walked.stage.transport.requests]

        assert _showing(_credentials(walked.stage), addresses) == []

    def test_credentials_never_show(self, recorded: Recorded, walked: Walked, stage: Stage) -> None:
        """On the good way and on every broken one: not in a log, an error, a repr or a raw payload."""
        with everything_logged() as logged:
            journey = asyncio.run(walk(stage.provider(), [recorded.request]))
            ways = [
                recorded.stumble(stage, broken, endpoint)
                for endpoint in recorded.recorder.endpoints
                for broken in BREAKS.values()
            ]
        texts = [*logged, repr(journey), repr(stage.provider()), *_raws(journey), *_all_texts(ways)]

        assert _showing(_credentials(stage) | _credentials(walked.stage), texts) == []


async def _price_after_expiry(stage: Stage, recorded: Recorded) -> Any:
    provider = stage.provider()
    await find_all(provider, recorded.request)
    stage.sandbox.expire_tokens()
    return (await provider.quote(recorded.opportunity)).price


def _spread(damages: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return damages[:: -(-len(damages) // DAMAGES_MAX) or 1]


def _always(body: Any) -> Break:
    return lambda _, answer: with_body(answer, body)


def _credentials(stage: Stage) -> set[str]:
    """The account's secrets, and whatever the requests so far carried to prove who asks."""
    sent = stage.transport.requests
    return set(secrets_of(stage.settings).values()) | {proof for request in sent for proof in _proofs(request)}


def _proofs(request: HttpRequest) -> set[str]:
    names = {name for name in request.headers if any(word in name.lower() for word in ("auth", "key", "token"))}
    return {request.headers[name].split()[-1] for name in names if request.headers[name].strip()}


def _showing(secrets: set[str], texts: list[str]) -> list[str]:
    return [text[:400] for text in texts if any(secret in text for secret in secrets)]


def _raws(journey: Journey) -> list[str]:
    contracts = journey.status.contracts if journey.status else ()
    values: list[Any] = [*journey.opportunities, *journey.quotes, *journey.refusals, *contracts]
    return [dump_json(value.raw) for value in values]


def _all_texts(ways: list[Stumble]) -> list[str]:
    return [text for said in ways for text in (repr(said.items), *said.crashes, *_error_texts(said))]


def _error_texts(said: Stumble) -> list[str]:
    return [
        text
        for error in said.errors
        for text in (repr(error), repr(vars(error)), "".join(traceback.format_exception(error)))
    ]
