"""Frames written to a table: `to_sql` of pandas, GeoPandas and Dask, `write_database` of Polars.

From the reference of `DataFrame.to_sql`: `if_exists="append"` inserts the rows; "replace" drops the table first, "fail" (the default)
raises where it exists. An engine or a URL gets a connection and a transaction of its own; a connection of SQLAlchemy keeps its
transaction; on one of sqlite3 the method commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Step, is_text, last_name, named
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, writing
from session_lint.clients.receivers import is_own
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Const, Invoke, Template, Term, dotted, strip

_PACKAGES = ("pandas", "geopandas", "dask", "polars", "modin")
_WRITES = frozenset({"to_sql", "to_postgis", "write_database"})
_MAKERS = (
    "sqlalchemy.create_engine",
    "sqlalchemy.Engine",
    "sqlalchemy.engine.Engine",
    "sqlalchemy.engine.create_engine",
    "sqlmodel.create_engine",
)


class Pandas(LibraryModel):
    """The method has a name of its own: a file that imports one of the packages is enough."""

    advice = Advice(
        row="one statement that inserts or updates the row of {columns}",
        rows="one transaction: `with engine.begin() as conn:` around the delete and `to_sql(..., con=conn)`",
    )
    words = ("to_sql", "to_postgis", "write_database")
    methods = _WRITES
    evidence = (Evidence(_WRITES, EffectKind.INSERT, _PACKAGES, on_text="sql"),)

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or not context.imports_any(*_PACKAGES):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        first = 1 if (dotted(step.base) or "").startswith("pandas.io") else 0  # `pandas.io.sql.to_sql(frame, name, con)`
        table = step.arg(first, "table_name" if step.name == "write_database" else "name")
        con = step.arg(first + 1, "connection" if step.name == "write_database" else "con") or step.arg(first + 1, "uri")
        if table is None or con is None or not _appends(step, first):
            return
        sqlite = _is_sqlite(con, context)
        base = Effect(EffectKind.INSERT, self.stem, connection=strip(con), autocommit=_own_transaction(con, context), serial_writers=sqlite)
        yield writing(base, EffectKind.INSERT, named(table), Rows(many=True), f".{step.name}()")
        if sqlite:
            yield replace(base, kind=EffectKind.COMMIT, serial_writers=False, verb=f".{step.name}()")


def _appends(step: Step, first: int) -> bool:
    keyword = "if_table_exists" if step.name == "write_database" else "if_exists"
    position = {"to_postgis": 3, "to_sql": 3}.get(step.name, -1)
    return step.arg(position + first if position > 0 else -1, keyword) == Const("append")


def _own_transaction(con: Term, context: FileContext) -> bool:
    """Whether the method opens a connection for itself: on an engine, or on the URL of a database."""
    con = strip(con)
    role = context.role(con)
    if role in ("engine", "connection", "session", "cursor"):
        return role == "engine"
    if is_text(con) or isinstance(con, Template) or is_own(con, context, _MAKERS):
        return not (isinstance(con, Invoke) and isinstance(con.func, Attr) and con.func.name in ("connect", "begin"))
    return "engine" in last_name(con).lower()


def _is_sqlite(con: Term, context: FileContext) -> bool:
    return is_own(con, context, ("sqlite3",))
