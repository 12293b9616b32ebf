"""Events, cursors, looks and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the four tables."""
    _make_events()
    op.create_index("tasking_hub_events_reference", "tasking_hub_events", ["reference", "sequence"])
    op.create_table(
        "tasking_hub_cursors",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "tasking_hub_looks",
        sa.Column("reference", sa.String(256), primary_key=True),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    _make_answers()


def _make_events() -> None:
    op.create_table(
        "tasking_hub_events",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("reference", sa.String(256)),
        sa.Column("step", sa.Integer, unique=True),
        sa.Column("document", sa.Text, nullable=False),
    )


def _make_answers() -> None:
    op.create_table(
        "tasking_hub_answers",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("decision_id", sa.Text, primary_key=True),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("accept", sa.Boolean, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove the four tables and what they hold."""
    for name in ("answers", "looks", "cursors", "events"):
        op.drop_table(f"tasking_hub_{name}")
