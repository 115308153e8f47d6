"""What the programs run on: SQLite in a file, by each client, each call of it at its turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from repair.executed.turns import Turns

# the file lives as long as one test; whoever opens it waits for another one who closes it, and then for nobody
PRAGMAS = ("PRAGMA synchronous=OFF", "PRAGMA busy_timeout=0")

turns: Turns = Turns([])  # those of the order that is played; no thread outside takes any


def is_locked(error: Exception) -> bool:
    """Whether the other run has the lock."""
    return "locked" in str(error)


def at_turn(work: Callable[[], Any]) -> Any:
    """A call of the database, at its turn."""
    return turns.call(work, is_locked)


class Cursor(sqlite3.Cursor):
    """Statements at their turn."""

    def execute(self, *given: Any) -> Any:
        return at_turn(lambda: sqlite3.Cursor.execute(self, *given))


class Connection(sqlite3.Connection):
    """A connection that waits for no lock: who has to wait gives the turn away."""

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, *given: Any) -> Any:
        return self.cursor().execute(*given)

    def commit(self) -> None:
        at_turn(super().commit)


def connect(path: str, **options: Any) -> sqlite3.Connection:
    """A connection to a file."""
    made = sqlite3.connect(path, factory=Connection, check_same_thread=False, **options)
    for pragma in PRAGMAS:
        sqlite3.Cursor(made).execute(pragma).close()
    return made


async def awaited_at_turn(work: Callable[[], Awaitable[Any]]) -> Any:
    """The same for a call that is awaited; the event loop of the run stops meanwhile, and nothing else is in it."""
    number = turns.number()
    while number is not None:
        turns.wait(number)
        try:
            return await work()
        except Exception as error:
            if not is_locked(error):
                raise
            turns.give_away(number)
    return await work()


def awaited_connection() -> type[Any]:
    """The connection of aiosqlite, each statement and commit at its turn."""
    import aiosqlite

    class Awaited(aiosqlite.Connection):
        async def _execute(self, fn: Any, *given: Any, **options: Any) -> Any:
            run = super()._execute
            apart = not fn.__name__.lstrip("_").startswith(("execute", "commit")) or (given and str(given[0]).startswith("PRAGMA"))
            return await (run(fn, *given, **options) if apart else awaited_at_turn(lambda: run(fn, *given, **options)))

    return Awaited


def asyncpg_connection() -> type[Any]:
    """The connection of asyncpg, each statement at its turn, and what its transactions send too."""
    import asyncpg

    class Awaited(asyncpg.Connection):  # type: ignore[misc]
        async def execute(self, *given: Any, **options: Any) -> Any:
            return await awaited_at_turn(lambda: super(Awaited, self).execute(*given, **options))

        async def executemany(self, *given: Any, **options: Any) -> Any:
            return await awaited_at_turn(lambda: super(Awaited, self).executemany(*given, **options))

        async def _execute(self, *given: Any, **options: Any) -> Any:
            return await awaited_at_turn(lambda: super(Awaited, self)._execute(*given, **options))

    return Awaited
