"""The call graph as it is shown: every call that may happen, under the function or module in which it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from session_lint.analysis.program.accessors import properties
from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.injected import dependency
from session_lint.analysis.program.lambdas import is_lambda, without_lambdas
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.flow import is_flow
from session_lint.facts.module_facts import Assume, Choice, Exit, FunctionFacts, Store
from session_lint.facts.terms import Attr, Term, walk

_IMPLICIT = {"__post_init__"}  # called by Python, not by what is written


def call_graph(symbols: SymbolTable, facts: Mapping[str, FunctionFacts]) -> dict[str, tuple[str, ...]]:
    """Full names of functions and modules with the functions each may call, sorted."""
    return _Edges(symbols, facts).graph()


class _Edges:
    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts]) -> None:
        self._symbols = symbols
        self._facts = facts
        self._resolver = Resolver(symbols, facts, exact=True)
        self._properties = {f.index.name for f in symbols.functions.values() if f.is_property}

    def graph(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for full in sorted(self._facts):
            if not is_flow(full):
                targets = found.setdefault(_written_in(full), set())
                targets.update(_written_in(t) for t in self._entered(self._targets(full), frozenset()) if not is_lambda(t))
        return {full: tuple(sorted(targets)) for full, targets in sorted(found.items())}

    def _entered(self, targets: Iterable[str], seen: frozenset[str]) -> Iterator[str]:
        """Functions, and in the place of a framework's own calls what it calls."""
        for full in targets:
            if not is_flow(full):
                yield full
            elif full not in seen:
                yield from self._entered(self._targets(full), seen | {full})

    def _targets(self, full: str) -> Iterator[str]:
        for site in self._facts[full].calls:
            for target in self._resolver.resolve(full, site).targets:
                if self._symbols.functions[target.full].index.name not in _IMPLICIT:
                    yield target.full
        yield from self._properties_read(full)
        yield from self._dependencies(full)

    def _properties_read(self, full: str) -> Iterator[str]:
        """Reading a property is a call of it, assigning to one a call of its setter."""
        if not self._properties:
            return
        facts = self._facts[full]
        seen: set[Term] = set()
        for term in _terms(facts):
            for part in walk(term):
                if isinstance(part, Attr) and part.name in self._properties and part not in seen:
                    seen.add(part)
                    yield from self._accessors(part, full, "")
        for step in steps(facts.body):
            if isinstance(step, Store) and isinstance(step.target, Attr) and step.target.name in self._properties:
                yield from self._accessors(step.target, full, "@setter")

    def _accessors(self, place: Attr, full: str, accessor: str) -> Iterator[str]:
        for method, _ in properties(self._resolver.inference, place, full):
            if method.full + accessor in self._symbols.functions:
                yield method.full + accessor

    def _dependencies(self, full: str) -> Iterator[str]:
        """`ServiceDep = Annotated[Service, Depends(get_service)]` as an annotation: the framework calls `get_service`."""
        function = self._symbols.functions.get(full)
        for parameter in function.index.parameters if function is not None else ():
            called = dependency(parameter, self._symbols) if parameter.injected is None else None
            for value in self._resolver.inference.infer(called, function.module) if called is not None and function is not None else ():
                if isinstance(value, FunctionValue):
                    yield value.full


def _written_in(full: str) -> str:
    """The function or module in which a lambda stands; the property that a setter belongs to."""
    return without_lambdas(full).partition("@")[0]


def _terms(facts: FunctionFacts) -> Iterator[Term]:
    for site in facts.calls:
        yield site.func
        yield from site.args
        yield from (value for _, value in site.kwargs)
    yield from facts.returns
    yield from (value for _, value in facts.names)
    for step in steps(facts.body):
        match step:
            case Store(target, value):
                yield target.base if isinstance(target, Attr) else target
                yield value
            case Assume(conditions):
                yield from (c.term for c in conditions)
            case Choice(arms):
                yield from (c.term for arm in arms for c in arm.conditions)
            case Exit(_, value) if value is not None:
                yield value
