"""The tables. Names are those of the account; all times are instants in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

ACTIVE = "status = 'active'"  # as text: a bound parameter in the predicate of a conflict stops matching once the plan is generic (P1)
_FORMAT = "%Y-%m-%dT%H:%M:%S.%f"


class Instant(TypeDecorator[datetime]):
    """A point in time: `timestamptz` on PostgreSQL; on SQLite a text of fixed width in UTC, so that it sorts as time does."""

    impl = String(26)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(26))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).strftime(_FORMAT)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return None if value is None else value.astimezone(UTC)
        del dialect
        return datetime.strptime(value, _FORMAT).replace(tzinfo=UTC)


metadata = MetaData()
_ID = Uuid(as_uuid=False)

users = Table(
    "subcontractors",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("phone", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
)

sessions = Table(
    "conversation_sessions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("subcontractor_id", _ID, ForeignKey("subcontractors.id"), nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    Column("epoch", BigInteger, nullable=False, server_default="1"),
    Column("context", Text),
    Column("started_at", Instant, nullable=False),
    Column("last_activity_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", Text),
    Column("previous_id", _ID, ForeignKey("conversation_sessions.id")),
    CheckConstraint("status IN ('active', 'ended', 'escalated')", name="ck_conversation_sessions_status"),
    Index(
        "idx_unique_active_session_per_user",
        "subcontractor_id",
        unique=True,
        postgresql_where=text(ACTIVE),
        sqlite_where=text(ACTIVE),
    ),
    Index("idx_conversation_sessions_history", "subcontractor_id", "started_at"),
    # not on PostgreSQL: there a touch would then write to every index (see 012)
    Index("idx_active_sessions_last_activity_at", "last_activity_at", sqlite_where=text(ACTIVE)).ddl_if(dialect="sqlite"),
    Index("idx_active_sessions_started_at", "started_at", sqlite_where=text(ACTIVE)).ddl_if(dialect="sqlite"),
    postgresql_with={"fillfactor": 80},  # last_activity_at changes often and is in no index: updates stay on their page
)

events = Table(
    "session_events",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("session_id", _ID, ForeignKey("conversation_sessions.id"), nullable=False),
    Column("kind", Text, nullable=False),  # started, ended, escalated, merged: another session into this one, by migration 011
    Column("reason", Text),
    Column("at", Instant, nullable=False),
    Index("idx_session_events_session", "session_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("session_id", _ID, ForeignKey("conversation_sessions.id"), nullable=False),
    Column("direction", Text, nullable=False),  # inbound, outbound
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("idx_messages_session", "session_id"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("subcontractor_id", _ID, ForeignKey("subcontractors.id"), nullable=False),
    Column("project_id", _ID, ForeignKey("projects.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("done", Boolean, nullable=False, server_default=text("false")),
    Index("idx_tasks_owner", "subcontractor_id", "project_id"),
)

progress = Table(
    "progress_update_sessions",
    metadata,
    Column("subcontractor_id", _ID, ForeignKey("subcontractors.id"), nullable=False),
    Column("id", _ID, primary_key=True),
    Column("task_id", _ID, ForeignKey("tasks.id"), nullable=False),
    Column("epoch", BigInteger, nullable=False, server_default="1"),
    Column("step", Text, nullable=False),
    Column("images_uploaded", Integer, nullable=False, server_default="0"),
    Column("comments_added", Integer, nullable=False, server_default="0"),
    Column("status_changed", Boolean, nullable=False, server_default=text("false")),
    Column("started_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("subcontractor_id", name="uq_progress_update_sessions_subcontractor"),
)

idempotency = Table(
    "idempotency_keys",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),  # running, done
    Column("owner", _ID, nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("response", Text),
    Column("created_at", Instant, nullable=False),
    Index("idx_idempotency_keys_created", "created_at"),
)
