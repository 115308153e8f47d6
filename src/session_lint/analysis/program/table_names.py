"""What a mapped class is called in the database: SQL text of a table and the class of its rows are one resource."""

from __future__ import annotations

import re

from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.symbols import ClassSymbol, SymbolTable, VariableSymbol
from session_lint.facts.terms import Const, Invoke, Term

_OPTIONS = ("db_table", "table_name", "table")  # in the class Meta: of Django, of peewee, of Tortoise
_LOWER = re.compile(r"^(peewee|tortoise|sqlmodel|playhouse)\b")  # by default they take the name of the class in lower case
_DJANGO = re.compile(r"^django\.db\.models\b")  # and Django that of the application before it


class TableNames:
    """Knows the names of the tables of mapped classes, each found once."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._known: dict[str, Term | None] = {}

    def name(self, symbol: ClassSymbol | VariableSymbol) -> Term | None:
        """The name of the table of a class or a `Table(...)`, in lower case where a class gives it its own; None where it is not known."""
        if isinstance(symbol, VariableSymbol):
            made = symbol.value
            return made.arg(0) if isinstance(made, Invoke) and name_of(made.func) == "Table" else None
        if symbol.full not in self._known:
            self._known[symbol.full] = self._said(symbol.full) or self._by_default(symbol.full)
        return self._known[symbol.full]

    def _said(self, full: str) -> Term | None:
        asked = [(full, "__tablename__"), *((f"{full}.Meta", name) for name in _OPTIONS)]
        known = [(owner, name) for owner, name in asked if owner in self._symbols.classes]
        return next((term for owner, name in known for _, _, term in self._symbols.attribute(owner, name)[:1]), None)

    def _by_default(self, full: str) -> Term | None:
        module, _, name = full.rpartition(".")
        base = self._symbols.outside_base(full)
        if _LOWER.match(base):
            return Const(name.lower())
        package = module.split(".models")[0].rpartition(".")[2] if ".models" in module else ""
        return Const(f"{package}_{name}".lower()) if _DJANGO.match(base) and package else None
