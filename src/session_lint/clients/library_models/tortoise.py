"""Tortoise ORM: query sets that start at the model class itself, many-to-many relations, `in_transaction`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, on_class, origin
from session_lint.clients.conflicts import of_keyword
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, besides, fields, retiring, rows, writing
from session_lint.clients.row_filters import Filter, lookups, negated, picking, with_relations
from session_lint.facts.effects import Advice, Effect, EffectKind, OnConflict, Scope, ScopeKind
from session_lint.facts.telling_names import CLASS_HOLDER
from session_lint.facts.terms import Attr, Invoke, Ref, Term, dotted, root, strip

_QUERY = frozenset({"filter", "all", "exclude", "select_for_update"})
_READS = frozenset({"first", "exists", "get_or_none"})
_ONE = frozenset({"get", "get_or_none", "exists"})  # on the class, by the columns of one row
_WRITES = frozenset({"create", "bulk_create", "get_or_create", "update_or_create"})
_OF_CLASS = rf"[ .:](_*[A-Z]\w*|{CLASS_HOLDER})\.(?:{'|'.join(sorted(_QUERY | _WRITES | {'get_or_none', 'exists'}))})\("
_OF_ATTRIBUTE = r" [.:](\w+)\.(?:clear|add)\("
_BUILT = rf"[ .:](_*[A-Z]\w*(?<!Error)|{CLASS_HOLDER})\("
_MAKERS = frozenset({"tortoise.queryset.QuerySet"})
_OTHERS = ("peewee", "django", "sqlalchemy", "sqlmodel", "mongoengine", "beanie", "ormar", "odmantic", "piccolo")
_CONTAINERS = ("cache", "session", "headers", "cookies", "queue", "buffer", "messages", "errors", "data", "pending", "registry", "seen")


class Tortoise(LibraryModel):
    """`Model.filter(a=x).delete()` needs no import to be known; `Model.create(...)` needs tortoise or a `models` module."""

    advice = Advice(
        row="`{table}.update_or_create({keywords}, defaults=...)`",
        missing="`{table}.get_or_create({keywords}, defaults=...)`",
        taken="`IntegrityError`",
        rows="`async with in_transaction():` around both statements",
        relation="`async with in_transaction():` around both calls",
        unique="It is safe only with a unique constraint on {columns}",
        twice="every later call raises `MultipleObjectsReturned`",
    )
    packages = ("tortoise.models",)
    words = ("filter(", "exclude(", "all(", "create(", ".clear(", ".add(", "get_or_none(", ".save(", "in_transaction", "atomic")
    methods = _READS | _ONE | _WRITES | {"delete", "update", "clear", "add", "save"}
    evidence = (
        *(
            Evidence(names, kind, packages, without=without, says=_OF_CLASS, on_class=_OF_CLASS)
            for packages, without in ((("tortoise",), ()), ((), _OTHERS))
            for names, kind in ((frozenset({"delete", "update"}), EffectKind.CLEAR), (_READS | {"filter"}, EffectKind.READ))
        ),
        *(
            Evidence(frozenset(names), kind, packages, parts, without, says=_OF_CLASS, on_class=_OF_CLASS)
            for packages, parts, without in ((("tortoise",), (), ()), ((), ("models", "model", "entities"), _OTHERS))
            for names, kind in (
                (("create", "bulk_create"), EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("update_or_create",), EffectKind.UPSERT),
            )
        ),
        Evidence(frozenset({"delete", "update"}), EffectKind.CLEAR, ("tortoise",), says=r"\bQuerySet\("),
        Evidence(frozenset({"clear"}), EffectKind.CLEAR, ("tortoise",), on_attribute=_OF_ATTRIBUTE),
        Evidence(frozenset({"add"}), EffectKind.INSERT, ("tortoise",), on_attribute=_OF_ATTRIBUTE),
        Evidence(frozenset({"save"}), EffectKind.INSERT, ("tortoise",), says=_BUILT, on_class=_BUILT),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_OTHERS) and not context.imports_any("tortoise"):
            return
        for chain in (on_class(made, _MAKERS) for made in chains(call)):
            if chain.steps and chain.steps[-1].call is not None:
                yield from with_relations(self._effects(chain, context.imports_any("tortoise")))

    def scope(self, term: Term, context: FileContext) -> Scope | None:  # noqa: ARG002
        name = dotted(strip(term.func) if isinstance(term, Invoke) else term) or ""
        known = name.startswith("tortoise.") and name.endswith((".in_transaction", ".atomic"))
        return Scope(ScopeKind.TRANSACTION, self.stem) if known else None

    def _effects(self, chain: Chain, imported: bool) -> Iterator[Effect]:  # noqa: FBT001
        last = chain.steps[-1]
        start = _start(chain)
        if start is not None:
            yield from self._query(last, start.steps[0].base, start, evident=imported or _from_models(start.steps[0].base))
        elif last.name in ("clear", "add") and imported:
            yield from self._relation(last)
        elif last.name == "delete" and not last.args:
            yield from self._record_deleted(last)
        elif last.name == "save" and imported and isinstance(last.base, Invoke) and is_record_class(last.base.func) and not last.base.args:
            base = Effect(EffectKind.INSERT, self.stem)
            yield writing(base, EffectKind.INSERT, last.base.func, fields(last.base.kwargs), ".save()")

    def _query(self, last: Step, resource: Term, chain: Chain, *, evident: bool) -> Iterator[Effect]:
        base = Effect(EffectKind.READ, self.stem, connection=last.arg(-1, "using_db"))
        text = f".{last.name}()"
        own = Step(last.name, last.base, Invoke(last.base, last.args, _without_options(last)))
        if last.name == "delete":
            yield picking(base, EffectKind.CLEAR, resource, _filters(chain), text)
        elif last.name == "update":
            yield from retiring(base, resource, _filters(chain), last.kwargs, text)
        elif last.name == "exists" and len(chain.steps) == 1 and not (evident and last.kwargs):
            return  # of a class that may be anything
        elif last.name in _READS or (last.name == "get" and evident and last.kwargs):
            found = _filters(chain) + (list(lookups(own)) if last.name in _ONE else [])
            yield picking(base, EffectKind.READ, resource, found, text)
        elif not evident or last.name == "get":
            return
        elif last.name == "get_or_create":
            yield replace(picking(base, EffectKind.OBTAIN, resource, lookups(own), text), besides=besides(last))
        elif last.name == "bulk_create":
            upsert = last.arg(-1, "on_conflict") is not None and last.arg(-1, "update_fields") is not None
            new = replace(rows(last.arg(0, "objects")), many=True)
            effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, resource, new, text)
            ignores = last.is_set("ignore_conflicts")
            conflict = of_keyword(last, "on_conflict") if upsert else OnConflict("ignore_conflicts=True") if ignores else None
            yield replace(effect, ignores_conflicts=ignores, conflict=conflict)
        else:
            upsert = last.name == "update_or_create"
            effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, resource, fields(own.kwargs, own.args), text)
            yield replace(effect, besides=besides(last)) if upsert else effect

    def _relation(self, last: Step) -> Iterator[Effect]:
        relation = last.base
        if not isinstance(relation, Attr) or relation.name.startswith("_") or relation.name.endswith(_CONTAINERS):
            return
        whole = dotted(relation.base)
        if whole in ("self", "cls") or (whole is not None and isinstance(root(relation), Ref)):
            return  # a set or dict kept on an object or a module
        base = Effect(EffectKind.CLEAR, self.stem)
        if last.name == "clear" and not last.args:
            yield picking(base, EffectKind.CLEAR, relation, [Filter("", relation.base)], ".clear()")
        elif last.name == "add" and last.args:
            yield writing(base, EffectKind.INSERT, relation, Rows((("", relation.base),), many=True), ".add()")

    def _record_deleted(self, last: Step) -> Iterator[Effect]:
        for chain in chains(origin(last.base)):
            start = _start(on_class(chain, _MAKERS))
            if start is not None:
                ends = start.steps[-1]
                own = list(lookups(ends)) if ends.name in _ONE else []
                effect = Effect(EffectKind.CLEAR, self.stem)
                yield picking(effect, EffectKind.CLEAR, start.steps[0].base, _filters(start) + own, ".delete()")


def _start(chain: Chain) -> Chain | None:
    """The chain from the first call on the class: `Model.filter(...)...` or `Model.create(...)`."""
    for position, step in enumerate(chain.steps):
        if step.call is None:
            continue
        single = position + 1 == len(chain.steps)
        fits = step.name in ((_WRITES | _ONE) if single else (_QUERY | {"get_or_none"}))
        queried = not any(later.name in ("where", "execute") for later in chain.steps[position:])
        return Chain(chain.root, chain.steps[position:]) if fits and queried and is_record_class(step.base) else None
    return None


def _filters(chain: Chain) -> list[Filter]:
    found: list[Filter] = []
    for step in chain.steps[:-1]:
        if step.name == "filter" and step.call is not None:
            found += lookups(step)
        elif step.name == "exclude" and step.call is not None:
            found += negated(lookups(step))
    return found


def _without_options(step: Step) -> tuple[tuple[str, Term], ...]:
    return tuple((name, value) for name, value in step.kwargs if name not in ("using_db", "defaults"))


def _from_models(term: Term) -> bool:
    name = dotted(term) or ""
    return any(part in ("models", "model", "entities") for part in name.lower().split(".")[:-1])
