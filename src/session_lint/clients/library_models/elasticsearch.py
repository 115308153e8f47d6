"""Elasticsearch and OpenSearch: documents of an index, by id and by query, in bulk. `Search` of the DSL.

From the reference of both clients: `index` with an id writes over the document of that id, without one it adds a document; `create`
fails where the id exists; `delete_by_query` and `bulk` are requests of their own, and nothing spans two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Chain, Columns, Step, chains, last_name, named, options
from session_lint.clients.library_model import FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, rows
from session_lint.clients.receivers import inside
from session_lint.clients.row_filters import OPAQUE, Filter, entries, members, negated
from session_lint.clients.vector_stores import ROWS, Collection, Collections, evidence, first_of, given, picked, put, taken
from session_lint.facts.effects import Advice, Effect, EffectKind, Selection
from session_lint.facts.terms import Attr, Const, Invoke, Mapping, Sequence, Term, dotted, strip

_PACKAGES = ("elasticsearch", "opensearchpy", "elasticsearch_dsl", "opensearch_dsl", "elasticsearch7", "elasticsearch8")
_CLASSES = frozenset({"Elasticsearch", "AsyncElasticsearch", "OpenSearch", "AsyncOpenSearch"})
_CLIENTS = Collections("elasticsearch", _PACKAGES, tells=frozenset({"index"}), chosen="index", classes=_CLASSES)
_BULK = frozenset({"bulk", "async_bulk", "streaming_bulk", "parallel_bulk", "async_streaming_bulk"})
_WRITES = frozenset({"index", "create"})
_READS = frozenset({"get", "exists", "search", "count"})
_STARTS = frozenset({"Search", "AsyncSearch"})


class Elasticsearch(LibraryModel):
    """A client is one made by a class of the package, or annotated as one; it says its index in each call."""

    advice = Advice(
        row="one `index(index=..., id=..., document=...)` under an id made from {columns}, without the delete",
        rows=f"`bulk` under an `_id` made from the data: {ROWS}",
    )
    packages = _PACKAGES
    words = (".delete(", "delete_by_query", ".index(", "bulk(", ".create(", ".get(", ".exists(", ".search(", ".count(")
    methods = _BULK | _WRITES | _READS | {"delete", "delete_by_query"}
    handles = (_CLIENTS.handle,)
    evidence = evidence(
        _PACKAGES,
        "elasticsearch",
        clear=_BULK | {"delete", "delete_by_query"},
        insert=_BULK | _WRITES,
        upsert=_BULK | {"index"},
        read=_READS,
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        helper = dotted(call.func)
        if helper is not None and inside(helper, _PACKAGES):
            yield from _helper(call)
            return
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        if step.name == "bulk":
            yield from _bulk(step, context)
            return
        if step.name == "delete" and context.imports_any(*_PACKAGES):
            yield from (found for chain in chains(call) for found in _searched(chain))
        for found in _CLIENTS.of(step, context):
            yield _effect(step, found)


def _effect(step: Step, found: Collection) -> Effect:
    base, verb = _CLIENTS.base(found), f".{step.name}()"
    if step.name in ("delete", "get", "exists"):
        kind = EffectKind.CLEAR if step.name == "delete" else EffectKind.READ
        return taken(base, kind, picked(step.arg(1, "id")), verb)
    if step.name in _WRITES:
        identity = step.arg(-1, "id")
        document = step.arg(-1, "document") or step.arg(-1, "body") or step.arg(1)
        kind = EffectKind.UPSERT if step.name == "index" and identity is not None else EffectKind.INSERT
        return put(base, kind, Rows((*given(identity), *rows(document).columns)), verb)
    kind = EffectKind.CLEAR if step.name == "delete_by_query" else EffectKind.READ
    return taken(base, kind, _filters(step), verb)


def _filters(step: Step) -> Iterator[Filter]:
    """The query of a call: `query={...}`, or below "query" in its body."""
    query = step.arg(-1, "query")
    if query is None:
        body = step.arg(1, "body")
        inner = strip(body) if body is not None else None
        query = dict(entries(inner)).get("query") if isinstance(inner, Mapping) else body
    for option in options(query):
        yield from _query(option)


def _query(term: Term) -> Iterator[Filter]:
    term = strip(term)
    if not isinstance(term, Mapping):
        yield OPAQUE
        return
    for kind, body in entries(term):
        body = strip(body)
        if kind == "bool" and isinstance(body, Mapping):
            for clause, parts in entries(body):
                yield from _clause(clause, strip(parts))
        elif kind == "ids" and isinstance(body, Mapping):
            yield from picked(dict(entries(body)).get("values"))
        elif kind in _COMPARED and isinstance(body, Mapping):
            yield from (_condition(kind, field, strip(value)) for field, value in entries(body) if field != "boost")
        elif kind != "match_all":
            yield OPAQUE


def _clause(clause: str, parts: Term) -> Iterator[Filter]:
    inner = parts.items if isinstance(parts, Sequence) else (parts,)
    found = [condition for part in inner for condition in _query(part)]
    if clause in ("must", "filter") or (clause == "should" and len(inner) == 1):
        yield from found
    elif clause == "must_not":
        yield from negated(found)
    elif clause != "minimum_should_match":
        yield OPAQUE


_COMPARED = frozenset({"term", "terms", "match", "match_phrase", "range", "prefix", "wildcard"})


def _condition(kind: str, field: str, value: Term) -> Filter:
    column = field.removesuffix(".keyword").removesuffix(".raw")
    if kind in ("range", "prefix", "wildcard"):
        return Filter(column, value, Selection.RANGE)
    if isinstance(value, Mapping):
        pairs = dict(entries(value))
        value = strip(pairs.get("value") or pairs.get("query") or value)
    if column in ("_id", "id"):
        return next(picked(value), OPAQUE)
    return members(column, value) if kind == "terms" else Filter(column, value)


def _bulk(step: Step, context: FileContext) -> Iterator[Effect]:
    """`client.bulk(operations=[{"index": {...}}, {...}, ...], index=...)`: what is written is not told apart."""
    index = step.arg(-1, "index")
    asked = Step("bulk", step.base, Invoke(step.base, (), (("index", index if index is not None else Const(None)),)))
    for found in _CLIENTS.of(asked, context):
        resource = found.resource if index is not None else None
        yield replace(put(_CLIENTS.base(found), EffectKind.INSERT, Rows(many=True), ".bulk()"), resource=resource)


def _helper(call: Invoke) -> Iterator[Effect]:
    """`helpers.bulk(client, actions)`: actions as dicts, whose keys that start with `_` say where and how."""
    if last_name(call.func) not in _BULK:
        return
    actions = call.arg(1, "actions")
    shown = strip(actions) if actions is not None else None
    first = shown if isinstance(shown, Mapping) else first_of(shown)
    pairs = dict(entries(first)) if isinstance(first, Mapping) else {}
    index = pairs.get("_index") or call.kwarg("index")
    client = call.arg(0, "client")
    base = Effect(
        EffectKind.READ,
        "elasticsearch",
        resource=_CLIENTS.named(index) if index is not None else None,
        connection=strip(client) if client is not None else None,
    )
    verb = f"{last_name(call.func)}()"
    operation = pairs.get("_op_type", Const("index"))
    if operation == Const("delete"):
        yield taken(base, EffectKind.CLEAR, _each(pairs.get("_id")), verb)
    elif operation in (Const("index"), Const("create")):
        kind = EffectKind.UPSERT if "_id" in pairs and operation == Const("index") else EffectKind.INSERT
        yield put(base, kind, Rows((*given(pairs.get("_id"), many=True), *_fields(pairs)), many=True), verb)


def _each(identity: Term | None) -> Iterator[Filter]:
    yield Filter("id", strip(identity), Selection.MEMBERS) if identity is not None else OPAQUE


def _fields(pairs: dict[str, Term]) -> Columns:
    source = pairs.get("_source") or pairs.get("doc")
    if source is not None:
        return rows(source).columns
    return tuple((name, value) for name, value in pairs.items() if name and not name.startswith("_"))


def _searched(chain: Chain) -> Iterator[Effect]:
    """`Search(using=client, index="x").filter("term", source=s).delete()`."""
    start = strip(chain.root)
    if not isinstance(start, Invoke) or last_name(start.func) not in _STARTS:
        return
    index = start.arg(1, "index")
    filters: list[Filter] = []
    for step in chain.steps[:-1]:
        if step.name not in ("filter", "query", "exclude") or not isinstance(step.arg(0), Const):
            continue
        kind = str(step.args[0].value)  # type: ignore[union-attr]
        found = (
            [_condition(kind, field.replace("__", "."), strip(value)) for field, value in step.kwargs] if kind in _COMPARED else [OPAQUE]
        )
        filters += negated(found) if step.name == "exclude" else found
    client = start.arg(0, "using")
    resource = _CLIENTS.named(named(index) or index) if index is not None else None
    base = Effect(EffectKind.READ, "elasticsearch", resource=resource, connection=client)
    yield taken(base, EffectKind.CLEAR, filters, ".delete()")
