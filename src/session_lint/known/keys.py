"""Whether two findings that differ in the key alone are two defects, or one whose variable has another name since."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache

from session_lint.facts.finding import Finding
from session_lint.known.identity import key

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Keys:
    """`text_of` gives the text of a file, by its path."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._tree = cache(lambda path: _parsed(text_of(path)))

    def another(self, known: str, finding: Finding) -> bool:
        """Whether a finding with that key was another one: what it names and the finding does not still stands in the function, so it was
        not renamed. "" is any key."""
        now = key(finding)
        if not known or known == now:
            return False
        gone = _names(_parsed(f"f({known})")) - _names(_parsed(f"f({now})"))
        return bool(gone) and gone <= self._said(finding)

    def _said(self, finding: Finding) -> frozenset[str]:
        """The names in the function in which the finding stands."""
        tree, row = self._tree(finding.place.path), finding.place.span.row
        if tree is None:
            return frozenset()
        around = [node for node in ast.walk(tree) if isinstance(node, _Function) and node.lineno <= row <= (node.end_lineno or row)]
        return _names(max(around, key=lambda node: node.lineno, default=tree))


def _parsed(text: str) -> ast.AST | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _names(tree: ast.AST | None) -> frozenset[str]:
    """The variables, parameters and attributes that are named."""
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return frozenset(found)
