"""Simple statements, `with` blocks, and definitions inside functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from session_lint.analysis.extract.bindings import bind, bind_name, note_target
from session_lint.analysis.extract.concurrency import indirect_call
from session_lint.analysis.extract.conditions import tested
from session_lint.analysis.extract.state import MODULE, State, statement
from session_lint.facts.effects import Scope, ScopeKind
from session_lint.facts.module_facts import Assume, Exit, Within
from session_lint.facts.terms import Const, Ref, Term, strip


@statement(cst.SimpleStatementLine, cst.SimpleStatementSuite)
def line(state: State, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> None:
    """`a; b; c`."""
    for small in node.body:
        state.run(small)


@statement(cst.Expr)
def expression_statement(state: State, node: cst.Expr) -> None:
    """An expression for its calls."""
    state.evaluate(node.value)


@statement(cst.Return)
def returned(state: State, node: cst.Return) -> None:
    """`return value`."""
    value = Const(None) if node.value is None else state.evaluate(node.value)
    state.returns.append(value)
    leave(state, Exit("return", value))


@statement(cst.Raise)
def raised(state: State, node: cst.Raise) -> None:
    """`raise error from cause`."""
    value = None if node.exc is None else state.evaluate(node.exc)
    if node.cause is not None:
        state.evaluate(node.cause.item)
    leave(state, Exit("raise", value))


@statement(cst.Break)
def broken(state: State, _node: cst.Break) -> None:
    """`break`: the state goes on after the loop."""
    if state.frames and not state.env.dead:
        state.frames[-1].breaks.append(state.env.copy())
    leave(state, Exit("break", None))


@statement(cst.Continue)
def continued(state: State, _node: cst.Continue) -> None:
    """`continue`: the state goes on at the end of the loop body."""
    if state.frames and not state.env.dead:
        state.frames[-1].continues.append(state.env.copy())
    leave(state, Exit("continue", None))


def leave(state: State, step: Exit) -> None:
    """Nothing after this step is reached."""
    state.emit(step)
    state.env.dead = True


@statement(cst.Assert)
def asserted(state: State, node: cst.Assert) -> None:
    """`assert test`: it holds from here on."""
    checked = tested(state, node.test)
    if checked.met:
        state.emit(Assume(checked.met))
        state.env.assume(checked.met)


@statement(cst.With)
def within(state: State, node: cst.With) -> None:
    """`with a as x, b as y:`."""
    _enter(state, list(node.items), node.body)


def _enter(state: State, items: list[cst.WithItem], body: cst.BaseSuite) -> None:
    if not items:
        state.execute(body)
        return
    first = items[0]
    target = first.asname.name if first.asname is not None else None
    if target is not None:
        note_target(state, first.item, target)
    value = state.evaluate(first.item)
    if target is not None:
        bind(state, target, value)
    scope = state.module.effects.scope(value, state.qualname, value if target is not None else None)
    with state.capture() as steps:
        _enter(state, items[1:], body)
    if steps or scope is not None:
        state.emit(Within(replace(scope or Scope(ScopeKind.WITH), context=value), tuple(steps)))


@statement(cst.FunctionDef)
def defined(state: State, node: cst.FunctionDef) -> None:
    """A function: its decorators and defaults are evaluated here, its body when it is called."""
    made = [state.evaluate(decorator.decorator) for decorator in node.decorators]
    parameters = node.params
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        if parameter.default is not None:
            state.evaluate(parameter.default)
    value = Ref(qualified(state, node.name.value))
    decorate(state, node.decorators, made, value)
    bind_name(state, node.name.value, value)


def decorate(state: State, nodes: Sequence[cst.Decorator], made: Sequence[Term], value: Ref) -> None:
    """The calls that decorators are, the innermost first. What they return is taken to be the function itself."""
    for node, decorator in reversed(list(zip(nodes, made, strict=True))):
        func = strip(decorator)
        if not (isinstance(func, Ref) and func.name.startswith("builtins.")):
            state.call(indirect_call(state, node.decorator, node.decorator, func, (value,)))


@statement(cst.ClassDef)
def class_defined(state: State, node: cst.ClassDef) -> None:
    """A class: its body is evaluated here, in names of its own."""
    made = [state.evaluate(decorator.decorator) for decorator in node.decorators]
    for argument in (*node.bases, *node.keywords):
        state.evaluate(argument.value)
    outer, around, prefix = dict(state.env.names), state.outside, state.prefix
    state.outside = {}
    state.prefix = f"{prefix}{node.name.value}."
    state.execute(node.body)
    state.outside, state.env.names, state.prefix = around, outer, prefix
    value = Ref(qualified(state, node.name.value))
    decorate(state, node.decorators, made, value)
    bind_name(state, node.name.value, value)


def qualified(state: State, name: str) -> str:
    """The full name of something defined in the function under evaluation."""
    around = "" if state.qualname == MODULE else f"{state.qualname}."
    return state.module.absolute(f"{around}{state.prefix}{name}")
