"""Decisions: everything that waits for the buyer, and answers that are recorded and sent once."""

import asyncio
import itertools
import shutil
import tempfile
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from orders.observatory import Sky, SkyProvider, decision, intended, placed
from orders.shop import euros
from toys import NOW

from tasking_hub import (
    Decision,
    MalformedResponseError,
    Money,
    OrderEvent,
    OrderState,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    Rates,
    Refusal,
    RefusalCode,
    RejectedRequestError,
    SpendingLimitError,
    UnsentRequestError,
    UnsupportedActionError,
)
from tasking_hub.clock import ManualClock
from tasking_hub.orders import Limits, OrderBook
from tasking_hub.orders.answers import AnswerState
from tasking_hub.orders.decisions import AnsweredAlreadyError, Decider

A = AnswerState
WHERE = {"method": "POST", "url": "https://sky.example/decisions"}
LOST = OutcomeUnknownError("no answer", **WHERE)
REFUSED = RejectedRequestError(status=422, **WHERE)


BOTH = pytest.mark.parametrize("new_url", ["sqlite", "postgresql"], indirect=True)
"""For what rests on questions to the database of its own kind."""


@pytest.fixture
def new_url(request, tmp_path):
    """SQLite, unless a test asks for both."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("cluster").new_database
    return lambda: f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture
def sky():
    """What the provider knows."""
    return Sky()


@pytest.fixture
def decider(book, sky, clock):
    """Decides at the account "toy"."""
    return Decider(book=book, providers={"toy": SkyProvider("toy", sky, clock)}, clock=clock)


async def waiting(decider):
    """What waits now."""
    return [item async for item in decider.decisions()]


# --- What waits --------------------------------------------------------------------------------------


async def test_what_providers_ask_is_listed_over_all_accounts(book, clock):
    """Decisions come from all accounts; one that fails is a refusal and hides no other."""
    skies = {"a": Sky(), "b": Sky(), "c": Sky()}
    skies["a"].waiting = [decision(clock, "d-1", account="a"), decision(clock, "d-2", account="a")]
    skies["b"].down = ProviderUnavailableError(status=503, **WHERE)
    skies["c"].down = KeyError("oops")
    providers = {name: SkyProvider(name, sky, clock) for name, sky in skies.items()}
    items = await waiting(Decider(book=book, providers=providers, clock=clock))

    assert sorted(item.id for item in items if isinstance(item, Decision)) == ["d-1", "d-2"]
    assert sorted((item.account, item.code) for item in items if isinstance(item, Refusal)) == [
        ("b", RefusalCode.UNAVAILABLE),
        ("c", RefusalCode.ADAPTER_ERROR),
    ]


async def test_a_purchase_that_was_never_sent_waits(book, clock, decider):
    """It says what it costs and until when it can be bought."""
    await intended(book, "r-1", clock, order_deadline=clock.now() + timedelta(hours=2))
    (item,) = await waiting(decider)

    assert (item.account, item.order_id, item.cost) == ("toy", "r-1", Money(Decimal(100), "EUR"))
    assert item.deadline == clock.now() + timedelta(hours=2)
    assert "withdrawn" in item.if_ignored


@BOTH
async def test_a_purchase_that_was_never_sent_can_be_withdrawn(book, clock, decider):
    """Refusing it gives it up, once."""
    await intended(book, "r-1", clock)
    (item,) = await waiting(decider)
    first = await decider.refuse(item, who="ann")
    again = await decider.refuse(item, who="bob")

    assert (first.state, first) == (A.TAKEN, again)
    assert (await book.show("r-1")).state is OrderState.NOT_PLACED
    assert await waiting(decider) == []


@BOTH
async def test_an_unknown_outcome_waits_and_is_not_answered(book, clock, decider):
    """It is shown, and settled by recovery alone."""
    intent = await intended(book, "r-1", clock)
    await book.advance(intent, OrderEvent(at=clock.now(), state=OrderState.SENT))
    (item,) = await waiting(decider)

    assert "no answer came" in item.question
    with pytest.raises(UnsupportedActionError, match="recover"):
        await decider.refuse(item, who="ann")


# --- Answers -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("accept", [True, False])
async def test_an_answer_is_sent_once_and_recorded(book, sky, clock, decider, accept):
    """Giving the same answer again sends nothing and gives the recorded one."""
    asked = decision(clock)
    sky.waiting = [asked]
    say = decider.accept if accept else decider.refuse
    first = await say(asked, who="ann")
    again = await say(asked, who="bob")

    assert sky.decided == [("d-1", accept)]
    assert (first.accept, first.who, first.decided_at, first.state) == (accept, "ann", clock.now(), A.TAKEN)
    assert again == first


async def test_the_opposite_is_refused(sky, clock, decider):
    """Nobody can take an answer back by giving another one."""
    asked = decision(clock)
    await decider.accept(asked, who="ann")
    with pytest.raises(AnsweredAlreadyError, match="d-1 was accepted by ann") as caught:
        await decider.refuse(asked, who="bob")

    assert sky.decided == [("d-1", True)]
    assert caught.value.answer.who == "ann"


@BOTH
async def test_two_at_once_send_one_answer(sky, clock, decider):
    """Of many who answer at the same time one sends."""
    asked = decision(clock)
    answers = await asyncio.gather(*(decider.accept(asked, who=str(number)) for number in range(8)))

    assert sky.decided == [("d-1", True)]
    assert len({answer.who for answer in answers}) == 1


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        RateLimitedError(status=429, **WHERE),
        UnsentRequestError("no connection", **WHERE),
        UnsupportedActionError("there is no such answer"),
    ],
)
async def test_an_answer_that_was_not_taken_may_be_given_anew(sky, clock, decider, error):
    """After a definite no the decision is open again, for either answer."""
    asked = decision(clock)
    sky.waiting = [asked]
    sky.failing["decide"] = [error]
    with pytest.raises(type(error)):
        await decider.accept(asked, who="ann")
    assert await waiting(decider) == [asked]

    assert (await decider.refuse(asked, who="ann")).state is A.TAKEN


@BOTH
@pytest.mark.parametrize(
    "error", [LOST, ProviderUnavailableError(status=502, **WHERE), MalformedResponseError(["odd"]), TimeoutError()]
)
async def test_a_lost_answer_is_looked_up_and_not_sent_again(sky, clock, decider, error):
    """Where the provider asks no longer, it has the answer."""
    asked = decision(clock)
    sky.failing["decide"] = [error]
    first = await decider.accept(asked, who="ann")
    again = await decider.accept(asked, who="ann")
    found = await waiting(decider)
    last = await decider.accept(asked, who="ann")

    assert (first.state, again.state, last.state) == (A.LOST, A.LOST, A.TAKEN)
    assert found == []
    assert sky.decided == [("d-1", True)]


@BOTH
async def test_a_lost_answer_that_is_still_asked_for_is_given_again_only_if_one_says_so(sky, clock, decider):
    """After the settling time the decision is shown again, and only `again=True` sends another time."""
    asked = decision(clock)
    sky.waiting = [asked]
    sky.failing["decide"] = [LOST]
    await decider.accept(asked, who="ann")
    early = await waiting(decider)
    clock.advance(decider.sending_s + SkyProvider.settling_s)
    late = await waiting(decider)
    quiet = await decider.accept(asked, who="ann")
    sent = list(sky.decided)
    loud = await decider.accept(asked, who="ann", again=True)

    assert (early, late) == ([], [asked])
    assert (quiet.state, loud.state) == (A.UNHEARD, A.TAKEN)
    assert (len(sent), len(sky.decided)) == (1, 2)


async def test_a_decision_that_ran_out_says_nothing_about_a_lost_answer(sky, clock, decider):
    """What is gone after its deadline may be gone for that reason."""
    asked = decision(clock)
    sky.failing["decide"] = [LOST]
    await decider.accept(asked, who="ann")
    clock.advance(86400 * 2)
    await waiting(decider)

    assert (await decider.accept(asked, who="ann")).state is A.LOST


async def test_a_sender_that_died_has_perhaps_sent(sky, clock, decider):
    """An answer whose sender was stopped half-way is not sent again."""
    asked = decision(clock)
    sky.waiting = [asked]

    sending = asyncio.Event()

    async def never(*_args, **_named):
        sending.set()
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SkyProvider, "decide", never)
        task = asyncio.create_task(decider.accept(asked, who="ann"))
        await sending.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    again = await decider.accept(asked, who="ann")

    assert again.state is A.SENT
    assert sky.decided == []


async def test_a_mistake_in_an_adapter_leaves_the_answer_unknown(sky, clock, decider):
    """A KeyError says nothing about what the provider did."""
    asked = decision(clock)
    sky.failing["decide"] = [KeyError("oops")]
    with pytest.raises(KeyError):
        await decider.accept(asked, who="ann")

    assert (await decider.accept(asked, who="ann")).state is A.LOST


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An empty order book in a file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "orders.db"

    async def make():
        await (await OrderBook.open(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


@given(
    calls=st.lists(
        st.tuples(st.sampled_from(["accept", "refuse", "list"]), st.sampled_from([None, LOST, REFUSED]), st.booleans()),
        max_size=12,
    )
)
@settings(max_examples=40, deadline=None)
def test_no_answer_reaches_the_provider_twice(template, calls):
    """Whatever is called and fails: a second answer is sent only after the first one was refused."""

    async def play(path):
        clock, sky, fates = ManualClock(NOW), Sky(), []
        asked = decision(clock)
        sky.waiting = [asked]
        async with await OrderBook.open(f"sqlite:///{path}", clock=clock) as book:
            decider = Decider(book=book, providers={"toy": SkyProvider("toy", sky, clock)}, clock=clock)
            for name, error, patient in calls:
                clock.advance(1000 if patient else 1)
                sky.failing["decide"] = [error] if error else []
                before = len(sky.decided)
                if name == "list":
                    await waiting(decider)
                else:
                    with_errors = (RejectedRequestError, AnsweredAlreadyError)
                    await asyncio.gather(_quietly(getattr(decider, name)(asked, who="x"), with_errors))
                fates += [error] * (len(sky.decided) - before)
        return fates

    with tempfile.TemporaryDirectory() as folder:
        fates = asyncio.run(play(Path(shutil.copy(template, folder))))

    assert all(fate is REFUSED for fate in fates[:-1])


async def _quietly(work, errors):
    try:
        await work
    except errors:
        return


async def test_an_answer_is_of_one_account(book, clock):
    """Two accounts may use the same id for two decisions."""
    skies = {"a": Sky(), "b": Sky()}
    providers = {name: SkyProvider(name, sky, clock) for name, sky in skies.items()}
    decider = Decider(book=book, providers=providers, clock=clock)
    asked = decision(clock, account="a")
    for one, account in itertools.product([asked], "ab"):
        await decider.accept(evolve(one, account=account), who="ann")

    assert [sky.decided for sky in skies.values()] == [[("d-1", True)]] * 2


@pytest.mark.parametrize(("most", "kept"), [(249, 100), (250, 250)])
async def test_what_is_accepted_is_held_against_the_limits(book, sky, clock, most, kept):
    """A quotation that costs more than was committed is accepted only within them, and counts from then on."""
    await placed(book, sky, "r-1", clock)
    await placed(book, sky, "r-2", clock)
    await book.count("r-1", euros(100), limits=Limits(), rates=Rates.identity("EUR"))
    await book.count("r-2", euros(50), limits=Limits(), rates=Rates.identity("EUR"))
    sky.waiting = [decision(clock, cost=euros(200))]
    limits = Limits(per_account_per_day={"toy": euros(most)})
    decider = Decider(book=book, providers={"toy": SkyProvider("toy", sky, clock)}, clock=clock, limits=limits)
    for _ in range(2):
        with nullcontext() if kept > 100 else pytest.raises(SpendingLimitError, match=r"per_account_per_day\.toy"):
            await decider.accept(sky.waiting[0] if sky.waiting else decision(clock, cost=euros(200)), who="ann")

    (line,) = await book.spending()
    assert line.total == euros(kept + 50 if kept == 100 else kept)
    assert sky.decided == ([("d-1", True)] if kept > 100 else [])


async def test_refusing_costs_nothing(book, sky, clock):
    """Whatever the limits: only what is accepted is bought."""
    await placed(book, sky, "r-1", clock)
    sky.waiting = [decision(clock, cost=euros(200))]
    limits = Limits(per_order=euros(1))
    decider = Decider(book=book, providers={"toy": SkyProvider("toy", sky, clock)}, clock=clock, limits=limits)
    await decider.refuse(sky.waiting[0], who="ann")

    assert sky.decided == [("d-1", False)]


async def test_a_placed_order_waits_for_nobody(book, sky, clock, decider):
    """What is at its provider and asks nothing is not listed."""
    await placed(book, sky, "r-1", clock)

    assert await waiting(decider) == []
