"""Ports: a protocol stands for the classes of the project that have its methods, whether or not they are derived from it."""

from __future__ import annotations

from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, last_name
from session_lint.facts.terms import Item, strip


class Ports:
    """Answers, once each, which classes implement a protocol."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._found: dict[str, tuple[str, ...]] = {}

    def implementing(self, cls: str) -> tuple[str, ...]:
        """The classes that have every public method of a protocol, sorted; nothing for any other class."""
        symbol = self._symbols.classes.get(cls)
        if symbol is None or not _is_protocol(symbol):
            return ()
        if cls not in self._found:
            wanted = frozenset(name for name in symbol.index.methods if not name.startswith("_"))
            others = (name for name, one in self._symbols.classes.items() if not _is_protocol(one))
            self._found[cls] = tuple(sorted(name for name in others if wanted and wanted <= self._methods(name)))
        return self._found[cls]

    def _methods(self, cls: str) -> frozenset[str]:
        return frozenset(name for owner in self._symbols.mro(cls) for name in self._symbols.classes[owner].index.methods)


def _is_protocol(symbol: ClassSymbol) -> bool:
    bases = [strip(base) for base in symbol.index.bases]
    return any(last_name(strip(base.base) if isinstance(base, Item) else base) == "Protocol" for base in bases)
