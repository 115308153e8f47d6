"""Making a name available in a file."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.cst.names import dotted_name
from session_lint.facts.finding import Edit
from session_lint.rewrite import statements
from session_lint.rewrite.source import Source


def ensure(source: Source, module: str, name: str) -> tuple[str, tuple[Edit, ...]]:
    """The local name of `from module import name` at module level, and the edit that adds the import when it is missing.

    An alias that is there already is used. The new line stands after the last import at module level; without any, below the docstring.
    """
    body = source.module.body
    known = _known(body, module, name)
    if known:
        return known, ()
    line = f"from {module} import {name}"
    last: cst.SimpleStatementLine | None = None
    for statement in body:
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            continue
        small = statement.body[0]
        if isinstance(small, cst.Import | cst.ImportFrom):
            last = statement
    if last is not None:
        return name, (statements.after(source, last, [line]),)
    first = body[0] if body else None
    if (
        isinstance(first, cst.SimpleStatementLine)
        and isinstance(first.body[0], cst.Expr)
        and isinstance(first.body[0].value, cst.SimpleString)
    ):
        return name, (statements.after(source, first, ["", line]),)
    if isinstance(first, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        return name, (statements.before(source, first, [line, "", ""]),)
    return name, (source.insert(1, 1, f"{line}\n"),)


def _known(body: Sequence[cst.BaseStatement], module: str, name: str) -> str:
    for statement in body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if not isinstance(small, cst.ImportFrom) or small.relative or dotted_name(small.module) != module:
                continue
            for alias in small.names if not isinstance(small.names, cst.ImportStar) else ():
                if dotted_name(alias.name) == name:
                    return dotted_name(alias.asname.name) if alias.asname is not None else name
    return ""
