"""Attributes: what they stand for, and the call that reading one may be."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.extract.state import State, expression
from session_lint.analysis.extract.written import written
from session_lint.facts.module_facts import CallSite
from session_lint.facts.property_reads import read_call
from session_lint.facts.terms import Attr, Term, strip


@expression(cst.Attribute)
def attribute(state: State, node: cst.Attribute) -> Term:
    """`base.name`. A property stays the attribute that it is: that it is read is a call besides."""
    target, base = state.targets.pop(id(node), ""), state.evaluate(node.value)
    if node.attr.value in state.module.properties:
        _read(state, node, Attr(strip(base), node.attr.value), target)
    return state.attribute(base, node.attr.value)


def _read(state: State, node: cst.Attribute, place: Attr, target: str) -> None:
    span = state.span(node)
    site = CallSite(
        index=-1,
        func=read_call(place),
        args=(),
        kwargs=(),
        spread=False,
        span=span,
        name_span=state.name_span(node),
        awaited=id(node) in state.awaited,
        concurrent="",
        target=target,
        indirect=False,
        effects=(),
        loops=(),
        text=written(state.module.lines, span),
    )
    state.call(site)
