"""Django ORM: managers, query sets, related managers, `transaction.atomic`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, last_name, origin
from session_lint.clients.conflicts import of_keyword
from session_lint.clients.django_managers import (
    CREATES,
    DEFAULTS,
    MEMBERSHIP,
    QUERY,
    READS,
    USERS,
    WRITES,
    Manager,
    both,
    filters_of,
    made_query,
    manager_of,
    sync,
    user,
)
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, besides, fields, is_of_a_row, retiring, rows, writing
from session_lint.clients.receivers import knows_django
from session_lint.clients.row_filters import picking, with_relations
from session_lint.facts.effects import Advice, Effect, EffectKind, OnConflict, Scope, ScopeKind
from session_lint.facts.telling_names import CLASS_HOLDER
from session_lint.facts.terms import Attr, Invoke, Term, dotted, strip

_OTHERS = ("tortoise", "mongoengine", "peewee", "playhouse", "beanie", "ormar", "piccolo")  # they have `objects`, `filter`, `create` too
_FORMS = ("Form", "Serializer", "FormSet", "Formset")
_KNOWING = (("django", "rest_framework"), ("models", "model"))


_MANAGER = r"objects\b|_manager\b"
_OF_MANAGER = r"[ .:](\w+)\.(?:\w*objects|\w*_manager)\b"
_OF_CLASS = rf"[ .:](_*[A-Z]\w*|{CLASS_HOLDER})\.[a-z]\w*(?= )"  # `Model.published.create(...)`
_ON_ATTRIBUTE = r" \.\w+\.a?{}\(| :\w+\.a?clear\("  # a related manager is an attribute, or a local that is cleared
_OF_ATTRIBUTE = r" [.:](\w+)\.a?(?:clear|add|set)\("
_STEPS = rf"(?:{'|'.join(sorted(both(*QUERY, *WRITES)))})\("
_OF_SELF = rf" self\.(?:{'|'.join(sorted(both(*QUERY, *WRITES, *READS)))})\("
_OF_RELATION = rf" [.:](?!\w*objects\b|\w*_manager\b)(\w+)\.{_STEPS}"
_OF_LOOKED = rf" [.:](?!\w*objects\b|\w*_manager\b)(\w+)\.(?:{'|'.join(sorted(both(*READS, 'filter')))})\("
_OF_BUILT = rf"[ .:](_*[A-Z]\w*(?<!Form)(?<!FormSet)(?<!Formset)(?<!Serializer)(?<!Error)|{CLASS_HOLDER})\("
_BUILT = rf"^(?=.*{_OF_BUILT}).*(?: |:\w+)\.a?save\("  # `Model(...).save()`, also through a local
# `Entries(Entry).delete()`: of a class and a class
_ON_MADE = r"\b\w*(?:QuerySet|Manager)\(|^(?=.* \.(?:{})\()(?=.* _*[A-Z]\w*\().* _*[A-Z]\w* "


_SHORTCUTS = frozenset({"django.shortcuts.get_object_or_404", "django.shortcuts.aget_object_or_404"})


class DjangoOrm(LibraryModel):
    """Query sets are followed to the call that runs them; related managers need a file that imports Django or models."""

    advice = Advice(
        row="`{table}.objects.update_or_create({keywords}, defaults=...)`",
        missing="`{table}.objects.get_or_create({keywords}, defaults=...)`",
        taken="`IntegrityError`",
        rows="`with transaction.atomic():` around both statements",
        relation="`.set([...])`, which changes only what differs",
        unique="It is safe only with a unique constraint on {columns}",
        twice="every later call raises `MultipleObjectsReturned`",
    )
    packages = ("django.db.models",)
    words = (
        *("objects", "_manager", "create(", "delete(", "update(", ".clear(", ".add(", ".set(", ".aclear(", ".aadd(", ".aset("),
        *(".save(", "asave(", "atomic", "get_object_or_404"),
    )
    methods = both(*READS, *WRITES, *MEMBERSHIP, "save", "get_object_or_404")
    evidence = (
        Evidence(both(*READS, "filter", "exclude"), EffectKind.READ, says=_MANAGER, on_class=_OF_MANAGER),
        Evidence(both(*READS, "filter"), EffectKind.READ, *_KNOWING, says=_OF_LOOKED, on_attribute=_OF_LOOKED),
        *(
            Evidence(both(*names), kind, packages, parts, says=says, on_class=of_class, on_attribute=of_attribute)
            for packages, parts, says, of_class, of_attribute in (
                ((), (), _MANAGER, _OF_MANAGER, ""),
                (*_KNOWING, rf"{_OF_CLASS}|{_OF_RELATION}", _OF_CLASS, _OF_RELATION),
            )
            for names, kind in (
                (CREATES, EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("update_or_create",), EffectKind.UPSERT),
            )
        ),
        Evidence(both("delete", "_raw_delete", "update"), EffectKind.CLEAR, says=_MANAGER, on_class=_OF_MANAGER),
        *(
            Evidence(both(*names), kind, ("django",), says=_ON_MADE.format("|".join(sorted(both(*names)))))
            for names, kind in ((("delete", "update"), EffectKind.CLEAR), (CREATES, EffectKind.INSERT))
        ),
        *(  # in a manager or query set of the project
            Evidence(both(*names), kind, ("django",), says=_OF_SELF)
            for names, kind in (
                (READS, EffectKind.READ),
                (CREATES, EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("update_or_create",), EffectKind.UPSERT),
                (("delete", "update"), EffectKind.CLEAR),
            )
        ),
        Evidence(
            both("delete", "_raw_delete", "update"),
            EffectKind.CLEAR,
            *_KNOWING,
            says=rf"\b(?:{'|'.join(sorted(both(*QUERY)))})\b",
            on_class=_OF_CLASS,
            on_attribute=_OF_RELATION,
        ),
        Evidence(both("clear"), EffectKind.CLEAR, *_KNOWING, says=_ON_ATTRIBUTE.format("clear"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(both("add"), EffectKind.INSERT, *_KNOWING, says=_ON_ATTRIBUTE.format("add"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(both("set"), EffectKind.INSERT, *_KNOWING, says=_ON_ATTRIBUTE.format("set"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(both("save"), EffectKind.INSERT, *_KNOWING, says=_BUILT, on_class=_OF_BUILT),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_OTHERS) and not context.imports_any("django"):
            return
        for chain in chains(_locked(call)):
            yield from with_relations(self._effects(chain, context))

    def scope(self, term: Term, context: FileContext) -> Scope | None:  # noqa: ARG002
        name = dotted(strip(term.func) if isinstance(term, Invoke) else term)
        return Scope(ScopeKind.TRANSACTION, self.stem) if name == "django.db.transaction.atomic" else None

    def _effects(self, chain: Chain, context: FileContext) -> Iterator[Effect]:
        last = chain.steps[-1] if chain.steps else None
        if last is None or last.call is None:
            return
        verb = sync(last.name)
        known = knows_django(context)
        if verb == "save":
            yield from self._saved(strip(last.base)) if known and not is_of_a_row(last) else ()
            return
        manager = made_query(chain) or manager_of(chain, related=known)
        made = manager is not None and any(sync(step.name) in CREATES for step in manager.rest[:-1])
        if manager is not None and not made and (manager.known or verb not in READS or manager.is_query):
            yield from self._run(verb, last, manager)
        elif manager is None and verb == "delete" and not last.args:
            yield from self._record_deleted(last)

    def _run(self, verb: str, last: Step, manager: Manager) -> Iterator[Effect]:
        base, resource = Effect(EffectKind.READ, self.stem, connection=manager.database), manager.resource
        text = f".{last.name}()"
        if verb in READS:
            yield picking(base, EffectKind.READ, resource, manager.filters, text)
        elif verb == "create" or verb in USERS:
            new = user(last, resource) if verb in USERS else fields(last.kwargs, last.args)
            yield writing(base, EffectKind.INSERT, resource, manager.row(new), text)
        elif verb in ("get_or_create", "update_or_create"):
            yield self._getter(base, last, manager)
        elif verb == "bulk_create":
            yield self._bulk(base, last, manager)
        elif verb in ("delete", "_raw_delete"):
            yield picking(base, EffectKind.CLEAR, resource, manager.removed, text)
        elif verb == "update":
            yield from retiring(base, resource, manager.removed, last.kwargs, text)
        elif verb in MEMBERSHIP and len(manager.rest) == 1:
            yield from self._membership(base, verb, last, manager)

    def _getter(self, base: Effect, last: Step, manager: Manager) -> Effect:
        text, filtered = f".{last.name}()", (one.column for one in filters_of(manager.rest[:-1]))
        if sync(last.name) == "get_or_create":
            return replace(picking(base, EffectKind.OBTAIN, manager.resource, manager.filters, text), besides=besides(last, DEFAULTS))
        new = manager.row(fields((pair for pair in last.kwargs if pair[0] not in DEFAULTS), last.args))
        return replace(writing(base, EffectKind.UPSERT, manager.resource, new, text), besides=besides(last, DEFAULTS, filtered))

    def _bulk(self, base: Effect, last: Step, manager: Manager) -> Effect:
        upsert = last.is_set("update_conflicts")
        new = replace(rows(last.arg(0, "objs")), many=True)
        effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, manager.resource, manager.row(new), f".{last.name}()")
        # `unique_fields` without `update_conflicts` says nothing: no conflict is named in the statement
        ignores = last.is_set("ignore_conflicts")
        conflict = of_keyword(last, "unique_fields") if upsert else OnConflict("ignore_conflicts=True") if ignores else None
        return replace(effect, ignores_conflicts=ignores, conflict=conflict)

    def _membership(self, base: Effect, verb: str, last: Step, manager: Manager) -> Iterator[Effect]:
        if verb == "clear" and not last.args:
            yield picking(base, EffectKind.CLEAR, manager.resource, manager.filters, ".clear()")
        elif (verb == "add" and last.args) or (verb == "set" and len(last.args) == 1):
            kind = EffectKind.INSERT if verb == "add" else EffectKind.UPSERT
            yield writing(base, kind, manager.resource, manager.row(Rows(many=True)), f".{verb}()")

    def _saved(self, record: Term) -> Iterator[Effect]:
        """`Model(a=x).save()`, also through a name."""
        built = isinstance(record, Invoke) and is_record_class(record.func) and not record.args
        if built and isinstance(record, Invoke) and not last_name(record.func).endswith(_FORMS):
            yield writing(Effect(EffectKind.INSERT, self.stem), EffectKind.INSERT, record.func, fields(record.kwargs), ".save()")

    def _record_deleted(self, last: Step) -> Iterator[Effect]:
        """`record.delete()` for a record that a query of the same function returned."""
        for chain in chains(origin(last.base)):
            manager = made_query(chain) or manager_of(chain, related=False)
            if manager is not None and sync(manager.rest[-1].name) not in CREATES:
                effect = Effect(EffectKind.CLEAR, self.stem)
                yield picking(effect, EffectKind.CLEAR, manager.resource, manager.removed, f".{last.name}()")


def _locked(call: Invoke) -> Invoke:
    """`get_object_or_404(Cart.objects.select_for_update(), pk=pk)` as the look-up that locks; other calls as they are."""
    if dotted(call.func) not in _SHORTCUTS or not call.args:
        return call
    locks = any(chain.find("select_for_update") is not None for chain in chains(call.args[0]))
    return Invoke(Attr(call.args[0], "get"), call.args[1:], call.kwargs, call.site) if locks else call
