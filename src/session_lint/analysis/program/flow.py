"""Puts what the call sites of a function obtain together, as its control flow has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from session_lint.analysis.program.paths import NOTHING, Node, either, follow, turns
from session_lint.facts.module_facts import Block, Choice, Do, Exit, Loop, Step, Try, Within


@dataclass(frozen=True, slots=True)
class _Ends:
    """What was obtained on the way to each end of a block: behind it, at return or raise, at break, at continue. None: never there."""

    after: Node | None = NOTHING
    left: Node | None = None
    broken: Node | None = None
    again: Node | None = None


_LEFT = _Ends(None, left=NOTHING)
_EXITS = {"break": _Ends(None, broken=NOTHING), "continue": _Ends(None, again=NOTHING)}


def flow(body: Block, obtained: Callable[[int], Node]) -> Node:
    """The tree of a body; `obtained` gives that of each call site."""
    ends = _block(body, obtained)
    return _any(ends.after, ends.left, ends.broken, ends.again) or NOTHING


def _any(*nodes: Node | None) -> Node | None:
    found = [node for node in nodes if node is not None]
    return either(found) if found else None


def _behind(first: Node | None, second: Node | None) -> Node | None:
    return None if first is None or second is None else follow((first, second))


def _then(first: _Ends, second: _Ends) -> _Ends:
    if first.after is None:
        return first
    return _Ends(
        _behind(first.after, second.after),
        _any(first.left, _behind(first.after, second.left)),
        _any(first.broken, _behind(first.after, second.broken)),
        _any(first.again, _behind(first.after, second.again)),
    )


def _one_of(ends: Iterable[_Ends]) -> _Ends:
    found = list(ends)
    return _Ends(
        _any(*(one.after for one in found)),
        _any(*(one.left for one in found)),
        _any(*(one.broken for one in found)),
        _any(*(one.again for one in found)),
    )


def _block(block: Block, obtained: Callable[[int], Node]) -> _Ends:
    ends = _Ends()
    for step in reversed(block):
        ends = _then(_step(step, obtained), ends)
    return ends


def _step(step: Step, obtained: Callable[[int], Node]) -> _Ends:
    match step:
        case Do(site):
            return _Ends(obtained(site))
        case Choice(arms):
            return _one_of(_block(arm.body, obtained) for arm in arms)
        case Loop():
            return _loop(step, obtained)
        case Try():
            return _try(step, obtained)
        case Within(_, body):
            return _block(body, obtained)
        case Exit(kind, _):
            return _EXITS.get(kind, _LEFT)
    return _Ends()


def _loop(step: Loop, obtained: Callable[[int], Node]) -> _Ends:
    body = _block(step.body, obtained)
    repeated = _any(body.after, body.again) or NOTHING

    def last(way: Node | None) -> Node | None:
        """The turns before, and the one in which the loop is left: a turn of it counts once either way."""
        return way if way is None or repeated is NOTHING else turns(either((repeated, way)))

    after = _Ends(None if step.kind == "endless" else turns(repeated), last(body.left))
    ends = _then(after, _block(step.orelse, obtained))
    return _Ends(_any(ends.after, last(body.broken)), _any(ends.left, after.left), ends.broken, ends.again)


def _try(step: Try, obtained: Callable[[int], Node]) -> _Ends:
    """A handler takes the place of the body, as it does for the rules: what failed has obtained nothing."""
    body = _then(_block(step.body, obtained), _block(step.orelse, obtained))
    joined = _one_of((body, *(_block(handler, obtained) for handler in step.handlers)))
    final = _block(step.final, obtained) if step.final else _Ends()
    return _Ends(
        _behind(joined.after, final.after),
        _any(_behind(joined.left, final.after), final.left),
        _any(_behind(joined.broken, final.after), final.broken),
        _any(_behind(joined.again, final.after), final.again),
    )
