-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing: psql -v ON_ERROR_STOP=1 -f FILE, or paste it into a dashboard

BEGIN;

SET LOCAL lock_timeout = '60000ms';

SELECT pg_advisory_xact_lock(8315179226603546482);

SET LOCAL lock_timeout = '800ms';

DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM alembic_version WHERE version_num = '010') THEN RAISE EXCEPTION 'the schema is not at revision 010'; END IF; END $$;

-- Running upgrade 010 -> 011

LOCK TABLE conversation_sessions, messages IN SHARE ROW EXCLUSIVE MODE;

CREATE TEMPORARY TABLE duplicate_sessions ON COMMIT DROP AS
SELECT id, kept, place, clock_timestamp() AS at
FROM (
    SELECT id, first_value(id) OVER latest AS kept, row_number() OVER latest AS place
    FROM conversation_sessions
    WHERE status = 'active'
    WINDOW latest AS (PARTITION BY subcontractor_id ORDER BY last_activity_at DESC NULLS LAST, started_at DESC, id)
) AS active
WHERE place > 1;

UPDATE conversation_sessions
SET context = (
    SELECT other.context
    FROM duplicate_sessions AS duplicate JOIN conversation_sessions AS other ON other.id = duplicate.id
    WHERE duplicate.kept = conversation_sessions.id AND other.context IS NOT NULL
    ORDER BY duplicate.place
    LIMIT 1
)
WHERE context IS NULL AND id IN (SELECT kept FROM duplicate_sessions);

UPDATE messages SET session_id = duplicate.kept FROM duplicate_sessions AS duplicate WHERE messages.session_id = duplicate.id;

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
WHERE conversation_sessions.id = link.id;

UPDATE conversation_sessions
SET status = 'ended', end_reason = 'duplicate', ended_at = duplicate.at
FROM duplicate_sessions AS duplicate
WHERE conversation_sessions.id = duplicate.id;

INSERT INTO session_events (id, session_id, kind, reason, at)
SELECT gen_random_uuid(), id, 'ended', 'duplicate', at FROM duplicate_sessions;

INSERT INTO session_events (id, session_id, kind, reason, at)
SELECT gen_random_uuid(), kept, 'merged', CAST(id AS TEXT), at FROM duplicate_sessions;

DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM conversation_sessions WHERE status = 'active' GROUP BY subcontractor_id HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'verification of 011: a user is left with two active sessions';
    END IF;
    IF EXISTS (
SELECT 1 FROM messages JOIN duplicate_sessions ON duplicate_sessions.id = messages.session_id
UNION ALL
SELECT 1 FROM conversation_sessions AS session JOIN duplicate_sessions ON duplicate_sessions.id = session.previous_id
) THEN
        RAISE EXCEPTION 'verification of 011: a message or a link of a duplicate is left behind';
    END IF;
END $$;

DROP TABLE duplicate_sessions;

CREATE UNIQUE INDEX IF NOT EXISTS idx_unique_active_session_per_user ON conversation_sessions (subcontractor_id) WHERE status = 'active';

DO $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_index
        WHERE indexrelid = to_regclass('idx_unique_active_session_per_user') AND indrelid = to_regclass('conversation_sessions')
            AND indisunique AND indisvalid AND pg_get_expr(indpred, indrelid) = '(status = ''active''::text)'
    ) THEN
        RAISE EXCEPTION 'verification of 011: an index idx_unique_active_session_per_user is there, but it is not the unique index on active sessions';
    END IF;
END $$;

UPDATE alembic_version SET version_num='011' WHERE alembic_version.version_num = '010';

COMMIT;
