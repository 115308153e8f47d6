"""PostgreSQL, by asyncpg."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any, ClassVar

from asyncpg import InterfaceError, InternalClientError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy import Table, event, text
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
# and none of these by trying again: no such database, refused, no prepared statements (an old pooler), no resources, no such table or
# index, read only (a standby), its own errors
_UNUSABLE = (*_GONE, "3D", "28", "26000", "53", "58", "42P01", "42P10", "25006", "XX")
# the first that the state begins with; "42P10": no index that an ON CONFLICT names, so one of the schema is gone
_CAUSES = (
    *(("53100", "disk_full"), ("25006", "read_only"), ("42P", "schema"), ("3D", "refused"), ("28", "refused"), ("26000", "refused")),
    *(("53", "overloaded"), ("58", "io"), ("XX", "damaged"), ("08", "unreachable"), ("57P", "unreachable")),
    *(("40", "busy"), ("55P03", "busy"), ("23505", "busy")),
)

# said when a connection begins. A pooler refuses what it cannot keep for a caller: there the role must have them (docs/service-http.md)
_POOLED = {"application_name": "session-service"}
_OWN = _POOLED | {
    "default_transaction_isolation": "read committed",  # of single statements, which are transactions too
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "10000",
}
_DRIVERS = (PostgresError, InterfaceError, InternalClientError)


class Postgres(Dialect):
    """READ COMMITTED and the partial unique index decide; nothing is locked before."""

    driver: ClassVar[str] = "postgresql+asyncpg"
    isolation: ClassVar[str] = "READ COMMITTED"  # above it who loses a race gets an error where here it sees the winner
    serial_writers: ClassVar[bool] = False
    compound: ClassVar[bool] = True
    one_pool: ClassVar[bool] = True  # the driver begins transactions itself: to switch sends nothing
    clock: ClassVar[Any] = text("SELECT clock_timestamp()")
    hint: ClassVar[str] = "does the server run, the database exist, the role have access? Behind a dashboard: `migrate --sql`"

    def __init__(self, *, pooler: bool = False, tls: SSLContext | str | None = None) -> None:
        """`pooler`: connections go through one that lends them for each transaction, such as PgBouncer. `tls`: how they are encrypted."""
        self._connect = {"timeout": 5, "server_settings": _POOLED if pooler else _OWN} | ({} if tls is None else {"ssl": tls})

    def engine_options(self, pool_size: int) -> dict[str, Any]:
        return {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": 5.0, "connect_args": self._connect}

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
        if isinstance(_of_driver(error), OSError | TimeoutError | InterfaceError | InternalClientError):
            return True  # also what the driver says of a connection that went away while it was made
        return (isinstance(error, DBAPIError) and error.connection_invalidated) or _state(error).startswith(_UNUSABLE)

    def cause(self, error: BaseException) -> str:
        state = _state(error)
        if not state and isinstance(_of_driver(error), TimeoutError):
            return "timeout"
        if not state and self.unavailable(error):
            return "unreachable"
        return next((cause for begins, cause in _CAUSES if state.startswith(begins)), "other")


def _of_driver(error: BaseException) -> BaseException:
    """The driver's own error. SQLAlchemy puts one around it, and a second one unless it happened while a connection was made."""
    inner = getattr(error, "orig", None) or error
    return inner.__cause__ if isinstance(inner.__cause__, _DRIVERS) else inner


def _state(error: BaseException) -> str:
    return str(getattr(_of_driver(error), "sqlstate", None) or "")


def _constraint(error: BaseException) -> str:
    return str(getattr(_of_driver(error), "constraint_name", None) or "")
