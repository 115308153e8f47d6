"""Beanie (and Bunnet): documents of MongoDB that are found by expressions.

From Beanie's documentation: `find(...)`, `find_one(...)` and then `delete()`; `insert`, `create` and `insert_many` add documents,
`save` writes over the one of its id; `upsert(..., on_insert=...)` inserts what is not found, in two requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, Chain, Columns, Step, chains, is_record_class, last_name, origin
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import fields, retiring, rows, writing
from session_lint.clients.operator_filters import conditions
from session_lint.clients.row_filters import OPAQUE, Filter, column_of, comparison, entries, members, picking
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Invoke, Mapping, Term, strip

_PACKAGES = ("beanie", "bunnet")
_STARTS = ("find", "find_one", "find_many", "find_all", "get")
_ADDS = frozenset({"insert", "create", "save"})
_READS = frozenset({"find_one", "get", "first_or_none", "to_list", "count", "exists"})
_OF_CLASS = r"[ .:](_*[A-Z]\w*|cls)\.(?:find|find_one|find_many|find_all|get|delete_all|insert_one|insert_many)\b"
_BUILT = r"[ .:](_*[A-Z]\w*(?<!Error)|cls)\("


class Beanie(LibraryModel):
    """A file that imports `beanie`: queries that start at a document class, documents that are built and inserted."""

    advice = Advice(
        row="`{table}.find_one(...).upsert(Set({{...}}), on_insert={table}(...))`, by {columns}",
        rows="`BulkWriter`, with an upsert of each document and then a delete of those that are left over; on a replica set a transaction",
        unique="It needs a unique index on {columns}",
    )
    packages = _PACKAGES
    words = ("find", "delete(", "delete_all", "insert", "create(", "save(", ".get(")
    methods = _ADDS | _READS | {"delete", "delete_all", "insert_one", "insert_many", "upsert", "update", "set"}
    evidence = (
        Evidence(frozenset({"delete", "delete_all", "update", "set"}), EffectKind.CLEAR, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"insert_one", "insert_many"}), EffectKind.INSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"upsert"}), EffectKind.UPSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(_ADDS, EffectKind.UPSERT, _PACKAGES, says=_BUILT, on_class=_BUILT),
        Evidence(_READS, EffectKind.READ, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_PACKAGES):
            for chain in chains(call):
                if chain.steps and chain.steps[-1].call is not None:
                    yield from self._effects(chain)

    def _effects(self, chain: Chain) -> Iterator[Effect]:
        last = chain.steps[-1]
        base, text = Effect(EffectKind.READ, self.stem, connection=last.arg(-1, "session")), f".{last.name}()"
        built = strip(last.base)
        if last.name in _ADDS:
            if isinstance(built, Invoke) and is_record_class(built.func):
                known = last.name == "save" and any(name == "id" for name, _ in built.kwargs)
                yield writing(base, EffectKind.UPSERT if known else EffectKind.INSERT, built.func, fields(built.kwargs, built.args), text)
        elif last.name in ("insert_one", "insert_many", "delete_all"):
            if is_record_class(built):
                yield self._whole(base, last, text)
        elif last.name == "delete":
            for found in chains(origin(built)):
                yield from self._queried(base, found, last, text)
        else:
            yield from self._queried(base, chain, last, text)

    def _whole(self, base: Effect, last: Step, text: str) -> Effect:
        if last.name == "delete_all":
            return picking(base, EffectKind.CLEAR, last.base, (), text)
        handed = rows(last.arg(0, "document") or last.arg(0, "documents"))
        return writing(base, EffectKind.INSERT, last.base, replace(handed, many=last.name == "insert_many"), text)

    def _queried(self, base: Effect, chain: Chain, last: Step, text: str) -> Iterator[Effect]:
        position = chain.position(*_STARTS)
        if position < 0 or not is_record_class(chain.steps[position].base):
            return
        resource = chain.steps[position].base
        filters = [found for step in chain.steps[position:] for found in _filters(step)]
        if last.name == "delete":
            yield picking(base, EffectKind.CLEAR, resource, filters, text)
        elif last.name == "upsert":
            yield writing(base, EffectKind.UPSERT, resource, fields((item.column, item.value) for item in filters), text)
        elif last.name in ("update", "set"):
            yield from retiring(base, resource, filters, _written(last), text)
        elif last.name in _READS:
            yield picking(base, EffectKind.READ, resource, filters, text)


def _written(step: Step) -> Columns:
    """What `update(Set({Doc.status: "ended"}))`, `set({...})` and `update({"$set": {...}})` write."""
    inner = strip(step.arg(0) or NOTHING)
    if isinstance(inner, Invoke) and last_name(inner.func) == "Set":
        inner = strip(inner.arg(0) or NOTHING)
    pairs = tuple(entries(inner))
    return next((tuple(entries(strip(value))) for name, value in pairs if name == "$set"), pairs)


def _filters(step: Step) -> Iterator[Filter]:
    if step.call is None:
        return
    if step.name == "get":
        yield from (Filter("id", arg) for arg in step.args[:1])
    elif step.name in ("find", "find_one", "find_many"):
        for arg in step.args:
            yield from _condition(strip(arg))
    elif step.name in ("limit", "sort", "skip"):
        yield Filter("", NOTHING, Selection.RANGE)


def _condition(term: Term) -> Iterator[Filter]:
    """`Doc.a == x`, `{"a": x}`, `In(Doc.a, xs)`."""
    if isinstance(term, Mapping):
        yield from conditions(term)
    elif isinstance(term, Invoke) and last_name(term.func) in _OPERATORS and len(term.args) == 2:
        column, value = column_of(term.args[0]), strip(term.args[1])
        name = last_name(term.func)
        yield members(column, value) if name == "In" else Filter(column, value, _OPERATORS[name])
    elif isinstance(term, Invoke):
        yield OPAQUE
    else:
        yield from comparison(term)


_OPERATORS = {
    "Eq": Selection.KEY,
    "In": Selection.MEMBERS,
    "NotIn": Selection.DIFFERENCE,
    "NE": Selection.DIFFERENCE,
    **dict.fromkeys(("GT", "GTE", "LT", "LTE", "RegEx"), Selection.RANGE),
}
