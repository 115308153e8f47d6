"""Alembic's environment. The migrator hands over a connection in a transaction, or a buffer for a script and the name of a dialect."""

from __future__ import annotations

from alembic import context

given = context.config.attributes

if context.is_offline_mode():
    context.configure(
        dialect_name=given["dialect"],
        dialect_opts={"paramstyle": "named"},  # else a percent sign is doubled, as if parameters followed
        literal_binds=True,
        transactional_ddl=True,  # SQLite's too: nothing of a script that fails stays
        output_buffer=given["output"],
    )
    with context.begin_transaction():
        for statement in given["preamble"]:
            context.execute(statement)
        context.run_migrations()
else:
    # the transaction is the caller's: all migrations or none
    context.configure(connection=given["connection"], transactional_ddl=True)
    context.run_migrations()
