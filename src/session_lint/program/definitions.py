"""The functions on the path of a finding, and which of them must keep their signature."""

from __future__ import annotations

from collections.abc import Iterable

from session_lint.facts.intent import Definition
from session_lint.program.link import Linker
from session_lint.program.symbols import FunctionSymbol, SymbolTable


def definitions(linker: Linker, names: Iterable[str]) -> tuple[Definition, ...]:
    """The definitions of functions by their full names, sorted; names that are no functions of the project are left out."""
    found: list[Definition] = []
    for full in sorted(set(names)):
        symbol = linker.symbols.functions.get(full)
        facts = linker.facts.get(full)
        if symbol is not None and facts is not None:
            found.append(Definition(full, symbol.path, facts.name_span, _locked(linker.symbols, symbol)))
    return tuple(found)


def _locked(symbols: SymbolTable, symbol: FunctionSymbol) -> str:
    """Why a method must keep its signature."""
    if symbol.owner is None or symbol.owner not in symbols.classes:
        return ""
    name = symbol.index.name
    for base in symbols.mro(symbol.owner)[1:]:
        if f"{base}.{name}" in symbols.functions:
            return f"`{symbol.full}` overrides `{base}.{name}`"
    for child in symbols.below(symbol.owner):
        if f"{child}.{name}" in symbols.functions:
            return f"`{symbol.full}` is overridden by `{child}.{name}`"
    if symbols.has_outside_base(symbol.owner):
        return f"`{symbol.full}` may override a method of a class outside the project"
    return ""
