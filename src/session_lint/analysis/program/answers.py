"""What the parts of the inference ask each other. `Inference` answers; a part knows this and not the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from session_lint.analysis.program.reads import Reads
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.values import Value
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import Term


class Answers(Protocol):
    """The questions that a term in a term leads to."""

    symbols: SymbolTable
    facts: Mapping[str, FunctionFacts]
    bindings: dict[tuple[str, str], tuple[Value, ...]]  # what is handed to a parameter, or put into an attribute of objects of a class
    contents: dict[str, tuple[Value, ...]]  # what is put into a table or list, by its variable or attribute
    stored: dict[str, tuple[tuple[str, Term], ...]]  # what functions assign to a global, nonlocal or class attribute
    reads: Reads

    def infer(self, term: Term, scope: str) -> tuple[Value, ...]:
        """What the term can be, in `scope` (a function's full name, or a module's)."""

    def returned(self, full: str) -> tuple[Value, ...]:
        """What a function returns."""

    def annotated(self, term: Term, module: str) -> Iterator[Value]:
        """The values of an annotation: an instance of each class it names."""

    def module_of(self, scope: str) -> str:
        """The module a function belongs to; a module is its own."""
