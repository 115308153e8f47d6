"""Which rows a query, an update or a delete picks, read from the filters of any client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from session_lint.clients.call_shapes import NOTHING, TRUE, Step, last_name, whole_name
from session_lint.clients.retirement import retires
from session_lint.facts.effects import PRESENT, SPREAD, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Param, Ref, Sequence, Term, strip, walk


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on the rows. `how` ALL says nothing about them; UNKNOWN cannot be read. `folded`: case makes no difference."""

    column: str
    value: Term
    how: Selection = Selection.KEY
    folded: bool = False


OPAQUE = Filter("", NOTHING, Selection.UNKNOWN)
_NUMBERS = frozenset({"id", "pk", "_id"})

_LEFTOVER = re.compile(r"stale|obsolete|orphan|unused|outdated|to_(delete|remove)|removed|no_longer")


def is_difference(term: Term) -> bool:
    """Whether a collection is what is left when another one is taken away."""
    for inner in walk(term):
        match inner:
            case Op("-" | "not in", _) | Invoke(Attr(_, "difference"), _, _):
                return True
            case Attr(_, name) | Param(name) if _LEFTOVER.search(name.lower()):
                return True
            case _:
                pass
    return False


def members(column: str, value: Term) -> Filter:
    """`column IN value`. A fixed list of constants only narrows the rows, as an equality does."""
    if isinstance(value, Sequence) and value.items and all(isinstance(item, Const) for item in value.items):
        return Filter(column, value)
    if is_difference(value):
        return Filter(column, value, Selection.DIFFERENCE)
    return Filter(column, value, Selection.RANGE if _is_cut(value) else Selection.MEMBERS)


def _is_cut(term: Term) -> bool:
    """Whether a collection is the oldest or newest of some rows: `rows.order_by("-at")[20:]`."""
    inner = tuple(walk(term))
    ordered_by = any(isinstance(one, Attr) and one.name in ("order_by", "sort") for one in inner)
    return ordered_by and any(isinstance(one, Op) and one.kind == "slice" for one in inner)


def differs(column: str, value: Term) -> Filter:
    """`column != value`. Against a constant id, or an empty value, it is a way to say "all rows"; `IS NOT NULL` is one of an id only."""
    if value == NOTHING and column not in ("id", "pk", "_id"):
        return Filter(column, PRESENT)
    disguise = isinstance(value, Const) and (value.value in (None, "", 0, -1) or column in ("id", "pk", "_id"))
    return Filter(column, value, Selection.ALL if disguise else Selection.DIFFERENCE)


def ordered(column: str, value: Term, operator: str) -> Filter:
    """`column < value` and the like. `id > 0` is a way to say "all rows"."""
    disguise = operator in (">", ">=") and column == "id" and isinstance(value, Const) and value.value in (0, -1, "")
    return Filter(column, value, Selection.ALL if disguise else Selection.RANGE)


_STRONGEST = (Selection.DIFFERENCE, Selection.RANGE, Selection.MEMBERS, Selection.KEY, Selection.UNKNOWN)


def in_force(filters: Iterable[Filter], columns: Iterable[str]) -> list[Filter]:
    """The conditions without those on columns that the update ends: `WHERE ended_at > now()` picks the rows in force, and evicts none."""
    own = set(columns)
    return [item for item in filters if item.how is not Selection.RANGE or item.column not in own]


def choose(filters: Iterable[Filter]) -> Selection:
    """Which rows all the conditions together pick."""
    hows = {item.how for item in filters}
    return next((how for how in _STRONGEST if how in hows), Selection.ALL)


_RANGE_LOOKUPS = (
    *("lt", "lte", "gt", "gte", "range", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
    *("regex", "iregex", "date", "year", "month", "day", "overlap"),
)
_LOOKUPS = {
    "exact": Selection.KEY,
    "iexact": Selection.KEY,
    "in": Selection.MEMBERS,
    "not_in": Selection.DIFFERENCE,
    "not": Selection.DIFFERENCE,
    "ne": Selection.DIFFERENCE,
    "nin": Selection.DIFFERENCE,
} | dict.fromkeys(_RANGE_LOOKUPS, Selection.RANGE)


def lookup(name: str, value: Term) -> Filter:
    """A keyword filter: `parent=x`, `parent__id=x`, `created__lt=x`."""
    parts = name.split("__")
    how, folded = Selection.KEY, parts[-1] == "iexact"
    if len(parts) > 1 and parts[-1] == "isnull":
        parts, how = parts[:-1], Selection.UNKNOWN
        if isinstance(value, Const):
            how, value = Selection.KEY if value == TRUE else Selection.DIFFERENCE, NOTHING
    elif len(parts) > 1 and parts[-1] in _LOOKUPS:
        how = _LOOKUPS[parts.pop()]
    column = "id" if parts == ["pk"] else re.sub(r"__(id|pk)$", "_id", "__".join(parts))
    if how is Selection.MEMBERS:
        return members(column, value)
    if how is Selection.DIFFERENCE:
        return differs(column, value)
    return Filter(column, value, how, folded)


def relation(column: str, value: Term) -> tuple[str, Term]:
    """One spelling for a foreign key: `parent_id=x.id` and `parent=x.id` are `parent=x`."""
    if isinstance(value, Attr) and value.name in ("id", "pk") and column != "id":
        return column.removesuffix("_id"), strip(value.base)
    return column, value


def lookups(step: Step) -> Iterator[Filter]:
    """The conditions of `.filter(a=x, Q(b=y))`. What cannot be read is one column of its own: `Q(a=x) | Q(b=y)`, `*conditions`."""
    for name, value in step.kwargs:
        yield lookup(name, value) if name.isidentifier() else Filter(SPREAD, value, Selection.UNKNOWN)
    for arg in step.args:
        match strip(arg):
            case Invoke(func, args, kwargs) if last_name(func) == "Q" and not args:
                yield from (lookup(name, value) for name, value in kwargs)
            case Op("~", _):
                yield Filter("", arg, Selection.DIFFERENCE)
            case Mapping():
                yield from (Filter(column, value) for column, value in entries(arg))
            case _:
                yield Filter(SPREAD, arg, Selection.UNKNOWN)
    if not step.kwargs and not step.args:
        yield OPAQUE  # `.filter(**conditions)`


def negated(filters: Iterable[Filter]) -> Iterator[Filter]:
    """The conditions of `.exclude(...)`."""
    for item in filters:
        yield differs(item.column, item.value) if item.how is Selection.KEY else replace(item, how=Selection.DIFFERENCE)


_RANGE_CALLS = frozenset("like ilike between contains startswith endswith regexp match any has op overlap regexp_match".split())  # noqa: SIM905


_READ_AS = frozenset({"astext", "as_string", "as_integer", "as_float", "as_boolean", "as_json"})


def column_of(term: Term) -> str:
    """The column an expression names: `id` for `T.id`, `t.c.id`, `t.c["id"]`, `func.lower(T.id)`; "" when none."""
    match strip(term):
        case Attr(base, name) | Invoke(Attr(base, name), _, _) if name in _READ_AS and isinstance(strip(base), Item):
            return column_of(base)
        case Attr(_, name):
            return "id" if name == "pk" else name
        case Item(Attr(_, "c" | "columns"), Const(str() as name)):
            return name
        case Item(Attr() | Item() as base, Const(str() as key)):  # a part of a JSON column
            return f"{column_of(base)}->{key}"
        case Invoke(Ref("builtins.getattr"), (_, name, *_), _):
            return name.value if isinstance(name, Const) and isinstance(name.value, str) else ""
        case Invoke(_, (inner, *_), _):
            return column_of(inner)
        case Ref(name):
            return name.rsplit(".", 1)[-1]
        case _:
            return ""


def comparison(term: Term) -> Iterator[Filter]:
    """The conditions of an SQL expression: `T.a == x`, `and_(T.a == x, T.b.in_(y))`, `(T.a == x) & ...`."""
    match strip(term):
        case Op("and" | "&", operands):
            yield from (found for operand in operands for found in comparison(operand))
        case Op("~" | "not", (operand,)):
            yield from _flags(operand) or negated(comparison(operand))
        case Op(kind, (left, right)):
            yield replace(_operator_condition(column_of(left), kind, strip(right)), folded=_is_folded(left))
        case Invoke(func, args, _):
            yield from _called_condition(func, args)
        case Const(True):
            yield Filter("", NOTHING, Selection.ALL)
        case _:
            yield OPAQUE


def _flags(term: Term) -> list[Filter]:
    """The condition that a column of true and false is no true one: `~T.deleted`."""
    inner = strip(term)
    return [differs(inner.name, TRUE)] if isinstance(inner, Attr) and isinstance(strip(inner.base), (Ref, Param)) else []


def _is_folded(term: Term) -> bool:
    """Whether a comparison is of a column in one case: `func.lower(T.name)`."""
    inner = strip(term)
    return isinstance(inner, Invoke) and last_name(inner.func).lower() in ("lower", "upper") and bool(inner.args)


def _called_condition(func: Term, args: tuple[Term, ...]) -> Iterator[Filter]:
    name = last_name(func)
    if name == "and_":
        yield from (found for arg in args for found in comparison(arg))
    elif name == "not_" and args:
        yield from _flags(args[0]) or negated(comparison(args[0]))
    elif isinstance(func, Attr):
        yield _method_condition(column_of(func.base), name, args)
    else:
        yield OPAQUE


def _method_condition(column: str, method: str, args: tuple[Term, ...]) -> Filter:
    value = strip(args[0]) if args else NOTHING
    if method in ("in_", "in", "is_in"):
        return members(column, value)
    if method in ("not_in", "notin_", "not_in_"):
        return Filter(column, value, Selection.DIFFERENCE)
    if method in ("is_not", "isnot", "is_distinct_from"):
        return differs(column, value)
    if method == "is_null":
        return differs(column, NOTHING) if args and value != TRUE else Filter(column, NOTHING)
    if method in ("is_", "__eq__"):
        return Filter(column, value)
    return Filter(column, value, Selection.RANGE) if method in _RANGE_CALLS else OPAQUE


def _operator_condition(column: str, kind: str, value: Term) -> Filter:
    if not column:
        return OPAQUE
    if kind in ("==", "is"):
        return Filter(column, value)
    if kind in ("in", "<<"):
        return members(column, value)
    if kind in ("!=", "is not"):
        return differs(column, value)
    if kind == "not in":
        return Filter(column, value, Selection.DIFFERENCE)
    return ordered(column, value, kind) if kind in ("<", "<=", ">", ">=") else OPAQUE


def key_name(key: Term | None) -> str:
    """The column a dict key names: its text, or the constant or mapped column it refers to."""
    if isinstance(key, Const):
        return str(key.value)
    return column_of(key).lower() if key is not None else ""


def entries(term: Term) -> Iterator[tuple[str, Term]]:
    """Keys and values of a dict display; a spread gives the key ""."""
    if isinstance(term, Mapping):
        for key, value in term.entries:
            if key is None and isinstance(value, Mapping):
                yield from entries(value)
            else:
                yield key_name(key), value


def with_relations(effects: Iterable[Effect]) -> Iterator[Effect]:
    """The effects of an ORM that takes `parent=x` and `parent_id=x.id` alike, in one spelling."""
    for effect in effects:
        yield replace(effect, columns=tuple(relation(column, value) for column, value in effect.columns))


def picking(base: Effect, kind: EffectKind, resource: Term | None, filters: Iterable[Filter], verb: str) -> Effect:
    """An effect on the rows that match the filters: clear, read, obtain."""
    known = tuple(filters)
    if kind is not EffectKind.CLEAR:  # which record is looked for is told by what it is equal to
        known = tuple(_as_key(item) for item in known)
    gone = tuple(item.column for item in known if kind is EffectKind.CLEAR and _is_out_of_use(item))
    columns = tuple(
        (item.column, item.value)
        for item in known
        if item.how not in (Selection.ALL, Selection.UNKNOWN) and (item.column or item.value != NOTHING)
    )
    complete = all(item.how is not Selection.UNKNOWN for item in known)
    picked = replace(base, kind=kind, resource=whole_name(resource), columns=columns, complete=complete, selection=choose(known), verb=verb)
    return replace(picked, tombstones=gone, folded=tuple(item.column for item in known if item.folded and item.how is Selection.KEY))


def _as_key(item: Filter) -> Filter:
    """The condition as a part of the key by which a record is looked for; of what may be one of two, not to be one is to be the other."""
    if item.how is Selection.DIFFERENCE and item.column and isinstance(item.value, Const) and isinstance(item.value.value, bool):
        return replace(item, value=Const(not item.value.value), how=Selection.KEY)
    limit = not item.column and item.value == NOTHING and item.how is Selection.RANGE  # how many says nothing of which one
    if limit or item.value == PRESENT or (item.how is Selection.DIFFERENCE and item.column in _NUMBERS):
        return replace(item, value=NOTHING, how=Selection.ALL)  # `.exclude(pk=self.instance.pk)`: a new row is none of that number
    return replace(item, how=Selection.KEY) if item.column == SPREAD else item


def _is_out_of_use(item: Filter) -> bool:
    return item.value == PRESENT or (item.how is Selection.KEY and retires([(item.column, item.value)]))
