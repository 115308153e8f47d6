"""SQL text: `ON CONFLICT (key) DO UPDATE SET ...`, on MySQL `ON DUPLICATE KEY UPDATE ...`; the transactions of the drivers."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file.databases import MYSQL, POSTGRESQL, SQLITE, databases, driver_of
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.writes import sql_literal
from session_lint.repair.rewrite.writes.connections import connection_of, is_pool
from session_lint.repair.rewrite.writes.rows import no_new_id

_WITH = {"sqlite3": "{}", "psycopg2": "{}", "psycopg": "{}.transaction()", "asyncpg": "{}.transaction()"}


_RUNNING = ("execute", "fetch", "run", "query")


class Sql(Idiom):
    """The statement stays as it is, a clause is added to it."""

    def upsert(self, halves: Halves) -> Written:
        if halves.material.origin:
            raise CannotRepair(f"the statement is in {halves.material.origin}: say there what is done with a row that exists")
        no_new_id(halves.insert_source, halves.insert)
        sql = sql_literal.literal(halves.insert_source, halves.insert, halves.sources)
        written = sql.columns()
        plain = {_bare(name): name for name in written}
        keys = [plain[name] for name in halves.require(tuple(plain))]
        others = [name for name in written if name not in keys]
        if _is_mysql(halves, sql.text):
            edit = _mysql(sql, keys, others)
        else:
            edit = sql_literal.extended(sql, *_clause(f"ON CONFLICT ({', '.join(keys)})", [f"{name} = excluded.{name}" for name in others]))
        return Written((edit,), tuple(plain))

    def transaction(self, halves: Halves) -> Opened:
        if halves.material.committed_between:
            raise CannotRepair("a commit stands between the two statements: move it after the insert")
        if not halves.direct:
            raise CannotRepair("the statements are in different functions, and may run on different connections")
        if _named(halves.clear, halves.material.clear_origin) or _named(halves.insert, halves.material.origin):
            raise CannotRepair("a method runs a statement of a file: open the transaction on the connection that it uses")
        connection = connection_of(halves.meeting, halves.clear)
        if connection != connection_of(halves.meeting, halves.insert):
            raise CannotRepair("the statements run on different connections")
        name = driver_of(halves.sources, halves.meeting, connection)
        if name not in _WITH:
            raise CannotRepair("which driver runs the statements cannot be told, or it has no transaction block: commit once, after both")
        if is_pool(connection):
            raise CannotRepair("each statement of a pool runs on a connection of its own: acquire one, and open a transaction on it")
        awaited = isinstance(halves.meeting.parent(halves.insert), cst.Await)
        return Opened(_WITH[name].format(connection), asynchronous=awaited)


def _clause(target: str, pairs: list[str]) -> tuple[str, tuple[str, ...]]:
    if not pairs:
        return f"{target} DO NOTHING", (f"{target} DO NOTHING",)
    head = f"{target} DO UPDATE SET"
    return f"{head} {', '.join(pairs)}", (head, *(f"    {pair}," for pair in pairs[:-1]), f"    {pairs[-1]}")


def _mysql(sql: sql_literal.Literal, keys: list[str], others: list[str]) -> Edit:
    pairs = [f"{name} = VALUES({name})" for name in others] or [f"{keys[0]} = {keys[0]}"]
    head = "ON DUPLICATE KEY UPDATE"
    lines = (head, *(f"    {pair}," for pair in pairs[:-1]), f"    {pairs[-1]}")
    return sql_literal.extended(sql, f"{head} {', '.join(pairs)}", lines)


def _is_mysql(halves: Halves, text: str) -> bool:
    """Raises CannotRepair when nothing tells which database it is, or too much does."""
    found = databases(halves.sources, halves.insert_source, halves.meeting, halves.clear_source)
    if not found:
        found = frozenset({POSTGRESQL} if re.search(r"\$1\b", text) else {SQLITE} if re.search(r"[(,]\s*\?", text) else ())
    if not found:
        raise CannotRepair("nothing in the project tells which database runs the SQL")
    if MYSQL in found and len(found) > 1:
        raise CannotRepair("the project speaks of several databases, whose upserts differ")
    return MYSQL in found


def _named(call: cst.Call, origin: str) -> bool:
    """Whether a method that a library makes of a named statement is called, and not a connection."""
    return bool(origin) and isinstance(call.func, cst.Attribute) and not call.func.attr.value.startswith(_RUNNING)


def _bare(name: str) -> str:
    return name.strip('"`[]')
