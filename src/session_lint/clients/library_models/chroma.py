"""Chroma: collections, by ids and by metadata.

From Chroma's documentation of `Collection`: `delete(ids, where, where_document)`; `add` leaves rows alone whose ids exist,
`upsert` replaces them; every call is its own request.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Step
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows
from session_lint.clients.operator_filters import conditions
from session_lint.clients.row_filters import OPAQUE, Filter
from session_lint.clients.vector_stores import ROWS, Collection, Collections, behind, evidence, given, listed, metadata, picked, put, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_PACKAGES = ("chromadb",)
_MAKERS = dict.fromkeys(("get_or_create_collection", "get_collection", "create_collection"), "name")
_COLLECTIONS = Collections(
    "chroma", _PACKAGES, _MAKERS, frozenset({"ids", "where", "where_document", "documents", "metadatas", "embeddings"})
)


class Chroma(LibraryModel):
    """A collection is one that `chromadb` made, or that is annotated as one."""

    advice = Advice(
        row="one `collection.upsert(ids=[...], ...)` under an id made from {columns}",
        rows=f"`collection.upsert(ids=[...], ...)`: {ROWS}",
    )
    packages = _PACKAGES
    words = (".delete(", ".add(", ".upsert(", ".get(")
    methods = frozenset({"delete", "add", "upsert", "get"})
    handles = (_COLLECTIONS.handle,)
    makers = frozenset(_MAKERS)
    evidence = evidence(_PACKAGES, "chroma", clear=("delete",), insert=("add", "upsert"), upsert=("upsert",), read=("get",))

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        for found in _COLLECTIONS.of(step, context):
            yield _effect(step, found)


def _effect(step: Step, found: Collection) -> Effect:
    base, verb = _COLLECTIONS.base(found), f".{step.name}()"
    if step.name in ("delete", "get"):
        kind = EffectKind.CLEAR if step.name == "delete" else EffectKind.READ
        return taken(base, kind, _filters(step, found), verb)
    ids = step.arg(0, "ids")
    columns = (*given(ids), *metadata(step.arg(2, "metadatas")))
    many = listed(ids if ids is not None else step.arg(3, "documents") or step.arg(1, "embeddings"))
    return put(base, EffectKind.UPSERT if step.name == "upsert" else EffectKind.INSERT, Rows(columns, many=many), verb)


def _filters(step: Step, found: Collection) -> Iterator[Filter]:
    ids = step.arg(0, "ids")
    lookup = behind(ids, step.base, frozenset({"get"}))
    if lookup is not None:
        yield from _filters(Step("get", step.base, lookup), found)
        return
    yield from picked(ids)
    yield from conditions(step.arg(1, "where"))
    if step.arg(2 if step.name == "delete" else 5, "where_document") is not None:
        yield OPAQUE
