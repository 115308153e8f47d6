"""Whose a mapped class is: the client that its base comes from, in whose words it is spoken of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        home = self._other(effect)
        return replace(effect, client=home, autocommit=effect.autocommit and not self._clients.waits(home)) if home else effect

    def foreign(self, effects: Iterable[Effect]) -> str:
        """The module of a class of another client than has read an effect on it: as that reads it, the key may be told otherwise."""
        names = (effect.resource.name for effect in effects if isinstance(effect.resource, Ref) and self._other(effect))
        symbols = (self._symbols.lookup(name) for name in names)
        return next((symbol.module for symbol in symbols if isinstance(symbol, ClassSymbol)), "")

    def _other(self, effect: Effect) -> str:
        """The client of the class that an effect is on, where another one has read it."""
        if not isinstance(effect.resource, Ref):
            return ""
        name = effect.resource.name
        if name not in self._known:
            symbol = self._symbols.lookup(name)
            self._known[name] = self._of(symbol.full) if isinstance(symbol, ClassSymbol) else frozenset()
        homes = self._known[name]
        return next(iter(homes)) if len(homes) == 1 and effect.client not in homes else ""

    def _of(self, full: str) -> frozenset[str]:
        """The clients that a class may be of; none where nothing shows it."""
        for owner in self._symbols.mro(full):
            for base in self._symbols.classes[owner].index.bases:
                name = dotted(base) or ""
                for package in (self._package(name), *self._starred(name)):
                    if found := self._clients.of_package(package):
                        return found
        return frozenset()

    def _starred(self, name: str) -> Iterator[str]:
        """The packages of which the module of a name takes all: `from peewee import *`."""
        index = self._symbols.modules.get(name.rpartition(".")[0]) if self._symbols.lookup(name) is None else None
        return (target.partition(".")[0] for target in index.star_imports) if index is not None else iter(())

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
