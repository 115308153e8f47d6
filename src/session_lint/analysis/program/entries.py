"""The entry points of a program: what a framework calls, what the command line starts, what nobody in the project calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from session_lint.analysis.entry_points import SCRIPT, UNCALLED, Mark, inherited, marked, registered
from session_lint.analysis.program.call_graph import components
from session_lint.analysis.program.cost import CostTrees
from session_lint.analysis.program.lambdas import is_lambda
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.measures import TOTAL
from session_lint.analysis.program.paths import NOTHING
from session_lint.analysis.program.symbols import FunctionSymbol, last_name
from session_lint.analysis.program.values import ClassValue, FunctionValue
from session_lint.facts.cost import CostStep, EntryCost, RecordCost
from session_lint.facts.flow import is_flow
from session_lint.facts.location import Place, Span
from session_lint.facts.terms import Attr, Invoke, Item, Ref, Term, strip, walk

_SHOWN = 50  # lookups of a worst path that are listed


def entry_costs(linker: Linker, muted: frozenset[str]) -> tuple[tuple[EntryCost, ...], int]:
    """The entry points that obtain something, most lookups first; and how many obtain nothing that a framework knows."""
    return _Entries(linker, muted).costs()


class _Entries:
    def __init__(self, linker: Linker, muted: frozenset[str]) -> None:
        self._linker = linker
        self._symbols = linker.symbols
        self._muted = muted
        self._trees = CostTrees(linker)

    def costs(self) -> tuple[tuple[EntryCost, ...], int]:
        marks = self._marks()
        found = [self._cost(full, mark) for full, mark in sorted(marks.items()) if self._trees.of(full) is not NOTHING]
        without = len(marks) - len(found)
        found += [self._cost(full, self._mark(full)) for full in self._uncalled(frozenset(marks))]
        order = sorted(found, key=lambda one: (-one.lookups, -one.total, one.place, one.function))
        return tuple(order), without

    def _mark(self, full: str) -> Mark:
        return Mark(SCRIPT, "runs when the module is loaded") if full in self._symbols.modules else _UNCALLED

    def _cost(self, full: str, mark: Mark) -> EntryCost:
        tree, costs = self._trees.of(full), self._trees.measured
        counts = {key: measure.count for key, measure in costs.of(tree).items()}
        total = counts.pop(TOTAL)
        place = self._place(full)
        itself = CostStep(full, place, "is the getter itself")
        records = tuple(
            RecordCost(name, count, tuple(islice(costs.lookups(tree, name, itself), _SHOWN)))
            for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        return EntryCost(full, place, mark.kind, mark.label, records[0].count, total, records)

    def _place(self, full: str) -> Place:
        facts = self._linker.facts.get(full)
        span = facts.name_span if facts is not None and full not in self._symbols.modules else Span(1, 1, 1, 1)
        return Place(self._linker.paths[full], span)

    # -- which -------------------------------------------------------------------------------------------------------

    def _marks(self) -> dict[str, Mark]:
        found: dict[str, Mark] = {}
        for full, function in sorted(self._symbols.functions.items()):
            if function.path not in self._muted and not is_lambda(full):
                mark = next((m for d in function.index.decorators if (m := marked(d)) is not None), None) or self._by_class(function)
                if mark is not None:
                    found[full] = mark
        for target, mark in self._registrations():
            found.setdefault(target, mark)
        return found

    def _by_class(self, function: FunctionSymbol) -> Mark | None:
        if function.owner is None or function.owner not in self._symbols.classes:
            return None
        above = [self._symbols.classes[name] for name in self._symbols.mro(function.owner) if name in self._symbols.classes]
        return inherited(tuple(last_name(_plain(base)) for cls in above for base in cls.index.bases), function.index.name)

    def _registrations(self) -> Iterator[tuple[str, Mark]]:
        for full, call in self._calls():
            for handed, mark in registered(call):
                for value in self._linker.resolver.inference.infer(handed, full):
                    if isinstance(value, FunctionValue) and self._symbols.functions[value.full].path not in self._muted:
                        yield value.full, mark
                    elif isinstance(value, ClassValue):
                        call_method = self._symbols.method(value.full, "__call__")
                        if call_method is not None:
                            yield call_method.full, mark

    def _calls(self) -> Iterator[tuple[str, Invoke]]:
        """The calls in which a framework may be handed functions, with where they stand."""
        for full in sorted(self._linker.facts):
            if self._linker.paths[full] not in self._muted:
                for site in self._linker.facts[full].calls:
                    yield full, Invoke(site.func, site.args, site.kwargs)
        for name, variable in sorted(self._symbols.variables.items()):
            if variable.module not in self._linker.facts:
                for part in walk(variable.value):
                    if isinstance(part, Invoke):
                        yield name.rpartition(".")[0], part

    def _uncalled(self, marked_ones: frozenset[str]) -> Iterator[str]:
        """What leads to a getter, is no entry point that a framework knows, and is called by nothing but itself and tests."""
        linker = self._linker
        graph = {
            full: tuple(t for t in linker.edges(full) if t in linker.facts)
            for full in sorted(linker.facts)
            if linker.paths[full] not in self._muted and not is_flow(full)
        }
        called: dict[str, set[str]] = {}
        for full, targets in graph.items():
            for target in targets:
                called.setdefault(target, set()).add(full)
        for component in components({full: tuple(t for t in targets if t in graph) for full, targets in graph.items()}):
            if marked_ones.isdisjoint(component) and all(called.get(full, set()) <= set(component) for full in component):
                full = component[0]
                if self._trees.of(full) is not NOTHING and not self._only_getter(full):
                    yield full

    def _only_getter(self, full: str) -> bool:
        """A getter that nobody calls is no entry point: its one lookup is itself."""
        summary = self._linker.summary(full)
        getter = summary.getter or summary.remembered
        return getter is not None and summary.atomic and self._trees.measured.of(self._trees.of(full))[TOTAL].count == 1


_UNCALLED = Mark(UNCALLED, "nothing in the project calls it")


def _plain(base: Term) -> Term:
    base = strip(base)
    while isinstance(base, Item):  # Generic[T]
        base = strip(base.base)
    return base if isinstance(base, (Ref, Attr, Invoke)) else Ref("")
