"""Transactions on SQLite or PostgreSQL, chosen by URL: durable, and one at a time where two could both pass a limit."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tasking_hub.errors import ConfigurationError, MissingDependencyError, OrderBookError

__all__ = ["Database", "database_url"]

T = TypeVar("T")

BUSY_S = 30.0
"""How long a writer waits for the others."""

_LOCK = 0x7461736B
"""The PostgreSQL advisory lock of whoever commits an intent or migrates: any number that nobody else takes."""

_DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "postgres": "asyncpg"}
_READ_ONLY = "tasking_hub_read_only"


def database_url(url: str) -> URL:
    """Read an order book's URL and name its asynchronous driver.

    Raises:
        ConfigurationError: it is no URL of a durable SQLite or PostgreSQL database; never shows a password.
        MissingDependencyError: the driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        msg = "the order book's URL cannot be read; expected sqlite:///orders.db or postgresql://..."
        raise ConfigurationError(msg) from error
    kind = parsed.get_backend_name()
    if kind not in _DRIVERS or parsed.drivername not in {kind, f"{kind}+{_DRIVERS[kind]}"}:
        msg = f"an order book is kept in sqlite:///... or postgresql://..., not {parsed.drivername}"
        raise ConfigurationError(msg)
    _check_driver(_DRIVERS[kind])
    return _sqlite_url(parsed) if kind == "sqlite" else _postgresql_url(parsed)


def _check_driver(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        extra = "postgres" if name == "asyncpg" else "orders"
        msg = f'this order book needs {name}: pip install "tasking-hub[{extra}]"'
        raise MissingDependencyError(msg) from error


def _sqlite_url(url: URL) -> URL:
    if not url.database or url.database.startswith((":memory:", "file:")):
        msg = "an order book in memory would forget what was sent: name a file, such as sqlite:///orders.db"
        raise ConfigurationError(msg)
    return url.set(drivername="sqlite+aiosqlite", database=str(Path(url.database).expanduser()))


def _postgresql_url(url: URL) -> URL:
    # The driver has libpq's modes under another name.
    query = {("ssl" if key == "sslmode" else key): value for key, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)


class Database:
    """A database whose writes are finished once begun, even where their caller is cancelled meanwhile.

    Args:
        url: as `database_url` gives it.
        pooled: keep connections open between transactions.
    """

    def __init__(self, url: URL, *, pooled: bool = True) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._failures: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, *_driver_failures(url))
        self._engine = create_async_engine(url, **({} if pooled else {"poolclass": NullPool}))
        if self.is_sqlite:
            _obey(self._engine)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run queries that all see the same moment.

        Raises:
            OrderBookError: the database fails.
        """
        options = {_READ_ONLY: 1} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        # A read that is cut off would leave its connection behind.
        return await _finished(self._run(work, options))

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]], *, alone: bool = False) -> T:
        """Run a transaction to its end, durably.

        Args:
            work: what is done in it.
            alone: let no other such transaction run at the same time; SQLite's writers always are.

        Raises:
            OrderBookError: the database fails; nothing of it is kept.
        """

        async def whole(connection: AsyncConnection) -> T:
            if alone and not self.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            return await work(connection)

        return await _finished(self._run(whole, {}))

    async def _run(self, work: Callable[[AsyncConnection], Awaitable[T]], options: dict[str, Any]) -> T:
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(**options)
                async with connection.begin():
                    return await work(connection)
        except self._failures as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> OrderBookError:
        said = error.orig if isinstance(error, DBAPIError) else error
        return OrderBookError(f"the order book {self.url.render_as_string()}: {said}")


def _driver_failures(url: URL) -> tuple[type[Exception], ...]:
    """What the driver raises past SQLAlchemy, which translates nothing before there is a connection."""
    if url.get_backend_name() == "sqlite":
        return (sqlite3.Error,)
    asyncpg = importlib.import_module("asyncpg")
    return (asyncpg.PostgresError, asyncpg.InterfaceError)


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Let a transaction come to its end before a cancellation goes on: half-known or half-closed is worse than late."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            # Whoever is in a hurry cancels twice.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        # The cancellation goes on; the transaction's own failure, if any, has been seen.
        _ = task.cancelled() or task.exception()
        raise


# --- SQLite ------------------------------------------------------------------------------------------


def _obey(engine: AsyncEngine) -> None:
    """Let transactions begin where we say, as writers at once: one that became a writer later could fail half-way."""
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # In WAL mode anything less may forget the last commits in a power cut: what was sent must be known.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_begin(connection: Any) -> None:
    read_only = _READ_ONLY in connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def prepare_file(path: Path) -> None:
    """Make an SQLite file in WAL mode, which stays, where there is none; blocks.

    Raises:
        OrderBookError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
            _set_wal(connection, time.monotonic() + BUSY_S)
    except (sqlite3.Error, OSError) as error:
        msg = f"the order book {path}: {error}"
        raise OrderBookError(msg) from error


def _set_wal(connection: sqlite3.Connection, until: float) -> None:
    # SQLite does not wait for its lock here, whatever the timeout says: several processes may open a new book at once.
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
