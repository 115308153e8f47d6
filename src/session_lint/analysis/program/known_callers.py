"""Whether all callers of a function are known: what says its name and was read is one of them, or means something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from session_lint.analysis.program.confined import Confined
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.lambdas import without_lambdas
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol, ModuleSymbol
from session_lint.facts.terms import Ref, Term

_PLAIN = {"builtins.staticmethod", "builtins.classmethod"}  # decorators by which a function is called as it is


class KnownCallers:
    """Judges the functions of one program. `callers` gives the functions that mention the bare name of one."""

    def __init__(self, linker: Linker, callers: Callable[[str], frozenset[str]]) -> None:
        self._linker = linker
        self._symbols = linker.symbols
        self._callers = callers
        self._confined = Confined(linker)
        self._imports: dict[str, frozenset[str]] = {}
        self._reached: dict[str, frozenset[str]] = {}
        self._turning: dict[str, bool] = {}

    def all_of(self, full: str) -> bool:
        """Whether the callers of a function are known: some are, and all others who say its name do not call it."""
        known, function = {without_lambdas(one) for one in self._linker.known_callers(full)}, self._symbols.functions[full]
        if not known or not all(map(self._is_transparent, function.index.decorators)) or self._only_calls_itself(full):
            return False
        named = frozenset().union(self._callers(full), *map(self._callers, self._linker.scripts.tables_with(full)))
        return all(self._means_another(one, full) for one in named - known if self._knows(one, full))

    def _only_calls_itself(self, full: str) -> bool:
        """Whether all known calls of a function are made below it: somebody must begin."""
        if full not in self._turning:
            calling = self._above(full)
            self._turning[full] = full in calling and calling.keys() <= _below(full, calling)
        return self._turning[full]

    def _above(self, full: str) -> dict[str, frozenset[str]]:
        """The known callers of a function, and theirs, each with what it calls of these."""
        found: dict[str, set[str]] = {}
        work = [full]
        while work:
            one = work.pop()
            for caller in self._linker.known_callers(one):
                if caller not in found:
                    found[caller] = set()
                    work.append(caller)
                found[caller].add(one)
        return {caller: frozenset(called) for caller, called in found.items()}

    def _is_transparent(self, decorator: Term) -> bool:
        """Whether a decorator leaves the calls of a function to those who say its name: one of the project, or none of anybody."""
        name = decorator.name if isinstance(decorator, Ref) else ""
        return name in _PLAIN or isinstance(self._symbols.lookup(name), FunctionSymbol)

    def _means_another(self, caller: str, full: str) -> bool:
        """Whether it is known what a function calls by the name of another one."""
        facts, name, resolver = self._linker.facts.get(caller), full.rpartition(".")[2], self._linker.resolver
        if facts is not None and all(resolver.resolve(caller, site).targets for site in facts.calls if name_of(site.func) == name):
            return True
        return (facts is None and self._linker.gives_another(caller, full)) or self._never_has(caller, full)

    def _never_has(self, caller: str, full: str) -> bool:
        """Whether a function that was not read, or not understood, has no object of the class of a method."""
        owner, mine = self._symbols.functions[full].owner, self._symbols.functions.get(caller)
        inside = mine is not None and mine.owner is not None and owner in self._symbols.mro(mine.owner)
        return owner is not None and not inside and self._confined.is_confined(owner)

    def _knows(self, caller: str, full: str) -> bool:
        """Whether the module of a function imports, directly or through others, that of another one, or of a class above that one's own:
        what it does not know it hardly calls."""
        mine, other = self._symbols.functions.get(caller), self._symbols.functions[full]
        above = self._symbols.mro(other.owner) if other.owner is not None else ()
        defining = {other.module, *(self._symbols.classes[one].module for one in above)}
        return not defining.isdisjoint(self._known(mine.module if mine is not None else caller))

    def _known(self, module: str) -> frozenset[str]:
        """The modules that a module knows, itself included."""
        if module not in self._reached:
            found, work = {module}, [module]
            while work:
                fresh = self._imported(work.pop()) - found
                found |= fresh
                work += fresh
            self._reached[module] = frozenset(found)
        return self._reached[module]

    def _imported(self, module: str) -> frozenset[str]:
        if module not in self._imports:
            index = self._symbols.modules.get(module)
            self._imports[module] = frozenset(found for target in (index.targets if index else ()) if (found := self._module_of(target)))
        return self._imports[module]

    def _module_of(self, target: str) -> str:
        """The module in which a dotted name leads to something; "" for the outside world."""
        symbol = self._symbols.lookup(target) or self._symbols.lookup(target.rpartition(".")[0])
        if symbol is None:
            return ""
        return symbol.full if isinstance(symbol, ModuleSymbol) else symbol.module


def _below(full: str, calling: Mapping[str, frozenset[str]]) -> set[str]:
    """The functions that are called below a function."""
    found: set[str] = set()
    work = [full]
    while work:
        fresh = calling.get(work.pop(), frozenset()) - found
        found |= fresh
        work += fresh
    return found
