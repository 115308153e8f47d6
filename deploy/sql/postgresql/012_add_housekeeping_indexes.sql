-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing: psql -v ON_ERROR_STOP=1 -f FILE, or paste it into a dashboard

BEGIN;

SET LOCAL lock_timeout = '60000ms';

SELECT pg_advisory_xact_lock(8315179226603546482);

SET LOCAL lock_timeout = '800ms';

DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM alembic_version WHERE version_num = '011') THEN RAISE EXCEPTION 'the schema is not at revision 011'; END IF; END $$;

-- Running upgrade 011 -> 012

CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at);

UPDATE alembic_version SET version_num='012' WHERE alembic_version.version_num = '011';

COMMIT;
