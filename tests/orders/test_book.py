"""The order book itself: opened by anybody at once, keeping what was seen, and telling it again."""

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders.shop import ShopProvider, an_offer, euros, registry
from sqlalchemy import inspect, make_url, text
from strategies import json_objects, money, names, prices, quotes, references, times, words
from strategies import registry as knobs_registry
from toys import ToySettings, quote

from tasking_hub import (
    CancellationStep,
    ConfigurationError,
    MissingDependencyError,
    Order,
    OrderBookError,
    OrderConflictError,
    OrderEvent,
    OrderState,
    UnknownOrderError,
)
from tasking_hub.lifecycle import ALLOWED_MOVES, TERMINAL, IllegalMoveError
from tasking_hub.orders import OrderBook, Placer, fingerprint, intend, order_document, read_order, tables
from tasking_hub.orders import book as book_module
from tasking_hub.orders.database import database_url
from tasking_hub.orders.documents import dump_document, load_document
from tasking_hub.orders.merging import seen
from tasking_hub.orders.recovery import purchase_of
from tasking_hub.orders.rows import intent_row, read_intent
from tasking_hub.orders.schema import HEAD, VERSION_TABLE
from tasking_hub.report.documents import quote_document
from tasking_hub.report.reading import read_quote

METADATA = tables.METADATA

# --- Opening -----------------------------------------------------------------------------------------


async def test_many_may_open_a_new_book_at_once(url, clock):
    """One of them makes it, the others find it made."""
    books = await asyncio.gather(*(OrderBook.open(url, clock=clock) for _ in range(8)))
    unsettled = [await book.unsettled() for book in books]
    await asyncio.gather(*(book.close() for book in books))

    assert unsettled == [[]] * 8


async def test_what_one_process_wrote_another_reads(url, shop, clock):
    """A book that is opened again holds what it held."""
    async with await OrderBook.open(url, clock=clock) as first:
        order = await Placer(first, {"toy": shop}, registry=registry(), clock=clock).place(an_offer(clock))
    async with await OrderBook.open(url, clock=clock) as second:
        assert await second.show("r-1") == order


async def test_the_migrations_make_the_tables_that_the_code_uses(book):
    """Alembic finds no difference between the two, and the newest version is the one that the code names."""

    def differences(connection):
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        return context.get_current_revision(), compare_metadata(context, METADATA)

    async def work(connection):
        return await connection.run_sync(differences)

    assert await book._database.read(work) == (HEAD, [])


async def test_a_newer_book_is_left_alone(url, clock):
    """An older tasking-hub does not write into tables that it does not know."""

    async def work(connection):
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'ffff'"))  # noqa: S608

    async with await OrderBook.open(url, clock=clock) as book:
        await book._database.write(work)
    with pytest.raises(OrderBookError, match="not made by this version"):
        await OrderBook.open(url, clock=clock)


async def test_the_book_shares_a_database_with_other_tables(new_url, tmp_path):
    """Its tables have names of their own, so that another program's migrations are not its business."""
    async with await OrderBook.open(new_url()) as book:

        async def names_of_tables(connection):
            return await connection.run_sync(lambda sync: inspect(sync).get_table_names())

        tables = await book._database.read(names_of_tables)

    assert set(tables) == {VERSION_TABLE, *METADATA.tables}
    assert {name.startswith("tasking_hub_") for name in tables} == {True}


async def test_an_sqlite_book_is_one_durable_file(tmp_path, clock):
    """Write-ahead log, every commit synchronous, and folders made on the way."""
    path = tmp_path / "a" / "b" / "orders.db"
    async with await OrderBook.open(f"sqlite:///{path}", clock=clock) as book:

        async def pragmas(connection):
            return [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]

        assert await book._database.read(pragmas) == ["wal", 2, 1, 30000]
    assert path.exists()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("orders.db", "cannot be read"),
        ("sqlite://", "would forget"),
        ("sqlite:///:memory:", "would forget"),
        ("mysql://user:hush@host/db", r"not mysql"),
        ("postgresql+psycopg://user:hush@host/db", r"not postgresql\+psycopg"),
    ],
)
async def test_a_url_of_no_durable_database_is_refused(bad, said):
    """Before anything is opened, and without showing a password."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        await OrderBook.open(bad)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("sqlite:///orders.db", "sqlite+aiosqlite:///orders.db"),
        ("sqlite+aiosqlite:////var/orders.db", "sqlite+aiosqlite:////var/orders.db"),
        ("postgresql://hub@host/db?sslmode=require", "postgresql+asyncpg://hub@host/db?ssl=require"),
        ("postgres://hub@/db?host=/run/pg", "postgresql+asyncpg://hub@/db?host=/run/pg"),
    ],
)
def test_urls_are_written_as_everywhere(written, used):
    """No driver need be named, and libpq's word for TLS is understood."""
    assert unquote(database_url(written).render_as_string()) == used


@pytest.mark.parametrize(
    ("driver", "address", "extra"),
    [("aiosqlite", "sqlite:///orders.db", "orders"), ("asyncpg", "postgresql://host/db", "postgres")],
)
async def test_a_missing_driver_is_named_with_its_extra(monkeypatch, driver, address, extra):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(MissingDependencyError, match=rf"{driver}: pip install \"tasking-hub\[{extra}\]\""):
        await OrderBook.open(address)


def test_without_the_extra_limits_work_and_the_rest_says_what_is_missing(monkeypatch):
    """Configurations with limits can be read by whoever only compares."""
    import tasking_hub.orders as package  # noqa: PLC0415

    for name in [name for name in sys.modules if name.partition(".")[0] == "sqlalchemy"]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in [name for name in sys.modules if name.startswith("tasking_hub.orders.")]:
        monkeypatch.delitem(sys.modules, name)

    assert package.Limits(per_order=euros(1)).per_order == euros(1)
    with pytest.raises(MissingDependencyError, match="tasking-hub\\[orders\\]"):
        package.OrderBook  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    """The message names the file."""
    path = tmp_path / "orders.db"
    path.write_text("this is no database, and long enough not to be taken for an empty one. " * 20)
    with pytest.raises(OrderBookError, match=r"orders\.db: file is not a database"):
        await OrderBook.open(f"sqlite:///{path}")


async def test_a_server_that_is_not_there_is_an_order_book_error(tmp_path):
    """So callers handle one class, and no password is shown."""
    with pytest.raises(OrderBookError) as caught:
        await OrderBook.open(f"postgresql://hub:hush@/db?host={tmp_path}")
    assert "hush" not in str(caught.value)


async def test_a_database_that_is_not_there_is_an_order_book_error(cluster):
    """What the driver raises before there is a connection is translated too."""
    nowhere = make_url(cluster.new_database()).set(database="nowhere")
    with pytest.raises(OrderBookError, match='database "nowhere" does not exist'):
        await OrderBook.open(nowhere.render_as_string())


async def test_no_credential_is_in_the_book(tmp_path, ledger, clock):
    """What a settings object holds is not written down with what it bought."""
    path = tmp_path / "orders.db"
    shop = ShopProvider("toy", ledger, clock)
    async with await OrderBook.open(f"sqlite:///{path}", clock=clock) as book:
        await Placer(book, {"toy": shop}, registry=registry(), clock=clock).place(an_offer(clock))
    held = b"".join(file.read_bytes() for file in tmp_path.glob("orders.db*"))

    assert ToySettings().api_key.reveal().encode() not in held
    assert b"S-1" in held


# --- Reading -----------------------------------------------------------------------------------------


async def test_an_unknown_reference_is_said_to_be_none(book):
    """Nothing is made up for it."""
    with pytest.raises(UnknownOrderError, match="nothing-1"):
        await book.show("nothing-1")


async def test_orders_are_walked_page_by_page(book, placer, clock, monkeypatch):
    """Every order comes once, oldest first, also where pages and equal times meet."""
    monkeypatch.setattr(book_module, "PAGE", 2)
    for number in range(5):
        clock.advance(number % 2)
        await placer.place(an_offer(clock, f"r-{number}"))

    assert [order.reference async for order in book.orders()] == [f"r-{number}" for number in range(5)]


async def test_orders_can_be_chosen(book, shop, ledger, clock):
    """By account, state, prefix and time."""
    accounts = {"toy": shop, "second": ShopProvider("second", ledger, clock)}
    placer = Placer(book, accounts, registry=registry(), clock=clock)
    await placer.place(an_offer(clock, "a-1"))
    clock.advance(60)
    await placer.place(an_offer(clock, "a-2", account="second"))
    await placer.place(an_offer(clock, "b-1"))

    async def chosen(**how):
        return [order.reference async for order in book.orders(**how)]

    assert await chosen(account="second") == ["a-2"]
    assert await chosen(prefix="a-") == ["a-1", "a-2"]
    assert await chosen(since=clock.now()) == ["a-2", "b-1"]
    assert await chosen(states=[OrderState.RECEIVED], account="toy") == ["a-1", "b-1"]
    assert await chosen(states=[]) == []


# --- Recording ---------------------------------------------------------------------------------------


async def test_what_is_seen_is_recorded_once(book, placer, clock):
    """A new state adds a step; the same look again adds nothing."""
    order = await placer.place(an_offer(clock))
    clock.advance(60)
    look = evolve(order, state=OrderState.ACCEPTED, provider_status="PLANNED", history=(), progress_percent=Decimal(10))
    first = await book.record(look)
    clock.advance(60)
    again = await book.record(look)

    assert first == again == await book.show("r-1")
    assert first.progress_percent == Decimal(10)
    assert first.history[3:] == (
        OrderEvent(at=clock.now() - timedelta(seconds=60), state=OrderState.ACCEPTED, provider_status="PLANNED"),
    )


async def test_the_providers_own_history_is_kept_without_repeating_it(book, placer, clock):
    """Steps that the provider tells have the provider's times, and none of them comes twice."""
    order = await placer.place(an_offer(clock))
    told = (
        OrderEvent(at=clock.now() + timedelta(hours=2), state=OrderState.IN_PROGRESS, provider_status="ACTIVE"),
        OrderEvent(at=clock.now() + timedelta(hours=1), state=OrderState.ACCEPTED, provider_status="PLANNED"),
    )
    look = evolve(order, state=OrderState.IN_PROGRESS, provider_status="ACTIVE", history=told)
    await book.record(look)
    later = await book.record(evolve(look, history=told[::-1]))

    assert later.history[3:] == told[::-1]


async def test_a_look_that_is_older_than_the_book_changes_nothing(book, placer, clock):
    """A page of a list may be stale: no order goes back."""
    order = await placer.place(an_offer(clock))
    done = await book.record(evolve(order, state=OrderState.FULFILLED, history=()))
    stale = await book.record(evolve(order, state=OrderState.RECEIVED, history=()))

    assert stale == done
    assert stale.state is OrderState.FULFILLED


async def test_other_peoples_orders_are_not_in_the_book(book, placer, clock):
    """An order that was not placed from here is not recorded, even under a reference that is known."""
    order = await placer.place(an_offer(clock))

    assert await book.record(evolve(order, id="X-9", state=OrderState.FAILED)) is None
    assert (await book.show("r-1")).state is OrderState.RECEIVED


async def test_two_orders_under_one_reference_are_pointed_out(book, placer, clock):
    """A second order found by the same reference is not taken for the first."""
    order = await placer.place(an_offer(clock))
    with pytest.raises(OrderConflictError, match="knows it as S-1 at toy, not as X-9"):
        await book.record(evolve(order, id="X-9"), reference="r-1")


async def test_only_who_saw_the_last_change_can_make_the_next(book, placer, clock):
    """The second of two who start from the same state is told so and changes nothing."""
    intent = await book.commit(intend(an_offer(clock), at=clock.now()), rates=placer._rates)
    step = OrderEvent(at=clock.now(), state=OrderState.SENT)
    results = await asyncio.gather(*(book.advance(intent, step) for _ in range(5)))

    assert sum(result is not None for result in results) == 1
    assert [step.state.value for step in (await book.show("r-1")).history] == ["intended", "sent"]


async def test_a_step_that_the_table_rules_out_is_not_made(book, placer, clock):
    """Our own steps follow the table of moves."""
    intent = await book.commit(intend(an_offer(clock), at=clock.now()), rates=placer._rates)
    with pytest.raises(IllegalMoveError):
        await book.advance(intent, OrderEvent(at=clock.now(), state=OrderState.FULFILLED))


async def test_what_was_sent_cannot_be_withdrawn(book, placer, clock):
    """Only an intent can be given up; an order is cancelled at its provider."""
    await placer.place(an_offer(clock))
    with pytest.raises(IllegalMoveError):
        await book.withdraw("r-1")


async def test_a_cancelled_write_is_finished(url, clock):
    """Whoever is cancelled in the middle of a transaction leaves all of it or nothing, and a book that works."""
    async with await OrderBook.open(url, clock=clock) as book:
        placer = Placer(book, {}, registry=registry(), clock=clock)
        for turns in range(12):
            intent = intend(an_offer(clock, f"r-{turns}"), at=clock.now())
            task = asyncio.create_task(book.commit(intent, rates=placer._rates))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        found = [await book.find(f"r-{turns}") for turns in range(12)]
        again = await book.commit(intend(an_offer(clock, "last"), at=clock.now()), rates=placer._rates)

    assert all(intent is None or len(intent.steps) == 1 for intent in found)
    assert again.reference == "last"


# --- What is kept, and how ---------------------------------------------------------------------------

states = st.sampled_from(OrderState)
percents = st.none() | st.decimals(0, 100, places=2)
events = st.builds(OrderEvent, at=times, state=states, provider_status=st.none() | words, note=words)
cancellations = st.builds(CancellationStep, note=words, source=words, fee_percent=percents)
orders = st.builds(
    Order,
    account=names,
    provider=names,
    id=names,
    reference=references,
    state=states,
    provider_status=st.none() | words,
    history=st.lists(events, max_size=3).map(tuple),
    price=st.none() | prices,
    cancellable_until=st.none() | times,
    cancellation=st.lists(cancellations, max_size=2).map(tuple),
    progress_percent=percents,
    replaced=st.lists(names, max_size=2).map(tuple),
    raw=json_objects,
)


@given(orders)
def test_orders_survive_being_kept(order):
    """Written and read again, an order is the same."""
    assert read_order(load_document(dump_document(order_document(order)))) == order


@pytest.mark.parametrize("broken", [{}, {"state": "no-such-state"}, {"history": 3}])
def test_a_kept_order_that_is_none_is_said_to_be_none(broken):
    """What was tampered with is not guessed at."""
    with pytest.raises(OrderBookError, match=r"@ \$"):
        read_order(broken)


def _facts(intent):
    """The columns besides the documents, which a number may be written in several ways in."""
    return {name: value for name, value in intent_row(intent).items() if name not in {"request", "accepted", "bought"}}


@given(quotes(), times, st.none() | prices, st.none() | st.decimals(0, 100, places=2) | money, st.frozensets(names))
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=25, deadline=None)
def test_intents_survive_being_kept(offer, at, max_price, max_drift, replaces):
    """As a row and back, an intent buys the same thing under the same conditions."""
    intent = intend(offer, at=at, replaces=replaces, max_price=max_price, max_drift=max_drift)
    again = read_intent(intent_row(intent), intent.steps)

    assert _facts(again) == _facts(intent)
    assert (again.max_price, again.max_drift, again.price) == (max_price, max_drift, offer.price)
    assert purchase_of(again, knobs_registry()).quote == read_quote(quote_document(offer), knobs_registry())
    assert again.fingerprint == fingerprint(purchase_of(again, knobs_registry()).quote, replaces)


@given(orders, st.lists(orders, max_size=4), times)
def test_looks_only_ever_add(first, looks, at):
    """Whatever is seen in whatever order: ends stay, steps are only added, and seeing twice changes nothing."""
    intent = evolve(intend(quote("o-1", euros(1)), at=at), state=OrderState.SENT)
    for look in [first, *looks]:
        after = seen(intent, evolve(look, id="S-1"), at)

        assert after.state == intent.state or after.state in ALLOWED_MOVES[intent.state]
        assert after.state == intent.state or intent.state not in TERMINAL
        assert after.steps[: len(intent.steps)] == intent.steps
        assert seen(after, evolve(look, id="S-1"), at) == after
        intent = after
