"""Alembic environment: runs the one migration history over the connection that it is given.

`core.database.migrate` is the only caller; there is no alembic.ini and no other way in. Online
only: a migration is never rendered to a script, because its grants depend on the login that runs
it. Each revision is a transaction, so a failed one leaves nothing behind.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
