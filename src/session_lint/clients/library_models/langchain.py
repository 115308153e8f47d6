"""LangChain: vector stores of any kind (Chroma, FAISS, PGVector, Qdrant, ...) behind one interface.

From LangChain's reference of `VectorStore`: `delete(ids, **kwargs)`; `add_texts(texts, metadatas, ids=...)` and
`add_documents(documents, ids=...)` promise no upsert: it depends on the store; there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Step
from session_lint.clients.filter_text import conditions as text_conditions
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, rows
from session_lint.clients.operator_filters import conditions
from session_lint.clients.row_filters import Filter
from session_lint.clients.vector_stores import Collection, Collections, behind, evidence, given, listed, metadata, picked, put, taken
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, strip

_PACKAGES = (
    *("langchain", "langchain_core", "langchain_community", "langchain_classic", "langchain_experimental", "langchain_chroma"),
    *("langchain_qdrant", "langchain_pinecone", "langchain_milvus", "langchain_weaviate", "langchain_postgres", "langchain_mongodb"),
    *("langchain_elasticsearch", "langchain_opensearch", "langchain_redis", "langchain_astradb", "langchain_couchbase", "langchain_neo4j"),
    *("langchain_google_vertexai", "langchain_azure_ai", "langchain_aws", "langchain_oracledb", "langchain_databricks"),
)
_STORES = Collections("langchain", _PACKAGES)
_INSERTS = frozenset({"add_texts", "add_documents", "add_embeddings", "aadd_texts", "aadd_documents", "aadd_embeddings"})
_DELETES = frozenset({"delete", "adelete"})


class Langchain(LibraryModel):
    """A store is one made by a class of LangChain, or annotated as one."""

    advice = Advice(
        row="one `add_documents(..., ids=[...])` under an id made from {columns} in a store that replaces by id, without the delete",
        rows='`langchain_core.indexing.index(..., cleanup="incremental")`, which writes under ids made from the data and then deletes what '
        "is left over",
        caution="Look up whether the store replaces a row of the same id: Chroma, Qdrant, Pinecone and PGVector do, FAISS does not",
    )
    words = ("delete(", "add_texts", "add_documents", "add_embeddings")
    methods = _INSERTS | _DELETES
    handles = (_STORES.handle,)
    evidence = evidence(_PACKAGES, "langchain", clear=_DELETES, insert=_INSERTS)

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        base = strip(call.func.base)
        if isinstance(base, Attr) and base.name == "_collection":  # of the Chroma store: the same rows
            base = strip(base.base)
        step = Step(call.func.name, base, call)
        for found in _STORES.of(step, context):
            yield _effect(step, found)


def _effect(step: Step, found: Collection) -> Effect:
    base, verb = _STORES.base(found), f".{step.name}()"
    if step.name in _DELETES:
        return taken(base, EffectKind.CLEAR, _filters(step), verb)
    handed, ids = step.arg(0), step.arg(-1, "ids")
    handed = handed or step.arg(-1, "texts") or step.arg(-1, "documents") or step.arg(-1, "text_embeddings")
    documents = rows(handed) if "documents" in step.name else Rows()
    named = dict(documents.columns)
    many = listed(handed)
    identity = given(ids) if ids is not None else given(named.get("id"), many=many)
    columns = (*identity, *metadata(step.arg(1, "metadatas"), named.get("metadata")))
    return put(base, EffectKind.INSERT, Rows(columns, many=many), verb)


def _filters(step: Step) -> Iterator[Filter]:
    """By ids, or by what the store takes besides: a filter as a document, an expression as text."""
    ids = step.arg(0, "ids")
    lookup = behind(ids, step.base, frozenset({"get"}))
    if lookup is not None:
        yield from conditions(lookup.arg(1, "where"))
        return
    yield from picked(ids)
    for name in ("where", "filter"):
        yield from conditions(step.arg(-1, name))
    yield from text_conditions(step.arg(-1, "expr"), expression=True)
