"""MongoEngine: documents of MongoDB by `Document.objects`.

From MongoEngine's user guide: `objects(a=x).delete()`; `save()` inserts a new document, or writes over the one of its id;
`update_one(upsert=True)` and `upsert_one` are its upserts.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import Chain, Columns, Step, chains, is_record_class, origin
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import fields, retiring, rows, writing
from session_lint.clients.row_filters import Filter, lookups, negated, picking
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.terms import Invoke, Term, dotted, strip

_PACKAGES = ("mongoengine", "flask_mongoengine")
_QUERY = frozenset({"objects", "filter", "get", "first"})
_READS = frozenset({"first", "get", "count"})
_UPSERTS = frozenset({"update", "update_one", "modify", "upsert_one"})
_OF_CLASS = r"[ .:](_*[A-Z]\w*|cls)\.(?:objects|drop_collection)\b"
_BUILT = r"[ .:](_*[A-Z]\w*(?<!Error)|cls)\("


class Mongoengine(LibraryModel):
    """A file that imports `mongoengine`: query sets of `objects`, documents that are built and saved."""

    advice = Advice(
        row="`{table}.objects({keywords}).update_one(upsert=True, set__...=...)`",
        missing="`{table}.objects({keywords}).modify(upsert=True, new=True, set_on_insert__...=...)`",
        taken="`NotUniqueError`",
        rows="an upsert of each document, and then a delete of those that are left over; on a replica set `with run_in_transaction():`",
        unique="It needs a unique index on {columns}",
    )
    packages = _PACKAGES
    words = ("objects", "save(", "drop_collection", "run_in_transaction", "delete(")
    methods = _READS | _UPSERTS | {"delete", "save", "create", "insert", "drop_collection"}
    evidence = (
        Evidence(frozenset({"delete", "drop_collection"}) | _UPSERTS, EffectKind.CLEAR, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"create", "insert"}), EffectKind.INSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(_UPSERTS, EffectKind.UPSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"save"}), EffectKind.UPSERT, _PACKAGES, says=_BUILT, on_class=_BUILT),
        Evidence(_READS, EffectKind.READ, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_PACKAGES):
            for chain in chains(call):
                if chain.steps and chain.steps[-1].call is not None:
                    yield from self._effects(chain)

    def scope(self, term: Term, context: FileContext) -> Scope | None:  # noqa: ARG002
        name = dotted(term.func) if isinstance(term, Invoke) else None
        known = name is not None and name.startswith("mongoengine.") and name.endswith(".run_in_transaction")
        return Scope(ScopeKind.TRANSACTION, self.stem) if known else None

    def _effects(self, chain: Chain) -> Iterator[Effect]:
        last = chain.steps[-1]
        base, text = Effect(EffectKind.READ, self.stem), f".{last.name}()"
        if last.name == "save":
            built = strip(last.base)
            if isinstance(built, Invoke) and is_record_class(built.func):
                known = any(name in ("id", "pk") for name, _ in built.kwargs)
                kind = EffectKind.UPSERT if known else EffectKind.INSERT
                yield writing(base, kind, built.func, fields(built.kwargs, built.args), text)
        elif last.name == "drop_collection" and is_record_class(last.base):
            yield picking(base, EffectKind.CLEAR, last.base, (), text)
        elif last.name == "delete":
            for found in chains(origin(last.base)):
                start = _start(found)
                if start is not None:
                    yield picking(base, EffectKind.CLEAR, start.steps[0].base, _filters(start.steps), text)
        else:
            start = _start(chain)
            if start is not None and len(start.steps) > 1:
                yield from self._query(base, start, text)

    def _query(self, base: Effect, start: Chain, text: str) -> Iterator[Effect]:
        last, resource = start.steps[-1], start.steps[0].base
        if last.name == "create":
            yield writing(base, EffectKind.INSERT, resource, fields(last.kwargs, last.args), text)
        elif last.name == "insert":
            yield writing(base, EffectKind.INSERT, resource, rows(last.arg(0, "doc_or_docs")), text)
        elif last.name in _UPSERTS:
            filters = list(_filters(start.steps[:-1]))
            if last.name == "upsert_one" or last.is_set("upsert"):
                yield writing(base, EffectKind.UPSERT, resource, fields((item.column, item.value) for item in filters), text)
            else:
                yield from retiring(base, resource, filters, _written(last), text)
        elif last.name in _READS:
            yield picking(base, EffectKind.READ, resource, _filters(start.steps), text)


def _written(step: Step) -> Columns:
    """What `update(set__status="ended")` writes."""
    return tuple((name.removeprefix("set__"), value) for name, value in step.kwargs)


def _start(chain: Chain) -> Chain | None:
    """The chain from `Document.objects` on."""
    position = chain.position("objects")
    return chain.after(position - 1) if position >= 0 and is_record_class(chain.steps[position].base) else None


def _filters(steps: tuple[Step, ...]) -> Iterator[Filter]:
    for step in steps:
        if step.call is None or (not step.kwargs and not step.args):
            continue
        if step.name in _QUERY:
            yield from lookups(step)
        elif step.name == "exclude":
            yield from negated(lookups(step))
