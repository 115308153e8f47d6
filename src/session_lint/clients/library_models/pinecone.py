"""Pinecone: an index with namespaces, rows by ids or by metadata.

From Pinecone's documentation of `Index`: `delete(ids, delete_all, namespace, filter)`; `upsert(vectors, namespace)` writes over
vectors of the same id; there is no insert and no transaction. A namespace is a part of the index that nothing else touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Step
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows
from session_lint.clients.operator_filters import conditions
from session_lint.clients.row_filters import OPAQUE, Filter
from session_lint.clients.vector_stores import (
    ROWS,
    Collections,
    behind,
    evidence,
    first_of,
    given,
    listed,
    metadata,
    picked,
    put,
    records,
    taken,
)
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Const, Invoke, Item, Sequence, Term, strip

_PACKAGES = ("pinecone",)
_MAKERS = {"Index": "name", "IndexAsyncio": "", "GRPCIndex": "", "AsyncIndex": ""}
_INDEXES = Collections("pinecone", _PACKAGES, _MAKERS, frozenset({"namespace", "vectors", "delete_all"}))
_PUTS = frozenset({"upsert", "upsert_records", "upsert_from_dataframe"})


class Pinecone(LibraryModel):
    """An index is one that `pinecone` gave, or that is annotated as one."""

    advice = Advice(row="one `index.upsert(...)` under an id made from {columns}, without the delete", rows=f"`index.upsert(...)`: {ROWS}")
    packages = _PACKAGES
    words = (".delete(", ".upsert", ".fetch(")
    methods = _PUTS | {"delete", "fetch"}
    handles = (_INDEXES.handle,)
    makers = frozenset(_MAKERS)
    evidence = evidence(_PACKAGES, "pinecone", clear=("delete",), insert=_PUTS, upsert=_PUTS, read=("fetch",))

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        space = step.arg(0 if step.name == "upsert_records" else -1, "namespace") or (step.arg(1) if step.name == "upsert" else None)
        for found in _INDEXES.of(step, context):
            base, verb = _INDEXES.base(found), f".{step.name}()"
            if space is not None and base.resource is not None:
                base = replace(base, resource=Item(base.resource, strip(space)))
            if step.name in _PUTS:
                new = _rows(step)
                columns = (*new.columns, ("namespace", strip(space))) if space is not None else new.columns
                yield put(base, EffectKind.UPSERT, replace(new, columns=columns), verb)
            else:
                kind = EffectKind.CLEAR if step.name == "delete" else EffectKind.READ
                yield taken(base, kind, _filters(step, space), verb)


def _filters(step: Step, space: Term | None) -> Iterator[Filter]:
    ids = step.arg(0, "ids")
    if behind(ids, step.base, frozenset({"list", "list_paginated", "query"})) is not None:
        yield OPAQUE
        return
    yield from picked(ids)
    yield from conditions(step.arg(3, "filter"))
    if ids is None and step.arg(1, "delete_all") == Const(value=True) and space is not None:
        yield Filter("namespace", strip(space))  # all of it: the namespace is the key


def _rows(step: Step) -> Rows:
    """Vectors as dicts, as `Vector(...)`, or as tuples of id, values and metadata."""
    handed = step.arg(1, "records") if step.name == "upsert_records" else step.arg(0, "vectors") or step.arg(0, "df")
    match first_of(handed):
        case Sequence("tuple", (identity, *rest)):
            many = listed(handed)
            return Rows((*given(identity, many=many), *metadata(*rest[1:2])), many=many)
        case Invoke(_, _, kwargs) as vector if kwargs:
            many = listed(handed)
            return Rows((*given(vector.kwarg("id"), many=many), *metadata(vector.kwarg("metadata"))), many=many)
        case _:
            found = records(handed)
            inner = next((value for name, value in found.columns if name == "metadata"), None)
            return replace(found, columns=(*found.columns, *metadata(inner)))
