"""Indexes for what is asked once a minute: which idempotency keys are old, and, on SQLite, which sessions are overdue.

PostgreSQL has none of the latter: an index on `last_activity_at` would make each touch write to all indexes, and the partial unique index
on active sessions leads to the few rows that count.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "012"
down_revision = "011"

_ACTIVE = sa.text("status = 'active'")
_OVERDUE = ("last_activity_at", "started_at")


def upgrade() -> None:
    """They change nothing that another release would notice."""
    op.create_index("idx_idempotency_keys_created", "idempotency_keys", ["created_at"])
    if op.get_context().dialect.name == "sqlite":
        for column in _OVERDUE:
            op.create_index(f"idx_active_sessions_{column}", "conversation_sessions", [column], sqlite_where=_ACTIVE)


def downgrade() -> None:
    """All data stays."""
    op.drop_index("idx_idempotency_keys_created", "idempotency_keys")
    if op.get_context().dialect.name == "sqlite":
        for column in _OVERDUE:
            op.drop_index(f"idx_active_sessions_{column}", "conversation_sessions")
