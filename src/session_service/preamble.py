"""What a migration begins with: how it waits its turn, and how a script finds out that it is at the wrong database."""

from __future__ import annotations

from dataclasses import dataclass

_KEY = 0x73657373_6D696772  # "sessmigr": the advisory lock of migrations


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a table that others write to, each time; and for everything, other migrators included.

    A migration that waits for a table makes everybody wait who comes after it: so it waits briefly, and tries again. With less than
    PostgreSQL's deadlock_timeout (1 s) it gives way before the database looks for somebody to end.
    """

    lock: float = 0.8
    total: float = 60.0


def locks(dialect: str, patience: Patience) -> tuple[str, ...]:
    """What a migration begins with. The advisory lock ends with the transaction, so a pooler between does no harm."""
    if dialect != "postgresql":
        return ()
    return (
        f"SET LOCAL lock_timeout = '{max(1, round(patience.total * 1000))}ms'",
        f"SELECT pg_advisory_xact_lock({_KEY})",
        f"SET LOCAL lock_timeout = '{max(1, round(patience.lock * 1000))}ms'",
    )


def must_be_at(dialect: str, revision: str | None) -> tuple[str, ...]:
    """For a script: fails on a database at another revision, where its UPDATE of the ledger would find no row and say nothing."""
    if revision is None:
        return ()  # it begins with CREATE TABLE alembic_version
    there = f"SELECT 1 FROM alembic_version WHERE version_num = '{revision}'"
    if dialect == "postgresql":
        return (f"DO $$ BEGIN IF NOT EXISTS ({there}) THEN RAISE EXCEPTION 'the schema is not at revision {revision}'; END IF; END $$",)
    return (
        f"CREATE TEMPORARY TABLE ledger (found INTEGER CONSTRAINT the_schema_is_not_at_revision_{revision} CHECK (found = 1))",
        f"INSERT INTO ledger SELECT count(*) FROM ({there})",
        "DROP TABLE ledger",
    )
