"""The reference session service: one active session per user, decided by the database, on SQLite and PostgreSQL."""
