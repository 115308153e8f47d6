-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing, if whoever runs it stops at the first error: sqlite3 -bail DATABASE < FILE

BEGIN;

CREATE TEMPORARY TABLE ledger (found INTEGER CONSTRAINT the_schema_is_not_at_revision_011 CHECK (found = 1));

INSERT INTO ledger SELECT count(*) FROM (SELECT 1 FROM alembic_version WHERE version_num = '011');

DROP TABLE ledger;

-- Running downgrade 011 -> 010

DROP INDEX idx_unique_active_session_per_user;

UPDATE alembic_version SET version_num='010' WHERE alembic_version.version_num = '011';

COMMIT;
