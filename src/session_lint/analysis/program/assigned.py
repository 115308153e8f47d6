"""Columns that a record is given after it was made: `row = Cart(); row.user = user; db.add(row)`; by the function that makes it for others
too, and where another one adds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.places import is_call
from session_lint.analysis.program.walked import Walk
from session_lint.clients.call_shapes import whole_name
from session_lint.facts.effects import NEW_ROWS, Effect
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Invoke, Phi, Term, strip

_HELPERS = 4  # functions that give what another one has made


class Assigned:
    """Reads what records were given before they are added."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known

    def of(self, effect: Effect, call: CallSite | Invoke, full: str, walked: Walk) -> Effect:
        """The insert of a record with what was stored in its attributes until then; the last store of each counts.

        All columns are known where the record was made of nothing else, and nobody else had it who may have filled it.
        """
        if effect.kind not in NEW_ROWS or effect.many or not walked.kept:
            return effect
        for record in _calls(call):
            stored = _stores(walked, record)
            if stored and (whole := self._is_whole(record, effect.resource, full, walked)) is not None:
                columns = {name: value for name, value in effect.columns if name} | stored
                unnamed = tuple(pair for pair in effect.columns if not pair[0])
                return replace(effect, columns=(*unnamed, *columns.items()), complete=effect.complete or (whole and not unnamed))
        return effect

    def _is_whole(self, call: Invoke, resource: Term | None, full: str, walked: Walk, depth: int = _HELPERS) -> bool | None:
        """Whether all columns of a new record are known; None where the call, of the class of the rows or of a function that gives what it
        has made, makes none."""
        if call.site < 0 or call.site in walked.escaped:
            return False
        if whole_name(strip(call.func)) == resource:
            return not call.args and all(name for name, _ in call.kwargs)
        targets = self._known.resolver.resolve(full, self._known.facts[full].calls[call.site]).targets if depth else ()
        callee = targets[0].full if len(targets) == 1 else ""
        below, facts = self._known.walks.get(callee), self._known.facts.get(callee)
        made = strip(facts.returns[0]) if facts is not None and len(facts.returns) == 1 else None
        return self._is_whole(made, resource, callee, below, depth - 1) if below is not None and isinstance(made, Invoke) else None


def _calls(call: CallSite | Invoke) -> Iterator[Invoke]:
    """The calls that give what a call of a client is handed, or is made on, also one of two: the row that was found, or a new one."""
    base: tuple[Term, ...] = (call.func.base,) if isinstance(call.func, Attr) else ()
    options = (option for term in (*call.args, *base) for option in _options(term))
    yield from (one for one in options if isinstance(one, Invoke) and one.site >= 0)


def _stores(walked: Walk, record: Invoke) -> dict[str, Term]:
    return {place.name: value for place, value in walked.kept if isinstance(place, Attr) and _may_be(place.base, record)}


def _options(term: Term) -> Iterator[Term]:
    inner = strip(term)
    yield from map(strip, inner.options) if isinstance(inner, Phi) else (inner,)


def _may_be(term: Term, record: Invoke) -> bool:
    return any(is_call(option, record) for option in _options(term))
