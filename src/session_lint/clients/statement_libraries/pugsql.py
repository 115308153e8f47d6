"""PugSQL: `queries = pugsql.module("queries/")`, then `queries.delete_lines(cart_id=3)` on the connection that it keeps."""

from __future__ import annotations

from session_lint.clients.statement_library import StatementLibrary


class Pugsql(StatementLibrary):
    """Each statement is final at once, except in `with queries.transaction():`."""

    package = "pugsql"
    origin = r"pugsql(?:\.\w+)*\.(?:module|Module)\(\)"
    handed = False
