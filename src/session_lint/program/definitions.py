"""The functions and calls on the path of a finding, and which functions must keep their signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.facts.chain import ChainStep
from session_lint.facts.intent import CallLink, Definition
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, walk
from session_lint.program.keys import name_of
from session_lint.program.link import Linker
from session_lint.program.symbols import FunctionSymbol, SymbolTable

# they call what they are given, with the arguments they are given: a parameter more does no harm
_CALLS_ONLY = {"to_thread", "run_in_executor", "submit", "sync_to_async", "async_to_sync", "database_sync_to_async"}


def links(linker: Linker, steps: Iterable[ChainStep]) -> tuple[CallLink, ...]:
    """The calls of chains with what they may enter, sorted by place."""
    found: dict[tuple[str, object], CallLink] = {}
    for step in steps:
        facts = linker.facts.get(step.function)
        for site in facts.calls if facts is not None else ():
            if site.name_span == step.place.span:
                targets = sorted({target.full for target in linker.resolver.resolve(step.function, site).targets})
                found[step.function, step.place] = CallLink(step.place, tuple(targets), site.indirect)
    return tuple(sorted(found.values(), key=lambda link: link.place))


def handed(linker: Linker) -> frozenset[str]:
    """The functions that are used as values: handed to a framework, put into a table, given as a default."""
    terms: list[Term] = [value for variable in linker.symbols.variables.values() for value in walk(variable.value)]
    for function in linker.symbols.functions.values():
        terms += [part for one in function.index.parameters if one.default is not None for part in walk(one.default)]
    found = {term.name for term in terms if isinstance(term, Ref)}
    for full, facts in linker.facts.items():
        for site in facts.calls:
            if name_of(site.func) not in _CALLS_ONLY:
                for given in (*site.args, *(value for _, value in site.kwargs)):
                    found.update(_values(linker.symbols, full, given))
    symbols = (linker.symbols.lookup(name) for name in sorted(found))
    return frozenset(symbol.full for symbol in symbols if isinstance(symbol, FunctionSymbol))


def _values(symbols: SymbolTable, full: str, given: Term) -> Iterator[str]:
    """The names of functions in an argument, those left out that it calls."""
    called = {part.func for part in walk(given) if isinstance(part, Invoke)}
    for part in walk(given):
        if part in called:
            continue
        if isinstance(part, Ref):
            yield part.name
        elif isinstance(part, Attr) and part.base == Param("self"):
            function = symbols.functions.get(full)
            method = symbols.method(function.owner, part.name) if function is not None and function.owner in symbols.classes else None
            if method is not None:
                yield method.full


def definitions(linker: Linker, names: Iterable[str], values: frozenset[str] = frozenset()) -> tuple[Definition, ...]:
    """The definitions of functions by their full names, sorted; names that are no functions of the project are left out.

    `values` are the functions that are used as values.
    """
    found: list[Definition] = []
    for full in sorted(set(names)):
        symbol = linker.symbols.functions.get(full)
        facts = linker.facts.get(full)
        if symbol is not None and facts is not None:
            locked = _locked(linker.symbols, symbol)
            if not locked and full in values:
                locked = f"`{full}` is also used as a value, so that others than its callers may read its signature"
            found.append(Definition(full, symbol.path, facts.name_span, locked))
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
    if symbols.has_outside_base(symbol.owner) and not name.startswith("_"):
        return f"`{symbol.full}` may override a method of a class outside the project"
    return ""
