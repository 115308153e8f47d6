"""SQL text in Python code: what a statement does to which rows of which table, with placeholders bound to arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from session_lint.clients.call_shapes import Columns, last_name, unseen
from session_lint.clients.row_filters import Filter, members
from session_lint.facts.effects import OnConflict, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Phi, Ref, Sequence, Template, Term, strip

_BINDERS = frozenset({"bindparams", "columns", "execution_options"})  # of SQLAlchemy's text: what it gives is the same text
_WRAPPERS = frozenset({"text", "SQL", "dedent", "literal_column", "Composed", "cleandoc", "RawSQL"})

IS_SQL = re.compile(
    r"""\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*
    (?:DELETE[ \n]\s*(?:\S+\s+)?FROM\s | INSERT[ \n]\s*(?:OR\s+\w+\s+|IGNORE\s+)?INTO\s | INSERT[ ]IGNORE\s
    | LOCK\s+TABLES?\s | UPDATE[ \n][^=]*?\bSET\s | REPLACE[ ]INTO\s | MERGE[ ]INTO\s | TRUNCATE[ ] | SELECT[ \n] | WITH[ ]\s*\w+.*?\bAS\b
    | BEGIN\s*(?:IMMEDIATE|EXCLUSIVE|DEFERRED|TRANSACTION|ISOLATION|;|$)
    | SET[ ](?:LOCAL[ ])?TRANSACTION[ ] | START[ ]TRANSACTION | COMMIT\s*(?:;|$) | ROLLBACK\s*(?:;|$))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

_PLACEHOLDER = re.compile(
    r"""%\((?P<percent>\w+)\)s | (?P<position>%s(?!\w)|%d(?!\w)|\?) | \$(?P<dollar>\d+)
    | (?<![:\w]):(?P<name>[A-Za-z_]\w*) | (?<!\w)@(?P<at>[A-Za-z_]\w*)""",
    re.VERBOSE,
)
HOLE = re.compile(r"__p\d+__")


def named_placeholders(text: str) -> tuple[str, ...]:
    """The names of the placeholders of a text, each once, in their order."""
    found = (match["percent"] or match["name"] or match["at"] for match in _PLACEHOLDER.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `verb` is its SQL verb in lower case. Values that the text leaves open are Ref("__p3__")."""

    verb: str
    table: str = ""
    filters: tuple[Filter, ...] = ()
    values: Columns = ()
    complete: bool = False  # `values` holds every column that is written
    many: bool = False
    conflict: str = ""  # "update", "nothing": what an insert does with a row that exists
    on_conflict: OnConflict | None = None
    locks: bool = False  # nobody else writes what it has locked until the transaction ends
    whole: bool = False  # an insert of all rows that a query without conditions has


@dataclass(frozen=True, slots=True)
class SqlText:
    """SQL with numbered holes in place of placeholders and of inserted Python values."""

    text: str
    holes: tuple[Term | int | str, ...]  # a Python value, the number of a placeholder, or its name


def sql_texts(term: Term | None) -> list[SqlText]:
    """The SQL a value holds, once per alternative; nothing when it is not SQL."""
    if term is None:
        return []
    term = strip(term)
    if isinstance(term, Phi):
        return [found for option in term.options for found in sql_texts(option)][:8]
    if isinstance(term, Invoke) and last_name(term.func) in _WRAPPERS and term.args and isinstance(inner := strip(term.args[0]), Phi):
        return sql_texts(inner)  # `text(query)` of one of several texts
    parts = _parts(term)
    if not parts or not isinstance(parts[0], str) or not IS_SQL.match("".join(p if isinstance(p, str) else "__p0__" for p in parts)):
        return []
    return [_number(parts)]


def _parts(term: Term) -> list[str | Term]:
    match strip(term):
        case Const(str() as text):
            return [text]
        case Template(pieces):
            return [part for piece in pieces for part in (_parts(piece) or [piece])]
        case Op("+", (left, right)):
            first = _parts(left)
            return first + (_parts(right) or [right]) if first else []
        case Invoke(func, (inner, *_), _) if last_name(func) in _WRAPPERS:
            return _parts(inner)
        case Invoke(Attr(text, name)) if name in _BINDERS:  # `text("...").bindparams(owner=owner)`
            return _parts(text)
        case _:
            return []


def _number(parts: list[str | Term]) -> SqlText:
    holes: list[Term | int | str] = []
    text = ""
    positions = 0
    for part in parts:
        if not isinstance(part, str):
            # `"DELETE FROM t" + rest` is two words; only an underscore or a dot shows that a name goes on
            text += (" " if text[-1:].isalnum() else "") + f"__p{len(holes)}__"
            holes.append(part)
            continue
        at = 0
        for found in _PLACEHOLDER.finditer(part):
            text += part[at : found.start()] + f"__p{len(holes)}__"
            at = found.end()
            if found["position"]:
                holes.append(positions)
                positions += 1
            elif found["dollar"]:
                holes.append(f"${found['dollar']}")
            else:
                holes.append(found["percent"] or found["name"] or found["at"])
        text += part[at:]
    return SqlText(text, tuple(holes))


def bind(statement: Statement, sql: SqlText, arguments: tuple[Term, ...], named: Columns) -> Statement:
    """The statement with its holes filled: Python values as they are, placeholders from the call's arguments."""
    source = _Arguments(sql.text, arguments, named)

    def filled(term: Term) -> Term:
        match term:
            case Ref(name) if HOLE.fullmatch(name):
                hole = sql.holes[int(name[3:-2])]
                return source.value(hole) if isinstance(hole, (int, str)) else strip(hole)
            case Sequence(kind, items):
                inner = tuple(filled(item) for item in items)
                return inner[0] if len(inner) == 1 and not isinstance(inner[0], Const) else Sequence(kind, inner)
            case Op("sql", (Const(str() as text),)) if HOLE.search(text):
                used = tuple(filled(Ref(token)) for token in HOLE.findall(text))
                return Op("sql", (Const(HOLE.sub("?", text)), *used))
            case _:
                return term

    def condition(item: Filter) -> Filter:
        value = filled(item.value)
        return members(item.column, value) if item.how is Selection.MEMBERS else replace(item, value=value)

    return replace(
        statement,
        filters=tuple(condition(item) for item in statement.filters),
        values=tuple((column if not HOLE.search(column) else "", filled(value)) for column, value in statement.values),
    )


def table_term(statement: Statement, sql: SqlText) -> Term | None:
    """The table: a Const, or for a name put in by Python that value; `{T.__tablename__}` gives T."""
    name = statement.table
    if not name:
        return None
    pieces: list[Term] = []
    at = 0
    for found in HOLE.finditer(name):
        hole = sql.holes[int(found[0][3:-2])]
        pieces += [Const(name[at : found.start()].lower())] if found.start() > at else []
        pieces.append(strip(hole) if not isinstance(hole, (int, str)) else Const(None))
        at = found.end()
    if not pieces:
        return Const(name.lower())
    if at < len(name):
        pieces.append(Const(name[at:].lower()))
    if len(pieces) > 1:
        return Template(tuple(pieces))
    return _mapped_class(pieces[0])


def _mapped_class(term: Term) -> Term:
    while isinstance(term, Attr) and term.name in ("__tablename__", "__table__", "name", "_meta", "db_table"):
        term = strip(term.base)
    return Const(term.value.lower()) if isinstance(term, Const) and isinstance(term.value, str) else term


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What a call hands to the placeholders: a tuple, list or dict of values, or the values one by one."""

    text: str
    arguments: tuple[Term, ...]
    named: Columns

    def value(self, hole: int | str) -> Term:
        """The value for a placeholder; an item of the argument when it is not a display."""
        first = strip(self.arguments[0]) if self.arguments else None
        if isinstance(hole, str) and not hole.startswith("$"):
            return self._by_name(hole, first)
        number = int(hole[1:]) - 1 if isinstance(hole, str) else hole
        display = isinstance(first, Sequence) and first.kind in ("list", "tuple") and (isinstance(hole, int) or first.kind == "tuple")
        values = first.items if display and isinstance(first, Sequence) else self.arguments
        if display or len(values) > 1 or isinstance(hole, str):
            return values[number] if number < len(values) else unseen(f"{self.text}{number}")
        return Item(first, Const(number)) if first is not None else unseen(f"{self.text}{number}")

    def _by_name(self, name: str, first: Term | None) -> Term:
        pairs = list(self.named)
        if isinstance(first, Mapping):
            pairs += [(key.value, value) for key, value in first.entries if isinstance(key, Const) and isinstance(key.value, str)]
        found = dict(pairs).get(name)
        if found is not None:
            return found
        return Item(first, Const(name)) if first is not None else unseen(f"{self.text}{name}")
