"""The query of which an EXISTS of SQLAlchemy asks whether it has rows.

From SQLAlchemy's documentation: `exists()` takes a SELECT, or columns and conditions of its own; `Select.exists()` and `Query.exists()`
make one of a query; it is asked for by `select(...)`, `session.query(...)`, or its own `select()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.clients.call_shapes import Chain, Step, chains, is_record_class, last_name
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, dotted, strip, walk

_PACKAGES = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy")
_DEEP = 4  # `select(exists(select(...)))` is two
_SELECT = Ref("sqlalchemy.select")
_ASKING = frozenset({"select", "query"})
_WRAPPED = frozenset({"select", "label", "correlate", "correlate_except", "scalar_subquery", "as_scalar"})


def asked_for(term: Term) -> Term:
    """The query behind a statement, or an argument of `query()`; any other than an EXISTS as it is."""
    for _ in range(_DEEP):
        inner = _inside(strip(term))
        if inner is None:
            break
        term = inner
    return term


def _inside(term: Term) -> Term | None:
    """What stands in a statement one level down, on the way to an EXISTS or out of it."""
    if not isinstance(term, Invoke):
        return None
    if isinstance(term.func, Attr) and term.func.name == "exists" and not term.args and isinstance(strip(term.func.base), Invoke):
        return strip(term.func.base)  # `query.exists()`
    if isinstance(term.func, Attr) and term.func.name in _WRAPPED and _is_exists(term.func.base):
        return strip(term.func.base)  # `exists().where(...).select()`
    if _is_select(term):  # `select(exists(...))`
        return next((strip(arg) for arg in term.args[:1] if _is_exists(arg)), None)
    return next((_written_out(*start) for chain in chains(term) if (start := _start(chain)) is not None), None)


def _is_exists(term: Term) -> bool:
    """Whether a value is an EXISTS, under a label or not."""
    inner = strip(term)
    if isinstance(inner, Invoke) and isinstance(inner.func, Attr):
        if inner.func.name == "exists":
            return isinstance(strip(inner.func.base), Invoke) or _is_root(inner)
        return _is_exists(inner.func.base)
    return _is_root(inner)


def _is_root(term: Term) -> bool:
    return isinstance(term, Invoke) and last_name(term.func) == "exists" and (dotted(term.func) or "").startswith(_PACKAGES)


def _is_select(term: Invoke) -> bool:
    return last_name(term.func) == "select" and (dotted(term.func) or "").startswith(_PACKAGES)


def _start(chain: Chain) -> tuple[tuple[Term, ...], tuple[Step, ...]] | None:
    """What the EXISTS that a chain starts with is given, and the steps behind it."""
    if _is_root(chain.root):
        return chain.root.args if isinstance(chain.root, Invoke) else (), chain.steps
    first = chain.steps[0] if chain.steps else None  # `sa.exists()`
    return (first.args, chain.steps[1:]) if first is not None and first.call is not None and _is_root(first.call) else None


def _written_out(given: tuple[Term, ...], steps: tuple[Step, ...]) -> Term | None:
    """`exists(T.id).where(T.x == y)` as the SELECT that it stands for."""
    tests = [arg for step in steps if step.name in ("where", "filter") for arg in step.args]
    query = next((strip(arg) for arg in given if _is_query(arg)), None)
    if query is None:
        plain = [arg for arg in given if isinstance(strip(arg), (Ref, Attr))]
        tests = [*(arg for arg in given if arg not in plain), *tests]
        table = next(_tables((*plain, *tests)), None)
        query = Invoke(_SELECT, (table,)) if table is not None else None
    if query is None:
        return None
    return Invoke(Attr(query, "where"), tuple(tests)) if tests else query


def _is_query(term: Term) -> bool:
    return any(last_name(part.func) in _ASKING for part in walk(term) if isinstance(part, Invoke))


def _tables(terms: Iterable[Term]) -> Iterator[Term]:
    """The classes and tables whose columns are named, in order."""
    for term in terms:
        for part in walk(term):
            if isinstance(part, (Ref, Attr)) and is_record_class(part):
                yield part
            elif isinstance(part, Attr) and part.name == "c" and not isinstance(part.base, Const):
                yield strip(part.base)
