"""peewee: queries that start at the model class and end in `.execute()`. `db.atomic()` is known to the sql model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import NOTHING, Chain, Step, chains, is_record_class, origin
from session_lint.clients.conflicts import of_target
from session_lint.clients.library_model import Evidence, FileContext, Handle, LibraryModel
from session_lint.clients.new_rows import Rows, besides, fields, retiring, rows, writing
from session_lint.clients.row_filters import OPAQUE, Filter, comparison, lookups, picking, with_relations
from session_lint.facts.effects import Advice, Effect, EffectKind, OnConflict, Selection
from session_lint.facts.telling_names import CLASS_HOLDER
from session_lint.facts.terms import Invoke, Term, dotted

_WRITES = frozenset({"insert", "insert_many", "replace", "replace_many", "insert_from", "delete", "update"})
_SINGLE = frozenset({"create", "get_or_create", "get_or_none", "get_by_id", "delete_by_id", "bulk_create"})
_READS = frozenset({"first", "get", "exists", "count", "get_or_none"})
_OF_CLASS = rf"[ .:](_*[A-Z]\w*|{CLASS_HOLDER})\.(?:{'|'.join(sorted(_WRITES | _SINGLE | {'select', 'get'}))})\("
_BUILT = rf"[ .:](_*[A-Z]\w*(?<!Error)|{CLASS_HOLDER})\("
_STARTS = rf"[ .:](_*[A-Z]\w*|{CLASS_HOLDER})\.(?:{{}})\("
_HANDED_IN = r"[ .:]_*[a-z]\w*\.(?:{})\("  # by any name, where peewee is imported
_IN = r"(?:peewee|playhouse)(?:\.\w+)*\."
_OWN = ("peewee", "playhouse")
_OTHERS = ("tortoise", "django", "sqlalchemy", "sqlmodel", "mongoengine", "beanie", "ormar", "odmantic", "piccolo")


class Peewee(LibraryModel):
    """`Model.delete().where(...).execute()` needs no import; `Model.create(...)` needs peewee or a database module."""

    advice = Advice(
        row="`{table}.insert(...).on_conflict(conflict_target=[...], preserve=[...])`, keyed by {columns}",
        missing="`{table}.get_or_create({keywords}, defaults=...)`",
        taken="`IntegrityError`",
        rows="`with db.atomic():` around both statements",
        relation="`with db.atomic():` around both calls",
        unique="It needs a unique index on {columns}",
    )
    packages = ("peewee",)
    words = ("execute", "create(", "get_or_none", "by_id", "delete_instance", "select(", "save(")
    # `with database:` is `with database.atomic():`, and closes the connection at the outermost end (peewee's documentation)
    handles = (
        Handle(
            rf"{_IN}(?:\w*Sqlite\w*|APSW|SqlCipher)Database\(\)", "database", ends="commit", transaction=True, ambient=True, one_writer=True
        ),
        Handle(rf"{_IN}\w*Database\w*\(\)", "database", ends="commit", transaction=True, ambient=True),
    )
    methods = _SINGLE | _READS | {"execute", "delete_instance", "save"}
    evidence = (
        *(
            one
            for kind, verbs in (
                (EffectKind.CLEAR, "delete|update"),
                (EffectKind.INSERT, "insert|insert_many|insert_from|replace|replace_many"),
                (EffectKind.UPSERT, "insert|insert_many|insert_from|replace|replace_many"),
            )
            for one in (
                Evidence(frozenset({"execute"}), kind, says=_STARTS.format(verbs), on_class=_STARTS.format(verbs)),
                Evidence(frozenset({"execute"}), kind, _OWN, says=_HANDED_IN.format(verbs)),
            )
        ),
        Evidence(frozenset({"execute"}), EffectKind.INSERT, says=r"\.on_conflict(?:_ignore)?\(", answers=True),
        Evidence(_READS | {"where"}, EffectKind.READ, says=_STARTS.format("select"), on_class=_STARTS.format("select")),
        Evidence(frozenset({"delete_instance"}), EffectKind.CLEAR, says=_OF_CLASS, on_class=_OF_CLASS),
        Evidence(frozenset({"save"}), EffectKind.INSERT, _OWN, says=_BUILT, on_class=_BUILT),
        *(
            Evidence(frozenset(names), kind, packages, parts, without, says=_OF_CLASS, on_class=_OF_CLASS)
            for packages, parts, without in ((_OWN, (), ()), ((), ("database", "db", "tables", "schema"), _OTHERS))
            for names, kind in (
                (("create", "bulk_create"), EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("get_or_none", "get_by_id"), EffectKind.READ),
                (("delete_by_id",), EffectKind.CLEAR),
            )
        ),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_OTHERS) and not context.imports_any("peewee", "playhouse"):
            return
        for chain in chains(call):
            if chain.steps and chain.steps[-1].call is not None:
                yield from with_relations(self._effects(chain, context))

    def _effects(self, chain: Chain, context: FileContext) -> Iterator[Effect]:
        last, base = chain.steps[-1], Effect(EffectKind.READ, self.stem)
        imported = context.imports_any("peewee", "playhouse")
        if last.name == "delete_instance":
            yield from self._record_deleted(base, last)
            return
        if last.name == "save" and imported and isinstance(last.base, Invoke) and is_record_class(last.base.func):
            yield writing(base, EffectKind.INSERT, last.base.func, fields(last.base.kwargs, last.base.args), ".save()")
            return
        query = _query(chain)
        if query is not None:
            start, rest = query
            if last.name == "execute":
                yield from self._executed(base, start, rest)
            elif start.name == "select" and last.name in _READS:
                yield picking(base, EffectKind.READ, start.base, _filters(rest), f".{last.name}()")
        elif last.name in _SINGLE and is_record_class(last.base) and (imported or _from_database(last.base)):
            yield from self._single(base, last)

    def _executed(self, base: Effect, start: Step, rest: tuple[Step, ...]) -> Iterator[Effect]:
        text = f".{start.name}()"
        if start.name == "delete":
            yield picking(base, EffectKind.CLEAR, start.base, _filters(rest), text)
        elif start.name == "update":
            yield from retiring(base, start.base, _filters(rest), _written(start).columns, text)
        elif start.name != "select":
            names = {step.name for step in rest}
            upsert = start.name.startswith("replace") or bool(names & {"on_conflict", "on_conflict_replace"})
            many = start.name in ("insert_many", "replace_many", "insert_from")
            new = replace(_written(start), many=many)
            effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, start.base, new, text)
            target = next((step.arg(-1, "conflict_target") for step in rest if step.name == "on_conflict"), None)
            ignores = "on_conflict_ignore" in names
            conflict = OnConflict("on_conflict_ignore()") if ignores else of_target(target, shown="conflict_target")
            yield replace(effect, ignores_conflicts=ignores, conflict=conflict)

    def _single(self, base: Effect, last: Step) -> Iterator[Effect]:
        text, model = f".{last.name}()", last.base
        own = tuple((name, value) for name, value in last.kwargs if name != "defaults")
        if last.name == "create":
            yield writing(base, EffectKind.INSERT, model, fields(own, last.args), text)
        elif last.name == "bulk_create":
            yield writing(base, EffectKind.INSERT, model, replace(rows(last.arg(0)), many=True), text)
        elif last.name == "get_or_create":
            key = lookups(Step(last.name, model, Invoke(model, (), own)))
            yield replace(picking(base, EffectKind.OBTAIN, model, key, text), besides=besides(last))
        elif last.name == "get_or_none":
            found = [item for arg in last.args for item in comparison(arg)]
            found += lookups(Step(last.name, model, Invoke(model, (), own))) if own else []
            yield picking(base, EffectKind.READ, model, found or [OPAQUE], text)
        elif last.args:
            kind = EffectKind.CLEAR if last.name == "delete_by_id" else EffectKind.READ
            yield picking(base, kind, model, [Filter("id", last.args[0])], text)

    def _record_deleted(self, base: Effect, last: Step) -> Iterator[Effect]:
        """`record.delete_instance()`: the rows of the query that the record came from."""
        for chain in chains(origin(last.base)):
            query = _query(chain)
            ends = chain.steps[-1] if chain.steps else last
            if query is not None:
                yield picking(base, EffectKind.CLEAR, query[0].base, _filters(query[1]), ".delete_instance()")
            elif ends.name in ("get", "get_or_none", "get_by_id") and is_record_class(ends.base):
                found = [Filter("id", ends.args[0])] if ends.name == "get_by_id" and ends.args else []
                found = found or [item for arg in ends.args for item in comparison(arg)]
                yield picking(base, EffectKind.CLEAR, ends.base, found or [OPAQUE], ".delete_instance()")
            else:
                yield picking(base, EffectKind.INVALIDATE, origin(last.base), (), ".delete_instance()")


def _query(chain: Chain) -> tuple[Step, tuple[Step, ...]] | None:
    """The step that starts a query on a model class, and the steps behind it."""
    for position, step in enumerate(chain.steps):
        if step.call is not None:
            fits = step.name in _WRITES | {"select"} and is_record_class(step.base) and position + 1 < len(chain.steps)
            return (step, chain.steps[position + 1 :]) if fits else None
    return None


def _filters(steps: tuple[Step, ...]) -> list[Filter]:
    found: list[Filter] = []
    for step in steps:
        if step.call is not None and step.name == "where":
            found += [item for arg in step.args for item in comparison(arg)] or [OPAQUE]
        elif step.call is not None and step.name == "join":
            found.append(OPAQUE)
        elif step.call is not None and step.name == "limit":
            found.append(Filter("", NOTHING, Selection.RANGE))
    return found


def _written(start: Step) -> Rows:
    return rows(start.args[0]) if start.args else fields(start.kwargs)


def _from_database(term: Term) -> bool:
    name = dotted(term) or ""
    return any(part in ("database", "db", "tables", "schema") for part in name.lower().split(".")[:-1])
