"""Managers of Django: where a query set starts, and which rows its steps pick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from session_lint.clients.call_shapes import NOTHING, Chain, Step, is_record_class, last_name
from session_lint.clients.new_rows import Rows, fields
from session_lint.clients.row_filters import Filter, lookups, negated
from session_lint.facts.effects import DATABASE, Selection
from session_lint.facts.terms import Attr, Invoke, Op, Param, Ref, Term, dotted, root, strip

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager", "default_manager", "all_objects"})
READS = frozenset({"get", "first", "last", "exists", "count", "earliest", "latest", "get_or_none"})
_ONE = frozenset({"get", "first", "last", "earliest", "latest", "get_or_none", "create"})  # they give a record
QUERY = frozenset("all filter exclude select_for_update using order_by get_queryset none distinct values_list".split())  # noqa: SIM905
QUERY_SETS = frozenset(f"django.db.models{inner}.{name}" for inner in ("", ".query", ".manager") for name in ("QuerySet", "Manager"))
USERS = ("create_user", "create_superuser")  # of the manager of users
CREATES = ("create", "bulk_create", *USERS)
WRITES = frozenset({*CREATES, "get_or_create", "update_or_create", "delete", "_raw_delete", "update"})
MEMBERSHIP = frozenset({"clear", "add", "set"})
_CONTAINERS = ("cache", "session", "headers", "cookies", "queue", "buffer", "messages", "errors", "data", "pending", "registry", "seen")
_ON_DATABASE = ("using", "db_manager")
DEFAULTS = ("defaults", "create_defaults")


def both(*names: str) -> frozenset[str]:
    """The names and those of their asynchronous variants."""
    return frozenset([*names, *("a" + name for name in names)])


def sync(name: str) -> str:
    """The name without the `a` of the asynchronous variant."""
    return name[1:] if name[:1] == "a" and name[1:] in READS | WRITES | MEMBERSHIP | {"save"} else name


@dataclass(frozen=True, slots=True)
class Manager:
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
        return ([Filter("", self.parent)] if self.parent is not None else []) + filters_of(self.rest)

    @property
    def removed(self) -> list[Filter]:
        """The rows that a delete removes; the first or last in an order is an eviction."""
        names = {sync(step.name) for step in self.rest}
        ends = names & {"earliest", "latest"} or ("order_by" in names and names & {"first", "last"})
        return [*self.filters, Filter("", NOTHING, Selection.RANGE)] if ends else self.filters

    @property
    def database(self) -> Term | None:
        """The database that is asked for by its name: `.using("archive")`."""
        calls = [step.call for step in self.rest if step.name in _ON_DATABASE and step.call is not None]
        alias = next(((*call.args, *(value for _, value in call.kwargs)) for call in reversed(calls)), ())
        return Op(DATABASE, alias[:1]) if alias else None

    def row(self, new: Rows) -> Rows:
        """A new row, with the record that its relation sets."""
        return new if self.parent is None else replace(new, columns=(("", self.parent), *new.columns))


def made_query(chain: Chain) -> Manager | None:
    """`QuerySet(Model).filter(...)`, `QuerySet(model=Model)`: the rows of the model."""
    root = chain.root
    if not isinstance(root, Invoke) or dotted(root.func) not in QUERY_SETS or not chain.steps:
        return None
    model = root.kwarg("model") or (root.args[0] if root.args else None)
    return Manager(strip(model), chain.steps, known=True) if model is not None else None


def manager_of(chain: Chain, *, related: bool) -> Manager | None:
    for position, step in enumerate(chain.steps[:-1]):
        if step.call is not None:
            continue
        rest = chain.steps[position + 1 :]
        if any(later.name == "none" for later in rest):
            return None
        if (step.name in _MANAGERS or step.name.endswith("_objects")) and not _leads_on(rest):
            return Manager(_model(step.base), rest, known=True)
        if not related or rest[0].call is None:
            continue
        if _is_own_manager(step, rest[0]):
            return Manager(step.base, rest)
        if _is_related_manager(step, rest[0], last=len(rest) == 1):
            return Manager(Attr(step.base, step.name), rest, step.base)
    return None


def _leads_on(rest: tuple[Step, ...]) -> bool:
    """Whether the query gives one record, of which a relation is meant: `Cart.objects.get(pk=pk).lines.all()`."""
    return any(sync(step.name) in _ONE and step.call is not None and then.call is None for step, then in pairwise(rest))


def _is_own_manager(step: Step, following: Step) -> bool:
    """A manager that the project defines: `Model.published.filter(...)`; `Model.query` is Flask-SQLAlchemy's."""
    known = step.name != "query" and sync(following.name) in QUERY | WRITES
    return known and is_record_class(step.base) and isinstance(step.base, (Ref, Param))


def _model(term: Term) -> Term:
    """`record.children.model` is the model of the relation: the same rows as `record.children`. `self.Meta.model` is of a class."""
    if not isinstance(term, Attr) or term.name != "model" or not isinstance(term.base, Attr) or term.base.name == "Meta":
        return term
    return term.base


def _is_related_manager(step: Step, following: Step, *, last: bool) -> bool:
    """Whether `record.children.<call>` is a related manager and not a list, a set or a dict kept on an object."""
    if step.name.startswith("_") or step.name.endswith(_CONTAINERS) or step.name in ("model", "query"):
        return False
    verb = sync(following.name)
    if not last:
        return verb in QUERY
    if verb in MEMBERSHIP:
        return (whole := dotted(step.base)) is None or not (isinstance(root(step.base), Ref) or whole in ("self", "cls"))
    return verb in WRITES - {"delete", "update"} and not is_record_class(Attr(step.base, step.name))


def filters_of(steps: tuple[Step, ...]) -> list[Filter]:
    found: list[Filter] = []
    for step in steps:
        if step.call is None:
            continue
        if step.name == "filter" or (sync(step.name) in ("get", "get_or_none") and (step.args or step.kwargs)):
            found += lookups(step)
        elif sync(step.name) in ("get_or_create", "update_or_create"):
            found += _key_filters(step)
        elif step.name == "exclude":
            found += negated(lookups(step))
    return found


def _key_filters(step: Step) -> list[Filter]:
    call = Invoke(Attr(step.base, step.name), (), tuple(pair for pair in step.kwargs if pair[0] not in DEFAULTS))
    return list(lookups(Step(step.name, step.base, call)))


def user(step: Step, resource: Term) -> Rows:
    """The row of `User.objects.create_user(name, ...)`. The name comes first, unless the project has another class for users; what
    else the manager sets is not seen."""
    named = [("username", step.args[0])] if step.args and last_name(resource) in ("User", "get_user_model") else []
    return replace(fields([*named, *step.kwargs]), complete=False)
