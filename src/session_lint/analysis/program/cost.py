"""What each function obtains, callees first: the summaries with every getter call in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from session_lint.analysis.program.call_events import CallEvents
from session_lint.analysis.program.call_graph import components
from session_lint.analysis.program.call_texts import call_text
from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.flow import flow
from session_lint.analysis.program.frame import Frame
from session_lint.analysis.program.frames import Walking, by_decorators
from session_lint.analysis.program.guards import wants_absence
from session_lint.analysis.program.judging import judged
from session_lint.analysis.program.keys import small, unknown
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.measures import Costs
from session_lint.analysis.program.paths import (
    NOTHING,
    Node,
    Obtain,
    When,
    either,
    enter,
    follow,
    is_open,
    once,
    size,
    told_apart,
    transformed,
    when,
    without,
)
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.walk import Walker
from session_lint.facts.chain import ChainStep
from session_lint.facts.effects import EffectKind
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, Condition
from session_lint.facts.terms import Op, Param, Ref, Term, show, walk

_CLOSED = 300  # nodes that a caller would have to look at; above, what it could decide is taken to happen
_RING = 4  # functions that call each other: so many are followed from each of them


class CostTrees:
    """The tree of every function. `measured` knows what the trees cost."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._events = CallEvents(linker)
        self.measured = Costs()
        self._trees: dict[str, Node] = {}
        self._ring: frozenset[str] = frozenset()
        self._inside: tuple[str, ...] = ()  # the functions of the ring that are being worked out
        graph = {full: tuple(t for t in linker.edges(full) if t in linker.facts) for full in sorted(linker.facts)}
        for component in components(graph):
            self._settle(component, recursive=len(component) > 1 or component[0] in graph[component[0]])

    def of(self, full: str) -> Node:
        """The tree of a function."""
        return self._trees.get(full, NOTHING)

    def _settle(self, component: tuple[str, ...], *, recursive: bool) -> None:
        self._ring = frozenset(component) if recursive else frozenset()
        for full in component:
            self._trees.setdefault(full, self._built(full))
            self.measured.of(self._trees[full])

    def _callee(self, full: str) -> Node:
        """The tree of a callee. A function that calls itself, over whatever others, is entered once."""
        if full not in self._ring:
            return self.of(full)
        if full in self._inside:
            return NOTHING
        if len(self._ring) <= _RING:
            return self._built(full)
        if full not in self._trees:
            self._trees[full] = self._built(full)
        return self._trees[full]

    def _built(self, full: str) -> Node:
        self._inside = (*self._inside, full)
        try:
            return self._getter(full, self._body(full))
        except RecursionError:  # over a long chain: this one function says nothing, and that is counted
            self._linker.limits.hit(full)
            return NOTHING
        finally:
            self._inside = self._inside[:-1]

    # -- the function itself -----------------------------------------------------------------------------------------

    def _getter(self, full: str, body: Node) -> Node:
        """A getter counts once, whatever it does for its record; what else it obtains counts besides."""
        summary = self._linker.summary(full)
        event = summary.getter or summary.remembered
        if event is not None and _by_itself(full, event, body, atomic=summary.atomic):
            resource = event.resource
            own = Obtain(resource, None, event.text or full.rpartition(".")[2], is_open(resource))
            others = without(body, lambda one: same_resource(one.resource, resource))
            body = follow((others, when(_judgeable(event.conditions), own)))
        return once(full, body) if summary.memoised else body

    def _body(self, full: str) -> Node:
        linker, facts = self._linker, self._linker.facts[full]
        if not any(self._may_obtain(full, site) for site in facts.calls):
            return NOTHING
        nodes: dict[int, Node] = {}
        events: dict[int, list[Event]] = {}

        def noted(index: int, walker: Walking) -> list[Event]:
            site, before = facts.calls[index], frozenset(walker.out.obtained)
            entered = [] if site.concurrent == "queue" else self._entered(full, site, walker)  # another process, another time
            events[index] = found = list(self._events.of(full, index, walker))  # from here on what the call does is done
            nodes[index] = when(walker.conditions, _site(found, entered, before))
            return found

        walked = Walker(facts, Frame(full, linker, self._events, noted), by_decorators(full, facts)).run()
        for index, found in events.items():
            if any(e.kind is EffectKind.OBTAIN and linker.kept_back(e, full, walked) for e in found):
                nodes[index] = once(f"{full}:{index}", nodes[index])
        tree = told_apart(flow(facts.body, lambda index: nodes.get(index, NOTHING)))
        tree = transformed(tree, _for_callers)
        return tree if size(tree) <= _CLOSED else transformed(tree, lambda one: one.body if isinstance(one, When) else one)

    def _may_obtain(self, full: str, site: CallSite) -> bool:
        if any(effect.kind is EffectKind.OBTAIN for effect in site.effects):
            return True
        targets = self._linker.resolver.resolve(full, site).targets
        if not targets:
            return any(e.site == site.index and e.kind is EffectKind.OBTAIN for e in self._linker.walks[full].events)
        return any(t.full in self._ring or self.of(t.full) is not NOTHING for t in targets)

    # -- its calls ---------------------------------------------------------------------------------------------------

    def _entered(self, full: str, site: CallSite, walker: Walking) -> list[Node]:
        """One tree for each function that the call may enter; the parts of a constructor are one."""
        groups: dict[str, list[Node]] = {}
        text = f"{show(site.func, 60)}({'…' if site.args or site.kwargs else ''})"
        for target in self._linker.resolver.resolve(full, site).targets:
            if self._linker.summary(target.full).getter is not None:
                text = call_text(site)
            groups.setdefault(target.constructs or f"{target.full}()", []).append(self._lifted(full, site, target, walker))
        step = ChainStep(full, Place(self._linker.paths[full], site.name_span), text)
        found = [enter(step, follow(parts)) for parts in groups.values()]
        if self._is_dependency(full, site):  # the framework calls each dependency once for a request
            return [once(f"dependency {name}", node) for name, node in zip(groups, found, strict=True)]
        return found

    def _is_dependency(self, full: str, site: CallSite) -> bool:
        function = self._linker.symbols.functions.get(full)
        return site.indirect and not site.concurrent and function is not None and site.span.row < function.index.body_line

    def _lifted(self, full: str, site: CallSite, target: Target, walker: Walking) -> Node:
        tree = self._callee(target.full)
        if not tree.free:
            return tree
        values = self._linker.values(full, site, target)

        def at(one: When | Obtain) -> Node:
            if isinstance(one, Obtain):
                resource = None if one.resource is None else self._events.canonical(substitute(one.resource, values), full)
                return replace(one, resource=resource, free=is_open(resource))
            return _decided(one, values, walker)

        return transformed(tree, at)


def _by_itself(full: str, event: Event, body: Node, *, atomic: bool) -> bool:
    """Whether a getter does more than to hand on what getters in its body obtain."""
    if body is NOTHING:
        return True
    return atomic and len(event.path) == 1 and event.resource != Op("function", (Ref(full),))


def _site(events: list[Event], entered: list[Node], before: frozenset[int]) -> Node:
    """What one call obtains: a getter of a library, or one of the functions that it may enter.

    `before` are the getter calls that came before. Nothing when it only makes up for one that was not made:
    `s = None; if x: s = get(); if not s: s = get()`.
    """
    direct = [event for event in events if event.kind is EffectKind.OBTAIN and len(event.path) == 1]
    if any(wants_absence(event, site) for event in direct for site in before):
        return NOTHING
    own = either(Obtain(event.resource, event.path[0], event.text, is_open(event.resource)) for event in direct if not event.callee)
    return either((own, *entered))


def _decided(one: When, values: Mapping[str, Term], walker: Walking) -> Node:
    """What remains of a condition for one caller."""
    remaining: list[Condition] = []
    for condition in one.conditions:
        holds, mine, _ = judged(condition, values, walker)
        if holds is False:
            return NOTHING
        if mine is not None:
            remaining.append(mine)
    if contradicts(walker.conditions, remaining):
        return NOTHING
    return when(tuple(remaining), one.body)


def _for_callers(one: When | Obtain) -> Node:
    return when(_judgeable(one.conditions), one.body) if isinstance(one, When) else one


def _judgeable(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Those that a caller can decide: they are about what it hands over, or about what outlives the function."""
    found = dict.fromkeys(c for c in conditions if small(c.term) and not unknown(c.term))
    return tuple(c for c in found if any(isinstance(part, Param) for part in walk(c.term)))
