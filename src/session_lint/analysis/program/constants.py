"""Constants by where they are kept: `queries.DROP` of a module, `Sql.DROP` and `self.DROP` of a class, `Sql.DROP.value` of an Enum."""

from __future__ import annotations

from session_lint.analysis.program.inference import Inference
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, VariableSymbol
from session_lint.analysis.program.values import ClassValue, InstanceValue
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Invoke, Mapping, Param, Ref, Sequence, Term, dotted, strip

_MARKED = frozenset({"text", "SQL", "dedent", "cleandoc"})  # calls that a text is wrapped in
_OWN = (Param("self"), Param("cls"))


class Constants:
    """Finds texts, and tables of them, that the project gives a name."""

    def __init__(self, symbols: SymbolTable, inference: Inference) -> None:
        self._symbols = symbols
        self._inference = inference

    def display(self, name: str) -> Term | None:
        """A constant of a module, or a table of them, written out; not a memory that is empty until functions fill it."""
        symbol = self._symbols.lookup(name)
        value = symbol.value if isinstance(symbol, VariableSymbol) else None
        told = isinstance(value, (Const, Sequence)) or (isinstance(value, Mapping) and _is_fixed(value))
        return value if told else None

    def text(self, full: str, term: Attr) -> Term | None:
        """The text that an attribute is in a function, where a module or a class says it and nothing is stored there later."""
        base = strip(term.base)
        if term.name == "value" and isinstance(base, Attr):
            return self.text(full, base)
        name = dotted(term) if not isinstance(base, Param) else None
        symbol = self._symbols.lookup(name) if name else None
        if isinstance(symbol, VariableSymbol):
            return _as_text(symbol.value)
        owner = self._symbols.lookup(base.name) if isinstance(base, Ref) else None
        if isinstance(owner, ClassSymbol):
            return self._of_class(owner.full, term.name)
        return self._of_own(full, term) if base in _OWN else None

    def _of_own(self, full: str, term: Attr) -> Term | None:
        """`self.DROP`: what the class of the method holds, of several classes the same."""
        values = self._inference.infer(term.base, full)
        owners = [value.full for value in values if isinstance(value, (InstanceValue, ClassValue))]
        found = {self._of_class(owner, term.name) for owner in owners} if len(owners) == len(tuple(values)) else set()
        return found.pop() if len(found) == 1 else None

    def _of_class(self, cls: str, name: str) -> Term | None:
        held = self._symbols.attribute(cls, name)
        return _as_text(held[0][2]) if len(held) == 1 and not held[0][1] else None


def constant(symbols: SymbolTable, term: Term) -> Const | None:
    """The constant of a module that a name stands for."""
    symbol = symbols.lookup(term.name) if isinstance(term, Ref) else None
    return symbol.value if isinstance(symbol, VariableSymbol) and isinstance(symbol.value, Const) else None


@by_identity
def _is_fixed(table: Mapping) -> bool:
    """Whether what a table holds is known by constant keys."""
    return bool(table.entries) and all(key is None or isinstance(strip(key), (Const, Ref, Attr)) for key, _ in table.entries)


def _as_text(value: Term) -> Term | None:
    """A text, or one that is marked as a statement."""
    inner = strip(value)
    if isinstance(inner, Const):
        return inner if isinstance(inner.value, str) else None
    if isinstance(inner, Invoke) and len(inner.args) == 1 and (dotted(inner.func) or "").rpartition(".")[2] in _MARKED:
        return inner if isinstance(strip(inner.args[0]), Const) else None
    return None
