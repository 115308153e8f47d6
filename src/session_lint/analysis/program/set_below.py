"""Attributes of a class that classes below it set for themselves: through `self`, which of them is meant the caller decides."""

from __future__ import annotations

from session_lint.analysis.program.symbols import SymbolTable
from session_lint.facts.terms import Attr, Op, Param, Term


def is_set_below(symbols: SymbolTable, full: str, term: Term) -> bool:
    """Whether a term of a method is an attribute of its object that a class below gives another value: `model` of a generic repository."""
    function = symbols.functions.get(full)
    if function is None or function.owner is None or not isinstance(term, Attr) or function.kind == "static":
        return False
    if not function.index.parameters or term.base != Param(function.index.parameters[0].name):
        return False
    below = (symbols.classes[cls].index for cls in symbols.below(function.owner))
    return any(name == term.name and not _is_annotation(value) for index in below for name, value in index.attributes)


def _is_annotation(value: Term) -> bool:
    return isinstance(value, Op) and value.kind == "annotation"
