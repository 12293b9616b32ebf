"""What the tests of the contract are made of: stages, a way walked once, and its recorded answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

import pytest
from attrs import frozen

from tasking_hub.models import Opportunity, Refusal, TaskRequest
from tasking_hub.provider import Provider
from tasking_hub.sandbox import Constellation, Ephemeris, ProviderSandbox
from tasking_hub.testing import samples
from tasking_hub.testing.breakage import Break, BreakingTransport, Endpoint, Recorder, Replay
from tasking_hub.testing.journey import Journey, Stumble, stumble, walk
from tasking_hub.testing.stage import NOW, Stage

T = TypeVar("T")


@frozen(kw_only=True)
class Walked:
    """The whole way with every request.

    Attributes:
        stage: on which it was walked; its sandbox has the state of then.
        journey: what was said.
    """

    stage: Stage
    journey: Journey


@frozen(kw_only=True)
class Recorded:
    """The answers on the way to one price.

    Attributes:
        recorder: has the answers.
        request: what was asked.
        opportunity: what was priced.
    """

    recorder: Recorder
    request: TaskRequest
    opportunity: Opportunity

    def stumble(self, stage: Stage, broken: Break, endpoint: Endpoint) -> Stumble:
        """What an adapter says when the answers of one endpoint break."""
        transport = BreakingTransport(Replay(self.recorder, stage.transport), broken, endpoint)
        return asyncio.run(stumble(stage.provider(transport), self.request, self.opportunity))


class Stages:
    """Fixtures of the contract's tests, and what a subclass may change.

    Attributes:
        provider_type: the adapter.
        account: which of the accounts in `tables` to use, or None for the first.
        now: what the clock shows at the start.
    """

    provider_type: ClassVar[type[Provider[Any]]]
    account: ClassVar[str | None] = None
    now: ClassVar[datetime] = NOW

    def requests(self) -> Sequence[TaskRequest]:
        """Requests that the sandbox can serve: by default one for each kind of image and area."""
        return samples.plain_requests(self.provider_type.capabilities, self.now)

    def tables(self, sandbox: Any, base_url: str) -> Mapping[str, Mapping[str, Any]]:
        """Configurations of accounts at this sandbox, by default those that it shows in a ready config."""
        return cast(ProviderSandbox, sandbox).accounts(base_url)

    @pytest.fixture
    def ephemeris(self) -> Ephemeris:
        """Nominal satellites, whose tracks the tests of one class share."""
        return self._once("_ephemeris", lambda: Ephemeris(Constellation.nominal()))

    @pytest.fixture
    def stage(self, ephemeris: Ephemeris) -> Stage:
        """The adapter in front of a fresh sandbox."""
        return self.build(ephemeris)

    @pytest.fixture
    def walked(self, ephemeris: Ephemeris) -> Walked:
        """The whole way, walked once for the class."""

        def walk_all() -> Walked:
            stage = self.build(ephemeris)
            return Walked(stage=stage, journey=self.walk(stage.provider()))

        return self._once("_walked", walk_all)

    @pytest.fixture
    def recorded(self, ephemeris: Ephemeris, walked: Walked) -> Recorded:
        """The answers on the way to the first price, recorded once for the class."""
        if not walked.journey.quotes:
            pytest.fail("no request led to a price: override `requests`")
        priced = walked.journey.quotes[0].opportunity
        return self._once("_recorded", lambda: _record(self.build(ephemeris), priced))

    def build(self, ephemeris: Ephemeris) -> Stage:
        """The adapter in front of a fresh sandbox."""
        return Stage.build(self.provider_type, ephemeris, now=self.now, account=self.account, tables=self.tables)

    def walk(self, provider: Provider[Any]) -> Journey:
        """The whole way with every request of the class."""
        return asyncio.run(walk(provider, self.requests()))

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in type(self).__dict__:
            setattr(type(self), name, make())
        return cast(T, type(self).__dict__[name])


def _record(stage: Stage, opportunity: Opportunity) -> Recorded:
    recorder = Recorder(stage.transport)
    asyncio.run(stumble(stage.provider(recorder), opportunity.request, opportunity))
    return Recorded(recorder=recorder, request=opportunity.request, opportunity=opportunity)


def problems_of(judged: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """What is wrong with several things, each sentence with the thing that it is about."""
    return [f"{about}: {problem}" for about, problems in judged for problem in problems]


def ids_of(found: Iterable[Opportunity | Refusal]) -> list[str]:
    """Ids of opportunities and codes of refusals, in order."""
    return [item.id if isinstance(item, Opportunity) else f"refused: {item.code}" for item in found]


def gist_of(journey: Journey) -> tuple[list[list[str]], list[Any]]:
    """What must not change from run to run: ids, codes and prices."""
    return [ids_of(found) for _, found in journey.found], [quote.price for quote in journey.quotes]
