"""SQLAlchemy (Core and ORM), SQLModel, Flask-SQLAlchemy. Nothing is final before `commit()`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, is_text, last_name, options, origin
from session_lint.clients.core_statements import DRIVERS, PACKAGES, Query, effects_of, is_driven_by, statement, table
from session_lint.clients.exists_queries import asked_for
from session_lint.clients.handles import SQLALCHEMY
from session_lint.clients.library_model import Evidence, FileContext, LibraryModel
from session_lint.clients.new_rows import retiring, rows, writing
from session_lint.clients.receivers import Origin, made
from session_lint.clients.row_filters import Filter, picking
from session_lint.facts.effects import Advice, Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.terms import Attr, Invoke, Param, Term, strip

_RUN = frozenset({"execute", "exec", "scalar", "scalars", "stream", "stream_scalars", "scalar_one_or_none"})
_READS = frozenset({"first", "one_or_none", "one", "all", "scalar", "count", "get", "first_or_404", "get_or_404", "scalar_one_or_none"})
_ADDS = frozenset({"add", "add_all", "bulk_save_objects", "bulk_insert_mappings", "merge"})
_ON_SESSION = r"(?i)session\w*\.(?:add|add_all|bulk_save_objects|bulk_insert_mappings|merge|get|delete)\b"
_ON_MADE = r"(?i)^(?=.*session\w*\().* (?::\w+)?\.(?:add|add_all|bulk_save_objects|bulk_insert_mappings|merge|get|delete)\b"
_OF_BUILT = r"[ .:](_*[A-Z]\w*[a-z]\w*)\("
_ADDED = rf"^(?=.*{_OF_BUILT}).*[.:]\w+\.(?:add|add_all|bulk_save_objects)\("
_SESSIONS = frozenset({"Session", "AsyncSession", "scoped_session", "async_scoped_session", "sessionmaker", "async_sessionmaker"})
_ENDS = {"commit": EffectKind.COMMIT, "rollback": EffectKind.ROLLBACK}


class Sqlalchemy(LibraryModel):
    """A session is known by its name or by what it runs: `session.add(...)`, `db.execute(select(...))`."""

    advice = Advice(
        row="`insert({table}).values(...).on_conflict_do_update(index_elements=[...], set_=...)` of the dialect, keyed by {columns}",
        missing="`insert({table}).values(...).on_conflict_do_nothing()` of the dialect, or a savepoint, and read the row",
        taken="`IntegrityError`",
        rows="one commit after both statements, or `with session.begin():` around them",
        relation="one commit after both calls",
        unique="It needs a unique constraint on {columns}",
        caution="on MySQL it is `on_duplicate_key_update`",
    )
    waits = True
    packages = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy")
    words = (
        *("session", "query", "execute", "exec(", "scalar", "stream", "add(", "add_all", "merge(", "bulk_", "commit", "rollback", "begin"),
        *("db.get(", "delete("),
    )
    methods = _RUN | _READS | _ADDS | frozenset(_ENDS) | {"delete", "update"}
    handles = SQLALCHEMY
    runs_on = "session"
    evidence = (
        *(
            Evidence(_RUN, kind, packages, says=says.format(verbs))
            # without an import only a statement made of a table: `users.delete()`, `self.users.delete()`
            for packages, says in ((PACKAGES, r"\b(?:{})\b"), ((), r"[ .:][a-z_]\w*\.(?:{})\("))
            for kind, verbs in (
                (EffectKind.READ, "select|exists"),
                (EffectKind.INSERT, "insert"),
                (EffectKind.UPSERT, "on_conflict_do_update|on_duplicate_key_update|prefix_with"),
                (EffectKind.CLEAR, "delete|update"),
            )
        ),
        Evidence(_RUN, EffectKind.INSERT, PACKAGES, says=r"\bon_conflict_do_\w+|\bon_duplicate_key_update\b|\bprefix_with\b", answers=True),
        Evidence(_READS, EffectKind.READ, says=r"\bquery\b"),
        Evidence(_ADDS - {"merge"}, EffectKind.INSERT, says=_ADDED, on_class=_OF_BUILT),  # a session by any name, with rows made here
        Evidence(frozenset({"delete", "update"}), EffectKind.CLEAR, says=r"\bquery\b"),
        *(
            Evidence(methods, kind, packages, says=says)
            for packages, says in (
                ((), _ON_SESSION),
                ((), _ON_MADE),
                (PACKAGES, r"\.(?:add|add_all|bulk_save_objects|bulk_insert_mappings|merge|get|delete)\("),
            )
            for methods, kind in (
                (_ADDS - {"merge"}, EffectKind.INSERT),
                (frozenset({"merge"}), EffectKind.UPSERT),
                (frozenset({"get"}), EffectKind.READ),
                (frozenset({"delete"}), EffectKind.CLEAR),
            )
        ),
    )

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        if not isinstance(call.func, Attr):
            return
        step = Step(call.func.name, strip(call.func.base), call)
        if step.name in _RUN and step.args:
            if not any(is_driven_by(driver, step.base, context) for driver in DRIVERS):
                yield from self._run(step)
            return
        if step.name in _READS | {"delete", "update"}:
            found = [effect for chain in chains(call) for effect in self._query(chain, _session_of(call))]
            if found:
                yield from found
                return
        if _is_session(step.base, context):
            yield from self._session(step, context)

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name in ("begin", "begin_nested"):
            base = strip(term.func.base)
            if context.imports_any(*PACKAGES) or "session" in last_name(base).lower():
                opened = "engine" in last_name(base).lower() or "maker" in last_name(base).lower() or last_name(base)[:1].isupper()
                nested = term.func.name == "begin_nested"
                return Scope(ScopeKind.TRANSACTION, self.stem, None if opened else base, ambient=False, nested=nested)
        return None

    # -- statements handed to execute()

    def _run(self, step: Step) -> Iterator[Effect]:
        base = Effect(EffectKind.READ, self.stem, connection=step.base, autocommit=False)
        yield from effects_of(base, step.args[0], step.arg(1, "params") or step.arg(1, "parameters"))

    # -- query(T)....first(), .delete(), .update()

    def _query(self, chain: Chain, session: Term | None) -> Iterator[Effect]:
        query = _orm_query(chain)
        if query is None:
            return
        last = query.steps[-1]
        base = Effect(EffectKind.READ, self.stem, connection=session, autocommit=False)
        if last.name == "delete":
            yield picking(base, EffectKind.CLEAR, query.resource, query.filters, ".delete()")
        elif last.name == "update":
            yield from retiring(base, query.resource, query.filters, rows(last.arg(0, "values")).columns, ".update()")
        elif last.name in _READS:
            yield picking(base, EffectKind.READ, query.resource, query.filters, f".{last.name}()")

    # -- the session itself

    def _session(self, step: Step, context: FileContext) -> Iterator[Effect]:
        base = Effect(EffectKind.READ, self.stem, connection=step.base, autocommit=False)
        text = f".{step.name}()"
        if step.name in _ENDS:
            yield replace(base, kind=_ENDS[step.name], verb=text)
        elif step.name == "bulk_insert_mappings" and len(step.args) > 1:
            yield writing(base, EffectKind.INSERT, strip(step.args[0]), replace(rows(step.args[1]), many=True), text)
        elif step.name in _ADDS and step.args:
            kind = EffectKind.UPSERT if step.name == "merge" else EffectKind.INSERT
            for option in options(step.args[0]):
                new = rows(option)
                many = new.many or step.name in ("add_all", "bulk_save_objects")
                yield writing(base, kind, new.record or _passed_in(option), replace(new, many=many), text)
        elif (
            step.name == "get"
            and (last_name(step.base).lower().endswith(("session", "db")) or _is_made(step.base, context))
            and len(step.args) > 1
            and is_record_class(step.args[0])
        ):
            yield picking(base, EffectKind.READ, strip(step.args[0]), _identity(step.args[1]), text)
        elif step.name == "delete" and len(step.args) == 1 and not is_text(step.args[0]):
            yield from self._delete_record(base, step.args[0], http=context.imports_any("requests", "aiohttp", "httpx"))

    def _delete_record(self, base: Effect, record: Term, *, http: bool) -> Iterator[Effect]:
        """`session.delete(record)`: the rows of the query that the record came from."""
        for chain in chains(origin(record)):
            query = _orm_query(chain) or _result_of(chain)
            if query is not None:
                yield picking(base, EffectKind.CLEAR, query.resource, query.filters, ".delete()")
            elif isinstance(strip(record), Param) and not http:
                yield picking(base, EffectKind.INVALIDATE, strip(record), (), ".delete()")


def _is_session(term: Term, context: FileContext) -> bool:
    role = context.role(term)
    if role:
        return role in ("session", "connection")
    name = last_name(term).lower()
    return (
        "session" in name
        or _is_made(term, context)
        or (context.imports_any(*PACKAGES) and name in ("db", "sess", "conn", "connection", "uow", "dbsession", "get_db", "tx", "s"))
    )


def _is_made(term: Term, context: FileContext) -> bool:
    """Whether the file shows that a value is a session, whatever it is called."""
    if not context.imports_any(*PACKAGES):
        return False
    return any(one.origin is Origin.OWN and last_name(one.term) in _SESSIONS for one in made(term, context, PACKAGES))


def _session_of(call: Invoke) -> Term | None:
    """The session that `session.query(...)...` runs on, as written: with all its alternatives."""
    term: Term = call
    while isinstance(term, (Invoke, Attr)):
        if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "query":
            return strip(term.func.base)
        term = strip(term.func if isinstance(term, Invoke) else term.base)
    return None


def _orm_query(chain: Chain) -> Query | None:
    for position, step in enumerate(chain.steps):
        if step.name != "query":
            continue
        rest = chain.steps[position + 1 :]
        if not rest or any(later.name == "execute" for later in rest):
            return None
        if step.call is not None and step.args and (found := _asked(step.args[0])) is not None:
            return replace(found, steps=(*found.steps, rest[-1]))
        if step.call is not None and step.args and not is_text(step.args[0]):
            return Query("query", table(step.args[0], rest), rest)
        if step.call is None and is_record_class(step.base):
            return Query("query", step.base, rest)
    return None


def _asked(term: Term) -> Query | None:
    """The query of which `session.query(exists().where(...))` asks whether it has rows."""
    inner = asked_for(term)
    if inner is term:
        return None
    return next((found for chain in chains(inner) if (found := _orm_query(chain) or statement(chain)) is not None), None)


def _result_of(chain: Chain) -> Query | None:
    """The statement behind `session.execute(select(...)).scalars().all()` or `session.get(T, key)`."""
    step = chain.find(*_RUN, "get")
    if step is None or not step.args:
        return None
    if step.name == "get":
        known = len(step.args) > 1 and is_record_class(step.args[0])
        return Query("query", strip(step.args[0]), (Step("get", step.base, Invoke(step.base, step.args[1:])),)) if known else None
    return next((query for inner in chains(step.args[0]) if (query := statement(inner)) is not None), None)


def _identity(key: Term) -> Iterator[Filter]:
    yield Filter("id", strip(key))


def _passed_in(record: Term) -> Term | None:
    """A record built elsewhere: the caller decides its kind."""
    return record if isinstance(record, Param) else None
