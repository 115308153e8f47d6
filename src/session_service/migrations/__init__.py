"""The migrations: one file each in versions/, run by Alembic.

A migration is pure SQL that does not look at rows from Python, so that `session-service migrate --sql` prints all of it. It imports
no table of the service: it makes the schema of its own time, whatever the tables are later.
"""
