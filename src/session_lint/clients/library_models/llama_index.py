"""LlamaIndex: indexes, vector stores and document stores.

From LlamaIndex's documentation of document management: `delete_ref_doc(ref_doc_id)` and `insert(document)`; `update_ref_doc` and
`refresh_ref_docs` replace by the id of the document; `add` and `insert_nodes` append nodes; there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Step, last_name
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows
from session_lint.clients.row_filters import OPAQUE, Filter, members
from session_lint.clients.vector_stores import Collection, Collections, evidence, listed, picked, put, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Element, Invoke, Param, Ref, Term, strip

_PACKAGES = ("llama_index", "llama_index_client", "gpt_index")
_INDEXES = Collections("llama_index", _PACKAGES, tells=frozenset({"ref_doc_id", "delete_from_docstore", "node_ids"}))
_DELETES = frozenset({"delete", "adelete", "delete_ref_doc", "adelete_ref_doc", "delete_nodes", "adelete_nodes", "delete_document"})
_ONE = frozenset({"insert", "ainsert"})
_MANY = frozenset({"insert_nodes", "ainsert_nodes", "add", "async_add"})
_PUTS = frozenset({"update_ref_doc", "aupdate_ref_doc", "refresh_ref_docs", "arefresh_ref_docs", "add_documents", "async_add_documents"})
_IDS = frozenset({"doc_id", "id_", "ref_doc_id", "node_id"})


class LlamaIndex(LibraryModel):
    """An index or a store is one made by a class of LlamaIndex, or annotated as one."""

    advice = Advice(
        row="`index.update_ref_doc(document)` with a fixed id of the document for {columns}, or `index.refresh_ref_docs([...])`",
        rows="an `IngestionPipeline` with a document store and `DocstoreStrategy.UPSERTS_AND_DELETE`, which deletes what is left over",
    )
    words = ("delete(", "delete_nodes", "delete_document", ".insert", ".ainsert", ".add(", "async_add(", "ref_doc", "add_documents")
    methods = _DELETES | _ONE | _MANY | _PUTS
    handles = (_INDEXES.handle,)
    evidence = evidence(_PACKAGES, "llama_index", clear=_DELETES, insert=_ONE | _MANY | _PUTS, upsert=_PUTS)

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        for found in _INDEXES.of(step, context):
            yield _effect(step, found)


def _effect(step: Step, found: Collection) -> Effect:
    base, verb = _INDEXES.base(found), f".{step.name}()"
    if step.name in _DELETES:
        return taken(base, EffectKind.CLEAR, _filters(step), verb)
    handed = step.arg(0, "document") or step.arg(0, "documents") or step.arg(0, "nodes")
    if step.name in _MANY:
        return put(base, EffectKind.INSERT, Rows(many=listed(handed)), verb)
    many = listed(handed) if step.name in _PUTS and "update" not in step.name else False
    document = Element(handed, -1) if many and handed is not None else handed
    return put(base, EffectKind.INSERT if step.name in _ONE else EffectKind.UPSERT, Rows(_identity(document), many=many), verb)


def _filters(step: Step) -> Iterator[Filter]:
    if "nodes" in step.name:
        yield from picked(step.arg(0, "node_ids"), "node_id")
        if step.arg(1, "filters") is not None:
            yield OPAQUE
        return
    value = step.arg(0, "ref_doc_id") or step.arg(0, "doc_id")
    if value is not None:
        yield Filter("ref_doc_id", _id(value)) if not listed(value) else members("ref_doc_id", value)


def _id(value: Term) -> Term:
    """One spelling for the id of a document."""
    value = strip(value)
    if isinstance(value, Attr) and value.name in _IDS and isinstance(strip(value.base), (Param, Element, Ref, Attr)):
        return Attr(strip(value.base), "id_")
    return value


def _identity(document: Term | None) -> tuple[tuple[str, Term], ...]:
    """The id of a document, where it is built or known by a name."""
    document = strip(document) if document is not None else None
    if isinstance(document, Invoke) and last_name(document.func) == "Document":
        known = document.kwarg("id_") or document.kwarg("doc_id")
        return (("ref_doc_id", _id(known)),) if known is not None else ()
    if isinstance(document, (Param, Element, Ref)):
        return (("ref_doc_id", Attr(document, "id_")),)
    return ()
