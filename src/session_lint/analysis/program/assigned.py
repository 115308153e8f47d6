"""Columns that a record is given after it was made: `row = Cart(); row.user = user; db.add(row)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.places import is_call
from session_lint.analysis.program.walked import Walk
from session_lint.clients.call_shapes import whole_name
from session_lint.facts.effects import NEW_ROWS, Effect
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Invoke, Phi, Term, strip


def assigned(effect: Effect, site: CallSite, walked: Walk) -> Effect:
    """The insert of a record with what was stored in its attributes until then; the last store of each counts.

    All columns are known where the record was made of nothing else, and nobody else had it who may have filled it.
    """
    if effect.kind not in NEW_ROWS or effect.many or not walked.kept:
        return effect
    for record in _records(effect, site):
        stored = {place.name: value for place, value in walked.kept if isinstance(place, Attr) and _may_be(place.base, record)}
        if stored:
            columns = {name: value for name, value in effect.columns if name} | stored
            unnamed = tuple(pair for pair in effect.columns if not pair[0])
            whole = not record.args and all(name for name, _ in record.kwargs) and record.site not in walked.escaped
            return replace(effect, columns=(*unnamed, *columns.items()), complete=effect.complete or (whole and not unnamed))
    return effect


def _records(effect: Effect, site: CallSite) -> Iterator[Invoke]:
    """The calls of the class of the rows among what a call of a client is handed, or is made on, also as one of two: the row that was
    found, or a new one."""
    base: tuple[Term, ...] = (site.func.base,) if isinstance(site.func, Attr) else ()
    for made in (option for term in (*site.args, *base) for option in _options(term)):
        if isinstance(made, Invoke) and made.site >= 0 and whole_name(strip(made.func)) == effect.resource:
            yield made


def _options(term: Term) -> Iterator[Term]:
    inner = strip(term)
    yield from map(strip, inner.options) if isinstance(inner, Phi) else (inner,)


def _may_be(term: Term, record: Invoke) -> bool:
    return any(is_call(option, record) for option in _options(term))
