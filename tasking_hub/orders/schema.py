"""The order book's tables, the same on SQLite and PostgreSQL; amounts are text or integers, never floats."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

__all__ = ["COMPARED", "HEAD", "INTENTS", "METADATA", "STEPS", "VERSION_TABLE", "Moment"]

HEAD = "0004"
"""The newest migration; a database at this version needs none."""

VERSION_TABLE = "tasking_hub_version"
"""Not Alembic's usual name: the database may have another owner with migrations of their own."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite, which has no time zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC to the database."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read UTC from the database."""
        del dialect
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

INTENTS = Table(
    "tasking_hub_intents",
    METADATA,
    Column("reference", String(256), primary_key=True),
    Column("account", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("request", Text, nullable=False),
    Column("accepted", Text),
    Column("bought", Text, nullable=False),
    Column("replaces", Text, nullable=False),
    Column("max_price", Text),
    Column("max_drift", Text),
    Column("price", Text),
    Column("committed_minor", BigInteger),
    Column("committed_currency", String(3)),
    Column("state", String(32), nullable=False),
    Column("order_id", Text),
    Column("provider_status", Text),
    Column("seen", Text),
    Column("created_at", Moment, nullable=False),
    Column("committed_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("account", "order_id", name="tasking_hub_intents_order"),
    Index("tasking_hub_intents_state", "state"),
    Index("tasking_hub_intents_spent", "account", "committed_at"),
    Index("tasking_hub_intents_created", "created_at", "reference"),
)
"""One row a purchase: what is wanted, and what is known of it."""

STEPS = Table(
    "tasking_hub_steps",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reference", String(256), ForeignKey("tasking_hub_intents.reference"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", String(32), nullable=False),
    Column("provider_status", Text),
    Column("note", Text, nullable=False),
    Index("tasking_hub_steps_reference", "reference", "id"),
)
"""One row a step; rows are only ever added."""

COMPARED = Table(
    "tasking_hub_compared",
    METADATA,
    Column("reference", String(256), primary_key=True),
    Column("document", Text, nullable=False),
)
"""The comparison that a purchase was chosen from, where the buyer gave it; apart from the intents, for it is long."""
