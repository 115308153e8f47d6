"""Tests: what holds when they succeed, what when they fail, and the calls on the way."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.extract.environment import Env, Fresh, choice, given, merge, phi, told_apart
from session_lint.analysis.extract.state import State, expression
from session_lint.facts.module_facts import Arm, Block, Choice, Condition
from session_lint.facts.terms import Const, Invoke, Mapping, Op, Ref, Sequence, Term, strip

Conditions = tuple[Condition, ...]

_MOST = 32
_NESTED = 30
_NEGATED = {"!=": "==", "is not": "is", "not in": "in"}
_EMPTY = (Const(None), Const(""), Const(0), Sequence("list", ()), Sequence("tuple", ()), Mapping(()))


@dataclass(frozen=True, slots=True)
class Tested:
    """A test that was evaluated: its value, and what holds when it succeeds and when it fails."""

    term: Term
    met: Conditions
    failed: Conditions


def joint(*conditions: Conditions) -> Conditions:
    """All of the conditions, each once; of very many the last ones."""
    return tuple(dict.fromkeys(one for some in conditions for one in some))[-_MOST:]


def known(term: Term, *, holds: bool) -> Conditions:
    """What follows from a term being true, or false."""
    term = strip(term)
    if isinstance(term, Const):
        return ()
    if isinstance(term, Op):
        return _operation(term, holds=holds)
    if isinstance(term, Invoke) and isinstance(term.func, Ref) and term.args:
        match term.func.name, term.args:
            case "builtins.bool", (inner,):
                return known(inner, holds=holds)
            case "builtins.len", (inner,):
                return (Condition(strip(inner), holds),)
            case "builtins.isinstance", (inner, kind):
                return (Condition(Op("isinstance", (strip(inner), kind)), holds),)
            case ("builtins.all" | "builtins.any") as name, (Sequence(_, items),):
                return _operation(Op("and" if name == "builtins.all" else "or", items), holds=holds)
    return (Condition(term, holds),)


def _operation(term: Op, *, holds: bool) -> Conditions:
    kind, operands = term.kind, term.operands
    if kind == "not":
        return known(operands[0], holds=not holds)
    if kind in {"and", "or"}:
        if (kind == "and") == holds:
            return joint(*(known(operand, holds=holds) for operand in operands))
        return (Condition(term, holds),)
    if kind in _NEGATED:
        kind, holds = _NEGATED[kind], not holds
    if len(operands) != 2:
        return (Condition(Op(kind, operands), holds),)
    return _compared(kind, strip(operands[0]), strip(operands[1]), holds=holds)


def _compared(kind: str, left: Term, right: Term, *, holds: bool) -> Conditions:
    """A comparison; those with None, emptiness and length zero say whether something is present."""
    if kind in {"is", "=="}:
        if left in _EMPTY:
            left, right = right, left
        if right == Const(None) or (kind == "==" and right in _EMPTY):
            return known(_counted(left), holds=not holds)
        if right == Const(value=True) and kind == "is" and isinstance(left, Op):
            return known(left, holds=holds)
    counted = _counted(left)
    if counted is not left and (kind, right) in {(">", Const(0)), (">=", Const(1))}:
        return known(counted, holds=holds)
    if counted is not left and (kind, right) in {("<", Const(1)), ("<=", Const(0))}:
        return known(counted, holds=not holds)
    return (Condition(Op(kind, (left, right)), holds),)


def _counted(term: Term) -> Term:
    if isinstance(term, Invoke) and term.func == Ref("builtins.len") and len(term.args) == 1:
        return strip(term.args[0])
    return term


def tested(state: State, node: cst.BaseExpression) -> Tested:
    """Evaluate a test. Operands of `and` and `or` are only evaluated when those before allow it."""
    if isinstance(node, cst.BooleanOperation):
        return _boolean(state, node)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        inner = tested(state, node.expression)
        return Tested(Op("not", (inner.term,)), inner.failed, inner.met)
    term = state.evaluate(node)
    return Tested(term, known(term, holds=True), known(term, holds=False))


def _boolean(state: State, node: cst.BooleanOperation) -> Tested:
    conjunction = isinstance(node.operator, cst.And)
    first = tested(state, node.left)
    going, skipping = (first.met, first.failed) if conjunction else (first.failed, first.met)
    skipped = state.env.copy()
    skipped.assume(skipping)
    state.env.assume(going)
    with state.capture() as steps:
        second = tested(state, node.right)
    state.choose(Choice((Arm(going, tuple(steps)), Arm(skipping, ()))))
    state.env.become(_rejoin(state.env, skipped, state.unknown))
    term = state.made(Op("and" if conjunction else "or", (strip(first.term), strip(second.term))))
    whole = (Condition(term, not conjunction),) if isinstance(term, Op) else ()
    both = joint(going, second.met if conjunction else second.failed)
    return Tested(term, both, whole) if conjunction else Tested(term, whole, both)


def _rejoin(evaluated: Env, skipped: Env, fresh: Fresh) -> Env:
    """After `a and (x := b)`: when the whole held, x is bound; when not, it does not matter much."""
    bound = {name: value for name, value in evaluated.names.items() if name not in skipped.names}
    joined = merge((evaluated, skipped), fresh)
    joined.names.update(bound)
    return joined


@expression(cst.BooleanOperation)
def either(state: State, node: cst.BooleanOperation) -> Term:
    """`a or b` and `a and b` as values."""
    conjunction = isinstance(node.operator, cst.And)
    if conjunction:
        first = tested(state, node.left)
        left = first.term
    else:
        left = state.evaluate(node.left)
        first = Tested(left, known(left, holds=True), known(left, holds=False))
    going, skipping = (first.met, first.failed) if conjunction else (first.failed, first.met)
    skipped = state.env.copy()
    skipped.assume(skipping)
    state.env.assume(going)
    with state.capture() as steps:
        right = state.evaluate(node.right)
    arms = (Arm(going, tuple(steps)), Arm(skipping, ()))
    state.choose(Choice(arms if conjunction else arms[::-1]))
    state.env.become(_rejoin(state.env, skipped, state.unknown))
    if conjunction and isinstance(left, Op) and isinstance(right, Op):
        return state.made(Op("and", (left, right)))
    return state.made(phi((left if conjunction else given(left), right), state.unknown))


@expression(cst.IfExp)
def ternary(state: State, node: cst.IfExp) -> Term:
    """`a if test else b`."""
    checked = tested(state, node.test)
    other = state.env.copy()
    state.env.assume(checked.met)
    met, value = _apart(state, node.body)
    taken = state.env
    state.env = other
    state.env.assume(checked.failed)
    failed, otherwise = _apart(state, node.orelse)
    state.choose(Choice((Arm(checked.met, met), Arm(checked.failed, failed))))
    state.env = merge((taken, state.env), state.unknown)
    tests = (checked.met, checked.failed)
    return state.made(phi(told_apart((value, otherwise), tests), state.unknown, choice(tests, state.unknown)))


def _apart(state: State, node: cst.BaseExpression) -> tuple[Block, Term]:
    """Evaluate an operand with its steps apart. In very deep nesting they stay in the block around: facts must pickle."""
    if state.nested >= _NESTED:
        return (), state.evaluate(node)
    state.nested += 1
    with state.capture() as steps:
        value = state.evaluate(node)
    state.nested -= 1
    return tuple(steps), value
