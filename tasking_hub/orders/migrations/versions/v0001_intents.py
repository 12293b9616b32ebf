"""Intents and their steps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    _make_intents()
    op.create_index("tasking_hub_intents_state", "tasking_hub_intents", ["state"])
    op.create_index("tasking_hub_intents_spent", "tasking_hub_intents", ["account", "committed_at"])
    op.create_index("tasking_hub_intents_created", "tasking_hub_intents", ["created_at", "reference"])
    _make_steps()
    op.create_index("tasking_hub_steps_reference", "tasking_hub_steps", ["reference", "id"])


def _make_intents() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tasking_hub_intents",
        sa.Column("reference", sa.String(256), primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("accepted", sa.Text),
        sa.Column("bought", sa.Text, nullable=False),
        sa.Column("replaces", sa.Text, nullable=False),
        sa.Column("max_price", sa.Text),
        sa.Column("max_drift", sa.Text),
        sa.Column("price", sa.Text),
        sa.Column("committed_minor", sa.BigInteger),
        sa.Column("committed_currency", sa.String(3)),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("provider_status", sa.Text),
        sa.Column("seen", sa.Text),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("committed_at", moment, nullable=False),
        sa.Column("sent_at", moment),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("account", "order_id", name="tasking_hub_intents_order"),
    )


def _make_steps() -> None:
    op.create_table(
        "tasking_hub_steps",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("reference", sa.String(256), sa.ForeignKey("tasking_hub_intents.reference"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("provider_status", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove both tables and what they hold."""
    op.drop_table("tasking_hub_steps")
    op.drop_table("tasking_hub_intents")
