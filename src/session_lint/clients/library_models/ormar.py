"""ormar: query sets of `Model.objects`, rows that are built and saved.

From ormar's documentation: `objects.delete(a=x)` and `objects.filter(a=x).delete()`; `create`, `save()` and `bulk_create` insert;
`upsert()` and `update_or_create` go by the primary key; a transaction is `async with database.transaction():`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import TRUE, Chain, Columns, Step, chains, is_record_class, origin
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import fields, retiring, rows, writing
from session_lint.clients.row_filters import Filter, comparison, lookups, negated, picking, with_relations
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Attr, Invoke, Op, strip

_PACKAGES = ("ormar",)
_READS = frozenset({"get", "get_or_none", "first", "first_or_none", "exists", "count"})
_INSERTS = frozenset({"create", "bulk_create"})
_OPTIONS = ("each", "_defaults")
_OF_CLASS = r"[ .:](_*[A-Z]\w*|cls)\.objects\b"
_BUILT = r"[ .:](_*[A-Z]\w*(?<!Error)|cls)\("


class Ormar(LibraryModel):
    """A file that imports `ormar`: what starts at `Model.objects`, and rows built in place."""

    advice = Advice(
        row="one statement that inserts or updates the row of {columns}: `INSERT ... ON CONFLICT` by the database of ormar",
        rows="`async with database.transaction():` around both statements",
        relation="`async with database.transaction():` around both calls",
        unique="It needs a unique constraint on {columns}",
    )
    packages = _PACKAGES
    words = ("objects", "save(", "upsert(", "delete(")
    methods = _READS | _INSERTS | {"delete", "update", "get_or_create", "update_or_create", "save", "upsert"}
    evidence = (
        Evidence(frozenset({"delete", "update"}), EffectKind.CLEAR, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(_INSERTS, EffectKind.INSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"update_or_create"}), EffectKind.UPSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"get_or_create"}), EffectKind.OBTAIN, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"save", "upsert"}), EffectKind.UPSERT, _PACKAGES, says=_BUILT, on_class=_BUILT),
        Evidence(_READS, EffectKind.READ, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_PACKAGES):
            for chain in chains(call):
                if chain.steps and chain.steps[-1].call is not None:
                    yield from with_relations(self._effects(chain))

    def _effects(self, chain: Chain) -> Iterator[Effect]:
        last = chain.steps[-1]
        base, text, built = Effect(EffectKind.READ, self.stem), f".{last.name}()", strip(last.base)
        if last.name in ("save", "upsert"):
            if isinstance(built, Invoke) and is_record_class(built.func):
                kind = EffectKind.INSERT if last.name == "save" else EffectKind.UPSERT
                yield writing(base, kind, built.func, fields(built.kwargs, built.args), text)
            return
        start = _start(chain)
        if start is not None:
            yield from self._query(base, start, text)
        elif last.name == "delete":
            for found in chains(origin(built)):
                queried = _start(found)
                if queried is not None:
                    yield picking(base, EffectKind.CLEAR, queried.steps[0].base, _filters(queried.steps), text)

    def _query(self, base: Effect, start: Chain, text: str) -> Iterator[Effect]:
        last, resource = start.steps[-1], start.steps[0].base
        if last.name == "delete":
            yield picking(base, EffectKind.CLEAR, resource, _filters(start.steps), text)
        elif last.name == "update":
            yield from retiring(base, resource, _filters(start.steps[:-1]), last.kwargs, text)
        elif last.name == "bulk_create":
            yield writing(base, EffectKind.INSERT, resource, replace(rows(last.arg(0, "objects")), many=True), text)
        elif last.name in ("create", "update_or_create"):
            kind = EffectKind.INSERT if last.name == "create" else EffectKind.UPSERT
            yield writing(base, kind, resource, fields(_own(last), last.args), text)
        elif last.name == "get_or_create":
            yield picking(base, EffectKind.OBTAIN, resource, _filters(start.steps), text)
        elif last.name in _READS:
            yield picking(base, EffectKind.READ, resource, _filters(start.steps), text)


def _start(chain: Chain) -> Chain | None:
    position = chain.position("objects")
    found = position >= 0 and position + 1 < len(chain.steps) and is_record_class(chain.steps[position].base)
    return chain.after(position - 1) if found else None


def _own(step: Step) -> Columns:
    return tuple((name, value) for name, value in step.kwargs if name not in _OPTIONS)


def _filters(steps: tuple[Step, ...]) -> Iterator[Filter]:
    for step in steps[1:]:
        if step.call is None or step.name in ("all", "select_related"):
            continue
        expressions = [arg for arg in step.args if isinstance(strip(arg), Op)]
        found = [item for arg in expressions for item in comparison(arg)]
        named = Step(step.name, step.base, Invoke(Attr(step.base, step.name), (), _own(step)))
        if named.kwargs:
            found += lookups(named)
        elif not expressions and step.args and step.kwargs != (("each", TRUE),):
            found += lookups(step)
        yield from negated(found) if step.name == "exclude" else found
