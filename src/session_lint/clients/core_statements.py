"""Statements of SQLAlchemy Core, which other clients run too: what `delete(T).where(...)` and its like do to which rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, last_name, named
from session_lint.clients.conflicts import of_steps
from session_lint.clients.exists_queries import asked_for
from session_lint.clients.library_model import FileContext
from session_lint.clients.new_rows import Rows, retiring, rows, writing
from session_lint.clients.receivers import is_own
from session_lint.clients.row_filters import OPAQUE, Filter, comparison, lookups, picking
from session_lint.facts.effects import Effect, EffectKind
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Sequence, Term, dotted, strip, walk

PACKAGES = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy")
VERBS = frozenset({"select", "insert", "update", "delete"})
_LOCKS = frozenset({"pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "get_lock"})
DRIVERS = ("aiopg", "databases")  # they run such statements, each final by itself


def is_driven_by(driver: str, connection: Term, context: FileContext) -> bool:
    """Whether a connection is one of another client that runs these statements: its file imports that, its value is none of SQLAlchemy."""
    return context.imports_any(driver) and "session" not in last_name(connection).lower() and not is_own(connection, context, PACKAGES)


@dataclass(frozen=True, slots=True)
class Query:
    """`session.query(T).filter(...)`, `T.query.filter_by(...)` or a statement: its verb, its table, the steps behind."""

    verb: str
    resource: Term | None
    steps: tuple[Step, ...]

    @property
    def filters(self) -> list[Filter]:
        found: list[Filter] = []
        for step in self.steps:
            if step.call is not None and step.name == "filter_by":
                found += lookups(step)
            elif step.call is not None and step.name in ("where", "filter"):
                found += [item for arg in step.args for item in comparison(arg)] or [OPAQUE]
            elif step.call is not None and step.name == "get" and self.verb == "query":
                found += [Filter("id", arg) for arg in step.args[:1]]
        return found


def statement(chain: Chain) -> Query | None:
    """A Core statement: `delete(T).where(...)`, `sa.insert(T)`, `table.delete().where(...)`."""
    root = chain.root
    if isinstance(root, Invoke):
        name = dotted(root.func) or ""
        if name.startswith(PACKAGES) and name.rsplit(".", 1)[-1] in VERBS and root.args:
            return Query(name.rsplit(".", 1)[-1], table(root.args[0], chain.steps), chain.steps)
    for position, step in enumerate(chain.steps):
        if step.call is None or step.name not in VERBS:
            continue
        rest = chain.steps[position + 1 :]
        if (dotted(step.base) or "").startswith(PACKAGES):
            return Query(step.name, table(step.args[0], rest), rest) if step.args else None
        if step.args and is_record_class(step.args[0]):  # `db.delete(Model)`, as Flask-SQLAlchemy has it
            return Query(step.name, table(step.args[0], rest), rest)
        return Query(step.name, table(step.base, ()), rest)
    return None


def effects_of(base: Effect, term: Term, parameters: Term | None) -> Iterator[Effect]:
    """The effects of running a statement. `parameters`: what is handed over beside it."""
    if any(isinstance(part, Invoke) and last_name(part.func) in _LOCKS for part in walk(term)):  # `select(func.pg_advisory_xact_lock(key))`
        yield replace(base, locks=True, verb="LOCK")
    for chain in chains(asked_for(term)):
        query = statement(chain)
        if query is not None:
            yield from _effects(base, query, parameters)


def _effects(base: Effect, query: Query, parameters: Term | None) -> Iterator[Effect]:
    values = next((step for step in query.steps if step.name == "values"), None)
    if query.verb == "select":
        yield picking(base, EffectKind.READ, query.resource, query.filters, "select()")
    elif query.verb == "delete":
        yield picking(base, EffectKind.CLEAR, query.resource, query.filters, "delete()")
    elif query.verb == "update" and values is not None:
        yield from retiring(base, query.resource, query.filters, _values(values).columns, "update()")
    elif query.verb == "insert":
        yield _insert(base, query, _values(values) if values is not None else rows(parameters))


def _insert(base: Effect, query: Query, new: Rows) -> Effect:
    names = {step.name for step in query.steps}
    prefix = next((str(arg.value) for s in query.steps if s.name == "prefix_with" for arg in s.args if isinstance(arg, Const)), "")
    upsert = bool(names & {"on_conflict_do_update", "on_duplicate_key_update"}) or "REPLACE" in prefix.upper()
    ignore = "on_conflict_do_nothing" in names or "IGNORE" in prefix.upper()
    if "from_select" in names:
        new = Rows(many=True)
    effect = writing(base, EffectKind.UPSERT if upsert else EffectKind.INSERT, query.resource, new, "insert()")
    return replace(effect, ignores_conflicts=ignore, conflict=of_steps(query.steps, prefix))


def table(term: Term, steps: tuple[Step, ...]) -> Term | None:
    """The mapped class or table that a query is about."""
    chosen = next((step.args[0] for step in steps if step.name == "select_from" and step.args), term)
    match _unlabelled(strip(chosen)):
        case Attr(base, "__table__" | "c" | "columns"):
            return strip(base)
        case Attr(base, name) if is_record_class(base) and not is_record_class(Attr(base, name)):
            return strip(base)
        case Attr(Attr(base, "c"), _):
            return strip(base)
        case Invoke(func, (Const() as name, *_), _) if last_name(func) == "Table":
            return named(name)
        case Invoke(func, (inner, *_), _) if last_name(func) in ("aliased", "func", "count", "distinct"):
            return table(inner, ())
        case Sequence(_, (inner, *_)):
            return table(inner, ())
        case Const():
            return None
        case other:
            return other


def _unlabelled(term: Term) -> Term:
    """A column without the other name that it is given: `T.id.label("number")`, `label("number", T.id)`."""
    match term:
        case Invoke(Attr(Attr() as column, "label"), _, _):
            return strip(column)
        case Invoke(func, (Const(), column), _) if last_name(func) == "label":
            return strip(column)
    return term


def _values(step: Step) -> Rows:
    return rows(step.args[0]) if step.args else rows(Invoke(Ref("Row"), (), step.kwargs))
