"""A program: what the broken application did to the tables, again and again, until its standard input is closed.

It inserts active sessions for one user, each with a message, in one transaction, and prints one line when the first is committed. At the
end it prints how many were committed and how many the unique index refused; any other error ends it with a traceback.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg

SESSION = "INSERT INTO conversation_sessions (id, subcontractor_id, started_at, last_activity_at) VALUES ({}, {}, {}, {})"
MESSAGE = "INSERT INTO messages (id, session_id, direction, body, created_at) VALUES ({}, {}, 'inbound', 'Champigny', {})"


class Tally:
    """What became of the inserts."""

    made = 0
    refused = 0

    def add(self, *, made: bool) -> None:
        self.made += made
        self.refused += not made
        if made and self.made == 1:
            print("running", flush=True)


def rounds() -> Iterator[None]:
    """One after the other; the last one begins after standard input was closed."""
    last = False
    while not last:
        last = bool(select.select([sys.stdin], [], [], 0)[0])
        yield


async def on_postgres(url: str, user: str, tally: Tally) -> None:
    db = await asyncpg.connect(url)
    for _ in rounds():
        now, session = datetime.now(UTC), uuid4()
        try:
            async with db.transaction():
                await db.execute(SESSION.format("$1", "$2", "$3", "$3"), session, user, now)
                await db.execute(MESSAGE.format("$1", "$2", "$3"), uuid4(), session, now)
            tally.add(made=True)
        except asyncpg.UniqueViolationError:
            tally.add(made=False)
    await db.close()


def on_sqlite(file: str, user: str, tally: Tally) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as db:
        for _ in rounds():
            now, session = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), uuid4().hex
            db.execute("BEGIN IMMEDIATE")
            try:
                db.execute(SESSION.format("?", "?", "?", "?"), (session, user.replace("-", ""), now, now))
                db.execute(MESSAGE.format("?", "?", "?"), (uuid4().hex, session, now))
                db.execute("COMMIT")
                tally.add(made=True)
            except sqlite3.IntegrityError:
                db.execute("ROLLBACK")
                tally.add(made=False)


if __name__ == "__main__":
    address, who = sys.argv[1:]
    counted = Tally()
    if address.startswith("sqlite"):
        on_sqlite(address.removeprefix("sqlite:///"), who, counted)
    else:
        asyncio.run(on_postgres(address, who, counted))
    print(counted.made, counted.refused)
