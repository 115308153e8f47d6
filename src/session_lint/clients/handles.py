"""What connections, cursors, sessions, engines and their makers are in SQL clients, by where they come from."""

from __future__ import annotations

from session_lint.clients.library_model import Handle

_DRIVER = r"(?:sqlite3|psycopg2|psycopg|pymysql|MySQLdb|mysql\.connector|pyodbc|oracledb|mariadb|cx_Oracle|duckdb)(?:\.\w+)*"
_CONNECTION = rf"(?:{_DRIVER}\.(?:connect|Connection|connection)\(\)(?:\.__enter__\(\))?|aiosqlite\.(?:connect|Connection)\(\))"
DRIVERS = (
    Handle(r"sqlite3(?:\.\w+)*\.connect\(\)", "connection", opens=True, ends="commit", autocommit=False, one_writer=True),
    Handle(r"aiosqlite\.connect\(\)", "connection", opens=True, ends="close", autocommit=False, one_writer=True),
    Handle(r"(?:sqlite3|psycopg2|psycopg)(?:\.\w+)*\.connect\(\)", "connection", opens=True, ends="commit", autocommit=False),
    Handle(rf"{_DRIVER}\.connect\(\)|aiosqlite\.connect\(\)", "connection", opens=True, ends="close", autocommit=False),
    Handle(_CONNECTION, "connection", autocommit=False),
    Handle(rf"{_CONNECTION}\.cursor\(\)|{_DRIVER}\.(?:\w*[Cc]ursor)\(\)", "cursor", autocommit=False),
    Handle(r"psycopg_pool(?:\.\w+)*\.\w+\(\)\.(?:connection|getconn)\(\)", "connection", opens=True, ends="commit"),
    Handle(r"psycopg2\.pool\.\w+\(\)\.getconn\(\)", "connection", opens=True),
    Handle(
        r"asyncpg(?:\.\w+)*\.(?:create_pool|Pool)\(\)\.acquire\(\)|asyncpg\.connect\(\)",
        "connection",
        opens=True,
        ends="close",
        autocommit=True,
    ),
    Handle(r"asyncpg(?:\.\w+)*\.(?:create_pool|Pool|Connection)\(\)", "connection", autocommit=True),
    Handle(r"django\.db\.connection", "connection", autocommit=True),  # outside of `atomic()`
    Handle(r"django\.db\.connection\.cursor\(\)", "cursor", autocommit=True),
)

_IN = r"(?:sqlalchemy|sqlmodel)(?:\.\w+)*\."
_MADE = "create_engine|create_async_engine|engine_from_config|async_engine_from_config|Engine|AsyncEngine"
_ENGINE = rf"{_IN}(?:{_MADE})\(\)(?:\.execution_options\(\))?"
_MAKER = rf"{_IN}(?:sessionmaker|async_sessionmaker)\(\)"
_SESSION = rf"(?:{_IN}(?:Session|AsyncSession)\(\)|{_MAKER}\(\))"
SQLALCHEMY = (
    Handle(rf"{_ENGINE}\.begin\(\)", "connection", opens=True, ends="commit", transaction=True),
    Handle(rf"{_ENGINE}\.connect\(\)(?:\.execution_options\(\))?", "connection", opens=True, ends="close"),
    Handle(rf"{_MAKER}\.begin\(\)", "session", opens=True, ends="commit", transaction=True),
    Handle(_SESSION, "session", opens=True, ends="close"),
    Handle(rf"{_IN}(?:scoped_session|async_scoped_session)\(\)(?:\(\))?|flask_sqlalchemy\.SQLAlchemy\(\)\.session(?:\(\))?", "session"),
    Handle(rf"{_IN}(?:Connection|AsyncConnection)\(\)|{_SESSION}\.connection\(\)", "connection"),
    Handle(_ENGINE, "engine"),
    Handle(_MAKER, "maker"),
)
