"""The order book's tables, made or brought up to date; safe when several processes open the book at once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tasking_hub.errors import MissingDependencyError, OrderBookError
from tasking_hub.orders.database import Database, prepare_file
from tasking_hub.orders.schema import HEAD, VERSION_TABLE

__all__ = ["migrate"]

_SCRIPTS = Path(__file__).parent / "migrations"

_ALEMBIC = threading.Lock()
"""Alembic keeps the migration at work in module variables: one at a time in a process."""


async def migrate(database: Database) -> None:
    """Bring the tables to the version that this code knows; at that version already, nothing is locked.

    Raises:
        OrderBookError: the database fails, or was migrated by a newer tasking-hub.
        MissingDependencyError: Alembic is needed and not installed.
    """
    if database.is_sqlite:
        await asyncio.to_thread(prepare_file, Path(database.url.database or ""))
    if await database.read(_version) != HEAD:
        await asyncio.to_thread(_migrate_alone, database.url)


async def _version(connection: AsyncConnection) -> str | None:
    return await connection.run_sync(_read_version)


def _read_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _migrate_alone(url: URL) -> None:
    with _ALEMBIC:
        asyncio.run(_migrate(url))


async def _migrate(url: URL) -> None:
    database = Database(url, pooled=False)

    async def work(connection: AsyncConnection) -> None:
        await connection.run_sync(_upgrade)

    try:
        await database.write(work, alone=True)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    try:
        from alembic import command  # noqa: PLC0415 - a tenth of a second that a book in order need not spend
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = f'making an order book needs {error.name}: pip install "tasking-hub[orders]"'
        raise MissingDependencyError(msg) from error
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        msg = f"the order book was not made by this version of tasking-hub: {error}"
        raise OrderBookError(msg) from error
