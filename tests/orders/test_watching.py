"""Watching: each event once, in order, over restarts, failures and webhooks, for a handful of requests."""

import asyncio
import itertools
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders.observatory import (
    SIGNATURE,
    Listener,
    PatientClock,
    Sky,
    SkyProvider,
    decision,
    file,
    image,
    intended,
    many_placed,
    placed,
)

from tasking_hub import (
    CancellationStep,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    Money,
    Order,
    OrderBookError,
    OrderEvent,
    OrderState,
    ProviderUnavailableError,
    RateLimitedError,
    RefusalCode,
    UnknownOrderError,
    Window,
)
from tasking_hub.lifecycle import ALLOWED_MOVES, TERMINAL
from tasking_hub.orders import OrderBook
from tasking_hub.orders.events import (
    AccountTrouble,
    AcquisitionProposed,
    AcquisitionTaken,
    CancellationStepApproaching,
    DecisionDue,
    DeliverableReady,
    Progress,
    StateChanged,
    event_document,
    read_event,
)
from tasking_hub.orders.hooks import Hooks
from tasking_hub.orders.log import EventLog, Look
from tasking_hub.orders.looks import WatchRules, mark_of
from tasking_hub.orders.watching import BEGINNING, Watcher

S = OrderState
DOWN = ProviderUnavailableError(status=503, method="GET", url="https://sky.example/orders")


BOTH = pytest.mark.parametrize("new_url", ["sqlite", "postgresql"], indirect=True)
"""For what rests on questions to the database of its own kind."""


@pytest.fixture
def new_url(request, tmp_path):
    """SQLite, unless a test asks for both."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("cluster").new_database
    return lambda: f"sqlite:///{tmp_path / 'orders.db'}"


@pytest.fixture
def clock():
    """A clock that moves only when it is told to."""
    return PatientClock(datetime(2026, 11, 21, 9, tzinfo=UTC))


@pytest.fixture
def sky():
    """What the provider of the account "toy" knows."""
    return Sky()


async def nothing():
    """Recover nothing."""


@pytest.fixture
def watcher(book, sky, clock):
    """Watches the account "toy"."""
    return Watcher(book, {"toy": SkyProvider("toy", sky, clock)}, clock=clock, recover=nothing)


@pytest.fixture
async def listen(book, clock, watcher):
    """Starts a listener to a watch, quiet after its first round."""
    listeners = []

    async def start(*args, watcher=watcher, loops=2, **named):
        listeners.append(Listener(watcher.watch(*args, **named), clock, book.database, loops))
        await listeners[-1].quiet()
        return listeners[-1]

    yield start
    for listener in reversed(listeners):
        with suppress(OrderBookError):
            await listener.stop()


async def tick(clock, listener, seconds=60):
    """Let the pause between two rounds pass."""
    clock.wake(seconds)
    await asyncio.sleep(0)
    await listener.quiet()


def states(events):
    """What became of orders."""
    return [(event.reference, event.was, event.state) for event in events if isinstance(event, StateChanged)]


def of(kind, events):
    """Events of a kind."""
    return [event for event in events if isinstance(event, kind)]


# --- What is told ------------------------------------------------------------------------------------


@BOTH
async def test_a_life_is_told_to_its_end(book, sky, clock, listen):
    """State changes come in order, and the stream ends with the order."""
    await placed(book, sky, "r-1", clock)
    listener = await listen(["r-1"])
    for state in (S.ACCEPTED, S.IN_PROGRESS, S.FULFILLED):
        sky.become("R-1", clock.now(), state)
        await tick(clock, listener)

    assert states(listener.events) == [
        ("r-1", S.RECEIVED, S.ACCEPTED),
        ("r-1", S.ACCEPTED, S.IN_PROGRESS),
        ("r-1", S.IN_PROGRESS, S.FULFILLED),
    ]
    assert listener.ended


async def test_steps_that_no_look_saw_are_told_too(book, sky, clock, listen):
    """A provider that keeps a history has all of it told, in its order."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    for state in (S.ACCEPTED, S.IN_PROGRESS, S.PAUSED, S.IN_PROGRESS):
        clock.advance(1)
        sky.become("R-1", clock.now(), state)
    await tick(clock, listener)

    assert [state for _, _, state in states(listener.events)] == [S.ACCEPTED, S.IN_PROGRESS, S.PAUSED, S.IN_PROGRESS]


@BOTH
async def test_images_files_progress_and_decisions_are_told_once(book, sky, clock, listen):
    """What an order brings is told when it changes, and not again in later rounds."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.images["R-1"] = [image("R-1")]
    sky.files["R-1"] = [file("R-1")]
    sky.waiting = [decision(clock)]
    sky.become("R-1", clock.now(), S.IN_PROGRESS, progress_percent=Decimal(40))
    for _ in range(3):
        await tick(clock, listener)

    (taken,) = of(AcquisitionProposed, listener.events)
    (ready,) = of(DeliverableReady, listener.events)
    (due,) = of(DecisionDue, listener.events)
    (progress,) = of(Progress, listener.events)
    assert (taken.reference, taken.order_id, taken.acquisition.id) == ("r-1", "R-1", "i-1")
    assert (ready.reference, ready.name, ready.size_bytes) == ("r-1", "image.tif", 10)
    assert (due.reference, due.decision.id, due.decision.if_ignored) == ("r-1", "d-1", "it counts as refused")
    assert progress.percent == Decimal(40)
    assert len({event.id for event in listener.events}) == len(listener.events)


async def test_an_image_is_proposed_while_it_waits_and_taken_by_every_other_word(book, sky, clock, listen):
    """Only what waits for the buyer is told as proposed; each word of an image is told once."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    for percent, word in enumerate(("PLANNED", "PROPOSED", "PROPOSED", "VALIDATED")):
        sky.images["R-1"] = [image("R-1", word=word)]
        sky.become("R-1", clock.now(), S.IN_PROGRESS, progress_percent=Decimal(percent))
        await tick(clock, listener)

    told = of((AcquisitionProposed, AcquisitionTaken), listener.events)
    assert [(event.kind, event.acquisition.provider_status) for event in told] == [
        ("acquisition-taken", "PLANNED"),
        ("acquisition-proposed", "PROPOSED"),
        ("acquisition-taken", "VALIDATED"),
    ]
    assert [read_event(event_document(event)) for event in told] == told


@BOTH
async def test_a_decision_about_an_ended_order_is_told(book, sky, clock, listen):
    """What is asked after the end, such as whether an image is accepted, has its order's reference."""
    await placed(book, sky, "r-1", clock)
    await placed(book, sky, "r-2", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.FULFILLED)
    await tick(clock, listener)
    sky.waiting = [decision(clock), decision(clock, "d-2", order_id="X-1")]
    await tick(clock, listener)

    assert [(event.reference, event.decision.id) for event in of(DecisionDue, listener.events)] == [
        ("r-1", "d-1"),
        (None, "d-2"),
    ]


@BOTH
async def test_a_decision_about_an_order_without_an_id_is_told(book, sky, clock, listen):
    """What the provider has given no id yet, such as a quotation, is known by the buyer's reference."""
    intent = await intended(book, "r-1", clock)
    await book.advance(intent, OrderEvent(at=clock.now(), state=S.SENT))
    quoted = Order(account="toy", provider="toy", reference="r-1", state=S.AWAITING_BUYER)
    await book.record(quoted, reference="r-1")
    sky.waiting = [decision(clock, order_id="r-1")]
    listener = await listen()

    assert [(event.reference, event.decision.id) for event in of(DecisionDue, listener.events)] == [("r-1", "d-1")]
    assert sky.asked["orders"] == 0


async def test_what_is_only_written_down_asks_nobody(book, sky, clock, listen):
    """Neither a purchase that was never sent nor one of unknown outcome costs a request here."""
    await intended(book, "r-1", clock)
    lost = await intended(book, "r-2", clock)
    await book.advance(lost, OrderEvent(at=clock.now(), state=S.SENT))
    await listen(until_done=False)

    assert sky.total == 0


async def test_a_link_is_not_kept(book, sky, clock, listen):
    """What opens a file is written nowhere."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.files["R-1"] = [file("R-1")]
    sky.become("R-1", clock.now(), S.FULFILLED)
    await tick(clock, listener)

    assert "secret" not in repr(listener.events)
    assert of(DeliverableReady, listener.events)


async def test_the_last_files_are_told_before_the_end(book, sky, clock, listen):
    """A stream does not end while the files of an ended order were asked for in vain."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.files["R-1"] = [file("R-1")]
    sky.failing["deliverables"] = [DOWN]
    sky.become("R-1", clock.now(), S.FULFILLED)
    await tick(clock, listener)
    assert not listener.ended
    await tick(clock, listener)

    assert of(DeliverableReady, listener.events)
    assert listener.ended


@BOTH
async def test_files_of_an_order_that_had_ended_are_told_after_a_restart(book, sky, clock, watcher, listen):
    """An end that was recorded while its files could not be listed is not the last word, even after a restart."""
    await placed(book, sky, "r-1", clock)
    sky.files["R-1"] = [file("R-1")]
    sky.become("R-1", clock.now(), S.FULFILLED)
    sky.failing["deliverables"] = [DOWN]
    first = await listen(name="reader")
    await first.stop()
    second = await listen(
        name="reader", watcher=Watcher(book, watcher._providers, clock=clock, recover=nothing), until_done=True
    )

    assert of(StateChanged, first.events)[-1].state is S.FULFILLED
    assert of(DeliverableReady, first.events) == []
    assert of(DeliverableReady, second.events)
    assert second.ended


@pytest.mark.parametrize(("state", "days"), [(S.EXPIRED, 0), (S.FULFILLED, 2)])
async def test_files_that_cannot_be_listed_are_given_up(book, sky, clock, listen, state, days):
    """After some rounds in vain an ended order is done, a fulfilled one in two days; the trouble was told."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.failing["deliverables"] = [DOWN] * 99
    sky.become("R-1", clock.now(), state)
    for _ in range(WatchRules().tries):
        await tick(clock, listener)
    assert listener.ended is (state is S.EXPIRED)
    await tick(clock, listener, 86400 * days)

    assert listener.ended
    assert {event.reference for event in of(AccountTrouble, listener.events)} == {"r-1"}


async def _fulfilled_without_files(book, sky, clock, *names):
    for name in names:
        await placed(book, sky, name, clock)
        sky.files[name.upper()] = []
        sky.become(name.upper(), clock.now(), S.FULFILLED)


@BOTH
async def test_files_that_come_after_the_end_are_told_once(book, sky, clock, listen):
    """A fulfilled order is followed until its files are there; each is told once, and then it is done."""
    await _fulfilled_without_files(book, sky, clock, "r-1")
    listener = await listen(["r-1"])
    for _ in range(5):
        await tick(clock, listener, 3600)
    assert not listener.ended
    sky.files["R-1"] = [file("R-1"), file("R-1", "second.tif")]
    await tick(clock, listener, 3 * 3600)

    assert [event.name for event in of(DeliverableReady, listener.events)] == ["image.tif", "second.tif"]
    assert listener.ended
    assert [event async for event in EventLog(book, clock).after(0) if event.kind == "deliverable-ready"] == of(
        DeliverableReady, listener.events
    )


async def test_files_that_never_come_are_waited_for_two_days_at_little_cost(book, sky, clock, listen):
    """The end comes two days after the order's, after some thirty questions about files, none about else."""
    await _fulfilled_without_files(book, sky, clock, "r-1")
    listener = await listen()
    before, began = sky.asked.copy(), clock.now()
    while not listener.ended:
        await tick(clock, listener, 600)
    asked = sky.asked - before

    assert clock.now() - began == WatchRules().files_within
    assert set(asked) == {"deliverables"}
    assert 10 <= asked["deliverables"] <= 30
    assert of(DeliverableReady, listener.events) == []


async def test_a_restart_goes_on_waiting_for_files(book, sky, clock, watcher, listen):
    """The book remembers that files are still to come: whoever starts anew asks for them, and for nothing else."""
    await _fulfilled_without_files(book, sky, clock, "r-1")
    await (await listen(name="reader")).stop()
    clock.advance(3600)
    sky.files["R-1"] = [file("R-1")]
    before = sky.asked.copy()
    second = await listen(name="reader", watcher=Watcher(book, watcher._providers, clock=clock, recover=nothing))

    assert sky.asked - before == {"deliverables": 1}
    assert [event.name for event in of(DeliverableReady, second.events)] == ["image.tif"]
    assert second.ended


async def test_orders_that_wait_for_files_take_turns(book, sky, clock, listen):
    """Of many, a round asks for the files of no more than its share, and in the end for all."""
    names = [f"r-{number}" for number in range(5)]
    await _fulfilled_without_files(book, sky, clock, *names)
    rules = WatchRules(details_per_round=2)
    provider = SkyProvider("toy", sky, clock)
    listener = await listen(watcher=Watcher(book, {"toy": provider}, clock=clock, recover=nothing, rules=rules))
    for _ in range(2):
        await tick(clock, listener)
    sky.files.clear()
    sky.files |= {name.upper(): [file(name.upper())] for name in names}
    asked = []
    for _ in range(3):
        before = sky.asked["deliverables"]
        await tick(clock, listener)
        asked.append(sky.asked["deliverables"] - before)

    assert asked == [2, 2, 1]
    assert sorted(event.reference for event in of(DeliverableReady, listener.events)) == names
    assert listener.ended


@BOTH
async def test_files_that_come_one_by_one_are_each_told_once(book, sky, clock, watcher, listen):
    """Two days long, after a restart too; whoever watches until the end need not wait for more than the first."""
    await _fulfilled_without_files(book, sky, clock, "r-1")
    listener = await listen(name="reader", until_done=False)
    sky.files["R-1"] = [file("R-1", "first.tif")]
    await tick(clock, listener, 3600)
    sky.files["R-1"].append(file("R-1", "second.tif"))
    await tick(clock, listener, 2 * 3600)
    await listener.stop()
    sky.files["R-1"].append(file("R-1", "third.tif"))
    clock.advance(3600 * 30)
    again = await listen(name="reader", watcher=Watcher(book, watcher._providers, clock=clock, recover=nothing))

    told = [[event.name for event in of(DeliverableReady, heard.events)] for heard in (listener, again)]
    assert told == [["first.tif", "second.tif"], ["third.tif"]]
    assert again.ended


async def test_files_after_the_first_cost_a_dozen_requests(book, sky, clock, listen):
    """Most orders show all files at once: asking whether there are more is cheap, and ends."""
    await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.FULFILLED)
    listener = await listen(until_done=False)
    before = sky.asked.copy()
    for _ in range(3 * 24 * 2):
        await tick(clock, listener, 1800)

    assert set(sky.asked - before) == {"deliverables"}
    assert 5 <= (sky.asked - before)["deliverables"] <= 15


async def test_files_of_an_order_in_delivery_are_told_although_nothing_else_changes(book, sky, clock, listen):
    """While an order is being delivered its files are asked for again and again, in ever longer pauses."""
    await placed(book, sky, "r-1", clock)
    sky.files["R-1"] = [file("R-1", "first.tif")]
    sky.become("R-1", clock.now(), S.DELIVERING)
    listener = await listen()
    before = sky.asked["deliverables"]
    for _ in range(24):
        await tick(clock, listener, 3600)
    sky.files["R-1"].append(file("R-1", "second.tif"))
    for _ in range(6):
        await tick(clock, listener, 3600)

    assert [event.name for event in of(DeliverableReady, listener.events)] == ["first.tif", "second.tif"]
    assert 5 <= sky.asked["deliverables"] - before <= 25
    assert not listener.ended


async def test_files_of_one_name_and_different_images_are_all_told(book, sky, clock, listen):
    """A file is known by its image and its name."""
    await placed(book, sky, "r-1", clock)
    sky.files["R-1"] = [evolve(file("R-1"), acquisition_id=image) for image in ("i-1", "i-2")]
    sky.become("R-1", clock.now(), S.FULFILLED)
    listener = await listen()

    assert [event.acquisition_id for event in of(DeliverableReady, listener.events)] == ["i-1", "i-2"]


async def test_links_that_change_at_each_look_are_no_change(book, sky, clock, listen):
    """What signs a link says nothing of the order: its images and files are not asked for again."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    for number in range(3):
        links = {"preview": [f"https://store.example/r-1.png?signature={number}"], "word": "a?b"}
        sky.become("R-1", clock.now(), S.IN_PROGRESS, raw=links)
        await tick(clock, listener)

    assert sky.asked["acquisitions"] == 1


async def test_an_end_that_nobody_watched_is_told(book, sky, clock, listen):
    """An order that ended, and was recorded so, before the first watch began is looked at, files and all."""
    order = await placed(book, sky, "r-1", clock)
    await book.record(sky.become("R-1", clock.now(), S.FULFILLED))
    old = await placed(book, sky, "r-0", clock)
    await book.record(evolve(sky.become("R-0", clock.now(), S.FULFILLED), history=()))
    clock.advance(86400)
    await placed(book, sky, "r-2", clock)
    listener = await listen([order.reference, old.reference], since=BEGINNING)

    assert sorted(event.reference for event in of(DeliverableReady, listener.events)) == ["r-0", "r-1"]
    assert listener.ended


async def test_what_ended_long_before_anybody_watched_costs_nothing(book, sky, clock, watcher):
    """The first watch of an old book does not go through everything that was ever bought."""
    await placed(book, sky, "r-1", clock)
    await book.record(sky.become("R-1", clock.now(), S.FULFILLED))
    clock.advance(3 * 86400)

    assert [event async for event in watcher.watch()] == []
    assert sky.total == 0


async def test_an_account_that_must_wait_keeps_its_late_files(book, sky, clock, listen):
    """A pause of the whole account is held against no order: its files are asked for again after it."""
    await _fulfilled_without_files(book, sky, clock, "r-1")
    listener = await listen()
    facts = {"status": 429, "method": "GET", "url": "https://sky.example"}
    sky.failing["deliverables"] = [RateLimitedError(**facts, retry_after_s=600.0)]
    sky.files["R-1"] = [file("R-1")]
    await tick(clock, listener)
    assert not listener.ended
    await tick(clock, listener, 600)

    assert [event.name for event in of(DeliverableReady, listener.events)] == ["image.tif"]
    assert listener.ended


async def test_a_cancellation_step_is_told_ahead(book, sky, clock, listen):
    """A day before leaving becomes dearer it is told, once, with the fee."""
    sky.steps = (CancellationStep(hours_before_start=12, fee_percent=Decimal(50), note="half", source="test"),)
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    before = list(of(CancellationStepApproaching, listener.events))
    # The window starts a day after now: the step takes effect in 12 h.
    for _ in range(3):
        await tick(clock, listener)

    (event,) = of(CancellationStepApproaching, listener.events)
    assert before == [event]
    assert event.takes_effect_at == datetime(2026, 11, 21, 21, tzinfo=UTC)
    assert event.fee == Money(Decimal(50), "EUR")


async def test_a_step_of_a_window_that_was_moved_is_told_when_it_comes_near(book, sky, clock, listen, watcher):
    """An edit moves the steps with the window."""
    sky.steps = (CancellationStep(hours_before_start=12, fee_percent=Decimal(50), note="half", source="test"),)
    await placed(book, sky, "r-1", clock)
    later = Window(clock.now() + timedelta(days=30), clock.now() + timedelta(days=31))
    sky.become("R-1", clock.now(), S.ACCEPTED, window=later)
    listener = await listen()
    before = list(of(CancellationStepApproaching, listener.events))
    await tick(clock, listener, 86400 * 29)

    assert before == []
    assert [event.takes_effect_at for event in of(CancellationStepApproaching, listener.events)] == [
        later.start - timedelta(hours=12)
    ]


async def test_a_step_that_comes_near_while_the_provider_is_down_is_told(book, sky, clock, listen):
    """What the clock alone says needs no answer of the provider."""
    sky.steps = (CancellationStep(hours_before_start=1, note="no way out", source="test"),)
    await placed(book, sky, "r-1", clock)
    listener = await listen(
        watcher=Watcher(
            book,
            {"toy": SkyProvider("toy", sky, clock)},
            clock=clock,
            recover=nothing,
            rules=WatchRules(notice=timedelta(hours=2)),
        )
    )
    sky.down = DOWN
    await tick(clock, listener, 3600 * 21.5)

    assert [event.step.note for event in of(CancellationStepApproaching, listener.events)] == ["no way out"]


async def test_an_image_of_nobody_known_costs_nothing(book, sky, clock, listen):
    """Orders that others placed at the same account are left alone."""
    await placed(book, sky, "r-1", clock)
    await placed(book, sky, "r-2", clock)
    sky.orders["X-1"], sky.changed["X-1"] = sky.orders["R-2"], clock.now()
    listener = await listen(["r-1"])
    sky.become("R-2", clock.now(), S.IN_PROGRESS)
    await tick(clock, listener)

    assert listener.events == []


# --- Where it begins and ends ------------------------------------------------------------------------


@BOTH
async def test_a_cursor_goes_on_where_it_stopped(book, sky, clock, watcher, listen):
    """Every event's cursor gives exactly the events that follow it."""
    await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.FULFILLED)
    whole = (await listen(since=BEGINNING)).events
    for number, event in enumerate(whole):
        again = [item async for item in watcher.watch(since=event.cursor)]
        assert again == whole[number + 1 :]


@BOTH
async def test_a_named_reader_goes_on_after_a_restart(book, sky, clock, watcher, listen):
    """The book remembers how far a reader came; the event at which it stopped comes again."""
    await placed(book, sky, "r-1", clock)
    first = []
    async for event in watcher.watch(name="billing"):
        first.append(event)
        if len(first) == 2:
            break
    listener = await listen(name="billing", watcher=Watcher(book, watcher._providers, clock=clock, recover=nothing))

    assert [event.state for event in first] == [S.INTENDED, S.SENT]
    assert [event.state for event in listener.events] == [S.SENT, S.RECEIVED]


async def test_without_a_cursor_the_past_is_not_told(book, sky, clock, listen):
    """A watch begins with what becomes known from now on."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()

    assert listener.events == []
    assert not listener.ended


@pytest.mark.parametrize("cursor", ["x", "-1", "", "1.5", "999999"])
async def test_what_is_no_cursor_is_refused(watcher, cursor):
    """A cursor of somewhere else is an error, not a silent wait."""
    with pytest.raises(InvalidRequestError, match="cursor"):
        await anext(watcher.watch(since=cursor))


async def test_a_cursor_and_a_name_are_refused(watcher):
    """A watch goes on in one place."""
    with pytest.raises(InvalidRequestError, match="not both"):
        await anext(watcher.watch(since="0", name="x"))


@pytest.mark.parametrize("interval_s", [0, -1, float("nan")])
async def test_a_watch_without_pauses_is_refused(watcher, interval_s):
    """Nobody asks a provider without end."""
    with pytest.raises(InvalidRequestError, match="above 0"):
        await anext(watcher.watch(interval_s=interval_s))


async def test_an_unknown_reference_is_refused(watcher):
    """A misspelt reference is an error, not an empty stream."""
    with pytest.raises(UnknownOrderError, match="r-9"):
        await anext(watcher.watch(["r-9"]))


async def test_an_order_of_another_configuration_is_refused(book, sky, clock, watcher):
    """An order whose account is not here cannot be watched."""
    await placed(book, sky, "r-1", clock, account="elsewhere")
    with pytest.raises(ConfigurationError, match="elsewhere"):
        await anext(watcher.watch(["r-1"]))


async def test_an_empty_book_is_done(watcher):
    """Nothing to watch is no reason to wait, unless one is told to."""
    assert [event async for event in watcher.watch()] == []


async def test_a_word_that_nobody_knows_is_watched_until_its_time_is_over(book, sky, clock, listen):
    """An unknown state is waited for until the window and the grace are over."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.UNKNOWN, "MARINATING")
    await tick(clock, listener)
    await tick(clock, listener, 86400 * 14)
    assert not listener.ended
    await tick(clock, listener, 86400 * 3)

    assert [(event.state, event.provider_status) for event in listener.events] == [(S.UNKNOWN, "MARINATING")]
    assert listener.ended


async def test_a_word_that_nobody_knows_may_move_on(book, sky, clock, listen):
    """The watch goes on after an unknown word."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.UNKNOWN, "MARINATING")
    await tick(clock, listener)
    sky.become("R-1", clock.now(), S.FULFILLED)
    await tick(clock, listener)

    assert [state for _, _, state in states(listener.events)] == [S.UNKNOWN, S.FULFILLED]
    assert listener.ended


async def test_what_was_never_sent_keeps_nobody_waiting(book, clock, watcher):
    """An intent left behind does not hold up a watch of everything."""
    await intended(book, "r-1", clock)

    assert [event async for event in watcher.watch()] == []


@BOTH
async def test_orders_placed_meanwhile_are_watched(book, sky, clock, listen):
    """A watch of everything takes up new orders."""
    listener = await listen(until_done=False)
    await placed(book, sky, "r-1", clock)
    await tick(clock, listener)

    assert [state for _, _, state in states(listener.events)] == [S.INTENDED, S.SENT, S.RECEIVED]


async def test_what_is_unknown_is_recovered(book, sky, clock, listen):
    """The injected recovery runs at the start and in every round."""
    runs = []

    async def recover():
        runs.append(clock.now())

    await placed(book, sky, "r-1", clock)
    watcher = Watcher(book, {"toy": SkyProvider("toy", sky, clock)}, clock=clock, recover=recover)
    listener = await listen(watcher=watcher)
    await tick(clock, listener)

    assert len(runs) == 2


# --- When something is wrong -------------------------------------------------------------------------


async def test_a_failing_account_is_told_and_ends_no_other(book, sky, clock, listen):
    """Trouble is an event, told once an hour; the other account goes on; the failing one is tried again, later."""
    other = Sky()
    providers = {"toy": SkyProvider("toy", sky, clock), "b": SkyProvider("b", other, clock)}
    await placed(book, sky, "r-1", clock)
    await placed(book, other, "r-2", clock, account="b")
    listener = await listen(watcher=Watcher(book, providers, clock=clock, recover=nothing), loops=3)
    sky.down = DOWN
    for state in (S.ACCEPTED, S.IN_PROGRESS, S.PROCESSING):
        other.become("R-2", clock.now(), state)
        await tick(clock, listener)
    sky.down = None
    sky.become("R-1", clock.now(), S.ACCEPTED)
    await tick(clock, listener, 3600)

    (trouble,) = of(AccountTrouble, listener.events)
    assert (trouble.account, trouble.reference, trouble.refusal.code) == ("toy", None, RefusalCode.UNAVAILABLE)
    assert [state for name, _, state in states(listener.events) if name == "r-2"] == [
        S.ACCEPTED,
        S.IN_PROGRESS,
        S.PROCESSING,
    ]
    assert [state for name, _, state in states(listener.events) if name == "r-1"] == [S.ACCEPTED]


async def test_what_changed_during_an_outage_is_told_after_it(book, sky, clock, listen):
    """A list that failed does not count as a look."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.ACCEPTED)
    sky.failing["orders"] = [DOWN]
    await tick(clock, listener, 900)
    await tick(clock, listener, 900)

    assert [state for _, _, state in states(listener.events)] == [S.ACCEPTED]


async def test_a_failing_account_is_asked_less_and_less(book, sky, clock, listen):
    """Pauses double after failures, up to a limit, and are as usual after a success."""
    await placed(book, sky, "r-1", clock)
    listener = await listen(interval_s=60)
    sky.down = DOWN
    clock.slept.clear()
    for _ in range(6):
        await tick(clock, listener, 1000)
    sky.down = None
    await tick(clock, listener, 1000)

    assert [pause for pause in clock.slept if pause != 60] == [120, 240, 480, 900, 900, 900]


async def test_a_pause_that_the_provider_asks_for_is_kept(book, sky, clock, listen):
    """After a 429 the account is left alone for as long as it says."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    facts = {"status": 429, "method": "GET", "url": "https://sky.example"}
    sky.failing["orders"] = [RateLimitedError(**facts, retry_after_s=600.0)]
    await tick(clock, listener)

    assert 600.0 in clock.slept


@pytest.mark.parametrize("kind", ["acquisitions", "deliverables", "order"])
async def test_a_pause_in_the_middle_of_details_costs_no_order_its_turn(book, sky, clock, listen, kind):
    """What stops the whole account is not held against the orders that were asked for just then."""
    names = [f"r-{number}" for number in range(3)]
    for name in names:
        await placed(book, sky, name, clock)
    listener = await listen()
    facts = {"status": 429, "method": "GET", "url": "https://sky.example"}
    sky.failing[kind] = [RateLimitedError(**facts, retry_after_s=600.0) for _ in range(7)]
    for name in names:
        sky.images[name.upper()] = [image(name.upper())]
        sky.become(name.upper(), clock.now(), S.IN_PROGRESS)
    sky.changed.pop("R-2")
    asked = sky.asked[kind]
    clock.advance(3600)
    await tick(clock, listener)
    once = sky.asked[kind] - asked
    for _ in range(9):
        await tick(clock, listener, 1000)

    assert once == 1
    assert {event.reference for event in of(AccountTrouble, listener.events)} == {None}
    assert sorted(event.reference for event in of(AcquisitionProposed, listener.events)) == names


async def test_a_mistake_in_an_adapter_is_trouble(book, sky, clock, listen, caplog):
    """An adapter's KeyError ends no watch."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.failing["orders"] = [KeyError("oops")]
    await tick(clock, listener)

    assert [event.refusal.code for event in listener.events] == [RefusalCode.ADAPTER_ERROR]
    assert "oops" in caplog.text


async def test_an_order_book_that_fails_ends_the_stream(book, sky, clock, listen, watcher):
    """Without the book nothing can be promised: whoever watches is told, and goes on with the cursor later."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.ACCEPTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OrderBook, "record", _full)
        with pytest.raises(OrderBookError, match="disk is full"):
            await tick(clock, listener)
    # A list that was read before the failure does not count: the same watcher finds the change again.
    again = await listen(watcher=watcher)

    assert [state for _, _, state in states(again.events)] == [S.ACCEPTED]


async def _full(*_args, **_named):
    msg = "the disk is full"
    raise OrderBookError(msg)


async def test_nothing_is_forgotten_where_the_order_book_fails(book, sky, clock, listen, watcher):
    """Progress, a decision and a step ahead that could not be written down are told once it works again."""
    sky.steps = (CancellationStep(hours_before_start=12, fee_percent=Decimal(50), note="half", source="test"),)
    await placed(book, sky, "r-1", clock)
    add = EventLog.add
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventLog, "add", lambda self, events=(), looks=(): _full() if events else add(self, (), looks))
        sky.waiting = [decision(clock)]
        sky.become("R-1", clock.now(), S.IN_PROGRESS, progress_percent=Decimal(40))
        for _ in range(3):
            with pytest.raises(OrderBookError, match="disk is full"):
                await listen(watcher=watcher)
    again = await listen(watcher=watcher)

    assert [len(of(kind, again.events)) for kind in (Progress, DecisionDue, CancellationStepApproaching)] == [1, 1, 1]


async def test_a_list_that_cannot_be_read_hides_no_decision(book, sky, clock, listen):
    """Only a failure that has to do with the whole account ends its round."""
    await placed(book, sky, "r-1", clock)
    sky.waiting = [decision(clock)]
    sky.failing["orders"] = [MalformedResponseError(["not JSON @ $"], method="GET", url="https://sky.example")]
    listener = await listen()

    assert [event.kind for event in listener.events] == ["account-trouble", "decision-due"]


async def test_a_webhook_about_a_new_order_during_a_round_disturbs_nobody(book, sky, clock, listen, watcher):
    """An order that was placed after the round began is not of that round."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    del sky.changed["R-1"]
    clock.advance(3600)
    look = SkyProvider.order

    async def meanwhile(self, order_id):
        if order_id == "R-1":
            await placed(book, sky, "r-2", clock)
            sky.become("R-2", clock.now(), S.IN_PROGRESS)
            await watcher._rounds["toy"].onlooker.see(
                (await watcher._rounds["toy"].onlooker.follow("R-2"))[0], sky.orders["R-2"]
            )
        return await look(self, order_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SkyProvider, "order", meanwhile)
        await tick(clock, listener)

    assert of(AccountTrouble, listener.events) == []


async def test_an_order_that_its_provider_no_longer_knows_is_given_up_in_time(book, sky, clock, listen):
    """It is told as trouble, asked for a few times an hour, and keeps no stream open once its time is long over."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    del sky.orders["R-1"], sky.changed["R-1"]
    for _ in range(30):
        await tick(clock, listener, 3600)
    assert not listener.ended
    clock.advance(17 * 86400)
    await tick(clock, listener)
    await tick(clock, listener)

    assert {event.reference for event in of(AccountTrouble, listener.events)} == {"r-1"}
    assert listener.ended


@BOTH
async def test_an_order_that_does_what_it_should_not_is_trouble(book, sky, clock, listen):
    """A state that the table of moves rules out is told, and the book keeps what was known."""
    await placed(book, sky, "r-1", clock)
    await placed(book, sky, "r-2", clock)
    listener = await listen()
    sky.become("R-1", clock.now(), S.DELIVERING)
    await tick(clock, listener)
    sky.become("R-1", clock.now(), S.RECEIVED, "AGAIN")
    await tick(clock, listener)
    await tick(clock, listener)

    (trouble,) = of(AccountTrouble, listener.events)
    assert (trouble.reference, trouble.refusal.provider_code) == ("r-1", "AGAIN")
    assert (await book.show("r-1")).state is S.DELIVERING


async def test_an_old_page_is_no_trouble(book, sky, clock, listen):
    """A list that was older than what is known is checked with the order itself before anything is told."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    fresh = sky.become("R-1", clock.now(), S.DELIVERING)
    await book.record(fresh)
    sky.orders["R-1"] = sky.become("R-1", clock.now(), S.RECEIVED)
    provider_order = SkyProvider.order

    async def newer(self, order_id):
        self.sky.orders["R-1"] = fresh
        return await provider_order(self, order_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SkyProvider, "order", newer)
        await tick(clock, listener)

    assert of(AccountTrouble, listener.events) == []


async def test_an_order_that_no_list_shows_is_asked_for_itself(book, sky, clock, listen):
    """A full list that lacks an open order is not the last word on it."""
    await placed(book, sky, "r-1", clock)
    sky.become("R-1", clock.now(), S.EXPIRED)
    del sky.changed["R-1"]
    listener = await listen()

    assert [state for _, _, state in states(listener.events)] == [S.EXPIRED]
    assert listener.ended


# --- What it costs -----------------------------------------------------------------------------------


async def test_ten_thousand_open_orders_cost_a_handful_of_requests(tmp_path, sky, clock):
    """After the first full list a round costs two requests and some for what changed, whatever the number of orders."""
    async with await OrderBook.open(f"sqlite:///{tmp_path / 'many.db'}", clock=clock) as book:
        names = await many_placed(book, sky, 10_000, clock)
        looks = [Look(reference=name, mark=mark_of(sky.orders[name.upper()])) for name in names]
        await EventLog(book, clock).add(looks=looks)
        clock.advance(3600)
        watcher = Watcher(book, {"toy": SkyProvider("toy", sky, clock)}, clock=clock, recover=nothing)
        listener = Listener(watcher.watch(), clock, book.database, 2)
        await listener.quiet()
        first = dict(sky.asked)
        costs = []
        for number in (0, 3, 0, 0):
            clock.advance(600)
            for name in names[:number]:
                sky.become(name.upper(), clock.now(), S.IN_PROGRESS)
            before = sky.total
            await tick(clock, listener, 60)
            costs.append(sky.total - before)
        await listener.stop()

    assert first == {"orders": 20, "decisions": 1}
    assert costs == [2, 2 + 2 * 3, 2, 2]
    assert len(of(StateChanged, listener.events)) == 3
    assert "order" not in sky.asked


async def test_many_changes_at_once_wait_for_their_turn(book, sky, clock, listen):
    """Images and files are asked for a few orders a round, and in the end for all."""
    names = [f"r-{number}" for number in range(5)]
    for name in names:
        await placed(book, sky, name, clock)
    rules = WatchRules(details_per_round=2)
    provider = SkyProvider("toy", sky, clock)
    listener = await listen(watcher=Watcher(book, {"toy": provider}, clock=clock, recover=nothing, rules=rules))
    for name in names:
        sky.images[name.upper()] = [image(name.upper())]
        sky.become(name.upper(), clock.now(), S.IN_PROGRESS)
    asked = []
    for _ in range(4):
        before = sky.asked["acquisitions"]
        await tick(clock, listener)
        asked.append(sky.asked["acquisitions"] - before)

    assert asked == [2, 2, 1, 0]
    assert sorted(event.reference for event in of(AcquisitionProposed, listener.events)) == names


async def test_two_watches_share_their_rounds(book, sky, clock, listen, watcher):
    """Who watches second asks nothing more."""
    await placed(book, sky, "r-1", clock)
    await listen()
    before = sky.total
    second = await listen(["r-1"], loops=4)

    assert sky.total == before
    assert second.events == []


@BOTH
async def test_two_processes_tell_each_event_once(url, sky, clock):
    """Whoever shares the book may look at the same time: one log, each event in it once, each order's in order."""
    names = [f"r-{number}" for number in range(6)]
    async with await OrderBook.open(url, clock=clock) as one, await OrderBook.open(url, clock=clock) as two:
        for name in names:
            await placed(one, sky, name, clock)
        provider = SkyProvider("toy", sky, clock)
        watchers = [Watcher(book, {"toy": provider}, clock=clock, recover=nothing) for book in (one, two)]
        for state in (S.ACCEPTED, S.IN_PROGRESS, S.PROCESSING):
            clock.advance(60)
            for name in names:
                sky.images.setdefault(name.upper(), []).append(image(name.upper(), state.value))
                sky.become(name.upper(), clock.now(), state)
            await asyncio.gather(*(watcher.look_around("toy") for watcher in watchers))
        told = [event async for event in EventLog(two, clock).after(0)]

    assert len({event.id for event in told}) == len(told)
    assert len(of(AcquisitionProposed, told)) == 3 * len(names)
    for name in names:
        life = [event.state for event in of(StateChanged, told) if event.reference == name]
        assert life == [S.INTENDED, S.SENT, S.RECEIVED, S.ACCEPTED, S.IN_PROGRESS, S.PROCESSING]


# --- Whatever happens --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An empty order book in a file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "orders.db"

    async def make():
        await (await OrderBook.open(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


ACTIONS = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(0, 20)),
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(0, 20)),
    st.tuples(st.just("tick"), st.sampled_from([60, 400, 4000])),
    st.tuples(st.just("fail"), st.integers(0, 1), st.sampled_from(["orders", "acquisitions", "deliverables", "order"])),
    st.tuples(st.just("hook"), st.integers(0, 2)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("crash")),
)


class World:
    """Three orders at two accounts, a listener, and what became of the orders."""

    def __init__(self, book, clock):
        self.book = book
        self.clock = clock
        self.skies = {"a": Sky(), "b": Sky()}
        self.owners = ["a", "a", "b"]
        self.lives = [[S.RECEIVED] for _ in self.owners]
        self.heard = []

    async def begin(self):
        for number, account in enumerate(self.owners):
            await placed(self.book, self.skies[account], f"r-{number}", self.clock, account=account)
        self.start()
        await self.listener.quiet()

    def start(self):
        providers = {name: SkyProvider(name, sky, self.clock) for name, sky in self.skies.items()}
        self.watcher = Watcher(self.book, providers, clock=self.clock, recover=nothing)
        self.hooks = Hooks(self.watcher)
        stream = self.watcher.watch(name="reader")
        self.listener = Listener(stream, self.clock, self.book.database, 3)

    async def step(self, number, choice):
        life = self.lives[number]
        onward = [
            state for state in S if all(state in ALLOWED_MOVES[past] | {past} for past in life) and state != life[-1]
        ]
        onward = [state for state in onward if state is not S.NOT_PLACED]
        if life[-1] not in TERMINAL and onward:
            self.go(number, onward[choice % len(onward)])

    def go(self, number, state):
        self.clock.advance(1)
        self.lives[number].append(state)
        id_ = f"R-{number}"
        sky = self.skies[self.owners[number]]
        sky.images.setdefault(id_, []).append(image(id_, f"i-{len(self.lives[number])}"))
        sky.become(id_, self.clock.now(), state)

    async def tick(self, seconds):
        await tick(self.clock, self.listener, seconds)

    async def fail(self, number, kind):
        self.skies["ab"[number]].failing.setdefault(kind, []).append(DOWN)

    async def hook(self, number):
        try:
            await self.hooks.receive(self.owners[number], SIGNATURE, f"R-{number}".encode())
        except ProviderUnavailableError:
            return
        await self.listener.quiet()

    async def restart(self):
        """Stop where it is quiet and go on with the stored cursor."""
        self.heard += [self.listener.events]
        await self.listener.stop()
        self.start()
        await self.listener.quiet()

    async def crash(self):
        """Stop in the middle of a round."""
        self.clock.wake(60)
        for _ in range(7):
            await asyncio.sleep(0)
        await self.restart()

    async def end(self):
        for sky in self.skies.values():
            sky.failing.clear()
        for number, life in enumerate(self.lives):
            if life[-1] not in TERMINAL:
                self.go(number, S.FAILED if S.FAILED in ALLOWED_MOVES[life[-1]] else S.FULFILLED)
        for _ in itertools.takewhile(lambda _: not self.listener.ended, range(10)):
            await self.tick(4000)
        assert self.listener.ended
        self.heard += [self.listener.events]


@given(actions=st.lists(ACTIONS, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_is_told_once_and_in_order_whatever_happens(template, actions):
    """Polls, failures, webhooks, restarts and crashes in any order: each step once, in order; images too."""

    async def play(path):
        clock = PatientClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
        async with await OrderBook.open(f"sqlite:///{path}", clock=clock) as book:
            world = World(book, clock)
            await world.begin()
            for name, *values in actions:
                await getattr(world, name)(*values)
            await world.end()
            await world.listener.stop()
            return world

    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(template, folder))
        world = asyncio.run(play(path))

    told = list(itertools.chain.from_iterable(world.heard))
    once = list({event.id: event for event in told}.values())
    assert len(told) - len(once) <= len(world.heard) - 1
    assert [int(event.cursor) for event in once] == sorted(int(event.cursor) for event in once)
    for number, life in enumerate(world.lives):
        mine = [event for event in once if event.reference == f"r-{number}"]
        assert [event.state for event in of(StateChanged, mine)] == [S.INTENDED, S.SENT, *life]
        assert [event.was for event in of(StateChanged, mine)] == [None, S.INTENDED, S.SENT, *life[:-1]]
        shown = {event.acquisition.id for event in of(AcquisitionProposed, mine)}
        expected = {f"i-{length + 1}" for length in range(1, len(life))} if life[-1] is not S.REJECTED else shown
        assert shown == expected


async def test_steps_by_others_are_told(book, sky, clock, listen, watcher):
    """What another part of the program records is told as well."""
    await placed(book, sky, "r-1", clock)
    listener = await listen()
    await book.record(sky.become("R-1", clock.now(), S.ACCEPTED))
    sky.down = DOWN
    await tick(clock, listener)

    assert [state for _, _, state in states(listener.events)] == [S.ACCEPTED]


@BOTH
async def test_a_step_is_told_however_late_it_becomes_visible(book, sky, clock):
    """Long pauses between two readings hide no step."""
    log = EventLog(book, clock)
    await placed(book, sky, "r-1", clock)
    await log.add()
    for number, seconds in enumerate((0, 700, 700, 700)):
        clock.advance(seconds)
        await book.record(sky.become("R-1", clock.now(), S.PAUSED if number % 2 else S.IN_PROGRESS))
        await log.add()

    told = [event.state async for event in log.after(0)]
    assert told == [S.INTENDED, S.SENT, S.RECEIVED, S.IN_PROGRESS, S.PAUSED, S.IN_PROGRESS, S.PAUSED]


def test_events_of_one_step_are_equal_wherever_they_are_read():
    """The id of an event depends on what happened and not on when it was seen."""
    facts = {"account": "a", "reference": "r", "order_id": "R"}
    morning, evening = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (9, 21))

    forty = Progress(**facts, at=morning, percent=Decimal("40.0"))

    assert forty.id == Progress(**facts, at=evening, percent=Decimal(40)).id
    assert forty.id != Progress(**facts, at=morning, percent=Decimal(41)).id


@BOTH
async def test_a_clock_that_is_slow_at_the_provider_mixes_nothing_up(book, sky, clock):
    """Steps of an order are told as they became known, also where a provider dates them before it was asked."""
    log = EventLog(book, clock)
    await placed(book, sky, "r-1", clock)
    await book.record(sky.become("R-1", clock.now() - timedelta(minutes=5), S.ACCEPTED))
    await log.add()

    assert [event.state async for event in log.after(0)] == [S.INTENDED, S.SENT, S.RECEIVED, S.ACCEPTED]
