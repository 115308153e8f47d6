"""Reading SQL statements with sqlglot, and with a few patterns where it cannot follow. Import it only when SQL is met."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from session_lint.clients.call_shapes import unseen
from session_lint.clients.row_filters import OPAQUE, Filter, differs, ordered
from session_lint.clients.sql_conflicts import leaves_it, on_conflict
from session_lint.clients.sql_text import HOLE, Statement
from session_lint.facts.effects import Selection
from session_lint.facts.terms import Const, Op, Ref, Sequence, Term

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of syntax it skips; the patterns below take over

_MYSQL = re.compile(r"`|\bINSERT\s+IGNORE\b|\bON\s+DUPLICATE\s+KEY\b|\bBINARY\b", re.IGNORECASE)
_SQLITE = re.compile(r"\bINSERT\s+OR\b", re.IGNORECASE)
_LOCK = re.compile(r"\bpg_(?:try_)?advisory_(?:xact_)?lock\s*\(|^\s*LOCK\s+TABLES?\b|\bGET_LOCK\s*\(|\bSERIALIZABLE\s*$", re.IGNORECASE)
_ALONE = re.compile(r"\s*BEGIN\s+(?:IMMEDIATE|EXCLUSIVE)\b|.*\bSERIALIZABLE\b", re.IGNORECASE)
_FOR_UPDATE = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b", re.IGNORECASE)
_PLAIN = re.compile(r"\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def read_statements(text: str) -> tuple[Statement, ...]:
    """The statements of a text (`SqlText.text`) in their order; those that do nothing the analysis knows are left out."""
    found = (_read(part) for part in _split(text))
    return tuple(statement for statement in found if statement is not None)


def _split(text: str) -> Iterator[str]:
    for part in re.split(r";(?=(?:[^']*'[^']*')*[^']*$)", text):
        if part.strip():
            yield part


def _read(text: str) -> Statement | None:
    plain = _PLAIN.match(text)
    if plain:
        return Statement(plain[1].split()[0].lower().replace("start", "begin"), locks=_ALONE.match(text) is not None)
    if _LOCK.search(text):
        return Statement("lock", locks=True)
    text = re.sub(r"^\s*REPLACE\s+INTO\b", "INSERT OR REPLACE INTO", text, flags=re.IGNORECASE)
    dialect = "mysql" if _MYSQL.search(text) else "sqlite" if _SQLITE.search(text) else "postgres"
    try:
        tree = sqlglot.parse_one(text, dialect=dialect)
    except (SqlglotError, RecursionError):
        return _by_pattern(text)
    found = _from_tree(tree) or _by_pattern(text)
    return replace(found, locks=True) if found is not None and found.verb == "select" and _FOR_UPDATE.search(text) else found


def _from_tree(tree: exp.Expr) -> Statement | None:
    match tree:
        case exp.Delete():
            return Statement("delete", _table(tree.this), tuple(_where(tree)))
        case exp.Update():
            values = tuple((_column(item.this), _value(item.expression)) for item in tree.expressions if isinstance(item, exp.EQ))
            return Statement("update", _table(tree.this), tuple(_where(tree)), values)
        case exp.Insert():
            return replace(_insert(tree), on_conflict=on_conflict(tree))
        case exp.Merge():
            return Statement("merge", _table(tree.this), many=True)
        case exp.TruncateTable():
            return Statement("delete", _table(tree.expressions[0]) if tree.expressions else "")
        case exp.Select():
            source = tree.args.get("from_") or tree.args.get("from")
            return Statement("select", _table(source.this), tuple(_where(tree))) if source is not None else _asked(tree)
        case _:
            return None


def _asked(tree: exp.Select) -> Statement | None:
    """`SELECT EXISTS (SELECT 1 FROM carts WHERE ...)`: a look-up of what is asked for."""
    asked = [item.unalias().unnest() for item in tree.expressions]
    inner = asked[0].this if len(asked) == 1 and isinstance(asked[0], exp.Exists) else None
    return _from_tree(inner.unnest()) if inner is not None else None


def _insert(tree: exp.Insert) -> Statement:
    schema = tree.this
    names = [item.name.lower() for item in schema.expressions] if isinstance(schema, exp.Schema) else []
    source = tree.expression
    tuples = source.expressions if isinstance(source, exp.Values) else []
    first = tuples[0].expressions if tuples and isinstance(tuples[0], exp.Tuple) else tuples[:1]
    values: tuple[tuple[str, Term], ...] = ()
    if len(first) == len(names):
        values = tuple((name, _value(item)) for name, item in zip(names, first, strict=True))
    elif not names:
        values = tuple(("", _value(item)) for item in first)
    if len(names) > 1 and [str(item) for item in first] and len(first) == 1 and HOLE.search(first[0].sql()):
        values = tuple((name, unseen(f"{tree.sql()}{name}")) for name in names if not HOLE.search(name))
        return Statement("insert", _table(schema), (), values, complete=False, many=True, conflict=_conflict(tree))  # all rows at once
    if isinstance(source, exp.Select):
        return _copied(tree, source, _table(schema))
    complete = bool(values) and bool(names) and not any(HOLE.search(name) for name in names)
    return Statement("insert", _table(schema), (), values, complete, len(tuples) > 1 or isinstance(source, exp.Query), _conflict(tree))


def _copied(tree: exp.Insert, source: exp.Select, table: str) -> Statement:
    """`INSERT ... SELECT`: what its conditions say of the rows."""
    where = source.args.get("where")
    conditions = tuple((item.column, item.value) for item in _conditions(where.this) if item.how is Selection.KEY) if where else ()
    return Statement("insert", table, (), conditions, complete=False, many=True, conflict=_conflict(tree), whole=where is None)


def _conflict(tree: exp.Insert) -> str:
    if tree.args.get("overwrite") or tree.args.get("alternative") == "REPLACE":
        return "update"
    if tree.args.get("ignore") or tree.args.get("alternative") == "IGNORE":
        return "nothing"
    conflict = tree.args.get("conflict")
    if conflict is None:
        return ""
    return "nothing" if "NOTHING" in str(conflict.args.get("action") or "").upper() or leaves_it(conflict) else "update"


def _table(node: exp.Expr | None) -> str:
    if isinstance(node, exp.Schema):
        node = node.this
    return node.name.lower() if node is not None else ""


def _where(tree: exp.Expr) -> Iterator[Filter]:
    table = tree.this
    if isinstance(table, exp.Table) and (table.args.get("joins") or HOLE.search(table.alias)):
        yield OPAQUE  # the rest of the statement is in a Python value
    where = tree.args.get("where")
    if where is not None:
        yield from _conditions(where.this)


def _conditions(node: exp.Expr) -> Iterator[Filter]:
    node = node.unnest()
    match node:
        case exp.And():
            yield from _conditions(node.left)
            yield from _conditions(node.right)
        case exp.Not():
            yield from (_negated(item) for item in _conditions(node.this))
        case exp.In():
            yield _in(node)
        case exp.Binary() if isinstance(node, _COMPARISONS):
            found = _compare(node, node.left, node.right)
            yield _negated(found) if node.args.get("negate") else found  # how newer versions of sqlglot give `IS NOT`, `NOT LIKE`
        case exp.Between():
            yield Filter(_column(node.this), _value(node.args["low"]), Selection.RANGE)
        case exp.Boolean():
            yield Filter("", Const(None), Selection.ALL)
        case _:
            yield OPAQUE


def _negated(item: Filter) -> Filter:
    if item.how is Selection.KEY:
        return differs(item.column, item.value)
    return Filter(item.column, item.value, Selection.DIFFERENCE)


def _in(node: exp.In) -> Filter:
    query = node.args.get("query")
    column = _column(node.this)
    if query is not None:
        cut = query.find(exp.Limit, exp.Order) is not None
        return Filter(column, _value(query), Selection.RANGE if cut else Selection.MEMBERS)
    return Filter(column, Sequence("tuple", tuple(_value(item) for item in node.expressions)), Selection.MEMBERS)


_EQUAL = (exp.EQ, exp.Is, exp.NullSafeEQ)
_COMPARISONS = (*_EQUAL, exp.NEQ, exp.NullSafeNEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike)
_OPERATORS: dict[type[exp.Expr], str] = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}


def _compare(node: exp.Expr, left: exp.Expr, right: exp.Expr) -> Filter:
    if not _column(left) and _column(right):
        left, right = right, left
    column = _column(left)
    if isinstance(node, exp.EQ) and isinstance(right, (exp.Any, exp.All)):
        return Filter(column, Sequence("tuple", (_value(right.this),)), Selection.MEMBERS)
    value = _value(right)
    if not column:
        same = isinstance(left, exp.Literal) and isinstance(node, exp.EQ) and left == right
        return Filter("", value, Selection.ALL) if same else OPAQUE
    if isinstance(node, _EQUAL):
        return Filter(column, value, folded=isinstance(left.unnest(), (exp.Lower, exp.Upper)))
    if isinstance(node, (exp.NEQ, exp.NullSafeNEQ)):
        return differs(column, value)
    operator = _OPERATORS.get(type(node))
    return ordered(column, value, operator) if operator else Filter(column, value, Selection.RANGE)


_INSIDE = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)


def _column(node: exp.Expr) -> str:
    node = node.unnest()
    if isinstance(node, exp.Column):
        return "" if HOLE.fullmatch(node.name) else node.name.lower()
    if isinstance(node, (exp.Cast, exp.Lower, exp.Upper, exp.Date)) and isinstance(node.this, exp.Expr):
        return _column(node.this)
    if isinstance(node, _INSIDE):
        base, keys = _column(node.this), _keys(node.expression)
        return "->".join((base, *keys)) if base and keys else ""
    return ""


def _keys(path: exp.Expr) -> tuple[str, ...]:
    """The keys of a path into a JSON value; none when it has anything but keys."""
    if isinstance(path, exp.JSONPath):
        below = [part for part in path.expressions if not isinstance(part, exp.JSONPathRoot)]
        return tuple(str(part.this) for part in below) if all(isinstance(part, exp.JSONPathKey) for part in below) else ()
    text = path.name if isinstance(path, exp.Literal) and path.is_string else ""
    return tuple(text.strip("{}").split(",")) if text and not HOLE.search(text) else ()


def _value(node: exp.Expr) -> Term:
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if isinstance(node, exp.Column) and HOLE.fullmatch(node.name):
        return Ref(node.name)
    if isinstance(node, exp.Null):
        return Const(None)
    if isinstance(node, exp.Boolean):
        return Const(bool(node.this))
    if isinstance(node, exp.Literal):
        return _literal(node.name, text=node.is_string)
    return Op("sql", (Const(node.sql()),))


def _literal(value: str, *, text: bool) -> Term:
    if HOLE.fullmatch(value):
        return Ref(value)
    if not text and value.isdigit():
        return Const(int(value))
    return Const(value)


# -- patterns, for text that sqlglot cannot parse because a part of it is missing ---------------------------------------

_NAME = r"[`\"\[]?(?:\w+[`\"\]]?\.[`\"\[]?)*(?P<table>\w+)[`\"\]]?"
_PATTERNS = (
    ("delete", re.compile(r"\s*(?:WITH\b.*?)?DELETE\s+(?:\S+\s+)?FROM\s+" + _NAME, re.IGNORECASE | re.DOTALL)),
    (
        "insert",
        re.compile(
            r"\s*(?:WITH\b.*?)?INSERT\s+(?:\w+\s+)*?INTO\s+" + _NAME + r"\s*(?:\((?P<columns>[^()]*)\))?", re.IGNORECASE | re.DOTALL
        ),
    ),
    ("update", re.compile(r"\s*UPDATE\s+" + _NAME + r"\s+(?:\w+\s+)?SET\s", re.IGNORECASE)),
    ("merge", re.compile(r"\s*MERGE\s+INTO\s+" + _NAME, re.IGNORECASE)),
    ("select", re.compile(r"\s*(?:WITH\b.*?)?SELECT\b.*?\bFROM\s+" + _NAME, re.IGNORECASE | re.DOTALL)),
)
_EQUALITY = re.compile(r"^\s*(?:\w+\.)?[`\"]?(\w+)[`\"]?\s*=\s*'?(__p\d+__)'?\s*$")


def _by_pattern(text: str) -> Statement | None:
    for verb, pattern in _PATTERNS:
        found = pattern.match(text)
        if found:
            rest = text[found.end() :]
            if verb != "insert":
                return Statement(verb, found["table"].lower(), tuple(_pattern_conditions(rest)))
            names = [name.strip(' `"\n').lower() for name in (found["columns"] or "").split(",")]
            values = tuple((name, unseen(f"{text}{name}")) for name in names if name.isidentifier() and not HOLE.search(name))
            many = bool(re.match(r"\s*(SELECT\b|VALUES\s+__p)|\s*__p", rest, re.IGNORECASE))
            return Statement("insert", found["table"].lower(), (), values, complete=False, many=many, conflict=_pattern_conflict(text))
    return None


def _pattern_conflict(text: str) -> str:
    if re.search(r"\bDO\s+NOTHING\b|\bINSERT\s+(OR\s+)?IGNORE\b", text, re.IGNORECASE):
        return "nothing"
    return "update" if re.search(r"\bON\s+CONFLICT\b|\bON\s+DUPLICATE\s+KEY\b|\bOR\s+REPLACE\b", text, re.IGNORECASE) else ""


def _pattern_conditions(rest: str) -> Iterable[Filter]:
    where = re.search(r"\bWHERE\b(.*)", rest, re.IGNORECASE | re.DOTALL)
    if where is None:
        if HOLE.search(rest):
            yield OPAQUE
        return
    for part in re.split(r"\bAND\b", where[1], flags=re.IGNORECASE):
        found = _EQUALITY.match(part)
        if found:
            yield Filter(found[1].lower(), Ref(found[2]))
        elif re.search(r"\bNOT\s+IN\b|<>|!=", part, re.IGNORECASE):
            yield Filter("", Const(part.strip()), Selection.DIFFERENCE)
        else:
            yield OPAQUE
