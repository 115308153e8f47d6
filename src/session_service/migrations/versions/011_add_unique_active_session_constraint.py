"""One active session per user: the duplicates merged into the most recent one, then the unique index, in one transaction.

The lock comes first: without it live traffic makes new duplicates between the clean-up and the index. Of the active sessions of a user
the one with the latest activity stays. Messages and `previous_id` links of the others move to it; it takes over their context when it has
none; they end with the reason "duplicate", each with its audit row. Audit rows stay where they are: they tell what became of each session,
and of which. The session that stays gets one for each that was merged into it, with the id of that one as the reason. A downgrade drops
the index; the data stays merged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "011"
down_revision = "010"

INDEX = "idx_unique_active_session_per_user"
_ACTIVE = "status = 'active'"

# reads go on; writers of these tables wait until the commit. A message on its way to a duplicate would otherwise stay behind
LOCK = "LOCK TABLE conversation_sessions, messages IN SHARE ROW EXCLUSIVE MODE"

_NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%dT%H\\:%M\\:%f000', 'now')"}
_NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
FIND = """
CREATE TEMPORARY TABLE duplicate_sessions{on_commit} AS
SELECT id, kept, place, {now} AS at
FROM (
    SELECT id, first_value(id) OVER latest AS kept, row_number() OVER latest AS place
    FROM conversation_sessions
    WHERE status = 'active'
    WINDOW latest AS (PARTITION BY subcontractor_id ORDER BY last_activity_at DESC NULLS LAST, started_at DESC, id)
) AS active
WHERE place > 1
"""

CONTEXT = """
UPDATE conversation_sessions
SET context = (
    SELECT other.context
    FROM duplicate_sessions AS duplicate JOIN conversation_sessions AS other ON other.id = duplicate.id
    WHERE duplicate.kept = conversation_sessions.id AND other.context IS NOT NULL
    ORDER BY duplicate.place
    LIMIT 1
)
WHERE context IS NULL AND id IN (SELECT kept FROM duplicate_sessions)
"""

MESSAGES = """
UPDATE messages SET session_id = duplicate.kept FROM duplicate_sessions AS duplicate WHERE messages.session_id = duplicate.id
"""

# A session that followed a duplicate follows the kept one now. The kept one and those before it skip the duplicate instead: they
# would come to follow themselves.
LINKS = """
WITH RECURSIVE
lineage (kept, id) AS (
    SELECT DISTINCT kept, kept FROM duplicate_sessions
    UNION
    SELECT lineage.kept, session.previous_id
    FROM lineage JOIN conversation_sessions AS session ON session.id = lineage.id
    WHERE session.previous_id IS NOT NULL
),
skipped (id, previous_id) AS (
    SELECT duplicate.id, session.previous_id
    FROM duplicate_sessions AS duplicate JOIN conversation_sessions AS session ON session.id = duplicate.id
    UNION
    SELECT skipped.id, session.previous_id
    FROM skipped
    JOIN duplicate_sessions AS duplicate ON duplicate.id = skipped.previous_id
    JOIN conversation_sessions AS session ON session.id = duplicate.id
)
UPDATE conversation_sessions
SET previous_id = link.previous_id
FROM (
    SELECT session.id, CASE WHEN lineage.id IS NULL THEN duplicate.kept ELSE before.previous_id END AS previous_id
    FROM conversation_sessions AS session
    JOIN duplicate_sessions AS duplicate ON duplicate.id = session.previous_id
    LEFT JOIN lineage ON lineage.kept = duplicate.kept AND lineage.id = session.id
    LEFT JOIN (
        SELECT id, previous_id
        FROM skipped
        WHERE NOT EXISTS (SELECT 1 FROM duplicate_sessions AS other WHERE other.id = skipped.previous_id)
    ) AS before ON before.id = duplicate.id
) AS link
WHERE conversation_sessions.id = link.id
"""

END = """
UPDATE conversation_sessions
SET status = 'ended', end_reason = 'duplicate', ended_at = duplicate.at
FROM duplicate_sessions AS duplicate
WHERE conversation_sessions.id = duplicate.id
"""
AUDIT = """
INSERT INTO session_events (id, session_id, kind, reason, at)
SELECT {new_id}, id, 'ended', 'duplicate', at FROM duplicate_sessions
"""
MERGED = """
INSERT INTO session_events (id, session_id, kind, reason, at)
SELECT {new_id}, kept, 'merged', CAST(id AS TEXT), at FROM duplicate_sessions
"""

_TWO_ACTIVE = f"SELECT 1 FROM conversation_sessions WHERE {_ACTIVE} GROUP BY subcontractor_id HAVING count(*) > 1"
_LEFT_BEHIND = """
SELECT 1 FROM messages JOIN duplicate_sessions ON duplicate_sessions.id = messages.session_id
UNION ALL
SELECT 1 FROM conversation_sessions AS session JOIN duplicate_sessions ON duplicate_sessions.id = session.previous_id
"""
VERIFY_DATA = {
    "postgresql": (
        f"""
DO $$ BEGIN
    IF EXISTS ({_TWO_ACTIVE}) THEN
        RAISE EXCEPTION 'verification of 011: a user is left with two active sessions';
    END IF;
    IF EXISTS ({_LEFT_BEHIND}) THEN
        RAISE EXCEPTION 'verification of 011: a message or a link of a duplicate is left behind';
    END IF;
END $$
""",
    ),
    # no RAISE outside of a trigger: a constraint says it
    "sqlite": (
        """
CREATE TEMPORARY TABLE verification_of_011 (
    two_active INTEGER CONSTRAINT a_user_is_left_with_two_active_sessions CHECK (two_active = 0),
    left_behind INTEGER CONSTRAINT a_message_or_a_link_of_a_duplicate_is_left_behind CHECK (left_behind = 0)
)
""",
        f"INSERT INTO verification_of_011 SELECT (SELECT count(*) FROM ({_TWO_ACTIVE})), (SELECT count(*) FROM ({_LEFT_BEHIND}))",
        "DROP TABLE verification_of_011",
    ),
}
VERIFY_INDEX = {
    "postgresql": (
        f"""
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_index
        WHERE indexrelid = to_regclass('{INDEX}') AND indrelid = to_regclass('conversation_sessions')
            AND indisunique AND indisvalid AND pg_get_expr(indpred, indrelid) = '(status = ''active''::text)'
    ) THEN
        RAISE EXCEPTION 'verification of 011: an index {INDEX} is there, but it is not the unique index on active sessions';
    END IF;
END $$
""",
    ),
    "sqlite": (),  # CREATE INDEX has just made it
}


def upgrade() -> None:
    """Lock, merge, verify, index, verify."""
    database = op.get_context().dialect.name
    on_commit = " ON COMMIT DROP" if database == "postgresql" else ""
    if database == "postgresql":  # SQLite's transaction began IMMEDIATE: it is the only writer
        op.execute(LOCK)
    op.execute(FIND.format(on_commit=on_commit, now=_NOW[database]))
    for statement in (CONTEXT, MESSAGES, LINKS, END, AUDIT, MERGED):
        op.execute(statement.format(new_id=_NEW_ID[database]))
    for statement in VERIFY_DATA[database]:
        op.execute(statement)
    op.execute("DROP TABLE duplicate_sessions")
    op.create_index(
        INDEX,
        "conversation_sessions",
        ["subcontractor_id"],
        unique=True,
        postgresql_where=sa.text(_ACTIVE),
        sqlite_where=sa.text(_ACTIVE),
        if_not_exists=database == "postgresql",  # somebody may have made it by hand; what it is gets looked at
    )
    for statement in VERIFY_INDEX[database]:
        op.execute(statement)


def downgrade() -> None:
    """Duplicates are possible again; none of the data changes."""
    op.drop_index(INDEX, "conversation_sessions")
