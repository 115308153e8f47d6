"""Whether the call that opens a connection asks that each statement is final at once."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.symbols import SymbolTable, VariableSymbol
from session_lint.facts.terms import Const, Invoke, Mapping, Ref, Term, strip

_ASKING = (("isolation_level", Const(None)), ("isolation_level", Const("AUTOCOMMIT")), ("autocommit", Const(value=True)))


def asks(call: Invoke, symbols: SymbolTable) -> bool:
    """`connect(path, isolation_level=None)`, `connect(**SETTINGS)` where a constant of a module says `autocommit`."""
    return any((name, strip(value)) in _ASKING for name, value in _keywords(call, symbols))


def _keywords(call: Invoke, symbols: SymbolTable) -> Iterator[tuple[str, Term]]:
    for name, value in call.kwargs:
        if name:
            yield name, value
            continue
        spread = strip(value)
        symbol = symbols.lookup(spread.name) if isinstance(spread, Ref) else None
        given = strip(symbol.value) if isinstance(symbol, VariableSymbol) else spread
        for key, inner in given.entries if isinstance(given, Mapping) else ():
            if isinstance(key, Const) and isinstance(key.value, str):
                yield key.value, inner
