"""MongoDB: pymongo and motor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from session_lint.clients.call_shapes import NOTHING, TRUE, Step, chains, is_record_class, is_text, last_name, named, options
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import fields, retiring, rows, writing
from session_lint.clients.operator_filters import conditions
from session_lint.clients.row_filters import entries, picking
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.terms import Attr, Const, Invoke, Item, Mapping, Sequence, Term, strip

_DELETES = frozenset({"delete_one", "delete_many", "find_one_and_delete"})
_INSERTS = frozenset({"insert_one", "insert_many"})
_CHANGES = frozenset({"replace_one", "update_one", "update_many", "find_one_and_update", "find_one_and_replace"})
_READS = frozenset({"find_one", "count_documents"})
_LEGACY = frozenset({"remove", "insert", "save", "update"})
_DATABASES = ("db", "database", "mongo", "mongodb", "mongo_db", "client", "get_db", "get_database", "motor")
_OWN = ("pymongo", "motor", "bson", "mongomock", "mongomock_motor")
_ALIKE = ("weaviate",)  # it has `insert_many` and `delete_many` too
_COLLECTION = rf" (?:[.:]?_*[a-z]\w*)?\.(?:{'|'.join(sorted(_DELETES | _INSERTS | _CHANGES | _READS | {'bulk_write'}))})\b"  # no class

_SEARCHED = r" (?:[.:]?_*[a-z]\w*)?\.find\("


class Pymongo(LibraryModel):
    """Collections are known by their methods: `delete_many`, `insert_one`."""

    advice = Advice(
        row="`replace_one({{{columns}: ...}}, document, upsert=True)`",
        missing='`update_one({{{pairs}}}, {{"$setOnInsert": ...}}, upsert=True)`',
        taken="`DuplicateKeyError`",
        rows="`bulk_write([ReplaceOne(..., upsert=True), ...])`, or `with session.start_transaction():` on a replica set",
        unique="It needs a unique index on {columns}",
    )
    packages: ClassVar[tuple[str, ...]] = ("pymongo", "motor")
    words: ClassVar[tuple[str, ...]] = (
        *("delete_one", "delete_many", "insert_one", "insert_many", "replace_one", "update_one", "update_many", "find_one"),
        *("count_documents", "bulk_write", "start_transaction", "find(", "remove(", "insert(", "save(", "update("),
    )
    methods = _DELETES | _INSERTS | _CHANGES | _READS | _LEGACY | {"bulk_write", "find"}
    evidence = (
        *(
            Evidence(names, kind, says=_COLLECTION, on_text="pymongo")
            for names, kind in (
                (_DELETES | _CHANGES | {"bulk_write"}, EffectKind.CLEAR),
                (_INSERTS | {"bulk_write"}, EffectKind.INSERT),
                (_CHANGES | {"bulk_write"}, EffectKind.UPSERT),
                (_READS, EffectKind.READ),
            )
        ),
        Evidence(frozenset({"find"}), EffectKind.READ, _OWN, says=_SEARCHED, on_text="pymongo"),
        *(
            Evidence(frozenset({name}), kind, ("pymongo",), on_text="pymongo")
            for name, kind in (
                ("remove", EffectKind.CLEAR),
                ("insert", EffectKind.INSERT),
                ("save", EffectKind.UPSERT),
                ("update", EffectKind.UPSERT),
            )
        ),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr) or (context.imports_any(*_ALIKE) and not context.imports_any(*_OWN)):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        if step.name in _DELETES | _INSERTS | _CHANGES | _READS | {"bulk_write"} and not _is_document(step.base):
            for base in options(step.base):
                for chosen in tuple(options(step.arg(0, "filter"))) or (None,):
                    yield from self._collection(replace(step, base=base), chosen)
        elif step.name == "find" and context.imports_any(*_OWN) and not _is_document(step.base):
            yield from self._found(step)
        elif step.name in _LEGACY and context.imports_any("pymongo") and _is_collection_call(step):
            yield from self._legacy(step)

    def scope(self, term: Term, context: FileContext) -> Scope | None:  # noqa: ARG002
        if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "start_transaction":
            return Scope(ScopeKind.TRANSACTION, self.stem, strip(term.func.base))
        return None

    def _base(self, step: Step) -> Effect:
        session = step.arg(-1, "session")
        return Effect(EffectKind.READ, self.stem, connection=strip(session) if session is not None else step.base)

    def _collection(self, step: Step, chosen: Term | None) -> Iterator[Effect]:
        base, resource, text = self._base(step), _collection(step.base), f".{step.name}()"
        if step.name in _DELETES:
            yield picking(base, EffectKind.CLEAR, resource, conditions(chosen), text)
        elif step.name in _READS:
            yield picking(base, EffectKind.READ, resource, conditions(chosen), text)
        elif step.name in _INSERTS:
            new = rows(step.arg(0, "document") or step.arg(0, "documents"))
            yield writing(base, EffectKind.INSERT, resource, replace(new, many=step.name == "insert_many"), text)
        elif step.name == "bulk_write":
            yield from self._bulk(base, resource, step)
        elif step.is_set("upsert") or step.arg(2, "upsert") == TRUE:
            yield writing(base, EffectKind.UPSERT, resource, fields(entries(chosen or NOTHING)), text)
        else:
            yield from retiring(base, resource, conditions(chosen), _set_values(step.arg(1, "update")), text)

    def _found(self, step: Step) -> Iterator[Effect]:
        """`find({...})` of a collection: much else has a method of that name, which is handed no dict."""
        picked = step.arg(0, "filter")
        if isinstance(picked, Mapping):
            yield picking(self._base(step), EffectKind.READ, _collection(step.base), conditions(picked), ".find()")

    def _bulk(self, base: Effect, resource: Term | None, step: Step) -> Iterator[Effect]:
        """`bulk_write([ReplaceOne(..., upsert=True), ...])`: one effect per kind of request, read from a display."""
        requests = step.arg(0, "requests")
        items = requests.items if isinstance(requests, Sequence) else (getattr(requests, "element", None),)
        for item in items:
            if not isinstance(item, Invoke):
                continue
            kind = last_name(item.func)
            if kind == "InsertOne":
                yield writing(base, EffectKind.INSERT, resource, replace(rows(item.arg(0)), many=True), ".bulk_write()")
            elif kind in ("DeleteOne", "DeleteMany"):
                yield picking(base, EffectKind.CLEAR, resource, conditions(item.arg(0, "filter")), ".bulk_write()")
            elif item.kwarg("upsert") == TRUE:
                new = replace(fields(entries(item.arg(0, "filter") or NOTHING)), many=True)
                yield writing(base, EffectKind.UPSERT, resource, new, ".bulk_write()")

    def _legacy(self, step: Step) -> Iterator[Effect]:
        base, resource, text = self._base(step), _collection(step.base), f".{step.name}()"
        if step.name == "remove":
            yield picking(base, EffectKind.CLEAR, resource, conditions(step.arg(0)), text)
        elif step.name == "update":
            if step.is_set("upsert") or step.arg(2) == TRUE:
                yield writing(base, EffectKind.UPSERT, resource, fields(entries(step.arg(0) or NOTHING)), text)
        else:
            yield writing(base, EffectKind.INSERT if step.name == "insert" else EffectKind.UPSERT, resource, rows(step.arg(0)), text)


def _is_document(term: Term) -> bool:
    """Whether a value is a document class, or a query set of one: `Price.objects(code=x)`."""
    return is_record_class(term) or any(
        step.name == "objects" and is_record_class(step.base) for found in chains(term) for step in found.steps
    )


def _is_collection_call(step: Step) -> bool:
    """The old names are those of lists and sets too: ask for a dict, or for a receiver that is a collection."""
    first = step.arg(0)
    receiver = isinstance(_collection(step.base), Const) or last_name(step.base).lower().endswith(("coll", "collection"))
    return isinstance(first, Mapping) or (receiver and first is not None)


def _collection(term: Term) -> Term:
    """`db["users"]`, `db.users` and `db.get_collection("users")` are named; any other expression stands for itself."""
    match term:
        case Item(_, Const() as name) if is_text(name):
            return named(name) or term
        case Invoke(func, (Const() as name, *_), _) if last_name(func) == "get_collection":
            return named(name) or term
        case Attr(base, name) if last_name(base).lower().lstrip("_") in _DATABASES:
            return Const(name.lower())
        case _:
            return term


def _set_values(update: Term | None) -> tuple[tuple[str, Term], ...]:
    return tuple(pair for name, value in entries(update or NOTHING) if name == "$set" for pair in entries(value))
