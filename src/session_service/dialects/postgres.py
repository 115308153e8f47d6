"""PostgreSQL, by asyncpg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.base import Executable

from session_service.dialect import Dialect

# reference: PostgreSQL, appendix A. Serialization failure, deadlock, lock not available, our unique index while it is rebuilt
_RETRIED = {"40001", "40P01", "55P03", "23505"}
_GONE = ("08", "57P")  # connection exceptions; the server is shut down, or ended this connection


class Postgres(Dialect):
    """READ COMMITTED and the partial unique index decide; nothing is locked before."""

    driver: ClassVar[str] = "postgresql+asyncpg"
    serial_writers: ClassVar[bool] = False

    def engine_options(self, pool_size: int) -> dict[str, Any]:
        return {
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": 5.0,
            "connect_args": {
                "timeout": 5,
                "server_settings": {
                    "lock_timeout": "3000",
                    "idle_in_transaction_session_timeout": "10000",
                    "application_name": "session-service",
                },
            },
        }

    def prepare(self, engine: AsyncEngine) -> None:
        del engine  # the server settings say it all

    def insert_or_nothing(self, table: Table, key: Sequence[str], where: str = "") -> Any:
        unless = insert(table).on_conflict_do_nothing(index_elements=list(key), index_where=text(where) if where else None)
        return unless.returning(*table.c)

    def insert_or_replace(self, table: Table, key: Sequence[str], changes: dict[str, Any]) -> Any:
        return insert(table).on_conflict_do_update(index_elements=list(key), set_=changes).returning(*table.c)

    def retryable(self, error: BaseException) -> str | None:
        state = _state(error)
        if state in _RETRIED or state.startswith(_GONE):
            return state
        return "connection" if self.unavailable(error) else None

    def unavailable(self, error: BaseException) -> bool:
        if isinstance(error, OSError | TimeoutError):
            return True
        if not isinstance(error, DBAPIError):
            return False
        return error.connection_invalidated or _state(error).startswith(_GONE)

    def write_lock(self) -> Executable | None:
        return text("LOCK TABLE conversation_sessions IN SHARE ROW EXCLUSIVE MODE")


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
