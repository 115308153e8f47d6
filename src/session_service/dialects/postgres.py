"""PostgreSQL, by asyncpg."""

from __future__ import annotations

from typing import Any, ClassVar

from asyncpg import InterfaceError, InternalClientError  # type: ignore[import-untyped]
from sqlalchemy import Table, event
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from session_service.dialect import Dialect

# reference: PostgreSQL, appendix A. Serialization failure, deadlock, lock not available, too many connections
_RETRIED = {"40001", "40P01", "55P03", "53300"}
_TAKEN = "23505"  # a unique violation: passing only on an index that ON CONFLICT names, while that is rebuilt
_ARBITERS = ("idx_unique_active_session_per_user", "uq_progress_update_sessions_subcontractor", "idempotency_keys_pkey")
_GONE = ("08", "57P")  # connection exceptions; the server is shut down, or ended this connection
# and none of these by trying again: no such database, refused, no resources, no such table, read only (a standby), its own errors
_UNUSABLE = (*_GONE, "3D", "28", "53", "58", "42P01", "25006", "XX")


class Postgres(Dialect):
    """READ COMMITTED and the partial unique index decide; nothing is locked before."""

    driver: ClassVar[str] = "postgresql+asyncpg"
    isolation: ClassVar[str] = "READ COMMITTED"  # above it who loses a race gets an error where here it sees the winner
    serial_writers: ClassVar[bool] = False
    compound: ClassVar[bool] = True

    def engine_options(self, pool_size: int) -> dict[str, Any]:
        return {
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": 5.0,
            "connect_args": {
                "timeout": 5,
                "server_settings": {
                    "default_transaction_isolation": "read committed",  # of single statements, which are transactions too
                    "lock_timeout": "3000",
                    "idle_in_transaction_session_timeout": "10000",
                    "application_name": "session-service",
                },
            },
        }

    def prepare(self, engine: AsyncEngine, *, begins: bool = True) -> None:
        del begins  # the server settings say the rest

        @event.listens_for(engine.sync_engine, "handle_error")
        def handle(context: ExceptionContext) -> None:
            # the driver's state of a connection that was ended while it worked on it: it must not go back to the pool
            if isinstance(getattr(context.original_exception, "__cause__", None), InternalClientError):
                context.is_disconnect = True

    def insert(self, table: Table) -> Insert:
        return insert(table)

    def retryable(self, error: BaseException) -> str | None:
        state = _state(error)
        if state in _RETRIED or state.startswith(_GONE) or (state == _TAKEN and _constraint(error).startswith(_ARBITERS)):
            return state
        return "connection" if not state and self.unavailable(error) else None

    def unavailable(self, error: BaseException) -> bool:
        if isinstance(error, OSError | TimeoutError | InterfaceError | InternalClientError):
            return True  # also what the driver says of a connection that went away while it was made
        return (isinstance(error, DBAPIError) and error.connection_invalidated) or _state(error).startswith(_UNUSABLE)


def _state(error: BaseException) -> str:
    # an error while a connection is made comes from the driver as it is, without SQLAlchemy around it
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


def _constraint(error: BaseException) -> str:
    return str(getattr(getattr(getattr(error, "orig", None), "__cause__", None), "constraint_name", None) or "")
