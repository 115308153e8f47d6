"""Firestore, by google-cloud-firestore or firebase-admin: documents of a collection, by path and by query; batches, transactions.

From the Firestore reference: `set` writes over the document or makes it, `create` fails where it exists, `add` makes an id; the
writes of a batch or a transaction are final together, those of a bulk writer one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from session_lint.clients.call_shapes import Chain, Columns, Step, chains, last_name, named, options, origin
from session_lint.clients.library_model import Evidence, FileContext, Handle, LibraryModel
from session_lint.clients.new_rows import Rows, rows, writing
from session_lint.clients.receivers import Origin, closed, made
from session_lint.clients.row_filters import OPAQUE, Filter, differs, members, ordered, picking
from session_lint.clients.vector_stores import is_made_anew
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind, Selection
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Ref, Sequence, Term, dotted, strip

_PACKAGES = ("google.cloud.firestore", "google.cloud.firestore_v1", "firebase_admin", "google.cloud.firestore_async")
_DELETES = frozenset({"delete", "recursive_delete"})
_WRITES = frozenset({"set", "create", "add"})
_TRANSACTIONAL = (".transactional", ".async_transactional")


@dataclass(frozen=True, slots=True)
class _Place:
    """A collection, with the ids of the documents above it, and the document or the conditions in it."""

    resource: Term
    parents: Columns
    document: Term | None  # its id; None: a collection, or a document whose id is made anew
    whole: bool  # a collection or a query, not a document
    filters: tuple[Filter, ...] = ()

    def picked(self) -> Iterator[Filter]:
        """Which documents it stands for."""
        yield from (Filter(name, value) for name, value in self.parents)
        yield from self.filters
        if not self.whole:
            yield Filter("id", self.document) if self.document is not None else OPAQUE


class Firestore(LibraryModel):
    """A reference is a chain of `collection(...)` and `document(...)`, in a file that imports the client, or on a client known by value."""

    advice = Advice(
        row="one `document(...).set(...)` under an id made from {columns}, without the delete",
        rows="one `batch()` or `@firestore.transactional` function for all of them, committed once",
    )
    packages = ("google.cloud.firestore", "google.cloud.firestore_v1", "google.cloud.firestore_async")
    words = (".delete(", "recursive_delete", ".set(", ".create(", ".add(", ".get(", ".commit(", "transactional", "batch(")
    methods = _DELETES | _WRITES | {"get", "commit"}
    handles = (Handle(rf"(?:{'|'.join(_PACKAGES)})(?:\.\w+)*?\.\w+\(\).*".replace("google.cloud", r"google\.cloud"), "firestore"),)
    evidence = tuple(
        Evidence(frozenset(names), kind, packages, says=says, on_text="firestore")
        for packages, says in ((_PACKAGES, ""), ((), r"\b(?:collection|document)\("))
        for names, kind in (
            (_DELETES, EffectKind.CLEAR),
            (_WRITES, EffectKind.INSERT),
            (("set",), EffectKind.UPSERT),
            (("get",), EffectKind.READ),
        )
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        base = Effect(EffectKind.READ, self.stem, connection=step.base)
        if step.name == "commit":
            if last_name(step.base) == "batch" and context.imports_any(*_PACKAGES):
                yield replace(base, kind=EffectKind.COMMIT, verb=".commit()", autocommit=False)
            return
        for place in _places(step.base, context):
            yield from _on(base, step, place, step.arg(0))
        if step.name in ("delete", "set", "create", "recursive_delete") and step.args:  # `batch.set(reference, data)`
            buffered = replace(base, autocommit=step.name == "recursive_delete" or "bulk" in last_name(step.base))
            for place in _places(step.args[0], context):
                yield from _on(buffered, step, place, step.arg(1, "document_data"))

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        name = dotted(term) or ""
        if name.startswith(_PACKAGES) and name.endswith(_TRANSACTIONAL):
            return Scope(ScopeKind.TRANSACTION, self.stem)
        if isinstance(term, Invoke) and last_name(term.func) == "batch" and context.imports_any(*_PACKAGES):
            return Scope(ScopeKind.TRANSACTION, self.stem, ambient=False)
        return None


def _on(base: Effect, step: Step, place: _Place, data: Term | None) -> Iterator[Effect]:
    verb = f".{step.name}()"
    if step.name in _DELETES:
        yield picking(base, EffectKind.CLEAR, place.resource, place.picked(), verb)
    elif step.name == "get":
        yield picking(base, EffectKind.READ, place.resource, place.picked(), verb)
    elif step.name in _WRITES and place.whole == (step.name == "add"):
        known = (("id", place.document),) if place.document is not None else ()
        kind = EffectKind.UPSERT if step.name == "set" and known and not is_made_anew(known[0][1]) else EffectKind.INSERT
        columns = (*place.parents, *known, *rows(data).columns)
        yield writing(base, kind, place.resource, Rows(columns), verb)


def _places(term: Term, context: FileContext) -> Iterator[_Place]:
    """What a reference, a snapshot or a query stands for; nothing when it is not of this client."""
    for option in options(term):
        inner = strip(option.base) if isinstance(option, Attr) and option.name == "reference" else option
        looped = isinstance(inner, Element)
        source = origin(inner) if looped else inner
        for one in made(source, context, _PACKAGES):
            known = one.origin is Origin.OWN or context.imports_any(*_PACKAGES) or context.role(one.term) == "firestore"
            if one.origin is Origin.OTHER or not known:
                continue
            for chain in chains(one.term):
                place = _place(chain)
                if place is not None:
                    known = one.near or all(closed(value) for value in (place.resource, *dict(place.parents).values()))
                    yield place if known else replace(place, resource=Item(Ref("firestore"), option), parents=())


def _place(chain: Chain) -> _Place | None:
    resource: Term | None = None
    parents: Columns = ()
    document: Term | None = None
    whole = True
    filters: list[Filter] = []
    for step in chain.steps:
        if step.call is None:
            continue
        if step.name in ("collection", "collection_group") and step.args:
            if resource is not None and document is not None:
                parents = (*parents, (_label(resource), document))
            resource, document, whole = Item(Ref("firestore"), named(step.args[0]) or step.args[0]), None, True
        elif step.name == "document" and resource is not None:
            document, whole = (strip(step.args[0]) if step.args else None), False
        elif step.name == "where":
            filters += _where(step)
        elif step.name in ("order_by", "start_after", "end_before"):
            filters.append(Filter("", step.call, Selection.RANGE))
    return _Place(resource, parents, document, whole, tuple(filters)) if resource is not None else None


def _label(resource: Term) -> str:
    key = resource.key if isinstance(resource, Item) else None
    return str(key.value) if isinstance(key, Const) else "parent"


def _where(step: Step) -> Iterator[Filter]:
    """`where("a", "==", x)`, `where(filter=FieldFilter("a", "==", x))`, `where(filter=And([...]))`."""
    made_filter = step.arg(-1, "filter")
    if made_filter is None:
        yield _compared(step.arg(0, "field_path"), step.arg(1, "op_string"), step.arg(2, "value"))
        return
    inner = strip(made_filter)
    if isinstance(inner, Invoke) and last_name(inner.func) == "FieldFilter":
        yield _compared(inner.arg(0, "field_path"), inner.arg(1, "op_string"), inner.arg(2, "value"))
    elif isinstance(inner, Invoke) and last_name(inner.func) == "And":
        parts = inner.arg(0, "filters")
        items = strip(parts).items if isinstance(parts, Sequence) else ()  # type: ignore[union-attr]
        yield from (found for part in items for found in _where(Step("where", step.base, Invoke(step.base, (), (("filter", part),)))))
    else:
        yield OPAQUE


def _compared(column: Term | None, sign: Term | None, value: Term | None) -> Filter:
    if not isinstance(column, Const) or not isinstance(sign, Const) or value is None:
        return OPAQUE
    name, operator = str(column.value), str(sign.value)
    if operator == "==":
        return Filter(name, strip(value))
    if operator == "!=":
        return differs(name, strip(value))
    if operator in ("in", "array_contains_any"):
        return members(name, strip(value))
    if operator == "not-in":
        return Filter(name, strip(value), Selection.DIFFERENCE)
    return ordered(name, strip(value), operator) if operator in ("<", "<=", ">", ">=") else OPAQUE
