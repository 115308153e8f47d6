"""Piccolo: queries of a table class, run when they are awaited, rows that are built and saved.

From Piccolo's documentation: `Table.delete().where(...)` must have a condition unless it is given `force=True`;
`Table.insert(row, ...)` with `.on_conflict(...)` is its upsert; a transaction is `async with DB.transaction():`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, origin
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, fields, retiring, rows, writing
from session_lint.clients.row_filters import OPAQUE, Filter, comparison, entries, picking
from session_lint.facts.effects import Advice, Effect, EffectKind
from session_lint.facts.terms import Const, Invoke, Mapping, Sequence, Term, strip

_PACKAGES = ("piccolo",)
_VERBS = ("delete", "update", "insert", "select", "objects", "exists", "count")
_READS = frozenset({"first", "get", "exists", "count"})
_ENDS = frozenset({"where", "insert", "on_conflict", "delete"})
_OF_CLASS = rf"[ .:](_*[A-Z]\w*|cls)\.(?:{'|'.join(_VERBS)})\b"
_BUILT = r"[ .:](_*[A-Z]\w*(?<!Error)|cls)\("


class Piccolo(LibraryModel):
    """A file that imports `piccolo`: queries that start at a table class. What runs them is not looked for."""

    advice = Advice(
        row='`{table}.insert(...).on_conflict(action="DO UPDATE", target=..., values=...)`, keyed by {columns}',
        rows="`async with DB.transaction():` around both queries",
        unique="It needs a unique constraint on {columns}",
    )
    packages = _PACKAGES
    words = ("where(", "insert(", "delete(", "save(", "get_or_create", "remove(", ".get(", "on_conflict")
    methods = _READS | _ENDS | {"save", "get_or_create", "remove"}
    evidence = (
        Evidence(frozenset({"where", "delete", "remove"}), EffectKind.CLEAR, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"insert", "on_conflict"}), EffectKind.INSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"on_conflict"}), EffectKind.UPSERT, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"save"}), EffectKind.INSERT, _PACKAGES, says=_BUILT, on_class=_BUILT),
        Evidence(frozenset({"get_or_create"}), EffectKind.OBTAIN, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(_READS, EffectKind.READ, _PACKAGES, says=_OF_CLASS, on_class=_OF_CLASS),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_PACKAGES):
            for chain in chains(call):
                if chain.steps and chain.steps[-1].call is not None:
                    yield from self._effects(chain)

    def _effects(self, chain: Chain) -> Iterator[Effect]:
        last = chain.steps[-1]
        base, text, built = Effect(EffectKind.READ, self.stem), f".{last.name}()", strip(last.base)
        if last.name == "save":
            if isinstance(built, Invoke) and is_record_class(built.func):
                row = built.args[0] if len(built.args) == 1 and not built.kwargs else None
                new = _row(row) if row is not None else fields(built.kwargs, built.args)
                yield writing(base, EffectKind.INSERT, built.func, new, text)
        elif last.name == "remove":
            for found in chains(origin(built)):
                start = _start(found)
                if start is not None:
                    yield picking(base, EffectKind.CLEAR, start.steps[0].base, _filters(start.steps), text)
        else:
            start = _start(chain)
            if start is not None:
                yield from self._query(base, start)

    def _query(self, base: Effect, start: Chain) -> Iterator[Effect]:
        first, last, resource = start.steps[0], start.steps[-1], start.steps[0].base
        text = f".{first.name}()"
        if first.name == "delete":
            if last.name == "where" or first.arg(0, "force") == Const(value=True):
                yield picking(base, EffectKind.CLEAR, resource, _filters(start.steps), text)
        elif first.name == "update":
            if last.name == "where":
                yield from retiring(base, resource, _filters(start.steps), entries(strip(first.arg(0, "values") or Const(None))), text)
        elif first.name == "insert":
            yield _inserted(base, start, text)
        elif last.name == "get_or_create":
            yield picking(base, EffectKind.OBTAIN, resource, _filters(start.steps), ".get_or_create()")
        elif last.name in _READS or first.name in ("exists", "count"):
            yield picking(base, EffectKind.READ, resource, _filters(start.steps), text)


def _inserted(base: Effect, start: Chain, text: str) -> Effect:
    first = start.steps[0]
    new = rows(Sequence("list", first.args)) if len(first.args) > 1 else rows(first.args[0]) if first.args else Rows()
    conflict = start.find("on_conflict")
    action = conflict.arg(-1, "action") or conflict.arg(1) if conflict is not None else None
    ignores = isinstance(action, Const) and "NOTHING" in str(action.value)
    kind = EffectKind.UPSERT if conflict is not None and not ignores else EffectKind.INSERT
    return replace(writing(base, kind, first.base, replace(new, record=None), text), ignores_conflicts=ignores)


def _row(term: Term) -> Rows:
    """`Band({Band.name: x})`."""
    return rows(term) if isinstance(strip(term), Mapping) else Rows()


def _start(chain: Chain) -> Chain | None:
    position = chain.position(*_VERBS)
    found = position >= 0 and chain.steps[position].call is not None and is_record_class(chain.steps[position].base)
    return chain.after(position - 1) if found else None


def _filters(steps: tuple[Step, ...]) -> Iterator[Filter]:
    for step in steps:
        if step.call is not None and step.name in ("where", "get", "get_or_create"):
            yield from ([item for arg in step.args for item in comparison(arg)] or [OPAQUE])
