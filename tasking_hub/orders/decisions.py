"""What waits for the buyer over all accounts, and the buyer's answers, each sent once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, field, frozen

from tasking_hub.clock import Clock, format_time
from tasking_hub.compare.rates import Rates
from tasking_hub.errors import (
    MalformedResponseError,
    OrderBookError,
    OrderingError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    TaskingHubError,
    UnsupportedActionError,
)
from tasking_hub.lifecycle import OrderState
from tasking_hub.models import Decision, Refusal
from tasking_hub.money import Money
from tasking_hub.ordering import OrderingProvider
from tasking_hub.orders.answers import Answer, Answers, AnswerState
from tasking_hub.orders.book import OrderBook
from tasking_hub.orders.followed import references
from tasking_hub.orders.limits import Limits
from tasking_hub.orders.looks import closing
from tasking_hub.orders.ours import PLACE, SETTLE, to_place, to_settle
from tasking_hub.orders.queries import condition, select_intents
from tasking_hub.orders.recovery import ordering_provider
from tasking_hub.orders.sending import SENDING_S
from tasking_hub.provider import Provider
from tasking_hub.refusals import adapter_failed, refusal_of
from tasking_hub.streams import merged

__all__ = ["AnsweredAlreadyError", "Decider"]

_logger = logging.getLogger(__name__)

_UNANSWERED = (MalformedResponseError, OutcomeUnknownError, ProviderUnavailableError)
"""After these nobody knows whether the provider has the answer; after others of ours it does not."""

_UNSETTLED = frozenset({AnswerState.SENT, AnswerState.LOST})


class AnsweredAlreadyError(OrderingError):
    """The opposite was answered before; nothing was sent.

    Attributes:
        answer: what was answered.
    """

    def __init__(self, answer: Answer) -> None:
        word = "accepted" if answer.accept else "refused"
        msg = f"{answer.decision_id} was {word} by {answer.who} at {format_time(answer.decided_at)} ({answer.state})"
        super().__init__(msg, answer.order_id)
        self.answer = answer


@frozen(kw_only=True)
class Decider:
    """Lists decisions and sends answers.

    Attributes:
        book: where answers are durable.
        providers: by account name.
        clock: what time it is.
        sending_s: seconds that an answer may take, in any process that shares the book.
        limits: what may be spent, also by accepting what costs more than was committed.
        currency: the currency in which it is counted.
        rates: exchange rates.
    """

    book: OrderBook
    providers: Mapping[str, Provider[Any]]
    clock: Clock
    sending_s: float = SENDING_S
    limits: Limits = field(factory=Limits)
    currency: str = "EUR"
    rates: Rates = field(default=Factory(lambda self: Rates.identity(self.currency), takes_self=True))

    # --- What waits ----------------------------------------------------------------------------------

    async def decisions(self) -> AsyncGenerator[Decision | Refusal, None]:
        """Everything that waits for the buyer, from all accounts at once, each as soon as it is known.

        Beside what providers ask: purchases written down and never sent, with the time their quotes hold; and orders
        whose outcome is unknown. What was answered is left out unless the provider still asks for it after its settling
        time. An account that cannot be asked is a refusal.

        Raises:
            OrderBookError: the order book fails.
        """
        sellers = [provider for provider in self.providers.values() if isinstance(provider, OrderingProvider)]
        async with aclosing(merged([self._ours(), *(self._asked_by(provider) for provider in sellers)])) as items:
            async for item in items:
                yield item

    async def _ours(self) -> AsyncIterator[Decision | Refusal]:
        unsent = condition(states=[OrderState.INTENDED])
        for intent in await self.book.database.read(lambda connection: select_intents(connection, unsent)):
            yield to_place(intent)
        for intent in await self.book.unsettled():
            yield to_settle(intent)

    async def _asked_by(self, provider: OrderingProvider[Any]) -> AsyncIterator[Decision | Refusal]:
        names = {"account": provider.account, "provider": provider.name}
        try:
            async for decision in self._open(provider):
                yield decision
        except OrderBookError:
            raise
        except TaskingHubError as error:
            yield refusal_of(error, **names)
        except Exception as error:
            _logger.exception("the adapter of account %s failed while listing decisions", provider.account)
            yield adapter_failed(error, **names)

    async def _open(self, provider: OrderingProvider[Any]) -> AsyncIterator[Decision]:
        began, answers = self.clock.now(), await Answers(self.book.database).of(provider.account)
        listed = set[str]()
        async for decision in closing(provider.decisions()):
            listed.add(decision.id)
            answer = answers.get(decision.id)
            if answer is None or await self._reopened(provider, answer, began):
                yield decision
        for answer in answers.values():
            if answer.decision_id not in listed:
                await self._gone(answer, began)

    # --- What became of answers ----------------------------------------------------------------------

    async def _reopened(self, provider: OrderingProvider[Any], answer: Answer, at: datetime) -> bool:
        """Whether the provider, which asks still, does not have the answer."""
        late = answer.decided_at + timedelta(seconds=self.sending_s + provider.settling_s)
        if answer.state in _UNSETTLED and late <= at:
            note = "the provider still asks, and had time enough to take it"
            answer = await Answers(self.book.database).settle(answer, AnswerState.UNHEARD, note)
        return answer.state in {AnswerState.NOT_TAKEN, AnswerState.UNHEARD}

    async def _gone(self, answer: Answer, at: datetime) -> None:
        """A lost answer to what is asked no longer was taken, unless its time ran out, which looks the same."""
        in_time = answer.deadline is None or at < answer.deadline
        if answer.state in _UNSETTLED and in_time:
            note = "the provider asks no longer"
            await Answers(self.book.database).settle(answer, AnswerState.TAKEN, note)

    # --- Answering -----------------------------------------------------------------------------------

    async def accept(self, decision: Decision, *, who: str, again: bool = False) -> Answer:
        """Accept, once: recorded before it is sent, and never sent twice.

        Args:
            decision: as `decisions` gave it.
            who: who decided, in the buyer's own words, for the record.
            again: send an answer anew that is known not to have been taken.

        Returns:
            The answer as it is recorded. Where the same was answered before, that, and nothing is sent. In the state
            `LOST` the provider said nothing that can be read: `decisions` shows later what became of it.

        Raises:
            AnsweredAlreadyError: the opposite was answered; nothing was sent.
            SpendingLimitError: it costs more than a limit leaves; nothing was sent.
            UnsupportedActionError: the provider has no such answer, or it is given in another way.
            ConfigurationError: its account is not configured here.
            ResponseError: the provider refused the answer, which may be given anew.
            UnsentRequestError: nothing reached the provider; the answer may be given anew.
        """
        return await self._answer(decision, accept=True, who=who, again=again)

    async def refuse(self, decision: Decision, *, who: str, again: bool = False) -> Answer:
        """Refuse, once, as `accept` accepts; a purchase that was never sent is withdrawn."""
        return await self._answer(decision, accept=False, who=who, again=again)

    async def _answer(self, decision: Decision, *, accept: bool, who: str, again: bool) -> Answer:
        answer = Answer(
            account=decision.account,
            decision_id=decision.id,
            order_id=decision.order_id,
            accept=accept,
            who=who,
            decided_at=self.clock.now(),
            deadline=decision.deadline,
        )
        if decision.id.startswith((PLACE, SETTLE)):
            return await self._answer_ours(answer)
        provider = self._provider(decision.account)
        if accept:
            await self._count(decision)
        recorded, fresh = await Answers(self.book.database).claim(answer, reopen=_reopen(again=again))
        if not fresh:
            return _same_again(recorded, accept=accept)
        return await self._send(provider, decision, recorded)

    async def _count(self, decision: Decision) -> None:
        """Hold what accepting costs against the spending limits, where the order is one of the book's."""
        if not isinstance(decision.cost, Money):
            return
        names = await references(self.book, decision.account, {decision.order_id})
        cost = self.rates.convert(decision.cost, self.currency) or decision.cost
        for reference in names.values():
            await self.book.count(reference, cost, limits=self.limits, rates=self.rates)

    def _provider(self, account: str) -> OrderingProvider[Any]:
        provider = self.providers.get(account)
        return ordering_provider(self.providers, account, "" if provider is None else provider.name)

    async def _answer_ours(self, answer: Answer) -> Answer:
        if answer.accept or answer.decision_id.startswith(SETTLE):
            msg = "this is not answered but done: place the quote again, or recover what is unknown"
            raise UnsupportedActionError(msg)
        recorded, fresh = await Answers(self.book.database).claim(answer, reopen=_reopen(again=False))
        if not fresh:
            return _same_again(recorded, accept=answer.accept)
        try:
            await self.book.withdraw(answer.decision_id.removeprefix(PLACE), f"withdrawn by {answer.who}")
        except TaskingHubError as error:
            await self._settle(recorded, AnswerState.NOT_TAKEN, error)
            raise
        return await Answers(self.book.database).settle(recorded, AnswerState.TAKEN, "")

    async def _send(self, provider: OrderingProvider[Any], decision: Decision, recorded: Answer) -> Answer:
        try:
            async with asyncio.timeout(self.sending_s):
                await provider.decide(decision, accept=recorded.accept)
        except (*_UNANSWERED, TimeoutError) as error:
            return await self._settle(recorded, AnswerState.LOST, error)
        except TaskingHubError as error:
            await self._settle(recorded, AnswerState.NOT_TAKEN, error)
            raise
        except Exception as error:
            # A mistake in an adapter says nothing about what the provider did.
            await self._settle(recorded, AnswerState.LOST, error)
            raise
        return await Answers(self.book.database).settle(recorded, AnswerState.TAKEN, "")

    async def _settle(self, answer: Answer, state: AnswerState, error: Exception) -> Answer:
        note = f"{type(error).__name__}: {error}"
        _logger.warning("the answer to %s at %s is %s: %s", answer.decision_id, answer.account, state, note)
        return await Answers(self.book.database).settle(answer, state, note)


def _reopen(*, again: bool) -> Callable[[Answer], bool]:
    """Which recorded answers may be given anew."""
    states = {AnswerState.NOT_TAKEN, *([AnswerState.UNHEARD] if again else [])}
    return lambda answer: answer.state in states


def _same_again(recorded: Answer, *, accept: bool) -> Answer:
    if recorded.accept is not accept:
        raise AnsweredAlreadyError(recorded)
    return recorded
