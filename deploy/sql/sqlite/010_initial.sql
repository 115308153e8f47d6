-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing, if whoever runs it stops at the first error: sqlite3 -bail DATABASE < FILE

BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 010

CREATE TABLE subcontractors (
    id CHAR(32) NOT NULL,
    phone TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    time_zone TEXT DEFAULT 'UTC' NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (phone)
);

CREATE TABLE projects (
    id CHAR(32) NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE tasks (
    id CHAR(32) NOT NULL,
    subcontractor_id CHAR(32) NOT NULL,
    project_id CHAR(32) NOT NULL,
    title TEXT NOT NULL,
    done BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(project_id) REFERENCES projects (id)
);

CREATE INDEX idx_tasks_owner ON tasks (subcontractor_id, project_id);

CREATE TABLE conversation_sessions (
    id CHAR(32) NOT NULL,
    subcontractor_id CHAR(32) NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    context TEXT,
    started_at VARCHAR(26) NOT NULL,
    last_activity_at VARCHAR(26) NOT NULL,
    ended_at VARCHAR(26),
    end_reason TEXT,
    previous_id CHAR(32),
    PRIMARY KEY (id),
    CONSTRAINT ck_conversation_sessions_status CHECK (status IN ('active', 'ended', 'escalated')),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(previous_id) REFERENCES conversation_sessions (id)
);

CREATE INDEX idx_conversation_sessions_history ON conversation_sessions (subcontractor_id, started_at);

CREATE TABLE session_events (
    id CHAR(32) NOT NULL,
    session_id CHAR(32) NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    at VARCHAR(26) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES conversation_sessions (id)
);

CREATE INDEX idx_session_events_session ON session_events (session_id);

CREATE TABLE messages (
    id CHAR(32) NOT NULL,
    session_id CHAR(32) NOT NULL,
    direction TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at VARCHAR(26) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES conversation_sessions (id)
);

CREATE INDEX idx_messages_session ON messages (session_id);

CREATE TABLE progress_update_sessions (
    subcontractor_id CHAR(32) NOT NULL,
    id CHAR(32) NOT NULL,
    task_id CHAR(32) NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    step TEXT NOT NULL,
    images_uploaded INTEGER DEFAULT '0' NOT NULL,
    comments_added INTEGER DEFAULT '0' NOT NULL,
    status_changed BOOLEAN DEFAULT false NOT NULL,
    started_at VARCHAR(26) NOT NULL,
    expires_at VARCHAR(26) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_progress_update_sessions_subcontractor UNIQUE (subcontractor_id),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(task_id) REFERENCES tasks (id)
);

CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    "key" TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    owner CHAR(32) NOT NULL,
    lease_until VARCHAR(26) NOT NULL,
    response TEXT,
    created_at VARCHAR(26) NOT NULL,
    PRIMARY KEY (scope, "key")
);

INSERT INTO alembic_version (version_num) VALUES ('010') RETURNING version_num;

COMMIT;
