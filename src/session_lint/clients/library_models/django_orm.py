"""Django ORM: managers, query sets, related managers, `transaction.atomic`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from session_lint.clients.call_shapes import NOTHING, Chain, Step, chains, is_record_class, last_name, origin
from session_lint.clients.conflicts import of_keyword
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import Rows, besides, fields, is_of_a_row, retiring, rows, writing
from session_lint.clients.receivers import knows_django
from session_lint.clients.row_filters import Filter, lookups, negated, picking, with_relations
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind, Selection
from session_lint.facts.telling_names import CLASS_HOLDER
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, dotted, root, strip

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager", "default_manager", "all_objects"})
_READS = frozenset({"get", "first", "last", "exists", "count", "earliest", "latest", "get_or_none"})
_ONE = frozenset({"get", "first", "last", "earliest", "latest", "get_or_none", "create"})  # they give a record
_QUERY = frozenset("all filter exclude select_for_update using order_by get_queryset none distinct values_list".split())  # noqa: SIM905
_QUERY_SETS = frozenset(f"django.db.models{inner}.{name}" for inner in ("", ".query", ".manager") for name in ("QuerySet", "Manager"))
_WRITES = frozenset({"create", "bulk_create", "get_or_create", "update_or_create", "delete", "_raw_delete", "update"})
_MEMBERSHIP = frozenset({"clear", "add", "set"})
_CONTAINERS = ("cache", "session", "headers", "cookies", "queue", "buffer", "messages", "errors", "data", "pending", "registry", "seen")
_DEFAULTS = ("defaults", "create_defaults")
_OTHERS = ("tortoise", "mongoengine", "peewee", "playhouse", "beanie", "ormar", "piccolo")  # they have `objects`, `filter`, `create` too
_FORMS = ("Form", "Serializer", "FormSet", "Formset")
_KNOWING = (("django", "rest_framework"), ("models", "model"))


def _both(*names: str) -> frozenset[str]:
    """The names and those of their asynchronous variants."""
    return frozenset([*names, *("a" + name for name in names)])


_MANAGER = r"objects\b|_manager\b"
_OF_MANAGER = r"[ .:](\w+)\.(?:\w*objects|\w*_manager)\b"
_OF_CLASS = rf"[ .:](_*[A-Z]\w*|{CLASS_HOLDER})\.[a-z]\w*(?= )"  # `Model.published.create(...)`
_ON_ATTRIBUTE = r" \.\w+\.a?{}\(| :\w+\.a?clear\("  # a related manager is an attribute, or a local that is cleared
_OF_ATTRIBUTE = r" [.:](\w+)\.a?(?:clear|add|set)\("
_STEPS = rf"(?:{'|'.join(sorted(_both(*_QUERY, *_WRITES)))})\("
_OF_SELF = rf" self\.(?:{'|'.join(sorted(_both(*_QUERY, *_WRITES, *_READS)))})\("
_OF_RELATION = rf" [.:](?!\w*objects\b|\w*_manager\b)(\w+)\.{_STEPS}"
_OF_LOOKED = rf" [.:](?!\w*objects\b|\w*_manager\b)(\w+)\.(?:{'|'.join(sorted(_both(*_READS, 'filter')))})\("
_OF_BUILT = rf"[ .:](_*[A-Z]\w*(?<!Form)(?<!FormSet)(?<!Formset)(?<!Serializer)(?<!Error)|{CLASS_HOLDER})\("
_BUILT = rf"^(?=.*{_OF_BUILT}).*(?: |:\w+)\.a?save\("  # `Model(...).save()`, also through a local
# `Entries(Entry).delete()`: of a class and a class
_ON_MADE = r"\b\w*(?:QuerySet|Manager)\(|^(?=.* \.(?:{})\()(?=.* _*[A-Z]\w*\().* _*[A-Z]\w* "


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
        *(".save(", "asave(", "atomic"),
    )
    methods = _both(*_READS, *_WRITES, *_MEMBERSHIP, "save")
    evidence = (
        Evidence(_both(*_READS, "filter", "exclude"), EffectKind.READ, says=_MANAGER, on_class=_OF_MANAGER),
        Evidence(_both(*_READS, "filter"), EffectKind.READ, *_KNOWING, says=_OF_LOOKED, on_attribute=_OF_LOOKED),
        *(
            Evidence(_both(*names), kind, packages, parts, says=says, on_class=of_class, on_attribute=of_attribute)
            for packages, parts, says, of_class, of_attribute in (
                ((), (), _MANAGER, _OF_MANAGER, ""),
                (*_KNOWING, rf"{_OF_CLASS}|{_OF_RELATION}", _OF_CLASS, _OF_RELATION),
            )
            for names, kind in (
                (("create", "bulk_create"), EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("update_or_create",), EffectKind.UPSERT),
            )
        ),
        Evidence(_both("delete", "_raw_delete", "update"), EffectKind.CLEAR, says=_MANAGER, on_class=_OF_MANAGER),
        *(
            Evidence(_both(*names), kind, ("django",), says=_ON_MADE.format("|".join(sorted(_both(*names)))))
            for names, kind in ((("delete", "update"), EffectKind.CLEAR), (("create", "bulk_create"), EffectKind.INSERT))
        ),
        *(  # in a manager or query set of the project
            Evidence(_both(*names), kind, ("django",), says=_OF_SELF)
            for names, kind in (
                (_READS, EffectKind.READ),
                (("create", "bulk_create"), EffectKind.INSERT),
                (("get_or_create",), EffectKind.OBTAIN),
                (("update_or_create",), EffectKind.UPSERT),
                (("delete", "update"), EffectKind.CLEAR),
            )
        ),
        Evidence(
            _both("delete", "_raw_delete", "update"),
            EffectKind.CLEAR,
            *_KNOWING,
            says=rf"\b(?:{'|'.join(sorted(_both(*_QUERY)))})\b",
            on_class=_OF_CLASS,
            on_attribute=_OF_RELATION,
        ),
        Evidence(_both("clear"), EffectKind.CLEAR, *_KNOWING, says=_ON_ATTRIBUTE.format("clear"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(_both("add"), EffectKind.INSERT, *_KNOWING, says=_ON_ATTRIBUTE.format("add"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(_both("set"), EffectKind.INSERT, *_KNOWING, says=_ON_ATTRIBUTE.format("set"), on_attribute=_OF_ATTRIBUTE, foreign=True),
        Evidence(_both("save"), EffectKind.INSERT, *_KNOWING, says=_BUILT, on_class=_OF_BUILT),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if context.imports_any(*_OTHERS) and not context.imports_any("django"):
            return
        for chain in chains(call):
            yield from with_relations(self._effects(chain, context))

    def scope(self, term: Term, context: FileContext) -> Scope | None:  # noqa: ARG002
        name = dotted(strip(term.func) if isinstance(term, Invoke) else term)
        return Scope(ScopeKind.TRANSACTION, self.stem) if name == "django.db.transaction.atomic" else None

    def _effects(self, chain: Chain, context: FileContext) -> Iterator[Effect]:
        last = chain.steps[-1] if chain.steps else None
        if last is None or last.call is None:
            return
        verb = _sync(last.name)
        known = knows_django(context)
        if verb == "save":
            yield from self._saved(strip(last.base)) if known and not is_of_a_row(last) else ()
            return
        manager = _made(chain) or _manager(chain, related=known)
        made = manager is not None and any(_sync(step.name) in ("create", "bulk_create") for step in manager.rest[:-1])
        if manager is not None and not made and (manager.known or verb not in _READS or manager.is_query):
            yield from self._run(verb, last, manager)
        elif manager is None and verb == "delete" and not last.args:
            yield from self._record_deleted(last)

    def _run(self, verb: str, last: Step, manager: _Manager) -> Iterator[Effect]:
        base, resource = Effect(EffectKind.READ, self.stem), manager.resource
        text = f".{last.name}()"
        if verb in _READS:
            yield picking(base, EffectKind.READ, resource, manager.filters, text)
        elif verb == "create":
            yield writing(base, EffectKind.INSERT, resource, manager.row(fields(last.kwargs, last.args)), text)
        elif verb in ("get_or_create", "update_or_create"):
            yield self._getter(base, last, manager)
        elif verb == "bulk_create":
            yield self._bulk(base, last, manager)
        elif verb in ("delete", "_raw_delete"):
            yield picking(base, EffectKind.CLEAR, resource, manager.removed, text)
        elif verb == "update":
            yield from retiring(base, resource, manager.removed, last.kwargs, text)
        elif verb in _MEMBERSHIP and len(manager.rest) == 1:
            yield from self._membership(base, verb, last, manager)

    def _getter(self, base: Effect, last: Step, manager: _Manager) -> Effect:
        text, filtered = f".{last.name}()", (one.column for one in _filters(manager.rest[:-1]))
        if _sync(last.name) == "get_or_create":
            return replace(picking(base, EffectKind.OBTAIN, manager.resource, manager.filters, text), besides=besides(last, _DEFAULTS))
        new = manager.row(fields((pair for pair in last.kwargs if pair[0] not in _DEFAULTS), last.args))
        return replace(writing(base, EffectKind.UPSERT, manager.resource, new, text), besides=besides(last, _DEFAULTS, filtered))

    def _bulk(self, base: Effect, last: Step, manager: _Manager) -> Effect:
        upsert = last.is_set("update_conflicts")
        new = replace(rows(last.arg(0, "objs")), many=True)
        effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, manager.resource, manager.row(new), f".{last.name}()")
        return replace(effect, ignores_conflicts=last.is_set("ignore_conflicts"), conflict=of_keyword(last, "unique_fields"))

    def _membership(self, base: Effect, verb: str, last: Step, manager: _Manager) -> Iterator[Effect]:
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
            manager = _made(chain) or _manager(chain, related=False)
            if manager is not None and _sync(manager.rest[-1].name) not in ("create", "bulk_create"):
                effect = Effect(EffectKind.CLEAR, self.stem)
                yield picking(effect, EffectKind.CLEAR, manager.resource, manager.removed, f".{last.name}()")


def _sync(name: str) -> str:
    """The name without the `a` of the asynchronous variant."""
    return name[1:] if name[:1] == "a" and name[1:] in _READS | _WRITES | _MEMBERSHIP | {"save"} else name


@dataclass(frozen=True, slots=True)
class _Manager:
    """Where a query set starts: the model or the related manager, the steps behind it, the record a relation is of."""

    resource: Term
    rest: tuple[Step, ...]
    parent: Term | None = None
    known: bool = False  # by its name: `objects`

    @property
    def is_query(self) -> bool:
        """Whether a relation is asked for some of its rows: `cart.lines.filter(...).first()`."""
        return self.parent is not None and len(self.rest) > 1 and self.rest[0].name == "filter"

    @property
    def filters(self) -> list[Filter]:
        return ([Filter("", self.parent)] if self.parent is not None else []) + _filters(self.rest)

    @property
    def removed(self) -> list[Filter]:
        """The rows that a delete removes; the first or last in an order is an eviction."""
        names = {_sync(step.name) for step in self.rest}
        ends = names & {"earliest", "latest"} or ("order_by" in names and names & {"first", "last"})
        return [*self.filters, Filter("", NOTHING, Selection.RANGE)] if ends else self.filters

    def row(self, new: Rows) -> Rows:
        """A new row, with the record that its relation sets."""
        return new if self.parent is None else replace(new, columns=(("", self.parent), *new.columns))


def _made(chain: Chain) -> _Manager | None:
    """`QuerySet(Model).filter(...)`, `QuerySet(model=Model)`: the rows of the model."""
    root = chain.root
    if not isinstance(root, Invoke) or dotted(root.func) not in _QUERY_SETS or not chain.steps:
        return None
    model = root.kwarg("model") or (root.args[0] if root.args else None)
    return _Manager(strip(model), chain.steps, known=True) if model is not None else None


def _manager(chain: Chain, *, related: bool) -> _Manager | None:
    for position, step in enumerate(chain.steps[:-1]):
        if step.call is not None:
            continue
        rest = chain.steps[position + 1 :]
        if any(later.name == "none" for later in rest):
            return None
        if (step.name in _MANAGERS or step.name.endswith("_objects")) and not _leads_on(rest):
            return _Manager(_model(step.base), rest, known=True)
        if not related or rest[0].call is None:
            continue
        if _is_own_manager(step, rest[0]):
            return _Manager(step.base, rest)
        if _is_related_manager(step, rest[0], last=len(rest) == 1):
            return _Manager(Attr(step.base, step.name), rest, step.base)
    return None


def _leads_on(rest: tuple[Step, ...]) -> bool:
    """Whether the query gives one record, of which a relation is meant: `Cart.objects.get(pk=pk).lines.all()`."""
    return any(_sync(step.name) in _ONE and step.call is not None and then.call is None for step, then in pairwise(rest))


def _is_own_manager(step: Step, following: Step) -> bool:
    """A manager that the project defines: `Model.published.filter(...)`; `Model.query` is Flask-SQLAlchemy's."""
    known = step.name != "query" and _sync(following.name) in _QUERY | _WRITES
    return known and is_record_class(step.base) and isinstance(step.base, (Ref, Param))


def _model(term: Term) -> Term:
    """`record.children.model` is the model of the relation: the same rows as `record.children`."""
    return term.base if isinstance(term, Attr) and term.name == "model" and isinstance(term.base, Attr) else term


def _is_related_manager(step: Step, following: Step, *, last: bool) -> bool:
    """Whether `record.children.<call>` is a related manager and not a list, a set or a dict kept on an object."""
    if step.name.startswith("_") or step.name.endswith(_CONTAINERS) or step.name in ("model", "query"):
        return False
    verb = _sync(following.name)
    if not last:
        return verb in _QUERY
    if verb in _MEMBERSHIP:
        return (whole := dotted(step.base)) is None or not (isinstance(root(step.base), Ref) or whole in ("self", "cls"))
    return verb in _WRITES - {"delete", "update"} and not is_record_class(Attr(step.base, step.name))


def _filters(steps: tuple[Step, ...]) -> list[Filter]:
    found: list[Filter] = []
    for step in steps:
        if step.call is None:
            continue
        if step.name == "filter" or (_sync(step.name) in ("get", "get_or_none") and (step.args or step.kwargs)):
            found += lookups(step)
        elif _sync(step.name) in ("get_or_create", "update_or_create"):
            found += _key_filters(step)
        elif step.name == "exclude":
            found += negated(lookups(step))
    return found


def _key_filters(step: Step) -> list[Filter]:
    call = Invoke(Attr(step.base, step.name), (), tuple(pair for pair in step.kwargs if pair[0] not in _DEFAULTS))
    return list(lookups(Step(step.name, step.base, call)))
