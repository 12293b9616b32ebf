"""What an adapter answers: opportunities, prices and refusals that can be compared, saved and relied on."""
# ruff: noqa: S101 - tests, for others to inherit

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any, cast

from attrs import evolve

from tasking_hub.compare.answers import find
from tasking_hub.errors import TaskingHubError
from tasking_hub.messages import dump_json, load_json
from tasking_hub.models import Opportunity, Refusal, TaskRequest
from tasking_hub.provider import Provider
from tasking_hub.sandbox import Ephemeris
from tasking_hub.testing import rules, samples
from tasking_hub.testing.breakage import BreakingTransport, with_unknown_members
from tasking_hub.testing.conformance.stages import Stages, Walked, gist_of, problems_of
from tasking_hub.testing.journey import Found, Journey, find_all, walk
from tasking_hub.testing.stage import Stage


class AnswersContract(Stages):
    """Opportunities, requirements, prices and refusals."""

    def test_every_request_is_answered(self, walked: Walked) -> None:
        """Each request yields something, opportunities and refusals only; and the way leads to a price."""
        answers = {request.reference: found for request, found in walked.journey.found}

        assert [reference for reference, found in answers.items() if not found] == []
        assert {type(item) for found in answers.values() for item in found} <= {Opportunity, Refusal}
        assert walked.journey.quotes, "no request led to a price: override `requests`"

    def test_opportunities_serve_their_request(self, walked: Walked) -> None:
        """Whose, for what, when, where, how: complete, inside what was asked, and in the agreed units."""
        account, name = walked.stage.account, self.provider_type.name
        judged = (
            (item.id, rules.opportunity_problems(item, request, account, name))
            for request, found in walked.journey.found
            for item in found
            if isinstance(item, Opportunity)
        )

        assert problems_of(judged) == []

    def test_opportunity_ids_are_unique(self, walked: Walked) -> None:
        """Within one request no two opportunities share an id."""
        ids = [[item.id for item in found if isinstance(item, Opportunity)] for _, found in walked.journey.found]

        assert [sorted(each) for each in ids] == [sorted(set(each)) for each in ids]

    def test_the_same_question_has_the_same_answer(self, walked: Walked, stage: Stage) -> None:
        """Another sandbox with the same seed and time, another instance: the same ids and prices."""
        assert gist_of(self.walk(stage.provider())) == gist_of(walked.journey)

    def test_two_searches_at_once_do_not_mix(self, ephemeris: Ephemeris) -> None:
        """One instance serves requests side by side: each gets what it would get alone."""
        requests = [*self.requests(), *(samples.a_day_later(request) for request in self.requests())]
        together = asyncio.run(_at_once(self.build(ephemeris).provider(), requests))
        alone = asyncio.run(_one_by_one(self.build(ephemeris).provider(), requests))

        assert [_when(found) for found in together] == [_when(found) for found in alone]

    def test_a_search_can_be_left_early(self, walked: Walked, stage: Stage) -> None:
        """Whoever has seen enough may close the stream without an error, and ask the same instance on."""
        request, expected = max(walked.journey.found, key=lambda answer: len(answer[1]))
        found = asyncio.run(_leave_and_return(stage.provider(), request))

        assert len(found) == len(expected)

    def test_no_requirement_is_dropped_in_silence(self, walked: Walked, stage: Stage) -> None:
        """Each requirement and wish, set alone: either a typed no, or exactly one adjustment with its reason."""
        plain = {quote.opportunity.imaging: quote.opportunity.request for quote in walked.journey.quotes}
        problems = [
            f"{name}: {problem}"
            for request in plain.values()
            for name, wishing in samples.requests_with_one_wish(request)
            for problem in self._journey_problems(stage, asyncio.run(_walk_or_refuse(stage.provider(), wishing)))
        ]

        assert problems == []

    def test_prices_are_exact_dated_and_complete(self, walked: Walked) -> None:
        """Decimal amounts, quoted at the clock's time, every requirement accounted for."""
        assert self._journey_problems(walked.stage, walked.journey) == []

    def test_a_saved_opportunity_keeps_its_price(self, walked: Walked) -> None:
        """Written as JSON, read again, and priced by an instance that has never seen it."""
        prices = [
            asyncio.run(walked.stage.provider().quote(_reloaded(quote.opportunity))).price
            for quote in walked.journey.quotes
        ]

        assert prices == [quote.price for quote in walked.journey.quotes]

    def test_refusals_help(self, walked: Walked) -> None:
        """Each says what is wrong, and what would make it possible or that later may do."""
        assert self._refusal_problems(walked.stage, walked.journey) == []

    def test_nothing_is_sent_for_what_it_does_not_offer(self, stage: Stage) -> None:
        """Kinds of image and areas beyond the capabilities, and windows that are over, cost no request."""
        provider = stage.provider()
        beyond = samples.requests_out_of_reach(self.provider_type.capabilities, self.now)
        kinds = [asyncio.run(_kinds_found(provider, request, stage)) for request in beyond]

        assert kinds == [[Refusal]] * len(beyond)
        assert stage.transport.requests == []

    def test_members_that_nobody_knows_are_ignored(self, walked: Walked, stage: Stage) -> None:
        """A provider may add members to its JSON at any time: nothing changes."""
        provider = stage.provider(BreakingTransport(stage.transport, with_unknown_members))

        assert gist_of(self.walk(provider)) == gist_of(walked.journey)

    def _journey_problems(self, stage: Stage, journey: Journey) -> list[str]:
        now = stage.clock.now()
        quotes = [(quote.opportunity.id, rules.quote_problems(quote, now)) for quote in journey.quotes]
        found = [(item.id, rules.adjustments_problems(item.adjustments, item)) for item in journey.opportunities]
        return problems_of([*quotes, *found]) + self._refusal_problems(stage, journey)

    def _refusal_problems(self, stage: Stage, journey: Journey) -> list[str]:
        name = self.provider_type.name
        judged = ((said.message, rules.refusal_problems(said, stage.account, name)) for said in journey.refusals)
        return problems_of(judged)


async def _at_once(provider: Provider[Any], requests: Iterable[TaskRequest]) -> list[Found]:
    return await asyncio.gather(*(find_all(provider, request) for request in requests))


async def _one_by_one(provider: Provider[Any], requests: Iterable[TaskRequest]) -> list[Found]:
    return [await find_all(provider, request) for request in requests]


async def _leave_and_return(provider: Provider[Any], request: TaskRequest) -> Found:
    async with aclosing(cast(Any, provider.find_opportunities(request))) as found:
        await anext(found)
    return await find_all(provider, request)


async def _kinds_found(provider: Provider[Any], request: TaskRequest, stage: Stage) -> list[type]:
    """What the hub would show."""
    return [type(item) async for item in find(provider, request, stage.clock)]


async def _walk_or_refuse(provider: Provider[Any], request: TaskRequest) -> Journey:
    """The way with a request that the provider may refuse; a typed error is as good as a refusal."""
    try:
        return await walk(provider, [request], quotes_per_product=1)
    except TaskingHubError:
        return Journey()


def _when(found: Found) -> list[str]:
    """What was found, without ids: a provider may number what it is asked in the order in which it is asked."""
    return [f"{item.product} {item.window}" if isinstance(item, Opportunity) else str(item.code) for item in found]


def _reloaded(opportunity: Opportunity) -> Opportunity:
    """What is left of an opportunity after saving: its values, and its raw as JSON makes it."""
    return evolve(opportunity, raw=load_json(dump_json(opportunity.raw)))
