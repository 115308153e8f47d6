"""What a mapped class is called in the database: SQL text of a table and the class of its rows are one resource."""

from __future__ import annotations

import re

from session_lint.analysis.program.symbols import SymbolTable
from session_lint.facts.terms import Const, Term

_OPTIONS = ("db_table", "table_name", "table")  # in the class Meta: of Django, of peewee, of Tortoise
_LOWER = re.compile(r"^(peewee|tortoise|sqlmodel|playhouse)\b")  # by default they take the name of the class in lower case
_DJANGO = re.compile(r"^django\.db\.models\b")  # and Django that of the application before it


def table_name(symbols: SymbolTable, full: str) -> Term | None:
    """The name of a class's table, lower case where it is told by the name of the class; None where it is not known."""
    asked = [(full, "__tablename__"), *((f"{full}.Meta", name) for name in _OPTIONS)]
    for owner, name in asked:
        given = next((term for _, _, term in symbols.attribute(owner, name)), None) if owner in symbols.classes else None
        if given is not None:
            return given
    module, _, name = full.rpartition(".")
    base = symbols.outside_base(full)
    if _LOWER.match(base):
        return Const(name.lower())
    package = module.split(".models")[0].rpartition(".")[2] if ".models" in module else ""
    return Const(f"{package}_{name}".lower()) if _DJANGO.match(base) and package else None
