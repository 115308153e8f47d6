"""The functions and calls on the path of a finding, and which functions must keep their signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from session_lint.analysis.program.judging import is_handed
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol, SymbolTable
from session_lint.facts.chain import ChainStep
from session_lint.facts.intent import CallLink, Definition
from session_lint.facts.terms import Ref, Term, walk


def links(linker: Linker, steps: Iterable[ChainStep]) -> tuple[CallLink, ...]:
    """The calls of chains with what they may enter, sorted by place."""
    found: dict[tuple[str, object], CallLink] = {}
    for step in steps:
        facts = linker.facts.get(step.function)
        for site in facts.calls if facts is not None else ():
            if site.name_span == step.place.span:
                entered = linker.resolver.resolve(step.function, site).targets
                # whoever else is handed in, or is a step of the same template, has a signature too
                handed_in = len(entered) > 1 or any(is_handed(site, target) for target in entered)
                targets = tuple(sorted({target.full for target in entered}))
                found[step.function, step.place] = CallLink(step.place, targets, site.indirect or handed_in)
    return tuple(sorted(found.values(), key=lambda link: link.place))


def handed(linker: Linker) -> frozenset[str]:
    """The functions that are used as values: handed to a framework, put into a table, given as a default.

    Read off the index alone, so that it does not depend on which functions were looked into.
    """
    symbols = linker.symbols
    terms: list[Term] = [value for variable in symbols.variables.values() for value in walk(variable.value)]
    for function in symbols.functions.values():
        terms += [part for one in function.index.parameters if one.default is not None for part in walk(one.default)]
    found = {term.name for term in terms if isinstance(term, Ref)}
    for module, index in symbols.modules.items():
        imported = dict(index.imports)
        for one in index.functions:
            owner = f"{module}.{one.owner}" if one.owner else ""
            found.update(_meant(said, module, owner, imported) for said in one.said)
        found.update(_meant(said, module, "", imported) for said in index.said)
    known = (symbols.lookup(name) for name in sorted(found - {""}))
    return frozenset(symbol.full for symbol in known if isinstance(symbol, FunctionSymbol))


def _meant(said: str, module: str, owner: str, imported: Mapping[str, str]) -> str:
    """The full name that a mention may have which is not a call; "" for calls, and for mentions of what is not known here."""
    if said.endswith("(") or said[:1] in {":", "."}:
        return ""
    head, dot, rest = said.partition(".")
    if head in {"self", "cls"}:
        return f"{owner}.{rest}" if owner else ""
    return f"{imported.get(head, f'{module}.{head}')}{dot}{rest}"


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
