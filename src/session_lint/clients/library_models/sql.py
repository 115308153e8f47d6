"""SQL text run by any client: sqlite3, psycopg, asyncpg, MySQL drivers, `text()` of SQLAlchemy, own wrappers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, last_name
from session_lint.clients.handles import DRIVERS
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, retiring, several, writing
from session_lint.clients.row_filters import picking
from session_lint.clients.sql_text import SqlText, Statement, bind, sql_texts, table_term
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind, Selection
from session_lint.facts.terms import Attr, Comprehension, Const, Element, Invoke, Mapping, Param, Ref, Sequence, Term, dotted, strip

_RUN = frozenset({
    *("execute", "executemany", "executescript", "execute_many", "execute_values", "execute_batch", "executescript_write"),
    *("execute_write", "execute_write_many", "execute_write_script", "execute_query", "execute_sql", "execute_insert", "exec_driver_sql"),
    *("fetch", "fetchone", "fetchall", "fetchrow", "fetchval", "fetch_one", "fetch_all", "fetch_val", "fetch_row"),
    *("run", "query", "query_one", "run_query", "run_sql", "exec", "scalar", "scalars", "select", "raw", "command", "one", "all"),
    *("value", "values", "insert", "update", "delete", "statement", "sql", "execute_fetchall", "iterate"),
})  # fmt: skip
_CALLABLE = frozenset({"db", "conn", "connection", "cursor", "tx", "db_transaction", "db_query", "database"})
_CONNECTIONS = frozenset(
    {"conn", "cursor", "cur", "c", "tx", "txn", "connection", "crsr", "curs", "con", "dbconn", "db_conn", "transaction"}
)
_ENDS = {
    "commit": EffectKind.COMMIT,
    "rollback": EffectKind.ROLLBACK,
    "begin": EffectKind.BEGIN,
    "start_transaction": EffectKind.BEGIN,
}
_BEGIN = ("pymysql", "MySQLdb", "aiomysql", "asyncmy", "mysql", "duckdb")  # `connection.begin()` begins, whatever it is set to
_MANY = frozenset({"executemany", "execute_many", "execute_values", "execute_batch", "execute_write_many"})
_BUFFERED = ("sqlite3", "psycopg", "psycopg2", "aiosqlite", "MySQLdb", "pymysql", "mysql", "aiomysql", "sqlalchemy", "pyodbc", "oracledb")
_COPY = "copy_records_to_table"
_SERIAL = ("sqlite3", "aiosqlite")
_TRANSACTION = ("transaction", "atomic", "savepoint")


_PLAIN: dict[str, Callable[[Effect], Effect]] = {
    "begin": lambda base: replace(base, kind=EffectKind.BEGIN, verb="BEGIN", autocommit=False),
    "commit": lambda base: replace(base, kind=EffectKind.COMMIT, verb="COMMIT", autocommit=False),
    "rollback": lambda base: replace(base, kind=EffectKind.ROLLBACK, verb="ROLLBACK", autocommit=False),
    "lock": lambda base: replace(base, locks=True, verb="LOCK"),
}


class Sql(LibraryModel):
    """The statement is the first argument that reads as SQL. An update counts when it retires rows.

    `INSERT OR IGNORE` and `ON CONFLICT DO NOTHING` are inserts that ignore conflicts, not upserts: the values of the
    call do not reach a row that exists.
    """

    advice = Advice(
        row="`INSERT ... ON CONFLICT ({columns}) DO UPDATE SET ...` (MySQL: `ON DUPLICATE KEY UPDATE`)",
        missing="`INSERT ... ON CONFLICT ({columns}) DO NOTHING` and read the row (MySQL: `INSERT IGNORE`)",
        partial="use `INSERT ... ON CONFLICT ({columns}) WHERE {condition} DO NOTHING` and read the row",
        taken="the driver's `IntegrityError`",
        rows="one transaction: both statements before one commit, or in the block of the driver (`with connection:` in sqlite3)",
        unique="It needs a unique constraint on {columns}",
    )
    packages = ("sqlite3", "aiosqlite", "psycopg", "psycopg2", "asyncpg", "pymysql", "MySQLdb", "aiomysql", "pyodbc", "oracledb", "duckdb")
    words = (
        *("delete ", "delete\n", "insert ", "insert\n", "update ", "update\n", "select ", "select\n", "replace into", "merge into"),
        *("truncate ", "begin", "start transaction", "commit", "rollback", "transaction", "atomic", "savepoint"),
        *("execute", "fetch", ".query(", "copy_records"),  # the statement may be a constant of the module
        *("with conn", ".conn", "_conn", "connect("),  # `with conn:` ends with a commit
    )
    methods = _RUN | _CALLABLE | frozenset(_ENDS) | {_COPY}
    handles = DRIVERS
    evidence = (
        *(
            Evidence(_RUN | _CALLABLE, kind, words=tuple(f"sql {verb}" for verb in verbs), on_text="sql")
            for kind, verbs in (
                (EffectKind.READ, ("select",)),
                (EffectKind.INSERT, ("insert", "replace", "merge")),
                (EffectKind.UPSERT, ("insert", "replace", "merge")),
                (EffectKind.CLEAR, ("delete", "update", "truncate")),
            )
        ),
        Evidence(_RUN | _CALLABLE, EffectKind.INSERT, words=("sql conflict",), on_text="sql", answers=True),
        Evidence(frozenset({_COPY}), EffectKind.INSERT, on_text="sql"),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        receiver = strip(call.func.base) if isinstance(call.func, Attr) else strip(call.func)
        name = last_name(call.func)
        base = self._base(receiver, context)
        if name == _COPY:
            yield from self._copied(base, call)
            return
        if name in _ENDS:
            needless = _ENDS[name] is EffectKind.BEGIN and not base.autocommit and not context.imports_any(*_BEGIN)
            if isinstance(call.func, Attr) and _is_connection(receiver, context) and not needless:
                yield replace(base, kind=_ENDS[name], verb=f".{name}()", autocommit=False)
            return
        for position, argument in enumerate(call.args[:2] or _named_statement(call)):
            texts = sql_texts(argument)
            if position == 1 and texts and call.args:
                receiver = strip(call.args[0])  # execute_values(cursor, "INSERT ...", rows)
                base = self._base(receiver, context)
            if texts:
                yield from self._statements(base, texts, call, position, many=name in _MANY)
                return

    @staticmethod
    def _copied(base: Effect, call: Invoke) -> Iterator[Effect]:
        """`connection.copy_records_to_table("line", records=rows, columns=[...])` of asyncpg."""
        table, columns = strip(call.arg(0, "table_name") or NOTHING), strip(call.kwarg("columns") or NOTHING)
        if not isinstance(table, Const) or not isinstance(table.value, str):
            return
        row = _one_row(call.kwarg("records") or NOTHING)
        names = [one.value for one in columns.items if isinstance(one, Const)] if isinstance(columns, Sequence) else []
        values = zip(map(str, names), row.items, strict=False) if isinstance(row, Sequence) else ()
        yield writing(base, EffectKind.INSERT, table, Rows(tuple(values), many=True), "COPY")

    def _statements(self, base: Effect, texts: list[SqlText], call: Invoke, position: int, *, many: bool) -> Iterator[Effect]:
        from session_lint.clients.sql_reader import read_statements  # imports sqlglot, which is slow: only when SQL is met

        for text in texts:
            for statement in read_statements(text.text):
                yield from self._effects(base, statement, text, call, position, many=many)

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        called = strip(term.func) if isinstance(term, Invoke) else strip(term)
        name = last_name(called).lower()
        if any(word in name for word in _TRANSACTION) and not name.startswith(("is_", "on_", "non_", "in_atomic")) and "lock" not in name:
            owner = strip(called.base) if isinstance(called, Attr) else None
            known = _named_connection(owner)
            return Scope(ScopeKind.TRANSACTION, self.stem, owner if known else None, ambient=not known, nested="savepoint" in name)
        if name == "begin" and isinstance(called, Attr):
            owner = strip(called.base)
            return Scope(ScopeKind.TRANSACTION, self.stem, owner if _named_connection(owner) else None, ambient=False)
        if context.imports_any("sqlite3", "psycopg", "psycopg2") and self._commits_at_exit(term, name):
            return Scope(ScopeKind.TRANSACTION, self.stem, None if isinstance(term, Invoke) else strip(term), ambient=False)
        return None

    @staticmethod
    def _commits_at_exit(term: Term, name: str) -> bool:
        """`with conn:` and `with sqlite3.connect(path) as conn:` end with a commit."""
        if isinstance(term, Invoke):
            return dotted(term.func) in ("sqlite3.connect", "psycopg.connect", "psycopg2.connect")
        return name.lstrip("_") in ("conn", "connection") or name.endswith(("_conn", "_connection"))

    def _base(self, receiver: Term, context: FileContext) -> Effect:
        return Effect(
            EffectKind.READ,
            self.stem,
            connection=receiver,
            autocommit=_autocommits(receiver, context),
            serial_writers=context.imports_any(*_SERIAL),
        )

    def _effects(self, base: Effect, raw: Statement, text: SqlText, call: Invoke, position: int, *, many: bool) -> Iterator[Effect]:
        arguments, named = call.args[position + 1 :], call.kwargs
        for keyword in ("params", "parameters", "args", "values", "vars"):
            value = call.kwarg(keyword)
            arguments = (value, *arguments) if value is not None and not arguments else arguments
        many = many or _rows_by_name(text, arguments)
        if arguments and many:
            arguments = (_one_row(arguments[0]), *arguments[1:])
        statement = bind(raw, text, arguments, named)
        table = table_term(statement, text)
        if statement.verb in _PLAIN:
            yield from (_PLAIN[verb](base) for verb in _plain(statement))
        elif statement.verb == "delete":
            yield picking(base, EffectKind.CLEAR, table, statement.filters, "DELETE FROM")
        elif statement.verb == "update":
            yield from retiring(base, table, statement.filters, statement.values, "UPDATE")
        elif statement.verb == "select":
            yield replace(picking(base, EffectKind.READ, table, statement.filters, "SELECT"), locks=statement.locks)
        elif statement.verb in ("insert", "merge"):
            new = Rows(statement.values, statement.complete, statement.many or many)
            upsert = statement.conflict == "update" or statement.verb == "merge"
            verb = "MERGE INTO" if statement.verb == "merge" else "INSERT INTO"
            effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, table, new, verb)
            whole = Selection.ALL if statement.whole else effect.selection
            kept = statement.conflict == "nothing"
            yield replace(effect, ignores_conflicts=kept, selection=whole, conflict=statement.on_conflict)


def _plain(statement: Statement) -> tuple[str, ...]:
    """What a statement without rows does: one that begins a transaction may keep others out of it."""
    return ("begin", "lock") if statement.verb == "begin" and statement.locks else (statement.verb,)


def _rows_by_name(text: SqlText, arguments: tuple[Term, ...]) -> bool:
    """Whether named placeholders get a list: each of its dicts is a row (SQLAlchemy's `execute(text(...), rows)`)."""
    named = any(isinstance(hole, str) and not hole.startswith("$") for hole in text.holes)
    return named and bool(arguments) and not isinstance(strip(arguments[0]), Mapping) and several(arguments[0])


def _named_statement(call: Invoke) -> tuple[Term, ...]:
    """The statement of a call that names all of its arguments."""
    return tuple([value for name, value in call.kwargs if name in ("query", "sql", "statement", "operation")][:1])


def _one_row(argument: Term) -> Term:
    """What one execution of an `executemany` gets."""
    match strip(argument):
        case Comprehension(element, _):
            return strip(element)
        case Sequence(_, (first, *_)) if isinstance(strip(first), (Sequence, Mapping)):
            return strip(first)
        case other:
            return Element(other, -1)


def _named_connection(term: Term | None) -> bool:
    return term is not None and last_name(term).lower().lstrip("_") in _CONNECTIONS | {"session", "db", "database"}


def _is_connection(receiver: Term, context: FileContext) -> bool:
    role = context.role(receiver)
    if role:
        return role in ("connection", "cursor")
    name = last_name(receiver).lower()
    if "session" in name or context.imports_any("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "redis"):
        return False  # the SQLAlchemy model knows it
    return _named_connection(receiver) or name.lstrip("_").endswith(("conn", "connection", "db", "transaction", "database"))


def _autocommits(receiver: Term, context: FileContext) -> bool:
    """Whether a statement is final at once. By the driver imported; for a wrapper by what the receiver is."""
    if context.imports_any("asyncpg", "aiopg", "databases"):
        return True
    if context.imports_any(*_BUFFERED):
        return False
    if isinstance(receiver, (Param, Attr, Invoke, Ref)):
        return last_name(receiver).lower().lstrip("_") not in _CONNECTIONS
    return True
