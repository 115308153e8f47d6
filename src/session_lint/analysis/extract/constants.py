"""Module-level text: SQL statements and table names that functions refer to by name."""

from __future__ import annotations

import re
from collections import Counter

from session_lint.analysis.extract.effects import called_name
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Const, Invoke, Term

_GLOBAL = re.compile(r"^[ \t]*global[ \t]+([^\r\n#;]+)", re.MULTILINE)
_SPACE = re.compile(r"\s")
_MAKERS = frozenset({"text", "dedent", "SQL"})  # what makes a statement of text


class Constants:
    """The module-level names that stand for one text for certain: assigned once, and not rebound by a function."""

    __slots__ = ("_texts",)

    def __init__(self, index: ModuleIndex, text: str) -> None:
        rebound = {name.strip() for match in _GLOBAL.finditer(text) for name in match.group(1).split(",")}
        times = Counter(name for name, _ in index.variables)
        self._texts = {name: term for name, term in index.variables if times[name] == 1 and name not in rebound and _is_text(term)}

    def statement(self, name: str) -> Term | None:
        """The text of several words that a name stands for. A single word is a key or a table: its name says more."""
        term = self._texts.get(name)
        inner = term.args[0] if isinstance(term, Invoke) else term
        return term if isinstance(inner, Const) and _SPACE.search(str(inner.value)) else None

    def text(self, name: str) -> Term | None:
        """The text that a name stands for, to be put together with other text."""
        term = self._texts.get(name)
        return term if isinstance(term, Const) else None


def _is_text(term: Term) -> bool:
    if isinstance(term, Invoke):
        return called_name(term.func) in _MAKERS and len(term.args) == 1 and not term.kwargs and _is_text(term.args[0])
    return isinstance(term, Const) and isinstance(term.value, str)
