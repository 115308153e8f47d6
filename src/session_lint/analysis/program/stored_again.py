"""Objects that were stored before: a second `save()` or `add()` of one updates its row, and inserts none."""

from __future__ import annotations

from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.getters import alternatives
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import MAKES, EffectKind
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Invoke, Item, Term, strip

_ON_OBJECT = frozenset({"save", "asave", "store", "put", "insert"})


def is_stored_again(insert: Event, walked: Walk, facts: FunctionFacts) -> bool:
    """Whether whatever a call stores has been stored before, or found, in the same run."""
    if len(insert.path) > 1 or (stored := _stored(facts.calls[insert.site])) is None:
        return False
    before = [one for one in walked.events[: walked.events.index(insert)] if same_resource(one.resource, insert.resource)]
    made = {one.site for one in before if one.kind in MAKES and len(one.path) > 1}
    found = {one.site for one in before if one.kind in (EffectKind.READ, EffectKind.OBTAIN)}
    always = [
        one for one in before if one.kind is EffectKind.INSERT and len(one.path) == 1 and set(one.conditions) <= set(insert.conditions)
    ]
    same = {strip(other) for one in always if (other := _stored(facts.calls[one.site])) is not None}
    options = [strip(one) for one in alternatives(stored)]
    known = [one in same or _site(one) in made for one in options]
    return any(known) and all(is_known or _site(one) in found for one, is_known in zip(options, known, strict=True))


def _stored(call: CallSite) -> Term | None:
    """The object that a call stores: `record.save()`, `db.add(record)`."""
    if isinstance(call.func, Attr) and call.func.name in _ON_OBJECT and not call.args:
        return call.func.base
    return call.args[0] if call.args else None


def _site(term: Term) -> int:
    """The call that has given a value, or a part of it."""
    while isinstance(term, Item):
        term = strip(term.base)
    return term.site if isinstance(term, Invoke) else -1
