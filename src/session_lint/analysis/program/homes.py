"""Whose a mapped class is: the client that its base comes from, in whose words it is spoken of."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.clients import Clients
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, VariableSymbol
from session_lint.facts.effects import Effect
from session_lint.facts.terms import Invoke, Ref, dotted, strip


class Homes:
    """Knows the client of each mapped class of the project."""

    def __init__(self, clients: Clients, symbols: SymbolTable) -> None:
        self._clients = clients
        self._symbols = symbols
        self._known: dict[str, frozenset[str]] = {}

    def fitted(self, effect: Effect) -> Effect:
        """An effect as one of the client of its class: `Model.create(...)` looks alike with many, and one of them reads it."""
        if not isinstance(effect.resource, Ref):
            return effect
        name = effect.resource.name
        if name not in self._known:
            symbol = self._symbols.lookup(name)
            self._known[name] = self._of(symbol.full) if isinstance(symbol, ClassSymbol) else frozenset()
        homes = self._known[name]
        if len(homes) != 1 or effect.client in homes:
            return effect
        home = next(iter(homes))
        return replace(effect, client=home, autocommit=effect.autocommit and not self._clients.waits(home))

    def _of(self, full: str) -> frozenset[str]:
        """The clients that a class may be of; none where nothing shows it."""
        for owner in self._symbols.mro(full):
            for base in self._symbols.classes[owner].index.bases:
                found = self._clients.of_package(self._package(dotted(base) or ""))
                if found:
                    return found
        return frozenset()

    def _package(self, name: str) -> str:
        """The package that a base comes from, also one that a call has given: `Base = declarative_base()`, `db.Model`."""
        head = name
        while head:
            symbol = self._symbols.lookup(head)
            if isinstance(symbol, ClassSymbol):
                return ""
            if isinstance(symbol, VariableSymbol):
                made = strip(symbol.value)
                return (dotted(made.func) or "").partition(".")[0] if isinstance(made, Invoke) else ""
            head = head.rpartition(".")[0]
        return name.partition(".")[0]
