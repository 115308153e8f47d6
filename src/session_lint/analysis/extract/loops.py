"""for and while."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import bound
from session_lint.analysis.cst.switches import switches
from session_lint.analysis.extract.bindings import bind
from session_lint.analysis.extract.conditions import tested
from session_lint.analysis.extract.environment import Env, merge
from session_lint.analysis.extract.state import LoopFrame, State, statement
from session_lint.facts.module_facts import Assume, Block
from session_lint.facts.terms import Const, Element, Mapping, Sequence, Term, strip
from session_lint.facts.traits import SWITCH


@statement(cst.For)
def each(state: State, node: cst.For) -> None:
    """`for target in source:`."""
    source = strip(state.evaluate(node.iter))
    before = state.env.copy()
    number = state.next_loop()
    with state.capture() as steps, state.inside(number):
        _enter(state, node.body)
        bind(state, node.target, state.made(Element(source, number)))
        frame = _body(state, node.body)
    ended = merge((before, state.env), state.unknown)
    if isinstance(source, Sequence) and source.items and not state.env.dead:
        ended = state.env  # a display that is not empty: the body runs
    _finish(state, node.orelse, frame, ended, (number, "for", tuple(steps)), source)


@statement(cst.While)
def repeated(state: State, node: cst.While) -> None:
    """`while test:`; the test is part of every round."""
    number = state.next_loop()
    before = state.env.copy()
    with state.capture() as steps, state.inside(number):
        _enter(state, node.body)
        checked = tested(state, node.test)
        if checked.met:
            state.emit(Assume(checked.met))
            state.env.assume(checked.met)
        frame = _body(state, node.body)
    endless = isinstance(checked.term, Const) and bool(checked.term.value)
    ended = merge((before, state.env), state.unknown)
    ended.dead = endless or before.dead
    _finish(state, node.orelse, frame, ended, (number, "endless" if endless else "while", tuple(steps)))
    if not frame.breaks and not endless and checked.failed:
        state.emit(Assume(checked.failed))
        state.env.assume(checked.failed)


def _enter(state: State, body: cst.BaseSuite) -> None:
    """Forget what the body assigns: it may come from the round before."""
    names, attributes, items = bound(body, walrus=state.module.walrus)
    for item in items:
        held = state.env.names.get(item.value.value) if isinstance(item.value, cst.Name) else None
        key = _key(item)
        if isinstance(held, Mapping) and isinstance(item.value, cst.Name) and key is not None:
            entries = ((known, state.unknown("loop") if known == key else value) for known, value in held.entries)
            state.env.names[item.value.value] = Mapping(tuple(entries))
    for name in sorted(names & state.env.names.keys()):
        before = strip(state.env.names[name])
        turned = isinstance(before, Const) and isinstance(before.value, bool) and switches(body, name, on=before.value)
        state.env.names[name] = state.unknown(SWITCH if turned else "loop")
    state.env.forget_attributes(attributes)


def _key(item: cst.Subscript) -> Const | None:
    """The constant key of an item."""
    index = item.slice[0].slice if len(item.slice) == 1 else None
    key = index.value if isinstance(index, cst.Index) else None
    value = key.evaluated_value if isinstance(key, (cst.SimpleString, cst.Integer)) else None
    return None if value is None or isinstance(value, bytes) else Const(value)


def _body(state: State, body: cst.BaseSuite) -> LoopFrame:
    frame = LoopFrame()
    state.frames.append(frame)
    state.execute(body)
    state.frames.pop()
    state.env = merge((state.env, *frame.continues), state.unknown)
    return frame


def _finish(
    state: State, orelse: cst.Else | None, frame: LoopFrame, ended: Env, loop: tuple[int, str, Block], source: Term | None = None
) -> None:
    state.env = ended
    with state.capture() as steps:
        if orelse is not None:
            state.execute(orelse.body)
    number, kind, body = loop
    state.looped(number, kind, body, tuple(steps), source)
    state.env = merge((state.env, *frame.breaks), state.unknown)
