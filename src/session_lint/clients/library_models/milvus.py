"""Milvus: `MilvusClient`, and `Collection` of the ORM.

From the pymilvus reference: `delete` by primary keys or by a boolean expression; `insert` appends even where a primary key
exists, `upsert` replaces the entity of the same primary key; there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import NOTHING, Step
from session_lint.clients.filter_text import conditions
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.row_filters import Filter, entries
from session_lint.clients.vector_stores import ROWS, Collection, Collections, behind, evidence, identified, picked, put, records, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_PACKAGES = ("pymilvus", "milvus_lite")
_CLASSES = frozenset({"MilvusClient", "AsyncMilvusClient"})
_CLIENTS = Collections("milvus", _PACKAGES, tells=frozenset({"collection_name"}), chosen="collection_name", classes=_CLASSES)
_COLLECTIONS = Collections("milvus", _PACKAGES, {"Collection": "name"}, frozenset({"expr"}), classes=frozenset({"Collection"}))
_PUTS = frozenset({"insert", "upsert"})
_READS = frozenset({"query", "get"})


class Milvus(LibraryModel):
    """A client or a collection is one made by `pymilvus`, or annotated as one; a client says its collection in each call."""

    advice = Advice(
        row="one `upsert(...)` under a primary key made from {columns}, without the delete",
        rows=f"`upsert(...)`: {ROWS}",
    )
    packages = _PACKAGES
    words = ("delete(", "insert(", ".upsert(", ".query(", ".get(")
    methods = _PUTS | _READS | {"delete"}
    handles = (
        _CLIENTS.handle,
        _COLLECTIONS.handle,
    )
    evidence = evidence(_PACKAGES, "milvus", clear=("delete",), insert=_PUTS, upsert=("upsert",), read=_READS)

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or not context.imports_any(*_PACKAGES):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        for found in _COLLECTIONS.of(step, context):
            yield _effect(step, found, 0)
        for found in _CLIENTS.of(step, context):
            yield _effect(step, found, 1)


def _effect(step: Step, found: Collection, first: int) -> Effect:
    base, verb = _CLIENTS.base(found), f".{step.name}()"
    if step.name in _PUTS:
        kind = EffectKind.INSERT if step.name == "insert" else EffectKind.UPSERT
        return put(base, kind, records(step.arg(first, "data")), verb)
    kind = EffectKind.CLEAR if step.name == "delete" else EffectKind.READ
    return taken(base, kind, _filters(step, first), verb)


def _filters(step: Step, first: int) -> Iterator[Filter]:
    """By ids, or by an expression: the client's `filter`, the collection's `expr`."""
    ids = step.arg(-1, "ids") or step.arg(-1, "pks")
    text = step.arg(-1, "filter") or step.arg(-1, "expr")
    if first and step.name in ("delete", "get"):
        ids = ids or step.arg(1)
    elif ids is None:
        text = text or step.arg(first)
    lookup = behind(ids, step.base, frozenset({"query"}))
    if lookup is not None:
        yield from _filters(Step("query", step.base, lookup), first)
        return
    yield from picked(ids)
    named = tuple(entries(step.arg(-1, "filter_params") or NOTHING))
    yield from identified(conditions(text, expression=True, named=named))
