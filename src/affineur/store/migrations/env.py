"""Alembic's entry: run the migrations on the connection that `store.migrate` gives."""

from alembic import context

from affineur.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
