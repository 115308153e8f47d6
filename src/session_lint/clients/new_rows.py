"""What an insert or an update writes, read from dicts, records and lists of either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from session_lint.clients.call_shapes import NOTHING, Columns, Step, is_record_class, last_name, whole_name
from session_lint.clients.retirement import ended, retires
from session_lint.clients.row_filters import Filter, entries, in_force, picking
from session_lint.facts.effects import PRESENT, SPREAD, Effect, EffectKind, Selection
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Invoke,
    Item,
    Mapping,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    Unknown,
    strip,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What an insert writes. `record` is the class of the new records when they are built in place."""

    columns: Columns = ()
    complete: bool = False
    many: bool = False
    record: Term | None = None


def fields(pairs: Iterable[tuple[str, Term]], args: tuple[Term, ...] = ()) -> Rows:
    """One new row from keyword arguments or dict entries."""
    known = tuple(pairs)
    columns = tuple((name, value) for name, value in known if name.isidentifier())
    return Rows(columns, complete=bool(known) and not args and len(columns) == len(known))


_SINGULAR = re.compile(r"(ss|us|is|values|fields|data|kwargs|attrs|params|args|props|settings|class)$|^[^s]*$|[^s]$", re.IGNORECASE)


def besides(step: Step, defaults: Iterable[str] = ("defaults",), also: Iterable[str] = ()) -> Columns:
    """The columns that a get-or-create or an upsert fills beside its key: those of its `defaults`, and what else its query picks by."""
    found: list[tuple[str, Term]] = [(name, NOTHING) for name in also]
    for given in (step.arg(-1, name) for name in defaults):
        inner = strip(given) if given is not None else NOTHING
        if isinstance(inner, Mapping):
            found += [(name if name.isidentifier() else SPREAD, value) for name, value in entries(inner)]
        elif inner != NOTHING:
            found.append((SPREAD, inner))
    return tuple(found)


def several(term: Term) -> bool:
    """Whether a value is a collection of rows, by its display or, failing that, a plural name."""
    match strip(term):
        case Comprehension() | Sequence():
            return True
        case Op("+", operands):
            return any(several(operand) for operand in operands)
        case Phi(alternatives):
            return any(several(alternative) for alternative in alternatives)
        case Invoke(Ref("builtins.list" | "builtins.map" | "builtins.filter" | "builtins.sorted"), _, _):
            return True
        case Item(_, Op("slice", _)):
            return True
        case Element() | Item() | Mapping() | Const() | Unknown():
            return False
        case other:
            name = last_name(other)
            return bool(name) and not _SINGULAR.search(name)


def rows(term: Term | None) -> Rows:
    """The rows that a value handed to an insert describes: a dict, a record, a list of either, or something unseen."""
    match strip(term) if term is not None else None:
        case None:
            return Rows()
        case Mapping() as mapping:
            return fields(entries(mapping))
        case Sequence(_, items):
            return _listed([rows(item) for item in items])
        case Comprehension(element, _):
            return replace(rows(element), many=True)
        case Phi(alternatives):
            found = [rows(alternative) for alternative in alternatives]
            best = max(found, key=lambda one: (one.record is not None, len(one.columns)))
            return replace(best, complete=False, many=any(one.many for one in found))
        case Invoke() as call if (built := _built(call)) is not None:
            return built
        case Op("starred", (inner,)) | Item(inner, Op("slice", _)):
            return replace(rows(inner), many=True) if not isinstance(strip(inner), Param) else Rows(many=True)
        case other:
            return _unseen(other)


def _unseen(row: Term) -> Rows:
    """A row of which no column is seen. One that a caller hands in whole is a column of its own, which nobody has named."""
    many = several(row)
    return Rows((("", row),)) if isinstance(row, Param) and not many else Rows(many=many)


def _is_looked_up(func: Term) -> bool:
    """Whether a class is in a variable, as one of several: `for kind in (A, B): kind(...)`, `TABLES[name](...)`."""
    return isinstance(strip(func), (Element, Item))


def _built(call: Invoke) -> Rows | None:
    """A record: `Hero(team=x)`, `Hero.model_validate(data, update={"team": x})`."""
    func = strip(call.func)
    if is_record_class(func) or (_is_looked_up(func) and call.kwargs and not call.args):
        return replace(fields(call.kwargs, call.args), record=func)
    if isinstance(func, Attr) and func.name in _BUILDERS and is_record_class(func.base):
        shown = rows(call.kwarg("update") or (call.args[0] if call.args else None))
        return Rows((*shown.columns, *fields(_plain(call.kwargs)).columns), record=strip(func.base))
    return None


_BUILDERS = frozenset({"model_validate", "model_construct", "from_orm", "parse_obj", "construct", "validate", "from_dict"})


def _plain(pairs: Columns) -> Columns:
    """The columns among the keyword arguments of a builder."""
    return tuple((name, value) for name, value in pairs if name not in ("update", "obj", "strict", "context", "from_attributes"))


def _listed(found: list[Rows]) -> Rows:
    """Several rows as one: the columns that have the same value in all of them."""
    if not found:
        return Rows(many=True)  # an empty list, filled later
    first = found[0]
    columns = tuple(pair for pair in first.columns if all(pair in other.columns for other in found))
    many = len(found) > 1 or first.many
    return replace(first, columns=columns, complete=first.complete and columns == first.columns, many=many)


def retiring(
    base: Effect, resource: Term | None, filters: Iterable[Filter], values: Iterable[tuple[str, Term]], verb: str
) -> Iterator[Effect]:
    """The clear that an update with these values is, if it takes the rows out of use."""
    known, picked = tuple(values), tuple(filters)
    by = [(item.column, item.value if item.how is Selection.KEY else PRESENT) for item in picked]
    if retires(known, by):
        yield replace(picking(base, EffectKind.CLEAR, resource, in_force(picked, ended(known, by)), verb), soft=True)


def writing(base: Effect, kind: EffectKind, resource: Term | None, new: Rows, verb: str) -> Effect:
    """An effect that writes new rows: insert, upsert."""
    return replace(base, kind=kind, resource=whole_name(resource), columns=new.columns, complete=new.complete, many=new.many, verb=verb)


def is_of_a_row(save: Step) -> bool:
    """Whether a save is only of a row that is there: named fields, or an UPDATE by force."""
    return save.is_set("force_update") or any(name == "update_fields" and value != Const(None) for name, value in save.kwargs)
