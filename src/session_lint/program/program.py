"""The program: what all the extracted facts say together. Read-only; rules query it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial

from session_lint.facts.effects import Advice
from session_lint.facts.finding import Unresolved
from session_lint.facts.location import Place
from session_lint.facts.module_facts import FunctionFacts, ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.summary import Repeat, Replacement
from session_lint.facts.terms import show
from session_lint.program.edges import call_graph
from session_lint.program.getters import GetterNames
from session_lint.program.lambdas import is_lambda, lambda_symbol
from session_lint.program.link import Linker
from session_lint.program.pairs import repeats, replacements
from session_lint.program.symbols import SymbolTable


class Program:
    """Everything known of the analysed project.

    `repeats`: records obtained twice. `replacements`: keys cleared, then inserted again. `unresolved`: calls that could
    not be linked, with the reason. `resolved_calls`, `outside_calls`: how many could, and how many go to libraries.
    """

    repeats: tuple[Repeat, ...]
    replacements: tuple[Replacement, ...]
    unresolved: tuple[Unresolved, ...]
    resolved_calls: int
    outside_calls: int

    def __init__(
        self,
        indexes: Iterable[ModuleIndex],
        facts: Iterable[ModuleFacts],
        names: GetterNames,
        aliases: Mapping[str, str] | None = None,
        muted: frozenset[str] = frozenset(),
        advice: Mapping[str, Advice] | None = None,
    ) -> None:
        """`aliases`: other names of modules. `muted`: files in whose functions no finding may start. `advice`: by client."""
        self._advice = dict(advice or {})
        found = list(indexes)
        self._modules = {index.path: index.module for index in found}
        functions: dict[str, FunctionFacts] = {}
        paths: dict[str, str] = {}
        symbols = SymbolTable(found, aliases or {})
        named = {index.path: name for name, index in symbols.modules.items()}
        for module in facts:
            for function in module.functions:
                name = named[module.path]
                full = name if function.qualname == "<module>" else symbols.facts_name(name, function.qualname, function.name_span.row)
                if is_lambda(full):
                    symbols.functions[full] = lambda_symbol(full, name, module.path, function)
                functions[full] = function
                paths[full] = module.path
        self._linker = Linker(symbols, functions, paths, names)
        sources = tuple(full for full in sorted(functions) if paths[full] not in muted)
        self.repeats = repeats(self._linker, sources, cache(partial(_callers, symbols, muted)))
        self.replacements = replacements(self._linker, sources)
        self._count(paths)

    def _count(self, paths: Mapping[str, str]) -> None:
        linker = self._linker
        unresolved: list[Unresolved] = []
        resolved = outside = 0
        for full in sorted(linker.facts):
            for site in linker.facts[full].calls:
                link = linker.resolver.resolve(full, site)
                if link.targets:
                    resolved += 1
                elif link.reason == "outside":
                    outside += 1
                else:
                    unresolved.append(Unresolved(link.reason, Place(paths[full], site.name_span), show(site.func)))
        for full, count in sorted(linker.limits.hits.items()):
            place = Place(paths[full], linker.facts[full].name_span)
            unresolved.append(Unresolved("limit: effects left out of a summary", place, f"{full} ({count})"))
        self.unresolved = tuple(unresolved)
        self.resolved_calls = resolved
        self.outside_calls = outside

    def graph(self) -> dict[str, tuple[str, ...]]:
        """The call graph as resolved: full names, sorted."""
        return call_graph(self._linker.symbols, self._linker.facts)

    def advice(self, client: str) -> Advice:
        """What to write instead, in the idiom of a client."""
        return self._advice.get(client, Advice())


def _callers(symbols: SymbolTable, muted: frozenset[str], name: str) -> frozenset[str]:
    """The functions outside muted files that mention a bare name: whoever may call a function of that name."""
    wanted = frozenset((name,))
    return frozenset(
        f"{module}.{function.qualname}"
        for module, index in symbols.modules.items()
        if index.path not in muted
        for function in index.functions
        if not wanted.isdisjoint(function.calls)
    )
