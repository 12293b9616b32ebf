"""Whose turn it is to look at an account."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tasking_hub_turns",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True)),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Remove the table and what it holds."""
    op.drop_table("tasking_hub_turns")
