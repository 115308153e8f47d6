"""What is stored on classes from anywhere: `Service.shared = Service(db)`."""

from __future__ import annotations

from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable
from session_lint.facts.terms import Term


def class_stores(symbols: SymbolTable) -> dict[str, list[tuple[str, Term]]]:
    """Full name of the attribute -> module and value of each store."""
    found: dict[str, list[tuple[str, Term]]] = {}
    for module, index in symbols.modules.items():
        for owner, name, value in index.stores:
            symbol = symbols.lookup(owner)
            if isinstance(symbol, ClassSymbol):
                found.setdefault(f"{symbol.full}.{name}", []).append((module, value))
    return found
