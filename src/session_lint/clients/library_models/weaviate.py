"""Weaviate: objects of a collection, by uuid and by property. Versions 4 and 3 of the client.

From Weaviate's documentation of the Python client: `collection.data.delete_many(where=)`, `delete_by_id(uuid)`; `insert` fails where
the uuid exists, `replace` replaces it, a batch replaces objects of the same uuid; there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Step, chains, last_name, named
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, rows
from session_lint.clients.row_filters import OPAQUE, Filter, entries, members, negated, ordered
from session_lint.clients.vector_stores import ROWS, Collection, Collections, evidence, given, listed, picked, put, taken
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Op, Ref, Sequence, Term, strip

_PACKAGES = ("weaviate",)
_DELETES = frozenset({"delete_many", "delete_by_id", "delete_objects"})
_INSERTS = frozenset({"insert", "insert_many"})
_PUTS = frozenset({"replace", "add_object", "add_data_object"})
_OLD = frozenset({"delete", "create", "replace", "delete_objects", "add_data_object"})  # version 3 names the class in the call
_TELLS = frozenset({"class_name", "where", "uuid", "properties", "data_object"})
_COLLECTIONS = Collections("weaviate", _PACKAGES, dict.fromkeys(("get", "use", "create"), "name"), _TELLS)
_COMPARED = {"less_than": "<", "less_or_equal": "<=", "greater_than": ">", "greater_or_equal": ">="}


class Weaviate(LibraryModel):
    """A collection is one that a client of `weaviate` gave, or that is annotated as one; the old client names a class in each call."""

    advice = Advice(
        row="one `collection.data.replace(...)` under `generate_uuid5` of {columns}, without the delete",
        rows=f"a batch under ids from `generate_uuid5`: {ROWS}",
    )
    words = (
        ".delete(",
        "delete_many",
        "delete_by_id",
        "delete_objects",
        ".insert",
        ".replace(",
        "add_object",
        "add_data_object",
        ".create(",
    )
    methods = _DELETES | _INSERTS | _PUTS | {"delete", "create"}
    handles = (_COLLECTIONS.handle,)
    evidence = evidence(
        _PACKAGES, "weaviate", clear=_DELETES | {"delete"}, insert=_INSERTS | _PUTS | {"create"}, upsert=_PUTS | _INSERTS | {"create"}
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or not context.imports_any(*_PACKAGES):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        holder = last_name(step.base)
        if step.name in _OLD and (holder == "data_object" or step.name in ("delete_objects", "add_data_object")):
            yield from _old(step, context)
            return
        if not isinstance(step.base, Attr) and step.name != "add_object":
            return  # `collection.data.insert(...)`; `batch.add_object(...)`
        for found in _COLLECTIONS.of(Step(step.name, _holder(step.base), call), context):
            yield from _new(step, found)


def _holder(term: Term) -> Term:
    """The collection of `collection.data`, `collection.batch.dynamic()`."""
    for chain in chains(term):
        position = chain.position("data", "batch")
        if position >= 0:
            return chain.steps[position].base
    return term


def _new(step: Step, found: Collection) -> Iterator[Effect]:
    base, verb = _COLLECTIONS.base(found), f".{step.name}()"
    if step.name == "delete_by_id":
        yield taken(base, EffectKind.CLEAR, picked(step.arg(0, "uuid")), verb)
    elif step.name == "delete_many":
        yield taken(base, EffectKind.CLEAR, _filter(step.arg(0, "where")), verb)
    elif step.name == "insert_many":
        handed = rows(step.arg(0, "objects"))
        yield put(base, EffectKind.INSERT, Rows(_columns(handed.columns), many=listed(step.arg(0, "objects"))), verb)
    elif step.name in _INSERTS | _PUTS:
        properties = step.arg(1 if step.name == "replace" else 0, "properties")
        uuid = step.arg(0, "uuid") if step.name == "replace" else step.arg(2 if step.name == "insert" else 1, "uuid")
        kind = EffectKind.INSERT if step.name == "insert" or uuid is None else EffectKind.UPSERT
        yield put(base, kind, Rows((*given(uuid), *rows(properties).columns)), verb)


def _columns(columns: tuple[tuple[str, Term], ...]) -> tuple[tuple[str, Term], ...]:
    """Of `DataObject(properties={...}, uuid=...)` the properties."""
    found = [pair for name, value in columns if name == "properties" for pair in rows(value).columns]
    return (*found, *(("id" if name == "uuid" else name, value) for name, value in columns if name != "properties"))


def _filter(term: Term | None) -> Iterator[Filter]:
    """`Filter.by_property("a").equal(x) & ...`, `Filter.all_of([...])`."""
    match strip(term) if term is not None else None:
        case None:
            return
        case Op("&" | "and", operands):
            yield from (found for operand in operands for found in _filter(operand))
        case Invoke(Attr(_, "all_of"), (parts, *_), _) if isinstance(strip(parts), Sequence):
            yield from (found for part in strip(parts).items for found in _filter(part))  # type: ignore[union-attr]
        case Invoke(Attr(Invoke(Attr(_, "by_property" | "by_id" | "by_ref_count" as kind), names, kwargs), verb), args, own):
            name = names[0] if names else next((value for _, value in kwargs), None)
            column = "id" if kind == "by_id" else str(name.value) if isinstance(name, Const) else ""
            value = strip(args[0]) if args else next((strip(value) for _, value in own), Const(None))
            yield _condition(column, verb, value)
        case _:
            yield OPAQUE


def _condition(column: str, verb: str, value: Term) -> Filter:
    if column == "id" and verb in ("equal", "contains_any"):
        return next(picked(value), OPAQUE)
    if verb == "equal":
        return Filter(column, value)
    if verb == "contains_any":
        return members(column, value)
    if verb == "not_equal":
        return next(negated([Filter(column, value)]), OPAQUE)
    return ordered(column, value, _COMPARED[verb]) if verb in _COMPARED else Filter(column, value, Selection.RANGE)


def _old(step: Step, context: FileContext) -> Iterator[Effect]:
    """`client.data_object.create(data, "Class", uuid)`, `client.batch.delete_objects("Class", where={...})`."""
    place = {"delete": 1, "delete_objects": 0}.get(step.name, 1)
    name = step.arg(place, "class_name")
    if name is None:
        return
    for found in _COLLECTIONS.of(step, context):
        base = replace(_COLLECTIONS.base(found), resource=Item(Ref("weaviate"), named(name) or name))
        verb = f".{step.name}()"
        if step.name == "delete":
            yield taken(base, EffectKind.CLEAR, picked(step.arg(0, "uuid")), verb)
        elif step.name == "delete_objects":
            yield taken(base, EffectKind.CLEAR, _where(step.arg(1, "where")), verb)
        else:
            uuid = step.arg(2, "uuid")
            kind = EffectKind.INSERT if step.name == "create" or uuid is None else EffectKind.UPSERT
            yield put(base, kind, Rows((*given(uuid), *rows(step.arg(0, "data_object")).columns)), verb)


def _where(term: Term | None) -> Iterator[Filter]:
    """`{"path": ["source"], "operator": "Equal", "valueText": source}`, or several below "And"."""
    where = strip(term) if term is not None else None
    pairs = dict(entries(where)) if isinstance(where, Mapping) else {}
    path, operands = pairs.get("path"), pairs.get("operands")
    value = next((strip(value) for name, value in pairs.items() if name.startswith("value")), None)
    if pairs.get("operator") == Const("And") and isinstance(operands, Sequence):
        yield from (found for operand in operands.items for found in _where(operand))
    elif pairs.get("operator") == Const("Equal") and value is not None and path is not None:
        first = path.items[0] if isinstance(path, Sequence) and path.items else path
        yield Filter(str(first.value) if isinstance(first, Const) else "", value)
    elif where is not None:
        yield OPAQUE
