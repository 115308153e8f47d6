-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing, if whoever runs it stops at the first error: sqlite3 -bail DATABASE < FILE

BEGIN;

CREATE TEMPORARY TABLE ledger (found INTEGER CONSTRAINT the_schema_is_not_at_revision_011 CHECK (found = 1));

INSERT INTO ledger SELECT count(*) FROM (SELECT 1 FROM alembic_version WHERE version_num = '011');

DROP TABLE ledger;

-- Running upgrade 011 -> 012

CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at);

CREATE INDEX idx_active_sessions_last_activity_at ON conversation_sessions (last_activity_at) WHERE status = 'active';

CREATE INDEX idx_active_sessions_started_at ON conversation_sessions (started_at) WHERE status = 'active';

UPDATE alembic_version SET version_num='012' WHERE alembic_version.version_num = '011';

COMMIT;
