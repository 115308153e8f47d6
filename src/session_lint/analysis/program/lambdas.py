"""Lambdas: functions that only the extract stage sees."""

from __future__ import annotations

from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.module_index import FunctionIndex, Parameter

_MARK = "<lambda@"


def is_lambda(full: str, around: str | None = None) -> bool:
    """Whether the name is that of a lambda itself, not of something inside one; and of one that stands in that function."""
    outer, _, name = full.rpartition(".")
    return name.startswith(_MARK) and around in (None, outer)


def without_lambdas(full: str) -> str:
    """The function or module in which a lambda stands."""
    while _MARK in full:
        full = full[: full.rindex(_MARK)].removesuffix(".")
    return full


def lambda_symbol(full: str, module: str, path: str, facts: FunctionFacts) -> FunctionSymbol:
    """The symbol of a lambda, for the symbol table."""
    index = FunctionIndex(
        qualname=facts.qualname,
        name="<lambda>",
        parameters=tuple(map(Parameter, facts.parameters)),
        returns=None,
        decorators=(),
        is_async=False,
        is_generator=False,
        owner=None,
        first_line=facts.name_span.row,
        body_line=facts.name_span.row,
        last_line=facts.name_span.end_row,
        calls=frozenset(),
        words=frozenset(),
    )
    return FunctionSymbol(full, module, path, index, None)
