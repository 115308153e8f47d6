"""anosql: `queries = anosql.from_path("queries.sql", "psycopg2")`, then `queries.delete_lines(conn, cart_id=3)`."""

from __future__ import annotations

from session_lint.clients.statement_library import StatementLibrary


class Anosql(StatementLibrary):
    """The forerunner of aiosql; older versions call it `load_queries(driver, path)`."""

    package = "anosql"
    origin = r"anosql(?:\.\w+)*\.(?:from_path|from_str|load_queries|load_queries_from_string|Queries)\(\)(?:\.\w+)*"
