"""if, match and try: exclusive ways through a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.analysis.extract.bindings import bind_name
from session_lint.analysis.extract.conditions import Conditions, Tested, joint, tested
from session_lint.analysis.extract.environment import Env, merge
from session_lint.analysis.extract.patterns import matched
from session_lint.analysis.extract.state import State, statement
from session_lint.facts.module_facts import Arm, Assume, Block, Choice, Do, Step, Try
from session_lint.facts.terms import Ref, strip

_NESTED = 30  # deeper choices than this in a chain of elif are laid side by side


@statement(cst.If)
def chosen(state: State, node: cst.If) -> None:
    """`if test: ... elif test: ... else: ...`."""
    _branch(state, node, tested(state, node.test), 0)


def _branch(state: State, node: cst.If, checked: Tested, depth: int) -> None:
    """The arms from an `if` on whose test was evaluated. An `elif` whose test calls something is a choice of its own,
    inside the arm in which the tests before it failed."""
    arms: list[Arm] = []
    ends: list[Env] = []
    failed: Conditions = ()
    rest: cst.If | cst.Else | None = node
    while isinstance(rest, cst.If):
        if rest is not node:
            with state.capture() as steps:
                checked = tested(state, rest.test)
            if depth < _NESTED and not _harmless(state, steps):
                with state.capture() as inner:
                    state.block.extend(steps)
                    _branch(state, rest, checked, depth + 1)
                return _close(state, arms, ends, Arm(failed, tuple(inner)))
            state.block.extend(steps)
        otherwise = state.env.copy()
        state.env.assume(checked.met)
        arms.append(Arm(joint(failed, checked.met), _suite(state, rest.body)))
        ends.append(state.env)
        state.env = otherwise
        state.env.assume(checked.failed)
        failed = joint(failed, checked.failed)
        rest = rest.orelse
    return _close(state, arms, ends, Arm(failed, () if rest is None else _suite(state, rest.body)))


def _close(state: State, arms: list[Arm], ends: list[Env], last: Arm) -> None:
    join_arms(state, [*arms, last], [*ends, state.env])


def _harmless(state: State, steps: Sequence[Step]) -> bool:
    """Whether the steps only call builtins: it does not matter then that a test before may have ended the search."""
    funcs = (state.calls[step.site].func if isinstance(step, Do) else None for step in steps)
    return all(isinstance(func, Ref) and func.name.startswith("builtins.") for func in funcs)


def join_arms(state: State, arms: Sequence[Arm], ends: Sequence[Env]) -> None:
    """Append the choice and go on behind it; what all arms that go on have in common holds from there."""
    was_dead = all(env.dead for env in ends)
    state.choose(Choice(tuple(arms)))
    state.env = merge(ends, state.unknown, [arm.conditions for arm in arms])
    live = [arm.conditions for arm, env in zip(arms, ends, strict=True) if not env.dead]
    if was_dead or len(live) == len(arms):
        return
    common = tuple(c for c in live[0] if all(c in other for other in live[1:]))
    if common:
        state.emit(Assume(common))
        state.env.assume(common)


@statement(cst.Match)
def cases(state: State, node: cst.Match) -> None:
    """`match subject:`; the cases are exclusive."""
    subject = state.evaluate(node.subject)
    start = state.env
    arms: list[Arm] = []
    ends: list[Env] = []
    complete = False
    for case in node.cases:
        state.env = start.copy()
        conditions = matched(state, case.pattern, subject)
        state.env.assume(conditions)
        with state.capture() as steps:
            if case.guard is not None:
                checked = tested(state, case.guard)
                state.env.assume(checked.met)
                conditions = (*conditions, *checked.met)
            state.execute(case.body)
        arms.append(Arm(conditions, tuple(steps)))
        ends.append(state.env)
        complete = complete or (case.guard is None and isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None)
    if not complete:
        arms.append(Arm((), ()))
        ends.append(start)
    join_arms(state, arms, ends)


@statement(cst.Try, cst.TryStar)
def tried(state: State, node: cst.Try | cst.TryStar) -> None:
    """`try`: a handler may start anywhere in the body, with names from before it or from inside."""
    before = state.env.copy()
    body = _suite(state, node.body)
    interrupted = state.env.copy()
    interrupted.dead = before.dead
    start = merge((before, interrupted), state.unknown)
    orelse = _suite(state, node.orelse.body) if node.orelse is not None else ()
    ends = [state.env]
    handlers: list[Block] = []
    for handler in node.handlers:
        state.env = start.copy()
        if handler.name is not None and isinstance(handler.name.name, cst.Name):
            bind_name(state, handler.name.name.value, state.unknown("except"))
        handlers.append(_suite(state, handler.body))
        ends.append(state.env)
    state.env = merge(ends, state.unknown)
    final: Block = ()
    if node.finalbody is not None:
        dead = state.env.dead
        state.env.dead = False
        final = _suite(state, node.finalbody.body)
        state.env.dead = state.env.dead or dead
    if body or final or orelse or any(handlers):
        state.emit(Try(body, tuple(handlers), orelse, final, tuple(tuple(_names(state, one.type)) for one in node.handlers)))


def _names(state: State, node: cst.BaseExpression | None) -> Iterator[str]:
    """The last names of the exceptions that a handler is for, as they are called where they are imported from."""
    match node:
        case cst.Tuple():
            for element in node.elements:
                yield from _names(state, element.value)
        case cst.Attribute():
            yield node.attr.value
        case cst.Name():
            known = strip(state.evaluate(node))
            yield known.name.rpartition(".")[2] if isinstance(known, Ref) else node.value


def _suite(state: State, suite: cst.BaseSuite) -> Block:
    with state.capture() as steps:
        state.execute(suite)
    return tuple(steps)
