"""A loop over a list of functions is a sequence of calls, each once: `for step in (load, check): step(state)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.keyed import asked_by_key
from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.turns import invariant
from session_lint.analysis.program.values import ContainerValue, FunctionValue, TupleValue
from session_lint.analysis.program.walked import Pair, State, Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Ref, Sequence as Display, Term, strip


class Turning(Protocol):
    """A walk, as far as it is in one turn of such a loop."""

    turn: dict[int, int]
    meant: dict[int, str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """The calls in a loop that enter another function in each turn: how many, by call site.

    `ordered`: the list is written out, so that the order in which they are called is known. `handed`: of those that hand the function
    to another one that calls it, which they are. `placed`: of those that look the function up by one key after the other, the places of
    the functions among those that the call may enter.
    """

    calls: Mapping[int, int] = field(default_factory=dict)
    ordered: bool = False
    handed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    placed: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def turns(self) -> int:
        """How often the loop runs."""
        return max(self.calls.values(), default=0) if self.ordered else 0

    def enter(self, turn: int, walker: Turning) -> None:
        """Notes which function each of the calls enters, or hands over, in one turn."""
        walker.turn.update(dict.fromkeys(self.calls.keys() - self.handed.keys(), turn))
        walker.turn.update({site: places[turn] for site, places in self.placed.items() if turn < len(places)})
        walker.meant.update({site: names[turn] for site, names in self.handed.items() if turn < len(names)})


PLAIN = Sequence()


def sequence(resolver: Resolver, full: str, facts: FunctionFacts, number: int) -> Sequence:
    """What a loop of a function calls of the list that it runs over."""
    calls: dict[int, int] = {}
    handed: dict[int, tuple[str, ...]] = {}
    sources: list[Term] = []
    placed = {site.index: places for site in facts.calls if number in site.loops and (places := _by_key(resolver, full, site, number))}
    if placed:
        return Sequence({site: len(places) for site, places in placed.items()}, ordered=True, placed=placed)
    for site in facts.calls:
        source = _list(site.func, number) if number in site.loops else None
        targets = len(resolver.resolve(full, site).targets) if source is not None else 0
        if source is not None and targets > (0 if isinstance(strip(site.func), Element) else 1):
            calls[site.index] = targets
            sources.append(source)
        elif source is None and number in site.loops and (found := _handed(resolver, full, site, number)) is not None:
            source, handed[site.index] = found
            calls[site.index] = len(handed[site.index])
            sources.append(source)
    written = (resolver.inference.infer(source, full) for source in sources)
    ordered = all(sum(isinstance(value, (ContainerValue, TupleValue)) for value in values) == 1 for values in written)  # of one list
    return Sequence(calls, ordered, handed) if calls else PLAIN


def _by_key(resolver: Resolver, full: str, site: CallSite, number: int) -> tuple[int, ...]:
    """Of a call in a loop over constants by which a function is looked up in a table, which of its targets each of them means."""
    asked = asked_by_key(site.func)
    key = strip(asked[1]) if asked is not None else None
    if asked is None or not isinstance(key, Element) or key.loop != number:
        return ()
    written = [value.term for value in resolver.inference.infer(key.source, full) if isinstance(value, ContainerValue)]
    items = written[0].items if len(written) == 1 and isinstance(written[0], Display) else ()
    targets = [target.full for target in resolver.resolve(full, site).targets]
    means = [resolver.inference.infer(Item(asked[0], one), full) for one in items if isinstance(one, Const)]
    names = [value.full for values in means for value in values if len(values) == 1 and isinstance(value, FunctionValue)]
    whole = len(names) == len(items) and all(name in targets for name in names)
    return tuple(targets.index(name) for name in names) if whole else ()


def _handed(resolver: Resolver, full: str, site: CallSite, number: int) -> tuple[Term, tuple[str, ...]] | None:
    """The list, and the functions in it, of which a call hands one to what it enters: `run(step, state)`, a nested function's `step`."""
    captured = next((dict(names) for index, names in resolver.facts[full].moments if index == site.index), {})
    for part in (*site.args, *(value for _, value in site.kwargs), *captured.values()):
        source = _list(part, number)
        values = resolver.inference.infer(part, full) if source is not None else ()
        functions = tuple(dict.fromkeys(value.full for value in values if isinstance(value, FunctionValue)))
        if source is not None and len(functions) > 1:
            return source, functions
    return None


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
        if not event.columns or event.sets or _inside_another(out, event):
            continue
        if invariant(facts, event, number) and not out.changes.changes(event.columns, start[1]):
            out.repeats.append(Pair(index, index, Match.SAME, loop=number))


def _inside_another(out: Walk, event: Event) -> bool:
    """Whether it is obtained inside a getter of another record: what a getter does for its record is its own business. Where that is the
    same in each turn, the call of the getter is told."""
    others = (one for one in out.events if one.site == event.site and one.kind is EffectKind.OBTAIN and one.callee)
    return any(_leads_through(event, one) and not same_resource(one.resource, event.resource) for one in others)


def _leads_through(event: Event, getter: Event) -> bool:
    """Whether the way to an event leads through the call of a getter, by however many helpers that is called."""
    ways = zip(event.path[:-1], getter.path[: getter.entry], strict=False)
    return 0 < getter.entry < len(event.path) and all(one.place == other.place for one, other in ways)


def drop_repeats(out: Walk, known: int, steps: Sequence) -> None:
    """Of the turns that were walked one by one, what is called in each alike makes no pairs with itself."""
    kept = [pair for pair in out.repeats[known:] if pair.loop >= 0 or not _alike(out, pair, steps)]
    out.repeats[known:] = kept


def _alike(out: Walk, pair: Pair, steps: Sequence) -> bool:
    first, second = out.events[pair.first], out.events[pair.second]
    return first.site == second.site and first.site not in steps.calls
