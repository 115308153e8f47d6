"""The tree of a source file, and why it has none."""

from __future__ import annotations

import ast
import warnings

from session_lint.facts.finding import Notice


def notice(path: str, error: Exception) -> Notice:
    """Why a file cannot be parsed."""
    match error:
        case SyntaxError():
            return Notice(path, f"cannot be parsed: {error.msg}", error.lineno or 0)
        case RecursionError() | MemoryError():  # Python's parser says MemoryError when its own stack is full
            return Notice(path, "cannot be parsed: nested too deeply")
        case _:
            return Notice(path, f"cannot be parsed: {str(error) or type(error).__name__}")


def parse(text: str) -> tuple[ast.Module, str]:
    """The tree and the text it stands for: rewritten to older grammar where the running interpreter needs it.

    Raises SyntaxError, with the interpreter's own message, when neither form parses.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text), text
        except SyntaxError:
            from session_lint.analysis.cst.downgrade import downgrade  # imports libcst, which few projects need here

            older = downgrade(text)
            if older is None:
                raise
            return ast.parse(older), older
