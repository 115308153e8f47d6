-- written by tools/generate_sql.py: change the migration, then run it
-- one transaction, all or nothing: psql -v ON_ERROR_STOP=1 -f FILE, or paste it into a dashboard

BEGIN;

SET LOCAL lock_timeout = '60000ms';

SELECT pg_advisory_xact_lock(8315179226603546482);

SET LOCAL lock_timeout = '800ms';

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 010

CREATE TABLE subcontractors (
    id UUID NOT NULL,
    phone TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    time_zone TEXT DEFAULT 'UTC' NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (phone)
);

CREATE TABLE projects (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE tasks (
    id UUID NOT NULL,
    subcontractor_id UUID NOT NULL,
    project_id UUID NOT NULL,
    title TEXT NOT NULL,
    done BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(project_id) REFERENCES projects (id)
);

CREATE INDEX idx_tasks_owner ON tasks (subcontractor_id, project_id);

CREATE TABLE conversation_sessions (
    id UUID NOT NULL,
    subcontractor_id UUID NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    context TEXT,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_activity_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT,
    previous_id UUID,
    PRIMARY KEY (id),
    CONSTRAINT ck_conversation_sessions_status CHECK (status IN ('active', 'ended', 'escalated')),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(previous_id) REFERENCES conversation_sessions (id)
)
 WITH (fillfactor = 80);

CREATE INDEX idx_conversation_sessions_history ON conversation_sessions (subcontractor_id, started_at);

CREATE TABLE session_events (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES conversation_sessions (id)
);

CREATE INDEX idx_session_events_session ON session_events (session_id);

CREATE TABLE messages (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    direction TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES conversation_sessions (id)
);

CREATE INDEX idx_messages_session ON messages (session_id);

CREATE TABLE progress_update_sessions (
    subcontractor_id UUID NOT NULL,
    id UUID NOT NULL,
    task_id UUID NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    step TEXT NOT NULL,
    images_uploaded INTEGER DEFAULT '0' NOT NULL,
    comments_added INTEGER DEFAULT '0' NOT NULL,
    status_changed BOOLEAN DEFAULT false NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_progress_update_sessions_subcontractor UNIQUE (subcontractor_id),
    FOREIGN KEY(subcontractor_id) REFERENCES subcontractors (id),
    FOREIGN KEY(task_id) REFERENCES tasks (id)
);

CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    owner UUID NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE NOT NULL,
    response TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (scope, key)
);

INSERT INTO alembic_version (version_num) VALUES ('010') RETURNING alembic_version.version_num;

COMMIT;
