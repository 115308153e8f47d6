"""List, set and dict comprehensions and generators: loops of their own, with their own variables."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from session_lint.analysis.cst.names import bound_names
from session_lint.analysis.extract.bindings import bind
from session_lint.analysis.extract.conditions import tested
from session_lint.analysis.extract.state import State, expression
from session_lint.facts.module_facts import Arm, Choice
from session_lint.facts.terms import Comprehension, Element, Mapping, Term, strip


@expression(cst.ListComp, cst.SetComp, cst.GeneratorExp)
def simple(state: State, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Term:
    """`[f(x) for x in xs if x]`."""
    return _comprehension(state, node.for_in, lambda: state.evaluate(node.elt))


@expression(cst.DictComp)
def mapping(state: State, node: cst.DictComp) -> Term:
    """`{k: v for ...}`: many mappings of one entry."""

    def element() -> Term:
        key = state.evaluate(node.key)
        return Mapping(((key, state.evaluate(node.value)),))

    return _comprehension(state, node.for_in, element)


def _comprehension(state: State, clause: cst.CompFor, element: Callable[[], Term]) -> Term:
    hidden = dict(state.env.names)
    own = _variables(clause)
    value = _clause(state, clause, element)
    for name in own:
        state.env.names.pop(name, None)
        if name in hidden:
            state.env.names[name] = hidden[name]
    return value


def _variables(clause: cst.CompFor) -> list[str]:
    names: set[str] = set()
    rest: cst.CompFor | None = clause
    while rest is not None:
        found, _ = bound_names(cst.AssignTarget(rest.target), walrus=False)
        names.update(found)
        rest = rest.inner_for_in
    return sorted(names)


def _clause(state: State, clause: cst.CompFor, element: Callable[[], Term]) -> Term:
    source = strip(state.evaluate(clause.iter))
    number = state.next_loop()
    with state.capture() as steps, state.inside(number):
        bind(state, clause.target, state.made(Element(source, number)))
        value = _filtered(state, clause, list(clause.ifs), element)
    state.looped(number, "comprehension", tuple(steps), source=source)
    return state.made(Comprehension(value, number))


def _filtered(state: State, clause: cst.CompFor, ifs: list[cst.CompIf], element: Callable[[], Term]) -> Term:
    if not ifs:
        if clause.inner_for_in is None:
            return element()
        inner = _clause(state, clause.inner_for_in, element)
        return inner.element if isinstance(inner, Comprehension) else inner
    checked = tested(state, ifs[0].test)
    before = state.env.copy()
    state.env.assume(checked.met)
    with state.capture() as steps:
        value = _filtered(state, clause, ifs[1:], element)
    state.choose(Choice((Arm(checked.met, tuple(steps)), Arm(checked.failed, ()))))
    state.env.facts = before.facts
    return value
