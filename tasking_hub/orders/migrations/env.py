"""How Alembic reaches the order book: over the connection that it is lent, inside the transaction of its owner."""

from alembic import context

from tasking_hub.orders.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
