"""The patterns of `match`: what they bind and what they test."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.extract.bindings import bind_name
from session_lint.analysis.extract.conditions import Conditions, known
from session_lint.analysis.extract.expressions import item
from session_lint.analysis.extract.state import State
from session_lint.facts.terms import Attr, Const, Op, Term, strip


def matched(state: State, pattern: cst.CSTNode | None, subject: Term) -> Conditions:
    """Bind the names of a pattern and say what holds when it matches."""
    if isinstance(pattern, cst.MatchAs):
        conditions = matched(state, pattern.pattern, subject)
        if pattern.name is not None:
            bind_name(state, pattern.name.value, subject)
        return conditions
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        kind = "==" if isinstance(pattern, cst.MatchValue) else "is"
        return known(Op(kind, (subject, state.evaluate(pattern.value))), holds=True)
    if isinstance(pattern, cst.MatchOr):
        return _alternatives(state, pattern, subject)
    if isinstance(pattern, cst.MatchClass):
        return _class(state, pattern, subject)
    if isinstance(pattern, (cst.MatchList, cst.MatchTuple)):
        _sequence(state, pattern, subject)
    elif isinstance(pattern, cst.MatchMapping):
        _mapping(state, pattern, subject)
    return ()


def _alternatives(state: State, pattern: cst.MatchOr, subject: Term) -> Conditions:
    found = [matched(state, one.pattern, subject) for one in pattern.patterns]
    if all(len(conditions) == 1 and conditions[0].holds for conditions in found):
        return known(Op("or", tuple(conditions[0].term for conditions in found)), holds=True)
    return ()


def _class(state: State, pattern: cst.MatchClass, subject: Term) -> Conditions:
    kind = state.evaluate(pattern.cls)
    for position, one in enumerate(pattern.patterns):
        if isinstance(one, cst.MatchSequenceElement):
            matched(state, one.value, subject if _plain(kind) else item(state, Op("fields", (strip(subject),)), Const(position)))
    for keyword in pattern.kwds:
        matched(state, keyword.pattern, state.made(Attr(strip(subject), keyword.key.value)))
    return known(Op("isinstance", (strip(subject), kind)), holds=True)


def _plain(kind: Term) -> bool:
    """Builtin classes match the subject itself: `case str(text)`."""
    name = getattr(kind, "name", "")
    return isinstance(name, str) and name.startswith("builtins.")


def _sequence(state: State, pattern: cst.MatchList | cst.MatchTuple, subject: Term) -> None:
    for position, one in enumerate(pattern.patterns):
        if isinstance(one, cst.MatchStar):
            if one.name is not None:
                bind_name(state, one.name.value, state.unknown("rest"))
        else:
            matched(state, one.value, item(state, subject, Const(position)))


def _mapping(state: State, pattern: cst.MatchMapping, subject: Term) -> None:
    for element in pattern.elements:
        matched(state, element.pattern, item(state, subject, state.evaluate(element.key)))
    if pattern.rest is not None:
        bind_name(state, pattern.rest.value, state.unknown("rest"))
