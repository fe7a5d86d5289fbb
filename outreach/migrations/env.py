"""Runs the ledger's migrations on the connection that `Ledger.open` hands over."""

from alembic import context

from outreach.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
