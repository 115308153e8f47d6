"""A loop over a list of functions is a sequence of calls, each once: `for step in (load, check): step(state)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.turns import invariant
from session_lint.analysis.program.values import ContainerValue, TupleValue
from session_lint.analysis.program.walked import Pair, State, Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Ref, Term, strip


@dataclass(frozen=True, slots=True)
class Sequence:
    """The calls in a loop that enter another function in each turn: how many, by call site.

    `ordered`: the list is written out, so that the order in which they are called is known.
    """

    calls: Mapping[int, int] = field(default_factory=dict)
    ordered: bool = False

    @property
    def turns(self) -> int:
        """How often the loop runs."""
        return max(self.calls.values(), default=0) if self.ordered else 0


PLAIN = Sequence()


def sequence(resolver: Resolver, full: str, facts: FunctionFacts, number: int) -> Sequence:
    """What a loop of a function calls of the list that it runs over."""
    calls: dict[int, int] = {}
    ordered = True
    for site in facts.calls:
        source = _list(site.func, number) if number in site.loops else None
        targets = len(resolver.resolve(full, site).targets) if source is not None else 0
        if source is not None and targets > 1:
            calls[site.index] = targets
            ordered = ordered and any(isinstance(v, (ContainerValue, TupleValue)) for v in resolver.inference.infer(source, full))
    return Sequence(calls, ordered) if calls else PLAIN


def _list(func: Term, number: int) -> Term | None:
    """The list that a loop runs over, where what is called is its element, a method of it, or a part of a pair."""
    inner = strip(func)
    inner = strip(inner.base) if isinstance(inner, Attr) else inner
    inner = strip(inner.base) if isinstance(inner, Item) and isinstance(inner.key, Const) else inner
    return _held(inner.source) if isinstance(inner, Element) and inner.loop == number else None


def _held(source: Term) -> Term:
    """The list or dict behind `steps.items()`, `enumerate(steps)`."""
    match strip(source):
        case Invoke(Attr(base, "items" | "values"), (), ()):
            return base
        case Invoke(Ref("builtins.enumerate" | "builtins.list" | "builtins.tuple" | "builtins.iter"), (inner, *_), _):
            return inner
        case other:
            return other


def repeat_in_loop(facts: FunctionFacts, out: Walk, number: int, start: tuple[int, int], again: State, steps: Sequence) -> None:
    """An event that is still there when the loop turns round happens once per iteration, with the same key. `start`: where it begins."""
    for index in sorted(again):
        event = out.events[index]
        if index < start[0] or event.kind is not EffectKind.OBTAIN or event.fallback or event.locked or event.site in steps.calls:
            continue
        if event.columns and not event.sets and invariant(facts, event, number) and not out.changes.changes(event.columns, start[1]):
            out.repeats.append(Pair(index, index, Match.SAME, loop=number))


def drop_repeats(out: Walk, known: int, steps: Sequence) -> None:
    """Of the turns that were walked one by one, what is called in each alike makes no pairs with itself."""
    kept = [pair for pair in out.repeats[known:] if pair.loop >= 0 or not _alike(out, pair, steps)]
    out.repeats[known:] = kept


def _alike(out: Walk, pair: Pair, steps: Sequence) -> bool:
    first, second = out.events[pair.first], out.events[pair.second]
    return first.site == second.site and first.site not in steps.calls
