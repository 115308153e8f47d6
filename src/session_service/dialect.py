"""The contract of a dialect: everything the service must know of one database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine


class Dialect(ABC):
    """One database.

    `driver`: SQLAlchemy's name of the asynchronous driver. `isolation`: the level of every transaction, said rather than left to
    the server. `serial_writers`: one process writes in one lane. `compound`: one statement may change several tables at once.
    `one_pool`: a connection changes between transactions and single statements at no cost, so one pool serves both.
    `clock`: the statement that asks for the time, None where the database has no clock of its own.
    `hint`: what to look at in the URL of a database that cannot be used.
    """

    driver: ClassVar[str]
    isolation: ClassVar[str]
    serial_writers: ClassVar[bool]
    compound: ClassVar[bool]
    one_pool: ClassVar[bool]
    hint: ClassVar[str]
    clock: ClassVar[Any]

    @abstractmethod
    def engine_options(self, pool_size: int) -> dict[str, Any]:
        """What `create_async_engine` is called with."""

    @abstractmethod
    def prepare(self, engine: AsyncEngine, *, begins: bool = True) -> None:
        """Hooks that every connection needs (pragmas, how a transaction begins). `begins`: whether the engine runs transactions."""

    @abstractmethod
    def insert(self, table: Table) -> Any:
        """The insert of this database's own dialect, which knows ON CONFLICT."""

    def insert_or_nothing(self, table: Table, key: Sequence[str], where: str = "") -> Any:
        """An insert that does nothing, and returns no row, when `key` (a unique index; partial with `where`, SQL text) is taken.

        It returns all columns of the table; values are given with `.values(...)`.
        """
        unless = self.insert(table).on_conflict_do_nothing(index_elements=list(key), index_where=text(where) if where else None)
        return unless.returning(*table.c)

    def insert_or_replace(self, table: Table, key: Sequence[str], changes: dict[str, Any]) -> Any:
        """An insert that updates the row of a taken `key` with `changes` instead; it returns all columns of the row."""
        return self.insert(table).on_conflict_do_update(index_elements=list(key), set_=changes).returning(*table.c)

    @abstractmethod
    def retryable(self, error: BaseException) -> str | None:
        """A short word for an error after which the whole operation is to be tried again ("40001", "busy"); None for others."""

    @abstractmethod
    def unavailable(self, error: BaseException) -> bool:
        """Whether the error says that the database cannot be used: not reached, not ours, or without the tables."""

    @abstractmethod
    def cause(self, error: BaseException) -> str:
        """Why the database did not do it, as a word of errors.CAUSES: what an operator has to mend."""
