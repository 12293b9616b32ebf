"""The tables of what follows a purchase: events, readers, what was looked at and by whom, the buyer's answers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from tasking_hub.orders.schema import METADATA, Moment

__all__ = ["ANSWERS", "CURSORS", "EVENTS", "LOOKS", "TURNS"]

EVENTS = Table(
    "tasking_hub_events",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("account", Text, nullable=False),
    Column("reference", String(256)),
    Column("step", Integer, unique=True),
    Column("document", Text, nullable=False),
    Index("tasking_hub_events_reference", "reference", "sequence"),
)
"""One row an event, in the order in which events are told; rows are only ever added, by one writer at a time."""

CURSORS = Table(
    "tasking_hub_cursors",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
"""How far each named reader of the events has come."""

LOOKS = Table(
    "tasking_hub_looks",
    METADATA,
    Column("reference", String(256), primary_key=True),
    Column("mark", String(64), nullable=False),
    Column("done", Boolean, nullable=False),
)
"""What each followed order looked like when all that can be said of it had been told; done once it has ended."""

ANSWERS = Table(
    "tasking_hub_answers",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("decision_id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("accept", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("deadline", Moment),
    Column("state", String(32), nullable=False),
    Column("note", Text, nullable=False),
)
"""One row a decision that the buyer took."""

TURNS = Table(
    "tasking_hub_turns",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("busy_until", Moment),
    Column("looked_at", Moment),
)
"""One row an account that is watched: by which process, until when its look may last, and when the last one ended."""
