"""SQLAlchemy: the insert of the dialect with `on_conflict_do_update`; on MySQL `on_duplicate_key_update`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.databases import MYSQL, databases
from session_lint.repair.rewrite.file.fluent import fluent
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import imports, layout, statements
from session_lint.repair.rewrite.writes.rows import Row, keywords, no_new_id, row_of, value_of

_NAMED = "stmt"  # what a statement is called that the clause must refer to


@dataclass(frozen=True, slots=True)
class _Conflict:
    """The clause, in its parts: `.on_conflict_do_update(index_elements=[...], set_={...})`."""

    method: str
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        return f".{self.method}({', '.join(self.arguments)})"

    def fitted(self, source: Source, space: str, before: int = 0) -> str:
        """The clause in one line after `space` and `before` more characters, or its arguments on lines of their own."""
        if len(space) + before + len(self.text) <= source.limit:
            return self.text
        step = layout.unit(source)
        return f".{self.method}(\n" + "".join(f"{space}{step}{one},\n" for one in self.arguments) + f"{space})"


class Sqlalchemy(Idiom):
    """Core statements get a clause; an object that is added and not used again becomes such a statement."""

    def upsert(self, halves: Halves) -> Written:
        name = halves.insert.func.attr.value if isinstance(halves.insert.func, cst.Attribute) else ""
        no_new_id(halves.insert_source, halves.insert)
        return _added(halves) if name == "add" else _core(halves)

    def transaction(self, halves: Halves) -> Opened:
        if halves.material.committed_between:
            raise CannotRepair("a commit stands between the two statements: commit once, after the insert")
        raise CannotRepair("a session or connection has begun a transaction by its first statement: run both on one, and commit once")


def _core(halves: Halves) -> Written:
    """`insert(table).values(...)`, or `table.insert().values(...)`, wherever it is executed."""
    source, call = halves.insert_source, halves.insert
    statement = fluent(source, call)
    if m.findall(statement, m.Attribute(attr=m.OneOf(m.Name("from_select"), m.Name("prefix_with"), m.Name("on_conflict_do_nothing")))):
        raise CannotRepair("the insert is not a plain `insert(table).values(...)`")
    row = _values(source, statement)
    keys = halves.require(row.columns)
    if isinstance(call.func, cst.Name) and len(call.args) == 1:
        table = source.code(call.args[0].value)
        if imports.known(source, "sqlalchemy", "insert") != call.func.value and imports.known(source, "sqlmodel", "insert") == "":
            raise CannotRepair(f"`{call.func.value}` is not the insert of sqlalchemy")
        renamed: cst.CSTNode = call.func
    elif isinstance(call.func, cst.Attribute) and not call.args:
        table, renamed = source.code(call.func.value), call
    else:
        raise CannotRepair("the table of the insert cannot be seen")
    dialect = _dialect(halves)
    local, needed, unused = _insert_of(source, dialect, call.func)
    swap = [] if local == source.code(renamed) else [source.replace(renamed, local if renamed is not call else f"{local}({table})")]
    if _computed(source, keys, row):
        name = _bound_to(source, statement) or _free_name(source, statement)
        conflict = _conflict(source, dialect, table, keys, row, core=True, named=name)
        made = f"{local}({table}){_after(source, call, statement)}"
        return Written((*needed, *_in_two(source, statement, made, conflict, swap)), row.columns, unused=unused)
    conflict = _conflict(source, dialect, table, keys, row, core=True)
    return Written((*needed, *swap, *_appended(source, statement, conflict, swap)), row.columns, unused=unused)


def _added(halves: Halves) -> Written:
    """`db.add(Token(user_id=user_id, value=value))`, when nothing needs the object afterwards."""
    source, call = halves.insert_source, halves.insert
    if imports.known(source, "sqlmodel", "SQLModel") or halves.sources.search(r"^\s*from\s+sqlmodel\s+import"):
        raise CannotRepair("SQLModel fills defaults when an object is made, which an insert statement would leave out")
    made, extra = _made(source, call)
    model = source.code(made.func)
    row = Row(keywords(source, made.args), made)
    for name in row.columns:
        if halves.sources.search(rf"^\s+{name}\b[^#\n]*\brelationship\("):
            raise CannotRepair(f"`{name}` is a relationship, not a column")
    keys = halves.require(row.columns)
    dialect = _dialect(halves)
    local, needed, unused = _insert_of(source, dialect, None)
    named = _free_name(source, call) if _computed(source, keys, row) else ""
    conflict = _conflict(source, dialect, model, keys, row, core=False, named=named)
    assert isinstance(call.func, cst.Attribute)
    wait = "await " if _asynchronous(halves) else ""
    values = ", ".join(f"{name}={source.code(value)}" for name, value in row.entries)
    text = f"{local}({model}).values({values})"
    note = f"events and validators of {model} objects no longer run"
    statement = source.statement(call)
    if named:
        lines = _two_lines(source, statement, text, conflict, f"{wait}{source.code(call.func.value)}.execute(", ")")
        return Written((*needed, *extra, source.replace(call, lines)), row.columns, note=note, unused=unused)
    outer = statements.indent(source, statement)
    space = outer + layout.unit(source)
    head = f"{wait}{source.code(call.func.value)}.execute("
    whole = f"{head}{text}{conflict.text})"
    if len(outer) + len(whole) > source.limit:
        parts = (head, f"{local}({model})", f".values({values})", conflict.fitted(source, space))
        whole = f"\n{space}".join(parts) + f"\n{outer})"
    edits = (*needed, *extra, source.replace(call, whole))
    return Written(edits, row.columns, note=note, unused=unused)


# -- parts -----------------------------------------------------------------------------------------------------------


def _values(source: Source, statement: cst.Call) -> Row:
    """The row of the one `.values(...)` in a chain, else of the argument beside the statement: `execute(insert(t), {...})`."""
    calls = [one for one in m.findall(statement, m.Call(func=m.Attribute(attr=m.Name("values")))) if isinstance(one, cst.Call)]
    if len(calls) != 1:
        raise CannotRepair("the columns of the new row cannot be seen: there is not exactly one `.values(...)`")
    args = calls[0].args
    if len(args) == 1 and args[0].keyword is None and not args[0].star:
        return row_of(source, args[0].value)
    return Row(keywords(source, args), calls[0])


def _dialect(halves: Halves) -> str:
    found = databases(halves.sources, halves.insert_source, halves.meeting, halves.clear_source)
    if not found:
        raise CannotRepair("nothing in the project tells which database it is, and each dialect has an upsert of its own")
    if len(found) > 1:
        raise CannotRepair("the project speaks of several databases, whose upserts differ")
    return next(iter(found))


def _insert_of(source: Source, dialect: str, used: cst.BaseExpression | None) -> tuple[str, tuple[Edit, ...], tuple[str, ...]]:
    """The local name of the dialect's insert, the edit that imports it, and the generic one when it is no longer used."""
    module = f"sqlalchemy.dialects.{dialect}"
    known = imports.known(source, module, "insert")
    generic = used.value if isinstance(used, cst.Name) else ""
    if known:
        return known, (), (generic,) if generic and known != generic else ()
    alone = bool(generic) and len(m.findall(source.module, m.Name(generic))) == 2  # its import and this use
    if alone and generic == "insert":
        return "insert", (imports.line(source, module, f"from {module} import insert"),), ("insert",)
    if imports.mentions(source, "insert"):
        alias = {"postgresql": "pg_insert"}.get(dialect, f"{dialect}_insert")
        if imports.mentions(source, alias):
            raise CannotRepair(f"`{alias}` already means something else in {source.path}")
        return alias, (imports.line(source, module, f"from {module} import insert as {alias}"),), ()
    local, edits = imports.ensure(source, module, "insert")
    return local, edits, ()


def _computed(source: Source, keys: Sequence[str], row: Row) -> bool:
    """Whether a value is better not written twice: it is computed, or takes several lines."""
    values = [value for name, value in row.entries if name not in keys]
    computed = m.Call() | m.Await() | m.NamedExpr() | m.ListComp() | m.SetComp() | m.DictComp() | m.GeneratorExp()
    return any(m.findall(value, computed) or "\n" in source.code(value) for value in values)


def _free_name(source: Source, node: cst.CSTNode) -> str:
    scope = source.function_around(node) or source.module
    if m.findall(scope, m.Name(_NAMED)):
        raise CannotRepair(f"a value is computed in the insert, which an upsert needs twice, and `{_NAMED}` is taken")
    return _NAMED


def _bound_to(source: Source, chain: cst.Call) -> str:
    match source.parent(chain):
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
            return str(name)
    return ""


def _after(source: Source, call: cst.Call, statement: cst.Call) -> str:
    start, end = source.span(call), source.span(statement)
    return source.slice(Span(start.end_row, start.end_column, end.end_row, end.end_column))


def _in_two(source: Source, chain: cst.Call, made: str, conflict: _Conflict, swap: Sequence[Edit]) -> tuple[Edit, ...]:
    """`stmt = insert(...).values(...)`, then what ran it runs `stmt.on_conflict_do_update(...)`."""
    statement = source.statement(chain)
    name = _bound_to(source, chain)
    if name:
        space = statements.indent(source, statement)
        lines = f"{name} = {name}{conflict.fitted(source, space)}".replace(f"\n{space}", "\n").split("\n")
        return (*swap, statements.after(source, statement, lines))
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if small is None or not _alone(source, chain) or source.span(small).row != source.span(small).end_row:
        raise CannotRepair("a value is computed in the insert, which an upsert needs twice: bind it to a name first")
    begin, whole, end = source.span(small), source.span(chain), source.span(small)
    head = source.slice(Span(begin.row, begin.column, whole.row, whole.column))
    tail = source.slice(Span(whole.end_row, whole.end_column, end.end_row, end.end_column))
    return (source.replace(small, _two_lines(source, statement, made, conflict, head, tail)),)


def _two_lines(source: Source, statement: statements.Statement, made: str, conflict: _Conflict, head: str, tail: str) -> str:
    space = statements.indent(source, statement)
    last = f"{head}{_NAMED}{conflict.text}{tail}"
    if len(space) + len(last) > source.limit:
        step = space + layout.unit(source)
        last = f"{head}\n{step}{_NAMED}{conflict.fitted(source, step, len(_NAMED))}\n{space}{tail}"
    return f"{_NAMED} = {made}\n{space}{last}"


def _conflict(source: Source, dialect: str, table: str, keys: Sequence[str], row: Row, *, core: bool, named: str = "") -> _Conflict:
    """`named`: the statement has a name, and the new values are taken from it."""
    fresh = f"{named}.{'inserted' if dialect == MYSQL else 'excluded'}"
    others = [(name, value) for name, value in row.entries if name not in keys]
    pairs = [f'"{name}": {f"{fresh}.{name}" if named else source.code(value)}' for name, value in others]
    if dialect == MYSQL:
        same = [f'"{name}": {source.code(value)}' for name, value in row.entries if name == keys[0]]
        return _Conflict("on_duplicate_key_update", (f"{{{', '.join(pairs or same)}}}",))
    tables = core and f"{table}.c." in source.text
    elements = f"index_elements=[{', '.join(f'{table}.c.{key}' if tables else f'{table}.{key}' for key in keys)}]"
    if not pairs:
        return _Conflict("on_conflict_do_nothing", (elements,))
    return _Conflict("on_conflict_do_update", (elements, f"set_={{{', '.join(pairs)}}}"))


def _appended(source: Source, chain: cst.Call, conflict: _Conflict, swap: Sequence[Edit]) -> tuple[Edit, ...]:
    """The clause at the end of the chain: one method a line where the chain is laid out so, or where the line would get too long."""
    end = source.span(chain)
    if not isinstance(chain.func, cst.Attribute):
        return (source.insert(end.end_row, end.end_column, conflict.text),)
    dot = source.span(chain.func.dot)
    space = source.line(dot.row)[: dot.column - 1]
    if not space.strip() and dot.row != source.span(chain).row:
        return (source.insert(end.end_row, end.end_column, f"\n{space}{conflict.fitted(source, space)}"),)
    line = source.line(end.end_row)
    grown = sum(len(edit.content) for edit in swap)
    if len(line) + len(conflict.text) + grown <= source.limit or end.row != end.end_row:
        return (source.insert(end.end_row, end.end_column, conflict.text),)
    space = line[: len(line) - len(line.lstrip())]
    inner = space + layout.unit(source)
    opening = () if _alone(source, chain) else ("(", ")")
    broken = Span(dot.row, dot.column, dot.row, dot.column)
    return (
        source.insert(end.row, end.column, f"{opening[0] if opening else ''}\n{inner}"),
        Edit(source.path, f"\n{inner}", broken),
        source.insert(end.end_row, end.end_column, f"\n{inner}{conflict.fitted(source, inner)}\n{space}{opening[1] if opening else ''}"),
    )


def _alone(source: Source, chain: cst.Call) -> bool:
    """Whether a chain is the only argument of a call, whose parentheses are then enough to break lines in."""
    argument = source.parent(chain)
    call = source.parent(argument) if isinstance(argument, cst.Arg) else None
    return isinstance(call, cst.Call) and len(call.args) == 1


def _made(source: Source, call: cst.Call) -> tuple[cst.Call, tuple[Edit, ...]]:
    """The call that makes the added object, and the edit that takes out its own statement when it has one."""
    statement = source.statement(call)
    if not isinstance(statement, cst.SimpleStatementLine) or not m.matches(statement.body[0], m.Expr(value=m.Call(func=m.DoNotCare()))):
        raise CannotRepair("the result of the insert is used")
    if len(call.args) != 1:
        raise CannotRepair("the added object cannot be seen")
    given = call.args[0].value
    made = value_of(source, given)
    if not isinstance(made, cst.Call):
        raise CannotRepair("the added object is not made where it can be seen")
    if made is given:
        return made, ()
    assert isinstance(given, cst.Name)
    scope = source.function_around(call) or source.module
    if len(m.findall(scope, m.Name(given.value))) != 2:
        raise CannotRepair(f"`{given.value}` is used besides being added: an upsert statement gives no object")
    return made, (statements.remove(source, source.statement(made)),)


def _asynchronous(halves: Halves) -> bool:
    """Whether `execute` is to be awaited: `add` never is, so the clear must tell, on the same session in the same function."""
    source, clear = halves.insert_source, halves.clear
    function = source.function_around(halves.insert)
    if function is None or function.asynchronous is None:
        return False
    if not halves.direct:
        raise CannotRepair("whether the session is asynchronous cannot be told")
    return any(isinstance(above, cst.Await) for above in halves.clear_source.parents(clear))
