"""Placing, answers, crashes, recovery and time in any order: the book and the shop agree at every moment."""

import asyncio
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from orders.shop import WHERE, Fate, Ledger, ShopProvider, an_offer, registry
from toys import NOW

from tasking_hub import OrderState, OutcomeUnknownError, RateLimitedError, RejectedRequestError, TaskingHubError
from tasking_hub.clock import ManualClock
from tasking_hub.orders import OrderBook, Placer, Stage, placing

REFERENCES = ["r-1", "r-2"]
SENDING_S = 30.0
SETTLING_S = 60.0
SOLD, DROPPED_BEFORE, DROPPED_AFTER, REJECTED, LIMITED, TIMED_OUT, DIED_BEFORE, DIED_AFTER = (
    "sold",
    "dropped-before",
    "dropped-after",
    "rejected",
    "limited",
    "timed-out",
    "died-before",
    "died-after",
)
ANSWERS = [SOLD, DROPPED_BEFORE, DROPPED_AFTER, REJECTED, LIMITED, TIMED_OUT, DIED_BEFORE, DIED_AFTER]


class Death(BaseException):
    """The process ends here; no handler of the code under test may see it."""


ERRORS = {
    DROPPED_BEFORE: OutcomeUnknownError("no answer", **WHERE),
    DROPPED_AFTER: OutcomeUnknownError("no answer", **WHERE),
    REJECTED: RejectedRequestError(status=422, **WHERE),
    LIMITED: RateLimitedError(status=429, **WHERE),
    TIMED_OUT: TimeoutError(),
    DIED_BEFORE: Death(),
    DIED_AFTER: Death(),
}


class Shop(ShopProvider):
    """The shop, whose every customer waits at the counter until the test says what happens."""

    settling_s = SETTLING_S

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.waiting = []

    async def place(self, purchase):
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append((purchase, answer))
        said = await answer
        if said in {SOLD, DROPPED_AFTER, DIED_AFTER}:
            self.ledger.sell(purchase.reference, self.account, "2026-11-21T09:00:00Z")
        if said != SOLD:
            raise ERRORS[said]
        id_, _ = self.ledger.find(purchase.reference, self.account)
        return self.sold(id_, purchase.reference, self._clock.now())

    def answer(self, index, said):
        _, answer = self.waiting.pop(index)
        answer.set_result(said)


class PatientClock(ManualClock):
    """Whenever time passes, senders whose time is up give up, as `asyncio.timeout` makes them."""

    counter = None

    def advance(self, seconds):
        super().advance(seconds)
        late = self.now() - timedelta(seconds=SENDING_S)
        for index in reversed(range(len(self.counter.waiting))):
            if self.counter.waiting[index][0].sent_at <= late:
                self.counter.answer(index, TIMED_OUT)


@pytest.fixture(scope="module", autouse=True)
def _quick_polls():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "POLL_S", 10.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory):
    """An empty book, to be copied: making its tables takes longer than a whole run."""
    path = tmp_path_factory.mktemp("template") / "orders.db"

    async def make():
        await (await OrderBook.open(f"sqlite:///{path}")).close()

    asyncio.run(make())
    Interleavings.template = path


class Interleavings(RuleBasedStateMachine):
    """Several processes around one book and one shop."""

    template: Path

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "orders.db")
        self.loop = asyncio.new_event_loop()
        self.clock = PatientClock(NOW)
        self.ledger = Ledger(self.folder / "ledger.db")
        self.counter = Shop("toy", self.ledger, self.clock, Fate())
        self.clock.counter = self.counter
        self.book = self.loop.run_until_complete(
            OrderBook.open(f"sqlite:///{self.folder / 'orders.db'}", clock=self.clock)
        )
        self.tasks = []

    def teardown(self):
        self.loop.run_until_complete(self._end())
        self.loop.close()
        shutil.rmtree(self.folder)

    async def _end(self):
        while self.counter.waiting:
            self.counter.answer(0, DIED_AFTER)
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.clock.advance(SENDING_S + SETTLING_S)
        await self._placer().recover()
        orders = [order async for order in self.book.orders()]
        await self.book.close()

        sold = Counter(self.ledger.sales())
        assert sold == Counter((order.reference, order.id) for order in orders if order.id is not None)
        assert {order.state for order in orders} <= {
            OrderState.INTENDED,
            OrderState.NOT_PLACED,
            OrderState.RECEIVED,
        }

    def _placer(self, dies_at=None):
        def reached(stage, _reference):
            if stage is dies_at:
                raise Death

        return Placer(
            self.book,
            {"toy": self.counter},
            registry=registry(),
            clock=self.clock,
            sending_s=SENDING_S,
            reached=reached,
        )

    async def _place(self, reference, dies_at):
        try:
            return await self._placer(dies_at).place(an_offer(self.clock, reference))
        except (TaskingHubError, Death) as error:
            return error

    def _run(self, *, until_idle=0.002):
        """Let tasks go on until each waits at the counter, or is done."""

        async def rest():
            for _ in range(500):
                busy = [task for task in self.tasks if not task.done()]
                if len(busy) <= len(self.counter.waiting):
                    return
                await asyncio.sleep(until_idle)

        self.loop.run_until_complete(rest())
        self.tasks = [task for task in self.tasks if not task.done()]

    @rule(reference=st.sampled_from(REFERENCES), callers=st.integers(1, 3))
    def place(self, reference, callers):
        """Somebody, or several at once, place a reference."""
        self.tasks += [self.loop.create_task(self._place(reference, None)) for _ in range(callers)]
        self._run()

    @rule(reference=st.sampled_from(REFERENCES), stage=st.sampled_from(Stage))
    def place_and_die(self, reference, stage):
        """Somebody places a reference and dies at a stage."""
        self.tasks.append(self.loop.create_task(self._place(reference, stage)))
        self._run()

    @precondition(lambda self: self.counter.waiting)
    @rule(said=st.sampled_from(ANSWERS), which=st.integers(0, 9))
    def answer(self, said, which):
        """The shop deals with one of those who wait."""
        self.counter.answer(which % len(self.counter.waiting), said)
        self._run()

    @rule(seconds=st.sampled_from([1, 20, 45, 100]))
    def wait(self, seconds):
        """Time passes."""
        self.clock.advance(seconds)
        self._run()

    @rule(fails=st.booleans())
    def recover(self, fails):
        """Somebody looks up what is unknown; the shop may be out of order."""
        self.counter.fate.looking = [OutcomeUnknownError("no answer", **WHERE)] if fails else []
        self.loop.run_until_complete(self._placer().recover())
        self.counter.fate.looking = []

    @invariant()
    def nothing_is_bought_twice_or_unknown_to_the_book(self):
        """One sale a reference at the most, and each of them of an intent that says it was sent."""
        sold = self.ledger.sales()
        intents = {reference: self.loop.run_until_complete(self.book.find(reference)) for reference in REFERENCES}
        assert max(Counter(reference for reference, _ in sold).values(), default=1) == 1
        for reference, id_ in sold:
            intent = intents[reference]
            assert intent.sent_at is not None
            assert intent.order_id in {None, id_}
            assert intent.state in {OrderState.SENT, OrderState.UNKNOWN, OrderState.RECEIVED}
        bought = {reference for reference, intent in intents.items() if intent is not None and intent.order_id}
        assert bought <= {reference for reference, _ in sold}


Interleavings.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestInterleavings = Interleavings.TestCase
