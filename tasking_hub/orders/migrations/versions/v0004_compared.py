"""The comparison that a purchase was chosen from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tasking_hub_compared",
        sa.Column("reference", sa.String(256), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove the table and what it holds."""
    op.drop_table("tasking_hub_compared")
