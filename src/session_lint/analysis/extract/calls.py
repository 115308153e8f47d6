"""Calls: arguments first, then the call, then what it means for the values around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.extract.concurrency import hand_over, run_together, sees_through, spreads, unwrapped
from session_lint.analysis.extract.shapes import grow, shaped, spoil
from session_lint.analysis.extract.state import State, expression
from session_lint.analysis.extract.written import written
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Const, Invoke, Mapping, Op, Sequence, Term, strip


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call, evaluated. A `**spread` that cannot be opened has the name ""."""

    args: tuple[Term, ...]
    kwargs: tuple[tuple[str, Term], ...]
    spread: bool


@expression(cst.Call)
def call(state: State, node: cst.Call) -> Term:
    """A call: one call site, and further ones for callables that it is handed."""
    awaited = id(node) in state.awaited
    target = state.targets.pop(id(node), "")
    callee = strip(state.evaluate(node.func))
    if sees_through(callee, awaited=awaited) and node.args and isinstance(node.args[0].value, cst.Call):
        state.awaited.add(id(node.args[0].value))
        state.targets[id(node.args[0].value)] = target
    arguments = evaluate_arguments(state, node.args)
    func, args, kwargs, indirect = unwrapped(state, callee, arguments.args, arguments.kwargs)
    name = node.func.args[0].value if indirect and isinstance(node.func, cst.Call) and node.func.args else node.func
    span = state.span(node)
    site = CallSite(
        index=-1,
        func=func,
        args=args,
        kwargs=kwargs,
        spread=arguments.spread or (indirect and spreads(args, kwargs)),
        span=span,
        name_span=state.name_span(name),
        awaited=awaited,
        concurrent="",
        target=target,
        indirect=indirect,
        effects=(),
        loops=(),
        text="" if indirect else written(state.module.lines, span),
    )
    made = state.call(site)
    value = Invoke(func, args, kwargs, len(state.calls) - 1)
    for special in (hand_over, run_together, shaped, grow):
        result = special(state, node, value)
        if result is not None:
            return result
    spoil(state, node, value)
    return made


def evaluate_arguments(state: State, nodes: Iterable[cst.Arg]) -> Arguments:
    """The arguments in source order. Spread displays are opened up."""
    args: list[Term] = []
    kwargs: list[tuple[str, Term]] = []
    spread = False
    for node in nodes:
        value = state.evaluate(node.value)
        if node.star == "*":
            inner = strip(value)
            plain = isinstance(inner, Sequence) and inner.kind != "set"
            args.extend(inner.items if isinstance(inner, Sequence) and plain else (Op("starred", (inner,)),))
            spread = spread or not plain
        elif node.star == "**":
            opened = _keywords(strip(value))
            kwargs.extend(opened if opened is not None else (("", strip(value)),))
            spread = spread or opened is None
        elif node.keyword is not None:
            kwargs.append((node.keyword.value, value))
        else:
            args.append(value)
    return Arguments(tuple(args), tuple(kwargs), spread)


def _keywords(term: Term) -> list[tuple[str, Term]] | None:
    """The keyword arguments that `**term` stands for; None when some cannot be seen."""
    if not isinstance(term, Mapping):
        return None
    pairs = [(key.value, value) for key, value in term.entries if isinstance(key, Const) and isinstance(key.value, str)]
    return pairs if len(pairs) == len(term.entries) else None
