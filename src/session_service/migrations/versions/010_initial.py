"""The schema before the unique index: 001 to 010 of the account in one. Two active sessions of one user are still possible."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from session_service.errors import MigrationNotApplied

revision = "010"
down_revision = None

_ID = sa.Uuid(as_uuid=False)
_INSTANT = sa.String(26).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """All tables."""
    _people_and_work()
    _sessions()
    _progress()
    _idempotency()


def downgrade() -> None:
    """Never: no migration deletes what was said."""
    raise MigrationNotApplied("010 is the first migration: to go below it would delete all data. Drop the tables by hand if that is meant.")


def _people_and_work() -> None:
    op.create_table(
        "subcontractors",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("phone", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
    )
    op.create_table(
        "projects",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "tasks",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("subcontractor_id", _ID, sa.ForeignKey("subcontractors.id"), nullable=False),
        sa.Column("project_id", _ID, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_index("idx_tasks_owner", "tasks", ["subcontractor_id", "project_id"])


def _sessions() -> None:
    op.create_table(
        "conversation_sessions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("subcontractor_id", _ID, sa.ForeignKey("subcontractors.id"), nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="active"),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default="1"),
        sa.Column("context", sa.Text),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("last_activity_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("end_reason", sa.Text),
        sa.Column("previous_id", _ID, sa.ForeignKey("conversation_sessions.id")),
        sa.CheckConstraint("status IN ('active', 'ended', 'escalated')", name="ck_conversation_sessions_status"),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("idx_conversation_sessions_history", "conversation_sessions", ["subcontractor_id", "started_at"])
    op.create_table(
        "session_events",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("session_id", _ID, sa.ForeignKey("conversation_sessions.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("idx_session_events_session", "session_events", ["session_id"])
    op.create_table(
        "messages",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("session_id", _ID, sa.ForeignKey("conversation_sessions.id"), nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
    )
    op.create_index("idx_messages_session", "messages", ["session_id"])


def _progress() -> None:
    op.create_table(
        "progress_update_sessions",
        sa.Column("subcontractor_id", _ID, sa.ForeignKey("subcontractors.id"), nullable=False),
        sa.Column("id", _ID, primary_key=True),
        sa.Column("task_id", _ID, sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default="1"),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("images_uploaded", sa.Integer, nullable=False, server_default="0"),
        sa.Column("comments_added", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status_changed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("subcontractor_id", name="uq_progress_update_sessions_subcontractor"),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner", _ID, nullable=False),
        sa.Column("lease_until", _INSTANT, nullable=False),
        sa.Column("response", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
    )
