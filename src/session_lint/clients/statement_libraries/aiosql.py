"""aiosql: `queries = aiosql.from_path("queries.sql", "asyncpg")`, then `await queries.delete_lines(conn, cart_id=3)`."""

from __future__ import annotations

from session_lint.clients.statement_library import StatementLibrary


class Aiosql(StatementLibrary):
    """The files of a directory are merged; those of a directory in it are an attribute. The driver is the second argument."""

    package = "aiosql"
    origin = r"aiosql(?:\.\w+)*\.(?:from_path|from_str|Queries)\(\)(?:\.\w+)*"
